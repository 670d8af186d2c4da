"""Commands beside a running server: over HTTP, on its folder, and on its port."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from api.serve import free_port

RENKEI = Path(sys.executable).parent / "renkei"


@dataclass(frozen=True)
class Served:
    """A running server: its data folder and its address."""

    folder: Path
    url: str

    def run(self, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        environment = {**os.environ, "LC_ALL": "C.UTF-8", "RENKEI_TOKEN": "t", "RENKEI_OPERATOR_TOKEN": "t",
                       "RENKEI_DATA": str(self.folder / "data"), **environment}  # fmt: skip
        return subprocess.run(
            [RENKEI, *arguments], env=environment, cwd=self.folder, capture_output=True, text=True, timeout=120,
            check=False,
        )  # fmt: skip


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder, port = tmp_path_factory.mktemp("served"), free_port("127.0.0.1")
    environment = {**os.environ, "RENKEI_DATA": str(folder / "data"), "RENKEI_PORT": str(port),
                   "RENKEI_OPERATOR_TOKEN": "t", "RENKEI_LOG_LEVEL": "error"}  # fmt: skip
    process = subprocess.Popen([RENKEI, "serve"], env=environment, cwd=folder)
    url = f"http://127.0.0.1:{port}"
    try:
        _wait(url)
        yield Served(folder, url)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(20)


def _wait(url: str) -> None:
    for _ in range(150):
        try:
            if httpx.get(f"{url}/health/ready", trust_env=False).status_code == 200:
                return
        except httpx.TransportError:
            time.sleep(0.2)
    raise AssertionError("the server does not answer")


def test_a_running_server_checks_itself_for_the_operator_alone(served: Served) -> None:
    clean = served.run("check", "--url", served.url, "--json")
    refused = served.run("check", "--url", served.url, RENKEI_TOKEN="wrong")
    assert (clean.returncode, json.loads(clean.stdout)) == (0, {"clean": True, "findings": []}), clean.stderr
    assert (refused.returncode, "Token invalid" in refused.stderr) == (1, True)


@pytest.mark.parametrize(("language", "words"), [("C.UTF-8", "Graphs in use"), ("ja_JP.UTF-8", "別のプロセスが使用中")])
def test_r30_a_second_server_on_the_folder_says_so_without_a_traceback(
    served: Served, language: str, words: str
) -> None:
    told = served.run("serve", "--port", "0", LC_ALL=language)
    assert (told.returncode, words in told.stderr, str(served.folder / "data") in told.stderr) == (1, True, True)
    assert "Traceback" not in told.stderr
    assert len([line for line in told.stderr.splitlines() if '"level": "info"' not in line]) == 2, told.stderr


@pytest.mark.parametrize(("language", "words"), [("C.UTF-8", "Address in use"), ("ja_JP.UTF-8", "アドレスは使用中か")])
def test_r30_a_taken_port_is_told_with_place_reason_and_remedy(served: Served, language: str, words: str) -> None:
    port = served.url.rpartition(":")[2]
    told = served.run("serve", "--port", port, "--data", "elsewhere", LC_ALL=language)
    assert (told.returncode, words in told.stderr, f"127.0.0.1:{port}" in told.stderr) == (1, True, True), told.stderr
    assert ("--port" in told.stderr, len(told.stderr.splitlines())) == (True, 2)


def test_r30_an_address_of_another_machine_is_told_too(served: Served) -> None:
    told = served.run("serve", "--host", "192.0.2.1", "--data", "elsewhere")
    assert (told.returncode, "192.0.2.1" in told.stderr, "Traceback" in told.stderr) == (1, True, False)
