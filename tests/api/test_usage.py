"""`GET /usage` and `renkei usage`."""

import asyncio
import contextlib
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from click.testing import CliRunner
from sqlalchemy import insert

from api.cli import main
from stores.database import Database
from stores.exchange_tables import ReleaseRow

pytestmark = pytest.mark.anyio
OPERATOR = {"authorization": "Bearer operator-token-of-the-tests"}
LAB, DATASET = "https://lab.example/", "https://data.example/census"
RELEASE = {
    "id": "r1", "at": datetime(2026, 11, 21, tzinfo=UTC), "participant": LAB, "dataset": DATASET, "decision": "d",
    "state": "done", "size_bytes": 20_480, "offset_bytes": 0,
}  # fmt: skip


@pytest.fixture
async def service(client: httpx.AsyncClient) -> Any:
    """The service behind the client, after one release."""
    found = client._transport.app.state.service  # type: ignore[attr-defined]
    async with found.database.writing() as connection:
        await connection.execute(insert(ReleaseRow).values(RELEASE))
    return found


async def test_usage_is_answered_as_json_and_as_a_table(client: httpx.AsyncClient, service: Any) -> None:
    found = (await client.get("/usage", headers=OPERATOR)).json()["usage"]
    table = await client.get("/usage", params={"period": "year"}, headers={**OPERATOR, "accept": "text/csv"})
    assert found == [{"period": "2026-11", "participant": LAB, "dataset": DATASET, "agreement": None, "requests": 1,
                      "permitted": 1, "refused": 0, "size_bytes": 20_480}]  # fmt: skip
    assert table.text.splitlines()[1] == f"2026,{LAB},{DATASET},,1,1,0,20480"


async def test_nobody_sees_the_usage_of_others(client: httpx.AsyncClient, service: Any) -> None:
    answers = []
    for participant in (LAB, "https://firm.example/"):
        secret = (await service.tokens.issue(participant, "reader", None)).secret
        answers.append((await client.get("/usage", headers={"authorization": f"Bearer {secret}"})).json()["usage"])
    assert [len(each) for each in answers] == [1, 0]
    assert (await client.get("/usage")).status_code == 401
    assert (await client.get("/usage", params={"period": "week"}, headers=OPERATOR)).status_code == 400


def test_usage_of_a_folder_is_counted_without_a_service(tmp_path: Path) -> None:
    asyncio.run(_made(tmp_path / "data"))
    with contextlib.chdir(tmp_path):
        done = CliRunner().invoke(main, ["usage", "--csv"], env={"RENKEI_DATA": str(tmp_path / "data")})
    assert (done.exit_code, done.stdout.split(",")[0]) == (0, "period"), done.output


async def _made(folder: Path) -> None:
    database = Database.in_folder(folder)
    await database.open()
    await database.close()
