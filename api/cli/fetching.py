"""`renkei transfer --out`: data into a file; what broke off goes on in the same transfer, which is one use of them."""

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, NoReturn

import click
import httpx

from api.cli.following import PAUSE_S, SETTLING_S, complete, ended
from api.cli.pulling import DataRefused, Line, Pulled, line_to, pull
from api.cli.terminal import ask, asking, fail, language, plain, problems
from api.cli.watching import PULL, explained, line_of, started
from ontology.messages import Message

_PAUSES_S: Final = (0.5, 2.0, 8.0)
_BROKE = Message(
    ja="途中で切れました ({reason})。{seconds:g} 秒後に続きを受け取ります。",
    en="It broke off ({reason}); going on in {seconds:g} s.",
)
_KEPT = Message(
    ja="{reason}。届いた分は {part} にあります。同じコマンドで続きから受け取れます。",
    en="{reason}. What arrived is in {part}; the same command goes on from there.",
)
_SILENT = Message(ja="{url} から届きません ({reason})", en="Nothing comes from {url} ({reason})")
_LEFT = Message(ja="中断しました", en="Interrupted")
_NO_ROOM = Message(ja="{file} に書けません ({reason})", en="{file} cannot be written ({reason})")


@dataclass(frozen=True, slots=True)
class Fetch:
    """A wish for the data of an agreement in a file.

    Attributes:
        service: address of our running service; `token` for it.
        declared: values that the terms ask for, by name.
        wait_s: for the start.
        form: in which the data are pulled.
        compressed: whether they may come packed.
    """

    service: str
    token: str | None
    agreement: str
    out: Path
    declared: Sequence[tuple[str, str]]
    wait_s: float
    form: str = PULL
    compressed: bool = False

    def run(self) -> Pulled | None:
        """Pull all of it, or end the command with the reason."""
        self._has_room()
        before = self._begun_before()
        process = before or started(self.service, self.token, self.agreement, self.wait_s, self.form)
        self._note.write_text(process["pid"])
        line = line_of(process, self.service, self.token, self.declared)
        line.compressed = self.compressed
        try:
            pulled = self._pulled(process["pid"], line)
        except DataRefused as error:
            self._note.unlink(missing_ok=True)
            if before is not None and _ran_out(error):
                complete(self.service, self.token, process["pid"])
                return self.run()
            self._refused(process["pid"], line, error.answer)
        except KeyboardInterrupt:
            self._stopped(_LEFT.in_(language()))
        except OSError as error:
            self._stopped(_NO_ROOM.in_(language()).format(file=error.filename or self._part, reason=error.strerror))
        self._note.unlink(missing_ok=True)
        complete(self.service, self.token, process["pid"])
        return pulled

    def _has_room(self) -> None:
        """End the command before a transfer is begun whose data could not be written."""
        began = self._part.exists()
        with problems(), self._part.open("ab"):
            pass
        if not began:
            self._part.unlink()

    @property
    def _note(self) -> Path:
        """Which transfer the part of the file is from."""
        return self.out.with_name(self.out.name + ".part.transfer")

    @property
    def _part(self) -> Path:
        return self.out.with_name(self.out.name + ".part")

    def _begun_before(self) -> Mapping[str, Any] | None:
        """The transfer that broke off, if it still runs."""
        if not (self._note.exists() and self._part.exists()):
            return None
        address = f"{self.service}/exchange/transfers/{self._note.read_text().strip()}"
        answer = ask("GET", address, self.token, expects="process-unknown")
        found: Mapping[str, Any] = answer.json()
        runs = not answer.is_error and (found["state"], found["agreement"]) == ("STARTED", self.agreement)
        return found if runs else None

    def _pulled(self, pid: str, line: Line) -> Pulled | None:
        """Pull, and go on with what breaks off; with a new token in the same transfer, where the old one runs out."""
        pauses = iter((*_PAUSES_S, None))
        for anew in (False, True):
            try:
                return self._patiently(line, pauses)
            except DataRefused as error:
                fresh = None if anew or not _ran_out(error) else self._anew(pid)
                if fresh is None:
                    raise
                line = fresh
        raise AssertionError

    def _anew(self, pid: str) -> Line | None:
        return line_to(self.service, self.token, pid, self.declared, anew=True)

    def _patiently(self, line: Line, pauses: Iterator[float | None]) -> Pulled | None:
        while True:
            try:
                return pull(line, self.out)
            except httpx.TransportError as error:
                if (pause_s := next(pauses)) is None:
                    self._stopped(_SILENT.in_(language()).format(url=line.endpoint, reason=error))
                click.echo(plain(_BROKE.in_(language()).format(reason=error, seconds=pause_s)), err=True)
                time.sleep(pause_s)

    def _refused(self, pid: str, line: Line, answer: httpx.Response) -> NoReturn:
        """Tell why nothing is given: what was ended under way is told by our service soon, all else by the answer."""
        end = time.monotonic() + (SETTLING_S if self._part.exists() else 0)
        while time.monotonic() < end:
            process = ask("GET", f"{self.service}/exchange/transfers/{pid}", self.token).json()
            if process["state"] == "TERMINATED":
                explained(ended(self.service, self.token, process))
                raise SystemExit(1)
            time.sleep(PAUSE_S)
        complete(self.service, self.token, pid)
        with asking(line.endpoint, None) as (_, refuse):
            refuse(answer)
        raise AssertionError

    def _stopped(self, reason: str) -> NoReturn:
        part = self._part
        fail(_KEPT.in_(language()).format(reason=reason, part=part) if part.exists() else reason, 1)


def _ran_out(error: DataRefused) -> bool:
    """Whether the token is the reason, as HTTP and S3 say it."""
    answer = error.answer
    return answer.status_code == 401 or (answer.status_code == 403 and b"<Code>InvalidAccessKeyId<" in answer.content)
