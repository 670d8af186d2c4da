"""The source that belongs to a registered one: what its row says, with what it takes to open it."""

from collections.abc import Mapping

from catalog.sparql import Sparql
from catalog.visibility import Visibility
from exchange.holding import Holdings
from exchange.outgoing import Outgoing
from exchange.sources.files import FileSource
from exchange.sources.http import HttpSource
from exchange.sources.port import Source, unavailable
from exchange.sources.s3 import S3Source
from exchange.sources.sparql import SparqlSource
from exchange.sourcing import Registered
from participants.principal import Principal


class Origins:
    """Makes sources; none of them is touched before it is opened.

    Args:
        holdings: the files that lie here.
        outgoing: the guarded client, for what lies elsewhere.
        sparql: what answers queries over the catalog; with `visibility`, what each reader may see.
    """

    def __init__(
        self, holdings: Holdings, outgoing: Outgoing, sparql: Sparql | None, visibility: Visibility | None
    ) -> None:
        self._holdings = holdings
        self._outgoing = outgoing
        self._sparql = sparql
        self._visibility = visibility

    def source(self, registered: Registered, credentials: Mapping[str, str], reader: Principal) -> Source:
        """The source of a row, for who gets its bytes."""
        place, media_type = registered.place, registered.media_type
        if registered.kind == "file":
            return FileSource(self._holdings.path(place["sha256"]), place["sha256"], media_type)
        if registered.kind == "http":
            return HttpSource(self._outgoing, place["url"], credentials, media_type)
        if registered.kind == "s3":
            return S3Source(self._outgoing, place, credentials, media_type)
        if registered.kind == "sparql" and self._sparql is not None and self._visibility is not None:
            return SparqlSource(self._sparql, self._visibility, place["query"], reader)
        raise unavailable("この種類の提供元は使えません。", "Sources of this kind cannot be used.")
