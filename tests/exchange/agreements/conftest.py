"""The two sides of an agreement, each with a database and a key of its own."""

import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from exchange.agreement import Agreement
from exchange.agreements import Agreements
from exchange.dsp.states import Party
from exchange.keys import SecretBox, SigningKey
from exchange.outgoing import Outgoing
from exchange.peers import Peers
from stores.database import Database

CITY, LAB, BASE = "https://city.example/", "https://lab.example/", "https://city.example/renkei"
IRI = f"{BASE}/agreements/{'a1' * 16}"


def document(iri: str = IRI, until: str | None = None, **more: Any) -> dict[str, Any]:
    """An agreement as the protocol writes it."""
    rule: dict[str, Any] = {"action": "use"}
    if until is not None:
        right = {"@value": until, "@type": "xsd:dateTime"}
        rule["constraint"] = [{"leftOperand": "dateTime", "operator": "lt", "rightOperand": right}]
    return {
        "@id": iri, "@type": "Agreement", "target": "https://city.example/census", "assigner": CITY, "assignee": LAB,
        "timestamp": "2026-11-21T09:00:00Z", "permission": [rule], **more,
    }  # fmt: skip


@dataclass(frozen=True)
class Side:
    """One of the two."""

    database: Database
    agreements: Agreements
    peers: Peers
    key: SigningKey
    role: Party

    async def conclude(self, agreed: dict[str, Any], **more: Any) -> Agreement:
        """An agreement that is in force."""
        given = {"negotiation": f"urn:uuid:{agreed['@id'][-8:]}", "owner": "https://office.example/", **more}
        async with self.database.writing() as connection:
            await self.agreements.conclude(connection, agreed, role=self.role, **given)
            await self.agreements.finalized(connection, agreed["@id"])
        return await self.agreements.in_force(agreed["@id"])


async def _nothing(agreement: Agreement) -> None:
    """Somebody listens."""


@pytest.fixture
async def sides(tmp_path: Path) -> AsyncIterator[tuple[Side, Side]]:
    """Provider and consumer, who know each other's key."""
    async with contextlib.AsyncExitStack() as stack:

        async def side(name: str, role: Party) -> Side:
            database, key = Database.in_folder(tmp_path / name), SigningKey.in_folder(tmp_path / name)
            await database.open()
            stack.push_async_callback(database.close)
            peers = Peers(database, SecretBox(bytes(32)), Outgoing())
            agreements = Agreements(database, key, peers, BASE)
            agreements.on_end.append(_nothing)
            return Side(database, agreements, peers, key, role)

        provider, consumer = await side("city", Party.PROVIDER), await side("lab", Party.CONSUMER)
        await provider.peers.put(LAB, "https://lab.example", key=consumer.key.public_jwk)
        await consumer.peers.put(CITY, BASE, key=provider.key.public_jwk)
        yield provider, consumer


@pytest.fixture
def provider(sides: tuple[Side, Side]) -> Side:
    return sides[0]


@pytest.fixture
def consumer(sides: tuple[Side, Side]) -> Side:
    return sides[1]
