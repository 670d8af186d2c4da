"""The sample catalogs have something for every page, and their planted faults."""

from collections import Counter

import pytest

from catalog.kinds import Kind
from loaders.demo import demo_sources
from loaders.load import parts_of

TEXT = {
    demo.catalog: "".join(
        part.description.canonical for part in parts_of(demo.source, catalog=demo.catalog) if part.description
    )
    for demo in demo_sources()
}


def test_every_kind_of_resource_is_there_and_nothing_is_unreadable() -> None:
    kinds: Counter[Kind] = Counter()
    for demo in demo_sources():
        with parts_of(demo.source, catalog=demo.catalog) as load:
            kinds.update(part.kind for part in load)
            assert not load.unread
    assert set(kinds) == set(Kind)
    assert 40 <= kinds[Kind.DATASET] <= 60


@pytest.mark.parametrize(
    "term",
    ["dcat#CatalogRecord", "spdx.org/rdf/terms#Checksum", "PeriodOfTime", "dcat#bbox", "odrl/2/Offer", "dcat#inSeries",
     "qualifiedRelation", "qualifiedAttribution", "dcat#accessService", "odrl/2/prohibition"],
)  # fmt: skip
def test_the_terms_of_dcat_are_used(term: str) -> None:
    assert any(term in text for text in TEXT.values())


@pytest.mark.parametrize(
    ("catalog", "fault"),
    [
        ("aoba", '"令和5年4月1日"'),
        ("aoba", "data-theme/GOVERNMENT"),
        ("aoba", '"約50KB"'),
        ("mobility", '"2025-02-30"'),
    ],
)
def test_planted_faults_are_kept_as_given(catalog: str, fault: str) -> None:
    assert fault in TEXT[catalog]


def test_one_catalog_is_for_participants() -> None:
    assert Counter(demo.audience for demo in demo_sources()) == {"public": 2, "participants": 1}
