"""A logged decision decided again: the same answer from the line alone, or a refusal to say so."""

from dataclasses import replace

import orjson
import pytest
from pyoxigraph import Literal, NamedNode

from exchange.policy.asking import Reported
from exchange.policy.compiling import Compiled
from exchange.policy.notation import as_json
from exchange.policy.replaying import NotTheSame, replay
from exchange.policy.vocabulary import shipped

ODRL = "http://www.w3.org/ns/odrl/2/"
RICH = """
ex:p a odrl:Agreement ; odrl:conflict odrl:prohibit ;
  odrl:permission [ odrl:action odrl:read ; odrl:target ex:all ; odrl:assignee ex:team ;
    odrl:constraint ex:count , [ odrl:leftOperand odrl:purpose ; odrl:operator odrl:isAnyOf ; odrl:rightOperand ex:a , "日本" ] ;
    odrl:duty ex:duty ] ;
  odrl:prohibition [ odrl:action odrl:distribute ; odrl:target ex:all ] .
ex:count odrl:leftOperand odrl:count ; odrl:operator odrl:lteq ; odrl:rightOperand 3 .
ex:duty odrl:action odrl:inform .
"""


def situations(kit):
    full = kit.world(
        [kit.done("inform", payAmount=kit.value(5, "payment", "http://example.org/yen"))],
        {"alice": ["team"], "x": ["some"], "some": ["all"], "other": ["nothing"]},
        {("http://example.org/p", "http://example.org/count"): kit.value(2, "counter")},
    )
    asked = kit.asked(purpose=kit.value("日本"))
    yield asked, full
    yield kit.asked(purpose=kit.value(NamedNode("http://example.org/a"))), full
    yield kit.asked("distribute"), kit.world()
    yield asked, replace(full, counters={})
    yield asked, replace(full, memberships={})
    yield (
        asked,
        replace(
            full, performed=(), reports={"http://example.org/duty": Reported("http://example.org/duty", "fulfilled")}
        ),
    )
    yield asked, replace(full, now=None)
    yield (
        asked,
        replace(
            full,
            values={ODRL + "purpose": kit.value('日本 "quoted" \n', "token")},
            now_written=Literal("2026-06-15T12:00:00.000Z"),
        ),
    )


def test_a_line_of_the_log_gives_the_same_decision_again(kit):
    compiled = kit.compiled(RICH)
    verdicts = set()
    for request, world in situations(kit):
        decision = compiled.decide(request, world)
        again = replay(decision.line, compiled.decide)
        assert again.line == decision.line
        assert again.report == decision.report
        verdicts.add(decision.verdict)
    assert len(verdicts) == 4


def test_another_version_of_the_policy_is_not_mistaken_for_the_one_logged(kit):
    line = kit.compiled(RICH).decide(kit.asked(), kit.world()).line
    with pytest.raises(NotTheSame, match="hash"):
        replay(line, kit.compiled(RICH.replace("3 .", "4 .")).decide)


def test_another_vocabulary_is_not_mistaken_for_the_one_logged(kit):
    compiled = kit.compiled(RICH)
    line = compiled.decide(kit.asked(), kit.world()).line
    with pytest.raises(NotTheSame, match="vocabulary"):
        replay(line, _other(compiled).decide)


def _other(compiled):
    return Compiled(compiled.policy, replace(shipped(), hash="0" * 64))


def test_a_line_holds_one_line_and_only_what_was_read(kit):
    compiled = kit.compiled(RICH)
    [(request, world), *_] = situations(kit)
    line = compiled.decide(request, world).line
    assert b"\n" not in line
    assert b"nothing" not in line
    assert orjson.loads(line)["verdict"] == "permit"


def test_a_report_is_json_as_it_is(kit):
    [(request, world), *_] = situations(kit)
    written = as_json(kit.compiled(RICH).decide(request, world).report)
    assert orjson.loads(orjson.dumps(written)) == written
    assert written["identity"]["vocabulary"] == shipped().hash
    assert written["consumed"][0]["amount"] == 1
