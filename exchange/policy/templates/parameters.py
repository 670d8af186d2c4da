"""Parameters of templates: what a form takes in, as terms of RDF, and the way back."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from types import MappingProxyType

from pyoxigraph import Literal, NamedNode

from exchange.policy.model import Term
from exchange.policy.operands import ValueKind
from exchange.policy.values import native
from exchange.policy.vocabulary import Vocabulary
from exchange.policy.wording.phrasing import quoted, say
from ontology.messages import Message
from ontology.terms import XSD

CURRENCY = "http://publications.europa.eu/resource/authority/currency/"
_IRI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[^\x00-\x20<>\"{}|\\^`]+")
_DATE = re.compile(r"\d{4}-\d\d-\d\d(?:Z|[+-]\d\d:\d\d)?", re.ASCII)
_COUNT = re.compile(r"[1-9]\d{0,17}", re.ASCII)
_AMOUNT = re.compile(r"\d{1,18}(?:\.\d{1,6})?", re.ASCII)
_DURATION = re.compile(
    r"P(?=\d|T\d)(?:\d{1,9}Y)?(?:\d{1,9}M)?(?:\d{1,9}D)?(?:T(?=\d)(?:\d{1,9}H)?(?:\d{1,9}M)?)?", re.ASCII
)
_TEXT_LIMIT = 10_000


class Kind(StrEnum):
    """What a parameter takes."""

    DATE = "date"
    """A day, as 2026-12-31, or 2026-12-31+09:00 for one that does not end at midnight in UTC."""
    COUNT = "count"
    DURATION = "duration"
    AMOUNT = "amount"
    CURRENCY = "currency"
    """A code of ISO 4217, as JPY."""
    IRI = "iri"
    """The name of a participant, a collection, an address."""
    PURPOSE = "purpose"
    PLACE = "place"
    """An IRI or a code of ISO 3166, as JP or JP-26."""
    CONCEPT = "concept"
    """A value of a list, or text where the list has none."""
    TEXT = "text"


@dataclass(frozen=True, slots=True)
class Parameter:
    """A field of a form.

    Attributes:
        example: as somebody would write it.
        many: whether several values are taken.
        optional: whether it may be left out.
    """

    name: str
    kind: Kind
    label: Message
    help: Message
    example: str
    many: bool = False
    optional: bool = False


class Unfit(ValueError):
    """A value is none of its parameter's kind."""

    def __init__(self, message: Message) -> None:
        super().__init__(message.en)
        self.message = message


def term(parameter: Parameter, text: str, vocabulary: Vocabulary) -> Term:
    """A value as a term.

    Raises:
        Unfit: with reason and remedy.
    """
    made = _MAKERS[parameter.kind](text.strip(), vocabulary)
    if made is None:
        raise Unfit(
            say(
                "{label}: {text}は{reason}。{example}のように書いてください。",
                "{label}: {text} {reason}. Write it like {example}.",
                label=parameter.label,
                text=quoted(text),
                reason=_REASONS[parameter.kind],
                example=quoted(parameter.example),
            )
        )
    return made


def text(kind: Kind, term: Term) -> str | None:
    """A term as a form would show it; None if it is no value of this kind."""
    if kind is Kind.CURRENCY:
        code = term.value.rpartition("/")[2]
        return code if isinstance(term, NamedNode) and re.fullmatch("[A-Z]{3}", code) else None
    if kind in (Kind.IRI, Kind.PURPOSE, Kind.PLACE):
        return term.value if isinstance(term, NamedNode) else None
    if kind in (Kind.CONCEPT, Kind.TEXT):
        return term.value
    pattern, value = _SCALES[kind]
    fits = isinstance(term, Literal) and native(term, value) is not None and pattern.fullmatch(term.value)
    return term.value if fits else None


def before(kind: Kind, shown: str) -> str | None:
    """The last value ahead of one, where values can be counted."""
    day, zone = shown[:10], shown[10:]
    if kind is Kind.DATE and day > "0001-01-01":
        return (date.fromisoformat(day) - timedelta(days=1)).isoformat() + zone
    if kind is Kind.COUNT and int(shown) > 1:
        return str(int(shown) - 1)
    return None


def _date(given: str, _vocabulary: Vocabulary) -> Term | None:
    return _literal(given, Kind.DATE, XSD.date)


def _count(given: str, _vocabulary: Vocabulary) -> Term | None:
    return _literal(given, Kind.COUNT, XSD.integer)


def _duration(given: str, _vocabulary: Vocabulary) -> Term | None:
    return _literal(given, Kind.DURATION, XSD.duration)


def _amount(given: str, _vocabulary: Vocabulary) -> Term | None:
    return _literal(given, Kind.AMOUNT, XSD.decimal)


def _literal(given: str, kind: Kind, datatype: NamedNode) -> Literal | None:
    made = Literal(given, datatype=datatype) if _SCALES[kind][0].fullmatch(given) else None
    return made if made is not None and native(made, _SCALES[kind][1]) is not None else None


def _currency(given: str, _vocabulary: Vocabulary) -> Term | None:
    return NamedNode(CURRENCY + given) if re.fullmatch("[A-Z]{3}", given) else None


def _name(given: str, _vocabulary: Vocabulary) -> Term | None:
    if not _IRI.fullmatch(given) or len(given) > 2_000:
        return None
    try:
        return NamedNode(given)
    except ValueError:
        return None


def _known(given: str, vocabulary: Vocabulary) -> Term | None:
    """A term that the vocabulary places: of any other nobody could ever tell whether it is met."""
    if vocabulary.broader(given) <= {given}:
        return None
    if _IRI.fullmatch(given):
        return NamedNode(given)
    return NamedNode(min(each for each in vocabulary.alike(given) if _IRI.fullmatch(each)))


def _concept(given: str, vocabulary: Vocabulary) -> Term | None:
    found = sorted(each for each in vocabulary.alike(given) if _IRI.fullmatch(each))
    return NamedNode(found[0]) if found else _text(given, vocabulary)


def _text(given: str, _vocabulary: Vocabulary) -> Term | None:
    return Literal(given) if 0 < len(given) <= _TEXT_LIMIT and "\x00" not in given else None


_SCALES: Mapping[Kind, tuple[re.Pattern[str], ValueKind]] = MappingProxyType(
    {
        Kind.DATE: (_DATE, ValueKind.INSTANT),
        Kind.COUNT: (_COUNT, ValueKind.NUMBER),
        Kind.DURATION: (_DURATION, ValueKind.DURATION),
        Kind.AMOUNT: (_AMOUNT, ValueKind.NUMBER),
    }
)
_MAKERS: Mapping[Kind, Callable[[str, Vocabulary], Term | None]] = MappingProxyType(
    {
        Kind.DATE: _date,
        Kind.COUNT: _count,
        Kind.DURATION: _duration,
        Kind.AMOUNT: _amount,
        Kind.CURRENCY: _currency,
        Kind.IRI: _name,
        Kind.PURPOSE: _known,
        Kind.PLACE: _known,
        Kind.CONCEPT: _concept,
        Kind.TEXT: _text,
    }
)
_REASONS: Mapping[Kind, Message] = MappingProxyType(
    {
        Kind.DATE: Message("暦にある日付ではありません", "is no date of the calendar"),
        Kind.COUNT: Message("1以上の整数ではありません", "is no whole number from 1"),
        Kind.DURATION: Message("期間（ISO 8601）ではありません", "is no duration (ISO 8601)"),
        Kind.AMOUNT: Message("金額ではありません", "is no amount"),
        Kind.CURRENCY: Message("通貨コード（ISO 4217）ではありません", "is no currency code (ISO 4217)"),
        Kind.IRI: Message("識別子（IRI）ではありません", "is no identifier (IRI)"),
        Kind.PURPOSE: Message("語彙にない利用目的です", "is a purpose that no vocabulary here knows"),
        Kind.PLACE: Message("語彙にない地域です", "is a place that no vocabulary here knows"),
        Kind.CONCEPT: Message("空であるか、長すぎます", "is empty or too long"),
        Kind.TEXT: Message("空であるか、長すぎます", "is empty or too long"),
    }
)
