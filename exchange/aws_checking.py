"""Signatures of requests that speak S3 to us, checked (AWS Signature Version 4, header form)."""

import hmac
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from exchange.aws_signing import EMPTY, UNSIGNED, Said, Scope, signature_of

SKEW: Final = timedelta(minutes=15)
"""How far the clock of who signs may be from ours, as at AWS."""
_FORM: Final = re.compile(
    r"AWS4-HMAC-SHA256 Credential=([\w-]{16,128})/(\d{8})/([a-z0-9-]{1,64})/s3/aws4_request, ?"
    r"SignedHeaders=([a-z0-9;-]{1,2000}), ?Signature=([0-9a-f]{64})",
    re.ASCII,
)
_MOMENT: Final = "%Y%m%dT%H%M%SZ"
_NO_BODY: Final = frozenset((EMPTY, UNSIGNED))


class SignatureWrong(Exception):
    """A request is not signed as it has to be; `code` is the word of S3 for it."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class Asked:
    """A request without a body, as it came.

    Attributes:
        path: percent-encoded, as its sender knows it; `query` likewise.
        headers: by name in lower case, several of one name joined by commas.
        hosts: what the header Host may have said when it was signed: a balancer may write another one.
    """

    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    hosts: Sequence[str]


def signer_of(asked: Asked, secret: Callable[[str], str], now: datetime | None = None) -> str:
    """The access key that a request proves to be signed with.

    Args:
        asked: the request.
        secret: the secret of an access key; it must give one for any.
        now: present moment, unless a test says so.

    Raises:
        SignatureWrong
    """
    match = _FORM.fullmatch(asked.headers.get("authorization", ""))
    if match is None:
        raise SignatureWrong("AccessDenied")
    access_key, day, region, listed, signature = match.groups()
    names, moment = listed.split(";"), asked.headers.get("x-amz-date", "")
    _check_moment(moment, day, now or datetime.now(UTC))
    amz = {name for name in asked.headers if name.startswith("x-amz-")}
    body = asked.headers.get("x-amz-content-sha256", "")
    if not {"host"} | amz <= set(names) or not set(names) <= {"host", *asked.headers} or body not in _NO_BODY:
        raise SignatureWrong("AccessDenied")  # what is not signed may have been changed on the way
    key, scope = secret(access_key), Scope(moment, region)
    for host in asked.hosts:
        headers = {name: asked.headers[name] if name != "host" else host for name in names}
        said = Said(asked.method, asked.path, asked.query, headers, body)
        if hmac.compare_digest(signature_of(said, scope, key), signature):
            return access_key
    raise SignatureWrong("SignatureDoesNotMatch")


def _check_moment(moment: str, day: str, now: datetime) -> None:
    try:
        at = datetime.strptime(moment, _MOMENT).replace(tzinfo=UTC)
    except ValueError:
        raise SignatureWrong("AccessDenied") from None
    if moment[:8] != day:
        raise SignatureWrong("AccessDenied")
    if abs(now - at) > SKEW:
        raise SignatureWrong("RequestTimeTooSkewed")
