"""The state machines of the protocol, copied from its figures (DSP 2025-1, "Contract Negotiation", "Transfer Process").

The prose lets either side terminate in every state that is not final, where the figure leaves some of these out; EDC
and the TCK follow the prose, and so do we.
"""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final


class Party(StrEnum):
    """One of the two sides of a process."""

    PROVIDER = "provider"
    CONSUMER = "consumer"

    @property
    def other(self) -> "Party":
        """The side across."""
        return Party.CONSUMER if self is Party.PROVIDER else Party.PROVIDER


class Negotiation(StrEnum):
    """States of a contract negotiation; INITIAL is ours, before the first message was answered."""

    INITIAL = "INITIAL"
    REQUESTED = "REQUESTED"
    OFFERED = "OFFERED"
    ACCEPTED = "ACCEPTED"
    AGREED = "AGREED"
    VERIFIED = "VERIFIED"
    FINALIZED = "FINALIZED"
    TERMINATED = "TERMINATED"


class Transfer(StrEnum):
    """States of a transfer process; INITIAL is ours, before the first message was answered."""

    INITIAL = "INITIAL"
    REQUESTED = "REQUESTED"
    STARTED = "STARTED"
    SUSPENDED = "SUSPENDED"
    COMPLETED = "COMPLETED"
    TERMINATED = "TERMINATED"


State = Negotiation | Transfer
_Table = Mapping[tuple[State, Party], frozenset[State]]
_N, _T, _P, _C = Negotiation, Transfer, Party.PROVIDER, Party.CONSUMER

# (state, who sends) → the states that its message may lead to.
NEGOTIATION: Final[_Table] = MappingProxyType(
    {
        (_N.INITIAL, _C): frozenset({_N.REQUESTED, _N.TERMINATED}),
        (_N.INITIAL, _P): frozenset({_N.OFFERED, _N.TERMINATED}),
        (_N.REQUESTED, _P): frozenset({_N.OFFERED, _N.AGREED, _N.TERMINATED}),
        (_N.REQUESTED, _C): frozenset({_N.TERMINATED}),
        (_N.OFFERED, _C): frozenset({_N.REQUESTED, _N.ACCEPTED, _N.TERMINATED}),
        (_N.OFFERED, _P): frozenset({_N.TERMINATED}),
        (_N.ACCEPTED, _P): frozenset({_N.AGREED, _N.TERMINATED}),
        (_N.ACCEPTED, _C): frozenset({_N.TERMINATED}),
        (_N.AGREED, _C): frozenset({_N.VERIFIED, _N.TERMINATED}),
        (_N.AGREED, _P): frozenset({_N.TERMINATED}),
        (_N.VERIFIED, _P): frozenset({_N.FINALIZED, _N.TERMINATED}),
        (_N.VERIFIED, _C): frozenset({_N.TERMINATED}),
    }
)
TRANSFER: Final[_Table] = MappingProxyType(
    {
        (_T.INITIAL, _C): frozenset({_T.REQUESTED, _T.TERMINATED}),
        (_T.REQUESTED, _P): frozenset({_T.STARTED, _T.TERMINATED}),
        (_T.REQUESTED, _C): frozenset({_T.TERMINATED}),
        (_T.STARTED, _P): frozenset({_T.SUSPENDED, _T.COMPLETED, _T.TERMINATED}),
        (_T.STARTED, _C): frozenset({_T.SUSPENDED, _T.COMPLETED, _T.TERMINATED}),
        (_T.SUSPENDED, _P): frozenset({_T.STARTED, _T.TERMINATED}),
        (_T.SUSPENDED, _C): frozenset({_T.STARTED, _T.TERMINATED}),
    }
)
FINAL: Final[frozenset[State]] = frozenset({_N.FINALIZED, _N.TERMINATED, _T.COMPLETED, _T.TERMINATED})


def may_follow(state: State, sender: Party, new: State) -> bool:
    """Whether a message of `sender` may lead from a state to another."""
    table = NEGOTIATION if isinstance(state, Negotiation) else TRANSFER
    return new in table.get((state, sender), frozenset())
