"""The triples of a policy by subject and property, with the lists in them; small, ordered, bounded."""

from collections.abc import Iterable, Iterator

from pyoxigraph import BlankNode, Literal, NamedNode, Triple

from ontology.lexical import is_iri
from ontology.terms import ODRL, RDF

Node = NamedNode | BlankNode
Term = NamedNode | BlankNode | Literal

RELATIVE = "relative://document/"
"""What relative IRIs of a document without an address are resolved against: names that no request can have."""

POLICY_CLASSES = frozenset(
    (ODRL.Policy, ODRL.Set, ODRL.Offer, ODRL.Agreement, ODRL.Request, ODRL.Ticket, ODRL.Assertion, ODRL.Privacy)
)
_RULES = frozenset((ODRL.permission, ODRL.prohibition, ODRL.obligation))
_BY_SUBJECT = frozenset((RDF.first, RDF.rest, RDF.value))
_INTO_POLICY = frozenset((ODRL.hasPolicy, ODRL.assignerOf, ODRL.assigneeOf))
_TO_RULES = _RULES | {ODRL.duty, ODRL.remedy, ODRL.consequence}
_TO_POLICIES = _INTO_POLICY | {ODRL.inheritFrom, ODRL.isReplacedBy}
# What somebody who is also a policy, or whose name one bears, says as a policy.
_AS_A_POLICY = (
    _RULES
    | _TO_POLICIES - _INTO_POLICY
    | {
        *(ODRL.action, ODRL.target, ODRL.assigner, ODRL.assignee, ODRL.profile, ODRL.conflict),
    }
)
_LIST_LIMIT = 100_000


class Graph:
    """Triples, asked by subject and property in the order in which they were given."""

    def __init__(self, triples: Iterable[Triple]) -> None:
        self._by_subject: dict[Node, dict[NamedNode, list[Term]]] = {}
        self.owners: dict[tuple[NamedNode, Term], list[Node]] = {}
        for triple in triples:
            if isinstance(triple.subject, Triple) or isinstance(triple.object, Triple):
                continue
            values = self._by_subject.setdefault(triple.subject, {}).setdefault(triple.predicate, [])
            if triple.object not in values[-8:]:
                values.append(triple.object)
            if triple.predicate in _INTO_POLICY:
                self.owners.setdefault((triple.predicate, triple.object), []).append(triple.subject)

    def __contains__(self, node: Term) -> bool:
        return node in self._by_subject

    def subjects(self) -> list[Node]:
        """Nodes that something is said of."""
        return list(self._by_subject)

    def values(self, node: Term, *properties: NamedNode) -> list[Term]:
        """Values of any of the properties."""
        found = self._by_subject.get(node)  # type: ignore[arg-type]  # nothing is said of a literal
        if not found:
            return []
        if len(properties) == 1:
            return found.get(properties[0], [])
        return [value for each in properties for value in found.get(each, ())]

    def properties(self, node: Term) -> Iterable[NamedNode]:
        """Properties that a node has."""
        return () if isinstance(node, Literal) else self._by_subject.get(node, ())

    def types(self, node: Term) -> set[Term]:
        """Its classes."""
        return set(self.values(node, RDF.type))

    def is_list(self, node: Term) -> bool:
        """Whether a node is the head of an RDF list, perhaps the empty one."""
        return node == RDF.nil or bool(self.values(node, RDF.first))

    def listed(self, head: Term) -> list[Term] | None:
        """Members of an RDF list, None where it is broken, forked or goes in a circle."""
        members: list[Term] = []
        seen: set[Term] = set()
        while head != RDF.nil:
            first, rest = self.values(head, RDF.first), self.values(head, RDF.rest)
            if head in seen or len(first) != 1 or len(rest) != 1 or len(seen) >= _LIST_LIMIT:
                return None
            seen.add(head)
            members.append(first[0])
            head = rest[0]
        return members

    def policies(self) -> list[Node]:
        """Nodes that are policies, by class or by having rules."""
        return [node for node in self._by_subject if self.is_policy(node)]

    def is_policy(self, node: Term) -> bool:
        """Whether a node is a policy."""
        its = self.properties(node)
        return bool(its) and (not _RULES.isdisjoint(its) or not POLICY_CLASSES.isdisjoint(self.values(node, RDF.type)))

    def about(self, policy: Node) -> Iterator[Triple]:
        """Triples that belong to one policy: what is reached from it by properties of ODRL.

        Of an asset, party or constraint that is a policy as well, all but what it says as one.
        """
        for (predicate, value), owners in self.owners.items():
            if value == policy:
                yield from (Triple(owner, predicate, value) for owner in owners)
        pending, seen = [(policy, True)], {policy}
        while pending:
            node, whole = pending.pop()
            for predicate, value in self._said(node, whole=whole):
                yield Triple(node, predicate, value)
                if isinstance(value, NamedNode | BlankNode) and value not in seen and self._leads_on(predicate, value):
                    seen.add(value)
                    pending.append((value, predicate in _TO_RULES or not self.is_policy(value)))

    def _said(self, node: Node, *, whole: bool) -> Iterator[tuple[NamedNode, Term]]:
        for predicate, values in self._by_subject.get(node, {}).items():
            for value in values:
                if whole or (predicate not in _AS_A_POLICY and (predicate != RDF.type or value not in POLICY_CLASSES)):
                    yield predicate, value

    def _leads_on(self, predicate: NamedNode, value: Node) -> bool:
        if predicate in _TO_POLICIES:
            return False
        ours = predicate in _BY_SUBJECT or predicate.value.startswith(ODRL.NAMESPACE)
        return isinstance(value, BlankNode) or (ours and value in self._by_subject)


def name(node: Term) -> str:
    """How reports call a node: its IRI, or "_:" and its label."""
    return str(node) if isinstance(node, BlankNode) else node.value


def is_name(iri: str) -> bool:
    """Whether it says what is meant to somebody who never saw the document: an absolute IRI without a space in it."""
    return is_iri(iri) and not iri.startswith(RELATIVE)
