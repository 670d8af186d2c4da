"""What a consumer declares about its use of data: values of left operands, by the names or IRIs of these."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from pyoxigraph import Literal, NamedNode

from exchange.policy.asking import Term, Value
from exchange.policy.operands import Source
from ontology.terms import ODRL

MOST_VALUES: Final = 20
_PREFIX: Final = "declare."
"""Of the properties of a data address that declare something; who pushes cannot be asked with a query."""


def odrl_iri(name: str) -> str:
    """The IRI of a left operand or action: ODRL's, where a plain name is given.

    Raises:
        ValueError: it is neither.
    """
    if ":" in name:
        return name
    if not name.isalnum() or not name.isascii():
        raise ValueError(name)
    return ODRL.NAMESPACE + name


def declared_value(texts: Sequence[str]) -> Value:
    """Texts as a value: IRIs where they look like such."""
    return Value(tuple(_term(text) for text in texts[:MOST_VALUES]), Source.DECLARED.value)


def declaring(address: Mapping[str, Any], declared: Mapping[str, str]) -> dict[str, Any]:
    """A data address that declares something about what is pushed to it."""
    said = [{"@type": "EndpointProperty", "name": _PREFIX + name, "value": text} for name, text in declared.items()]
    listed = address.get("endpointProperties")
    return {**address, "endpointProperties": [*(listed if isinstance(listed, list) else ()), *said]}


def declared_in(address: Mapping[str, Any]) -> Mapping[str, Value]:
    """What a data address declares.

    Raises:
        ValueError: a name is none of ODRL's.
    """
    found: dict[str, list[str]] = {}
    for each in address.get("endpointProperties") or ():
        name = str(each.get("name")) if isinstance(each, Mapping) else ""
        if name.startswith(_PREFIX) and len(found) < MOST_VALUES:
            found.setdefault(odrl_iri(name.removeprefix(_PREFIX)), []).append(str(each.get("value")))
    return {name: declared_value(texts) for name, texts in found.items()}


def _term(text: str) -> Term:
    try:
        return NamedNode(text) if ":" in text else Literal(text)
    except ValueError:
        return Literal(text)
