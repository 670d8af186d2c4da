"""What is no message of the protocol is refused, with the place that is wrong."""

from typing import Any

import orjson
import pytest

from exchange.dsp.checking import SCHEMAS, check, schema_document
from exchange.dsp.errors import MessageInvalid
from exchange.dsp.writing import CONTEXT

BOTH = {"providerPid": "urn:uuid:1", "consumerPid": "urn:uuid:2"}
DAY = {"leftOperand": "odrl:dateTime", "operator": "lteq", "rightOperand": "2027-01-01T00:00:00Z"}
OFFER = {
    **{"@type": "Offer", "@id": "urn:ex:offer", "target": "urn:ex:data"},
    "permission": [{"action": "use", "constraint": [DAY, {"or": [DAY, {"and": [DAY, DAY]}]}]}],
}
ADDRESS = {
    **{"@type": "DataAddress", "endpointType": "https://w3id.org/idsa/v4.1/HTTP", "endpoint": "https://x.example/d"},
    "endpointProperties": [{"@type": "EndpointProperty", "name": "authorization", "value": "t"}],
}
CATALOG_OFFER = {each: OFFER[each] for each in OFFER if each != "target"}
SERVICE = {"@id": "urn:ex:service", "@type": "DataService", "endpointURL": "https://x.example/dsp"}
DATASET = {
    **{"@id": "urn:ex:data", "@type": "Dataset", "hasPolicy": [CATALOG_OFFER]},
    "distribution": [{"@type": "Distribution", "format": "HttpData-PULL", "accessService": SERVICE}],
}
VALID: dict[str, dict[str, Any]] = {
    "ContractRequestMessage": {"consumerPid": "urn:uuid:2", "offer": OFFER, "callbackAddress": "https://x.example/c"},
    "ContractOfferMessage": {"providerPid": "urn:uuid:1", "offer": OFFER, "callbackAddress": "https://x.example/c"},
    "ContractAgreementMessage": {
        **BOTH,
        "agreement": {
            **{**OFFER, "@type": "Agreement", "assigner": "urn:ex:us", "assignee": "urn:ex:them"},
            "timestamp": "2026-11-21T00:00:00Z",
        },
    },
    "ContractAgreementVerificationMessage": BOTH,
    "ContractNegotiationEventMessage": {**BOTH, "eventType": "ACCEPTED"},
    "ContractNegotiationTerminationMessage": {**BOTH, "code": "a", "reason": ["b"]},
    "ContractNegotiation": {**BOTH, "state": "REQUESTED"},
    "ContractNegotiationError": {**BOTH, "code": "a", "reason": ["b"]},
    "TransferRequestMessage": {
        **{"consumerPid": "urn:uuid:2", "agreementId": "urn:ex:a", "format": "HttpData-PUSH"},
        **{"callbackAddress": "https://x.example/c", "dataAddress": ADDRESS},
    },
    "TransferStartMessage": {**BOTH, "dataAddress": ADDRESS},
    "TransferCompletionMessage": BOTH,
    "TransferSuspensionMessage": {**BOTH, "code": "a", "reason": ["b"]},
    "TransferTerminationMessage": {**BOTH, "code": "a", "reason": ["b"]},
    "TransferProcess": {**BOTH, "state": "STARTED"},
    "TransferError": {**BOTH, "code": "a", "reason": ["b"]},
    "CatalogRequestMessage": {"filter": ["rivers"]},
    "CatalogError": {"code": "a", "reason": ["b"]},
    "Catalog": {"@id": "urn:ex:catalog", "participantId": "urn:ex:us", "dataset": [DATASET], "service": [SERVICE]},
    "Dataset": DATASET,
}
NEGOTIATED = [kind for kind in VALID if kind.startswith("Contract") and kind.endswith("Message")]
REQUIRED = {
    kind: [
        each for each in said if each not in ("code", "reason", "filter", "dataset", "service", "dataAddress", "@type")
    ]
    for kind, said in VALID.items()
}


def message(kind: str, **said: Any) -> dict[str, Any]:
    made: dict[str, Any] = orjson.loads(orjson.dumps({"@context": [CONTEXT], "@type": kind, **VALID[kind], **said}))
    return made


def changed(kind: str, place: str, value: Any) -> dict[str, Any]:
    """A valid message with one place changed, as "offer.permission.0.action"; None takes it out."""
    *path, last = [int(step) if step.isdigit() else step for step in place.split(".")]
    made = message(kind)
    inside: Any = made
    for step in path:
        inside = inside[step]
    if value is None:
        del inside[last]
    else:
        inside[last] = value
    return made


def refusal(given: dict[str, Any], kind: str | None = None) -> MessageInvalid:
    with pytest.raises(MessageInvalid) as caught:
        check(given, kind)
    return caught.value


def pointed(place: str) -> str:
    """A place as `changed` takes it, in the spelling of refusals."""
    return "".join(f"[{step}]" if step.isdigit() else f".{step}" for step in place.split("."))[1:]


@pytest.mark.parametrize("kind", VALID)
def test_a_whole_message_passes(kind: str) -> None:
    check(message(kind))


@pytest.mark.parametrize(
    ("kind", "member"),
    [
        (kind, member)
        for kind in REQUIRED
        for member in REQUIRED[kind]
        if member != "callbackAddress" or kind == "TransferRequestMessage"
    ],
)
def test_a_message_without_a_required_member_is_refused_by_its_name(kind: str, member: str) -> None:
    assert refusal(changed(kind, member, None)).place == member


@pytest.mark.parametrize("kind", VALID)
def test_a_message_needs_the_context_of_the_protocol_in_an_array(kind: str) -> None:
    for context in (CONTEXT, [], ["https://example.org/context.jsonld"], {"@vocab": "urn:x:"}, [CONTEXT, 3]):
        assert str(refusal({**message(kind), "@context": context}).place).startswith("@context")


def test_an_unknown_type_is_refused() -> None:
    for kind in ("Offer", "VersionsError", "", 3, None, ["Catalog"]):
        assert refusal({"@context": [CONTEXT], "@type": kind}).place == "@type"


IDENTIFIERS = (
    "",
    " ",
    "a b",
    "a\u0000",
    "a\nb",
    "a\u200bb",
    "a\u202eb",
    "\u2066a",
    "a\u3000b",
    "x" * 2049,
    3,
    True,
    [],
    {},
)
HELD = (
    ("ContractRequestMessage", "consumerPid"),
    ("ContractNegotiation", "providerPid"),
    ("TransferRequestMessage", "agreementId"),
    ("Catalog", "participantId"),
    ("ContractAgreementMessage", "agreement.assigner"),
    ("ContractAgreementMessage", "agreement.target"),
    ("ContractOfferMessage", "offer.@id"),
)


@pytest.mark.parametrize(("kind", "place"), HELD)
def test_identifiers_hold_no_space_and_nothing_that_is_not_seen(kind: str, place: str) -> None:
    for value in IDENTIFIERS:
        assert refusal(changed(kind, place, value)).place == place


@pytest.mark.parametrize(
    "address",
    [
        *(
            "ftp://x.example/",
            "//x.example",
            "x.example",
            "javascript:alert(1)",
            "https:/x.example",
            "https://",
            "http:///x",
        ),
        *(
            "https://u@x.example/",
            "https://u:p@x.example/",
            "https://x.example/#f",
            "https://x.example\\@y/",
            "https://x y/",
        ),
        *(
            "https://x.example/\n",
            "https://x.example/\u202e",
            " https://x.example",
            "https://x.example/" + "a" * 2048,
            7,
            "",
        ),
    ],
)
def test_a_callback_is_an_http_address_without_credentials_and_fragment(address: Any) -> None:
    assert refusal(changed("ContractRequestMessage", "callbackAddress", address)).place == "callbackAddress"
    assert refusal(changed("TransferRequestMessage", "callbackAddress", address)).place == "callbackAddress"


@pytest.mark.parametrize(
    "address", ["http://127.0.0.1:80", "https://x.example/a/b?c=d@e", "HTTPS://X.example/", "http://[::1]/c"]
)
def test_other_http_addresses_are_left_to_the_guard_of_outgoing_requests(address: str) -> None:
    check(changed("ContractRequestMessage", "callbackAddress", address))


def test_a_request_names_either_its_callback_or_the_negotiation_it_belongs_to() -> None:
    for kind, other in (("ContractRequestMessage", "providerPid"), ("ContractOfferMessage", "consumerPid")):
        check({**changed(kind, "callbackAddress", None), other: "urn:uuid:3"})
        for wrong in (message(kind, **{other: "urn:uuid:3"}), changed(kind, "callbackAddress", None)):
            assert refusal(wrong).message.en == f"{kind}: exactly one of callbackAddress, {other} is needed."


POLICY = (
    ("@type", "Agreement"),
    ("@type", "Set"),
    ("@type", None),
    ("@id", None),
    ("permission", []),
    ("permission", {}),
    ("permission", "use"),
    ("permission", ["use"]),
    ("prohibition", []),
    ("obligation", []),
    ("profile", []),
    ("profile", 3),
    ("assigner", {"@id": "urn:ex:us"}),
    ("permission.0", {}),
    ("permission.0.action", None),
    ("permission.0.action", {"@id": "odrl:use"}),
    ("permission.0.action", ["use"]),
    ("permission.0.target", "urn:ex:data"),
    ("permission.0.constraint", DAY),
    ("permission.0.constraint.0", "day"),
    ("permission.0.constraint.0.leftOperand", None),
    ("permission.0.constraint.0.leftOperand", {"@id": "odrl:dateTime"}),
    ("permission.0.constraint.0.operator", None),
    ("permission.0.constraint.0.operator", "odrl:eq"),
    ("permission.0.constraint.0.operator", "="),
    ("permission.0.constraint.0.rightOperand", None),
    ("permission.0.constraint.0.rightOperand", 3),
    ("permission.0.constraint.0.rightOperand", 1.5),
    ("permission.0.constraint.0.rightOperand", True),
    ("permission.0.constraint.0.rightOperand", []),
    ("permission.0.constraint.0.rightOperand", {}),
    ("permission.0.constraint.0.rightOperand", {"@id": "urn:ex:a", "@value": "b"}),
    ("permission.0.constraint.1.or", []),
    ("permission.0.constraint.1.or", DAY),
    ("permission.0.constraint.1.and", [DAY]),
    ("permission.0.constraint.1.leftOperand", "odrl:dateTime"),
    ("permission.0.constraint.1.or.1.and.0.operator", "later"),
)


@pytest.mark.parametrize(("place", "value"), POLICY, ids=[f"{place}={value}" for place, value in POLICY])
def test_a_policy_that_is_not_of_the_protocol_is_refused_at_its_place(place: str, value: Any) -> None:
    found = refusal(changed("ContractRequestMessage", f"offer.{place}", value)).place
    assert found is not None
    assert pointed(f"offer.{place}").startswith(found) or found.startswith(pointed(f"offer.{place}"))


@pytest.mark.parametrize(
    ("right", "place"),
    [
        ([3], "rightOperand[0]"),
        ([{"@id": "urn:a b"}], "rightOperand[0].@id"),
        ({"@value": {}}, "rightOperand.@value"),
        ({"@value": "a", "odrl:rightOperand": "b"}, "rightOperand['odrl:rightOperand']"),
        ({"@list": []}, "rightOperand.@list"),
        ({"@value": "a", "@type": "xsd:string", "@language": "ja"}, "rightOperand"),
    ],
)
def test_a_right_operand_is_text_an_iri_a_literal_or_a_list_of_these(right: Any, place: str) -> None:
    found = refusal(changed("ContractOfferMessage", "offer.permission.0.constraint.0.rightOperand", right))
    assert found.place == f"offer.permission[0].constraint[0].{place}"
    for good in ("", ["a", {"@id": "urn:ex:b"}], {"@value": 3, "@type": "xsd:integer"}, {"@list": ["a", "b"]}):
        check(changed("ContractOfferMessage", "offer.permission.0.constraint.0.rightOperand", good))


def test_a_policy_of_no_permission_and_no_prohibition_is_empty() -> None:
    empty = {**OFFER, "obligation": OFFER["permission"], "permission": None}
    del empty["permission"]
    found = refusal(message("ContractRequestMessage", offer=empty))
    assert (found.place, found.message.en) == ("offer", "offer: a permission or a prohibition is needed.")
    assert "permission か prohibition" in found.message.ja


def test_the_offer_of_an_offer_message_names_its_asset() -> None:
    assert refusal(changed("ContractOfferMessage", "offer.target", None)).place == "offer.target"


@pytest.mark.parametrize("member", ["target", "assigner", "assignee", "timestamp", "permission", "@id", "@type"])
def test_an_agreement_names_asset_parties_and_time(member: str) -> None:
    assert refusal(changed("ContractAgreementMessage", f"agreement.{member}", None)).place in (
        f"agreement.{member}",
        "agreement",
    )


@pytest.mark.parametrize(
    "time", ["2026-11-21", "yesterday", "2026-13-01T00:00:00Z", "2026-11-21T25:00:00Z", "2026-11-21T00:00:00Zx", 1]
)
def test_the_time_of_an_agreement_is_a_date_and_time(time: Any) -> None:
    assert refusal(changed("ContractAgreementMessage", "agreement.timestamp", time)).place == "agreement.timestamp"


@pytest.mark.parametrize(
    ("kind", "place", "value"),
    [
        ("ContractNegotiationEventMessage", "eventType", "AGREED"),
        ("ContractNegotiation", "state", "INITIAL"),
        ("ContractNegotiation", "state", "requested"),
        ("TransferProcess", "state", "AGREED"),
        *((kind, "reason", value) for kind in VALID if "reason" in VALID[kind] for value in ([], "why", {"a": "b"})),
        *((kind, "code", 99) for kind in VALID if "code" in VALID[kind]),
        ("CatalogRequestMessage", "filter", "rivers"),
        ("CatalogRequestMessage", "filter", {"a": "b"}),
        *(("TransferStartMessage", f"dataAddress.{member}", None) for member in ("@type", "endpointType")),
        ("TransferStartMessage", "dataAddress.endpointProperties", []),
        *(("TransferStartMessage", f"dataAddress.endpointProperties.0.{each}", None) for each in ("@type", "name", "value")),
        ("TransferStartMessage", "dataAddress.endpointProperties.0.value", 3),
        ("TransferRequestMessage", "dataAddress", "https://x.example/in"),
        ("TransferRequestMessage", "format", {"@id": "HttpData-PULL"}),
        *(("Catalog", member, []) for member in ("dataset", "service", "distribution", "catalog")),
        ("Catalog", "hasPolicy", [CATALOG_OFFER]),
        ("Catalog", "catalog", [{"@id": "urn:ex:c"}]),
        *(("Catalog", f"service.0.{member}", None) for member in ("@id", "@type", "endpointURL")),
        *(("Dataset", member, []) for member in ("hasPolicy", "distribution")),
        ("Dataset", "hasPolicy.0.target", "urn:ex:data"),
        ("Dataset", "hasPolicy.0.@type", "Set"),
        *(("Dataset", f"distribution.0.{member}", None) for member in ("format", "accessService")),
        ("Dataset", "distribution.0.accessService", {"@id": "urn:ex:service"}),
        ("Dataset", "distribution.0.accessService", 3),
        ("Dataset", "distribution.0.hasPolicy", []),
    ],
)  # fmt: skip
def test_values_that_the_protocol_does_not_know_are_refused(kind: str, place: str, value: Any) -> None:
    found = refusal(changed(kind, place, value))
    assert found.place is not None
    assert found.place.startswith(pointed(place))


@pytest.mark.parametrize(
    "document",
    [{}, {"protocolVersions": []}, {"protocolVersions": [{"version": "2025-1", "path": "/a"}]}]
    + [{"protocolVersions": [{"version": "2025-1", "path": path, "binding": "HTTPS"}]} for path in ("/a b", "/a#b", 3)]
    + [{"protocolVersions": [{"version": "2025-1", "path": "/a", "binding": "GRPC"}]}],
)
def test_a_version_document_lists_versions_with_path_and_binding(document: dict[str, Any]) -> None:
    assert refusal(document, "VersionResponse").place is not None


def test_members_of_others_are_passed_over() -> None:
    check(message("ContractRequestMessage", **{"https://example.org/priority": 1, "edc:note": []}))


@pytest.mark.parametrize(
    ("kind", "member"),
    [(kind, "offer") for kind in NEGOTIATED if kind not in ("ContractRequestMessage", "ContractOfferMessage")]
    + [(kind, "agreement") for kind in NEGOTIATED if kind != "ContractAgreementMessage"]
    + [(f"Transfer{kind}Message", "dataAddress") for kind in ("Completion", "Suspension", "Termination")],
)
def test_terms_and_addresses_come_only_in_the_message_that_is_for_them(kind: str, member: str) -> None:
    smuggled = {"offer": OFFER, "agreement": VALID["ContractAgreementMessage"]["agreement"], "dataAddress": ADDRESS}
    assert refusal(message(kind, **{member: smuggled[member]})).place == member


def test_empty_constraints_are_taken_from_peers_that_write_them() -> None:
    check(changed("ContractRequestMessage", "offer.permission.0.constraint", []))


def test_what_the_conformance_kit_and_edc_send_passes() -> None:
    """Ids that are no IRIs, a misspelt empty member, reasons as objects, a callback where none belongs."""
    rule = {"action": "use", "constraints": []}
    agreed = {**VALID["ContractAgreementMessage"]["agreement"], "permission": [rule], "target": "ACN0101"}
    check(message("ContractAgreementMessage", providerPid="7a-9", agreement=agreed, callbackAddress=""))
    check(message("ContractNegotiationTerminationMessage", code="1", reason=[{"message": "Why?"}]))
    check(message("TransferStartMessage", **{"@id": "7a-9", "dataAddress": {**ADDRESS, "endpoint": "http://x/y?z"}}))


def test_every_example_of_the_specification_passes(examples: dict[str, bytes]) -> None:
    for body in examples.values():
        given = orjson.loads(body)
        check(given, None if "@type" in given else "VersionResponse")
    assert len(examples) == 25


def test_a_refusal_points_at_a_place_of_bounded_length() -> None:
    deep: dict[str, Any] = {"leftOperand": "a"}
    for _ in range(60):
        deep = {"and": [deep]}
    assert len(str(refusal(changed("ContractRequestMessage", "offer.permission.0.constraint.0", deep)).place)) <= 200


def test_the_schema_documents_refer_to_each_other_alone() -> None:
    for name in SCHEMAS:
        text = schema_document(name)
        assert b'"$id"' not in text
        references = [part.split(b'"')[1] for part in text.split(b'"$ref":')[1:]]
        assert {each.partition(b"#")[0] for each in references} <= {b"", *(f"{name}.json".encode() for name in SCHEMAS)}
