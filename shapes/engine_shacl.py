"""The quick engine: `shacl` from PyPI, written in Rust.

It refuses a whole text for one bad term (see `shapes.escaping`), gives no messages of its own, and numbers blank nodes
in the order of their first appearance, after those of the shapes graph; `_labels` leads back to the labels given.
"""

import re
from typing import TYPE_CHECKING

from shapes.engine import Finding
from shapes.errors import RunFailed, ShapesRefused

if TYPE_CHECKING:
    import shacl

_DATA_BLANK = re.compile(r"_:0_b(\d+)$")


def _labels(text: str) -> list[str]:
    """Labels of blank nodes in the order in which they first appear in N-Triples."""
    labels: dict[str, None] = {}
    for line in text.split("\n"):
        if line.startswith("_:"):
            labels[line[2 : line.index(" ")]] = None
        last = line[line.rfind(" ", 0, -2) + 1 : -2]
        if last.startswith("_:") and '"' not in last:  # a literal may end in a word like this
            labels[last[2:]] = None
    return list(labels)


class ShaclEngine:
    """Engine over the `shacl` wheel.

    Raises:
        ImportError: this platform has no such wheel (Linux on ARM).
    """

    def __init__(self) -> None:
        import shacl  # noqa: PLC0415 - absent where no wheel exists

        self._shacl = shacl

    @property
    def name(self) -> str:
        """Name and version."""
        return f"shacl {self._shacl.__version__}"

    def compile(self, shapes: str) -> "CompiledByShacl":
        """Make shapes ready; see `shapes.engine.Engine`."""
        try:
            return CompiledByShacl(self._shacl.Shapes.from_text(shapes, format="ntriples"), len(_labels(shapes)))
        except ValueError as refusal:
            raise ShapesRefused(str(refusal)) from refusal


class CompiledByShacl:
    """Shapes compiled by the quick engine."""

    def __init__(self, shapes: "shacl.Shapes", blank_nodes: int) -> None:
        self._shapes = shapes
        self._blank_nodes = blank_nodes

    def run(self, data: str) -> list[Finding]:
        """Validate N-Triples; see `shapes.engine.CompiledShapes`."""
        try:
            results = self._shapes.validate_text(data, format="ntriples").results
        except ValueError as failure:
            raise RunFailed(str(failure)) from failure
        labels: list[str] | None = None
        findings = []
        for result in results:
            focus, value = result.focus_node, result.value
            if focus.startswith("_:") or (value is not None and value.startswith("_:")):
                labels = _labels(data) if labels is None else labels
                focus, value = self._given(focus, labels), value and self._given(value, labels)
            findings.append(
                Finding(
                    focus,
                    result.path,
                    result.component_iri,
                    result.severity_iri,
                    value,
                    result.source_shape or "",
                    tuple(result.messages),
                )
            )
        return findings

    def _given(self, term: str, labels: list[str]) -> str:
        numbered = _DATA_BLANK.match(term)
        if numbered is None:
            return term
        return f"_:{labels[int(numbered[1]) - self._blank_nodes]}"
