"""A consumer pulls with the client of AWS, from a provider that has no store: the key pair of one transfer, for a while."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from botocore.client import BaseClient
from botocore.config import Config
from botocore.exceptions import ClientError
from botocore.session import Session

from tests.journeys.pair import ROWS, Pair, pair, settled

OPEN = {"templates": {"open": {}}}
TWICE = {"templates": {"times": {"limit": "2"}}}


@pytest.fixture(scope="module")
def two(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    with pair(tmp_path_factory.mktemp("pair")) as both:
        yield both


def started(two: Pair, terms: dict[str, Any], content: bytes = ROWS) -> tuple[str, dict[str, str]]:
    """A transfer of this format: our pid of it, and the properties of its data address."""
    agreement = two.negotiate(two.offer(content, terms))["agreement"]
    with two.consumer.client() as client:
        asked = {"agreement": agreement, "format": "AmazonS3-PULL"}
        begun = settled(client, "transfers", client.post("/exchange/transfers", json=asked).json()["pid"])
        assert begun["state"] == "STARTED", begun
        address = client.get(f"/exchange/transfers/{begun['pid']}/address").json()["dataAddress"]
    return begun["pid"], {each["name"]: each["value"] for each in address["endpointProperties"]}


def client_of(said: dict[str, str]) -> BaseClient:
    """AWS's own, as anybody would use it."""
    config = Config(s3={"addressing_style": "path"}, retries={"total_max_attempts": 1}, proxies={})
    return Session().create_client(
        "s3", said["region"], endpoint_url=said["endpointOverride"], aws_access_key_id=said["accessKeyId"],
        aws_secret_access_key=said["secretAccessKey"], config=config,
    )  # fmt: skip


def test_the_client_of_aws_pulls_whole_and_in_parts_what_was_agreed(two: Pair) -> None:
    _, said = started(two, OPEN)
    client, place = client_of(said), {"Bucket": said["bucketName"], "Key": said["objectName"]}
    told = client.head_object(**place)
    assert (told["ContentLength"], told["ContentType"]) == (len(ROWS), "text/csv")
    whole = client.get_object(**place, ChecksumMode="ENABLED")
    assert whole["Body"].read() == ROWS  # which the client compares with the checksum that we send
    assert whole["ChecksumSHA256"]
    assert client.get_object(**place, Range="bytes=3-8", IfMatch=told["ETag"])["Body"].read() == ROWS[3:9]


def test_uses_are_counted_as_with_any_other_pull(two: Pair) -> None:
    _, said = started(two, TWICE)
    client, place = client_of(said), {"Bucket": said["bucketName"], "Key": said["objectName"]}
    assert [client.get_object(**place)["Body"].read() for _ in range(2)] == [ROWS, ROWS]
    with pytest.raises(ClientError, match=r"AccessDenied.*at most 2"):
        client.get_object(**place)


def test_from_the_end_of_the_transfer_on_the_pair_opens_nothing(two: Pair) -> None:
    pid, said = started(two, OPEN)
    client, place = client_of(said), {"Bucket": said["bucketName"], "Key": said["objectName"]}
    assert client.get_object(**place)["Body"].read() == ROWS
    with two.consumer.client() as consumer:
        consumer.post(f"/exchange/transfers/{pid}/complete")
        settled(consumer, "transfers", pid)
    with pytest.raises(ClientError, match="InvalidAccessKeyId"):
        client.get_object(**place)


def test_nothing_is_written_or_listed(two: Pair) -> None:
    _, said = started(two, OPEN)
    client, place = client_of(said), {"Bucket": said["bucketName"], "Key": said["objectName"]}
    for refused in (client.put_object, client.delete_object):
        with pytest.raises(ClientError, match="405"):
            refused(**place)
    with pytest.raises(ClientError, match="404"):
        client.list_objects_v2(Bucket=said["bucketName"])


def test_the_catalog_says_that_it_can_be_had_so(two: Pair) -> None:
    dataset = two.offer(ROWS, OPEN)
    with two.provider.client() as client:
        token = client.headers["authorization"]
        asked = httpx.get(
            f"{two.provider.base}/dsp/2025-1/catalog/datasets/{dataset}",
            headers={"authorization": token}, trust_env=False,
        )  # fmt: skip
    assert "AmazonS3-PULL" in {each["format"] for each in asked.json()["distribution"]}
