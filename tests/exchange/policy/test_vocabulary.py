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


def test_a_deployment_may_take_a_source_from_an_operand(vocabulary: Vocabulary) -> None:
    stricter = vocabulary.extended(turtle('odrl:purpose rk:valueSource "credential" .')).operand(ODRL + "purpose")
    assert stricter is not None
    assert stricter.sources == (Source.CREDENTIAL,)


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ('odrl:dateTime rk:valueSource "declared" .', ODRL + "dateTime"),
        ('odrl:device rk:valueSource "token" .', ODRL + "device"),
        ('odrl:count a odrl:LeftOperand ; rk:valueKind "text" ; rk:valueSource "counter" .', ODRL + "count"),
        ("odrl:sell a odrl:Action ; odrl:includedIn odrl:use .", ODRL + "sell"),
        ("odrl:read odrl:implies odrl:sell . odrl:read a odrl:Action .", ODRL + "read"),
        ("odrl:delete a odrl:Action ; skos:exactMatch odrl:archive .", ODRL + "delete"),
        ("odrl:purpose a odrl:Action .", ODRL + "purpose"),
    ],
)
def test_a_term_of_odrl_keeps_its_meaning(text: str, place: str, vocabulary: Vocabulary) -> None:
    with pytest.raises(VocabularyInvalid) as caught:
        vocabulary.extended(turtle(text))
    assert place in {reason.place for reason in caught.value.reasons}


def test_a_reason_is_told_in_both_languages(vocabulary: Vocabulary) -> None:
    with pytest.raises(VocabularyInvalid) as caught:
        vocabulary.extended(turtle('odrl:dateTime rk:valueSource "declared" .'))
    assert "増やせません" in caught.value.reasons[0].message.ja
    assert "not added" in caught.value.reasons[0].message.en


def test_saying_again_what_is_already_so_changes_nothing(vocabulary: Vocabulary) -> None:
    again = vocabulary.extended(turtle("odrl:display a odrl:Action ; odrl:includedIn odrl:play ."))
    assert again.hash == vocabulary.hash


def test_an_action_of_a_deployment_is_covered_and_implies(vocabulary: Vocabulary) -> None:
    wider = vocabulary.extended(
        turtle("""ex:print3d a odrl:Action ; odrl:includedIn odrl:print ; odrl:implies ex:slice .
                  ex:slice a odrl:Action ; odrl:includedIn odrl:transform ; odrl:implies odrl:read .""")
    )
    ours = "https://example.jp/terms#"
    assert wider.covers(ODRL + "use", ours + "print3d")
    assert wider.implied(ours + "print3d") == {ours + "slice", ODRL + "read"}
    assert vocabulary.action(ours + "print3d") is None


def test_a_deployment_may_give_other_names_to_what_is_there(vocabulary: Vocabulary) -> None:
    wider = vocabulary.extended(
        turtle("""ex:lesen a odrl:Action ; skos:exactMatch odrl:read .
                  ex:zweck a odrl:LeftOperand ; skos:exactMatch odrl:purpose .""")
    )
    assert wider.covers(ODRL + "use", "https://example.jp/terms#lesen")
    assert wider.operand("https://example.jp/terms#zweck") == vocabulary.operand(ODRL + "purpose")
    assert wider.label("https://example.jp/terms#lesen") == vocabulary.label(ODRL + "read")


def test_a_deployments_profile_and_places_are_known(vocabulary: Vocabulary) -> None:
    wider = vocabulary.extended(
        turtle("""ex:profile a rk:PolicyProfile .
                  ex:kansai rdfs:label "関西"@ja . <urn:renkei:vocabulary:prefecture:26> skos:broader ex:kansai .""")
    )
    assert wider.knows_profile("https://example.jp/terms#profile")
    assert "https://example.jp/terms#kansai" in wider.broader("JP-26")
    assert wider.label("https://example.jp/terms#kansai").ja == "関西"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("ex:a a odrl:Action ; odrl:includedIn ex:nothing .", "nothing is not declared as an action"),
        ("ex:a a odrl:Action ; odrl:includedIn [] .", "as an IRI"),
        ('ex:a skos:notation "X1" . ex:b skos:notation "X1" .', "code"),
        ("ex:a skos:broader ex:b . ex:b skos:broader ex:a .", "circle"),
        ("ex:a a odrl:Action ; skos:exactMatch ex:b . ex:b a odrl:Action ; skos:exactMatch ex:a .", "circle"),
        ('ex:role rk:valueKind "text" ; rk:valueSource "token" .', "left operand"),
    ],
)
def test_entries_that_cannot_be_used_are_refused(text: str, said: str, vocabulary: Vocabulary) -> None:
    with pytest.raises(VocabularyInvalid, match=said):
        vocabulary.extended(turtle(text))


@pytest.mark.parametrize(
    ("text", "particular", "general"),
    [
        ("ex:hana a ex:Researcher .", "hana", "Researcher"),
        ("ex:hana a ex:Researcher . ex:Researcher rdfs:subClassOf ex:Scholar .", "hana", "Scholar"),
        ("ex:kansai skos:narrower ex:kyoto .", "kyoto", "kansai"),
        ("ex:kyoto <http://www.geonames.org/ontology#parentFeature> ex:kansai .", "kyoto", "kansai"),
        ("ex:kyoto <http://purl.org/dc/terms/isPartOf> ex:kansai .", "kyoto", "kansai"),
    ],
)
def test_a_deployment_may_say_in_several_ways_what_lies_below_what(
    text: str, particular: str, general: str, vocabulary: Vocabulary
) -> None:
    ours = "https://example.jp/terms#"
    assert ours + general in vocabulary.extended(turtle(text)).broader(ours + particular)


def test_what_kind_of_entry_a_term_is_does_not_make_it_a_part_of_all_such(vocabulary: Vocabulary) -> None:
    assert not any(term.startswith("http://www.w3.org/2004/02/skos/") for term in vocabulary.broader("JP"))


def test_the_hash_tells_vocabularies_apart_by_what_they_say_not_by_its_order(vocabulary: Vocabulary) -> None:
    assert Vocabulary.of(reversed(vocabulary.triples)).hash == vocabulary.hash
    assert Vocabulary.of(vocabulary.triples[1:]).hash != vocabulary.hash
