"""Words of a document of JSON-LD that go without a trace: what stood under them may have restricted the policy."""

from typing import Any

import orjson
import pytest

from exchange.policy.checking import PolicyDocument
from exchange.policy.vocabulary import shipped

CONTEXT = "http://www.w3.org/ns/odrl.jsonld"
NEVER = {"leftOperand": "dateTime", "operator": "lt", "rightOperand": "2000-01-01"}
RULE: dict[str, Any] = {"action": "read", "target": "http://example.org/x", "constraint": NEVER}
ODRL = "http://www.w3.org/ns/odrl/2/"


def faults(rule: dict[str, Any], context: object = CONTEXT, kind: str = "Set") -> list[str]:
    """What is wrong with a policy of one permission."""
    given = {"@context": context, "@type": kind, "@id": "http://example.org/p", "permission": [rule]}
    document = PolicyDocument.read(orjson.dumps(given), media_type="application/ld+json")
    return [fault.code for policy in document.policies(shipped()) for fault in policy.faults]


@pytest.mark.parametrize(
    "definition",
    [
        *(None, {"@id": None}, "@value", "@language", "@direction", "@none", "@json", "@container", "@propagate"),
        *("@vocab", "@base", "@version"),
    ],
)
def test_a_term_that_a_context_takes_away_is_not_lost_without_a_word(definition):
    assert faults(RULE, [CONTEXT, {"constraint": definition}]) == ["key-dropped"]


@pytest.mark.parametrize(
    "context",
    [
        {"permission": {"@id": f"{ODRL}permission", "@type": "@id", "@context": {"constraint": None}}},
        {"Permission": {"@id": f"{ODRL}Permission", "@context": {"constraint": None}}},
        {"@propagate": False, "constraint": None},
    ],
)
def test_a_context_of_one_property_or_class_takes_nothing_away_unseen(context):
    assert faults({"@type": "Permission", **RULE}, [CONTEXT, context]) == ["key-dropped"]


def test_a_context_within_a_rule_takes_nothing_away_unseen():
    assert faults({"@context": {"constraint": None}, **RULE}) == ["key-dropped"]


@pytest.mark.parametrize("part", ["target", "constraint", "assignee", "duty"])
def test_a_value_like_a_keyword_where_an_iri_belongs_is_not_lost_without_a_word(part):
    assert faults({**RULE, part: "@one"}) == ["key-dropped"]


def test_a_class_like_a_keyword_or_taken_away_makes_no_set_of_an_offer():
    assert faults(RULE, kind="@Offer") == ["key-dropped"]
    assert faults(RULE, [CONTEXT, {"Offer": None}], kind="Offer") == ["key-dropped"]


def test_a_word_among_right_operands_that_a_context_takes_away_is_not_lost_without_a_word():
    constraint = {"leftOperand": "recipient", "operator": "isNoneOf", "rightOperand": ["urn:ex:a", "eve"]}
    words = {"eve": None, "rightOperand": {"@id": f"{ODRL}rightOperand", "@type": "@vocab"}}
    assert "key-dropped" in faults({**RULE, "constraint": constraint}, [CONTEXT, words])


def test_nothing_is_lost_of_values_that_are_json_or_of_names_that_nobody_uses():
    value = {"@type": "@json", "@value": {"a": [1]}}
    assert faults({**RULE, "http://example.org/note": value}, [CONTEXT, {"geo": None}]) == []


LOOSE: list[tuple[dict[str, Any], object]] = [
    (RULE, [CONTEXT, {"constraint": "@included"}]),
    (RULE, [CONTEXT, {"constraint": "@graph"}]),
    (RULE, [CONTEXT, {"constraint": {"@reverse": "odrl:constraint"}}]),
    ({"action": "read", "target": "http://example.org/x", "@included": NEVER}, CONTEXT),
    ({"action": "read", "target": "http://example.org/x", "@graph": [{"@type": "Duty", "action": "delete"}]}, CONTEXT),
]


@pytest.mark.parametrize(("rule", "context"), LOOSE)
def test_a_constraint_that_came_loose_from_its_rule_voids_the_policies_beside_it(rule, context):
    assert faults(rule, context) == ["part-astray"]


def test_what_a_reverse_property_ties_to_a_policy_is_part_of_it():
    free = {"action": "read", "target": "http://example.org/x"}
    assert faults({**free, "@included": {**free, "@reverse": {"prohibition": {"@id": "http://example.org/p"}}}}) == []


@pytest.mark.parametrize(
    "nothing", [None, [None], [[None]], {"@value": None}, {"@set": [None]}, {"@list": [None]}, [NEVER, None]]
)
@pytest.mark.parametrize("key", ["constraint", "duty", "target", "assignee", "odrl:constraint", f"{ODRL}duty"])
def test_null_under_a_word_of_odrl_leaves_no_rule_that_allows_more(key, nothing):
    assert "part-lost" in faults({**RULE, key: nothing})


@pytest.mark.parametrize(
    "constraint",
    [
        {**NEVER, "unit": None},
        {"leftOperand": "purpose", "operator": "isNoneOf", "rightOperand": ["a", None]},
        {"or": {"@list": [NEVER, None]}},
    ],
)
def test_null_within_a_constraint_is_not_left_out_without_a_word(constraint):
    assert "part-lost" in faults({**RULE, "constraint": constraint})


@pytest.mark.parametrize(
    "context",
    [
        [CONTEXT, {"only": "odrl:constraint"}],
        [CONTEXT, {"o": ODRL, "only": {"@id": "o:constraint"}}],
        [CONTEXT, {"permission": {"@id": f"{ODRL}permission", "@context": {"only": f"{ODRL}constraint"}}}],
        [CONTEXT, {"@vocab": ODRL}],
    ],
)
def test_null_under_a_word_that_means_one_of_odrl_is_found(context):
    assert "part-lost" in faults({**RULE, "only": None}, context)


def test_null_elsewhere_says_nothing_as_usual():
    assert faults({**RULE, "http://example.org/note": None, "dct:title": [None]}, [CONTEXT, {"geo": None}]) == []


@pytest.mark.parametrize(
    "loose",
    [
        *({"assignee": "urn:ex:a"}, {"refinement": NEVER}, {"prohibition": {"action": "read"}}),
        *({"constraint": "urn:ex:c"}, {"duty": {"target": "urn:ex:x"}}),
    ],
)
@pytest.mark.parametrize("word", ["@included", "@graph"])
def test_whatever_restricts_and_came_loose_voids_the_policies_beside_it(word, loose):
    given = {**RULE, word: [loose]}
    assert "part-astray" in faults(given)


def test_a_nameless_policy_beside_others_is_one_where_something_says_so():
    owner = {"@id": "http://example.org/y", "hasPolicy": {"permission": RULE}}
    typed = {"@type": "Set", "permission": [RULE]}
    also = {"http://example.org/also": [owner, typed]}
    assert faults({**RULE, **also}) == []


@pytest.mark.parametrize("kind", ["http://example.org/Offer", "https://www.w3.org/ns/odrl/2/Offer", "Offfer"])
def test_a_class_like_one_of_odrl_makes_no_set_of_an_offer(kind):
    assert faults(RULE, [CONTEXT, {"@vocab": None}], kind=kind) == ["policy-class"]
