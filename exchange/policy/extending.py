"""What a deployment adds to a vocabulary: checked entry by entry, and never a new meaning for a term that has one."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from functools import cache

from pyoxigraph import Literal, NamedNode, Triple

from exchange.policy.errors import Reason, VocabularyInvalid
from exchange.policy.operands import Operand
from exchange.policy.registry import IMPLIES, INCLUDED_IN, KIND, SAME, SEVERAL, SOURCE, SUPPLIER, TYPE
from ontology.messages import Message
from ontology.terms import ODRL, RENKEI
from shapes.profiles import Profiles
from shapes.report import Severity
from shapes.validation import Validator
from shapes.vocabularies import Vocabularies

PROFILE = "policy-terms"
"""Name of the shapes that entries are held against."""

_MEANING = frozenset({KIND, INCLUDED_IN, IMPLIES, SAME, SEVERAL})


def merged(
    before: Iterable[Triple], added: Iterable[Triple], operands: Mapping[str, Operand], actions: Mapping[str, str]
) -> tuple[Triple, ...]:
    """A vocabulary's triples with a deployment's.

    A deployment may take sources from an operand that is there, and say who supplies its values here; what it says then
    stands instead of what was said before. All else about terms that are there is settled.

    Args:
        operands: those that are there, by each of their names.
        actions: the same, with their names of today.

    Raises:
        VocabularyInvalid: entries break the shapes or would change what a term means.
    """
    given, present = tuple(dict.fromkeys(added)), dict.fromkeys(before)
    settled = {**operands, **actions}
    changes = [triple for triple in given if triple not in present and _iri(triple.subject) in settled]
    reasons = [*_violations(given), *(_redefined(triple) for triple in changes if _gives_meaning(triple))]
    reasons += _widened(changes, operands)
    if reasons:
        raise VocabularyInvalid(tuple(reasons))
    replaced = {(triple.subject, triple.predicate) for triple in given if triple.predicate.value in (SOURCE, SUPPLIER)}
    return (*(triple for triple in present if (triple.subject, triple.predicate) not in replaced), *given)


def violations(triples: Iterable[Triple]) -> tuple[Reason, ...]:
    """What the shapes of entries forbid; advice left out."""
    return tuple(_violations(tuple(triples)))


def _violations(triples: tuple[Triple, ...]) -> list[Reason]:
    report = _validator().validate_document(triples, profile=PROFILE, level="full")
    return [Reason(its.focus, its.message) for its in report.results if its.severity is Severity.VIOLATION]


@cache
def _validator() -> Validator:
    return Validator(Profiles([Profiles.shipped()[PROFILE]]), Vocabularies({}))


def _gives_meaning(triple: Triple) -> bool:
    if triple.predicate.value == TYPE:
        return _iri(triple.object).startswith((ODRL.NAMESPACE, RENKEI.NAMESPACE))
    return triple.predicate.value in _MEANING


def _redefined(triple: Triple) -> Reason:
    term, value = _iri(triple.subject), _shown(triple)
    return Reason(
        term,
        Message(
            f"{term}の意味は既に決まっています。変更できません：{value}",
            f"What {term} means is settled and cannot be changed: {value}",
        ),
    )


def _widened(changes: Iterable[Triple], operands: Mapping[str, Operand]) -> list[Reason]:
    wider: dict[str, list[str]] = defaultdict(list)
    for triple in changes:
        term = _iri(triple.subject)
        operand = operands.get(term)
        # Said of a deprecated name it would have no effect, and the deployment would trust in one.
        narrows = operand is not None and operand.iri == term and _shown(triple) in operand.sources
        if triple.predicate.value == SOURCE and not narrows:
            wider[term].append(_shown(triple))
    return [
        Reason(
            term,
            Message(
                f"{term}の値の出所は減らせますが、増やせません：{'、'.join(sources)}",
                f"Sources can be taken from {term} but not added to it: {', '.join(sources)}",
            ),
        )
        for term, sources in wider.items()
    ]


def _iri(term: object) -> str:
    return term.value if isinstance(term, NamedNode) else ""


def _shown(triple: Triple) -> str:
    return triple.object.value if isinstance(triple.object, NamedNode | Literal) else str(triple.object)
