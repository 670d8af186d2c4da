"""T30, T48, T51, T64, T66, P26: where a token of a transfer is taken, how long, and what bodies may not smuggle in."""

import secrets

import pytest

from exchange.grants import UnverifiedGrant
from exchange.release_errors import GrantRefused
from tests.conformance.dsp_bench import BASE, OPERATOR, PEER, Bench
from tests.conformance.dsp_peer import Json, message

pytestmark = pytest.mark.anyio
REASON = {"reason": "over"}


def place(start: Json) -> tuple[str, str]:
    """Path and token of a transfer's data."""
    named = {each["name"]: each["value"] for each in start["dataAddress"]["endpointProperties"]}
    return start["dataAddress"]["endpoint"].removeprefix(BASE), named["authorization"]


async def pulled(two: Bench, path: str, token: str) -> int:
    return (await two.client.get(path, headers={"authorization": f"Bearer {token}"})).status_code


async def test_t30_t66_a_token_in_address_body_or_cookie_is_none_and_no_log_holds_it(
    two: Bench, capsys: pytest.CaptureFixture[str]
) -> None:
    path, token = place(await two.transfer())
    answers = [
        await two.client.get(path, params={"access_token": token}),
        await two.client.request("GET", path, content=f"access_token={token}"),
        await two.client.get(path, headers={"cookie": f"access_token={token}"}),
        await two.client.get(path, headers={"x-api-key": token, "proxy-authorization": f"Bearer {token}"}),
    ]
    assert [each.status_code for each in answers] == [401] * 4
    assert (await two.client.post(path, data={"access_token": token})).status_code == 405
    told = "".join(capsys.readouterr()) + "".join(each.text for each in answers)
    assert token not in told


async def test_t48_a_thousand_guessed_tokens_open_nothing_and_leave_no_trace_of_data(two: Bench) -> None:
    path, token = place(await two.transfer())
    head = await two.service.database.head()
    guesses = [f"rg_{secrets.token_urlsafe(32)}" for _ in range(990)]
    near = [token[:-1], token + "a", token.swapcase(), token[3:], "rg_", token[:20], token[::-1]]
    assert {await pulled(two, path, each) for each in (*guesses[:50], *near)} == {401}
    for each in guesses[50:]:
        with pytest.raises(GrantRefused):
            await two.service.grants.verify(UnverifiedGrant(each))
    assert await two.service.database.head() == head
    assert await pulled(two, path, token) == 200


async def test_t51_answers_to_a_token_are_kept_by_no_cache_in_between(two: Bench) -> None:
    path, token = place(await two.transfer())
    bearer = {"authorization": f"Bearer {token}"}
    answers = [
        await two.client.get(path, headers=bearer), await two.client.get(f"{path}/changes", headers=bearer),
        await two.client.post(f"{path}/token", headers=bearer), await two.client.get(path, headers=bearer),
    ]  # fmt: skip
    assert [each.status_code for each in answers] == [200, 200, 200, 401]
    assert all("no-store" in each.headers["cache-control"] for each in answers)


@pytest.mark.parametrize("ending", ["transfer", "agreement", "the peer itself"])
async def test_t64_after_the_end_the_very_next_request_is_refused(two: Bench, ending: str) -> None:
    agreement = (await two.agreed())["@id"]
    start = await two.transfer(agreement)
    path, token = place(start)
    assert await pulled(two, path, token) == 200
    pid = start["providerPid"]
    if ending == "the peer itself":
        ids = {"providerPid": pid, "consumerPid": start["consumerPid"]}
        await two.post(f"/transfers/{pid}/completion", message("TransferCompletionMessage", **ids))
    else:
        short = agreement.rpartition("/")[2]
        at = f"/exchange/transfers/{pid}/terminate" if ending == "transfer" else f"/agreements/{short}/end"
        assert (await two.client.post(at, json=REASON, headers=OPERATOR)).status_code == 200
    assert await pulled(two, path, token) in (401, 403)
    assert (await two.client.post(f"{path}/token", headers=two.tokens[PEER])).status_code == 401


SMUGGLED = {
    "/exchange/negotiations": {"provider": PEER, "dataset": "urn:x", "actor": "urn:somebody"},
    "/exchange/transfers": {"agreement": "urn:x", "role": "provider"},
    "/exchange/peers": {"participant": PEER, "address": "http://127.0.0.1:9", "sealed": "x"},
    "/exchange/hooks": {"address": "https://city.example/", "owner": None},
    "/exchange/performed": {"agreement": "urn:x", "action": "odrl:delete", "noted_by": "urn:somebody"},
    "/offers": {"dataset": "urn:x", "terms": {"templates": {"open": {}}}, "owner": "urn:somebody"},
}


@pytest.mark.parametrize("path", SMUGGLED)
async def test_p26_a_member_that_nobody_asked_for_is_refused_by_its_name(two: Bench, path: str) -> None:
    answer = await two.client.post(path, json=SMUGGLED[path], headers=OPERATOR)
    (smuggled,) = list(SMUGGLED[path])[-1:]
    assert (answer.status_code, answer.json()["place"]["member"]) == (422, smuggled)
