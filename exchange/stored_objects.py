"""Objects of S3 as data addresses name them: where one is, and what signs requests for it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import quote

from exchange.aws_signing import Signer
from exchange.errors import ExchangeError
from ontology.messages import Message

S3: Final = "AmazonS3"
"""How the names of these formats begin, and the type of their data addresses."""
_CREDENTIALS: Final = {"accessKeyId": "accessKey", "secretAccessKey": "secretKey", "sessionToken": "sessionToken"}


class AddressUnclear(ExchangeError):
    """A data address does not say where the data are to be had or sent."""


@dataclass(frozen=True, slots=True)
class StoredObject:
    """One object of a store.

    Attributes:
        url: path style.
        signer: None for what is open to all.
    """

    url: str
    signer: Signer | None


def properties_of(address: Mapping[str, Any]) -> Mapping[str, str]:
    """The properties of a data address by name, its endpoint among them."""
    listed = address.get("endpointProperties") or ()
    said = {str(each.get("name")): str(each.get("value")) for each in listed if isinstance(each, Mapping)}
    return {"endpoint": str(address["endpoint"]), **said} if "endpoint" in address else said


def stored_object(said: Mapping[str, str]) -> StoredObject:
    """The object that the properties of a data address name, as EDC spells them.

    Raises:
        AddressUnclear
    """
    region = said.get("region", "us-east-1")
    endpoint = said.get("endpointOverride") or said.get("endpoint") or f"https://s3.{region}.amazonaws.com"
    bucket = said.get("bucketName") or needed(said, "bucket")
    key = said.get("objectName") or said.get("keyName") or needed(said, "key")
    credentials = {to: said[name] for name, to in _CREDENTIALS.items() if name in said}
    if credentials:  # nothing is signed with half a pair
        needed(said, "accessKeyId")
        needed(said, "secretAccessKey")
    return StoredObject(s3_url({"endpoint": endpoint, "bucket": bucket, "key": key}), Signer.of(credentials, region))


def needed(said: Mapping[str, str], name: str) -> str:
    """A property that has to be there; raises AddressUnclear."""
    if not said.get(name):
        raise AddressUnclear(
            Message(ja=f"データアドレスに {name} がありません。", en=f"The data address has no {name}.")
        )
    return said[name]


def s3_url(place: Mapping[str, Any]) -> str:
    """Address of an object, path style."""
    return f"{place['endpoint'].rstrip('/')}/{place['bucket']}/{quote(place['key'], safe='/~-._')}"
