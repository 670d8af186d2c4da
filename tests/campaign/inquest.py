"""What two databases hold of processes on which the two sides differ, for whoever has to find out why."""

import contextlib
import sqlite3
from collections.abc import Iterable
from typing import Any

from tests.campaign.harness import Server
from tests.journeys.pair import Pair

LATEST = 12  # steps of a timeline that are told
_PROCESS = "pid, role, state, waits_for, version, agreement, peer_pid, error, changed_at"
_QUERIES = {
    "process": f"SELECT {_PROCESS} FROM processes WHERE pid = ?",
    "steps": "SELECT number, at, direction, message, state, status, note FROM steps WHERE pid = ? ORDER BY number",
    "outbox": "SELECT id, message, enters, attempts, made_at, due_at, leased_until FROM outbox WHERE pid = ? ORDER BY id",
    "agreement": "SELECT iri, state, negotiation, ended_at, ended_by, reason FROM agreements WHERE iri = ?",
}


def inquest(two: Pair, pids: Iterable[str]) -> str:
    """Of each process, and of the negotiation of its agreement: how both sides have it, and what waits to be said."""
    lines: list[str] = []
    for pid in pids:
        lines += ["", f"== {pid}", *_both(two, pid)]
        if (negotiation := _negotiation(two, pid)) not in (None, pid):
            lines += ["-- negotiated as", *_both(two, str(negotiation))]
    return "\n".join(lines)


def _both(two: Pair, pid: str) -> list[str]:
    """A process by either side's id of it."""
    lines = []
    for side, server in (("provider", two.provider), ("consumer", two.consumer)):
        for (found,) in _rows(server, "SELECT pid FROM processes WHERE pid = ?1 OR peer_pid = ?1", pid) or [(None,)]:
            lines += [f"{side}: nothing"] if found is None else _one(side, server, found)
    return lines


def _one(side: str, server: Server, pid: str) -> list[str]:
    (process,) = _rows(server, _QUERIES["process"], pid)
    steps, waiting = _rows(server, _QUERIES["steps"], pid), _rows(server, _QUERIES["outbox"], pid)
    agreed = _rows(server, _QUERIES["agreement"], process[5])
    return [
        f"{side}: {process}",
        *(f"  agreement {row}" for row in agreed),
        *(f"  to be said {row}" for row in waiting),
        *(f"  step {row}" for row in steps[-LATEST:]),
    ]


def _negotiation(two: Pair, pid: str) -> str | None:
    """An id of the negotiation that made the agreement of a process."""
    query = """SELECT a.negotiation FROM agreements a WHERE a.iri IN
               (SELECT agreement FROM processes WHERE pid = ?1 OR peer_pid = ?1)"""
    return next((one for server in (two.consumer, two.provider) for (one,) in _rows(server, query, pid)), None)


def _rows(server: Server, query: str, *values: Any) -> list[tuple[Any, ...]]:
    """Read beside the server, or after its end."""
    with contextlib.closing(sqlite3.connect(server.data / "renkei.sqlite", timeout=10)) as database:
        return database.execute(query, values).fetchall()
