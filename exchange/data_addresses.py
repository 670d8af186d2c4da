"""Where data is pulled from, as peers write it: the address, and the header that opens it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from exchange.keys import SigningKey
from exchange.proofs import SCHEME, made

_EDC: Final = "https://w3id.org/edc/v0.0.1/ns/"


@dataclass(frozen=True, slots=True)
class Access:
    """How to get at the data of a transfer.

    Attributes:
        endpoint: what is asked with GET, None where the peer named nothing.
        authorization: whole value of the Authorization header, None where none is needed.
        proves: whether a proof of our key (DPoP, RFC 9449) has to come with it.
    """

    endpoint: str | None
    authorization: str | None = field(repr=False)
    proves: bool = False

    def headers(self, key: SigningKey, method: str, url: str) -> dict[str, str]:
        """The headers that open the data to one request; the proof among them is good for that one alone."""
        if self.authorization is None:
            return {}
        token = self.authorization.rpartition(" ")[2]
        proof = {"dpop": made(key, method, url, token)} if self.proves else {}
        return {"authorization": self.authorization, **proof}

    def with_token(self, token: str) -> str:
        """The Authorization header with another token."""
        return f"{SCHEME if self.proves else 'Bearer'} {token}"


def access_of(address: Mapping[str, Any]) -> Access:
    """Read a data address.

    EDC writes all of it as properties named by IRIs, the endpoint too, and its data planes want the token without the
    word Bearer, although they call it a bearer token.
    """
    listed = [each for each in address.get("endpointProperties", ()) if isinstance(each, Mapping)]
    given = {str(each.get("name")): str(each.get("value")) for each in listed}
    theirs = {name.removeprefix(_EDC): value for name, value in given.items() if name.startswith(_EDC)}
    endpoint = address.get("endpoint") or given.get("endpoint") or theirs.get("endpoint")
    if "authorization" in theirs:
        return Access(endpoint, theirs["authorization"])
    token = given.get("authorization")
    if token is not None and given.get("authType", "").lower() == "dpop":
        return Access(endpoint, f"{SCHEME} {token}", proves=True)
    if token is None or given.get("authType", "bearer").lower() != "bearer" or " " in token:
        return Access(endpoint, token)
    return Access(endpoint, f"Bearer {token}")
