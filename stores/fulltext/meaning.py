"""What a question asks for in terms of words: the user's clauses analysed, still without any engine."""

from collections.abc import Iterator
from dataclasses import dataclass

from stores.fulltext.analysis import Tokens, analyse, is_year
from stores.fulltext.folding import fold_word
from stores.fulltext.port import Clause, Every, Text, Without

_SUFFIX_LIKE = 2  # digits up to this length belong to their neighbour, as in 第3回 or 2月


@dataclass(frozen=True, slots=True)
class Unit:
    """Words that must be found, side by side if there are several.

    Attributes:
        words: in order.
        surface: the same as written, folded, for bigrams.
        latin: written in a script with stems.
        prefix: the last word goes on.
        echoes: words that are as good (2012 for H24).
    """

    words: tuple[str, ...]
    surface: str
    latin: bool = False
    prefix: bool = False
    echoes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Wanted:
    """What one typed word or phrase asks for.

    Attributes:
        units: each of them is needed.
        phrase: all words in order; found side by side they count more.
        strict: only side by side, and no stems.
        zone: where alone to look.
        literal: as typed, lower case: an identifier or an exact keyword perhaps.
    """

    units: tuple[Unit, ...]
    phrase: tuple[str, ...]
    strict: bool
    zone: str | None
    literal: str


@dataclass(frozen=True, slots=True)
class All:
    """Each part is needed."""

    parts: tuple["Meaning", ...]


@dataclass(frozen=True, slots=True)
class Any:
    """One part is enough."""

    parts: tuple["Meaning", ...]


@dataclass(frozen=True, slots=True)
class Not:
    """The part must not be found."""

    part: "Meaning"


Meaning = Wanted | All | Any | Not


def meaning_of(clause: Clause) -> Meaning | None:
    """The words a clause asks for; None if it holds no word at all."""
    if isinstance(clause, Text):
        return _wanted(clause)
    if isinstance(clause, Without):
        inner = meaning_of(clause.clause)
        return Not(inner) if inner else None
    parts = tuple(part for part in map(meaning_of, clause.clauses) if part)
    if not parts:
        return None
    return All(parts) if isinstance(clause, Every) else Any(parts)


def wanted_in(meaning: Meaning | None) -> Iterator[Wanted]:
    """All that is looked for, what is excluded apart."""
    if isinstance(meaning, Wanted):
        yield meaning
    elif isinstance(meaning, All | Any):
        for part in meaning.parts:
            yield from wanted_in(part)


def _wanted(text: Text) -> Wanted | None:
    literal = fold_word(text.text.strip())
    tokens = analyse([text.text])[0]
    if not tokens.words:
        return Wanted((), (), True, text.zone, literal) if literal and text.zone == "id" else None
    words = tuple(tokens.words)
    if text.exact:
        whole = Unit(
            words,
            "".join(map(tokens.surface, range(len(words)))),
            latin=tokens.latin[0] and len(words) == 1,
            prefix=text.prefix,
        )
        return Wanted((whole,), words, True, text.zone, literal)
    units = tuple(_units(tokens, prefix=text.prefix))
    return Wanted(units, words, False, text.zone, literal)


def _units(tokens: Tokens, *, prefix: bool) -> Iterator[Unit]:
    groups = _groups(tokens)
    for group in groups:
        words = tuple(tokens.words[i] for i in group)
        surface = "".join(map(tokens.surface, group))
        latin = len(group) == 1 and tokens.latin[group[0]]
        last = prefix and group is groups[-1]
        echoes = tuple(tokens.echoes) if latin else ()
        yield Unit(words, surface, latin=latin, prefix=last, echoes=echoes)


def _groups(tokens: Tokens) -> list[list[int]]:
    """Indexes of words that are needed together: content words, single characters joined to their neighbour."""
    content = [i for i in range(len(tokens.words)) if not tokens.function[i]] or list(range(len(tokens.words)))
    groups: list[list[int]] = []
    for i in content:
        beside = bool(groups) and groups[-1][-1] == i - 1 and tokens.adjacent(i)
        if beside and tokens.words[i] in {"年", "年度"} and is_year(tokens.words[i - 1]):
            continue  # 2019年 is asked for as 2019: a title may well say 2019 alone
        if beside and not _is_alone(tokens, groups[-1]) and (_is_small(tokens, i) or _all_small(tokens, groups[-1])):
            groups[-1].append(i)
        else:
            groups.append([i])
    return groups


def _is_small(tokens: Tokens, i: int) -> bool:
    surface = tokens.surface(i)
    return len(surface) == 1 or (len(surface) <= _SUFFIX_LIKE and surface.isdecimal())


def _all_small(tokens: Tokens, group: list[int]) -> bool:
    return all(_is_small(tokens, i) for i in group)


def _is_alone(tokens: Tokens, group: list[int]) -> bool:
    """Years, and words of other scripts unless they are short, stand for themselves: 大田区AED, 2019年版."""
    i = group[-1]
    return is_year(tokens.words[i]) or (tokens.latin[i] and not _is_small(tokens, i))
