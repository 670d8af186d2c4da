"""What people type, and what they did not mean to type."""

import random
import time

import pytest

from catalog.search_query import CLAUSES, clause_of
from stores.fulltext.port import Either, Every, Text, Without


def test_words_are_all_needed() -> None:
    assert clause_of("人口　統計") == Every((Text("人口"), Text("統計")))


def test_quotation_marks_of_any_kind_make_a_phrase() -> None:
    for typed in ('"人口 統計"', "“人口 統計”", "＂人口 統計＂", '"人口 統計'):
        assert clause_of(typed) == Text("人口 統計", exact=True)


def test_a_minus_excludes_a_word_or_a_phrase() -> None:
    assert clause_of('人口 -速報 －"令和 元年"') == Every(
        (Text("人口"), Without(Text("速報")), Without(Text("令和 元年", exact=True)))
    )


def test_a_hyphen_inside_a_word_is_no_minus() -> None:
    assert clause_of("Wi-Fi") == Text("Wi-Fi")


def test_or_joins_its_two_neighbours() -> None:
    assert clause_of("人口 OR 世帯 統計") == Every((Either((Text("人口"), Text("世帯"))), Text("統計")))
    assert clause_of("OR 人口 OR") == Text("人口")


def test_a_star_at_the_end_is_a_prefix_and_elsewhere_is_text() -> None:
    assert clause_of("統計*") == Text("統計", prefix=True)
    assert clause_of("*統計") == Text("*統計")
    assert clause_of("***") is None


def test_known_fields_narrow_and_others_are_text() -> None:
    assert clause_of('title:"人口 統計" publisher:港区 ID:x') == Every(
        (Text("人口 統計", exact=True, zone="title"), Text("港区", zone="publisher"), Text("x", zone="id"))
    )
    assert clause_of("https://example.org/1") == Text("https://example.org/1")
    assert clause_of("audience:participants") == Text("audience:participants")


@pytest.mark.parametrize("typed", ["", "  ", "-", '""', "OR", "AND", "title:", "-*", "\ud800"])
def test_nothing_asked_is_no_clause(typed: str) -> None:
    assert clause_of(typed) is None or isinstance(clause_of(typed), Text)


def test_long_questions_are_cut() -> None:
    clause = clause_of(" ".join(f"語{number}" for number in range(1000)))
    assert isinstance(clause, Every)
    assert len(clause.clauses) == CLAUSES


def test_reading_takes_linear_time() -> None:
    pieces = ['"', "-", "(", "title:", "*", "OR ", "a", "　", "\\", ":"]
    draw = random.Random(7)
    start = time.perf_counter()
    for _ in range(200):
        clause_of("".join(draw.choices(pieces, k=5000)))
    for piece in pieces:
        clause_of(piece * 5000)
    assert time.perf_counter() - start < 2
