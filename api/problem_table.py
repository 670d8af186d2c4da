"""Every condition that the outside is told about, with its words: one entry for an error of any package."""

from collections.abc import Mapping

from api import errors as edge
from api.exchange_problems import EXCHANGE_PROBLEMS
from api.journal_problems import JOURNAL_PROBLEMS
from api.partner_problems import PARTNER_PROBLEMS
from api.problem_form import Problem, problem
from api.release_problems import RELEASE_PROBLEMS
from catalog import errors as catalog
from catalog import sparql_errors as sparql
from catalog.search import SearchParameterInvalid
from exchange.policy.asked_json import AskedWrong
from exchange.policy.situations import NoRequest
from ontology import killable
from ontology.description import TooEntangled
from ontology.faults import Unreadable
from ontology.syntax import SyntaxUnknown
from participants.tokens import ParticipantUnclear, TokenRefused, TokenUnknown
from shapes.errors import ProfileUnknown, RunFailed, ShapesError, ShapesRefused
from stores.backups import BackupError, BackupUnreadable, FolderInUse, FolderServed
from stores.database import DatabaseDamaged, DatabaseError
from stores.graphs.port import GraphsError, GraphsLocked, GraphsUnavailable, TermUnspeakable
from stores.migrating import DatabaseTooNew

_TAKE_TOKEN = (
    "Authorization: Bearer ヘッダーに有効なトークンを付けてください。運用者は renkei token add で発行できます。",
    "Send a valid token in the header Authorization: Bearer. The operator issues one with renkei token add.",
)
_ASK_LESS = (
    "条件を絞るか LIMIT を付けてください。カタログ全体は /catalogs/ID/dump で取得できます。",
    "Narrow the query or add a LIMIT. A whole catalog is at /catalogs/ID/dump.",
)
_SPARQL_HELP = ("/sparql の例を参考にしてください。", "See the examples at /sparql.")
_LATER = ("しばらくしてからもう一度お試しください。", "Try again in a while.")
_CHECK_ADDRESS = (
    "アドレスを確認するか、検索で探してください。限定公開のものはトークンが必要です。",
    "Check the address or search for it. What is not public needs a token.",
)

PROBLEMS: Mapping[type[Exception], Problem] = {
    edge.BodyTooLarge: problem(
        "body-too-large", 413, ("本文が大きすぎます", "Body too large"),
        ("分割するか、renkei load で登録してください。上限は設定で変えられます。",
         "Split it, or use renkei load. The operator can raise the limit."), extra=("limit",),
    ),
    edge.BodyTooSlow: problem(
        "body-too-slow", 408, ("本文が届きません", "Body too slow"),
        ("接続を確かめて、もう一度送ってください。", "Check the connection and send it again."),
    ),
    edge.BodyIncomplete: problem(
        "body-incomplete", 400, ("本文が途中で切れました", "Body incomplete"),
        ("もう一度送ってください。", "Send it again."),
    ),
    edge.JsonRefused: problem(
        "json-refused", 400, ("JSON を受け付けられません", "JSON refused"),
        ("RFC 8259 に従い、名前の重複、NaN、深い入れ子のない JSON を送ってください。",
         "Send JSON after RFC 8259: no member twice, no NaN, no deep nesting."),
    ),
    edge.RequestRefused: problem(
        "request-refused", 400, ("リクエストの形が正しくありません", "Malformed request"),
        ("アドレスとヘッダーを確認してください。", "Check the address and the headers."),
    ),
    edge.ParameterInvalid: problem(
        "parameter-invalid", 400, ("パラメーターの値が正しくありません", "Invalid parameter"),
        ("/docs で使える値を確認してください。", "See /docs for the values that can be used."), place=("parameter",),
    ),
    edge.NotAcceptable: problem(
        "not-acceptable", 406, ("求められた形式はありません", "Not acceptable"),
        ("Accept ヘッダーか ?format= に提供できる形式を指定してください。",
         "Ask for one of the listed forms in Accept or ?format=."), extra=("offered",),
    ),
    edge.MemberInvalid: problem(
        "member-invalid", 422, ("JSON の値が正しくありません", "Invalid member"),
        ("/docs でこのアドレスの JSON の形を確認してください。", "See /docs for the JSON of this address."),
        place=("member",),
    ),
    edge.MediaTypeUnknown: problem(
        "media-type-unknown", 415, ("読めない形式です", "Unsupported media type"),
        ("Content-Type に text/turtle などの RDF の形式を指定してください。",
         "State an RDF syntax in Content-Type, for example text/turtle."),
    ),
    edge.HostRefused: problem(
        "host-refused", 400, ("Host ヘッダーが正しくありません", "Host refused"),
        ("公開アドレスで接続してください。運用者は RENKEI_ALLOW_HOSTS で許可できます。",
         "Use the public address. The operator can allow names in RENKEI_ALLOW_HOSTS."),
    ),
    edge.VocabularyUnusable: problem(
        "vocabulary-unusable", 503, ("ポリシーの語彙を使えません", "Policy vocabulary unusable"),
        ("RENKEI_POLICY_VOCABULARY のファイルを直すか、設定を外してください。",
         "Mend the file of RENKEI_POLICY_VOCABULARY or take the setting away."),
    ),
    edge.TokenMissing: problem("token-missing", 401, ("トークンが必要です", "Token needed"), _TAKE_TOKEN),
    edge.TokenInvalid: problem("token-invalid", 401, ("トークンが無効です", "Token invalid"), _TAKE_TOKEN),
    edge.PageNotFound: problem("page-not-found", 404, ("ページがありません", "Page not found"), _CHECK_ADDRESS),
    edge.MethodNotAllowed: problem(
        "method-not-allowed", 405, ("このメソッドは使えません", "Method not allowed"),
        ("/docs で使えるメソッドを確認してください。", "See /docs for the methods of this address."),
        extra=("allowed",),
    ),
    edge.AddressUnavailable: problem(
        "address-unavailable", 503,
        ("アドレスは使用中か、この機械のものではありません", "Address in use or not of this machine"),
        ("そこで動いているものを止めるか、--port (RENKEI_PORT) か --host (RENKEI_HOST) を変えてください。",
         "Stop what listens there, or choose another --port (RENKEI_PORT) or --host (RENKEI_HOST)."),
    ),
    ParticipantUnclear: problem(
        "participant-unclear", 422, ("参加者の名前が紛らわしい", "Unclear participant"),
        ("空白、制御文字、見えない文字を除き、NFC で書いた IRI にしてください。",
         "Write its IRI in NFC, without blanks, control characters and others that are not seen."),
        ("{participant} は参加者の名前に使えません。", "{participant} cannot be the name of a participant."),
    ),
    TokenRefused: problem(
        "token-invalid", 401, ("トークンが無効です", "Token invalid"), _TAKE_TOKEN,
        ("トークンが無効か失効しています。", "The token is unknown, revoked or malformed."),
    ),
    TokenUnknown: problem(
        "token-unknown", 404, ("トークンがありません", "No such token"),
        ("renkei token list で ID を確認してください。", "See renkei token list for the ids."),
        ("ID が {token_id} のトークンはありません。", "No token has the id {token_id}."),
    ),
    SearchParameterInvalid: problem(
        "parameter-invalid", 400, ("パラメーターの値が正しくありません", "Invalid parameter"),
        ("/docs で使える値を確認してください。", "See /docs for the values that can be used."), place=("parameter",),
    ),
    catalog.CatalogNotFound: problem(
        "catalog-not-found", 404, ("カタログがありません", "No such catalog"), _CHECK_ADDRESS,
        ("カタログ {catalog} はありません。", "There is no catalog {catalog}."),
    ),
    catalog.ResourceNotFound: problem(
        "resource-not-found", 404, ("リソースがありません", "No such resource"), _CHECK_ADDRESS,
        ("{name} はありません。", "There is no {name}."),
    ),
    catalog.RevisionNotFound: problem(
        "revision-not-found", 404, ("その版はありません", "No such revision"),
        ("/revisions で版の一覧を確認してください。", "See the list under /revisions."),
        ("{name} に第 {number} 版はありません。", "{name} has no revision {number}."),
    ),
    catalog.ResourceWithdrawn: problem(
        "withdrawn", 410, ("取り下げられました", "Withdrawn"),
        ("必要なら公開者に問い合わせてください。", "Ask its publisher if you need it."),
        ("{name} は {when:%Y-%m-%d} に取り下げられました。理由: {reason}",
         "{name} was withdrawn on {when:%Y-%m-%d}. Reason: {reason}"), extra=("when", "reason"),
    ),
    catalog.CatalogExists: problem(
        "catalog-exists", 409, ("同じ ID のカタログがあります", "Catalog exists"),
        ("別の ID を使うか、PUT で公開してください。", "Choose another id, or publish into it with PUT."),
        ("カタログ {catalog} はすでにあります。", "There is a catalog {catalog} already."),
    ),
    catalog.CatalogNameInvalid: problem(
        "catalog-name-invalid", 400, ("カタログの ID が正しくありません", "Invalid catalog id"),
        ("英小文字、数字、ハイフンで 64 字まで、ハイフン以外で始めてください。",
         "Use 1 to 64 lower-case letters, digits and hyphens, not beginning with a hyphen."),
        ("{catalog!r} はカタログの ID になりません。", "{catalog!r} cannot be the id of a catalog."),
    ),
    catalog.ProfileNameInvalid: problem(
        "profile-name-invalid", 400, ("プロファイル名が正しくありません", "Invalid profile name"),
        ("英数字、点、ハイフンで 64 字まで。付属のプロファイルの名前は使えません。",
         "Use 1 to 64 letters, digits, dots and hyphens, and not the name of a shipped profile."),
        ("{name!r} はプロファイル名になりません。", "{name!r} cannot be the name of a profile."),
    ),
    catalog.ResourceChanged: problem(
        "changed-meanwhile", 412, ("その間に変更されました", "Changed meanwhile"),
        ("最新の版を読み直し、変更を合わせてから、その ETag で送ってください。",
         "Read the newest revision, merge your change and send it with that ETag."),
        ("{name} は現在 {current} です。", "{name} is at {current} by now."), extra=("current",),
    ),
    catalog.DescriptionInvalid: problem(
        "description-invalid", 422, ("記述が必要な水準に達していません", "Description below the gate"),
        ("results の各項目を直して、もう一度送ってください。", "Mend what results lists and send it again."),
        ("{name} はカタログが求める水準に達していません。何も保存されていません。",
         "{name} does not reach the level its catalog demands. Nothing was stored."),
    ),
    catalog.NotOneResource: problem(
        "not-one-resource", 422, ("文書が一つのリソースを記述していません", "Not one resource"),
        ("一つだけ記述する文書を送ってください。カタログ全体は PUT /catalogs/{{id}} で公開できます。",
         "Send a document about exactly one. A whole catalog is published with PUT /catalogs/{{id}}."),
        ("{kind} がちょうど一つ必要です。", "Exactly one {kind} is needed."), extra=("found",),
    ),
    catalog.IriTaken: problem(
        "iri-taken", 409, ("すでに登録されています", "Registered already"),
        ("address に PUT すると更新できます。", "PUT to address changes it."),
        ("{iri} はこのカタログにすでにあります。", "This catalog holds {iri} already."), extra=("address",),
    ),
    catalog.AudienceUnknown: problem(
        "audience-unknown", 400, ("公開範囲が正しくありません", "Unknown audience"),
        ("public、participants、または参加者の IRI を指定してください。",
         "Use public, participants or the IRI of a participant."),
        ("{audience!r} は公開範囲ではありません。", "{audience!r} is no audience."),
    ),
    catalog.WriteForbidden: problem(
        "write-forbidden", 403, ("書き込む権限がありません", "Write forbidden"),
        ("このカタログに書けるトークンを使ってください。", "Use a token that may write to this catalog."),
        ("カタログ {catalog} に書き込む権限がありません。", "This token may not write to catalog {catalog}."),
    ),
    catalog.DraftMissing: problem(
        "draft-missing", 404, ("下書きがありません", "No draft"),
        ("?state=draft を付けて PUT すると下書きを作れます。", "PUT with ?state=draft makes one."),
        ("{name} に下書きはありません。", "{name} has no draft."),
    ),
    catalog.ReplacementNeedsConsent: problem(
        "replacement-needs-consent", 409, ("置き換えには確認が必要です", "Replacement needs consent"),
        ("内容を確かめて、--yes または ?confirm=true を付けてください。",
         "Check what you send, then add --yes or ?confirm=true."),
        ("{catalog} の {count} 件 ({share:.0%}) が取り下げられます。追加と変更は保存し、取り下げはしていません。",
         "{count} resources of {catalog} ({share:.0%}) would be withdrawn. What is new or changed was stored, nothing "
         "was withdrawn."),
        extra=("count", "share"),
    ),
    Unreadable: problem(
        "unreadable", 422, ("文書を読めません", "Unreadable document"),
        ("示された場所を直して、もう一度送ってください。", "Mend the place that is named and send it again."),
        place=("line", "column"),
    ),
    SyntaxUnknown: problem(
        "syntax-unknown", 415, ("形式が分かりません", "Syntax unknown"),
        ("Content-Type か拡張子で RDF の形式を示してください。",
         "State the RDF syntax by Content-Type or file extension."),
    ),
    TooEntangled: problem(
        "too-entangled", 422, ("空白ノードが複雑すぎます", "Too entangled"),
        ("空白ノードに IRI を付けるか、互いの参照を減らしてください。",
         "Give the blank nodes IRIs, or let fewer of them refer to each other."),
        ("{iri} の空白ノードは正規形を定められません。",
         "The blank nodes of {iri} have no canonical form in bounded time."),
    ),
    ProfileUnknown: problem(
        "profile-unknown", 404, ("プロファイルか水準がありません", "No such profile or level"),
        ("renkei shapes list で名前を確認してください。", "See renkei shapes list for the names."),
        ("プロファイル {profile} (水準 {level}) はありません。", "There is no profile {profile} with level {level}."),
    ),
    ShapesRefused: problem(
        "shapes-refused", 422, ("形状定義を使えません", "Shapes refused"),
        ("renkei shapes lint で問題の箇所を確認してください。", "renkei shapes lint names the faulty place."),
    ),
    RunFailed: problem(
        "validation-failed", 422, ("検証を終えられませんでした", "Validation failed"),
        ("文書を分けるか、別のプロファイルを試してください。", "Split the document or try another profile."),
    ),
    ShapesError: problem(
        "validation-failed", 422, ("検証を終えられませんでした", "Validation failed"),
        ("文書を分けるか、別のプロファイルを試してください。", "Split the document or try another profile."),
    ),
    sparql.SparqlSyntax: problem(
        "sparql-syntax", 400, ("SPARQL の文法に合いません", "Not SPARQL"), _SPARQL_HELP, place=("line", "column")
    ),
    sparql.SparqlNotAcceptable: problem(
        "not-acceptable", 406, ("求められた形式はありません", "Not acceptable"),
        ("Accept ヘッダーか ?format= に提供できる形式を指定してください。",
         "Ask for one of the listed forms in Accept or ?format=."), extra=("offered",),
    ),
    sparql.SparqlForbidden: problem(
        "sparql-forbidden", 400, ("使えない語があります", "Forbidden in SPARQL"), _SPARQL_HELP, place=("line", "column")
    ),
    sparql.SparqlRefused: problem(
        "sparql-refused", 400, ("問い合わせを受け付けられません", "Query refused"), _SPARQL_HELP,
        place=("line", "column"),
    ),
    sparql.SparqlTimeout: problem("sparql-timeout", 504, ("時間の上限を超えました", "Query took too long"), _ASK_LESS),
    sparql.SparqlStopped: problem("sparql-stopped", 422, ("問い合わせを中止しました", "Query stopped"), _ASK_LESS),
    sparql.SparqlBudgetSpent: problem("sparql-budget", 429, ("使いすぎです", "Budget spent"), _LATER),
    sparql.SparqlNotNow: problem("sparql-busy", 503, ("混み合っています", "Busy"), _LATER),
    sparql.SparqlError: problem(
        "sparql-refused", 400, ("問い合わせを受け付けられません", "Query refused"), _SPARQL_HELP,
        place=("line", "column"),
    ),
    killable.OutOfTime: problem(
        "too-much-work", 422, ("処理の上限を超えました", "Too much work"),
        ("小さく分けてください。", "Split it into smaller parts."),
        ("時間の上限を超えました。", "It took more time than it may."),
    ),
    killable.KillableError: problem(
        "too-much-work", 422, ("処理の上限を超えました", "Too much work"),
        ("小さく分けてください。", "Split it into smaller parts."),
        ("資源の上限を超えました。", "It needed more than it may have."),
    ),
    GraphsLocked: problem(
        "graphs-locked", 503, ("グラフは別のプロセスが使用中です", "Graphs in use"),
        ("動いている renkei serve を止めるか、--url でそれに頼んでください。",
         "Stop the running renkei serve, or ask it with --url."),
        ("データフォルダー {folder} のグラフは別のプロセスが開いています。",
         "Another process has the graphs of the data folder {folder} open."),
    ),
    GraphsUnavailable: problem(
        "graphs-unavailable", 503, ("グラフを使えません", "Graphs unavailable"), _LATER,
        ("グラフの保存先が応答しません。", "The graph store does not answer."),
    ),
    TermUnspeakable: problem(
        "term-unspeakable", 400, ("使えない値です", "Unusable value"),
        ("IRI の文字を確認してください。", "Check the characters of the IRI."),
        ("この値は問い合わせに使えません。", "No query can name this value."),
    ),
    GraphsError: problem(
        "graphs-unavailable", 503, ("グラフを使えません", "Graphs unavailable"), _LATER,
        ("グラフの保存先が応答しません。", "The graph store does not answer."),
    ),
    **PARTNER_PROBLEMS,
    **EXCHANGE_PROBLEMS,
    **JOURNAL_PROBLEMS,
    **RELEASE_PROBLEMS,
    AskedWrong: problem(
        "member-invalid", 422, ("JSON の値が正しくありません", "Invalid member"),
        ("/docs でこのアドレスの JSON の形を確認してください。", "See /docs for the JSON of this address."),
        place=("member",),
    ),
    NoRequest: problem(
        "request-unclear", 422, ("要求が読み取れません", "Request unclear"),
        ("要求を一つだけ含む文書を使ってください。docs/guides/policies.ja.md に例があります。",
         "Use a document that holds exactly one request. docs/guides/policies.md has an example."),
        ("この文書に要求はちょうど一つ必要です。", "The document must hold exactly one request."),
    ),
    BackupUnreadable: problem(
        "backup-unreadable", 422, ("バックアップを読めません", "Backup unreadable"),
        ("別のバックアップを使ってください。", "Use another backup."),
        ("{path} は正しいバックアップではありません。", "{path} is no sound backup."),
    ),
    FolderInUse: problem(
        "folder-in-use", 409, ("データフォルダーは使用中です", "Data folder in use"),
        ("空のフォルダーに戻すか、--yes で置き換えてください。",
         "Restore into an empty folder, or replace it with --yes."),
        ("{folder} にはすでにデータベースがあります。", "{folder} holds a database already."),
    ),
    FolderServed: problem(
        "folder-served", 409, ("データフォルダーは使用中です", "Data folder in use"),
        ("動いている renkei serve を止めてから、もう一度実行してください。",
         "Stop the running renkei serve and try again."),
        ("{folder} は動いている Renkei が使っています。何も変えていません。",
         "A running Renkei uses {folder}. Nothing was changed."),
    ),
    BackupError: problem(
        "backup-unreadable", 422, ("バックアップを読めません", "Backup unreadable"),
        ("別のバックアップを使ってください。", "Use another backup."),
    ),
    DatabaseDamaged: problem(
        "database-damaged", 503, ("データベースが壊れています", "Database damaged"),
        ("renkei restore でバックアップから戻してください。", "Bring back a backup with renkei restore."),
        ("データベースを読めません。", "The database cannot be read."),
    ),
    DatabaseTooNew: problem(
        "database-too-new", 503, ("データベースが新しすぎます", "Database too new"),
        ("そのバージョンの Renkei を起動してください。", "Start that version of Renkei."),
        ("データベースは新しいバージョン ({revision}) のものです。",
         "The database is of a newer version ({revision})."),
    ),
    DatabaseError: problem(
        "database-unavailable", 503, ("データベースを使えません", "Database unavailable"),
        ("しばらくしてからもう一度お試しください。", "Try again in a while."),
        ("データベースを使えません。", "The database cannot be used."),
    ),
}  # fmt: skip

UNEXPECTED = problem(
    "unexpected", 500, ("予期しないエラーが起きました", "Unexpected error"),
    ("リクエスト ID を添えて運用者に知らせてください。", "Tell the operator the request id."),
    ("処理できませんでした。", "The request could not be carried out."),
)  # fmt: skip
BY_SLUG: Mapping[str, Problem] = {problem.slug: problem for problem in (*PROBLEMS.values(), UNEXPECTED)}
