"""T61, T47, X06, X07: a token that is bound to a key opens nothing without a fresh proof of that key."""

import base64
import hashlib
import time
from collections.abc import AsyncIterator, Callable
from typing import Any

import httpx
import orjson
import pytest
from joserfc import jws
from joserfc.jwk import OctKey, OKPKey

from exchange import proofs
from exchange.keys import SigningKey
from tests.conformance.dsp_bench import BASE, PEER, Bench
from tests.conformance.dsp_peer import Json

pytestmark = pytest.mark.anyio
PEM = OKPKey.generate_key("Ed25519").as_pem(private=True)
KEY, OTHER = SigningKey(PEM), SigningKey(OKPKey.generate_key("Ed25519").as_pem(private=True))
Start = tuple[str, str]  # path of the data, token


@pytest.fixture
async def bound(two: Bench) -> AsyncIterator[Bench]:
    await two.service.peers.put(PEER, two.peer.base, key=KEY.public_jwk, bound=True)
    two.service.proofs._began -= 1  # a proof names whole seconds: one of the second of the start is refused
    yield two
    await two.service.peers.put(PEER, two.peer.base, bound=False)


async def started(two: Bench) -> Start:
    address: Json = (await two.transfer())["dataAddress"]
    named = {each["name"]: each["value"] for each in address["endpointProperties"]}
    assert named["authType"] == "DPoP"
    return address["endpoint"].removeprefix(BASE), named["authorization"]


async def asked(
    two: Bench, start: Start, proof: str | None, *, scheme: str = "DPoP", method: str = "GET", below: str = ""
) -> httpx.Response:
    headers = {"authorization": f"{scheme} {start[1]}"} | ({"dpop": proof} if proof is not None else {})
    return await two.client.request(method, start[0] + below, headers=headers)


def proof(start: Start, key: SigningKey = KEY, method: str = "GET", below: str = "") -> str:
    return proofs.made(key, method, BASE + start[0] + below, start[1])


def claimed(start: Start, **changed: Any) -> dict[str, Any]:
    digest = base64.urlsafe_b64encode(hashlib.sha256(start[1].encode()).digest()).rstrip(b"=").decode()
    claims = {"jti": str(time.time_ns()), "htm": "GET", "htu": BASE + start[0], "iat": int(time.time()), "ath": digest}
    return {name: value for name, value in {**claims, **changed}.items() if value is not None}


def signed(claims: dict[str, Any], **header: Any) -> str:
    named = {"alg": "Ed25519", "typ": "dpop+jwt", "jwk": OKPKey.import_key(PEM).as_dict(private=False), **header}
    registry = jws.JWSRegistry(algorithms=["Ed25519"], strict_check_header=False)
    return jws.serialize_compact(named, orjson.dumps(claims), OKPKey.import_key(PEM), registry=registry)


async def test_t61_with_a_proof_of_its_key_a_bound_token_opens_the_data(bound: Bench) -> None:
    start = await started(bound)
    answers = [await asked(bound, start, proof(start, method=method), method=method) for method in ("GET", "HEAD")]
    assert [each.status_code for each in answers] == [200, 200]


async def test_t61_stolen_alone_it_opens_nothing(bound: Bench) -> None:
    start = await started(bound)
    answers = [
        await asked(bound, start, None), await asked(bound, start, None, scheme="Bearer"),
        await asked(bound, start, proof(start), scheme="Bearer"), await asked(bound, start, ""),
        await asked(bound, start, None, below="/changes"),
        await asked(bound, start, None, scheme="Bearer", method="POST", below="/token"),
    ]  # fmt: skip
    assert {each.status_code for each in answers} == {401}
    assert all(each.headers["www-authenticate"].startswith("DPoP ") for each in answers)
    assert not any(b"level" in each.content for each in answers)


WRONG: dict[str, Callable[[Start], str]] = {
    "another key": lambda start: proof(start, OTHER),
    "another method": lambda start: proof(start, method="POST"),
    "another address": lambda start: proof(start, below="/changes"),
    "another service": lambda start: signed(claimed(start, htu="https://elsewhere.example" + start[0])),
    "no address": lambda start: signed(claimed(start, htu="https://[x/data")),
    "another token": lambda start: proof((start[0], "rg_another")),
    "no token": lambda start: signed(claimed(start, ath=None)),
    "too old": lambda start: signed(claimed(start, iat=int(time.time()) - 61)),
    "from the future": lambda start: signed(claimed(start, iat=int(time.time()) + 7)),
    "no time": lambda start: signed(claimed(start, iat=None)),
    "no number": lambda start: signed(claimed(start, jti=None)),
    "a long number": lambda start: signed(claimed(start, jti="n" * 257)),
    "another type": lambda start: signed(claimed(start), typ="JWT"),
    "the private key in it": lambda start: signed(claimed(start), jwk=OKPKey.import_key(PEM).as_dict(private=True)),
    "a key by address": lambda start: signed(claimed(start), jku="https://rival.example/keys"),
    "crit": lambda start: signed(claimed(start), crit=["kid"], kid="x"),
    "no signature": lambda start: proof(start).rpartition(".")[0] + ".",
    "HS256 by the public key": lambda start: by_public_key(claimed(start)),
    "alg none": lambda start: unsigned(claimed(start)),
    "no object": lambda start: signed([1]),  # type: ignore[arg-type]
    "rubbish": lambda start: "a.b.c",
    "200 KB": lambda start: signed(claimed(start, x="x" * 200_000)),
}


def by_public_key(claims: dict[str, Any]) -> str:
    public = OKPKey.import_key(PEM).as_dict(private=False)
    header = {"alg": "HS256", "typ": "dpop+jwt", "jwk": public}
    return jws.serialize_compact(
        header, orjson.dumps(claims), OctKey.import_key(str(public["x"])), algorithms=["HS256"]
    )


def unsigned(claims: dict[str, Any]) -> str:
    public = OKPKey.import_key(PEM).as_dict(private=False)
    parts = [{"alg": "none", "typ": "dpop+jwt", "jwk": public}, claims]
    return ".".join(base64.urlsafe_b64encode(orjson.dumps(part)).rstrip(b"=").decode() for part in parts) + "."


@pytest.mark.parametrize("case", WRONG)
async def test_t61_t62_a_proof_is_refused_that_is_of_or_has(bound: Bench, case: str) -> None:
    start = await started(bound)
    answer = await asked(bound, start, WRONG[case](start))
    assert (answer.status_code, answer.json()["type"].rpartition("/")[2]) == (401, "proof-refused")
    assert (await asked(bound, start, proof(start))).status_code == 200


async def test_t47_a_proof_is_good_once(bound: Bench) -> None:
    start = await started(bound)
    one = proof(start)
    assert [(await asked(bound, start, one)).status_code for _ in range(3)] == [200, 401, 401]


async def test_t61_a_new_token_is_bound_as_the_old_one_was(bound: Bench) -> None:
    path, token = await started(bound)
    changed = await asked(
        bound, (path, token), proof((path, token), method="POST", below="/token"), method="POST", below="/token"
    )
    new = path, changed.json()["token"]
    proved = await bound.client.post(f"{path}/token", headers=bound.tokens[PEER])
    newer = path, proved.json()["token"]
    assert (await asked(bound, newer, None, scheme="Bearer")).status_code == 401
    assert (await asked(bound, new, proof(new))).status_code == 401
    assert (await asked(bound, newer, proof(newer))).status_code == 200


async def test_t61_a_peers_new_key_ends_the_tokens_of_the_old_one_and_binds_the_next(bound: Bench) -> None:
    path, token = await started(bound)
    await bound.service.peers.put(PEER, bound.peer.base, key=OTHER.public_jwk)
    old = path, token
    renewal = proof(old, method="POST", below="/token")
    answers = [await asked(bound, old, proof(old)), await asked(bound, old, renewal, method="POST", below="/token")]
    assert [each.status_code for each in answers] == [401, 401]
    new = path, (await bound.client.post(f"{path}/token", headers=bound.tokens[PEER])).json()["token"]
    assert (await asked(bound, new, proof(new))).status_code == 401
    assert (await asked(bound, new, proof(new, OTHER))).status_code == 200


async def test_t61_once_a_peer_is_bound_nobody_only_bears_what_it_was_given(two: Bench) -> None:
    address = (await two.transfer())["dataAddress"]
    named = {each["name"]: each["value"] for each in address["endpointProperties"]}
    start = address["endpoint"].removeprefix(BASE), named["authorization"]
    await two.service.peers.put(PEER, two.peer.base, key=KEY.public_jwk, bound=True)
    assert (await asked(two, start, None, scheme="Bearer")).status_code == 401
    new = start[0], (await two.client.post(f"{start[0]}/token", headers=two.tokens[PEER])).json()["token"]
    assert (await asked(two, new, None, scheme="Bearer")).status_code == 401
    two.service.proofs._began -= 1
    assert (await asked(two, new, proof(new))).status_code == 200
    await two.service.peers.put(PEER, two.peer.base, bound=False)


async def test_t61_once_a_peer_is_bound_it_is_given_no_key_pair_of_a_store_anew(two: Bench) -> None:
    pid = (await two.transfer(format="AmazonS3-PULL"))["providerPid"]
    anew = f"{BASE}/data/{pid}/token"
    assert (await two.client.post(anew, headers=two.tokens[PEER])).status_code == 200
    await two.service.peers.put(PEER, two.peer.base, key=KEY.public_jwk, bound=True)
    assert (await two.client.post(anew, headers=two.tokens[PEER])).status_code == 401
    await two.service.peers.put(PEER, two.peer.base, bound=False)


async def test_t61_a_wait_for_changes_takes_one_proof(bound: Bench) -> None:
    start = await started(bound)
    below = "/changes?after=0&wait=2"
    answer = await asked(bound, start, proof(start, below=below), below=below)
    assert (answer.status_code, "changes" in answer.json()) == (200, True)


async def test_t61_who_takes_a_token_for_bound_that_is_not_learns_that(two: Bench) -> None:
    address = (await two.transfer())["dataAddress"]
    named = {each["name"]: each["value"] for each in address["endpointProperties"]}
    start = address["endpoint"].removeprefix(BASE), named["authorization"]
    assert (await asked(two, start, proof(start))).status_code == 401
    assert (await asked(two, start, None, scheme="Bearer")).status_code == 200


def taker() -> proofs.Proofs:
    """One that began a while ago."""
    taken = proofs.Proofs()
    taken._began -= 2
    return taken


async def take(taken: proofs.Proofs, one: str) -> None:
    await taken.check(one, key=KEY.kid, token="rg_x", method="GET", url="http://x/data/1")


async def test_a_proof_that_was_made_before_the_service_began_is_not_taken_and_that_is_said() -> None:
    one = proofs.made(KEY, "GET", "http://x/data/1", "rg_x")
    with pytest.raises(proofs.ProofRefused) as refused:
        await take(proofs.Proofs(), one)
    assert "before this service began" in refused.value.message.en
    assert "起動前" in refused.value.message.ja


@pytest.mark.parametrize("ahead", [0, 1])
async def test_t47_a_proof_that_was_taken_is_not_taken_again_by_the_process_after_that(ahead: int) -> None:
    one = signed(claimed(("/1", "rg_x"), htu="http://x/data/1", iat=int(time.time()) + ahead))
    await take(taker(), one)
    with pytest.raises(proofs.ProofRefused):
        await take(proofs.Proofs(), one)


async def test_proofs_are_forgotten_once_their_time_is_over(monkeypatch: pytest.MonkeyPatch) -> None:
    taken, now = taker(), time.time()
    for minute in range(5):
        monkeypatch.setattr(time, "time", lambda minute=minute: now + 60 * minute)
        await take(taken, proofs.made(KEY, "GET", "http://x/data/1", "rg_x"))
    assert len(taken._seen) == 3
