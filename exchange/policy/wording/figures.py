"""Values as people write them: dates, durations, numbers, amounts of money."""

import re
from collections.abc import Mapping
from datetime import date
from types import MappingProxyType

from pyoxigraph import Literal

from exchange.policy.wording.phrasing import listed, quoted, same, say
from ontology.messages import Message
from ontology.terms import XSD

_ZONE = r"(?P<zone>Z|[+-]\d\d:\d\d)?"
_DATE = re.compile(rf"(?P<year>\d{{4}})-(?P<month>\d\d)-(?P<day>\d\d){_ZONE}", re.ASCII)
_INSTANT = re.compile(
    rf"(?P<date>\d{{4}}-\d\d-\d\d)T(?P<hour>\d\d):(?P<minute>\d\d):(?P<second>\d\d)(?P<part>\.\d{{1,12}})?{_ZONE}",
    re.ASCII,
)
_MONTH = re.compile(rf"(?P<year>\d{{4}})-(?P<month>\d\d){_ZONE}", re.ASCII)
_YEAR = re.compile(rf"(?P<year>\d{{4}}){_ZONE}", re.ASCII)
_DURATION = re.compile(
    r"P(?:(?P<Y>\d{1,9})Y)?(?:(?P<M>\d{1,9})M)?(?:(?P<D>\d{1,9})D)?"
    r"(?:T(?=\d)(?:(?P<h>\d{1,9})H)?(?:(?P<m>\d{1,9})M)?(?:(?P<s>\d{1,9}(?:\.\d{1,9})?)S)?)?",
    re.ASCII,
)
_NUMBER = re.compile(r"(?P<sign>[+-]?)(?P<whole>\d{1,40})(?P<part>\.\d{1,40})?", re.ASCII)
_MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip
_SPANS = (
    ("Y", "年", "year"), ("M", "か月", "month"), ("D", "日", "day"),
    ("h", "時間", "hour"), ("m", "分", "minute"), ("s", "秒", "second"),
)  # fmt: skip
_MONEY: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "EUR": ("ユーロ", " EUR"), "JPY": ("円", " yen"), "USD": ("米ドル", " USD"), "GBP": ("英ポンド", " GBP"),
        "CNY": ("人民元", " CNY"), "KRW": ("ウォン", " KRW"), "CHF": ("スイスフラン", " CHF"),
    }
)  # fmt: skip
# DBpedia's names, which the examples of the Information Model use.
_CODES = MappingProxyType(
    {"Euro": "EUR", "Japanese_yen": "JPY", "United_States_dollar": "USD", "Pound_sterling": "GBP", "Renminbi": "CNY"}
)


def figure(literal: Literal, data_type: str | None = None) -> Message:
    """A literal for people; quoted where it is text, or is not what its datatype says."""
    kind = data_type or literal.datatype.value
    make = _FIGURES.get(kind)
    made = make(literal.value) if make is not None else None
    return quoted(literal.value) if made is None else made


def money(unit: str) -> Message | None:
    """What follows an amount of a currency, which is named by the end of an IRI."""
    name = re.split(r"[/#:]", unit)[-1]
    pair = _MONEY.get(_CODES.get(name, name))
    return None if pair is None else Message(*pair)


def number(text: str) -> Message | None:
    """Digits in groups of three; None if it is no decimal number."""
    found = _NUMBER.fullmatch(text.strip())
    if found is None:
        return None
    whole = found["whole"].lstrip("0") or "0"
    return same(found["sign"].replace("+", "") + f"{int(whole):,}" + (found["part"] or ""))


def _date(text: str) -> Message | None:
    found = _DATE.fullmatch(text.strip())
    if found is None:
        return None
    try:
        day = date(int(found["year"]), int(found["month"]), int(found["day"]))
    except ValueError:
        return None
    plain = Message(ja=f"{day.year}年{day.month}月{day.day}日", en=f"{day.day} {_MONTHS[day.month - 1]} {day.year}")
    return say("{day}{zone}", "{day}{zone}", day=plain, zone=_zone(found["zone"]))


def _zone(zone: str | None) -> Message:
    if zone is None:
        return same("")
    name = "UTC" if zone in {"Z", "+00:00", "-00:00"} else f"UTC{zone}"
    return Message(ja=f"（{name}）", en=f" ({name})")


def _instant(text: str) -> Message | None:
    found = _INSTANT.fullmatch(text.strip())
    day = _date(found["date"]) if found else None
    if found is None or day is None or int(found["hour"]) > 24 or int(found["minute"]) > 59:
        return None
    exact = (found["second"], found["part"] or "") != ("00", "")
    seconds = found["second"] + (found["part"] or "")
    ja = f"{int(found['hour'])}時{found['minute']}分" + (f"{seconds}秒" if exact else "")
    en = f", {found['hour']}:{found['minute']}" + (f":{seconds}" if exact else "")
    return say("{day}{time}{zone}", "{day}{time}{zone}", day=day, time=Message(ja, en), zone=_zone(found["zone"]))


def _month(text: str) -> Message | None:
    found = _MONTH.fullmatch(text.strip())
    if found is None or not 1 <= int(found["month"]) <= 12:
        return None
    month = int(found["month"])
    return Message(ja=f"{found['year']}年{month}月", en=f"{_MONTHS[month - 1]} {found['year']}")


def _year(text: str) -> Message | None:
    found = _YEAR.fullmatch(text.strip())
    return None if found is None else Message(ja=f"{found['year']}年", en=found["year"])


def _duration(text: str) -> Message | None:
    found = _DURATION.fullmatch(text.strip())
    spans = [(found[key], ja, en) for key, ja, en in _SPANS if found[key] is not None] if found else []
    if not spans:
        return None
    return Message(
        ja="".join(f"{count}{ja}" for count, ja, _ in spans),
        en=listed([same(f"{count} {en}{'' if count == '1' else 's'}") for count, _, en in spans]).en,
    )


def _truth(text: str) -> Message | None:
    return {"true": Message("真", "true"), "1": Message("真", "true"),
            "false": Message("偽", "false"), "0": Message("偽", "false")}.get(text.strip())  # fmt: skip


_NUMBERS = (
    "integer", "decimal", "double", "float", "nonNegativeInteger", "positiveInteger", "nonPositiveInteger",
    "negativeInteger", "long", "int", "short", "byte", "unsignedLong", "unsignedInt", "unsignedShort", "unsignedByte",
)  # fmt: skip
_FIGURES = MappingProxyType(
    {
        XSD.date.value: _date,
        XSD.dateTime.value: _instant,
        XSD.NAMESPACE + "dateTimeStamp": _instant,
        XSD.gYearMonth.value: _month,
        XSD.gYear.value: _year,
        XSD.duration.value: _duration,
        XSD.NAMESPACE + "dayTimeDuration": _duration,
        XSD.NAMESPACE + "yearMonthDuration": _duration,
        XSD.boolean.value: _truth,
        **dict.fromkeys((XSD.NAMESPACE + name for name in _NUMBERS), number),
    }
)
