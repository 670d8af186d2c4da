"""Requests and states of the world out of RDF, as SolidLab's suite and the W3C draft write them.

A request written in RDF is believed in nothing but what it asks for: the values it states are "declared". Time,
payments and reports come from a state of the world only, since who writes one answers for it; the draft lets a request
carry the time, which is given back apart from the request for a caller who wants to believe it.

"""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta

from pyoxigraph import BlankNode, Literal, NamedNode, Triple

from exchange.policy.asking import Performed, Reported, Request, Value, World, members, payment
from exchange.policy.constraining import ConditionReader
from exchange.policy.graph import Graph, Term, name
from exchange.policy.model import Constraint
from exchange.policy.operands import ValueKind
from exchange.policy.values import native
from ontology.terms import DCT, ODRL, RDF, XSD

_SOTW = "https://w3id.org/force/sotw#"
_REPORT = "https://w3id.org/force/compliance-report#"
_PAY = "https://www.epimorphics.com/guide-to-the-payments-ontology/"
_TEMP_NOW = NamedNode("http://example.com/request/currentTime")
_NOW_FEATURES = frozenset((_SOTW + "CurrentXSDDateTime", ODRL.NAMESPACE + "dateTime"))
_DEONTIC = {"Fulfilled": "fulfilled", "Violated": "violated", "NonSet": "not-set", "Not-set": "not-set"}
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class NoRequest(ValueError):
    """The document holds no evaluation request, or more than one."""


def read_request(triples: Iterable[Triple]) -> tuple[Request, Literal | None]:
    """The one request of a document, and the time that it states.

    Raises:
        NoRequest: there is none, or several.
    """
    graph = Graph(triples)
    evaluations = [node for node in graph.subjects() if graph.values(node, _sotw("evaluatedAction"))]
    if len(evaluations) == 1:
        return _evaluation(graph, evaluations[0])
    requests = [
        (node, rule)
        for node in graph.subjects()
        if ODRL.Request in graph.types(node)
        for rule in graph.values(node, ODRL.permission, ODRL.prohibition)
    ]
    if len(requests) != 1:
        raise NoRequest("a document of a request holds exactly one")
    return _asked(graph, *requests[0]), None


def _asked(graph: Graph, node: Term, rule: Term) -> Request:
    """A request written as a policy: its rule says who wants to do what; its constraints are what is declared."""
    conditions = ConditionReader(graph, []).all(rule, ODRL.constraint)
    declared = {
        each.left: Value(each.right, "declared", each.unit)
        for each in conditions
        if isinstance(each, Constraint) and each.operator == ODRL.eq.value and each.right
    }
    return Request(
        _first(graph, rule, ODRL.action) or "",
        _first(graph, rule, ODRL.assignee),
        _first(graph, rule, ODRL.target),
        declared,
        name(node),
        name(rule),
    )


def _evaluation(graph: Graph, node: Term) -> tuple[Request, Literal | None]:
    parameters: dict[str, Value] = {}
    now: Literal | None = None
    for parameter in graph.values(node, _sotw("requestParameter")):
        feature = _first(graph, parameter, _sotw("describesFeature"))
        values = tuple(each for each in graph.values(parameter, _sotw("value")) if not isinstance(each, BlankNode))
        if feature in _NOW_FEATURES:
            now = next((each for each in values if isinstance(each, Literal)), None)
        elif feature and values:
            parameters[feature] = Value(values, "declared", unit=feature)
    request = Request(
        _first(graph, node, _sotw("evaluatedAction")) or "",
        _first(graph, node, _sotw("evaluatedParty")),
        _first(graph, node, _sotw("evaluatedTarget")),
        parameters,
        name(node),
    )
    return request, now


def read_world(triples: Iterable[Triple], now: Literal | None = None) -> World:
    """A state of the world; `now` where the document does not say."""
    graph = Graph(triples)
    stated = [each for each in graph.values(_TEMP_NOW, DCT.issued) if isinstance(each, Literal)]
    written = stated[0] if stated else now
    return World(
        now=None if written is None else time_of(written),
        memberships=members(_memberships(graph)),
        performed=tuple(_payments(graph)),
        reports={report.rule: report for report in _reports(graph)},
        now_written=written,
    )


def time_of(literal: Literal) -> datetime | None:
    """The time that a literal states; one without a zone is UTC, and a blank between date and time is let pass."""
    given = Literal(literal.value.replace(" ", "T", 1), datatype=XSD.dateTime)
    at = native(given, ValueKind.INSTANT)
    try:
        return _EPOCH + timedelta(microseconds=at) if isinstance(at, int) else None
    except OverflowError:
        return None


def _memberships(graph: Graph) -> Iterator[tuple[str, str]]:
    for node in graph.subjects():
        for collection in graph.values(node, ODRL.partOf):
            yield name(node), name(collection)


def _reports(graph: Graph) -> Iterator[Reported]:
    for node in graph.subjects():
        if _report("DutyReport") in graph.types(node):
            rule = _first(graph, node, _report("rule"))
            state = _first(graph, node, _report("deonticState"))
            if rule and state:
                yield Reported(rule, _DEONTIC.get(state.removeprefix(_REPORT), "not-set"), name(node))


def _payments(graph: Graph) -> Iterator[Performed]:
    for node in graph.subjects():
        payer, amount = _first(graph, node, _pay("payer")), _first(graph, node, _pay("netAmount"))
        dates = [each for each in graph.values(node, _pay("paymentDate")) if isinstance(each, Literal)]
        at = time_of(dates[0]) if dates else None
        if payer and amount and at:
            yield payment(
                payer=payer,
                amount=amount,
                unit=_first(graph, node, _pay("currency")),
                at=at,
                payee=_first(graph, node, _pay("payee")),
                fulfils=_first(graph, node, _sotw("conditionId"), _sotw("conditionID")),
                node=name(node),
            )


def _first(graph: Graph, node: Term, *properties: NamedNode) -> str | None:
    """The one value, or of an action with refinements what it is called."""
    values = graph.values(node, *properties)
    inner = graph.values(values[0], RDF.value) if values else []
    return name((inner or values)[0]) if values else None


def _sotw(local: str) -> NamedNode:
    return NamedNode(_SOTW + local)


def _report(local: str) -> NamedNode:
    return NamedNode(_REPORT + local)


def _pay(local: str) -> NamedNode:
    return NamedNode(_PAY + local)
