"""What somebody wants of the gate, and what the gate takes in hand for it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType
from typing import Any, Final

from exchange.dsp.policy_rdf import identifier
from exchange.policy.asking import Request, Value, World
from exchange.policy.compiling import Compiled
from exchange.policy.decision import Decision
from exchange.sourcing import Registered
from exchange.spans import Span
from ontology.messages import Message
from ontology.terms import ODRL
from participants.principal import Principal

READ: Final = ODRL.NAMESPACE + "read"
_NOTHING: Final[Mapping[str, Value]] = MappingProxyType({})


def _nothing() -> Mapping[str, Value]:
    return _NOTHING


@dataclass(frozen=True, slots=True)
class Wanted:
    """Bytes that somebody wants.

    Attributes:
        dataset: IRI, the target of the agreement; `part` a distribution of it, where that is meant.
        agreement: IRI; None for what is open to everybody.
        transfer: our pid of the process, with an agreement.
        grant: hash of the token that was verified, where one was used.
        action: what is done with the data; who gets it reads it.
        span: the part wanted.
        if_range: entity tag of the state that the part is to be of.
        again: it is sent anew from the beginning because it did not arrive; the same use, within the same bounds.
        values: of left operands, as the one who wants it declares them.
    """

    participant: Principal
    dataset: str
    part: str | None = None
    agreement: str | None = None
    transfer: str | None = None
    grant: str | None = None
    action: str = READ
    span: Span | None = None
    if_range: str | None = None
    again: bool = False
    values: Mapping[str, Value] = field(default_factory=_nothing)

    @property
    def source(self) -> str:
        """What the source is registered under."""
        return self.part or self.dataset

    @property
    def request(self) -> Request:
        """The question to a policy."""
        party = self.participant.participant
        return Request(self.action, party and identifier(party), identifier(self.dataset), self.values)


@dataclass(frozen=True, slots=True)
class Ground:
    """What a wish rests on.

    Attributes:
        registered: where the bytes come from.
        policy: that decides it; None refuses, `reasons` says why.
        owner: who states the policy.
        cuts: whether the policy wants fields taken out.
        dutiful: whether it has duties.
        moves: of the database when this was looked up, where it is kept for as long as nothing moves there.
    """

    registered: Registered
    policy: Compiled | None = None
    owner: str | None = None
    reasons: tuple[Message, ...] = ()
    cuts: bool = False
    dutiful: bool = False
    moves: int | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """A wish that is to be decided.

    Attributes:
        id: of the release, made beforehand.
        world: what is known besides the counters and the time.
        first: byte where it is to begin.
        fresh: whether it is a new use in any case.
        consume: False asks what would be.
    """

    wanted: Wanted
    id: str
    at: datetime
    request_id: str | None
    ground: Ground
    world: World
    fresh: bool = False
    consume: bool = True

    @property
    def first(self) -> int:
        """Byte where it begins."""
        span = self.wanted.span
        return span.first if span is not None and span.first is not None else 0

    @property
    def policy(self) -> Compiled | None:
        """That decides it."""
        return self.ground.policy


@dataclass(frozen=True, slots=True)
class Admitted:
    """A wish that was decided.

    Attributes:
        permitted: whether bytes may leave.
        reasons: why not.
        own: what the use consumed when it began, by policy and counter.
        continues: id of the release that it goes on with.
        etag: of the state that it has to go on with; None for a new use.
        row: of the release, as it was written.
    """

    entry: Entry
    permitted: bool
    reasons: tuple[Message, ...] = ()
    decision: str | None = None
    decided: Decision | None = None
    own: Mapping[tuple[str, str], int] = field(default_factory=dict)
    continues: str | None = None
    etag: str | None = None
    row: Mapping[str, Any] = field(default_factory=dict)


def joined(reasons: Sequence[Message]) -> list[str] | None:
    """Reasons as a row keeps them: all in Japanese, all in English; None where there are none."""
    return ["".join(each.ja for each in reasons), " ".join(each.en for each in reasons)] if reasons else None
