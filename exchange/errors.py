"""What can go wrong between those who ask about policies and those who keep them.

ExchangeError
├── PolicyUnknown     no such policy, or not for this reader
├── PolicyUnclear     a document with none or several policies
├── SourceRefused     a value of a source that the caller cannot vouch for
├── CountingRefused   using up a limit without the right to it
└── BatchTooLarge     more decisions at once than are made
"""

from ontology.messages import Message


class ExchangeError(Exception):
    """Root of everything that this package raises.

    Attributes:
        message: the reason, for people.
        member: place in the question, where there is one.
    """

    def __init__(self, message: Message, member: str | None = None) -> None:
        super().__init__(message.en)
        self.message = message
        self.member = member


class PolicyUnknown(ExchangeError):
    """No policy has this IRI, or the reader may not see it."""

    def __init__(self, iri: str, member: str | None = None) -> None:
        shown = iri[:200]
        super().__init__(
            Message(ja=f"{shown} というポリシーはありません。", en=f"There is no policy {shown} here."), member
        )


class PolicyUnclear(ExchangeError):
    """A document holds none or several policies, and it is not said which is meant."""


class SourceRefused(ExchangeError):
    """A caller states what only a trusted one may state."""


class CountingRefused(ExchangeError):
    """A caller may not use up what a policy limits."""


class BatchTooLarge(ExchangeError):
    """More is asked at once than is decided in one transaction."""
