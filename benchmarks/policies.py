"""Decisions in process: one policy, a logged one, a big one, and one among very many; beside three other engines."""

import gc
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from pyoxigraph import NamedNode, RdfFormat, Triple, parse

from benchmarks import policy_peers as peers
from benchmarks.data import SHARED
from benchmarks.table import Section, percentile
from exchange.policy.asking import Request, Value, World
from exchange.policy.checking import PolicyDocument
from exchange.policy.compiling import Compiled
from exchange.policy.model import Constraint, Policy, Rule, Scope
from exchange.policy.several import Policies
from exchange.policy.situations import read_request, read_world
from exchange.policy.vocabulary import shipped

ODRL = "http://www.w3.org/ns/odrl/2/"
NOW = datetime(2026, 6, 15, 12, tzinfo=UTC)
MANY = 100_000
TEXT = """
@prefix odrl: <http://www.w3.org/ns/odrl/2/> . @prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
@prefix dpv: <https://w3id.org/dpv#> . @prefix : <urn:x:> .
:policy%(number)s a odrl:Agreement ; odrl:conflict odrl:prohibit ;
  odrl:permission [ odrl:target :data%(number)s ; odrl:assignee :alice ; odrl:action odrl:read ; odrl:constraint
      [ odrl:leftOperand odrl:dateTime ; odrl:operator odrl:lt ;
        odrl:rightOperand "2028-01-01T00:00:00Z"^^xsd:dateTime ] ,
      [ odrl:leftOperand odrl:purpose ; odrl:operator odrl:isAnyOf ;
        odrl:rightOperand ( dpv:ScientificResearch dpv:AcademicResearch ) ] ] ,
    [ odrl:target :data%(number)s ; odrl:action odrl:use ; odrl:constraint
      [ odrl:leftOperand odrl:dateTime ; odrl:operator odrl:gt ;
        odrl:rightOperand "2026-01-01T00:00:00Z"^^xsd:dateTime ] ] ;
  odrl:prohibition [ odrl:target :data%(number)s ; odrl:action odrl:use ; odrl:constraint
      [ odrl:leftOperand odrl:recipient ; odrl:operator odrl:eq ; odrl:rightOperand :press ] ] .
"""
TITLE = "Policies"
SAID = (
    "In process, one core. A decision holds the state of every rule, constraint, premise and duty and the value that "
    "each was held against; it is written out as records, JSON or RDF when somebody asks, which the third row does. "
    "Each request and state of the world is a new object, as it comes from a caller. Peers hold the same rules (two "
    "permissions, a prohibition, four constraints, one of them a set) and give allow or deny without a report; pyodre "
    "knows only times and no prohibition, so it has three permissions with four times. Wall time for p50 and p99, CPU "
    "time per second of a core, the best of six rounds; peers in turns with ours."
)


def read(number: int | str = "") -> Policy:
    [policy] = PolicyDocument.read((TEXT % {"number": number}).encode(), media_type="text/turtle").policies(shipped())
    return policy


def asked(number: int | str = "", recipient: str = "lab") -> tuple[Request, World]:
    """A question of its own, with values that nobody has compared yet."""
    purpose = Value((NamedNode("https://w3id.org/dpv#ScientificResearch"),), "declared")
    values = {ODRL + "purpose": purpose, ODRL + "recipient": Value((NamedNode(f"urn:x:{recipient}"),), "credential")}
    return Request(ODRL + "read", "urn:x:alice", f"urn:x:data{number}", values), World(now=NOW)


def measure(section: Section) -> None:
    """All rows."""
    compiled = Compiled(read(), shipped())
    _same_answers(compiled)
    gc.collect()
    _deciding(section, compiled)
    _peers(section, compiled)
    _logging(section, compiled)
    _big(section)
    _many(section)
    _changing(section)


def _same_answers(compiled: Compiled) -> None:
    """Engines that disagree are not compared."""
    assert compiled.decide(*asked()).permitted
    assert not compiled.decide(*asked(recipient="press")).permitted
    for engine in (peers.regorus, peers.cedar):
        permitted, refused = engine("lab"), engine("press")
        assert permitted is None or permitted()
        assert refused is None or not refused()


def _each(work: Callable[[Request, World], object], numbers: Sequence[int | str] = ("",) * 20_000) -> list[float]:
    """Microseconds of each call, a tenth of them not counted."""
    given = [asked(number) for number in numbers]
    times = []
    for request, world in given:
        begun = time.perf_counter_ns()
        work(request, world)
        times.append((time.perf_counter_ns() - begun) / 1e3)
    return times[len(times) // 10 :]


def _told(times: list[float]) -> str:
    return f"{percentile(times, 50):.1f} / {percentile(times, 99):.1f} µs"


def _deciding(section: Section, compiled: Compiled) -> None:
    times = _each(compiled.decide)
    met = percentile(times, 50) <= 5 and percentile(times, 99) <= 20
    section.add(
        "decision with its report data, 3 rules, 4 constraints, p50 / p99", "≤ 5 / 20 µs", _told(times), met=met
    )

    again = asked()
    told = _told(_each(lambda *_: compiled.decide(*again)))
    section.add("the same of values that were compared before", "–", told)

    def written(request: Request, world: World) -> object:
        return compiled.decide(request, world).report

    section.add("the same, the report written out as records", "–", _told(_each(written, [""] * 2_000)))


def _peers(section: Section, compiled: Compiled) -> None:
    for name, ask, calls in (
        ("opa-eval", peers.regorus("lab"), 1_000),
        ("cedarpy", peers.cedar("lab"), 1_000),
        ("pyodre", peers.pyodre(), 3),
    ):
        if ask is None:
            section.add(f"beside {peers.spelt(name)}", "faster", "–", "*not reached*")
            continue
        mine, theirs = _in_turns(compiled, ask, calls)
        median, their = percentile(mine, 50), percentile(theirs, 50)
        what, ratio = f"beside {peers.spelt(name)}, p50", f"{their / median:,.1f} times"
        section.add(what, "faster", f"{median:.1f} µs", _told(theirs), ratio, met=median < their)


def _in_turns(compiled: Compiled, ask: Callable[[], object], calls: int) -> tuple[list[float], list[float]]:
    """Our times and a peer's, taken in turns: what else the machine does hits both."""
    mine: list[float] = []
    theirs: list[float] = []
    for _ in range(5):
        mine += _each(compiled.decide, [""] * 2_000)
        theirs += [_one(ask) for _ in range(calls)]
    return mine, theirs


def _one(call: Callable[[], object]) -> float:
    begun = time.perf_counter_ns()
    call()
    return (time.perf_counter_ns() - begun) / 1e3


def _logging(section: Section, compiled: Compiled) -> None:
    rate = max(_logged_a_second(compiled) for _ in range(6))
    section.add("decisions with a JSON log line, per second and core", "≥ 80,000", f"{rate:,.0f}", met=rate >= 80_000)


def _logged_a_second(compiled: Compiled, calls: int = 10_000) -> float:
    given = [asked() for _ in range(calls)]
    begun = time.process_time()
    for request, world in given:
        compiled.decide(request, world).line  # noqa: B018
    return calls / (time.process_time() - begun)


def _big(section: Section) -> None:
    folder = SHARED / "data" / "odrl" / "solidlab-test-suite"
    if not folder.is_dir():
        section.add("policy of 524 constraints", "≤ 0.5 ms", "–", "*not reached*: wants the shared data")
        return
    files = sorted((folder / "policies").glob("*.ttl"), key=lambda path: path.stat().st_size)
    [policy] = PolicyDocument.read(files[-1].read_bytes(), name="policy.ttl").policies(shipped())
    request, _ = read_request(_triples(folder / "requests" / "request-1.ttl"))
    world = read_world(_triples(folder / "sotw" / "out-of-office.ttl"))
    begun = time.process_time()
    compiled = Compiled(policy, shipped())
    took = time.process_time() - begun
    times = [_one(lambda: compiled.decide(request, replace(world))) for _ in range(1_000)]
    what = f"policy of {_constraints(compiled):,} constraints, p50 / p99 (compiled once in {took * 1e3:.0f} ms)"
    section.add(what, "≤ 0.5 ms", _told(times), met=percentile(times, 50) <= 500)


def _constraints(compiled: Compiled) -> int:
    pending, found = [each for rule in compiled.policy.rules for each in rule.constraints], 0
    while pending:
        condition = pending.pop()
        found += isinstance(condition, Constraint)
        pending += [] if isinstance(condition, Constraint) else condition.parts
    return found


def _triples(path: Path) -> list[Triple]:
    return [quad.triple for quad in parse(path.read_bytes(), RdfFormat.TURTLE)]


def _agreements(numbers: range) -> Iterator[Policy]:
    """Agreements that differ in what they are about; one is read, the others are it under other names."""
    first = read()
    for number in numbers:
        yield _renamed(first, str(number))


def _renamed(policy: Policy, number: str) -> Policy:
    def of(rules: tuple[Rule, ...]) -> tuple[Rule, ...]:
        return tuple(replace(each, target=Scope(f"urn:x:data{number}")) for each in rules)

    return replace(
        policy, iri=policy.iri + number, permissions=of(policy.permissions), prohibitions=of(policy.prohibitions)
    )


def _many(section: Section) -> None:
    one, many = (Policies(shipped(), _agreements(numbers)) for numbers in (range(77, 78), range(MANY)))
    assert many.decide(*asked(77)).permitted
    turns = [[_each(kept.decide, [77] * 1_000) for kept in (one, many)] for _ in range(8)]
    alone, among = (percentile([time for turn in turns for time in turn[place]], 50) for place in (0, 1))
    told = f"{among:.1f} / {alone:.1f} µs"
    what = f"decided by the agreements that apply, among {MANY:,} / of one alone, p50"
    section.add(what, "as for one", told, "–", f"{among / alone:.2f}", met=among < 1.2 * alone)
    others = _each(many.decide, range(1_000, 3_000))
    section.add("the same, an agreement asked for the first time (compiled then)", "–", _told(others))


def _changing(section: Section) -> None:
    """A policy taken for its former version, and the next decision."""
    kept = Policies(shipped(), _agreements(range(1_000)))
    policy, times = _renamed(read(), "5"), []
    for version in (replace(policy, permissions=()), policy) * 200:
        begun = time.perf_counter_ns()
        kept.put(version)
        permitted = kept.decide(*asked(5)).permitted
        times.append((time.perf_counter_ns() - begun) / 1e3)
        assert permitted is bool(version.permissions)
    section.add("a change of a policy is in force, with the next decision, p50 / p99", "the next decision",
                _told(times), met=True)  # fmt: skip
