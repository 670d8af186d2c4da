"""A request answered from one moment of the index: what is found, with marks where it was found."""

from collections import Counter
from collections.abc import Sequence
from typing import Any, Final

from stores.fulltext.finding import Finding, Tier
from stores.fulltext.marks import Finder, Shown, Span, choose, mark, snippet, texts_of
from stores.fulltext.meaning import meaning_of, wanted_in
from stores.fulltext.port import Hit, Marked, SearchAnswer, SearchRequest, Suggestion
from stores.fulltext.words import SEPARATOR, completion_key

_COMPLETIONS: Final = 8  # looked at for each one given: some differ in their spelling only


def answer_of(tiers: Sequence[Tier], tongues: Sequence[str], request: SearchRequest) -> SearchAnswer:
    """Find, count and mark.

    Args:
        tiers: of one moment, the biggest first.
        tongues: languages whose stems the index holds.
    """
    meaning = meaning_of(request.clause) if request.clause else None
    if (request.clause and meaning is None) or not request.audiences:
        return SearchAnswer(0, (), dict.fromkeys(request.facets, ()))
    finding = Finding(tiers, request, meaning)
    total, found = finding.page()
    finder = Finder(wanted_in(meaning), tongues)
    items = tuple(_hit(one.card, one.score, finder, request.language) for one in found)
    return SearchAnswer(total, items, finding.facets())


def _hit(card: dict[str, Any], score: float | None, finder: Finder, language: str) -> Hit:
    shown = [(one, finder.spans(one)) for one in texts_of(card)]
    fields = dict.fromkeys(one.zone for one, spans in shown if spans)
    if score is not None and not fields:
        fields = {"other": None}
    return Hit(
        key=card["key"],
        short_id=card["short_id"],
        iri=card["iri"],
        kind=card["kind"],
        catalog=card["catalog"],
        titles=card["titles"],
        title=_marked_title(shown, language),
        snippet=_snippet(shown, language),
        fields=tuple(fields),
        score=score,
    )


def _marked_title(shown: Sequence[tuple[Shown, list[Span]]], language: str) -> Marked:
    titles = [one for one in shown if one[0].zone == "title"]
    own = [one for one in titles if one[0].language.split("-")[0] == language]
    if not titles:
        return ()
    text, spans = (own or titles)[0]
    return mark(text.text, spans)


def _snippet(shown: Sequence[tuple[Shown, list[Span]]], language: str) -> Marked:
    best = choose([one for one in shown if one[0].zone == "description"], language)
    return snippet(best[0].text, best[1]) if best else ()


def suggestions_of(tiers: Sequence[Tier], prefix: str, audiences: Sequence[str], size: int) -> tuple[Suggestion, ...]:
    """Completions counted over what the audiences may see, the commonest first."""
    key = completion_key(prefix)
    if not key or not audiences:
        return ()
    counts: Counter[str] = Counter()
    for tier in tiers:
        seen = tier.asking.audience(audiences)
        counts.update(dict(tier.searcher.terms_with_prefix("completion", key, seen, size * _COMPLETIONS)))
    best: dict[str, Suggestion] = {}
    for term, count in sorted(counts.items(), key=lambda one: (-one[1], one[0])):
        folded, _, text = term.partition(SEPARATOR)
        if count and folded not in best:
            best[folded] = Suggestion(text, count)
    return tuple(best.values())[:size]
