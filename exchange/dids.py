"""Where DID documents say that a connector is (DSP 2025-1, Catalog Protocol, "DID Service"): ours, and those of peers.

Only did:web (https://w3c-ccg.github.io/did-method-web/): it needs nothing but the web server that is asked anyway.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final
from urllib.parse import quote, unquote, urlsplit

import orjson

from exchange.addresses import judged_url
from exchange.dsp.writing import CONTEXT, VERSIONS_PLACE, Json
from exchange.outgoing import Answer, Outgoing
from exchange.partner_errors import AnswerRefused
from ontology.messages import Message

METHOD: Final = "did:web:"
_CONTEXTS: Final = ("https://www.w3.org/ns/did/v1", "https://w3id.org/security/suites/jws-2020/v1", CONTEXT)
_CATALOG: Final = "/catalog"
_WITHOUT_PATH, _WITH_PATH = "/.well-known/did.json", "/did.json"


def place_below(root: str) -> str:
    """The path, below the public address, at which the DID document of a service stands.

    Args:
        root: path of the public address, empty at the top of its host.
    """
    return _WITH_PATH if root else _WITHOUT_PATH


def did_of(base: str) -> str:
    """The DID of the service at a public address."""
    parts = urlsplit(base)
    return METHOD + ":".join(quote(each, safe="") for each in (parts.netloc, *parts.path.split("/")[1:]))


def did_document(base: str, endpoint: str, key: Mapping[str, str]) -> Json:
    """What a service says of itself: its key, its catalog, and where its versions are listed.

    Args:
        endpoint: base of the protocol.
        key: public JWK of its signatures.
    """
    did = did_of(base)
    public = {name: value for name, value in key.items() if name not in ("alg", "use")}
    method = {"id": f"{did}#{key['kid']}", "type": "JsonWebKey2020", "controller": did, "publicKeyJwk": public}
    places = {"CatalogService": f"{endpoint}{_CATALOG}", "DataService": f"{base}{VERSIONS_PLACE}"}
    services = [{"id": f"{did}#{kind}", "type": kind, "serviceEndpoint": place} for kind, place in places.items()]
    return {
        "@context": list(_CONTEXTS),
        "id": did,
        "verificationMethod": [method],
        "assertionMethod": [method["id"]],
        "service": services,
    }


async def address_of(did: str, outgoing: Outgoing, scheme: str = "https") -> str:
    """The address of a peer that its DID document names: root of its service, else the base of its protocol.

    Args:
        scheme: as the method has it; http is for tests alone.

    Raises:
        OutgoingFailed: the document cannot be fetched, or names no connector.
    """
    place = _place(did, scheme)
    document = _read(await outgoing.get(place, {"accept": "application/did+json, application/json"}), place)
    if document.get("id") != did:
        raise AnswerRefused(
            Message(f"{place} は {did} の文書ではありません。", f"{place} is not the document of {did}.")
        )
    found = dict(reversed([*_places(document)]))
    if not found:
        raise AnswerRefused(
            Message(
                f"{did} の文書に DataService も CatalogService もありません。",
                f"The document of {did} names neither a DataService nor a CatalogService.",
            )
        )
    address = found.get("DataService") or found["CatalogService"]
    judged_url(address)
    return address


def _place(did: str, scheme: str) -> str:
    host, *path = (unquote(each) for each in did.removeprefix(METHOD).split(":"))
    place = "/".join([f"{scheme}://{host}", *path]) + (_WITH_PATH if path else _WITHOUT_PATH)
    judged_url(place)
    return place


def _read(answer: Answer, place: str) -> Mapping[str, Any]:
    try:
        document = orjson.loads(answer.body) if answer.ok else None
    except ValueError:
        document = None
    if not isinstance(document, dict):
        raise AnswerRefused(
            Message(
                f"{place} の答え ({answer.status}) は DID 文書ではありません。",
                f"What {place} answered ({answer.status}) is no DID document.",
            )
        )
    return document


def _places(document: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """The services of a document that lead to a connector, each as an address that a peer may have."""
    services = document.get("service")
    for each in services if isinstance(services, list) else ():
        if not isinstance(each, dict) or not isinstance(place := each.get("serviceEndpoint"), str):
            continue
        for kind, end in (("DataService", VERSIONS_PLACE), ("CatalogService", _CATALOG)):
            if each.get("type") in (kind, [kind]) and place.endswith(end):
                yield kind, place.removesuffix(end)
