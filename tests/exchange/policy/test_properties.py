"""What must hold of any policy: less is never permitted less strictly, spellings decide alike, decisions can be replayed."""

import os
from dataclasses import replace

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyoxigraph import Literal, NamedNode, RdfFormat, parse

from exchange.policy.asking import Request, World
from exchange.policy.checking import PolicyDocument
from exchange.policy.compiling import Compiled
from exchange.policy.options import DutyMode, Options
from exchange.policy.replaying import replay
from exchange.policy.vocabulary import shipped
from ontology.syntax import Syntax
from ontology.writing import write

EX, ODRL = "http://example.org/", "http://www.w3.org/ns/odrl/2/"
HEAD = f"@prefix odrl: <{ODRL}> . @prefix ex: <{EX}> . @prefix xsd: <http://www.w3.org/2001/XMLSchema#> .\n"
# `make campaign` asks 10,000 policies of each property.
MANY = settings(
    max_examples=10_000 if os.environ.get("RENKEI_CAMPAIGN") == "full" else 150,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)

ACTIONS = st.sampled_from(["odrl:use", "odrl:read", "odrl:display", "odrl:distribute", "odrl:write", "ex:unknown"])
ASSETS = st.sampled_from(["ex:x", "ex:y", "ex:all", "[ a odrl:AssetCollection ; odrl:source ex:all ]"])
PARTIES = st.sampled_from(["ex:alice", "ex:bob", "ex:team"])
OPERATORS = st.sampled_from(
    ["eq", "neq", "lt", "lteq", "gt", "gteq", "isA", "isPartOf", "hasPart", "isAnyOf", "isAllOf", "isNoneOf"]
)
RIGHTS = {
    "odrl:dateTime": ["'2026-06-15'^^xsd:date", "'2026-06-15T12:00:00Z'^^xsd:dateTime", "'soon'"],
    "odrl:purpose": ["ex:research", "ex:research , ex:sale", "( ex:sale )", "'research'"],
    "odrl:resolution": ["300", "'300.0'^^xsd:double", "300 , 600"],
    "odrl:spatial": ["'JP'", "'JP-13' , 'DE'"],
    "ex:undeclared": ["'x'"],
}


@st.composite
def simple(draw):
    left = draw(st.sampled_from(sorted(RIGHTS)))
    right = draw(st.sampled_from(RIGHTS[left]))
    return f"[ odrl:leftOperand {left} ; odrl:operator odrl:{draw(OPERATORS)} ; odrl:rightOperand {right} ]"


def logical(parts):
    logic = st.sampled_from(["and", "or", "xone", "andSequence"])
    return st.builds(
        lambda op, its: f"[ odrl:{op} ( {' '.join(its)} ) ]", logic, st.lists(parts, min_size=1, max_size=3)
    )


CONSTRAINTS = st.recursive(simple(), logical, max_leaves=5)


@st.composite
def rules(draw, kind):
    parts = [f"odrl:action {draw(ACTIONS)}"]
    if draw(st.booleans()):
        parts.append(f"odrl:target {draw(ASSETS)}")
    if draw(st.booleans()):
        parts.append(f"odrl:assignee {draw(PARTIES)}")
    parts += [f"odrl:constraint {each}" for each in draw(st.lists(CONSTRAINTS, max_size=2))]
    if kind == "permission" and draw(st.integers(0, 3)) == 0:
        limits = [f"; odrl:constraint {each}" for each in draw(st.lists(simple(), max_size=1))]
        parts.append(f"odrl:duty [ odrl:action {draw(ACTIONS)} {''.join(limits)} ]")
    return f"[ {' ; '.join(parts)} ]"


@st.composite
def bodies(draw):
    """Conflict strategy, permissions, prohibitions."""
    conflict = draw(st.sampled_from(["perm", "prohibit", "invalid", None]))
    permissions = draw(st.lists(rules("permission"), min_size=1, max_size=3))
    return conflict, permissions, draw(st.lists(rules("prohibition"), max_size=2))


def turtle(conflict, permissions, prohibitions):
    parts = ["ex:p a odrl:Set", *(f"odrl:permission {each}" for each in permissions)]
    parts += [f"odrl:prohibition {each}" for each in prohibitions]
    return HEAD + " ;\n".join([*parts, *([f"odrl:conflict odrl:{conflict}"] if conflict else [])]) + " ."


def compiled(text, options=Options()):
    [policy] = PolicyDocument.read(text.encode(), name="p.ttl").policies(shipped())
    return Compiled(policy, shipped(), options)


@st.composite
def situations(draw, kit_value, kit_world, kit_done):
    values = {
        "purpose": kit_value(draw(st.sampled_from([NamedNode(EX + "research"), NamedNode(EX + "sale"), Literal("x")]))),
        "resolution": kit_value(draw(st.sampled_from([300, 301, "many"]))),
        "spatial": kit_value(
            draw(st.sampled_from(["JP", "JP-13", "DE"])), draw(st.sampled_from(["token", "declared"]))
        ),
    }
    given = {ODRL + name: value for name, value in values.items() if draw(st.booleans())}
    action = ODRL + draw(st.sampled_from(["read", "display", "modify", "distribute"]))
    request = Request(action, EX + draw(st.sampled_from(["alice", "bob"])), EX + draw(st.sampled_from("xy")), given)
    done = [kit_done(draw(st.sampled_from(["read", "display", "distribute"])))] if draw(st.booleans()) else []
    return request, kit_world(done, {"alice": ["team"], "x": ["all"]})


def asked(data, kit):
    return data.draw(situations(kit.value, kit.world, kit.done))


@MANY
@given(bodies(), rules("prohibition"), st.data())
def test_one_more_prohibition_never_makes_a_permit(kit, body, added, data):
    request, world = asked(data, kit)
    conflict, permissions, prohibitions = body
    before = compiled(turtle(*body)).decide(request, world)
    after = compiled(turtle(conflict, permissions, [*prohibitions, added])).decide(request, world)
    assert before.permitted or not after.permitted


@MANY
@given(bodies(), CONSTRAINTS, st.data())
def test_one_more_constraint_on_a_permission_never_makes_a_permit(kit, body, added, data):
    request, world = asked(data, kit)
    conflict, [first, *others], prohibitions = body
    before = compiled(turtle(*body)).decide(request, world)
    limited = first[:-1] + f"; odrl:constraint {added} ]"
    after = compiled(turtle(conflict, [limited, *others], prohibitions)).decide(request, world)
    assert before.permitted or not after.permitted


@MANY
@given(bodies(), st.sampled_from(DutyMode), st.data())
def test_a_value_less_never_makes_a_permit(kit, body, mode, data):
    request, world = asked(data, kit)
    decide = compiled(turtle(*body), Options(duty_mode=mode)).decide
    before = decide(request, world)
    for left in request.parameters:
        fewer = {name: value for name, value in request.parameters.items() if name != left}
        assert before.permitted or not decide(replace(request, parameters=fewer), world).permitted
    assert before.permitted or not decide(request, replace(world, now=None)).permitted
    assert before.permitted or not decide(request, replace(world, performed=())).permitted


@MANY
@given(bodies(), st.data())
def test_turtle_json_and_xml_decide_alike(kit, body, data):
    request, world = asked(data, kit)
    text = turtle(*body)
    triples = [quad.triple for quad in parse(text.encode(), RdfFormat.TURTLE)]
    expected = compiled(text).decide(request, world)
    for syntax, name in ((Syntax.JSON_LD, "p.json"), (Syntax.RDF_XML, "p.rdf"), (Syntax.N_TRIPLES, "p.nt")):
        [policy] = PolicyDocument.read(write(triples, syntax).data, name=name).policies(shipped())
        assert policy == expected.compiled.policy
        assert Compiled(policy, shipped()).decide(request, world).line == expected.line


@MANY
@given(bodies(), st.sampled_from(DutyMode), st.data())
def test_a_decision_replayed_is_the_same(kit, body, mode, data):
    request, world = asked(data, kit)
    decide = compiled(turtle(*body), Options(duty_mode=mode)).decide
    decision = decide(request, world)
    assert replay(decision.line, decide).report == decision.report


@MANY
@given(bodies(), st.data())
def test_nothing_is_permitted_without_a_permission_that_grants(kit, body, data):
    request, world = asked(data, kit)
    decision = compiled(turtle(*body)).decide(request, world)
    granting = [rule for rule in decision.report.rules if rule.rule.kind == "permission" and rule.control]
    assert bool(granting) >= decision.permitted
    assert decision.report.enforced == ("permit" if decision.permitted else "deny")


def test_worlds_of_nothing_permit_nothing_that_needs_a_value(kit):
    text = turtle(
        None,
        [
            "[ odrl:action odrl:read ; odrl:constraint [ odrl:leftOperand odrl:purpose ; odrl:operator odrl:neq ; odrl:rightOperand ex:sale ] ]"
        ],
        [],
    )
    assert not compiled(text).decide(Request(ODRL + "read"), World()).permitted
