"""The conditions of the exchange that the outside is told about, with their words."""

from collections.abc import Mapping

from api.problem_form import Problem, problem
from exchange import errors as exchange
from exchange.dsp import errors as dsp

EXCHANGE_PROBLEMS: Mapping[type[Exception], Problem] = {
    exchange.PolicyUnknown: problem(
        "policy-unknown", 404, ("ポリシーがありません", "No such policy"),
        ("IRI を確認してください。限定公開のものはトークンが必要です。ポリシーそのものを送ることもできます。",
         "Check the IRI. What is not public needs a token. The policy itself can be sent too."), place=("member",),
    ),
    exchange.PolicyUnclear: problem(
        "policy-unclear", 422, ("どのポリシーか分かりません", "Which policy is not clear"),
        ("ポリシーを一つだけ送ってください。", "Send exactly one policy."), place=("member",),
    ),
    exchange.PolicyNameShared: problem(
        "policy-name-shared", 409, ("誰のポリシーか分かりません", "Whose policy is not clear"),
        ('policy に {"iri": …, "catalog": …} と書き、catalogs のどれかを指定してください。',
         'Write {"iri": …, "catalog": …} as policy, with one of catalogs.'), place=("member",), extra=("catalogs",),
    ),
    exchange.SourceRefused: problem(
        "source-refused", 403, ("その値の出所は述べられません", "Source refused"),
        ("source を declared にするか省いてください。トークンや資格の値は、運用者かポリシーの提供者が述べます。",
         "State the source declared, or none. The operator or the provider of the policy states what tokens, "
         "credentials and payments prove."), place=("member",),
    ),
    exchange.CountingRefused: problem(
        "counting-refused", 403, ("使用回数を消費できません", "Counting refused"),
        ("consume を省くか、ポリシーの提供者のトークンを付けてください。",
         "Leave consume out, or send the token of the policy's provider."), place=("member",),
    ),
    exchange.BatchTooLarge: problem(
        "batch-too-large", 413, ("一度に多すぎます", "Batch too large"),
        ("分割して送ってください。", "Send it in parts."), place=("member",),
    ),
    exchange.ProcessUnknown: problem(
        "process-unknown", 404, ("交渉・転送がありません", "No such process"),
        ("pid を確認してください。相手方のものは相手方にしか見えません。",
         "Check the pid. A process is shown to its two sides alone."), place=("pid",),
    ),
    exchange.ProcessMoved: problem(
        "process-moved", 409, ("交渉・転送が変わりました", "The process has changed"),
        ("今の状態を読み直してから、もう一度お試しください。", "Read its state anew and try again."), place=("pid",),
    ),
    exchange.ProcessBusy: problem(
        "process-busy", 503, ("処理中です", "The process is busy"),
        ("少し待って、同じものを送り直してください。", "Wait a moment and send the same again."), place=("pid",),
    ),
    exchange.TooManyOpen: problem(
        "too-many-open", 429, ("終わっていないものが多すぎます", "Too many are open"),
        ("いくつかを終えてから、しばらくして送り直してください。",
         "End some of them, wait a while, and send the same again."),
    ),
    exchange.ProcessTaken: problem(
        "process-taken", 409, ("ID が重複しています", "Id of another process"),
        ("交渉・転送ごとに別の ID を使ってください。", "Give each negotiation and transfer an id of its own."),
    ),
    exchange.StepRefused: problem(
        "step-refused", 409, ("この状態ではできません", "Not in this state"),
        ("今の状態を読み、そこから許される操作を選んでください。",
         "Read the state and choose what may follow from it."), place=("state",),
    ),
    exchange.OfferUnknown: problem(
        "offer-unknown", 404, ("提供条件がありません", "No such offer"),
        ("IRI を確認してください。限定公開のものはトークンが必要です。",
         "Check the IRI. What is not public needs a token."), place=("iri",),
    ),
    exchange.OfferHidden: problem(
        "offer-hidden", 409, ("その相手には提案できません", "Not for this participant"),
        ("その相手を audience に含む条件を POST /offers で公開してください。",
         "Publish terms whose audience holds this participant: POST /offers."), place=("member",),
    ),
    exchange.OfferMoved: problem(
        "offer-moved", 409, ("提供条件が変わりました", "The offer has changed"),
        ("今の提供条件を読み直し、もう一度お試しください。取り下げられたものは、理由を添えて断ってください。",
         "Read the offer as it now stands and try again. What was withdrawn can only be refused, with a reason."),
        place=("iri",),
    ),
    exchange.FormatUnknown: problem(
        "format-unknown", 422, ("この転送形式は使えません", "Format not served"),
        ("使える形式を選んでください。", "Choose a format that is served."), place=("member",),
    ),
    exchange.OfferUnclear: problem(
        "offer-unclear", 409, ("どの提供条件か分かりません", "Which offer is not clear"),
        ("offer に IRI を指定してください。", "Name its IRI as offer."), place=("member",),
    ),
    exchange.NotOffered: problem(
        "not-offered", 404, ("提供されていません", "Not offered"),
        ("データセットの IRI を確かめてください。renkei peer test は、相手が見せているデータセットの数を答えます。",
         "Check the IRI of the dataset. renkei peer test says how many datasets the other side shows."),
        place=("member",),
    ),
    exchange.PeerAnswered: problem(
        "peer-answered", 502, ("相手の答えを受け取れません", "The peer answered badly"),
        ("renkei peer test で接続を確かめ、相手の運用者に問い合わせてください。",
         "Try the connection with renkei peer test, and ask the operator of the other side."), place=("status",),
    ),
    exchange.TermsInvalid: problem(
        "terms-invalid", 422, ("この条件では提供できません", "Terms invalid"),
        ("results に示した箇所を直してください。renkei policy template list で雛形を選ぶこともできます。",
         "Mend the places in results, or choose templates: renkei policy template list."), place=("member",),
        extra=("results",),
    ),
    exchange.KitRefused: problem(
        "kit-refused", 409, ("適合試験を起動できません", "The kit is not let in"),
        ("RENKEI_TCK を外すか、RENKEI_DATA に新しいフォルダーを指定してください。",
         "Leave RENKEI_TCK out, or name a new folder as RENKEI_DATA."),
    ),
    exchange.FilterRefused: problem(
        "filter-refused", 400, ("filter を読めません", "Filter refused"),
        ("検索語か SPARQL の SELECT を書いてください。", "Write words to search for, or a SPARQL SELECT."),
    ),
    dsp.PolicyBeyondProtocol: problem(
        "policy-beyond-protocol", 422, ("この条件は交渉できません", "Terms that cannot be negotiated"),
        ("Dataspace Protocol の範囲の条件にしてください。義務や制約の絞り込みは使えません。",
         "Keep to what the Dataspace Protocol can say: plain rules with constraints, no duties within them."),
        place=("place",),
    ),
    dsp.MessageInvalid: problem(
        "message-invalid", 400, ("メッセージを読めません", "Message invalid"),
        ("place に示した箇所を、/dsp/2025-1/schemas の形に直してください。",
         "Mend the place that is named, after the schemas at /dsp/2025-1/schemas."), place=("place",),
    ),
    dsp.ProtocolError: problem(
        "message-invalid", 400, ("メッセージを読めません", "Message invalid"),
        ("Dataspace Protocol の形に直してください。", "Write it as the Dataspace Protocol has it."), place=("place",),
    ),
    exchange.ExchangeError: problem(
        "policy-unclear", 422, ("どのポリシーか分かりません", "Which policy is not clear"),
        ("ポリシーを一つだけ送ってください。", "Send exactly one policy."), place=("member",),
    ),
}  # fmt: skip
