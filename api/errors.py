"""Conditions that arise at the edge itself.

ApiError
├── BodyTooLarge, BodyTooSlow, BodyIncomplete
├── JsonRefused, RequestRefused, ParameterInvalid, MemberInvalid
├── NotAcceptable, MediaTypeUnknown
├── HostRefused, AddressUnavailable, VocabularyUnusable
├── TokenMissing, TokenInvalid
└── PageNotFound, MethodNotAllowed
"""

from ontology.messages import Message


class ApiError(Exception):
    """A request that the edge refuses.

    Attributes:
        message: the reason, for people.
    """

    def __init__(self, message: Message) -> None:
        super().__init__(message.en)
        self.message = message


class BodyTooLarge(ApiError):
    """The body is larger than this address takes."""

    def __init__(self, limit: int) -> None:
        super().__init__(
            Message(
                ja=f"本文がこのアドレスの上限 {limit:,} バイトを超えています。",
                en=f"The body is larger than the {limit:,} bytes this address takes.",
            )
        )
        self.limit = limit


class BodyTooSlow(ApiError):
    """The body stalled."""

    def __init__(self, pause_s: float) -> None:
        super().__init__(
            Message(
                ja=f"本文の続きが {pause_s:g} 秒間届きませんでした。",
                en=f"No further part of the body came for {pause_s:g} seconds.",
            )
        )


class BodyIncomplete(ApiError):
    """The client left before the end of the body; nobody will read the answer."""

    def __init__(self) -> None:
        super().__init__(Message(ja="本文が途中で終わりました。", en="The body ended before its end."))


class JsonRefused(ApiError):
    """The body is not JSON, or JSON that two readers could take differently."""

    def __init__(self, reason: str) -> None:
        super().__init__(
            Message(ja=f"JSON を受け付けられません: {reason}", en=f"This JSON cannot be accepted: {reason}")
        )


class RequestRefused(ApiError):
    """Path, query or headers hold what no request of ours holds (NUL, broken UTF-8, conflicting fields)."""


class ParameterInvalid(ApiError):
    """A query parameter or member has a value that cannot be used.

    Attributes:
        parameter: its name.
    """

    def __init__(self, name: str, message: Message) -> None:
        super().__init__(message)
        self.parameter = name


class MemberInvalid(ApiError):
    """A member of a JSON body is unknown or has a value that cannot be used.

    Attributes:
        member: its name.
    """

    def __init__(self, name: str, message: Message) -> None:
        super().__init__(message)
        self.member = name


class NotAcceptable(ApiError):
    """None of the syntaxes we have is acceptable to the client."""

    def __init__(self, offered: tuple[str, ...]) -> None:
        listed = ", ".join(offered)
        super().__init__(
            Message(ja=f"提供できる形式: {listed}", en=f"What can be had here: {listed}"),
        )
        self.offered = offered


class MediaTypeUnknown(ApiError):
    """The body has a media type that this address does not read."""

    def __init__(self, given: str) -> None:
        super().__init__(
            Message(
                ja=f"このアドレスは {given or '(Content-Type なし)'} を読みません。",
                en=f"This address does not read {given or '(no Content-Type)'}.",
            )
        )


class HostRefused(ApiError):
    """There is not exactly one well-formed and accepted Host header."""

    def __init__(self) -> None:
        super().__init__(
            Message(
                ja="Host ヘッダーがちょうど一つ、正しい形で必要です。", en="Exactly one valid Host header is needed."
            )
        )


class AddressUnavailable(ApiError):
    """The service cannot listen where it was told to."""

    def __init__(self, host: str, port: int, reason: str) -> None:
        place = f"{host}:{port}"
        super().__init__(
            Message(
                ja=f"{place} で待ち受けられません ({reason})。", en=f"Nothing can listen on {place} now ({reason})."
            )
        )


class VocabularyUnusable(ApiError):
    """The deployment's file of policy words cannot be used."""


class TokenMissing(ApiError):
    """A write, or a private read, without a token."""

    def __init__(self) -> None:
        super().__init__(
            Message(ja="この操作にはトークンが必要です。", en="This needs a token: Authorization: Bearer …")
        )


class TokenInvalid(ApiError):
    """The Authorization header holds no token that is valid now."""

    def __init__(self) -> None:
        super().__init__(
            Message(ja="トークンが無効か失効しています。", en="The token is unknown, revoked or malformed.")
        )


class PageNotFound(ApiError):
    """No page has this address."""

    def __init__(self, path: str) -> None:
        super().__init__(
            Message(ja=f"{path[:200]} というページはありません。", en=f"There is nothing at {path[:200]}.")
        )


class MethodNotAllowed(ApiError):
    """The address exists but does not know this method."""

    def __init__(self, method: str, allowed: str) -> None:
        super().__init__(
            Message(
                ja=f"{method[:20]} は使えません。使えるのは {allowed} です。",
                en=f"{method[:20]} cannot be used here, only {allowed}.",
            )
        )
        self.allowed = allowed
