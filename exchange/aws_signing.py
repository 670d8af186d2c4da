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
class Said:
    """What is signed of a request.

    Attributes:
        path: percent-encoded, as it is sent; `query` likewise.
        headers: those that are signed, by name in lower case.
        body_hash: SHA-256 of the body, or `UNSIGNED`.
    """

    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    body_hash: str

    @property
    def names(self) -> str:
        """Of the headers that are signed."""
        return ";".join(sorted(self.headers))

    @property
    def canonical(self) -> str:
        """One spelling of it."""
        lines = [f"{name}:{' '.join(value.split())}" for name, value in sorted(self.headers.items())]
        told = [self.method, self.path, _canonical_query(self.query), *lines, "", self.names, self.body_hash]
        return "\n".join(told)


@dataclass(frozen=True, slots=True)
class Scope:
    """What a signature is good for.

    Attributes:
        moment: when, as `20261121T120000Z`.
    """

    moment: str
    region: str

    def __str__(self) -> str:
        """As it is written in a request."""
        return f"{self.moment[:8]}/{self.region}/s3/aws4_request"


def signature_of(said: Said, scope: Scope, secret: str) -> str:
    """The signature of a request, hexadecimal."""
    key = f"AWS4{secret}".encode()
    for part in (scope.moment[:8], scope.region, "s3", "aws4_request"):
        key = hmac.digest(key, part.encode(), "sha256")
    text = "\n".join((_ALGORITHM, scope.moment, str(scope), hashlib.sha256(said.canonical.encode()).hexdigest()))
    return hmac.digest(key, text.encode(), "sha256").hex()


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
        path, _, query = target.path.partition("?")
        said = Said(method, path, query, {**headers, "host": target.authority}, body_hash)
        scope = Scope(moment, self.region)
        signature = signature_of(said, scope, self.secret_key)
        credential = f"Credential={self.access_key}/{scope}"
        headers["authorization"] = f"{_ALGORITHM} {credential}, SignedHeaders={said.names}, Signature={signature}"
        return headers


def hash_of(body: bytes) -> str:
    """Of a body that is at hand."""
    return hashlib.sha256(body).hexdigest()


def _canonical_query(query: str) -> str:
    pairs = parse_qsl(query, keep_blank_values=True)
    return "&".join(
        sorted(f"{quote(name, safe=_UNRESERVED)}={quote(value, safe=_UNRESERVED)}" for name, value in pairs)
    )
