"""An agreement as it is kept, and the statement about it that both sides sign."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

import orjson

from exchange.dsp.states import Party
from exchange.keys import SigningKey, verify
from exchange.partner_errors import SignatureInvalid
from ontology.description import Description
from ontology.messages import Message
from participants.principal import Principal
from stores.database import unpacked
from stores.prepared import Row

TYPE: Final = "renkei-agreement"
"""`typ` of the signatures on agreements; they prove nothing else."""
AGREED, FINALIZED, ENDED = "agreed", "finalized", "ended"
STATES: Final = (AGREED, FINALIZED, ENDED)


@dataclass(frozen=True, slots=True)
class Agreement:
    """What a provider and a consumer agreed on.

    Attributes:
        short_id: its name in our addresses.
        role: which of the two we are.
        owner: whose offer it was, or who asked for it here.
        revision: of the dataset's description that it is about, with `dataset_hash` that of its content; the provider
            knows them.
        hash: SHA-256 of the canonical form of the agreement itself.
        signatures: compact JWS by participant.
        state: agreed (the negotiation goes on), finalized or ended.
        ends_at: when its own terms end it.
        ended_at: when somebody ended it, or will have, where notice was given.
        ended_by: participant, or None where it just expired.
    """

    iri: str
    short_id: str
    negotiation: str
    role: Party
    provider: str
    consumer: str
    owner: str | None
    dataset: str
    revision: int | None
    dataset_hash: str | None
    offer: str | None
    hash: str
    signatures: Mapping[str, str]
    state: str
    agreed_at: datetime
    ends_at: datetime | None
    ended_at: datetime | None
    ended_by: str | None
    reason: str | None
    packed: tuple[bytes, bytes] = field(repr=False, compare=False)

    @classmethod
    def of(cls, row: Row) -> "Agreement":
        """From its row."""
        taken = {name: row[name] for name in cls.__dataclass_fields__ if name not in ("role", "packed")}
        return cls(role=Party(row["role"]), packed=(row["document"], row["canonical"]), **taken)

    @property
    def document(self) -> Mapping[str, Any]:
        """The agreement as the protocol writes it."""
        found: Mapping[str, Any] = orjson.loads(unpacked(self.packed[0]))
        return found

    @property
    def description(self) -> Description:
        """The agreement as RDF."""
        return Description.stored(self.iri, unpacked(self.packed[1]).decode())

    @property
    def us(self) -> str:
        """Our own participant in it."""
        return self.provider if self.role is Party.PROVIDER else self.consumer

    @property
    def peer(self) -> str:
        """The other one."""
        return self.consumer if self.role is Party.PROVIDER else self.provider

    @property
    def over_at(self) -> datetime | None:
        """When it is over, by notice or by its terms; None if nothing says so."""
        return min((at for at in (self.ends_at, self.ended_at) if at is not None), default=None)

    def is_in_force(self, now: datetime) -> bool:
        """Whether it permits anything at a moment."""
        return self.state == FINALIZED and (self.over_at is None or now < self.over_at)

    def concerns(self, reader: Principal) -> bool:
        """Whether somebody may see it: its parties, whose offer or request it was, the operator."""
        named = (self.provider, self.consumer, self.owner)
        return reader.is_operator or (reader.participant is not None and reader.participant in named)

    def may_end(self, reader: Principal) -> bool:
        """Whether somebody may end it: of our side who answers for it, and the other party."""
        own = (self.owner,) if reader.role == "provider" else ()
        return reader.is_operator or (reader.participant is not None and reader.participant in (self.peer, *own))

    @property
    def statement(self) -> Mapping[str, Any]:
        """What is signed; what only the provider knows is null at the consumer."""
        return {
            "agreement": self.iri,
            "hash": self.hash,
            "provider": self.provider,
            "consumer": self.consumer,
            "dataset": self.dataset,
            "revision": self.revision,
            "datasetHash": self.dataset_hash,
            "at": self.agreed_at.astimezone(UTC).isoformat(),
        }

    def signed(self, key: SigningKey) -> str:
        """Our signature on it."""
        return key.sign(orjson.dumps(self.statement, option=orjson.OPT_SORT_KEYS), TYPE)

    def check(self, signature: str, key: Mapping[str, Any]) -> None:
        """Whether a signature says this agreement, by this key.

        Raises:
            SignatureInvalid: forged, or about something else.
        """
        try:
            said = orjson.loads(verify(signature, key, TYPE))
        except ValueError:
            said = None
        ours = self.statement
        same = isinstance(said, dict) and said.keys() == ours.keys()
        # The pinned description is known to the provider alone; where both know it, both must say the same.
        if not same or any(said[name] != ours[name] for name in ours if not _untold(name, said, ours)):
            raise SignatureInvalid(
                Message(
                    "署名は別の内容の合意のものです。", "The signature is on an agreement that says something else."
                )
            )


def _untold(name: str, one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    return name in ("revision", "datasetHash") and None in (one[name], other[name])
