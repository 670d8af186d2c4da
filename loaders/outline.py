"""The shape of a file without its text: which nodes there are, what they are, and which belong to which."""

from array import array
from collections import Counter
from collections.abc import Callable, Iterable, Iterator

from catalog.kinds import KIND_OF_TYPE, Kind
from loaders.ownership import CATALOG_ONLY, MEMBERSHIP, OWNING, PRIMARY_TOPIC
from loaders.spool import Spool
from ontology.description import blanks_of
from ontology.terms import DCAT, RDF

_TYPE = str(RDF.type)
_RECORD = str(DCAT.record)
_KIND_OF = {f"<{name}>": kind for name, kind in KIND_OF_TYPE.items()}
_RANK = {kind: rank for rank, kind in enumerate(Kind)}
_PREDICATES = tuple(MEMBERSHIP)
_PREDICATE_CODE = {predicate: code for code, predicate in enumerate(_PREDICATES)}

_COPIES = 4  # a catalog whose datasets all copy one contact grows by a fifth; an attack grows by thousands
_COPIES_FREE = 10_000_000

_BLANK_ROOTS = frozenset({Kind.CATALOG, Kind.SERIES})
_BLANK_MEMBERS = frozenset({Kind.DATASET, Kind.SERVICE})


class Outline:
    """Nodes of a file by number, first seen first, with their lines in a `Spool`.

    Attributes:
        names: what each node is called in the file, in N-Triples form (`<iri>` or `_:label`).
        kinds: nodes of a primary type (a dataset, a participant …) and what they are.
        children: for each node those that belong to its description: all blank nodes it mentions, and IRIs by the
            table of `loaders.ownership`.
        roots: after `resolve`, the nodes that have a description of their own.
        wholes: after `resolve`, blank nodes whose members carry the membership statement: they need one name in all.
        triples: how many statements were read, repeated ones included.
    """

    def __init__(self, spool: Spool) -> None:
        self.spool = spool
        self.names: list[str] = []
        self.kinds: dict[int, Kind] = {}
        self.children: dict[int, list[int]] = {}
        self.roots: dict[int, Kind] = {}
        self.wholes: set[int] = set()
        self.triples = 0
        self._numbers: dict[str, int] = {}
        self._topics: list[tuple[int, int]] = []
        self._memberships = array("q")  # five numbers each: predicate, whole, member, start and size of the line

    def read(self, lines: Iterable[str]) -> None:
        """Take in all statements of the file, as `lines_of` writes them."""
        run: list[str] = []  # lines of one subject that follow each other are kept together: a quarter of the time
        last, subject = "", -1
        for line in lines:
            self.triples += 1
            name, predicate, value = line.split(" ", 2)
            if name != last:
                if run:
                    self.spool.add(subject, run)
                    run = []
                last, subject = name, self.number(name)
            if value[0] == '"':
                run.append(line)
            elif predicate in MEMBERSHIP and not value.startswith("<<("):
                member = self.number(value[:-2])
                self._memberships.extend((_PREDICATE_CODE[predicate], subject, member, *self.spool.put([line])))
            else:
                run.append(line)
                self._relate(subject, predicate, value[:-2])
        if run:
            self.spool.add(subject, run)

    def _relate(self, subject: int, predicate: str, value: str) -> None:
        """Note what a statement between nodes says about kinds and belonging."""
        if predicate == _TYPE:
            self._note_kind(subject, _KIND_OF.get(value))
        if predicate == PRIMARY_TOPIC and not value.startswith("<<("):
            self._topics.append((subject, self.number(value)))
        elif value.startswith("<<("):
            self.children.setdefault(subject, []).extend(self.number(blank) for blank in blanks_of(value))
        elif value[0] == "_" or predicate in OWNING:
            self.children.setdefault(subject, []).append(self.number(value))

    def number(self, name: str) -> int:
        """The node of a name; a new one if it was not seen before."""
        found = self._numbers.setdefault(name, len(self.names))
        if found == len(self.names):
            self.names.append(name)
        return found

    def is_blank(self, node: int) -> bool:
        """Whether the file gives the node no IRI."""
        return self.names[node].startswith("_")

    def _note_kind(self, node: int, kind: Kind | None) -> None:
        if kind is not None:
            known = self.kinds.get(node, Kind.RESOURCE)
            self.kinds[node] = kind if _RANK[kind] < _RANK[known] else known

    def resolve(self, order: Callable[[list[int]], list[int]]) -> None:
        """Decide which nodes have descriptions of their own, so that each line lies in at least one.

        Args:
            order: sorts blank nodes of which none is above the others by what they say, not by where they stand.
        """
        memberships = list(self._membership_rows())
        self._infer_kinds(memberships)
        self._find_roots({member for code, _, member, *_ in memberships if MEMBERSHIP[_PREDICATES[code]] is not None})
        self._place_records()
        records = {record for record, topic in self._topics if self.spool.has(topic)}
        for row in memberships:
            self._place(*row, records=records)
        self._adopt_orphans(order)

    def _membership_rows(self) -> Iterator[tuple[int, int, int, int, int]]:
        rows = self._memberships
        for at in range(0, len(rows), 5):
            yield rows[at], rows[at + 1], rows[at + 2], rows[at + 3], rows[at + 4]

    def _infer_kinds(self, memberships: Iterable[tuple[int, int, int, int, int]]) -> None:
        """A described member without a type is what the range of the membership says."""
        for code, _, member, *_ in memberships:
            kind = MEMBERSHIP[_PREDICATES[code]]
            if kind is not None and member not in self.kinds and self.spool.has(member):
                self.kinds[member] = kind

    def _find_roots(self, members: set[int]) -> None:
        """Primary resources; a blank one inside another description (`dct:source [ a dcat:Dataset ]`) stays there."""
        referred = self._referred()
        for node, kind in self.kinds.items():
            alone = kind in _BLANK_ROOTS or (kind in _BLANK_MEMBERS and (node in members or node not in referred))
            if alone or not self.is_blank(node):
                self.roots[node] = kind

    def _referred(self) -> set[int]:
        return {child for node, children in self.children.items() for child in children if child != node}

    def _place_records(self) -> None:
        """A catalog record, and any page about a resource, belongs to its topic's description."""
        for record, topic in self._topics:
            if self.is_blank(topic):
                self.children.setdefault(record, []).append(topic)
            if record not in self.roots and self.spool.has(topic) and record != topic:
                self.children.setdefault(topic, []).append(record)

    def _place(self, code: int, whole: int, member: int, start: int, size: int, *, records: set[int]) -> None:
        """Give a membership statement to its member, or to the whole when the file says nothing of the member."""
        predicate = _PREDICATES[code]
        fit = predicate not in CATALOG_ONLY or self.kinds.get(whole) is Kind.CATALOG
        if fit and member != whole and (member in self.roots or (predicate == _RECORD and member in records)):
            self.spool.assign(member, start, size)
            if self.is_blank(whole):
                self.wholes.add(whole)
            return
        self.spool.assign(whole, start, size)
        if self.is_blank(member):
            self.children.setdefault(whole, []).append(member)

    def _adopt_orphans(self, order: Callable[[list[int]], list[int]]) -> None:
        """What nobody owns gets a description of its own, in circles one of them."""
        for whole in self.wholes:
            if self.spool.has(whole):
                self._make_root(whole)
        reached = bytearray(len(self.names))
        for root in self.roots:
            self._reach(root, reached)
        referred = self._referred()
        self._adopt((node for node in self._left(reached) if node not in referred), reached)
        self._adopt(
            sorted((n for n in self._left(reached) if not self.is_blank(n)), key=self.names.__getitem__), reached
        )
        self._adopt(order(list(self._left(reached))), reached)

    def _left(self, reached: bytearray) -> Iterator[int]:
        return (node for node in range(len(self.names)) if not reached[node] and self.spool.has(node))

    def _adopt(self, nodes: Iterable[int], reached: bytearray) -> None:
        for node in nodes:
            if not reached[node]:
                self._make_root(node)
                self._reach(node, reached)

    def _make_root(self, node: int) -> None:
        self.roots[node] = self.kinds.get(node, Kind.RESOURCE)

    def _reach(self, root: int, reached: bytearray) -> None:
        for node in self.belongings(root):
            reached[node] = 1

    def belongings(self, root: int) -> Iterator[int]:
        """The root and all nodes that belong to its description."""
        seen, waiting = {root}, [root]
        while waiting:
            node = waiting.pop()
            yield node
            for child in self.children.get(node, ()):
                if child not in seen and child not in self.roots and (self.is_blank(child) or self.spool.has(child)):
                    seen.add(child)
                    waiting.append(child)

    def shared(self) -> list[int]:
        """Blank nodes that lie in several descriptions, so that their lines cannot be copied without a name.

        Where copying what descriptions share would make the whole much larger than the file, the shared nodes are
        given descriptions of their own first.
        """
        while True:
            try:
                return self._shared(
                    budget=_COPIES * sum(map(self.spool.size_bytes, range(len(self.names)))) + _COPIES_FREE
                )
            except _TooManyCopies:
                self._part_shared()

    def _shared(self, budget: int) -> list[int]:
        owner = array("q", [-1]) * len(self.names)
        shared: dict[int, None] = {}
        for root in self.roots:
            for node in self.belongings(root):
                budget -= self.spool.size_bytes(node) + 1
                if owner[node] < 0:
                    owner[node] = root
                elif self.is_blank(node):
                    shared[node] = None
            if budget < 0:
                raise _TooManyCopies
        return [*shared, *(whole for whole in self.wholes if whole not in self.roots and whole not in shared)]

    def _part_shared(self) -> None:
        """Make a root of each described node to which more than one node refers."""
        referrers = Counter(
            child for node, children in self.children.items() for child in set(children) if child != node
        )
        for node, count in referrers.items():
            if count > 1 and self.spool.has(node) and node not in self.roots:
                self._make_root(node)


class _TooManyCopies(Exception):
    """Shared nodes would be copied more often than the budget allows."""
