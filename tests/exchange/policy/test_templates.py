"""Templates: what a form fills in is a policy that decides so, and any spelling of it is read back into the form."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyoxigraph import Literal, NamedNode, RdfFormat, Triple, serialize

from exchange.policy.asking import Request, Value, World
from exchange.policy.checking import PolicyDocument
from exchange.policy.compiling import Compiled
from exchange.policy.decision import Verdict
from exchange.policy.errors import ValuesInvalid
from exchange.policy.model import Policy, PolicyKind
from exchange.policy.options import Options
from exchange.policy.templates import Filled, Frame, combine, fill, match, templates
from exchange.policy.vocabulary import shipped
from ontology.messages import Message
from ontology.terms import ODRL, XSD

FRAME = Frame("https://example.jp/policy/1", ("https://example.jp/data",), assigner="https://example.jp/kyoto")
SET = Frame("https://example.jp/policy/1", ("https://example.jp/data",), PolicyKind.SET)
JAPAN = "http://publications.europa.eu/resource/authority/country/JPN"
RESEARCH = "https://w3id.org/dpv#AcademicResearch"


def read(triples: Iterable[Triple], syntax: RdfFormat = RdfFormat.N_TRIPLES) -> Policy:
    data = serialize(triples, format=syntax)
    [policy] = PolicyDocument.read(data, media_type=syntax.media_type).policies(shipped())
    return policy


def back(terms: Mapping[str, Mapping[str, object]], frame: Frame = FRAME) -> Filled | None:
    return match(read(combine(terms, frame, shipped())), shipped())  # type: ignore[arg-type]


def turtle(rest: str) -> Filled | None:
    text = f"""@prefix : <https://example.jp/> . @prefix odrl: <{ODRL.NAMESPACE}> . @prefix dpv: <https://w3id.org/dpv#> .
        @prefix xsd: <{XSD.NAMESPACE}> . @prefix cc: <http://creativecommons.org/ns#> . {rest}"""
    [policy] = PolicyDocument.read(text.encode(), media_type="text/turtle").policies(shipped())
    return match(policy, shipped())


iris = st.from_regex(r"https://[a-z]{1,9}\.jp/[a-z0-9]{0,9}", fullmatch=True)
many_iris = st.lists(iris, min_size=1, max_size=4, unique=True).map(sorted).map(tuple)
zones = st.sampled_from(["", "Z", "+09:00", "-05:30"])
days = st.tuples(st.dates(), zones).map(lambda day: (day[0].isoformat() + day[1],))
spans = st.sampled_from(["P30D", "P1Y", "P6M", "PT48H", "P1Y2M3DT4H5M"]).map(lambda span: (span,))
VALUES: dict[str, st.SearchStrategy[dict[str, tuple[str, ...]]]] = {
    "purposes": st.lists(
        st.sampled_from([RESEARCH, "https://w3id.org/dpv#Marketing", "urn:renkei:cadde:value:education"]),
        min_size=1,
        unique=True,
    ).map(lambda all_: {"purposes": tuple(sorted(all_))}),
    "from": days.map(lambda day: {"start": day}),
    "until": days.map(lambda day: {"end": day}),
    "for": spans.map(lambda span: {"period": span}),
    "times": st.integers(1, 10**9).map(lambda count: {"limit": (str(count),)}),
    "organisations": many_iris.map(lambda names: {"organisations": names}),
    "non-commercial": st.just({}),
    "nda": many_iris.map(lambda names: {"circle": names}),
    "region": st.sampled_from([(JAPAN,), ("urn:renkei:vocabulary:prefecture:26",)]).map(
        lambda place: {"places": place}
    ),
    "delete-after": spans.map(lambda span: {"period": span}),
    "delete-by": days.map(lambda day: {"day": day}),
    "paid": st.decimals(0, 10**6, places=2).map(lambda amount: {"amount": (str(amount),), "currency": ("EUR",)}),
    "attribution": iris.map(lambda name: {"party": (name,)}),
    "cadde-nda": st.just({}),
    "cadde-notices": st.lists(
        st.text("あ a\"'{}%\\<>", min_size=1).filter(lambda text: text == text.strip()), min_size=1, unique=True
    ).map(lambda all_: {"value": tuple(sorted(all_))}),
    "cadde-effective-period": st.tuples(days, days).map(lambda two: {"start": two[0], "end": two[1]}),
    "cadde-licence-period": spans.map(lambda span: {"period": span}),
    "cadde-contract-type": st.just({"value": ("urn:renkei:cadde:value:license",)}),
    "cadde-price-range": st.text(st.characters(codec="utf-8", exclude_characters="\x00"), min_size=1)
    .filter(lambda text: text == text.strip() != "" and not shipped().alike(text) - {text})
    .map(lambda text: {"value": (text,)}),
}
combinations = st.fixed_dictionaries({}, optional=VALUES)


@given(combinations, st.sampled_from([RdfFormat.N_TRIPLES, RdfFormat.TURTLE, RdfFormat.RDF_XML]))
@settings(deadline=None, max_examples=150)
def test_what_was_filled_in_is_read_back_whatever_was_combined(
    terms: dict[str, dict[str, tuple[str, ...]]], syntax: RdfFormat
) -> None:
    triples = combine(terms, FRAME, shipped())
    syntax = (
        RdfFormat.N_TRIPLES
        if any(not character.isprintable() for each in triples for character in str(each.object))
        else syntax
    )
    found = match(read(triples, syntax), shipped())
    assert found == Filled(FRAME, {name: terms[name] for name in templates() if name in terms} or {"open": {}})


@pytest.mark.parametrize("name", templates())
def test_every_template_is_read_back_from_its_own_example(name: str) -> None:
    values = {parameter.name: parameter.example for parameter in templates()[name].parameters}
    found = match(read(fill(name, values, FRAME, shipped())), shipped())
    assert found is not None
    assert set(found.terms) == {name}


@pytest.mark.parametrize("name", templates())
def test_every_template_has_words_in_both_languages(name: str) -> None:
    template = templates()[name]
    words = [template.label, template.help, *(text for each in template.parameters for text in (each.label, each.help))]
    assert all(word.ja and word.en and word.ja != word.en for word in words)


def test_no_terms_at_all_make_an_open_policy() -> None:
    assert back({}) == back({"open": {}}) == Filled(FRAME, {"open": {}})


def test_the_one_party_of_an_agreement_belongs_to_its_frame() -> None:
    frame = Frame(
        "https://example.jp/agreement/1",
        ("https://example.jp/data",),
        PolicyKind.AGREEMENT,
        assigner="https://a.jp/",
        assignee="https://b.jp/",
    )
    assert back({"times": {"limit": "3"}, "non-commercial": {}}, frame) == Filled(
        frame, {"times": {"limit": ("3",)}, "non-commercial": {}}
    )


@pytest.mark.parametrize(
    ("constraint", "terms"),
    [
        (
            'odrl:dateTime ; odrl:operator odrl:lt ; odrl:rightOperand "2027-01-01"^^xsd:date',
            {"until": {"end": ("2026-12-31",)}},
        ),
        (
            'odrl:dateTime ; odrl:operator odrl:lt ; odrl:rightOperand "2027-01-01+09:00"^^xsd:date',
            {"until": {"end": ("2026-12-31+09:00",)}},
        ),
        (
            'odrl:dateTime ; odrl:operator odrl:lteq ; odrl:rightOperand "2026-12-31"',
            {"until": {"end": ("2026-12-31",)}},
        ),
        ("odrl:count ; odrl:operator odrl:lt ; odrl:rightOperand 11", {"times": {"limit": ("10",)}}),
        ("odrl:purpose ; odrl:operator odrl:isPartOf ; odrl:rightOperand dpv:ResearchAndDevelopment", {"research": {}}),
    ],
)
def test_other_spellings_of_a_limit_are_read_as_the_same(constraint: str, terms: object) -> None:
    found = turtle(
        f":p a odrl:Set ; odrl:permission [ odrl:action odrl:use ; odrl:target :a ; odrl:constraint [ odrl:leftOperand {constraint} ] ] ."
    )
    assert found is not None
    assert found.terms == terms


def test_a_compact_policy_with_joined_constraints_is_read_like_a_long_one() -> None:
    limit = "[ odrl:leftOperand odrl:count ; odrl:operator odrl:lteq ; odrl:rightOperand 3 ]"
    day = '[ odrl:leftOperand odrl:dateTime ; odrl:operator odrl:lteq ; odrl:rightOperand "2026-12-31"^^xsd:date ]'
    found = turtle(
        f""":p a odrl:Offer ; odrl:target :a ; odrl:assigner :kyoto ; odrl:permission
        [ odrl:action odrl:use ; odrl:constraint [ odrl:and ( {limit} {day} ) ] ] ."""
    )
    assert found is not None
    assert found.terms == {"until": {"end": ("2026-12-31",)}, "times": {"limit": ("3",)}}


def test_the_prohibition_of_commercial_use_as_licences_write_it_is_the_term() -> None:
    found = turtle(
        """:p a odrl:Set ; odrl:target :a ; odrl:permission [ odrl:action odrl:use ] ;
        odrl:prohibition [ odrl:action cc:CommercialUse ] ."""
    )
    assert found is not None
    assert found.terms == {"non-commercial": {}}


@pytest.mark.parametrize(
    "rest",
    [
        "odrl:permission [ odrl:action odrl:use ; odrl:target :a ] , [ odrl:action odrl:read ; odrl:target :b ]",
        "odrl:permission [ odrl:action odrl:use ; odrl:target :a ] ; odrl:prohibition [ odrl:action odrl:print ; odrl:target :a ]",
        "odrl:permission [ odrl:action odrl:use ; odrl:target :a ] ; odrl:prohibition [ odrl:action odrl:distribute ; odrl:target :b ]",
        "odrl:permission [ odrl:action odrl:use ]",
        "odrl:permission [ odrl:action odrl:use ; odrl:target [ a odrl:AssetCollection ; odrl:source :a ] ]",
        "odrl:prohibition [ odrl:action odrl:distribute ; odrl:target :a ]",
        "odrl:conflict odrl:perm ; odrl:permission [ odrl:action odrl:use ; odrl:target :a ] ; odrl:prohibition [ odrl:action odrl:distribute ; odrl:target :a ]",
        "odrl:profile :mine ; odrl:permission [ odrl:action odrl:use ; odrl:target :a ]",
        "odrl:permission [ odrl:action odrl:use ; odrl:target :a ; odrl:constraint [ odrl:leftOperand odrl:count ; odrl:operator odrl:lteq ; odrl:rightOperand 3 ; odrl:unit :page ] ]",
        "odrl:permission [ odrl:action odrl:use ; odrl:target :a ; odrl:constraint [ odrl:leftOperand odrl:count ; odrl:operator odrl:lteq ; odrl:rightOperand 3 ; odrl:status 1 ] ]",
        "odrl:permission [ odrl:action odrl:use ; odrl:target :a ; odrl:constraint [ odrl:leftOperand odrl:purpose ; odrl:operator odrl:neq ; odrl:rightOperand dpv:ResearchAndDevelopment ] ]",
        "odrl:permission [ odrl:action odrl:use ; odrl:target :a ; odrl:duty [ odrl:action odrl:delete ] ]",
        "odrl:permission [ odrl:action odrl:use ; odrl:target :a ] ; odrl:obligation [ odrl:action odrl:delete ; odrl:target :a ]",
    ],
)
def test_a_policy_that_says_more_than_templates_can_is_none_of_them(rest: str) -> None:
    assert turtle(f":p a odrl:Set ; {rest} .") is None


def wrong(name: str, values: dict[str, object]) -> dict[str, Message]:
    with pytest.raises(ValuesInvalid) as raised:
        fill(name, values, FRAME, shipped())  # type: ignore[arg-type]
    return {reason.place: reason.message for reason in raised.value.reasons}


@pytest.mark.parametrize(
    ("name", "values", "place", "en"),
    [
        (
            "until",
            {"end": "2026-02-30"},
            "until.end",
            "last day: “2026-02-30” is no date of the calendar. Write it like “2026-12-31”.",
        ),
        ("until", {}, "until.end", "last day: give one value, as “2026-12-31”."),
        ("until", {"end": ["2026-01-01", "2026-01-02"]}, "until.end", "last day: give one value, as “2026-12-31”."),
        ("times", {"limit": "0"}, "times.limit", "limit: “0” is no whole number from 1. Write it like “10”."),
        (
            "region",
            {"places": "Atlantis"},
            "region.places",
            "places: “Atlantis” is a place that no vocabulary here knows. Write it like “JP”.",
        ),
        ("organisations", {"organisations": "a b"}, "organisations.organisations", "is no identifier (IRI)"),
        ("times", {"limit": "3", "hue": "1"}, "times.hue", "There is no parameter “hue”. Use “limit”."),
        ("spell", {}, "spell", "There is no template “spell”. Choose one of"),
    ],
)
def test_a_bad_value_is_named_with_reason_and_remedy(name: str, values: dict[str, object], place: str, en: str) -> None:
    message = wrong(name, values)[place]
    assert en in message.en
    assert any("ぁ" <= character <= "ヿ" for character in message.ja)


def test_all_that_is_wrong_is_told_at_once() -> None:
    with pytest.raises(ValuesInvalid) as raised:
        combine({"until": {"end": "?"}, "times": {"limit": "-1"}}, FRAME, shipped())
    assert {reason.place for reason in raised.value.reasons} == {"until.end", "times.limit"}


@pytest.mark.parametrize(
    "text", ['"> . <urn:x> <urn:y> <urn:z> . #', "{0} %s ${x}", "'''", "\\u0000", '" ; odrl:action odrl:use']
)
def test_text_of_a_form_stays_one_literal(text: str) -> None:
    triples = fill("cadde-notices", {"value": text}, FRAME, shipped())
    assert Literal(text) in {triple.object for triple in triples}
    assert len(list(triples)) == len(list(fill("cadde-notices", {"value": "x"}, FRAME, shipped())))


def decided(
    terms: Mapping[str, Mapping[str, str]],
    purpose: str | None,
    now: str = "2026-06-01T00:00:00+00:00",
    action: str = "use",
) -> Verdict:
    compiled = Compiled(read(combine(terms, SET, shipped())), shipped(), Options())
    parameters = {} if purpose is None else {ODRL.NAMESPACE + "purpose": Value((NamedNode(purpose),), "declared")}
    request = Request(ODRL.NAMESPACE + action, "https://b.jp/", "https://example.jp/data", parameters)
    return compiled.decide(request, World(now=datetime.fromisoformat(now).astimezone(UTC))).verdict


def test_research_only_permits_research_and_nothing_else() -> None:
    assert decided({"research": {}}, RESEARCH) is Verdict.PERMIT
    assert decided({"research": {}}, "https://w3id.org/dpv#Marketing") is Verdict.DENY
    assert decided({"research": {}}, None) is not Verdict.PERMIT


def test_the_last_day_is_the_last_day_of_use() -> None:
    terms = {"until": {"end": "2026-12-31"}}
    assert decided(terms, None, "2026-12-31T23:59:59+00:00") is Verdict.PERMIT
    assert decided(terms, None, "2027-01-01T00:00:00+00:00") is Verdict.DENY


def test_a_last_day_with_a_zone_ends_at_midnight_there() -> None:
    terms = {"until": {"end": "2027-03-31+09:00"}}
    assert decided(terms, None, "2027-03-31T14:59:59+00:00") is Verdict.PERMIT
    assert decided(terms, None, "2027-03-31T15:00:00+00:00") is Verdict.DENY


def test_non_commercial_refuses_commerce_and_whoever_states_no_purpose() -> None:
    assert decided({"non-commercial": {}}, RESEARCH) is Verdict.PERMIT
    assert decided({"non-commercial": {}}, "https://w3id.org/dpv#Marketing") is not Verdict.PERMIT
    assert decided({"non-commercial": {}}, None) is not Verdict.PERMIT


def test_confidential_data_may_be_used_and_not_distributed() -> None:
    assert decided({"nda": {}}, None) is Verdict.PERMIT
    assert decided({"nda": {}}, None, action="distribute") is Verdict.DENY


def test_what_only_a_contract_can_say_permits_nothing_by_itself() -> None:
    assert decided({"cadde-notices": {"value": "要相談"}}, None) is not Verdict.PERMIT
