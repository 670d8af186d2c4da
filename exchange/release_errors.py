"""What can go wrong between wanting bytes and having them.

ExchangeError
├── ReleaseRefused     the gate says no, and why
│   └── ReleaseStopped it said yes, and says no now: the rest does not leave
├── GrantRefused       the token proves nothing
├── GrantElsewhere     the token is good, for something else
├── ProofRefused       the token is bound to a key, and who bears it does not prove to hold that
├── ReleaseBusy        too much leaves already
├── SourceUnknown      no source is registered for this dataset
├── SourceForbidden    the source is another's, or of a dataset of another
├── SourceInvalid      what was given does not describe a source
├── PerformedForbidden it is not for the caller to say that something was done
└── SourceUnavailable  the bytes cannot be had now
"""

from exchange.errors import ExchangeError
from exchange.policy.decision import Decision
from ontology.messages import Message


class ReleaseRefused(ExchangeError):
    """Nothing is released, and no upstream was opened.

    Attributes:
        release: id of the entry that says so.
        decision: id of the logged decision; None where no policy was asked.
        decided: the decision itself.
        reasons: why, the first decided.
        explained: the same in both languages, JSON-ready.
    """

    def __init__(
        self,
        reasons: tuple[Message, ...],
        release: str | None = None,
        decision: str | None = None,
        decided: Decision | None = None,
    ) -> None:
        super().__init__(Message("".join(each.ja for each in reasons), " ".join(each.en for each in reasons)))
        self.reasons = reasons
        self.explained = [{"ja": each.ja, "en": each.en} for each in reasons]
        self.release = release
        self.decision = decision
        self.decided = decided


class ReleaseStopped(ReleaseRefused):
    """What was permitted when it began is not permitted any more."""


class ReleaseBusy(ExchangeError):
    """So much leaves at once that no more is begun for now; nothing was counted."""

    def __init__(self) -> None:
        super().__init__(
            Message(
                ja="同時に送っているデータが多すぎます。",
                en="Too much is being sent at once, by this transfer or by all.",
            )
        )


class GrantRefused(ExchangeError):
    """The token of a transfer is unknown, expired or revoked; which of them is not told."""

    def __init__(self) -> None:
        super().__init__(
            Message(
                ja="このトークンは無効か、期限が切れたか、取り消されています。",
                en="This token is unknown, has expired, or was revoked.",
            )
        )


class GrantElsewhere(ExchangeError):
    """The token is good, but for another transfer."""

    def __init__(self) -> None:
        super().__init__(Message(ja="このトークンは別の転送のものです。", en="This token is for another transfer."))


class ProofRefused(ExchangeError):
    """The token is bound to a key of its participant, and the proof that came with it is missing or not good."""


class SourceUnknown(ExchangeError):
    """No source is registered for a dataset."""

    def __init__(self, dataset: str) -> None:
        shown = dataset[:200]
        super().__init__(
            Message(ja=f"{shown} の提供元は登録されていません。", en=f"No source is registered for {shown}.")
        )


class SourceForbidden(ExchangeError):
    """A source, or the dataset it is for, belongs to another participant."""

    def __init__(self, dataset: str) -> None:
        shown = dataset[:200]
        super().__init__(
            Message(
                ja=f"{shown} の提供元を登録できるのは、その提供者と運用者だけです。",
                en=f"Only its provider and the operator may say where {shown} comes from.",
            )
        )


class SourceInvalid(ExchangeError):
    """A source cannot be used as it is described; `member` says which part."""


class PerformedForbidden(ExchangeError):
    """It is not for this caller to say that something was done under this agreement."""

    def __init__(self) -> None:
        super().__init__(
            Message(
                ja="この合意について、この行為を記録することはできません。",
                en="This cannot be written down under this agreement by you.",
            )
        )


class SourceUnavailable(ExchangeError):
    """The bytes cannot be had now: the file is gone, the upstream refuses or does not answer."""
