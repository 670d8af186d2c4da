"""Which form of a resource a client gets: `?format=` first, then the Accept header (RFC 9110 §12.5.1)."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from api.errors import NotAcceptable
from ontology.syntax import Syntax


@dataclass(frozen=True, slots=True, eq=False)  # each is one of a kind, and the key of many look-ups
class Form:
    """One form a resource can be had in.

    Attributes:
        name: value of `?format=`, and the end of the ETag.
        media_type: Content-Type without parameters.
        syntax: the RDF syntax, None for pages and plain JSON.
        aliases: further values of `?format=`.
        also: further media types that mean this form.
    """

    name: str
    media_type: str
    syntax: Syntax | None = None
    aliases: frozenset[str] = frozenset()
    also: frozenset[str] = frozenset()

    @property
    def content_type(self) -> str:
        """Content-Type with the charset where the media type knows one."""
        return f"{self.media_type}; charset=utf-8" if self.media_type.startswith("text/") else self.media_type


HTML = Form("html", "text/html", also=frozenset({"application/xhtml+xml"}))
JSON = Form("json", "application/json", also=frozenset({"text/json"}))
TURTLE = Form("ttl", "text/turtle", Syntax.TURTLE, frozenset({"turtle"}), frozenset({"application/x-turtle"}))
JSON_LD = Form(
    "jsonld", "application/ld+json", Syntax.JSON_LD, frozenset({"json-ld", "json"}), frozenset({"application/json"})
)
RDF_XML = Form(
    "rdf",
    "application/rdf+xml",
    Syntax.RDF_XML,
    frozenset({"xml", "rdfxml", "rdf+xml"}),
    frozenset({"application/xml"}),
)
N_TRIPLES = Form("nt", "application/n-triples", Syntax.N_TRIPLES, frozenset({"ntriples"}), frozenset({"text/plain"}))
N_QUADS = Form("nq", "application/n-quads", Syntax.N_QUADS, frozenset({"nquads"}), frozenset({"text/x-nquads"}))
TRIG = Form("trig", "application/trig", Syntax.TRIG, also=frozenset({"application/x-trig"}))

RDF = (TURTLE, JSON_LD, RDF_XML, N_TRIPLES, N_QUADS, TRIG)
RESOURCE = (*RDF, HTML)  # the first is what `*/*` gets: programs that state nothing want data, browsers name text/html


def negotiate(accept: str | None, asked: str | None, offered: Sequence[Form] = RESOURCE) -> Form:
    """The form a client gets.

    Args:
        accept: Accept header, None or "" takes anything.
        asked: value of `?format=`, a name, an alias or a media type.
        offered: what there is, the preferred one first.

    Raises:
        NotAcceptable: none of them is acceptable.
    """
    if asked:
        return _by_name(asked.strip().lower().replace(" ", "+"), offered)
    if not accept or not accept.strip():
        return offered[0]
    best = _best(accept[:4000], tuple(offered))
    if best is None:
        raise NotAcceptable(tuple(form.media_type for form in offered))
    return best


@lru_cache(maxsize=256)
def _best(accept: str, offered: tuple[Form, ...]) -> Form | None:
    ranges = _ranges(accept)
    best = max(offered, key=lambda form: (_quality(form, ranges), -offered.index(form)))
    return best if _quality(best, ranges) > 0 else None


def _by_name(asked: str, offered: Sequence[Form]) -> Form:
    for form in offered:
        if asked in (form.name, form.media_type) or asked in form.aliases or asked in form.also:
            return form
    raise NotAcceptable(tuple(form.name for form in offered))


def _ranges(accept: str) -> dict[str, float]:
    ranges: dict[str, float] = {}
    for part in accept.split(","):
        media_range, *parameters = (piece.strip().lower() for piece in part.split(";"))
        quality = 1.0
        for parameter in parameters:
            if match := re.fullmatch(r"q\s*=\s*([01](?:\.\d{0,3})?)", parameter):
                quality = float(match[1])
        if media_range:
            ranges[media_range] = max(quality, ranges.get(media_range, 0.0))
    return ranges


def _quality(form: Form, ranges: dict[str, float]) -> float:
    """What the most specific range that matches says; a media type that only resembles the form counts a hair less."""
    if form.media_type in ranges:
        return ranges[form.media_type]
    also = [ranges[media_type] for media_type in form.also if media_type in ranges]
    if also:
        return max(also) - (0.0001 if max(also) > 0 else 0)
    family = form.media_type.split("/")[0] + "/*"
    return ranges.get(family, ranges.get("*/*", 0.0))
