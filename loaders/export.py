"""Descriptions back into one graph, as their source gave it: named blank nodes are blank again, labels kept apart."""

from collections.abc import Iterable, Iterator

from ontology.jsonld import CONTEXT_ADDRESS
from ontology.syntax import Syntax
from ontology.writing import LeftOut, write_stream


class Export:
    """A dump of many descriptions as one document, made while it is read.

    Attributes:
        left_out: statements that the syntax cannot hold; complete after the iteration. `exact` keeps them where
            the syntax has any way, so that reading the document again gives a graph isomorphic to what was given.
    """

    def __init__(
        self, canonicals: Iterable[str], syntax: Syntax, *, exact: bool = False, context: str = CONTEXT_ADDRESS
    ) -> None:
        self.left_out: list[LeftOut] = []
        self._pieces = write_stream(canonicals, syntax, context=context, exact=exact, left_out=self.left_out.append)

    def __iter__(self) -> Iterator[bytes]:
        return self._pieces


def export(canonicals: Iterable[str], syntax: Syntax, *, exact: bool = False, context: str = CONTEXT_ADDRESS) -> Export:
    """Write canonical texts (`Description.canonical`) as one document, holding one of them at a time.

    Args:
        context: address of the JSON-LD context that the document names.
    """
    return Export(canonicals, syntax, exact=exact, context=context)
