"""A service that soon says what is stuck, and its scripted peer."""

from collections.abc import AsyncIterator

import pytest

from tests.conformance.dsp_bench import Bench, bench, fresh


@pytest.fixture(scope="module")
async def impatient(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Bench]:
    async with bench(tmp_path_factory.mktemp("service"), alarm_s=2) as both_sides:
        yield both_sides


@pytest.fixture
async def two(impatient: Bench) -> AsyncIterator[Bench]:
    async with fresh(impatient) as both_sides:
        yield both_sides
