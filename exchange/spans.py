"""Parts of a representation, as a Range header asks for them (RFC 9110 §14): one span of bytes, never several."""

import re
from dataclasses import dataclass

from exchange.errors import ExchangeError
from ontology.messages import Message

_ONE = re.compile(r"bytes=\s*(?:(\d{1,18})-(\d{0,18})|-(\d{1,18}))\s*", re.IGNORECASE)


class SpanUnsatisfiable(ExchangeError):
    """No byte of the representation lies in the span.

    Attributes:
        size: of the representation.
    """

    def __init__(self, size: int) -> None:
        super().__init__(Message(ja=f"データは {size:,} バイトです。", en=f"The data have {size:,} bytes."))
        self.size = size


@dataclass(frozen=True, slots=True)
class Span:
    """Bytes `first` to `last`, both counted from 0 and included.

    Attributes:
        first: None asks for the last bytes, as many as `last` says.
        last: None means to the end.
    """

    first: int | None
    last: int | None

    @classmethod
    def of(cls, header: str | None) -> "Span | None":
        """The span of a Range header; None for whatever a server may pass over: other units, several ranges."""
        match = _ONE.fullmatch(header) if header is not None and len(header) < 64 else None
        if match is None:
            return None
        first, last, suffix = match.groups()
        if suffix is not None:
            return cls(None, int(suffix))
        if last and int(last) < int(first):
            return None
        return cls(int(first), int(last) if last else None)

    def __str__(self) -> str:
        """As a Range header has it."""
        return f"bytes={'' if self.first is None else self.first}-{'' if self.last is None else self.last}"

    def within(self, size: int) -> tuple[int, int]:
        """First byte and the one after the last, of a representation of this size.

        Raises:
            SpanUnsatisfiable
        """
        if self.first is None:
            if not self.last or not size:
                raise SpanUnsatisfiable(size)
            return max(0, size - self.last), size
        if self.first >= size:
            raise SpanUnsatisfiable(size)
        return self.first, size if self.last is None else min(self.last + 1, size)
