"""What an event says of the row it names: a digest, so that the seal over the journal covers that row too.

Who writes such a row puts `digest_of` of its columns into the event; `journal.verifying` computes it again.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from types import MappingProxyType
from typing import Any, Final

import orjson

from journal.events import EventKind
from stores.database import unpacked
from stores.exchange_tables import AgreementRow, ReleaseRow, StepRow
from stores.tables import Base, DecisionRow

_NOTHING: Final[Mapping[str, bytes]] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Sort:
    """Rows of one table as one kind of event speaks of them.

    Attributes:
        name: what findings call one.
        row: the table.
        key: the column that the subject of the event holds.
        fields: the columns that are what they were when the event was written.
        packed: those of them that count as what they hold, not as it was packed.
    """

    name: str
    row: type[Base]
    key: str
    fields: tuple[str, ...]
    packed: frozenset[str] = frozenset()

    def digest(self, columns: Mapping[str, Any], held: Mapping[str, bytes] = _NOTHING) -> str:
        """SHA-256 of a row, hexadecimal; columns that are missing are null, `held` is what packed ones of it hold."""
        values = [columns.get(name) for name in self.fields]
        for place, value in enumerate(values):
            if isinstance(value, bytes):
                values[place] = self._of_bytes(self.fields[place], value, held)
        return sha256(orjson.dumps([self.name, *values], option=orjson.OPT_UTC_Z | orjson.OPT_SORT_KEYS)).hexdigest()

    def _of_bytes(self, name: str, value: bytes, held: Mapping[str, bytes]) -> str:
        if name in self.packed:
            value = held[name] if name in held else unpacked(value)
        return sha256(value).hexdigest()


_DECISION = Sort(
    "decision", DecisionRow, "id", ("id", "at", "policy", "party", "target", "verdict", "line"), frozenset(("line",))
)
_STEP = Sort(
    "step", StepRow, "pid",
    ("pid", "number", "at", "direction", "message", "state", "digest", "body", "status", "note"), frozenset(("body",)),
)  # fmt: skip
_AGREED = (
    "iri", "short_id", "negotiation", "role", "provider", "consumer", "owner", "dataset", "revision", "dataset_hash",
    "offer", "document", "canonical", "hash", "agreed_at", "ends_at",
)  # fmt: skip
_TEXTS = frozenset(("document", "canonical"))
_RELEASED = ("id", "at", "agreement", "transfer", "participant", "dataset", "decision", "offset_bytes", "continues",
             "request_id")  # fmt: skip
_RELEASE = (*_RELEASED, "ended_at", "state", "size_bytes", "sha256", "etag", "whole_bytes", "consumed", "reason")

SORTS: Mapping[EventKind, Sort] = MappingProxyType(
    {
        EventKind.DECIDED: _DECISION,
        EventKind.NEGOTIATION: _STEP,
        EventKind.TRANSFER: _STEP,
        EventKind.AGREED: Sort("agreement", AgreementRow, "short_id", _AGREED, _TEXTS),
        EventKind.AGREEMENT_ENDED: Sort(
            "agreement", AgreementRow, "short_id", (*_AGREED, "ended_at", "ended_by", "reason"), _TEXTS
        ),
        EventKind.RELEASED: Sort("release", ReleaseRow, "id", _RELEASED),
        EventKind.REFUSED: Sort("release", ReleaseRow, "id", _RELEASE),
        EventKind.RELEASE_ENDED: Sort("release", ReleaseRow, "id", _RELEASE),
    }
)
"""State and signatures of an agreement are not among its fields: they move on, and signatures prove themselves."""


def digest_of(kind: EventKind, columns: Mapping[str, Any], held: Mapping[str, bytes] = _NOTHING) -> str:
    """The digest that an event of this kind bears, of the columns of the row it names (its subject is their key).

    Args:
        held: what packed columns hold, where whoever writes them has it at hand.
    """
    return SORTS[kind].digest(columns, held)
