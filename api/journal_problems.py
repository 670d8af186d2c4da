"""The conditions of the journal and its notices that the outside is told about, with their words."""

from collections.abc import Mapping

from api.problem_form import Problem, problem
from exchange import hooks
from journal import errors as journal

JOURNAL_PROBLEMS: Mapping[type[Exception], Problem] = {
    journal.EventUnknown: problem(
        "event-unknown", 404, ("事象がありません", "No such event"),
        ("番号を確認してください。", "Check the number."), place=("event",),
    ),
    journal.EventUnsealed: problem(
        "event-unsealed", 409, ("まだ封印されていません", "Not sealed yet"),
        ("数秒後にもう一度お試しください。サービスが動いている間に封印されます。",
         "Try again in some seconds. Events are sealed while the service runs."), place=("event",),
    ),
    journal.CheckpointUnknown: problem(
        "checkpoint-unknown", 404, ("チェックポイントがありません", "No checkpoint"),
        ("数秒後にもう一度お試しください。", "Try again in some seconds."),
    ),
    journal.CheckpointUnreadable: problem(
        "checkpoint-unreadable", 422, ("チェックポイントを読めません", "Checkpoint unreadable"),
        ("GET /audit/checkpoint の答えを保存したファイルを指定してください。",
         "Name a file that holds an answer of GET /audit/checkpoint."),
    ),
    journal.ProofUnreadable: problem(
        "proof-unreadable", 422, ("証明を読めません", "Proof unreadable"),
        ("renkei audit prove か GET /audit/proof/{{seq}} の答えを指定してください。",
         "Give what renkei audit prove or GET /audit/proof/{{seq}} answered."),
    ),
    hooks.HookUnknown: problem(
        "hook-unknown", 404, ("通知先がありません", "No such hook"),
        ("GET /exchange/hooks で確認してください。", "See GET /exchange/hooks."), place=("hook",),
    ),
    hooks.HookRefused: problem(
        "hook-refused", 409, ("通知先が多すぎます", "Too many hooks"),
        ("使わない通知先を DELETE /exchange/hooks/{{id}} で消してください。",
         "Remove one that is not used: DELETE /exchange/hooks/{{id}}."),
    ),
}  # fmt: skip
