"""Descriptions as RDF graphs, one per audience: a projection of the journal that can be deleted and made anew."""

from pathlib import Path

from stores.graphs.embedded import EmbeddedGraphs
from stores.graphs.port import (
    PLAIN,
    Checkpoint,
    GraphChange,
    GraphName,
    Graphs,
    GraphsError,
    GraphsLocked,
    GraphsUnavailable,
    Query,
    TermUnspeakable,
    graph_of,
)

__all__ = [
    "PLAIN",
    "Checkpoint",
    "GraphChange",
    "GraphName",
    "Graphs",
    "GraphsError",
    "GraphsLocked",
    "GraphsUnavailable",
    "Query",
    "TermUnspeakable",
    "graph_of",
    "open_graphs",
]


async def open_graphs(folder: Path | None) -> Graphs:
    """The embedded graphs under a folder, or in a temporary one that goes with them (None).

    Raises:
        GraphsLocked: another process has the folder open.
        GraphsUnavailable: the folder cannot be read.
    """
    return await EmbeddedGraphs.open(folder)
