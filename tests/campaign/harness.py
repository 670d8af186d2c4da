"""A real `renkei serve` on a folder of its own, to be killed at any moment; and how much of a campaign to run."""

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import orjson

from api.serve import free_port

RENKEI = Path(sys.executable).parent / "renkei"
MORTAL = ["setpriv", "--pdeathsig", "KILL"] if shutil.which("setpriv") else []  # ends with tests that are killed
TOKEN = "operator-token-of-the-campaign"
OPERATOR = {"authorization": f"Bearer {TOKEN}"}
PREFIXES = "@prefix dcat: <http://www.w3.org/ns/dcat#> . @prefix dct: <http://purl.org/dc/terms/> . @prefix ex: <https://city.example/> .\n"
FULL = os.environ.get("RENKEI_CAMPAIGN") == "full"


def amount(whole: int) -> int:
    """How many of a campaign's `whole` runs: all with RENKEI_CAMPAIGN=full, else a tenth."""
    return whole if FULL else whole // 10


class Server:
    """One deployment; `start` and `kill` as often as wanted, always on the same folder and address."""

    def __init__(self, folder: Path, **settings: str) -> None:
        self.folder = folder
        self.data = folder / "data"
        self.port = free_port("127.0.0.1")
        self.base = f"http://127.0.0.1:{self.port}"
        self.log = folder / "server.log"
        self.environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith(("RENKEI_", "COV"))},
            "RENKEI_DATA": str(self.data), "RENKEI_PORT": str(self.port), "RENKEI_LOG_LEVEL": "warning",
            "RENKEI_OPERATOR_TOKEN": TOKEN, **settings,
        }  # fmt: skip
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        assert self.process is not None
        return self.process.pid

    def launch(self, **settings: str) -> subprocess.Popen[bytes]:
        """Start the process and do not wait for it to answer."""
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [*MORTAL, RENKEI, "serve"], env={**self.environment, **settings}, cwd=self.folder, stderr=log,
                stdout=log, start_new_session=True,
            )  # fmt: skip
        return self.process

    def start(self, **settings: str) -> float:
        """Start it and wait until it is ready; the seconds that took."""
        began = time.monotonic()
        self.launch(**settings)
        assert self.answers(), f"the server ended at its start: {self.log.read_text()[-3000:]}"
        return time.monotonic() - began

    def answers(self) -> bool:
        """Wait until it is ready; False if it ended before that."""
        assert self.process is not None
        for _ in range(1800):
            if self.process.poll() is not None:
                return False
            with contextlib.suppress(httpx.TransportError):
                if httpx.get(f"{self.base}/health/ready", trust_env=False, timeout=30).status_code == 200:
                    return True
            time.sleep(0.05)
        raise AssertionError(f"the server does not answer: {self.log.read_text()[-3000:]}")

    def kill(self) -> None:
        """kill -9 of the server alone; its workers must end by themselves."""
        assert self.process is not None
        self.process.kill()
        self.reap()

    def reap(self) -> None:
        """Wait for the end of the process and of the children it left."""
        assert self.process is not None
        group = self.process.pid
        self.process.wait(20)
        self.process = None
        end = time.monotonic() + 20
        with contextlib.suppress(ProcessLookupError):
            while time.monotonic() < end:
                os.killpg(group, 0)
                time.sleep(0.02)
            os.killpg(group, signal.SIGKILL)
            raise AssertionError("children of a killed server go on for 20 s")

    def stop(self) -> None:
        """SIGTERM, as an operator stops it."""
        assert self.process is not None
        self.process.terminate()
        self.reap()

    def client(self, *, token: str | None = TOKEN) -> httpx.Client:
        """Speaks to it, as the operator by default."""
        headers = {} if token is None else {"authorization": f"Bearer {token}"}
        return httpx.Client(base_url=self.base, headers=headers, trust_env=False, timeout=60)

    def recover(self) -> None:
        """Start on what a kill left; meanwhile `renkei check` must find a copy of it clean."""
        copy = self.folder / "copy"
        shutil.rmtree(copy, ignore_errors=True)
        shutil.copytree(self.data, copy)
        checking = self.began("check", "--json", "--data", str(copy))
        self.start()
        output, _ = checking.communicate(timeout=120)
        assert orjson.loads(output)["clean"], output.decode()

    def check(self) -> dict[str, Any]:
        """What `renkei check --json` says of the folder, while no server uses it."""
        done = self.renkei("check", "--json")
        assert done.returncode in (0, 1), done.stderr
        found: dict[str, Any] = orjson.loads(done.stdout)
        return found

    def renkei(self, *arguments: str, **settings: str) -> subprocess.CompletedProcess[bytes]:
        """Run a command to its end."""
        return subprocess.run(
            [RENKEI, *arguments], env={**self.environment, **settings}, cwd=self.folder, capture_output=True,
            check=False, timeout=300,
        )  # fmt: skip

    def began(self, *arguments: str) -> subprocess.Popen[bytes]:
        """Begin a command, to be killed."""
        return subprocess.Popen(
            [RENKEI, *arguments], env=self.environment, cwd=self.folder, stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )  # fmt: skip


@contextlib.contextmanager
def deployment(folder: Path, **settings: str) -> Iterator[Server]:
    """A started server that is gone at the end."""
    server = Server(folder, **settings)
    try:
        server.start()
        yield server
    finally:
        if server.process is not None:
            server.kill()
