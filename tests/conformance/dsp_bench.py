"""Our whole service and a scripted peer of it; every message that leaves us is held against the original schemas."""

import contextlib
import os
import secrets
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import orjson
from sqlalchemy import delete

from api.app import create_app
from api.service import Service
from api.settings import Settings
from exchange.dsp.checking import check
from exchange.dsp.states import Party
from exchange.processes import Kind, Process
from stores.exchange_tables import OutboxRow
from tests.conformance.dsp_peer import Json, ScriptedPeer, message
from tests.conformance.originals import originals

BASE, DSP = "http://127.0.0.1:8000", "/dsp/2025-1"
US = f"{BASE}/participant"
PEER, RIVAL = "https://lab.example/participant", "https://rival.example/participant"
OPERATOR = {"authorization": "Bearer operator-token-of-the-tests"}
SHOWN = "Bearer what-the-peer-is-shown"
ANYTHING = {"templates": {"open": {}}}
OTHER_TERMS = [
    {"action": "use", "constraint": [{"leftOperand": "odrl:count", "operator": "lteq", "rightOperand": "9"}]}
]
_DESCRIPTION = """@prefix dcat: <http://www.w3.org/ns/dcat#> . @prefix dct: <http://purl.org/dc/terms/> .
<%s> a dcat:Dataset ; dct:title "川の水位"@ja, "Levels of rivers"@en ;
  dct:description "毎時の水位。"@ja, "The levels of each hour."@en ."""
_SCHEMAS = Path(os.environ.get("RENKEI_SHARED", Path(__file__).parents[3] / "shared")).resolve() / "data/dsp"


@dataclass
class Bench:
    """A service, an HTTP client of it that bears no token, and a peer on loopback."""

    service: Service
    client: httpx.AsyncClient
    peer: ScriptedPeer
    tokens: dict[str, dict[str, str]]
    answers: list[Json]

    async def offer(self, terms: Json | None = None, **given: Any) -> Json:
        """Publish a dataset with terms; the offer as a request names it."""
        dataset = f"https://city.example/d/{secrets.token_hex(4)}"
        given.setdefault("source", await self._source(dataset))
        wanted = {"catalog": "city", "description": {"content": _DESCRIPTION % dataset}, "terms": terms or ANYTHING}
        answer = await self.client.post("/offers", json={**wanted, **given}, headers=OPERATOR)
        assert answer.status_code == 201, answer.text
        made: Json = {**answer.json()["terms"], "target": dataset}
        return made

    async def _source(self, dataset: str) -> Json:
        """Where the bytes of a dataset are: in a file held here, of no other dataset."""
        headers = {**OPERATOR, "content-type": "text/csv"}
        held = (
            await self.client.put("/exchange/files", content=f"hour,level\n{dataset},2.5\n", headers=headers)
        ).json()
        its = {name: held[name] for name in ("sha256", "size_bytes")}
        return {"kind": "file", "mediaType": "text/csv", "credentials": {"receipt": held["receipt"]}, **its}

    async def post(self, path: str, body: Json | bytes, who: str | None = PEER, **headers: str) -> httpx.Response:
        """Send as a participant, as nobody with None."""
        proof = self.tokens[who] if who else {}
        content = body if isinstance(body, bytes) else orjson.dumps(body)
        named = {"content-type": "application/json", **proof, **headers}
        return await self.client.post(DSP + path, content=content, headers=named)

    async def get(self, path: str, who: str | None = PEER, **headers: str) -> httpx.Response:
        return await self.client.get(DSP + path, headers={**(self.tokens[who] if who else {}), **headers})

    def request(self, offer: Json, **changed: Any) -> Json:
        """A request that begins a negotiation."""
        said = {"consumerPid": f"urn:uuid:{uuid4()}", "offer": offer, "callbackAddress": self.peer.base}
        return message("ContractRequestMessage", **{**said, **changed})

    async def negotiation(self, **offered: Any) -> Json:
        """One that the peer began, and that waits for a person of ours unless the offer says otherwise."""
        offer = await self.offer(**{"approval": "person", **offered})
        answer = await self.post("/negotiations/request", self.request(offer))
        assert answer.status_code == 201, answer.text
        begun: Json = answer.json()
        return {"offer": offer, "providerPid": begun["providerPid"], "consumerPid": begun["consumerPid"]}

    async def agreed(self, **offered: Any) -> Json:
        """The agreement of a negotiation that the peer began and that was finalized."""
        begun = await self.negotiation(approval="rule", **offered)
        await self.concluded(begun["consumerPid"])
        return (await self._of(begun["consumerPid"], "ContractAgreementMessage"))["agreement"]  # type: ignore[no-any-return]

    async def concluded(self, consumer_pid: str) -> str:
        """Verify the agreement of a negotiation that the peer began; its IRI once that is finalized."""
        got = await self._of(consumer_pid, "ContractAgreementMessage")
        said = message("ContractAgreementVerificationMessage", **pids(got))
        path = f"/negotiations/{got['providerPid']}/agreement/verification"
        assert (await self.post(path, said)).status_code == 200
        await self._of(consumer_pid, "ContractNegotiationEventMessage")
        await self.settled(got["providerPid"])
        return str(got["agreement"]["@id"])

    async def transfer(self, agreement: str | None = None, **changed: Any) -> Json:
        """One that the peer began under an agreement, and that has started."""
        asked = self.transfer_request(agreement or (await self.agreed())["@id"], **changed)
        answer = await self.post("/transfers/request", asked)
        assert answer.status_code == 201, answer.text
        start = await self._of(asked["consumerPid"], "TransferStartMessage")
        await self.settled(answer.json()["providerPid"], Kind.TRANSFER)
        return start

    def transfer_request(self, agreement: str, **changed: Any) -> Json:
        said = {"agreementId": agreement, "format": "HttpData-PULL", "callbackAddress": self.peer.base}
        return message("TransferRequestMessage", consumerPid=f"urn:uuid:{uuid4()}", **{**said, **changed})

    async def asked(self, offer: Json | None = None) -> Process:
        """A negotiation that we began with the peer, which has taken our request."""
        wanted = offer or {
            "@id": "urn:their:offer",
            "@type": "Offer",
            "target": "urn:their:data",
            "permission": [{"action": "use"}],
        }
        begun = await self.service.exchange.negotiations.ask(PEER, self.peer.base, wanted, None)
        return await self.settled(begun.pid)

    async def consumed(self) -> str:
        """An agreement with the peer as the provider, finalized."""
        begun = await self.asked()
        ids = both(begun)
        terms = begun.document["offer"]
        agreement = {
            **terms, "@id": f"urn:their:agreement:{begun.pid}", "@type": "Agreement", "assigner": PEER, "assignee": US,
            "timestamp": "2026-11-21T09:00:00Z",
        }  # fmt: skip
        at = f"/negotiations/{begun.pid}"
        said = message("ContractAgreementMessage", **ids, agreement=agreement)
        assert (await self.post(f"{at}/agreement", said)).status_code == 200
        await self.settled(begun.pid)
        done = message("ContractNegotiationEventMessage", **ids, eventType="FINALIZED")
        assert (await self.post(f"{at}/events", done)).status_code == 200
        return str(agreement["@id"])

    async def settled(self, pid: str, kind: Kind = Kind.NEGOTIATION) -> Process:
        """A process once nothing of it is being sent."""
        await self.service.exchange.outbox.idle()
        return await self.service.exchange.processes.get(pid, kind)

    async def _of(self, consumer_pid: str, kind: str) -> Json:
        number = 1
        while (found := (await self.peer.next(kind, number)).message)["consumerPid"] != consumer_pid:
            number += 1
        return found


def pids(begun: Json) -> Json:
    """Both ids, as a message bears them."""
    return {name: begun[name] for name in ("providerPid", "consumerPid")}


def both(process: Process) -> Json:
    """Both ids of a process of ours."""
    found = {"providerPid": process.provider_pid, "consumerPid": process.consumer_pid}
    assert all(found.values()), process
    return found


def is_provider(process: Process) -> bool:
    return process.role is Party.PROVIDER


@contextlib.asynccontextmanager
async def bench(folder: Path, **settings: Any) -> AsyncIterator[Bench]:
    """A service with its peer."""
    values = {"data": folder / "data", "operator_token": "operator-token-of-the-tests", "log_level": "error"}
    given = {"base_iri": BASE, "allow_private": ("127.0.0.1",), "json_bytes": 100_000, **settings}
    app = create_app(Settings.model_validate({**values, **given}))
    answers: list[Json] = []

    async def remember(answer: httpx.Response) -> None:
        if answer.request.url.path.startswith(DSP) and answer.headers["content-type"] == "application/json":
            answers.append(orjson.loads(await answer.aread()))

    transport = httpx.ASGITransport(app)
    async with ScriptedPeer().serving() as peer, app.router.lifespan_context(app):
        hooks: Any = {"response": [remember]}
        async with httpx.AsyncClient(transport=transport, base_url=BASE, event_hooks=hooks, timeout=30) as client:
            service: Service = app.state.service
            await service.peers.put(PEER, peer.base, authorization=SHOWN)
            await client.post("/catalogs", json={"id": "city"}, headers=OPERATOR)
            tokens = {}
            for participant in (PEER, RIVAL):
                secret = (await service.tokens.issue(participant, "reader", None)).secret
                tokens[participant] = {"authorization": f"Bearer {secret}"}
            yield Bench(service, client, peer, tokens, answers)


@contextlib.asynccontextmanager
async def fresh(one: Bench) -> AsyncIterator[Bench]:
    """The same service for another test, with nothing left to say; at its end all that it said is checked."""
    await one.service.exchange.outbox.close()
    async with one.service.database.writing() as connection:
        await connection.execute(delete(OutboxRow))
    one.peer.forget()
    one.answers.clear()
    yield one
    for said in (*one.peer.messages, *one.answers):
        all_is_valid(said)


def all_is_valid(said: Json) -> None:
    """By our schemas, and by those of the specification where they are at hand."""
    check(said, None if "@type" in said else "VersionResponse")
    if _SCHEMAS.is_dir():
        originals(_SCHEMAS)(said)
