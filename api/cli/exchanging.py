"""`renkei negotiate`, `renkei transfer`: our running service asks a provider, and the data come to this machine."""

import base64
import hashlib
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

import click
import httpx
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TransferSpeedColumn

from api.cli.terminal import (
    REQUEST_S,
    ask,
    asking,
    console,
    data_option,
    fail,
    json_option,
    language,
    plain,
    print_json,
    settings_with,
    token_option,
    url_option,
)
from ontology.messages import Message
from participants.tokens import operator_token

_PAUSE_S = 0.2
_CHUNK = 1 << 18
_STATE = Message(ja="{state} — {who}", en="{state} — {who}")
_WAITS = {
    "peer": Message(ja="相手を待っています", en="waiting for the other side"),
    "person": Message(ja="担当者の判断を待っています", en="waiting for a person"),
    "us": Message(ja="処理しています", en="under way"),
    "nobody": Message(ja="", en=""),
}
_NOT_AGREED = Message(
    ja="合意に至りませんでした (状態 {state})。詳しくは {address}",
    en="There is no agreement (state {state}). More at {address}",
)
_STILL = Message(
    ja="{seconds} 秒待ちましたが、まだ {state} です。続きは {address}",
    en="After {seconds} s it is still {state}. See {address}",
)
_NOT_STARTED = Message(
    ja="転送は始まりませんでした (状態 {state})。詳しくは {address}",
    en="The transfer did not start (state {state}). More at {address}",
)
_CHANGED = Message(
    ja="受け取った内容のハッシュが一致しません。ファイルを残さず終わります。",
    en="What arrived does not have the hash that was promised; nothing is kept.",
)
_KEPT = Message(ja="{file} に保存しました ({size:,} バイト)。", en="Kept in {file} ({size:,} bytes).")


@click.command(epilog="Example: renkei negotiate https://city.example/participant https://city.example/datasets/census")
@click.argument("provider")
@click.argument("dataset")
@click.option("--offer", help="IRI of the offer, where the dataset has several.")
@click.option(
    "--wait", "wait_s", default=60.0, show_default=True, help="Seconds to wait for the agreement; 0 for none."
)
@json_option
@data_option
@url_option
@token_option
def negotiate(
    provider: str, dataset: str, offer: str | None, wait_s: float, as_json: bool, data: Path | None,
    url: str | None, token: str | None,
) -> None:  # fmt: skip
    """Agree with PROVIDER on DATASET; the agreement's IRI goes to standard output."""
    service, bearer = service_at(data, url, token)
    given = {"provider": provider, "dataset": dataset} | ({"offer": offer} if offer else {})
    begun = ask("POST", f"{service}/exchange/negotiations", bearer, json=given).json()
    found = _watched(begun, service, bearer, wait_s, {"FINALIZED", "TERMINATED"}) if wait_s else begun
    if as_json:
        print_json(found)
    elif found["state"] == "FINALIZED":
        click.echo(found["agreement"])
    if wait_s and found["state"] != "FINALIZED":
        fail(_why_not(_NOT_AGREED, found), 1)


@click.command(epilog="Example: renkei transfer https://city.example/agreements/5f3a --out census.csv")
@click.argument("agreement")
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), required=True, help="File to write.")
@click.option(
    "--declare",
    "declared",
    multiple=True,
    metavar="NAME=VALUE",
    help="What you state about the use, as purpose=https://w3id.org/dpv#AcademicResearch; repeatable.",
)
@click.option("--wait", "wait_s", default=60.0, show_default=True, help="Seconds to wait for the start.")
@data_option
@url_option
@token_option
def transfer(
    agreement: str, out: Path, declared: tuple[str, ...], wait_s: float, data: Path | None, url: str | None,
    token: str | None,
) -> None:  # fmt: skip
    """Pull the data of AGREEMENT into a file; what broke off goes on where it stopped."""
    service, bearer = service_at(data, url, token)
    begun = ask("POST", f"{service}/exchange/transfers", bearer, json={"agreement": agreement}).json()
    found = _watched(begun, service, bearer, wait_s, {"STARTED", "COMPLETED", "TERMINATED"})
    if found["state"] != "STARTED":
        fail(_why_not(_NOT_STARTED, found), 1)
    at = ask("GET", f"{service}/exchange/transfers/{found['pid']}/address", bearer).json()
    size = _pulled(at, out, [(name, value) for name, _, value in (each.partition("=") for each in declared)])
    ask("POST", f"{service}/exchange/transfers/{found['pid']}/complete", bearer)
    click.echo(_KEPT.in_(language()).format(file=out, size=size), err=True)


def service_at(data: Path | None, url: str | None, token: str | None) -> tuple[str, str | None]:
    """Address of the running service, and a token for it: the operator's, on the machine that holds its data folder."""
    settings = settings_with(data=data)
    if token is None and url is None:
        secret = settings.operator_token.get_secret_value() if settings.operator_token else None
        token, _ = operator_token(settings.data, secret)
    return (url or settings.base).rstrip("/"), token


def _watched(
    process: Mapping[str, Any], service: str, token: str | None, wait_s: float, until: set[str]
) -> Mapping[str, Any]:
    """A process once it is in one of some states; each state on its way is told on standard error."""
    end, told = time.monotonic() + wait_s, ""
    kind = "negotiations" if "offer" in process else "transfers"
    while True:
        text = _STATE.in_(language()).format(state=process["state"], who=_WAITS[process["waitsFor"]].in_(language()))
        if text != told:
            click.echo(plain(text.rstrip(" —")), err=True)
            told = text
        if process["state"] in until or process["waitsFor"] == "person":
            return process
        if time.monotonic() > end:
            address = process["address"]
            fail(_STILL.in_(language()).format(seconds=f"{wait_s:g}", state=process["state"], address=address), 1)
        time.sleep(_PAUSE_S)
        process = ask("GET", f"{service}/exchange/{kind}/{process['pid']}", token).json()


def _why_not(message: Message, process: Mapping[str, Any]) -> str:
    text = message.in_(language()).format(state=process["state"], address=process["address"])
    notes = [each["note"][language()] for each in process.get("timeline", ()) if each["note"]]
    reasons = [str(reason) for each in process.get("timeline", ()) for reason in (each["body"] or {}).get("reason", ())]
    return "\n".join((text, *notes[-1:], *reasons))


def _pulled(address: Mapping[str, Any], out: Path, declared: Sequence[tuple[str, str]]) -> int:
    """Fetch into `FILE.part`, go on with what is there already, and put it in its place when it is whole."""
    part, note = out.with_name(out.name + ".part"), out.with_name(out.name + ".part.etag")
    headers = {"accept-encoding": "identity"}
    if part.exists() and note.exists():
        headers |= {"range": f"bytes={part.stat().st_size}-", "if-range": note.read_text()}
    endpoint = str(httpx.URL(address["endpoint"]).copy_merge_params(tuple(declared)))
    if address["authorization"]:
        headers["authorization"] = address["authorization"]
    with _answer(endpoint, headers) as answer:
        fresh = answer.status_code != 206
        if etag := answer.headers.get("etag"):
            note.write_text(etag)
        with part.open("wb" if fresh else "ab") as target:
            _received(answer, target, 0 if fresh else part.stat().st_size)
        promised = answer.headers.get("repr-digest", "")
    if not _is_as_promised(part, promised):
        part.unlink()
        fail(_CHANGED.in_(language()), 1)
    note.unlink(missing_ok=True)
    part.replace(out)
    return out.stat().st_size


@contextmanager
def _answer(endpoint: str, headers: dict[str, str]) -> Iterator[httpx.Response]:
    with asking(endpoint, None) as (own, refuse), httpx.stream(
        "GET", endpoint, headers=own | headers, timeout=REQUEST_S, trust_env=False
    ) as answer:  # fmt: skip
        if answer.is_error:
            answer.read()
            refuse(answer)
        yield answer


def _received(answer: httpx.Response, target: BinaryIO, had: int) -> None:
    length = answer.headers.get("content-length", "")
    total = had + int(length) if length.isdigit() else None
    bar = (TextColumn("{task.percentage:>3.0f}%"), BarColumn(), DownloadColumn(), TransferSpeedColumn())
    with Progress(*bar, console=console(), transient=True) as progress:
        task = progress.add_task("", total=total, completed=had)
        for chunk in answer.iter_raw(_CHUNK):
            target.write(chunk)
            progress.advance(task, len(chunk))


def _is_as_promised(part: Path, promised: str) -> bool:
    """Whether a file has the SHA-256 of a `Repr-Digest` (RFC 9530); without one there is nothing to compare."""
    if "sha-256=:" not in promised:
        return True
    wanted = promised.split("sha-256=:", 1)[1].split(":", 1)[0]
    with part.open("rb") as file:
        return base64.b64encode(hashlib.file_digest(file, "sha256").digest()).decode() == wanted
