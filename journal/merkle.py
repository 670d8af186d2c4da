"""Merkle trees as RFC 6962 §2.1 draws them (SHA-256), grown at the right end and proved without the whole of them.

A tree of any size is the sum of complete subtrees, its peaks: these few hashes are all that must be kept to go on from
there, to prove what is added later, and that it was added to what was there.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256

EMPTY = sha256(b"").digest()


def leaf(content: bytes) -> bytes:
    """The hash of one entry."""
    return sha256(b"\0" + content).digest()


def node(left: bytes, right: bytes) -> bytes:
    """The hash of two subtrees side by side; the first byte keeps a node from being taken for an entry."""
    return sha256(b"\1" + left + right).digest()


@dataclass(frozen=True, slots=True)
class Tree:
    """A tree of which only the peaks are kept.

    Attributes:
        size: how many entries it has.
        peaks: hashes of its complete subtrees, the largest first.
    """

    size: int = 0
    peaks: tuple[bytes, ...] = ()

    def __post_init__(self) -> None:
        if self.size.bit_count() != len(self.peaks):
            raise ValueError("a tree has a peak for each binary digit of its size that is 1")

    @property
    def root(self) -> bytes:
        """The hash of the whole."""
        if not self.peaks:
            return EMPTY
        found = self.peaks[-1]
        for peak in self.peaks[-2::-1]:
            found = node(peak, found)
        return found

    def grown(self, leaves: Sequence[bytes]) -> "Tree":
        """The tree with more entries at its end."""
        size, peaks = self.size, list(self.peaks)
        for each in leaves:
            peaks.append(each)
            size += 1
            bits = size
            while not bits & 1:
                right = peaks.pop()
                peaks.append(node(peaks.pop(), right))
                bits >>= 1
        return Tree(size, tuple(peaks))

    def complete(self) -> dict[tuple[int, int], bytes]:
        """The peaks by the entries they stand over: (first, end)."""
        found, start = {}, 0
        sizes = [1 << bit for bit in range(self.size.bit_length() - 1, -1, -1) if self.size & 1 << bit]
        for size, peak in zip(sizes, self.peaks, strict=True):
            found[start, start + size] = peak
            start += size
        return found


class Grown:
    """What was added to a tree, with the tree it was added to: enough to prove both."""

    def __init__(self, before: Tree, leaves: Sequence[bytes]) -> None:
        self.before, self.size = before, before.size + len(leaves)
        self._known = before.complete()
        self._known |= {(before.size + n, before.size + n + 1): each for n, each in enumerate(leaves)}

    def inclusion(self, index: int) -> list[bytes]:
        """The path from an added entry, counted from 0 in the whole tree, up to the root (RFC 6962 §2.1.1)."""
        return self._path(index, 0, self.size)

    def consistency(self) -> list[bytes]:
        """What proves that the whole begins with the tree before (RFC 6962 §2.1.2)."""
        if self.before.size in (0, self.size):
            return []
        return self._subproof(self.before.size, 0, self.size, whole=True)

    def _path(self, index: int, start: int, end: int) -> list[bytes]:
        if end - start == 1:
            return []
        middle = start + _half(end - start)
        if index < middle:
            return [*self._path(index, start, middle), self._hash(middle, end)]
        return [*self._path(index, middle, end), self._hash(start, middle)]

    def _subproof(self, old: int, start: int, end: int, *, whole: bool) -> list[bytes]:
        if old == end:
            return [] if whole else [self._hash(start, end)]
        middle = start + _half(end - start)
        if old <= middle:
            return [*self._subproof(old, start, middle, whole=whole), self._hash(middle, end)]
        return [*self._subproof(old, middle, end, whole=False), self._hash(start, middle)]

    def _hash(self, start: int, end: int) -> bytes:
        if (known := self._known.get((start, end))) is None:
            middle = start + _half(end - start)
            known = self._known[start, end] = node(self._hash(start, middle), self._hash(middle, end))
        return known


def included(entry: bytes, index: int, size: int, path: Sequence[bytes], root: bytes) -> bool:
    """Whether a path proves that the tree with this root has an entry (RFC 9162 §2.1.3.2)."""
    if not 0 <= index < size:
        return False
    at, last, found = index, size - 1, entry
    for step in path:
        if last == 0:
            return False
        if at & 1 or at == last:
            found = node(step, found)
            while not at & 1 and at:
                at, last = at >> 1, last >> 1
        else:
            found = node(found, step)
        at, last = at >> 1, last >> 1
    return last == 0 and found == root


def consistent(before: tuple[int, bytes], after: tuple[int, bytes], path: Sequence[bytes]) -> bool:
    """Whether a path proves that the second tree (size, root) begins with the first (RFC 9162 §2.1.4.2)."""
    (old, old_root), (new, new_root) = before, after
    if old in (0, new):
        return not path and (old == 0 or old_root == new_root)
    steps = [old_root, *path] if old & (old - 1) == 0 else list(path)
    if old > new or not steps:
        return False
    at, last = old - 1, new - 1
    while at & 1:
        at, last = at >> 1, last >> 1
    one = other = steps[0]
    for step in steps[1:]:
        if last == 0:
            return False
        if at & 1 or at == last:
            one, other = node(step, one), node(step, other)
            while not at & 1 and at:
                at, last = at >> 1, last >> 1
        else:
            other = node(other, step)
        at, last = at >> 1, last >> 1
    return last == 0 and one == old_root and other == new_root


def _half(size: int) -> int:
    """The largest power of two smaller than a size: where RFC 6962 splits."""
    return 1 << (size - 1).bit_length() - 1
