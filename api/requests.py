"""What every route asks of its request: who asks, the service, documents and parameters."""

import asyncio
import io
from collections.abc import Sequence

from starlette.requests import Request

from api.errors import ParameterInvalid, TokenInvalid, TokenMissing
from api.limits import body
from api.service import Service
from catalog.descriptions import Document
from exchange.tck import KIT
from ontology.messages import Message
from ontology.reading import read
from participants.principal import ANONYMOUS, Principal
from participants.tokens import TokenRefused, UnverifiedToken

PROTOCOL = "/dsp/"  # where the Dataspace Protocol is spoken
HEAD = "renkei.head"  # in the scope of a HEAD request, which is routed as GET


_KIT = Principal(KIT, "reader", None, True)


def wants_body(request: Request) -> bool:
    """Whether anybody will see the body; HEAD is answered without."""
    return HEAD not in request.scope


def service_of(request: Request) -> Service:
    """The service behind the app."""
    service: Service = request.app.state.service
    return service


def base_of(request: Request) -> str:
    """Public address of the service, without a slash at the end; never taken from the request."""
    base: str = request.app.state.settings.base
    return base


async def reader_of(request: Request) -> Principal:
    """Who asks: proved by `Authorization: Bearer`, anonymous without that header.

    A peer of the Dataspace Protocol may have a scheme of its own: there, and only there, the header that it presents
    proves it too.

    Raises:
        TokenInvalid: there is a header that proves nothing; it never falls back to anonymous, so that a client learns.
    """
    values = request.headers.getlist("authorization")
    if not values:
        return _KIT if request.app.state.settings.tck and request.scope["path"].startswith(PROTOCOL) else ANONYMOUS
    try:
        return await _bearer(request, values)
    except TokenInvalid:
        foreign = len(values) == 1 and request.scope["path"].startswith(PROTOCOL)
        peer = await service_of(request).peers.by_presented(values[0]) if foreign else None
        if peer is None:
            raise
        return peer


async def _bearer(request: Request, values: Sequence[str]) -> Principal:
    scheme, _, token = values[0].partition(" ")
    if len(values) > 1 or scheme.lower() != "bearer" or not token.isascii() or not 0 < len(token.strip()) <= 512:
        raise TokenInvalid
    try:
        return await service_of(request).tokens.verify(UnverifiedToken(token.strip()))
    except TokenRefused:
        raise TokenInvalid from None


async def writer_of(request: Request) -> Principal:
    """Who asks for a write; raises TokenMissing when nobody is proved."""
    principal = await reader_of(request)
    if not principal.authenticated:
        raise TokenMissing
    return principal


async def document_of(
    request: Request, base_iri: str, given: bytes | None = None, *, media_type: str | None = None
) -> Document:
    """The RDF document of a body, bytes and all.

    Args:
        request: its Content-Type is believed when it names an RDF syntax, else the content decides.
        base_iri: what relative IRIs in it are relative to.
        given: the body, if it was read already, or what a member of it holds.
        media_type: of what a member holds.

    Raises:
        Unreadable, SyntaxUnknown
    """
    given = await body(request) if given is None else given
    media_type = media_type or request.headers.get("content-type")
    return await asyncio.to_thread(_read, given, media_type, base_iri)


def _read(given: bytes, media_type: str | None, base_iri: str) -> Document:
    reading = read(io.BytesIO(given), media_type=media_type, base_iri=base_iri)
    triples = list(reading)
    return Document(triples, given, reading.syntax.media_type, tuple(fault.message for fault in reading.faults))


def number(request: Request, name: str, default: int, least: int, most: int) -> int:
    """A whole number of the query; raises ParameterInvalid outside its bounds."""
    text = request.query_params.get(name)
    if text is None or text == "":
        return default
    if not (text.isascii() and text.isdigit() and len(text) < 10 and least <= int(text) <= most):
        raise ParameterInvalid(
            name,
            Message(
                ja=f"{name} は {least} から {most} までの整数です。",
                en=f"{name} is a whole number from {least} to {most}.",
            ),
        )
    return int(text)


def choice(request: Request, name: str, values: Sequence[str], default: str) -> str:
    """One of several words of the query; raises ParameterInvalid for any other."""
    text = request.query_params.get(name) or default
    if text not in values:
        listed = ", ".join(values)
        raise ParameterInvalid(
            name, Message(ja=f"{name} は次のいずれかです: {listed}", en=f"{name} is one of {listed}.")
        )
    return text


def flag(request: Request, name: str) -> bool:
    """A yes or no of the query: `true`, `1`, `yes` or the bare name."""
    return name in request.query_params and request.query_params[name].lower() in ("", "1", "true", "yes")


def audience_of(request: Request) -> tuple[str, ...] | None:
    """The audiences that the query names, None when it names none."""
    return tuple(request.query_params.getlist("audience")) or None
