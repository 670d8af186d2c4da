"""A gate over real stores, as tests speak to it: files, agreements, transfers and what was released of them."""

import contextlib
import hashlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

from pyoxigraph import RdfFormat, parse
from sqlalchemy import insert, select, update

from catalog.reading import Reading
from catalog.visibility import Visibility
from exchange.addresses import ANY_PRIVATE
from exchange.decisions import Decisions
from exchange.grants import Bound, Grants, UnverifiedGrant
from exchange.holding import Holdings
from exchange.keys import SecretBox
from exchange.outgoing import Outgoing
from exchange.policy.vocabulary import shipped
from exchange.release import Gate, Wanted
from exchange.sourcing import Sources
from exchange.stored_policies import StoredPolicies
from exchange.terms import Terms
from exchange.upstreams import Upstream
from journal.events import since
from ontology.description import Description
from participants.principal import OPERATOR, Principal
from stores.database import Database, packed
from stores.exchange_tables import AgreementRow, ProcessRow, ReleaseRow

CITY, LAB, RIVAL = "https://city.example/", "https://lab.example/", "https://rival.example/"
DATASET, AGREEMENT = "https://city.example/census", "https://city.example/agreements/1"
TRANSFER = "urn:uuid:11111111-1111-4111-8111-111111111111"
PREFIXES = "@prefix odrl: <http://www.w3.org/ns/odrl/2/> . @prefix xsd: <http://www.w3.org/2001/XMLSchema#> .\n"
LIMIT = "odrl:constraint [ odrl:leftOperand odrl:count ; odrl:operator odrl:lteq ; odrl:rightOperand {} ] ;"
CSV = b"name,age\n" + b"".join(b"person %d,%d\n" % (n, n % 90) for n in range(5000))


def agreed(rules: str = "", *, iri: str = AGREEMENT, dataset: str = DATASET, consumer: str = LAB) -> str:
    """An agreement that permits use, with what else its permission says."""
    return (
        PREFIXES + f"<{iri}> a odrl:Agreement ; odrl:assigner <{CITY}> ; odrl:assignee <{consumer}> ; "
        f"odrl:target <{dataset}> ; odrl:permission [ {rules} odrl:action odrl:use ] ."
    )


@dataclass
class Deployment:
    """The parts a test speaks to."""

    folder: Path
    database: Database
    gate: Gate
    grants: Grants
    outgoing: Outgoing

    async def hold(
        self, content: bytes = CSV, dataset: str = DATASET, owner: str = CITY, media_type: str = "text/csv"
    ) -> None:
        """Take a file of a provider, as the data of a dataset."""
        await self._hold(content, dataset, Principal(owner, "provider", None, True), media_type)

    async def hold_as_operator(self, content: bytes = CSV) -> None:
        await self._hold(content, DATASET, OPERATOR)

    async def _hold(self, content: bytes, dataset: str, principal: Principal, media_type: str = "text/csv") -> None:
        async def chunks() -> AsyncIterator[bytes]:
            yield content

        held = await self.gate.holdings.take(chunks())
        place = {"sha256": held.sha256, "size_bytes": held.size_bytes}
        receipt = {"receipt": self.gate.sources.receipt(held, principal)}
        await self.gate.sources.set(dataset, Upstream("file", place, receipt, media_type), principal)

    async def set_source(self, upstream: Upstream, dataset: str = DATASET, owner: str = CITY) -> None:
        await self.gate.sources.set(dataset, upstream, Principal(owner, "provider", None, True))

    async def agree(
        self,
        policy: str,
        *,
        iri: str = AGREEMENT,
        transfer: str = TRANSFER,
        dataset: str = DATASET,
        consumer: str = LAB,
        **more: Any,
    ) -> str:
        """Conclude an agreement and start a transfer under it; answers the token."""
        triples = [quad.triple for quad in parse(policy.encode(), RdfFormat.TURTLE)]
        description, now = Description.of(iri, triples), datetime.now(UTC)
        row = {
            "iri": iri, "short_id": uuid4().hex, "negotiation": uuid4().hex, "role": "provider", "provider": CITY,
            "consumer": consumer, "owner": CITY, "dataset": dataset, "document": packed(b"{}"), "hash": description.hash,
            "canonical": packed(description.canonical.encode()), "signatures": {}, "state": "finalized",
            "agreed_at": now, **more,
        }  # fmt: skip
        async with self.database.writing() as connection:
            await connection.execute(insert(AgreementRow).values(**row))
        return await self.begin(transfer, iri, dataset, consumer)

    async def begin(
        self, transfer: str, agreement: str = AGREEMENT, dataset: str = DATASET, consumer: str = LAB
    ) -> str:
        """Start a transfer; answers the token."""
        now = datetime.now(UTC)
        row = {
            "pid": transfer, "kind": "transfer", "role": "provider", "peer": consumer, "peer_pid": uuid4().hex,
            "peer_address": "http://lab.example", "state": "STARTED", "waits_for": "nobody", "version": 1,
            "dataset": dataset, "agreement": agreement, "made_at": now, "changed_at": now,
        }  # fmt: skip
        async with self.database.writing() as connection:
            await connection.execute(insert(ProcessRow).values(**row))
        return (await self.grants.issue(Bound(transfer, agreement, consumer, dataset))).token

    async def change(self, table: Any, **values: Any) -> None:
        async with self.database.writing() as connection:
            await connection.execute(update(table).values(**values))

    async def wanted(self, token: str, **more: Any) -> Wanted:
        """What the bearer of a token wants."""
        granted = await self.grants.verify(UnverifiedGrant(token))
        bound = granted.bound
        party = Principal(bound.participant, "reader", None, True)
        return Wanted(
            party, bound.asset, agreement=bound.agreement, transfer=bound.transfer, grant=granted.hash, **more
        )

    async def pull(self, token: str, **more: Any) -> bytes:
        """All bytes of a release."""
        release = await self.gate.open(await self.wanted(token, **more))
        try:
            return b"".join([chunk async for chunk in release.chunks()])
        finally:
            await release.close()

    async def releases(self) -> list[Any]:
        await self.gate.settled()
        async with self.database.reading() as connection:
            found = await connection.execute(select(ReleaseRow.__table__).order_by(ReleaseRow.at))
            return list(found.all())

    async def events(self) -> list[str]:
        await self.gate.settled()
        async with self.database.reading() as connection:
            return [event.kind.value for event in await since(connection, 0, 1000)]


async def deployment(
    stack: contextlib.AsyncExitStack, folder: Path, url: str | None = None, **options: Any
) -> Deployment:
    """A gate over a folder, and over its database or that of a URL; closed with the stack."""
    database, outgoing = Database(url) if url else Database.in_folder(folder), Outgoing(ANY_PRIVATE)
    await database.open()
    reading = Reading(database, Visibility(database))
    terms = Terms(database, reading, StoredPolicies(reading, shipped), shipped)
    sources = Sources(database, SecretBox(hashlib.sha256(b"test").digest()))
    gate = Gate(database, Decisions(database), terms, sources, Holdings(folder / "files", 1 << 30), outgoing, **options)
    for close in (database.close, outgoing.close, gate.close):
        stack.push_async_callback(close)
    return Deployment(folder, database, gate, Grants(database), outgoing)
