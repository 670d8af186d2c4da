"""R05: counters, contracts and tokens of one use, asked by twenty clients over two gates, behave as if asked in a row."""

import asyncio
import contextlib
import random
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import update

from exchange.grants import Bound, UnverifiedGrant
from exchange.release_errors import GrantRefused, ReleaseRefused
from stores.exchange_tables import AgreementRow, ProcessRow
from tests.campaign.harness import FULL
from tests.campaign.linearizing import Done, History, linearizable
from tests.campaign.postgresql import is_at_hand, postgresql
from tests.exchange.release.city import DATASET, LAB, LIMIT, Deployment, agreed, deployment

pytestmark = [pytest.mark.anyio, pytest.mark.campaign]
CLIENTS, LONG_S = 20, 300 if FULL else 1
ENGINES = [
    "sqlite",
    pytest.param("postgresql", marks=pytest.mark.skipif(not is_at_hand(), reason="no PostgreSQL here")),
]
SEED = 20265
Client = Callable[[Deployment, random.Random], Awaitable[None]]


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    with postgresql() as url:
        yield url


@pytest.fixture(params=ENGINES)
async def gates(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[tuple[Deployment, Deployment]]:
    """Two gates on one database, as two processes would have them."""
    url = request.getfixturevalue("server") if request.param == "postgresql" else None
    async with contextlib.AsyncExitStack() as stack:
        one, other = [await deployment(stack, tmp_path, url) for _ in range(2)]
        await one.hold(b"a,b\n1,2\n")
        yield one, other


async def at_once(gates: tuple[Deployment, Deployment], client: Client, dice: random.Random) -> None:
    """Let twenty clients do something, half of them at each gate."""
    seeds = [random.Random(dice.random()) for _ in range(CLIENTS)]
    await asyncio.gather(*(client(gates[number % 2], each) for number, each in enumerate(seeds)))


async def rounds(play: Callable[[random.Random], Awaitable[None]]) -> int:
    """Play until the time is over; how often that was."""
    dice, end, number = random.Random(SEED), time.monotonic() + LONG_S, 0
    while time.monotonic() < end or number < 3:
        await play(dice)
        number += 1
    return number


async def permits(work: Awaitable[Any]) -> bool:
    """Whether the gate let it through."""
    try:
        await work
    except (ReleaseRefused, GrantRefused):
        return False
    return True


async def started(gate: Deployment, rules: str = "") -> tuple[str, str, str]:
    """An agreement of its own: its IRI, its transfer and the token of that."""
    iri, transfer = f"urn:x:{uuid4()}", f"urn:uuid:{uuid4()}"
    return iri, transfer, await gate.agree(agreed(rules, iri=iri), iri=iri, transfer=transfer)


# A counter


def counter(limit: int) -> Callable[[int, str, Any, bool], int | None]:
    def model(used: int, name: str, given: Any, permitted: bool) -> int | None:
        if permitted is not (used < limit):
            return None
        return used + 1 if permitted and name == "use" else used

    return model


async def test_r05_a_limit_of_uses_is_a_counter(gates: tuple[Deployment, Deployment]) -> None:
    async def play(dice: random.Random) -> None:
        limit, history = dice.randint(1, 25), History()
        _, _, token = await started(gates[0], LIMIT.format(limit))

        async def client(gate: Deployment, dice: random.Random) -> None:
            for _ in range(2):
                if dice.random() < 0.3:
                    await history.note("look", None, permits(gate.gate.look(await gate.wanted(token))))
                else:
                    await history.note("use", None, permits(gate.pull(token)))

        await at_once(gates, client, dice)
        assert linearizable(history.done, 0, counter(limit)), history.done

    print(await rounds(play), "rounds")


# A contract


def register(_: str, name: str, given: Any, answer: Any) -> str | None:
    if name == "say":
        return str(given)
    return _ if answer is (_ == "STARTED") else None


async def test_r05_a_transfer_is_a_register_that_is_read_by_every_use(gates: tuple[Deployment, Deployment]) -> None:
    async def play(dice: random.Random) -> None:
        _, transfer, token = await started(gates[0])
        history, turn = History(), asyncio.Lock()

        async def say(gate: Deployment, state: str) -> None:
            async with gate.database.writing() as connection:
                its = ProcessRow.pid == transfer
                await connection.execute(update(ProcessRow).where(its).values(state=state))

        async def client(gate: Deployment, dice: random.Random) -> None:
            for _ in range(3):
                if dice.random() < 0.2:
                    async with turn:
                        state = dice.choice(("STARTED", "SUSPENDED"))
                        await history.note("say", state, say(gate, state))
                else:
                    await history.note("use", None, permits(gate.pull(token)))

        await at_once(gates, client, dice)
        assert linearizable(history.done, "STARTED", register), history.done

    print(await rounds(play), "rounds")


async def test_r05_nothing_leaves_under_a_contract_once_its_end_was_answered(
    gates: tuple[Deployment, Deployment],
) -> None:
    async def play(dice: random.Random) -> None:
        iri, _, token = await started(gates[0])
        history, ending = History(), dice.randrange(CLIENTS)
        clients = iter(range(CLIENTS))

        async def end(gate: Deployment) -> None:
            async with gate.database.writing() as connection:
                its = AgreementRow.iri == iri
                await connection.execute(update(AgreementRow).where(its).values(ended_at=datetime.now(UTC)))

        async def client(gate: Deployment, dice: random.Random) -> None:
            ends = next(clients) == ending
            for _ in range(2):
                await history.note("use", None, permits(gate.pull(token)))
            if ends:
                await history.note("say", "ENDED", end(gate))
                await history.note("use", None, permits(gate.pull(token)))

        await at_once(gates, client, dice)
        assert linearizable(history.done, "STARTED", register), history.done

    print(await rounds(play), "rounds")


# Tokens of one use


def token(state: str, name: str, given: Any, answer: Any) -> str | None:
    """One token: good from when it is made, until it is used, changed for another or revoked."""
    if name == "make":
        return "good"
    if name == "revoke":
        return "over"
    if answer is not (state == "good"):
        return None
    return "over" if answer and name != "know" else state


def of(history: History, one: str) -> list[Done]:
    """What concerns one token; what is changed for it makes it."""
    found = [each for each in history.done if one in (each.given, each.answer) or each.name == "revoke"]
    return [
        replace(each, name="make") if each.answer == one else replace(each, answer=bool(each.answer)) for each in found
    ]


async def test_r05_t59_tokens_of_one_use_are_a_set(gates: tuple[Deployment, Deployment]) -> None:
    async def play(dice: random.Random) -> None:
        iri, transfer, _ = await started(gates[0])
        history, known = History(), list[str]()

        async def make(gate: Deployment) -> str:
            made = (await gate.grants.issue(Bound(transfer, iri, LAB, DATASET), uses=1)).token
            known.append(made)
            return made

        async def change(gate: Deployment, one: str) -> str | None:
            with contextlib.suppress(GrantRefused):
                made = (await gate.grants.renew(UnverifiedGrant(one))).token
                known.append(made)
                return made
            return None

        async def client(gate: Deployment, dice: random.Random) -> None:
            for _ in range(3):
                one = dice.choice(known[-3:] or ["rg_none"])
                match dice.choices(("make", "use", "change", "know", "revoke"), (3, 4, 3, 1, 0.2))[0]:
                    case "make":
                        await history.note("make", "", make(gate))
                    case "use":
                        await history.note("use", one, permits(used(gate, one)))
                    case "change":
                        await history.note("change", one, change(gate, one))
                    case "know":
                        await history.note("know", one, permits(gate.grants.verify(UnverifiedGrant(one))))
                    case _:
                        await history.note("revoke", "", gate.grants.revoke(transfer=transfer))

        await at_once(gates, client, dice)
        for one in known:
            assert linearizable(of(history, one), "none", token), of(history, one)

    print(await rounds(play), "rounds")


async def used(gate: Deployment, token: str) -> None:
    await gate.pull(token)


# The judge


def test_a_history_that_no_order_explains_is_found() -> None:
    sound = [Done("use", None, True, 0, 3), Done("use", None, False, 1, 2)]
    late = [Done("use", None, True, 0, 1), Done("use", None, True, 2, 3)]
    early = [Done("use", None, False, 0, 1), Done("use", None, True, 2, 3)]
    assert [linearizable(each, 0, counter(1)) for each in (sound, late, early)] == [True, False, False]
