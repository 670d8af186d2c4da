"""A JSON text in pieces: the members of a list one by one, whatever else is at its top as a whole."""

import re
from collections.abc import Iterator
from typing import Final

_MARKS: Final = re.compile(rb'"(?:[^"\\]|\\.)*"?|[\[\]{},]', re.DOTALL)
_OPENING, _CLOSING = b"[{", b"]}"
Piece = tuple[bytes, bool]
"""Text, and whether it is bare punctuation between members."""


class JsonPieces:
    """Feed it a text as it comes.

    Args:
        most: bytes that a member, or a text that is no list, may have; ValueError beyond.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._text = b""
        self._at = 0  # up to where the text was looked through
        self._begin = 0  # of the member at hand
        self._depth = 0
        self._is_list: bool | None = None
        self._over = False

    def feed(self, chunk: bytes) -> Iterator[Piece]:
        """What is whole now."""
        self._text += chunk
        if self._is_list is None:
            self._text = self._text.lstrip(b" \t\r\n\xef\xbb\xbf")
            if not self._text:
                return
            self._is_list = self._text[:1] == b"["
        if self._is_list:
            yield from self._members()
        if len(self._text) > self._most:
            raise ValueError("a value is too large to be cut")

    def end(self) -> Iterator[Piece]:
        """What is left when all was fed."""
        if not self._is_list:
            yield self._text, False
            return
        if not self._over or self._text.strip():
            raise ValueError("the list does not end")

    def _members(self) -> Iterator[Piece]:
        for mark in _MARKS.finditer(self._text, self._at):
            token = mark[0]
            if token[:1] == b'"' and (len(token) == 1 or token[-1:] != b'"' or not _closed(token)):
                break  # a text that goes on in the next piece
            if self._over:
                raise ValueError("something follows the list")
            self._at = mark.end()
            if token in (b"[", b"{"):
                self._depth += 1
                if self._depth == 1:
                    self._begin = mark.end()
                    yield b"[", True
            elif token in (b"]", b"}"):
                self._depth -= 1
                if self._depth == 0:
                    yield from self._member(mark.start())
                    yield b"]", True
                    self._begin, self._over = mark.end(), True
            elif token == b"," and self._depth == 1:
                yield from self._member(mark.start())
                yield b",", True
                self._begin = mark.end()
        self._text, self._at, self._begin = self._text[self._begin :], self._at - self._begin, 0

    def _member(self, end: int) -> Iterator[Piece]:
        member = self._text[self._begin : end].strip()
        if member:
            yield member, False


def _closed(token: bytes) -> bool:
    """Whether the quotation mark at the end of a token ends the text, and is not an escaped one."""
    backslashes = len(token) - 1 - len(token[:-1].rstrip(b"\\"))
    return backslashes % 2 == 0
