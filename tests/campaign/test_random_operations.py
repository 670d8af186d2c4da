"""R04 of the reliability campaign: after any operations, graphs and index say what a rebuild from the database says."""

import random
from typing import Any

import pytest

from catalog.checking import Check
from catalog.errors import CatalogError
from participants.principal import ANONYMOUS, OPERATOR, Principal
from stores.fulltext.port import SearchRequest
from tests.campaign.harness import amount
from tests.catalog.conftest import assessor, library  # noqa: F401  (fixtures)
from tests.catalog.test_projection import act

pytestmark = [pytest.mark.anyio, pytest.mark.campaign]
SEED = 20264
READERS = (
    ANONYMOUS, OPERATOR,
    *(Principal(f"https://{name}.example/", "reader", None, True) for name in ("friend", "a", "b", "other")),
)  # fmt: skip


async def told(library: Any) -> dict[str, Any]:  # noqa: F811
    """Everything that graphs and index would answer, to each reader."""
    graphs = {name: sorted(library.graphs.lines(name)) for name in library.graphs.audiences()}
    found: dict[str, Any] = {}
    for reader in READERS:
        sight = await library.visibility.of(reader)
        answer = await library.fulltext.search(
            SearchRequest(audiences=sight.audiences, size=100, facets=("catalog", "kind", "language"))
        )
        hits = sorted((hit.iri, hit.kind, str(hit.titles)) for hit in answer.items)
        facets = {name: sorted((b.value, b.count) for b in buckets) for name, buckets in answer.facets.items()}
        found[reader.name] = (answer.total, hits, facets)
    return {"graphs": graphs, "found": found}


async def test_r04_after_random_operations_both_equal_a_rebuild(library: Any) -> None:  # noqa: F811
    dice, known = random.Random(SEED), dict[str, str]()
    await library.descriptions.create_catalog("city", OPERATOR)
    done = 0
    for _ in range(amount(10_000)):
        try:
            await act(library, dice, known)
            done += 1
        except CatalogError:
            continue
        if dice.random() < 0.3:
            await library.projection.follow()
    print(f"seed {SEED}: {done} operations done")
    assert (await Check(library.projection).run()).findings == ()
    before = await told(library)
    await library.projection.rebuild()
    assert await told(library) == before
