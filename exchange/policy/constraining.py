"""Constraints and refinements out of the graph: simple ones, and combined ones in the three encodings found in data."""

from collections.abc import Collection

from pyoxigraph import BlankNode, NamedNode

from exchange.policy.faults import fault
from exchange.policy.graph import Graph, Term, is_name, name
from exchange.policy.model import Condition, Constraint, Fault, Logic, LogicalConstraint
from exchange.policy.model import Term as Operand
from exchange.policy.strangers import IN_A_COMBINATION, IN_A_COMPARISON, strange_in_part
from ontology.terms import ODRL, RDF

DEPTH_LIMIT = 100
_SIZE_LIMIT = 20_000  # of one policy, parts written twice counted twice: a report shows each
_LOGIC = {ODRL.and_: Logic.AND, ODRL.or_: Logic.OR, ODRL.xone: Logic.XONE, ODRL.andSequence: Logic.AND_SEQUENCE}

_AT_MOST_ONE = ((ODRL.dataType, ODRL.datatype), (ODRL.unit,), (ODRL.status,), (ODRL.rightOperandReference,))


class ConditionReader:
    """Reads the constraints of one document; what is wrong goes into `faults`.

    Attributes:
        size: constraints read so far, parts written twice counted twice.
    """

    def __init__(self, graph: Graph, faults: list[Fault]) -> None:
        self._graph = graph
        self._faults = faults
        self._read: dict[Term, tuple[Condition, int, int]] = {}
        self.size = 0

    def all(self, node: Term, *properties: NamedNode) -> tuple[Condition, ...]:
        """Conditions that a node has by any of the properties."""
        read = [self._one(value, ()) for value in self._graph.values(node, *properties)]
        self.size += sum(size for _, size, _ in read)
        if self.size > _SIZE_LIMIT:
            self._faults.append(fault("too-many-constraints", name(node)))
            return ()
        return tuple(condition for condition, _, _ in read)

    def refinements(self, node: Term, known: Collection[NamedNode]) -> tuple[Condition, ...]:
        """Refinements of an action, asset or party; what may be one under a wrong name is one that nobody can tell."""
        refined = self.all(node, ODRL.refinement)
        strange = next(strange_in_part(self._graph, node, known), None)
        return refined if strange is None else (*refined, self._broken(node, "part-property", strange.value))

    def _one(self, node: Term, path: tuple[Term, ...]) -> tuple[Condition, int, int]:
        """A condition, how many it is with its parts, and how deep."""
        if node in self._read:
            return self._read[node]
        if node in path:
            return self._broken(node, "constraint-circle"), 1, 1
        if len(path) >= DEPTH_LIMIT:
            return self._broken(node, "too-deep"), 1, 1
        logics = [each for each in _LOGIC if self._graph.values(node, each)]
        strange = next(strange_in_part(self._graph, node, IN_A_COMBINATION if logics else IN_A_COMPARISON), None)
        if strange is not None and strange not in IN_A_COMPARISON:
            found: tuple[Condition, int, int] = self._broken(node, "part-property", strange.value), 1, 1
        elif not logics:
            found = self._simple(node), 1, 1
        elif len(logics) > 1 or strange in IN_A_COMPARISON:
            found = self._broken(node, "constraint-ambiguous"), 1, 1
        else:
            found = self._logical(node, logics[0], (*path, node))
        self._read[node] = found
        return found

    def _logical(self, node: Term, operand: NamedNode, path: tuple[Term, ...]) -> tuple[Condition, int, int]:
        members = self._members(self._graph.values(node, operand))
        if not members:
            return self._broken(node, "list-broken"), 1, 1
        read = [self._one(member, path) for member in members]
        size, depth = 1 + sum(size for _, size, _ in read), 1 + max(depth for _, _, depth in read)
        if size > _SIZE_LIMIT or depth > DEPTH_LIMIT:
            code = "too-deep" if depth > DEPTH_LIMIT else "too-many-constraints"
            return self._broken(node, code), 1, 1
        return LogicalConstraint(name(node), _LOGIC[operand], tuple(part for part, _, _ in read)), size, depth

    def _members(self, values: list[Term]) -> list[Term] | None:
        """Operands as one list, as several values, or – seen in real data – as several lists."""
        members: list[Term] = []
        for value in values:
            if self._graph.is_list(value):
                listed = self._graph.listed(value)
                if listed is None:
                    return None
                members += listed
            else:
                members.append(value)
        return members

    def _simple(self, node: Term) -> Constraint:
        graph = self._graph
        left, operator = graph.values(node, ODRL.leftOperand), graph.values(node, ODRL.operator)
        right, listed = self._right(node)
        references = graph.values(node, ODRL.rightOperandReference)
        status, data_type = graph.values(node, ODRL.status), graph.values(node, ODRL.dataType, ODRL.datatype)
        if any(len(graph.values(node, *each)) > 1 for each in _AT_MOST_ONE):
            return self._broken(node, "constraint-ambiguous")
        if any(isinstance(each, BlankNode) for each in status) or not all(
            isinstance(each, NamedNode) for each in data_type
        ):
            return self._broken(node, "constraint-incomplete")
        if len(left) != 1 or len(operator) != 1 or right is None or (bool(right) == bool(references)):
            return self._broken(node, "constraint-incomplete")
        if references:
            self._faults.append(fault("not-fetched", name(node), name(references[0])))
        return Constraint(
            node=name(node),
            left=name(left[0]),
            operator=name(operator[0]),
            right=right,
            listed=listed,
            reference=name(references[0]) if references else None,
            data_type=name(data_type[0]) if data_type else None,
            unit=next(map(name, graph.values(node, ODRL.unit)), None),
            status=next((term for term in status if not isinstance(term, BlankNode)), None),
        )

    def _right(self, node: Term) -> tuple[tuple[Operand, ...] | None, bool]:
        values = self._graph.values(node, ODRL.rightOperand)
        listed = len(values) > 1
        given: list[Term] = []
        for value in values:
            if self._graph.is_list(value):
                listed, members = True, self._graph.listed(value)
                if not members:
                    return None, True
                given += members
            else:
                given.append(value)
        terms = [self._operand(value) for value in given]
        return (None if None in terms else tuple(term for term in terms if term is not None)), listed

    def _operand(self, value: Term) -> Operand | None:
        """A term; a nameless right operand stands for its rdf:value."""
        inner = self._graph.values(value, RDF.value) if isinstance(value, BlankNode) else [value]
        if len(inner) != 1 or isinstance(inner[0], BlankNode):
            return None
        return None if isinstance(inner[0], NamedNode) and not is_name(inner[0].value) else inner[0]

    def _broken(self, node: Term, code: str, term: str | None = None) -> Constraint:
        """A constraint that nobody can evaluate stands where it was, so that it is not forgotten."""
        text = name(node)
        self._faults.append(fault(code, text, term))
        return Constraint(text, "", "", ())
