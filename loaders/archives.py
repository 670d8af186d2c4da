"""Files inside tar and zip archives, read without unpacking, and without trusting what the archive says of itself."""

import io
import stat
import tarfile
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO, BinaryIO, cast

from ontology.messages import Message


@dataclass(frozen=True, slots=True)
class ArchiveLimits:
    """What an archive may hold.

    Attributes:
        entries: files and folders in it.
        entry_bytes: of one file, unpacked.
        total_bytes: of all files, unpacked.
        ratio: unpacked by packed bytes, from `free_bytes` on.
        free_bytes: below this the ratio is not asked: a few kilobytes of blanks are no attack.
    """

    entries: int = 10_000
    entry_bytes: int = 256 << 20
    total_bytes: int = 2 << 30
    ratio: int = 200
    free_bytes: int = 16 << 20


class ArchiveRefused(ValueError):
    """An archive is damaged or larger than taken; what was read of it before is not to be used."""

    def __init__(self, message: Message) -> None:
        super().__init__(message.en)
        self.message = message


@dataclass(frozen=True, slots=True)
class Entry:
    """One file of an archive, or the reason why it was left out."""

    name: str
    data: bytes
    refusal: Message | None = None


NESTED = (".tar", ".tgz", ".tar.gz", ".tar.bz2", ".tar.xz", ".zip", ".7z", ".rar")


def entries_of(archive: BinaryIO, name: str, limits: ArchiveLimits | None = None) -> Iterator[Entry]:
    """The regular files of a tar (plain or gzipped) or zip archive, in its order.

    Links, devices, nested archives and names that lead out of the archive are left out with the reason.

    Raises:
        ArchiveRefused: damaged, or more than the limits.
    """
    limits = limits or ArchiveLimits()
    packed = archive.seek(0, io.SEEK_END)
    archive.seek(0)
    files = _zip(archive) if name.lower().endswith(".zip") else _tar(archive)
    total = 0
    try:
        for number, (entry, opened) in enumerate(files, 1):
            if number > limits.entries:
                raise ArchiveRefused(_too_many(limits.entries))
            if isinstance(opened, Message):
                yield Entry(entry, b"", opened)
                continue
            data = opened.read(limits.entry_bytes + 1)
            total += len(data)
            if len(data) > limits.entry_bytes or total > limits.total_bytes or _is_bomb(total, packed, limits):
                raise ArchiveRefused(_too_large(entry))
            yield Entry(entry, data)
    except ArchiveRefused:
        raise
    except Exception as error:  # the readers of both formats let slip whatever the bytes bring about
        shown = f"{type(error).__name__}: {error}"[:200]
        raise ArchiveRefused(Message(f"書庫が壊れています({shown})。", f"The archive is damaged ({shown}).")) from error


def _is_bomb(total: int, packed: int, limits: ArchiveLimits) -> bool:
    return total > limits.free_bytes and total > packed * limits.ratio


def _tar(archive: BinaryIO) -> Iterator[tuple[str, IO[bytes] | Message]]:
    with tarfile.open(fileobj=archive, mode="r|*") as tar:
        for member in tar:
            if member.isdir():
                continue
            refusal = _refusal(member.name, is_file=member.isreg())
            yield member.name, refusal or cast("IO[bytes]", tar.extractfile(member))


def _zip(archive: BinaryIO) -> Iterator[tuple[str, IO[bytes] | Message]]:
    with zipfile.ZipFile(archive) as packed:
        for member in packed.infolist():
            if member.is_dir():
                continue
            mode = member.external_attr >> 16
            refusal = _refusal(member.filename, is_file=not mode or stat.S_ISREG(mode) or not stat.S_IFMT(mode))
            if member.flag_bits & 1:
                refusal = Message("暗号化されています。", "It is encrypted.")
            if refusal:
                yield member.filename, refusal
                continue
            with packed.open(member) as opened:
                yield member.filename, opened


def _refusal(name: str, *, is_file: bool) -> Message | None:
    parts = name.replace("\\", "/").split("/")
    if name.startswith(("/", "\\")) or ".." in parts or ":" in parts[0] or "\x00" in name:
        return Message("書庫の外を指す名前です。", "Its name leads out of the archive.")
    if not is_file:
        return Message("通常のファイルではありません(リンクなど)。", "It is no regular file but a link or device.")
    if name.lower().endswith(NESTED):
        return Message("書庫の中の書庫は開きません。", "An archive inside an archive is not opened.")
    return None


def _too_many(entries: int) -> Message:
    return Message(
        f"書庫のファイルが {entries:,} 個を超えています。", f"The archive holds more than {entries:,} files."
    )


def _too_large(name: str) -> Message:
    return Message(
        f"書庫を展開すると大きすぎます({name[:200]} まで読みました)。",
        f"The archive is too large when unpacked (read as far as {name[:200]}).",
    )
