"""What our side says in a contract negotiation, where that follows from the negotiation alone."""

from collections.abc import Mapping
from typing import Any

from exchange.correspondence import path_of, pids_of
from exchange.dsp import writing
from exchange.dsp.states import Negotiation, Party
from exchange.processes import Process, Waiting
from exchange.turns import Reason, Saying, Turn
from ontology.messages import Message

ASKED_OTHERWISE = Message(
    ja="求められた条件は提示した条件と異なるため、提示した条件で答えました。",
    en="Other terms were asked for than are on offer; answered with those on offer.",
)
_ACCEPTED, _FINALIZED = "ACCEPTED", "FINALIZED"
_DIFFERS = Message(
    ja="合意書が、求めた条件と異なります。",
    en="The agreement differs from the terms that were asked for.",
)
_FOR_A_PERSON = Message(ja="担当者の判断を待っています。", en="This waits for a person to decide.")
_WITHDRAWN = Message(ja="この条件での提供は終わりました。", en="This offer is no longer made.")


def asking_a_person(process: Process) -> Turn:
    """Leave the next step to a person."""
    return Turn(changes={"waits_for": Waiting.PERSON}, note=_FOR_A_PERSON)


def accepting(process: Process) -> Turn:
    """Accept the offer on the table."""
    return Turn(says=_event(process, _ACCEPTED, Negotiation.ACCEPTED))


def finalizing(process: Process) -> Turn:
    """Close a negotiation whose agreement was verified."""
    return Turn(says=_event(process, _FINALIZED, Negotiation.FINALIZED))


def asking_again(process: Process) -> Turn:
    """Answer with the terms that are on the table."""
    return Turn(says=countering(process, process.document["offer"]))


def ending(process: Process) -> Turn:
    """End a negotiation by rule: what the other side says is not, or no longer, what our side wants."""
    text = _DIFFERS if process.role is Party.CONSUMER else _WITHDRAWN
    return Turn(says=termination(process, Reason("terms", (text,))), note=text)


def countering(process: Process, offer: Mapping[str, Any]) -> Saying:
    """Terms put on the table, as either side says them."""
    if process.role is Party.PROVIDER:
        message = writing.contract_offer(provider_pid=process.pid, offer=offer, consumer_pid=process.peer_pid)
        return Saying(message, path_of(process, "offers"), Negotiation.OFFERED)
    message = writing.contract_request(consumer_pid=process.pid, offer=offer, provider_pid=process.peer_pid)
    return Saying(message, path_of(process, "request"), Negotiation.REQUESTED)


def termination(process: Process, reason: Reason) -> Saying:
    """The end of a negotiation, with its reason."""
    message = writing.negotiation_termination(**pids_of(process), code=reason.code, reasons=reason.words)
    return Saying(message, path_of(process, "termination"), Negotiation.TERMINATED)


def _event(process: Process, event: str, enters: Negotiation) -> Saying:
    return Saying(writing.negotiation_event(**pids_of(process), event=event), path_of(process, "events"), enters)
