"""What a catalog thinks of a description: whether it may come in, and the report that is kept with it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import orjson

from ontology.description import Description
from shapes.report import Report, Severity
from shapes.validation import Validator

FULL = "full"
"""The level that reports are made at, whatever the gate: what lies above the gate is advice."""


@dataclass(frozen=True, slots=True)
class Assessment:
    """The outcome of one validation on a write.

    Attributes:
        report: the report at level `full`, JSON in UTF-8; None for what no profile speaks of.
        admitted: whether the description reaches its catalog's gate.
        gate: the report at the gate, when it is not reached.
    """

    report: bytes | None
    violations: int
    warnings: int
    admitted: bool = True
    gate: Mapping[str, Any] | None = None


UNASSESSED = Assessment(None, 0, 0)


class Assessor(Protocol):
    """Judges descriptions; pure, and safe to call from several threads."""

    def assess(self, description: Description, *, profile: str, level: str, context: str = "") -> Assessment:
        """Validate at the gate and, if that is reached, at level `full`.

        Args:
            context: N-Triples lines about what the description mentions, free of blank nodes.
        """
        ...

    def assess_many(self, given: Sequence[tuple[Description, str]], *, profile: str, level: str) -> list[Assessment]:
        """`assess` of many descriptions, each with its context, in half of the time."""
        ...


class ShapesAssessor:
    """Judges by the profiles of `shapes`."""

    def __init__(self, validator: Validator) -> None:
        self.validator = validator

    def assess(self, description: Description, *, profile: str, level: str, context: str = "") -> Assessment:
        """Validate at level `full`, and at the gate where that leaves open whether it is reached.

        What conforms to all shapes conforms to the fewer of the gate, so most records are validated once.
        """
        report = self.validator.validate(description, profile=profile, level=FULL, context=context)
        return self._judged(report, description, profile, level, context)

    def assess_many(self, given: Sequence[tuple[Description, str]], *, profile: str, level: str) -> list[Assessment]:
        """See Assessor."""
        reports = self.validator.validate_many(given, profile=profile, level=FULL)
        return [
            self._judged(report, description, profile, level, context)
            for report, (description, context) in zip(reports, given, strict=True)
        ]

    def _judged(self, report: Report, description: Description, profile: str, level: str, context: str) -> Assessment:
        if level == FULL or (report.conforms and self.validator.profiles[profile].includes(FULL, level)):
            gate = report
        else:
            gate = self.validator.validate(description, profile=profile, level=level, context=context)
        if not gate.conforms:
            return Assessment(None, 0, 0, admitted=False, gate=gate.to_json())
        return assessment_of(report)


def assessment_of(report: Report) -> Assessment:
    """An admitted description's assessment, with its report as it is stored."""
    counts = report.counts
    return Assessment(
        orjson.dumps(report.to_json()), counts.get(Severity.VIOLATION, 0), counts.get(Severity.WARNING, 0)
    )
