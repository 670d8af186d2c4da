"""What a validation found: results, their counts and groups, as JSON and as text for people."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any, Literal

from ontology.messages import Message
from shapes.messages import NO_FOCUS
from shapes.paths import short, short_path

Fault = Literal["data", "shape"]


class Severity(Enum):
    """Severities of SHACL; the value is the local name of the IRI. A severity of one's own counts as a violation."""

    VIOLATION = "Violation"
    WARNING = "Warning"
    INFO = "Info"


@dataclass(frozen=True, slots=True)
class Result:
    """One thing that a shape found.

    Attributes:
        focus: the node it is about: an IRI without brackets, `_:label`, or a literal as N-Triples.
        path: an IRI without brackets, or a compound path as SPARQL text; None where the node itself is at fault.
        component: IRI of the constraint component, of SHACL or of `shapes.messages`.
        value: the offending value as N-Triples, bad IRIs as given.
        shape: IRI of the shape, or of the nearest named shape around it.
        fault: whether the data or the shape has to be mended.
        message: what is wrong, with the property and the value.
        name: what people call the property.
        example: a right value in Turtle.
        clause: where the standard says so.
        cause: results with the same cause are mended the same way.
        remedy: what to do.
    """

    focus: str
    path: str | None
    component: str
    severity: Severity
    value: str | None
    shape: str | None
    fault: Fault
    message: Message
    name: Message | None = None
    example: str | None = None
    clause: str | None = None
    cause: str | None = None
    remedy: Message | None = None

    def to_json(self) -> dict[str, Any]:
        """As JSON; keys without a value are null."""
        texts = {key: _languages(getattr(self, key)) for key in ("message", "name", "remedy")}
        plain = ("focus", "path", "component", "value", "shape", "fault", "example", "clause", "cause")
        return {key: getattr(self, key) for key in plain} | texts | {"severity": self.severity.value}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "Result":
        """Read what `to_json` wrote."""
        texts = {key: Message(**data[key]) if data[key] else None for key in ("message", "name", "remedy")}
        return cls(**{**data, **texts, "severity": Severity(data["severity"])})


def _languages(message: Message | None) -> dict[str, str] | None:
    return None if message is None else {"ja": message.ja, "en": message.en}


@dataclass(frozen=True, slots=True)
class Group:
    """Results of one cause.

    Attributes:
        first: the result that speaks for all.
        count: how many there are.
        focuses: the different nodes that they are about, in order.
    """

    cause: str
    first: Result
    count: int
    focuses: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Report:
    """Outcome of one validation.

    Attributes:
        conforms: no violation was found in the data; warnings and information do not count.
        results: violations first, then warnings, then information.
    """

    profile: str
    level: str
    conforms: bool
    results: tuple[Result, ...]

    @classmethod
    def of(cls, profile: str, level: str, results: list[Result]) -> "Report":
        """Make a report; it conforms if no violation is among the results, whoever has to mend it."""
        ordered = [result for severity in Severity for result in results if result.severity is severity]
        conforms = not (ordered and ordered[0].severity is Severity.VIOLATION)
        return cls(profile, level, conforms, tuple(ordered))

    @property
    def counts(self) -> dict[Severity, int]:
        """Number of results of each severity."""
        found = Counter(result.severity for result in self.results)
        return {severity: found[severity] for severity in Severity}

    def groups(self) -> tuple[Group, ...]:
        """Results grouped by cause, in the order of the results."""
        groups: dict[str, list[Result]] = {}
        for result in self.results:
            groups.setdefault(result.cause or f"{result.component} {result.path or result.shape}", []).append(result)
        return tuple(
            Group(cause, members[0], len(members), tuple(dict.fromkeys(member.focus for member in members)))
            for cause, members in groups.items()
        )

    @property
    def nothing_validated(self) -> bool:
        """Whether the data holds no target of the profile, so that it conforms only for want of anything to break."""
        return any(result.component == NO_FOCUS for result in self.results)

    def to_json(self) -> dict[str, Any]:
        """As JSON: {conforms, results, profile, level}, and `nothing_validated` where that is so."""
        results = [result.to_json() for result in self.results]
        told = {"nothing_validated": True} if self.nothing_validated else {}
        return {"conforms": self.conforms, "results": results, "profile": self.profile, "level": self.level, **told}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "Report":
        """Read what `to_json` wrote."""
        results = tuple(Result.from_json(result) for result in data["results"])
        return cls(data["profile"], data["level"], data["conforms"], results)

    def to_turtle(self) -> str:
        """As a sh:ValidationReport in Turtle."""
        from shapes.report_rdf import turtle  # noqa: PLC0415 - it needs Report

        return turtle(self)

    def to_text(self, language: str) -> str:
        """For a terminal: a line of counts, then each cause with its count, places, example, remedy and clause."""
        words = _WORDS["ja" if language.lower().startswith("ja") else "en"]
        verdict = words["conforms"] if self.conforms else words["broken"]
        if self.conforms and self.nothing_validated:
            verdict = words["nothing"]
        counted = words["comma"].join(f"{words[severity.value]} {count}" for severity, count in self.counts.items())
        lines = [f"{verdict} ({self.profile}, {self.level}): {counted}"]
        for group in self.groups():
            lines += ["", *_group_lines(group, language, words)]
        return "\n".join(lines) + "\n"


def _group_lines(group: Group, language: str, words: Mapping[str, str]) -> list[str]:
    first = group.first
    times = f" ×{group.count}" if group.count > 1 else ""
    mark = words["shape"] if first.fault == "shape" else ""
    lines = [f"{words[first.severity.value]}{times}{mark}: {first.message.in_(language)}"]
    path = None if first.path is None else short_path(first.path) if "<" in first.path else short(first.path)
    details = {
        "focus": _places(group.focuses, words["more"]),
        "path": path,
        "value": first.value,
        "example": first.example,
        "remedy": first.remedy and first.remedy.in_(language),
        "clause": first.clause,
    }
    return lines + [f"  {words[key]}: {detail}" for key, detail in details.items() if detail]


def _places(focuses: tuple[str, ...], more: str) -> str:
    shown = " , ".join(focuses[:_PLACES])
    return shown if len(focuses) <= _PLACES else f"{shown} {more.format(len(focuses) - _PLACES)}"


_PLACES = 5  # places of one cause that a terminal shows; JSON and Turtle hold all

_WORDS: Mapping[str, Mapping[str, str]] = {
    "en": {
        "conforms": "Conforms",
        "broken": "Does not conform",
        "nothing": "Nothing was validated",
        "Violation": "Violation",
        "Warning": "Warning",
        "Info": "Note",
        "shape": " (fault of the shape)",
        "focus": "at",
        "path": "property",
        "value": "value",
        "example": "right would be",
        "remedy": "remedy",
        "clause": "source",
        "comma": ", ",
        "more": "(and {} more)",
    },
    "ja": {
        "conforms": "適合",
        "broken": "不適合",
        "nothing": "検証対象なし",
        "Violation": "違反",
        "Warning": "警告",
        "Info": "情報",
        "shape": "（シェイプ側の不備）",
        "focus": "対象",
        "path": "プロパティ",
        "value": "値",
        "example": "正しい値の例",
        "remedy": "対処",
        "clause": "根拠",
        "comma": "、",
        "more": "（ほか {} 件）",
    },
}
