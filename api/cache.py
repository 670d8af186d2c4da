"""Bounded caches. An entry holds for one number of the journal: whatever changes, changes that."""

from collections import OrderedDict
from collections.abc import Hashable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Rendered:
    """An answer ready to send.

    Attributes:
        headers: (name, value) pairs, ETag and Content-Type among them.
    """

    body: bytes
    headers: tuple[tuple[str, str], ...]
    etag: str


class ByteCache:
    """The most recently used answers within a limit of bytes.

    The key must name everything an answer depends on beside the journal: address, form, language and the audiences and
    identity of the reader (else one reader would get what another may see).
    """

    def __init__(self, limit_bytes: int) -> None:
        self.limit_bytes = limit_bytes
        self.size_bytes = 0
        self._head = -1
        self._entries: OrderedDict[Hashable, Rendered] = OrderedDict()

    def get(self, head: int, key: Hashable) -> Rendered | None:
        """The answer for a key if it was made at this number of the journal."""
        if head != self._head:
            self._entries.clear()
            self._head, self.size_bytes = head, 0
            return None
        entry = self._entries.get(key)
        if entry is not None:
            self._entries.move_to_end(key)
        return entry

    def put(self, head: int, key: Hashable, entry: Rendered) -> None:
        """Keep an answer; one made while the journal moved on is not kept."""
        if head != self._head or len(entry.body) > self.limit_bytes or key in self._entries:
            return
        self._entries[key] = entry
        self.size_bytes += len(entry.body)
        while self.size_bytes > self.limit_bytes:
            _, oldest = self._entries.popitem(last=False)
            self.size_bytes -= len(oldest.body)


class Shared:
    """Small things that many pages show alike: titles of catalogs, addresses of publishers.

    As for `ByteCache`, the key names the reader wherever the value depends on what a reader may see.
    """

    def __init__(self, most: int = 20_000) -> None:
        self.most = most
        self._head = -1
        self._values: dict[Hashable, Any] = {}

    def at(self, head: int) -> dict[Hashable, Any]:
        """What is known at this number of the journal, to be read and added to before the next wait."""
        if head != self._head or len(self._values) > self.most:
            self._head, self._values = head, {}
        return self._values
