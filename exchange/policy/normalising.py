"""A policy out of its description and those it rests on: replaced, inherited, compact forms spread out."""

import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace

from pyoxigraph import BlankNode, NamedNode, Triple

from exchange.policy.faults import fault
from exchange.policy.graph import POLICY_CLASSES, Graph, Node, is_name, name
from exchange.policy.model import (
    Condition,
    Conflict,
    Constraint,
    Fault,
    LogicalConstraint,
    Policy,
    PolicyKind,
    Rule,
    RuleKind,
)
from exchange.policy.reading import Compact, RuleReader
from exchange.policy.strangers import local_name
from ontology.description import Description
from ontology.refining import renamed
from ontology.terms import DCT, ODRL

Library = Mapping[str, Iterable[Triple]]
"""Policies at hand by IRI, for parents and replacements; nothing is fetched."""

_POLICY_LIMIT = 32  # of a chain of parents; real ones have two or three
_KINDS = {
    ODRL.Offer: PolicyKind.OFFER,
    ODRL.Agreement: PolicyKind.AGREEMENT,
    ODRL.Request: PolicyKind.REQUEST,
    ODRL.Ticket: PolicyKind.TICKET,
    ODRL.Assertion: PolicyKind.ASSERTION,
    ODRL.Privacy: PolicyKind.PRIVACY,
}
_CLASSES = POLICY_CLASSES | {ODRL.Asset, ODRL.AssetCollection}
_LOCAL = frozenset(local_name(term.value) for term in POLICY_CLASSES)
_CONFLICTS = {ODRL.NAMESPACE + value: value for value in Conflict}
_TOP = (
    (ODRL.permission, RuleKind.PERMISSION),
    (ODRL.prohibition, RuleKind.PROHIBITION),
    (ODRL.obligation, RuleKind.OBLIGATION),
)


class Shelf:
    """A library of which each policy is parsed once, however many inherit from it."""

    def __init__(self, library: Library) -> None:
        self._library = library
        self._taken: dict[str, tuple[str, Graph] | None] = {}

    def take(self, iri: str) -> tuple[str, Graph] | None:
        """Hash and graph of a policy, None where it is not at hand."""
        if iri not in self._taken:
            triples = self._library.get(iri)
            description = None if triples is None else Description.of(iri, triples)
            self._taken[iri] = None if description is None else (description.hash, Graph(_apart(description)))
        return self._taken[iri]


def _apart(description: Description) -> list[Triple]:
    """The triples with labels of their own: two documents have the same ones, and counters and faults go by them."""
    nodes = {term for one in description.triples for term in (one.subject, one.object) if isinstance(term, BlankNode)}
    return renamed(description.triples, {node: BlankNode(f"p{description.hash[:12]}-{node.value}") for node in nodes})


def read_policy(
    given: Description,
    *,
    knows_profile: Callable[[str], bool] = lambda profile: False,
    library: Library | Shelf | None = None,
) -> Policy:
    """The policy that a description holds, ready to be compiled.

    Args:
        given: its IRI is that of the policy; with any other IRI the one policy in it is meant.
        knows_profile: whether a profile may be evaluated (`Vocabulary.knows_profile`).
        library: the policies that it may inherit from or be replaced by.

    Returns:
        A policy in any case: what is wrong stands in its faults, and a void one is never evaluated.
    """
    shelf = library if isinstance(library, Shelf) else Shelf(library or {})
    return _Normalising(knows_profile, shelf).policy(given)


@dataclass(slots=True)
class _Sheet:
    """What one document of the chain of inheritance gives."""

    compact: Compact
    graph: Graph
    node: Node
    iri: str


@dataclass(slots=True)
class _Gathered:
    """What a policy has by itself and by all it inherits from, nearest first."""

    sheets: list[_Sheet] = field(default_factory=list)
    hashes: list[str] = field(default_factory=list)
    profiles: dict[str, None] = field(default_factory=dict)
    conflicts: dict[str, None] = field(default_factory=dict)


class _Normalising:
    def __init__(self, knows_profile: Callable[[str], bool], shelf: Shelf) -> None:
        self._knows = knows_profile
        self._shelf = shelf
        self._faults: list[Fault] = []

    def policy(self, given: Description) -> Policy:
        graph = Graph(given.triples)
        node = self._node(graph, given.iri)
        if node is None:
            return Policy(given.iri, PolicyKind.SET, given.hash, faults=tuple(self._faults))
        first = _iri(graph, node, given.hash)
        hashes = [given.hash]
        graph, node = self._replacement(graph, node, hashes)
        gathered = _Gathered(hashes=hashes)
        self._gather(graph, node, gathered)
        return self._made(gathered, gathered.sheets[0].iri, first)

    def _made(self, gathered: _Gathered, iri: str, first: str) -> Policy:
        rules = self._rules(gathered)
        profiles = tuple(gathered.profiles)
        for profile in profiles:
            if not self._knows(profile):
                self._faults.append(fault("unknown-profile", iri, profile))
        return Policy(
            iri=iri,
            kind=self._kind(gathered.sheets[0]),
            hash=_hash(gathered.hashes),
            conflict=self._conflict(gathered, iri),
            profiles=profiles,
            permissions=tuple(rules[RuleKind.PERMISSION]),
            prohibitions=tuple(rules[RuleKind.PROHIBITION]),
            obligations=tuple(rules[RuleKind.OBLIGATION]),
            parents=tuple(sheet.iri for sheet in gathered.sheets[1:]),
            replaced=first if first != iri else None,
            faults=tuple(dict.fromkeys(self._faults)),
        )

    def _node(self, graph: Graph, iri: str) -> Node | None:
        named: Node = BlankNode(iri[2:]) if iri.startswith("_:") else NamedNode(iri)
        if named in graph and graph.is_policy(named):
            return named
        found = graph.policies()
        if len(found) != 1:
            self._faults.append(fault("several-policies" if found else "no-policy", iri))
            return None
        return found[0]

    def _from_library(self, iri: str, hashes: list[str]) -> tuple[Graph, Node] | None:
        found = self._shelf.take(iri)
        if found is None or not found[1].is_policy(NamedNode(iri)):
            return None
        hashes.append(found[0])
        return found[1], NamedNode(iri)

    def _replacement(self, graph: Graph, node: Node, hashes: list[str]) -> tuple[Graph, Node]:
        """The policy that stands for this one now; the last of the chain."""
        seen = {name(node)}
        while replacements := graph.values(node, DCT.isReplacedBy, ODRL.isReplacedBy):
            iri = name(replacements[0])
            if iri in seen:
                self._faults.append(fault("replacement-circle", name(node), iri))
                break
            seen.add(iri)
            found = self._from_library(iri, hashes)
            if found is None or len(replacements) > 1 or len(seen) > _POLICY_LIMIT:
                self._faults.append(fault("replacement-missing", name(node), iri))
                break
            graph, node = found
        return graph, node

    def _gather(self, graph: Graph, node: Node, gathered: _Gathered) -> None:
        """All ancestors, each once, however they are reached; a circle is told from a diamond by the path."""
        done: set[str] = set()
        pending: list[tuple[Graph, Node, frozenset[str]]] = [(graph, node, frozenset())]
        while pending:
            graph, node, path = pending.pop(0)
            iri = name(node)
            if iri in done:
                continue
            done.add(iri)
            self._sheet(graph, node, gathered)
            for parent in graph.values(node, ODRL.inheritFrom):
                its = name(parent)
                if its in path or its == iri:
                    self._faults.append(fault("inheritance-circle", iri, its))
                elif len(done) >= _POLICY_LIMIT:
                    self._faults.append(fault("too-many-policies", iri))
                    return
                elif its not in done:
                    self._parent(its, path | {iri}, gathered, pending)

    def _parent(
        self,
        iri: str,
        path: frozenset[str],
        gathered: _Gathered,
        pending: list[tuple[Graph, Node, frozenset[str]]],
    ) -> None:
        found = self._from_library(iri, gathered.hashes)
        if found is None:
            self._faults.append(fault("parent-missing", gathered.sheets[0].iri, iri))
            return
        pending.append((*self._replacement(*found, gathered.hashes), path))

    def _sheet(self, graph: Graph, node: Node, gathered: _Gathered) -> None:
        iri = _iri(graph, node, gathered.hashes[-1])
        compact = RuleReader(graph, iri, self._faults).compact(node)
        gathered.sheets.append(_Sheet(compact, graph, node, iri))
        gathered.profiles.update(dict.fromkeys(name(value) for value in graph.values(node, ODRL.profile)))
        gathered.conflicts.update(dict.fromkeys(name(value) for value in graph.values(node, ODRL.conflict)))

    def _rules(self, gathered: _Gathered) -> dict[RuleKind, list[Rule]]:
        """Rules of all sheets, each with what all sheets say for every rule."""
        shared = Compact()
        for sheet in gathered.sheets:
            shared.add(sheet.compact)
        rules: dict[RuleKind, list[Rule]] = {kind: [] for _, kind in _TOP}
        count = work = 0
        for place, sheet in enumerate(gathered.sheets):
            reader = RuleReader(sheet.graph, sheet.iri, self._faults)
            reader.count, reader.work = count, work
            for prop, kind in _TOP:
                made = reader.rules(sheet.node, prop, kind, shared)
                rules[kind] += [without_status(rule) for rule in made] if place else made
            count, work = reader.count, reader.work
        return rules

    def _kind(self, sheet: _Sheet) -> PolicyKind:
        kinds = [kind for term, kind in _KINDS.items() if term in sheet.graph.types(sheet.node)]
        if len(kinds) > 1:
            self._faults.append(fault("policy-classes", sheet.iri))
        for term in sheet.graph.types(sheet.node) - _CLASSES:
            if _may_be_of_odrl(name(term)):
                self._faults.append(fault("policy-class", sheet.iri, name(term)))
        return kinds[0] if kinds else PolicyKind.SET

    def _conflict(self, gathered: _Gathered, iri: str) -> Conflict:
        values = list(gathered.conflicts)
        for value in values:
            if value not in _CONFLICTS:
                self._faults.append(fault("unknown-conflict", iri, value))
        if len(values) > 1:
            self._faults.append(fault("conflict-values-differ", iri))
        return _CONFLICTS.get(values[0], Conflict.INVALID) if len(values) == 1 else Conflict.INVALID


def without_status(rule: Rule) -> Rule:
    """An inherited rule: what was used up under the parent does not count here (§2.9)."""
    return replace(
        rule,
        constraints=tuple(_unused(each) for each in rule.constraints),
        duties=tuple(without_status(each) for each in rule.duties),
        consequences=tuple(without_status(each) for each in rule.consequences),
        remedies=tuple(without_status(each) for each in rule.remedies),
    )


def _unused(condition: Condition) -> Condition:
    if isinstance(condition, LogicalConstraint):
        return replace(condition, parts=tuple(_unused(part) for part in condition.parts))
    return replace(condition, status=None) if isinstance(condition, Constraint) and condition.status else condition


def _may_be_of_odrl(iri: str) -> bool:
    """Whether a class is meant as one of ODRL: it is in its namespace, a namesake of one, or a mere word."""
    return iri.startswith(ODRL.NAMESPACE) or local_name(iri) in _LOCAL or not is_name(iri)


def _iri(graph: Graph, node: Node, digest: str) -> str:
    """Name of a policy; a nameless one goes by its odrl:uid, or else by its content."""
    if isinstance(node, NamedNode):
        return node.value
    named = [value.value for value in graph.values(node, ODRL.uid) if not isinstance(value, BlankNode)]
    return named[0] if named else f"urn:renkei:policy:{digest}"


def _hash(hashes: list[str]) -> str:
    """Of the description alone where it rests on no other, so that both names of it are one."""
    return hashes[0] if len(hashes) == 1 else hashlib.sha256("\n".join(hashes).encode()).hexdigest()
