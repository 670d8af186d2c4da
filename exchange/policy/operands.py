"""Left operands as they are declared: what is compared, where a value comes from, how far that is trusted."""

from dataclasses import dataclass
from enum import StrEnum

from ontology.messages import Message


class Trust(StrEnum):
    """How far a value is trusted, most first."""

    OBSERVED = "observed"
    """This service measured or holds it itself."""
    VERIFIED = "verified"
    """Somebody trusted here signed it."""
    DECLARED = "declared"
    """The requester says so; it is recorded, not checked."""
    ATTESTED = "attested"
    """Agreed in a contract; nothing in a request can show it."""


class Source(StrEnum):
    """Where a value may come from, most trusted first."""

    CLOCK = "clock"
    TOKEN = "token"  # noqa: S105  (a name, no secret)
    CREDENTIAL = "credential"
    COUNTER = "counter"
    PAYMENT = "payment"
    CATALOG = "catalog"
    DECLARED = "declared"
    ATTESTED = "attested"

    @property
    def trust(self) -> Trust:
        """How far a value from here is trusted."""
        return _TRUST[self]


_TRUST = {
    Source.CLOCK: Trust.OBSERVED,
    Source.TOKEN: Trust.VERIFIED,
    Source.CREDENTIAL: Trust.VERIFIED,
    Source.COUNTER: Trust.OBSERVED,
    Source.PAYMENT: Trust.VERIFIED,
    Source.CATALOG: Trust.OBSERVED,
    Source.DECLARED: Trust.DECLARED,
    Source.ATTESTED: Trust.ATTESTED,
}

_SUPPLIERS = {
    Source.CLOCK: Message("このサービスの時計", "this service's clock"),
    Source.TOKEN: Message("要求者のアクセストークン", "the requester's access token"),
    Source.CREDENTIAL: Message(
        "信頼できる発行者による要求者の資格証明", "a credential of the requester from a trusted issuer"
    ),
    Source.COUNTER: Message("このサービスの利用記録", "this service's record of uses"),
    Source.PAYMENT: Message("決済サービス", "the payment service"),
    Source.CATALOG: Message("提供者によるカタログの記述", "the provider's description in the catalog"),
    Source.DECLARED: Message("要求者の申告", "a statement of the requester"),
    Source.ATTESTED: Message("合意した両当事者", "the two parties of the agreement"),
}


class ValueKind(StrEnum):
    """What the values of an operand are, and so how they are compared."""

    INSTANT = "instant"
    DURATION = "duration"
    NUMBER = "number"
    TEXT = "text"
    CONCEPT = "concept"
    """An IRI or a code; parts and kinds by `Vocabulary.broader`."""
    PLACE = "place"
    """As a concept: an IRI or an ISO 3166 code."""
    COORDINATES = "coordinates"
    EVENT = "event"
    LANGUAGE = "language"
    MEDIA = "media"
    RECURRENCE = "recurrence"
    IRI = "iri"
    """Names one thing that no vocabulary has to know, such as a participant."""


@dataclass(frozen=True, slots=True)
class Operand:
    """A left operand that can be evaluated.

    Attributes:
        iri: its name today; deprecated names lead to the same operand.
        sources: where a value may come from, most trusted first; a value of another source is not accepted.
        supplier: who can supply a missing value.
        attested: agreed in a contract and never to be checked; reports mark what rests on it.
        each: whether a constraint has to hold of each of several values (what a use is for, where it goes), not of any
            (what the requester has).
    """

    iri: str
    kind: ValueKind
    sources: tuple[Source, ...]
    label: Message
    supplier: Message
    attested: bool
    each: bool = True


def suppliers(sources: tuple[Source, ...]) -> Message:
    """Who supplies values from any of these sources, as a sentence."""
    names = [_SUPPLIERS[source] for source in sources]
    en = ", or ".join(name.en for name in names)
    return Message(f"{'、または'.join(name.ja for name in names)}から得ます。", f"{en[:1].upper()}{en[1:]}.")
