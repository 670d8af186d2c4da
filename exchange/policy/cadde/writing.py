"""Policies as fields of the CADDE contract form, as CKAN stores them."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from exchange.policy.cadde.fields import CONCEPTS, MANY, UNITS, VALUE
from exchange.policy.cadde.reading import READERS
from exchange.policy.templates import Filled
from exchange.policy.vocabulary import Vocabulary

_SPAN = re.compile(r"P(?P<count>\d+)(?P<unit>[DMY])", re.ASCII)
_VALUES = {**CONCEPTS, "pricing_notices_of_price": "cadde-price-notices", "sales_info_url": "cadde-sales-info"}


def write_form(filled: Filled, vocabulary: Vocabulary) -> dict[str, Any]:
    """A policy as fields of the form, as CKAN stores them; terms that the form does not know are left out."""
    terms, form = filled.terms, dict[str, Any]()
    for field, name in _VALUES.items():
        if name in terms:
            form[field] = _shown(terms[name]["value"][0], vocabulary)
    if "cadde-nda" in terms:
        form["trading_policy_nda"] = "求める"
    if "purposes" in terms or "research" in terms:
        given = terms.get("purposes", {}).get("purposes", (VALUE + "research",))
        form["trading_policy_use_application"] = [_shown(each, vocabulary) for each in given]
    if "region" in terms:
        form["terms_of_use_permissible_region"] = [_shown(each, vocabulary) for each in terms["region"]["places"]]
    form |= dict(_periods(terms)) | dict(_prices(terms))
    notices = []
    for notice in terms.get("cadde-notices", {}).get("value", ()):
        field, _, text = notice.partition(": ")
        if field in READERS and text:
            form[field] = [*form.get(field, ()), text] if field in MANY else text
        else:
            notices.append(notice)
    return form | ({"terms_of_use_notices": "\n".join(notices)} if notices else {})


def _shown(value: str, vocabulary: Vocabulary) -> str:
    return vocabulary.label(value).ja if vocabulary.alike(value) != {value} else value


def _periods(terms: Mapping[str, Mapping[str, tuple[str, ...]]]) -> Iterator[tuple[str, Any]]:
    if "cadde-effective-period" in terms:
        dates = {f"{key}Date": value[0] for key, value in terms["cadde-effective-period"].items()}
        yield "data_effective_period", {"effectivePeriodOfDataType": "startEndDate", "date": dates}
    if "until" in terms:
        yield "usage_license_period", {"expirationPeriodType": "endDate", "endDate": terms["until"]["end"][0]}
    span = _SPAN.fullmatch(terms.get("cadde-licence-period", {}).get("period", ("",))[0])
    if span is not None:
        unit = next(name for name, (letter, times) in UNITS.items() if letter == span["unit"] and times == 1)
        period = {"referenceDate": "purchasedDay", "value": int(span["count"]), "unit": unit}
        yield "usage_license_period", {"expirationPeriodType": "period", "period": period}


def _prices(terms: Mapping[str, Mapping[str, tuple[str, ...]]]) -> Iterator[tuple[str, Any]]:
    if "paid" in terms or "fee" in terms:
        yield "fee", "有償"
    if "paid" in terms and terms["paid"]["currency"] == ("JPY",):
        yield "pricing_price_range", f"{terms['paid']['amount'][0]}円"
    if "cadde-price-range" in terms:
        yield "pricing_price_range", terms["cadde-price-range"]["value"][0]
