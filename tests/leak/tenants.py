"""One service in process with something of each kind that belongs to one of its providers, and all who may ask for it."""

import itertools
import secrets
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
from pyoxigraph import RdfFormat, parse
from sqlalchemy import insert

from api.app import create_app
from api.service import Service
from api.settings import Settings
from exchange.dsp.states import Negotiation, Party, Transfer
from exchange.processes import Kind, Process, Waiting
from ontology.description import Description
from stores.database import packed
from stores.exchange_tables import AgreementRow

OWNER, OTHER, PEER = "https://owner.example/", "https://other.example/", "https://peer.example/"
BASE, OPERATOR = "http://127.0.0.1:8000", "operator-token-of-the-tests"
TURTLE = {"content-type": "text/turtle"}
CLASSES = {
    "datasets": "dcat:Dataset", "series": "dcat:DatasetSeries", "services": "dcat:DataService", "policies": "odrl:Set",
    "participants": "foaf:Organization", "resources": "skos:Concept",
}  # fmt: skip
_PREFIXES = """@prefix dcat: <http://www.w3.org/ns/dcat#> . @prefix dct: <http://purl.org/dc/terms/> .
@prefix odrl: <http://www.w3.org/ns/odrl/2/> . @prefix foaf: <http://xmlns.com/foaf/0.1/> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> . """
_NUMBERS = itertools.count(1)


def described(segment: str, iri: str | None = None) -> str:
    """Something of a kind, under a name that nothing had before unless one is given."""
    return f'{_PREFIXES}<{iri or f"https://owner.example/{next(_NUMBERS)}"}> a {CLASSES[segment]} ; dct:title "Secret"@en .'


@dataclass
class Tenants:
    """The service, the tokens by which it knows who asks, and the names of what was described, by id."""

    client: httpx.AsyncClient
    service: Service
    tokens: dict[str, str | None] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)

    async def ask(self, reader: str, method: str, path: str, **given: Any) -> httpx.Response:
        headers = {"x-request-id": "walk-0123456789", **given.pop("headers", {})}
        if token := self.tokens[reader]:
            headers["authorization"] = f"Bearer {token}"
        return await self.client.request(method, path, headers=headers, **given)

    async def made(self, reader: str, method: str, path: str, **given: Any) -> Any:
        answer = await self.ask(reader, method, path, **given)
        assert answer.status_code == 201, answer.text
        return answer.json()

    async def resource(self, segment: str) -> str:
        given = {"params": {"audience": OWNER}, "content": described(segment), "headers": TURTLE}
        made = await self.made("owner", "POST", f"/catalogs/vault/{segment}", **given)
        self.names[made["id"]] = made["iri"]
        return str(made["id"])

    async def catalog(self) -> str:
        name = f"c{next(_NUMBERS)}"
        await self.made("owner", "POST", "/catalogs", json={"id": name, "audience": [OWNER]})
        return name

    async def offer(self) -> dict[str, str]:
        """An offer to the peer of a dataset that it sees: its id and the dataset's IRI."""
        given = {"catalog": "vault", "visibleTo": [OWNER, PEER], "audience": [PEER], "terms": {"templates": {"open": {}}},
                 "description": {"content": described("datasets")}}  # fmt: skip
        found = await self.made("owner", "POST", "/offers", json=given)
        return {"id": found["offer"].rsplit("/", 1)[1], "dataset": found["dataset"]}

    async def hook(self) -> str:
        given = {"address": "https://hook.owner.example/", "kinds": ["hook-changed"]}
        return str((await self.made("owner", "POST", "/exchange/hooks", json=given))["id"])

    async def known_peer(self) -> str:
        name = f"https://known-{next(_NUMBERS)}.example/"
        await self.made("operator", "POST", "/exchange/peers", json={"participant": name, "address": name})
        return name

    async def source(self) -> str:
        """The IRI of a dataset whose bytes come from somewhere."""
        made = await self.offer()
        given = {"dataset": made["dataset"], "kind": "http", "url": "https://upstream.owner.example/secret"}
        assert (await self.ask("owner", "PUT", "/exchange/sources", json=given)).status_code == 200
        return made["dataset"]

    async def event(self) -> str:
        """The number of an event that concerns the owner alone."""
        await self.resource("datasets")
        return str(await self.service.database.head())

    async def negotiation(self) -> str:
        return await self._process(Kind.NEGOTIATION, Negotiation.REQUESTED)

    async def transfer(self) -> str:
        return await self._process(Kind.TRANSFER, Transfer.STARTED)

    async def _process(self, kind: Kind, state: Negotiation | Transfer) -> str:
        process = Process(
            kind, Party.PROVIDER, PEER, "http://127.0.0.1:9/peer", state, peer_pid=f"urn:uuid:{uuid4()}",
            waits_for=Waiting.PERSON, dataset="https://owner.example/0", offer=f"{BASE}/offers/0",
            agreement=await self.agreement() if kind is Kind.TRANSFER else None, actor=OWNER,
        )  # fmt: skip
        async with self.service.database.writing() as connection:
            return (await self.service.exchange.processes.begin(connection, process)).pid

    async def agreement(self, *, as_consumer: bool = False) -> str:
        """The IRI of an agreement between the owner, by this service, and the peer."""
        short = secrets.token_hex(16)
        role = Party.CONSUMER if as_consumer else Party.PROVIDER
        iri, us = f"{BASE}/agreements/{short}", f"{BASE}/participant"
        text = f"{_PREFIXES}<{iri}> a odrl:Agreement ; odrl:assigner <{us}> ; odrl:assignee <{PEER}> ; odrl:permission [ odrl:action odrl:use ] ."
        description = Description.of(iri, [quad.triple for quad in parse(text.encode(), RdfFormat.TURTLE)])
        row = {
            "iri": iri, "short_id": short, "negotiation": f"urn:uuid:{uuid4()}", "role": role.value,
            "provider": PEER if as_consumer else us, "consumer": us if as_consumer else PEER, "owner": OWNER, "dataset": "https://owner.example/0", "document": packed(b"{}"),
            "hash": description.hash, "canonical": packed(description.canonical.encode()), "signatures": {},
            "state": "finalized", "agreed_at": datetime.now(UTC),
        }  # fmt: skip
        async with self.service.database.writing() as connection:
            await connection.execute(insert(AgreementRow).values(**row))
        return iri


@asynccontextmanager
async def tenants(folder: Path) -> AsyncIterator[Tenants]:
    """The service, with a catalog of the owner's that nobody else sees."""
    settings: Callable[..., Settings] = Settings.model_validate
    app = create_app(
        settings({"data": folder / "data", "operator_token": OPERATOR, "log_level": "error", "base_iri": BASE})
    )
    transport = httpx.ASGITransport(app)
    async with app.router.lifespan_context(app), httpx.AsyncClient(transport=transport, base_url=BASE) as client:
        found = Tenants(client, app.state.service, {"anonymous": None, "operator": OPERATOR})
        for name, participant, role in (
            ("owner", OWNER, "provider"), ("reader of the owner", OWNER, "reader"), ("other", OTHER, "provider"),
            ("peer", PEER, "reader"),
        ):  # fmt: skip
            found.tokens[name] = (await found.service.tokens.issue(participant, role, None)).secret  # type: ignore[arg-type]
        await found.made("owner", "POST", "/catalogs", json={"id": "vault", "audience": [OWNER, PEER]})
        known = {"participant": PEER, "address": PEER}
        await found.made("operator", "POST", "/exchange/peers", json=known)
        yield found
