"""The port that both SHACL engines fill: texts in, findings out, no type of an engine beyond it."""

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Finding:
    """One result of an engine; every term in N-Triples syntax.

    Attributes:
        focus: the node that was validated.
        path: the property path as text of `shapes.paths`; None where the engine cannot write a compound one.
        component: IRI of the constraint component, without brackets.
        severity: IRI, without brackets.
        value: the offending value.
        shape: the shape that carries the constraint.
        messages: sh:resultMessage, filled in, in no stated language.
    """

    focus: str
    path: str | None
    component: str
    severity: str
    value: str | None
    shape: str
    messages: tuple[str, ...]


class CompiledShapes(Protocol):
    """A shapes graph made ready; may be shared by threads."""

    def run(self, data: str) -> list[Finding]:
        """Validate a data graph given as N-Triples.

        Raises:
            RunFailed: the engine gave up; nothing is known about the data.
        """


class Engine(Protocol):
    """A SHACL processor."""

    @property
    def name(self) -> str:
        """Name and version, for reports about engines."""

    def compile(self, shapes: str) -> CompiledShapes:
        """Make a shapes graph, given as N-Triples, ready.

        Raises:
            ShapesRefused: the engine cannot use this graph.
        """
