"""Signatures of requests to S3 and what speaks like it (AWS Signature Version 4, header form)."""

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final
from urllib.parse import parse_qsl, quote

from exchange.addresses import judged_url

UNSIGNED: Final = "UNSIGNED-PAYLOAD"
"""In the place of a hash of a body that nobody knows before it is sent; TLS guards it then."""
EMPTY: Final = hashlib.sha256(b"").hexdigest()
_ALGORITHM: Final = "AWS4-HMAC-SHA256"
_UNRESERVED: Final = "~-._"


@dataclass(frozen=True, slots=True)
class Signer:
    """Signs for one region of one service.

    Attributes:
        session: token of a temporary key, None for a lasting one.
    """

    access_key: str
    secret_key: str
    region: str
    session: str | None = None

    @classmethod
    def of(cls, credentials: Mapping[str, str], region: str) -> "Signer | None":
        """The signer of some credentials; None without any, for objects that are open to all."""
        if not credentials:
            return None
        return cls(credentials["accessKey"], credentials["secretKey"], region, credentials.get("sessionToken"))

    def headers(
        self, method: str, url: str, body_hash: str = EMPTY, at: datetime | None = None, **more: str
    ) -> dict[str, str]:
        """The headers that a request needs, its signature among them.

        Args:
            method: of the request.
            url: percent-encoded, as it is sent.
            body_hash: SHA-256 of the body, or `UNSIGNED`.
            at: when; now unless a test says so.
            more: headers to be signed besides.
        """
        moment = (at or datetime.now(UTC)).strftime("%Y%m%dT%H%M%SZ")
        target = judged_url(url)
        headers = {"x-amz-date": moment, "x-amz-content-sha256": body_hash, **more}
        if self.session is not None:
            headers["x-amz-security-token"] = self.session
        signed = dict(sorted({**headers, "host": target.authority}.items()))
        names, (path, _, query) = ";".join(signed), target.path.partition("?")
        lines = [method, path, _canonical_query(query), *(f"{name}:{value.strip()}" for name, value in signed.items())]
        request = "\n".join([*lines, "", names, body_hash])
        scope = f"{moment[:8]}/{self.region}/s3/aws4_request"
        text = "\n".join((_ALGORITHM, moment, scope, hashlib.sha256(request.encode()).hexdigest()))
        signature = hmac.digest(self._key(moment[:8]), text.encode(), "sha256").hex()
        credential = f"Credential={self.access_key}/{scope}"
        headers["authorization"] = f"{_ALGORITHM} {credential}, SignedHeaders={names}, Signature={signature}"
        return headers

    def _key(self, day: str) -> bytes:
        key = f"AWS4{self.secret_key}".encode()
        for part in (day, self.region, "s3", "aws4_request"):
            key = hmac.digest(key, part.encode(), "sha256")
        return key


def hash_of(body: bytes) -> str:
    """Of a body that is at hand."""
    return hashlib.sha256(body).hexdigest()


def _canonical_query(query: str) -> str:
    pairs = parse_qsl(query, keep_blank_values=True)
    return "&".join(
        sorted(f"{quote(name, safe=_UNRESERVED)}={quote(value, safe=_UNRESERVED)}" for name, value in pairs)
    )
