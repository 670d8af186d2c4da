"""An object in a store that speaks the S3 API."""

from collections.abc import Mapping
from typing import Any

from exchange.aws_signing import Signer
from exchange.opened import Opened
from exchange.outgoing import Outgoing
from exchange.sources.http import streamed
from exchange.sources.port import looked_at
from exchange.spans import Span
from exchange.stored_objects import s3_url


class S3Source:
    """One object, by its bucket and key.

    Args:
        outgoing: the guarded client.
        place: endpoint, region, bucket and key.
        credentials: accessKey, secretKey and perhaps sessionToken; none for an object that is open to all.
        media_type: stated by the owner; None takes that of the object.
    """

    def __init__(
        self, outgoing: Outgoing, place: Mapping[str, Any], credentials: Mapping[str, str], media_type: str | None
    ) -> None:
        self._outgoing = outgoing
        self._url = s3_url(place)
        self._signer = Signer.of(credentials, place["region"])
        self._media_type = media_type

    async def open(self, span: Span | None) -> Opened:
        """Ask for it; raises SourceUnavailable, SpanUnsatisfiable."""
        headers = {} if self._signer is None else self._signer.headers("GET", self._url)
        if span is not None:
            headers["range"] = str(span)
        return await streamed(self._outgoing, self._url, headers, span, self._media_type)

    async def look(self) -> Opened:
        """Ask for it and take nothing but the head of the answer."""
        return await looked_at(await self.open(None))
