"""Following data over HTTP: the feed of their changes, and pulls of what is there already."""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import insert

from api.app import create_app
from api.settings import Settings
from exchange.changes import AFTER
from exchange.upstreams import Upstream
from participants.tokens import Tokens
from stores.exchange_tables import AgreementRow, ProcessRow, ScheduleRow
from tests.exchange.release.city import AGREEMENT, CSV, LAB, LIMIT, RIVAL, TRANSFER, Deployment, agreed
from tests.exchange.release.owner import Owner

pytestmark = pytest.mark.anyio
BASE = "http://127.0.0.1:8000"
FEED = f"/data/{TRANSFER}/changes"
OPERATOR = {"authorization": "Bearer operator-token-of-the-tests"}


class Site(Deployment):
    """The deployment behind an application, and somebody who follows a transfer."""

    client: httpx.AsyncClient
    tokens: Tokens
    token: str

    async def get(self, path: str = f"/data/{TRANSFER}", **headers: str) -> httpx.Response:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return await self.client.get(path, headers={"authorization": f"Bearer {self.token}", **named})

    async def proof(self, participant: str) -> dict[str, str]:
        """The headers of a participant."""
        return {"authorization": f"Bearer {(await self.tokens.issue(participant, 'provider', None)).secret}"}

    async def feed(self, **query: Any) -> Any:
        return (await self.get(f"{FEED}?{httpx.QueryParams(query)}")).json()


@pytest.fixture
async def site(tmp_path: Path, settings: Callable[..., Settings]) -> AsyncIterator[Site]:
    app = create_app(settings(allow_private=("127.0.0.1",)))
    client = httpx.AsyncClient(
        transport=httpx.ASGITransport(app), base_url=BASE, headers={"accept-encoding": "identity"}
    )
    async with app.router.lifespan_context(app), client:
        service = app.state.service
        site = Site(tmp_path, service.database, service.gate, service.grants, service.outgoing)
        site.client, site.tokens = client, service.tokens
        await site.hold()
        site.token = await site.agree(agreed(LIMIT.format(2)))
        yield site


async def test_the_feed_begins_with_the_last_change_and_tells_of_those_after_it(site: Site) -> None:
    await site.hold(b"name,age\nsecond,1\n")
    begun = await site.feed()
    await site.hold(b"name,age\nthird,1\n")
    went_on = await site.feed(after=begun["next"])
    assert [len(each["changes"]) for each in (begun, went_on)] == [1, 1]
    assert went_on["next"] == went_on["changes"][0]["cursor"] > begun["next"]
    assert went_on["current"]["size_bytes"] == len(b"name,age\nthird,1\n")
    assert (await site.feed(after=went_on["next"]))["changes"] == []


async def test_the_feed_tells_nothing_but_that_something_changed(site: Site) -> None:
    found = await site.feed()
    assert found.keys() == {"transfer", "dataset", "changes", "current", "next"}
    assert found["changes"][0].keys() == {"cursor", "at"}
    assert found["current"] == {"etag": (await site.get()).headers["etag"], "size_bytes": len(CSV)}


async def test_changes_of_other_data_are_not_told(site: Site) -> None:
    cursor = (await site.feed())["next"]
    await site.hold(b"other", "https://city.example/other")
    assert (await site.feed(after=cursor))["changes"] == []


async def test_who_waits_hears_of_a_change_when_it_comes(site: Site) -> None:
    cursor = (await site.feed())["next"]
    waiting = asyncio.create_task(site.feed(after=cursor, wait=60))
    await asyncio.sleep(0.1)
    assert not waiting.done()
    await site.hold(b"name,age\nsecond,1\n")
    assert len((await waiting)["changes"]) == 1


async def test_the_next_question_stands_in_the_answer(site: Site) -> None:
    answer = await site.get(f"{FEED}?wait=1&purpose=urn:ex:p")
    cursor = answer.json()["next"]
    assert answer.headers["link"] == f'<?wait=1&purpose=urn%3Aex%3Ap&after={cursor}>; rel="next"'


async def test_waiting_ends_with_the_token(site: Site) -> None:
    cursor = (await site.feed())["next"]
    waiting = asyncio.create_task(site.get(f"{FEED}?after={cursor}&wait=60"))
    await asyncio.sleep(0.1)
    await site.grants.revoke(transfer=TRANSFER)
    assert (await waiting).status_code == 401


async def test_the_feed_refuses_as_the_data_themselves_would(site: Site) -> None:
    for _ in range(2):
        assert (await site.get()).status_code == 200
    refused = [await site.get(path) for path in (f"/data/{TRANSFER}", FEED)]
    assert [each.status_code for each in refused] == [403, 403]
    assert refused[0].json()["detail"] == refused[1].json()["detail"]


async def test_after_the_end_of_the_agreement_nothing_is_told(site: Site) -> None:
    await site.change(AgreementRow, state="ended")
    assert (await site.get(FEED)).status_code == 403


async def test_asking_for_changes_uses_nothing_up(site: Site) -> None:
    for _ in range(5):
        assert (await site.get(FEED)).status_code == 200
    assert [(await site.get()).status_code for _ in range(3)] == [200, 200, 403]


async def test_the_feed_of_one_transfer_is_not_for_the_token_of_another(site: Site) -> None:
    assert (await site.get("/data/urn:uuid:other/changes")).status_code == 403


@pytest.mark.parametrize("query", ["wait=61", "wait=-1", "after=x", "after=-1", "wait=1e3"])
async def test_a_cursor_that_is_none_and_too_long_a_wait_are_refused(site: Site, query: str) -> None:
    assert (await site.get(f"{FEED}?{query}")).status_code == 400


async def test_what_lies_elsewhere_changes_unknown_to_us_and_has_its_present_tag(site: Site) -> None:
    upstream = Owner(CSV, ranges=True, tag='"one"', broken_at=None, status=200)
    listening = await asyncio.start_server(upstream, "127.0.0.1", 0)
    upstream.port = listening.sockets[0].getsockname()[1]
    await site.set_source(Upstream("http", {"url": upstream.url}))
    found = await site.feed(wait=60)
    assert (found["changes"], found["next"]) == ("unknown", None)
    assert (await site.get(if_none_match=found["current"]["etag"])).status_code == 304
    await upstream.close(listening)


async def test_what_is_there_already_is_not_sent_and_not_counted(site: Site) -> None:
    tag = (await site.get()).headers["etag"]
    for known in (tag, f'W/{tag}, "other"', "*"):
        answer = await site.get(if_none_match=known)
        assert (answer.status_code, answer.content, answer.headers["etag"]) == (304, b"", tag)
    assert [(await site.get()).status_code for _ in range(2)] == [200, 403]
    assert [row.state for row in await site.releases()] == ["done", "done", "refused"]


async def test_what_changed_is_sent_to_who_has_an_older_state(site: Site) -> None:
    tag = (await site.get()).headers["etag"]
    await site.hold(b"name,age\nsecond,1\n")
    answer = await site.get(if_none_match=tag)
    assert (answer.status_code, answer.content) == (200, b"name,age\nsecond,1\n")


async def test_that_nothing_changed_is_told_only_under_a_permit(site: Site) -> None:
    tag = (await site.get()).headers["etag"]
    await site.get()
    assert (await site.get(if_none_match=tag)).status_code == 403
    head = await site.client.head(
        f"/data/{TRANSFER}", headers={"authorization": f"Bearer {site.token}", "if-none-match": tag}
    )
    assert (head.status_code, head.content) == (403, b"")


async def test_changes_are_found_by_an_index_however_long_the_journal_is(site: Site) -> None:
    async with site.database.reading() as connection:
        asked = str(AFTER.statement.compile(dialect=connection.dialect))
        plan = await connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {asked}", ("subject", 1, 100, 0))
        assert "USING INDEX ix_events_of_sources (subject=? AND seq>?)" in str(plan.all())


async def test_a_new_token_is_for_the_consumer_of_a_running_transfer_alone(site: Site) -> None:
    tokens = {name: await site.proof(name) for name in (LAB, RIVAL)}
    path = f"/data/{TRANSFER}/token"
    asked = [await site.client.post(path, headers=tokens[name]) for name in (RIVAL, LAB)]
    assert [each.status_code for each in asked] == [401, 200]
    assert (await site.get()).status_code == 401  # the one before opens nothing any more
    site.token = asked[1].json()["token"]
    assert (await site.get()).status_code == 200
    assert (await site.client.post("/data/urn:uuid:none/token", headers=tokens[LAB])).status_code == 401


async def test_no_token_follows_one_that_was_revoked(site: Site) -> None:
    token = await site.proof(LAB)
    await site.grants.revoke(transfer=TRANSFER)
    assert (await site.client.post(f"/data/{TRANSFER}/token", headers=token)).status_code == 401


async def test_no_token_is_given_while_a_transfer_rests(site: Site) -> None:
    token = await site.proof(LAB)
    await site.change(ProcessRow, state="SUSPENDED")
    assert (await site.client.post(f"/data/{TRANSFER}/token", headers=token)).status_code == 401


@pytest.mark.parametrize("every", [0, -1, 1.5, "weekly", True, 10**9, []])
async def test_a_time_between_pulls_that_is_none_is_refused(site: Site, every: Any) -> None:
    asked = {"agreement": AGREEMENT, "every": every}
    answer = await site.client.post("/exchange/transfers", json=asked, headers=OPERATOR)
    assert (answer.status_code, answer.json()["place"]) == (422, {"member": "every"})


@pytest.mark.parametrize(
    ("member", "given"),
    [("format", {}), ("format", None), ("format", "Fax"), ("declare", {"a b": "c"}), ("declare", {"urn:a b": "c"})],
)
async def test_a_format_or_a_name_that_nobody_knows_is_refused(site: Site, member: str, given: Any) -> None:
    asked = {"agreement": AGREEMENT, "every": None if member == "format" else 5, member: given}
    answer = await site.client.post("/exchange/transfers", json=asked, headers=OPERATOR)
    assert (answer.status_code, answer.json()["place"]) == (422, {"member": member})


async def test_only_what_is_pulled_is_scheduled(site: Site) -> None:
    asked = {"agreement": AGREEMENT, "every": "daily", "format": "HttpData-PUSH"}
    answer = await site.client.post("/exchange/transfers", json=asked, headers=OPERATOR)
    assert (answer.status_code, answer.json()["place"]) == (422, {"member": "every"})


async def test_the_copy_of_a_transfer_is_for_who_began_it_and_the_operator(site: Site) -> None:
    fetched = {"fetched_at": datetime.now(UTC), "sha256": hashlib.sha256(CSV).hexdigest(), "size_bytes": len(CSV)}
    await site.change(ProcessRow, role="consumer", actor=LAB)
    async with site.database.writing() as connection:
        await connection.execute(insert(ScheduleRow).values(pid=TRANSFER, every_s=9, declared={}, **fetched))
    path, lab = f"/exchange/transfers/{TRANSFER}/data", await site.proof(LAB)
    answers = [await site.client.get(path, headers=each) for each in (lab, OPERATOR, await site.proof(RIVAL), {})]
    assert [each.status_code for each in answers] == [200, 200, 404, 401]
    assert [each.content == CSV for each in answers] == [True, True, False, False]
    tag = {"if-none-match": answers[0].headers["etag"]}
    assert (await site.client.get(path, headers=lab | tag)).status_code == 304
