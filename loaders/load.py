"""From a source to the parts that a catalog takes: formats told apart, converted, split, faults beside each part."""

import dataclasses
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from itertools import islice
from types import TracebackType
from typing import Self

import orjson
from pyoxigraph import NamedNode, Triple

from catalog.kinds import Kind
from catalog.parts import Part
from exchange.policy.checking import LOSING
from loaders import ckan, dcat_us
from loaders.ckan_files import NoRecords, is_package, packages_of_json, packages_of_yaml
from loaders.conversion import Conversion
from loaders.sources import Document, Source
from loaders.split import Split, split_documents
from loaders.statements import Json
from ontology.faults import Fault, Limits, Unreadable
from ontology.incoming import chunks
from ontology.messages import Message
from ontology.reading import Reading, SyntaxUnknown, read
from ontology.terms import ODRL

_JSON_BYTES = 256 << 20
_HEAD = 1 << 12
_RULES = frozenset((ODRL.permission, ODRL.prohibition, ODRL.obligation))
_RULE = re.compile("|".join(rf"^\S+ {re.escape(str(predicate))} " for predicate in _RULES))
_NAMELESS = ""
_DOCUMENT = "urn:renkei:document"  # what relative IRIs of a document without an address are resolved against


class Format(StrEnum):
    """What a document is written in."""

    RDF = "rdf"
    LKOD = "lkod"
    CKAN = "ckan"
    DCAT_US = "dcat-us"


def recognise(data: bytes, name: str | None = None) -> Format:
    """Tell a document's format from its name and its whole, decompressed content; what is nothing else is RDF."""
    plain = (name or "").lower().removesuffix(".gz")
    head = data[:_HEAD].lstrip(b"\xef\xbb\xbf \t\r\n")
    if plain.endswith((".yml", ".yaml")) or head.startswith(b"---\n"):
        return Format.CKAN
    if not head.startswith((b"{", b"[")):
        return Format.RDF
    try:
        return _of_json(orjson.loads(data))
    except orjson.JSONDecodeError:
        first, more, _ = data.partition(b"\n")
        try:
            return Format.CKAN if more and is_package(orjson.loads(first)) else Format.RDF
        except orjson.JSONDecodeError:
            return Format.RDF


def _of_json(value: Json) -> Format:
    first = value[0] if isinstance(value, list) and value else value
    if not isinstance(first, dict):
        return Format.RDF
    context = str(first.get("@context", ""))[:2000]
    if "ofn.gov.cz" in context:
        return Format.LKOD
    members = first.get("dataset")
    if "project-open-data" in context + str(first.get("conformsTo")) and isinstance(members, list):
        return Format.DCAT_US
    if context or "@graph" in first or "@id" in first:
        return Format.RDF
    if isinstance(members, list) and all(isinstance(each, dict) and "title" in each for each in members[:3]):
        return Format.DCAT_US
    return Format.CKAN if "result" in first or "results" in first or is_package(first) else Format.RDF


@dataclass(frozen=True, slots=True)
class Unread:
    """A document that could not be read, and why."""

    name: str
    message: Message
    line: int | None = None
    column: int | None = None


class Load:
    """The parts of one source.

    Iterating gives each description with what was noticed about it, then the records that could not be taken, as parts
    without a description. `len()` is their number. Close it, or use it as a context manager.

    Attributes:
        unread: documents that could not be read. Of a source of one document, its only entry; then there are no parts.
        faults: by document, what the RDF reader kept as given, mended or left out.
        formats: how many documents of each format were read.
    """

    def __init__(self, source: Source, *, catalog: str, site: str | None = None, limits: Limits | None = None) -> None:
        self.unread: list[Unread] = []
        self.faults: list[tuple[str, Fault]] = []
        self.formats: Counter[Format] = Counter()
        self._source = source
        self._catalog = catalog
        self._site = site
        self._limits = limits or Limits()
        self._conversions: list[Conversion] = []
        self._doubtful: dict[str, tuple[Message, ...]] = {}
        self._split = self._read()

    def _read(self) -> Split | None:
        if self._source.refusal is not None:
            self.unread.append(Unread(self._source.name, self._source.refusal))
            return None
        try:
            return split_documents(self._documents(), source=self._catalog)
        except Unreadable as error:  # of a single document: half a catalog is not stored
            self.unread.append(Unread(self._source.name, error.message, error.line, error.column))
            return None

    def _documents(self) -> Iterator[Iterable[Triple]]:
        for document in self._source.documents():
            try:
                if document.refusal is not None:
                    self.unread.append(Unread(document.name, document.refusal))
                    continue
                yield from self._document(document)
            except Unreadable as error:
                self.unread.append(Unread(document.name, error.message, error.line, error.column))
            except (SyntaxUnknown, NoRecords) as error:
                self.unread.append(Unread(document.name, error.message))
            except OSError as error:
                shown = error.strerror or type(error).__name__
                self.unread.append(Unread(document.name, Message(f"読めません({shown})。", f"Not readable ({shown}).")))

    def _document(self, document: Document) -> Iterator[Iterable[Triple]]:
        """The statements of one document; of a source of many, read whole first, so that none is taken by half."""
        with document.open() as file:
            head = next(iter(chunks(file, self._limits.size_bytes, self._limits, lambda _: None)), b"")
        start = head[:_HEAD].lstrip(b"\xef\xbb\xbf \t\r\n")
        converted = start.startswith((b"{", b"[", b"---")) or _is_yaml(document.name)
        with document.open() as file:
            if not converted:
                reading = read(
                    file,
                    media_type=document.media_type,
                    name=document.name,
                    base_iri=self._base(document),
                    limits=self._limits,
                )
                yield from self._reading(document, reading, Format.RDF)
                return
            data = b"".join(chunks(file, _JSON_BYTES, self._limits, lambda _: None))
        yield from self._converted(document, data)

    def _converted(self, document: Document, data: bytes) -> Iterator[Iterable[Triple]]:
        told = recognise(data, document.name)
        if told in (Format.RDF, Format.LKOD):
            reading = read(
                data,
                media_type=document.media_type,
                name=document.name,
                base_iri=self._base(document),
                limits=self._limits,
            )
            yield from self._reading(document, reading, told)
            return
        conversion = _conversion(told, data, document.name, self._catalog, self._site)
        self.formats[told] += 1
        self._conversions.append(conversion)
        yield conversion

    def _reading(self, document: Document, reading: Reading, told: Format) -> Iterator[Iterable[Triple]]:
        policies: set[str] = set()
        triples = _watched(reading, policies)
        try:
            yield triples if self._source.single else list(triples)
        finally:
            self.faults += [(document.name, fault) for fault in reading.faults]
            self._doubt(policies, tuple(fault.message for fault in reading.faults if fault.kind in LOSING))
        self.formats[told] += 1

    def _doubt(self, policies: set[str], lost: tuple[Message, ...]) -> None:
        """What was lost may have restricted a policy of the document, so it stands beside each, which voids them."""
        for iri in policies if lost else ():
            self._doubtful[iri] = self._doubtful.get(iri, ()) + lost

    def _doubts(self, part: Part) -> tuple[Message, ...]:
        """What was lost of the policies that a part is or holds."""
        if not self._doubtful or part.description is None:
            return ()
        policies = {line.split(" ", 1)[0].strip("<>") for line in part.description.lines if _RULE.search(line)}
        policies |= {part.iri} if part.kind is Kind.POLICY else set()
        found = next((self._doubtful[iri] for iri in sorted(policies) if iri in self._doubtful), None)
        return found or (self._doubtful.get(_NAMELESS, ()) if policies else ())

    def _base(self, document: Document) -> str:
        """What relative IRIs are resolved against: the address a document came from, else a name of the catalog."""
        if document.name.startswith(("http://", "https://")):
            return document.name
        return f"urn:renkei:source:{self._catalog}/"

    @property
    def triples(self) -> int:
        """How many statements were read, repeated ones included."""
        return self._split.triples if self._split else 0

    def __len__(self) -> int:
        return (len(self._split) if self._split else 0) + sum(len(each.refused) for each in self._conversions)

    def __iter__(self) -> Iterator[Part]:
        faults: dict[str, tuple[Message, ...]] = {}
        for conversion in self._conversions:
            for iri, messages in conversion.faults.items():
                faults[iri] = faults.get(iri, ()) + messages
        for part in self._split or ():
            if lost := self._doubts(part):
                faults[part.iri] = faults.get(part.iri, ()) + lost
            yield dataclasses.replace(part, faults=faults[part.iri]) if part.iri in faults else part
        for conversion in self._conversions:
            yield from conversion.refused

    def close(self) -> None:
        """Give the spooled text's space back."""
        if self._split is not None:
            self._split.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _watched(triples: Iterable[Triple], policies: set[str]) -> Iterator[Triple]:
    """The triples, while the policies among them are noted; one without a name gets its name only later."""
    for triple in triples:
        if triple.predicate in _RULES:
            policies.add(triple.subject.value if isinstance(triple.subject, NamedNode) else _NAMELESS)
        yield triple


def _conversion(told: Format, data: bytes, name: str, catalog: str, site: str | None = None) -> Conversion:
    if told is Format.DCAT_US:
        given = orjson.loads(data)
        if dcat_us.is_version_3(given):
            raise Unreadable(dcat_us.WITHOUT_CONTEXT)
        return dcat_us.convert(given, catalog, name)
    packages = packages_of_yaml if _is_yaml(name) or data[:3] == b"---" else packages_of_json
    return ckan.convert(list(packages(data, name)), catalog, site)


@dataclass(frozen=True, slots=True)
class Whole:
    """One document read whole, for who wants to look at it without storing it.

    Attributes:
        triples: as given, or as converted to DCAT.
        faults: what was kept as given, mended, left out or could not be taken.
    """

    triples: list[Triple]
    faults: list[Fault]


def read_whole(
    data: bytes, *, name: str | None = None, media_type: str | None = None, limits: Limits | None = None
) -> Whole:
    """Read a document of any format that a catalog takes.

    Raises:
        Unreadable, SyntaxUnknown
    """
    limits, shown = limits or Limits(), name or ""
    start = next(chunks(data, limits.size_bytes, limits, lambda _: None), b"")[:_HEAD].lstrip(b"\xef\xbb\xbf \t\r\n")
    if start.startswith((b"{", b"[", b"---")) or _is_yaml(shown):
        plain = b"".join(chunks(data, min(_JSON_BYTES, limits.size_bytes), limits, lambda _: None))
        told = recognise(plain, name)
        if told not in (Format.RDF, Format.LKOD):
            try:
                conversion = _conversion(told, plain, shown, "document")
            except NoRecords as error:
                raise Unreadable(error.message) from error
            triples = list(conversion)
            noted = [(iri, text) for iri, messages in conversion.faults.items() for text in messages]
            noted += [(part.iri, part.refusal) for part in conversion.refused if part.refusal]
            return Whole(triples, [Fault("record", None, None, iri, message) for iri, message in noted])
    reading = read(data, media_type=media_type, name=name, base_iri=_DOCUMENT, limits=limits)
    return Whole(list(reading), reading.faults)


def _is_yaml(name: str) -> bool:
    return name.lower().removesuffix(".gz").endswith((".yml", ".yaml"))


def parts_of(source: Source, *, catalog: str, site: str | None = None, limits: Limits | None = None) -> Load:
    """Read a source for a catalog.

    Args:
        source: from `open_sources` or `of_bytes`.
        catalog: id of the catalog; taken into the names of what has no IRI, so keep it over reloads.
        site: address of the CKAN site that records came from, if they did: then IRIs are the site's own.
        limits: of each RDF document.
    """
    return Load(source, catalog=catalog, site=site, limits=limits)


@dataclass(frozen=True, slots=True)
class Preview:
    """What loading a source would bring.

    Attributes:
        formats: documents by format.
        by_kind: descriptions by kind.
        refused: records that could not be taken.
        sample: the first parts.
        unread: documents that could not be read.
    """

    formats: dict[str, int]
    by_kind: dict[str, int]
    refused: int
    sample: tuple[Part, ...]
    unread: tuple[Unread, ...]


def preview(source: Source, *, catalog: str, size: int = 10) -> Preview:
    """Read a source and say what is in it; nothing is stored."""
    with parts_of(source, catalog=catalog) as load:
        kinds: Counter[str] = Counter()
        refused = 0
        parts = iter(load)
        sample = tuple(islice(parts, size))
        for part in (*sample, *parts):
            refused += part.description is None
            kinds[part.kind.value] += part.description is not None
        formats = {each.value: count for each, count in load.formats.items()}
        return Preview(formats, dict(kinds), refused, sample, tuple(load.unread))
