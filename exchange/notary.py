"""Who signs the checkpoints of the journal: the signing key of this service."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import orjson

from exchange.keys import SigningKey, verify
from exchange.partner_errors import SignatureInvalid
from ontology.messages import Message

FORMER = "former-keys.json"
TYPE = "renkei-checkpoint"
"""`typ` of such a signature; it proves nothing else."""

_NO_LIST = Message(
    ja=f'{FORMER} を読めません。{{"keys": [公開鍵 (JWK), …]}} の形で書いてください。',
    en=f'{FORMER} cannot be read. Its form is {{"keys": [public key (JWK), …]}}.',
)


class SigningNotary:
    """Signs with the key of this service, and believes it and those that it had before.

    Args:
        key: of this service.
        former: public keys (JWK) that were replaced.
    """

    def __init__(self, key: SigningKey, former: Iterable[Mapping[str, Any]] = ()) -> None:
        self.key = key
        self.keys = (key.public_jwk, *former)

    @classmethod
    def in_folder(cls, key: SigningKey, folder: Path) -> "SigningNotary":
        """With the former keys that a data folder lists.

        Raises:
            SignatureInvalid: the list cannot be read.
        """
        try:
            former = orjson.loads((folder / FORMER).read_bytes())["keys"]
            return cls(key, [dict(each) for each in former])
        except FileNotFoundError:
            return cls(key)
        except (ValueError, TypeError, KeyError) as error:
            raise SignatureInvalid(_NO_LIST) from error

    def sign(self, statement: bytes) -> str:
        """A compact JWS (RFC 7515) of a statement."""
        return self.key.sign(statement, TYPE)

    def signed(self, statement: bytes, signature: str) -> bool:
        """Whether a signature is of this service and of exactly this statement."""
        return any(proves(key, statement, signature) for key in self.keys)


def proves(key: Mapping[str, Any], statement: bytes, signature: str) -> bool:
    """Whether a signature proves that the holder of a key (JWK) made this statement."""
    try:
        return verify(signature, key, TYPE) == statement
    except (SignatureInvalid, ValueError):  # ValueError: the key is none
        return False
