"""A peer is known by what it shows, and asked where its version document says."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import orjson
import pytest
from sqlalchemy import select

from exchange.addresses import ANY_PRIVATE
from exchange.keys import SecretBox, SigningKey
from exchange.outgoing import Outgoing
from exchange.partner_errors import AnswerRefused, OutgoingFailed, PeerInvalid, PeerUnknown, SealBroken, Unreachable
from exchange.peers import Peers
from stores.database import Database
from stores.exchange_tables import PeerRow
from stores.tables import EventRow

pytestmark = pytest.mark.anyio
Root = Callable[..., Awaitable[str]]
CITY, ADDRESS = "https://city.example/", "https://city.example/renkei"
MOCK = '{"region":"eu","audience":"provider","clientId":"consumer"}'


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    database = Database.in_folder(tmp_path)
    await database.open()
    yield database
    await database.close()


@pytest.fixture
async def peers(database: Database) -> AsyncIterator[Peers]:
    outgoing = Outgoing(ANY_PRIVATE)
    yield Peers(database, SecretBox(bytes(32)), outgoing)
    await outgoing.close()


@pytest.fixture
async def root() -> AsyncIterator[Root]:
    async with contextlib.AsyncExitStack() as stack:

        async def serving(status: int, body: object, asked: list[str] | None = None) -> str:
            """Address of a server whose version document is this."""

            async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
                line = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")[0]
                if asked is not None:
                    asked.append(line)
                text = orjson.dumps(body)
                writer.write(
                    b"HTTP/1.1 %d X\r\nconnection: close\r\ncontent-length: %d\r\n\r\n" % (status, len(text)) + text
                )
                writer.close()

            server = await asyncio.start_server(answer, "127.0.0.1", 0)
            stack.callback(server.close)
            return f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"

        yield serving


async def test_the_header_for_a_peer_is_kept_sealed(peers: Peers, database: Database) -> None:
    await peers.put(CITY, ADDRESS, authorization="Bearer secret-of-city")
    assert await peers.authorization(CITY) == "Bearer secret-of-city"
    async with database.reading() as connection:
        assert b"secret" not in (await connection.scalar(select(PeerRow.sealed)) or b"")


async def test_a_sealed_header_moved_to_another_peer_opens_for_nobody(peers: Peers, database: Database) -> None:
    await peers.put(CITY, ADDRESS, authorization="Bearer secret-of-city")
    await peers.put("https://evil.example/", "https://evil.example")
    async with database.writing() as connection:
        sealed = await connection.scalar(select(PeerRow.sealed).where(PeerRow.participant == CITY))
        await connection.execute(PeerRow.__table__.update().values(sealed=sealed))  # type: ignore[attr-defined]
    with pytest.raises(SealBroken):
        await peers.authorization("https://evil.example/")


async def test_a_peer_is_known_by_the_whole_header_it_presents(peers: Peers) -> None:
    await peers.put("consumer", ADDRESS, presents=MOCK)
    found = await peers.by_presented(MOCK)
    assert found is not None
    assert (found.participant, found.role, found.authenticated) == ("consumer", "reader", True)
    assert await peers.by_presented(MOCK + " ") is None
    assert await peers.by_presented("") is None


async def test_two_peers_never_present_the_same(peers: Peers) -> None:
    await peers.put("one", ADDRESS, presents=MOCK)
    with pytest.raises(PeerInvalid, match="Another peer"):
        await peers.put("two", ADDRESS, presents=MOCK)


async def test_what_is_not_said_anew_stays_and_an_empty_header_goes(peers: Peers, tmp_path: Path) -> None:
    key = SigningKey.in_folder(tmp_path).public_jwk
    await peers.put(CITY, ADDRESS, authorization="Bearer x", presents=MOCK, key=key)
    peer = await peers.put(CITY, "https://elsewhere.example/")
    assert (peer.address, peer.authorizes, peer.presents) == ("https://elsewhere.example", True, True)
    assert peer.key is not None
    assert peer.key["x"] == key["x"]
    peer = await peers.put(CITY, ADDRESS, authorization="", presents="")
    assert (peer.authorizes, peer.presents, await peers.authorization(CITY)) == (False, False, None)


async def test_a_removed_peer_is_known_no_more(peers: Peers) -> None:
    await peers.put(CITY, ADDRESS, presents=MOCK, authorization="Bearer x")
    await peers.remove(CITY)
    assert (await peers.by_presented(MOCK), await peers.authorization(CITY), await peers.all()) == (None, None, [])
    with pytest.raises(PeerUnknown):
        await peers.remove(CITY)


async def test_each_change_of_a_peer_is_an_event_with_a_digest(peers: Peers, database: Database) -> None:
    await peers.put(CITY, ADDRESS, actor="operator")
    await peers.put(CITY, ADDRESS, presents=MOCK)
    await peers.remove(CITY)
    async with database.reading() as connection:
        found = (await connection.execute(select(EventRow.kind, EventRow.subject, EventRow.digest))).all()
    assert [(kind, subject) for kind, subject, _ in found] == [("peer-changed", CITY)] * 3
    assert len({digest for *_, digest in found}) == 3


@pytest.mark.parametrize("name", ["", " ", "a b", "https://city.example/\n", "https://аpple.example/", "a\u202eb", "a" * 2049,
                                  "https://city.example/\u200b", "https://か.example/", "\x7f"])  # fmt: skip
async def test_p33_an_id_that_could_be_taken_for_another_is_refused(name: str, peers: Peers) -> None:
    with pytest.raises(PeerInvalid) as refused:
        await peers.put(name, ADDRESS)
    assert refused.value.member == "participant"


@pytest.mark.parametrize("address", ["", "city", "ftp://city.example", "http://user@city.example", "https://city.example/?a",
                                     "https://city.example/#a", "http://city.example:22"])  # fmt: skip
async def test_an_address_that_cannot_be_asked_is_refused_at_once(address: str, peers: Peers) -> None:
    with pytest.raises(PeerInvalid) as refused:
        await peers.put(CITY, address)
    assert refused.value.member == "address"


@pytest.mark.parametrize("given", [{"authorization": "Bearer x\r\ny: z"}, {"presents": " x"}, {"authorization": "人"},
                                   {"key": {"kty": "RSA"}}, {"presents": "x" * 9000}])  # fmt: skip
async def test_headers_and_keys_that_are_none_are_refused(given: dict[str, str], peers: Peers) -> None:
    with pytest.raises(PeerInvalid) as refused:
        await peers.put(CITY, ADDRESS, **given)  # type: ignore[arg-type]
    assert refused.value.member == next(iter(given))


async def test_the_base_is_what_the_version_document_says(peers: Peers, root: Root) -> None:
    versions = [
        {"version": "2024-1", "path": "/old"},
        {"version": "2025-1", "path": "/dsp/2025-1/", "binding": "HTTPS"},
    ]
    asked: list[str] = []
    address = await root(200, {"protocolVersions": versions}, asked)
    await peers.put(CITY, f"{address}/connector")
    assert await peers.dsp_base(CITY) == f"{address}/connector/dsp/2025-1"
    assert await peers.dsp_base(CITY) == f"{address}/connector/dsp/2025-1"
    assert asked == ["GET /connector/.well-known/dspace-version HTTP/1.1"]


async def test_an_address_without_a_version_document_is_the_base_itself(peers: Peers, root: Root) -> None:
    address = await root(404, {})
    await peers.put(CITY, f"{address}/dsp/")
    assert await peers.dsp_base(CITY) == f"{address}/dsp"


@pytest.mark.parametrize("document", [{}, [], 7, {"protocolVersions": []}, {"protocolVersions": ["2025-1"]},
                                      {"protocolVersions": [{"version": "2024-1", "path": "/"}]},
                                      {"protocolVersions": [{"version": "2025-1", "path": "@evil.example/"}]},
                                      {"protocolVersions": [{"version": "2025-1", "path": "/ a"}]},
                                      {"protocolVersions": [{"version": "2025-1", "path": 7}]}])  # fmt: skip
async def test_a_document_that_names_no_base_is_refused(document: object, peers: Peers, root: Root) -> None:
    await peers.put(CITY, await root(200, document))
    with pytest.raises(OutgoingFailed):
        await peers.dsp_base(CITY)


async def test_a_peer_that_is_out_of_order_is_not_asked_at_a_guessed_base(peers: Peers, root: Root) -> None:
    await peers.put(CITY, await root(500, {}))
    with pytest.raises(AnswerRefused, match="500"):
        await peers.dsp_base(CITY)
    await peers.put(CITY, "http://127.0.0.1:9999")
    with pytest.raises(Unreachable):
        await peers.dsp_base(CITY)
