"""What the shipped vocabularies say beside ODRL itself, and that the policies of others speak in words they know."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from pyoxigraph import BlankNode, NamedNode, Quad, RdfFormat, parse

from exchange.policy.extending import violations
from exchange.policy.operands import Source, ValueKind
from exchange.policy.reference import words
from exchange.policy.vocabulary import Vocabulary, shipped
from ontology.messages import Message
from ontology.reading import read

ODRL = "http://www.w3.org/ns/odrl/2/"
DPV = "https://w3id.org/dpv#"
CATENA_X = "https://w3id.org/catenax/2025/9/policy/"
CATENA_X_BEFORE = "https://w3id.org/catenax/policy/"
RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
SUITES = ("solidlab-test-suite", "odrl-im-examples", "catena-x", "dalicc-licences", "w3c-formal-semantics",
          "dsp-2025-1-messages", "ids-oac-examples", "pyodre-policies")  # fmt: skip

# Terms that stay unknown on purpose: what they mean is their publishers' to declare, in a deployment's file.
UNKNOWN = {
    "odrl-im-examples": {"foaf:age"},
    "w3c-formal-semantics": {"ex:dayOfWeek"},
    "pyodre-policies": {"otime:time", "odem:dummyRead"},  # extensions of that engine
    "ids-oac-examples": {  # OAC is a consent vocabulary of its own; one example takes a class of DPV for an operand
        *("https://w3id.org/oac#" + name for name in ("Purpose", "Recipient", "Read", "Write", "Share")),
        "https://w3id.org/dpv#Organisation",
    },
}


@pytest.fixture
def vocabulary() -> Vocabulary:
    return shipped()


def test_the_shipped_entries_conform_to_the_shapes_of_entries(vocabulary: Vocabulary) -> None:
    assert violations(vocabulary.triples) == ()


def test_every_operand_has_both_languages_and_somebody_who_supplies_it(vocabulary: Vocabulary) -> None:
    for operand in vocabulary.operands:
        for message in (operand.label, operand.supplier):
            assert message.ja != message.en, operand.iri
            assert message.ja, operand.iri


def test_catena_x_has_29_operands_in_both_of_its_namespaces(vocabulary: Vocabulary) -> None:
    now = {operand.iri for operand in vocabulary.operands if operand.iri.startswith(CATENA_X)}
    assert len(now) == 29
    for iri in now:
        assert vocabulary.operand(iri.replace(CATENA_X, CATENA_X_BEFORE)) is vocabulary.operand(iri)


def test_what_only_a_contract_can_say_is_attested_and_a_membership_is_not(vocabulary: Vocabulary) -> None:
    liability, membership = (vocabulary.operand(CATENA_X + name) for name in ("Liability", "Membership"))
    assert liability is not None
    assert membership is not None
    assert (liability.attested, liability.sources) == (True, (Source.ATTESTED,))
    assert (membership.attested, membership.sources) == (False, (Source.CREDENTIAL,))


def test_access_to_a_catena_x_offer_is_a_use(vocabulary: Vocabulary) -> None:
    assert vocabulary.covers(ODRL + "use", CATENA_X_BEFORE + "access")


@pytest.mark.parametrize(
    "iri",
    [CATENA_X_BEFORE + "profile2405", "https://w3id.org/dspace/2025/1/odrl-profile.jsonld", ODRL + "core"],
)
def test_profiles_that_are_shipped_are_known(iri: str, vocabulary: Vocabulary) -> None:
    assert vocabulary.knows_profile(iri)


def test_a_profile_that_nobody_declared_is_unknown(vocabulary: Vocabulary) -> None:
    assert not vocabulary.knows_profile("http://example.com/odrl:profile:01")
    assert not vocabulary.knows_profile(ODRL + "use")


@pytest.mark.parametrize(
    ("particular", "general"),
    [("TargetedAdvertising", "Marketing"), ("TargetedAdvertising", "Personalisation"), ("AcademicResearch", "Purpose"),
     ("CommercialResearch", "CommercialPurpose"), ("RightsFulfillment", "RightsFulfilment")],
)  # fmt: skip
def test_a_purpose_is_a_kind_of_the_broader_ones(particular: str, general: str, vocabulary: Vocabulary) -> None:
    assert DPV + general in vocabulary.broader(DPV + particular)


def test_scientific_research_need_not_be_non_commercial(vocabulary: Vocabulary) -> None:
    assert DPV + "NonCommercialPurpose" not in vocabulary.broader(DPV + "ScientificResearch")


@pytest.mark.parametrize(
    ("place", "area"),
    [("JP-13", "JP"), ("JP-47", "日本"), ("JP", "urn:renkei:vocabulary:place:asia"), ("FR", "EU"), ("DEU", "EEA"),
     ("NO", "EEA"), ("DE", "https://sws.geonames.org/6255148/"), ("DE", "http://sws.geonames.org/6255148/"),
     ("BR", "cx.region.southAmerica:1"),
     ("urn:renkei:vocabulary:prefecture:26", "http://publications.europa.eu/resource/authority/country/JPN"),
     ("https://www.iso.org/obp/ui/#iso:code:3166:PT", "https://w3id.org/dpv/dpv-legal#Europe")],
)  # fmt: skip
def test_a_place_is_part_of_its_area_by_whatever_name(place: str, area: str, vocabulary: Vocabulary) -> None:
    assert area in vocabulary.broader(place)


@pytest.mark.parametrize(("place", "area"), [("GB", "EU"), ("JP", "EU"), ("JP", "JP-13"), ("CH", "EEA"), ("NO", "EU")])
def test_a_place_is_not_part_of_an_area_that_it_is_outside_of(place: str, area: str, vocabulary: Vocabulary) -> None:
    assert area not in vocabulary.broader(place)


def test_all_countries_and_prefectures_are_there(vocabulary: Vocabulary) -> None:
    codes = {"JP-" + str(number).zfill(2) for number in range(1, 48)}
    assert all("JPN" in vocabulary.broader(code) for code in codes)
    countries = [triple for triple in vocabulary.triples if triple.predicate.value.endswith("#notation")
                 and len(triple.object.value) == 3 and triple.object.value.isupper()]  # fmt: skip
    assert len(countries) == 249 + len({"EEA"})


def test_codes_and_iris_of_a_country_share_its_name(vocabulary: Vocabulary) -> None:
    assert "https://w3id.org/dpv/loc#JP" in vocabulary.alike("JPN")
    assert vocabulary.label("https://w3id.org/dpv/loc#JP") == vocabulary.label("JP") == Message("日本", "Japan")


def test_the_15_trading_terms_of_cadde_are_operands(vocabulary: Vocabulary) -> None:
    cadde = [operand for operand in vocabulary.operands if operand.iri.startswith("urn:renkei:cadde:")]
    assert len(cadde) == 15
    region = vocabulary.operand("urn:renkei:cadde:permissibleRegion")
    assert region is not None
    assert region.kind is ValueKind.PLACE


def test_values_of_cadde_meet_those_of_others(vocabulary: Vocabulary) -> None:
    assert DPV + "CommercialPurpose" in vocabulary.alike("商用利用")
    assert "研究利用" in vocabulary.broader(DPV + "AcademicResearch")
    assert "制限なし" in vocabulary.broader("JP-13")
    assert "グループ会社" in vocabulary.broader("自部門")


def test_the_example_of_the_reference_page_is_a_file_that_a_deployment_can_use(vocabulary: Vocabulary) -> None:
    example = words(vocabulary).split("```turtle\n")[1].split("```")[0]
    wider = vocabulary.extended(quad.triple for quad in parse(example.encode(), RdfFormat.TURTLE))
    purpose = wider.operand(ODRL + "purpose")
    assert wider.knows_profile("https://library.example.jp/terms#profile")
    assert purpose is not None
    assert purpose.sources == (Source.CREDENTIAL,)


def test_the_reference_page_names_every_operand_and_action(vocabulary: Vocabulary) -> None:
    page = words(vocabulary)
    operands = [line for line in page.splitlines() if line.startswith("| `") and line.count("|") == 8]
    actions = [line for line in page.splitlines() if line.startswith("| `") and line.count("|") == 5]
    assert (len(operands), len(actions)) == (len(vocabulary.operands), len(vocabulary.actions))


@pytest.mark.parametrize("suite", SUITES)
def test_policies_of_others_use_known_operands_and_actions(suite: str, shared: Path, vocabulary: Vocabulary) -> None:
    used = set(_used(shared / "data" / "odrl" / suite))
    operands = {term for kind, term in used if kind == "leftOperand" and vocabulary.operand(term) is None}
    actions = {term for kind, term in used if kind == "action" and vocabulary.action(term) is None}
    assert used
    assert operands | actions == UNKNOWN.get(suite, set())


@pytest.mark.parametrize(
    "name",
    ["access-policy", "example_usage_policy", "usage-policy-comprehensive-sample", "usage-policy-sample",
     "usage-policy-individual-constraints-sample"],
)  # fmt: skip
def test_a_catena_x_policy_is_read_without_fetching_its_contexts(
    name: str, shared: Path, vocabulary: Vocabulary
) -> None:
    text = (shared / "data" / "odrl" / "catena-x" / f"{name}.json").read_bytes()
    triples = list(read(text, name=f"{name}.json", base_iri="https://provider.example.com/"))
    operands = [triple.object.value for triple in triples if triple.predicate.value == ODRL + "leftOperand"]
    assert operands
    assert [iri for iri in operands if vocabulary.operand(iri) is None] == []


def _used(folder: Path) -> Iterator[tuple[str, str]]:
    for path in sorted(folder.rglob("*.ttl")):
        yield from _used_in_turtle(path)
    for path in sorted([*folder.rglob("*.json"), *folder.rglob("*.jsonld")]):
        if path.name != "labels.jsonld":
            yield from _used_in_json(json.loads(path.read_bytes()), CATENA_X if "catena" in folder.name else "")


def _used_in_turtle(path: Path) -> Iterator[tuple[str, str]]:
    try:
        quads: list[Quad] = list(parse(path.read_bytes().removeprefix(b"\xef\xbb\xbf"), RdfFormat.TURTLE))
    except SyntaxError:
        assert path.name == "NCGL-UK-2.0.ttl"  # the one that is no Turtle at its source
        return
    inner = {quad.subject: quad.object for quad in quads if quad.predicate.value in (RDF + "value", ODRL + "source")}
    for quad in quads:
        term = inner.get(quad.object, quad.object) if isinstance(quad.object, BlankNode) else quad.object
        if quad.predicate.value in (ODRL + "leftOperand", ODRL + "action") and isinstance(term, NamedNode):
            yield quad.predicate.value.removeprefix(ODRL), term.value


def _used_in_json(value: object, local: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, list):
        for each in value:
            yield from _used_in_json(each, local)
    elif isinstance(value, dict):
        for key, each in value.items():
            kind = key.removeprefix(ODRL).removeprefix("odrl:")
            for term in (each if isinstance(each, list) else [each]) if kind in ("leftOperand", "action") else []:
                yield from ((kind, name) for name in _names(term, kind, local))
            yield from _used_in_json(each, local)


def _names(term: object, kind: str, local: str) -> Iterator[str]:
    if isinstance(term, dict):
        term = term.get("rdf:value", term)
        term = term.get("@id") if isinstance(term, dict) else term
    if isinstance(term, str):
        own = local and (kind == "leftOperand" or term == "access") and ":" not in term
        name = term.replace("cx-policy:", CATENA_X_BEFORE).replace("odrl:", ODRL)
        yield name if ":" in name else (local if own else ODRL) + name
