"""Japanese text into Sudachi's short units (mode A).

The dictionary costs about 75 MB of resident memory and 0.3 s, so the first text in need opens it, for all threads;
the tokenizer object over it is per thread, because it is not safe to share.
"""

import threading
from collections.abc import Iterator, Sequence
from functools import cache
from typing import Any, Final

from sudachipy import dictionary, tokenizer

_CHUNK_CHARACTERS: Final = 12_000  # Sudachi takes at most 49,149 bytes at once; a character has up to four
_PREFIXES: Final = "各"
_SUFFIXES: Final = "等別数"
# ゴミ and ごみ are one word; Sudachi's normalised spelling joins most such pairs, not all.
_HIRAGANA: Final = {ord(katakana): ord(katakana) - 0x60 for katakana in map(chr, range(0x30A1, 0x30F5))}
_REMEMBERED: Final = 10_000
_SHORT_RUN: Final = 16
_remembered: dict[str, "Cut"] = {}
_FUNCTION_WORDS: Final = frozenset({"助詞", "助動詞", "補助記号", "空白"})


Cut = tuple[tuple[str, int, int, bool, bool], ...]
"""The units of one run of Japanese: (word, start, end, function, uncertain).

word: normalised spelling (子ども → 子供); function: a particle or auxiliary, which nobody searches for;
uncertain: outside the dictionary, or one character alone, as Sudachi leaves of names that it does not know.
"""


class _Dictionary:
    def __init__(self) -> None:
        self._dictionary = dictionary.Dictionary()
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
    return [found or () for found in answer]


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
    units: list[tuple[str, int, int, bool, bool]] = []
    base = 1
    begun = False
    for found in opened.tokenize("\n" + "\n".join(lines) + "\n"):
        word = found.normalized_form()
        start = found.begin()
        if word == "\n":
            if begun:
                yield tuple(units)
                units = []
            begun = True
            base = start + 1
            continue
        end = found.end()
        number = found.part_of_speech_id()
        function = functions[number] if number in functions else opened.function_word(number, found)
        uncertain = not function and (end - start == 1 or found.is_oov())
        affixed = len(word) == end - start > 1 and (word[-1] in _SUFFIXES or word[0] in _PREFIXES)
        if affixed and not function:
            units.extend(_affixed(word, start - base, end - base))
        else:
            units.append((_spelling(word) or found.surface(), start - base, end - base, function, uncertain))


def _spelling(word: str) -> str:
    # White space ends a word in the index.
    return "".join(word.split()).translate(_HIRAGANA)


def _affixed(word: str, start: int, end: int) -> Iterator[tuple[str, int, int, bool, bool]]:
    """Affix and stem apart: Sudachi cuts 観光|客|数 but 観光|客|数等, 市町村|別 but 市町村別."""
    at = 1 if word[0] in _PREFIXES else len(word) - 1
    for part, first, last in ((word[:at], start, start + at), (word[at:], start + at, end)):
        if len(part) > 1 and part[-1] in _SUFFIXES:
            yield from _affixed(part, first, last)
        else:
            yield part, first, last, False, len(part) == 1
