"""Decisions in the words of people: one sentence a rule, the values seen, what is missing and what would permit it."""

from pathlib import Path

import pytest
from pyoxigraph import Literal, NamedNode

from exchange.policy.account import Account, account
from exchange.policy.asking import Request, World
from exchange.policy.checking import PolicyDocument
from exchange.policy.compiling import Compiled
from exchange.policy.documents import described
from exchange.policy.normalising import read_policy
from exchange.policy.options import Options
from exchange.policy.vocabulary import shipped
from ontology.faults import Unreadable
from ontology.messages import Message

DPV = "https://w3id.org/dpv#"
JAPAN = "http://publications.europa.eu/resource/authority/country/JPN"
X = "<http://example.org/x>"
RULE = "odrl:action odrl:use ; odrl:target ex:x"
RESEARCH = (
    f"[ odrl:leftOperand odrl:purpose ; odrl:operator odrl:isA ; odrl:rightOperand <{DPV}ResearchAndDevelopment> ]"
)
IN_JAPAN = f"[ odrl:leftOperand odrl:spatial ; odrl:operator odrl:isPartOf ; odrl:rightOperand <{JAPAN}> ]"


def permission(rest):
    return f"ex:p a odrl:Set ; odrl:conflict odrl:prohibit ; odrl:permission [ {RULE} ; {rest} ] ."


def told(kit, turtle, request=None, world=None, **options) -> Account:
    return account(kit.decided(turtle, request, world, **options), shipped())


def purpose(kit, name, source="declared"):
    return kit.value(NamedNode(DPV + name), source)


def test_what_granted_is_told_with_the_value_seen_and_its_source(kit):
    given = told(kit, permission(f"odrl:constraint {RESEARCH}"), kit.asked(purpose=purpose(kit, "AcademicResearch")))
    assert given.heading == Message(ja="許可します。", en="Permitted.")
    assert given.sentences[0].text == Message(
        ja=f"{X}を利用する許可は、利用目的が「研究開発」に属する（値は「学術研究」・要求者の申告）ため、許可を与えます。",
        en=f"The permission to use {X} grants, because the purpose is a kind of “research and development”"
        " (seen: “academic research”, as the requester states).",
    )
    assert given.remedy is None


def test_what_did_not_hold_is_told_and_what_would(kit):
    given = told(kit, permission(f"odrl:constraint {RESEARCH}"), kit.asked(purpose=purpose(kit, "Marketing")))
    assert given.sentences[0].text.en == (
        f"The permission to use {X} does not grant, because it is not so that the purpose is a kind of"
        " “research and development” (seen: “marketing”, as the requester states)."
    )
    assert given.remedy == Message(
        ja="利用目的が「研究開発」に属するなら、許可になります。",
        en="For a permit it is needed that the purpose is a kind of “research and development”.",
    )


def test_a_missing_value_is_told_with_who_can_supply_it(kit):
    given = told(kit, permission(f"odrl:constraint {IN_JAPAN}"))
    assert "nobody can tell whether the region is within “Japan” (no value)" in given.sentences[0].text.en
    assert "地域が「日本」に含まれるかどうか分からない（値なし）ため" in given.sentences[0].text.ja
    assert given.missing[0].en.startswith("The region is not known. The requester, by a token or credential")
    assert given.missing[0].ja.startswith("地域の値がありません。要求者が、")


def test_a_value_of_a_source_that_does_not_count_is_told_so(kit):
    given = told(kit, permission(f"odrl:constraint {IN_JAPAN}"), kit.asked(spatial=kit.value(NamedNode(JAPAN))))
    assert "(seen: “Japan”, as the requester states, a value from there does not count)" in given.sentences[0].text.en
    assert "（値は「日本」・要求者の申告、この出所の値は使えません）" in given.sentences[0].text.ja


@pytest.mark.parametrize(
    ("asked", "ja", "en"),
    [
        (
            {"party": "bob"},
            "要求者が<http://example.org/alice>ではないため",
            "the requester is not <http://example.org/alice>",
        ),
        ({"target": "y"}, "要求された対象がこれと異なるため", "because another asset is asked for"),
        ({"action": "sell"}, "要求された行為がこれと異なるため", "because another action is asked for"),
    ],
)
def test_a_rule_about_something_else_says_what_differs(kit, asked, ja, en):
    text = told(kit, permission("odrl:assignee ex:alice"), kit.asked(**asked)).sentences[0].text
    assert (ja in text.ja, en in text.en) == (True, True), text


def test_a_prohibition_that_forbids_comes_first(kit):
    turtle = permission("odrl:assignee ex:alice").removesuffix(".") + f"; odrl:prohibition [ {RULE} ] ."
    given = told(kit, turtle)
    assert [each.kind for each in given.sentences] == ["prohibition", "permission"]
    assert given.sentences[0].text == Message(
        ja=f"{X}を利用することは禁止されています。", en=f"To use {X} is forbidden."
    )
    assert given.sentences[1].text.en == f"The permission to use {X} would grant, but a prohibition meets it."
    assert given.remedy is not None
    assert f"the prohibition to use {X} does not apply" in given.remedy.en


def test_a_duty_that_holds_back_is_told_with_its_state(kit):
    turtle = permission("odrl:duty [ odrl:action odrl:attribute ]")
    assert told(kit, turtle).duties == (
        Message(ja="利用前: 出典を明示する（未履行）", en="Before the use: attribute it (not done yet)"),
    )
    assert "出典を明示する義務が果たされていないため、許可を与えません" in told(kit, turtle).sentences[0].text.ja
    fulfilled = told(kit, turtle, None, kit.world([kit.done("attribute")]))
    assert fulfilled.duties[0].en == "Before the use: attribute it (done)"


def test_a_permit_says_what_it_uses_up(kit):
    turtle = (
        permission("odrl:constraint ex:c ").removesuffix(".")
        + ". ex:c odrl:leftOperand odrl:count ; odrl:operator odrl:lteq ; odrl:rightOperand 10 ."
    )
    counters = {("http://example.org/p", "http://example.org/c"): kit.value(Literal(3), "counter")}
    given = told(kit, turtle, None, kit.world(counters=counters))
    assert given.consumed == (
        Message(ja="この許可により、10回のうち1回を使います。", en="This permit uses up 1 of 10 times."),
    )


def test_of_alternatives_each_value_is_named(kit):
    either = f"[ odrl:or ( {RESEARCH} {IN_JAPAN} ) ]"
    values = {"purpose": purpose(kit, "Marketing"), "spatial": kit.value(NamedNode(JAPAN), "token")}
    text = told(kit, permission(f"odrl:constraint {either}"), kit.asked(**values)).sentences[0].text
    assert "（値は利用目的: 「マーケティング」・要求者の申告、地域: 「日本」・トークン）" in text.ja
    assert "(seen: the purpose “marketing” as the requester states, the region “Japan” by a token)" in text.en


@pytest.mark.parametrize(
    "turtle",
    ["ex:p a odrl:Offer ; odrl:permission [ odrl:action odrl:use ] .", "ex:p a odrl:Set ; odrl:profile ex:q ."],
)
def test_a_policy_that_is_not_evaluated_says_why(kit, turtle):
    given = told(kit, turtle)
    assert given.heading.en.startswith("Denied. ")
    assert len(given.heading.ja) > len("許可しません。")


def test_every_policy_of_the_suites_can_be_accounted_for(shared: Path):
    request, count = Request("http://www.w3.org/ns/odrl/2/use", "https://b.jp/", "https://example.jp/data"), 0
    for path in sorted((shared / "data/odrl").rglob("*.ttl")):
        if "vocabularies" in path.parts:
            continue
        try:
            triples = PolicyDocument.read(path.read_bytes(), name=path.name).triples
        except Unreadable:
            continue
        found = [read_policy(each, knows_profile=lambda profile: True) for each in described(triples)]
        for policy in found:
            given = account(Compiled(policy, shipped(), Options(what_if=True)).decide(request, World()), shipped())
            count += bool(given.text.ja and given.text.en)
    assert count > 300
