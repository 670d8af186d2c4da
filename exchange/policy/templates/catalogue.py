"""The templates that Renkei brings along: terms of use as data, read from the files beside this.

A template says what it adds to a policy, with parameters by name in the places of values. Several can be combined: each
adds to the same permission. What a form shows (labels, help, examples) stands with it.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

from exchange.policy.templates.parameters import Kind, Parameter
from ontology.messages import Message
from ontology.terms import ODRL

_FOLDER = Path(__file__).parent
_PREFIXES = MappingProxyType(
    {
        "odrl": ODRL.NAMESPACE,
        "cc": "http://creativecommons.org/ns#",
        "dpv": "https://w3id.org/dpv#",
        "cadde": "urn:renkei:cadde:",
        "v": "urn:renkei:cadde:value:",
    }
)


@dataclass(frozen=True, slots=True)
class Comparison:
    """A constraint or refinement that a template adds.

    Attributes:
        right: name of the parameter that is compared with, or none.
        constants: IRIs that are compared with, where no parameter is.
        unit: name of the parameter for the unit.
        alike: further operators that mean the same here.
        shifted: the operator that means the same of the next value (lt 11 is lteq 10), or none.
    """

    left: str
    operator: str
    right: str | None = None
    constants: tuple[str, ...] = ()
    unit: str | None = None
    alike: tuple[str, ...] = ()
    shifted: str | None = None


@dataclass(frozen=True, slots=True)
class Addition:
    """A duty, prohibition or obligation that a template adds.

    Attributes:
        functions: name of a parameter by the function of the party.
    """

    action: str
    constraints: tuple[Comparison, ...] = ()
    refinements: tuple[Comparison, ...] = ()
    functions: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Form:
    """One way in which a template is written in ODRL.

    Attributes:
        constraints: of the permission.
        assignees: name of the parameter for the parties that the permission is given to.
    """

    constraints: tuple[Comparison, ...] = ()
    duties: tuple[Addition, ...] = ()
    prohibitions: tuple[Addition, ...] = ()
    obligations: tuple[Addition, ...] = ()
    assignees: str | None = None


@dataclass(frozen=True, slots=True)
class Template:
    """A term of use to be filled in.

    Attributes:
        forms: the first is written, all are read; the others mean to people what the first does.
        profile: IRI that a policy with it has to name.
        attested: whether only the contract can say that it holds; nothing checks it.
    """

    name: str
    label: Message
    help: Message
    parameters: tuple[Parameter, ...]
    forms: tuple[Form, ...]
    profile: str | None = None
    attested: bool = False


@cache
def templates() -> Mapping[str, Template]:
    """All templates by name, in the order of a form."""
    tables: dict[str, Any] = {}
    for path in (_FOLDER / "common.toml", _FOLDER / "cadde.toml"):
        tables |= tomllib.loads(path.read_text("utf-8"))
    return MappingProxyType({name: _template(name, table) for name, table in tables.items()})


def _template(name: str, table: Mapping[str, Any]) -> Template:
    return Template(
        name=name,
        label=Message(**table["label"]),
        help=Message(**table["help"]),
        parameters=tuple(_parameter(key, each) for key, each in table.get("parameters", {}).items()),
        forms=(_form(table), *(_form(each) for each in table.get("also", ()))),
        profile=_iri(table["profile"]) if "profile" in table else None,
        attested=table.get("attested", False),
    )


def _parameter(name: str, table: Mapping[str, Any]) -> Parameter:
    return Parameter(
        name=name,
        kind=Kind(table["kind"]),
        label=Message(**table["label"]),
        help=Message(**table["help"]),
        example=table["example"],
        many=table.get("many", False),
        optional=table.get("optional", False),
    )


def _form(table: Mapping[str, Any]) -> Form:
    return Form(
        constraints=_comparisons(table, "constraints"),
        duties=_additions(table, "duties"),
        prohibitions=_additions(table, "prohibitions"),
        obligations=_additions(table, "obligations"),
        assignees=table.get("assignees"),
    )


def _additions(table: Mapping[str, Any], key: str) -> tuple[Addition, ...]:
    return tuple(
        Addition(
            action=_iri(each["action"]),
            constraints=_comparisons(each, "constraints"),
            refinements=_comparisons(each, "refinements"),
            functions=tuple((_iri(function), name) for function, name in each.get("functions", {}).items()),
        )
        for each in table.get(key, ())
    )


def _comparisons(table: Mapping[str, Any], key: str) -> tuple[Comparison, ...]:
    return tuple(
        Comparison(
            left=_iri(each["left"]),
            operator=_iri(each["operator"]),
            right=each.get("right"),
            constants=tuple(map(_iri, each.get("constants", ()))),
            unit=each.get("unit"),
            alike=tuple(map(_iri, each.get("alike", ()))),
            shifted=_iri(each["shifted"]) if "shifted" in each else None,
        )
        for each in table.get(key, ())
    )


def _iri(name: str) -> str:
    prefix, _, local = name.partition(":")
    return _PREFIXES[prefix] + local
