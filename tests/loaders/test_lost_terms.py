"""A policy that comes in a whole catalog is as void as one that comes alone where a part of its document was lost."""

from pathlib import Path

import orjson

from catalog.kinds import Kind
from loaders.load import parts_of
from loaders.sources import Source, of_bytes, of_path

RULE = {"target": "urn:ex:data", "action": "use"}
CONTEXT = "http://www.w3.org/ns/odrl.jsonld"
SOUND: dict[str, object] = {"@context": CONTEXT, "@type": "Set", "uid": "urn:ex:sound", "permission": [RULE]}
LOSSY: dict[str, object] = {"@context": CONTEXT, "@type": "Set", "uid": "urn:ex:lossy"}
LOSSY["permission"] = [{**RULE, "constraints": [{"leftOperand": "dateTime"}]}]


def policies(source: Source) -> dict[str, bool]:
    """The policies of a source, and whether something stands beside them."""
    return {part.iri: bool(part.faults) for part in parts_of(source, catalog="c") if part.kind is Kind.POLICY}


def test_a_key_that_was_lost_stands_beside_the_policy() -> None:
    assert policies(of_bytes(orjson.dumps(LOSSY), "p.jsonld")) == {"urn:ex:lossy": True}


def test_a_policy_without_a_name_is_no_way_round() -> None:
    nameless = {key: value for key, value in LOSSY.items() if key != "uid"}
    assert list(policies(of_bytes(orjson.dumps(nameless), "p.jsonld")).values()) == [True]


def test_other_documents_of_the_source_are_not_blamed(tmp_path: Path) -> None:
    (tmp_path / "a.jsonld").write_bytes(orjson.dumps(SOUND))
    (tmp_path / "b.jsonld").write_bytes(orjson.dumps(LOSSY))
    assert policies(of_path(tmp_path)) == {"urn:ex:sound": False, "urn:ex:lossy": True}
