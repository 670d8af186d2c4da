"""What the index holds of one text, ready to be put into a document.

In a catalog most texts come again and again (publishers, themes, formats, keywords): short ones are prepared once and
remembered.
"""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import compress
from typing import Final, NamedTuple

import orjson

from stores.fulltext.analysis import GAP, Tokens, analyse, bigrams, doubtful_runs, stem_language, stems
from stores.fulltext.folding import fold, fold_word

SEPARATOR: Final = "\x1f"
_CARD_CHARACTERS: Final = 3_000  # of one description kept for snippets
_COMPLETION_CHARACTERS: Final = 60
_COMPLETIONS: Final = 8  # from one title
_REMEMBERED: Final = 8_000  # a kilobyte each
_SHORT: Final = 80  # characters; longer texts are titles and descriptions, which do not come again


class Piece(NamedTuple):
    """A text of a document: where it stands, its language tag, itself."""

    zone: str
    language: str
    text: str


@dataclass(frozen=True, slots=True)
class Words:
    """The words of one piece, as the fields of the index take them: separated by spaces.

    Attributes:
        words: as they are compared, in order; empty if there are none.
        echoes: other words that the text also says.
        tongue: the language of the stems, "" where there are none.
        grams: pairs of characters where the cut is doubtful.
        completions: of a title, what suggestions complete to.
        shown: the piece on the card, as JSON: zone, language, text, words, where they begin and end; of a long text
            its first part.
    """

    words: str
    echoes: str
    tongue: str
    stems: str
    grams: str
    completions: frozenset[str]
    shown: bytes


_remembered: dict[Piece, Words] = {}


def words_of(pieces: Sequence[Piece]) -> list[Words]:
    """Each piece's words; those not known yet are analysed together."""
    known = _remembered
    answer = [known.get(piece) for piece in pieces]
    new = list({piece: None for piece, found in zip(pieces, answer, strict=True) if found is None})
    if not new:
        return [found for found in answer if found is not None]
    analysed = analyse([piece.text for piece in new])
    fresh = {piece: _prepared(piece, tokens) for piece, tokens in zip(new, analysed, strict=True)}
    answer = [fresh[piece] if found is None else found for piece, found in zip(pieces, answer, strict=True)]
    _remember(fresh)
    return [found for found in answer if found is not None]


def _remember(fresh: dict[Piece, Words]) -> None:
    if len(_remembered) > _REMEMBERED:
        _remembered.clear()
    _remembered.update((piece, words) for piece, words in fresh.items() if len(piece.text) <= _SHORT)


def _prepared(piece: Piece, tokens: Tokens) -> Words:
    language = stem_language(piece.language) or ""
    foreign = list(compress(tokens.words, tokens.latin)) if language else []
    runs = ["".join(map(tokens.surface, run)) for run in doubtful_runs(tokens)]
    words = " ".join(tokens.words)
    return Words(
        words=words,
        echoes=" ".join(tokens.echoes),
        tongue=language if foreign else "",
        stems=" ".join(stems(foreign, language)) if foreign else "",
        grams=f" {GAP} ".join(" ".join(bigrams(run)) for run in runs),
        completions=_title_completions(piece.text, tokens) if piece.zone == "title" else frozenset(),
        shown=b"" if piece.zone == "other" else _shown(piece, tokens, words),
    )


def _shown(piece: Piece, tokens: Tokens, words: str) -> bytes:
    text = piece.text[:_CARD_CHARACTERS]
    if len(text) == len(piece.text):
        return orjson.dumps([piece.zone, piece.language, text, words, tokens.starts, tokens.ends])
    count = bisect_right(tokens.ends, len(text))
    some = " ".join(tokens.words[:count])
    return orjson.dumps([piece.zone, piece.language, text, some, tokens.starts[:count], tokens.ends[:count]])


def _title_completions(title: str, tokens: Tokens) -> frozenset[str]:
    found = (completion(text) for text in {title, *_title_parts(title, tokens)})
    return frozenset(text for text in found if text)


def _title_parts(title: str, tokens: Tokens) -> list[str]:
    """From each word of a compound to the compound's end: 無線LANアクセスポイント of 公衆無線LANアクセスポイント."""
    parts: list[str] = []
    end = 0
    for index in range(len(tokens.words) - 1, -1, -1):
        if tokens.function[index]:
            end = 0
            continue
        end = end or tokens.ends[index]
        if end - tokens.starts[index] > 1 and not tokens.words[index].isdecimal():
            parts.append(title[tokens.starts[index] : end])
        if not tokens.adjacent(index):
            end = 0
    return parts[-_COMPLETIONS:]


def completion(text: str) -> str:
    """A text as the index completes to it, behind its key; empty if it is too short or too long to be offered."""
    short = " ".join(text.split())
    if not 1 < len(short) <= _COMPLETION_CHARACTERS:
        return ""
    return f"{completion_key(short)}{SEPARATOR}{short}"


def completion_key(text: str) -> str:
    """The folded text that a completion is looked up by."""
    return fold_word(" ".join(fold(text).split()))
