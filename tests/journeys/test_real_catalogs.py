"""Every real catalog through the whole product: loaded, loaded again, dumped."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from pyoxigraph import CanonicalizationAlgorithm, Dataset

from api.service import Books, open_books
from api.settings import Settings
from catalog.kinds import Kind
from catalog.publishing import Load, Outcome
from loaders.counts import CATALOGS
from loaders.export import export
from loaders.load import parts_of
from loaders.sources import of_path
from ontology.description import as_quads
from ontology.reading import Reading, read
from ontology.syntax import Syntax
from participants.principal import OPERATOR

pytestmark = pytest.mark.anyio


@pytest.fixture
async def books(tmp_path: Path) -> AsyncIterator[Books]:
    settings = Settings.model_validate({"data": tmp_path, "operator_token": "x", "base_iri": "http://here"})
    async with open_books(settings) as books:
        await books.descriptions.create_catalog("real", OPERATOR)
        yield books


async def loaded(books: Books, path: Path) -> tuple[Outcome, int]:
    """The outcome of a load, and how many datasets its source holds."""
    with parts_of(of_path(path), catalog="real") as parts:
        outcome = await books.publishing.publish("real", parts, Load(path.name), OPERATOR)
        return outcome, sum(part.kind is Kind.DATASET for part in parts)


def canonical(reading: Reading) -> set[str]:
    dataset = Dataset(as_quads(reading))
    dataset.canonicalize(CanonicalizationAlgorithm.RDFC_1_0)
    return {str(quad) for quad in dataset}


@pytest.mark.parametrize("name", CATALOGS)
async def test_a_real_catalog_loads_whole_and_a_second_load_changes_nothing(
    shared: Path, books: Books, name: str
) -> None:
    first, datasets = await loaded(books, shared / "data" / name)
    again, _ = await loaded(books, shared / "data" / name)
    assert first.refused == 0
    assert first.by_kind.get("Dataset", {}).get("added", 0) == datasets
    assert (again.added, again.changed, again.withdrawn, again.refused) == (0, 0, 0, 0)
    assert again.unchanged == first.added + first.changed


@pytest.mark.parametrize("name", [name for name in CATALOGS if "/rdf/" in name])
async def test_a_dump_is_isomorphic_to_what_was_loaded(shared: Path, books: Books, name: str) -> None:
    path = shared / "data" / name
    await loaded(books, path)
    (document,) = of_path(path).documents()
    with document.open() as file:
        given = canonical(read(file, name=document.name, base_iri="urn:renkei:source:real/"))
    texts = [one.canonical async for one in books.reading.dump("real", OPERATOR)]
    written = b"".join(export(texts, Syntax.N_TRIPLES, exact=True))
    assert canonical(read(written, base_iri="urn:x:", name="x.nt")) == given
