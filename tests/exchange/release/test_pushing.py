"""Data pushed to their consumer: through the gate, tried again, gone on with, sent again on change."""

import asyncio
import contextlib
import hashlib
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from typing import Any

import orjson
import pytest
from sqlalchemy import update

from exchange.addresses import NOWHERE
from exchange.destinations import AddressUnclear, destination_of
from exchange.keys import SecretBox
from exchange.outgoing import Outgoing
from exchange.processes import Kind, Process, Processes
from exchange.pushing import Pushing
from exchange.rooms import Rooms
from exchange.transfers import Transfers
from stores.database import packed
from stores.exchange_tables import ProcessRow
from tests.exchange.release.city import CSV, LIMIT, TRANSFER, Deployment, agreed
from tests.exchange.release.owner import Receiver
from tests.exchange.release.signed_store import KEY, REGION, SECRET, Store

pytestmark = pytest.mark.anyio
LARGE = bytes(range(256)) * (81 << 10)  # 20.25 MiB: three parts
RESEARCH = (
    "odrl:constraint [ odrl:leftOperand odrl:purpose ; odrl:operator odrl:eq ; "
    "odrl:rightOperand <https://w3id.org/dpv#AcademicResearch> ] ;"
)
PROPERTIES = {
    "region": REGION,
    "bucketName": "lab",
    "objectName": "in/census.csv",
    "accessKeyId": KEY,
    "secretAccessKey": SECRET,
}


class Told(Transfers):
    """The transfers of a service without its messages: what they are told is written straight into their rows."""

    def __init__(self, city: Deployment, box: SecretBox) -> None:
        super().__init__(Processes(city.database), None, city.grants, box, endpoint="", callback="", bound_key=None)  # type: ignore[arg-type]
        self.database = city.database
        self.ends: list[tuple[str, str]] = []
        self.pushing: Callable[[], Pushing]
        self.stop: Callable[[], Awaitable[None]]

    @contextlib.asynccontextmanager
    async def again(self) -> AsyncIterator[None]:
        """A service that starts on what the one before left."""
        async with self.pushing().at_work():
            yield

    async def complete(self, pid: str) -> Process:
        return await self._ended(pid, "COMPLETED", "")

    async def terminate(self, pid: str, reason: Any) -> Process:
        return await self._ended(pid, "TERMINATED", reason.code)

    async def _ended(self, pid: str, state: str, code: str) -> Process:
        self.ends.append((state, code))
        async with self.database.writing() as connection:
            await connection.execute(update(ProcessRow).where(ProcessRow.pid == pid).values(state=state))
        return await Processes(self.database).get(pid, Kind.TRANSFER)


Start = Callable[..., Any]


@pytest.fixture
async def start(city: Deployment) -> AsyncIterator[Start]:
    """Begins a push under an agreement, and gives what tells how it ended."""
    box = SecretBox(hashlib.sha256(b"test").digest())
    works: list[Any] = []

    async def started(
        form: str, endpoint: str, rules: str = "", outgoing: Outgoing | None = None, **properties: str
    ) -> Told:
        await city.agree(agreed(rules))
        listed = [{"name": name, "value": value} for name, value in properties.items()]
        address = {"endpointType": form, "endpoint": endpoint, "endpointProperties": listed}
        sealed = box.seal(orjson.dumps(address), "data address of " + TRANSFER)
        await city.change(ProcessRow, sealed=sealed, document=packed(orjson.dumps({"format": form})))
        told, guarded = Told(city, box), outgoing or city.outgoing
        told.pushing = lambda: Pushing(
            city.database, city.gate, Processes(city.database), told, guarded, (0.01, 0.01, 0.01)
        )
        work = contextlib.AsyncExitStack()
        await work.enter_async_context(told.again())
        told.stop = work.aclose
        works.append(work)
        return told

    yield started
    for work in works:
        await work.aclose()


async def over(told: Told, ends: int = 1) -> tuple[str, str]:
    await until(lambda: len(told.ends) >= ends)
    return told.ends[-1]


async def until(there: Callable[[], bool]) -> None:
    for _ in range(1000):
        if there():
            return
        await asyncio.sleep(0.02)
    raise AssertionError("it did not come to that")


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    receiver = Receiver()
    listening = await asyncio.start_server(receiver, "127.0.0.1", 0)
    receiver.port = listening.sockets[0].getsockname()[1]
    yield receiver
    await receiver.close(listening)


async def test_data_are_pushed_with_the_token_of_the_receiver_and_the_transfer_completes(
    city: Deployment, start: Start, receiver: Receiver
) -> None:
    told = await start("HttpData-PUSH", receiver.url, authorization="opensesame")
    assert await over(told) == ("COMPLETED", "")
    assert receiver.taken == [CSV]
    assert "authorization: bearer opensesame" in receiver.asked[0]
    (row,) = await city.releases()
    assert (row.state, row.transfer, row.sha256) == ("done", TRANSFER, hashlib.sha256(CSV).hexdigest())


async def test_a_push_that_the_receiver_did_not_take_is_sent_again_as_the_same_use(
    start: Start, receiver: Receiver
) -> None:
    receiver.refuse = 1
    told = await start("HttpData-PUSH", receiver.url, LIMIT.format(1))
    assert await over(told) == ("COMPLETED", "")
    assert receiver.taken[-1] == CSV


async def test_a_receiver_that_never_takes_it_gains_no_uses(start: Start, receiver: Receiver) -> None:
    receiver.refuse = 100
    told = await start("HttpData-PUSH", receiver.url, LIMIT.format(1))
    assert await over(told) == ("TERMINATED", "refused")
    assert len(receiver.asked) == 2


async def test_nothing_is_pushed_without_a_permit(start: Start, receiver: Receiver) -> None:
    told = await start("HttpData-PUSH", receiver.url, LIMIT.format(0))
    assert await over(told) == ("TERMINATED", "refused")
    assert receiver.asked == []


async def test_nothing_is_pushed_to_an_address_inside(start: Start, receiver: Receiver) -> None:
    """P01."""
    outgoing = Outgoing(NOWHERE)
    told = await start("HttpData-PUSH", receiver.url, outgoing=outgoing)
    assert await over(told) == ("TERMINATED", "refused")
    assert receiver.asked == []
    await outgoing.close()


async def test_data_are_pushed_again_when_their_source_changes(
    city: Deployment, start: Start, receiver: Receiver
) -> None:
    told = await start("HttpData-PUSH", receiver.url, LIMIT.format(2), continuing="true")
    await until(lambda: len(receiver.taken) == 1)
    await city.hold(b"name,age\nnew,1\n")
    await until(lambda: len(receiver.taken) == 2)
    await city.hold(b"name,age\nnewer,2\n")
    assert await over(told) == ("TERMINATED", "refused")
    assert receiver.taken == [CSV, b"name,age\nnew,1\n"]


async def test_what_the_consumer_declared_is_said_to_the_terms_of_each_push(start: Start, receiver: Receiver) -> None:
    declared = {"declare.purpose": "https://w3id.org/dpv#AcademicResearch"}
    told = await start("HttpData-PUSH", receiver.url, RESEARCH, **declared)
    assert await over(told) == ("COMPLETED", "")


@pytest.mark.parametrize("declared", [{}, {"declare.purpose": "https://w3id.org/dpv#Marketing"}, {"declare.!": "x"}])
async def test_what_is_declared_otherwise_or_not_at_all_is_not_pushed(
    start: Start, receiver: Receiver, declared: Mapping[str, str]
) -> None:
    told = await start("HttpData-PUSH", receiver.url, RESEARCH, **declared)
    assert (await over(told), receiver.taken) == (("TERMINATED", "refused"), [])


async def test_a_change_while_data_are_pushed_is_pushed_too(city: Deployment, start: Start, receiver: Receiver) -> None:
    receiver.held.clear()
    await start("HttpData-PUSH", receiver.url, continuing="true")
    await until(lambda: len(receiver.asked) == 1)
    await city.hold(b"name,age\nnew,1\n")
    await asyncio.sleep(1.5)  # the change is noticed
    receiver.held.set()
    await until(lambda: receiver.taken == [CSV, b"name,age\nnew,1\n"])


async def test_after_a_restart_only_what_changed_meanwhile_is_pushed_again(
    city: Deployment, start: Start, receiver: Receiver
) -> None:
    told = await start("HttpData-PUSH", receiver.url, continuing="true")
    await until(lambda: len(receiver.taken) == 1)
    await told.stop()
    async with told.again():
        await asyncio.sleep(0.3)
    await city.hold(b"name,age\nnew,1\n")
    async with told.again():
        await until(lambda: receiver.taken == [CSV, b"name,age\nnew,1\n"])
    assert [row.state for row in await city.releases()] == ["done", "done"]


async def test_a_push_that_found_no_room_waits_for_one(
    city: Deployment, start: Start, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(city.gate, "_rooms", Rooms(0, patience_s=0.2))
    told = await start("HttpData-PUSH", receiver.url, LIMIT.format(1))
    await asyncio.sleep(0.3)
    monkeypatch.setattr(city.gate, "_rooms", Rooms())
    assert (await over(told), receiver.taken) == (("COMPLETED", ""), [CSV])


async def test_a_push_that_never_finds_room_ends_and_is_told(
    city: Deployment, start: Start, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(city.gate, "_rooms", Rooms(0, patience_s=0.01))
    told = await start("HttpData-PUSH", receiver.url)
    assert (await over(told), receiver.asked) == (("TERMINATED", "push-failed"), [])


async def test_what_nobody_expected_ends_a_push_and_is_told(
    city: Deployment, start: Start, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(city.gate, "_rooms", None)
    told = await start("HttpData-PUSH", receiver.url)
    assert (await over(told), receiver.asked) == (("TERMINATED", "push-failed"), [])


async def test_a_push_that_cannot_even_end_still_lets_the_service_stop(
    start: Start, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried = asyncio.Event()

    async def broken(told: Told, pid: str, reason: Any) -> Process:
        tried.set()
        raise OSError("disk full")

    monkeypatch.setattr(Told, "terminate", broken)
    told = await start("HttpData-PUSH", receiver.url, LIMIT.format(0))
    await tried.wait()
    await told.stop()


@pytest.fixture
async def store() -> AsyncIterator[Store]:
    store = Store()
    listening = await asyncio.start_server(store, "127.0.0.1", 0)
    store.port = listening.sockets[0].getsockname()[1]
    yield store
    await store.close(listening)


async def test_a_small_object_is_pushed_to_s3_in_one(start: Start, store: Store) -> None:
    told = await start("AmazonS3-PUSH", store.endpoint, **PROPERTIES)
    assert await over(told) == ("COMPLETED", "")
    assert (store.objects, store.refused) == ({"/lab/in/census.csv": CSV}, [])


async def test_a_large_object_goes_in_parts_and_goes_on_from_the_last_one(
    city: Deployment, start: Start, store: Store
) -> None:
    await city.hold(LARGE)
    store.fail_at = 3  # the second part
    told = await start("AmazonS3-PUSH", store.endpoint, LIMIT.format(1), **PROPERTIES)
    assert await over(told) == ("COMPLETED", "")
    assert store.objects["/lab/in/census.csv"] == LARGE
    first, second = await city.releases()
    assert (second.offset_bytes, second.continues) == (8 << 20, first.id)
    assert store.refused == []


def without(name: str) -> Mapping[str, Any]:
    """An address of S3 whose keys are not a pair."""
    said = [{"name": each, "value": value} for each, value in PROPERTIES.items() if each != name]
    return {"endpoint": "http://x/", "endpointProperties": said}


WRONG: list[tuple[str, Mapping[str, Any]]] = [
    ("HttpData-PUSH", {}),
    ("HttpData-PUSH", {"endpoint": "http://x/", "endpointProperties": [{"name": "method", "value": "DELETE"}]}),
    ("AmazonS3-PUSH", {"endpoint": "http://x/"}),
    *(("AmazonS3-PUSH", without(name)) for name in ("accessKeyId", "secretAccessKey")),
]


@pytest.mark.parametrize("failing", [3, 5])
async def test_whatever_fails_of_a_large_push_the_object_arrives_whole_and_once(
    city: Deployment, start: Start, store: Store, failing: int
) -> None:
    await city.hold(LARGE)
    store.fail_at = failing  # a part; the end
    told = await start("AmazonS3-PUSH", store.endpoint, LIMIT.format(1), **PROPERTIES)
    assert await over(told) == ("COMPLETED", "")
    assert store.objects["/lab/in/census.csv"] == LARGE


@pytest.mark.parametrize(("form", "address"), WRONG)
def test_an_address_that_says_too_little_is_refused(form: str, address: Mapping[str, Any]) -> None:
    with pytest.raises(AddressUnclear):
        destination_of(form, address, Outgoing())
