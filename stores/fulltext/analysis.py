"""Text into what the index holds: words in order, stems by language, and bigrams where no dictionary helps.

- Japanese runs become morphemes in their normalised spelling, so that 京都 cannot be found inside 東京都.
- Bigrams are made only where the cut is doubtful: morphemes that Sudachi does not know, single characters side by side.
- Other scripts become words without case and accents, and, where the language has a stemmer, their stems.
- Years become Western years, whatever they were written in.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache, lru_cache
from types import MappingProxyType
from typing import Final

import tantivy

from ontology.eras import ERA_YEAR, western_year
from stores.fulltext.folding import fold_with_offsets, fold_word
from stores.fulltext.japanese import Cut, cut

JAPANESE: Final = "ぁ-ゖゝゞァ-ヺーヽヾ々〆〇㐀-䶿一-鿿豈-﫿\U00020000-\U0003134f"
_HANGUL: Final = "가-힣"
_SCANNER: Final = re.compile(
    rf"(?P<japanese>[{JAPANESE}]+)"
    rf"|(?P<hangul>[{_HANGUL}]+)"
    rf"|(?P<word>[A-Za-z]{{0,4}}[0-9]{{1,3}}\.[0-9]{{1,2}}(?![0-9.])|(?:(?![{JAPANESE}{_HANGUL}])[^\W_])+)"
)
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
    """The words of one text in order.

    Attributes:
        words: as they are compared.
        starts: where each begins in the text as given; `ends` likewise.
        function: whether each is a particle or an auxiliary.
        uncertain: whether each is a doubtful cut (see `japanese.Morpheme`).
        latin: whether each is of a script other than Japanese, and so has stems.
        surfaces: each as it stands in the folded text.
        echoes: other words that the text also says (2012 of H24土壌).
    """

    words: list[str] = field(default_factory=list)
    starts: list[int] = field(default_factory=list)
    ends: list[int] = field(default_factory=list)
    function: list[bool] = field(default_factory=list)
    uncertain: list[bool] = field(default_factory=list)
    latin: list[bool] = field(default_factory=list)
    surfaces: list[str] = field(default_factory=list)
    echoes: list[str] = field(default_factory=list)

    def add(
        self, word: str, surface: str, span: tuple[int, int], *, uncertain: bool = False, latin: bool = False
    ) -> None:
        """Append one content word."""
        self.words.append(word)
        self.surfaces.append(surface)
        self.starts.append(span[0])
        self.ends.append(span[1])
        self.function.append(False)
        self.uncertain.append(uncertain)
        self.latin.append(latin)

    def adjacent(self, index: int) -> bool:
        """Whether the word follows the one before it without anything between."""
        return index > 0 and self.ends[index - 1] == self.starts[index]


def analyse(texts: Sequence[str]) -> list[Tokens]:
    """Each text's words; give many texts at once where there are many."""
    folded = [fold_with_offsets(text) for text in texts]
    matches = [list(_scan(text)) for text, _ in folded]
    cuts = iter(cut([match[0] for found in matches for match in found if match.lastgroup == "japanese"]))
    answer: list[Tokens] = []
    for (text, offsets), found in zip(folded, matches, strict=True):
        tokens = Tokens()
        for match in found:
            if match.lastgroup == "japanese":
                _add_japanese(tokens, text, match.start(), next(cuts), offsets)
            else:
                _add_other(tokens, match, _span(offsets, match.start(), match.end()))
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


def _span(offsets: Sequence[int], first: int, last: int) -> tuple[int, int]:
    # ㈱ becomes three characters at one offset: the word 株 of them still covers it.
    start, end = offsets[first], offsets[last]
    return start, end if end > start else start + 1


def _add_japanese(tokens: Tokens, text: str, base: int, units: Cut, offsets: Sequence[int]) -> None:
    for word, start, end, function, uncertain in units:
        first, last = base + start, base + end
        tokens.words.append(word)
        tokens.surfaces.append(text[first:last])
        begin, finish = offsets[first], offsets[last]
        tokens.starts.append(begin)
        tokens.ends.append(finish if finish > begin else begin + 1)
        tokens.function.append(function)
        tokens.uncertain.append(uncertain)
        tokens.latin.append(False)


def _add_other(tokens: Tokens, match: re.Match[str], span: tuple[int, int]) -> None:
    surface = match[0]
    if match.lastgroup == "year":
        year = western_year(surface)
        word = str(year) if year else surface
        tokens.add(word, surface, span)
    elif match.lastgroup == "hangul":
        tokens.add(surface[:_WORD_CHARACTERS], surface, span, uncertain=True)
    else:
        word = fold_word(surface)[:_WORD_CHARACTERS]
        tokens.add(word, surface, span, latin=True)
        if _SHORT_ERA.fullmatch(word) and (year := western_year(word)):
            tokens.echoes.append(str(year))


def is_year(word: str) -> bool:
    """Whether a word is a Western year of four digits."""
    return _YEAR.fullmatch(word) is not None


def bigrams(text: str) -> list[str]:
    """Each two neighbouring characters."""
    return [text[i : i + 2] for i in range(len(text) - 1)]


def doubtful_runs(tokens: Tokens) -> Iterable[str]:
    """Stretches of two and more characters whose cut into words is doubtful."""
    run = ""
    for index, uncertain in enumerate(tokens.uncertain):
        if run and not (uncertain and tokens.adjacent(index)):
            if len(run) > 1:
                yield run
            run = ""
        if uncertain:
            run += tokens.surfaces[index]
    if len(run) > 1:
        yield run


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
