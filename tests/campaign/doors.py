"""The front doors that can be knocked at in process: each takes bytes and fails where the service would have.

What a door is allowed to answer: the documented refusals, with words in both languages, and nothing that hides a
mistake of ours behind the fault of a document. What it took must be written and read again to the same statements.
"""

import asyncio
import warnings
from collections.abc import Callable, Iterable, Mapping
from urllib.parse import parse_qs

from pyoxigraph import BlankNode, Literal, Triple, parse

from catalog.search import SearchParameterInvalid, request_from
from catalog.sparql_errors import SparqlRefused
from catalog.sparql_scan import scan
from loaders.load import parts_of, read_whole
from loaders.sources import of_bytes
from ontology.description import line_of, triples_of
from ontology.faults import Fault, Limits
from ontology.jsonld_input import prepared
from ontology.messages import Message
from ontology.reading import Syntax, SyntaxUnknown, Unreadable, read
from ontology.writing import write
from shapes.profiles import Profiles
from stores.fulltext.local import LocalFullText
from stores.fulltext.port import Coded, SearchDocument

Door = Callable[[bytes], None]
OURS = (AttributeError, IndexError, KeyError, NameError, TypeError, AssertionError, RecursionError, MemoryError)
BASE = "https://city.example/"
PARTING = b"\n%%\n"  # between the parts of an input that has several
DOCUMENTS = (
    SearchDocument(
        key=1, short_id="a", iri=f"{BASE}a", kind="Dataset", catalog="c", audience="public",
        titles={"ja": ["京都市の人口統計"], "en": ["Population of Kyoto"]}, keywords={"": ["人口", "census"]},
        descriptions={"ja": ["統計データの一覧です。"]}, publishers=[Coded("urn:p", Message("京都市", "Kyoto"))],
        issued="2024-01-01", modified="2025", bbox=(135.0, 34.0, 136.0, 35.0), period=("2020-01-01", None),
    ),
    SearchDocument(key=2, short_id="b", iri=f"{BASE}b", kind="Catalog", catalog="c", audience="public"),
)  # fmt: skip


def told(message: Message) -> None:
    """A message says something in each language, and can be sent."""
    for text in (message.ja, message.en):
        assert text.strip()
        text.encode()


def refused(refusal: Unreadable | SyntaxUnknown) -> None:
    """A refusal has words, and is not the net under a mistake of ours."""
    told(refusal.message)
    if isinstance(refusal.__cause__, OURS):
        raise refusal.__cause__


def taken(triples: Iterable[Triple], faults: Iterable[Fault]) -> None:
    """What was read can be stored as lines, and is the same when they are read."""
    for fault in faults:
        told(fault.message)
        fault.text.encode()
    lines = set(map(_line, triples))
    assert set(map(_line, triples_of("".join(lines)))) == lines


def _line(triple: Triple) -> str:
    value = triple.object
    if isinstance(value, Literal) and value.language:  # the case of a language tag says nothing
        triple = Triple(triple.subject, triple.predicate, Literal(value.value, language=value.language.lower()))
    return f"{line_of(triple)}\n"


def rdf(media_type: str | None) -> Door:
    """Reading RDF, of a stated syntax or of none."""

    def knock(data: bytes) -> None:
        try:
            reading = read(data, media_type=media_type, base_iri=BASE)
            triples = list(reading)
        except (Unreadable, SyntaxUnknown) as refusal:
            return refused(refusal)
        return taken(triples, reading.faults)

    return knock


def writing(data: bytes) -> None:
    """What was read, however odd, is written so that strict readers take every statement which was not left out."""
    try:
        triples = set(map(_labelled, read(data, media_type="application/n-quads", base_iri=BASE)))
    except (Unreadable, SyntaxUnknown) as refusal:
        return refused(refusal)
    for syntax in Syntax:
        written = write(triples, syntax)
        again = {quad.triple for quad in parse(_self_contained(written.data), syntax.format)}
        assert len(again) + len({each.statement for each in written.left_out}) == len(triples), (syntax, written)
    return None


def _labelled(triple: Triple) -> Triple:
    """Labels begin with a letter, as those of the canonical form do: XML has no others."""
    subject, value = triple.subject, triple.object
    if isinstance(subject, BlankNode):
        subject = BlankNode(f"b{subject.value}")
    return Triple(subject, triple.predicate, BlankNode(f"b{value.value}") if isinstance(value, BlankNode) else value)


def _self_contained(data: bytes) -> bytes:
    return prepared(data, Limits(), lambda _: None) if data.startswith(b"{") else data


def records(name: str) -> Door:
    """Converting CKAN and DCAT-US records."""

    def knock(data: bytes) -> None:
        try:
            whole = read_whole(data, name=name)
        except (Unreadable, SyntaxUnknown) as refusal:
            return refused(refusal)
        return taken(whole.triples, whole.faults)

    return knock


def archive(name: str) -> Door:
    """Loading an archive: what cannot be read of it is told and nothing else happens."""

    def knock(data: bytes) -> None:
        with parts_of(of_bytes(data, name), catalog="c") as load:
            for unread in load.unread:
                told(unread.message)
            for part in load:
                assert (part.description is None) == (part.refusal is not None)
                for message in (*part.faults, *filter(None, [part.refusal])):
                    told(message)

    return knock


def sparql(data: bytes) -> None:
    """Measuring a foreign query."""
    try:
        scan(data.decode("utf-8", "surrogateescape"))
    except SparqlRefused as refusal:
        told(refusal.message)


def search() -> Door:
    """Asking the index what the parameters of an address say."""
    index, loop = LocalFullText(), asyncio.new_event_loop()
    loop.run_until_complete(index.apply(DOCUMENTS, [], 1))

    def knock(data: bytes) -> None:
        try:
            request = request_from(parse_qs(data.decode("utf-8", "replace")), ["public"])
        except SearchParameterInvalid as refusal:
            return told(refusal.message)
        answer = loop.run_until_complete(index.search(request))
        assert len(answer.items) <= answer.total <= len(DOCUMENTS)
        return None

    return knock


def profile(data: bytes) -> None:
    """Adding a profile: its settings, then its shapes."""
    settings, _, shapes = data.partition(PARTING)
    profiles = Profiles()
    report = profiles.add("house", {"profile.toml": settings, "a.ttl": shapes})
    for finding in report.findings:
        told(finding.message)
    assert report.usable == ("house" in profiles)
    for added in profiles:
        told(added.title)
        for level in added.levels or ("base",):
            added.triples(level)


DOORS: Mapping[str, Callable[[], Door]] = {
    **{syntax.name: lambda syntax=syntax: rdf(syntax.media_type) for syntax in Syntax},  # type: ignore[misc]
    "unnamed": lambda: rdf(None),
    "writing": lambda: writing,
    "JSON": lambda: records("a.json"),
    "YAML": lambda: records("a.yaml"),
    "tar": lambda: archive("a.tar"),
    "zip": lambda: archive("a.zip"),
    "SPARQL": lambda: sparql,
    "search": search,
    "profile": lambda: profile,
}


def opened(name: str) -> Door:
    """A door, at which a warning is a failure too."""
    warnings.simplefilter("error")
    return DOORS[name]()
