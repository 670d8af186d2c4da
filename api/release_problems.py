"""The conditions of releases that the outside is told about, with their words."""

from collections.abc import Mapping

from api.problem_form import Problem, problem
from exchange import holding, release_errors, renewing, spans

_ASK = (
    "理由を確認し、必要な値や義務の履行を添えてやり直すか、提供者と条件を交渉してください。",
    "Read the reasons; bring the values or duties they name, or negotiate other terms with the provider.",
)
_RENEW = (
    "転送を始め直すか、提供者に新しいトークンを求めてください。",
    "Start the transfer again, or ask the provider for a new token.",
)

RELEASE_PROBLEMS: Mapping[type[Exception], Problem] = {
    release_errors.ReleaseRefused: problem(
        "release-refused", 403, ("提供できません", "Release refused"), _ASK, extra=("release", "decision", "explained"),
    ),
    release_errors.ReleaseStopped: problem(
        "release-stopped", 403, ("提供を中止しました", "Release stopped"), _ASK, extra=("release", "explained"),
    ),
    release_errors.ReleaseBusy: problem(
        "release-busy", 503, ("送信が混み合っています", "Too much at once"),
        ("ほかの受信が終わってから、もう一度お試しください。回数には数えられていません。",
         "Try again when other downloads have ended. This was not counted as a use."),
    ),
    release_errors.GrantRefused: problem("grant-refused", 401, ("トークンが無効です", "Token refused"), _RENEW),
    release_errors.GrantElsewhere: problem(
        "grant-elsewhere", 403, ("別の転送のトークンです", "Token of another transfer"), _RENEW,
    ),
    release_errors.ProofRefused: problem(
        "proof-refused", 401, ("鍵の証明がありません", "Proof of the key refused"),
        ("ヘッダー Authorization: DPoP TOKEN と、要求ごとに新しい証明をヘッダー DPoP (RFC 9449) に付けてください。",
         "Send Authorization: DPoP TOKEN, and with each request a new proof in the header DPoP (RFC 9449)."),
    ),
    renewing.RenewalRefused: problem(
        "renewal-refused", 409, ("新しいトークンがありません", "No new token"),
        ("転送を始め直してください。", "Begin a new transfer."),
    ),
    release_errors.SourceUnknown: problem(
        "source-unknown", 404, ("データの提供元がありません", "No source"),
        ("提供者が PUT /exchange/sources で登録します。", "Its provider registers one by PUT /exchange/sources."),
    ),
    release_errors.SourceForbidden: problem(
        "source-forbidden", 403, ("提供元を登録できません", "Source of another"),
        ("データセットの提供者のトークンを付けてください。", "Send the token of the dataset's provider."),
    ),
    release_errors.SourceInvalid: problem(
        "source-invalid", 422, ("提供元の記述が正しくありません", "Invalid source"),
        ("/docs で PUT /exchange/sources の JSON の形を確認してください。",
         "See /docs for the JSON of PUT /exchange/sources."), place=("member",),
    ),
    holding.FileTooLarge: problem(
        "file-too-large", 413, ("ファイルが大きすぎます", "File too large"),
        ("分割するか、運用者に RENKEI_FILE_BYTES を上げるよう頼んでください。",
         "Split it, or ask the operator to raise RENKEI_FILE_BYTES."),
    ),
    holding.StorageFull: problem(
        "storage-full", 507, ("保管場所に空きがありません", "No room left"),
        ("使わなくなった提供元を登録から外すか、運用者に RENKEI_HELD_BYTES を上げるよう頼んでください。",
         "Remove sources that are not needed any more, or ask the operator to raise RENKEI_HELD_BYTES."),
    ),
    spans.SpanUnsatisfiable: problem(
        "span-unsatisfiable", 416, ("その範囲はありません", "No such range"),
        ("Content-Range ヘッダーの大きさを確認してください。", "See the size in the header Content-Range."),
    ),
    release_errors.PerformedForbidden: problem(
        "performed-forbidden", 403, ("記録できません", "Not yours to say"),
        ("利用者は自らの行為を、提供者は支払いの受領などを記録します。",
         "A consumer writes down what it did itself; a provider what it received, as a payment."),
    ),
    release_errors.SourceUnavailable: problem(
        "source-unavailable", 502, ("提供元から取得できません", "Source unavailable"),
        ("しばらくしてからもう一度お試しください。続くようなら提供者に知らせてください。",
         "Try again in a while; tell the provider if it goes on."),
    ),
}  # fmt: skip
