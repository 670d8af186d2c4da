"""Our DCAT-AP `base` against the official base file of DCAT-AP 3.0.1, result by result, on the real catalogs.

Where the two differ on purpose:

- `title-blank` and `Identity` (level minimum) say more than the official file: spaces alone are no title, and a
  nameless resource needs something to be told by. No real catalog here trips over either.
- The official file checks the dates of datasets, catalog records and periods by `sh:shape`, a term that SHACL does not
  have, so nothing is checked there. Our check of these dates is in `ranges`; `base` says what the official file does.
- The official file warns of a dataset series without members. One description never shows its members, so we do not;
  warnings are not compared.
"""

from collections import Counter
from collections.abc import Iterable
from pathlib import Path

import pytest
from pyoxigraph import Triple

from ontology.reading import read
from shapes.apart import quick_engine, reference_engine
from shapes.engine import CompiledShapes
from shapes.escaping import escape
from shapes.graph import n_triples
from shapes.profiles import Profiles

CATALOGS = (
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
)
OFFICIAL = "data/dcat/shapes/dcat-ap-3.0.1/html/shacl/shapes.ttl"
OURS_ALONE = frozenset(
    {"<urn:renkei:shape:dcat-ap:minimum:Identity>"}
    | {
        f"<urn:renkei:shape:dcat-ap:minimum:{kind}-title-blank>"
        for kind in ("Catalog", "Dataset", "DatasetSeries", "DataService")
    }
)
Violations = Counter[tuple[str, str | None, str]]


def _compiled(shapes: Iterable[Triple]) -> CompiledShapes:
    """Shapes as they stand: linting would leave out what the official file says with terms that SHACL does not have."""
    return (quick_engine() or reference_engine()).compile(n_triples(shapes))


@pytest.fixture(scope="module")
def ours() -> CompiledShapes:
    triples, unreadable = Profiles.shipped()["dcat-ap"].triples("base")
    assert not unreadable
    return _compiled(triples)


@pytest.fixture(scope="module")
def official(shared: Path) -> CompiledShapes:
    return _compiled(read((shared / OFFICIAL).read_bytes(), name="shapes.ttl", base_iri="urn:official:"))


def _violations(shapes: CompiledShapes, data: str) -> Violations:
    return Counter(
        (found.focus, found.path, found.component)
        for found in shapes.run(data)
        if found.severity.endswith("#Violation") and found.shape not in OURS_ALONE
    )


def _data(shared: Path, catalog: str) -> str:
    content = (shared / "data/dcat/catalogs/rdf" / catalog).read_bytes()
    return escape(n_triples(read(content, name=catalog, base_iri="http://catalog.example/")))


@pytest.mark.parametrize("catalog", CATALOGS)
def test_base_finds_what_the_official_file_finds(
    catalog: str, shared: Path, ours: CompiledShapes, official: CompiledShapes
) -> None:
    data = _data(shared, catalog)
    assert _violations(ours, data) == _violations(official, data)


@pytest.mark.parametrize("catalog", CATALOGS)
def test_no_real_catalog_meets_what_base_says_beyond_the_official_file(
    catalog: str, shared: Path, ours: CompiledShapes
) -> None:
    findings = ours.run(_data(shared, catalog))
    assert findings
    assert not [found for found in findings if found.shape in OURS_ALONE]
