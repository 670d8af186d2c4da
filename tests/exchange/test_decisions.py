"""Decisions asked of the service: counted exactly, logged, and decided again from the log."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import orjson
import pytest
from pyoxigraph import RdfFormat, parse
from sqlalchemy import update

from exchange.decisions import Answer, Decisions, Question
from exchange.keys import SigningKey
from exchange.notary import SigningNotary
from exchange.policy.asking import Request, World
from exchange.policy.compiling import Compiled
from exchange.policy.documents import described
from exchange.policy.normalising import read_policy
from exchange.policy.vocabulary import shipped
from journal.events import EventKind, since
from journal.verifying import verify
from stores.database import Database
from stores.tables import DecisionRow

pytestmark = pytest.mark.anyio

ODRL = "http://www.w3.org/ns/odrl/2/"
NOW = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
TEN_TIMES = """
@prefix odrl: <http://www.w3.org/ns/odrl/2/> .
<urn:ex:p> a odrl:Set ; odrl:permission [ odrl:action odrl:read ; odrl:target <urn:ex:data> ; odrl:constraint <urn:ex:limit> ] .
<urn:ex:limit> odrl:leftOperand odrl:count ; odrl:operator odrl:lteq ; odrl:rightOperand 10 .
"""


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    database = Database.in_folder(tmp_path)
    await database.open()
    yield database
    await database.close()


def question(
    party: str = "urn:ex:alice", policy: str = TEN_TIMES, action: str = "read", target: str = "data"
) -> Question:
    (description,) = described(quad.triple for quad in parse(policy.encode(), RdfFormat.TURTLE))
    compiled = Compiled(read_policy(description), shipped())
    return Question(compiled, Request(ODRL + action, party, f"urn:ex:{target}"), World(NOW))


def permits(answers: list[Answer]) -> int:
    return sum(answer.decision.permitted for answer in answers)


async def test_of_fifty_at_once_on_a_limit_of_ten_exactly_ten_are_permitted(database: Database) -> None:
    decisions = Decisions(database)
    asked = [decisions.decide([question()], consume=True, actor=None) for _ in range(50)]
    assert permits([answer for answers in await asyncio.gather(*asked) for answer in answers]) == 10


async def test_a_batch_uses_up_what_it_permits_one_after_the_other(database: Database) -> None:
    answers = await Decisions(database).decide([question()] * 12, consume=True, actor=None)
    assert [answer.decision.permitted for answer in answers] == [True] * 10 + [False] * 2


async def test_each_party_has_a_count_of_its_own(database: Database) -> None:
    decisions = Decisions(database)
    await decisions.decide([question()] * 10, consume=True, actor=None)
    answers = await decisions.decide([question(), question("urn:ex:bob")], consume=True, actor=None)
    assert [answer.decision.permitted for answer in answers] == [False, True]


async def test_asking_without_consuming_uses_nothing_up(database: Database) -> None:
    decisions = Decisions(database)
    assert permits(await decisions.decide([question()] * 30, consume=False, actor=None)) == 30
    assert permits(await decisions.decide([question()] * 30, consume=True, actor=None)) == 10


async def test_what_failed_to_be_logged_was_not_counted(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    decisions = Decisions(database)
    with monkeypatch.context() as broken:
        broken.setattr("exchange.decisions.append", None)
        with pytest.raises(TypeError):
            await decisions.decide([question()] * 10, consume=True, actor=None)
    assert permits(await decisions.decide([question()] * 10, consume=True, actor=None)) == 10


async def test_each_decision_stands_in_the_journal_by_its_id(database: Database) -> None:
    (answer,) = await Decisions(database).decide([question()], consume=False, actor="urn:ex:officer")
    async with database.reading() as connection:
        (event,) = await since(connection, 0, 10)
    assert (event.kind, event.subject, event.actor) == (EventKind.DECIDED, answer.id, "urn:ex:officer")


async def test_a_decision_that_was_changed_in_the_log_is_found(database: Database, tmp_path: Path) -> None:
    notary = SigningNotary(SigningKey.in_folder(tmp_path))
    (answer,) = await Decisions(database).decide([question()], consume=True, actor=None)
    before = await verify(database, notary)
    async with database.writing() as connection:
        await connection.execute(update(DecisionRow).values(verdict="deny"))
    after = await verify(database, notary)
    assert (before.clean, before.rows, before.unproved) == (True, 1, 0)
    assert [finding.place for finding in after.findings] == [f"decision {answer.id}"]


async def test_the_log_gives_back_the_lines_of_one_policy_in_order(database: Database) -> None:
    decisions = Decisions(database)
    other = question(policy=TEN_TIMES.replace("urn:ex:p>", "urn:ex:q>"))
    answers = await decisions.decide([question("urn:ex:a"), other, question("urn:ex:b")], consume=False, actor=None)
    lines = [line async for line in decisions.past("urn:ex:p")]
    assert lines == [answers[0].decision.line, answers[2].decision.line]
    assert orjson.loads(lines[0])
    assert await decisions.line(answers[1].id) == answers[1].decision.line
    assert await decisions.line("unknown") is None


PERMISSION = "odrl:permission [ odrl:action odrl:{action} ; odrl:target <urn:ex:{target}> ; odrl:constraint {limit} ]"
NAMELESS = "[ odrl:leftOperand odrl:count ; odrl:operator odrl:lteq ; odrl:rightOperand 10 ]"


def permission(action: str = "read", target: str = "data", limit: str = NAMELESS) -> str:
    return PERMISSION.format(action=action, target=target, limit=limit)


def limited(*rules: str) -> str:
    return f"@prefix odrl: <{ODRL}> . <urn:ex:p> a odrl:Set ; {' ; '.join(rules)} ."


async def left(decisions: Decisions, policy: str, action: str = "read", target: str = "data") -> int:
    """How many of thirty further uses are permitted."""
    asked = [question(policy=policy, action=action, target=target)] * 30
    return permits(await decisions.decide(asked, consume=True, actor=None))


REVISIONS = {
    "another rule before": limited("odrl:permission [ odrl:action odrl:aggregate ]", permission()),
    "another limit beside": limited(permission("print"), permission(target="other"), permission()),
    "a higher limit": limited(permission()).replace(" 10 ", " 12 "),
    "another label": limited(permission(limit="_:other")) + f" _:other {NAMELESS[1:-1]} .",
    "another order": limited(permission()[:-2] + "; odrl:target <urn:ex:data> ; odrl:action odrl:read ]"),
    "a title": limited("<http://purl.org/dc/terms/title> 'Terms'", permission()),
    "one more asset": limited(permission()[:-2] + "; odrl:target <urn:ex:more> ]"),
    "one more condition": limited(
        permission(limit=f"{NAMELESS} , [ odrl:leftOperand odrl:count ; odrl:operator odrl:gt ; odrl:rightOperand 0 ]")
    ),
}


@pytest.mark.parametrize("revision", REVISIONS.values(), ids=REVISIONS)
async def test_a_revised_policy_keeps_the_count_of_a_nameless_limit(database: Database, revision: str) -> None:
    decisions = Decisions(database)
    await decisions.decide([question(policy=limited(permission()))] * 8, consume=True, actor=None)
    assert await left(decisions, revision) == (4 if " 12 " in revision else 2)


async def test_of_fifty_at_once_on_a_nameless_limit_of_ten_exactly_ten_are_permitted(database: Database) -> None:
    decisions = Decisions(database)
    asked = [decisions.decide([question(policy=limited(permission()))], consume=True, actor=None) for _ in range(50)]
    assert permits([answer for answers in await asyncio.gather(*asked) for answer in answers]) == 10


@pytest.mark.parametrize(
    ("other", "action", "target"),
    [
        (permission("print"), "print", "data"),
        (permission(target="other"), "read", "other"),
        (permission(limit=NAMELESS[:-1] + "; odrl:unit <urn:ex:pages> ]").replace(":read", ":print"), "print", "data"),
    ],
)
async def test_limits_of_different_things_have_counts_of_their_own(
    database: Database, other: str, action: str, target: str
) -> None:
    decisions = Decisions(database)
    policy = limited(permission(), other)
    assert await left(decisions, policy) == 10
    assert await left(decisions, policy, action, target) == 10


async def test_a_use_limited_twice_is_counted_once(database: Database) -> None:
    looser = NAMELESS.replace("10", "11")
    policy = limited(permission(limit=f"{NAMELESS} , {looser}"), permission(limit=looser))
    assert await left(Decisions(database), policy) == 11


async def test_a_limit_that_two_rules_share_by_its_name_is_counted_once_for_a_use(database: Database) -> None:
    named = "<urn:ex:limit>"
    policy = limited(permission(limit=named), permission("use", limit=named)) + f" {named} {NAMELESS[1:-1]} ."
    assert await left(Decisions(database), policy) == 10


async def test_one_limit_over_several_assets_and_actions_is_one_count(database: Database) -> None:
    decisions = Decisions(database)
    policy = limited(permission()[:-2] + "; odrl:target <urn:ex:other> ; odrl:action odrl:use ]")
    assert await left(decisions, policy, target="other") == 10
    assert await left(decisions, policy) == 0


async def test_a_limit_in_the_refinement_of_an_action_is_used_up(database: Database) -> None:
    action = f"[ <http://www.w3.org/1999/02/22-rdf-syntax-ns#value> odrl:read ; odrl:refinement {NAMELESS} ]"
    policy = limited(f"odrl:permission [ odrl:action {action} ; odrl:target <urn:ex:data> ]")
    assert await left(Decisions(database), policy) == 10


async def test_uses_count_for_a_prohibition_that_begins_after_some(database: Database) -> None:
    after = "[ odrl:leftOperand odrl:count ; odrl:operator odrl:gt ; odrl:rightOperand 7 ]"
    forbidden = permission("use", limit=after).replace("permission", "prohibition")
    policy = limited("odrl:conflict odrl:prohibit", "odrl:permission [ odrl:action odrl:read ]", forbidden)
    assert await left(Decisions(database), policy) == 7
