"""What a request bears to be let to the data of a transfer: its token, and the proof of the key that is bound to."""

from starlette.requests import Request

from api.requests import base_of, service_of, wants_body
from exchange.grants import Granted, UnverifiedGrant
from exchange.proofs import SCHEME
from exchange.release_errors import GrantRefused, ProofRefused
from ontology.messages import Message

_MISSING = Message(
    ja="このトークンは鍵に結び付けられています。Authorization: DPoP と、証明のヘッダー DPoP を 1 つ付けてください。",
    en="This token is bound to a key: send it as Authorization: DPoP, with one header DPoP that proves the key.",
)


def token_of(request: Request) -> UnverifiedGrant:
    """The token of a request, whatever it is worth; raises GrantRefused where there is none."""
    scheme, given = _authorization(request)
    if scheme not in ("", "bearer", SCHEME.lower()) or not given.isascii():
        raise GrantRefused
    return UnverifiedGrant(given.strip())


async def check_proof(request: Request, granted: Granted) -> None:
    """Refuse a token that is bound to a key without a proof of that; one proof is taken once for a request.

    Raises:
        ProofRefused, GrantRefused
    """
    (scheme, token), key = _authorization(request), granted.bound.proof_key
    if key is None:
        if scheme == SCHEME.lower():  # who takes it for bound shall learn that it is not
            raise GrantRefused
        return
    proofs = request.headers.getlist("dpop")
    if scheme != SCHEME.lower() or len(proofs) != 1:
        raise ProofRefused(_MISSING)
    if getattr(request.state, "proved", None) != granted.hash:
        await service_of(request).proofs.check(
            proofs[0], key=key, token=token.strip(), method=_method(request), url=_address(request)
        )
        request.state.proved = granted.hash


def _authorization(request: Request) -> tuple[str, str]:
    """Scheme in lower case and token; EDC sends the token as it stands in the data address, without a scheme."""
    values = request.headers.getlist("authorization")
    scheme, _, token = values[0].partition(" ") if len(values) == 1 else ("", "", "")
    return (scheme.lower(), token) if token else ("", scheme)


def _method(request: Request) -> str:
    return request.method if wants_body(request) else "HEAD"


def _address(request: Request) -> str:
    """Of the request as the outside knows it: the path below the public address, whatever stands in front of us."""
    path: str = request.scope["path"]
    return base_of(request) + path[path.index("/data/") :]
