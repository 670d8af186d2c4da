"""The messages of the protocol as this side writes them: compact, with the one context that every message has.

What is made here is valid by `checking.check` as long as the parts given are.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

Json = dict[str, Any]

CONTEXT: Final = "https://w3id.org/dspace/2025/1/context.jsonld"
VERSION: Final = "2025-1"
VERSIONS_PLACE: Final = "/.well-known/dspace-version"
BEARER: Final = "bearer"
HTTP_ENDPOINT: Final = "https://w3id.org/idsa/v4.1/HTTP"
"""Type of an endpoint that is asked over HTTP, as the specification's examples and EDC spell it."""


def _message(kind: str, **members: Any) -> Json:
    """A message; a member that is None is left out."""
    given = {name: value for name, value in members.items() if value is not None}
    return {"@context": [CONTEXT], "@type": kind, **given}


def contract_request(
    *, consumer_pid: str, offer: Mapping[str, Any], callback: str | None = None, provider_pid: str | None = None
) -> Json:
    """Ask for an agreement (with `callback`), or answer an offer by another one (with `provider_pid`)."""
    return _message(
        "ContractRequestMessage",
        providerPid=provider_pid,
        consumerPid=consumer_pid,
        offer=dict(offer),
        callbackAddress=callback,
    )


def contract_offer(
    *, provider_pid: str, offer: Mapping[str, Any], callback: str | None = None, consumer_pid: str | None = None
) -> Json:
    """Offer first (with `callback`), or answer a request by another offer (with `consumer_pid`)."""
    return _message(
        "ContractOfferMessage",
        providerPid=provider_pid,
        consumerPid=consumer_pid,
        offer=dict(offer),
        callbackAddress=callback,
    )


def contract_agreement(*, provider_pid: str, consumer_pid: str, agreement: Mapping[str, Any]) -> Json:
    """The agreement, as the provider concludes it."""
    return _message(
        "ContractAgreementMessage", providerPid=provider_pid, consumerPid=consumer_pid, agreement=dict(agreement)
    )


def agreement_verification(*, provider_pid: str, consumer_pid: str) -> Json:
    """The consumer takes the agreement."""
    return _message("ContractAgreementVerificationMessage", providerPid=provider_pid, consumerPid=consumer_pid)


def negotiation_event(*, provider_pid: str, consumer_pid: str, event: str) -> Json:
    """ACCEPTED by the consumer, FINALIZED by the provider."""
    return _message(
        "ContractNegotiationEventMessage", providerPid=provider_pid, consumerPid=consumer_pid, eventType=event
    )


def negotiation_termination(
    *, provider_pid: str, consumer_pid: str, code: str | None = None, reasons: Sequence[Any] = ()
) -> Json:
    """End a negotiation; `reasons` are sentences or JSON objects."""
    return _ended("ContractNegotiationTerminationMessage", provider_pid, consumer_pid, code, reasons)


def negotiation(provider_pid: str, consumer_pid: str, state: str) -> Json:
    """A negotiation in its state, the answer to what begins or asks for one."""
    return _message("ContractNegotiation", providerPid=provider_pid, consumerPid=consumer_pid, state=state)


def negotiation_error(provider_pid: str, consumer_pid: str, code: str, reasons: Sequence[Any] = ()) -> Json:
    """The refusal of a message of a negotiation."""
    return _ended("ContractNegotiationError", provider_pid, consumer_pid, code, reasons)


def transfer_request(
    *, consumer_pid: str, agreement: str, format: str, callback: str, data_address: Mapping[str, Any] | None = None
) -> Json:
    """Ask for data under an agreement; with `data_address` it is to be pushed there."""
    return _message(
        "TransferRequestMessage",
        consumerPid=consumer_pid,
        agreementId=agreement,
        format=format,
        dataAddress=None if data_address is None else dict(data_address),
        callbackAddress=callback,
    )


def transfer_start(*, provider_pid: str, consumer_pid: str, data_address: Mapping[str, Any] | None = None) -> Json:
    """Data can be had; `data_address` says where, if it is to be pulled."""
    return _message(
        "TransferStartMessage",
        providerPid=provider_pid,
        consumerPid=consumer_pid,
        dataAddress=None if data_address is None else dict(data_address),
    )


def transfer_completion(*, provider_pid: str, consumer_pid: str) -> Json:
    """All of it was transferred."""
    return _message("TransferCompletionMessage", providerPid=provider_pid, consumerPid=consumer_pid)


def transfer_suspension(
    *, provider_pid: str, consumer_pid: str, code: str | None = None, reasons: Sequence[Any] = ()
) -> Json:
    """Interrupt a transfer, to be started again."""
    return _ended("TransferSuspensionMessage", provider_pid, consumer_pid, code, reasons)


def transfer_termination(
    *, provider_pid: str, consumer_pid: str, code: str | None = None, reasons: Sequence[Any] = ()
) -> Json:
    """End a transfer before its time."""
    return _ended("TransferTerminationMessage", provider_pid, consumer_pid, code, reasons)


def transfer_process(provider_pid: str, consumer_pid: str, state: str) -> Json:
    """A transfer in its state, the answer to what begins or asks for one."""
    return _message("TransferProcess", providerPid=provider_pid, consumerPid=consumer_pid, state=state)


def transfer_error(provider_pid: str, consumer_pid: str, code: str, reasons: Sequence[Any] = ()) -> Json:
    """The refusal of a message of a transfer."""
    return _ended("TransferError", provider_pid, consumer_pid, code, reasons)


def catalog_request(filters: Sequence[Any] = ()) -> Json:
    """Ask for a catalog."""
    return _message("CatalogRequestMessage", filter=list(filters) or None)


def catalog_error(code: str, reasons: Sequence[Any] = ()) -> Json:
    """The refusal of a request for a catalog or dataset."""
    return _message("CatalogError", code=code, reason=list(reasons) or None)


def data_address(
    endpoint: str | None,
    token: str | None = None,
    *,
    scheme: str = BEARER,
    endpoint_type: str = HTTP_ENDPOINT,
    properties: Mapping[str, str] | None = None,
) -> Json:
    """Where data is pulled from or pushed to.

    Args:
        token: to be presented as the scheme says.
        scheme: bearer, or DPoP where proofs of a key come with it.
        properties: more of them, by name.
    """
    named = {"authorization": token, "authType": scheme} if token is not None else {}
    listed = [
        {"@type": "EndpointProperty", "name": name, "value": value}
        for name, value in {**named, **(properties or {})}.items()
    ]
    address: Json = {"@type": "DataAddress", "endpointType": endpoint_type}
    if endpoint is not None:
        address["endpoint"] = endpoint
    return {**address, "endpointProperties": listed} if listed else address


def versions(
    *paths: str,
    service_id: str | None = None,
    identifier_type: str | None = None,
    auth: Mapping[str, Any] | None = None,
) -> Json:
    """The version document of `/.well-known/dspace-version`; it has no context.

    Args:
        paths: from the root of the service to the base of the protocol, as "/dsp/2025-1".
    """
    said = {"serviceId": service_id, "identifierType": identifier_type, "auth": auth}
    given = {name: value for name, value in said.items() if value is not None}
    return {"protocolVersions": [{"version": VERSION, "path": path, "binding": "HTTPS", **given} for path in paths]}


def _ended(kind: str, provider_pid: str, consumer_pid: str, code: str | None, reasons: Sequence[Any]) -> Json:
    return _message(kind, providerPid=provider_pid, consumerPid=consumer_pid, code=code, reason=list(reasons) or None)
