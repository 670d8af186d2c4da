"""The two secrets of a deployment: one seals what the database must not show, one signs what others shall believe.

Both are files of the data folder, mode 0600, made at the first start. Who loses `secret-key` loses the credentials that
were sealed with it; who loses `signing-key.pem` signs as somebody new.
"""

import base64
import binascii
import hashlib
import hmac
import secrets
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any, Final, cast

import orjson
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import OKPKey

from exchange.partner_errors import SealBroken, SignatureInvalid
from ontology.messages import Message
from stores.secret_files import kept_secret

SECRET_FILE: Final = "secret-key"  # noqa: S105  (a file name)
SIGNING_FILE: Final = "signing-key.pem"
ALGORITHM: Final = "Ed25519"  # RFC 9864; the polymorphic EdDSA is deprecated there
_KEY_BYTES = 32
_SALT_BYTES = 12
_NONCE_BYTES = 12
_LONGEST_JWS = 1 << 20
_HEADER = frozenset(("alg", "kid", "typ"))


class SecretBox:
    """Seals bytes with AES-256-GCM so that who reads the database learns nothing, and cannot move them elsewhere.

    A sealed text is: 1 byte version, 4 bytes that tell the key, 12 bytes salt, 12 bytes nonce, ciphertext with tag. The
    key of each is derived with its salt: random nonces of 96 bits under one key would be unsafe after 2^32 messages.
    """

    _VERSION = b"\x01"

    def __init__(self, key: bytes) -> None:
        if len(key) != _KEY_BYTES:
            raise ValueError(f"the secret key has {_KEY_BYTES} bytes")
        self._key = key
        self._head = self._VERSION + hashlib.sha256(b"renkei key id\0" + key).digest()[:4]

    @classmethod
    def in_folder(cls, folder: Path, given: str | None = None) -> "SecretBox":
        """The box of a deployment: with the key of its settings, else with that of its data folder."""
        if given is not None:
            return cls(secret_key(given))
        return cls(secret_key(kept_secret(folder / SECRET_FILE, _fresh_key).decode()))

    def seal(self, data: bytes, purpose: str) -> bytes:
        """Bytes that only `open` with the same purpose gives back.

        Args:
            data: what is kept secret.
            purpose: where it stands, such as `peer https://city.example/`; it opens nowhere else.
        """
        salt, nonce = secrets.token_bytes(_SALT_BYTES), secrets.token_bytes(_NONCE_BYTES)
        return self._head + salt + nonce + self._cipher(salt).encrypt(nonce, data, purpose.encode())

    def open(self, sealed: bytes, purpose: str) -> bytes:
        """What was sealed for this purpose.

        Raises:
            SealBroken: changed, of another key or for another purpose.
        """
        head, rest = sealed[: len(self._head)], sealed[len(self._head) :]
        if head != self._head:
            raise SealBroken(
                Message(
                    ja="別の秘密鍵 (secret-key) で封じられています。元の鍵に戻してください。",
                    en="This was sealed with another secret-key. Bring that key back.",
                )
            )
        salt, nonce, text = rest[:_SALT_BYTES], rest[_SALT_BYTES : _SALT_BYTES + _NONCE_BYTES], rest[24:]
        try:
            return self._cipher(salt).decrypt(nonce, text, purpose.encode())
        except (InvalidTag, ValueError) as error:
            raise SealBroken(
                Message(ja="封じた内容が書き換えられています。", en="What was sealed has been changed.")
            ) from error

    def derived(self, purpose: str) -> str:
        """A secret that follows from the key and a purpose, always the same; it tells nothing of either."""
        made = hmac.digest(self._key, b"renkei derived\0" + purpose.encode(), "sha256")
        return base64.urlsafe_b64encode(made).rstrip(b"=").decode()

    def _cipher(self, salt: bytes) -> AESGCM:
        return AESGCM(hmac.digest(self._key, b"renkei seal\0" + salt, "sha256"))


class SigningKey:
    """The Ed25519 key by which others know what this service says."""

    def __init__(self, pem: bytes) -> None:
        self._key = OKPKey.import_key(pem)
        self._private = cast(Ed25519PrivateKey, self._key.get_op_key("sign"))
        self.kid = self._key.thumbprint()
        self.public_jwk: Mapping[str, str] = {
            **{name: str(value) for name, value in self._key.as_dict(private=False).items()},
            "kid": self.kid, "alg": ALGORITHM, "use": "sig",
        }  # fmt: skip

    @classmethod
    def in_folder(cls, folder: Path) -> "SigningKey":
        """The key of a deployment."""
        return cls(kept_secret(folder / SIGNING_FILE, _fresh_pem))

    def sign(self, payload: bytes, typ: str = "JOSE", *, shows_key: bool = False) -> str:
        """A compact JWS over a payload (RFC 7515).

        Args:
            payload: what is said.
            typ: what kind of thing is said; a signature for one kind proves nothing for another.
            shows_key: put the public key itself into the header instead of its name.
        """
        named = {"jwk": self._key.as_dict(private=False)} if shows_key else {"kid": self.kid}
        said = _part(orjson.dumps({"alg": ALGORITHM, "typ": typ, **named})) + b"." + _part(payload)
        return (said + b"." + _part(self._private.sign(said))).decode()


def verify(signature: str, jwk: Mapping[str, Any], typ: str = "JOSE") -> bytes:
    """The payload of a compact JWS that a key made.

    Args:
        signature: as it came.
        jwk: public key that is trusted; what the signature itself says of keys is not.
        typ: kind of thing it must be about.

    Raises:
        SignatureInvalid
    """
    if len(signature) > _LONGEST_JWS:
        raise _invalid("it is too long")
    try:
        read = jws.deserialize_compact(signature, public_key(jwk), algorithms=[ALGORITHM])
        header, payload = read.headers(), read.payload
    except (JoseError, ValueError, TypeError, KeyError, RecursionError) as error:
        raise _invalid(type(error).__name__) from error
    # Nothing but these three: `jwk`, `jku` and `x5u` would name keys, `crit` and `b64` change what is signed.
    if not _HEADER.issuperset(header) or header.get("typ") != typ:
        raise _invalid("unexpected header")
    return payload


def public_key(jwk: Mapping[str, Any]) -> OKPKey:
    """The Ed25519 key of a JWK, of which only the public members are taken.

    Raises:
        ValueError: it is none.
    """
    if jwk.get("kty") != "OKP" or jwk.get("crv") != "Ed25519" or not isinstance(jwk.get("x"), str):
        raise ValueError('a key of signatures is {"kty": "OKP", "crv": "Ed25519", "x": …}')
    try:
        return _imported(jwk["x"])
    except (JoseError, ValueError, TypeError) as error:
        raise ValueError("the member x is no Ed25519 key") from error


@lru_cache(maxsize=256)
def _imported(x: str) -> OKPKey:
    return OKPKey.import_key({"kty": "OKP", "crv": "Ed25519", "x": x})


def secret_key(text: str) -> bytes:
    """The 32 bytes of a secret key as it is written: base64, with or without padding.

    Raises:
        ValueError: it is not that.
    """
    try:
        key = base64.b64decode(text.strip().rstrip("=") + "=", altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if len(key) != _KEY_BYTES:
        raise ValueError("the secret key is 32 bytes in base64url, such as `openssl rand -base64 32 | tr +/ -_` makes")
    return key


def _part(data: bytes) -> bytes:
    """As a part of a JWS is written."""
    return base64.urlsafe_b64encode(data).rstrip(b"=")


def _fresh_key() -> bytes:
    return base64.urlsafe_b64encode(secrets.token_bytes(_KEY_BYTES)) + b"\n"


def _fresh_pem() -> bytes:
    return OKPKey.generate_key("Ed25519").as_pem(private=True)


def _invalid(why: str) -> SignatureInvalid:
    return SignatureInvalid(Message(ja=f"署名が正しくありません ({why})。", en=f"The signature is not valid ({why})."))
