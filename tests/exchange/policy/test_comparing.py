"""Policies compared: conflicts with a witness, requests against offers, rules without effect."""

import pytest

from exchange.policy.checking import PolicyDocument
from exchange.policy.comparing import Silence, compare, fits, shadowed
from exchange.policy.comparison import Comparison, Kind, Verdict
from exchange.policy.model import Policy
from exchange.policy.vocabulary import shipped

PREFIXES = """
@prefix o: <http://www.w3.org/ns/odrl/2/> . @prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
@prefix : <urn:x:> . @prefix dpv: <https://w3id.org/dpv#> . @prefix x: <https://example.org/> .
"""
ODRL = "http://www.w3.org/ns/odrl/2/"
COUNT = "[ o:leftOperand o:count ; o:operator o:{} ; o:rightOperand {} ]"


def policy(rules: str, iri: str = "a", kind: str = "Set") -> Policy:
    text = f"{PREFIXES} :{iri} a o:{kind} ; {rules} ."
    read = PolicyDocument.read(text.encode(), media_type="text/turtle").policies(shipped())
    return next(each for each in read if each.iri == f"urn:x:{iri}")


def rule(prop: str, constraint: str = "", action: str = "o:use", more: str = "") -> str:
    constrained = f"o:constraint {constraint} ;" if constraint else ""
    return f"o:{prop} [ o:action {action} ; o:target :data ; {constrained} {more} ]"


def limit(left: str, operator: str, right: str, more: str = "") -> str:
    return f"[ o:leftOperand o:{left} ; o:operator o:{operator} ; o:rightOperand {right} ; {more} ]"


def time(operator: str, at: str) -> str:
    return limit("dateTime", operator, f'"{at}"^^xsd:{"dateTime" if "T" in at else "date"}')


def against(constraint: str, other: str, **how: Silence) -> Verdict:
    """The verdict on two permissions with these constraints."""
    return compare(
        policy(rule("permission", constraint)), policy(rule("permission", other), "b"), shipped(), **how
    ).verdict


def kinds(found: Comparison) -> set[Kind]:
    return {finding.kind for finding in found.findings}


# A rule against a prohibition


def test_a_permission_to_read_meets_a_prohibition_of_use_and_the_witness_reads() -> None:
    found = compare(policy(rule("permission", action="o:read")), policy(rule("prohibition"), "b"), shipped())
    assert (found.verdict, kinds(found)) == (Verdict.CONFLICT, {Kind.CONTRADICTION})
    witness = found.findings[0].witness
    assert witness is not None
    assert (witness.action, witness.target) == (ODRL + "read", "urn:x:data")


def test_a_witness_has_a_value_that_both_rules_meet() -> None:
    permission, prohibition = (
        rule("permission", limit("count", "lteq", "10")),
        rule("prohibition", limit("count", "gt", "8")),
    )
    witness = compare(policy(permission), policy(prohibition, "b"), shipped()).findings[0].witness
    assert witness is not None
    assert [(left, [term.value for term in terms]) for left, terms in witness.values] == [(ODRL + "count", ["9"])]


def test_a_permission_and_a_prohibition_at_different_times_do_not_conflict() -> None:
    permission, prohibition = (
        rule("permission", time("lt", "2026-01-01T00:00:00Z")),
        rule("prohibition", time("gteq", "2026-01-01T00:00:00Z")),
    )
    assert compare(policy(permission), policy(prohibition, "b"), shipped()).verdict is Verdict.NONE


def test_a_prohibition_conflicts_where_its_value_is_absent_because_unknown_forbids() -> None:
    impossible = f"{limit('count', 'lt', '1')} , {limit('count', 'gt', '5')}"
    found = compare(policy(rule("permission")), policy(rule("prohibition", impossible), "b"), shipped())
    assert found.verdict is Verdict.CONFLICT
    assert found.findings[0].witness is not None
    assert [terms for _, terms in found.findings[0].witness.values] == [()]


def test_other_assets_other_parties_and_other_actions_do_not_conflict() -> None:
    allowed = policy("o:permission [ o:action o:read ; o:target :data ; o:assignee :me ]")
    for forbidden in ("o:read ; o:target :other", "o:read ; o:assignee :you", "o:print"):
        assert (
            compare(allowed, policy(f"o:prohibition [ o:action {forbidden} ]", "b"), shipped()).verdict is Verdict.NONE
        )


def test_whether_a_party_is_in_a_collection_cannot_be_told() -> None:
    allowed = policy("o:permission [ o:action o:read ; o:target :data ; o:assignee :me ]")
    forbidden = policy("o:prohibition [ o:action o:read ; o:assignee :club ] . :club a o:PartyCollection", "b")
    assert compare(allowed, forbidden, shipped()).verdict is Verdict.CANNOT_TELL


def test_an_obligation_to_do_what_is_prohibited_conflicts() -> None:
    found = compare(
        policy(rule("obligation", action="o:delete")), policy(rule("prohibition", action="o:delete"), "b"), shipped()
    )
    assert found.verdict is Verdict.CONFLICT


def test_an_obligation_that_can_be_fulfilled_in_another_way_does_not_conflict() -> None:
    found = compare(policy(rule("obligation")), policy(rule("prohibition", action="o:print"), "b"), shipped())
    assert found.verdict is Verdict.NONE


def test_one_policy_is_compared_with_itself() -> None:
    both = policy(f"{rule('permission', action='o:read')} ; {rule('prohibition')}")
    assert compare(both, None, shipped()).verdict is Verdict.CONFLICT


# Two permissions


@pytest.mark.parametrize(
    ("one", "other", "verdict"),
    [
        (limit("count", "lt", "6"), limit("count", "gt", "5"), Verdict.CONFLICT),
        (limit("percentage", "lt", "6"), limit("percentage", "gt", "5"), Verdict.NONE),
        (limit("percentage", "lteq", '"0.3"^^xsd:decimal'), limit("percentage", "gteq", '"0.30"^^xsd:decimal'), Verdict.NONE),
        (limit("percentage", "lt", '"1e1"^^xsd:double'), limit("percentage", "gteq", "10"), Verdict.CONFLICT),
        (limit("payAmount", "lt", "5", "o:unit x:EUR"), limit("payAmount", "gt", "6", "o:unit x:JPY"), Verdict.CANNOT_TELL),
        (limit("count", "isAnyOf", "(1 2 3)"), limit("count", "isNoneOf", "(2 3 4)"), Verdict.NONE),
        (limit("count", "isAnyOf", "(2 3)"), limit("count", "isNoneOf", "(2 3 4)"), Verdict.CONFLICT),
        (limit("count", "neq", "0"), limit("count", "lt", "1"), Verdict.CONFLICT),
    ],
)  # fmt: skip
def test_numbers_are_compared_exactly(one: str, other: str, verdict: Verdict) -> None:
    assert against(one, other) is verdict


@pytest.mark.parametrize(
    ("one", "other", "verdict"),
    [
        (time("lteq", "2026-05-01"), time("gteq", "2026-05-01T23:59:59"), Verdict.NONE),
        (time("lt", "2026-05-01"), time("gteq", "2026-05-01T00:00:00"), Verdict.CONFLICT),
        (time("gt", "2026-05-01"), time("lteq", "2026-05-01T23:59:59.9"), Verdict.CONFLICT),
        (time("lteq", "2026-05-01T12:00:00+09:00"), time("gteq", "2026-05-01T03:00:00Z"), Verdict.NONE),
        (time("lt", "2026-05-01T12:00:00+09:00"), time("gteq", "2026-05-01T03:00:00Z"), Verdict.CONFLICT),
        (time("lt", "2026-05-01T12:00:00"), time("gteq", "2026-05-01T13:00:00Z"), Verdict.CANNOT_TELL),
        (time("lt", "2026-05-01T12:00:00"), time("gteq", "2026-05-03T13:00:00Z"), Verdict.CONFLICT),
        (time("eq", "9999-12-31T23:59:59Z"), time("gt", "9999-12-30T00:00:00Z"), Verdict.NONE),
        (time("eq", "2026-02-30T00:00:00Z"), time("gt", "2026-01-01T00:00:00Z"), Verdict.CANNOT_TELL),
    ],
)
def test_times_are_compared_with_their_zones_and_a_date_is_its_whole_day(
    one: str, other: str, verdict: Verdict
) -> None:
    assert against(one, other) is verdict


@pytest.mark.parametrize(
    ("one", "other", "verdict"),
    [
        (("lteq", "P30D"), ("gt", "P30D"), Verdict.CONFLICT),
        (("lteq", "P1D"), ("gteq", "PT24H"), Verdict.NONE),
        (("lt", "P1Y"), ("gteq", "P12M"), Verdict.CONFLICT),
        (("lteq", "P1M"), ("gteq", "P30D"), Verdict.CANNOT_TELL),
        (("lt", "P0D"), ("lteq", "P9D"), Verdict.CONFLICT),
    ],
)
def test_durations_are_compared_where_months_allow_it(
    one: tuple[str, str], other: tuple[str, str], verdict: Verdict
) -> None:
    def length(operator: str, text: str) -> str:
        return limit("elapsedTime", operator, f'"{text}"^^xsd:duration')

    assert against(length(*one), length(*other)) is verdict


def test_metered_time_cannot_exceed_the_time_elapsed() -> None:
    metered = limit("meteredTime", "gteq", '"P20D"^^xsd:duration')
    assert against(metered, limit("elapsedTime", "lteq", '"P10D"^^xsd:duration')) is Verdict.CONFLICT
    assert against(metered, limit("elapsedTime", "lteq", '"P20D"^^xsd:duration')) is Verdict.NONE


def test_recurrences_without_a_common_beginning_cannot_be_told() -> None:
    every = limit("timeInterval", "eq", '"P30D"^^xsd:duration')
    assert against(every, every) is Verdict.CANNOT_TELL


@pytest.mark.parametrize(
    ("one", "other", "verdict"),
    [
        (limit("language", "eq", '"de"'), limit("language", "eq", '"DE"'), Verdict.NONE),
        (limit("language", "eq", '"de"'), limit("language", "isAnyOf", '("fr" "it")'), Verdict.CONFLICT),
        (limit("language", "isNoneOf", '("de" "fr")'), limit("language", "isAnyOf", '("de" "fr")'), Verdict.CONFLICT),
        (limit("language", "isNoneOf", '("de" "fr")'), limit("language", "neq", '"it"'), Verdict.NONE),
        (limit("language", "isPartOf", '"de"'), limit("language", "eq", '"de-AT"'), Verdict.NONE),
        (limit("language", "isPartOf", '"de"'), limit("language", "eq", '"fr"'), Verdict.CONFLICT),
        (limit("language", "isPartOf", '"de"'), limit("language", "isPartOf", '"fr"'), Verdict.CONFLICT),
        (limit("language", "isPartOf", '"de"'), limit("language", "neq", '"de"'), Verdict.NONE),
        (limit("purpose", "eq", "dpv:Marketing"), limit("purpose", "isA", "dpv:Purpose"), Verdict.NONE),
        (limit("purpose", "eq", "dpv:Marketing"), limit("purpose", "eq", "dpv:ScientificResearch"), Verdict.CANNOT_TELL),
        (limit("purpose", "isA", "dpv:Marketing"), limit("purpose", "neq", "dpv:Marketing"), Verdict.CANNOT_TELL),
        (limit("purpose", "eq", "dpv:Marketing"), limit("purpose", "neq", "dpv:Marketing"), Verdict.CONFLICT),
        (limit("purpose", "isAllOf", "(dpv:Marketing x:a)"), limit("purpose", "isNoneOf", "(x:a)"), Verdict.CONFLICT),
        (limit("purpose", "isAllOf", "(dpv:Marketing x:a)"), limit("purpose", "isAnyOf", "(x:b x:c)"), Verdict.NONE),
        (limit("recipient", "eq", "x:a"), limit("recipient", "eq", "x:b"), Verdict.CONFLICT),
        (limit("recipient", "lt", "x:a"), limit("recipient", "eq", "x:a"), Verdict.CANNOT_TELL),
        (limit("purpose", "eq", "dpv:Marketing"), "[ o:leftOperand o:purpose ; o:operator o:eq ; o:rightOperandReference x:a ]", Verdict.CANNOT_TELL),
    ],
)  # fmt: skip
def test_names_are_compared_by_what_the_vocabulary_knows_for_certain(one: str, other: str, verdict: Verdict) -> None:
    assert against(one, other) is verdict


def test_the_constraints_that_exclude_each_other_are_named_in_both_languages() -> None:
    found = compare(
        policy(rule("permission", limit("count", "lt", "3"))),
        policy(rule("permission", limit("count", "gt", "7")), "b"),
        shipped(),
    )
    (finding,) = found.findings
    assert len(finding.constraints) == 2
    assert ("3" in finding.message.en, "7" in finding.message.ja) == (True, True)


def test_one_pair_of_permissions_that_agree_is_enough() -> None:
    one = policy(f"{rule('permission', limit('count', 'lt', '3'))} ; {rule('permission', limit('count', 'gt', '9'))}")
    assert compare(one, policy(rule("permission", limit("count", "eq", "12")), "b"), shipped()).verdict is Verdict.NONE


def test_an_operand_of_one_side_leaves_agreement_open_where_silence_is_open() -> None:
    one, other = limit("count", "lt", "3"), limit("percentage", "lt", "3")
    assert against(one, other) is Verdict.NONE
    assert against(one, other, silence=Silence.OPEN) is Verdict.CANNOT_TELL


def test_refinements_of_asset_and_action_are_compared() -> None:
    def sized(operator: str) -> Policy:
        size = f"[ o:leftOperand o:absoluteSize ; o:operator o:{operator} ; o:rightOperand 5 ]"
        return policy(
            f"o:permission [ o:action o:read ; o:target [ a o:AssetCollection ; o:source :all ; o:refinement {size} ] ]"
        )

    assert compare(sized("lt"), sized("gt"), shipped()).verdict is Verdict.CONFLICT
    assert compare(sized("lt"), sized("lteq"), shipped()).verdict is Verdict.NONE


# Logic


def logic(name: str, *parts: str) -> str:
    return f"[ o:{name} ( {' '.join(parts)} ) ]"


def test_xone_is_conflicting_where_both_parts_hold() -> None:
    one = logic("xone", limit("count", "gt", "5"), limit("count", "gt", "8"))
    assert against(one, limit("count", "eq", "9")) is Verdict.CONFLICT
    assert against(one, limit("count", "eq", "7")) is Verdict.NONE


def test_parts_of_a_sequence_need_not_hold_at_once() -> None:
    both = (limit("count", "lt", "3"), limit("count", "gt", "5"))
    assert against(logic("and", *both), limit("count", "gteq", "0")) is Verdict.CONFLICT
    assert against(logic("andSequence", *both), limit("count", "gteq", "0")) is Verdict.CANNOT_TELL


def test_more_cases_than_are_looked_at_cannot_be_told() -> None:
    ways = " , ".join(logic("or", limit("count", "eq", str(i)), limit("percentage", "eq", str(i))) for i in range(14))
    assert compare(policy(rule("permission", ways)), None, shipped(), limit=5).verdict is Verdict.CANNOT_TELL


def test_of_hundreds_of_constraints_the_few_that_exclude_each_other_are_named() -> None:
    many = " , ".join(limit("count", "neq", str(number)) for number in range(500))
    found = shadowed(policy(rule("permission", f"{many} , {limit('count', 'lt', '3')}")), shipped())
    assert [len(each.constraints) for each in found] == [3]  # less than 3, not 1, not 2


def test_conditions_nested_a_hundred_deep_are_compared() -> None:
    nested = limit("count", "lt", "5")
    for depth in range(99):
        nested = logic(("and", "or", "xone")[depth % 3], nested, limit("percentage", "lt", str(depth)))
    found = compare(policy(rule("permission", nested)), policy(rule("prohibition", nested), "b"), shipped())
    assert found.verdict is Verdict.CONFLICT


# Requests and offers


def test_a_narrower_request_fits_an_offer_and_a_wider_one_exceeds_it_with_a_witness() -> None:
    offer = policy(rule("permission", limit("count", "lteq", "10")), "offer", "Offer")
    inside, beyond = (
        policy(rule("permission", limit("count", "lteq", n), "o:read"), "b", "Request") for n in ("9", "11")
    )
    assert fits(inside, offer, shipped()).verdict is Verdict.NONE
    found = fits(beyond, offer, shipped())
    assert found.verdict is Verdict.CONFLICT
    assert found.findings[0].witness is not None
    assert found.findings[0].witness.values[0][1][0].value == "11"


def test_two_offered_permissions_can_cover_a_request_together() -> None:
    offer = policy(
        f"{rule('permission', limit('count', 'lteq', '10'))} ; {rule('permission', limit('count', 'gt', '9'))}", "offer"
    )
    assert fits(policy(rule("permission", limit("count", "gteq", "0")), "b"), offer, shipped()).verdict is Verdict.NONE


def test_a_request_without_the_restriction_of_the_offer_exceeds_it() -> None:
    offer = policy(rule("permission", limit("purpose", "eq", "dpv:Marketing")), "offer")
    assert fits(policy(rule("permission"), "b"), offer, shipped()).verdict is Verdict.CONFLICT
    assert fits(policy(rule("permission"), "b"), offer, shipped(), silence=Silence.OPEN).verdict is Verdict.CANNOT_TELL


def test_a_request_for_another_asset_or_a_wider_action_exceeds_the_offer() -> None:
    offer = policy(rule("permission", action="o:read"), "offer")
    assert fits(policy(rule("permission"), "b"), offer, shipped()).verdict is Verdict.CONFLICT
    assert (
        fits(policy("o:permission [ o:action o:read ; o:target :other ]", "b"), offer, shipped()).verdict
        is Verdict.CONFLICT
    )


def test_a_request_into_what_the_offer_prohibits_does_not_fit() -> None:
    offer = policy(f"{rule('permission')} ; {rule('prohibition', action='o:print')}", "offer")
    assert fits(policy(rule("permission", action="o:print"), "b"), offer, shipped()).verdict is Verdict.CONFLICT


def test_whether_a_place_that_no_vocabulary_has_fits_cannot_be_told() -> None:
    offer = policy(rule("permission", limit("spatial", "isPartOf", "x:region")), "offer")
    asked = policy(rule("permission", limit("spatial", "eq", "x:somewhere")), "b")
    assert fits(asked, offer, shipped()).verdict is Verdict.CANNOT_TELL


def test_a_request_has_to_take_on_the_duties_of_the_offer() -> None:
    duty = "o:duty [ o:action o:compensate ]"
    offer = policy(rule("permission", more=duty), "offer")
    assert Kind.DUTY in kinds(fits(policy(rule("permission"), "b"), offer, shipped()))
    assert fits(policy(rule("permission", more=duty), "b"), offer, shipped()).verdict is Verdict.NONE


# Rules without effect


def test_a_permission_within_a_prohibition_is_shadowed() -> None:
    rules = (
        f"{rule('permission', limit('count', 'lt', '3'), 'o:read')} ; {rule('prohibition', limit('count', 'lt', '5'))}"
    )
    assert [each.kind for each in shadowed(policy(rules), shipped())] == [Kind.FORBIDDEN]


def test_a_permission_is_shadowed_where_the_prohibition_forbids_each_value_and_its_absence() -> None:
    every = logic("or", limit("count", "lt", "5"), limit("count", "gteq", "5"))
    rules = f"{rule('permission')} ; {rule('prohibition', every)}"
    assert [each.kind for each in shadowed(policy(rules), shipped())] == [Kind.FORBIDDEN]


def test_a_prohibition_is_shadowed_instead_where_permissions_go_first() -> None:
    rules = f"o:conflict o:perm ; {rule('permission')} ; {rule('prohibition', limit('count', 'lt', '5'))}"
    assert [each.kind for each in shadowed(policy(rules), shipped())] == [Kind.OVERRULED]


def test_a_constraint_that_can_never_hold_is_found() -> None:
    never = f"{limit('count', 'lt', '3')} , {limit('count', 'gt', '3')}"
    found = shadowed(policy(rule("permission", never)), shipped())
    assert [each.kind for each in found] == [Kind.NEVER]
    assert len(found[0].constraints) == 2


def test_a_permission_within_another_is_redundant_but_not_where_the_other_has_a_duty() -> None:
    small, large = (
        rule("permission", limit("count", "lt", "3"), "o:read"),
        rule("permission", limit("count", "lt", "5")),
    )
    paid = rule("permission", limit("count", "lt", "5"), more="o:duty [ o:action o:compensate ]")
    assert [each.kind for each in shadowed(policy(f"{small} ; {large}"), shipped())] == [Kind.REDUNDANT]
    assert shadowed(policy(f"{small} ; {paid}"), shipped()) == ()


def test_a_void_policy_cannot_be_compared() -> None:
    void = policy(f"o:profile <urn:x:unknown> ; {rule('permission')}")
    assert compare(void, policy(rule("permission"), "b"), shipped()).verdict is Verdict.CANNOT_TELL
