"""Official shape files are taken with their faults named, and both engines find the same with them in real catalogs."""

import gzip
from collections import Counter
from pathlib import Path

import pytest
from pyoxigraph import Triple

from ontology.reading import read
from shapes.apart import quick_engine, reference_engine
from shapes.compiled import Compiled
from shapes.engine import Finding
from shapes.graph import n_triples
from shapes.profiles import linted_files, parsed

FAULTS = (
    "dcat-ap-3.0.1/shacl/dcat-ap-SHACL.ttl.gz",
    "dcat-ap-3.0.1/shacl/ranges.ttl",
    "dcat-ap-hvd-3.0.0/html/hvd-SHACL-base.ttl",
)
# Each file linted alone. References to shapes of a sister file (-DE, -ES, GeoDCAT-AP) are named here, and gone where
# the files are taken together; sh:shape, sh:none, sh:MinCount, sh:targetSubjectOf, sh:deactivatedProperty are no SHACL.
KNOWN_SKIPS = {
    "dcat-ap-3.0.0/html/shacl/shapes.ttl": Counter({"unknown-term": 5}),
    "dcat-ap-3.0.1/html/shacl/shapes.ttl": Counter({"unknown-term": 5}),
    "dcat-ap-3.0.1/shacl/dcat-ap-SHACL.ttl.gz": Counter({"dangling-property": 2}),
    "dcat-ap-3.0.1/shacl/ranges.ttl": Counter({"dangling-property": 206}),
    "dcat-ap-de-2.0/dcat-ap-spec-german-additions.ttl": Counter({"dangling-shape": 2}),
    "dcat-ap-es-1.0.0/hvd/shacl_dataservice_hvd_shape.ttl": Counter({"dangling-shape": 1}),
    "dcat-ap-es-1.0.0/hvd/shacl_dataset_hvd_shape.ttl": Counter({"dangling-shape": 1}),
    "dcat-ap-es-1.0.0/shacl_catalog_shape.ttl": Counter({"dangling-shape": 31, "engine": 2}),
    "dcat-ap-es-1.0.0/shacl_common_shapes.ttl": Counter({"dangling-shape": 8}),
    "dcat-ap-es-1.0.0/shacl_dataservice_shape.ttl": Counter({"dangling-shape": 24}),
    "dcat-ap-es-1.0.0/shacl_dataset_shape.ttl": Counter({"dangling-shape": 53, "engine": 5}),
    "dcat-ap-es-1.0.0/shacl_distribution_shape.ttl": Counter({"unknown-term": 1, "dangling-shape": 20, "engine": 3}),
    "dcat-ap-hvd-3.0.0/html/hvd-SHACL-base.ttl": Counter({"dangling-property": 1}),
    "dcat-ap-no-2/shacl/DCAT-AP-NO-shacl_shapes_2.00.ttl": Counter({"unknown-term": 5, "dangling-shape": 6}),
    "geodcat-ap/drafts/latest/geodcat-ap.shacl.ttl": Counter({"dangling-shape": 10}),
    "geodcat-ap/releases/2.0.0/geodcat-ap.shacl.ttl": Counter({"dangling-shape": 10}),
    "mobilitydcat-ap-1.1/shacl/mobilitydcat-ap-shacl.ttl": Counter({"unknown-term": 2}),
}
BASE = "dcat-ap-3.0.1/html/shacl/shapes.ttl"
QUICK_CATALOGS = ["be-statbel.ttl", "de-destatis.rdf.gz", "it-alessandria.rdf", "it-civitavecchia.rdf"]
SLOW_CATALOGS = ["be-fpsfinance.rdf.gz", "cs-nkod-extract.trig.gz", "de-brandenburg.ttl.gz", "en-psdi.ttl.gz"]


@pytest.fixture(scope="module")
def shapes(shared: Path) -> Path:
    return shared / "data/dcat/shapes"


def content(path: Path) -> bytes:
    data = path.read_bytes()
    return gzip.decompress(data) if path.suffix == ".gz" else data


def triples(path: Path) -> list[Triple]:
    return list(read(content(path), name=path.name.removesuffix(".gz"), base_iri="http://catalog.example/"))


def shape_files(folder: Path) -> list[Path]:
    kept = (path for path in folder.rglob("*.ttl*") if "examples" not in path.parts)
    return sorted(path for path in kept if b"http://www.w3.org/ns/shacl#" in content(path))


def same(finding: Finding) -> tuple[str | None, ...]:
    return (finding.focus, finding.path, finding.component, finding.severity, finding.value, finding.shape)


@pytest.mark.parametrize("file", FAULTS)
def test_the_known_faults_of_an_official_file_are_named_and_nothing_else(file: str, shapes: Path) -> None:
    report = linted_files({file: content(shapes / file)})
    assert Counter(finding.code for finding in report.findings) == KNOWN_SKIPS[file]
    assert report.usable


def test_every_official_shapes_file_compiles_and_only_known_files_have_skipped_shapes(shapes: Path) -> None:
    engine = quick_engine() or reference_engine()
    skipped = {}
    for path in shape_files(shapes):
        found, unreadable = parsed({path.name: content(path)})
        report = Compiled(found, engine, trusted=True).report
        codes: Counter[str] = Counter()
        for its in [*unreadable, *report.findings]:
            codes[its.code] += its.times if its.effect in {"skipped", "unreadable"} else 0
        if +codes:
            skipped[str(path.relative_to(shapes))] = +codes
    assert skipped == KNOWN_SKIPS


def test_files_of_a_national_profile_complete_each_other(shapes: Path) -> None:
    files = {path.name: content(path) for path in shape_files(shapes / "dcat-ap-es-1.0.0")}
    report = linted_files(files, trusted=True)
    assert not report.of("dangling-shape")
    assert [finding.message.en.split(" uses ")[1][:7] for finding in report.of("unknown-term")] == ["sh:none"]


def test_sparql_constraints_of_a_national_profile_are_refused_from_whom_nobody_trusts(shapes: Path) -> None:
    files = {path.name: content(path) for path in shape_files(shapes / "dcat-ap-es-1.0.0")}
    assert len(linted_files(files).of("sparql")) == 22


def findings_of_both(shapes: Path, catalog: Path) -> list[Counter[tuple[str | None, ...]]]:
    found, _ = parsed({BASE: content(shapes / BASE)})
    data = n_triples(triples(catalog))
    engines = [engine for engine in (quick_engine(), reference_engine()) if engine]
    return [Counter(map(same, Compiled(found, engine, trusted=True).run(data))) for engine in engines]


@pytest.mark.parametrize("catalog", QUICK_CATALOGS)
def test_both_engines_find_the_same_in_a_real_catalog(catalog: str, shapes: Path) -> None:
    first, *others = findings_of_both(shapes, shapes.parent / "catalogs/rdf" / catalog)
    assert all(other == first for other in others)


@pytest.mark.campaign
@pytest.mark.parametrize("catalog", SLOW_CATALOGS)
def test_both_engines_find_the_same_in_a_large_real_catalog(catalog: str, shapes: Path) -> None:
    test_both_engines_find_the_same_in_a_real_catalog(catalog, shapes)
