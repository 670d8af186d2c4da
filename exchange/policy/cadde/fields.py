"""Fields of the CADDE contract form, wherever and however a record keeps them."""

import json
import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from exchange.policy.vocabulary import Vocabulary

VALUE = "urn:renkei:cadde:value:"
NO_LIMIT = frozenset(
    ("制限なし", "限定無し", "noLimit", "求めない", "notRequired", "無償", "free", "特になし", "特に無し", "none")
)
"""Values that restrict nothing."""
ARRANGED = frozenset(("個別調整", "個別相談"))
CONCEPTS = MappingProxyType(
    {
        "trading_policy_contract_type": "cadde-contract-type",
        "scope_of_disclosure": "cadde-disclosure",
        "privacy_policy_contains_personal_data": "cadde-personal-data",
        "warranty_express_warranty": "cadde-warranty",
        "warranty_legal_compliance": "cadde-law",
    }
)
"""Templates by field, where a field has one value of a list."""
MANY = MappingProxyType(
    {
        "trading_policy_use_application": ("purposes", "purposes"),
        "terms_of_use_permissible_region": ("region", "places"),
    }
)
"""Template and parameter by field, where a field has several values."""
UNITS = MappingProxyType({"day": ("D", 1), "week": ("D", 7), "month": ("M", 1), "year": ("Y", 1)})
_SEPARATED = re.compile(r"[、,，;；\n]")


def fields_of(form: Mapping[str, Any]) -> dict[str, Any]:
    """The fields, wherever a record keeps them."""
    inner = form.get("catalog_value", form)
    inner = inner.get("userterms", inner) if isinstance(inner, Mapping) else form
    extras = inner.get("extras", ()) if isinstance(inner, Mapping) else ()
    listed = {each["key"]: each.get("value") for each in extras if isinstance(each, Mapping) and "key" in each}
    return {**{key: value for key, value in inner.items() if key != "extras"}, **listed}


def values(fields: Mapping[str, Any], name: str) -> list[str]:
    """All values of a field: text, {label, value}, lists of both; free text beside it stands for その他."""
    given = fields.get(name) or ()
    many = given if isinstance(given, list) else [given]
    flat = [each.get("value") or each.get("label") or "" if isinstance(each, Mapping) else each for each in many]
    free = str(fields.get(name + "_free") or "").strip()
    texts = [text for each in flat if isinstance(each, str) for text in _separate(each, name)]
    kept = [text for text in texts if not (free and text == "その他")]
    return kept + ([f"その他({free})"] if free else [])


def _separate(text: str, name: str) -> list[str]:
    """The specification names no separator for items of several values; free text in brackets is not taken apart."""
    parts = _SEPARATED.split(text) if name in MANY and "(" not in text and "（" not in text else [text]
    return [part.strip() for part in parts if part.strip()]


def text_of(fields: Mapping[str, Any], name: str) -> str:
    """The value of a field that has one."""
    return next(iter(values(fields, name)), "")


def term_of(text: str, vocabulary: Vocabulary) -> str | None:
    """The term that a value of a list stands for; 研究 as well as 研究利用."""
    for spelt in (text, text + "利用"):
        names = sorted(each for each in vocabulary.alike(spelt) if ":" in each and each != spelt)
        if names:
            return next((each for each in names if each.startswith(VALUE)), names[0])
    return None


def period(fields: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """A period as CKAN stores it (JSON), or out of the fields of the form."""
    given = fields.get(name)
    if isinstance(given, str) and given.strip().startswith("{"):
        try:
            given = json.loads(re.sub(r",\s*}", "}", given.replace("\u3000", " ")))
        except ValueError:
            return {"note": given}
    if isinstance(given, Mapping):
        return given
    parts = {key: fields.get(f"{name}_{key}") for key in ("start", "end", "deadline", "period", "unit", "free")}
    note = parts.pop("free") or (given if isinstance(given, str) else "")
    return {"startDate": parts["start"], "endDate": parts["deadline"] or parts["end"], "note": note} | (
        {"period": {"value": parts["period"], "unit": parts["unit"]}} if parts["period"] else {}
    )
