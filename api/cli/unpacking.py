"""Data that came packed, unpacked as they come: a few KB may not become many GB (P17)."""

import zlib
from collections.abc import Iterator
from typing import Final

import httpx

from ontology.faults import Limits
from ontology.messages import Message

_PIECE: Final = 1 << 20
_GZIP: Final = 16 + zlib.MAX_WBITS
_FREE: Final = 16 << 20  # as much as a table of equal rows may have without harm
_SWOLLEN: Final = Message(
    ja="圧縮されたデータが {ratio} 倍を超えて膨らみます。--compressed なしで受け取ってください。",
    en="The packed data grow more than {ratio} times. Fetch them without --compressed.",
)
_CODED: Final = Message(
    ja="求めていない形 ({coding}) で届きました。", en="They came in a form that was not asked for ({coding})."
)


class UnpackingFailed(Exception):
    """What came cannot be unpacked, or should not be."""

    def __init__(self, message: Message) -> None:
        super().__init__(message.en)
        self.message = message


def unpacked(answer: httpx.Response) -> Iterator[bytes]:
    """The data of an answer, packed or not.

    Raises:
        UnpackingFailed
        httpx.TransportError: it broke off.
    """
    coding = answer.headers.get("content-encoding", "identity").lower()
    if coding == "identity":
        return answer.iter_raw()
    if coding not in ("gzip", "x-gzip") or answer.status_code != 200:
        raise UnpackingFailed(_filled(_CODED, coding=coding[:40]))
    return _gunzipped(answer)


def _gunzipped(answer: httpx.Response) -> Iterator[bytes]:
    unpacker, came, gave, ratio = zlib.decompressobj(_GZIP), 0, 0, Limits().ratio
    for piece in answer.iter_raw():
        came, left, more = came + len(piece), piece, bool(piece)
        while more:
            if unpacker.eof:  # what follows is one more member (RFC 1952 §2.2) or nothing that belongs here
                unpacker = zlib.decompressobj(_GZIP)
            try:
                given = unpacker.decompress(left, _PIECE)
            except zlib.error as error:
                raise UnpackingFailed(_filled(_CODED, coding=str(error))) from error
            left, gave = unpacker.unused_data if unpacker.eof else unpacker.unconsumed_tail, gave + len(given)
            more = bool(left) or (len(given) == _PIECE and not unpacker.eof)  # some may be held back
            if gave > _FREE and gave > ratio * came:
                raise UnpackingFailed(_filled(_SWOLLEN, ratio=str(ratio)))
            yield given
    if not unpacker.eof:
        raise httpx.RemoteProtocolError("the packed data end too early")


def _filled(message: Message, **values: str) -> Message:
    return Message(message.ja.format(**values), message.en.format(**values))
