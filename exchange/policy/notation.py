"""Requests, worlds and reports as JSON: terms as N-Triples writes them, names as ODRL has them."""

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import datetime
from enum import Enum
from typing import Any

from pyoxigraph import BlankNode, Literal, NamedNode, RdfFormat, parse

from exchange.policy.asking import Performed, Reported, Request, Term, Value, World
from ontology.messages import Message


def written_term(term: Term) -> str:
    """A term as N-Triples has it."""
    return str(term)


def term_of(text: str) -> Term:
    """A term from what `written_term` wrote.

    Raises:
        ValueError: it is none.
    """
    try:
        triples = [quad.triple for quad in parse(f"<x:s> <x:p> {text} .".encode(), RdfFormat.N_TRIPLES, lenient=True)]
    except SyntaxError as error:
        raise ValueError(f"no RDF term: {text[:100]}") from error
    found = triples[0].object if len(triples) == 1 else None
    if not isinstance(found, (Literal, NamedNode)):
        raise ValueError(f"no RDF term: {text[:100]}")
    return found


def written_value(value: Value) -> dict[str, Any]:
    """A value of an operand."""
    terms = value.terms
    written: dict[str, Any] = {
        "terms": [str(terms[0])] if len(terms) == 1 else [str(term) for term in terms],
        "source": value.source,
    }
    if value.unit is not None:
        written["unit"] = value.unit
    if value.trust is not None:
        written["trust"] = value.trust
    if value.at is not None:
        written["at"] = value.at
    return written


def value_of(given: Mapping[str, Any]) -> Value:
    """A value from JSON."""
    terms = tuple(term_of(text) for text in given["terms"])
    return Value(terms, str(given["source"]), given.get("unit"), given.get("trust"), _time(given.get("at")))


def written_request(request: Request) -> dict[str, Any]:
    """A request; what it does not say is left out."""
    written: dict[str, Any] = {"action": request.action}
    if request.party is not None:
        written["party"] = request.party
    if request.target is not None:
        written["target"] = request.target
    if request.iri is not None:
        written["iri"] = request.iri
    if request.rule is not None:
        written["rule"] = request.rule
    if request.parameters:
        written["parameters"] = {left: written_value(value) for left, value in request.parameters.items()}
    return written


def request_of(given: Mapping[str, Any]) -> Request:
    """A request from JSON."""
    names = {name: given[name] for name in ("party", "target", "iri", "rule") if given.get(name) is not None}
    return Request(str(given["action"]), parameters=_values(given.get("parameters", {})), **names)


def written_performed(done: Performed) -> dict[str, Any]:
    """An action carried out."""
    written: dict[str, Any] = {"action": done.action}
    for name in ("party", "target", "at", "fulfils", "node"):
        if (given := getattr(done, name)) is not None:
            written[name] = given
    if done.values:
        written["values"] = {left: written_value(value) for left, value in done.values.items()}
    return written


def world_of(given: Mapping[str, Any]) -> World:
    """A world from JSON."""
    performed = tuple(
        Performed(
            str(each["action"]),
            each.get("party"),
            each.get("target"),
            _time(each.get("at")),
            _values(each.get("values", {})),
            each.get("fulfils"),
            each.get("node"),
        )
        for each in given.get("performed", ())
    )
    written = given.get("nowWritten")
    spelt = None if written is None else term_of(written)
    return World(
        now=_time(given.get("now")),
        memberships={member: frozenset(whole) for member, whole in given.get("memberships", {}).items()},
        performed=performed,
        reports={
            rule: Reported(rule, each["deontic"], each.get("node")) for rule, each in given.get("reports", {}).items()
        },
        counters={
            (policy, node): value_of(value)
            for policy, counted in given.get("counters", {}).items()
            for node, value in counted.items()
        },
        values=_values(given.get("values", {})),
        now_written=spelt if isinstance(spelt, Literal) else None,
    )


def _values(given: Mapping[str, Any]) -> dict[str, Value]:
    return {left: value_of(value) for left, value in given.items()}


def _time(text: str | None) -> datetime | None:
    if text is None:
        return None
    time = datetime.fromisoformat(text)
    if time.tzinfo is None:
        raise ValueError(f"a time without a zone: {text}")
    return time


def as_json(given: Any) -> Any:
    """Records of a report as JSON: names in camel case, terms as N-Triples, what is empty left out."""
    if isinstance(given, Message):
        return {"ja": given.ja, "en": given.en}
    if isinstance(given, (Literal, NamedNode, BlankNode)):
        return str(given)
    if isinstance(given, Enum):
        return given.value
    if is_dataclass(given) and not isinstance(given, type):
        pairs = ((field.name, getattr(given, field.name)) for field in fields(given))
        return {_camel(name): as_json(value) for name, value in pairs if value not in (None, (), "")}
    if isinstance(given, (tuple, list)):
        return [as_json(each) for each in given]
    return given


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(part.capitalize() for part in rest)
