"""Checkpoints, proofs and events over HTTP and on the command line."""

import asyncio
import contextlib
import json
import sqlite3
import subprocess
from pathlib import Path
from typing import Any

import httpx
import pytest
from click.testing import CliRunner
from pyoxigraph import RdfFormat, parse
from starlette.applications import Starlette

from api.app import create_app
from api.cli import main

pytestmark = pytest.mark.anyio

LAB = "https://lab.example/"
OPERATOR = {"authorization": "Bearer operator-token-of-the-tests"}
TERMS = """@prefix odrl: <http://www.w3.org/ns/odrl/2/> .
<urn:ex:p> a odrl:Set ; odrl:permission [ odrl:action odrl:use ; odrl:target <https://data.example/census> ] ."""


def service(client: httpx.AsyncClient) -> Any:
    return client._transport.app.state.service  # type: ignore[attr-defined]


async def bearer(client: httpx.AsyncClient, participant: str) -> dict[str, str]:
    issued = await service(client).tokens.issue(participant, "reader", None)
    return {"authorization": f"Bearer {issued.secret}"}


async def entries(client: httpx.AsyncClient, headers: dict[str, str], **which: str) -> list[dict[str, Any]]:
    answer = await client.get("/audit/export", params=which, headers=headers)
    assert answer.status_code == 200, answer.text
    return [json.loads(line) for line in answer.text.splitlines()]


async def test_everybody_gets_the_newest_checkpoint_with_the_key_that_signed_it(
    client: httpx.AsyncClient, census: str
) -> None:
    assert (await client.get("/audit/checkpoint")).status_code == 404
    await service(client).sealer.seal()
    found = (await client.get("/audit/checkpoint")).json()
    assert (found["checkpoint"]["last"], found["key"]["crv"], "d" in found["key"]) == (3, "Ed25519", False)


async def test_events_are_the_operators_and_of_a_party_its_own(client: httpx.AsyncClient, census: str) -> None:
    lab = await bearer(client, LAB)
    assert [entry["kind"] for entry in await entries(client, OPERATOR)] == [
        "registered", "catalog-created", "registered", "token-issued",
    ]  # fmt: skip
    assert await entries(client, lab) == []
    assert (await client.get("/audit/export")).status_code == 401
    assert (await client.get("/audit/export", params={"participant": "urn:x"}, headers=lab)).status_code == 400


async def test_a_draft_stays_its_owners_secret_in_the_trail_of_the_operator_too(
    client: httpx.AsyncClient, census: str, census_turtle: str
) -> None:
    secret = (await service(client).tokens.issue(LAB, "provider", None)).secret
    lab = {"authorization": f"Bearer {secret}", "content-type": "text/turtle"}
    draft = census_turtle.replace("ex:census", "ex:draft")
    made = await client.post("/catalogs/demo/datasets?state=draft", content=draft, headers=lab)
    shown = [[one["resource"] for one in await entries(client, headers, **which) if one["kind"] == "drafted"]
             for headers, which in ((OPERATOR, {}), (OPERATOR, {"participant": LAB}), (lab, {}))]  # fmt: skip
    assert (made.status_code, shown) == (201, [[None], [None], ["https://data.example/draft"]])


async def test_what_one_request_caused_is_found_by_its_id(client: httpx.AsyncClient, writer: dict[str, str]) -> None:
    await client.post("/catalogs", json={"id": "demo"}, headers={**OPERATOR, "x-request-id": "request-of-monday"})
    await client.post("/catalogs", json={"id": "other"}, headers=OPERATOR)
    assert [entry["catalog"] for entry in await entries(client, OPERATOR, request="request-of-monday")] == [
        "demo",
        "demo",
    ]


async def test_events_are_exported_as_provenance(client: httpx.AsyncClient, census: str) -> None:
    answer = await client.get("/audit/export", params={"format": "prov"}, headers=OPERATOR)
    quads = list(parse(answer.content, RdfFormat.N_TRIPLES))
    made = [str(q.subject) for q in quads if q.predicate.value.endswith("wasGeneratedBy")]
    assert made == ["<http://127.0.0.1:8000/catalogs/demo>", "<https://data.example/census>"]
    assert "<urn:renkei:agent:operator>" in {str(q.subject) for q in quads}


@pytest.mark.parametrize("which", [{"since": "yesterday"}, {"until": "2026-11-21T09:00"}, {"format": "xml"}])
async def test_what_cannot_be_meant_is_refused(client: httpx.AsyncClient, which: dict[str, str]) -> None:
    assert (await client.get("/audit/export", params=which, headers=OPERATOR)).status_code == 400


async def test_a_time_bounds_the_export(client: httpx.AsyncClient, census: str) -> None:
    assert await entries(client, OPERATOR, until="2026-01-01") == []
    assert len(await entries(client, OPERATOR, since="2026-01-01T00:00:00+09:00", after="1")) == 2


async def test_a_proof_is_for_those_whom_the_event_concerns(client: httpx.AsyncClient, census: str) -> None:
    lab, found = await bearer(client, LAB), service(client)
    await found.sealer.seal()
    assert (await client.get("/audit/proof/3", headers=OPERATOR)).json()["event"]["kind"] == "registered"
    statuses = [(await client.get(f"/audit/proof/{seq}", headers=lab)).status_code for seq in ("2", "99", "x")]
    assert statuses == [404, 404, 400]


def renkei(folder: Path, *arguments: str, given: str | None = None) -> subprocess.CompletedProcess[str]:
    environment = {"RENKEI_DATA": str(folder / "data"), "LC_ALL": "ja_JP.UTF-8"}
    with contextlib.chdir(folder):
        done = CliRunner().invoke(main, arguments, input=given, env=environment)
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        raise done.exception
    return subprocess.CompletedProcess(arguments, done.exit_code, done.stdout, done.stderr)


@pytest.fixture
def served(tmp_path: Path, settings: Any) -> Path:
    """The folder of a service that ended after two writes."""
    asyncio.run(_serve(create_app(settings()), tmp_path))
    return tmp_path


async def _serve(app: Starlette, folder: Path) -> None:
    async with app.router.lifespan_context(app):
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8000") as client:
            for name in ("demo", "other"):
                await client.post("/catalogs", json={"id": name}, headers=OPERATOR)
            (folder / "jwk.json").write_text(json.dumps(dict(service(client).signing.public_jwk)))


def test_a_service_that_ends_has_sealed_everything_and_is_examined(served: Path) -> None:
    done = renkei(served, "audit", "verify", "--json")
    found = json.loads(done.stdout)
    assert (done.returncode, found["clean"], found["events"], found["sealed"]) == (0, True, 4, 4)


def test_what_was_changed_is_named_and_the_command_fails(served: Path) -> None:
    with sqlite3.connect(served / "data" / "renkei.sqlite") as connection:
        connection.execute("UPDATE events SET actor = 'nobody' WHERE seq = 2")
    done = renkei(served, "audit", "verify", "--checkpoint", "data/checkpoint.json")
    assert (done.returncode, done.stdout.splitlines()[0]) == (
        1, "events 2: この事象は封印の後で書き換えられています。",
    )  # fmt: skip


def test_a_proof_is_checked_with_a_key_from_elsewhere(served: Path) -> None:
    proof = renkei(served, "audit", "prove", "2").stdout
    done = renkei(served, "audit", "check-proof", "-", "--key", "jwk.json", given=proof)
    forged = renkei(served, "audit", "check-proof", "-", given=proof.replace('\\"operator\\"', '\\"nobody\\"'))
    assert (done.returncode, forged.returncode, renkei(served, "audit", "prove", "5").returncode) == (0, 1, 1)
    assert "署名も正しい" in done.stdout
    assert "含まれていません" in forged.stdout


def test_events_are_exported_without_a_service(served: Path) -> None:
    done = renkei(served, "audit", "export", "--since", "2026-01-01", "--output", "events.jsonl")
    kinds = [json.loads(line)["kind"] for line in (served / "events.jsonl").read_text().splitlines()]
    assert (done.returncode, kinds) == (0, ["registered", "catalog-created"] * 2)


@pytest.mark.parametrize("command", [("audit", "verify"), ("audit", "prove", "1"), ("audit", "export"), ("usage",)])
def test_a_mistyped_folder_is_not_taken_for_an_empty_journal(command: tuple[str, ...], tmp_path: Path) -> None:
    done = renkei(tmp_path, *command)
    assert (done.returncode, (tmp_path / "data").exists()) == (1, False)
    assert "データベースがありません" in done.stderr
