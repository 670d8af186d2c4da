"""Names among right operands: which are the same, which lie below which, and what else a value could be.

One use has one value of an operand, unless `isAllOf` asks for several: a request that states several is several uses.
A vocabulary says what is below what for certain, never that nothing else is: it is read as an open world, but for
codes, of which distinct ones mean distinct things.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from pyoxigraph import Literal, NamedNode

from exchange.policy.cases import Demand, Truth
from exchange.policy.model import Constraint, Term
from exchange.policy.operands import ValueKind
from exchange.policy.values import native
from exchange.policy.vocabulary import Vocabulary
from ontology.terms import ODRL

OTHER = "urn:renkei:any-other"  # a name that no policy mentions

_UPWARD = frozenset({"isA", "isPartOf"})
_BY_HIERARCHY = _UPWARD | {"hasPart"}
_AGAINST = frozenset({"neq", "isNoneOf"})
_MEMBERSHIP = frozenset({"eq", "isAnyOf"}) | _AGAINST
_OPERATORS = _MEMBERSHIP | _BY_HIERARCHY | {"isAllOf"}
# How the parts of a code are set apart.
_SIGNS: Mapping[ValueKind | None, str] = {ValueKind.LANGUAGE: "-", ValueKind.MEDIA: "/"}
# Two of these may lie in one another without any vocabulary saying so.
_OPEN_KINDS = frozenset({ValueKind.CONCEPT, ValueKind.COORDINATES, None})


def operator(constraint: Constraint) -> str:
    """The local name of an ODRL operator; any other one whole."""
    return constraint.operator.removeprefix(ODRL.NAMESPACE)


@dataclass(frozen=True, slots=True)
class Mentioned:
    """The names that demands on one operand speak of.

    Attributes:
        kind: of the operand; None if nothing declares it.
        groups: what was worked out so far, by constraint.
    """

    vocabulary: Vocabulary
    kind: ValueKind | None
    demands: tuple[Demand, ...]
    groups: dict[int, frozenset[str]] = field(default_factory=dict, repr=False, compare=False)

    @property
    def judgeable(self) -> bool:
        """Whether all constraints can come out as true or false for some value."""
        return all(self._judgeable(each.constraint) for each in self.demands)

    def _judgeable(self, constraint: Constraint) -> bool:
        name, right = operator(constraint), constraint.right
        single = len(right) == 1 or name not in ("eq", "neq")
        return name in _OPERATORS and single and all(self._text(term) is not None for term in right)

    def judge(self, constraint: Constraint, value: Sequence[Term]) -> bool | None:
        """How a constraint comes out for a value, as the engine sees it; None where no vocabulary places a name."""
        name, right = operator(constraint), constraint.right
        if name == "isAllOf":
            return all(any(self._same(each, wanted) for each in value) for wanted in right)
        if name in _MEMBERSHIP:
            return any(self._text(each) in self._group(constraint) for each in value) is (name not in _AGAINST)
        if name in _UPWARD:
            if any(self._lies(name, each, wanted) for each in value for wanted in right):
                return True
            return False if all(self._placed(each) for each in value) else None
        missing = [wanted for wanted in right if not any(self._lies(name, each, wanted) for each in value)]
        return not missing if all(self._placed(wanted) for wanted in missing) else None

    def candidates(self) -> Iterator[tuple[Term, ...]]:
        """Values worth trying: what is mentioned, what is broader, what nobody mentions, and several at once."""
        mentioned = list(dict.fromkeys(term for each in self.demands for term in each.constraint.right))
        yield from ((term,) for term in mentioned)
        for iri in dict.fromkeys(iri for term in mentioned for iri in sorted(self._above(term))):
            yield (NamedNode(iri) if ":" in iri else Literal(iri),)
        yield (Literal(OTHER) if any(isinstance(term, Literal) for term in mentioned) else NamedNode(OTHER),)
        if self.kind in _SIGNS:
            yield from ((Literal(f"{term.value}{_SIGNS[self.kind]}x"),) for term in mentioned)
        wanted = [
            each.constraint for each in self.demands if _positive(each) and operator(each.constraint) == "isAllOf"
        ]
        together = tuple(dict.fromkeys(term for each in wanted for term in each.right))
        if len(together) > 1:
            yield together
        if together:
            yield from ((*together, term) for term in mentioned if term not in together)

    def blamed(self) -> tuple[Constraint, ...]:
        """Constraints that exclude each other whatever the value is; none if that is not certain."""
        for one in self.demands:
            against = self._excluding(one)
            if against:
                return one.constraint, *(each.constraint for each in against)
        return ()

    def _excluding(self, one: Demand) -> list[Demand]:
        """The demands that leave no value for this one."""
        others = [each for each in self.demands if each is not one]
        name, right = operator(one.constraint), one.constraint.right
        if not _positive(one):
            return []
        if name in _BY_HIERARCHY:
            return [each for each in others if self._entailed(one, each) or self._apart(one, each)][:1]
        failed = [[each for each in others if self._fails(each, term)] for term in right]
        if name == "isAllOf":
            return [each for its in failed for each in its][:1]
        return list(dict.fromkeys(its[0] for its in failed)) if all(failed) else []

    def _fails(self, demand: Demand, term: Term) -> bool:
        """Whether this one name as the value, or among several, rules a demand out for certain."""
        name = operator(demand.constraint)
        outcome = self.judge(demand.constraint, (term,))
        if not _positive(demand):
            return outcome is not None and not demand.truth.admits(outcome)
        if demand.truth.admits(outcome) or self._several:
            return False
        if name in _BY_HIERARCHY:
            return self.kind in _SIGNS
        iris = any(isinstance(each, NamedNode) for each in (term, *demand.constraint.right))
        return not (iris and self.kind in _OPEN_KINDS)

    @property
    def _several(self) -> bool:
        """Whether the value has to be several names at once."""
        return any(
            operator(each.constraint) == "isAllOf" and len(each.constraint.right) > 1 and _positive(each)
            for each in self.demands
        )

    def _entailed(self, one: Demand, other: Demand) -> bool:
        """Whether what lies below one name (above it) lies below the other too, where it must not."""
        name = operator(one.constraint)
        if _positive(other) or operator(other.constraint) != name:
            return False
        lows, highs = one.constraint.right, other.constraint.right
        if name in _UPWARD:
            return all(any(self._lies(name, low, high) for high in highs) for low in lows)
        return all(any(self._lies(name, low, high) for low in lows) for high in highs)

    def _apart(self, one: Demand, other: Demand) -> bool:
        """Whether both want the value below codes of which none is part of the other."""
        if self.kind not in _SIGNS or not all(operator(each.constraint) in _UPWARD for each in (one, other)):
            return False
        pairs = [(a, b) for a in one.constraint.right for b in other.constraint.right]
        return _positive(other) and not any(self._lies("isA", *pair) or self._lies("hasPart", *pair) for pair in pairs)

    def _group(self, constraint: Constraint) -> frozenset[str]:
        """The right operands of a constraint with all that means the same."""
        if id(constraint) not in self.groups:
            texts = [self._text(term) for term in constraint.right]
            alike = [self.vocabulary.alike(text) for text in texts if text is not None]
            self.groups[id(constraint)] = frozenset().union(*alike)
        return self.groups[id(constraint)]

    def _text(self, term: Term) -> str | None:
        value = native(term, self.kind or ValueKind.TEXT)
        return value if isinstance(value, str) else None

    def _same(self, one: Term, other: Term) -> bool:
        text = self._text(one)
        return text is not None and self._text(other) in self.vocabulary.alike(text)

    def _lies(self, name: str, one: Term, other: Term) -> bool:
        """Whether a name is known to lie below another, or for hasPart above it."""
        low, high = (one, other) if name in _UPWARD else (other, one)
        return self._same(low, high) or self._text(high) in self._above(low)

    def _above(self, term: Term) -> frozenset[str]:
        """A name and all that is known to be broader; codes say it themselves: de-AT is below de."""
        text = self._text(term)
        if text is None:
            return frozenset()
        sign = _SIGNS.get(self.kind)
        if sign is None:
            return self.vocabulary.broader(text)
        parts = text.split(sign)
        return frozenset(sign.join(parts[: count + 1]) for count in range(len(parts)))

    def _placed(self, term: Term) -> bool:
        """Whether a vocabulary says what is broader than this name."""
        return self.kind in _SIGNS or len(self._above(term)) > 1


def _positive(demand: Demand) -> bool:
    """Whether a demand wants the value to be something, not to be anything else."""
    against = operator(demand.constraint) in _AGAINST
    return (demand.truth in (Truth.TRUE, Truth.NOT_FALSE)) is not against
