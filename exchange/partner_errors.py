"""What can go wrong between this service and the participants it deals with.

ExchangeError
├── SealBroken              sealed bytes that do not open
├── SignatureInvalid        a signature that its key did not make
├── OutgoingFailed          a request of ours that got no answer worth reading
│   ├── AddressRefused      to an address that is never connected to
│   ├── Unreachable         nobody there, too slow, cut off, or no HTTP
│   └── AnswerRefused       an answer too large or in a form nobody asked for
├── PeerUnknown             no peer of this name
├── PeerInvalid             a peer as it cannot be kept
├── AgreementUnknown        no such agreement, or none of the reader's
├── AgreementTaken          the name of another agreement
└── AgreementOver           an agreement that has ended
"""

from datetime import datetime

from exchange.errors import ExchangeError
from ontology.messages import Message


class SealBroken(ExchangeError):
    """Sealed bytes were changed, or sealed under another key or for another purpose."""


class SignatureInvalid(ExchangeError):
    """A signature is not what its key would have made of this."""


class OutgoingFailed(ExchangeError):
    """A request of ours was not answered, or not with what can be read."""


class AddressRefused(OutgoingFailed):
    """An address is not connected to; trying again does not change that."""


class Unreachable(OutgoingFailed):
    """Nobody answers there now, or what answers speaks no HTTP."""


class AnswerRefused(OutgoingFailed):
    """An answer is larger than it may be or in a form that was not asked for."""


class PeerUnknown(ExchangeError):
    """This service knows no peer of this name."""

    def __init__(self, participant: str) -> None:
        shown = participant[:200]
        super().__init__(
            Message(
                ja=f"{shown} という相手は登録されていません。renkei peer add で登録できます。",
                en=f"No peer {shown} is known here. renkei peer add makes one known.",
            ),
            "participant",
        )


class PeerInvalid(ExchangeError):
    """What is said of a peer cannot be kept."""


class AgreementUnknown(ExchangeError):
    """No agreement has this name, or the reader is no party to it."""

    def __init__(self, name: str) -> None:
        shown = name[:200]
        super().__init__(Message(ja=f"{shown} という合意はありません。", en=f"There is no agreement {shown} here."))


class AgreementTaken(ExchangeError):
    """An agreement comes with the name of another one."""

    def __init__(self, iri: str) -> None:
        shown = iri[:200]
        super().__init__(
            Message(ja=f"{shown} は別の合意の ID です。", en=f"{shown} is the id of another agreement."), "agreement"
        )


class AgreementOver(ExchangeError):
    """An agreement has ended."""

    def __init__(self, iri: str, when: datetime) -> None:
        super().__init__(
            Message(
                ja=f"合意 {iri} は {when:%Y-%m-%d %H:%M} (UTC) に終了しています。",
                en=f"The agreement {iri} ended on {when:%Y-%m-%d %H:%M} (UTC).",
            )
        )
        self.when = when
