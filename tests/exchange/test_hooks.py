"""Notices: signed, in order, at least once, to nobody who may not know (P39)."""

import asyncio
import hashlib
import hmac
import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from exchange import notices as noticing
from exchange.addresses import ANY_PRIVATE
from exchange.hooks import HookRefused, Hooks, HookUnknown, signature
from exchange.keys import SecretBox
from exchange.notices import Notices
from exchange.outgoing import Outgoing
from exchange.partner_errors import AddressRefused
from journal.events import REQUEST_ID, Event, EventKind, append
from participants.principal import OPERATOR, Principal
from stores.database import Database

pytestmark = pytest.mark.anyio
GUIDE = Path(__file__).parents[2] / "docs" / "audit.md"
LAB = Principal("https://lab.example/", "reader", None, True)


class Receiver:
    """Takes notices, or answers with the statuses that it was given first."""

    def __init__(self) -> None:
        self.statuses: list[int] = []
        self.taken: list[tuple[dict[str, str], bytes]] = []
        self.refused: list[dict[str, str]] = []
        self.came = asyncio.Event()

    async def __call__(self, reader: Any, writer: Any) -> None:
        while head := await _head(reader):
            headers = dict(line.lower().split(": ", 1) for line in head.decode().split("\r\n")[1:] if line)
            body = await reader.readexactly(int(headers["content-length"]))
            status = self.statuses.pop(0) if self.statuses else 204
            if status < 300:
                self.taken.append((headers, body))
                self.came.set()
            else:
                self.refused.append(headers)
            writer.write(f"HTTP/1.1 {status} x\r\ncontent-length: 0\r\n\r\n".encode())
            await writer.drain()
        writer.close()

    def events(self) -> list[int]:
        return [event["seq"] for _, body in self.taken for event in json.loads(body)["events"]]


async def _head(reader: Any) -> bytes:
    try:
        return await reader.readuntil(b"\r\n\r\n")
    except (asyncio.IncompleteReadError, ConnectionError):
        return b""


@asynccontextmanager
async def silent() -> AsyncIterator[tuple[asyncio.Event, str]]:
    """An address that takes a notice and answers nothing; set once it was asked."""
    asked, done = asyncio.Event(), asyncio.Event()

    async def take(reader: Any, writer: Any) -> None:
        asked.set()
        await done.wait()
        writer.close()

    async with await asyncio.start_server(take, "127.0.0.1", 0) as server:
        yield asked, f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/hook"
        done.set()


@pytest.fixture
async def receiver() -> AsyncIterator[tuple[Receiver, str]]:
    found = Receiver()
    server = await asyncio.start_server(found, "127.0.0.1", 0)
    yield found, f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/hook"
    server.close()


@pytest.fixture
async def hooks(tmp_path: Path) -> AsyncIterator[Hooks]:
    database = Database.in_folder(tmp_path)
    await database.open()
    yield Hooks(database, SecretBox.in_folder(tmp_path))
    await database.close()


@pytest.fixture
async def notices(hooks: Hooks) -> AsyncIterator[Notices]:
    outgoing = Outgoing(ANY_PRIVATE)
    yield Notices(hooks, outgoing)
    await outgoing.close()


async def happened(hooks: Hooks, *actors: str, kind: EventKind = EventKind.REGISTERED) -> None:
    async with hooks.database.writing() as connection:
        await append(connection, [Event(kind, "demo", 1, actor=actor) for actor in actors])


async def test_events_come_in_order_each_once_and_signed(
    hooks: Hooks, notices: Notices, receiver: tuple[Receiver, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(noticing, "AT_ONCE", 2)
    found, address = receiver
    hook = await hooks.add(OPERATOR, address, None)
    await happened(hooks, "a", "b", "c")
    await notices.tell()
    await notices.tell()
    assert found.events() == [1, 2, 3, 4]  # the first is that the hook was made
    for headers, body in found.taken:
        at, given = (part.partition("=")[2] for part in headers["renkei-signature"].split(","))
        proof = hmac.new((hook.secret or "").encode(), f"{at}.".encode() + body, hashlib.sha256).hexdigest()
        assert (given, abs(time.time() - int(at)) < 300) == (proof, True)


async def test_the_lines_of_the_guide_know_a_genuine_notice_from_a_forged_or_replayed_one(
    hooks: Hooks, notices: Notices, receiver: tuple[Receiver, str]
) -> None:
    guide: dict[str, Any] = {}
    exec(GUIDE.read_text("utf-8").partition("```python\n")[2].partition("```")[0], guide)
    found, address = receiver
    secret = (await hooks.add(OPERATOR, address, None)).secret or ""
    await notices.tell()
    ((headers, body),) = found.taken
    genuine = headers["renkei-signature"]
    given = [(genuine, body), (genuine, body + b" "), (signature(b"other", body, int(time.time())), body),
             (signature(secret.encode(), body, int(time.time()) - 301), body)]  # fmt: skip
    assert [guide["is_genuine"](secret, *each) for each in given] == [True, False, False, False]


async def test_what_was_not_taken_comes_again_under_the_same_id_and_nothing_overtakes_it(
    hooks: Hooks, notices: Notices, receiver: tuple[Receiver, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(noticing, "_FIRST_PAUSE_S", 0.0)
    found, address = receiver
    found.statuses = [500, 302]
    await hooks.add(OPERATOR, address, None)
    for actor in "abc":
        await happened(hooks, actor)
        await notices.tell()
    assert found.events() == [1, 2, 3, 4]
    assert found.refused[0]["renkei-delivery"].split("-")[1:] == ["1", "2"]
    assert [hook.error for hook in await hooks.listed()] == [None]


async def test_a_hook_that_is_slow_to_answer_keeps_no_other_waiting(
    hooks: Hooks, notices: Notices, receiver: tuple[Receiver, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(noticing, "LOOK_S", 0.01)
    found, address = receiver
    async with silent() as (asked, slow):
        await hooks.add(LAB, slow, None)
        await hooks.add(OPERATOR, address, [EventKind.WITHDRAWN])
        async with notices.at_work():
            await asked.wait()
            await happened(hooks, "lab", kind=EventKind.WITHDRAWN)
            async with asyncio.timeout(10):
                await found.came.wait()
    assert len(found.events()) == 1


async def test_a_failing_hook_says_why_and_since_when_and_is_left_alone_for_a_while(
    hooks: Hooks, notices: Notices, receiver: tuple[Receiver, str]
) -> None:
    found, address = receiver
    found.statuses = [500, 500]
    await hooks.add(OPERATOR, address, None)
    await notices.tell()
    await notices.tell()
    (hook,) = await hooks.listed()
    assert (hook.error, hook.failing_since is not None, hook.cursor, len(found.refused)) == ("HTTP 500", True, 0, 1)


async def test_after_a_restart_nothing_is_told_twice_or_left_out(
    hooks: Hooks, notices: Notices, receiver: tuple[Receiver, str]
) -> None:
    found, address = receiver
    await hooks.add(OPERATOR, address, None)
    await notices.tell()
    await happened(hooks, "a")
    await Notices(hooks, notices.outgoing).tell()
    assert found.events() == [1, 2]


async def test_a_participant_hears_of_its_own_and_of_the_kinds_that_it_named(
    hooks: Hooks, notices: Notices, receiver: tuple[Receiver, str]
) -> None:
    found, address = receiver
    await hooks.add(LAB, address, [EventKind.REGISTERED])
    await happened(hooks, "operator", "https://lab.example/")
    await happened(hooks, "https://lab.example/", kind=EventKind.CHANGED)
    await notices.tell()
    assert found.events() == [3]


async def test_an_address_inside_is_never_told(hooks: Hooks, receiver: tuple[Receiver, str]) -> None:
    found, address = receiver
    await hooks.add(OPERATOR, address, None)
    await Notices(hooks, Outgoing()).tell()
    (hook,) = await hooks.listed()
    assert (found.taken, hook.failing_since is not None) == ([], True)


async def test_what_is_asked_of_others_bears_the_id_of_the_request_that_caused_it(
    receiver: tuple[Receiver, str], notices: Notices
) -> None:
    found, address = receiver
    await notices.outgoing.post(address, b"")
    token = REQUEST_ID.set("request-of-monday")
    await notices.outgoing.post(address, b"")
    REQUEST_ID.reset(token)
    assert [headers.get("x-request-id") for headers, _ in found.taken] == [None, "request-of-monday"]


@pytest.mark.parametrize("address", ["", "file:///etc/passwd", "ftp://city.example/", "http://", "javascript:1"])
async def test_what_is_no_address_is_no_hook(hooks: Hooks, address: str) -> None:
    with pytest.raises(AddressRefused):
        await hooks.add(OPERATOR, address, None)


async def test_hooks_are_their_owners_and_not_many(hooks: Hooks, tmp_path: Path) -> None:
    made = [await hooks.add(LAB, f"https://lab.example/{n}", None) for n in range(20)]
    with pytest.raises(HookRefused):
        await hooks.add(LAB, "https://lab.example/one-more", None)
    with pytest.raises(HookUnknown):
        await hooks.remove(made[0].id, Principal("https://firm.example/", "provider", None, True))
    await hooks.remove(made[0].id, LAB)
    await hooks.remove(made[1].id, OPERATOR)
    assert len(await hooks.listed(LAB)) == 18
    assert not any((one.secret or "").encode() in (tmp_path / "renkei.sqlite").read_bytes() for one in made)
