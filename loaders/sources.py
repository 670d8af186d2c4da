"""What an operator names on the command line, opened: files, folders, archives, standard input and URLs."""

import io
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any, BinaryIO, Final, cast

from loaders.archives import ArchiveRefused, entries_of
from loaders.fetch import FetchRefused, fetch
from ontology.messages import Message

EXTENSIONS: Final = frozenset(
    ["ttl", "nt", "nq", "trig", "n3", "rdf", "xml", "owl", "jsonld", "json", "jsonl", "ndjson", "yml", "yaml"]
)  # what a folder or archive is searched for; a file named itself is tried whatever it is called
_ARCHIVES: Final = (".tar", ".tar.gz", ".tgz", ".zip")
_FILES: Final = 100_000


@dataclass(frozen=True, slots=True)
class Document:
    """One file of a source.

    Attributes:
        name: as shown to people; its end tells the format.
        open: gives its bytes anew each time.
        media_type: as its sender stated it, if it came over HTTP.
        refusal: why it is not read.
    """

    name: str
    open: Callable[[], BinaryIO]
    media_type: str | None = None
    refusal: Message | None = None


@dataclass(frozen=True, slots=True)
class Source:
    """What one argument names: one catalog in one document or many.

    Attributes:
        name: the argument as given.
        documents: gives the documents anew each time, in a stable order.
        refusal: why it cannot be read at all; the other sources go on.
        single: whether it is one document, so that a fault of that is a fault of the source.
    """

    name: str
    documents: Callable[[], Iterable[Document]] = field(default=lambda: ())
    refusal: Message | None = None
    single: bool = True


def open_sources(arguments: Iterable[str], *, allow_private: bool = False) -> Iterator[Source]:
    """Open each argument: a path, `-` for standard input, or an http(s) URL.

    Args:
        arguments: as given by the operator; only these are ever fetched, nothing that a document names.
        allow_private: whether URLs may lead to this machine or a private network.
    """
    for argument in arguments:
        if argument == "-":
            yield of_bytes(sys.stdin.buffer.read(), "-")
        elif argument.lower().startswith(("http:", "https:", "ftp:", "file:")):
            yield _of_url(argument, allow_private)
        else:
            yield of_path(Path(argument))


def of_bytes(data: bytes, name: str, media_type: str | None = None) -> Source:
    """A source of bytes at hand, an archive if its name says so."""
    if name.lower().endswith(_ARCHIVES):
        return Source(name, lambda: _entries(io.BytesIO(data), name), single=False)
    return Source(name, lambda: (Document(name, lambda: io.BytesIO(data), media_type),))


def of_path(path: Path) -> Source:
    """A file, archive or folder; of a folder all files of known formats, by name."""
    name = str(path)
    try:
        if path.is_dir():
            paths = list(_files(path))
            if not paths:
                return Source(name, refusal=_EMPTY_FOLDER)
            return Source(name, lambda: (Document(str(each), _opener(each)) for each in paths), single=False)
        with path.open("rb") as file:
            file.read(1)
    except OSError as error:
        shown = error.strerror or type(error).__name__
        return Source(name, refusal=Message(f"開けません({shown})。", f"It cannot be opened ({shown})."))
    if name.lower().endswith(_ARCHIVES):
        return Source(name, lambda: _of_archive(path), single=False)
    return Source(name, lambda: (Document(name, _opener(path)),))


def _opener(path: Path) -> Callable[[], BinaryIO]:
    return lambda: path.open("rb")


def _files(folder: Path) -> Iterator[Path]:
    """Files below a folder, without hidden ones and without following links out of it."""
    count = 0
    for each in sorted(folder.rglob("*")):
        hidden = any(part.startswith(".") for part in each.relative_to(folder).parts)
        if hidden or each.is_symlink() or not each.is_file() or not is_known(each.name):
            continue
        count += 1
        if count > _FILES:
            raise OSError(None, f"more than {_FILES:,} files")
        yield each


def is_known(name: str) -> bool:
    """Whether a file's extension is that of a catalog format, compressed or not."""
    return name.lower().removesuffix(".gz").rpartition(".")[2] in EXTENSIONS


def _of_archive(path: Path) -> Iterator[Document]:
    with path.open("rb") as file:
        yield from _entries(file, str(path))


def _entries(archive: BinaryIO, name: str) -> Iterator[Document]:
    """The archive's documents; one that is damaged ends with a refused document."""
    try:
        for entry in entries_of(archive, name):
            if entry.refusal is not None or is_known(entry.name):
                data = entry.data
                yield Document(f"{name}!{entry.name}", lambda data=data: io.BytesIO(data), refusal=entry.refusal)  # type: ignore[misc]
    except ArchiveRefused as error:
        yield Document(name, io.BytesIO, refusal=error.message)


def _of_url(url: str, allow_private: bool) -> Source:
    try:
        fetched = fetch(url, allow_private=allow_private)
    except FetchRefused as error:
        return Source(url, refusal=error.message)
    name = url.partition("?")[0].partition("#")[0]
    if name.lower().endswith(_ARCHIVES):
        return Source(url, lambda: _entries(_kept(fetched.body), name), single=False)
    return Source(url, lambda: (Document(name, lambda: _kept(fetched.body), fetched.media_type),))


class _Kept(io.RawIOBase):
    """A view of a fetched body from its beginning; closing it leaves the body for the next reader."""

    def __init__(self, body: IO[bytes]) -> None:
        super().__init__()
        self._body = body
        self._position = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        self._body.seek(self._position)
        data = self._body.read(len(buffer))
        buffer[: len(data)] = data
        self._position += len(data)
        return len(data)

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        start = {io.SEEK_SET: 0, io.SEEK_CUR: self._position}.get(whence)
        self._position = self._body.seek(0, io.SEEK_END) + offset if start is None else start + offset
        return self._position


def _kept(body: IO[bytes]) -> BinaryIO:
    return cast("BinaryIO", io.BufferedReader(_Kept(body)))


_EMPTY_FOLDER = Message("カタログの形式のファイルがありません。", "The folder holds no file of a catalog format.")
