"""Lines of a large file, kept by the node they are about and read back one node at a time."""

import tempfile
import weakref
from array import array
from collections import defaultdict

_IN_MEMORY_BYTES = 32 << 20
_BUFFER_BYTES = 1 << 20


class Spool:
    """N-Triples lines under small integers; what exceeds `in_memory_bytes` rests in an unnamed temporary file.

    Lines of one node that follow each other share one extent, as they do in nearly every file, so that two million
    lines need a few megabytes of index. First all lines are added, then they are read.
    """

    def __init__(self, in_memory_bytes: int = _IN_MEMORY_BYTES) -> None:
        self._file = tempfile.SpooledTemporaryFile(max_size=in_memory_bytes)  # noqa: SIM115 closed by close()
        self._closing = weakref.finalize(self, self._file.close)  # also when nobody did
        self._buffer = bytearray()
        self._flushed = 0
        self._starts = array("q")
        self._sizes = array("q")
        self._more: dict[int, list[tuple[int, int]]] = defaultdict(list)

    def add(self, node: int, lines: list[str]) -> None:
        """Keep lines (without line feeds) of a node."""
        start, size = self.put(lines)
        self.assign(node, start, size)

    def put(self, lines: list[str]) -> tuple[int, int]:
        """Keep lines whose node is not known yet; the answer is for `assign`."""
        data = ("\n".join(lines) + "\n").encode()
        start = self._flushed + len(self._buffer)
        self._buffer += data
        if len(self._buffer) > _BUFFER_BYTES:
            self._flush()
        return start, len(data)

    def assign(self, node: int, start: int, size: int) -> None:
        """Give a kept line to a node; one line may belong to several."""
        while len(self._starts) <= node:
            self._starts.append(-1)
            self._sizes.append(0)
        if self._starts[node] < 0:
            self._starts[node], self._sizes[node] = start, size
        elif self._starts[node] + self._sizes[node] == start and node not in self._more:
            self._sizes[node] += size
        else:
            extents = self._more[node]
            if extents and sum(extents[-1]) == start:
                extents[-1] = (extents[-1][0], extents[-1][1] + size)
            else:
                extents.append((start, size))

    def has(self, node: int) -> bool:
        """Whether any line belongs to the node."""
        return node < len(self._starts) and self._starts[node] >= 0

    def size_bytes(self, node: int) -> int:
        """Length of the node's lines."""
        if not self.has(node):
            return 0
        return self._sizes[node] + sum(size for _, size in self._more.get(node, ()))

    def read(self, node: int) -> list[str]:
        """The node's lines in the order given, without line feeds."""
        if not self.has(node):
            return []
        self._flush()
        text = "".join(
            self._text(start, size)
            for start, size in ((self._starts[node], self._sizes[node]), *self._more.get(node, ()))
        )
        return text.split("\n")[:-1]

    def _text(self, start: int, size: int) -> str:
        self._file.seek(start)
        return self._file.read(size).decode()

    def _flush(self) -> None:
        if self._buffer:
            self._file.seek(0, 2)
            self._file.write(self._buffer)
            self._flushed += len(self._buffer)
            self._buffer = bytearray()

    def close(self) -> None:
        """Give the space back."""
        self._closing()
