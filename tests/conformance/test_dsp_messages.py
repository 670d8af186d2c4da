"""Messages in every spelling, and such as are no messages, at the endpoints of the Dataspace Protocol."""

import unicodedata
from typing import Any

import orjson
import pytest

from exchange.dsp.spelling import DSPACE, MEMBERS, WORDS
from exchange.processes import Kind
from tests.conformance.dsp_bench import PEER, Bench, pids
from tests.conformance.dsp_peer import CONTEXT, Json, message

pytestmark = pytest.mark.anyio
IRI_OF = {word: iri for iri, word in WORDS.items()}


def shuffled(value: Any) -> Any:
    """The same with the members of every object the other way round."""
    if isinstance(value, dict):
        return {name: shuffled(value[name]) for name in reversed(value)}
    return [shuffled(each) for each in value] if isinstance(value, list) else value


def by_iri(value: Any, name: str = "") -> Any:
    """The same with the IRIs of members and types instead of their names."""
    if isinstance(value, dict):
        return {MEMBERS[key][0] if key in MEMBERS else key: by_iri(each, key) for key, each in value.items()}
    if isinstance(value, list):
        return value if name == "@context" else [by_iri(each, name) for each in value]
    if name == "@type":
        return IRI_OF[value]
    if name in ("providerPid", "consumerPid", "target"):
        return {"@id": value}
    return {"@id": IRI_OF[value]} if name == "action" else value


def by_prefix(value: Json) -> Json:
    """The same under a prefix of the sender's own."""
    context = [CONTEXT, {"ds": DSPACE}]
    return {
        "@context": context,
        **{f"ds:{name}" if name in MEMBERS else name: value[name] for name in value if name != "@context"},
    }


SPELLINGS = {
    "another order": shuffled,
    "IRIs for names": by_iri,
    "a prefix of its own": by_prefix,
    "one context more": lambda said: {**said, "@context": [CONTEXT, {"ex": "urn:ex:"}], "ex:note": "passed over"},
    "a graph around it": lambda said: {"@context": [CONTEXT], "@graph": [{name: said[name] for name in said if name != "@context"}]},
    "values in arrays": lambda said: {**said, "callbackAddress": [said["callbackAddress"]], "@type": [said["@type"]]},
}  # fmt: skip


@pytest.mark.parametrize("spelling", SPELLINGS)
async def test_a_request_in_another_spelling_of_json_ld_is_the_same_request(two: Bench, spelling: str) -> None:
    asked = two.request(await two.offer())
    first = await two.post("/negotiations/request", SPELLINGS[spelling](asked))
    assert first.status_code == 201, first.text
    assert first.json()["consumerPid"] == asked["consumerPid"]
    again = await two.post("/negotiations/request", asked)
    assert (again.status_code, again.content) == (201, first.content)


@pytest.mark.parametrize("media_type", ["application/json", "application/ld+json", "application/json; charset=utf-8"])
async def test_a_message_comes_as_json_or_json_ld(two: Bench, media_type: str) -> None:
    asked = orjson.dumps(two.request(await two.offer()))
    answer = await two.post("/negotiations/request", asked, **{"content-type": media_type})
    assert answer.status_code == 201, answer.text


def body(said: Json, *old_new: str) -> bytes:
    return orjson.dumps(said).replace(*(text.encode() for text in old_new), 1)


MALFORMED = {
    "nothing": lambda said: b"",
    "no JSON": lambda said: b"{",
    "a list": lambda said: b"[]",
    "a text": lambda said: b'"ContractRequestMessage"',
    "NaN": lambda said: body(said, '"@type"', '"x":NaN,"@type"'),
    "a member twice": lambda said: body(said, '"@type"', '"consumerPid":"urn:x:1","@type"'),
    "another encoding": lambda said: orjson.dumps(said).decode().encode("utf-16"),
    "a byte that is no UTF-8": lambda said: body(said, "urn:uuid:", "urn:uuid:").replace(b"urn:uuid:", b"urn:\xff:", 1),
    "half a surrogate pair": lambda said: body(said, "urn:uuid:", "\\ud800"),
    "nested too deep": lambda said: body(said, '"@type"', '"x":' + "[" * 5000 + "]" * 5000 + ',"@type"'),
    "no context": lambda said: orjson.dumps({**said, "@context": []}),
    "a context that is a text": lambda said: orjson.dumps({**said, "@context": CONTEXT}),
    "a context that nobody knows": lambda said: orjson.dumps({**said, "@context": [CONTEXT, "https://evil.example/c"]}),
    "a context that turns words around": lambda said: orjson.dumps(
        {**said, "@context": [CONTEXT, {"consumerPid": "urn:x:no", "@propagate": True}]}
    ),
    "another type": lambda said: orjson.dumps({**said, "@type": "ContractOfferMessage"}),
    "no type": lambda said: orjson.dumps({name: said[name] for name in said if name != "@type"}),
    "no id": lambda said: orjson.dumps({name: said[name] for name in said if name != "consumerPid"}),
    "both ways to answer": lambda said: orjson.dumps({**said, "providerPid": "urn:x:p"}),
    "no callback": lambda said: orjson.dumps({name: said[name] for name in said if name != "callbackAddress"}),
    "a callback that is no address": lambda said: orjson.dumps({**said, "callbackAddress": "mailto:a@example.org"}),
    "a callback with credentials": lambda said: orjson.dumps({**said, "callbackAddress": "https://a:b@lab.example/"}),
    "an offer without an id": lambda said: orjson.dumps({**said, "offer": {"@type": "Offer"}}),
    "an offer without rules": lambda said: orjson.dumps({**said, "offer": {"@id": "urn:x:o", "@type": "Offer"}}),
    "a number as right operand": lambda said: orjson.dumps(
        {**said, "offer": {**said["offer"], "permission": [{"action": "use", "constraint": [
            {"leftOperand": "odrl:count", "operator": "lteq", "rightOperand": 3}]}]}}
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", MALFORMED)
async def test_what_is_no_message_is_refused_with_an_error_of_the_protocol(two: Bench, case: str) -> None:
    before = (await two.service.exchange.processes.listed(Kind.NEGOTIATION))[0]
    answer = await two.post("/negotiations/request", MALFORMED[case](two.request(await two.offer())))
    said = answer.json()
    assert (answer.status_code, said["@type"], len(said["reason"])) == (400, "ContractNegotiationError", 2)
    assert (await two.service.exchange.processes.listed(Kind.NEGOTIATION))[0] == before


@pytest.mark.parametrize("case", ["nothing", "no JSON", "a context that nobody knows", "another type"])
async def test_what_is_no_message_of_a_negotiation_names_it_and_leaves_it(two: Bench, case: str) -> None:
    begun = await two.negotiation()
    answer = await two.post(
        f"/negotiations/{begun['providerPid']}/termination", MALFORMED[case](two.request(begun["offer"]))
    )
    assert (answer.status_code, answer.json()["providerPid"]) == (400, begun["providerPid"])
    assert (await two.get(f"/negotiations/{begun['providerPid']}")).json()["state"] == "REQUESTED"


async def test_a_context_that_nobody_knows_is_named_and_not_fetched(two: Bench) -> None:
    asked = {**two.request(await two.offer()), "@context": [CONTEXT, f"{two.peer.base}/context.jsonld"]}
    answer = await two.post("/negotiations/request", asked)
    assert f"{two.peer.base}/context.jsonld" in answer.json()["reason"][0]
    assert two.peer.heard == []


@pytest.mark.parametrize("path", ["/negotiations/request", "/transfers/request"])
async def test_an_oversized_message_is_refused(two: Bench, path: str) -> None:
    asked = two.request(await two.offer(), **{"x": "a" * 200_000})
    answer = await two.post(path, asked)
    assert (answer.status_code, answer.json()["@type"][-5:]) == (413, "Error")


# Identifiers (P33)


LOOK_ALIKES = (
    "urn:lab:apple", "urn:lab:\u0430pple", "urn:lab:appl\u0435", "urn:lab:\uff41pple", "urn:lab:Apple", "urn:lab:apple%20",
    unicodedata.normalize("NFC", "urn:lab:\u30ac"), unicodedata.normalize("NFD", "urn:lab:\u30ac"),
    "urn:lab:\u212b", "urn:lab:\u00c5", "urn:lab:%61pple", "urn:lab:a/../pple", "urn:lab:apple?", "urn:lab:apple#x", "7", "a b".replace(" ", "%20"),
)  # fmt: skip
UNSEEN = ("\u200b", "\u200d", "\u202e", "\u2066", "\u00ad", "\ufeff", "\u0000", "\n", " ", "\u3000", "\u2060", "\u2028")


async def test_p33_ids_that_only_look_alike_are_different_and_come_back_as_they_were(two: Bench) -> None:
    offer, found = await two.offer(approval="person"), {}
    for pid in LOOK_ALIKES:
        said = (await two.post("/negotiations/request", two.request(offer, consumerPid=pid))).json()
        assert said["consumerPid"] == pid
        found[pid] = said["providerPid"]
    assert len(set(found.values())) == len(LOOK_ALIKES)
    one, other = LOOK_ALIKES[:2]
    forged = message("ContractNegotiationTerminationMessage", providerPid=found[one], consumerPid=other)
    assert (await two.post(f"/negotiations/{found[one]}/termination", forged)).status_code == 404


async def test_p33_an_id_with_a_letter_that_is_not_seen_is_refused(two: Bench) -> None:
    offer = await two.offer()
    for letter in UNSEEN:
        answer = await two.post("/negotiations/request", two.request(offer, consumerPid=f"urn:lab:a{letter}b"))
        assert answer.status_code == 400, repr(letter)
        assert "consumerPid" in answer.json()["reason"][0]


async def test_p33_a_callback_is_asked_at_the_id_as_it_was_given(two: Bench) -> None:
    asked = two.request(await two.offer(), consumerPid="urn:lab:a/../b?c#\u30ac")
    await two.post("/negotiations/request", asked)
    got = await two.peer.next("ContractAgreementMessage")
    assert got.path == "/negotiations/urn:lab:a%2F..%2Fb%3Fc%23%E3%82%AC/agreement"
    assert got.message["consumerPid"] == asked["consumerPid"]


async def test_p33_a_path_finds_an_id_by_its_very_letters(two: Bench) -> None:
    begun = await two.negotiation()
    pid = begun["providerPid"]
    assert (await two.get(f"/negotiations/{pid.replace(':', '%3A')}")).status_code == 200
    for alike in (pid.upper(), pid.replace("u", "\uff55", 1), f"{pid}/", f"{pid}%20", f"./{pid}x"):
        assert (await two.get(f"/negotiations/{alike}")).status_code == 404, alike
    assert pids((await two.get(f"/negotiations/{pid}")).json()) == pids(begun)
    assert PEER.isascii()


_OLD = {
    "2024-1": "https://w3id.org/dspace/2024/1/context.json",
    "0.8": {"dspace": "https://w3id.org/dspace/v0.8/", "odrl": "http://www.w3.org/ns/odrl/2/"},
}


@pytest.mark.parametrize("version", _OLD)
async def test_a_peer_of_an_older_version_is_told_which_it_speaks_and_which_we_do(two: Bench, version: str) -> None:
    offer = {"@id": "urn:o", "@type": "odrl:Offer", "odrl:permission": [{"odrl:action": {"@id": "odrl:use"}}]}
    said = {"dspace:consumerPid": "urn:uuid:1", "dspace:offer": offer, "dspace:callbackAddress": two.peer.base}
    answers = [
        await two.post(path, {"@context": context, "@type": f"dspace:{kind}", **said})
        for context in (_OLD[version], [_OLD[version]])
        for path, kind in (
            ("/negotiations/request", "ContractRequestMessage"),
            ("/transfers/request", "TransferRequestMessage"),
            ("/catalog/request", "CatalogRequestMessage"),
        )
    ]
    assert {each.status_code for each in answers} == {400}
    words = [version, "2025-1", "/.well-known/dspace-version"]
    reasons = [reason for each in answers for reason in each.json()["reason"]]
    assert len(reasons) == 12
    assert [each for each in reasons if not all(word in each for word in words)] == []
