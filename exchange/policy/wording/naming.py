"""Names for people of what a policy speaks of by IRI: assets, parties, actions, operands, concepts, values."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from pyoxigraph import Literal

from exchange.policy.model import Term
from exchange.policy.operands import ValueKind
from exchange.policy.registry import named
from exchange.policy.values import native
from exchange.policy.vocabulary import Vocabulary
from exchange.policy.wording.figures import figure, money, number
from exchange.policy.wording.phrasing import NOTHING, address, clean, joined, quoted, say
from ontology.messages import Message
from ontology.terms import ODRL, XSD

_SPECIAL = MappingProxyType({ODRL.NAMESPACE + "policyUsage": Message(ja="この利用", en="this use")})
UNKNOWN = Message(ja="（未知の用語）", en=" (unknown term)")
ATTESTED = Message(ja="（表明のみで検証されません）", en=" (attested, not checked)")


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
        if iri in self.titles or label == named(iri):
            return self.thing(iri)
        return quoted(label)

    def operand(self, iri: str) -> Message:
        """A left operand, marked where it is unknown."""
        operand = self.vocabulary.operand(iri)
        if operand is not None:
            return Message(ja=clean(operand.label.ja), en=f"the {clean(operand.label.en)}")
        return say("{name}{unknown}", "{name}{unknown}", name=quoted(self.vocabulary.label(iri)), unknown=UNKNOWN)

    def in_time(self, iri: str) -> bool:
        """Whether the values of a left operand are times."""
        operand = self.vocabulary.operand(iri)
        return operand is not None and operand.kind is ValueKind.INSTANT

    def attested(self, iri: str) -> Message:
        """What follows a comparison that rests on a contract alone."""
        operand = self.vocabulary.operand(iri)
        return ATTESTED if operand is not None and operand.attested else NOTHING

    def value(self, term: Term, left: str = "", data_type: str | None = None, unit: str | None = None) -> Message:
        """A value of a left operand, marked where it is not written as the operand needs it."""
        if not isinstance(term, Literal):
            return self.concept(term.value)
        operand = self.vocabulary.operand(left)
        kind = None if operand is None else operand.kind
        if kind is not None and kind in _TYPES and native(term, kind) is None:
            return joined([number(term.value) or quoted(term.value), self.unit(unit), _MARKS[kind]])
        # Plain text is read as what the operand needs, so it is shown as that.
        plain = _TYPES.get(kind, ()) if term.datatype == XSD.string and data_type is None else ()
        shown = [figure(term, datatype) for datatype in (*plain, data_type)]
        best = next((each for each in shown if each != quoted(term.value)), shown[-1])
        return joined([best, self.unit(unit)])

    def strange(self, term: Term, left: str) -> bool:
        """Whether a value is a concept or a place that no vocabulary here has, so nothing is known to be below it."""
        operand = self.vocabulary.operand(left)
        placed = operand is not None and operand.kind in (ValueKind.CONCEPT, ValueKind.PLACE)
        return placed and not isinstance(term, Literal) and self.vocabulary.broader(term.value) <= {term.value}

    def unit(self, unit: str | None) -> Message:
        """What follows a number."""
        if unit is None:
            return NOTHING
        name = self.concept(unit)
        return money(unit) or Message(ja=name.ja, en=" " + name.en)


_TYPES: Mapping[ValueKind | None, tuple[str, ...]] = MappingProxyType(
    {
        ValueKind.NUMBER: (XSD.decimal.value,),
        ValueKind.INSTANT: (XSD.date.value, XSD.dateTime.value),
        ValueKind.DURATION: (XSD.duration.value,),
        ValueKind.RECURRENCE: (XSD.duration.value,),
    }
)
_NOT_A_DURATION = Message(ja="（期間として書かれていません）", en=" (not written as a duration)")
_MARKS: Mapping[ValueKind, Message] = MappingProxyType(
    {
        ValueKind.NUMBER: Message(ja="（数値として書かれていません）", en=" (not written as a number)"),
        ValueKind.INSTANT: Message(ja="（日時として書かれていません）", en=" (not written as a date)"),
        ValueKind.DURATION: _NOT_A_DURATION,
        ValueKind.RECURRENCE: _NOT_A_DURATION,
    }
)
