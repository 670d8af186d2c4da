"""What can go wrong with policies before anything is decided.

PolicyError
├── VocabularyInvalid    entries of a vocabulary cannot be used
└── ValuesInvalid        a template cannot be filled with the values given
"""

from dataclasses import dataclass

from ontology.messages import Message


class PolicyError(Exception):
    """Root of everything that this package raises."""


@dataclass(frozen=True, slots=True)
class Reason:
    """Why an entry of a vocabulary, or a value for a template, cannot be used.

    Attributes:
        place: IRI of the entry; template and parameter, as "until.end".
    """

    place: str
    message: Message


class VocabularyInvalid(PolicyError):
    """Entries of a vocabulary cannot be used; none of it is."""

    def __init__(self, reasons: tuple[Reason, ...]) -> None:
        super().__init__("; ".join(f"{reason.place}: {reason.message.en}" for reason in reasons))
        self.reasons = reasons


class ValuesInvalid(PolicyError):
    """A template cannot be filled with the values given; all that is wrong with them is told at once."""

    def __init__(self, reasons: tuple[Reason, ...]) -> None:
        super().__init__("; ".join(f"{reason.place}: {reason.message.en}" for reason in reasons))
        self.reasons = reasons
