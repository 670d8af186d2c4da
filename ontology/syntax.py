"""The six RDF syntaxes, and how a document's is told."""

import re
from enum import Enum

from pyoxigraph import RdfFormat

from ontology.messages import Message


class Syntax(Enum):
    """A syntax Renkei reads and writes."""

    TURTLE = ("text/turtle", "ttl", RdfFormat.TURTLE)
    TRIG = ("application/trig", "trig", RdfFormat.TRIG)
    N_TRIPLES = ("application/n-triples", "nt", RdfFormat.N_TRIPLES)
    N_QUADS = ("application/n-quads", "nq", RdfFormat.N_QUADS)
    RDF_XML = ("application/rdf+xml", "rdf", RdfFormat.RDF_XML)
    JSON_LD = ("application/ld+json", "jsonld", RdfFormat.JSON_LD)

    @property
    def media_type(self) -> str:
        """The registered media type, without parameters."""
        return self.value[0]

    @property
    def extension(self) -> str:
        """The usual end of a file's name, without the dot."""
        return self.value[1]

    @property
    def format(self) -> RdfFormat:
        """pyoxigraph's name of it."""
        return self.value[2]


class SyntaxUnknown(ValueError):
    """Neither media type nor name nor content says which RDF syntax this is.

    Attributes:
        message: reason and remedy for the publisher.
    """

    def __init__(self, what: Message) -> None:
        super().__init__(what.en)
        self.message = what


# text/plain, application/octet-stream and the like say nothing: the name or the content decides.
_MEDIA_TYPES = {
    **{syntax.media_type: syntax for syntax in Syntax},
    "application/x-turtle": Syntax.TURTLE,
    "text/n3": Syntax.TURTLE,
    "text/rdf+n3": Syntax.TURTLE,
    "application/x-trig": Syntax.TRIG,
    "text/x-nquads": Syntax.N_QUADS,
    "application/xml": Syntax.RDF_XML,
    "text/xml": Syntax.RDF_XML,
    "application/json": Syntax.JSON_LD,
}
_EXTENSIONS = {
    **{syntax.extension: syntax for syntax in Syntax},
    "n3": Syntax.TURTLE,
    "turtle": Syntax.TURTLE,
    "ntriples": Syntax.N_TRIPLES,
    "nquads": Syntax.N_QUADS,
    "xml": Syntax.RDF_XML,
    "owl": Syntax.RDF_XML,
    "rdfs": Syntax.RDF_XML,
    "json": Syntax.JSON_LD,
}

_COMMENT_LINES = re.compile(rb"(?:\s++|#[^\r\n]*+(?:[\r\n]|\Z))*+")
_JSON_START = re.compile(rb'\[\s*(?:[{"\[]|\]?\s*\Z)|\{\s*(?:["}]|\Z)')
_RDF_ROOT = re.compile(rb"<(?:\?xml|!--|!DOCTYPE|(?:[A-Za-z_][\w.-]*:)?RDF[\s>])", re.IGNORECASE)
_WEB_PAGE = re.compile(rb"<(?:!doctype\s+html|html)[\s>]", re.IGNORECASE)
_NODE = rb"(?:<[^>\r\n]*+>|_:\S+)"
_VALUE = rb'(?:<[^>\r\n]*+>|_:\S+|"(?:[^"\\\r\n]++|\\.)*+"(?:@[\w-]+|\^\^<[^>\r\n]*+>)?)'
_N_TRIPLE = re.compile(rb"\s*" + _NODE + rb"\s*<[^>\r\n]*+>\s*" + _VALUE + rb"\s*\.\s*(?:#.*)?$")
_N_QUAD = re.compile(rb"\s*" + _NODE + rb"\s*<[^>\r\n]*+>\s*" + _VALUE + rb"\s*" + _NODE + rb"\s*\.\s*(?:#.*)?$")
_TURTLE_WORDS = re.compile(
    rb"@prefix\b|@base\b|^\s*(?:prefix|base)\s|<[^<>\s]*>\s+(?:a|<|[\w-]+:)|^\s*[\w-]*:\S*\s+(?:a|<|[\w-]+:)|\[\s*\]?\s*(?:a\s|<|[\w-]+:)",
    re.IGNORECASE | re.MULTILINE,
)
_GRAPH_BLOCK = re.compile(rb"(?:^|\s)(?:graph\s+)?(?:<[^<>\s]*>|[\w-]*:[\w-]*|_:\w+|\[\s*\])?\s*\{", re.IGNORECASE)
_LITERALS = re.compile(
    rb'"""(?:[^"\\]++|\\.|"(?!""))*+(?:"""|\Z)|"(?:[^"\\\r\n]++|\\.)*+"|<[^<>\s]*+>|#[^\r\n]*+', re.DOTALL
)


def syntax_of(media_type: str | None, name: str | None, head: bytes) -> Syntax:
    """Tell a document's syntax.

    Args:
        media_type: as the sender states it; parameters are ignored, general ones such as text/plain too.
        name: a file's name or the end of an address; `.gz` is ignored.
        head: the first kilobytes of the content, decoded to UTF-8; asked last.

    Raises:
        SyntaxUnknown: none of the three says.
    """
    if media_type and (told := _MEDIA_TYPES.get(media_type.partition(";")[0].strip().lower())):
        return told
    if name and (told := _EXTENSIONS.get(_extension_of(name))):
        return told
    return _sniffed(head)


def media_type_of(name: str) -> str | None:
    """The media type to send a file with, if the end of its name tells one; `.gz` is ignored, as readers gunzip."""
    extension = _extension_of(name)
    if extension == "json":
        return "application/json"  # perhaps CKAN or DCAT-US
    found = _EXTENSIONS.get(extension)
    return found.media_type if found else None


def _extension_of(name: str) -> str:
    plain = re.split(r"[?#]", name, maxsplit=1)[0].lower().removesuffix(".gz")
    return plain.rpartition(".")[2] if "." in plain else ""


def _sniffed(head: bytes) -> Syntax:
    start = _COMMENT_LINES.match(head)
    body = head[start.end() :] if start else head
    if _WEB_PAGE.match(body):
        raise SyntaxUnknown(
            Message(
                ja="これはウェブページ(HTML)で、RDF ではありません。データそのもののアドレスを指定してください。",
                en="This is a web page (HTML), not RDF. Give the address of the data itself.",
            )
        )
    if _RDF_ROOT.match(body):
        return Syntax.RDF_XML
    if _JSON_START.match(body):
        return Syntax.JSON_LD
    return _sniffed_text(body)


def _sniffed_text(body: bytes) -> Syntax:
    lines = [line for line in body.splitlines()[:20] if line.strip() and not line.lstrip().startswith(b"#")]
    whole = lines[:-1] or lines  # the last one may be cut off
    if whole and all(_N_TRIPLE.match(line) for line in whole):
        return Syntax.N_TRIPLES
    if whole and all(_N_TRIPLE.match(line) or _N_QUAD.match(line) for line in whole):
        return Syntax.N_QUADS
    bare = _LITERALS.sub(lambda match: b"<>" if match[0].startswith(b"<") else b" ", body)
    if _GRAPH_BLOCK.search(bare) and (b"@prefix" in body or _TURTLE_WORDS.search(body)):
        return Syntax.TRIG
    if _TURTLE_WORDS.search(body):
        return Syntax.TURTLE
    raise SyntaxUnknown(
        Message(
            ja="RDF の形式が分かりません。Content-Type か、.ttl .jsonld .rdf .nt .nq .trig の拡張子を付けてください。",
            en="This is no RDF syntax. State a Content-Type, or name the file .ttl .jsonld .rdf .nt .nq or .trig.",
        )
    )
