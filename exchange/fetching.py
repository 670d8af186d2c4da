"""The answer of a provider to a pull of ours, taken into custody."""

import base64
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from time import monotonic
from typing import Any, Final

import orjson

from exchange.errors import ExchangeError
from exchange.holding import Held, Holdings
from exchange.outgoing import Streamed
from exchange.upstreams import MEDIA_TYPE
from ontology.messages import Message

_ALIVE_S: Final = 15.0  # how often a long stream says that it still comes
_LONGEST_TAG: Final = 200
_TOLD: Final = 64 << 10  # bytes of a refusal that are read
_CHANGED = Message(
    ja="受け取った内容のハッシュが一致しません。", en="What arrived does not have the hash that was promised."
)


class FetchFailed(ExchangeError):
    """The provider gives nothing; why, as far as it says."""


@dataclass(frozen=True, slots=True)
class Fetched:
    """A state of the data that was taken into custody.

    Attributes:
        etag: as the provider names it, with quotation marks.
    """

    sha256: str
    size_bytes: int
    etag: str | None
    media_type: str | None


async def fetched(answer: Streamed, holdings: Holdings, alive: Callable[[], Awaitable[Any]]) -> Fetched | None:
    """Keep what comes; None where the data are as they were.

    Args:
        answer: with its body still to come.
        holdings: what keeps it.
        alive: told every while that it still comes.

    Raises:
        FetchFailed, FileTooLarge, OutgoingFailed
    """
    if answer.status == 304:
        return None
    if answer.status != 200:
        raise await refusal_of(answer)
    held = await holdings.take(_coming(answer.chunks, alive))
    if not _is_as_promised(held, answer.headers.get("repr-digest", "")):
        raise FetchFailed(_CHANGED)
    etag, kind = answer.headers.get("etag"), answer.headers.get("content-type", "")
    return Fetched(
        held.sha256,
        held.size_bytes,
        etag if etag is not None and len(etag) <= _LONGEST_TAG else None,
        kind if len(kind) <= 128 and MEDIA_TYPE.fullmatch(kind) else None,
    )


async def refusal_of(answer: Streamed) -> FetchFailed:
    """Why a provider gives nothing, as far as it says so in a problem document (RFC 9457)."""
    body = bytearray()
    async for chunk in answer.chunks:
        body += chunk
        if len(body) > _TOLD:
            break
    ja, en = _reasons(bytes(body))
    return FetchFailed(
        Message(
            ja=f"提供者が {answer.status} を返しました。{ja}", en=f"The provider answered {answer.status}. {en}".strip()
        )
    )


def _reasons(body: bytes) -> tuple[str, str]:
    try:
        told = orjson.loads(body)
        if told.get("explained"):
            return "".join(str(each["ja"]) for each in told["explained"])[:2000], " ".join(
                str(each["en"]) for each in told["explained"]
            )[:2000]
        return (str(told.get("detail", ""))[:2000],) * 2
    except (ValueError, KeyError, TypeError, AttributeError):
        return "", ""


async def _coming(chunks: AsyncIterator[bytes], alive: Callable[[], Awaitable[Any]]) -> AsyncIterator[bytes]:
    told = monotonic()
    async for chunk in chunks:
        if monotonic() - told > _ALIVE_S:
            told = monotonic()
            await alive()
        yield chunk


def _is_as_promised(held: Held, promised: str) -> bool:
    if "sha-256=:" not in promised:
        return True
    wanted = promised.split("sha-256=:", 1)[1].split(":", 1)[0]
    return base64.b64encode(bytes.fromhex(held.sha256)).decode() == wanted
