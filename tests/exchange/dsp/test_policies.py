"""Offers and agreements: what a message says is what the engine decides by, in any spelling."""

from datetime import datetime, timedelta, timezone
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyoxigraph import Triple

from exchange.dsp import policies
from exchange.dsp.checking import check
from exchange.dsp.errors import MessageInvalid, PolicyBeyondProtocol
from exchange.dsp.reading import read_message
from exchange.dsp.writing import CONTEXT, contract_agreement, contract_request
from exchange.policy.dataspace import dataspace_restrictions
from exchange.policy.normalising import read_policy
from ontology.description import Description
from ontology.reading import read

EX, ODRL = "http://example.org/", "http://www.w3.org/ns/odrl/2/"
HEAD = f"@prefix odrl: <{ODRL}> . @prefix ex: <{EX}> . @prefix dcat: <http://www.w3.org/ns/dcat#> . @prefix xsd: <http://www.w3.org/2001/XMLSchema#> . @prefix dct: <http://purl.org/dc/terms/> . @prefix rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#> . "
DAY = {"leftOperand": "odrl:dateTime", "operator": "lteq", "rightOperand": "2027-01-01T00:00:00Z"}
THREE = {"leftOperand": "odrl:count", "operator": "lteq", "rightOperand": {"@value": "3", "@type": "xsd:integer"}}
PLACES = {
    "leftOperand": "odrl:spatial",
    "operator": "isAnyOf",
    "rightOperand": [{"@id": EX + "eu"}, {"@id": EX + "jp"}],
}
OFFER = {
    **{"@id": EX + "offer", "@type": "Offer", "profile": EX + "profile", "obligation": [{"action": "odrl:delete"}]},
    "permission": [{"action": "use", "constraint": [DAY, {"or": [THREE, {"and": [DAY, PLACES]}]}]}],
    "prohibition": [{"action": "odrl:commercialize"}, {"action": EX + "sell", "constraint": [THREE]}],
}
PARTIES = {"iri": EX + "agreement", "target": EX + "data", "assigner": EX + "us", "assignee": "did:web:them"}
Json = dict[str, Any]


def triples(turtle: str) -> list[Triple]:
    return list(read((HEAD + turtle).encode(), media_type="text/turtle", base_iri=EX))


def offer(turtle: str) -> Json:
    return policies.offer_json(triples(turtle), EX + "o")


def changed(rule: Json, **said: Any) -> Json:
    return {**OFFER, "permission": [{**rule, **said}]}


def beyond(turtle: str) -> set[str]:
    with pytest.raises(PolicyBeyondProtocol) as caught:
        offer(turtle)
    assert all(fault.message.ja and fault.message.en for fault in caught.value.faults)
    return {fault.code for fault in caught.value.faults}


def test_an_offer_of_a_catalog_is_written_without_the_target_that_goes_without_saying() -> None:
    found = offer(
        "ex:d a dcat:Dataset ; odrl:hasPolicy ex:o . ex:o a odrl:Offer ; odrl:target ex:d ; odrl:permission [ odrl:action odrl:use ] ."
    )
    assert found == {"@id": EX + "o", "@type": "Offer", "permission": [{"action": "use"}]}


def test_constraints_keep_the_kind_of_their_values() -> None:
    found = offer(
        "ex:o a odrl:Offer ; odrl:permission [ a odrl:Permission ; odrl:action odrl:read ; odrl:constraint "
        '[ odrl:leftOperand odrl:count ; odrl:operator odrl:lteq ; odrl:rightOperand 3 ] , [ odrl:leftOperand ex:a ; odrl:operator odrl:eq ; odrl:rightOperand "x"@ja ] ] .'
    )
    [rule] = found["permission"]
    assert rule["action"] == "odrl:read"
    assert THREE in rule["constraint"]
    assert {"leftOperand": EX + "a", "operator": "eq", "rightOperand": {"@value": "x", "@language": "ja"}} in rule[
        "constraint"
    ]


def test_lists_of_values_and_of_constraints_become_arrays() -> None:
    day = '[ odrl:leftOperand odrl:dateTime ; odrl:operator odrl:lteq ; odrl:rightOperand "2027-01-01T00:00:00Z" ]'
    places = "[ odrl:leftOperand odrl:spatial ; odrl:operator odrl:isAnyOf ; odrl:rightOperand ( ex:eu ex:jp ) ]"
    found = offer(
        f"ex:o a odrl:Offer ; odrl:permission [ odrl:action odrl:use ; odrl:constraint [ odrl:or ( {day} {places} ) ] ] ."
    )
    assert found["permission"] == [{"action": "use", "constraint": [{"or": [DAY, PLACES]}]}]


def test_a_rule_of_two_actions_becomes_two_rules() -> None:
    found = offer("ex:o a odrl:Offer ; odrl:permission ex:r . ex:r odrl:action odrl:use , odrl:read .")
    assert found["permission"] == [{"action": "use"}, {"action": "odrl:read"}]


@pytest.mark.parametrize(
    ("turtle", "code"),
    [
        (
            "ex:o a odrl:Offer ; odrl:permission [ odrl:action odrl:use ; odrl:duty [ odrl:action odrl:inform ] ] .",
            "dataspace-beyond",
        ),
        ("ex:o a odrl:Offer ; odrl:permission [ odrl:action odrl:use ; odrl:target ex:d ] .", "dataspace-rule-target"),
        ("ex:o a odrl:Offer ; odrl:permission [ odrl:action odrl:use ; odrl:assignee ex:a ] .", "dataspace-beyond"),
        (
            "ex:o a odrl:Offer ; odrl:conflict odrl:perm ; odrl:permission [ odrl:action odrl:use ] .",
            "dataspace-beyond",
        ),
        ("ex:o a odrl:Offer ; dct:isReplacedBy ex:n ; odrl:permission [ odrl:action odrl:use ] .", "dataspace-beyond"),
        (
            "ex:o a odrl:Offer ; odrl:informedParty ex:n ; odrl:permission [ odrl:action odrl:use ] .",
            "dataspace-beyond",
        ),
        (
            "ex:o a odrl:Offer ; odrl:target ex:a , ex:b ; odrl:permission [ odrl:action odrl:use ] .",
            "dataspace-beyond",
        ),
        (
            "ex:o a odrl:Offer ; odrl:assignee ex:all ; odrl:permission [ odrl:action odrl:use ] . ex:all a odrl:PartyCollection .",
            "dataspace-beyond",
        ),
        ("ex:o a odrl:Offer ; odrl:permission [ ] .", "rule-without-action"),
        ("ex:o a odrl:Offer ; odrl:permission [ odrl:action [ rdf:value odrl:use ] ] .", "rule-without-action"),
        ("ex:o a odrl:Set ; odrl:permission [ odrl:action odrl:use ] .", "dataspace-class"),
        ("ex:o a odrl:Offer ; odrl:obligation [ odrl:action odrl:use ] .", "dataspace-no-rule"),
        ("ex:x a odrl:Offer ; odrl:permission [ odrl:action odrl:use ] .", "no-policy"),
        (
            "ex:d odrl:hasPolicy ex:o . ex:o a odrl:Offer ; odrl:target ex:e ; odrl:permission [ odrl:action odrl:use ] .",
            "dataspace-offer-target",
        ),
    ],
)
def test_what_the_protocol_has_no_words_for_is_refused_with_the_faults(turtle: str, code: str) -> None:
    if code == "dataspace-offer-target":
        assert offer(turtle)["target"] == EX + "e"  # said of a dataset that is not its target: for a message alone
    else:
        assert code in beyond(turtle)


@pytest.mark.parametrize(
    "said",
    [
        "odrl:leftOperand odrl:count ; odrl:operator odrl:lteq",
        "odrl:leftOperand odrl:count ; odrl:rightOperand 3",
        "odrl:operator odrl:lteq ; odrl:rightOperand 3",
        "odrl:leftOperand odrl:count , odrl:event ; odrl:operator odrl:lteq ; odrl:rightOperand 3",
        "odrl:leftOperand odrl:count ; odrl:operator ex:about ; odrl:rightOperand 3",
        "odrl:leftOperand odrl:count ; odrl:operator odrl:lteq ; odrl:rightOperand 3 ; odrl:unit ex:u",
        "odrl:leftOperand odrl:count ; odrl:operator odrl:lteq ; odrl:rightOperandReference ex:r",
        "odrl:leftOperand odrl:count ; odrl:operator odrl:lteq ; odrl:rightOperand 3 ; odrl:or ( ex:a )",
        "odrl:and ( ex:a ) ; odrl:or ( ex:a )",
        "odrl:and ( ex:c ) ; dct:title 'c'",
    ],
)
def test_a_constraint_that_the_protocol_cannot_write_whole_is_refused(said: str) -> None:
    assert beyond(
        f"ex:o a odrl:Offer ; odrl:permission [ odrl:action odrl:use ; odrl:constraint ex:c ] . ex:c {said} ."
    )


def test_constraints_without_end_are_refused() -> None:
    assert "too-deep" in beyond(
        "ex:o a odrl:Offer ; odrl:permission [ odrl:action odrl:use ; odrl:constraint ex:c ] . ex:c odrl:and ( ex:c ) ."
    )


def test_a_written_offer_is_valid_in_a_message_and_says_the_same() -> None:
    found = policies.offer_json(policies.description_of(OFFER), EX + "offer")
    check(contract_request(consumer_pid="c", offer=found, callback="http://x"))
    assert policies.policy_hash(found) == policies.policy_hash(OFFER)
    assert policies.same_terms(found, OFFER)


def test_the_engine_reads_what_the_message_says() -> None:
    read_back = read_policy(policies.description_of(OFFER, EX + "data"), knows_profile=lambda profile: True)
    assert not read_back.faults
    [permission] = read_back.permissions
    assert permission.action.iri == ODRL + "use"
    assert permission.target is not None
    assert permission.target.iri == EX + "data"
    assert len(permission.constraints) == 2


def test_the_triples_are_those_that_json_ld_gives() -> None:
    body = orjson.dumps({"@context": [CONTEXT], **OFFER, "target": EX + "data"})
    expanded = list(read(body, media_type="application/ld+json", base_iri=EX))
    assert Description.of(EX + "offer", expanded).hash == policies.policy_hash({**OFFER, "target": EX + "data"})
    assert dataspace_restrictions(policies.policy_triples(OFFER)) == ()


SPELLINGS = [
    {key: OFFER[key] for key in reversed(list(OFFER))},
    {**OFFER, "@context": [CONTEXT], "profile": [EX + "profile"], "prohibition": OFFER["prohibition"][::-1]},
    {**OFFER, "prohibition": [*OFFER["prohibition"], {"action": "commercialize", "constraint": []}]},
    {**OFFER, "obligation": [{"@id": "urn:x", "@type": "Duty", "action": ODRL + "delete"}]},
]


@pytest.mark.parametrize("spelling", SPELLINGS, ids=range(len(SPELLINGS)))
def test_the_hash_goes_by_what_is_said_not_by_how(spelling: Json) -> None:
    assert policies.policy_hash(spelling) == policies.policy_hash(OFFER)
    assert policies.same_terms(spelling, OFFER)
    assert policies.differences(OFFER, spelling) == []


OTHERS = [
    {**OFFER, "profile": EX + "other"},
    {**OFFER, "obligation": []},
    {**OFFER, "permission": OFFER["permission"] + [{"action": "odrl:distribute"}]},
    {**OFFER, "permission": [{"action": "use"}]},
    {**OFFER, "permission": [{"action": "odrl:read", "constraint": OFFER["permission"][0]["constraint"]}]},
    changed(
        OFFER["permission"][0],
        constraint=[{**DAY, "rightOperand": "2028-01-01T00:00:00Z"}, OFFER["permission"][0]["constraint"][1]],
    ),
    changed(OFFER["permission"][0], constraint=[DAY, {"xone": OFFER["permission"][0]["constraint"][1]["or"]}]),
    changed(OFFER["permission"][0], duty=[{"action": "odrl:inform"}]),
    {**OFFER, "odrl:conflict": "odrl:perm"},
]


@pytest.mark.parametrize("other", OTHERS, ids=range(len(OTHERS)))
def test_other_terms_are_told_in_words(other: Json) -> None:
    assert not policies.same_terms(OFFER, other)
    told = policies.differences(OFFER, other)
    assert told
    assert all(each.ja and each.en for each in told)


def test_a_counter_offer_is_a_difference_that_people_read() -> None:
    later = changed(
        OFFER["permission"][0],
        constraint=[{**DAY, "rightOperand": "2028-06-01T00:00:00Z"}, OFFER["permission"][0]["constraint"][1]],
    )
    later = {**later, "prohibition": [OFFER["prohibition"][1]]}
    told = policies.differences(OFFER, later)
    assert [each.en for each in told] == [
        "Of the permission of “use”, the condition “the date and time is not later than 1 January 2027, 00:00 (UTC)” has "
        "become “the date and time is not later than 1 June 2028, 00:00 (UTC)”.",
        "No longer there: Whoever accepts this offer must not use “the data” commercially.",
    ]
    assert told[0].ja.startswith("「利用」の許可の条件「日時が2027年1月1日")


def test_the_operator_that_the_schema_misspells_is_the_one_it_means() -> None:
    misspelt = changed({"action": "use"}, constraint=[{**DAY, "operator": "term-lteq"}])
    assert policies.policy_hash(misspelt) == policies.policy_hash(changed({"action": "use"}, constraint=[DAY]))


def test_another_asset_is_a_difference_too() -> None:
    told = policies.differences({**OFFER, "target": EX + "a"}, {**OFFER, "target": EX + "b"})
    assert [each.en for each in told] == [f"The asset has become <{EX}b>."]


def test_the_same_rules_about_another_asset_are_other_terms() -> None:
    here, there = {**OFFER, "target": EX + "a"}, {**OFFER, "target": EX + "b"}
    assert not policies.same_terms(here, there)
    assert policies.same_terms(here, {each: OFFER[each] for each in OFFER if each != "target"})


@pytest.mark.parametrize(
    "right", ["3", {"@value": 3}, {"@value": "3"}, ["3"], {"@list": [{"@value": "3", "@type": "xsd:int"}]}]
)
def test_a_peer_that_drops_datatypes_hands_back_the_same_terms(right: Any) -> None:
    one, other = (
        {
            "@id": "urn:a",
            "@type": "Offer",
            "permission": [{"action": "use", "constraint": [{**THREE, "rightOperand": each}]}],
        }
        for each in (THREE["rightOperand"], right)
    )
    assert policies.same_terms(one, other)


@pytest.mark.parametrize("value", [{"@id": EX + "eu"}, {"@value": "3", "@type": "xsd:integer"}])
def test_a_value_handed_back_as_the_text_of_its_json_is_the_same_term(value: Json) -> None:
    one = changed({"action": "use"}, constraint=[{**THREE, "rightOperand": value}])
    other = changed({"action": "use"}, constraint=[{**THREE, "rightOperand": orjson.dumps(value).decode()}])
    assert policies.same_terms(one, other)


@pytest.mark.parametrize("text", ['{"@id":"urn:b"}', '{"@id":"urn:a","more":"x"}', '{"@id":', '{"@id":["urn:a"]}'])
def test_text_that_only_looks_like_the_json_of_a_value_is_another_term(text: str) -> None:
    one = changed({"action": "use"}, constraint=[{**THREE, "rightOperand": {"@id": "urn:a"}}])
    other = changed({"action": "use"}, constraint=[{**THREE, "rightOperand": text}])
    assert not policies.same_terms(one, other)


@pytest.mark.parametrize(
    "right", ["4", {"@value": "3", "@language": "en"}, {"@value": "3", "@type": "urn:ex:dozen"}, ["3", "4"]]
)
def test_another_value_language_or_foreign_datatype_is_another_term(right: Any) -> None:
    one, other = (changed({"action": "use"}, constraint=[{**THREE, "rightOperand": each}]) for each in ("3", right))
    assert not policies.same_terms(one, other)


def test_an_agreement_takes_over_the_rules_and_nothing_else() -> None:
    time = datetime(2026, 11, 21, 9, tzinfo=timezone(timedelta(hours=9)))
    made = policies.agreement({**OFFER, "assigner": "x", "target": "y", "ex:note": "z"}, **PARTIES, timestamp=time)
    assert made["timestamp"] == "2026-11-21T00:00:00Z"
    assert {key: made[key] for key in ("@id", "@type", "target", "assigner", "assignee")} == {
        **{"@id": EX + "agreement", "@type": "Agreement", "target": EX + "data"},
        **{"assigner": EX + "us", "assignee": "did:web:them"},
    }
    assert policies.same_terms(made, OFFER)
    assert "ex:note" not in made


def test_an_agreement_is_valid_and_its_triples_too(original: Any) -> None:
    made = policies.agreement(OFFER, **PARTIES, timestamp=datetime(2026, 11, 21).astimezone())
    message = contract_agreement(provider_pid="1", consumer_pid="2", agreement=made)
    original(message)
    check(read_message(orjson.dumps(message), "ContractAgreementMessage"))
    description = policies.description_of(made)
    assert dataspace_restrictions(description.triples) == ()
    assert not read_policy(description, knows_profile=lambda profile: True).faults


@pytest.mark.parametrize(
    ("rule", "code"),
    [
        ({"duty": [{"action": "inform"}]}, "dataspace-beyond"),
        ({"odrl:refinement": [DAY]}, "dataspace-beyond"),
        ({"assignee": EX + "a"}, "dataspace-beyond"),
        ({"until": "2027-01-01"}, "key-dropped"),
        ({"ex:until": "2027-01-01"}, "key-dropped"),
        ({"constraint": [{**DAY, "unit": EX + "u"}]}, "dataspace-beyond"),
        ({"constraint": [{"or": [{**DAY, "ex:unless": "x"}]}]}, "key-dropped"),
    ],
)
def test_a_member_that_may_restrict_a_rule_is_never_passed_over(rule: Json, code: str) -> None:
    with pytest.raises(PolicyBeyondProtocol) as caught:
        policies.policy_triples(changed({"action": "use"}, **rule))
    assert [fault.code for fault in caught.value.faults] == [code]


@pytest.mark.parametrize("member", ["inheritFrom", "conflict", "constraint", "odrl:duty", "restrictions"])
def test_a_member_that_may_restrict_a_policy_is_never_passed_over(member: str) -> None:
    with pytest.raises(PolicyBeyondProtocol):
        policies.policy_triples({**OFFER, member: "x"})


def test_what_says_nothing_and_what_is_metadata_is_passed_over() -> None:
    """The conformance kit of the protocol sends empty `constraints` in each rule."""
    noted = {**changed({"action": "use", "constraints": []}), "dct:title": "Terms", "edc:note": {"a": 1}, "duty": []}
    assert policies.policy_hash(noted) == policies.policy_hash(changed({"action": "use"}))
    assert policies.same_terms(noted, changed({"action": "use"}))


def test_words_of_nobody_keep_their_name_and_are_no_operand() -> None:
    offered = changed(
        {"action": "use"}, constraint=[{"leftOperand": "partner", "operator": "eq", "rightOperand": "gold"}]
    )
    assert policies.offer_json(policies.description_of(offered), EX + "offer")["permission"] == offered["permission"]


def test_participants_without_a_scheme_are_names_to_the_engine_and_come_back_as_they_were() -> None:
    named = {**PARTIES, "assignee": "BPNL 0001", "target": "ACN0101"}
    made = policies.description_of(policies.agreement(OFFER, **named, timestamp="2026-11-21T00:00:00Z"))
    read_as = read_policy(made, knows_profile=lambda profile: True)
    assert [rule.assignee and rule.assignee.iri for rule in read_as.permissions] == ["urn:renkei:id:BPNL%200001"]
    assert not [fault for fault in read_as.faults if fault.code == "scope-name"]
    back = policies.offer_json(made, made.iri)
    assert (back["assignee"], back["target"]) == ("BPNL 0001", "ACN0101")


def test_a_value_that_rdf_cannot_hold_is_refused() -> None:
    odd = {**DAY, "rightOperand": {"@value": "x", "@language": "not a language"}}
    with pytest.raises(MessageInvalid):
        policies.policy_triples(changed({"action": "use"}, constraint=[odd]))


CONDITIONS = st.recursive(
    st.builds(
        lambda left, operator, right: {"leftOperand": left, "operator": operator, "rightOperand": right},
        st.sampled_from(["odrl:count", "odrl:dateTime", "urn:ex:a", "partner"]),
        st.sampled_from(["eq", "lteq", "isAnyOf"]),
        st.sampled_from(
            ["3", "", {"@id": "urn:ex:x"}, {"@value": "3", "@type": "xsd:integer"}, ["a", {"@id": "urn:ex:y"}]]
        ),
    ),
    lambda inner: st.builds(
        lambda logic, parts: {logic: parts},
        st.sampled_from(["and", "or", "xone", "andSequence"]),
        st.lists(inner, min_size=1, max_size=3),
    ),
    max_leaves=6,
)
RULES = st.lists(
    st.builds(
        lambda action, said: {"action": action, **({"constraint": said} if said else {})},
        st.sampled_from(["use", "odrl:read", "urn:ex:sell"]),
        st.lists(CONDITIONS, max_size=3),
    ),
    min_size=1,
    max_size=3,
)


@settings(deadline=None, max_examples=30)
@given(RULES, RULES)
def test_any_offer_comes_back_from_rdf_with_the_same_terms(permissions: list[Json], prohibitions: list[Json]) -> None:
    offered = {"@id": "urn:ex:o", "@type": "Offer", "permission": permissions, "prohibition": prohibitions}
    back = policies.offer_json(policies.description_of(offered), "urn:ex:o")
    check(contract_request(consumer_pid="c", offer=back, callback="http://x"))
    assert policies.policy_hash(back) == policies.policy_hash(offered)
    assert bool(policies.differences(offered, back)) is not policies.same_terms(offered, back)


@pytest.mark.parametrize(
    "right",
    [
        *({"@value": 1e300}, {"@value": True}, {"@value": 1.5, "@type": "urn:ex:t"}, {"@id": "_:b"}, "_:EU"),
        *({"@id": "odrl:policyUsage"}, {"@list": ["a", {"@id": "http://www.w3.org/1999/02/22-rdf-syntax-ns#nil"}]}),
    ],
    ids=str,
)  # fmt: skip
def test_an_odd_value_comes_back_as_it_was(right: Any) -> None:
    odd = changed({"action": "use"}, constraint=[{**PLACES, "rightOperand": right}])
    assert policies.same_terms(odd, policies.offer_json(policies.description_of(odd), EX + "offer"))


def test_a_time_that_is_none_is_no_statement() -> None:
    assert policies.policy_hash({**OFFER, "timestamp": {"a": []}}) == policies.policy_hash(OFFER)


def test_the_policies_of_the_specification_become_those_that_json_ld_gives(examples: dict[str, bytes]) -> None:
    for name in ("contract-agreement-message-full", "contract-agreement-message"):
        agreed = orjson.loads(examples[name])["agreement"]
        assert policies.description_of(agreed).subjects == {agreed["@id"]}
        assert policies.same_terms(agreed, policies.offer_json(policies.description_of(agreed), agreed["@id"]))
