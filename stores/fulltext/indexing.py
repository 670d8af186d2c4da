"""SearchDocuments as tantivy documents: schema, words of each zone, and the card that an answer is written from."""

from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from typing import Final

import orjson
import tantivy

from stores.fulltext.analysis import stem_language
from stores.fulltext.dates import FIRST_DAY, LAST_DAY, first_day, last_day
from stores.fulltext.folding import fold, fold_word
from stores.fulltext.port import FACETS, Coded, SearchDocument
from stores.fulltext.words import SEPARATOR, Piece, Words, completion, words_of

LAYOUT: Final = 1
"""Number of schema and analysis together; another number makes the index anew."""

ZONES: Final = ("title", "keyword", "publisher", "theme", "description", "other")
_INDEXED_CHARACTERS: Final = 50_000  # of one text
_OTHER_CHARACTERS: Final = 20_000  # of all other text: some records list thousands of files
_RAW_CHARACTERS: Final = 1_000  # of a value that is counted; terms of an index must stay short


def schema() -> tantivy.Schema:
    """The fields: words (w_), stems (s_), facets (f_), and what is sorted, ranged and stored."""
    builder = tantivy.SchemaBuilder()
    for zone in ZONES:
        builder.add_text_field(f"w_{zone}", tokenizer_name="whitespace")
        builder.add_text_field(f"s_{zone}", tokenizer_name="whitespace", index_option="freq")
    builder.add_text_field("grams", tokenizer_name="whitespace")
    for name in ("audience", "identifier", "exact_title", "completion", "tongue", "role", "row"):
        builder.add_text_field(name, tokenizer_name="raw", index_option="basic")
    for facet in FACETS:
        builder.add_text_field(f"f_{facet}", tokenizer_name="raw", index_option="basic", fast=True)
    builder.add_text_field("by_title", tokenizer_name="raw", index_option="basic", fast=True)
    for name in ("key", "by_modified", "by_issued"):
        builder.add_unsigned_field(name, fast=True)
    for name in ("issued", "modified", "period_start", "period_end"):
        builder.add_integer_field(name, indexed=True, fast=True)
    for name in ("west", "south", "east", "north"):
        builder.add_float_field(name, indexed=True, fast=True)
    builder.add_bytes_field("card", stored=True)
    return builder.build()


def tongues_of(document: SearchDocument) -> set[str]:
    """Languages whose stems the document brings."""
    tags = {*document.titles, *document.descriptions, *document.keywords, "ja"}
    return {tongue for tongue in map(stem_language, tags) if tongue}


def documents(batch: Sequence[SearchDocument]) -> Iterator[tantivy.Document]:
    """Each document as the engine stores it; all texts of the batch are analysed together."""
    pieces = [list(_pieces(document)) for document in batch]
    words = iter(words_of([piece for found in pieces for piece in found]))
    for document, found in zip(batch, pieces, strict=True):
        yield _document(document, [(piece.zone, next(words)) for piece in found])


def _pieces(document: SearchDocument) -> Iterator[Piece]:
    for zone, texts in (
        ("title", document.titles),
        ("keyword", document.keywords),
        ("description", document.descriptions),
    ):
        for language, values in texts.items():
            for value in values:
                yield Piece(zone, language, value[:_INDEXED_CHARACTERS])
    for zone, coded in (("publisher", document.publishers), ("theme", document.themes)):
        for label, language in _labels(coded):
            yield Piece(zone, language, label[:_RAW_CHARACTERS])
    for label, language in _labels([*document.formats, *document.series]):
        yield Piece("other", language, label[:_RAW_CHARACTERS])
    room = _OTHER_CHARACTERS
    for text in dict.fromkeys(document.other_text):
        yield Piece("other", "", text[:room])
        room -= len(text)
        if room <= 0:
            break


def _labels(coded: Iterable[Coded]) -> Iterator[tuple[str, str]]:
    for one in coded:
        yield one.label.ja, "ja"
        if one.label.en != one.label.ja:
            yield one.label.en, "en"


def _document(document: SearchDocument, words: Sequence[tuple[str, Words]]) -> tantivy.Document:
    answer = tantivy.Document()
    for zone, one in words:
        _add_words(answer, zone, one)
    for text in _completions(document, words):
        answer.add_text("completion", text)
    _add_values(answer, document)
    _add_order(answer, document)
    _add_extent(answer, document)
    answer.add_bytes("card", _card(document, words))
    return answer


def _add_words(answer: tantivy.Document, zone: str, one: Words) -> None:
    # Each value is added by itself: the engine leaves a gap of positions between, which no phrase crosses.
    if not one.words:
        return
    answer.add_text(f"w_{zone}", one.words)
    if zone == "title":
        answer.add_text("exact_title", one.words[:_RAW_CHARACTERS])
    if one.echoes:
        answer.add_text(f"w_{zone}", one.echoes)
    if one.tongue:
        answer.add_text(f"s_{zone}", one.stems)
        answer.add_text("tongue", one.tongue)
    if one.grams:
        answer.add_text("grams", one.grams)


def _add_values(answer: tantivy.Document, document: SearchDocument) -> None:
    answer.add_text("role", "document")
    answer.add_unsigned("key", document.key)
    answer.add_text("row", str(document.key))  # deletion by term does nothing on a field of numbers
    for audience in document.audience.split():
        answer.add_text("audience", audience)
    for identifier in {document.iri, document.short_id, *document.identifiers}:
        answer.add_text("identifier", fold_word(identifier.strip())[:_RAW_CHARACTERS])
    for facet, values in facet_values(document).items():
        for value in dict.fromkeys(values):
            answer.add_text(f"f_{facet}", value[:_RAW_CHARACTERS])


def facet_values(document: SearchDocument) -> dict[str, list[str]]:
    """What the document is counted under."""
    return {
        "catalog": [document.catalog],
        "kind": [document.kind],
        "publisher": [one.value for one in document.publishers],
        "theme": [one.value for one in document.themes],
        "format": [one.value for one in document.formats],
        "license": [one.value for one in document.licenses],
        "language": [one.value for one in document.languages],
        "access": [one.value for one in document.access],
        "series": [one.value for one in document.series],
        "keyword": [fold(value).strip() for values in document.keywords.values() for value in values if value.strip()],
    }


def _add_order(answer: tantivy.Document, document: SearchDocument) -> None:
    issued = first_day(document.issued) if document.issued else None
    modified = first_day(document.modified) if document.modified else issued
    if issued:
        answer.add_integer("issued", issued)
    if modified:
        answer.add_integer("modified", modified)
    answer.add_unsigned("by_issued", rank(issued, document.short_id))
    answer.add_unsigned("by_modified", rank(modified, document.short_id))
    title = next((value for values in document.titles.values() for value in values), "")
    answer.add_text("by_title", f"{fold_word(fold(title))[:80]}{SEPARATOR}{document.short_id}")


def rank(day: int | None, short_id: str) -> int:
    """One number that orders by day, the newest first, then by the beginning of the short id."""
    head = short_id.encode()[:5].ljust(5, b"\0")
    return (max(day or 0, 0) << 40) | ((1 << 40) - 1 - int.from_bytes(head, "big"))


def _add_extent(answer: tantivy.Document, document: SearchDocument) -> None:
    if document.period:
        start = first_day(document.period[0]) if document.period[0] else None
        end = last_day(document.period[1]) if document.period[1] else None
        if start or end:
            answer.add_integer("period_start", start or FIRST_DAY)
            answer.add_integer("period_end", end or LAST_DAY)
    if document.bbox:
        west, south, east, north = document.bbox
        # Beyond the 180th meridian the box goes on eastwards; questions are asked at both places.
        box = {"west": west, "south": south, "east": east + 360 if east < west else east, "north": north}
        for name, value in box.items():
            answer.add_float(name, float(value))


def _completions(document: SearchDocument, words: Sequence[tuple[str, Words]]) -> set[str]:
    found = {_completion(value) for values in document.keywords.values() for value in values}
    found |= {_completion(label) for label, _ in _labels(document.publishers)}
    found = found.union(*(one.completions for zone, one in words if zone == "title"))
    found.discard("")
    return found


_completion = lru_cache(maxsize=1 << 13)(completion)  # keywords and publishers come again and again


def _card(document: SearchDocument, words: Sequence[tuple[str, Words]]) -> bytes:
    coded = {
        "publisher": document.publishers,
        "theme": document.themes,
        "format": document.formats,
        "license": document.licenses,
        "language": document.languages,
        "access": document.access,
        "series": document.series,
    }
    return orjson.dumps(
        {
            "key": document.key,
            "short_id": document.short_id,
            "iri": document.iri,
            "kind": document.kind,
            "catalog": document.catalog,
            "titles": {language: list(values) for language, values in document.titles.items()},
            "texts": [orjson.Fragment(one.shown) for _, one in words if one.shown],
            "labels": {facet: _label_table(values) for facet, values in coded.items() if values},
        },
        option=orjson.OPT_NON_STR_KEYS,
    )


def _label_table(values: Iterable[Coded]) -> dict[str, list[str]]:
    return {one.value: [one.label.ja, one.label.en] for one in values}
