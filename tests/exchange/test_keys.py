"""What is sealed opens only as it was sealed; what is signed is believed only from its key (security.md, T62)."""

import base64
import json
import multiprocessing
import secrets
import stat
from pathlib import Path

import pytest
from joserfc import jws
from joserfc.jwk import OctKey, OKPKey, RSAKey

from exchange.keys import SecretBox, SigningKey, verify
from exchange.partner_errors import SealBroken, SignatureInvalid

CREDENTIAL = b"Bearer of-the-peer"


@pytest.fixture
def box(tmp_path: Path) -> SecretBox:
    return SecretBox.in_folder(tmp_path)


@pytest.fixture
def key(tmp_path: Path) -> SigningKey:
    return SigningKey.in_folder(tmp_path)


def test_what_is_sealed_opens_after_a_restart(tmp_path: Path) -> None:
    sealed = SecretBox.in_folder(tmp_path).seal(CREDENTIAL, "peer")
    assert SecretBox.in_folder(tmp_path).open(sealed, "peer") == CREDENTIAL
    assert CREDENTIAL not in sealed


def test_the_same_secret_never_looks_the_same_twice(box: SecretBox) -> None:
    assert box.seal(CREDENTIAL, "peer") != box.seal(CREDENTIAL, "peer")


def test_what_is_sealed_for_one_purpose_does_not_open_for_another(box: SecretBox) -> None:
    with pytest.raises(SealBroken):
        box.open(box.seal(CREDENTIAL, "peer https://a.example/"), "peer https://b.example/")


def test_no_byte_of_a_sealed_text_can_be_changed_or_missing(box: SecretBox) -> None:
    sealed = box.seal(CREDENTIAL, "peer")
    changed = [sealed[:at] + bytes([sealed[at] ^ 1]) + sealed[at + 1 :] for at in range(len(sealed))]
    for broken in (*changed, *(sealed[:at] for at in range(len(sealed)))):
        with pytest.raises(SealBroken):
            box.open(broken, "peer")


def test_another_key_is_named_as_the_cause(box: SecretBox, tmp_path: Path) -> None:
    other = SecretBox(secrets.token_bytes(32))
    with pytest.raises(SealBroken, match="another secret-key"):
        other.open(box.seal(CREDENTIAL, "peer"), "peer")


def test_the_key_of_the_settings_comes_before_the_file(tmp_path: Path) -> None:
    given = base64.urlsafe_b64encode(bytes(32)).decode()
    assert SecretBox(bytes(32)).open(SecretBox.in_folder(tmp_path, given).seal(b"x", "p"), "p") == b"x"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("given", ["", "short", "é" * 43, "A" * 44, "A" * 42, "!" * 43])
def test_a_key_that_is_not_256_bits_is_refused(given: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        SecretBox.in_folder(tmp_path, given)


def test_nobody_else_may_read_the_keys(box: SecretBox, key: SigningKey, tmp_path: Path) -> None:
    assert {path.name: stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir()} == {
        "secret-key": 0o600,
        "signing-key.pem": 0o600,
    }


def _kid(folder: Path) -> str:
    return SigningKey.in_folder(folder).kid


def test_processes_that_start_together_have_one_key(tmp_path: Path) -> None:
    with multiprocessing.get_context("spawn").Pool(3) as pool:
        assert len(set(pool.map(_kid, [tmp_path] * 12, chunksize=1))) == 1


def test_a_signature_is_verified_by_the_published_key(key: SigningKey) -> None:
    assert verify(key.sign(b"agreed", "agreement"), key.public_jwk, "agreement") == b"agreed"
    assert key.public_jwk["kid"] == key.kid
    assert "d" not in key.public_jwk


def test_a_signature_for_one_kind_proves_nothing_for_another(key: SigningKey) -> None:
    with pytest.raises(SignatureInvalid):
        verify(key.sign(b"agreed", "agreement"), key.public_jwk, "checkpoint")


def test_a_signature_of_somebody_else_is_refused(key: SigningKey, tmp_path: Path) -> None:
    other = SigningKey.in_folder(tmp_path / "other")
    with pytest.raises(SignatureInvalid):
        verify(other.sign(b"agreed"), key.public_jwk)


def test_no_character_of_a_signature_can_be_changed(key: SigningKey) -> None:
    signed = key.sign(b"agreed")
    for at, letter in enumerate(signed[:-1]):  # the last one holds bits that mean nothing
        broken = signed[:at] + ("A" if letter != "A" else "B") + signed[at + 1 :]
        with pytest.raises(SignatureInvalid):
            verify(broken, key.public_jwk)


def _part(value: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


def _forgeries(key: SigningKey) -> list[str]:
    own = OKPKey.generate_key("Ed25519")
    by_own = {"alg": "Ed25519", "kid": key.kid, "typ": "JOSE"}
    x = base64.urlsafe_b64decode(key.public_jwk["x"] + "=")
    hmac_key, rsa = OctKey.import_key(x), RSAKey.generate_key(2048)
    return [
        f"{_part({'alg': 'none', 'typ': 'JOSE'})}.{_part('agreed')}.",
        f"{_part({'alg': 'None', 'typ': 'JOSE'})}.{_part('agreed')}.AAAA",
        jws.serialize_compact({"alg": "HS256", "typ": "JOSE", "kid": key.kid}, b"agreed", hmac_key),
        jws.serialize_compact({"alg": "RS256", "typ": "JOSE", "kid": key.kid}, b"agreed", rsa),
        jws.serialize_compact({**by_own, "jwk": own.as_dict(private=False)}, b"agreed", own, algorithms=["Ed25519"]),
        jws.serialize_compact({**by_own, "jku": "https://evil.example/"}, b"agreed", own, algorithms=["Ed25519"]),
        jws.serialize_compact(by_own, b"agreed", own, algorithms=["Ed25519"]),
        "..", "", ".", "a.b.c.d", "é.é.é", "e30.e30.e30", f"{_part([])}.e30.AAAA", f"{_part(7)}.e30.AAAA", "A" * 2_000_000,
    ]  # fmt: skip


def test_t62_no_forged_signature_is_believed(key: SigningKey) -> None:
    for forged in _forgeries(key):
        with pytest.raises(SignatureInvalid):
            verify(forged, key.public_jwk)


@pytest.mark.parametrize("extra", [{"jwk": {"kty": "OKP"}}, {"x5u": "https://evil.example/"}, {"note": "x"}])
def test_t62_a_header_that_says_more_is_refused_though_the_key_is_right(
    key: SigningKey, tmp_path: Path, extra: dict[str, object]
) -> None:
    own = OKPKey.import_key((tmp_path / "signing-key.pem").read_bytes())
    registry = jws.JWSRegistry(algorithms=["Ed25519"], strict_check_header=False)
    signed = jws.serialize_compact({"alg": "Ed25519", "typ": "JOSE", **extra}, b"agreed", own, registry=registry)
    with pytest.raises(SignatureInvalid):
        verify(signed, key.public_jwk)


@pytest.mark.parametrize("jwk", [{}, {"kty": "RSA"}, {"kty": "OKP", "crv": "X25519", "x": "AAAA"},
                                 {"kty": "OKP", "crv": "Ed25519", "x": "AAAA"}, {"kty": "OKP", "crv": "Ed25519", "x": 7}])  # fmt: skip
def test_a_key_that_is_none_verifies_nothing(key: SigningKey, jwk: dict[str, object]) -> None:
    with pytest.raises(SignatureInvalid):
        verify(key.sign(b"agreed"), jwk)
