"""One description on its way into a catalog."""

from dataclasses import dataclass

from catalog.kinds import Kind
from ontology.description import Description
from ontology.messages import Message


@dataclass(frozen=True, slots=True)
class Part:
    """A description that a loader took from a source, or the reason why it could not.

    Attributes:
        iri: the resource as the source names it, or the name it has here if it was a blank node.
        kind: what the resource is.
        description: its triples; None when `refusal` is set.
        faults: what the loader kept as given, mended or left out, in words.
        refusal: why this record cannot be stored; the others of its source go on.
    """

    iri: str
    kind: Kind
    description: Description | None
    faults: tuple[Message, ...] = ()
    refusal: Message | None = None
