"""What a kind of process decides at each state: what follows from a message, and what is said next."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from sqlalchemy.ext.asyncio import AsyncConnection

from exchange.dsp.states import State
from exchange.processes import Kind, Process
from ontology.messages import Message

Along = Callable[[AsyncConnection, Process], Awaitable["Saying | None"]]


@dataclass(frozen=True, slots=True)
class Saying:
    """What our side says next.

    Attributes:
        path: below the peer's address.
        enters: the state once it was taken.
    """

    message: Mapping[str, Any]
    path: str
    enters: State


@dataclass(frozen=True, slots=True)
class Turn:
    """What follows from a message.

    Attributes:
        changes: of the process, besides its state.
        says: the answer that our side gives by itself.
        along: what is stored in the same transaction; it may give what is said, where that holds what was just made.
        note: for the timeline.
        after: what is done once it is stored, as telling others.
        enters: the state that what is said leads to.
    """

    changes: Mapping[str, Any] = field(default_factory=dict)
    says: Saying | None = None
    along: Along | None = None
    note: Message | None = None
    after: Callable[[Process], Awaitable[None]] | None = None
    enters: State | None = None

    def __post_init__(self) -> None:
        """Where something is said, the state follows from it."""
        if self.says is not None:
            object.__setattr__(self, "enters", self.says.enters)


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a process ends: a code for machines and sentences for people."""

    code: str
    texts: Sequence[Message]

    @property
    def words(self) -> list[str]:
        """The sentences as a message carries them."""
        return [text for each in self.texts for text in (each.en, each.ja)]


NOTHING = Turn()


class Machine(Protocol):
    """What one kind of process does at each state."""

    kind: Kind

    async def heard(self, process: Process, message: Mapping[str, Any]) -> Turn:
        """A message of the peer brought the process into its state."""
        ...

    async def taken(self, process: Process, message: Mapping[str, Any]) -> Turn:
        """The peer took our message, which brought the process into its state."""
        ...

    async def reminder(self, connection: AsyncConnection, process: Process) -> Saying | None:
        """What a peer is told again that asks once more for what has begun; None where it needs nothing."""
        ...

    def farewell(self, process: Process) -> Saying:
        """What a peer is told that speaks of a process which ended before it was known to be there."""
        ...
