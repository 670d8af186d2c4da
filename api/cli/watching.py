"""Watching a negotiation or transfer of our running service from the command line, and telling how it ends."""

import time
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from pathlib import Path
from typing import Any

import click

from api.cli.following import Ending, complete
from api.cli.pulling import Line, line_to
from api.cli.terminal import ask, fail, language, plain, settings_with
from ontology.messages import Message
from participants.tokens import operator_token

PULL, S3_PULL = "HttpData-PULL", "AmazonS3-PULL"
BEGUN = frozenset(("STARTED", "COMPLETED", "TERMINATED"))
_PAUSE_S = 0.2
_STATE = Message(ja="{state} — {who}", en="{state} — {who}")
_WAITS = {
    "peer": Message(ja="相手を待っています", en="waiting for the other side"),
    "person": Message(ja="担当者の判断を待っています", en="waiting for a person"),
    "us": Message(ja="処理しています", en="under way"),
    "nobody": Message(ja="", en=""),
}
_STILL = Message(
    ja="{seconds} 秒待ちましたが、まだ {state} です。サービスは続けています。経過は {address}",
    en="After {seconds} s it is still {state}; the service goes on with it. See {address}",
)
_OVER = Message(ja="合意が終わりました。", en="The agreement is over.")
_COMPLETED = Message(ja="転送を完了しました。", en="The transfer was completed.")
_NOT_STARTED = Message(
    ja="転送は始まりませんでした (状態 {state})。詳しくは {address}",
    en="The transfer did not start (state {state}). More at {address}",
)
CUT = Message(
    ja="転送が打ち切られました (状態 {state})。詳しくは {address}",
    en="The transfer was ended (state {state}). More at {address}",
)


def service_at(data: Path | None, url: str | None, token: str | None) -> tuple[str, str | None]:
    """Address of the running service, and a token for it: the operator's, on the machine that holds its data folder."""
    settings = settings_with(data=data)
    if token is None and url is None:
        secret = settings.operator_token.get_secret_value() if settings.operator_token else None
        token, _ = operator_token(settings.data, secret)
    return (url or settings.base).rstrip("/"), token


def watched(
    process: Mapping[str, Any], service: str, token: str | None, wait_s: float, until: AbstractSet[str]
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
            fail(why_not(_STILL, process, seconds=f"{wait_s:g}"), 1)
        time.sleep(_PAUSE_S)
        process = ask("GET", f"{service}/exchange/{kind}/{process['pid']}", token).json()


def started(service: str, token: str | None, agreement: str, wait_s: float, form: str = PULL) -> Mapping[str, Any]:
    """A pull of the data of an agreement, begun and started; ends the command where it does not start."""
    given = {"agreement": agreement, "format": form}
    begun = ask("POST", f"{service}/exchange/transfers", token, json=given).json()
    found = watched(begun, service, token, wait_s, BEGUN)
    if found["state"] != "STARTED":
        fail(why_not(_NOT_STARTED, found), 1)
    return found


def line_of(process: Mapping[str, Any], service: str, token: str | None, declared: Sequence[tuple[str, str]]) -> Line:
    """Where the data of a started transfer are pulled."""
    line = line_to(service, token, process["pid"], declared)
    assert line is not None
    return line


def why_not(message: Message, process: Mapping[str, Any], **more: str) -> str:
    """A sentence on the state of a process, with what was noted and what the other side said for it."""
    text = message.in_(language()).format(state=process["state"], address=process["address"], **more)
    notes = [each["note"][language()] for each in process.get("timeline", ()) if each["note"]]
    reasons = [str(reason) for each in process.get("timeline", ()) for reason in (each["body"] or {}).get("reason", ())]
    return "\n".join((text, *notes[-1:], *reasons))


def explained(ending: Ending) -> None:
    """Tell how a transfer ended; the status is 1 unless the contract ended, or all was transferred."""
    state = ending.process["state"]
    if not ending.over and state != "COMPLETED":
        fail(why_not(CUT, ending.process), 1)
    text = (_OVER if ending.over else _COMPLETED).in_(language())
    click.echo(plain(f"{text} {ending.reason or ''}".rstrip()), err=True)


def completed(service: str, token: str | None, pid: str) -> None:
    """Complete a transfer, and tell so."""
    complete(service, token, pid)
    click.echo(_COMPLETED.in_(language()), err=True)
