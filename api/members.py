"""The members of JSON bodies, each as what it has to be; raises MemberInvalid by its name otherwise."""

from collections.abc import Mapping
from typing import Any

from api.errors import MemberInvalid
from ontology.messages import Message

_YES_OR_NO = Message(ja="true か false です。", en="It is true or false.")
_TEXT = Message(ja="空でない文字列です。", en="It is a text that is not empty.")
_TEXTS = Message(ja="空でない文字列の配列です。", en="It is a list of texts.")
_OBJECT = Message(ja="JSON のオブジェクトです。", en="It is a JSON object.")


def members_of(given: Any, place: str, known: frozenset[str]) -> Mapping[str, Any]:
    """The members of an object; one that is not known is refused, so that a typing error shows.

    Args:
        place: where the object stands, "" or ending in a dot.
    """
    if not isinstance(given, dict):
        raise MemberInvalid(
            place.rstrip(".") or "body", Message("オブジェクトを書いてください。", "An object is needed.")
        )
    for name in given:
        if name not in known:
            listed = ", ".join(sorted(known))
            raise MemberInvalid(
                f"{place}{name[:100]}", Message(f"使えるのは {listed} です。", f"What can stand here: {listed}.")
            )
    return given


def flag_of(members: Mapping[str, Any], name: str, place: str = "") -> bool:
    """A member that is true or false; false where it is absent."""
    value = members.get(name, False)
    if not isinstance(value, bool):
        raise MemberInvalid(f"{place}{name}", _YES_OR_NO)
    return value


def text_of(given: Mapping[str, Any], name: str) -> str:
    """A member that is a text, and not an empty one."""
    value = given.get(name)
    if not isinstance(value, str) or not value.strip():
        raise MemberInvalid(name, _TEXT)
    return value


def texts_of(given: Mapping[str, Any], name: str) -> tuple[str, ...]:
    """A member that is a list of texts, at least one."""
    value = given.get(name)
    if not isinstance(value, list) or not value or not all(isinstance(each, str) and each for each in value):
        raise MemberInvalid(name, _TEXTS)
    return tuple(value)


def object_of(given: Mapping[str, Any], name: str, place: str = "") -> dict[str, Any]:
    """A member that is an object."""
    value = given.get(name)
    if not isinstance(value, dict):
        raise MemberInvalid(f"{place}{name}", _OBJECT)
    return value
