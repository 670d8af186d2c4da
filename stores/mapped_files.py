"""Pages of files that libraries have mapped into memory."""

import contextlib
import ctypes
import mmap
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

_MAPS: Final = Path("/proc/self/maps")
_SHARED: Final = re.compile(r"([0-9a-f]+)-([0-9a-f]+) r--s \S+ \S+ \d+ +(/.*)")  # clean: there is nothing to lose


def give_back(name: str) -> None:
    """Let go of the pages of a file that is mapped to be read, until somebody reads there again.

    Who opens a large file may have read all of it and need little of it from then on. Only Linux tells where it is
    mapped; elsewhere nothing is done.

    Args:
        name: of the file, without its folder.
    """
    for start, end in _places(name):
        ctypes.CDLL(None).madvise(ctypes.c_void_p(start), ctypes.c_size_t(end - start), mmap.MADV_DONTNEED)


def _places(name: str) -> Iterator[tuple[int, int]]:
    with contextlib.suppress(OSError):
        for line in _MAPS.read_text(errors="replace").splitlines():
            found = _SHARED.fullmatch(line)
            if found is not None and found[3].rsplit("/", 1)[-1] == name:
                yield int(found[1], 16), int(found[2], 16)
