"""Transfers as objects of a store that speaks S3: a bucket each, one object in it, keys that open it for a while.

The pair stands where a token stands else: bound to transfer, agreement, participant and asset, and revoked with them.
The database holds the hash of the access key; the secret follows from it by the key of this deployment.
"""

import base64
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from exchange.dsp import writing
from exchange.keys import SecretBox
from exchange.stored_objects import S3

REGION: Final = "us-east-1"
OBJECT: Final = "data"
_PREFIX: Final = "RKS3"  # of access keys, which are no tokens: these begin otherwise
_PID: Final = "urn:uuid:"


@dataclass(frozen=True, slots=True)
class Pair:
    """An access key, which every request shows, and the secret that signs, which none does."""

    access_key: str
    secret_key: str = field(repr=False)


class Storefront:
    """Makes keys and addresses.

    Args:
        endpoint: below which the buckets are, `{base}/s3`.
    """

    def __init__(self, box: SecretBox, endpoint: str) -> None:
        self._box = box
        self._endpoint = endpoint

    def pair(self) -> Pair:
        """A new pair."""
        access_key = _PREFIX + base64.b32encode(secrets.token_bytes(20)).decode()
        return Pair(access_key, self.secret(access_key))

    def secret(self, access_key: str) -> str:
        """The secret of any access key; whether that was ever given to somebody the grants know."""
        return self._box.derived(f"secret of {access_key}")

    def address(self, transfer: str, pair: Pair) -> Mapping[str, Any]:
        """The data address of a transfer, spelt as EDC spells those of S3."""
        properties = {
            "endpointOverride": self._endpoint,
            "region": REGION,
            "bucketName": bucket_of(transfer),
            "objectName": OBJECT,
            "accessKeyId": pair.access_key,
            "secretAccessKey": pair.secret_key,
        }
        return writing.data_address(self._endpoint, endpoint_type=S3, properties=properties)


def bucket_of(transfer: str) -> str:
    """The bucket of a transfer, whose pid has characters that names of buckets have not."""
    return transfer.removeprefix(_PID)


def transfer_of(bucket: str) -> str:
    """The transfer of a bucket."""
    return _PID + bucket
