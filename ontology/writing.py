"""The way out: triples become any of the six syntaxes, strictly.

One bad term must not make a document unreadable to strict parsers, so a triple with a term that RDF does not allow is
left out and named. An exact copy (`exact=True`, for backups and round trips) keeps it, escaped as the syntax can.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

import orjson
from pyoxigraph import BlankNode, Literal, NamedNode, RdfFormat, Triple, serialize

from ontology.description import GENID, deskolemize, line_of, triples_of
from ontology.jsonld import CONTEXT_ADDRESS, framed, jsonld
from ontology.lexical import is_iri, is_language, is_private
from ontology.messages import Message
from ontology.syntax import Syntax
from ontology.terms import PREFIXES
from ontology.turtle import TurtleWriter, turtle

__all__ = ["LeftOut", "Written", "write", "write_stream"]

_XML_FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_XML_NAME_END = re.compile(r"[^\W\d][\w.-]*$")
_FORMATS_OF_LINES = (Syntax.N_TRIPLES, Syntax.N_QUADS)

_BAD_IRI = Message(
    ja="IRI に使えない文字があるため、この形式では出力できません。",
    en="The IRI is not well-formed, so strict readers would refuse the document.",
)
_BAD_LANGUAGE = Message(
    ja="言語タグが規格(BCP 47)に合わないため、この形式では出力できません。",
    en="The language tag is not well-formed (BCP 47), so strict readers would refuse the document.",
)
_NO_XML_NAME = Message(
    ja="述語の IRI が XML の名前にならないため、RDF/XML では出力できません。",
    en="RDF/XML cannot write this property: the end of its IRI is no XML name.",
)
_NO_XML_CHARACTER = Message(
    ja="XML が許さない制御文字を含むため、RDF/XML では出力できません。",
    en="RDF/XML cannot write this value: it holds a control character that XML forbids.",
)
_TRIPLE_TERM = Message(ja="三つ組を値とする記述は出力できません。", en="Triples as values are not written.")


@dataclass(frozen=True, slots=True)
class LeftOut:
    """One statement that a syntax cannot hold.

    Attributes:
        statement: as an escaped N-Triples line, without its full stop.
        message: why.
    """

    statement: str
    message: Message


@dataclass(frozen=True, slots=True)
class Written:
    """A document, and what is not in it.

    Attributes:
        data: UTF-8 bytes.
        left_out: the statements that the syntax cannot hold.
    """

    data: bytes
    left_out: tuple[LeftOut, ...] = ()


def write(
    triples: Iterable[Triple],
    syntax: Syntax,
    *,
    subject: str | None = None,
    context: str = CONTEXT_ADDRESS,
    exact: bool = False,
) -> Written:
    """Write one graph.

    Args:
        triples: of one graph; nodes with a `urn:renkei:genid:` IRI become blank again.
        syntax: to write.
        subject: the resource to begin with.
        context: address under which our JSON-LD context is served.
        exact: keep terms that RDF does not allow wherever the syntax has a way, for readers as lenient as ours.
    """
    left_out: list[LeftOut] = []
    # A graph is a set; documents say some things twice.
    kept = list(dict.fromkeys(_fitting(dict.fromkeys(triples), syntax, exact, left_out.append)))
    root = NamedNode(subject) if subject is not None and is_iri(subject) else None
    return Written(_WRITERS[syntax](kept, root, context), tuple(left_out))


def write_stream(
    descriptions: Iterable[str],
    syntax: Syntax,
    *,
    context: str = CONTEXT_ADDRESS,
    exact: bool = False,
    left_out: Callable[[LeftOut], None] = lambda _: None,
) -> Iterator[bytes]:
    """Write a dump of many descriptions as one document, holding one of them at a time.

    Blank nodes are labelled anew for each description; those that several share (`urn:renkei:genid:`) stay one.

    Args:
        descriptions: canonical texts.
        syntax: to write.
        context: address under which our JSON-LD context is served.
        exact: as for `write`.
        left_out: told of each statement that the syntax cannot hold.
    """
    graphs = (
        [_relabelled(triple, f"d{number}") for triple in _fitting(triples_of(text), syntax, exact, left_out)]
        for number, text in enumerate(descriptions)
    )
    if syntax is Syntax.JSON_LD:
        return _jsonld_stream(graphs, context)
    if syntax is Syntax.RDF_XML:
        return _xml_stream(graphs)
    if syntax in _FORMATS_OF_LINES:
        return (_lines(graph, None, context) for graph in graphs)
    return _turtle_stream(graphs)


def _fitting(
    triples: Iterable[Triple], syntax: Syntax, exact: bool, left_out: Callable[[LeftOut], None]
) -> Iterator[Triple]:
    for triple in triples:
        reason = _reason_against(triple, syntax, exact)
        if reason is None:
            yield deskolemize(triple) if _has_genid(triple) else triple
        else:
            left_out(LeftOut(line_of(triple).removesuffix(" ."), reason))


def _has_genid(triple: Triple) -> bool:
    subject, value = triple.subject, triple.object
    return (isinstance(subject, NamedNode) and subject.value.startswith(GENID)) or (
        isinstance(value, NamedNode) and value.value.startswith(GENID)
    )


def _reason_against(triple: Triple, syntax: Syntax, exact: bool) -> Message | None:
    subject, predicate, value = triple.subject, triple.predicate.value, triple.object
    if isinstance(value, Triple) or isinstance(subject, Triple):
        return _TRIPLE_TERM
    if not exact:
        iris = [predicate, *(term.value for term in (subject, value) if isinstance(term, NamedNode))]
        if isinstance(value, Literal):
            iris.append(value.datatype.value)
            if value.language and (is_private(value.language) or not is_language(value.language)):
                return _BAD_LANGUAGE
        if not all(map(is_iri, iris)):
            return _BAD_IRI
    if syntax is Syntax.RDF_XML:
        return _reason_against_xml(triple)
    return None


def _reason_against_xml(triple: Triple) -> Message | None:
    predicate, value = triple.predicate.value, triple.object
    if not _XML_NAME_END.search(predicate) or not is_iri(predicate):
        return _NO_XML_NAME
    texts = [term.value for term in (triple.subject, value) if isinstance(term, (NamedNode, Literal))]
    if isinstance(value, Literal):
        texts.append(value.datatype.value)
    return _NO_XML_CHARACTER if any(map(_XML_FORBIDDEN.search, texts)) else None


def _relabelled(triple: Triple, label: str) -> Triple:
    subject, value = triple.subject, triple.object
    if isinstance(subject, BlankNode) and subject.value.startswith("c14n"):
        subject = BlankNode(label + subject.value)
    if isinstance(value, BlankNode) and value.value.startswith("c14n"):
        value = BlankNode(label + value.value)
    return Triple(subject, triple.predicate, value)


# --- whole documents ---------------------------------------------------------------------------------------------


def _lines(triples: list[Triple], root: NamedNode | None, context: str) -> bytes:
    del root, context
    return "".join(line_of(triple) + "\n" for triple in triples).encode()


def _pretty(triples: list[Triple], root: NamedNode | None, context: str) -> bytes:
    del context
    return turtle(triples, root)


def _xml(triples: list[Triple], root: NamedNode | None, context: str) -> bytes:
    del root, context
    # Together what is said of one subject; pyoxigraph opens an element for each run of it.
    ordered = sorted(triples, key=lambda triple: (str(triple.subject), triple.predicate.value))
    return _serialized(ordered)


def _serialized(triples: list[Triple]) -> bytes:
    document = serialize(triples, format=RdfFormat.RDF_XML, prefixes=PREFIXES)
    assert document is not None
    return document


_WRITERS: dict[Syntax, Callable[[list[Triple], NamedNode | None, str], bytes]] = {
    Syntax.TURTLE: _pretty,
    Syntax.TRIG: _pretty,
    Syntax.N_TRIPLES: _lines,
    Syntax.N_QUADS: _lines,
    Syntax.RDF_XML: _xml,
    Syntax.JSON_LD: jsonld,
}


# --- dumps -------------------------------------------------------------------------------------------------------


def _turtle_stream(graphs: Iterable[list[Triple]]) -> Iterator[bytes]:
    """Each prefix is declared before the first resource that uses it."""
    writer, declared = TurtleWriter(), set[str]()
    yield b"# RDF 1.1\n"  # so that a dump of nothing is a document too
    for graph in graphs:
        body = writer.body(graph)
        head = writer.head(writer.used - declared)
        declared |= writer.used
        yield f"{head}{body}\n".encode()


_XML_START = re.compile(rb"<rdf:RDF[^>]*>")
_XML_END = b"</rdf:RDF>"


def _xml_stream(graphs: Iterable[list[Triple]]) -> Iterator[bytes]:
    empty = _serialized([])
    start = _XML_START.search(empty)
    assert start is not None
    yield empty[: start.end()].removesuffix(b"/>")
    for graph in graphs:
        document = _xml(graph, None, "")
        body = _XML_START.search(document)
        assert body is not None
        yield document[body.end() : document.rindex(_XML_END)] if _XML_END in document else b""
    yield b"\n" + _XML_END + b"\n"


def _jsonld_stream(graphs: Iterable[list[Triple]], context: str) -> Iterator[bytes]:
    yield b'{"@context":' + orjson.dumps(context) + b',"@graph":['
    separator = b"\n"
    for graph in graphs:
        for node in framed(graph):
            yield separator + orjson.dumps(node)
            separator = b",\n"
    yield b"\n]}\n"
