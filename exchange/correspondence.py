"""Between messages and the processes they belong to: ids, addresses, and what an answer says."""

from collections.abc import Mapping
from typing import Any, Final, TypeGuard
from urllib.parse import quote

import orjson

from exchange.dsp.reading import read_error
from exchange.dsp.states import Party
from exchange.errors import ProcessUnknown
from exchange.outgoing import Answer
from exchange.partner_errors import OutgoingFailed
from exchange.processes import Kind, Process
from ontology.messages import Message

ENDED_BEFORE = Message(ja="返答が届く前に終了しました。", en="This was ended before your answer had arrived.")
_LONGEST_ID: Final = 2048
_SAFE = ":@!$&'()*+,;=-._~"  # what a path segment may hold (RFC 3986 §3.3)


def _segment(kind: Kind) -> str:
    return "negotiations" if kind is Kind.NEGOTIATION else "transfers"


def path_of(process: Process, *words: str) -> str:
    """The path of a peer's endpoint for a process, as it knows it."""
    return "/".join((_segment(process.kind), quote(process.peer_pid or "", safe=_SAFE), *words))


def below(address: str, path: str) -> str:
    """An address of a peer's endpoint; what the peer gave may end in a slash or not."""
    return f"{address.rstrip('/')}/{path}"


def check_pids(process: Process, message: Mapping[str, Any]) -> None:
    """The ids in a message are those of the process that it was sent to; else it is none of this peer's."""
    ours = message.get("providerPid" if process.role is Party.PROVIDER else "consumerPid")
    theirs = message.get("consumerPid" if process.role is Party.PROVIDER else "providerPid")
    if ours is not None and ours != process.pid:
        raise ProcessUnknown(process.pid)
    if theirs is not None and process.peer_pid is not None and theirs != process.peer_pid:
        raise ProcessUnknown(process.pid)


def pids_of(process: Process) -> dict[str, str]:
    """Both ids, as the writers of messages take them."""
    return {"provider_pid": process.provider_pid or "", "consumer_pid": process.consumer_pid or ""}


def their_pid(process: Process, message: Mapping[str, Any]) -> str | None:
    """The id of the side across in a message."""
    return message.get("consumerPid" if process.role is Party.PROVIDER else "providerPid")


def acknowledged_pid(process: Process, answer: Answer) -> str | None:
    """The peer's id from its first answer; a peer that tells none tells it in its first message."""
    try:
        told = orjson.loads(answer.body)
        pid = told.get("consumerPid" if process.role is Party.PROVIDER else "providerPid")
    except (ValueError, AttributeError):
        return None
    return pid if is_id(pid) else None


def is_id(value: object) -> TypeGuard[str]:
    """Whether something may be an id in a message of ours."""
    return isinstance(value, str) and 0 < len(value) <= _LONGEST_ID and value.isprintable() and " " not in value


def why_refused(answer: Answer | OutgoingFailed) -> Message:
    """What people are told of a message that was not taken."""
    if isinstance(answer, OutgoingFailed):
        return answer.message
    said = _reason(answer)
    return Message(
        ja=f"相手は {answer.status} と答えました{f': {said}' if said else ''}。",
        en=f"The other side answered {answer.status}{f': {said}' if said else ''}.",
    )


def _reason(answer: Answer) -> str:
    """What the error object of an answer gives as its reason, cut short."""
    code, reasons = read_error(answer.body)
    return "; ".join(reasons or filter(None, (code,)))[:500]
