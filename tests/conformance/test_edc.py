"""Eclipse EDC 0.15.1 as it is released: agreements and bytes in both directions, over the wire."""

import asyncio
import http.server
import json
import threading
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest

from api.service import open_books
from api.settings import Settings
from tests.campaign.harness import PREFIXES, TOKEN, Server, deployment
from tests.conformance.kits import Connector, connector, kit

Json = dict[str, Any]
WORDS = {"@vocab": "https://w3id.org/edc/v0.0.1/ns/"}
ODRL = "http://www.w3.org/ns/odrl.jsonld"
DATA = b"station,level\n" + b"".join(b"%d,%d\n" % (number, number % 7) for number in range(5_000))
RESEARCH = "https://w3id.org/dpv#AcademicResearch"
DESCRIPTION = PREFIXES + 'ex:d a dcat:Dataset ; dct:title "River levels"@en, "水位"@ja ; dct:description "Levels"@en .'


@pytest.fixture(scope="module")
def renkei(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with deployment(tmp_path_factory.mktemp("renkei"), RENKEI_ALLOW_PRIVATE='["127.0.0.1"]') as server:
        yield server


@pytest.fixture(scope="module")
def provider(shared: Path, renkei: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Connector]:
    with connector(kit(shared, "edc"), "provider", tmp_path_factory.mktemp("provider")) as edc:
        known_to(renkei, edc)
        yield edc


@pytest.fixture(scope="module")
def consumer(shared: Path, renkei: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Connector]:
    with connector(kit(shared, "edc"), "consumer", tmp_path_factory.mktemp("consumer")) as edc:
        known_to(renkei, edc)
        yield edc


@pytest.fixture(scope="module")
def levels() -> Iterator[str]:
    """Address of the data behind EDC's data plane."""

    class Answering(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("content-type", "text/csv")
            self.send_header("content-length", str(len(DATA)))
            self.end_headers()
            self.wfile.write(DATA)

        def log_message(self, format: str, *arguments: object) -> None: ...

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answering) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/levels"
        server.shutdown()


def us(renkei: Server) -> str:
    return f"{renkei.base}/participant"


def known_to(renkei: Server, edc: Connector) -> None:
    """Both sides of EDC's mock identities: what they write into the Authorization header."""
    shows = partial(json.dumps, separators=(",", ":"))
    theirs = shows({"region": "eu", "audience": f"{renkei.base}/dsp/2025-1", "clientId": edc.name})
    ours = shows({"region": "eu", "audience": edc.protocol, "clientId": us(renkei)})

    async def put() -> None:
        settings = Settings(data=renkei.data, operator_token=TOKEN, allow_private=("127.0.0.1",))
        async with open_books(settings) as books:
            await books.peers.put(edc.name, edc.protocol, authorization=ours, presents=theirs)

    asyncio.run(put())


def managed(edc: Connector, method: str, path: str, body: Json | None = None) -> Any:
    """A request to the management API of an EDC."""
    address = f"http://127.0.0.1:{edc.management}/management/v3/{path}"
    given = None if body is None else {"@context": WORDS, **body}
    answer = httpx.request(method, address, json=given, timeout=60, trust_env=False)
    assert answer.is_success, f"{path}: {answer.status_code} {answer.text[:500]}"
    return answer.json() if answer.content else None


def until(states: set[str], look: Callable[[], Json], seconds: float = 60) -> Json:
    """What is found once it is in one of some states."""
    end = time.monotonic() + seconds
    while (found := look())["state"] not in states:
        assert time.monotonic() < end, found
        time.sleep(0.1)
    return found


def offered_by(edc: Connector, levels: str) -> str:
    """An asset of EDC that may be used; it takes no conditions as long as no Java is written for them."""
    source = {"type": "HttpData", "baseUrl": levels}
    policy = {"@context": ODRL, "@type": "Set", "permission": [{"action": "use"}]}
    managed(edc, "POST", "assets", {"@id": "levels", "properties": {}, "dataAddress": source})
    managed(edc, "POST", "policydefinitions", {"@id": "use", "policy": policy})
    ids = {"accessPolicyId": "use", "contractPolicyId": "use", "assetsSelector": []}
    managed(edc, "POST", "contractdefinitions", {"@id": "all", **ids})
    return "levels"


def offered_by_us(renkei: Server) -> str:
    """A dataset of ours for research until a date, from a file held here."""
    with renkei.client() as client:
        kept = client.put("/exchange/files", content=DATA, headers={"content-type": "text/csv"}).json()
        client.post("/catalogs", json={"id": "city"})
        source = {"kind": "file", "sha256": kept["sha256"], "credentials": {"receipt": kept["receipt"]}}
        described = {"content": DESCRIPTION, "mediaType": "text/turtle"}
        terms = {"templates": {"research": {}, "until": {"end": "2099-03-31"}}}
        given = {
            "catalog": "city",
            "description": described,
            "terms": terms,
            "source": source | {"mediaType": "text/csv"},
        }
        answer = client.post("/offers", json=given)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["dataset"])


def agreed_with(edc: Connector, renkei: Server, dataset: str) -> Json:
    """What our negotiation with a provider of EDC came to."""
    with renkei.client() as client:
        begun = client.post("/exchange/negotiations", json={"provider": edc.name, "dataset": dataset})
        assert begun.status_code == 201, begun.text
        pid = begun.json()["pid"]
        look = lambda: client.get(f"/exchange/negotiations/{pid}").json()  # noqa: E731
        return until({"FINALIZED", "TERMINATED"}, look)


def party(renkei: Server) -> Json:
    """How EDC is told of us."""
    address = {"counterPartyId": us(renkei), "counterPartyAddress": f"{renkei.base}/dsp/2025-1"}
    return {**address, "protocol": "dataspace-protocol-http:2025-1"}


def agreed_by(edc: Connector, renkei: Server, dataset: str) -> Json:
    """What the negotiation of a consumer of EDC with us came to."""
    catalog = managed(edc, "POST", "catalog/request", party(renkei))
    found = next(each for each in catalog["dataset"] if each["@id"] == dataset)
    policy = {**found["hasPolicy"][0], "@context": ODRL, "assigner": us(renkei), "target": dataset}
    begun = managed(
        edc, "POST", "contractnegotiations", {"@type": "ContractRequest", **party(renkei), "policy": policy}
    )
    return until({"FINALIZED", "TERMINATED"}, lambda: managed(edc, "GET", f"contractnegotiations/{begun['@id']}"))


def access_of(edc: Connector, renkei: Server, agreement: str) -> Json:
    """What a consumer of EDC is given for an agreement with us."""
    wanted = {"@type": "TransferRequest", **party(renkei), "contractId": agreement, "transferType": "HttpData-PULL"}
    begun = managed(edc, "POST", "transferprocesses", wanted)
    until({"STARTED"}, lambda: managed(edc, "GET", f"transferprocesses/{begun['@id']}"))
    found: Json = managed(edc, "GET", f"edrs/{begun['@id']}/dataaddress")
    return found


def test_we_agree_with_a_provider_of_edc_and_pull_its_bytes(renkei: Server, provider: Connector, levels: str) -> None:
    agreed = agreed_with(provider, renkei, offered_by(provider, levels))
    assert agreed["state"] == "FINALIZED", agreed["timeline"]
    pulled = renkei.renkei(
        "transfer", agreed["agreement"], "--out", "levels.csv", "--url", renkei.base, "--token", TOKEN
    )
    assert pulled.returncode == 0, pulled.stderr
    assert (renkei.folder / "levels.csv").read_bytes() == DATA


def test_a_consumer_of_edc_agrees_with_us_and_pulls_our_bytes(renkei: Server, consumer: Connector) -> None:
    agreed = agreed_by(consumer, renkei, offered_by_us(renkei))
    assert agreed["state"] == "FINALIZED", agreed
    edr = access_of(consumer, renkei, agreed["contractAgreementId"])
    asked = partial(httpx.get, edr["endpoint"], headers={"authorization": edr["authorization"]}, trust_env=False)
    assert asked(params={"purpose": RESEARCH}).content == DATA
    assert asked(params={"purpose": "https://w3id.org/dpv#Marketing"}).status_code == 403


def test_the_terms_that_edc_hands_back_as_text_are_ours_again_in_the_agreement(
    renkei: Server, consumer: Connector
) -> None:
    agreed_by(consumer, renkei, "https://city.example/d")
    with renkei.client() as client:
        items = client.get("/exchange/negotiations", params={"peer": consumer.name}).json()["items"]
        agreement = client.get(items[0]["agreement"], headers={"accept": "application/json"})
    assert "{\\" not in agreement.text
