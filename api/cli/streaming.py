"""Large bodies to and from a running service, piece by piece."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import httpx

from api.cli.terminal import asking, fail, language
from ontology.messages import Message
from ontology.syntax import media_type_of

PIECE_BYTES = 1 << 18
_ONE_FILE = Message(
    ja="--url では、ファイルか標準入力 (-) だけを送れます。",
    en="With --url only files and standard input (-) can be sent.",
)


@contextmanager
def body_of(source: str) -> Iterator[dict[str, Any]]:
    """What a request needs to send a file or standard input (-): its content, and its media type if the name tells."""
    if source == "-":
        # As an iterator: httpx would ask a pipe for its size and be told 0.
        yield {"content": _pieces(sys.stdin.buffer)}
        return
    media_type = media_type_of(source)
    with _opened(Path(source)) as file:
        yield {"content": file, "headers": {"content-type": media_type} if media_type else {}}


def _opened(path: Path) -> IO[bytes]:
    try:
        return path.open("rb")
    except OSError as error:
        fail(f"{path}: {error.strerror}\n{_ONE_FILE.in_(language())}", 2)


def receive(url: str, token: str | None, params: dict[str, str], target: IO[bytes]) -> None:
    """Write the answer of a service to a file while it comes."""
    with asking(url, token) as (headers, refuse), httpx.stream(
        "GET", url, params=params, headers=headers, timeout=60, trust_env=False
    ) as answer:  # fmt: skip
        if answer.is_error:
            answer.read()
            refuse(answer)
        for piece in answer.iter_bytes(PIECE_BYTES):
            target.write(piece)


@contextmanager
def output_to(path: Path | None) -> Iterator[IO[bytes]]:
    """Standard output, or a file that takes its place only when it is whole."""
    if path is None:
        yield sys.stdout.buffer
        return
    if path.exists() and not path.is_file():  # /dev/stdout and the like
        with path.open("wb") as stream:
            yield stream
        return
    part = path.with_name(f"{path.name}.part")
    try:
        with part.open("wb") as stream:
            yield stream
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def _pieces(stream: IO[bytes]) -> Iterator[bytes]:
    while piece := stream.read(PIECE_BYTES):
        yield piece
