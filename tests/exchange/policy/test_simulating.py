"""A draft over logged decisions: who gains, who loses, for whom nothing changes."""

import orjson
import pytest
from pyoxigraph import NamedNode

from exchange.policy.decision import Verdict
from exchange.policy.simulating import Change, Simulation, simulate
from ontology.messages import Message

DPV = "https://w3id.org/dpv#"
OPEN = "ex:p a odrl:Set ; odrl:permission [ odrl:action odrl:use ; odrl:target ex:x ] ."
RESEARCH = OPEN.replace(
    " ] .",
    f" ; odrl:constraint [ odrl:leftOperand odrl:purpose ; odrl:operator odrl:isA ; odrl:rightOperand <{DPV}ResearchAndDevelopment> ] ] .",
)
ONLY_BOB = OPEN.replace(" ] .", " ; odrl:assignee ex:bob ] .")
TWICE = OPEN.replace(
    " ] .", " ; odrl:constraint [ odrl:leftOperand odrl:count ; odrl:operator odrl:lteq ; odrl:rightOperand 2 ] ] ."
)


@pytest.fixture
def logged(kit):
    """Lines that a policy wrote about requests by their party and purpose."""

    def lines(turtle, *requests):
        given = [
            kit.asked(party=party, **({"purpose": kit.value(NamedNode(DPV + purpose))} if purpose else {}))
            for party, purpose in requests
        ]
        return [kit.decided(turtle, each).line for each in given]

    return lines


def changes(simulation: Simulation) -> dict[str | None, dict[str, int]]:
    return {
        each.party and each.party.rsplit("/", 1)[1]: {change.value: count for change, count in each.counts.items()}
        for each in simulation.effects
    }


def test_a_stricter_draft_shows_who_loses_who_is_open_and_who_stays(kit, logged):
    past = logged(
        OPEN, ("alice", "Marketing"), ("alice", "AcademicResearch"), ("bob", "AcademicResearch"), ("carol", None)
    )
    simulation = simulate(kit.compiled(RESEARCH), past)
    assert changes(simulation) == {"alice": {"loses": 1, "unchanged": 1}, "carol": {"open": 1}, "bob": {"unchanged": 1}}
    assert simulation.counts == {Change.LOSES: 1, Change.OPEN: 1, Change.UNCHANGED: 2}


def test_a_wider_draft_shows_who_gains(kit, logged):
    past = logged(ONLY_BOB, ("alice", None), ("alice", None), ("bob", None))
    assert changes(simulate(kit.compiled(OPEN), past)) == {"alice": {"gains": 2}, "bob": {"unchanged": 1}}


def test_each_change_has_an_example_with_its_reason(kit, logged):
    past = logged(OPEN, ("bob", "AcademicResearch"), ("alice", "Marketing"), ("alice", "Marketing"))
    example = simulate(kit.compiled(RESEARCH), past).effects[0].examples[Change.LOSES]
    assert (example.number, example.before, example.after) == (2, Verdict.PERMIT, Verdict.DENY)
    assert (
        "利用目的が「研究開発」に属するという条件が満たされない（値は「マーケティング」・要求者の申告）"
        in example.reason.ja
    )
    assert "(seen: “marketing”, as the requester states)" in example.reason.en


def test_the_summary_reads_in_both_languages(kit, logged):
    past = logged(OPEN, ("alice", "Marketing"), ("bob", "AcademicResearch"))
    simulation = simulate(
        kit.compiled(RESEARCH), past, {"http://example.org/alice": Message(ja="アリス社", en="Alice Ltd")}
    )
    assert simulation.heading == Message(
        ja="過去の判断2件: 1件が許可されなくなる、1件は変わらない。",
        en="2 past decisions: 1 no longer permitted, 1 unchanged.",
    )
    assert simulation.effects[0].text.ja.startswith("「アリス社」: 1件が許可されなくなる。例（1件目）: ")
    assert simulation.effects[0].text.en.startswith("“Alice Ltd”: 1 no longer permitted. For example (1): ")


def test_a_limit_of_the_draft_is_counted_over_the_past_for_each_party(kit, logged):
    past = logged(OPEN, *[("alice", None)] * 4, *[("bob", None)] * 2)
    assert changes(simulate(kit.compiled(TWICE), past)) == {
        "alice": {"loses": 2, "unchanged": 2},
        "bob": {"unchanged": 2},
    }


def test_the_policy_itself_as_draft_changes_nothing(kit, logged):
    past = logged(RESEARCH, ("alice", "Marketing"), ("bob", "AcademicResearch"), ("carol", None))
    assert simulate(kit.compiled(RESEARCH), past).counts == {Change.UNCHANGED: 3}


def test_the_time_is_the_time_of_then(kit, logged):
    until = OPEN.replace(
        " ] .",
        ' ; odrl:constraint [ odrl:leftOperand odrl:dateTime ; odrl:operator odrl:lteq ; odrl:rightOperand "2026-06-15"^^xsd:date ] ] .',
    )
    assert simulate(kit.compiled(until), logged(OPEN, ("alice", None))).counts == {Change.UNCHANGED: 1}


def test_a_void_draft_takes_everything_away(kit, logged):
    void = OPEN.replace("odrl:Set ;", "odrl:Set ; odrl:profile ex:unheard ;")
    assert simulate(kit.compiled(void), logged(OPEN, ("alice", None))).counts == {Change.LOSES: 1}


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"{}",
        b"[1]",
        b'{"verdict":"maybe"}',
        b'{"verdict":"permit","request":{},"world":{}}',
        b'{"verdict":"permit","request":{"action":"x"},"world":{"now":"2026"}}',
        b"\xff",
    ],
)
def test_a_line_that_is_no_decision_is_named_and_not_counted(kit, logged, line):
    [good] = logged(OPEN, ("alice", None))
    simulation = simulate(kit.compiled(OPEN), [line, good])
    assert [each.number for each in simulation.unreadable] == [1]
    assert simulation.unreadable[0].reason.ja
    assert simulation.counts == {Change.UNCHANGED: 1}


def test_nothing_past_is_said_to_be_nothing(kit):
    assert simulate(kit.compiled(OPEN), []).heading.en == "0 past decisions: nothing was decided."


def test_lines_are_taken_one_by_one_and_not_kept(kit, logged):
    [line] = logged(OPEN, ("alice", None))
    given = orjson.loads(line)
    past = (
        orjson.dumps(given | {"request": given["request"] | {"party": f"https://p.jp/{number % 7}"}})
        for number in range(700)
    )
    simulation = simulate(kit.compiled(OPEN), past)
    assert [sum(each.counts.values()) for each in simulation.effects] == [100] * 7
