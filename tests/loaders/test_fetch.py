"""Nothing inside is ever reached by a URL, however it is spelt (security.md, P01)."""

import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from exchange.addresses import ANY_PRIVATE, is_allowed
from loaders import fetch as fetching
from loaders.fetch import FetchLimits, FetchRefused, fetch
from loaders.load import parts_of
from loaders.sources import open_sources


class Canary(BaseHTTPRequestHandler):
    """Counts requests; none must come when loopback is not allowed."""

    requests = 0

    def do_GET(self) -> None:
        type(self).requests += 1
        if self.path == "/redirect":
            self.send_response(302)
            self.send_header("Location", "http://127.0.0.1/secret")
            self.end_headers()
            return
        if self.path == "/missing":
            self.send_error(404)
            return
        body = b'<http://x/a> <http://purl.org/dc/terms/title> "T" .' * (10_000 if self.path == "/large" else 1)
        self.send_response(200)
        self.send_header("Content-Type", "text/turtle; charset=utf-8")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def port() -> Iterator[int]:
    Canary.requests = 0
    with HTTPServer(("127.0.0.1", 0), Canary) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield server.server_port
        server.shutdown()
        thread.join()


LOOPBACK = [
    "http://127.0.0.1:{port}/", "http://127.1:{port}/", "http://127.0.1:{port}/", "http://2130706433:{port}/",
    "http://0x7f000001:{port}/", "http://0x7f.0.0.1:{port}/", "http://0177.0.0.1:{port}/",
    "http://017700000001:{port}/", "http://127.0.0.1.:{port}/", "http://localhost:{port}/",
    "http://LOCALHOST:{port}/", "http://localhost.:{port}/", "http://0:{port}/", "http://0.0.0.0:{port}/",
    "http://[::1]:{port}/", "http://[::]:{port}/", "http://[::ffff:127.0.0.1]:{port}/",
    "http://[::ffff:7f00:1]:{port}/", "http://[0:0:0:0:0:0:0:1]:{port}/", "http://[::127.0.0.1]:{port}/",
    "http://[64:ff9b::7f00:1]:{port}/", "http://[2002:7f00:1::]:{port}/", "http://user@127.0.0.1:{port}/",
    "http://example.com@127.0.0.1:{port}/", "http://127.0.0.1:{port}\\@example.com/",
    "http://127.127.127.127:{port}/", "http://１２７.０.０.１:{port}/", "http://①②⑦.0.0.1:{port}/",
    "http://%31%32%37.0.0.1:{port}/",
]  # fmt: skip


@pytest.mark.parametrize("url", LOOPBACK)
def test_no_spelling_of_loopback_is_reached(url: str, port: int) -> None:
    with pytest.raises(FetchRefused):
        fetch(url.format(port=port))
    assert Canary.requests == 0


@pytest.mark.parametrize(
    "address",
    ["10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "224.0.0.1", "fe80::1", "fc00::1", "ff02::1",
     "2001:0:4136:e378:8000:63bf:3fff:fdd2", "::ffff:10.0.0.1", "192.0.2.1", "0.0.0.0", "fe80::1%eth0"],
)  # fmt: skip
def test_internal_addresses_are_not_allowed(address: str) -> None:
    assert not is_allowed(address, 443)


def test_link_local_addresses_are_never_allowed() -> None:
    assert not is_allowed("169.254.169.254", 443, ANY_PRIVATE)
    assert is_allowed("192.168.1.1", 443, ANY_PRIVATE)
    assert is_allowed("8.8.8.8", 443)


def test_a_name_with_one_inner_address_among_others_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetching, "resolve", lambda host, port: ["8.8.8.8", "127.0.0.1"])
    with pytest.raises(FetchRefused, match="internal address"):
        fetch("http://rebind.example/")


def test_a_name_is_looked_up_once_and_the_judged_address_connected_to(
    port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers = iter([["127.0.0.1"], ["169.254.169.254"]])
    asked: list[str] = []
    monkeypatch.setattr(fetching, "resolve", lambda host, port: asked.append(host) or next(answers))  # type: ignore[func-returns-value]
    fetched = fetch(f"http://rebind.example:{port}/", allow_private=True)
    assert fetched.body.read().startswith(b"<http://x/a>")
    assert asked == ["rebind.example"]


@pytest.mark.parametrize(
    "url",
    [
        "file:///etc/passwd",
        "ftp://x.example/",
        "gopher://x/",
        "http://",
        "http:///a",
        "http://x:22/",
        "http://x:99999/",
        "http://a b/",
    ],
)
def test_other_schemes_ports_and_shapes_are_refused(url: str) -> None:
    with pytest.raises(FetchRefused):
        fetch(url)


@pytest.mark.parametrize(("path", "word"), [("/redirect", "redirects to http://127.0.0.1/secret"), ("/missing", "404")])
def test_redirects_and_errors_are_told(path: str, word: str, port: int) -> None:
    with pytest.raises(FetchRefused, match=word):
        fetch(f"http://127.0.0.1:{port}{path}", allow_private=True)
    assert Canary.requests == 1


def test_a_body_beyond_the_limit_is_refused(port: int) -> None:
    with pytest.raises(FetchRefused, match="larger"):
        fetch(f"http://127.0.0.1:{port}/large", allow_private=True, limits=FetchLimits(size_bytes=1000))


def test_a_server_that_says_nothing_is_given_up() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent, pytest.raises(FetchRefused, match="ReadTimeout"):
        fetch(f"http://127.0.0.1:{silent.getsockname()[1]}/", allow_private=True, limits=FetchLimits(read_s=0.1))


def test_a_url_is_a_source_whose_media_type_tells_the_format(port: int) -> None:
    (source,) = open_sources([f"http://127.0.0.1:{port}/data"], allow_private=True)
    with parts_of(source, catalog="c") as load:
        assert [part.iri for part in load] == ["http://x/a"]


def test_a_url_that_is_refused_is_a_source_with_a_reason(port: int) -> None:
    (source,) = open_sources([f"http://127.0.0.1:{port}/"])
    assert source.refusal
    assert "internal" in source.refusal.en
