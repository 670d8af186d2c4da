"""Japanese text into Sudachi's short units (mode A).

The dictionary costs 0.3 s, in which all of its 75 MB are read, so the first text in need opens it, for all threads; the
pages that texts do not need are given back at once. The tokenizer object over it is per thread, because it is not safe
to share.
"""

import re
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Final

from sudachipy import dictionary, tokenizer

from stores.mapped_files import give_back

_CHUNK_CHARACTERS: Final = 12_000  # Sudachi takes at most 49,149 bytes at once; a character has up to four
_PREFIXES: Final = "各"
_SUFFIXES: Final = "等別数"
# ゴミ and ごみ are one word; Sudachi's normalised spelling joins most such pairs, not all.
_HIRAGANA: Final = {ord(katakana): ord(katakana) - 0x60 for katakana in map(chr, range(0x30A1, 0x30F5))}
_KATAKANA: Final = re.compile("[ァ-ヴー]")
_REMEMBERED: Final = 10_000
_SHORT_RUN: Final = 32
_remembered: dict[str, "Cut"] = {}
_FUNCTION_WORDS: Final = frozenset({"助詞", "助動詞", "補助記号", "空白"})


@dataclass(frozen=True, slots=True)
class Cut:
    """The units of one run of Japanese, in columns: a catalog has millions of them.

    Attributes:
        words: normalised spelling (子ども → 子供).
        starts: where each begins in the run; `ends` likewise.
        function: whether each is a particle or an auxiliary, which nobody searches for.
        uncertain: whether each is outside the dictionary, or one character alone, as is left of unknown names.
    """

    words: list[str] = field(default_factory=list)
    starts: list[int] = field(default_factory=list)
    ends: list[int] = field(default_factory=list)
    function: list[bool] = field(default_factory=list)
    uncertain: list[bool] = field(default_factory=list)

    def add(self, word: str, start: int, end: int, *, function: bool, uncertain: bool) -> None:
        """Append a unit."""
        self.words.append(word)
        self.starts.append(start)
        self.ends.append(end)
        self.function.append(function)
        self.uncertain.append(uncertain)


class _Dictionary:
    def __init__(self) -> None:
        self._dictionary = dictionary.Dictionary()
        give_back("system.dic")
        self._mode = tokenizer.Tokenizer.SplitMode.A
        self._local = threading.local()
        self.functions: dict[int, bool] = {}  # a few dozen parts of speech exist

    def tokenize(self, text: str) -> Any:
        try:
            own = self._local.tokenizer
        except AttributeError:
            own = self._local.tokenizer = self._dictionary.tokenizer(mode=self._mode)
        return own.tokenize(text)

    def function_word(self, number: int, morpheme: Any) -> bool:
        """Whether a part of speech, by its number, is a particle, auxiliary or sign; asked once for each."""
        known = self.functions[number] = morpheme.part_of_speech()[0] in _FUNCTION_WORDS
        return known


@cache
def _dictionary() -> _Dictionary:
    return _Dictionary()


_OPENING: Final = threading.Lock()


def cut(runs: Sequence[str]) -> list[Cut]:
    """Each run of Japanese characters cut into its units.

    Runs go to Sudachi together, one a line: a run is cut alike whatever stands beside it, and a call is dear.
    """
    answer = [_remembered.get(run) for run in runs]
    new = list({run: None for run, found in zip(runs, answer, strict=True) if found is None})
    if new:
        fresh = dict(zip(new, _cut_new(new), strict=True))
        _remember(fresh)
        answer = [fresh.get(run, found) for run, found in zip(runs, answer, strict=True)]
    return [found for found in answer if found is not None]


def _remember(fresh: dict[str, Cut]) -> None:
    # Names, keywords and set phrases come again and again in a catalog; long runs do not.
    if len(_remembered) > _REMEMBERED:
        _remembered.clear()
    _remembered.update((run, found) for run, found in fresh.items() if len(run) <= _SHORT_RUN)


def _cut_new(runs: Sequence[str]) -> list[Cut]:
    with _OPENING:
        opened = _dictionary()
    answer: list[Cut] = []
    lines: list[str] = []
    size = 0
    for run in runs:
        line = run[:_CHUNK_CHARACTERS]
        if size + len(line) >= _CHUNK_CHARACTERS:
            answer.extend(_cut_lines(opened, lines))
            lines, size = [], 0
        lines.append(line)
        size += len(line) + 1
    answer.extend(_cut_lines(opened, lines))
    return answer


def _cut_lines(opened: _Dictionary, lines: list[str]) -> Iterator[Cut]:
    functions = opened.functions
    units = Cut()
    base = 1
    begun = False
    for found in opened.tokenize("\n" + "\n".join(lines) + "\n"):
        word = found.normalized_form()
        start = found.begin()
        if word == "\n":
            if begun:
                yield units
                units = Cut()
            begun = True
            base = start + 1
            continue
        size = found.end() - start
        number = found.part_of_speech_id()
        function = functions[number] if number in functions else opened.function_word(number, found)
        if len(word) == size > 1 and not function and (word[-1] in _SUFFIXES or word[0] in _PREFIXES):
            _add_affixed(units, word, start - base)
        else:
            uncertain = not function and (size == 1 or found.is_oov())
            spelt = _spelling(word) or found.surface()
            units.add(spelt, start - base, start - base + size, function=function, uncertain=uncertain)


def _spelling(word: str) -> str:
    if _KATAKANA.match(word):
        word = word.translate(_HIRAGANA)
    return "".join(word.split()) if " " in word else word  # white space ends a word in the index


def _add_affixed(units: Cut, word: str, start: int) -> None:
    """Affix and stem apart: Sudachi cuts 観光|客|数 but 観光|客|数等, 市町村|別 but 市町村別."""
    at = 1 if word[0] in _PREFIXES else len(word) - 1
    for part, first in ((word[:at], start), (word[at:], start + at)):
        if len(part) > 1 and part[-1] in _SUFFIXES:
            _add_affixed(units, part, first)
        else:
            units.add(part, first, first + len(part), function=False, uncertain=len(part) == 1)
