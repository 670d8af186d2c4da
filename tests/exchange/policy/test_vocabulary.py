"""What the shipped vocabulary knows of ODRL, and how a deployment adds to it."""

import pytest
from pyoxigraph import RdfFormat, Triple, parse

from exchange.policy.errors import VocabularyInvalid
from exchange.policy.vocabulary import Source, Trust, ValueKind, Vocabulary, shipped
from ontology.messages import Message

ODRL = "http://www.w3.org/ns/odrl/2/"
CC = "http://creativecommons.org/ns#"
PREFIXES = f"""
@prefix odrl: <{ODRL}> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix rk: <urn:renkei:ns#> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
@prefix ex: <https://example.jp/terms#> .
"""


def turtle(text: str) -> list[Triple]:
    return [quad.triple for quad in parse((PREFIXES + text).encode(), RdfFormat.TURTLE)]


@pytest.fixture
def vocabulary() -> Vocabulary:
    return shipped()


def test_all_left_operands_and_actions_of_odrl_are_known(vocabulary: Vocabulary, shared: object) -> None:
    text = f"{shared}/data/odrl/vocabularies/ODRL22.ttl"
    types = [
        (quad.subject.value, quad.object.value) for quad in parse(path=text) if quad.predicate.value.endswith("#type")
    ]
    operands = {term for term, kind in types if kind == ODRL + "LeftOperand"}
    actions = {term for term, kind in types if kind == ODRL + "Action"}
    assert (len(operands), len(actions)) == (34, 72)
    assert [term for term in operands if vocabulary.operand(term) is None] == []
    assert [term for term in actions if vocabulary.action(term) is None] == []


@pytest.mark.parametrize(
    ("general", "particular"),
    [("play", "display"), ("use", "display"), ("reproduce", "extract"), ("use", "extract"), ("transfer", "give"),
     ("transfer", "sell"), ("use", "read"), ("use", "use"), ("modify", "write"), ("write", "append"), ("use", "lend")],
)  # fmt: skip
def test_an_action_covers_what_is_included_in_it(general: str, particular: str, vocabulary: Vocabulary) -> None:
    assert vocabulary.covers(ODRL + general, ODRL + particular)
    assert ODRL + particular in vocabulary.covered(ODRL + general)
    assert ODRL + general in vocabulary.covering(ODRL + particular)


@pytest.mark.parametrize(
    ("general", "particular"),
    [
        ("display", "play"),
        ("use", "transfer"),
        ("use", "sell"),
        ("transfer", "use"),
        ("read", "use"),
        ("use", "unheard"),
    ],
)
def test_an_action_does_not_cover_what_lies_beside_or_above(
    general: str, particular: str, vocabulary: Vocabulary
) -> None:
    assert not vocabulary.covers(ODRL + general, ODRL + particular)


@pytest.mark.parametrize(
    ("old", "new"),
    [("write", "modify"), ("writeTo", "modify"), ("append", "modify"), ("appendTo", "modify"), ("copy", "reproduce"),
     ("export", "transform"), ("pay", "compensate"), ("license", "grantUse")],
)  # fmt: skip
def test_a_deprecated_action_is_the_one_of_today(old: str, new: str, vocabulary: Vocabulary) -> None:
    assert vocabulary.action(ODRL + old) == ODRL + new


def test_creative_commons_names_two_deprecated_actions(vocabulary: Vocabulary) -> None:
    assert vocabulary.action(ODRL + "share") == CC + "Sharing"
    assert vocabulary.action(ODRL + "commercialize") == CC + "CommercialUse"


def test_an_unknown_action_covers_nothing_not_even_itself(vocabulary: Vocabulary) -> None:
    assert vocabulary.action("urn:x") is None
    assert not vocabulary.covers("urn:x", "urn:x")


def test_the_time_of_a_use_is_the_clocks_and_never_the_requesters(vocabulary: Vocabulary) -> None:
    operand = vocabulary.operand(ODRL + "dateTime")
    assert operand is not None
    assert (operand.kind, operand.sources) == (ValueKind.INSTANT, (Source.CLOCK,))
    assert operand.sources[0].trust is Trust.OBSERVED


def test_sources_of_an_operand_come_most_trusted_first(vocabulary: Vocabulary) -> None:
    operand = vocabulary.operand(ODRL + "purpose")
    assert operand is not None
    assert operand.sources == (Source.TOKEN, Source.CREDENTIAL, Source.DECLARED)


def test_a_deprecated_operand_is_the_one_of_today(vocabulary: Vocabulary) -> None:
    assert vocabulary.operand(ODRL + "device") is vocabulary.operand(ODRL + "systemDevice")


def test_coordinates_are_a_kind_of_place(vocabulary: Vocabulary) -> None:
    assert ODRL + "spatial" in vocabulary.broader(ODRL + "spatialCoordinates")


def test_a_term_without_label_is_called_by_its_local_name(vocabulary: Vocabulary) -> None:
    assert vocabulary.label(ODRL + "read") == Message("読み取り", "read")
    assert vocabulary.label("https://example.jp/terms#Thing") == Message("Thing", "Thing")


def test_an_operand_of_a_deployment_is_known_beside_the_shipped_ones(vocabulary: Vocabulary) -> None:
    wider = vocabulary.extended(
        turtle('ex:role a odrl:LeftOperand ; rk:valueKind "concept" ; rk:valueSource "token" .')
    )
    assert wider.operand("https://example.jp/terms#role") is not None
    assert wider.operand(ODRL + "count") == vocabulary.operand(ODRL + "count")
    assert wider.hash != vocabulary.hash


def test_an_operand_without_kind_and_source_is_refused_by_name(vocabulary: Vocabulary) -> None:
    with pytest.raises(VocabularyInvalid) as caught:
        vocabulary.extended(turtle('ex:role a odrl:LeftOperand ; rk:valueSource "hearsay" .'))
    assert {reason.place for reason in caught.value.reasons} == {"https://example.jp/terms#role"}
    assert "rk:valueKind" in str(caught.value)
    assert "rk:valueSource" in str(caught.value)


def test_actions_included_in_each_other_are_refused_with_the_circle(vocabulary: Vocabulary) -> None:
    with pytest.raises(VocabularyInvalid, match=r"#a → .*#b → .*#a"):
        vocabulary.extended(
            turtle("ex:a a odrl:Action ; odrl:includedIn ex:b . ex:b a odrl:Action ; odrl:includedIn ex:a .")
        )
