"""The CADDE contract form as terms of templates.

Values that restrict nothing become no rule. What is to be arranged, and free text, is only ever permitted where the
contract attests it; so is whatever nothing can check.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from exchange.policy.cadde.fields import (
    ARRANGED,
    CONCEPTS,
    MANY,
    NO_LIMIT,
    UNITS,
    fields_of,
    period,
    term_of,
    text_of,
    values,
)
from exchange.policy.templates import templates
from exchange.policy.vocabulary import Vocabulary
from exchange.policy.wording.phrasing import say
from ontology.messages import Message

Read = dict[str, dict[str, tuple[str, ...]]]

_OTHER = re.compile(r"その他(?:\s*[(（](?P<text>.*)[)）])?", re.DOTALL)
_YEN = re.compile(r"[¥￥]?(?P<digits>\d{1,3}(?:,\d{3})+|\d{1,15})円?", re.ASCII)
_DATE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)


@dataclass(frozen=True, slots=True)
class TradingPolicy:
    """The form as terms of templates.

    Attributes:
        terms: for `templates.combine`.
        notes: what of it nothing can check.
        contract_required: whether an agreement has to come first (caddec_contract_required).
    """

    terms: Mapping[str, Mapping[str, tuple[str, ...]]]
    notes: tuple[Message, ...]
    contract_required: bool


def read_form(form: Mapping[str, Any], vocabulary: Vocabulary) -> TradingPolicy:
    """The terms that a form sets.

    Args:
        form: fields by name; a whole record of the catalog tool, or the extras of CKAN, are taken as well.
    """
    fields = fields_of(form)
    terms: Read = {}
    arranged: list[str] = []
    for name, reader in READERS.items():
        arranged += [f"{name}: {text}" for text in reader(name, fields, terms, vocabulary)]
    notices = [text for text in (text_of(fields, "terms_of_use_notices"),) if text] + arranged
    if notices:
        terms["cadde-notices"] = {"value": tuple(notices)}
    required = str(fields.get("caddec_contract_required", "")) in {"要求する", "required"}
    return TradingPolicy(terms, tuple(_notes(terms)), required)


def _concept(name: str, fields: Mapping[str, Any], terms: Read, vocabulary: Vocabulary) -> Iterator[str]:
    text = text_of(fields, name)
    if text in ARRANGED or _OTHER.fullmatch(text):
        yield text
    elif text and text not in NO_LIMIT:
        terms[CONCEPTS[name]] = {"value": (term_of(text, vocabulary) or text,)}


def _price_notices(name: str, fields: Mapping[str, Any], terms: Read, _vocabulary: Vocabulary) -> Iterator[str]:
    text = text_of(fields, name)
    if text and text not in NO_LIMIT:
        terms["cadde-price-notices"] = {"value": (text,)}
    yield from ()


def _nda(name: str, fields: Mapping[str, Any], terms: Read, _vocabulary: Vocabulary) -> Iterator[str]:
    text = text_of(fields, name)
    if text in {"求める", "required"}:
        terms["cadde-nda"] = {}
    elif text and text not in NO_LIMIT:
        yield text


def _several(name: str, fields: Mapping[str, Any], terms: Read, vocabulary: Vocabulary) -> Iterator[str]:
    template, parameter = MANY[name]
    known = []
    for text in values(fields, name):
        term = None if text in ARRANGED else term_of(text, vocabulary)
        if term is not None and text not in NO_LIMIT and not vocabulary.broader(term) <= vocabulary.alike(term):
            known.append(term)
        elif text not in NO_LIMIT:
            yield text
    if known:
        terms[template] = {parameter: tuple(dict.fromkeys(known))}


def _effective(name: str, fields: Mapping[str, Any], terms: Read, _vocabulary: Vocabulary) -> Iterator[str]:
    given = period(fields, name)
    inner = given.get("date")
    dates = inner if isinstance(inner, Mapping) else given
    found = {key: str(dates.get(f"{key}Date") or "") for key in ("start", "end")}
    good: dict[str, tuple[str, ...]] = {key: (text,) for key, text in found.items() if _DATE.fullmatch(text)}
    if good:
        terms["cadde-effective-period"] = good
    yield from (text for text in (*found.values(), str(given.get("note") or "")) if text and not _DATE.fullmatch(text))


def _licence(name: str, fields: Mapping[str, Any], terms: Read, _vocabulary: Vocabulary) -> Iterator[str]:
    given = period(fields, name)
    deadline, note = str(given.get("endDate") or ""), str(given.get("note") or "")
    if _DATE.fullmatch(deadline):
        terms["until"] = {"end": (deadline,)}
    elif deadline:
        yield deadline
    span = given.get("period")
    if isinstance(span, Mapping) and span.get("value"):
        count, unit = str(span["value"]), UNITS.get(str(span.get("unit")))
        if unit is not None and re.fullmatch("[1-9][0-9]{0,5}", count):
            terms["cadde-licence-period"] = {"period": (f"P{int(count) * unit[1]}{unit[0]}",)}
        else:
            yield f"{count} {span.get('unit')}"
    if note:
        yield note


def _fee(name: str, fields: Mapping[str, Any], terms: Read, _vocabulary: Vocabulary) -> Iterator[str]:
    fee, price = text_of(fields, name), text_of(fields, "pricing_price_range")
    exact = _YEN.fullmatch(price)
    amount = int(exact["digits"].replace(",", "")) if exact else 0
    if fee in {"有償", "charged"} and amount:
        terms["paid"] = {"amount": (str(amount),), "currency": ("JPY",)}
    elif fee in {"有償", "charged"}:
        terms["fee"] = {}
    elif fee and fee not in NO_LIMIT:
        yield fee
    if price and not exact:
        terms["cadde-price-range"] = {"value": (price,)}
    elif amount and "paid" not in terms:
        yield price


def _sales(name: str, fields: Mapping[str, Any], terms: Read, _vocabulary: Vocabulary) -> Iterator[str]:
    text = text_of(fields, name)
    if re.fullmatch(r"https?://[^\s<>\"{}|\\^`]+", text):
        terms["cadde-sales-info"] = {"value": (text,)}
    elif text:
        yield text


def _notes(terms: Read) -> Iterator[Message]:
    for name in terms:
        if templates()[name].attested:
            yield say(
                "{label}は、契約での表明だけを根拠とし、検証されません。",
                "{label}: rests on what the contract attests and is not checked.",
                label=templates()[name].label,
            )


READERS: Mapping[str, Callable[[str, Mapping[str, Any], Read, Vocabulary], Iterator[str]]] = MappingProxyType(
    {
        **dict.fromkeys(CONCEPTS, _concept),
        "pricing_notices_of_price": _price_notices,
        **dict.fromkeys(MANY, _several),
        "trading_policy_nda": _nda,
        "data_effective_period": _effective,
        "usage_license_period": _licence,
        "fee": _fee,
        "sales_info_url": _sales,
    }
)
