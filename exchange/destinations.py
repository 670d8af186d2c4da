"""Where data are pushed to: an HTTP address or an object of S3, as the data address of a transfer says."""

import re
from collections.abc import AsyncIterator, Mapping
from typing import Any, Final, Protocol
from xml.sax.saxutils import escape

from exchange.aws_signing import EMPTY, hash_of
from exchange.errors import ExchangeError
from exchange.outgoing import Answer, Outgoing
from exchange.release import Release
from exchange.stored_objects import S3, AddressUnclear, needed, properties_of, stored_object
from ontology.messages import Message

__all__ = ["AddressUnclear", "Destination", "PushFailed", "destination_of"]

_PART_BYTES: Final = 8 << 20  # of S3: the least is 5 MiB, and one is held in memory
_METHODS: Final = frozenset(("PUT", "POST"))
_UPLOAD: Final = re.compile(rb"<UploadId>([^<]{1,1000})</UploadId>")


class PushFailed(ExchangeError):
    """The receiver did not take the data; they may be sent again."""


class Destination(Protocol):
    """A receiver of one transfer.

    Attributes:
        reached: byte from which the next try may go on; 0 where it has to begin again.
        continuing: whether it wants the data again whenever they change.
    """

    reached: int
    continuing: bool

    async def finish(self) -> bool:
        """Whether everything was sent before, and is taken now; raises as `send` does."""

    async def send(self, release: Release) -> None:
        """Send all of a release.

        Raises:
            PushFailed, OutgoingFailed: not taken.
            ReleaseStopped, SourceUnavailable: from the release.
        """


def destination_of(form: str, address: Mapping[str, Any], outgoing: Outgoing) -> Destination:
    """The receiver that a data address names.

    Raises:
        AddressUnclear
    """
    said = properties_of(address)
    return S3Destination(outgoing, said) if form.startswith(S3) else HttpDestination(outgoing, said)


class HttpDestination:
    """An address that takes the data as one body."""

    def __init__(self, outgoing: Outgoing, said: Mapping[str, str]) -> None:
        self.reached = 0
        self.continuing = said.get("continuing") == "true"
        self._outgoing = outgoing
        self._url = needed(said, "endpoint")
        self._method = said.get("method", "POST").upper()
        if self._method not in _METHODS:
            raise AddressUnclear(Message(ja="method は PUT か POST です。", en="The method is PUT or POST."))
        token = said.get("authorization")
        bearer = token is not None and said.get("authType", "bearer") == "bearer" and " " not in token
        self._headers = {} if token is None else {"authorization": f"Bearer {token}" if bearer else token}

    async def finish(self) -> bool:
        """Nothing is left over of a try."""
        return False

    async def send(self, release: Release) -> None:
        """Send it; raises as `Destination.send` says."""
        headers = {**self._headers, "content-type": release.opened.media_type or "application/octet-stream"}
        answer = await self._outgoing.stream_put(
            self._url, release.chunks(), headers, size_bytes=release.length, method=self._method
        )
        _check(answer)


class S3Destination:
    """An object of a store; large ones go in parts, and go on from the last part that was taken."""

    def __init__(self, outgoing: Outgoing, said: Mapping[str, str]) -> None:
        self.reached = 0
        self.continuing = said.get("continuing") == "true"
        self._outgoing = outgoing
        stored = stored_object(said)
        self._url, self._signer = stored.url, stored.signer
        self._upload: str | None = None
        self._parts: list[str] = []
        self._sent = False

    async def finish(self) -> bool:
        """Put the parts together, if all of them are there."""
        if self._sent:
            await self._completed()
            return True
        return False

    async def send(self, release: Release) -> None:
        """Send it; raises as `Destination.send` says."""
        if release.opened.start != self.reached:
            await self._give_up()
        media_type = release.opened.media_type or "application/octet-stream"
        async for part, last in _parts(release.chunks()):
            if last and self._upload is None:  # all of it in one
                _check(await self._ask("PUT", self._url, part, media_type))
                return
            if self._upload is None:
                self._upload = await self._begun(media_type)
            number = len(self._parts) + 1
            answer = _check(await self._ask("PUT", f"{self._url}?partNumber={number}&uploadId={self._upload}", part))
            self._parts.append(answer.headers.get("etag", ""))
            self.reached += len(part)
        self._sent = True
        await self._completed()

    async def _begun(self, media_type: str) -> str:
        answer = _check(await self._ask("POST", f"{self._url}?uploads=", b"", media_type))
        found = _UPLOAD.search(answer.body)
        if found is None:
            raise PushFailed(Message(ja="保存先の応答を読めません。", en="The store's answer cannot be read."))
        return found[1].decode("ascii", "replace")

    async def _completed(self) -> None:
        listed = "".join(
            f"<Part><PartNumber>{number}</PartNumber><ETag>{escape(tag)}</ETag></Part>"
            for number, tag in enumerate(self._parts, 1)
        )
        body = f"<CompleteMultipartUpload>{listed}</CompleteMultipartUpload>".encode()
        _check(await self._ask("POST", f"{self._url}?uploadId={self._upload}", body))
        self._upload, self._parts, self.reached, self._sent = None, [], 0, False

    async def _give_up(self) -> None:
        if self._upload is not None:
            await self._ask("DELETE", f"{self._url}?uploadId={self._upload}", b"")
        self._upload, self._parts, self.reached, self._sent = None, [], 0, False

    async def _ask(self, method: str, url: str, body: bytes, media_type: str | None = None) -> Answer:
        body_hash = hash_of(body) if body else EMPTY
        headers = {} if self._signer is None else self._signer.headers(method, url, body_hash)
        return await self._outgoing.request(
            method, url, body, headers | ({"content-type": media_type} if media_type else {})
        )


async def _parts(chunks: AsyncIterator[bytes]) -> AsyncIterator[tuple[bytes, bool]]:
    """Parts of one size, and whether one is the last."""
    part = bytearray()
    async for chunk in chunks:
        while len(part) + len(chunk) > _PART_BYTES:
            taken = _PART_BYTES - len(part)
            yield bytes(part) + chunk[:taken], False
            part.clear()
            chunk = chunk[taken:]  # noqa: PLW2901
        part += chunk
    yield bytes(part), True


def _check(answer: Answer) -> Answer:
    if not answer.ok:
        raise PushFailed(
            Message(ja=f"受け取り側が {answer.status} を返しました。", en=f"The receiver answered {answer.status}.")
        )
    return answer
