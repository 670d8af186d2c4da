"""Policies in the words of people: every sentence is read in both languages."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyoxigraph import Literal

from exchange.policy.checking import PolicyDocument
from exchange.policy.documents import described
from exchange.policy.explaining import Explanation, explain
from exchange.policy.normalising import read_policy
from exchange.policy.vocabulary import shipped
from exchange.policy.wording.figures import figure
from exchange.policy.wording.phrasing import clean, quoted, say
from ontology.messages import Message
from ontology.terms import XSD

HEAD = """
    @prefix : <https://example.jp/> .
    @prefix odrl: <http://www.w3.org/ns/odrl/2/> .
    @prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
    @prefix dpv: <https://w3id.org/dpv#> .
    @prefix country: <http://publications.europa.eu/resource/authority/country/> .
"""


def explained(turtle: str, titles: dict[str, Message] | None = None) -> Explanation:
    [policy] = PolicyDocument.read((HEAD + turtle).encode(), media_type="text/turtle").policies(shipped())
    return explain(policy, shipped(), titles)


def sentence(turtle: str) -> Message:
    [only] = explained(turtle).sentences
    return only.text


def permission(rest: str) -> Message:
    return sentence(f":p a odrl:Set ; odrl:permission [ odrl:action odrl:use ; odrl:target :data ; {rest} ] .")


def test_the_limits_of_a_permission_are_read_as_people_say_them() -> None:
    text = permission(
        """odrl:assigner :kyoto ; odrl:assignee :lab ; odrl:constraint
        [ odrl:leftOperand odrl:dateTime ; odrl:operator odrl:lteq ; odrl:rightOperand "2026-12-31"^^xsd:date ]"""
    )
    assert text.ja == (
        "<https://example.jp/kyoto>の許諾により、<https://example.jp/lab>は、"
        "2026年12月31日まで、<https://example.jp/data>を利用できます。"
    )
    assert text.en == (
        "By permission of <https://example.jp/kyoto>, <https://example.jp/lab> may use <https://example.jp/data>"
        " until 31 December 2026."
    )


@pytest.mark.parametrize(
    ("constraint", "ja", "en"),
    [
        ("odrl:count ; odrl:operator odrl:lteq ; odrl:rightOperand 10", "10回まで、", "at most 10 times"),
        ("odrl:count ; odrl:operator odrl:lteq ; odrl:rightOperand 1", "1回だけ、", "at most once"),
        (
            "odrl:purpose ; odrl:operator odrl:isA ; odrl:rightOperand dpv:ResearchAndDevelopment",
            "「研究開発」の目的に限り、",
            "only for the purpose “research and development”",
        ),
        (
            "odrl:spatial ; odrl:operator odrl:isPartOf ; odrl:rightOperand country:JPN",
            "「日本」の域内に限り、",
            "only in “Japan”",
        ),
        (
            'odrl:elapsedTime ; odrl:operator odrl:lteq ; odrl:rightOperand "P30D"^^xsd:duration',
            "最初の利用から30日以内に、",
            "within 30 days of the first use",
        ),
        (
            'odrl:dateTime ; odrl:operator odrl:gt ; odrl:rightOperand "2026-04-01T09:00:00+09:00"^^xsd:dateTime',
            "2026年4月1日9時00分（UTC+09:00）より後に、",
            "after 1 April 2026, 09:00 (UTC+09:00)",
        ),
        (
            "odrl:purpose ; odrl:operator odrl:isNoneOf ; odrl:rightOperand dpv:CommercialPurpose , dpv:Marketing",
            "を除く目的に限り、",
            "for any purpose but “",
        ),
    ],
)
def test_each_usual_limit_has_its_own_words(constraint: str, ja: str, en: str) -> None:
    text = permission(f"odrl:constraint [ odrl:leftOperand {constraint} ]")
    assert (ja in text.ja, en in text.en) == (True, True), text


def test_a_price_to_be_paid_first_is_part_of_the_sentence() -> None:
    text = permission(
        """odrl:duty [ odrl:action [ rdf:value odrl:compensate ; odrl:refinement
        [ odrl:leftOperand odrl:payAmount ; odrl:operator odrl:eq ; odrl:rightOperand 1500.50 ;
          odrl:unit <http://publications.europa.eu/resource/authority/currency/JPY> ] ] ; odrl:compensatedParty :kyoto ]
        """.replace("rdf:value", "<http://www.w3.org/1999/02/22-rdf-syntax-ns#value>")
    )
    assert "事前に<https://example.jp/kyoto>に1,500.50円を支払わなければなりません" in text.ja
    assert text.en.endswith(", but must first pay 1,500.50 yen to <https://example.jp/kyoto>.")


def test_alternatives_within_alternatives_keep_their_order_of_reading() -> None:
    leaf = "[ odrl:leftOperand odrl:count ; odrl:operator odrl:eq ; odrl:rightOperand {} ]"
    inner = f"[ odrl:xone ( {leaf.format(1)} {leaf.format(2)} ) ]"
    text = permission(f"odrl:constraint [ odrl:or ( {leaf.format(9)} {inner} ) ]")
    assert (
        "回数が9である、または、（次のうち1つだけが成り立つ（[1] 回数が1である、[2] 回数が2である））場合に限り"
        in text.ja
    )
    assert text.en.endswith(
        "provided that the number of times is 9 or"
        " (exactly one of [1] the number of times is 1 and [2] the number of times is 2 holds)."
    )


def test_a_prohibition_says_what_sets_it_right() -> None:
    text = sentence(
        """:p a odrl:Set ; odrl:prohibition [ odrl:action odrl:index ; odrl:target :data ;
        odrl:remedy [ odrl:action odrl:anonymize ; odrl:target :data ] ] ."""
    )
    assert text.ja == (
        "すべての者は、<https://example.jp/data>を索引に登録してはなりません"
        "（違反した場合は、<https://example.jp/data>を匿名化しなければなりません）。"
    )
    assert text.en == (
        "No one may index <https://example.jp/data> (whoever infringes this must anonymize <https://example.jp/data>)."
    )


def test_an_obligation_says_by_when_and_what_follows_if_it_is_not_done() -> None:
    text = sentence(
        """:p a odrl:Agreement ; odrl:assigner :kyoto ; odrl:assignee :lab ; odrl:obligation [
        odrl:action odrl:delete ; odrl:target :data ; odrl:consequence [ odrl:action odrl:inform ; odrl:informedParty :kyoto ] ;
        odrl:constraint [ odrl:leftOperand odrl:dateTime ; odrl:operator odrl:lteq ; odrl:rightOperand "2027-03-31"^^xsd:date ] ] ."""
    )
    assert "2027年3月31日までに、<https://example.jp/data>を削除しなければなりません（これを怠った場合は、" in text.ja
    assert " must delete <https://example.jp/data> by 31 March 2027 (failing that, must also inform <https" in text.en


def test_unknown_terms_keep_their_names_and_are_marked() -> None:
    text = sentence(
        """:p a odrl:Set ; odrl:permission [ odrl:action :dance ; odrl:target :data ; odrl:constraint
        [ odrl:leftOperand :mood ; odrl:operator :feelsLike ; odrl:rightOperand "sunny" ] ] ."""
    )
    assert "「dance」（語彙にない行為）" in text.ja
    assert "「mood」（未知の用語）と「sunny」の間に「feelsLike」（未知の演算子）の関係がある場合に限り" in text.ja
    assert "do “dance” (unknown action) with" in text.en
    assert "“mood” (unknown term) stands in the relation “feelsLike” (unknown operator) to “sunny”" in text.en


@pytest.mark.parametrize(
    ("written", "ja", "en"),
    [
        ('"2026-01-01"', "2026年1月1日より前に", "before 1 January 2026"),
        ('"soon"', "「soon」（日時として書かれていません）より前に", "before “soon” (not written as a date)"),
        ('"9"^^xsd:integer', "9（日時として書かれていません）より前に", "before 9 (not written as a date)"),
    ],
)
def test_a_time_is_shown_as_it_is_compared(written: str, ja: str, en: str) -> None:
    text = permission(
        f"odrl:constraint [ odrl:leftOperand odrl:dateTime ; odrl:operator odrl:lt ; odrl:rightOperand {written} ]"
    )
    assert (ja in text.ja, en in text.en) == (True, True), text


def test_a_purpose_that_no_vocabulary_has_is_marked() -> None:
    text = permission(
        "odrl:constraint [ odrl:leftOperand odrl:purpose ; odrl:operator odrl:isA ; odrl:rightOperand :fun ]"
    )
    assert "<https://example.jp/fun>（未知の用語）の目的に限り" in text.ja
    assert "only for the purpose <https://example.jp/fun> (unknown term)" in text.en


def test_who_may_read_titles_reads_titles_in_quotes() -> None:
    titles = {"https://example.jp/data": Message(ja="国勢調査", en="Census")}
    told = explained(":p a odrl:Set ; odrl:permission [ odrl:action odrl:read ; odrl:target :data ] .", titles)
    assert told.sentences[0].text == Message(
        ja="すべての者は、「国勢調査」を閲覧できます。", en="Everyone may read “Census”."
    )


def test_one_rule_of_several_targets_is_one_sentence() -> None:
    told = explained(":p a odrl:Set ; odrl:permission [ odrl:action odrl:read ; odrl:target :a , :b ] .")
    assert len(told.sentences) == 1
    assert all(f"<https://example.jp/{name}>" in told.sentences[0].text.en for name in "ab")


def test_of_thousands_of_targets_the_first_are_named_and_the_rest_counted() -> None:
    targets = " , ".join(f":a{number}" for number in range(2_000))
    text = (
        explained(f":p a odrl:Set ; odrl:permission [ odrl:action odrl:read ; odrl:target {targets} ] .")
        .sentences[0]
        .text
    )
    assert text.en.endswith(" and 1,901 more.")
    assert "およびほか1,901件を閲覧できます。" in text.ja


def test_a_hundred_alternatives_within_each_other_are_read_to_the_end() -> None:
    leaf = "[ odrl:leftOperand odrl:count ; odrl:operator odrl:eq ; odrl:rightOperand 7 ]"
    nested = leaf
    for _ in range(99):
        nested = f"[ odrl:or ( {leaf} {nested} ) ]"
    assert permission(f"odrl:constraint {nested}").en.count("is 7") == 100


def test_what_cannot_be_evaluated_is_said_to_permit_nothing() -> None:
    told = explained(
        ":p a odrl:Set ; odrl:profile :unheard ; odrl:permission [ odrl:action odrl:read ; odrl:target :a ] ."
    )
    assert "This policy cannot be evaluated, so it permits nothing." in told.text.en.splitlines()
    assert "このポリシーは評価できないため、何も許可しません。" in told.text.ja.splitlines()


HOSTILE = "研究」{0}%s “x” {text!r} ${y} \u202e\u2066\x00\x1b[31m\n\u200b"


def test_hostile_text_stays_a_quotation() -> None:
    shown = quoted(HOSTILE)
    assert shown.ja.count("」") == shown.ja.count("「") == 1
    assert shown.en.count("”") == shown.en.count("“") == 1
    assert all(character not in shown.ja + shown.en for character in "\u202e\u2066\x00\x1b\n\u200b")
    assert say("{a}", "{a}", a=shown) == shown


@given(st.text(max_size=300))
def test_any_text_is_shown_on_one_line_without_hidden_characters(text: str) -> None:
    shown = clean(text)
    assert shown.isprintable()
    assert len(shown) <= 120


@given(
    st.text(max_size=40), st.sampled_from(["date", "dateTime", "duration", "decimal", "gYear", "gYearMonth", "boolean"])
)
def test_no_literal_is_too_odd_to_be_shown(text: str, kind: str) -> None:
    shown = figure(Literal(text.replace("\x00", ""), datatype=type(XSD.date)(XSD.NAMESPACE + kind)))
    assert shown.ja
    assert shown.en


@given(st.dates())
def test_every_date_reads_back_from_its_japanese_form(day: object) -> None:
    shown = figure(Literal(str(day), datatype=XSD.date))
    year, rest = shown.ja.split("年")
    month, last = rest.split("月")
    assert f"{int(year):04}-{int(month):02}-{int(last.rstrip('日')):02}" == str(day)


def told(path: Path) -> str:
    [given] = described(PolicyDocument.read(path.read_bytes(), name=path.name).triples)
    policy = read_policy(given, knows_profile=lambda profile: True)
    text = explain(policy, shipped()).text
    return f"{text.ja}\n{text.en}"


GOLDEN = {
    "odrl-im-examples/im1_example13.json": [
        "<http://example.com/org:616>の許諾により、このオファーを受諾した者は、2018年1月1日より前に、<http://example.com/document:1234>を配布できます。",
        "By permission of <http://example.com/org:616>, whoever accepts this offer may distribute <http://example.com/document:1234> before 1 January 2018.",
    ],
    "odrl-im-examples/im1_example21.json": [
        "<http://example.com/document:XZY>を削除しなければなりません（これを怠った場合は、さらに<http://wwf.org>に10.00ユーロを支払わなければなりません）。",
        "must delete <http://example.com/document:XZY> (failing that, must also pay 10.00 EUR to <http://wwf.org>).",
    ],
    "odrl-im-examples/im1_example19.json": [
        "<http://example.com/MyPix:55>の許諾により、<http://example.com/assignee:55>は、<http://example.com/photoAlbum:55>を表示できます。",
        "By order of <http://example.com/MyPix:55>, <http://example.com/assignee:55> must not archive <http://example.com/photoAlbum:55>.",
        "許可と禁止が重なる場合は、許可を優先します。",
    ],
    "odrl-im-examples/im1_example23.json": [
        "<http://example.com/org:99>の許諾により、<http://example.com/person:88>は、<http://example.com/data:77>を配布できますが、"
        "事前に<http://australia.gov.au/>を帰属先として出典を明示しなければなりません"
        "（これを怠った場合は、さらに<http://example.com/dept:100>による追跡を承諾しなければなりません）。",
        "By permission of <http://example.com/org:99>, <http://example.com/person:88> may distribute <http://example.com/data:77>,"
        " but must first attribute it to <http://australia.gov.au/>"
        " (failing that, must also accept tracking by <http://example.com/dept:100>).",
    ],
    "odrl-im-examples/im1_example24.json": [
        "<http://example.com/person:88>の定めにより、<http://example.com/org:99>は、<http://example.com/data:77>を索引に登録してはなりません"
        "（違反した場合は、<http://example.com/data:77>を匿名化しなければなりません）。",
    ],
    "odrl-im-examples/im1_example17.json": [
        "each member of <http://example.com/user44/friends> (those of whom “age” (unknown term) is more than “17”) may display",
    ],
    "catena-x/example_usage_policy_expanded.json": [
        "すべての者は、利用目的が「cx.core.industrycore:1」である、かつ、枠組み合意が「DataExchangeGovernance:1.0」である、かつ、"
        "参照する契約（表明のみで検証されません）が「x12345」である場合に限り、あらゆる資産を利用できます。",
        "; and the contract referred to (attested, not checked) is “x12345”.",
    ],
    "catena-x/usage-policy-sample.json": [
        "利用目的が「cx.core.digitalTwinRegistry:1」または「cx.pcf.base:1」である、かつ、",
        "すべての者は、利用の制限（表明のみで検証されません）が「cx.manipulation.forbidden:1」および「cx.thirdParty.forbidden:1」のすべてである場合は、"
        "あらゆる資産を利用してはなりません。",
        "Everyone may use any asset, provided that the framework agreement is “DataExchangeGovernance:1.0”;"
        " the purpose of use is “cx.core.digitalTwinRegistry:1” or “cx.pcf.base:1”;"
        " and the end of use (definition) (attested, not checked) is “cx.dataUsageEnd.unlimited”.",
        "Everyone must use the asset if the end of provision (date) (attested, not checked) is 4 October 2023, 12:30 (UTC).",
    ],
    "dalicc-licences/AttributionNoncommercial30Italy.ttl": [
        "すべての者は、名前のない集合に含まれる資産を商用に利用してはなりません。",
        "No one may use each asset of an unnamed collection commercially.",
        "but must first keep the copyright and licence notices of it and give credit to the authors of it.",
    ],
}


@pytest.mark.parametrize("name", GOLDEN)
def test_a_published_policy_reads_as_expected(shared: Path, name: str) -> None:
    text = told(shared / "data/odrl" / name)
    missing = [line for line in GOLDEN[name] if line not in text]
    assert not missing, text


def test_every_licence_of_dalicc_is_told_without_an_unknown_action(shared: Path) -> None:
    for path in sorted((shared / "data/odrl/dalicc-licences").glob("*.ttl")):
        text = told(path)
        assert "(unknown action)" not in text, path.name
