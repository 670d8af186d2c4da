"""Several values of one operand: each use that is asked for has to be allowed, any thing that a requester has will do."""

import pytest
from pyoxigraph import Literal, NamedNode, Triple

from exchange.policy.asking import Value
from exchange.policy.decision import Satisfaction
from exchange.policy.errors import VocabularyInvalid
from exchange.policy.vocabulary import shipped
from ontology.reading import read
from ontology.terms import RENKEI

READ = "odrl:action odrl:read ; odrl:target ex:x"
POINT, RING = "POINT (139 35)", "POLYGON ((138 34, 140 34, 140 36, 138 36, 138 34))"


def values(*terms, source="declared"):
    named = (NamedNode(term) if ":" in term else Literal(term) for term in terms)
    return Value(tuple(named), source)


def constraint(left, operator, *right):
    return f"[ odrl:leftOperand {left} ; odrl:operator odrl:{operator} ; odrl:rightOperand {', '.join(right)} ]"


EN = "'en'"
COMMERCIAL = constraint("odrl:purpose", "eq", "'commercial'")


def permitted(kit, constraint, **given):
    turtle = f"ex:p a odrl:Set ; odrl:permission [ {READ} ; odrl:constraint {constraint} ] ."
    return kit.decided(turtle, kit.asked(**given)).permitted


def forbidden(kit, constraint, **given):
    turtle = (
        f"ex:p a odrl:Set ; odrl:permission [ {READ} ] ; odrl:prohibition [ {READ} ; odrl:constraint {constraint} ] ."
    )
    return not kit.decided(turtle, kit.asked(**given)).permitted


@pytest.mark.parametrize(
    ("operand", "operator", "right", "friend", "foe"),
    [
        ("purpose", "eq", ["'research'"], "research", "commercial"),
        ("purpose", "neq", ["'commercial'"], "research", "commercial"),
        ("purpose", "isA", ["<https://w3id.org/dpv#ResearchAndDevelopment>"], "https://w3id.org/dpv#AcademicResearch", "https://w3id.org/dpv#Marketing"),
        ("recipient", "isAnyOf", ["ex:friend", "ex:other"], "http://example.org/friend", "http://example.org/foe"),
        ("recipient", "isNoneOf", ["ex:foe", "ex:other"], "http://example.org/friend", "http://example.org/foe"),
        ("recipient", "isAllOf", ["ex:friend"], "http://example.org/friend", "http://example.org/foe"),
        ("deliveryChannel", "eq", ["'web'"], "web", "print"),
        ("media", "isAnyOf", ["'screen'", "'paper'"], "screen", "film"),
        ("fileFormat", "eq", ["'text/csv'"], "text/csv", "application/pdf"),
    ],
)  # fmt: skip
def test_what_is_allowed_for_one_use_is_not_for_another_asked_for_with_it(kit, operand, operator, right, friend, foe):
    asks = constraint(f"odrl:{operand}", operator, *right)
    assert permitted(kit, asks, **{operand: values(friend)})
    assert permitted(kit, asks, **{operand: values(friend, friend)})
    for together in ((friend, foe), (foe, friend)):
        assert not permitted(kit, asks, **{operand: values(*together)})
        assert forbidden(kit, asks, **{operand: values(*together)})
    assert forbidden(kit, asks, **{operand: values(friend)})


@pytest.mark.parametrize(
    ("operator", "right", "inside", "outside"),
    [("eq", "'JP'", "JP", "FR"), ("isPartOf", "'JP'", "JP-13", "FR"), ("hasPart", "'JP'", "JP", "FR")],
)
def test_each_place_of_use_has_to_be_allowed(kit, operator, right, inside, outside):
    asks = constraint("odrl:spatial", operator, right)
    assert permitted(kit, asks, spatial=values(inside, source="token"))
    assert not permitted(kit, asks, spatial=values(inside, outside, source="token"))
    assert forbidden(kit, asks, spatial=values(inside, outside, source="token"))


@pytest.mark.parametrize("operator", ["isPartOf", "isA"])
def test_each_point_of_use_has_to_lie_inside(kit, operator):
    asks = constraint("odrl:spatialCoordinates", operator, f"'{RING}'")
    assert permitted(kit, asks, spatialCoordinates=values(POINT, source="token"))
    assert not permitted(kit, asks, spatialCoordinates=values(POINT, "POINT (2 48)", source="token"))


@pytest.mark.parametrize(("operator", "right"), [("isAllOf", POINT), ("hasPart", POINT)])
def test_a_point_beside_those_wanted_is_one_too_many(kit, operator, right):
    asks = constraint("odrl:spatialCoordinates", operator, f"'{right}'")
    assert permitted(kit, asks, spatialCoordinates=values(POINT, source="token"))
    assert not permitted(kit, asks, spatialCoordinates=values(POINT, "POINT (2 48)", source="token"))


@pytest.mark.parametrize("operand", ["industry", "event", "language"])
def test_of_what_a_requester_or_an_asset_has_one_will_do(kit, operand):
    asks = constraint(f"odrl:{operand}", "eq", "'a'")
    assert permitted(kit, asks, **{operand: values("a", "b")})
    assert forbidden(kit, asks, **{operand: values("a", "b")})
    assert not permitted(kit, constraint(f"odrl:{operand}", "neq", "'a'"), **{operand: values("a", "b")})


def test_a_duty_of_one_use_is_due_when_another_is_asked_for_with_it(kit):
    duty = f"[ odrl:action odrl:compensate ; odrl:constraint {COMMERCIAL} ]"
    turtle = f"ex:p a odrl:Set ; odrl:permission [ {READ} ; odrl:duty {duty} ] ."
    assert kit.decided(turtle, kit.asked(purpose=values("research"))).permitted
    assert not kit.decided(turtle, kit.asked(purpose=values("research", "commercial"))).permitted


@pytest.mark.parametrize("logic", ["and", "xone"])
def test_no_combination_lets_a_use_through_that_is_not_allowed(kit, logic):
    """By xone research in English is allowed, and commerce in English is not."""
    parts = f"{COMMERCIAL} , {constraint('odrl:language', 'eq', EN)}"
    given = {"purpose": values("research", "commercial"), "language": values("en")}
    assert not permitted(kit, f"[ odrl:{logic} {parts} ]", **given)


def test_uses_that_differ_are_told_as_seen_and_not_as_missing(kit):
    asks = constraint("odrl:purpose", "eq", "'research'")
    turtle = f"ex:p a odrl:Set ; odrl:permission [ {READ} ; odrl:constraint {asks} ] ."
    report = kit.decided(turtle, kit.asked(purpose=values("research", "commercial"))).report
    [premise] = [each for each in report.rules[0].premises if each.kind == "constraint"]
    assert premise.state is Satisfaction.UNKNOWN
    assert [term.value for term in premise.seen.terms] == ["research", "commercial"]
    assert report.missing == ()


def test_a_deployment_says_of_its_own_operands_how_several_values_count():
    roles, channel = _declared("ex:role", ' ; rk:severalValues "any"'), _declared("ex:channel", "")
    assert shipped().extended(roles).operand("http://example.org/role").each is False
    assert shipped().extended(channel).operand("http://example.org/channel").each is True


def test_how_several_values_count_is_each_or_any_and_settled_for_what_is_there():
    with pytest.raises(VocabularyInvalid, match="severalValues"):
        shipped().extended(_declared("ex:role", ' ; rk:severalValues "most"'))
    purpose = NamedNode("http://www.w3.org/ns/odrl/2/purpose")
    with pytest.raises(VocabularyInvalid, match="settled"):
        shipped().extended([Triple(purpose, RENKEI.severalValues, Literal("any"))])


def _declared(name, more):
    turtle = f"""@prefix ex: <http://example.org/> . @prefix odrl: <http://www.w3.org/ns/odrl/2/> .
    @prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> . @prefix rk: <{RENKEI.NAMESPACE}> .
    {name} a odrl:LeftOperand ; rdfs:label "one"@en , "一"@ja ; rk:valueKind "concept" ; rk:valueSource "token"{more} ."""
    return list(read(turtle.encode(), media_type="text/turtle", base_iri="relative://x/"))
