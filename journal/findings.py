"""What an examination of the journal found, in words."""

from dataclasses import dataclass, field
from typing import Any

from journal.checkpoints import Checkpoint
from ontology.messages import Message

MOST = 1000


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that is not as it was written.

    Attributes:
        place: table and key, as `events 17`.
    """

    place: str
    message: Message

    def to_json(self) -> dict[str, Any]:
        """As answers show it."""
        return {"place": self.place, "message": {"ja": self.message.ja, "en": self.message.en}}


@dataclass(slots=True)
class Report:
    """What was examined, and what was found.

    Attributes:
        events: in the journal; `sealed` those that a checkpoint covers.
        rows: that events name and that are as they were; `unproved` events bear no digest of what they name.
        beyond: findings that there are besides the first thousand.
    """

    events: int = 0
    sealed: int = 0
    checkpoints: int = 0
    rows: int = 0
    unproved: int = 0
    newest: Checkpoint | None = None
    findings: list[Finding] = field(default_factory=list)
    beyond: int = 0

    @property
    def clean(self) -> bool:
        """Whether all is as it was written."""
        return not self.findings

    def found(self, place: str, message: Message) -> None:
        """Note a finding."""
        if len(self.findings) < MOST:
            self.findings.append(Finding(place, message))
        else:
            self.beyond += 1

    def to_json(self) -> dict[str, Any]:
        """As answers show it."""
        return {
            "clean": self.clean,
            "events": self.events,
            "sealed": self.sealed,
            "checkpoints": self.checkpoints,
            "rows": self.rows,
            "unproved": self.unproved,
            "newest": self.newest.to_json() if self.newest else None,
            "findings": [each.to_json() for each in self.findings],
            "beyond": self.beyond,
        }


EVENT_CHANGED = Message(
    ja="この事象は封印の後で書き換えられています。", en="This event was changed after it was sealed."
)
EVENT_MISSING = Message(
    ja="封印された事象がありません。削除されています。", en="A sealed event is missing: it was deleted."
)
EVENT_INSERTED = Message(ja="封印の後で挿入された事象です。", en="This event was inserted after the seal.")
SEAL_BROKEN = Message(
    ja="封印の行が書き換えられています (根、頂点、または目印が事象と一致しません)。",
    en="The row of the checkpoint was changed: root, peaks or marks do not fit its events.",
)
SIGNATURE_WRONG = Message(
    ja="署名がこのチェックポイントのものではありません。", en="The signature is not one of this checkpoint."
)
SEAL_MISSING = Message(ja="このチェックポイントがありません。", en="This checkpoint is missing.")
CHAIN_BROKEN = Message(
    ja="前のチェックポイントとつながっていません。", en="It does not follow from the checkpoint before it."
)
CUT_SHORT = Message(
    ja="ログの末尾が切り取られています。ここまで書かれていました。",
    en="The end of the journal was cut off: it was written up to here.",
)
GAP = Message(
    ja="番号が飛んでいます。封印前の事象が削除されています。",
    en="The number before it is missing: an event was deleted before it was sealed.",
)
WITNESS_FORGED = Message(
    ja="保管されたチェックポイントの署名が正しくありません。", en="The signature of this kept checkpoint is not valid."
)
WITNESS_UNREADABLE = Message(ja="保管されたチェックポイントを読めません。", en="This kept checkpoint cannot be read.")
WITNESS_GONE = Message(
    ja="保管されたチェックポイントがデータベースにありません。ログが切り取られたか、古い状態に戻されています。",
    en="This kept checkpoint is not in the database: the journal was cut off, or set back to an older state.",
)
WITNESS_OTHER = Message(
    ja="保管されたチェックポイントと内容が異なります。ログが作り直されています。",
    en="The database has another checkpoint of this number: the journal was made anew.",
)
ROW_CHANGED = Message(
    ja="事象 {seq} が記録した内容と異なります。書き換えられています。",
    en="It is not what event {seq} wrote down: it was changed.",
)
ROW_MISSING = Message(
    ja="事象 {seq} が記録した行がありません。削除されています。",
    en="The row that event {seq} wrote down is missing: it was deleted.",
)
ROW_UNKNOWN = Message(
    ja="この行を記録した事象がありません。挿入されています。",
    en="No event tells of this row: it was inserted.",
)
END_UNKNOWN = Message(
    ja="終わったことを記録した事象がありません。書き換えられています。",
    en="No event tells that it has ended: it was changed.",
)
