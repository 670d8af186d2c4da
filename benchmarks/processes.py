"""Processes of ours and of peers: started, watched, stopped."""

import contextlib
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import httpx
import psutil

RENKEI = str(Path(sys.executable).parent / "renkei")


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def tree(pid: int) -> list[psutil.Process]:
    """A process and all below it."""
    with contextlib.suppress(psutil.Error):
        top = psutil.Process(pid)
        return [top, *top.children(recursive=True)]
    return []


def resident(pids: Sequence[int]) -> int:
    """Resident bytes of processes and all below them; pages that they share count once where the kernel tells."""
    total = 0
    for pid in pids:
        for process in tree(pid):
            with contextlib.suppress(psutil.Error):
                total += process.memory_info().rss
    return total


def cpu_seconds(pid: int) -> float:
    """User and system time of a process, its living and its ended children."""
    total = 0.0
    for number, process in enumerate(tree(pid)):
        with contextlib.suppress(psutil.Error):
            times = process.cpu_times()
            total += times.user + times.system
            if number == 0:
                total += times.children_user + times.children_system
    return total


class Peak:
    """The most memory that processes had together, sampled four times a second: each sample walks all of /proc."""

    def __init__(self, pids: Callable[[], Sequence[int]]) -> None:
        self.bytes = 0
        self._pids = pids
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def _watch(self) -> None:
        while not self._ended.wait(0.25):
            self.bytes = max(self.bytes, resident(self._pids()))

    def __enter__(self) -> "Peak":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()


@dataclass
class Server:
    """A running server."""

    process: subprocess.Popen[bytes]
    address: str
    start_s: float

    @property
    def pid(self) -> int:
        return self.process.pid


@contextlib.contextmanager
def serving(command: Sequence[str], address: str, probe: str, *, timeout_s: float, env: dict[str, str] | None = None,
            log: Path | None = None) -> Iterator[Server]:  # fmt: skip
    """A server that answers at `probe`; it is ended at the end."""
    with open(log or os.devnull, "ab") as out:
        begun = time.monotonic()
        process = subprocess.Popen(command, stdout=out, stderr=out, env={**_surroundings(), **(env or {})})
    try:
        _await(process, address + probe, begun + timeout_s)
        yield Server(process, address, time.monotonic() - begun)
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _surroundings() -> dict[str, str]:
    """Those of this process; sources are compiled once, as everywhere, also where that was switched off for tests."""
    return {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}


def _await(process: subprocess.Popen[bytes], url: str, until: float) -> None:
    with httpx.Client(trust_env=False) as client:
        while time.monotonic() < until:
            with contextlib.suppress(httpx.HTTPError):
                if client.get(url, timeout=max(0.1, until - time.monotonic())).status_code < 300:
                    return
            if process.poll() is not None:
                raise RuntimeError(f"{process.args} ended with {process.returncode}")
            time.sleep(0.02)
    raise RuntimeError(f"nothing answers at {url}")


def renkei_server(folder: Path, *, timeout_s: float = 120) -> contextlib.AbstractContextManager[Server]:
    """`renkei serve` over a data folder."""
    port = free_port()
    command = [RENKEI, "serve", "--port", str(port), "--data", str(folder)]
    env = {"RENKEI_LOG_LEVEL": "warning", "RENKEI_OPERATOR_TOKEN": TOKEN, "RENKEI_QUERY_S": "30"}
    log = folder.parent / f"{folder.name}.log"
    return serving(command, f"http://127.0.0.1:{port}", "/health/ready", timeout_s=timeout_s, env=env, log=log)


TOKEN = "benchmark-operator-token-of-one-run"
