"""Two services that know each other: a provider with a dataset on offer, and a consumer."""

import contextlib
import secrets
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import orjson

from tests.campaign.harness import Server, deployment

DESCRIPTION = """@prefix dcat: <http://www.w3.org/ns/dcat#> . @prefix dct: <http://purl.org/dc/terms/> .
<%s> a dcat:Dataset ; dct:title "町丁目別の人口"@ja, "Population by block"@en ;
  dct:description "毎月の人口。"@ja, "Population of each month."@en .
"""
ROWS = "町丁目,人口\n麻布台一丁目,412\n麻布台二丁目,587\n".encode()
RESEARCH = {"purpose": "https://w3id.org/dpv#AcademicResearch"}
LIMITED = {"templates": {"research": {}, "until": {"end": "2099-03-31"}, "times": {"limit": "3"}}}
_SETTINGS = {"RENKEI_ALLOW_PRIVATE": '["127.0.0.1"]'}


@dataclass(frozen=True, slots=True)
class Pair:
    """A provider and a consumer, each with the other's token."""

    provider: Server
    consumer: Server

    def offer(self, content: bytes = ROWS, terms: dict[str, Any] | None = None, **given: Any) -> str:
        """Publish a dataset with its terms and bytes in one call; the IRI of the dataset, another one each time."""
        dataset = f"https://city.example/d/{secrets.token_hex(4)}"
        with self.provider.client() as client:
            held = client.put("/exchange/files", content=content, headers={"content-type": "text/csv"}).json()
            client.post("/catalogs", json={"id": "city"})
            source = {
                "kind": "file", "sha256": held["sha256"], "size_bytes": held["size_bytes"], "mediaType": "text/csv",
                "receipt": held["receipt"],
            }  # fmt: skip
            wanted = {"catalog": "city", "description": {"content": DESCRIPTION % dataset}, "terms": terms or LIMITED}
            answer = client.post("/offers", json={**wanted, "source": source, **given})
            assert answer.status_code == 201, answer.text
            return dataset

    def negotiate(self, dataset: str) -> dict[str, Any]:
        """Ask for a dataset, and wait until nothing moves any more."""
        with self.consumer.client() as client:
            asked = {"provider": participant(self.provider), "dataset": dataset}
            answer = client.post("/exchange/negotiations", json=asked)
            assert answer.status_code == 201, answer.text
            return settled(client, "negotiations", answer.json()["pid"])

    def start(self, agreement: str) -> tuple[str, dict[str, Any]]:
        """Begin a transfer; our pid of it and where its data are pulled."""
        with self.consumer.client() as client:
            answer = client.post("/exchange/transfers", json={"agreement": agreement})
            assert answer.status_code == 201, answer.text
            begun = settled(client, "transfers", answer.json()["pid"])
            assert begun["state"] == "STARTED", begun
            address = client.get(f"/exchange/transfers/{begun['pid']}/address").json()["dataAddress"]
            return begun["pid"], address

    def pull(self, address: dict[str, Any], language: str = "en", **declared: str) -> httpx.Response:
        """Pull the data of a transfer."""
        return httpx.get(
            address["endpoint"], params=declared, headers=bearer(address) | {"accept-language": language},
            trust_env=False, timeout=90,
        )  # fmt: skip


def bearer(address: dict[str, Any]) -> dict[str, str]:
    """The header that the properties of a data address make; and the data as they are, of which parts can be had."""
    properties = {each["name"]: each["value"] for each in address["endpointProperties"]}
    token = properties["authorization"].removeprefix("Bearer ")
    return {"authorization": f"Bearer {token}", "accept-encoding": "identity"}


def participant(server: Server) -> str:
    """The participant id of a service."""
    return f"{server.base}/participant"


def settled(client: httpx.Client, kind: str, pid: str, wait_s: float = 90) -> dict[str, Any]:
    """A process once it waits for nobody, for a person, or is stuck."""
    end = time.monotonic() + wait_s
    while time.monotonic() < end:
        found: dict[str, Any] = client.get(f"/exchange/{kind}/{pid}").json()
        if found["waitsFor"] in ("nobody", "person") or found["stuck"]:
            return found
        time.sleep(0.02)
    raise AssertionError(f"it still waits: {found}")


@contextlib.contextmanager
def pair(folder: Path, **settings: str) -> Iterator[Pair]:
    """Two started services that know each other."""
    for name in ("provider", "consumer"):
        (folder / name).mkdir()
    with (
        deployment(folder / "provider", **_SETTINGS, **settings) as provider,
        deployment(folder / "consumer", **_SETTINGS, **settings) as consumer,
    ):
        introduce(provider, consumer)
        introduce(consumer, provider)
        yield Pair(provider, consumer)


def introduce(server: Server, other: Server) -> None:
    """Let the other service know one, with a token for it and the key it signs with."""
    made = server.renkei("token", "add", "--participant", participant(other), "--json")
    with server.client() as client, other.client() as them:
        (key,) = client.get("/.well-known/jwks.json").json()["keys"]
        peer = {
            "participant": participant(server), "address": server.base, "key": key,
            "authorization": f"Bearer {orjson.loads(made.stdout)['secret']}",
        }  # fmt: skip
        answer = them.post("/exchange/peers", json=peer)
        assert answer.status_code in (200, 201), answer.text
