"""Real catalogs through the front door and back out."""

import tarfile
from pathlib import Path

import pytest
from pyoxigraph import RdfFormat, parse

from ontology.description import canonicalize, isomorphic
from ontology.reading import Reading, Syntax, Unreadable, read
from ontology.writing import write

BASE = "http://b.example/"
SUFFIXES = (".ttl", ".rdf", ".jsonld")
CATALOGS = [
    "be-fpsfinance.rdf.gz",
    "be-statbel.ttl",
    "cs-nkod-extract.trig.gz",
    "de-brandenburg.rdf.gz",
    "de-brandenburg.ttl.gz",
    "de-destatis.rdf.gz",
    "en-psdi.jsonld.gz",
    "en-psdi.ttl.gz",
    "it-alessandria.rdf",
    "it-civitavecchia.rdf",
]


def taken(path: Path) -> Reading:
    return read(path.read_bytes(), name=path.name, base_iri=BASE)


@pytest.mark.parametrize("name", CATALOGS)
def test_a_catalog_comes_back_from_every_syntax(shared: Path, name: str) -> None:
    given = list(taken(shared / "data/dcat/catalogs/rdf" / name))
    wanted = canonicalize(given)
    for syntax in Syntax:
        written = write(given, syntax, exact=True)
        assert canonicalize(list(read(written.data, media_type=syntax.media_type, base_iri=BASE))) == wanted
        assert written.left_out == ()


def test_every_w3c_example_comes_back_from_every_syntax(shared: Path) -> None:
    paths = [
        path
        for path in (shared / "data/dcat/examples/w3c-dcat3").rglob("*")
        if path.suffix in (".ttl", ".rdf", ".jsonld")
    ]
    assert len(paths) > 50
    for path in paths:
        given = list(taken(path))
        for syntax in Syntax:
            again = read(write(given, syntax).data, media_type=syntax.media_type, base_iri=BASE)
            assert isomorphic(given, list(again)), (path, syntax)


def test_the_catalog_with_spaces_in_its_addresses_is_read_whole_and_written_for_strict_readers(shared: Path) -> None:
    reading = taken(shared / "data/dcat/catalogs/rdf/be-fpsfinance.rdf.gz")
    triples = list(reading)
    assert len(triples) == 19_102
    assert {fault.kind for fault in reading.faults} == {"iri"}
    strict = write(triples, Syntax.RDF_XML)
    assert len(list(parse(strict.data, format=RdfFormat.RDF_XML))) + len(strict.left_out) == len(set(map(str, triples)))


# SOURCES.md, "Checked on storing": statements read at least, and syntax faults told with their line.
REJECTED = {
    "examples/dcat-ap-3.0.1/example-bee-population-dataset-series-api.ttl": (10, 2),
    "examples/dcat-ap-3.0.1/example-bee-population-dataset-series-combined.ttl": (39, 2),
    "examples/dcat-ap-hvd-3.0.0/example-bees_wasps_dataset.ttl": (10, 1),
    "vocabularies/dcat-versions/dcat3-external.ttl": (542, 2),
    "examples/ckanext-dcat/dcat/dataset.ttl": (263, 3),
    "examples/fdk-dataset-harvester/all_datasets.ttl": (72, 1),
}


@pytest.mark.parametrize("name", REJECTED)
def test_a_file_that_strict_parsers_reject_gives_what_is_readable(shared: Path, name: str) -> None:
    at_least, faults = REJECTED[name]
    reading = taken(shared / "data/dcat" / name)
    assert sum(1 for _ in reading) >= at_least
    assert len([fault for fault in reading.faults if fault.kind == "syntax" and fault.line]) == faults


@pytest.mark.parametrize("name", ["catalog-003-000-empty.jsonld", "catalog-003-002-syntax-error.jsonld"])
def test_a_file_of_which_nothing_is_readable_is_refused(shared: Path, name: str) -> None:
    with pytest.raises(Unreadable):
        list(taken(shared / "data/dcat/testsuites/lkod-validator" / name))


@pytest.mark.parametrize("snapshot", ["2024-10-07", "2025-01-21", "2025-01-30", "2026-08-21"])
def test_every_document_of_the_czech_local_catalog_is_read_with_our_context(shared: Path, snapshot: str) -> None:
    with tarfile.open(shared / f"data/dcat/catalogs/lkod-hradec/{snapshot}.tar.gz") as archive:
        members = [member for member in archive if member.name.endswith(".jsonld")]
        assert len(members) > 90
        for member in members:
            content = archive.extractfile(member)
            assert content is not None
            reading = read(content.read(), name=member.name, base_iri=BASE)
            assert len(list(reading)) >= 5
            assert reading.faults == []
