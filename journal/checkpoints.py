"""Checkpoints: what the journal was at one moment, small enough to be kept elsewhere, signed."""

import os
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any, Protocol

import orjson

from journal.errors import CheckpointUnreadable
from journal.merkle import Tree

FIRST = "0" * 64
"""What stands for the checkpoint before the first."""
FILE = "checkpoint.json"


class Notary(Protocol):
    """Who signs checkpoints, and knows its own signature again."""

    def sign(self, statement: bytes) -> str:
        """A compact JWS (RFC 7515) of a statement."""

    def signed(self, statement: bytes, signature: str) -> bool:
        """Whether a signature is of this service and of exactly this statement."""


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The journal up to one event.

    Attributes:
        first: the first event since the checkpoint before; `last` the last of all.
        size: how many events there are up to there: numbers may be left out, where a transaction failed.
        root: of the Merkle tree over all of them, hexadecimal.
        previous: `digest` of the checkpoint before.
    """

    number: int
    first: int
    last: int
    size: int
    root: str
    previous: str
    at: datetime

    @property
    def statement(self) -> bytes:
        """What is signed: JSON in the form of RFC 8785."""
        return orjson.dumps(self, option=orjson.OPT_SORT_KEYS | orjson.OPT_UTC_Z)

    @property
    def digest(self) -> str:
        """SHA-256 of the statement, hexadecimal."""
        return sha256(self.statement).hexdigest()

    def to_json(self) -> dict[str, Any]:
        """As files and answers show it."""
        found: dict[str, Any] = orjson.loads(self.statement)
        return found


@dataclass(frozen=True, slots=True)
class Sealed:
    """A checkpoint with its signature."""

    checkpoint: Checkpoint
    signature: str

    def to_json(self) -> dict[str, Any]:
        """As files and answers show it."""
        return {"checkpoint": self.checkpoint.to_json(), "signature": self.signature}


def sealed_of(row: Any) -> Sealed:
    """The checkpoint of a row of `seals`."""
    checkpoint = Checkpoint(row.number, row.first, row.last, row.size, row.root, row.previous, row.at)
    return Sealed(checkpoint, row.signature)


def tree_of(row: Any) -> Tree:
    """The tree of a row of `seals`."""
    return Tree(row.size, tuple(bytes.fromhex(peak) for peak in row.peaks))


def sealed_from(given: Any) -> Sealed:
    """A checkpoint from JSON as `Sealed.to_json` makes it.

    Raises:
        ValueError: it is something else.
    """
    try:
        members = dict(given["checkpoint"])
        at = datetime.fromisoformat(members.pop("at")).astimezone(UTC)
        if not isinstance(signature := given["signature"], str):
            raise TypeError
        return Sealed(Checkpoint(**members, at=at), signature)
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError("no checkpoint") from error


def read(path: Path) -> Sealed:
    """A checkpoint out of a file.

    Raises:
        CheckpointUnreadable
    """
    try:
        return sealed_from(orjson.loads(path.read_bytes()))
    except (OSError, ValueError) as error:
        raise CheckpointUnreadable(str(path), str(error)) from error


def write(path: Path, sealed: Sealed) -> None:
    """Put a checkpoint into a file, whole or not at all."""
    part = path.with_name(f"{path.name}.part")
    with part.open("wb") as stream:
        stream.write(orjson.dumps(sealed.to_json(), option=orjson.OPT_INDENT_2))
        stream.flush()
        os.fsync(stream.fileno())
    part.replace(path)
