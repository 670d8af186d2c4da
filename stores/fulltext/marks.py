"""Marks and snippets, made from the places of words that the index keeps beside each text."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final, NamedTuple

from stores.fulltext.analysis import analyse, doubtful_runs, stems
from stores.fulltext.meaning import Unit, Wanted
from stores.fulltext.port import Marked

SNIPPET_CHARACTERS: Final = 160
_LEAD_CHARACTERS: Final = 30  # shown before the first mark
_SHARED_LETTERS: Final = 3  # words of one stem begin alike

Span = tuple[int, int]


class Shown(NamedTuple):
    """A text of a document, its words in one line, and their places, as `indexing` keeps them on the card."""

    zone: str
    language: str
    text: str
    line: str
    starts: Sequence[int]
    ends: Sequence[int]


class _Sought(NamedTuple):
    """One unit as it is looked for in many texts."""

    zone: str | None
    unit: Unit
    head: str
    """What every text that has it contains."""
    stems: frozenset[str]


class Finder:
    """Finds the places of what was asked for.

    Args:
        languages: those whose stems count.
    """

    def __init__(self, wanted: Iterable[Wanted], languages: Sequence[str]) -> None:
        self._languages = languages
        self._sought = [self._prepared(one, unit) for one in wanted for unit in one.units]

    def _prepared(self, wanted: Wanted, unit: Unit) -> _Sought:
        first = unit.words[0]
        stemmed = unit.latin and not wanted.strict and not unit.prefix
        languages = self._languages if stemmed else ()
        found = frozenset(stem for language in languages for stem in stems([first], language))
        return _Sought(wanted.zone, unit, first[:_SHARED_LETTERS] if stemmed else first, found)

    def spans(self, shown: Shown) -> list[Span]:
        """Places of all that was found in a text, in order; `zone` restrictions hold."""
        likely = [one for one in self._sought if one.head in shown.line or one.unit.echoes]
        found: set[Span] = set()
        if likely:  # most texts of most hits are not worth cutting into words
            words = shown.line.split(" ")
            for one in likely:
                if one.zone is None or one.zone == shown.zone:
                    for first, last in self._places(words, one):
                        found.add((shown.starts[first], shown.ends[last]))
        return sorted(found or self._doubtful(shown))

    def _doubtful(self, shown: Shown) -> set[Span]:
        """Places that only the bigrams found: the words they touch, and only where the cut is doubtful."""
        surfaces = [one.unit.surface for one in self._sought if _has_bigrams(one)]
        if not any(surface in shown.text for surface in surfaces):
            return set()
        tokens = analyse([shown.text])[0]
        found: set[Span] = set()
        for run in doubtful_runs(tokens):
            text = "".join(map(tokens.surface, run))
            begin = tokens.folded_starts[run[0]]
            for at, length in ((text.find(surface), len(surface)) for surface in surfaces):
                if at >= 0:
                    touched = [
                        each
                        for each in run
                        if tokens.folded_starts[each] < begin + at + length and tokens.folded_ends[each] > begin + at
                    ]
                    found.add((tokens.starts[touched[0]], tokens.ends[touched[-1]]))
        return found

    def _places(self, words: Sequence[str], one: _Sought) -> Iterator[tuple[int, int]]:
        """Indexes of first and last word."""
        unit = one.unit
        if one.stems or unit.echoes:
            for index, word in enumerate(words):
                if word in unit.echoes or (word.startswith(one.head) and self._same(word, one)):
                    yield index, index
        elif len(unit.words) == 1 and not unit.prefix:
            for index in _indexes(words, one.head):
                yield index, index
        else:
            size = len(unit.words)
            starts = _indexes(words, one.head) if size > 1 else range(len(words))
            for index in starts:
                if index + size <= len(words) and _stands_at(words, index, unit):
                    yield index, index + size - 1

    def _same(self, word: str, one: _Sought) -> bool:
        if word == one.unit.words[0]:
            return True
        return any(not one.stems.isdisjoint(stems([word], language)) for language in self._languages)


def _has_bigrams(one: _Sought) -> bool:
    return one.zone is None and not one.unit.latin and len(one.unit.surface) > 1


def _indexes(words: Sequence[str], word: str) -> Iterator[int]:
    index = -1
    for _ in range(words.count(word)):
        index = words.index(word, index + 1)
        yield index


def _stands_at(words: Sequence[str], index: int, unit: Unit) -> bool:
    last = len(unit.words) - 1
    for offset, wanted in enumerate(unit.words):
        word = words[index + offset]
        if word != wanted and not (unit.prefix and offset == last and word.startswith(wanted)):
            return False
    return True


def mark(text: str, spans: Sequence[Span], start: int = 0, end: int | None = None) -> Marked:
    """The text between two offsets cut at the places found; the pieces together are the text unchanged."""
    end = len(text) if end is None else end
    pieces: list[tuple[str, bool]] = []
    at = start
    for begin, finish in spans:
        first, last = max(begin, at), min(finish, end)
        if first >= last:
            continue
        if first > at:
            pieces.append((text[at:first], False))
        if pieces and pieces[-1][1]:  # neighbours become one mark
            pieces[-1] = (pieces[-1][0] + text[first:last], True)
        else:
            pieces.append((text[first:last], True))
        at = last
    if at < end:
        pieces.append((text[at:end], False))
    return tuple(pieces)


def snippet(text: str, spans: Sequence[Span]) -> Marked:
    """The stretch of a text that holds most of what was found; its beginning if nothing was."""
    start = _best_start(text, spans)
    end = min(len(text), start + SNIPPET_CHARACTERS)
    pieces = list(mark(text, spans, start, end))
    if start > 0:
        pieces.insert(0, ("…", False))
    if end < len(text):
        pieces.append(("…", False))
    return tuple(pieces)


def _best_start(text: str, spans: Sequence[Span]) -> int:
    best, start = 0, 0
    for index, (first, _) in enumerate(spans):
        begin = max(0, first - _LEAD_CHARACTERS)
        held = {text[a:b] for a, b in spans[index:] if b <= begin + SNIPPET_CHARACTERS}
        if len(held) > best:
            best, start = len(held), begin
    return min(start, max(0, len(text) - SNIPPET_CHARACTERS)) if best else 0


def choose(shown: Sequence[tuple[Shown, list[Span]]], language: str) -> tuple[Shown, list[Span]] | None:
    """The text to show: where most was found, among equals in the reader's language."""
    if not shown:
        return None
    return max(
        shown, key=lambda one: (len({one[0].text[a:b] for a, b in one[1]}), one[0].language.split("-")[0] == language)
    )


def texts_of(card: dict[str, Any]) -> list[Shown]:
    """All shown texts of a card."""
    return list(map(Shown._make, card["texts"]))
