"""A real server process: what only a socket shows."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from api.serve import free_port


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    folder, port = tmp_path_factory.mktemp("server"), free_port("127.0.0.1")
    environment = {**os.environ, "RENKEI_DATA": str(folder / "data"), "RENKEI_PORT": str(port), "RENKEI_HEADER_S": "2",
                   "RENKEI_LOG_LEVEL": "error", "RENKEI_CONNECTIONS": "2000"}  # fmt: skip
    renkei = Path(sys.executable).parent / "renkei"
    process = subprocess.Popen([renkei, "serve"], env=environment, cwd=folder)
    try:
        _wait(port)
        yield port
    finally:
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) in (0, -signal.SIGTERM)  # uvicorn hands the signal on once all is closed


def _wait(port: int) -> None:
    for _ in range(150):
        try:
            if httpx.get(f"http://127.0.0.1:{port}/health/ready", trust_env=False).status_code == 200:
                return
        except httpx.TransportError:
            time.sleep(0.2)
    raise AssertionError("the server does not answer")


def _raw(port: int, text: bytes, wait_s: float = 3) -> bytes:
    with socket.create_connection(("127.0.0.1", port), timeout=wait_s) as line:
        line.sendall(text)
        received = b""
        try:
            while chunk := line.recv(65536):
                received += chunk
        except (TimeoutError, ConnectionResetError):
            pass
    return received


HEAD = b"GET /health/live HTTP/1.1\r\nHost: x\r\n"
POST = b"POST /sparql HTTP/1.1\r\nHost: x\r\nContent-Type: application/sparql-query\r\n"
SECOND = b"GET /health/ready HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
SMUGGLED = {
    "length and coding": POST + b"Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + SECOND,
    "coding and length": POST + b"Transfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n0\r\n\r\n" + SECOND,
    "two lengths": POST + b"Content-Length: 0\r\nContent-Length: 60\r\n\r\n" + SECOND,
    "a list of lengths": POST + b"Content-Length: 0, 60\r\n\r\n" + SECOND,
    "a signed length": POST + b"Content-Length: +0\r\n\r\n" + SECOND,
    "a negative length": POST + b"Content-Length: -1\r\n\r\n" + SECOND,
    "an odd coding": POST + b"Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n" + SECOND,
    "a coding with a space": POST + b"Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n" + SECOND,
    "two codings": POST + b"Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n" + SECOND,
    "a folded header": HEAD + b"X: a\r\n b\r\n\r\n" + SECOND,
    "a bare line feed": b"GET /health/live HTTP/1.1\nHost: x\n\n" + SECOND,
    "a bare carriage return": HEAD + b"X: a\rY: b\r\n\r\n" + SECOND,
    "no host": b"GET /health/live HTTP/1.1\r\n\r\n" + SECOND,
    "two hosts": HEAD + b"Host: y\r\n\r\n" + SECOND,
    "NUL in a header": HEAD + b"X: a\0b\r\n\r\n" + SECOND,
    "a bad chunk size": POST + b"Transfer-Encoding: chunked\r\n\r\n0x0\r\n\r\n" + SECOND,
}


def test_p15_the_list_has_sixteen_requests() -> None:
    assert len(SMUGGLED) == 16


@pytest.mark.parametrize("name", SMUGGLED)
def test_p15_an_ambiguous_request_is_refused_and_never_answered_twice_well(port: int, name: str) -> None:
    received = _raw(port, SMUGGLED[name])
    first = received.split(b"\r\n", 1)[0]
    assert first == b"" or first.startswith(b"HTTP/1.1 4"), received[:300]


def test_p14_five_hundred_slow_sockets_do_not_stop_the_service(port: int) -> None:
    lines = [socket.create_connection(("127.0.0.1", port)) for _ in range(500)]
    try:
        for line in lines:
            line.sendall(b"GET / HTTP/1.1\r\nHost: x\r\nX-Slow: ")
        assert httpx.get(f"http://127.0.0.1:{port}/health/live", trust_env=False).status_code == 200
        time.sleep(3)
        lines[0].settimeout(2)
        assert lines[0].recv(10) == b""  # the deadline for heads has cut the line
    finally:
        for line in lines:
            line.close()


def test_raw_japanese_in_an_address_is_understood(port: int) -> None:
    text = "GET /search?q=人口 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode()
    assert _raw(port, text).startswith(b"HTTP/1.1 200")
