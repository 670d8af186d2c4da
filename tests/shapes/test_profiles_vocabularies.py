"""The tables of facts beside the shapes: small, labelled, and of the classes that the ranges ask for."""

from pathlib import Path

import pytest
from pyoxigraph import Literal, NamedNode, QuerySolutions, RdfFormat, Store

FOLDER = Path(__file__).parents[2] / "shapes" / "vocabularies"
SKOS = "http://www.w3.org/2004/02/skos/core#"
EU = "http://publications.europa.eu/resource/authority/"


def _store(path: Path) -> Store:
    store = Store()
    store.load(path=path, format=RdfFormat.TURTLE)
    return store


def _table(name: str) -> Store:
    return _store(FOLDER / f"{name}.ttl")


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.ttl")), ids=lambda path: path.stem)
def test_a_table_is_small_and_each_entry_has_scheme_and_english_label(path: Path) -> None:
    assert path.stat().st_size < 400_000
    store = _store(path)
    entries = {quad.subject for quad in store.quads_for_pattern(None, NamedNode(SKOS + "inScheme"), None)}
    assert entries
    for entry in entries:
        labels = [quad.object for quad in store.quads_for_pattern(entry, NamedNode(SKOS + "prefLabel"), None)]
        assert "en" in {label.language for label in labels if isinstance(label, Literal)}, entry


@pytest.mark.parametrize(
    ("table", "term", "kind"),
    [
        ("data-themes", EU + "data-theme/SOCI", SKOS + "Concept"),
        ("frequencies", EU + "frequency/ANNUAL", "http://purl.org/dc/terms/Frequency"),
        ("languages", EU + "language/JPN", "http://purl.org/dc/terms/LinguisticSystem"),
        ("file-types", EU + "file-type/CSV", "http://purl.org/dc/terms/MediaTypeOrExtent"),
        ("access-rights", EU + "access-right/PUBLIC", "http://purl.org/dc/terms/RightsStatement"),
        ("countries", EU + "country/JPN", "http://purl.org/dc/terms/Location"),
        ("licences", EU + "licence/CC_BY_4_0", "http://purl.org/dc/terms/LicenseDocument"),
        (
            "common-licences",
            "https://creativecommons.org/licenses/by/4.0/",
            "http://purl.org/dc/terms/LicenseDocument",
        ),
        (
            "media-types",
            "http://www.iana.org/assignments/media-types/text/csv",
            "http://purl.org/dc/terms/MediaType",
        ),
        ("prefectures", "urn:renkei:vocabulary:prefecture:13", "http://purl.org/dc/terms/Location"),
        (
            "checksum-algorithms",
            "http://spdx.org/rdf/terms#checksumAlgorithm_sha256",
            "http://spdx.org/rdf/terms#ChecksumAlgorithm",
        ),
    ],
)
def test_a_term_has_the_class_that_ranges_ask_for(table: str, term: str, kind: str) -> None:
    rdf_type = NamedNode("http://www.w3.org/1999/02/22-rdf-syntax-ns#type")
    kinds = {quad.object for quad in _table(table).quads_for_pattern(NamedNode(term), rdf_type, None)}
    assert NamedNode(kind) in kinds


@pytest.mark.parametrize(
    ("table", "count"), [("data-themes", 14), ("datagojp-themes", 17), ("prefectures", 47), ("languages", 399)]
)
def test_a_table_is_whole(table: str, count: int) -> None:
    assert len(list(_table(table).quads_for_pattern(None, NamedNode(SKOS + "inScheme"), None))) == count


def test_prefecture_codes_end_in_their_check_digit() -> None:
    answer = _table("prefectures").query("SELECT ?code { ?place <http://purl.org/dc/terms/identifier> ?code }")
    assert isinstance(answer, QuerySolutions)
    codes = [row["code"].value for row in answer]
    assert "261009" not in codes  # that is the city; the prefecture is 260002
    assert "260002" in codes
    for code in codes:
        weighted = sum(int(digit) * weight for digit, weight in zip(code, (6, 5, 4, 3, 2), strict=False))
        assert int(code[5]) == (11 - weighted % 11) % 10
