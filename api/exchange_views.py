"""Negotiations and transfers as JSON for those who manage them."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from exchange.dsp import policies
from exchange.processes import Kind, Process, Step
from ontology.messages import Message
from stores.prepared import Row


def process_json(process: Process, base: str) -> dict[str, Any]:
    """A process in a list; `stuck` says that it waits for its peer longer than it should."""
    stuck = process.alarm_at is not None and process.alarm_at < datetime.now(UTC)
    found = {
        "pid": process.pid,
        "address": f"{base}/exchange/{process.kind.value}s/{process.pid}",
        "role": process.role.value,
        "state": process.state.value,
        "waitsFor": process.waits_for.value,
        "stuck": stuck or process.error is not None,
        "error": told(process.error),
        "peer": process.peer,
        "peerPid": process.peer_pid,
        "dataset": process.dataset,
        "agreement": process.agreement,
        "madeAt": process.made_at.isoformat(),
        "changedAt": process.changed_at.isoformat(),
        "alarmAt": process.alarm_at.isoformat() if process.alarm_at else None,
    }
    if process.kind is Kind.NEGOTIATION:
        return {**found, "offer": process.offer}
    return {**found, "format": process.document.get("format")}


def whole_json(
    process: Process, steps: Sequence[Step], base: str, compared: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """A process with its timeline; of a negotiation what is on the table, and how that differs from our own terms."""
    found = {**process_json(process, base), "timeline": [_step_json(each) for each in steps]}
    if process.kind is Kind.TRANSFER:
        return found
    terms = process.document.get("offer")
    if compared is not None and terms is not None:
        found["differences"] = [told(each) for each in policies.differences(compared, terms)]
    return {**found, "terms": terms}


def offer_row_json(row: Row) -> dict[str, Any]:
    """An offer in the list of who made it."""
    return {
        "offer": row["iri"],
        "dataset": row["dataset"],
        "owner": row["owner"],
        "approval": row["approval"],
        "audience": row["audience"].split(),
        "madeAt": row["made_at"].isoformat(),
        "withdrawnAt": row["withdrawn_at"].isoformat() if row["withdrawn_at"] else None,
    }


def told(message: Message | None) -> dict[str, str] | None:
    """A sentence in both languages."""
    return {"ja": message.ja, "en": message.en} if message else None


def _step_json(step: Step) -> dict[str, Any]:
    return {
        "number": step.number,
        "at": step.at.isoformat(),
        "direction": step.direction,
        "message": step.message,
        "state": step.state.value,
        "status": step.status,
        "note": told(step.note),
        "body": step.body,
    }
