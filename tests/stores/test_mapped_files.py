import mmap
import re
import sys
from pathlib import Path

import pytest

from stores.mapped_files import give_back

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells where files are mapped")
SIZE = 1 << 20


def resident_bytes(path: Path) -> int:
    text = Path("/proc/self/smaps").read_text()
    return sum(1024 * int(size) for size in re.findall(rf" {re.escape(str(path))}\nSize:.*?\nRss: +(\d+)", text, re.S))


def test_pages_that_were_read_are_given_back_and_can_be_read_again(tmp_path: Path) -> None:
    path = tmp_path / "large.dic"
    path.write_bytes(b"x" * SIZE)
    with path.open("rb") as file, mmap.mmap(file.fileno(), SIZE, mmap.MAP_SHARED, mmap.PROT_READ) as mapped:
        assert mapped[:] == b"x" * SIZE
        before = resident_bytes(path)
        give_back("large.dic")
        assert (before, resident_bytes(path)) == (SIZE, 0)
        assert mapped[:] == b"x" * SIZE


def test_what_somebody_may_have_written_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "private.dic"
    path.write_bytes(b"x" * SIZE)
    with path.open("rb") as file, mmap.mmap(file.fileno(), SIZE, mmap.MAP_PRIVATE, mmap.PROT_READ | 2) as mapped:
        mapped[:4] = b"mine"
        give_back("private.dic")
        assert mapped[:5] == b"minex"
