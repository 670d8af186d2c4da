"""Words of texts as the index holds them, prepared once for texts that come again."""

import orjson

from stores.fulltext.words import Piece, words_of


def test_a_piece_met_again_has_the_words_it_had() -> None:
    pieces = [Piece("publisher", "ja", "北海道庁"), Piece("title", "ja", "北海道庁の統計"), Piece("other", "", "CSV")]
    first = words_of(pieces)
    assert words_of([*reversed(pieces), Piece("keyword", "ja", "新しい語")])[:3] == first[::-1]


def test_the_same_text_is_shown_as_what_it_is_in_each_zone() -> None:
    title, label = words_of([Piece("title", "ja", "人口統計"), Piece("theme", "en", "人口統計")])
    assert orjson.loads(title.shown)[:3] == ["title", "ja", "人口統計"]
    assert orjson.loads(label.shown)[:3] == ["theme", "en", "人口統計"]
    assert title.completions
    assert not label.completions


def test_a_long_text_is_found_by_all_and_shown_by_its_first_part() -> None:
    (long,) = words_of([Piece("description", "en", "word " * 2000)])
    assert long.words.count("word") == 2000
    assert len(orjson.loads(long.shown)[2]) == 3000
