"""Bytes as they come in: gunzipped, of one character set, never more than allowed; UTF-8 goes on.

Everything streams: a document is never held whole here.
"""

import codecs
import io
import re
import zlib
from collections.abc import Callable, Iterator
from typing import BinaryIO

from ontology.faults import DocumentTooLarge, Fault, Limits, Unreadable
from ontology.messages import Message

CHUNK = 1 << 18
_BLOCK = 1 << 15
_LONGEST_LINE = 1 << 23  # no statement is so long; only so much of one line is held
_LINE_END = re.compile(rb"[\r\n]")
_HEAD = 1 << 20  # what the character set is told from
_GZIP = b"\x1f\x8b"
_RATIO_FREE = 1 << 20  # the ratio is asked from here on: a small file of blanks is no attack
_BOMS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
_XML_ENCODING = re.compile(rb"""^\s*<\?xml[^>]*?encoding\s*=\s*["']([A-Za-z0-9._-]+)["']""")
# Character sets an XML declaration may name; others would be read differently elsewhere (UTF-7 above all).
_XML_CODECS = re.compile(
    r"utf-?8|us-?ascii|iso-8859-\d{1,2}|windows-125\d|shift[_-]?jis|windows-31j|cp932|euc-jp|utf-16(?:le|be)?"
)


_SAMPLE = 1 << 12
_GUESSED = {"cp932": "Shift_JIS", "utf-16-le": "UTF-16", "utf-16-be": "UTF-16"}  # read without being told to
_JAPANESE = {"Shift_JIS": "cp932", "EUC-JP": "euc-jp"}
_LIKELY = 0.6  # Japanese among the characters beyond ASCII


def chunks(
    source: bytes | BinaryIO, limit_bytes: int, limits: Limits, report: Callable[[Fault], None]
) -> Iterator[bytes]:
    """The document as pieces of UTF-8 without byte order mark; characters and lines may be cut between two pieces.

    Args:
        source: as received, perhaps gzipped.
        limit_bytes: of the decompressed document.
        limits: the ratio of decompression.
        report: takes the fault of a character set that was not UTF-8.

    Raises:
        Unreadable: too large, a compression bomb, damaged, or in no known character set.
    """
    stream = io.BytesIO(source) if isinstance(source, bytes) else source
    return _decoded(_gathered(_capped(_gunzipped(_pieces(stream), limits), limit_bytes)), report)


def blocks(pieces: Iterator[bytes]) -> Iterator[bytes]:
    """A document of lines as blocks of some hundred whole ones; the last line may lack its end.

    Of a line longer than any may be, only the beginning is given on.
    """
    tail, dropping = b"", False
    for piece in pieces:
        if dropping and (line_end := _LINE_END.search(piece)) is None:
            continue
        data, start = (piece[line_end.start() :] if dropping and line_end else tail + piece), 0
        dropping = False
        while end := data.find(b"\n", start + _BLOCK) + 1:
            yield data[start:end]
            start = end
        tail = data[start:]
        if len(tail) > _LONGEST_LINE:
            end = tail.rfind(b"\r") + 1  # the lines of old systems end so
            dropping = not end
            yield tail[:end] or tail
            tail = tail[end:] if end else b""
    if tail:
        yield tail


def lines_in(block: bytes) -> int:
    """How many lines a block ends."""
    return block.count(b"\n") or block.count(b"\r")


def _pieces(stream: BinaryIO) -> Iterator[bytes]:
    while piece := stream.read(CHUNK):
        yield piece


def _capped(pieces: Iterator[bytes], limit_bytes: int) -> Iterator[bytes]:
    total = 0
    for piece in pieces:
        total += len(piece)
        if total > limit_bytes:
            raise DocumentTooLarge(
                Message(
                    ja=f"文書が大きすぎます(上限 {limit_bytes:,} バイト)。分割してください。",
                    en=f"The document is larger than {limit_bytes:,} bytes. Split it.",
                )
            )
        yield piece


def _gathered(pieces: Iterator[bytes]) -> Iterator[bytes]:
    """The same bytes in larger pieces: gzip may come in members of one byte, and each piece costs what goes before."""
    some, size = list[bytes](), 0
    for piece in pieces:
        some.append(piece)
        size += len(piece)
        if size >= CHUNK:
            yield b"".join(some)
            some, size = [], 0
    if some:
        yield b"".join(some)


def _gunzipped(pieces: Iterator[bytes], limits: Limits) -> Iterator[bytes]:
    first = next(pieces, b"")
    while 0 < len(first) < len(_GZIP) and (more := next(pieces, b"")):
        first += more
    if not first.startswith(_GZIP):
        yield first
        yield from pieces
        return
    unpacker = zlib.decompressobj(wbits=31)
    taken = given = 0
    for piece in _and_then(first, pieces):
        taken += len(piece)
        rest = piece
        while rest:
            if unpacker.eof:
                if not rest.strip(b"\0"):
                    break  # tar and tape pad with zeros
                unpacker = zlib.decompressobj(wbits=31)
            try:
                plain = unpacker.decompress(rest, CHUNK)
            except zlib.error as error:
                raise Unreadable(_DAMAGED_GZIP) from error
            given += len(plain)
            if given > _RATIO_FREE and given > limits.ratio * taken:
                raise Unreadable(_BOMB)
            yield plain
            rest = unpacker.unused_data if unpacker.eof else unpacker.unconsumed_tail
    if not unpacker.eof:
        raise Unreadable(_DAMAGED_GZIP)


_DAMAGED_GZIP = Message(
    ja="gzip が壊れているか切れています。送り直してください。",
    en="The gzip data is damaged or cut off. Send it again.",
)
_BOMB = Message(
    ja="gzip の展開率が高すぎます(圧縮爆弾の疑い)。展開してから送ってください。",
    en="The gzip data expands too far (as a decompression bomb does). Send it uncompressed.",
)


def _and_then(first: bytes, rest: Iterator[bytes]) -> Iterator[bytes]:
    yield first
    yield from rest


def _decoded(pieces: Iterator[bytes], report: Callable[[Fault], None]) -> Iterator[bytes]:
    head = b""
    for piece in pieces:
        head += piece
        if len(head) >= _HEAD:
            break
    encoding, mark, guessed = _encoding_of(head)
    head = head[mark:]
    if guessed:
        report(_guessed_fault(_GUESSED[encoding]))
    if _XML_ENCODING.match(head) or encoding.startswith("utf-16"):
        # The declaration spoke of the bytes that came in; what goes on is UTF-8. Blanked, so that columns stay.
        yield from _without_declaration(_transcoded(head, pieces, encoding, mark))
    else:
        yield from _transcoded(head, pieces, encoding, mark)


def _encoding_of(head: bytes) -> tuple[str, int, bool]:
    """Name of the codec, the length of the byte order mark, and whether the codec is only guessed."""
    if head.startswith((codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)):
        raise _not_taken("UTF-32")
    for mark, encoding in _BOMS:
        if head.startswith(mark):
            return encoding, len(mark), False
    if declared := _XML_ENCODING.match(head):
        name = declared[1].decode().lower()
        if not _XML_CODECS.fullmatch(name):
            raise _not_taken(name)
        if not name.startswith("utf"):
            return ("cp932" if "jis" in name or "31j" in name else name), 0, False
    if utf16 := _utf16_of(head[:_SAMPLE]):
        return utf16, 0, True
    try:
        codecs.getincrementaldecoder("utf-8")().decode(head)
    except UnicodeDecodeError:
        return ("cp932", 0, True) if _is_shift_jis(head) else ("utf-8", 0, False)
    return "utf-8", 0, False


def _is_shift_jis(head: bytes) -> bool:
    """Whether bytes that are not UTF-8 read as Japanese text in Shift_JIS.

    Latin-1 often decodes as Shift_JIS too (`été` gives a rare kanji), but never with kana in it and hardly else.
    """
    try:
        text = codecs.getincrementaldecoder("cp932")().decode(head)
    except UnicodeDecodeError:
        return False
    foreign = [char for char in text if char > "\x7f"]
    kana = sum("\u3041" <= char <= "\u30fe" for char in foreign)
    japanese = kana + sum("\u4e00" <= char <= "\u9fff" or "\u3000" <= char <= "\u3040" for char in foreign)
    japanese += sum("\uff01" <= char <= "\uff5e" for char in foreign)
    return kana > 0 and japanese >= 0.9 * len(foreign)


def _utf16_of(sample: bytes) -> str | None:
    """The byte order of UTF-16 without a mark: every other byte of what is ASCII in it is zero."""
    even, odd = sample[::2].count(0), sample[1::2].count(0)
    if max(even, odd) < max(4, len(sample) // 5) or 10 * min(even, odd) > max(even, odd):
        return None
    return "utf-16-le" if odd > even else "utf-16-be"


def _not_taken(encoding: str) -> Unreadable:
    return Unreadable(
        Message(
            ja=f"文字コード {encoding} は扱いません。UTF-8 にしてください。",
            en=f"The encoding {encoding} is not taken. Use UTF-8.",
        )
    )


def _guessed_fault(encoding: str) -> Fault:
    return Fault(
        "encoding",
        None,
        None,
        encoding,
        Message(
            ja=f"UTF-8 ではなく {encoding} として読みました。UTF-8 で保存し直してください。",
            en=f"Read as {encoding}, since it is not UTF-8. Save it as UTF-8.",
        ),
    )


class _Place:
    """Where in the text decoding is: bytes, lines and characters of the line so far."""

    def __init__(self, offset: int) -> None:
        self.offset = offset
        self._line = 1
        self._column = 1

    def pass_over(self, text: str, size_bytes: int) -> None:
        self.offset += size_bytes
        self._line += text.count("\n")
        cut = text.rfind("\n")
        self._column = len(text) - cut if cut >= 0 else self._column + len(text)

    def not_decodable(self, encoding: str, data: bytes, start: int) -> Unreadable:
        """The refusal of bytes of which those before `start` could be decoded."""
        before = data[:start].decode(encoding)
        self.pass_over(before, start)
        likely = "" if not before.isascii() or encoding != "utf-8" else _likely(data[start : start + _SAMPLE])
        shown = encoding.upper()
        ja = f"{self.offset} バイト目が {shown} として読めません。"
        en = f"Byte {self.offset} is not {shown}."
        if likely:
            ja, en = (
                ja + f"{likely} のようです。UTF-8 に変換してください。",
                en + f" It looks like {likely}: convert it to UTF-8.",
            )
        else:
            ja += "UTF-8 で保存し直すか、途切れていないか確かめてください。"
            en += " Save the document as UTF-8; see whether it was cut off."
        return Unreadable(Message(ja, en), self._line, self._column)


def _likely(data: bytes) -> str:
    """The Japanese character set that bytes look like; a guess good enough for advice, not for reading."""
    share = {name: _japanese_share(data, codec) for name, codec in _JAPANESE.items()}
    best = max(share, key=lambda name: share[name])
    return best if share[best] >= _LIKELY else ""


def _japanese_share(data: bytes, codec: str) -> float:
    text = data.decode(codec, "replace")
    foreign = [char for char in text if char > "\x7f"]
    japanese = sum("\u3000" <= char <= "\u30fe" or "\u4e00" <= char <= "\u9fff" for char in foreign)
    return japanese / len(foreign) if foreign else 0.0


def _transcoded(head: bytes, pieces: Iterator[bytes], encoding: str, offset: int) -> Iterator[bytes]:
    decoder = codecs.getincrementaldecoder(encoding)()
    place, held = _Place(offset), 0
    for piece in _and_then(head, pieces):
        try:
            text = decoder.decode(piece)
        except UnicodeDecodeError as error:
            raise place.not_decodable(encoding, error.object, error.start) from error
        left = len(decoder.getstate()[0])
        yield _encoded(text, encoding, place)
        place.pass_over(text, held + len(piece) - left)
        held = left
    try:
        decoder.decode(b"", final=True)
    except UnicodeDecodeError as error:
        raise place.not_decodable(encoding, error.object, error.start) from error


def _encoded(text: str, encoding: str, place: _Place) -> bytes:
    try:
        return text.encode()
    except UnicodeEncodeError as error:  # UTF-16 may hold halves of a pair
        before = text[: error.start].encode(encoding)
        raise place.not_decodable(encoding, before, len(before)) from error


def _without_declaration(pieces: Iterator[bytes]) -> Iterator[bytes]:
    head = next(pieces, b"")
    declaration = re.match(rb"\s*<\?xml.*?\?>", head, re.DOTALL)
    if declaration:
        yield re.sub(rb"[^\r\n]", b" ", declaration[0])
        head = head[declaration.end() :]
    yield head
    yield from pieces
