"""Messages come in many spellings; what cannot be read in one way alone is refused."""

import re
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exchange.dsp.checking import check, kinds
from exchange.dsp.errors import MessageInvalid
from exchange.dsp.reading import read_error, read_message
from exchange.dsp.spelling import MEMBERS, WORDS
from exchange.dsp.writing import CONTEXT

DSPACE, ODRL = "https://w3id.org/dspace/2025/1/", "http://www.w3.org/ns/odrl/2/"
EDC = "https://w3id.org/edc/dspace/v0.0.1"
CX = "https://w3id.org/catenax/2025/9/policy/context.jsonld"
DAY = {"leftOperand": "odrl:dateTime", "operator": "lteq", "rightOperand": "2027-01-01T00:00:00Z"}
THREE = {"leftOperand": "odrl:count", "operator": "lteq", "rightOperand": {"@value": "3", "@type": "xsd:integer"}}
PLACES = {
    "leftOperand": "odrl:spatial",
    "operator": "isAnyOf",
    "rightOperand": [{"@id": "urn:ex:jp"}, {"@id": "urn:ex:eu"}],
}
OFFER = {
    **{"@id": "urn:ex:offer", "@type": "Offer", "target": "urn:ex:data", "obligation": [{"action": "odrl:delete"}]},
    "permission": [{"action": "use", "constraint": [DAY, {"or": [THREE, {"and": [DAY, PLACES]}]}]}],
    "prohibition": [{"action": "odrl:commercialize"}, {"action": "urn:ex:sell"}],
}
REQUEST = {
    **{"@context": [CONTEXT], "@type": "ContractRequestMessage", "consumerPid": "urn:uuid:2", "offer": OFFER},
    "callbackAddress": "https://x.example/c",
}
START = {
    **{"@context": [CONTEXT], "@type": "TransferStartMessage", "providerPid": "7a-9", "consumerPid": "urn:uuid:2"},
    "dataAddress": {
        **{"@type": "DataAddress", "endpointType": "https://w3id.org/idsa/v4.1/HTTP", "endpoint": "https://x.example"},
        "endpointProperties": [{"@type": "EndpointProperty", "name": "authorization", "value": "t"}],
    },
}
TERMINATION = {
    **{"@context": [CONTEXT], "@type": "ContractNegotiationTerminationMessage", "providerPid": "1", "consumerPid": "2"},
    **{"code": "99", "reason": ["No.", {"@value": "否", "@language": "ja"}]},
}
CATALOG = {
    **{"@context": [CONTEXT], "@id": "urn:ex:catalog", "@type": "Catalog", "participantId": "BPNL0001"},
    "service": [{"@id": "urn:ex:s", "@type": "DataService", "endpointURL": "https://x.example/dsp"}],
    "dataset": [
        {
            **{"@id": "ACN0101", "@type": "Dataset"},
            "hasPolicy": [{"@id": "urn:ex:o", "@type": "Offer", "permission": [{"action": "use"}]}],
            "distribution": [{"@type": "Distribution", "format": "HttpData-PULL", "accessService": "urn:ex:s"}],
        }
    ],
}
MESSAGES = [REQUEST, START, TERMINATION, CATALOG]
IRI_OF_WORD = {word: iri for iri, word in WORDS.items()}
Json = dict[str, Any]


def read(message: Any, *expected: str) -> Json:
    kind = message.get("@type", "")
    return read_message(orjson.dumps(message), *(expected or (kind,)))


def respelled(value: Any, spell: Any, name: str = "") -> Any:
    """The same message with members and words of the protocol in another spelling."""
    if isinstance(value, list):
        return [respelled(each, spell, name) for each in value]
    if isinstance(value, dict):
        return {
            spell(MEMBERS[key][0]) if key in MEMBERS and name != "@context" else key: respelled(each, spell, key)
            for key, each in value.items()
        }
    if name in ("@type", "operator", "eventType", "state") and value in IRI_OF_WORD:
        spelled = spell(IRI_OF_WORD[value])
        return spelled if name == "@type" else {"@id": spelled}  # text, under a name without a definition
    return value


def prefixed(iri: str) -> str:
    names = {DSPACE: "ds", ODRL: "o", "http://www.w3.org/ns/dcat#": "d", "http://purl.org/dc/terms/": "t"}
    space = next(each for each in names if iri.startswith(each))
    return names[space] + ":" + iri[len(space) :]


OWN = {"ds": DSPACE, "o": ODRL, "d": "http://www.w3.org/ns/dcat#", "t": "http://purl.org/dc/terms/"}


@pytest.mark.parametrize("message", MESSAGES, ids=lambda message: message["@type"])
def test_a_message_in_the_usual_spelling_stands_as_it_is(message: Json) -> None:
    assert read(message) == message


@pytest.mark.parametrize("message", MESSAGES, ids=lambda message: message["@type"])
@pytest.mark.parametrize("contexts", [[CONTEXT, OWN], [OWN, CONTEXT], [CONTEXT, CX, EDC, OWN]])
def test_own_prefixes_read_as_the_same_message(message: Json, contexts: list[Any]) -> None:
    assert read({**respelled(message, prefixed), "@context": contexts}, message["@type"]) == message


@pytest.mark.parametrize("message", MESSAGES, ids=lambda message: message["@type"])
def test_a_nested_context_reads_as_the_same_message(message: Json) -> None:
    assert read({**message, "ex:more": {"@context": {"ex": "urn:ex:"}, "ex:a": 1}}) == message


@pytest.mark.parametrize("message", MESSAGES, ids=lambda message: message["@type"])
def test_the_order_of_members_does_not_matter(message: Json) -> None:
    assert read(dict(reversed(message.items()))) == message


def test_prefixes_of_the_protocol_itself_are_another_spelling() -> None:
    offer = {"@id": "urn:ex:offer", "@type": "odrl:Offer", "odrl:permission": {"odrl:action": {"@id": "odrl:use"}}}
    request = {"@context": [CONTEXT], "@type": "dspace:ContractRequestMessage", "dspace:consumerPid": {"@id": "2"}}
    found = read({**request, "dspace:offer": offer, "dspace:callbackAddress": "http://x"}, "ContractRequestMessage")
    check(found)
    assert found["offer"] == {"@id": "urn:ex:offer", "@type": "Offer", "permission": [{"action": "use"}]}
    assert found["consumerPid"] == "2"


def test_words_of_another_context_are_written_by_their_iris() -> None:
    rule = {"action": "use", "constraint": [{"leftOperand": "Membership", "operator": "eq", "rightOperand": "active"}]}
    found = read({**REQUEST, "@context": [CONTEXT, CX], "offer": {**OFFER, "permission": [rule]}})
    [constraint] = found["offer"]["permission"][0]["constraint"]
    assert constraint["leftOperand"] == "https://w3id.org/catenax/2025/9/policy/Membership"


def test_members_of_an_extension_of_edc_are_passed_over_without_expansion() -> None:
    given = {**CATALOG, "@context": [CONTEXT, EDC], "edc:originator": "x"}
    assert read(given) == given


def test_members_that_are_null_are_none() -> None:
    assert read({**START, "dataAddress": None}) == {key: START[key] for key in START if key != "dataAddress"}


@pytest.mark.parametrize(
    "contexts",
    [
        *(CONTEXT, None, {}, [], "x", [EDC], [{"@vocab": DSPACE}], [[CONTEXT]]),
        *([CONTEXT, "https://example.org/unknown.jsonld"], ["https://example.org/unknown.jsonld", CONTEXT]),
        *([CONTEXT, None], [CONTEXT, 3], [CONTEXT, ["x"]], [CONTEXT, {"permission": "odrl:prohibition"}]),
        *([CONTEXT, {"offer": None}], [CONTEXT, {"use": "urn:ex:use"}], [CONTEXT, {"odrl": "urn:ex:"}]),
        *([CONTEXT, {"@import": "https://example.org/unknown.jsonld"}], [CONTEXT] + [{"a": "urn:a"}] * 16),
        *([CONTEXT, {"x": {"@id": "urn:x", "@context": {"use": "urn:u"}}}], [CONTEXT, {"odrl:use": None}]),
        *([CONTEXT, {"odrl": {"@id": "urn:ex:"}}], [CONTEXT, {"Offer": {"@id": "urn:ex:Offer"}}]),
    ],
    ids=str,
)  # fmt: skip
def test_contexts_that_lack_change_or_add_unknown_meaning_are_refused(contexts: Any) -> None:
    with pytest.raises(MessageInvalid) as caught:
        read({**REQUEST, "@context": contexts})
    assert "@context" in caught.value.message.en
    assert "@context" in caught.value.message.ja


def test_a_context_within_a_message_may_not_redefine_a_word_either() -> None:
    for scoped in ({"permission": "odrl:prohibition"}, None, [None], [{"use": None}], "https://example.org/c"):
        with pytest.raises(MessageInvalid):
            check(read({**REQUEST, "offer": {"@context": scoped, **OFFER}}))


@pytest.mark.parametrize(
    "body",
    [
        *(b"", b"{", b"null", b"[]", b'"x"', b"3", b"\xff", b'{"a": NaN}', b'{"a": "\\ud800"}', b"\xef\xbb\xbf{}", b"{}x"),
        *(b"[" * 100_000, b'{"a":' * 100_000, orjson.dumps(REQUEST).decode().encode("utf-16"), b"<a/>", b"\x00"),
        *(orjson.dumps(REQUEST)[:-1] + b',"consumerPid":"urn:uuid:3"}', b'{"a": 1' + b"0" * 5000 + b"}"),
        orjson.dumps({**REQUEST, "x": "y" * (1 << 20)}),
    ],
    ids=lambda body: repr(body[:20]),
)  # fmt: skip
def test_what_is_no_unambiguous_json_object_is_refused(body: bytes) -> None:
    with pytest.raises(MessageInvalid):
        read_message(body, "ContractRequestMessage")


def test_nesting_ends_somewhere() -> None:
    deep: Any = {}
    for _ in range(70):
        deep = [deep]
    with pytest.raises(MessageInvalid, match="64 deep"):
        read({**REQUEST, "x": deep})


def test_the_types_expected_are_named() -> None:
    for kind in ("ContractOfferMessage", "nonsense", 3, None):
        with pytest.raises(MessageInvalid, match="ContractRequestMessage is expected here") as caught:
            read({**REQUEST, "@type": kind}, "ContractRequestMessage")
        assert caught.value.place == "@type"


def test_one_of_several_types_expected_is_taken() -> None:
    assert read(REQUEST, "ContractOfferMessage", "ContractRequestMessage") == REQUEST


def test_two_messages_in_one_are_refused() -> None:
    both = {"@context": [CONTEXT], "@graph": [{"@id": f"urn:ex:{n}", "@type": "ContractNegotiation"} for n in (1, 2)]}
    with pytest.raises(MessageInvalid, match="not exactly one"):
        read(both, "ContractNegotiation")


def test_a_message_that_contains_itself_is_refused() -> None:
    loop = {
        "@id": "urn:ex:c",
        "@type": "dcat:Catalog",
        "catalog": [{"@id": "urn:ex:d", "catalog": [{"@id": "urn:ex:c"}]}],
    }
    with pytest.raises(MessageInvalid):
        check(read({"@context": [CONTEXT], **loop}, "Catalog"))


def test_shared_nodes_do_not_grow_into_a_flood() -> None:
    nodes = [
        {"@id": f"urn:ex:{n}", "odrl:and": [{"@id": f"urn:ex:{n + 1}"}, {"odrl:and": {"@id": f"urn:ex:{n + 1}"}}]}
        for n in range(25)
    ]
    graph = [{"@id": "urn:ex:m", "@type": "ContractRequestMessage", "offer": {"@id": "urn:ex:0"}}, *nodes]
    with pytest.raises(MessageInvalid, match="too large"):
        read({"@context": [CONTEXT], "@graph": graph}, "ContractRequestMessage")


def test_a_context_of_the_protocol_within_a_message_changes_nothing() -> None:
    assert read({**REQUEST, "offer": {"@context": [CONTEXT, EDC], **OFFER}}) == REQUEST


def test_contexts_within_a_message_are_counted() -> None:
    many = [{"@context": {f"x{number}": "urn:x:"}} for number in range(17)]
    with pytest.raises(MessageInvalid, match="More than 16 contexts"):
        read({**REQUEST, **{f"ex:{number}": each for number, each in enumerate(many)}})


def test_of_another_spelling_less_is_taken() -> None:
    long = {**REQUEST, "ex:note": "x" * (1 << 19)}
    assert read(long) == long
    with pytest.raises(MessageInvalid, match="too large"):
        read({**long, "@context": [CONTEXT, OWN]})


def test_a_statement_that_would_be_lost_refuses_the_message() -> None:
    for lost in ({"@id": "@offer"}, {"consumerPid": "@x"}):
        with pytest.raises(MessageInvalid):
            check(read({**REQUEST, "@context": [CONTEXT, {"ex": "urn:ex:"}], **{"offer": {**OFFER, **lost}}}))


@settings(deadline=None)
@given(st.binary(max_size=300))
def test_any_bytes_are_read_or_refused(body: bytes) -> None:
    with pytest.raises(MessageInvalid):
        read_message(body, *kinds())


KEYS = st.sampled_from(
    [
        *(*MEMBERS, "@id", "@type", "@value", "@list", "@set", "@graph", "@context", "@reverse", "@language", "@nest"),
        *("@index", "odrl:permission", "dspace:offer", "ex:a", DSPACE + "code", "", " ", "@x", "_:b", "uid", "type"),
    ]
)
WORDS_ = st.sampled_from([*WORDS.values(), "odrl:use", "_:b", "urn:x", "a b", "", "@type", CONTEXT, "http://[", "ex:é"])
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.floats(allow_nan=False) | WORDS_ | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=12,
)
CONTEXTS = st.lists(
    st.sampled_from([CONTEXT, EDC, CX, {"ex": "urn:ex:"}, {"@vocab": "urn:v:"}, {"x": "odrl:use"}]), max_size=3
)


@settings(deadline=None)
@given(CONTEXTS, st.sampled_from(sorted(kinds())), st.dictionaries(KEYS, VALUES, max_size=6))
def test_any_json_is_read_and_checked_or_refused(contexts: list[Any], kind: str, said: Json) -> None:
    body = orjson.dumps({**said, "@context": [CONTEXT, *contexts], "@type": kind})
    try:
        found = read_message(body, *kinds())
        check(found)
    except MessageInvalid:
        return
    assert found["@type"] in kinds()


def test_every_example_of_the_specification_stands_as_it_is(examples: dict[str, bytes]) -> None:
    for body in examples.values():
        given = orjson.loads(body)
        if "@type" in given:
            assert read_message(body, given["@type"]) == given


def test_the_examples_in_another_spelling_are_the_same_messages(examples: dict[str, bytes]) -> None:
    """The catalog of the examples has one IRI for a dataset and its offer, which no other spelling keeps apart."""
    for name, body in examples.items():
        given = orjson.loads(body)
        if "@type" in given and name not in ("catalog", "dataset-request-message"):
            found = read({**given, "@context": [CONTEXT, OWN]}, given["@type"])
            assert found == {each: odrl_prefixed(said) for each, said in given.items() if said != []}


def odrl_prefixed(value: Any) -> Any:
    """`dateTime` and `spatial` are words of ODRL, though the context of the protocol does not define them."""
    return orjson.loads(re.sub(rb'"(dateTime|spatial)"', rb'"odrl:\1"', orjson.dumps(value)))


@pytest.mark.parametrize(
    ("body", "told"),
    [
        (b'{"@type":"ContractNegotiationError","code":"409","reason":["Bad request."]}', ("409", ("Bad request.",))),
        (b'{"dspace:code":"404","dspace:reason":{"@value":"Not found"}}', ("404", ("Not found",))),
        (b'[{"message":"Boom","type":"InvalidRequest"}]', ("InvalidRequest", ("Boom",))),
        (b'{"reason":[{"message":"a"},{"b":1}]}', (None, ("a", '{"b":1}'))),
        *((body, (None, ())) for body in (b"", b"<html>", b"[]", b"3", b'{"code":3}', b"\xff")),
    ],
)
def test_the_reasons_of_a_refusal_are_taken_from_whatever_a_peer_answers(body: bytes, told: Any) -> None:
    assert read_error(body) == told
