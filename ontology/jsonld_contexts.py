"""The JSON-LD contexts that are at hand, each written by us from the facts of its vocabulary."""

import json
import unicodedata
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any
from urllib.parse import unquote

DCAT_CONTEXT = "renkei-dcat.jsonld"
"""Name of our own context; it is served under `{base}/contexts/` and known by the end of its address."""

_OFN = "ofn.gov.cz/"
_LKOD = "/kontexty/rozhraní-katalogů-otevřených-dat.jsonld"
_SEMIC = "semiceu.github.io/"
_EXAMPLES = _SEMIC + "uri.semic.eu-generated/DCAT-AP/releases/"
_DRAFT = "raw.githubusercontent.com/w3c/odrl/refs/heads/master/formal-semantics/ontology/"
# Address (without its scheme, percent-decoded) → file. What a context means is from its publisher's documentation.
_KNOWN = {
    f"{_OFN}rozhraní-katalogů-otevřených-dat/draft{_LKOD}": "lkod.jsonld",
    f"{_OFN}rozhraní-katalogů-otevřených-dat/2021-01-11{_LKOD}": "lkod.jsonld",
    f"{_OFN}dcat-ap-cz-rozhraní-katalogů-otevřených-dat/2024-05-28{_LKOD}": "lkod.jsonld",
    f"{_SEMIC}DCAT-AP/releases/3.0.0/context/dcat-ap.jsonld": "dcat-ap.jsonld",
    f"{_SEMIC}DCAT-AP/releases/3.0.1/context/dcat-ap.jsonld": "dcat-ap.jsonld",
    f"{_SEMIC}DCAT-AP/releases/3.0.0-hvd/context/dcat-ap-hvd.jsonld": "dcat-ap.jsonld",
    f"{_EXAMPLES}3.0.0/html/examples/context.jsonld": "dcat-ap-examples.jsonld",
    f"{_EXAMPLES}3.0.1/html/examples/context.jsonld": "dcat-ap-examples.jsonld",
    "project-open-data.cio.gov/v1.1/schema/catalog.jsonld": "dcat-us-1.1.jsonld",
    "schema.org": "schema-org.jsonld",
    "schema.org/docs/jsonldcontext.jsonld": "schema-org.jsonld",
    "www.w3.org/ns/odrl.jsonld": "odrl.jsonld",
    f"{_DRAFT}evaluation_request.json": "odrl-evaluation-request.jsonld",
    f"{_DRAFT}stow.json": "odrl-state-of-the-world.jsonld",
    "w3id.org/catenax/2025/9/policy/context.jsonld": "catena-x-policy.jsonld",
    "w3id.org/catenax/2025/9/policy/odrl.jsonld": "odrl.jsonld",
    "w3id.org/dspace/2025/1/context.jsonld": "dspace-2025-1.jsonld",
    "w3id.org/dspace/2025/1/odrl-profile.jsonld": "odrl.jsonld",
}
# The context of the protocol holds the words of policies too.
_BUILT_ON = {"dspace-2025-1.jsonld": "odrl.jsonld"}


@dataclass(frozen=True, slots=True)
class Context:
    """One context document.

    Attributes:
        terms: the value of its `@context`; not to be changed.
        size_bytes: of its text, what putting it into a document costs.
    """

    terms: dict[str, Any]
    size_bytes: int


def known_context(address: str) -> Context | None:
    """The context at an address, None where it is not known. Nothing is fetched."""
    name = _KNOWN.get(_plain(address))
    if name is None and address.endswith("/contexts/" + DCAT_CONTEXT):
        name = DCAT_CONTEXT
    return _context(name) if name else None


def known_addresses() -> tuple[str, ...]:
    """Addresses that are replaced by a document of ours, for the documentation."""
    return tuple("https://" + address for address in _KNOWN)


def context_document(name: str = DCAT_CONTEXT) -> bytes:
    """The text of one of our context documents, as it is served."""
    return resources.files("ontology").joinpath("contexts", name).read_bytes()


@cache
def _context(name: str) -> Context:
    text = context_document(name)
    base = _context(_BUILT_ON[name]) if name in _BUILT_ON else Context({}, 0)
    return Context({**base.terms, **json.loads(text)["@context"]}, base.size_bytes + len(text))


def _plain(address: str) -> str:
    without_scheme = address.partition("://")[2] or address
    return unicodedata.normalize("NFC", unquote(without_scheme)).rstrip("/")
