"""Meanings and filters as tantivy queries; built as objects: nothing that is typed is ever query language."""

from collections.abc import Callable, Iterator, Sequence
from typing import Final

import tantivy
from tantivy import FieldType, Occur, Query

from stores.fulltext.analysis import bigrams, stems
from stores.fulltext.dates import first_day, last_day
from stores.fulltext.indexing import ZONES
from stores.fulltext.meaning import All, Any, Meaning, Not, Unit, Wanted
from stores.fulltext.port import SearchRequest

# What a find is worth by where it stands. A title names the thing; other text holds whole lists of files.
_WORTH: Final = {"title": 4.0, "keyword": 2.5, "publisher": 2.0, "theme": 1.5, "description": 1.0, "other": 0.4}
_PHRASE_ZONES: Final = ("title", "keyword", "description")
_STEM: Final = 0.8  # of a word found by its stem, beside the word itself
_GRAMS: Final = 0.5
_GOES_ON: Final = 0.5
_PLACES: Final = frozenset("都道府県市区町村郡島駅")
_PHRASE: Final = 1.5
_TOGETHER: Final = 1.0  # all words of the question near each other in the title
_NEAR: Final = 4
_EXACT_TITLE: Final = 15.0
_IDENTIFIER: Final = 30.0
_TIE: Final = 0.1
_PHRASE_WORDS: Final = 32
_PREFIX_LETTERS: Final = 2  # of other scripts; one kanji is enough
_CODED: Final = frozenset({"keyword", "publisher", "theme"})


class Asking:
    """Builds the queries of one searcher's moment.

    Args:
        tongues: languages whose stems the index holds.
        hidden: rows that another tier holds in a newer form, or that are gone.
        rarity: for words in a field, how many times rarer they are than this tier's own counts make them.
    """

    def __init__(
        self,
        schema: tantivy.Schema,
        tongues: Sequence[str],
        hidden: Sequence[str] = (),
        rarity: Callable[[str, Sequence[str]], float] | None = None,
    ) -> None:
        self._schema = schema
        self._tongues = tongues
        self._hidden = hidden
        self._rarity = rarity

    def text(self, meaning: Meaning) -> Query:
        """What the user typed, with what makes one find better than another."""
        wanted = [one for one in _positive(meaning) if one.zone is None]
        needed = self._meaning(meaning)
        better: list[Query] = []
        words = tuple(word for one in wanted for word in one.phrase)
        if wanted and len(words) <= _PHRASE_WORDS:
            better.append(_boost(self._term("exact_title", " ".join(words)), _EXACT_TITLE))
            if len(wanted) > 1:
                better.append(_boost(self._phrase("w_title", words, _NEAR), _TOGETHER))
        return Query.boolean_query([(Occur.Must, needed), *((Occur.Should, query) for query in better)])

    def audience(self, audiences: Sequence[str]) -> Query:
        """Documents of any of the audiences; of none if none is given."""
        return self._shown(self._one_of("audience", audiences))

    def documents(self) -> Query:
        """Every document."""
        return self._shown(self._plain("role", "document"))

    def _shown(self, query: Query) -> Query:
        if not self._hidden:
            return query
        return Query.boolean_query([(Occur.Must, query), (Occur.MustNot, self._one_of("row", self._hidden))])

    def value(self, facet: str, value: str) -> Query:
        """Documents counted under a value."""
        return _silent(self._plain(f"f_{facet}", value))

    def filters(self, request: SearchRequest, *, but: str | None = None) -> Iterator[Query]:
        """Each filter of the request, one facet's left out where its values are counted."""
        for facet, values in request.filters.items():
            if facet != but and values:
                yield self._one_of(f"f_{facet}", values)
        for name, span in (("issued", request.issued), ("modified", request.modified)):
            if span:
                yield self._days(name, span[0], span[1])
        if request.period:
            yield self._days("period_end", request.period[0], None)
            yield self._days("period_start", None, request.period[1])
        if request.bbox:
            yield self._box(request.bbox)

    def _meaning(self, meaning: Meaning) -> Query:
        if isinstance(meaning, Wanted):
            return self._wanted(meaning)
        if isinstance(meaning, Any):
            return Query.disjunction_max_query([self._meaning(part) for part in meaning.parts], _TIE)
        if isinstance(meaning, Not):
            return self._excluding([meaning])
        excluded = [part for part in meaning.parts if isinstance(part, Not)]
        needed = [(Occur.Must, self._meaning(part)) for part in meaning.parts if not isinstance(part, Not)]
        if not needed:
            return self._excluding(excluded)
        return Query.boolean_query([*needed, *((Occur.MustNot, self._meaning(one.part)) for one in excluded)])

    def _excluding(self, excluded: Sequence[Not]) -> Query:
        everything = Query.const_score_query(Query.all_query(), 0.0)
        return Query.boolean_query(
            [(Occur.Must, everything), *((Occur.MustNot, self._meaning(one.part)) for one in excluded)]
        )

    def _wanted(self, wanted: Wanted) -> Query:
        named = _boost(self._term("identifier", wanted.literal), _IDENTIFIER)
        if wanted.zone == "id":
            return named
        needed = [(Occur.Must, self._unit(unit, wanted)) for unit in wanted.units]
        if len(wanted.units) > 1 and len(wanted.phrase) <= _PHRASE_WORDS:
            needed += [(Occur.Should, query) for query in self._phrases(wanted)]
        found = needed[0][1] if len(needed) == 1 else Query.boolean_query(needed)
        if wanted.zone in _CODED:  # also by the very value that is counted
            return Query.disjunction_max_query([found, self._term(f"f_{wanted.zone}", wanted.literal)], _TIE)
        return Query.disjunction_max_query([found, named], _TIE) if wanted.zone is None else found

    def _phrases(self, wanted: Wanted) -> Iterator[Query]:
        for zone in _PHRASE_ZONES:
            if wanted.zone in {None, zone}:
                yield _boost(self._phrase(f"w_{zone}", wanted.phrase), _WORTH[zone] * _PHRASE)

    def _unit(self, unit: Unit, wanted: Wanted) -> Query:
        found: list[Query] = []
        for zone in ZONES if wanted.zone is None else (wanted.zone,):
            worth = _WORTH[zone]
            found.append(_boost(self._words(f"w_{zone}", unit), worth))
            found.extend(_boost(self._term(f"w_{zone}", echo), worth) for echo in unit.echoes)
            if unit.latin and not wanted.strict and not unit.prefix:
                found.extend(_boost(query, worth * _STEM) for query in self._stemmed(f"s_{zone}", unit.words[0]))
        if _goes_on(unit) and not wanted.strict and not unit.prefix:
            for zone in _PHRASE_ZONES:
                if wanted.zone in {None, zone}:
                    found.append(_boost(self._beginning(f"w_{zone}", unit.words), _WORTH[zone] * _GOES_ON))
        if wanted.zone is None and not unit.latin and 1 < len(unit.surface) <= _PHRASE_WORDS:
            found.append(_boost(self._run("grams", bigrams(unit.surface)), _GRAMS))
        return Query.disjunction_max_query(found, _TIE)

    def _words(self, field: str, unit: Unit) -> Query:
        words = unit.words[:_PHRASE_WORDS]
        if unit.prefix and (len(words) > 1 or not unit.latin or len(unit.words[0]) >= _PREFIX_LETTERS):
            return self._beginning(field, words)
        return self._run(field, words)

    def _run(self, field: str, words: Sequence[str]) -> Query:
        return self._term(field, words[0]) if len(words) == 1 else self._phrase(field, words)

    def _stemmed(self, field: str, word: str) -> Iterator[Query]:
        for stem in {stem for language in self._tongues for stem in stems([word], language)}:
            yield self._term(field, stem)

    def _term(self, field: str, value: str) -> Query:
        return self._weighed(field, (value,), self._plain(field, value))

    def _phrase(self, field: str, words: Sequence[str], slop: int = 0) -> Query:
        return self._weighed(field, words, Query.phrase_query(self._schema, field, [*words], slop))

    def _beginning(self, field: str, words: Sequence[str]) -> Query:
        # The engine does not count the last one, which is unfinished.
        return self._weighed(field, words[:-1], Query.phrase_prefix_query(self._schema, field, [*words]))

    def _weighed(self, field: str, words: Sequence[str], query: Query) -> Query:
        rarer = self._rarity(field, words) if self._rarity and words else 1.0
        return query if rarer == 1.0 else _boost(query, rarer)

    def _plain(self, field: str, value: str) -> Query:
        return Query.term_query(self._schema, field, value)

    def naming(self, iris: Sequence[str]) -> Query:
        """Documents that name any of these things in a facet whose labels are kept in the index."""
        facets = ("publisher", "theme", "license", "access", "series", "language")
        return self._shown(Query.boolean_query([(Occur.Should, self._one_of(f"f_{facet}", iris)) for facet in facets]))

    def _one_of(self, field: str, values: Sequence[str]) -> Query:
        return _silent(Query.term_set_query(self._schema, field, list(values)))

    def _days(self, field: str, first: str | None, last: str | None) -> Query:
        lower = first_day(first) if first else None
        upper = last_day(last) if last else None
        return _silent(Query.range_query(self._schema, field, FieldType.Integer, lower or 0, upper or 1 << 40))

    def _box(self, bbox: tuple[float, float, float, float]) -> Query:
        west, south, east, north = bbox
        east = east + 360 if east < west else east
        places = [
            Query.boolean_query(
                [(Occur.Must, self._upto("west", east + turn)), (Occur.Must, self._from("east", west + turn))]
            )
            for turn in (-360.0, 0.0, 360.0)
        ]
        around = Query.disjunction_max_query(places)
        high = [(Occur.Must, self._upto("south", north)), (Occur.Must, self._from("north", south))]
        return _silent(Query.boolean_query([(Occur.Must, around), *high]))

    def _upto(self, field: str, value: float) -> Query:
        return Query.range_query(self._schema, field, FieldType.Float, -1e9, float(value))

    def _from(self, field: str, value: float) -> Query:
        return Query.range_query(self._schema, field, FieldType.Float, float(value), 1e9)


def _goes_on(unit: Unit) -> bool:
    """Whether the last character may begin a longer word: 収集日 finds 収集日程. Names of places end where they end."""
    return not unit.latin and len(unit.words) > 1 and len(unit.words[-1]) == 1 and unit.words[-1] not in _PLACES


def _positive(meaning: Meaning) -> Iterator[Wanted]:
    """Words that all stand in every find: alternatives and exclusions make no phrase."""
    if isinstance(meaning, Wanted):
        yield meaning
    elif isinstance(meaning, All):
        for part in meaning.parts:
            yield from _positive(part)


def _boost(query: Query, worth: float) -> Query:
    return Query.boost_query(query, worth)


def _silent(query: Query) -> Query:
    """A condition that finds without making the find better."""
    return Query.const_score_query(query, 0.0)
