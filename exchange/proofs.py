"""Proofs that who bears a token also holds the key that it is bound to (RFC 9449, DPoP): one a request, none twice.

A stolen token is worth nothing where its transfer's consumer is bound to its key. The proofs that were seen are kept in
memory: one process has a data folder, and what was signed before that process began is not taken. Nor is a proof good
before its own time has come, so that all that the process before took is of before.
"""

import asyncio
import base64
import hashlib
import hmac
import secrets
import time
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import urlsplit

import orjson
from joserfc import jws
from joserfc.errors import JoseError

from exchange.keys import ALGORITHM, SigningKey, public_key
from exchange.release_errors import ProofRefused
from ontology.messages import Message

TYPE: Final = "dpop+jwt"
SCHEME: Final = "DPoP"
SKEW_S: Final = 60
"""How old a proof may be by our clock; so long it is kept, to be refused when it comes again."""
AHEAD_S: Final = 5
"""How far the clock of who proves may be ahead of ours; for so long its requests wait."""
_MARGIN_S: Final = 0.01  # timers may be a little early
_HEADER: Final = frozenset(("alg", "jwk", "typ"))
_LONGEST: Final = 4096
_LONGEST_ID: Final = 256
_MOST: Final = 200_000  # proofs of two minutes; whoever makes more waits


def made(key: SigningKey, method: str, url: str, token: str) -> str:
    """A proof for one request with a token.

    Args:
        url: of the request; its query and fragment are not signed.
        token: as the Authorization header has it, without the scheme.
    """
    claims = {
        "jti": secrets.token_urlsafe(16), "htm": method, "htu": _bare(url), "iat": int(time.time()),
        "ath": _digest(token),
    }  # fmt: skip
    return key.sign(orjson.dumps(claims), TYPE, shows_key=True)


class Proofs:
    """The proofs that this process has taken."""

    def __init__(self) -> None:
        self._began = time.time()
        self._seen: dict[bytes, float] = {}

    async def check(self, proof: str, *, key: str, token: str, method: str, url: str) -> None:
        """Take a proof, once, and go on when its time has come.

        Args:
            proof: as the header DPoP has it.
            key: thumbprint (RFC 7638) of the key that the token is bound to.
            token: that came with it.
            method: of the request.
            url: of the request, as the outside knows it.

        Raises:
            ProofRefused: says what is wrong.
        """
        claims = _verified(proof, key)
        now = time.time()
        if claims.get("htm") != method or not _same(str(claims.get("htu")), url):
            raise _refused("別の要求のものです", "it is for another request")
        if not hmac.compare_digest(str(claims.get("ath")).encode(), _digest(token).encode()):
            raise _refused("別のトークンのものです", "it is for another token")
        at, number = self._timely(claims.get("iat"), now), claims.get("jti")
        if not isinstance(number, str) or not 0 < len(number) <= _LONGEST_ID:
            raise _refused("jti がありません", "it has no jti")
        self._take(hashlib.sha256(f"{key} {number}".encode("utf-8", "surrogatepass")).digest(), now)
        if at > now:
            await asyncio.sleep(at - now + _MARGIN_S)

    def _timely(self, at: object, now: float) -> int:
        if not isinstance(at, int) or not now - SKEW_S <= at <= now + AHEAD_S:
            raise _refused(
                f"時刻が {SKEW_S} 秒より前か、{AHEAD_S} 秒より先です",
                f"its time is more than {SKEW_S} s before ours or {AHEAD_S} s after it",
            )
        if at < self._began:
            raise _refused(
                "このサービスの起動前に作られています。新しい証明を送ってください",
                "it was made before this service began; send a new one",
            )
        return at

    def _take(self, mark: bytes, now: float) -> None:
        while self._seen and next(iter(self._seen.values())) < now:
            del self._seen[next(iter(self._seen))]
        if mark in self._seen:
            raise _refused("すでに使われています", "it has been used")
        if len(self._seen) >= _MOST:
            raise _refused("多すぎます。しばらくお待ちください", "too many came; wait a while")
        self._seen[mark] = now + 2 * SKEW_S


def thumbprint(jwk: Mapping[str, Any]) -> str:
    """The thumbprint (RFC 7638) of a public key; raises ValueError for what is none."""
    return public_key(jwk).thumbprint()


def _verified(proof: str, key: str) -> Mapping[str, Any]:
    """The claims of a proof, signed by the key that it shows, which is the one that is wanted."""
    try:
        if not proof.isascii() or len(proof) > _LONGEST:
            raise ValueError("too long")
        header = jws.extract_compact(proof.encode()).headers()
        jwk = header.get("jwk")
        # Exactly these three: `jku` and `x5u` would name keys elsewhere, `crit` and `b64` change what is signed.
        if set(header) != _HEADER or header["typ"] != TYPE or not isinstance(jwk, dict) or "d" in jwk:
            raise ValueError("header")
        if not hmac.compare_digest(thumbprint(jwk), key):
            raise ValueError("key")
        claims = orjson.loads(jws.deserialize_compact(proof, public_key(jwk), algorithms=[ALGORITHM]).payload)
    except (JoseError, ValueError, TypeError, KeyError, RecursionError):
        claims = None
    if not isinstance(claims, dict):
        raise _refused("この鍵の署名ではありません", "it is not signed by the key that the token is bound to")
    return claims


def _same(signed: str, url: str) -> bool:
    try:
        return _bare(signed) == _bare(url)
    except ValueError:  # what was signed is no address
        return False


def _bare(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}{parts.path}"


def _digest(token: str) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(token.encode()).digest()).rstrip(b"=").decode()


def _refused(ja: str, en: str) -> ProofRefused:
    return ProofRefused(
        Message(ja=f"証明 (DPoP) が正しくありません: {ja}。", en=f"The proof (DPoP) is not good: {en}.")
    )
