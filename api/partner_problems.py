"""What the outside is told where agreements and peers cannot be dealt with as asked."""

from collections.abc import Mapping

from api.problem_form import Problem, problem
from exchange import partner_errors as partner

_TRY_PEER = (
    "renkei peer test で、どの段階で失敗するかを確認してください。",
    "renkei peer test names the step that fails.",
)

PARTNER_PROBLEMS: Mapping[type[Exception], Problem] = {
    partner.SealBroken: problem(
        "seal-broken", 500, ("封を開けません", "Seal broken"),
        ("元の秘密鍵 (RENKEI_SECRET_KEY かデータフォルダーの secret-key) に戻すか、資格情報を登録し直してください。",
         "Bring back the secret key (RENKEI_SECRET_KEY, or secret-key of the data folder), or enter the credentials "
         "anew."),
    ),
    partner.SignatureInvalid: problem(
        "signature-invalid", 422, ("署名が正しくありません", "Invalid signature"),
        ("署名した合意の内容と、登録されている公開鍵を確認してください。",
         "Check what was signed, and the public key that is kept of who signed."),
    ),
    partner.AddressRefused: problem(
        "address-refused", 422, ("接続できないアドレスです", "Address refused"),
        ("公開のアドレスを使うか、運用者が RENKEI_ALLOW_PRIVATE でそのアドレスを許可してください。",
         "Use a public address, or let the operator allow this one with RENKEI_ALLOW_PRIVATE."),
    ),
    partner.Unreachable: problem("peer-unreachable", 502, ("相手に接続できません", "Peer unreachable"), _TRY_PEER),
    partner.AnswerRefused: problem(
        "peer-answer-refused", 502, ("相手の答えを受け取れません", "Answer not taken"), _TRY_PEER,
    ),
    partner.OutgoingFailed: problem(
        "peer-unreachable", 502, ("相手に接続できません", "Peer unreachable"), _TRY_PEER,
    ),
    partner.PeerUnknown: problem(
        "peer-unknown", 404, ("登録されていない相手です", "Unknown peer"),
        ("運用者が renkei peer add か POST /exchange/peers で登録します。",
         "The operator adds it with renkei peer add or POST /exchange/peers."), place=("member",),
    ),
    partner.PeerInvalid: problem(
        "peer-invalid", 422, ("相手を登録できません", "Peer cannot be kept"),
        ("示された項目を直してください。", "Mend the member that is named."), place=("member",),
    ),
    partner.AgreementUnknown: problem(
        "agreement-unknown", 404, ("合意がありません", "No such agreement"),
        ("ID を確認してください。合意は当事者にしか見えません。",
         "Check the id. An agreement is shown to its parties alone."),
    ),
    partner.AgreementTaken: problem(
        "agreement-taken", 409, ("合意の ID が使われています", "Agreement id taken"),
        ("新しい ID で合意を送ってください。", "Send the agreement with an id of its own."), place=("member",),
    ),
    partner.AgreementOver: problem(
        "agreement-over", 409, ("合意は終了しています", "Agreement over"),
        ("必要なら、新しい合意を交渉してください。", "Negotiate a new agreement if you need one."), extra=("when",),
    ),
}  # fmt: skip
