"""A deal between two services that nobody else may hear of, with a word of its own in each part of it."""

import contextlib
import hashlib
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import orjson

from api.serve import free_port
from tests.campaign.harness import TOKEN, Server
from tests.journeys.pair import Pair, pair, participant, settled

NOBODY = f"http://127.0.0.1:{free_port('127.0.0.1')}"
OWNER, OTHER, THIRD = "https://owner.example/", "https://other.example/", "https://c.example/"
PURPOSE = "https://city.example/zqtermsx"
DATASET = "https://city.example/zqdatasetx"
DESCRIPTION = f"""@prefix dcat: <http://www.w3.org/ns/dcat#> . @prefix dct: <http://purl.org/dc/terms/> .
<{DATASET}> a dcat:Dataset ; dct:title "zqtitlex"@en ; dct:description "zqdescriptionx"@en ."""
TERMS = {"@type": "Offer", "permission": [{"action": "use", "constraint": [
    {"leftOperand": "purpose", "operator": "eq", "rightOperand": {"@id": PURPOSE}}]}]}  # fmt: skip


@dataclass
class Deal:
    """The two services, who may ask them, the ids that there are, and what nobody may be told.

    Attributes:
        secrets: by what they are.
        ids: at the provider's service; `theirs` at the consumer's.
        answers: what somebody was told when something went wrong.
    """

    two: Pair
    tokens: dict[str, str | None] = field(default_factory=dict)
    secrets: dict[str, str] = field(default_factory=dict)
    ids: list[str] = field(default_factory=list)
    theirs: list[str] = field(default_factory=list)
    answers: list[str] = field(default_factory=list)

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


def _elsewhere(deal: Deal) -> dict[str, Any]:
    """A source that needs credentials and does not answer."""
    credentials = {"scheme": "bearer", "token": deal.secrets["upstream"]}
    return {"kind": "http", "url": f"{NOBODY}/zqsourcex", "credentials": credentials}


def _offered(deal: Deal, owner: httpx.Client) -> None:
    """A dataset for the consumer alone, from a source that needs credentials and does not answer."""
    _made(owner, "POST", "/catalogs", {"id": "closed", "audience": [OWNER, deal.consumer]})
    deal.secrets["upstream"] = "zqupstream-secret-0123456789"
    source = _elsewhere(deal)
    offer = _made(owner, "POST", "/offers", {
        "catalog": "closed", "description": {"content": DESCRIPTION}, "terms": TERMS, "approval": "person",
        "audience": [deal.consumer], "visibleTo": [OWNER, deal.consumer], "source": source,
    })  # fmt: skip
    hook = _made(owner, "POST", "/exchange/hooks", {"address": f"{NOBODY}/zqhookx"})
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
    answer = deal.two.pull(address, purpose=PURPOSE)
    assert answer.status_code == 502
    deal.answers.append(answer.text)
    transfer = address["endpoint"].rsplit("/", 1)[1]
    deal.ids += [agreement, short, transfer]
    deal.theirs += [agreement, hashlib.sha256(agreement.encode()).hexdigest()[:32], pid]
    _fetched(deal, owner, consumer, agreement)
    _pushed(deal, consumer, agreement)
    _made(owner, "POST", f"/exchange/transfers/{transfer}/suspend", {"reason": "zqsuspendedx"})
    _made(owner, "POST", f"/agreements/{short}/end", {"reason": "zqendedx", "at": "2099-01-01T00:00:00Z"})


def _fetched(deal: Deal, owner: httpx.Client, consumer: httpx.Client, agreement: str) -> None:
    """The data, kept by the consumer's service while they lay at the provider's; and what is done with them noted."""
    content, headers = b"name\nzqcontentx\n", {"content-type": "text/csv"}
    held = owner.put("/exchange/files", params={"dataset": DATASET}, content=content, headers=headers)
    assert held.status_code == 200, held.text
    asked = {"agreement": agreement, "every": "daily", "declare": {"purpose": PURPOSE}}
    pid = _made(consumer, "POST", "/exchange/transfers", asked)["pid"]
    until(lambda: consumer.get(f"/exchange/transfers/{pid}/data").content == content)
    deal.theirs.append(pid)
    with deal.two.provider.client(token=deal.tokens["peer"]) as peer:
        deed = {"agreement": agreement, "action": "odrl:delete", "proof": {"how": "zqproofx"}}
        _made(peer, "POST", "/exchange/performed", deed)
    deal.ids += [each["pid"] for each in owner.get("/exchange/transfers").json()["items"]]
    assert owner.put("/exchange/sources", json={"dataset": DATASET, **_elsewhere(deal)}).status_code == 200


def _pushed(deal: Deal, consumer: httpx.Client, agreement: str) -> None:
    """Data that shall go where nobody takes them."""
    deal.secrets["receiver"] = "zq-word-of-the-receiver"
    said = {"@type": "EndpointProperty", "name": "authorization", "value": deal.secrets["receiver"]}
    to = {"@type": "DataAddress", "endpointType": "https://w3id.org/idsa/v4.1/HTTP", "endpoint": f"{NOBODY}/zqpushedx",
          "endpointProperties": [said]}  # fmt: skip
    asked = {"agreement": agreement, "format": "HttpData-PUSH", "dataAddress": to, "declare": {"purpose": PURPOSE}}
    pid = _made(consumer, "POST", "/exchange/transfers", asked)["pid"]
    deal.theirs.append(pid)
    until(lambda: consumer.get(f"/exchange/transfers/{pid}").json()["state"] == "STARTED")


def until(condition: Callable[[], bool], wait_s: float = 90) -> None:
    """Wait until something is so."""
    end = time.monotonic() + wait_s
    while not condition():
        assert time.monotonic() < end, "it did not come to that"
        time.sleep(0.05)


@contextlib.contextmanager
def deal(folder: Path) -> Iterator[Deal]:
    """The deal, made by real messages between real servers."""
    with pair(folder, RENKEI_LOG_LEVEL="debug") as two:
        made = Deal(two)
        provider = two.provider
        made.tokens = {"stranger": None, "operator": TOKEN,
                       "owner": made.issued(provider, OWNER, "provider"), "other": made.issued(provider, OTHER, "provider"),
                       "third": made.issued(provider, THIRD, "reader"),
                       "peer": made.issued(provider, made.consumer, "reader")}  # fmt: skip
        made.tokens |= {"other at the consumer": made.issued(two.consumer, OTHER, "provider"),
                        "provider": made.issued(two.consumer, participant(provider), "reader")}  # fmt: skip
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
