"""Every message that this side writes is valid by the schema documents of the specification, and by ours."""

from typing import Any

import pytest

from exchange.dsp import writing
from exchange.dsp.checking import check, kinds

BOTH = {"provider_pid": "urn:uuid:1", "consumer_pid": "urn:uuid:2"}
RULES = {"permission": [{"action": "use"}]}
OFFER = {"@type": "Offer", "@id": "urn:ex:offer", "target": "urn:ex:data", **RULES}
AGREEMENT = {
    **{"@type": "Agreement", "@id": "urn:ex:agreement", "target": "urn:ex:data", **RULES},
    **{"assigner": "urn:ex:us", "assignee": "urn:ex:them", "timestamp": "2026-11-21T00:00:00Z"},
}
SERVICE = {"@id": "urn:ex:service", "@type": "DataService", "endpointURL": "https://x.example/dsp/2025-1"}
WRITTEN = [
    writing.contract_request(consumer_pid="urn:uuid:2", offer=OFFER, callback="https://x.example/dsp"),
    writing.contract_request(consumer_pid="urn:uuid:2", offer=OFFER, provider_pid="urn:uuid:1"),
    writing.contract_offer(provider_pid="urn:uuid:1", offer=OFFER, callback="https://x.example/dsp"),
    writing.contract_offer(provider_pid="urn:uuid:1", offer=OFFER, consumer_pid="urn:uuid:2"),
    writing.contract_agreement(**BOTH, agreement=AGREEMENT),
    writing.agreement_verification(**BOTH),
    writing.negotiation_event(**BOTH, event="ACCEPTED"),
    writing.negotiation_event(**BOTH, event="FINALIZED"),
    writing.negotiation_termination(**BOTH),
    writing.negotiation_termination(**BOTH, code="policy", reasons=["It ended."]),
    *(writing.negotiation("urn:uuid:1", "urn:uuid:2", state) for state in ("REQUESTED", "OFFERED", "ACCEPTED")),
    *(writing.negotiation("urn:uuid:1", "urn:uuid:2", state) for state in ("AGREED", "VERIFIED", "FINALIZED")),
    writing.negotiation("urn:uuid:1", "urn:uuid:2", "TERMINATED"),
    writing.negotiation_error("urn:uuid:1", "urn:uuid:2", "step", ["Not now.", {"@value": "否", "@language": "ja"}]),
    writing.transfer_request(
        consumer_pid="urn:uuid:2", agreement="urn:ex:a", format="HttpData-PULL", callback="http://x"
    ),
    writing.transfer_request(
        **{"consumer_pid": "urn:uuid:2", "agreement": "urn:ex:a", "format": "HttpData-PUSH"},
        callback="http://x",
        data_address=writing.data_address("https://x.example/in", "secret"),
    ),
    writing.transfer_start(**BOTH),
    writing.transfer_start(
        **BOTH, data_address=writing.data_address("https://x.example/d", "t", properties={"a": "b"})
    ),
    writing.transfer_start(**BOTH, data_address=writing.data_address(None, endpoint_type="AmazonS3")),
    writing.transfer_completion(**BOTH),
    writing.transfer_suspension(**BOTH),
    writing.transfer_suspension(**BOTH, code="paused", reasons=["For the night."]),
    writing.transfer_termination(**BOTH, code="ended", reasons=["It ended."]),
    *(writing.transfer_process("urn:uuid:1", "urn:uuid:2", state) for state in ("REQUESTED", "STARTED", "SUSPENDED")),
    *(writing.transfer_process("urn:uuid:1", "urn:uuid:2", state) for state in ("COMPLETED", "TERMINATED")),
    writing.transfer_error("urn:uuid:1", "urn:uuid:2", "step", ["Not now."]),
    writing.catalog_request(),
    writing.catalog_request(["rivers"]),
    writing.catalog_error("filter", ["No such filter."]),
    writing.catalog_error("filter"),
]
IDS = [f"{message['@type']}-{number}" for number, message in enumerate(WRITTEN)]


@pytest.mark.parametrize("message", WRITTEN, ids=IDS)
def test_what_is_written_is_valid_by_the_specification_and_by_our_schemas(
    message: dict[str, Any], original: Any
) -> None:
    original(message)
    check(message)


def test_the_version_document_is_valid_by_the_specification_and_by_our_schema(original: Any) -> None:
    document = writing.versions(
        "/dsp/2025-1", service_id="s", identifier_type="URL", auth={"protocol": "b", "version": "1"}
    )
    original(document)
    check(document, "VersionResponse")
    assert document["protocolVersions"][0]["path"] == "/dsp/2025-1"


def test_every_message_is_written_but_what_catalogs_writes_and_no_binding_sends() -> None:
    written = {message["@type"] for message in WRITTEN}
    assert kinds() - written == {"Catalog", "Dataset", "DatasetRequestMessage", "VersionResponse"}


def test_a_token_goes_into_the_data_address_as_a_bearer_token() -> None:
    address = writing.data_address("https://x.example/d", "secret")
    assert {each["name"]: each["value"] for each in address["endpointProperties"]} == {
        "authorization": "secret",
        "authType": "bearer",
    }
