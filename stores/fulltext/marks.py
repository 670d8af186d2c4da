"""Marks and snippets, made from the places of words that the index keeps beside each text."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from stores.fulltext.analysis import stems
from stores.fulltext.meaning import Unit, Wanted
from stores.fulltext.port import Marked

SNIPPET_CHARACTERS: Final = 160
_LEAD_CHARACTERS: Final = 30  # shown before the first mark
_SHARED_LETTERS: Final = 3  # words of one stem begin alike

Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Shown:
    """A text of a document, its words in one line, and their places, as `indexing` keeps them on the card."""

    zone: str
    language: str
    text: str
    line: str
    starts: Sequence[int]
    ends: Sequence[int]


class Finder:
    """Finds the places of what was asked for."""

    def __init__(self, wanted: Iterable[Wanted], languages: Sequence[str]) -> None:
        """Languages: those whose stems count."""
        self._languages = languages
        self._units = [(one.zone, unit, one.strict) for one in wanted for unit in one.units]
        self._stems = {
            unit.words[0]: frozenset(stem for language in languages for stem in stems([unit.words[0]], language))
            for _, unit, strict in self._units
            if unit.latin and not strict
        }

    def spans(self, shown: Shown) -> list[Span]:
        """Places of all that was found in a text, in order; `zone` restrictions hold."""
        likely = [one for one in self._units if one[0] in {None, shown.zone} and self._may_stand(shown.line, one[1])]
        if not likely:  # most texts of most hits: not worth cutting into words
            return []
        words = shown.line.split(" ")
        found: set[Span] = set()
        for _, unit, strict in likely:
            for first, last in self._of_unit(words, unit, strict):
                found.add((shown.starts[first], shown.ends[last]))
        return sorted(found)

    def _may_stand(self, line: str, unit: Unit) -> bool:
        head = unit.words[0]
        if unit.latin:
            head = head[:_SHARED_LETTERS]
        return head in line or any(echo in line for echo in unit.echoes)

    def _of_unit(self, words: Sequence[str], unit: Unit, strict: bool) -> Iterable[tuple[int, int]]:
        """Indexes of first and last word."""
        size = len(unit.words)
        first = unit.words[0]
        if size > 1 or unit.prefix:
            for index in range(len(words) - size + 1):
                if self._stands_at(words, index, unit):
                    yield index, index + size - 1
            return
        stemmed = self._stems.get(first) if unit.latin and not strict else None
        head = first[:_SHARED_LETTERS]
        for index, word in enumerate(words):
            same = word == first or word in unit.echoes
            if same or (stemmed and word.startswith(head) and self._shares_stem(word, stemmed)):
                yield index, index

    @staticmethod
    def _stands_at(words: Sequence[str], index: int, unit: Unit) -> bool:
        last = len(unit.words) - 1
        for offset, wanted in enumerate(unit.words):
            word = words[index + offset]
            if word != wanted and not (unit.prefix and offset == last and word.startswith(wanted)):
                return False
        return True

    def _shares_stem(self, word: str, stemmed: frozenset[str]) -> bool:
        return any(not stemmed.isdisjoint(stems([word], language)) for language in self._languages)


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
    return [Shown(*kept) for kept in card["texts"]]
