"""A catalog file is cut into descriptions: each resource with what belongs to it.

Nothing is lost and nothing added: the union of all parts, names of blank nodes turned back, is the graph as given.
"""

import re
from collections.abc import Iterable, Iterator
from itertools import chain
from types import TracebackType
from typing import Self

from pyoxigraph import BlankNode, Triple

from catalog.kinds import Kind
from catalog.parts import Part
from loaders.genid import name_blank_nodes, order_by_content
from loaders.outline import Outline
from loaders.spool import Spool
from ontology.description import Description, TooEntangled, canonical_lines, lines_of_each, mentions_blank
from ontology.messages import Message
from ontology.reading import Reading

_ORDER = (Kind.CATALOG, Kind.PARTICIPANT, Kind.RESOURCE, Kind.POLICY, Kind.SERVICE, Kind.SERIES, Kind.DATASET)
_BLANK = re.compile(r"_:\S+")


class Split:
    """The parts of one source: catalogs first, then what datasets refer to, then the datasets.

    `len()` is the number of parts, known before the first is made. Iterating makes one description at a time; the
    text rests in a spool, so a file of two million statements needs some 200 MB. It can be iterated once or more, until
    it is closed.
    """

    def __init__(self, outline: Outline, source: str) -> None:
        self._outline = outline
        self._names = name_blank_nodes(outline, outline.shared(), source)

    @property
    def triples(self) -> int:
        """How many statements were read."""
        return self._outline.triples

    def __len__(self) -> int:
        return len(self._outline.roots)

    def __iter__(self) -> Iterator[Part]:
        by_kind: dict[Kind, list[int]] = {kind: [] for kind in _ORDER}
        for root, kind in self._outline.roots.items():
            by_kind[kind].append(root)
        for kind in _ORDER:
            for root in sorted(by_kind[kind]):
                yield self._part(root, kind)

    def _part(self, root: int, kind: Kind) -> Part:
        iri = _plain(self._name(root)[1:-1])
        plain, entangled = self._lines(root)
        try:
            canonical = canonical_lines(plain, entangled, about=iri)
        except TooEntangled as error:
            return Part(iri, kind, None, refusal=_entangled(error))
        return Part(iri, kind, Description.stored(iri, canonical))

    def _lines(self, root: int) -> tuple[set[str], set[str]]:
        """The description's lines without and with blank nodes that bear no name."""
        outline, plain, entangled = self._outline, set[str](), set[str]()
        for node in outline.belongings(root):
            lines = outline.spool.read(node)
            if self._names:
                lines = [self._named(line) for line in lines]
            for line in lines:
                (entangled if mentions_blank(line) else plain).add(line)
        return plain, entangled

    def _name(self, node: int) -> str:
        return self._names.get(node, self._outline.names[node])

    def _named(self, line: str) -> str:
        """The line with blank nodes that have a name bearing it."""
        subject, predicate, value = line.split(" ", 2)
        if subject[0] == "_":
            subject = self._name(self._outline.number(subject))
        if value[0] == "_":
            value = self._name(self._outline.number(value[:-2])) + " ."
        elif value.startswith("<<("):
            value = _BLANK.sub(lambda found: self._name(self._outline.number(found[0])), value)
        return f"{subject} {predicate} {value}"

    def close(self) -> None:
        """Give the spool's space back."""
        self._outline.spool.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def split(triples: Iterable[Triple], *, source: str) -> Split:
    """Cut one document into descriptions; see `split_documents`."""
    return split_documents((triples,), source=source)


def split_documents(documents: Iterable[Iterable[Triple]], *, source: str) -> Split:
    """Cut documents into descriptions; blank nodes of different documents are different, IRIs the same.

    Args:
        documents: statements of the files of one source; each is read once, before this returns.
        source: a name of the source that stays the same, taken into the names of blank nodes.
    """
    spool = Spool()
    try:
        outline = Outline(spool)
        for number, triples in enumerate(documents):
            outline.read(_lines(triples, number))
        outline.resolve(lambda nodes: order_by_content(outline, nodes))
        return Split(outline, source)
    except BaseException:
        spool.close()
        raise


def _lines(triples: Iterable[Triple], document: int) -> Iterator[str]:
    if isinstance(triples, Reading) and not document:
        return triples.lines()
    return chain.from_iterable(lines_of_each(_apart(one, document) if document else one for one in triples))


def _apart(triple: Triple, document: int) -> Triple:
    """The triple with its blank nodes named apart from those of other documents."""
    subject, value = triple.subject, triple.object
    if not isinstance(subject, BlankNode) and not isinstance(value, (BlankNode, Triple)):
        return triple
    if isinstance(subject, BlankNode):
        subject = BlankNode(f"{subject.value}d{document}")
    if isinstance(value, BlankNode):
        value = BlankNode(f"{value.value}d{document}")
    elif isinstance(value, Triple):
        value = _apart(value, document)
    return Triple(subject, triple.predicate, value)


def _plain(iri: str) -> str:
    """An IRI as the source wrote it, from its N-Triples form."""
    if "\\" not in iri:
        return iri
    return re.sub(r"\\u([0-9A-Fa-f]{4})", lambda found: chr(int(found[1], 16)), iri)


def _entangled(error: TooEntangled) -> Message:
    return Message(
        f"空白ノード {error.blank_nodes} 個が互いに区別できず、正規形を求められません。IRI を付けてください。",
        f"Its {error.blank_nodes} blank nodes cannot be told apart, so it has no canonical form. Give them IRIs.",
    )
