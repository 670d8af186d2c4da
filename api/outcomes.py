"""The closing table of a load as JSON, for HTTP and the command line."""

from collections.abc import Iterable, Mapping
from typing import Any

from catalog.publishing import Outcome
from ontology.faults import Fault
from ontology.messages import Message

COUNTS = ("added", "changed", "unchanged", "withdrawn", "refused")
NOT_READ = Message(
    ja="読めないソースがあるため、何も取り下げていません。すべて読めるようにしてから、もう一度実行してください。",
    en="Nothing was withdrawn, because not every source could be read. Mend that and run it again.",
)
NOT_WHOLE = Message(
    ja="読み取れずに省いた文があるため、何も取り下げていません。示された箇所を直してから、もう一度実行してください。",
    en="Nothing was withdrawn, because statements were left out in reading. Mend the places that are named and run it "
    "again.",
)
LOST = "syntax"
"""Kind of the faults where statements were skipped: what they spoke of may seem to be gone and is not."""


def outcome_json(outcome: Outcome, language: str) -> dict[str, Any]:
    """The closing table of a load; `would_withdraw` only where it stopped for consent."""
    stopped = {"would_withdraw": outcome.would_withdraw} if outcome.would_withdraw else {}
    return {
        **{name: getattr(outcome, name) for name in COUNTS},
        "by_kind": outcome.by_kind,
        **stopped,
        "refusals": [
            {
                "resource": refusal.resource,
                "reason": refusal.reason.in_(language),
                "message": {"ja": refusal.reason.ja, "en": refusal.reason.en},
            }
            for refusal in outcome.refusals
        ],
        "noted": [{"resource": resource, "reason": note.in_(language)} for resource, note in outcome.noted],
    }


def noted_json(faults: Iterable[tuple[str, Fault]], language: str) -> list[dict[str, Any]]:
    """What the reader kept as given, mended or left out, by document; lost statements first."""
    ordered = sorted(faults, key=lambda fault: fault[1].kind != LOST)
    return [{"resource": name, "kind": fault.kind, "text": fault.text, "reason": fault.message.in_(language),
             **_place(fault)} for name, fault in ordered]  # fmt: skip


def _place(fault: Fault) -> dict[str, int]:
    return {name: value for name in ("line", "column") if (value := getattr(fault, name)) is not None}


def lost(faults: Iterable[tuple[str, Fault]]) -> bool:
    """Whether statements were skipped, so that a source is not known whole."""
    return any(fault.kind == LOST for _, fault in faults)


def is_whole(found: Mapping[str, Any]) -> bool:
    """Whether a closing table says that everything in the sources was read and stored."""
    return not (found["refusals"] or found["refused"] or any(note.get("kind") == LOST for note in found["noted"]))
