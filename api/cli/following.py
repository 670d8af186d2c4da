"""`renkei transfer --follow`: the data again after each change, until the contract is over."""

import contextlib
import signal
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any, Final

import click
import httpx

from api.cli.pulling import DataRefused, Line, Pulled, pull
from api.cli.terminal import ask, language, plain
from ontology.messages import Message

WAIT_S: Final = 30
"""How long one question for changes waits; balancers cut what is silent for longer."""
SETTLING_S: Final = 6.0  # what the provider refuses already is told to our service within this
PAUSE_S: Final = 0.3
_FIRST_PAUSE_S, _LONGEST_PAUSE_S = 0.5, 30.0
_FOLLOWING = Message(
    ja="変更を待っています。Ctrl-C で転送を完了して終わります。",
    en="Waiting for changes. Ctrl-C completes the transfer and ends.",
)
_AGAIN = Message(
    ja="提供者に届きません ({reason})。やり直します。", en="The provider cannot be reached ({reason}); trying again."
)
_SUSPENDED = Message(
    ja="転送は中断されています。再開を待ちます。", en="The transfer is suspended; waiting until it goes on."
)


@dataclass(frozen=True, slots=True)
class Ending:
    """How it ended.

    Attributes:
        process: the transfer as our service has it now.
        over: whether the agreement is over, by its terms or because a party ended it; `reason` why.
        refused: what the provider answered, where the transfer runs on but gives nothing.
    """

    process: Mapping[str, Any]
    over: bool = False
    reason: str | None = None
    refused: httpx.Response | None = None


@dataclass(slots=True)
class Follower:
    """Follows the data of one transfer.

    Attributes:
        service: address of our running service; `token` for it.
        pid: of the transfer there.
        every_s: how often to ask where changes are not told.
        kept: told of each state that arrived.
    """

    service: str
    token: str | None
    pid: str
    line: Line
    out: Path
    every_s: float
    kept: Callable[[Pulled], None]
    _known: str | None = None
    _cursor: int | None = None
    _renew_at: float | None = None
    _pause_s: float = _FIRST_PAUSE_S
    _begun: bool = False
    _due: bool = False

    def follow(self) -> Ending:
        """Pull, and again after each change, until nothing is given any more."""
        with interrupting():
            while True:
                try:
                    self._once()
                    self._pause_s = _FIRST_PAUSE_S
                except httpx.TransportError as error:
                    self._try_later(f"{type(error).__name__}: {error}")
                except DataRefused as error:
                    status = error.answer.status_code
                    if status >= 500 or status in (408, 425, 429):
                        self._try_later(str(status))
                    elif (ending := self._ending(error.answer)) is not None:
                        return ending

    def _once(self) -> None:
        """Wait for a change, unless one is known that was not pulled yet; then pull."""
        self._renew()
        if not self._begun:
            self._ask_feed()  # before the pull, so that nothing is missed in between
            self._renew()
        elif not self._due and self._cursor is None:
            time.sleep(self.every_s)
        elif not self._due and not self._ask_feed(after=self._cursor or 0, wait=WAIT_S):
            return
        self._due = True
        if (pulled := pull(self.line, self.out, self._known, meanwhile=self._renew)) is not None:
            self._known = pulled.etag
            self.kept(pulled)
        if not self._begun:
            click.echo(_FOLLOWING.in_(language()), err=True)
        self._due, self._begun = False, True

    def _ask_feed(self, **query: int) -> bool:
        """Whether something changed. Others than our kind have no feed; then we ask for the data now and then."""
        answer = httpx.get(
            self.line.address("/changes", **query), headers=self.line.headers("GET", "/changes"), timeout=WAIT_S + 30,
            trust_env=False,
        )  # fmt: skip
        if answer.status_code in (404, 405, 501):
            return True
        if answer.is_error:
            raise DataRefused(answer)
        told = answer.json() if "json" in answer.headers.get("content-type", "") else None
        if not isinstance(told, Mapping) or "changes" not in told:
            return True
        self._cursor, self._renew_at = told.get("next"), self._renew_at or 0.0
        return bool(told["changes"])

    def _renew(self) -> None:
        """Change the token for a new one when half of its time is over; at first nobody knows how long that is."""
        if self._renew_at is None or time.monotonic() < self._renew_at:
            return
        headers = self.line.headers("POST", "/token")
        answer = httpx.post(self.line.address("/token"), headers=headers, timeout=30, trust_env=False)
        if answer.is_error:
            raise DataRefused(answer)
        told = answer.json()
        self.line.renewed(told["token"])
        left = datetime.fromisoformat(told["expires"]) - _moment_of(answer)
        self._renew_at = time.monotonic() + left.total_seconds() / 2

    def _try_later(self, reason: str) -> None:
        click.echo(plain(_AGAIN.in_(language()).format(reason=reason)), err=True)
        time.sleep(self._pause_s)
        self._pause_s = min(2 * self._pause_s, _LONGEST_PAUSE_S)

    def _ending(self, refused: httpx.Response) -> Ending | None:
        """Why nothing is given any more, as our own service knows it; None where the transfer goes on after a pause."""
        end, suspended = time.monotonic() + SETTLING_S, False
        while True:
            process = ask("GET", f"{self.service}/exchange/transfers/{self.pid}", self.token).json()
            state = process["state"]
            if state in ("COMPLETED", "TERMINATED"):
                return ended(self.service, self.token, process)
            if state == "SUSPENDED" and not suspended:
                click.echo(_SUSPENDED.in_(language()), err=True)
                suspended = True
            elif state == "STARTED" and suspended:
                self._resumed()
                return None
            elif state == "STARTED" and time.monotonic() > end:
                return Ending(process, refused=refused)
            time.sleep(PAUSE_S)

    def _resumed(self) -> None:
        """Go on with the address that came with the new start."""
        at = ask("GET", f"{self.service}/exchange/transfers/{self.pid}/address", self.token).json()
        self.line.endpoint, self.line.authorization = at["endpoint"], at["authorization"]
        self._renew_at, self._due = None if self._renew_at is None else 0.0, True


def ended(service: str, token: str | None, process: Mapping[str, Any]) -> Ending:
    """How a transfer of our service ended that is over."""
    end = time.monotonic() + (SETTLING_S / 2 if process["state"] == "TERMINATED" else 0)
    while True:
        agreement = _agreement(service, token, process)
        over = agreement is not None and not agreement["inForce"]
        said = _said(process, "agreement-over")
        if over or said is not None or time.monotonic() > end:
            return Ending(process, over or said is not None, (agreement or {}).get("reason") or _last(said))
        time.sleep(PAUSE_S)


def _said(process: Mapping[str, Any], code: str) -> Sequence[str] | None:
    """The reasons that a message of the timeline with a code gives; None where there is no such message."""
    bodies = (step["body"] or {} for step in process["timeline"])
    return next(([str(each) for each in body.get("reason") or ()] for body in bodies if body.get("code") == code), None)


def _last(reasons: Sequence[str] | None) -> str | None:
    return reasons[-1] if reasons else None


def complete(service: str, token: str | None, pid: str) -> None:
    """Say that all was transferred, if that can still be said."""
    headers = {} if token is None else {"authorization": f"Bearer {token}"}
    with contextlib.suppress(httpx.HTTPError):
        httpx.post(f"{service}/exchange/transfers/{pid}/complete", headers=headers, trust_env=False, timeout=30)


def _agreement(service: str, token: str | None, process: Mapping[str, Any]) -> Mapping[str, Any] | None:
    asked = {"dataset": process["dataset"], "role": "consumer", "size": 200, "format": "json"}
    found = ask("GET", f"{service}/agreements", token, params=asked).json()["items"]
    return next((each for each in found if each["id"] == process["agreement"]), None)


def _moment_of(answer: httpx.Response) -> datetime:
    """When it was given, by the clock of who gave it: ours may go differently."""
    with contextlib.suppress(TypeError, ValueError):
        return parsedate_to_datetime(answer.headers.get("date", ""))
    return datetime.now(UTC)


@contextlib.contextmanager
def interrupting() -> Iterator[None]:
    """SIGTERM ends it like Ctrl-C, which the background jobs of a shell ignore unless told so."""
    ends = (signal.SIGINT, signal.SIGTERM)
    before = [signal.signal(each, signal.default_int_handler) for each in ends]
    try:
        yield
    finally:
        for each, handler in zip(ends, before, strict=True):
            signal.signal(each, handler)
