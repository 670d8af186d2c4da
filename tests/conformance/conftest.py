"""A service with a scripted peer, one for each file of tests."""

from collections.abc import AsyncIterator

import pytest

from tests.conformance.dsp_bench import Bench, bench, fresh


@pytest.fixture(scope="module")
async def deployed(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Bench]:
    async with bench(tmp_path_factory.mktemp("service")) as both_sides:
        yield both_sides


@pytest.fixture
async def two(deployed: Bench) -> AsyncIterator[Bench]:
    async with fresh(deployed) as both_sides:
        yield both_sides
