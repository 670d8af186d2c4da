"""Whether we can deal with a peer, step by step, so that the step that fails says why."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from exchange.dsp import writing
from exchange.dsp.errors import MessageInvalid
from exchange.dsp.reading import read_message
from exchange.errors import ExchangeError
from exchange.outgoing import Answer, Outgoing
from exchange.partner_errors import AnswerRefused
from exchange.peers import Peer, Peers
from exchange.versions import base_of
from ontology.messages import Message

_WELL = Message(ja="問題ありません。", en="All is well.")
_NONE_SHOWN = Message(
    ja="相手は証明なしでは応じません。renkei peer add --authorization で、相手に見せる値を登録してください。",
    en="It does not answer without a proof. Enter what to show it with renkei peer add --authorization.",
)
_NOT_TAKEN = Message(
    ja="登録した Authorization を相手が受け付けません。相手の運用者に確認してください。",
    en="It does not take the Authorization that is kept for it. Ask its operator.",
)


@dataclass(frozen=True, slots=True)
class Probed:
    """One step.

    Attributes:
        step: connection, authorization or catalog.
        told: what was found, or why the step failed.
        took_s: for it.
    """

    step: str
    ok: bool
    told: Message
    took_s: float


async def probe(peer: Peer, peers: Peers, outgoing: Outgoing) -> list[Probed]:
    """Reach a peer, be known by it, read its catalog; the steps up to the first that fails."""
    steps: list[Probed] = []
    base, answer = "", Answer(0, {}, b"")
    for step in ("connection", "authorization", "catalog"):
        began = time.monotonic()
        try:
            if step == "connection":
                base = await base_of(peer.address, outgoing)
                told = Message(ja=f"{base} で応答しています。", en=f"It answers at {base}.")
            elif step == "authorization":
                answer = await _asked(base, await peers.authorization(peer.participant), outgoing)
                told = _WELL
            else:
                told = _read(answer, peer)
        except ExchangeError as error:
            return [*steps, Probed(step, False, error.message, time.monotonic() - began)]
        steps.append(Probed(step, True, told, time.monotonic() - began))
    return steps


async def _asked(base: str, authorization: str | None, outgoing: Outgoing) -> Answer:
    headers = {"content-type": "application/json", "accept": "application/json"}
    shown: Mapping[str, str] = {"authorization": authorization} if authorization else {}
    message = orjson.dumps(writing.catalog_request())
    answer = await outgoing.post(f"{base}/catalog/request", message, {**headers, **shown})
    if answer.status in (401, 403):
        raise AnswerRefused(_NOT_TAKEN if authorization else _NONE_SHOWN)
    if not answer.ok:
        raise AnswerRefused(
            Message(
                f"カタログの要求に {answer.status} と答えました。アドレスを確認してください。",
                f"It answered {answer.status} to the request for its catalog. Check the address.",
            )
        )
    return answer


def _read(answer: Answer, peer: Peer) -> Message:
    try:
        catalog: Mapping[str, Any] = read_message(answer.body, "Catalog", limit_bytes=len(answer.body) + 1)
    except MessageInvalid as error:
        raise AnswerRefused(error.message) from error
    if catalog.get("participantId") != peer.participant:
        shown = str(catalog.get("participantId"))[:200]
        raise AnswerRefused(
            Message(
                f"相手は {shown} と名乗っています。その ID で登録してください。",
                f"It calls itself {shown}. Add it under that id.",
            )
        )
    count = len(catalog.get("dataset", ()))
    return Message(f"データセット {count} 件が見えます。", f"{count} datasets can be seen.")
