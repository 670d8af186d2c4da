"""Real catalogs of nine languages and five formats: counted, loaded twice, and exported again."""

from pathlib import Path

import pytest
from pyoxigraph import CanonicalizationAlgorithm, Dataset

from catalog.kinds import Kind
from loaders.counts import CATALOGS, kinds_of, row
from loaders.export import export
from loaders.load import Load, parts_of
from loaders.sources import of_path
from ontology.description import as_quads
from ontology.reading import Reading, read
from ontology.syntax import Syntax

# Numbers of datasets as the SOURCES.md files of the data state them.
DATASETS = {
    "dcat/catalogs/rdf/be-fpsfinance.rdf.gz": 136,
    "dcat/catalogs/rdf/be-statbel.ttl": 10,
    "dcat/catalogs/rdf/cs-nkod-extract.trig.gz": 36,
    "dcat/catalogs/rdf/de-brandenburg.rdf.gz": 112,
    "dcat/catalogs/rdf/de-brandenburg.ttl.gz": 112,
    "dcat/catalogs/rdf/de-destatis.rdf.gz": 135,
    "dcat/catalogs/rdf/en-psdi.jsonld.gz": 46,
    "dcat/catalogs/rdf/en-psdi.ttl.gz": 46,
    "dcat/catalogs/rdf/it-alessandria.rdf": 5,
    "dcat/catalogs/rdf/it-civitavecchia.rdf": 10,
    "dcat/catalogs/dcat-us/energy/dd2190f.json.gz": 480,
    "dcat/catalogs/dcat-us/energy/8cd3dfd.json.gz": 482,
    "dcat/catalogs/dcat-us/cms/f74f3a0.json.gz": 139,
    "dcat/catalogs/dcat-us/opm/f74f3a0.json.gz": 134,
    "dcat/catalogs/dcat-us/dol/dd2190f.json.gz": 465,
    "dcat/catalogs/dcat-us/treasury/dd2190f.json.gz": 233,
    "dcat/catalogs/dcat-us/consumerfinance/dd2190f.json": 11,
    "dcat/catalogs/dcat-us/hradec-arcgis/HEAD.json.gz": 807,
    "dcat/examples/datagov-harvester/dcatus/dcatus_with_none.json.gz": 402,
    "dcat/catalogs/lkod-hradec/2024-10-07.tar.gz": 98 - 1,  # files, one of them the catalog
    "dcat/catalogs/lkod-hradec/2025-01-21.tar.gz": 259 - 1,
    "dcat/catalogs/lkod-hradec/2025-01-30.tar.gz": 501 - 1,
    "dcat/catalogs/lkod-hradec/2026-08-21.tar.gz": 166 - 1,
    "dcat/catalogs/ckan-tokyo/packages.tar.gz": 2541,
    "japan/ckan/tokyo": 278,  # 279 files, one of them empty
    "japan/ckan/kobe_catalog_v2.yml": 147,
}
RDF = [name for name in CATALOGS if "/rdf/" in name]
TWICE = [*RDF, "japan/ckan/kobe_catalog_v2.yml", "dcat/catalogs/dcat-us/consumerfinance/dd2190f.json"]


@pytest.fixture(scope="module")
def documented() -> dict[str, str]:
    """Rows of docs/catalogs-loaded.md by file."""
    text = (Path(__file__).parents[2] / "docs/catalogs-loaded.md").read_text()
    return {line.split(" | ")[0].removeprefix("| "): line for line in text.splitlines() if line.startswith("| ")}


def load(shared: Path, name: str) -> Load:
    return parts_of(of_path(shared / "data" / name), catalog="c")


@pytest.mark.parametrize("name", CATALOGS)
def test_counts_are_those_of_the_source_and_of_the_documentation(
    shared: Path, name: str, documented: dict[str, str]
) -> None:
    with load(shared, name) as whole:
        kinds = kinds_of(whole)
        assert kinds[Kind.DATASET] == DATASETS.get(name, kinds[Kind.DATASET])
        assert kinds.total() == len(whole)
        assert row(name, whole, kinds) == documented[name]


@pytest.mark.parametrize("name", TWICE)
def test_a_second_load_changes_nothing(shared: Path, name: str) -> None:
    with load(shared, name) as one, load(shared, name) as two:
        assert {part.iri: part.description for part in one} == {part.iri: part.description for part in two}


@pytest.mark.parametrize("name", RDF)
def test_an_export_is_isomorphic_to_what_was_given(shared: Path, name: str) -> None:
    source = of_path(shared / "data" / name)
    with parts_of(source, catalog="c") as whole:
        canonicals = [part.description.canonical for part in whole if part.description]
    written = b"".join(export(canonicals, Syntax.N_TRIPLES, exact=True))
    (document,) = source.documents()
    with document.open() as file:
        given = canonical(read(file, name=document.name, base_iri="urn:renkei:source:c/"))
    assert canonical(read(written, base_iri="urn:x:", name="x.nt")) == given


def canonical(reading: Reading) -> set[str]:
    dataset = Dataset(as_quads(reading))
    dataset.canonicalize(CanonicalizationAlgorithm.RDFC_1_0)
    return {str(quad) for quad in dataset}


def test_white_space_in_a_feed_changes_nothing(shared: Path) -> None:
    for name in ("dcat/catalogs/dcat-us/cms", "dcat/catalogs/dcat-us/opm"):
        with load(shared, f"{name}/f74f3a0.json.gz") as one, load(shared, f"{name}/acf49f0.json.gz") as two:
            assert {part.iri: part.description for part in one} == {part.iri: part.description for part in two}


def test_one_changed_record_of_a_feed_changes_one_description(shared: Path) -> None:
    path = "dcat/catalogs/dcat-us/cms/"
    with load(shared, path + "acf49f0.json.gz") as one, load(shared, path + "9cd27cf.json.gz") as two:
        before = {part.iri: part.description for part in one}
        assert sum(before[part.iri] != part.description for part in two) == 1


def test_turtle_and_json_ld_of_one_catalog_give_the_same_identities(shared: Path) -> None:
    path = "dcat/catalogs/rdf/en-psdi"
    with load(shared, path + ".ttl.gz") as one, load(shared, path + ".jsonld.gz") as two:
        assert {part.iri for part in one} == {part.iri for part in two}
