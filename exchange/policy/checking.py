"""A document of policies read with what was lost in reading it, and the words in it that nothing declares."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from pyoxigraph import NamedNode, Triple

from exchange.policy.counting import Counting
from exchange.policy.documents import separated
from exchange.policy.faults import fault
from exchange.policy.graph import RELATIVE
from exchange.policy.model import Condition, Constraint, Fault, Policy, PolicyKind, Rule, Severity
from exchange.policy.normalising import Library, Shelf, read_policy
from exchange.policy.operators import OPERATORS
from exchange.policy.programs import Program
from exchange.policy.vocabulary import Vocabulary
from ontology.faults import Fault as ReadingFault
from ontology.faults import Limits
from ontology.messages import Message
from ontology.reading import read
from ontology.terms import DCT, ODRL

LIMITS = Limits(size_bytes=64 << 20, json_size_bytes=16 << 20, depth=1024)
_RESTS_ON = frozenset((ODRL.inheritFrom, DCT.isReplacedBy, ODRL.isReplacedBy))
LOSING = frozenset({"syntax", "term", "null", "literal", "iri-length", "json", "triple-term"})
"""Kinds of reading faults by which a document says less than was written."""
# Faults that make a policy wrong by itself; the others only say that it cannot be evaluated here.
_WRONG = frozenset(
    (
        *("no-policy", "several-policies", "policy-classes", "inheritance-circle", "replacement-circle"),
        *("too-many-policies", "too-many-rules", "too-many-constraints", "too-deep", "constraint-circle"),
        *("rule-not-a-node", "constraint-incomplete", "constraint-ambiguous", "list-broken", "unnamed-scope"),
        *("key-dropped", "part-lost", "agreement-party"),
    )
)
# Words that a profile may declare; without one there is nobody to say what they mean.
_OF_A_PROFILE = frozenset(("operator", "unknown-conflict", "action", "left-operand", "right-operand"))
_AGREEMENT_PARTY = Message(
    ja="合意の規則に被許諾者（odrl:assignee）がありません。誰との合意か書いてください。",
    en="A rule of the agreement has no assignee (odrl:assignee): say with whom it is agreed.",
)


@dataclass(frozen=True, slots=True)
class PolicyDocument:
    """A document that may hold policies.

    Attributes:
        faults: what reading found wrong, for a person who mends it.
    """

    triples: tuple[Triple, ...]
    faults: tuple[ReadingFault, ...]

    @classmethod
    def read(cls, data: bytes, *, media_type: str | None = None, name: str | None = None) -> "PolicyDocument":
        """Read a document.

        Args:
            name: of the file, which tells the syntax where no media type does.

        Raises:
            Unreadable, SyntaxUnknown: no triples could be read.
        """
        reading = read(data, media_type=media_type, name=name, base_iri=RELATIVE, limits=LIMITS)
        return cls(tuple(reading), tuple(reading.faults))

    @property
    def rests_on(self) -> tuple[str, ...]:
        """IRIs of the policies that those in it inherit from or are replaced by."""
        return rests_on(self.triples)

    def policies(self, vocabulary: Vocabulary, library: Library | None = None) -> tuple[Policy, ...]:
        """All policies of it, each with what the others in it and a library give it to inherit.

        A statement that was left out may have been a constraint, so every policy of such a document is void.
        """
        descriptions, loose = separated(self.triples)
        named = None if library else frozenset(self.rests_on)  # reading back triples that nobody asks for takes time
        within = {each.iri: each.triples for each in descriptions if named is None or each.iri in named}
        shelf = Shelf({**(library or {}), **within})
        found = (read_policy(each, knows_profile=vocabulary.knows_profile, library=shelf) for each in descriptions)
        lost = [each for each in self.faults if each.kind in LOSING]
        return tuple(with_faults(_without(each, lost), () if lost else loose) for each in found)


def rests_on(triples: Iterable[Triple]) -> tuple[str, ...]:
    """IRIs that policies among the triples inherit from or are replaced by."""
    found = (each.object for each in triples if each.predicate in _RESTS_ON)
    return tuple(dict.fromkeys(each.value for each in found if isinstance(each, NamedNode)))


def _without(policy: Policy, lost: Iterable[ReadingFault]) -> Policy:
    """A policy of which a part may be lost."""
    told = (
        replace(fault("key-dropped", policy.iri, each.text), severity=Severity.VOID)
        if each.kind == "term"
        else Fault("part-lost", Severity.VOID, policy.iri, each.message)
        for each in lost
    )
    return replace(policy, faults=(*policy.faults, *dict.fromkeys(told)))


def with_faults(policy: Policy, faults: tuple[Fault, ...]) -> Policy:
    """A policy of whose document more is wrong than it says itself."""
    return replace(policy, faults=(*policy.faults, *faults)) if faults else policy


def mended(policy: Policy, messages: Iterable[Message]) -> Policy:
    """A stored policy of which something was left out or mended when it was taken in: nothing rests on it."""
    told = (Fault("part-lost", Severity.VOID, policy.iri, each) for each in messages)
    return replace(policy, faults=(*policy.faults, *told))


def all_faults(policy: Policy, vocabulary: Vocabulary) -> tuple[Fault, ...]:
    """The faults of a policy and of its words: what no vocabulary declares has no value, so nothing is granted."""
    return tuple(dict.fromkeys((*policy.faults, *_unknown_words(policy, vocabulary))))


def is_wrong(fault: Fault, policy: Policy) -> bool:
    """Whether a fault makes the policy invalid, for whoever evaluates it."""
    return fault.code in _WRONG or (fault.code in _OF_A_PROFILE and not policy.profiles)


def _unknown_words(policy: Policy, vocabulary: Vocabulary) -> Iterator[Fault]:
    for rule in policy.rules:
        if policy.kind is PolicyKind.AGREEMENT and rule.assignee is None:
            yield Fault("agreement-party", Severity.NOTED, rule.node, _AGREEMENT_PARTY)
    reader = Program((), vocabulary, Counting(policy, vocabulary))
    seen: set[int] = set()  # the atomic rules of one rule have their conditions in common
    for rule in _rules(policy.rules):
        if rule.action.iri and vocabulary.action(rule.action.iri) is None:
            yield fault("action", rule.node, rule.action.iri)
        new = [each for each in _conditions(rule) if id(each) not in seen]
        seen.update(map(id, new))
        for constraint in _constraints(new):
            if constraint.left:  # else broken, which is told already
                yield from _unknown_in(constraint, vocabulary, reader)


def _unknown_in(constraint: Constraint, vocabulary: Vocabulary, reader: Program) -> Iterator[Fault]:
    if vocabulary.operand(constraint.left) is None:
        yield fault("left-operand", constraint.node, constraint.left)
    elif constraint.right and reader.right(constraint) is None:
        yield fault("right-operand", constraint.node)
    if constraint.operator not in OPERATORS:
        yield fault("operator", constraint.node, constraint.operator)


def _rules(rules: Iterable[Rule], seen: set[int] | None = None) -> Iterator[Rule]:
    """Rules and those within them, each once."""
    seen = set() if seen is None else seen
    for rule in rules:
        if id(rule) not in seen:
            seen.add(id(rule))
            yield rule
            yield from _rules((*rule.duties, *rule.consequences, *rule.remedies), seen)


def _conditions(rule: Rule) -> Iterator[Condition]:
    yield from rule.constraints
    yield from rule.action.refinements
    for scope in (rule.target, rule.assignee, rule.assigner):
        yield from scope.refinements if scope else ()


def _constraints(conditions: Iterable[Condition]) -> Iterator[Constraint]:
    for condition in conditions:
        if isinstance(condition, Constraint):
            yield condition
        else:
            yield from _constraints(condition.parts)
