"""Why a foreign query was not answered.

SparqlError
├── SparqlRefused            seen before anything ran
│   ├── SparqlTooLarge
│   ├── SparqlTooComplex
│   ├── SparqlForbidden
│   ├── SparqlSyntax
│   ├── SparqlDatasetRefused
│   └── SparqlNotAcceptable
├── SparqlStopped            ended while it ran
│   ├── SparqlTimeout
│   ├── SparqlOutOfMemory
│   ├── SparqlTooManyRows
│   ├── SparqlReplyTooLarge
│   └── SparqlFailed
└── SparqlNotNow             not begun; the same query may succeed later
    ├── SparqlBusy
    └── SparqlBudgetSpent
"""

from ontology.messages import Message


class SparqlError(Exception):
    """A query was not answered.

    Attributes:
        message: reason and remedy for the person who wrote the query.
        line, column: place in the query, from 1; None where there is none.
    """

    line: int | None = None
    column: int | None = None

    def __init__(self, message: Message) -> None:
        super().__init__(message.en)
        self.message = message


class SparqlRefused(SparqlError):
    """The query was refused before anything ran."""


class SparqlStopped(SparqlError):
    """The query was ended while it ran."""


class SparqlNotNow(SparqlError):
    """The query was not begun.

    Attributes:
        retry_after_s: seconds after which asking again makes sense.
    """

    def __init__(self, message: Message, retry_after_s: int) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s


class SparqlTooLarge(SparqlRefused):
    """The text of the query is too long."""

    def __init__(self, size_bytes: int, limit_bytes: int) -> None:
        super().__init__(
            Message(
                ja=f"クエリーが長すぎます({size_bytes} バイト、上限 {limit_bytes} バイト)。分けて送ってください。",
                en=f"The query has {size_bytes} bytes, more than {limit_bytes}. Split it into smaller ones.",
            )
        )


class SparqlTooComplex(SparqlRefused):
    """The query nests or repeats something more often than the engine can bear."""

    def __init__(self, what: Message, limit: int, line: int, column: int) -> None:
        super().__init__(
            Message(
                ja=f"{line} 行 {column} 桁: {what.ja}が上限 {limit} を超えています。"
                "クエリーを簡単にするか分けてください。",
                en=f"Line {line}, column {column}: more than {limit} {what.en}. Simplify the query or split it.",
            )
        )
        self.line, self.column = line, column


class SparqlForbidden(SparqlRefused):
    """The query asks for what this endpoint never does: federation, update, hidden keywords."""

    def __init__(self, word: str, line: int, column: int) -> None:
        super().__init__(
            Message(
                ja=f"{line} 行 {column} 桁: {word} は使えません。"
                "ここでは読み取りの問い合わせだけができ、他の場所へは接続しません。",
                en=f"Line {line}, column {column}: {word} is not allowed. This endpoint reads its own data only "
                "and connects to no other place.",
            )
        )
        self.word, self.line, self.column = word, line, column


class SparqlSyntax(SparqlRefused):
    """The text is not a SPARQL query."""

    def __init__(self, detail: str, line: int | None, column: int | None) -> None:
        at = "" if line is None else f"{line} 行 {column} 桁"
        place = "" if line is None else f" at line {line}, column {column}"
        super().__init__(
            Message(ja=f"SPARQL の文法に合いません。{at} {detail}", en=f"This is not SPARQL{place}: {detail}")
        )
        self.detail, self.line, self.column = detail, line, column


class SparqlDatasetRefused(SparqlRefused):
    """The query or the request names a dataset of its own."""

    def __init__(self) -> None:
        super().__init__(
            Message(
                ja="データセットは選べません。FROM、FROM NAMED、default-graph-uri、named-graph-uri を除いてください。"
                "既定グラフに、あなたが見てよい記述のすべてがあります。",
                en="The dataset cannot be chosen: leave out FROM, FROM NAMED, default-graph-uri and named-graph-uri. "
                "The default graph holds every description that you may see.",
            )
        )


class SparqlNotAcceptable(SparqlRefused):
    """The answer cannot be written in any media type that the request accepts.

    Attributes:
        offered: media types in which this kind of query is answered.
    """

    def __init__(self, offered: tuple[str, ...]) -> None:
        types = ", ".join(offered)
        super().__init__(
            Message(
                ja=f"この問い合わせの答えは次の形式で返せます: {types}。Accept を直してください。",
                en=f"The answer to this query comes as one of {types}. Change the Accept header.",
            )
        )
        self.offered = offered


class SparqlTimeout(SparqlStopped):
    """The query took more time than a query may."""

    def __init__(self, limit_s: float) -> None:
        super().__init__(
            Message(
                ja=f"制限時間({limit_s:g} 秒)を超えたので中止しました。条件を絞るか、LIMIT を付けてください。",
                en=f"The query was ended: it needs more than {limit_s:g} seconds. "
                "Narrow its patterns, or add a LIMIT within.",
            )
        )


class SparqlOutOfMemory(SparqlStopped):
    """The query needed more memory than a query may have."""

    def __init__(self) -> None:
        super().__init__(
            Message(
                ja="メモリーの上限を超えたので中止しました。並べ替えや集計の前に条件を絞ってください。",
                en="The query was ended: it needs too much memory. Narrow it before it sorts or aggregates.",
            )
        )


class SparqlTooManyRows(SparqlStopped):
    """The answer has more rows (or triples) than an answer may."""

    def __init__(self, limit: int) -> None:
        super().__init__(
            Message(
                ja=f"答えが {limit} 行を超えます。ORDER BY と LIMIT {limit}、OFFSET で分けて取ってください。",
                en=f"The answer has more than {limit} rows. "
                f"Fetch it in pieces with ORDER BY, LIMIT {limit} and OFFSET, or take a dump of the catalog.",
            )
        )


class SparqlReplyTooLarge(SparqlStopped):
    """The answer has more bytes than an answer may."""

    def __init__(self, limit_bytes: int) -> None:
        super().__init__(
            Message(
                ja=f"答えが {limit_bytes} バイトを超えます。LIMIT と OFFSET で分けて取ってください。",
                en=f"The answer has more than {limit_bytes} bytes. Fetch it in pieces with LIMIT and OFFSET.",
            )
        )


class SparqlFailed(SparqlStopped):
    """The engine could not answer this query: it crashed, or the answer cannot be written."""

    def __init__(self, detail: str) -> None:
        super().__init__(
            Message(
                ja=f"この問い合わせには答えられませんでした({detail})。別の書き方を試してください。",
                en=f"The engine could not answer this query ({detail}). Try to put it in another way.",
            )
        )


class SparqlBusy(SparqlNotNow):
    """Every worker was busy for as long as a query may wait."""

    def __init__(self, retry_after_s: int) -> None:
        super().__init__(
            Message(
                ja=f"ただいま混み合っています。{retry_after_s} 秒ほど後にもう一度お試しください。",
                en=f"All workers are busy. Ask again in {retry_after_s} seconds.",
            ),
            retry_after_s,
        )


class SparqlBudgetSpent(SparqlNotNow):
    """This client has used up its worker seconds."""

    def __init__(self, retry_after_s: int) -> None:
        super().__init__(
            Message(
                ja=f"重い問い合わせが続いたため、{retry_after_s} 秒ほどお待ちください。",
                en=f"Your queries took more time than one client may use. Ask again in {retry_after_s} seconds.",
            ),
            retry_after_s,
        )
