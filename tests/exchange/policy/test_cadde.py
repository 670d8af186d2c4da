"""The contract form of CADDE as ODRL and back; what nothing can check is attested, and said to be."""

import json
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyoxigraph import Literal, NamedNode, RdfFormat, serialize

from exchange.policy.asking import Request, Value, World, payment
from exchange.policy.cadde import read_form, write_form
from exchange.policy.cadde.fields import VALUE
from exchange.policy.checking import PolicyDocument
from exchange.policy.compiling import Compiled
from exchange.policy.errors import ValuesInvalid
from exchange.policy.explaining import explain
from exchange.policy.model import Policy, PolicyKind
from exchange.policy.templates import Frame, combine, match
from exchange.policy.templates.parameters import CURRENCY
from exchange.policy.vocabulary import shipped
from ontology.terms import ODRL

FRAME = Frame("https://example.jp/offer/1", ("https://example.jp/data",), PolicyKind.SET)
FORM: dict[str, Any] = {
    "trading_policy_contract_type": "利用許諾",
    "trading_policy_nda": "求める",
    "trading_policy_use_application": ["教育利用", "研究利用"],
    "scope_of_disclosure": "自社",
    "terms_of_use_permissible_region": ["日本"],
    "terms_of_use_notices": "再識別を試みないこと",
    "privacy_policy_contains_personal_data": "匿名加工情報",
    "data_effective_period": {
        "effectivePeriodOfDataType": "startEndDate",
        "date": {"startDate": "2026-04-01", "endDate": "2027-03-31"},
    },
    "usage_license_period": {"expirationPeriodType": "endDate", "endDate": "2026-12-31"},
    "fee": "有償",
    "sales_info_url": "https://example.jp/sales",
    "pricing_price_range": "1000円",
    "pricing_notices_of_price": "初回30日間無料",
    "warranty_express_warranty": "測定機器が公的検定をうけている",
    "warranty_legal_compliance": "日本",
}


def policy_of(form: dict[str, Any]) -> Policy:
    triples = combine(read_form(form, shipped()).terms, FRAME, shipped())
    [policy] = PolicyDocument.read(
        serialize(triples, format=RdfFormat.N_TRIPLES), media_type="application/n-triples"
    ).policies(shipped())
    return policy


def returned(form: dict[str, Any]) -> dict[str, Any]:
    found = match(policy_of(form), shipped())
    assert found is not None
    return write_form(found, shipped())


def permitted(form: dict[str, Any]) -> bool:
    request = Request(ODRL.NAMESPACE + "use", "https://b.jp/", "https://example.jp/data")
    return Compiled(policy_of(form), shipped()).decide(request, World()).permitted


def test_all_fifteen_items_go_to_odrl_and_come_back() -> None:
    assert returned(FORM) == FORM


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"trading_policy_contract_type": "license"}, {"trading_policy_contract_type": "利用許諾"}),
        ({"trading_policy_use_application": "研究、教育"}, {"trading_policy_use_application": ["教育利用", "研究利用"]}),
        ({"terms_of_use_permissible_region": "JP"}, {"terms_of_use_permissible_region": ["日本"]}),
        ({"terms_of_use_permissible_region": [{"label": "日本", "value": "日本"}]}, {"terms_of_use_permissible_region": ["日本"]}),
        ({"fee": "有償", "pricing_price_range": "￥12,000"}, {"fee": "有償", "pricing_price_range": "12000円"}),
        ({"fee": "有償", "pricing_price_range": "要見積"}, {"fee": "有償", "pricing_price_range": "要見積"}),
        ({"usage_license_period_period": "6", "usage_license_period_unit": "month"}, {"usage_license_period": {"expirationPeriodType": "period", "period": {"referenceDate": "purchasedDay", "value": 6, "unit": "month"}}}),
        ({"usage_license_period": '{　"expirationPeriodType": "endDate",\n "endDate":"2021-12-31",\n}'}, {"usage_license_period": {"expirationPeriodType": "endDate", "endDate": "2021-12-31"}}),
        ({"data_effective_period_start": "2026-04-01", "data_effective_period_end": ""}, {"data_effective_period": {"effectivePeriodOfDataType": "startEndDate", "date": {"startDate": "2026-04-01"}}}),
        ({"extras": [{"key": "trading_policy_nda", "value": "required"}]}, {"trading_policy_nda": "求める"}),
        ({"scope_of_disclosure": "個別相談"}, {"scope_of_disclosure": "個別相談"}),
        ({"trading_policy_use_application": ["研究利用", "その他"], "trading_policy_use_application_free": "防災"}, {"trading_policy_use_application": ["研究利用", "その他(防災)"]}),
    ],
)  # fmt: skip
def test_a_field_is_read_in_every_spelling_that_is_in_use(given: dict[str, Any], expected: dict[str, Any]) -> None:
    assert returned(given) == expected


@pytest.mark.parametrize("value", ["制限なし", "noLimit", "求めない", "無償", "特になし", ""])
def test_values_that_restrict_nothing_become_no_rule(value: str) -> None:
    form = dict.fromkeys(("trading_policy_use_application", "trading_policy_nda", "scope_of_disclosure", "fee"), value)
    assert read_form(form, shipped()).terms == {}
    assert permitted(form)


@pytest.mark.parametrize(
    "field",
    [
        "trading_policy_nda",
        "trading_policy_use_application",
        "scope_of_disclosure",
        "terms_of_use_permissible_region",
        "fee",
        "data_effective_period_free",
        "usage_license_period_free",
        "warranty_legal_compliance",
        "sales_info_url",
    ],
)
@given(text=st.text("担当者と相談 a{}%\"'", min_size=1).filter(lambda text: bool(text.strip())))
@settings(deadline=None, max_examples=20)
def test_free_text_never_permits_by_itself(field: str, text: str) -> None:
    assert not permitted({field: f"※{text}"})


@given(
    st.dictionaries(
        st.sampled_from([*FORM, "usage_license_period_unit", "usage_license_period_deadline"]),
        st.recursive(
            st.none() | st.integers() | st.text(max_size=20),
            lambda inner: (
                st.lists(inner, max_size=3)
                | st.dictionaries(st.sampled_from(["value", "label", "period", "date", "note"]), inner, max_size=3)
            ),
            max_leaves=5,
        ),
    )
)
@settings(deadline=None, max_examples=200)
def test_no_form_is_too_odd_to_be_answered(form: dict[str, Any]) -> None:
    told = []
    try:
        triples = combine(read_form(form, shipped()).terms, FRAME, shipped())
    except ValuesInvalid as invalid:
        told, triples = [reason.message for reason in invalid.reasons], ()
    assert triples or all(message.ja and message.en for message in told)


def test_what_only_the_contract_says_is_told_to_be_attested() -> None:
    notes = read_form(FORM, shipped()).notes
    assert "契約形態は、契約での表明だけを根拠とし、検証されません。" in {note.ja for note in notes}
    assert "Governing law: rests on what the contract attests and is not checked." in {note.en for note in notes}


def test_the_form_reads_in_plain_words() -> None:
    text = explain(policy_of(FORM), shipped()).text
    for part in (
        "「教育利用」または「研究利用」の目的に限り",
        "2026年12月31日まで",
        "契約形態（表明のみで検証されません）が「利用許諾」である",
        "事前に1,000円を支払わなければなりません",
    ):
        assert part in text.ja
    for part in (
        "only for the purpose “education” or “research”",
        "the effective period of the data is not before 1 April 2026",
        "but must first pay 1,000 yen.",
    ):
        assert part in text.en


PROVED = {
    "contractType": (NamedNode(VALUE + "license"), "attested"),
    "nda": (NamedNode(VALUE + "ndaRequired"), "attested"),
    "scopeOfDisclosure": (NamedNode(VALUE + "company"), "attested"),
    "notices": (Literal("再識別を試みないこと"), "attested"),
    "containedPersonalDataType": (NamedNode(VALUE + "anonymous"), "catalog"),
    "salesInfoURL": (NamedNode("https://example.jp/sales"), "catalog"),
    "noticesOfPrice": (Literal("初回30日間無料"), "attested"),
    "expressWarranty": (Literal("測定機器が公的検定をうけている"), "attested"),
    "governingLaw": (Literal("JP"), "attested"),
}


def permitted_when_proved(proved: dict[str, tuple[Any, str]], now: str = "2026-06-01T00:00:00+00:00") -> bool:
    at = datetime.fromisoformat(now)
    values = {f"urn:renkei:cadde:{name}": Value((term,), source) for name, (term, source) in proved.items()}
    purpose, place = NamedNode("https://w3id.org/dpv#AcademicResearch"), Literal("JP-26")
    parameters = {
        ODRL.NAMESPACE + "purpose": Value((purpose,), "declared"),
        ODRL.NAMESPACE + "spatial": Value((place,), "token"),
    }
    request = Request(ODRL.NAMESPACE + "use", "https://b.jp/", "https://example.jp/data", parameters)
    paid = payment(payer="https://b.jp/", amount="1000", unit=CURRENCY + "JPY", at=at)
    return (
        Compiled(policy_of(FORM), shipped()).decide(request, World(now=at, values=values, performed=(paid,))).permitted
    )


def test_the_form_permits_once_everything_is_paid_shown_and_attested() -> None:
    assert permitted_when_proved(PROVED)


@pytest.mark.parametrize("name", PROVED)
def test_without_any_one_of_them_it_does_not(name: str) -> None:
    assert not permitted_when_proved({key: value for key, value in PROVED.items() if key != name})


def test_outside_the_effective_period_nothing_is_permitted() -> None:
    assert not permitted_when_proved(PROVED, "2026-03-31T23:59:59+00:00")


def test_the_empty_form_of_the_catalog_tool_is_an_open_policy(shared: Path) -> None:
    form = json.loads((shared / "data/japan/platforms/cadde/template_default.json").read_text("utf-8"))
    assert read_form(form, shipped()).terms == {}


def test_a_contract_that_has_to_come_first_is_reported() -> None:
    assert read_form({"caddec_contract_required": "要求する"}, shipped()).contract_required
    assert not read_form({"caddec_contract_required": "要求しない"}, shipped()).contract_required
