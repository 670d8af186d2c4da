"""Search as consumers ask it: parameters checked in, answers with names out."""

import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import Final, cast, get_args

from catalog.errors import CatalogError
from catalog.formats import format_name
from catalog.kinds import Kind
from catalog.search_query import QUERY_CHARACTERS, clause_of
from ontology.messages import Message
from stores.fulltext.dates import first_day, last_day
from stores.fulltext.port import FACETS, WINDOW, Bucket, FullText, SearchAnswer, SearchRequest, Sort, Suggestion

PAGE_SIZE: Final = 20
PAGE_SIZE_LIMIT: Final = 100
SUGGESTIONS_LIMIT: Final = 20
_VALUES: Final = 50  # of one filter
_VALUE_CHARACTERS: Final = 1_000
_PREFIX_CHARACTERS: Final = 100

KIND_LABELS: Final = MappingProxyType(
    {
        Kind.CATALOG: Message("カタログ", "Catalog"),
        Kind.DATASET: Message("データセット", "Dataset"),
        Kind.SERVICE: Message("データサービス", "Data service"),
        Kind.SERIES: Message("データセットシリーズ", "Dataset series"),
        Kind.PARTICIPANT: Message("参加者", "Participant"),
        Kind.POLICY: Message("ポリシー", "Policy"),
        Kind.RESOURCE: Message("その他の資源", "Other resource"),
    }
)
_KINDS: Final = MappingProxyType(
    {name.lower(): kind.value for kind in Kind for name in (kind.value, kind.name, kind.segment)}
)

CatalogTitles = Callable[[Sequence[str]], Awaitable[Mapping[str, Message]]]
Parameters = Mapping[str, Sequence[str]]
Span = tuple[str | None, str | None]


class SearchParameterInvalid(CatalogError):
    """A parameter of a search cannot be read.

    Attributes:
        parameter: its name.
        message: what is wrong and how it is written.
    """

    def __init__(self, parameter: str, message: Message) -> None:
        super().__init__(f"{parameter}: {message.en}")
        self.parameter = parameter
        self.message = message


def request_from(params: Parameters, audiences: Sequence[str], language: str = "ja") -> SearchRequest:
    """The request that HTTP parameters make.

    Args:
        params: values by name; empty ones count as absent, unknown names are left alone. A filter may be given several
            times.
        audiences: of the reader, from `catalog.visibility`.
        language: of the reader.

    Raises:
        SearchParameterInvalid: a date, box, number or order cannot be read, or the page lies too deep.
    """
    q = (_one(params, "q") or "")[:QUERY_CHARACTERS]
    page = _number(params, "page", 1, 1, WINDOW)
    size = _number(params, "size", PAGE_SIZE, 1, PAGE_SIZE_LIMIT)
    if page * size > WINDOW:
        raise SearchParameterInvalid(
            "page",
            Message(
                f"検索結果は先頭から{WINDOW}件まで表示できます。条件を絞り込んでください。",
                f"Only the first {WINDOW} results can be paged through: narrow the search.",
            ),
        )
    return SearchRequest(
        audiences=tuple(audiences),
        q=q,
        clause=clause_of(q),
        filters={facet: values for facet in FACETS if (values := _filter(params, facet))},
        issued=_span(params, "issued"),
        modified=_span(params, "modified"),
        period=_span(params, "period"),
        bbox=_bbox(params),
        sort=_sort(params),
        page=page,
        size=size,
        language=language,
    )


class Search:
    """Finds descriptions for readers.

    Args:
        fulltext: the index.
        catalog_titles: what catalogs are called, by their ids; the id serves where it says nothing.
    """

    def __init__(self, fulltext: FullText, catalog_titles: CatalogTitles | None = None) -> None:
        self._fulltext = fulltext
        self._catalog_titles = catalog_titles

    async def search(self, request: SearchRequest) -> SearchAnswer:
        """Find, count and mark, for the audiences of the request."""
        answer = await self._fulltext.search(request)
        ids = [bucket.value for bucket in answer.facets.get("catalog", ())]
        titles = await self._catalog_titles(ids) if self._catalog_titles and ids else {}
        named: dict[str, Callable[[str], Message | None]] = {"kind": self._kind, "catalog": titles.get}
        facets = {
            facet: tuple(self._named(bucket, named[facet]) for bucket in buckets) if facet in named else buckets
            for facet, buckets in answer.facets.items()
        }
        return replace(answer, facets=facets)

    async def suggest(self, prefix: str, audiences: Sequence[str], size: int = 10) -> tuple[Suggestion, ...]:
        """Completions of what is being typed, from what the audiences may see."""
        text = _plain(prefix)[:_PREFIX_CHARACTERS]
        return await self._fulltext.suggest(text, tuple(audiences), max(1, min(size, SUGGESTIONS_LIMIT)))

    @staticmethod
    def _kind(value: str) -> Message | None:
        return KIND_LABELS.get(cast(Kind, value))

    @staticmethod
    def _named(bucket: Bucket, label: Callable[[str], Message | None]) -> Bucket:
        known = label(bucket.value)
        return replace(bucket, label=known) if known else bucket


def _plain(text: str) -> str:
    # Unpaired surrogates come from broken clients; the index cannot take them.
    return text.encode("utf-8", "ignore").decode()


def _one(params: Parameters, name: str) -> str | None:
    values = [value for value in params.get(name, ()) if value.strip()]
    return _plain(values[0]) if values else None


def _filter(params: Parameters, facet: str) -> tuple[str, ...]:
    values = [_plain(value).strip()[:_VALUE_CHARACTERS] for value in params.get(facet, ())][:_VALUES]
    if facet == "format":
        values = [format_name(value) or "" for value in values]
    elif facet == "kind":
        values = [_KINDS.get(value.lower(), value) for value in values]
    return tuple(dict.fromkeys(value for value in values if value))


def _number(params: Parameters, name: str, default: int, least: int, most: int) -> int:
    text = _one(params, name)
    if text is None:
        return default
    if not re.fullmatch(r"\s*[0-9]{1,9}\s*", text) or not least <= int(text) <= most:
        raise SearchParameterInvalid(
            name,
            Message(f"{least}から{most}までの整数で指定してください。", f"Give a whole number from {least} to {most}."),
        )
    return int(text)


def _span(params: Parameters, name: str) -> Span | None:
    text = _one(params, name)
    if text is None:
        return None
    start, dots, end = (part.strip() for part in text.partition(".."))
    if not dots:
        end = start
    if not (start or end) or (start and first_day(start) is None) or (end and last_day(end) is None):
        raise SearchParameterInvalid(
            name,
            Message(
                "日付は 2024-04-01..2025-03-31 のように指定してください（年や月だけ、片側だけも可）。",
                "Write dates as 2024-04-01..2025-03-31; a year or month alone and an open side will do.",
            ),
        )
    return start or None, end or None


def _bbox(params: Parameters) -> tuple[float, float, float, float] | None:
    text = _one(params, "bbox")
    if text is None:
        return None
    numbers = [float(part) for part in text.split(",") if re.fullmatch(r" *-?[0-9]{1,3}(\.[0-9]{1,15})? *", part)]
    if len(numbers) == 4 == text.count(",") + 1:
        west, south, east, north = numbers
        if -180 <= west <= 180 and -180 <= east <= 180 and -90 <= south <= north <= 90:
            return west, south, east, north
    raise SearchParameterInvalid(
        "bbox",
        Message(
            "範囲は 西,南,東,北 の順に度で指定してください（例: 139.5,35.5,139.9,35.8）。",
            "Write the box as west,south,east,north in degrees, such as 139.5,35.5,139.9,35.8.",
        ),
    )


def _sort(params: Parameters) -> Sort:
    text = _one(params, "sort") or "relevance"
    orders = get_args(Sort)
    if text not in orders:
        names = ", ".join(orders)
        raise SearchParameterInvalid(
            "sort", Message(f"並び順は {names} のいずれかです。", f"The order is one of {names}.")
        )
    return cast(Sort, text)
