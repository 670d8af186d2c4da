"""Graphs in an Oxigraph store of this process."""

import asyncio
import contextlib
import os
import re
import shutil
import tempfile
import threading
from collections import defaultdict
from collections.abc import AsyncIterable, Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final, Self, TypeVar

from pyoxigraph import DefaultGraph, Literal, NamedNode, Quad, QuerySolutions, RdfFormat, Store, Triple

from stores.failpoints import passing
from stores.graphs import lines as ntriples
from stores.graphs.checkpoints import Checkpoints, SharedCheckpoint
from stores.graphs.port import (
    PLAIN,
    PUBLIC,
    GraphChange,
    GraphName,
    GraphsLocked,
    GraphsUnavailable,
    Query,
    Term,
    graph_of,
)

PROJECTION: Final = NamedNode("urn:renkei:projection")
CURSOR: Final = NamedNode("urn:renkei:cursor")
FILLING: Final = NamedNode("urn:renkei:filling")
_AUDIENCES = "urn:renkei:audience:"
# Where public triples lay before they moved to the default graph (decision 9). Anything in it is an older layout.
_FORMER_PUBLIC: Final = NamedNode("urn:renkei:audience:public")
# One update() is a transaction and so atomic, but costs 40 µs a line and grows with its size; from here on the change
# is first written to a file and then bulk-loaded, which costs 14 µs a line.
_BULK_LINES = 4_000
# A single bulk load of 2 M quads took 1.4 GB.
_CHUNK_LINES = 100_000
# Layers of so many lines are put into order: 2.6 s for the 2 million lines of 50,000 datasets.
_LAYERED_LINES = 100_000

_COUNT = Query.of("# out: ?triples\nSELECT (COUNT(*) AS ?triples) { ?s ?p ?o }")

Result = TypeVar("Result")
Changes = dict[GraphName, list[Triple]]


class EmbeddedGraphs:
    """The `Graphs` port over one pyoxigraph store that no other process writes.

    All writing and copying happens in one thread, in the order of the calls, also when a caller is cancelled half-way;
    queries of ours run beside it on snapshots. The engine commits without fsync: after a power cut the tail may be
    gone, the cursor with it, and the journal gives it back.
    """

    def __init__(self, folder: Path, temporary: bool) -> None:
        self._folder = folder
        self._temporary = temporary
        self._redo = folder / "unfinished.nq"
        self._unsettled = folder / "unsettled"
        self._writer = ThreadPoolExecutor(1, thread_name_prefix="graphs")
        self._settler = ThreadPoolExecutor(1, thread_name_prefix="graphs-settling")
        self._layered = 0  # lines since the last settling
        self._opening = threading.Lock()
        self._held: Store | None = _opened(folder / "store")
        self._closed = False
        self._cursor = 0
        self._checkpoints = Checkpoints(folder / "checkpoints", self._backup)

    @classmethod
    async def open(cls, folder: Path | None) -> Self:
        """Open or make the folder, and finish or undo what a crash interrupted; None takes a temporary folder.

        Raises:
            GraphsLocked: another process has it open.
            GraphsUnavailable: it cannot be read.
        """
        place = Path(tempfile.mkdtemp(prefix="renkei-graphs-")) if folder is None else folder
        place.mkdir(parents=True, exist_ok=True)
        graphs = await asyncio.to_thread(cls, place, folder is None)
        await graphs._write(graphs._recover)
        return graphs

    async def apply(self, changes: Sequence[GraphChange], cursor: int) -> int:
        """Make all changes and move the cursor; see the port."""
        return await self._write(lambda: self._apply(changes, cursor))

    async def load(self, lines: AsyncIterable[tuple[str, Sequence[str]]], cursor: int) -> int:
        """Fill empty graphs; see the port."""
        await self._write(self._begin_filling)
        unholdable, waiting, size = 0, list[GraphChange](), 0
        async for audience, some in lines:
            waiting.append(GraphChange(audience, add=some))
            size += len(some)
            if size >= _CHUNK_LINES:
                unholdable += await self._fill(waiting)
                waiting, size = [], 0
        unholdable += await self._fill(waiting)
        await self._write(lambda: self._end_filling(cursor))
        return unholdable

    async def cursor(self) -> int:
        """Number of the last event applied."""
        return self._cursor

    async def checkpoint(self) -> SharedCheckpoint:
        """A copy that holds at least every change applied before this call."""
        return await self._checkpoints.take(self._cursor)

    async def select(self, query: Query, audiences: Sequence[str], **values: Term) -> list[Mapping[str, Term]]:
        """Rows of a query of ours; see the port."""
        text, graphs = query.bound(**values), [graph_of(audience) for audience in audiences]
        return await asyncio.to_thread(self._retrying, lambda: _rows(self._store, text, graphs))

    async def count(self, audience: str) -> int:
        """Triples in an audience's graph."""
        (row,) = await self.select(_COUNT, [audience])
        return int(row["triples"].value)  # type: ignore[union-attr]

    def lines(self, audience: str) -> Iterator[str]:
        """The N-Triples lines of an audience's graph as the store holds them."""
        for quad in self._store.quads_for_pattern(None, None, None, graph_of(audience)):
            yield ntriples.line_of(quad.triple)

    def audiences(self) -> list[str]:
        """Audiences whose graph has any triple."""
        names = [graph.value for graph in self._store.named_graphs() if isinstance(graph, NamedNode)]
        held = [name for name in names if self._holds(NamedNode(name))]
        ours = (name.removeprefix(_AUDIENCES) if name.startswith(_AUDIENCES) else PLAIN + name for name in held)
        public = [PUBLIC] if self._holds(DefaultGraph()) else []
        return sorted([*public, *(name for name in ours if name != PLAIN + PROJECTION.value)])

    def _holds(self, graph: GraphName) -> bool:
        return next(self._store.quads_for_pattern(None, None, None, graph), None) is not None

    def stored_form(self, lines: Iterable[str]) -> list[str | None]:
        """Each line as `lines` would give it back, or None."""
        return ntriples.stored_form(lines)

    async def settle(self) -> None:
        """Put what big changes left lying in layers into order; see the port."""
        if self._layered < _LAYERED_LINES and not self._unsettled.exists():
            return
        self._layered = 0
        await asyncio.get_running_loop().run_in_executor(self._settler, self._store.optimize)
        if self._layered < _LAYERED_LINES:  # else a load came meanwhile
            self._unsettled.unlink(missing_ok=True)
        self._checkpoints.forget()  # a copy has the layers of its time

    async def clear(self) -> None:
        """Empty everything, the cursor too."""
        await self._write(self._clear)
        self._checkpoints.forget()

    async def close(self) -> None:
        """Let go of the folder; a temporary one is deleted."""
        await self._checkpoints.close()
        await asyncio.to_thread(self._settler.shutdown)  # it holds the store
        await self._write(self._let_go)
        self._writer.shutdown()
        if self._temporary:
            await asyncio.to_thread(shutil.rmtree, self._folder, ignore_errors=True)

    # --- in the writing thread ----------------------------------------------------------------------------------

    async def _write(self, work: Callable[[], Result]) -> Result:
        return await asyncio.get_running_loop().run_in_executor(self._writer, self._retrying, work)

    def _retrying(self, work: Callable[[], Result]) -> Result:
        """Do the work; if the engine fails, open it anew and try once more (all our writes may be repeated)."""
        with contextlib.suppress(OSError):
            return work()
        # Outside the handler: the error's traceback would keep the old store, and with it its lock. While a query keeps
        # it, opening fails; the next call tries again.
        with self._opening:
            self._held = None
        try:
            return work()
        except OSError as error:
            raise GraphsUnavailable(str(error)) from error

    @property
    def _store(self) -> Store:
        with self._opening:
            if self._closed:
                raise GraphsUnavailable("the graphs are closed")
            if self._held is None:
                self._held = _opened(self._folder / "store")
            return self._held

    def _let_go(self) -> None:
        with self._opening:
            self._held, self._closed = None, True

    def _recover(self) -> None:
        if next(self._store.quads_for_pattern(PROJECTION, FILLING, None, PROJECTION), None):
            self._clear()
        if self._holds(_FORMER_PUBLIC):
            self._clear()  # the journal fills them anew
            self._store.optimize()  # emptied graphs keep their space, 660 MB of 50,000 datasets; this takes 2.6 s
        self._cursor = max((int(quad.object.value) for quad in self._cursors()), default=0)  # type: ignore[union-attr]
        if self._redo.exists():
            self._finish_from_file()

    def _apply(self, changes: Sequence[GraphChange], cursor: int) -> int:
        if sum(len(change.remove) + len(change.add) for change in changes) >= _BULK_LINES:
            self._write_down(changes, cursor)
            return self._perform(changes, cursor)
        removed, _ = _parsed((change.audience, change.remove) for change in changes)
        added, unholdable = _parsed((change.audience, change.add) for change in changes)
        passing("before a small change of the graphs")
        self._update([*ntriples.update_of(removed, added), *_cursor_update(cursor)])
        passing("after a small change of the graphs")
        self._cursor = cursor
        return unholdable

    def _update(self, operations: Sequence[str]) -> None:
        self._store.update(" ;\n".join(operations), custom_functions={ntriples.LABELLED: ntriples.labelled})

    def _write_down(self, changes: Sequence[GraphChange], cursor: int) -> None:
        """Keep a big change in a file until it is done: half of it followed by a different one would leave remains."""
        unready = self._redo.with_suffix(".new")
        with unready.open("w", encoding="utf-8", errors="replace") as file:
            file.write(f"{cursor}\n")
            for change in changes:
                for sign, some in (("-", change.remove), ("+", change.add)):
                    file.write(f"{sign}{change.audience}\n")
                    file.writelines(f"{line}\n" for line in some)
            passing("while a big change is written down")
            file.flush()
            os.fsync(file.fileno())
        passing("before a big change is promised")
        unready.replace(self._redo)

    def _finish_from_file(self) -> None:
        lines = self._redo.read_text("utf-8").split("\n")
        changes: list[GraphChange] = []
        current: list[str] = []
        for line in filter(None, lines[1:]):
            if line[0] in "-+":
                current = []
                some = {"remove" if line[0] == "-" else "add": current}
                changes.append(GraphChange(line[1:], **some))
            else:
                current.append(line)
        self._perform(changes, int(lines[0]))

    def _perform(self, changes: Sequence[GraphChange], cursor: int) -> int:
        passing("before a big change of the graphs")
        removed, _ = _parsed((change.audience, change.remove) for change in changes)
        for quad in _quads(removed):
            self._store.remove(quad)
        passing("between removals and additions of a big change")
        unholdable = self._bulk_each(changes)
        passing("before the cursor of a big change")
        self._move_cursor(cursor)
        passing("after the cursor of a big change")
        self._redo.unlink(missing_ok=True)
        return unholdable

    def _bulk_each(self, changes: Sequence[GraphChange]) -> int:
        """Add the lines of many changes with one bulk load an audience: each costs 30 ms, however little it loads."""
        added: dict[str, list[str]] = defaultdict(list)
        for change in changes:
            added[change.audience] += change.add
        self._layered += sum(map(len, added.values()))
        if self._layered >= _LAYERED_LINES:
            self._unsettled.touch()  # whoever opens the folder next knows, too
        return sum(self._bulk(graph_of(audience), lines) for audience, lines in added.items() if lines)

    def _bulk(self, graph: GraphName, lines: Sequence[str]) -> int:
        """Add many lines; how many the store cannot hold.

        As text they cost half of what they cost as terms. The engine renames blank nodes in text, and one bad line
        fails all: those go the long way, where adding a line twice does no harm.
        """
        text = "\n".join(line for line in lines if "_:" not in line)
        try:
            self._store.bulk_load(text.encode("utf-8", "replace"), RdfFormat.N_TRIPLES, to_graph=graph)
        except SyntaxError:
            rest: Sequence[str] = lines
        else:
            rest = [line for line in lines if "_:" in line]
        triples, unholdable = ntriples.triples_of(rest)
        if triples:
            self._store.bulk_extend(Quad(t.subject, t.predicate, t.object, graph) for t in triples)
        return unholdable

    def _begin_filling(self) -> None:
        self._clear()
        self._store.add(Quad(PROJECTION, FILLING, Literal(1), PROJECTION))

    def _end_filling(self, cursor: int) -> None:
        self._update([f"DELETE WHERE {{ GRAPH {PROJECTION} {{ ?s {FILLING} ?o }} }}", *_cursor_update(cursor)])
        self._cursor = cursor

    async def _fill(self, changes: Sequence[GraphChange]) -> int:
        return await self._write(lambda: self._bulk_each(changes))

    def _cursors(self) -> Iterator[Quad]:
        return self._store.quads_for_pattern(PROJECTION, CURSOR, None, PROJECTION)

    def _move_cursor(self, cursor: int) -> None:
        self._update(_cursor_update(cursor))
        self._cursor = cursor

    def _clear(self) -> None:
        # Marked first: half a change, or one to be repeated onto emptied graphs, would look whole at the next start.
        self._store.add(Quad(PROJECTION, FILLING, Literal(1), PROJECTION))
        passing("before the graphs are emptied")
        self._redo.unlink(missing_ok=True)
        passing("while the graphs are emptied")
        self._store.clear()
        passing("after the graphs are emptied")
        self._cursor = 0

    async def _backup(self, path: Path) -> int:
        def copy() -> int:
            shutil.rmtree(path, ignore_errors=True)
            passing("before a checkpoint")
            self._store.backup(str(path))
            passing("after a checkpoint")
            return self._cursor

        return await self._write(copy)


def _opened(path: Path) -> Store:
    try:
        return Store(str(path))
    except OSError as error:
        if re.search(r"\block\b", str(error)):
            raise GraphsLocked(path.parent.parent) from error
        raise GraphsUnavailable(f"{path.name}: {error}") from error


def _rows(store: Store, text: str, graphs: list[GraphName]) -> list[Mapping[str, Term]]:
    # Both dataset arguments, always: with the first alone GRAPH ?g would read every audience.
    found = store.query(text, default_graph=list(graphs), named_graphs=[])
    assert isinstance(found, QuerySolutions), "a query of ours is a SELECT"
    names = [variable.value for variable in found.variables]
    return [{name: row[name] for name in names if row[name] is not None} for row in found]


def _parsed(parts: Iterable[tuple[str, Sequence[str]]]) -> tuple[Changes, int]:
    by_graph: Changes = defaultdict(list)
    unholdable = 0
    for audience, lines in parts:
        triples, bad = ntriples.triples_of(lines)
        by_graph[graph_of(audience)] += triples
        unholdable += bad
    return by_graph, unholdable


def _quads(changes: Changes) -> Iterator[Quad]:
    return (Quad(t.subject, t.predicate, t.object, graph) for graph, triples in changes.items() for t in triples)


def _cursor_update(cursor: int) -> list[str]:
    place = f"GRAPH {PROJECTION} {{ {PROJECTION} {CURSOR}"
    return [f"DELETE WHERE {{ {place} ?old }} }}", f"INSERT DATA {{ {place} {cursor} }} }}"]
