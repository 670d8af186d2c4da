"""One event proved, and what its proof is worth to somebody who has nothing but the public key."""

import orjson
import pytest

from exchange.notary import SigningNotary, proves
from journal.errors import EventUnknown, EventUnsealed, ProofUnreadable
from journal.events import Event, EventKind, append
from journal.proving import Proof, proof_from, prove
from journal.sealing import Sealer
from stores.database import Database

pytestmark = pytest.mark.anyio


@pytest.fixture(autouse=True)
def several(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("journal.sealing.AT_ONCE", 7)


def travelled(proof: Proof) -> Proof:
    return proof_from(orjson.loads(orjson.dumps(proof.to_json())))


async def test_every_event_is_proved_by_the_checkpoint_that_covers_it(
    busy: Database, sealer: Sealer, notary: SigningNotary
) -> None:
    await sealer.seal()
    proofs = [travelled(await prove(busy, event)) for event in range(1, 31)]
    assert [proof.event["seq"] for proof in proofs] == list(range(1, 31))
    assert {proof.wrong(notary) for proof in proofs} == {None}
    assert [proof.sealed.checkpoint.number for proof in proofs[5:9]] == [1, 1, 2, 2]


async def test_the_signature_is_proved_by_the_public_key_alone(
    busy: Database, sealer: Sealer, notary: SigningNotary
) -> None:
    await sealer.seal()
    sealed = (await prove(busy, 3)).sealed
    assert proves(notary.key.public_jwk, sealed.checkpoint.statement, sealed.signature)


@pytest.mark.parametrize("change", ["line", "index", "path", "root", "signature"])
async def test_whatever_is_changed_in_a_proof_it_proves_nothing(
    change: str, busy: Database, sealer: Sealer, notary: SigningNotary
) -> None:
    await sealer.seal()
    given, other = (await prove(busy, 10)).to_json(), (await prove(busy, 11)).to_json()
    if change == "root":
        given["checkpoint"]["root"] = "0" * 64
    elif change == "signature":
        given["signature"] = (await prove(busy, 1)).sealed.signature
    else:
        given[change] = other[change]
    assert proof_from(given).wrong(notary) is not None


async def test_an_event_that_is_not_there_or_not_sealed_yet_is_told_apart(busy: Database, sealer: Sealer) -> None:
    await sealer.seal()
    async with busy.writing() as connection:
        await append(connection, [Event(EventKind.REGISTERED, "demo", 1)])
    with pytest.raises(EventUnsealed, match="31"):
        await prove(busy, 31)
    with pytest.raises(EventUnknown, match="32"):
        await prove(busy, 32)


@pytest.mark.parametrize("given", [None, [], {}, {"line": "[]", "index": 0, "path": []}, {"line": 1}, "proof"])
def test_what_is_no_proof_is_refused(given: object) -> None:
    with pytest.raises(ProofUnreadable):
        proof_from(given)
