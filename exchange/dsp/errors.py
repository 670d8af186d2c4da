"""What can be wrong with a message of the protocol.

ProtocolError
├── MessageInvalid         not JSON, not the message expected here, or against its schema
└── PolicyBeyondProtocol   a policy that the protocol has no words for
"""

from exchange.policy.model import Fault
from ontology.messages import Message


class ProtocolError(Exception):
    """Root of everything that this package raises.

    Attributes:
        message: the reason, for people.
        place: of the member that is wrong, as "offer.permission[0].action".
    """

    def __init__(self, message: Message, place: str | None = None) -> None:
        super().__init__(message.en)
        self.message = message
        self.place = place


class MessageInvalid(ProtocolError):
    """What came, or was to be sent, is no message that the protocol has here."""


class PolicyBeyondProtocol(ProtocolError):
    """Offers and agreements of the protocol cannot say what this policy says.

    Attributes:
        faults: each part that they cannot say.
    """

    def __init__(self, faults: tuple[Fault, ...]) -> None:
        super().__init__(
            Message(ja="".join(each.message.ja for each in faults), en=" ".join(each.message.en for each in faults)),
            faults[0].node if faults else None,
        )
        self.faults = faults
