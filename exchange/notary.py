"""Who signs the checkpoints of the journal: the signing key of this service."""

from collections.abc import Iterable, Mapping
from typing import Any

from exchange.keys import SigningKey, verify
from exchange.partner_errors import SignatureInvalid

TYPE = "renkei-checkpoint"
"""`typ` of such a signature; it proves nothing else."""


class SigningNotary:
    """Signs with the key of this service, and believes it and those that it had before.

    Args:
        key: of this service.
        former: public keys (JWK) that were replaced.
    """

    def __init__(self, key: SigningKey, former: Iterable[Mapping[str, Any]] = ()) -> None:
        self.key = key
        self.keys = (key.public_jwk, *former)

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
    except SignatureInvalid:
        return False
