"""Policies in messages of the Dataspace Protocol 2025-1, which allows a part of ODRL only."""

from pathlib import Path
from typing import Any

import orjson
import pytest
from pyoxigraph import Triple

from exchange.policy.checking import PolicyDocument
from exchange.policy.dataspace import dataspace_restrictions
from exchange.policy.vocabulary import shipped
from ontology.reading import read

CONTEXT = "https://w3id.org/dspace/2025/1/context.jsonld"
USE = {"action": "use"}
DAY = {"leftOperand": "dateTime", "operator": "lteq", "rightOperand": "2027-01-01T00:00:00Z"}


def offer(**said: Any) -> bytes:
    policy = {"@type": "Offer", "@id": "urn:ex:offer", "permission": [USE], **said}
    message = {"@context": [CONTEXT], "@type": "ContractRequestMessage", "consumerPid": "urn:ex:c", "offer": policy}
    return orjson.dumps(message)


def triples(data: bytes) -> list[Triple]:
    return list(read(data, media_type="application/ld+json", base_iri="urn:x:"))


def codes(data: bytes) -> set[str]:
    return {each.code for each in dataspace_restrictions(triples(data))}


def test_an_offer_with_its_target_at_the_offer_is_one_of_the_protocol() -> None:
    assert codes(offer(target="urn:ex:data", permission=[{**USE, "constraint": [DAY]}])) == set()


def test_a_target_on_a_rule_is_refused_in_both_languages() -> None:
    [fault] = dataspace_restrictions(triples(offer(permission=[{**USE, "target": "urn:ex:data"}])))
    assert fault.code == "dataspace-rule-target"
    assert fault.message.en == "In the Dataspace Protocol a rule has no target: write it at the Offer or the Agreement."
    assert "規則に target を書けません" in fault.message.ja


@pytest.mark.parametrize(
    "said",
    [
        {"permission": [{**USE, "duty": [{"action": "inform"}]}]},
        {"permission": [{**USE, "assignee": "urn:ex:alice"}]},
        {"permission": [{**USE, "informedParty": "urn:ex:alice"}]},
        {"permission": [{"action": {"@id": "urn:ex:print", "refinement": [DAY]}}]},
        {"prohibition": [{**USE, "remedy": [{"action": "delete"}]}]},
        {"obligation": [{"action": "delete", "consequence": [{"action": "compensate"}]}]},
        {"conflict": "perm"},
        {"inheritFrom": "urn:ex:parent"},
    ],
)
def test_what_the_protocol_leaves_out_of_odrl_is_refused(said: dict[str, Any]) -> None:
    assert codes(offer(**said)) == {"dataspace-beyond"}


def test_an_obligation_alone_is_no_offer() -> None:
    assert codes(offer(permission=[], obligation=[USE])) == {"dataspace-no-rule"}


def test_an_agreement_names_its_asset_and_both_parties() -> None:
    assert codes(offer(**{"@type": "Agreement", "assigner": "urn:ex:a"})) == {"dataspace-missing"}


def test_another_class_of_policy_is_refused() -> None:
    assert codes(offer(**{"@type": "Set"})) == {"dataspace-class"}


def test_an_offer_of_a_catalog_has_no_target() -> None:
    policy = {"@type": "Offer", "@id": "urn:ex:offer", "permission": [USE], "target": "urn:ex:data"}
    dataset = {"@context": [CONTEXT], "@type": "Dataset", "@id": "urn:ex:data", "hasPolicy": [policy]}
    assert codes(orjson.dumps(dataset)) == {"dataspace-offer-target"}


def test_the_misprinted_operator_of_the_schema_is_read_as_lteq() -> None:
    [policy] = PolicyDocument.read(
        offer(permission=[{**USE, "constraint": [{**DAY, "operator": "term-lteq"}]}]), media_type="application/ld+json"
    ).policies(shipped())
    assert policy.permissions[0].constraints[0].operator == "http://www.w3.org/ns/odrl/2/lteq"  # type: ignore[union-attr]
    assert not policy.faults


def test_every_message_of_the_specification_is_read_and_allowed(shared: Path) -> None:
    files = sorted((shared / "data/odrl/dsp-2025-1-messages").rglob("*.json"))
    found = [
        each.name
        for each in files
        if PolicyDocument.read(each.read_bytes(), media_type="application/ld+json").policies(shipped())
    ]
    assert len(found) == len(files) - 1  # a verification holds no policy
    assert not [fault for each in files for fault in dataspace_restrictions(triples(each.read_bytes()))]
