"""What was worked out from the catalog for one reader, kept until the catalog changes."""

from collections import OrderedDict
from collections.abc import Hashable
from typing import Generic, TypeVar

Value = TypeVar("Value")


class Kept(Generic[Value]):
    """Values by key, the least used ones given up first.

    Args:
        limit: how much is kept; what a value counts is said with it.
    """

    def __init__(self, limit: int) -> None:
        self._limit, self._used, self._head = limit, 0, -1
        self._values: OrderedDict[Hashable, tuple[int, Value]] = OrderedDict()

    def get(self, head: int, key: Hashable) -> Value | None:
        """A value that holds at this head of the catalog (`Database.catalog_head`)."""
        if head != self._head:
            self._values.clear()
            self._used, self._head = 0, head
        if key not in self._values:
            return None
        self._values.move_to_end(key)
        return self._values[key][1]

    def put(self, head: int, key: Hashable, value: Value, size: int = 1) -> Value:
        """Keep a value that was worked out after this head was looked up."""
        if head == self._head and size <= self._limit // 2 and key not in self._values:
            self._values[key] = size, value
            self._used += size
            while self._used > self._limit:
                _, (gone, _) = self._values.popitem(last=False)
                self._used -= gone
        return value
