"""Catalogs and datasets as the protocol has them, with identifiers that stay and without any place of the data."""

from dataclasses import dataclass
from typing import Any

import orjson
import pytest

from exchange.dsp.catalogs import catalog_bytes, catalog_json, dataset_bytes, dataset_json, rooted, service_json
from exchange.dsp.checking import check
from exchange.dsp.errors import MessageInvalid, PolicyBeyondProtocol
from exchange.dsp.reading import read_message
from ontology.description import Description
from ontology.reading import read

RIVERS = """
@prefix dcat: <http://www.w3.org/ns/dcat#> . @prefix dct: <http://purl.org/dc/terms/> . @prefix ex: <http://example.org/> .
ex:rivers a dcat:Dataset ; dct:title "河川"@ja , "Rivers"@en ; dct:description "Water levels" ; dcat:keyword "water" ;
  dct:license <https://creativecommons.org/licenses/by/4.0/> ; dct:publisher [ dct:title "City" ] ;
  dcat:distribution ex:file ; dct:modified "2026-11-21"^^<http://www.w3.org/2001/XMLSchema#date> .
ex:file dcat:downloadURL <https://inside.example/rivers.csv> ; dcat:accessURL <https://inside.example/> ; dct:title "File" .
"""
OFFER = {"@id": "http://example.org/offer", "@type": "Offer", "permission": [{"action": "use"}]}
SERVICE = service_json("http://example.org/dsp", "https://x.example/dsp/2025-1")
FORMATS = ("HttpData-PULL", "HttpData-PUSH")


@dataclass(frozen=True)
class Stored:
    iri: str
    description: Description


def stored(turtle: str = RIVERS, iri: str = "http://example.org/rivers") -> Stored:
    return Stored(iri, Description.of(iri, read(turtle.encode(), media_type="text/turtle", base_iri=iri)))


def test_a_dataset_tells_what_it_is_and_on_which_terms_it_may_be_had() -> None:
    found = dataset_json(stored(), [OFFER], SERVICE, FORMATS)
    assert found["hasPolicy"] == [OFFER]
    assert [each["format"] for each in found["distribution"]] == list(FORMATS)
    assert {"@value": "河川", "@language": "ja"} in found["dct:title"]
    assert found["dct:license"] == {"@id": "https://creativecommons.org/licenses/by/4.0/"}
    assert "dct:publisher" not in found  # a node without a name


def test_where_the_data_lies_is_never_told() -> None:
    assert b"inside.example" not in orjson.dumps(dataset_json(stored(), [OFFER], SERVICE, FORMATS))


def test_catalog_and_dataset_are_valid_by_the_specification_and_by_our_schemas(original: Any) -> None:
    dataset = dataset_json(stored(), [OFFER], SERVICE, FORMATS)
    for body in (orjson.dumps(catalog_json("urn:c", "urn:us", [dataset], SERVICE)), rooted(dataset)):
        found = read_message(body, "Catalog", "Dataset")
        original(found)
        check(found)
        assert found == orjson.loads(body)


def test_a_catalog_without_datasets_leaves_the_member_out(original: Any) -> None:
    empty = catalog_json("urn:c", "urn:us", [], SERVICE)
    original(empty)
    check(empty)
    assert "dataset" not in empty


def test_what_is_written_as_bytes_says_the_same() -> None:
    written = dataset_bytes(stored(), [OFFER], SERVICE, FORMATS)
    assert orjson.loads(written) == dataset_json(stored(), [OFFER], SERVICE, FORMATS)
    catalog = catalog_bytes("urn:c", "urn:us", [written] * 2, SERVICE)
    assert orjson.loads(catalog) == catalog_json("urn:c", "urn:us", [orjson.loads(written)] * 2, SERVICE)
    assert orjson.loads(rooted(written)) == orjson.loads(rooted(orjson.loads(written)))


def test_the_target_of_an_offer_goes_without_saying_and_must_be_its_dataset() -> None:
    named = {**OFFER, "target": "http://example.org/rivers"}
    assert dataset_json(stored(), [named], SERVICE, FORMATS)["hasPolicy"] == [OFFER]
    with pytest.raises(PolicyBeyondProtocol):
        dataset_json(stored(), [{**OFFER, "target": "http://example.org/lakes"}], SERVICE, FORMATS)


def test_a_dataset_that_cannot_stand_in_a_catalog_spoils_no_other() -> None:
    odd = Stored("http://example.org/a b", stored().description)
    for wrong in (
        lambda: dataset_bytes(odd, [OFFER], SERVICE, FORMATS),
        lambda: dataset_bytes(stored(), [], SERVICE, FORMATS),
    ):
        with pytest.raises(MessageInvalid):
            wrong()
