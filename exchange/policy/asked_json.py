"""Requests and worlds as people write them in JSON, with the place of what cannot be used.

The notation of the log (`notation`) is part of it; beside that, values may be plain JSON: a number, a text, true,
`{"@id": …}`, `{"@value": …, "@type": …}`, or a list of these. Names may be shortened with `odrl:`.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Any, TypeVar

from pyoxigraph import Literal, NamedNode

from exchange.policy.asking import Performed, Reported, Request, Term, Value, World
from exchange.policy.notation import term_of
from exchange.policy.operands import Source
from ontology.messages import Message
from ontology.terms import ODRL, XSD

_MOST = 1_000  # terms of one value
_REQUEST = frozenset(("action", "party", "target", "parameters", "iri", "rule"))
_WORLD = frozenset(("now", "nowWritten", "memberships", "performed", "reports", "counters", "values"))
_PERFORMED = frozenset(("action", "party", "target", "at", "values", "fulfils", "node"))
_VALUE = frozenset(("terms", "value", "source", "unit", "trust", "at"))
Made = TypeVar("Made")


class AskedWrong(ValueError):
    """A member cannot be used.

    Attributes:
        member: its place, as "request.action".
        message: what would be right.
    """

    def __init__(self, member: str, message: Message) -> None:
        super().__init__(f"{member}: {message.en}")
        self.member = member
        self.message = message


_OBJECT = Message("オブジェクトを書いてください。", "An object is needed.")
_TEXT = Message("文字列を書いてください。", "A text is needed.")
_NAME = Message("IRI か odrl: で始まる名前を書いてください。", "An IRI is needed, or a name that begins with odrl:.")
_TIME = Message("時間帯付きの時刻 (RFC 3339) を書いてください。", "A time with its zone (RFC 3339) is needed.")
_TERM = Message(
    '数、文字列、{"@id": …}、{"@value": …, "@type": …}、または N-Triples の項を書いてください。',
    'Write a number, a text, {"@id": …}, {"@value": …, "@type": …} or a term as N-Triples has it.',
)
_LIST = Message("配列を書いてください。", "A list is needed.")
_DEONTIC = Message(
    "fulfilled、violated、not-set のいずれかを書いてください。", "One of fulfilled, violated and not-set is needed."
)


def request_from(given: Any, place: str = "request") -> Request:
    """A request.

    Raises:
        AskedWrong
    """
    members = _object(given, place, _REQUEST)
    if "action" not in members:
        raise AskedWrong(f"{place}.action", _NAME)
    names = {key: _name(members[key], f"{place}.{key}") for key in ("party", "target") if members.get(key) is not None}
    nodes = {key: _text(members[key], f"{place}.{key}") for key in ("iri", "rule") if members.get(key) is not None}
    parameters = _values(members.get("parameters"), f"{place}.parameters")
    return Request(_name(members["action"], f"{place}.action"), parameters=parameters, **names, **nodes)


def world_from(given: Any, place: str = "world") -> World:
    """A world; without `now` the time is not said.

    Raises:
        AskedWrong
    """
    members = _object(given, place, _WORLD)
    spelt = members.get("nowWritten")
    written = None if spelt is None else _term(spelt, f"{place}.nowWritten")
    counters = _mapping(members.get("counters"), f"{place}.counters", _values)
    return World(
        now=_time(members.get("now"), f"{place}.now"),
        memberships=_mapping(members.get("memberships"), f"{place}.memberships", _names),
        performed=tuple(_performed(members.get("performed"), f"{place}.performed")),
        reports={
            rule: replace(report, rule=rule)
            for rule, report in _mapping(members.get("reports"), f"{place}.reports", _reported).items()
        },
        counters={(policy, node): value for policy, its in counters.items() for node, value in its.items()},
        values=_values(members.get("values"), f"{place}.values"),
        now_written=written if isinstance(written, Literal) else None,
    )


def time_from(given: Any, place: str) -> datetime:
    """A time with its zone.

    Raises:
        AskedWrong
    """
    found = _time(given, place)
    if found is None:
        raise AskedWrong(place, _TIME)
    return found


def _performed(given: Any, place: str) -> list[Performed]:
    found = []
    for index, each in enumerate(_list(given, place)):
        at = f"{place}[{index}]"
        members = _object(each, at, _PERFORMED)
        names = {key: _name(members[key], f"{at}.{key}") for key in ("party", "target") if members.get(key) is not None}
        nodes = {key: _text(members[key], f"{at}.{key}") for key in ("fulfils", "node") if members.get(key) is not None}
        values = _values(members.get("values"), f"{at}.values")
        when = _time(members.get("at"), f"{at}.at")
        action = _name(members.get("action"), f"{at}.action")
        found.append(Performed(action, at=when, values=values, **names, **nodes))
    return found


def _reported(given: Any, place: str) -> Reported:
    members = _object(given, place, frozenset(("deontic", "node")))
    if members.get("deontic") not in ("fulfilled", "violated", "not-set"):
        raise AskedWrong(f"{place}.deontic", _DEONTIC)
    node = members.get("node")
    return Reported("", members["deontic"], None if node is None else _text(node, f"{place}.node"))


def _values(given: Any, place: str) -> dict[str, Value]:
    found = _mapping(given, place, _value)
    return {_expanded(left): value for left, value in found.items()}


def _value(given: Any, place: str) -> Value:
    if not isinstance(given, dict) or not _VALUE & given.keys():
        return Value(_terms(given, place), Source.DECLARED)
    members = _object(given, place, _VALUE)
    source = members.get("source", Source.DECLARED.value)
    if source not in tuple(Source):  # a set would want a hash, which lists and objects have none of
        listed = ", ".join(Source)
        raise AskedWrong(f"{place}.source", Message(f"{listed} のいずれかです。", f"One of {listed}."))
    texts = {key: _text(members[key], f"{place}.{key}") for key in ("unit", "trust") if members.get(key) is not None}
    key = "terms" if "terms" in members else "value"
    terms = _terms(members.get(key), f"{place}.{key}")
    return Value(terms, source, at=_time(members.get("at"), f"{place}.at"), **texts)


def _terms(given: Any, place: str) -> tuple[Term, ...]:
    several = given if isinstance(given, list) else [given]
    if not several or len(several) > _MOST:
        raise AskedWrong(place, Message(f"値は1から{_MOST}までです。", f"1 to {_MOST} values are needed."))
    return tuple(_term(each, place) for each in several)


def _term(given: Any, place: str) -> Term:
    try:
        return _made_term(given)
    except (ValueError, TypeError, OverflowError):
        raise AskedWrong(place, _TERM) from None


def _made_term(given: Any) -> Term:
    if isinstance(given, dict):
        return _described(given)
    if isinstance(given, str):
        return term_of(given) if given[:1] in ("<", '"') else Literal(given)
    if isinstance(given, float):
        return Literal(str(Decimal(str(given))), datatype=XSD.decimal)
    if isinstance(given, int):
        return Literal(given) if abs(given) < 1 << 63 else Literal(str(given), datatype=XSD.integer)
    raise ValueError(type(given))


def _described(given: Mapping[str, Any]) -> Term:
    """A term as JSON-LD has it expanded."""
    match dict(given):
        case {"@id": str(iri), **rest} if not rest:
            return NamedNode(_expanded(iri))
        case {"@value": value, "@type": str(datatype), **rest} if not rest:
            return Literal(_lexical(value), datatype=NamedNode(_expanded(datatype)))
        case {"@value": str(value), "@language": str(language), **rest} if not rest:
            return Literal(value, language=language)
        case {"@value": str(value), **rest} if not rest:
            return Literal(value)
        case {"@value": value, **rest} if not rest and not isinstance(value, dict):
            return _made_term(value)
        case _:
            raise ValueError("no term")


def _lexical(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (str, int, float)):
        return str(value)
    raise ValueError(type(value))


def _object(given: Any, place: str, known: frozenset[str]) -> Mapping[str, Any]:
    if not isinstance(given, dict):
        raise AskedWrong(place, _OBJECT)
    for key in given:
        if key not in known:
            listed = ", ".join(sorted(known))
            where = f"{place}.{str(key)[:100]}"
            raise AskedWrong(where, Message(f"使えるのは {listed} です。", f"What can stand here: {listed}."))
    return given


def _mapping(given: Any, place: str, make: Callable[[Any, str], Made]) -> dict[str, Made]:
    if given is None:
        return {}
    if not isinstance(given, dict):
        raise AskedWrong(place, _OBJECT)
    return {key: make(each, f"{place}.{key[:200]}") for key, each in given.items()}


def _names(given: Any, place: str) -> frozenset[str]:
    return frozenset(_name(each, place) for each in _list(given, place))


def _list(given: Any, place: str) -> list[Any]:
    if given is None:
        return []
    if not isinstance(given, list):
        raise AskedWrong(place, _LIST)
    return given


def _name(given: Any, place: str) -> str:
    if not isinstance(given, str) or ":" not in given:
        raise AskedWrong(place, _NAME)
    return _expanded(given)


def _text(given: Any, place: str) -> str:
    if not isinstance(given, str):
        raise AskedWrong(place, _TEXT)
    return given


def _time(given: Any, place: str) -> datetime | None:
    if given is None:
        return None
    try:
        found = datetime.fromisoformat(given)
    except (ValueError, TypeError):
        raise AskedWrong(place, _TIME) from None
    if found.tzinfo is None:
        raise AskedWrong(place, _TIME)
    return found


def _expanded(name: str) -> str:
    """A name with the prefix of ODRL written out, and back from angle brackets."""
    if name.startswith("odrl:"):
        return ODRL.NAMESPACE + name.removeprefix("odrl:")
    return name
