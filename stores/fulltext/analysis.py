"""Text into what the index holds: words in order, stems by language, and bigrams where no dictionary helps.

- Japanese runs become morphemes in their normalised spelling, so that 京都 cannot be found inside 東京都.
- Bigrams are made only where the cut is doubtful: morphemes that Sudachi does not know, single characters side by side.
- Other scripts become words without case and accents, and, where the language has a stemmer, their stems.
- Years become Western years, whatever they were written in.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache, lru_cache
from itertools import compress
from types import MappingProxyType
from typing import Final

import tantivy

from ontology.eras import ERA_YEAR, western_year
from stores.fulltext.folding import fold_with_offsets, fold_word
from stores.fulltext.japanese import Cut, cut

JAPANESE: Final = "ぁ-ゖゝゞァ-ヺーヽヾ々〆〇㐀-䶿一-鿿豈-﫿\U00020000-\U0003134f"
_HANGUL: Final = "가-힣"
_DECIMAL: Final = r"[A-Za-z]{0,4}[0-9]{1,3}\.[0-9]{1,2}(?![0-9.])"  # PM2.5 is one word
_WORD: Final = re.compile(rf"{_DECIMAL}|[a-z0-9]+")
_SCANNER: Final = re.compile(
    rf"(?P<japanese>[{JAPANESE}]+)"
    rf"|(?P<hangul>[{_HANGUL}]+)"
    rf"|(?P<word>{_DECIMAL}|(?:(?![{JAPANESE}{_HANGUL}])[^\W_])+)"
)
_SHORT_ERAS: Final = re.compile(r"(?<![a-z0-9])[mtshr][0-9]{1,2}(?![a-z0-9])")
_ERA_YEAR: Final = re.compile(rf"(?P<year>{ERA_YEAR})")
_SHORT_ERA: Final = re.compile(r"[mtshr][0-9]{1,2}")
_YEAR: Final = re.compile(r"(?:1[89]|20)[0-9]{2}")
_WORD_CHARACTERS: Final = 64  # longer ones are data, not words
GAP: Final = "·"

STEMMERS: Final = MappingProxyType(
    {
        "ar": "arabic",
        "da": "danish",
        "de": "german",
        "el": "greek",
        "en": "english",
        "es": "spanish",
        "fi": "finnish",
        "fr": "french",
        "hu": "hungarian",
        "it": "italian",
        "nb": "norwegian",
        "nl": "dutch",
        "nn": "norwegian",
        "no": "norwegian",
        "pt": "portuguese",
        "ro": "romanian",
        "ru": "russian",
        "sv": "swedish",
        "ta": "tamil",
        "tr": "turkish",
    }
)
"""Snowball stemmers by language subtag; other languages are found by their words as written."""


@dataclass(slots=True)
class Tokens:
    """The words of one text in order, in columns.

    Attributes:
        text: folded.
        words: as they are compared.
        starts: where each begins in the text as given; `ends` likewise.
        function: whether each is a particle or an auxiliary.
        uncertain: whether each is a doubtful cut (see `japanese.Cut`).
        latin: whether each is of a script other than Japanese, and so has stems.
        echoes: other words that the text also says (2012 of H24土壌).
        folded_starts: where each begins in the folded text; `folded_ends` likewise.
    """

    text: str
    words: list[str] = field(default_factory=list)
    starts: list[int] = field(default_factory=list)
    ends: list[int] = field(default_factory=list)
    function: list[bool] = field(default_factory=list)
    uncertain: list[bool] = field(default_factory=list)
    latin: list[bool] = field(default_factory=list)
    echoes: list[str] = field(default_factory=list)
    folded_starts: list[int] = field(default_factory=list)
    folded_ends: list[int] = field(default_factory=list)

    def surface(self, index: int) -> str:
        """A word as it stands in the folded text."""
        return self.text[self.folded_starts[index] : self.folded_ends[index]]

    def adjacent(self, index: int) -> bool:
        """Whether the word follows the one before it without anything between."""
        return index > 0 and self.folded_ends[index - 1] == self.folded_starts[index]

    def place(self, offsets: Sequence[int]) -> None:
        """Lead the places back to the text as given."""
        if isinstance(offsets, range):  # nothing moved in folding
            self.starts, self.ends = self.folded_starts, self.folded_ends
            return
        self.starts = [offsets[start] for start in self.folded_starts]
        # ㈱ becomes three characters at one offset: the word 株 of them still covers it.
        ends = [offsets[end] for end in self.folded_ends]
        self.ends = [max(end, start + 1) for start, end in zip(self.starts, ends, strict=True)]


def analyse(texts: Sequence[str]) -> list[Tokens]:
    """Each text's words; give many texts at once where there are many."""
    folded = [fold_with_offsets(text) for text in texts]
    matches = [[] if text.isascii() else list(_scan(text)) for text, _ in folded]
    cuts = iter(cut([match[0] for found in matches for match in found if match.lastgroup == "japanese"]))
    answer: list[Tokens] = []
    for (text, offsets), found in zip(folded, matches, strict=True):
        if text.isascii():
            answer.append(_ascii(text))
            continue
        tokens = Tokens(text)
        for match in found:
            if match.lastgroup == "japanese":
                _add_japanese(tokens, match.start(), next(cuts))
            else:
                _add_other(tokens, match)
        tokens.place(offsets)
        answer.append(tokens)
    return answer


def _scan(text: str) -> Iterator[re.Match[str]]:
    # Years first: a run of Japanese would swallow the era's name.
    at = 0
    for year in _ERA_YEAR.finditer(text):
        yield from _SCANNER.finditer(text, at, year.start())
        yield year
        at = year.end()
    yield from _SCANNER.finditer(text, at)


def _ascii(text: str) -> Tokens:
    """The same for plain English and its like, without a step for each word."""
    tokens = Tokens(text.lower())
    found = list(_WORD.finditer(tokens.text))
    tokens.words = [match[0][:_WORD_CHARACTERS] for match in found]
    tokens.starts = tokens.folded_starts = [match.start() for match in found]
    tokens.ends = tokens.folded_ends = [match.end() for match in found]
    tokens.function = tokens.uncertain = [False] * len(found)
    tokens.latin = [True] * len(found)
    years = (western_year(word) for word in _SHORT_ERAS.findall(tokens.text))
    tokens.echoes = [str(year) for year in years if year]
    return tokens


def _add_japanese(tokens: Tokens, base: int, units: Cut) -> None:
    tokens.words += units.words
    tokens.folded_starts += [base + start for start in units.starts]
    tokens.folded_ends += [base + end for end in units.ends]
    tokens.function += units.function
    tokens.uncertain += units.uncertain
    tokens.latin += [False] * len(units.words)


def _add_other(tokens: Tokens, match: re.Match[str]) -> None:
    surface = match[0]
    kind = match.lastgroup
    word = surface
    if kind == "word":
        word = fold_word(surface)
        if len(word) <= 3 and _SHORT_ERA.fullmatch(word) and (year := western_year(word)):
            tokens.echoes.append(str(year))
    elif kind == "year":
        word = str(western_year(surface) or surface)
    tokens.words.append(word[:_WORD_CHARACTERS])
    tokens.folded_starts.append(match.start())
    tokens.folded_ends.append(match.end())
    tokens.function.append(False)
    tokens.uncertain.append(kind == "hangul")
    tokens.latin.append(kind == "word")


def is_year(word: str) -> bool:
    """Whether a word is a Western year of four digits."""
    return _YEAR.fullmatch(word) is not None


def bigrams(text: str) -> list[str]:
    """Each two neighbouring characters."""
    return [text[i : i + 2] for i in range(len(text) - 1)]


def doubtful_runs(tokens: Tokens) -> Iterator[range]:
    """Indexes of words side by side, two characters and more in all, whose cut is doubtful."""
    if True not in tokens.uncertain:
        return
    run = range(0)
    for index in compress(range(len(tokens.words)), tokens.uncertain):
        if index == run.stop and tokens.adjacent(index):
            run = range(run.start, index + 1)
            continue
        if _is_long(tokens, run):
            yield run
        run = range(index, index + 1)
    if _is_long(tokens, run):
        yield run


def _is_long(tokens: Tokens, run: range) -> bool:
    # The words of a run touch each other.
    return bool(run) and tokens.folded_ends[run.stop - 1] - tokens.folded_starts[run.start] > 1


def stem_language(tag: str) -> str | None:
    """The subtag whose stemmer serves texts of this tag; Latin words in Japanese or untagged texts count as English."""
    subtag = tag.lower().split("-")[0]
    return "en" if subtag in {"", "ja"} else subtag if subtag in STEMMERS else None


def stems(words: Sequence[str], language: str) -> list[str]:
    """The stem of each word, marked with its language (en:statist)."""
    return [f"{language}:{_stem(word, language)}" for word in words]


@lru_cache(maxsize=1 << 15)
def _stem(word: str, language: str) -> str:
    found = _stemmer(language).analyze(word)
    return str(found[0]) if found else word


@cache
def _stemmer(language: str) -> tantivy.TextAnalyzer:
    builder = tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.whitespace())
    return builder.filter(tantivy.Filter.stemmer(STEMMERS[language])).build()
