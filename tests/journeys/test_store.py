"""A consumer pulls with the client of AWS, from a provider that has no store: the key pair of one transfer, for a while."""

import contextlib
import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from botocore.client import BaseClient
from botocore.config import Config
from botocore.exceptions import ClientError
from botocore.session import Session

from exchange.aws_signing import Signer
from tests.campaign.harness import Server
from tests.journeys.pair import ROWS, Pair, bearer, pair, settled

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


def run_out(server: Server) -> None:
    """Let every token of a service run out, as if its time were over."""
    over = datetime.now(UTC) - timedelta(seconds=1)
    with contextlib.closing(sqlite3.connect(server.folder / "data" / "renkei.sqlite")) as apart, apart:
        apart.execute("UPDATE grants SET expires_at = ?", [f"{over:%Y-%m-%d %H:%M:%S.%f}"])


@pytest.mark.parametrize("form", ["HttpData-PULL", "AmazonS3-PULL"])
def test_the_command_goes_on_with_what_broke_off_though_its_token_ran_out_as_the_same_use(
    two: Pair, tmp_path: Path, form: str
) -> None:
    content = b"0123456789abcdef" * (4 << 20)  # more than what is on its way between two sockets
    agreement = two.negotiate(two.offer(content, {"templates": {"times": {"limit": "1"}}}))["agreement"]
    with two.consumer.client() as client:
        asked = {"agreement": agreement, "format": form}
        begun = settled(client, "transfers", client.post("/exchange/transfers", json=asked).json()["pid"])
        at = client.get(f"/exchange/transfers/{begun['pid']}/address").json()
    out = tmp_path / "rows"
    broken_off(out, begun["pid"], at["dataAddress"])
    run_out(two.provider)
    done = two.consumer.renkei("transfer", agreement, "--out", str(out), "--format", form)
    assert done.returncode == 0, done.stderr.decode()
    assert out.read_bytes() == content
    assert [each.name for each in tmp_path.iterdir()] == ["rows"]


def broken_off(out: Path, pid: str, address: dict[str, Any]) -> None:
    """Leave what a command leaves that dies while it pulls."""
    said = {each["name"]: each["value"] for each in address["endpointProperties"]}
    url, headers = address["endpoint"], {}
    if "bucketName" in said:
        url = f"{url}/{said['bucketName']}/{said['objectName']}"
        headers = Signer(said["accessKeyId"], said["secretAccessKey"], said["region"]).headers("GET", url)
    else:
        headers = bearer(address)
    with httpx.stream("GET", url, headers=headers, timeout=60, trust_env=False) as answer:
        out.with_name("rows.part").write_bytes(next(answer.iter_raw(1 << 20)))
        out.with_name("rows.part.etag").write_text(answer.headers["etag"])
    out.with_name("rows.part.transfer").write_text(pid)


def test_the_command_pulls_as_from_a_store_and_says_in_words_why_it_gets_no_more(two: Pair, tmp_path: Path) -> None:
    agreement = two.negotiate(two.offer(terms={"templates": {"times": {"limit": "1"}}}))["agreement"]
    asked = ("transfer", agreement, "--format", "AmazonS3-PULL", "--out")
    first = two.consumer.renkei(*asked, str(tmp_path / "rows"))
    assert first.returncode == 0, first.stderr.decode()
    assert (tmp_path / "rows").read_bytes() == ROWS
    second = two.consumer.renkei(*asked, str(tmp_path / "again"))
    assert (second.returncode, "at most 1" in second.stderr.decode()) == (1, True), second.stderr.decode()
    assert "--follow" in two.consumer.renkei(*asked, str(tmp_path / "x"), "--follow").stderr.decode()


def test_the_command_takes_data_packed_and_keeps_them_as_they_are(two: Pair, tmp_path: Path) -> None:
    content = ROWS * 3000
    agreement = two.negotiate(two.offer(content, OPEN))["agreement"]
    done = two.consumer.renkei("transfer", agreement, "--out", str(tmp_path / "rows"), "--compressed")
    assert done.returncode == 0, done.stderr.decode()
    assert (tmp_path / "rows").read_bytes() == content
