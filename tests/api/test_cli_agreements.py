"""Agreements on the command line, beside a running server or without one."""

import asyncio
import base64
import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from api.cli import main
from api.service import open_books
from api.settings import Settings
from exchange.dsp.states import Party

US, LAB = "http://127.0.0.1:8000/participant", "https://lab.example/"
IRI = f"http://127.0.0.1:8000/agreements/{'a1' * 16}"
KEY = base64.urlsafe_b64encode(bytes(32)).decode()
DOCUMENT = {
    "@id": IRI, "@type": "Agreement", "target": "https://city.example/census", "assigner": US, "assignee": LAB,
    "timestamp": "2026-11-21T09:00:00Z", "permission": [{"action": "use"}],
}  # fmt: skip


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A data folder with one agreement."""

    async def agree() -> None:
        settings = Settings.model_validate({"data": tmp_path, "secret_key": KEY, "operator_token": "t"})
        async with open_books(settings) as books, books.database.writing() as connection:
            await books.agreements.conclude(connection, DOCUMENT, negotiation="urn:uuid:1", role=Party.PROVIDER)
            await books.agreements.finalized(connection, IRI)

    asyncio.run(agree())
    return tmp_path


def _agreement(folder: Path, *arguments: str) -> Result:
    environment = {"RENKEI_SECRET_KEY": KEY, "RENKEI_OPERATOR_TOKEN": "t", "LC_ALL": "en_US.UTF-8"}
    return CliRunner().invoke(main, ["agreement", *arguments, "--data", str(folder)], env=environment)


def test_agreements_are_listed_and_shown(folder: Path) -> None:
    found = json.loads(_agreement(folder, "list", "--state", "finalized", "--json").stdout)
    assert (found["total"], found["items"][0]["id"]) == (1, IRI)
    assert IRI in _agreement(folder, "list", "--participant", LAB).stdout
    assert json.loads(_agreement(folder, "list", "--role", "consumer", "--json").stdout)["total"] == 0
    assert json.loads(_agreement(folder, "show", "a1" * 16).stdout)["document"] == DOCUMENT


def test_verifying_ends_with_status_1_until_both_have_signed(folder: Path) -> None:
    done = _agreement(folder, "verify", IRI)
    ours, theirs = done.stdout.splitlines()
    assert (done.exit_code, "good" in ours, "good" in theirs) == (1, True, False)


def test_an_agreement_is_ended_once_and_with_a_reason(folder: Path) -> None:
    assert _agreement(folder, "end", IRI).exit_code == 2
    assert _agreement(folder, "end", IRI, "--reason", "over").exit_code == 0
    again = _agreement(folder, "end", IRI, "--reason", "over")
    assert (again.exit_code, "over" in again.stderr.lower()) == (1, True)
    shown = json.loads(_agreement(folder, "show", IRI).stdout)
    assert (shown["inForce"], shown["reason"], shown["endedBy"]) == (False, "over", "operator")


def test_a_notice_names_the_day(folder: Path) -> None:
    done = _agreement(folder, "end", IRI, "--reason", "over", "--at", "2099-03-31")
    assert (done.exit_code, "2099-03-31" in done.stdout) == (0, True)
    assert json.loads(_agreement(folder, "show", IRI).stdout)["inForce"] is True


def test_an_agreement_that_is_none_is_told(folder: Path) -> None:
    for arguments in (("show", "x"), ("verify", "x"), ("end", "x", "--reason", "y")):
        done = _agreement(folder, *arguments)
        assert (done.exit_code, "There is no agreement x" in done.stderr) == (1, True)
