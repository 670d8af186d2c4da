"""What can go wrong with the journal.

JournalError
├── EventUnknown           no event has this number
├── EventUnsealed          no checkpoint covers it yet
├── CheckpointUnknown      nothing is sealed yet
├── CheckpointUnreadable   a file holds no checkpoint
└── ProofUnreadable        a file holds no proof
"""

from ontology.messages import Message


class JournalError(Exception):
    """Root of everything that this package raises.

    Attributes:
        message: the reason, for people.
    """

    def __init__(self, message: Message) -> None:
        super().__init__(message.en)
        self.message = message


class EventUnknown(JournalError):
    """No event has this number."""

    def __init__(self, event: int) -> None:
        super().__init__(Message(ja=f"{event} 番の事象はありません。", en=f"There is no event {event}."))
        self.event = event


class EventUnsealed(JournalError):
    """No checkpoint covers the event yet."""

    def __init__(self, event: int) -> None:
        super().__init__(
            Message(ja=f"{event} 番の事象はまだ封印されていません。", en=f"Event {event} is not sealed yet.")
        )
        self.event = event


class CheckpointUnknown(JournalError):
    """Nothing is sealed yet."""

    def __init__(self) -> None:
        super().__init__(Message(ja="まだ何も封印されていません。", en="Nothing is sealed yet."))


class CheckpointUnreadable(JournalError):
    """A file holds no checkpoint."""

    def __init__(self, path: str, reason: str) -> None:
        super().__init__(
            Message(
                ja=f"{path} はチェックポイントではありません ({reason})。", en=f"{path} holds no checkpoint: {reason}"
            )
        )
        self.path = path


class ProofUnreadable(JournalError):
    """A document is no proof of an event."""

    def __init__(self, reason: str) -> None:
        super().__init__(Message(ja=f"証明の文書ではありません ({reason})。", en=f"This is no proof: {reason}"))
