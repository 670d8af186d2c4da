"""Policies as a few lines of Turtle, and the one request that most tests ask."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

import pytest
from pyoxigraph import Literal, NamedNode

from exchange.policy.asking import Performed, Request, Value, World
from exchange.policy.checking import PolicyDocument
from exchange.policy.compiling import Compiled
from exchange.policy.decision import Decision
from exchange.policy.model import Policy
from exchange.policy.options import Options
from exchange.policy.vocabulary import shipped

EX = "http://example.org/"
ODRL = "http://www.w3.org/ns/odrl/2/"
HEAD = f"""
@prefix odrl: <{ODRL}> . @prefix ex: <{EX}> . @prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
@prefix rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#> . @prefix dct: <http://purl.org/dc/terms/> .
"""
NOW = datetime(2026, 6, 15, 12, tzinfo=UTC)


def parsed(turtle: str, iri: str = EX + "p") -> Policy:
    """The policy of this name in a document."""
    found = PolicyDocument.read((HEAD + turtle).encode(), name="p.ttl").policies(shipped())
    return next(policy for policy in found if policy.iri == iri)


def compiled(turtle: str, options: Options = Options()) -> Compiled:
    return Compiled(parsed(turtle), shipped(), options)


def value(term: str | int | NamedNode | Literal, source: str = "declared", unit: str | None = None) -> Value:
    return Value((Literal(term) if isinstance(term, (str, int)) else term,), source, unit)


def asked(action: str = "read", party: str = "alice", target: str = "x", **parameters: Value) -> Request:
    """Alice asks to read x, unless something else is said."""
    named = {ODRL + name: given for name, given in parameters.items()}
    return Request(action if ":" in action else ODRL + action, EX + party, EX + target, named)


def done(
    action: str, party: str = "alice", at: datetime | None = NOW, target: str | None = None, **values: Value
) -> Performed:
    named = {ODRL + name: given for name, given in values.items()}
    return Performed(ODRL + action, EX + party, target and EX + target, at, named, node=EX + "done-" + action)


def world(
    performed: Iterable[Performed] = (),
    memberships: Mapping[str, Iterable[str]] | None = None,
    counters: Mapping[tuple[str, str], Value] | None = None,
    now: datetime | None = NOW,
    **values: Value,
) -> World:
    inside = {EX + member: frozenset(EX + each for each in whole) for member, whole in (memberships or {}).items()}
    named = {ODRL + name: given for name, given in values.items()}
    return World(now, inside, tuple(performed), {}, counters or {}, named)


def decided(turtle: str, request: Request | None = None, state: World | None = None, **options: object) -> Decision:
    """The answer of ex:p, to Alice reading x on 15 June 2026 unless something else is said."""
    chosen = Options(**options)  # type: ignore[arg-type]
    return compiled(turtle, chosen).decide(request or asked(), state or world())


@dataclass(frozen=True)
class Kit:
    """What the tests of this folder write policies and requests with."""

    decided: Callable[..., Decision] = decided
    parsed: Callable[..., Policy] = parsed
    compiled: Callable[..., Compiled] = compiled
    asked: Callable[..., Request] = asked
    world: Callable[..., World] = world
    done: Callable[..., Performed] = done
    value: Callable[..., Value] = value


@pytest.fixture(scope="session")
def kit() -> Kit:
    return Kit()
