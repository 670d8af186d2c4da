"""The profile of the conformance kit leaves nothing to find, agree on or pull once its switch is off again."""

import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from sqlalchemy import func, select

from api.app import create_app
from api.service import Service
from exchange.errors import KitRefused
from exchange.processes import Kind
from exchange.tck import KIT
from participants.principal import OPERATOR as WE
from stores.exchange_tables import OutboxRow
from tests.api.conftest import BASE, TOKEN, settings_in
from tests.conformance.dsp_peer import Json, message

pytestmark = pytest.mark.anyio
OPERATOR = {"authorization": f"Bearer {TOKEN}"}


@contextlib.asynccontextmanager
async def started(folder: Path, **given: object) -> AsyncIterator[tuple[Service, httpx.AsyncClient]]:
    app = create_app(settings_in(folder, **given))
    transport = httpx.ASGITransport(app)
    async with app.router.lifespan_context(app), httpx.AsyncClient(transport=transport, base_url=BASE) as client:
        yield app.state.service, client


def wanted(agreement: str) -> Json:
    told = {"consumerPid": f"urn:x:{agreement}", "format": "HttpData-PULL", "callbackAddress": "http://93.184.216.34:9"}
    return message("TransferRequestMessage", agreementId=agreement, **told)


@pytest.fixture
async def kits(tmp_path: Path) -> Path:
    """A folder in which the kit has begun a transfer that waits, and one that has something to say."""
    async with started(tmp_path, tck=True) as (_, client):
        for agreement in ("ATP0205", "ATP0301"):
            answer = await client.post("/dsp/2025-1/transfers/request", json=wanted(agreement))
            assert answer.status_code == 201, answer.text
    return tmp_path


async def test_every_agreement_of_the_kit_is_over_at_the_next_start_without_it(kits: Path) -> None:
    async with started(kits) as (service, client):
        found, _ = await service.agreements.listed(WE, size=500)
        token = (await service.tokens.issue(KIT, "reader", None)).secret
        bearer = {"authorization": f"Bearer {token}"}
        refused = await client.post("/dsp/2025-1/transfers/request", json=wanted("ATP0101"), headers=bearer)
    assert {each.state for each in found} == {"ended"}
    assert len(found) == 32
    assert (refused.status_code, refused.json()["code"]) == (400, "AgreementOver")


async def test_what_the_kit_began_is_over_and_nothing_more_is_said_to_it(kits: Path) -> None:
    async with started(kits) as (service, _):
        _, found = await service.exchange.processes.listed(Kind.TRANSFER)
        async with service.database.reading() as connection:
            unsaid = await connection.scalar(select(func.count()).select_from(OutboxRow))
    assert ({each.state.value for each in found}, unsaid) == ({"TERMINATED"}, 0)


async def test_no_dataset_of_the_kit_is_found_or_offered_without_it(kits: Path) -> None:
    async with started(kits) as (service, client):
        token = (await service.tokens.issue(KIT, "reader", None)).secret
        bearer = {"authorization": f"Bearer {token}"}
        offer = {"@id": "CD123:ACN0104:456", "@type": "Offer", "target": "ACN0104", "permission": [{"action": "use"}]}
        asked = {"consumerPid": "urn:x:1", "offer": offer, "callbackAddress": "http://93.184.216.34:9"}
        listed = await client.post("/dsp/2025-1/catalog/request", json=message("CatalogRequestMessage"), headers=bearer)
        one = await client.get("/dsp/2025-1/catalog/datasets/ACN0104", headers=bearer)
        answer = await client.post("/dsp/2025-1/negotiations/request", headers=bearer,
                                   json=message("ContractRequestMessage", **asked))  # fmt: skip
    assert "dataset" not in listed.json()
    assert (one.status_code, answer.status_code, answer.json()["code"]) == (404, 400, "offer-unknown")


async def test_the_kit_is_not_let_in_beside_what_others_have_here(tmp_path: Path) -> None:
    async with started(tmp_path) as (_, client):
        await client.post("/catalogs", json={"id": "city"}, headers=OPERATOR)
    with pytest.raises(KitRefused) as refused:
        async with started(tmp_path, tck=True):
            pass
    assert refused.value.message.ja != refused.value.message.en


async def test_the_kit_comes_back_to_what_is_its_own(kits: Path) -> None:
    async with started(kits, tck=True) as (service, _):
        assert (await service.agreements.get("ATP0101", WE)).state == "finalized"
