"""Catalogs and datasets as the protocol writes them, from the descriptions of the catalog and their offers.

Identifiers are stable: a dataset goes by its own IRI, an offer by that of its policy. Where the data lies is not told.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, Protocol

import orjson
from pyoxigraph import Literal, NamedNode

from exchange.dsp.checking import check
from exchange.dsp.errors import PolicyBeyondProtocol
from exchange.dsp.spelling import literal
from exchange.dsp.writing import CONTEXT, Json
from exchange.policy.faults import fault
from ontology.description import Description, triples_of
from ontology.terms import DCAT, DCT, escape_iri

# What a reader of a catalog chooses by; the protocol's context has the prefixes, but no words for these.
_TOLD: Final = {
    **{DCT.title: "dct:title", DCT.description: "dct:description", DCT.identifier: "dct:identifier"},
    **{DCT.license: "dct:license", DCT.publisher: "dct:publisher", DCT.language: "dct:language"},
    **{DCT.issued: "dct:issued", DCT.modified: "dct:modified", DCT.accessRights: "dct:accessRights"},
    **{DCAT.keyword: "dcat:keyword", DCAT.theme: "dcat:theme"},
}
_CONTEXT: Final = b'{"@context":' + orjson.dumps([CONTEXT]) + b","


class Described(Protocol):
    """A stored description, as `catalog.reading.Stored` is one."""

    @property
    def iri(self) -> str:
        """The dataset."""
        ...

    @property
    def description(self) -> Description:
        """What is said about it."""
        ...


def service_json(iri: str, endpoint: str) -> Json:
    """The service that speaks the protocol.

    Args:
        endpoint: its base, under which `/catalog` and `/negotiations` are.
    """
    return {"@id": iri, "@type": "DataService", "endpointURL": endpoint}


def dataset_json(
    stored: Described, offers: Sequence[Mapping[str, Any]], service: Mapping[str, Any], formats: Sequence[str]
) -> Json:
    """A dataset within a catalog; `rooted` makes it a document of its own.

    Args:
        offers: at least one, of the dataset or of its distributions.
        formats: ways of transfer, at least one, as "HttpData-PULL".

    Raises:
        PolicyBeyondProtocol: an offer is about something else.
    """
    return {
        "@id": stored.iri,
        "@type": "Dataset",
        **_told(stored),
        "hasPolicy": [_offered(offer, stored.iri) for offer in offers],
        "distribution": [{"@type": "Distribution", "format": each, "accessService": dict(service)} for each in formats],
    }


def catalog_json(
    iri: str, participant: str, datasets: Sequence[Mapping[str, Any] | orjson.Fragment], service: Mapping[str, Any]
) -> Json:
    """A whole catalog, or a page of it.

    Args:
        participant: who offers.
        datasets: by `dataset_json` or `dataset_bytes`; none are allowed.
    """
    catalog: Json = {"@context": [CONTEXT], "@id": iri, "@type": "Catalog", "participantId": participant}
    catalog["service"] = [dict(service)]
    return {**catalog, "dataset": list(datasets)} if datasets else catalog


def rooted(dataset: Mapping[str, Any] | bytes) -> bytes:
    """A dataset as the document that answers for it alone."""
    return _CONTEXT + (dataset if isinstance(dataset, bytes) else orjson.dumps(dataset))[1:]


def dataset_bytes(
    stored: Described, offers: Sequence[Mapping[str, Any]], service: Mapping[str, Any], formats: Sequence[str]
) -> bytes:
    """`dataset_json` as bytes that were checked, for `catalog_bytes` and `rooted`.

    Raises:
        PolicyBeyondProtocol: an offer is about something else.
        MessageInvalid: it cannot stand in a catalog of the protocol, as with a space in its IRI.
    """
    made = dataset_json(stored, offers, service, formats)
    check({"@context": [CONTEXT], **made}, "Dataset")
    return orjson.dumps(made)


def catalog_bytes(iri: str, participant: str, datasets: Iterable[bytes], service: Mapping[str, Any]) -> bytes:
    """`catalog_json` of datasets that `dataset_bytes` wrote, as bytes."""
    return orjson.dumps(catalog_json(iri, participant, [orjson.Fragment(each) for each in datasets], service))


def _told(stored: Described) -> Json:
    # Most of a description is about its distributions and costs more to parse than to pass over.
    about = tuple(f"<{escape_iri(stored.iri)}> <{prop.value}> " for prop in _TOLD)
    text = "\n".join(line for line in stored.description.lines if line.startswith(about))
    said: dict[str, list[Any]] = {}
    for triple in triples_of(text):
        if isinstance(triple.object, (Literal, NamedNode)):
            said.setdefault(_TOLD[triple.predicate], []).append(literal(triple.object))
    return {name: values[0] if len(values) == 1 else values for name, values in said.items()}


def _offered(offer: Mapping[str, Any], dataset: str) -> Json:
    """An offer as it stands within its dataset, where the target goes without saying."""
    if offer.get("target", dataset) != dataset:
        raise PolicyBeyondProtocol((fault("dataspace-offer-target", str(offer.get("@id"))),))
    return {name: value for name, value in offer.items() if name not in ("target", "@context")}
