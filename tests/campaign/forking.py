"""Servers that start quickly: forked off a process that has imported all of Renkei, which is most of a start's work.

Each is a process of its own as `renkei serve` makes it, with its own folder and environment, to be killed at will.
"""

import contextlib
import http.client
import json
import os
import subprocess
import sys
import threading
import time
import traceback
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any, cast

from tests.campaign.harness import Server


class Nursery:
    """The process that others are forked off; asked over its standard input, a line a question."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, str(Path(__file__).resolve())], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
            cwd=Path(__file__).parents[2],
        )  # fmt: skip
        self._asking = threading.Lock()

    def ask(self, **question: Any) -> Any:
        with self._asking:
            stdin, stdout = cast(IO[str], self._process.stdin), cast(IO[str], self._process.stdout)
            stdin.write(json.dumps(question) + "\n")
            stdin.flush()
            return json.loads(stdout.readline())

    def close(self) -> None:
        cast(IO[str], self._process.stdin).close()
        cast(IO[str], self._process.stdout).close()
        self._process.wait(20)


class Child:
    """A forked server, as far as `Server` asks a process."""

    def __init__(self, nursery: Nursery, pid: int) -> None:
        self.pid, self._nursery = pid, nursery
        self.returncode: int | None = None

    def poll(self) -> int | None:
        if self.returncode is None:
            self.returncode = self._nursery.ask(poll=self.pid)
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        if self.returncode is None:
            self.returncode = self._nursery.ask(wait=self.pid)
        return cast(int, self.returncode)

    def kill(self) -> None:
        os.kill(self.pid, 9)

    def terminate(self) -> None:
        os.kill(self.pid, 15)


class ForkedServer(Server):
    """One deployment that a nursery starts."""

    def __init__(self, nursery: Nursery, folder: Path, **settings: str) -> None:
        super().__init__(folder, **settings)
        self._nursery = nursery

    def launch(self, **settings: str) -> Any:
        environment = {**self.environment, **settings}
        pid = self._nursery.ask(environment=environment, folder=str(self.folder), log=str(self.log))
        self.process = cast(Any, Child(self._nursery, pid))
        return self.process

    def answers(self) -> bool:
        """As its base, without the work of making a client for each question."""
        assert self.process is not None
        for _ in range(3000):
            if self.process.poll() is not None:
                return False
            asked = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
            with contextlib.closing(asked), contextlib.suppress(OSError, http.client.HTTPException):
                asked.request("GET", "/health/ready")
                if asked.getresponse().status == 200:
                    return True
            time.sleep(0.02)
        raise AssertionError(f"the server does not answer: {self.log.read_text()[-3000:]}")


@contextlib.contextmanager
def nursery() -> Iterator[Nursery]:
    """A nursery that is gone at the end."""
    opened = Nursery()
    try:
        yield opened
    finally:
        opened.close()


def _begin(environment: dict[str, str], folder: str, log: str) -> int:
    """Fork a server; in it nothing returns."""
    if pid := os.fork():
        return pid
    os.setsid()
    os.chdir(folder)
    out = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    nothing = os.open(os.devnull, os.O_RDONLY)
    for number, file in ((nothing, 0), (out, 1), (out, 2)):
        os.dup2(number, file)
    os.environ.clear()
    os.environ.update(environment)
    from stores import failpoints

    failpoints._name, _, count = environment.get("RENKEI_FAILPOINT", "").rpartition(":")
    failpoints._left = int(count) if failpoints._name else 0
    from api.cli import main

    sys.argv, status = ["renkei", "serve"], 1
    try:
        main()
        status = 0
    except SystemExit as end:
        status = int(end.code or 0)
    except BaseException:
        traceback.print_exc()
    finally:
        os._exit(status)


_running: set[int] = set()


def _ended(pid: int, options: int) -> int | None:
    done, status = os.waitpid(pid, options)
    if not done:
        return None
    _running.discard(pid)
    return os.waitstatus_to_exitcode(status)


def _answer(question: dict[str, Any]) -> int | None:
    if "poll" in question:
        return _ended(question["poll"], os.WNOHANG)
    if "wait" in question:
        return _ended(question["wait"], 0)
    pid = _begin(**question)
    _running.add(pid)
    return pid


def _serve() -> None:
    """Answer until nobody asks any more, or the test is interrupted; no server outlives that."""
    import api.cli.serving  # noqa: F401  (all that a server imports)

    try:
        for line in sys.stdin:
            print(json.dumps(_answer(json.loads(line))), flush=True)
    finally:
        for pid in _running:
            os.kill(pid, 9)


if __name__ == "__main__":
    _serve()
