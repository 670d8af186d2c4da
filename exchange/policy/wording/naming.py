"""Names for people of what a policy speaks of by IRI: assets, parties, actions, operands, concepts, values."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from pyoxigraph import Literal

from exchange.policy.model import Term
from exchange.policy.operands import ValueKind
from exchange.policy.vocabulary import Vocabulary
from exchange.policy.wording.figures import figure, money, number
from exchange.policy.wording.phrasing import NOTHING, address, clean, joined, quoted, say
from ontology.messages import Message
from ontology.terms import ODRL

_SPECIAL = MappingProxyType({ODRL.NAMESPACE + "policyUsage": Message(ja="この利用", en="this use")})
UNKNOWN = Message(ja="（未知の用語）", en=" (unknown term)")
ATTESTED = Message(ja="（表明のみで検証されません）", en=" (attested, not checked)")
NOT_A_NUMBER = Message(ja="（数値として書かれていません）", en=" (not written as a number)")
NOT_A_TIME = Message(ja="（日時として書かれていません）", en=" (not written as a date)")


def local(iri: str) -> str:
    """Local name of a term of ODRL; nothing for the same name elsewhere."""
    return iri.removeprefix(ODRL.NAMESPACE) if iri.startswith(ODRL.NAMESPACE) else ""


@dataclass(frozen=True, slots=True)
class Names:
    """How things are called.

    Attributes:
        titles: of assets and parties by IRI, as the catalog and the registry know them; foreign text, shown quoted.
    """

    vocabulary: Vocabulary
    titles: Mapping[str, Message] = field(default_factory=dict)

    def thing(self, iri: str) -> Message:
        """An asset, a party, a policy."""
        if iri in self.titles:
            return quoted(self.titles[iri])
        return Message(ja="名前のない対象", en="something without a name") if iri.startswith("_:") else address(iri)

    def concept(self, iri: str) -> Message:
        """What a vocabulary may have a label for."""
        if iri in _SPECIAL:
            return _SPECIAL[iri]
        label = self.vocabulary.label(iri)
        unlabelled = label.en == label.ja and iri.endswith(label.en)
        if iri in self.titles or unlabelled:
            return self.thing(iri)
        return quoted(label)

    def operand(self, iri: str) -> Message:
        """A left operand, marked where it is unknown."""
        operand = self.vocabulary.operand(iri)
        if operand is not None:
            return Message(ja=clean(operand.label.ja), en=f"the {clean(operand.label.en)}")
        return say("{name}{unknown}", "{name}{unknown}", name=quoted(self.vocabulary.label(iri)), unknown=UNKNOWN)

    def attested(self, iri: str) -> Message:
        """What follows a comparison that rests on a contract alone."""
        operand = self.vocabulary.operand(iri)
        return ATTESTED if operand is not None and operand.attested else NOTHING

    def value(self, term: Term, left: str = "", data_type: str | None = None, unit: str | None = None) -> Message:
        """A value of a left operand, marked where it is not written as the operand needs it."""
        if not isinstance(term, Literal):
            return self.concept(term.value)
        operand = self.vocabulary.operand(left)
        kind = operand.kind if operand is not None else None
        shown = figure(term, data_type)
        if shown == quoted(term.value) and kind in _MARKS:
            return joined([number(term.value) or shown, self.unit(unit), _MARKS[kind]])
        return joined([shown, self.unit(unit)])

    def unit(self, unit: str | None) -> Message:
        """What follows a number."""
        if unit is None:
            return NOTHING
        name = self.concept(unit)
        return money(unit) or Message(ja=name.ja, en=" " + name.en)


_MARKS: Mapping[ValueKind | None, Message] = MappingProxyType(
    {
        ValueKind.NUMBER: NOT_A_NUMBER,
        ValueKind.INSTANT: NOT_A_TIME,
        ValueKind.DURATION: Message(ja="（期間として書かれていません）", en=" (not written as a duration)"),
    }
)
