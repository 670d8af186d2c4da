"""What this service asks of others never reaches an address inside (security.md, P01), and ends in bounds."""

import asyncio
import contextlib
import datetime
import ipaddress
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from exchange.addresses import ANY_PRIVATE, Inside, Purpose, is_allowed
from exchange.outgoing import Answer, Outgoing, OutgoingLimits
from exchange.partner_errors import AddressRefused, AnswerRefused, OutgoingFailed, Unreachable

pytestmark = pytest.mark.anyio

Serve = Callable[..., Awaitable["Server"]]
OK = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok"
LOOPBACK = [
    "127.0.0.1", "127.1", "127.0.1", "2130706433", "0x7f000001", "0x7f.0.0.1", "0x7f.1", "0177.0.0.1", "017700000001",
    "127.0.0.1.", "localhost", "LOCALHOST", "localhost.", "0", "0.0.0.0", "[::1]", "[::]", "[::ffff:127.0.0.1]",
    "[::ffff:7f00:1]", "[0:0:0:0:0:0:0:1]", "[::127.0.0.1]", "[64:ff9b::7f00:1]", "[2002:7f00:1::]", "user@127.0.0.1",
    "example.com@127.0.0.1", "user:word@127.0.0.1", "127.127.127.127", "１２７.０.０.１", "①②⑦.0.0.1",
    "%31%32%37.0.0.1", "127。0。0。1", "[::1%25lo]",
]  # fmt: skip


class Server:
    """A server on loopback that answers each request with the bytes it was given."""

    def __init__(self, answers: list[bytes], *, close: bool, wait: bool) -> None:
        self.answers, self.close, self.wait = answers, close, wait
        self.port = self.connections = 0
        self.asked: list[bytes] = []
        self.bodies: list[bytes] = []

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            while self.answers:
                self.asked.append(await reader.readuntil(b"\r\n\r\n"))
                if self.wait:
                    self.bodies.append(
                        await reader.readexactly(int(self.asked[-1].lower().split(b"content-length: ")[1].split()[0]))
                    )
                writer.write(self.answers.pop(0))
                await writer.drain()
            if not self.close:
                await reader.read()
        writer.close()


@pytest.fixture
async def serve() -> AsyncIterator[Serve]:
    async with contextlib.AsyncExitStack() as stack:

        async def started(*answers: bytes, close: bool = False, wait: bool = False) -> Server:
            server = Server(list(answers), close=close, wait=wait)
            listening = await asyncio.start_server(server, "127.0.0.1", 0)
            stack.callback(listening.close)
            server.port = listening.sockets[0].getsockname()[1]
            return server

        yield started


@pytest.fixture
async def outgoing() -> AsyncIterator[Outgoing]:
    client = Outgoing(ANY_PRIVATE, OutgoingLimits(answer_bytes=1 << 20, total_s=0.5, connect_s=2, read_s=0.5))
    yield client
    await client.close()


def _at(server: Server) -> str:
    return f"http://127.0.0.1:{server.port}/"


@pytest.mark.parametrize("host", LOOPBACK)
async def test_p01_no_spelling_of_loopback_is_reached(host: str, serve: Serve) -> None:
    server = await serve(OK)
    with pytest.raises(AddressRefused):
        await Outgoing().get(f"http://{host}:{server.port}/")
    assert server.connections == 0


@pytest.mark.parametrize("url", ["http://127.0.0.1:80\\@example.com/", "file:///etc/passwd", "gopher://x/", "http://",
                                 "http://x:22/", "http://x:0/", "http://x:99999/", "http://a b/", "http://[::1", "//x/",
                                 "http://x/\r\nHost: y", "http://a\tb/", "ftp://x/", "http:///a"])  # fmt: skip
async def test_p01_other_schemes_ports_and_shapes_are_refused(url: str) -> None:
    with pytest.raises(AddressRefused):
        await Outgoing(ANY_PRIVATE).get(url)


@pytest.mark.parametrize("address", ["10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "224.0.0.1",
                                     "fe80::1", "fc00::1", "ff02::1", "2001:0:4136:e378:8000:63bf:3fff:fdd2", "192.0.2.1",
                                     "::ffff:10.0.0.1", "0.0.0.0", "fe80::1%eth0", "198.18.0.1", "fec0::1", "::7f00:1", "::ffff:0:7f00:1", "240.0.0.1"])  # fmt: skip
def test_p01_internal_addresses_are_not_allowed(address: str) -> None:
    assert not is_allowed(address, 443)


@pytest.mark.parametrize(
    "address", ["169.254.169.254", "fe80::1", "0.0.0.0", "::", "224.0.0.1", "::ffff:169.254.169.254"]
)
def test_p01_where_clouds_keep_secrets_is_never_allowed(address: str) -> None:
    assert not is_allowed(address, 80, Inside.read(("0.0.0.0/0", "::/0")))


async def test_p01_a_redirect_is_told_and_not_followed(serve: Serve, outgoing: Outgoing) -> None:
    inner = await serve(OK)
    server = await serve(b"HTTP/1.1 302 Found\r\nlocation: %b\r\ncontent-length: 0\r\n\r\n" % _at(inner).encode())
    answer = await outgoing.get(_at(server))
    assert (answer.status, answer.ok, inner.connections) == (302, False, 0)


async def test_p01_a_name_is_looked_up_once_and_the_judged_address_connected_to(serve: Serve) -> None:
    server = await serve(OK)
    answers, asked = iter([["127.0.0.1"], ["169.254.169.254"]]), []

    async def rebinding(host: str, port: int) -> list[str]:
        asked.append(host)
        return next(answers)

    outgoing = Outgoing(ANY_PRIVATE, resolver=rebinding)
    assert (await outgoing.get(f"http://rebind.example:{server.port}/")).ok
    assert asked == ["rebind.example"]
    await outgoing.close()


async def test_p01_a_name_with_one_inner_address_among_others_is_refused() -> None:
    async def both(host: str, port: int) -> list[str]:
        return ["8.8.8.8", "127.0.0.1"]

    with pytest.raises(AddressRefused, match=r"internal address 127\.0\.0\.1"):
        await Outgoing(resolver=both).get("http://both.example/")


async def test_an_address_that_the_operator_names_is_reached_on_that_port_alone(serve: Serve) -> None:
    named, other = await serve(OK), await serve(OK)
    outgoing = Outgoing(Inside.read([f"127.0.0.1:{named.port}"]))
    assert (await outgoing.get(_at(named))).ok
    with pytest.raises(AddressRefused):
        await outgoing.get(_at(other))
    await outgoing.close()


@pytest.mark.parametrize(
    "text", ["", "x", "10.0.0.0/99", "localhost:80", "1.2.3.4:x", "[::1]:80:80", "::1]:80", "1.2.3.4:80/8",
             "sorce:10.0.0.5", "SOURCE:10.0.0.5", "source:", "source:x", "source:peer:10.0.0.5", "source", "hooks:10.0.0.5",
             "source;10.0.0.5", "source:10.0.0.5,peer:10.0.0.5"]
)  # fmt: skip
def test_what_is_no_network_is_refused_as_one(text: str) -> None:
    with pytest.raises(ValueError, match=r"\S"):
        Inside.read([text])


@pytest.mark.parametrize("purpose", Purpose)
async def test_p01_an_address_that_is_named_for_a_purpose_is_reached_for_that_alone(
    serve: Serve, purpose: Purpose
) -> None:
    server = await serve(OK)
    outgoing = Outgoing(Inside.read([f"{purpose}:127.0.0.1"]))
    assert (await outgoing.to(purpose).get(_at(server))).ok  # its connection is kept, and not for the others
    for other in (outgoing, *(outgoing.to(each) for each in Purpose if each != purpose)):
        with pytest.raises(AddressRefused):
            await other.get(_at(server))
    await outgoing.close()


async def test_an_address_that_is_named_for_none_is_reached_for_any(serve: Serve) -> None:
    server = await serve(*[OK] * len(Purpose))
    outgoing = Outgoing(Inside.read(["peer:10.0.0.1", "127.0.0.1"]))
    assert [(await outgoing.to(each).get(_at(server))).ok for each in Purpose] == [True] * len(Purpose)
    await outgoing.close()


@pytest.mark.parametrize("text", ["peer:10.0.0.0/8", "push: 10.1.2.3", "source:10.1.2.3:8080", "hook:[fd00::1]:8080"])
def test_purposes_stand_before_all_that_can_be_named(text: str) -> None:
    ((_, _, purpose),) = Inside.read([text]).places
    assert purpose == text.partition(":")[0]


async def test_requests_to_one_host_go_over_one_connection(serve: Serve, outgoing: Outgoing) -> None:
    server = await serve(OK, OK, OK)
    for _ in range(3):
        assert (await outgoing.get(_at(server))).body == b"ok"
    assert server.connections == 1


async def test_requests_at_once_go_over_connections_of_their_own(serve: Serve, outgoing: Outgoing) -> None:
    server = await serve(OK, OK, OK)
    answers = await asyncio.gather(*(outgoing.get(_at(server)) for _ in range(3)))
    assert ([each.body for each in answers], server.connections) == ([b"ok"] * 3, 3)


async def test_a_connection_that_the_server_closed_is_not_used_again(serve: Serve, outgoing: Outgoing) -> None:
    server = await serve(OK, close=True)
    await outgoing.get(_at(server))
    server.answers.append(OK)
    await asyncio.sleep(0.05)
    assert (await outgoing.get(_at(server))).ok
    assert server.connections == 2


@pytest.mark.parametrize("more", [b"HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nevil", b"x", b"\0" * 100])
async def test_p15_what_comes_after_an_answer_is_no_answer_to_the_next_request(
    more: bytes, serve: Serve, outgoing: Outgoing
) -> None:
    server = await serve(OK + more, OK)
    with contextlib.suppress(OutgoingFailed):
        assert (await outgoing.get(_at(server))).body == b"ok"
    assert (await outgoing.get(_at(server))).body == b"ok"
    assert server.connections == 2


async def test_p15_what_comes_unasked_is_no_answer_to_the_next_request(outgoing: Outgoing) -> None:
    connections = 0

    async def eager(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal connections
        connections += 1
        await reader.readuntil(b"\r\n\r\n")
        writer.write(OK)
        await asyncio.sleep(0.02)
        writer.write(OK.replace(b"ok", b"no"))
        writer.close()

    async with await asyncio.start_server(eager, "127.0.0.1", 0) as server:
        for _ in range(2):
            url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
            assert (await outgoing.get(url)).body == b"ok"
            await asyncio.sleep(0.05)
    assert connections == 2


async def test_a_request_says_what_it_was_given(serve: Serve, outgoing: Outgoing) -> None:
    server = await serve(OK, wait=True)
    await outgoing.post(_at(server) + "a/é?q=1 2".replace(" ", "%20"), b"body", {"authorization": "Bearer x"})
    lines = server.asked[0].decode().split("\r\n")
    assert lines[0] == "POST /a/%C3%A9?q=1%202 HTTP/1.1"
    assert {f"host: 127.0.0.1:{server.port}", "authorization: Bearer x", "content-length: 4"} <= set(lines)
    assert server.bodies == [b"body"]


@pytest.mark.parametrize(("name", "value"), [("x", "a\r\ny: b"), ("x", "a\nb"), ("x\r\ny", "b"), ("", "x"), ("x", "a\0"),
                                             ("x", "人"), ("Host", "y"), ("Content-Length", "0"), ("x:y", "b")])  # fmt: skip
async def test_p16_no_header_begins_another_one(name: str, value: str, serve: Serve, outgoing: Outgoing) -> None:
    server = await serve(OK)
    with pytest.raises(OutgoingFailed):
        await outgoing.get(_at(server), {name: value})
    assert server.connections == 0


BODIES = {
    "chunked": b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n",
    "until the end": b"HTTP/1.0 200 OK\r\n\r\nabcde",
    "after interim answers": b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nlink: </x>\r\n\r\n"
    b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nabcde",
}


@pytest.mark.parametrize("answer", BODIES.values(), ids=BODIES)
async def test_a_body_is_read_in_every_framing(answer: bytes, serve: Serve, outgoing: Outgoing) -> None:
    server = await serve(answer, close=True)
    found = await outgoing.get(_at(server))
    assert (found.status, found.body, "link" in found.headers) == (200, b"abcde", False)


async def test_headers_of_one_name_are_joined(serve: Serve, outgoing: Outgoing) -> None:
    server = await serve(b"HTTP/1.1 204 No\r\nLink: <a>\r\nlink: <b>\r\n\r\n")
    assert await outgoing.get(_at(server)) == Answer(204, {"link": "<a>, <b>"}, b"")


BROKEN = {
    "cut off": b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nabc",
    "cut off in chunks": b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nabc",
    "nothing": b"",
    "half a head": b"HTTP/1.1 200 OK\r\ncontent-le",
    "no HTTP": b"SSH-2.0-OpenSSH_9.2\r\n",
    "two lengths": b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\ncontent-length: 3\r\n\r\nabc",
    "length and chunks": b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\ntransfer-encoding: chunked\r\n\r\n2\r\nab\r\n0\r\n\r\n",
    "a length that is none": b"HTTP/1.1 200 OK\r\ncontent-length: -2\r\n\r\nabc",
    "another protocol": b"HTTP/1.1 101 Switching\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n",
}


@pytest.mark.parametrize("answer", BROKEN.values(), ids=BROKEN)
async def test_half_an_answer_is_none(answer: bytes, serve: Serve, outgoing: Outgoing) -> None:
    server = await serve(answer, close=True)
    with pytest.raises(Unreachable):
        await outgoing.get(_at(server))


TOO_MUCH = {
    "body": b"HTTP/1.1 200 OK\r\ncontent-length: 2000000\r\n\r\n" + bytes(2_000_000),
    "one header": b"HTTP/1.1 200 OK\r\nx: " + b"y" * 200_000,
    "headers": b"HTTP/1.1 200 OK\r\n" + b"x: y\r\n" * 30_000,
    "interim answers": b"HTTP/1.1 100 Continue\r\n\r\n" * 10_000,
    "packed": b"HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: 2\r\n\r\nab",
}


@pytest.mark.parametrize("answer", TOO_MUCH.values(), ids=TOO_MUCH)
async def test_p17_what_is_too_large_or_packed_is_not_taken(answer: bytes, serve: Serve, outgoing: Outgoing) -> None:
    server = await serve(answer)
    with pytest.raises(AnswerRefused):
        await outgoing.get(_at(server))


async def test_a_server_that_says_nothing_is_given_up(serve: Serve, outgoing: Outgoing) -> None:
    server = await serve(b"")
    with pytest.raises(Unreachable, match="no answer within"):
        await outgoing.get(_at(server))


async def test_nobody_there_is_told_with_host_and_port(serve: Serve, outgoing: Outgoing) -> None:
    with pytest.raises(Unreachable, match=r"127\.0\.0\.1 cannot be connected to on port 9999"):
        await outgoing.get("http://127.0.0.1:9999/")


async def test_who_is_cancelled_leaves_no_half_read_connection_behind(serve: Serve, outgoing: Outgoing) -> None:
    server = await serve(b"", OK)
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(outgoing.get(_at(server)), 0.05)
    assert (await outgoing.get(_at(server))).body == b"ok"
    assert server.connections == 2


async def test_a_stream_reads_no_more_ahead_than_its_buffer(outgoing: Outgoing) -> None:
    sent = 0

    async def flood(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal sent
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 100000000\r\n\r\n")
        with contextlib.suppress(ConnectionError):
            while sent < 100_000_000:
                writer.write(bytes(100_000))
                await writer.drain()
                sent += 100_000
        writer.close()

    server = await asyncio.start_server(flood, "127.0.0.1", 0)
    url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
    async with server, outgoing.stream_get(url) as answer:
        await asyncio.sleep(0.2)
        assert (answer.status, sent < 20_000_000) == (200, True)
        assert sum([len(chunk) async for chunk in answer.chunks]) == 100_000_000


async def test_a_stream_that_falls_silent_is_given_up(serve: Serve, outgoing: Outgoing) -> None:
    server = await serve(b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nabc")
    with pytest.raises(Unreachable):
        async with outgoing.stream_get(_at(server)) as answer:
            assert [chunk async for chunk in answer.chunks] == [b"abc"]


async def _pieces(*pieces: bytes) -> AsyncIterator[bytes]:
    for piece in pieces:
        yield piece


async def test_a_body_is_sent_as_it_comes(serve: Serve, outgoing: Outgoing) -> None:
    server = await serve(OK, wait=True)
    answer = await outgoing.stream_put(_at(server), _pieces(b"abc", b"", b"de"), size_bytes=5)
    assert (answer.ok, server.bodies, server.asked[0][:4]) == (True, [b"abcde"], b"PUT ")


async def test_a_body_of_unknown_length_is_sent_in_chunks(outgoing: Outgoing) -> None:
    got = asyncio.get_running_loop().create_future()

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        got.set_result(await reader.readuntil(b"\r\n0\r\n\r\n"))
        writer.write(OK)
        writer.close()

    async with await asyncio.start_server(answer, "127.0.0.1", 0) as server:
        await outgoing.stream_put(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/", _pieces(b"abc", b"de"))
    assert await got == b"3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n"


async def test_sending_stops_when_the_answer_comes_before_the_end(serve: Serve, outgoing: Outgoing) -> None:
    server = await serve(b"HTTP/1.1 413 Too Large\r\ncontent-length: 0\r\n\r\n")
    sent = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal sent
        while True:
            await asyncio.sleep(0)
            yield bytes(10_000)
            sent += 10_000

    assert (await outgoing.stream_put(_at(server), endless())).status == 413
    assert sent < 50_000_000


async def test_who_takes_nothing_is_sent_no_more(serve: Serve, outgoing: Outgoing) -> None:
    server = await serve(b"")
    with pytest.raises(Unreachable):
        await outgoing.stream_put(_at(server), _pieces(*([bytes(1_000_000)] * 50)))


def _certificate(folder: Path) -> ssl.SSLContext:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "peer.example")])
    now = datetime.datetime.now(datetime.UTC)
    address = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), 1, now, now + datetime.timedelta(days=1))
        .add_extension(address, critical=False)
        .sign(key, hashes.SHA256())
    )
    form = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    pem = key.private_bytes(serialization.Encoding.PEM, *form) + made.public_bytes(serialization.Encoding.PEM)
    (folder / "server.pem").write_bytes(pem)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "server.pem")
    return context


async def test_a_certificate_that_nobody_vouches_for_is_refused_in_plain_words(
    outgoing: Outgoing, tmp_path: Path
) -> None:
    handler = Server([OK], close=True, wait=False)
    async with await asyncio.start_server(handler, "127.0.0.1", 0, ssl=_certificate(tmp_path)) as server:
        with pytest.raises(Unreachable, match=r"certificate of .* cannot be verified"):
            await outgoing.get(f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}/")
    assert handler.asked == []
