"""Sources that lead back to this service (RFC 8586): it would ask itself again and again, until no connection is left.

Whatever asks a source says that this service passed the question on; a question that it passed on itself it refuses.
"""

import secrets
from collections.abc import Iterable, Mapping
from contextvars import ContextVar
from typing import Final

from exchange.release_errors import SourceUnavailable
from ontology.messages import Message

HEADER: Final = "cdn-loop"
_OURS: Final = f"renkei-{secrets.token_hex(8)}"
_LONGEST: Final = 2048  # a ring of so many that each is named in it is none
_BEFORE: ContextVar[str] = ContextVar("passed on by", default="")
_LOOP: Final = Message(
    ja="提供元が、めぐりめぐってこのサービス自身を指しています。", en="The source leads back to this service itself."
)


def passed_on(values: Iterable[str]) -> None:
    """Note who passed the question on that this task answers.

    Args:
        values: of the header.

    Raises:
        SourceUnavailable: we did.
    """
    before = ", ".join(values)
    if len(before) > _LONGEST or _OURS in {each.partition(";")[0].strip() for each in before.split(",")}:
        raise SourceUnavailable(_LOOP)
    _BEFORE.set(before)


def passing_on() -> Mapping[str, str]:
    """The header of a question that is passed on."""
    before = _BEFORE.get()
    return {HEADER: f"{before}, {_OURS}" if before else _OURS}
