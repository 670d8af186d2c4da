"""Answers that several routes give: descriptions in every syntax, conditional requests, links between forms."""

import asyncio
import hashlib
from collections.abc import Iterable, Sequence
from typing import Any

import orjson
from pyoxigraph import Triple
from starlette.requests import Request
from starlette.responses import Response

from api.cache import Rendered
from api.negotiation import HTML, RESOURCE, TRIG, TURTLE, Form
from ontology.description import Description
from ontology.jsonld_contexts import DCAT_CONTEXT
from ontology.turtle_lines import turtle_of
from ontology.writing import write

DCAT_AP_PROFILE = "http://data.europa.eu/r5r/"
_SMALL = 20_000  # characters, some hundred triples: a few milliseconds
VARY = "Accept, Accept-Language, Authorization, Cookie"


def json_answer(value: Any, status: int = 200, **headers: str) -> Response:
    """A JSON answer; dates as ISO 8601."""
    named = {name.replace("_", "-"): text for name, text in headers.items()}
    return Response(orjson.dumps(value, default=str), status, {"vary": VARY, **named}, "application/json")


def rendered_rdf(triples: Iterable[Triple], form: Form, base: str, subject: str | None = None) -> bytes:
    """Triples in an RDF syntax; what the syntax cannot hold is left out.

    Args:
        triples: of one graph.
        form: one with a syntax.
        base: address of this service, where the JSON-LD context is served.
        subject: what framed JSON-LD is about.
    """
    assert form.syntax is not None
    return write(triples, form.syntax, subject=subject, context=context_address(base)).data


def context_address(base: str) -> str:
    """Where the JSON-LD context of our documents is served."""
    return f"{base}/contexts/{DCAT_CONTEXT}"


def resource_headers(form: Form, etag: str, address: str, iri: str, *, private: bool) -> tuple[tuple[str, str], ...]:
    """The headers of one form of a resource: what it is, what else there is, what it is about."""
    links = [
        f'<{address}?format={other.name}>; rel="alternate"; type="{other.media_type}"'
        for other in RESOURCE
        if other is not form
    ]
    links += [
        f'<{address}>; rel="canonical"',
        f'<{address}/report>; rel="describedby"; type="text/html"',
        f'<{DCAT_AP_PROFILE}>; rel="profile"',
    ]
    if iri.isascii() and not set(iri) & set('<> "\r\n\0'):
        links.append(f'<{iri}>; rel="about"')
    return (
        ("content-type", form.content_type),
        ("etag", f'"{etag}"'),
        ("vary", VARY),
        ("cache-control", "private, no-cache" if private or form is HTML else "no-cache"),
        ("link", ", ".join(links)),
        ("content-location", f"{address}?format={form.name}"),
    )


def conditional(request: Request, entry: Rendered) -> Response:
    """The answer, or 304 when the client has it (If-None-Match, RFC 9110 §13.1.2)."""
    headers = dict(entry.headers)
    given = request.headers.get("if-none-match")
    if given and (given.strip() == "*" or entry.etag in opaque_tags(given)):
        names = ("etag", "vary", "cache-control", "content-location")
        kept: dict[str, str] = {name: headers[name] for name in names if name in headers}
        return Response(status_code=304, headers=kept)
    return Response(entry.body, 200, headers)


def opaque_tags(header: str) -> Sequence[str]:
    """The entity tags of a list, without weakness marks and quotation marks."""
    return [part.strip().removeprefix("W/").strip('"') for part in header[:4000].split(",")]


def etag_of(body: bytes) -> str:
    """An entity tag for what has no revision of its own, a page for example."""
    return hashlib.blake2b(body, digest_size=12).hexdigest()


def revision_tag(request: Request) -> str | None:
    """The revision that If-Match names: the part before the form's name; None without the header, `*` for any."""
    given = request.headers.get("if-match")
    if given is None:
        return None
    if given.strip() == "*":
        return "*"
    tags = opaque_tags(given)
    return tags[0].partition(".")[0] if tags else ""


async def resource_rdf(description: Description, form: Form, base: str) -> bytes:
    """A description in an RDF syntax; small ones at once, for the way to a thread and back costs more than they do."""
    if len(description.canonical) < _SMALL:
        return _description_rdf(description, form, base)
    found: bytes = await off_loop(_description_rdf, description, form, base)
    return found


def _description_rdf(description: Description, form: Form, base: str) -> bytes:
    written = turtle_of(description.canonical, description.iri) if form in (TURTLE, TRIG) else None
    return rendered_rdf(description.triples, form, base, description.iri) if written is None else written


async def off_loop(work: Any, *args: Any) -> Any:
    """Run pure work that takes more than a moment in a thread."""
    return await asyncio.to_thread(work, *args)
