"""What runs in the killable workers: open a checkpoint, parse, evaluate, serialise. Imports as little as it can.

A crash, an endless aggregate or a gigabyte of strings ends this process only. It also gives up making sockets, so that
a SERVICE which slipped through the scan reaches nobody.
"""

import csv
import ctypes
import io
import json
import platform
import re
import struct
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import IO, cast

from pyoxigraph import (
    BlankNode,
    DefaultGraph,
    NamedNode,
    QueryBoolean,
    QueryResultsFormat,
    QuerySolutions,
    QueryTriples,
    RdfFormat,
    Store,
)

RESULTS = {
    "json": QueryResultsFormat.JSON,
    "xml": QueryResultsFormat.XML,
    "csv": QueryResultsFormat.CSV,
    "tsv": QueryResultsFormat.TSV,
}
RDF = {
    "turtle": RdfFormat.TURTLE,
    "n-triples": RdfFormat.N_TRIPLES,
    "rdf-xml": RdfFormat.RDF_XML,
    "json-ld": RdfFormat.JSON_LD,
    "trig": RdfFormat.TRIG,
    "n-quads": RdfFormat.N_QUADS,
}

_NO_XML = re.compile(
    b"[\\x00-\\x08\\x0b\\x0c\\x0e-\\x1f]|\xef\xbf[\xbe\xbf]"
)  # in UTF-8; the last two are U+FFFE, U+FFFF


@dataclass(frozen=True, slots=True)
class Task:
    """One query for a worker.

    Attributes:
        checkpoint: folder of the frozen store.
        text: query that has passed the scan.
        default_graphs, named_graphs: graphs of the dataset; both None leaves the dataset to the query text.
        syntax: a key of RESULTS or RDF.
        base_iri: what relative IRIs in the text are resolved against.
        rows, reply_bytes: limits of the answer.
    """

    checkpoint: str
    text: str
    default_graphs: Sequence[NamedNode | DefaultGraph] | None
    named_graphs: Sequence[NamedNode] | None
    syntax: str
    base_iri: str | None
    rows: int
    reply_bytes: int


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a task.

    Attributes:
        kind: answered, syntax, rows, bytes or failed.
        body: the serialised answer.
        detail: what the engine said.
    """

    kind: str
    body: bytes = b""
    detail: str = ""


class _TooLong(Exception):
    pass


class _Reply(io.RawIOBase):
    """Collects an answer and stops its writer at a number of bytes."""

    def __init__(self, limit: int) -> None:
        self.written = bytearray()
        self._limit = limit

    def writable(self) -> bool:
        return True

    def write(self, data: bytes) -> int:  # type: ignore[override]
        if len(self.written) + len(data) > self._limit:
            raise _TooLong
        self.written += data
        return len(data)


_opened: tuple[str, Store] | None = None


def answer(task: Task) -> Outcome:
    """Answer one query; whatever the engine raises becomes an outcome."""
    _give_up_sockets()
    try:
        return _evaluated(_store(task.checkpoint), task)
    except SyntaxError as error:
        return Outcome("syntax", detail=str(error))
    except MemoryError:
        raise
    except Exception as error:
        return Outcome("failed", detail=f"{type(error).__name__}: {error}"[:500])


def warm(pause_s: float) -> None:
    """Load what a query needs; the pause keeps this worker busy while its neighbour is warmed."""
    _give_up_sockets()
    Store().query("ASK {}")
    time.sleep(pause_s)


def _store(checkpoint: str) -> Store:
    """The checkpoint's store, kept open until another checkpoint is asked for."""
    global _opened  # noqa: PLW0603 - the state of this process
    if _opened is None or _opened[0] != checkpoint:
        _opened = None
        _opened = (checkpoint, Store.read_only(checkpoint))
    return _opened[1]


def _evaluated(store: Store, task: Task) -> Outcome:
    default: list[NamedNode | BlankNode | DefaultGraph] | None = None
    named: list[NamedNode | BlankNode] | None = None
    if task.default_graphs is not None:
        # Both, always: without `named_graphs` GRAPH ?g reads every graph of the store.
        default, named = _needed(store, task.default_graphs), [*(task.named_graphs or ())]
    found = store.query(task.text, base_iri=task.base_iri, default_graph=default, named_graphs=named)
    if isinstance(found, QueryTriples):
        return _triples(found, task)
    return _results(found, task)


def _needed(store: Store, graphs: Sequence[NamedNode | DefaultGraph]) -> list[NamedNode | BlankNode | DefaultGraph]:
    """Those of the graphs that hold anything: a union, also with empty graphs, costs up to twice as much.

    One is left if all are empty, so that the dataset is never an absent one.
    """
    held = [graph for graph in graphs if next(store.quads_for_pattern(None, None, None, graph), None) is not None]
    return [*(held or graphs[:1])]


def _results(found: QuerySolutions | QueryBoolean, task: Task) -> Outcome:
    reply = _Reply(task.reply_bytes)
    try:
        found.serialize(cast("IO[bytes]", reply), RESULTS[task.syntax])
    except _TooLong:
        return Outcome("rows" if _rows_at_most(reply.written, task.syntax) > task.rows else "bytes")
    body = _well_formed(bytes(reply.written), task.syntax)
    if _rows_at_most(body, task.syntax) > task.rows and _rows(body, task.syntax) > task.rows:
        return Outcome("rows")
    return Outcome("answered", body)


def _triples(found: QueryTriples, task: Task) -> Outcome:
    reply = _Reply(task.reply_bytes)
    try:
        found.serialize(cast("IO[bytes]", reply), RDF[task.syntax])
    except _TooLong:
        return Outcome("bytes")
    return Outcome("answered", _well_formed(bytes(reply.written), task.syntax))


def _well_formed(body: bytes, syntax: str) -> bytes:
    """XML 1.0 has no way to write a control character, not even as a reference: U+FFFD stands for each of them.

    The engine writes them raw, and one such title would make the whole answer unreadable to strict parsers.
    """
    return _NO_XML.sub("\ufffd".encode(), body) if syntax in ("xml", "rdf-xml") else body


def _rows_at_most(body: bytes | bytearray, syntax: str) -> int:
    """Rows in a serialised answer, or more where values hold what separates rows (in JSON and CSV)."""
    separators = {"json": b"},{", "xml": b"<result>", "csv": b"\n", "tsv": b"\n"}
    return body.count(separators[syntax]) + (syntax == "json")


def _rows(body: bytes, syntax: str) -> int:
    """Rows in a whole serialised answer."""
    if syntax == "json":
        return len(json.loads(body).get("results", {}).get("bindings", ()))
    if syntax == "csv":
        return sum(1 for _ in csv.reader(io.StringIO(body.decode(), newline=""))) - 1
    return _rows_at_most(body, syntax) - (syntax == "tsv")


# --- no sockets ------------------------------------------------------------------------------------------------------

_PR_SET_SECCOMP, _PR_SET_NO_NEW_PRIVS, _MODE_FILTER = 22, 38, 2
_ALLOW, _REFUSE = 0x7FFF0000, 0x00050000 | 13  # SECCOMP_RET_ALLOW, SECCOMP_RET_ERRNO | EACCES
# AUDIT_ARCH constant and number of the system call `socket`.
_SOCKET_CALL = {"x86_64": (0xC000003E, 41), "aarch64": (0xC00000B7, 198)}
_sealed = False


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("filter", ctypes.c_void_p))


def _give_up_sockets() -> None:
    """Have the kernel refuse `socket` to this process for good (seccomp; it takes no privilege). Linux only."""
    global _sealed  # noqa: PLW0603 - the state of this process
    if _sealed or platform.system() != "Linux" or platform.machine() not in _SOCKET_CALL:
        return
    architecture, call = _SOCKET_CALL[platform.machine()]
    steps = (  # classic BPF: code, jump if true, jump if false, operand
        (0x20, 0, 0, 4),  # load the architecture
        (0x15, 0, 3, architecture),  # another one: allow
        (0x20, 0, 0, 0),  # load the number of the call
        (0x15, 0, 1, call),
        (0x06, 0, 0, _REFUSE),
        (0x06, 0, 0, _ALLOW),
    )
    code = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *step) for step in steps))
    program = _Program(len(steps), ctypes.cast(code, ctypes.c_void_p))
    libc = ctypes.CDLL(None)
    libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    libc.prctl(_PR_SET_SECCOMP, _MODE_FILTER, ctypes.byref(program), 0, 0)
    _sealed = True
