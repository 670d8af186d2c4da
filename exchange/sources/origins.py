"""The source that belongs to a registered one: what its row says, with what it takes to open it."""

from collections.abc import Mapping

from exchange.holding import Holdings
from exchange.sources.files import FileSource
from exchange.sources.port import Source, unavailable
from exchange.sourcing import Registered


class Origins:
    """Makes sources; none of them is touched before it is opened.

    Args:
        holdings: the files that lie here.
    """

    def __init__(self, holdings: Holdings) -> None:
        self._holdings = holdings

    def source(self, registered: Registered, credentials: Mapping[str, str]) -> Source:
        """The source of a row."""
        place, media_type = registered.place, registered.media_type
        if registered.kind == "file":
            return FileSource(self._holdings.path(place["sha256"]), place["sha256"], media_type)
        raise unavailable("この種類の提供元は使えません。", "Sources of this kind cannot be used.")
