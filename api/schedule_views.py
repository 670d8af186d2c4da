"""Scheduled transfers as JSON: what is asked for, and what came of it."""

from collections.abc import Mapping
from typing import Any, Final

from pyoxigraph import NamedNode

from api.errors import MemberInvalid
from exchange.declaring import odrl_iri
from exchange.dsp.states import FINAL
from ontology.messages import Message
from stores.prepared import Row

_WORDS: Final[Mapping[str, int]] = {"hourly": 3600, "daily": 86_400}
_LONGEST_S: Final = 31 * 86_400
_EVERY = Message(
    ja=f"1 から {_LONGEST_S:,} までの秒数、hourly、または daily です。",
    en=f"It is a number of seconds from 1 to {_LONGEST_S:,}, hourly, or daily.",
)
_DECLARED = Message(
    ja="20個までのメンバーを持つオブジェクトで、値は1,000字までの文字列です。",
    en="An object of at most 20 members is needed, their values texts of at most 1,000 characters.",
)

_NAMED = Message(
    ja="名前は ODRL の左オペランドの名前か IRI です (例: purpose)。",
    en="Each name is that of a left operand of ODRL, such as purpose, or an IRI.",
)


def every_of(given: Any) -> int | None:
    """Seconds between two pulls; None where one was asked for."""
    if given is None:
        return None
    seconds = _WORDS.get(given) if isinstance(given, str) else given
    if isinstance(seconds, bool) or not isinstance(seconds, int) or not 1 <= seconds <= _LONGEST_S:
        raise MemberInvalid("every", _EVERY)
    return seconds


def declared_of(given: Any) -> dict[str, str]:
    """What is stated about the use, by name."""
    if given is None:
        return {}
    if not isinstance(given, dict) or len(given) > 20:
        raise MemberInvalid("declare", _DECLARED)
    if not all(isinstance(text, str) and len(text) <= 1000 and len(name) <= 200 for name, text in given.items()):
        raise MemberInvalid("declare", _DECLARED)
    if not all(map(_is_operand, given)):
        raise MemberInvalid("declare", _NAMED)
    return given


def _is_operand(name: str) -> bool:
    try:
        NamedNode(odrl_iri(name))
    except ValueError:
        return False
    return True


def schedule_json(row: Row, process: Mapping[str, Any]) -> dict[str, Any]:
    """A schedule of a process as it stands; after the end of that there is no next time."""
    error, over = row["error"], process["state"] in FINAL
    return {
        "every": row["every_s"],
        "declare": row["declared"],
        "nextAt": None if over else _time(row["due_at"]),
        "lookedAt": _time(row["looked_at"]),
        "fetchedAt": _time(row["fetched_at"]),
        "size_bytes": row["size_bytes"],
        "sha256": row["sha256"],
        "data": f"{process['address']}/data" if row["sha256"] else None,
        "error": {"ja": error[0], "en": error[1]} if error else None,
    }


def _time(moment: Any) -> str | None:
    return moment.isoformat() if moment is not None else None
