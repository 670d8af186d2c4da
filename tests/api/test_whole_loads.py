"""Loads that could not be read whole, and loads that wait for consent: what is stored, what is told."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from api.serve import free_port

RENKEI = Path(sys.executable).parent / "renkei"
MANY = "@prefix dcat: <http://www.w3.org/ns/dcat#> . @prefix dct: <http://purl.org/dc/terms/> .\n" + "".join(
    f'<https://data.example/{n}> a dcat:Dataset ; dct:title "Dataset {n}"@en .\n' for n in range(5)
)
TORN = MANY.replace(
    '<https://data.example/3> a dcat:Dataset ; dct:title "Dataset 3"', "<https://data.example/3> a @@ x"
)
FEW = "\n".join(MANY.splitlines()[:2])
STORED = "SELECT (COUNT(*) AS ?n) WHERE { ?s a <http://www.w3.org/ns/dcat#Dataset> }"


def run(folder: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    given = {**os.environ, "RENKEI_DATA": str(folder / "data"), "LC_ALL": "C.UTF-8", "RENKEI_OPERATOR_TOKEN": "t"}
    return subprocess.run([RENKEI, *arguments], env=given | environment, cwd=folder, capture_output=True, text=True,
                          timeout=120, check=False)  # fmt: skip


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, text in (("many", MANY), ("torn", TORN), ("few", FEW)):
        (tmp_path / f"{name}.ttl").write_text(text, "utf-8")
    return tmp_path


def test_statements_that_were_skipped_are_listed_with_exit_one_and_nothing_is_withdrawn(folder: Path) -> None:
    first = run(folder, "load", "many.ttl", "--catalog", "m")
    torn = run(folder, "load", "torn.ttl", "--catalog", "m", "--replace", "--yes", "--json")
    told = json.loads(torn.stdout)
    assert (first.returncode, torn.returncode, told["withdrawn"]) == (0, 1, 0)
    assert [(note["kind"], note["line"]) for note in told["noted"]] == [("syntax", 5)]
    assert "statements were left out" in told["warning"]


def test_skipped_statements_are_never_crowded_out_by_lesser_faults(folder: Path) -> None:
    spaced = "".join(
        f"<https://data.example/0> <http://purl.org/dc/terms/relation> <http://x/ {n}> .\n" for n in range(1100)
    )
    (folder / "torn.ttl").write_text(MANY + spaced + "<https://data.example/9> a @@ x .\n", "utf-8")
    torn = run(folder, "load", "torn.ttl", "--catalog", "m", "--json")
    assert torn.returncode == 1
    assert json.loads(torn.stdout)["noted"][0]["kind"] == "syntax"


def test_a_load_that_waits_for_consent_shows_what_was_stored_and_what_would_go(folder: Path) -> None:
    run(folder, "load", "many.ttl", "--catalog", "m")
    (folder / "few.ttl").write_text(FEW.replace("Dataset 0", "Renamed"), "utf-8")
    shown = run(folder, "load", "few.ttl", "--catalog", "m", "--replace", LC_ALL="ja_JP.UTF-8")
    told = run(folder, "load", "few.ttl", "--catalog", "m", "--replace", "--json")
    found = json.loads(told.stdout)
    assert (shown.returncode, told.returncode) == (1, 1)
    assert ["取り下げ待ち" in shown.stderr, "--yes" in shown.stderr] == [True, True]
    assert (found["unchanged"], found["withdrawn"], found["would_withdraw"]) == (1, 0, {"Dataset": 4})


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder, port = tmp_path_factory.mktemp("server"), free_port("127.0.0.1")
    environment = {**os.environ, "RENKEI_DATA": str(folder / "data"), "RENKEI_PORT": str(port),
                   "RENKEI_OPERATOR_TOKEN": "operator-token-of-the-tests", "RENKEI_LOG_LEVEL": "error"}  # fmt: skip
    process = subprocess.Popen([RENKEI, "serve"], env=environment, cwd=folder)
    try:
        with httpx.Client(transport=httpx.HTTPTransport(retries=8), trust_env=False) as client:
            assert client.get(f"http://127.0.0.1:{port}/health/live", timeout=60).status_code == 200
        yield f"http://127.0.0.1:{port}"
    finally:
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) in (0, -signal.SIGTERM)


def sent(folder: Path, server: str, *arguments: str, **environment: str) -> tuple[int, Any]:
    done = run(
        folder, "load", *arguments, "--url", server, "--token", "operator-token-of-the-tests", "--json", **environment
    )
    return done.returncode, json.loads(done.stdout)


def test_a_load_over_http_passes_on_what_was_noted_and_why_nothing_was_withdrawn(folder: Path, server: str) -> None:
    sent(folder, server, "many.ttl", "--catalog", "noted")
    status, told = sent(folder, server, "torn.ttl", "--catalog", "noted", "--replace", "--yes", LC_ALL="ja_JP.UTF-8")
    assert (status, told["withdrawn"], told["noted"][0]["kind"]) == (1, 0, "syntax")
    assert "何も取り下げていません" in told["warning"]


def test_a_load_over_http_that_waits_for_consent_shows_the_same_table(folder: Path, server: str) -> None:
    sent(folder, server, "many.ttl", "--catalog", "waits")
    status, told = sent(folder, server, "few.ttl", "--catalog", "waits", "--replace")
    assert (status, told["unchanged"], told["would_withdraw"]) == (1, 1, {"Dataset": 4})
    assert "--yes" in told["warning"]
