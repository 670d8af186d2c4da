"""Data sent as gzip to who takes that: wholes that shrink by it, and no more of them at once than there are processors.

A part is never packed, for ranges are of the bytes as they are; nor is what is so large that packing it would keep a
processor for long. Packed data have a weak entity tag: they are the same state in other bytes (RFC 9110 §8.8.3.3), so
no range can be asked of them. No digest of the packed bytes is known beforehand; that of the bytes as they are is told
as Unencoded-Digest (draft-ietf-httpbis-unencoded-digest), for Repr-Digest would be of the packed ones (RFC 9530 §3).
"""

import asyncio
import os
import re
import zlib
from collections.abc import AsyncIterator
from contextlib import aclosing
from typing import Final

from starlette.requests import Request

from api.flow import Flow
from exchange.opened import Opened
from exchange.release import Release

LEAST_BYTES: Final = 64 << 10
MOST_BYTES: Final = 256 << 20
_LEVEL: Final = 1  # twice as fast as 4, and a tenth larger for tables
_GZIP: Final = 16 + zlib.MAX_WBITS
_AT_ONCE: Final = os.cpu_count() or 1
_SHRINKS: Final = re.compile(
    r"text/.*|application/(.*\+)?(json|xml|yaml|sql|x-ndjson|ndjson|n-triples|n-quads|trig)(-seq)?"
)


class Packing:
    """How many releases are packed at this moment."""

    running = 0


def is_packed(request: Request, opened: Opened) -> bool:
    """Whether a request for a whole is answered with it packed."""
    size = opened.size
    return (
        "range" not in request.headers
        and opened.start == 0
        and opened.stop == size
        and (size is None or LEAST_BYTES < size <= MOST_BYTES)
        and _SHRINKS.fullmatch((opened.media_type or "").partition(";")[0].strip().lower()) is not None
        and takes_gzip(request.headers.get("accept-encoding", ""))
    )


def takes_gzip(accepted: str) -> bool:
    """Whether an Accept-Encoding header names gzip, and does not prefer data as they are (RFC 9110 §12.5.3)."""
    weights: dict[str, float] = {}
    for part in accepted.lower()[:1000].split(","):
        name, _, parameter = part.partition(";")
        found = re.fullmatch(r"\s*q\s*=\s*([01](?:\.\d{0,3})?)\s*", parameter) if parameter else None
        weights[name.strip()] = float(found[1]) if found else (0.0 if parameter else 1.0)
    gzip = max(weights.get("gzip", 0), weights.get("x-gzip", 0))
    return gzip > 0 and gzip >= weights.get("identity", 0)


def packed_headers(headers: dict[str, str]) -> dict[str, str]:
    """The headers of data, as they are with the data packed."""
    found = {name: value for name, value in headers.items() if name not in ("content-length", "repr-digest")}
    if "etag" in found:
        found["etag"] = f"W/{found['etag']}"
    if "repr-digest" in headers:
        found["unencoded-digest"] = headers["repr-digest"]
    return {**found, "content-encoding": "gzip", "accept-ranges": "none"}


class PackedFlow(Flow):
    """Sends a release as gzip; each piece can be unpacked when it is there."""

    def __init__(self, release: Release) -> None:
        super().__init__(release)
        self.init_headers(packed_headers(dict(self.headers)))

    async def chunks(self) -> AsyncIterator[bytes]:
        """The bytes of the release, packed aside so that others go on."""
        packer = zlib.compressobj(_LEVEL, wbits=_GZIP)
        Packing.running += 1
        try:
            async with aclosing(super().chunks()) as chunks:  # type: ignore[type-var]
                async for chunk in chunks:
                    yield await asyncio.to_thread(_packed, packer, chunk)
            yield packer.flush()
        finally:
            Packing.running -= 1


def flow_of(request: Request, release: Release) -> Flow:
    """A release as the body of the answer to a request."""
    packs = is_packed(request, release.opened) and Packing.running < _AT_ONCE
    return PackedFlow(release) if packs else Flow(release)


def _packed(packer: "zlib._Compress", chunk: bytes) -> bytes:
    return packer.compress(chunk) + packer.flush(zlib.Z_SYNC_FLUSH)
