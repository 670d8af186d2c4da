"""A deal between two services that nobody else may hear of, with a word of its own in each part of it."""

import contextlib
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import orjson

from api.serve import free_port
from tests.campaign.harness import TOKEN, Server
from tests.journeys.pair import Pair, pair, participant, settled

OWNER, OTHER = "https://owner.example/", "https://other.example/"
DATASET = "https://city.example/zqdatasetx"
DESCRIPTION = f"""@prefix dcat: <http://www.w3.org/ns/dcat#> . @prefix dct: <http://purl.org/dc/terms/> .
<{DATASET}> a dcat:Dataset ; dct:title "zqtitlex"@en ; dct:description "zqdescriptionx"@en ."""
TERMS = {"@type": "Offer", "permission": [{"action": "use", "constraint": [
    {"leftOperand": "purpose", "operator": "eq", "rightOperand": {"@id": "https://city.example/zqtermsx"}}]}]}  # fmt: skip


@dataclass
class Deal:
    """The two services, who may ask them, the ids that there are, and what nobody may be told.

    Attributes:
        secrets: by what they are.
        ids: at the provider's service; `theirs` at the consumer's.
    """

    two: Pair
    tokens: dict[str, str | None] = field(default_factory=dict)
    secrets: dict[str, str] = field(default_factory=dict)
    ids: list[str] = field(default_factory=list)
    theirs: list[str] = field(default_factory=list)

    @property
    def consumer(self) -> str:
        return participant(self.two.consumer)

    def issued(self, server: Server, whose: str, role: str) -> str:
        made = server.renkei("token", "add", "--participant", whose, "--role", role, "--json")
        secret = str(orjson.loads(made.stdout)["secret"])
        self.secrets[f"token of {whose}"] = secret
        return secret


def _made(client: httpx.Client, method: str, path: str, given: Any) -> Any:
    answer = client.request(method, path, json=given)
    assert answer.status_code in (200, 201), (path, answer.text)
    return answer.json()


def _offered(deal: Deal, owner: httpx.Client) -> None:
    """A dataset for the consumer alone, from a source that needs credentials and does not answer."""
    nobody = f"http://127.0.0.1:{free_port('127.0.0.1')}"
    _made(owner, "POST", "/catalogs", {"id": "closed", "audience": [OWNER, deal.consumer]})
    deal.secrets["upstream"] = "zqupstream-secret-0123456789"
    source = {
        "kind": "http",
        "url": f"{nobody}/zqsourcex",
        "credentials": {"scheme": "bearer", "token": deal.secrets["upstream"]},
    }
    offer = _made(owner, "POST", "/offers", {
        "catalog": "closed", "description": {"content": DESCRIPTION}, "terms": TERMS, "approval": "person",
        "audience": [deal.consumer], "visibleTo": [OWNER, deal.consumer], "source": source,
    })  # fmt: skip
    hook = _made(owner, "POST", "/exchange/hooks", {"address": f"{nobody}/zqhookx"})
    deal.secrets["hook"] = hook["secret"]
    deal.ids += [DATASET, offer["address"].rsplit("/", 1)[1], offer["offer"].rsplit("/", 1)[1], hook["id"]]


def _negotiated(deal: Deal, owner: httpx.Client, consumer: httpx.Client, act: str, given: Any = None) -> dict[str, Any]:
    """A negotiation that the owner ended or agreed to; the consumer's record of it."""
    asked = {"provider": participant(deal.two.provider), "dataset": DATASET}
    pid = _made(consumer, "POST", "/exchange/negotiations", asked)["pid"]
    deal.theirs.append(pid)
    for _ in range(400):
        if waiting := owner.get("/exchange/negotiations?waitsFor=person").json()["items"]:
            break
        time.sleep(0.05)
    deal.ids.append(waiting[0]["pid"])
    _made(owner, "POST", f"/exchange/negotiations/{waiting[0]['pid']}/{act}", given)
    return settled(consumer, "negotiations", pid)


def _transferred(deal: Deal, owner: httpx.Client, consumer: httpx.Client, agreement: str) -> None:
    """A transfer whose data cannot be fetched, interrupted with a reason; then notice is given of the agreement."""
    short = agreement.rsplit("/", 1)[1]
    pid, address = deal.two.start(agreement)
    properties = {each["name"]: each["value"] for each in address["endpointProperties"]}
    deal.secrets["grant"] = properties["authorization"].removeprefix("Bearer ")
    assert deal.two.pull(address, purpose="https://city.example/zqtermsx").status_code == 502
    transfer = address["endpoint"].rsplit("/", 1)[1]
    _made(owner, "POST", f"/exchange/transfers/{transfer}/suspend", {"reason": "zqsuspendedx"})
    _made(owner, "POST", f"/agreements/{short}/end", {"reason": "zqendedx", "at": "2099-01-01T00:00:00Z"})
    deal.ids += [agreement, short, transfer]
    deal.theirs += [agreement, pid]


@contextlib.contextmanager
def deal(folder: Path) -> Iterator[Deal]:
    """The deal, made by real messages between real servers."""
    with pair(folder, RENKEI_LOG_LEVEL="debug") as two:
        made = Deal(two)
        provider = two.provider
        made.tokens = {"stranger": None, "operator": TOKEN,
                       "owner": made.issued(provider, OWNER, "provider"), "other": made.issued(provider, OTHER, "provider"),
                       "peer": made.issued(provider, made.consumer, "reader")}  # fmt: skip
        made.secrets |= {"peer authorization": "Bearer-zq-peer-authorization", "presented": "zq-presented-by-a-peer"}
        with (
            provider.client(token=made.tokens["owner"]) as owner,
            two.consumer.client() as consumer,
            provider.client() as operator,
        ):
            known = {"participant": "https://third.example/zqthirdx", "address": "https://third.example/",
                     "authorization": made.secrets["peer authorization"], "presents": made.secrets["presented"]}  # fmt: skip
            _made(operator, "POST", "/exchange/peers", known)
            _offered(made, owner)
            _negotiated(made, owner, consumer, "terminate", {"reason": "zqrefusedx"})
            agreed = _negotiated(made, owner, consumer, "accept")
            assert agreed["state"] == "FINALIZED", agreed
            _transferred(made, owner, consumer, agreed["agreement"])
        made.ids += [made.consumer, "https://third.example/zqthirdx", *map(str, range(20, 60, 2))]
        yield made
