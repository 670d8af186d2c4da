"""Policies, requests and states of the world by chance, all from one number, so that hypothesis can name a failure."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random

from pyoxigraph import Literal, NamedNode

from exchange.policy.asking import Performed, Request, Value, World
from ontology.terms import XSD

EX = "http://example.org/"
ODRL = "http://www.w3.org/ns/odrl/2/"
NOW = datetime(2026, 6, 15, 12, tzinfo=UTC)
HEAD = f"""
@prefix odrl: <{ODRL}> . @prefix ex: <{EX}> . @prefix xsd: <{XSD.NAMESPACE}> . @prefix dpv: <https://w3id.org/dpv#> .
@prefix rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#> .
"""
ACTIONS = (
    *("use", "use", "use", "use", "read", "read", "read"),
    *("print", "play", "display", "distribute", "write", "modify", "copy", "sell", "nothing-known"),
)
DEEDS = ("inform", "compensate", "delete", "anonymize")
ASSETS, PARTIES = ("x", "x", "x", "y", "some", "some"), ("alice", "alice", "bob", "team", "team")
COMPARED = ("eq", "neq", "lt", "lteq", "gt", "gteq")
SETS = ("eq", "neq", "isA", "isPartOf", "hasPart", "isAnyOf", "isAllOf", "isNoneOf", "like-nothing")
WRONG = '"no number, no time {{7*7}} \\" \\\\"'
# Operand: its operators, right operands, and values of requests and worlds.
POOLS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "dateTime": (
        COMPARED,
        (
            '"2026-06-15T12:00:00Z"^^xsd:dateTime',
            '"2026-01-01"^^xsd:date',
            '"2027-01-01T00:00:00"^^xsd:dateTime',
            WRONG,
        ),
    ),
    "count": (COMPARED, ("0", "1", "2", WRONG)),
    "percentage": (COMPARED, ("10", "50.5", '"50"^^xsd:string', WRONG)),
    "elapsedTime": (COMPARED, ('"P1D"^^xsd:duration', '"P30D"^^xsd:duration', WRONG)),
    "purpose": (SETS, ("dpv:ScientificResearch", "dpv:ResearchAndDevelopment", "dpv:Marketing", "dpv:DirectMarketing")),
    "language": (SETS, ('"de"', '"de-AT"', '"ja"')),
    "recipient": (SETS, ("ex:alice", "ex:team", "ex:bob")),
    "industry": (SETS, ('"health"', "ex:health")),
    "undeclared": (SETS, ('"a"', "ex:b")),
}
PURPOSES = ("ScientificResearch", "ResearchAndDevelopment", "Marketing", "DirectMarketing")
VALUES: dict[str, tuple[Literal | NamedNode, ...]] = {
    "count": tuple(Literal(number) for number in range(3)),
    "percentage": (Literal("10", datatype=XSD.decimal), Literal(60), Literal("many")),
    "elapsedTime": (Literal("P2D", datatype=XSD.duration), Literal("long")),
    "purpose": tuple(NamedNode(f"https://w3id.org/dpv#{name}") for name in PURPOSES),
    "language": (Literal("de-AT"), Literal("ja")),
    "recipient": (NamedNode(EX + "alice"), NamedNode(EX + "bob")),
    "industry": (Literal("health"),),
    "undeclared": (Literal("a"), NamedNode(EX + "b")),
}
SOURCES = ("declared", "token", "credential", "counter", "catalog", "attested")


@dataclass
class RuleDraft:
    """A rule as the statements in its brackets."""

    kind: str
    statements: list[str]

    def text(self) -> str:
        return f"odrl:{self.kind} [ {' ; '.join(self.statements)} ]"


@dataclass
class PolicyDraft:
    statements: list[str]
    rules: list[RuleDraft] = field(default_factory=list)
    named: list[str] = field(default_factory=list)

    def turtle(self) -> bytes:
        said = " ; ".join([*self.statements, *(rule.text() for rule in self.rules)])
        named = (each for each in self.named if each.split(" ", 1)[0] in said)  # others would be astray
        return "\n".join((HEAD, f"ex:p {said} .", *named)).encode()


class Draft:
    """Everything that one number stands for."""

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)
        self._counted = 0

    def policy(self) -> PolicyDraft:
        chance = self.random
        kind = chance.choice(("Set", "Agreement", "Agreement", "Offer", "Policy"))
        found = PolicyDraft([f"a odrl:{kind}"])
        if chance.random() < 0.7:
            found.statements.append(f"odrl:conflict odrl:{chance.choice(('perm', 'prohibit', 'invalid'))}")
        if chance.random() < 0.2:
            found.statements.append(f"odrl:target {self._asset()}")
        for rule, most in (("permission", 3), ("prohibition", 2), ("obligation", 1)):
            found.rules += [self.rule(rule) for _ in range(chance.randint(rule == "permission", most))]
        found.named = [
            f"ex:c{number} odrl:leftOperand odrl:count ; odrl:operator odrl:lteq ; odrl:rightOperand {number} ."
            for number in range(3)
        ]
        return found

    def rule(self, kind: str) -> RuleDraft:
        chance = self.random
        found = RuleDraft(kind, [f"odrl:action {self._action()}"])
        if chance.random() < 0.2:
            found.statements.append(f"odrl:action {self._action()}")
        if chance.random() < 0.8:
            found.statements.append(f"odrl:target {self._asset()}")
        if chance.random() < 0.4:
            found.statements.append(f"odrl:assignee {self._party()}")
        found.statements += [self.constraint() for _ in range(chance.choice((0, 0, 1, 1, 2, 3)))]
        if kind == "permission" and chance.random() < 0.3:
            found.statements.append(f"odrl:duty {self._duty(deep=True)}")
        if kind == "prohibition" and chance.random() < 0.2:
            found.statements.append(f"odrl:remedy {self._duty(deep=False)}")
        return found

    def constraint(self) -> str:
        if self.random.random() < 0.1:
            return f"odrl:constraint ex:c{self.random.randint(0, 2)}"
        return f"odrl:constraint {self._condition(3)}"

    def _action(self) -> str:
        name = f"odrl:{self.random.choice(ACTIONS)}"
        if self.random.random() < 0.15:
            return f"[ rdf:value {name} ; odrl:refinement {self._condition(1)} ]"
        return name

    def _asset(self) -> str:
        name = f"ex:{self.random.choice(ASSETS)}"
        if self.random.random() < 0.15:
            return f"[ a odrl:AssetCollection ; odrl:source {name} ; odrl:refinement {self._condition(1)} ]"
        return name

    def _party(self) -> str:
        name = f"ex:{self.random.choice(PARTIES)}"
        if self.random.random() < 0.15:
            return f"[ a odrl:PartyCollection ; odrl:source {name} ; odrl:refinement {self._condition(1)} ]"
        return name

    def _duty(self, *, deep: bool) -> str:
        said = [f"odrl:action odrl:{self.random.choice(DEEDS)}"]
        if self.random.random() < 0.4:
            said.append(self.constraint())
        if deep and self.random.random() < 0.3:
            said.append(f"odrl:consequence {self._duty(deep=False)}")
        return f"[ {' ; '.join(said)} ]"

    def _condition(self, depth: int) -> str:
        chance = self.random
        if depth and chance.random() < 0.3:
            logic = chance.choice(("and", "or", "xone", "andSequence"))
            parts = [self._condition(depth - 1) for _ in range(chance.randint(1, 3))]
            joined = ", ".join(parts) if chance.random() < 0.5 and logic != "andSequence" else f"( {' '.join(parts)} )"
            return f"[ odrl:{logic} {joined} ]"
        left = chance.choice(tuple(POOLS))
        operators, rights = POOLS[left]
        operator = chance.choice(operators)
        right = chance.choice(rights)
        if operator in ("isAnyOf", "isAllOf", "isNoneOf"):
            right = f"( {' '.join(chance.sample(rights, chance.randint(1, len(rights))))} )"
        return f"[ odrl:leftOperand odrl:{left} ; odrl:operator odrl:{operator} ; odrl:rightOperand {right} ]"

    def request(self) -> Request:
        chance = self.random
        action = ODRL + chance.choice((*ACTIONS, *("read",) * 8))
        return Request(action, EX + chance.choice(PARTIES), EX + chance.choice(ASSETS), self._values())

    def world(self) -> World:
        chance = self.random
        inside = (("x", "some"), ("y", "some"), ("alice", "team"), ("some", "all"))
        memberships = {EX + one: frozenset((EX + whole,)) for one, whole in inside if chance.random() < 0.6}
        counters = {(EX + "p", f"{EX}c{n}"): Value((Literal(chance.randint(0, 2)),), "counter") for n in range(3)}
        now = NOW + timedelta(days=chance.choice((-200, 0, 0, 400)))
        performed = tuple(self._performed(now) for _ in range(chance.choice((0, 0, 1, 3))))
        return World(now, memberships, performed, {}, counters, self._values())

    def _performed(self, now: datetime) -> Performed:
        chance = self.random
        at = now + timedelta(days=chance.choice((-300, -1, 1)))
        return Performed(ODRL + chance.choice((*DEEDS, "print")), EX + chance.choice(PARTIES), EX + "x", at)

    def _values(self) -> dict[str, Value]:
        chance = self.random
        kept = [left for left in VALUES if chance.random() < 0.5]
        return {ODRL + left: Value(self._terms(left), chance.choice(SOURCES)) for left in kept}

    def _terms(self, left: str) -> tuple[Literal | NamedNode, ...]:
        pool = VALUES[left]
        return tuple(self.random.sample(pool, self.random.choice((1, 1, min(2, len(pool))))))
