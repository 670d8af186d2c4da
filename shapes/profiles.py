"""Profiles: shapes files under a name, in levels, with the vocabularies that they judge by.

Shipped ones lie in the folder `profiles` beside this file. Deployments add their own, which are linted first; who
stores their files is the caller's affair.

`profile.toml`: name, title_ja, title_en, vocabularies, and the table [levels] with the files of each level. Without it
a folder is a profile of one level, whose files hold at any level asked.
"""

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

from pyoxigraph import BlankNode, Triple

from ontology.faults import Unreadable
from ontology.messages import Message
from ontology.reading import SyntaxUnknown, read
from shapes.errors import ProfileUnknown
from shapes.graph import ShapesGraph
from shapes.linting import LintFinding, LintReport, lint, no_shapes

LEVELS = ("minimum", "base", "recommended", "ranges", "codelists", "full")
"""Levels as the ITB validator names them; `full` is all of a profile."""

_FOLDER = Path(__file__).parent / "profiles"
_EXTENSIONS = frozenset({".ttl", ".rdf", ".xml", ".nt", ".nq", ".trig", ".jsonld", ".json", ".owl"})
_BASE = "urn:renkei:shapes-file:"


@dataclass(frozen=True)
class Profile:
    """Shapes under a name.

    Attributes:
        vocabularies: names of the vocabularies merged beside the data; None means every one that is loaded.
        levels: files of each level; empty for a profile of one level.
        files: content by file name.
        foreign: not shipped with Renkei; validated in killable workers.
        trusted: may hold SPARQL constraints.
    """

    name: str
    title: Message
    vocabularies: Sequence[str] | None
    levels: Mapping[str, Sequence[str]]
    files: Mapping[str, bytes] = field(repr=False)
    foreign: bool
    trusted: bool

    def triples(self, level: str) -> tuple[list[Triple], list[LintFinding]]:
        """Shapes of one level, and the files that cannot be read.

        Raises:
            ProfileUnknown: it has no such level.
        """
        if level not in (self.levels or LEVELS):
            raise ProfileUnknown(self.name, level)
        names = self.levels[level] if self.levels else sorted(self.files)
        return parsed({name: self.files[name] for name in names})

    def includes(self, level: str, other: str) -> bool:
        """Whether a level has every file of another, so that what conforms to it conforms to the other."""
        return not self.levels or set(self.levels.get(other, ("",))) <= set(self.levels.get(level, ()))


class Profiles:
    """The profiles that a deployment has."""

    def __init__(self, profiles: Sequence[Profile] = ()) -> None:
        self._profiles = {profile.name: profile for profile in profiles}

    @classmethod
    def shipped(cls, folder: Path = _FOLDER) -> "Profiles":
        """Those that Renkei brings along."""
        found = sorted(path.parent for path in folder.glob("*/profile.toml"))
        return cls([_profile(path.name, _files(path), foreign=False, trusted=True) for path in found])

    def __iter__(self) -> Iterator[Profile]:
        return iter(self._profiles.values())

    def __contains__(self, name: str) -> bool:
        return name in self._profiles

    def __getitem__(self, name: str) -> Profile:
        """A profile by name.

        Raises:
            ProfileUnknown: there is none.
        """
        if name not in self._profiles:
            raise ProfileUnknown(name)
        return self._profiles[name]

    def add(self, name: str, files: Mapping[str, bytes], *, trusted: bool = False) -> LintReport:
        """Add a deployment's profile, or replace it, if anything in it can be used.

        Args:
            files: shapes in any RDF syntax by file name, perhaps with a `profile.toml`.
            trusted: whether its SPARQL constraints are kept.

        Returns:
            What is wrong with its shapes; where that leaves nothing (`usable` is false) no profile was added.
        """
        try:
            profile = _profile(name, files, foreign=True, trusted=trusted)
        except (ValueError, KeyError, TypeError) as fault:
            return LintReport((_unreadable("profile.toml", Message(str(fault), str(fault))),), 0)
        report = linted_files(profile.files, trusted=trusted)
        if report.usable:
            self._profiles = {**self._profiles, name: profile}
        return report

    def load(self, folder: Path, *, trusted: bool = False) -> LintReport:
        """Add a folder of shapes files under the folder's name."""
        return self.add(folder.name, _files(folder), trusted=trusted)

    def remove(self, name: str) -> None:
        """Forget a deployment's profile.

        Raises:
            ProfileUnknown: there is none, or it is a shipped one.
        """
        if not self[name].foreign:
            raise ProfileUnknown(name)
        self._profiles = {key: profile for key, profile in self._profiles.items() if key != name}


def linted_files(files: Mapping[str, bytes], *, trusted: bool = False) -> LintReport:
    """Lint shapes files taken together."""
    triples, unreadable = parsed(files)
    report = lint(ShapesGraph(triples).named(), trusted=trusted).report
    findings = (*unreadable, *report.findings)
    return LintReport(findings if report.shapes or unreadable else (no_shapes(), *findings), report.shapes)


def parsed(files: Mapping[str, bytes]) -> tuple[list[Triple], list[LintFinding]]:
    """Triples of several files, blank nodes kept apart, and a finding for each file that cannot be read."""
    triples: list[Triple] = []
    findings: list[LintFinding] = []
    for number, (name, content) in enumerate(files.items()):
        try:
            reading = read(content, name=name, base_iri=_BASE + str(number))
            triples += [_apart(triple, number) for triple in reading]
        except Unreadable as fault:
            findings.append(_unreadable(name, fault.message, fault.line, fault.column))
            continue
        except SyntaxUnknown as fault:
            findings.append(_unreadable(name, Message("構文が不明です。", str(fault))))
            continue
        findings += [
            _unreadable(name, its.message, its.line, its.column) for its in reading.faults if its.kind == "syntax"
        ]
    return triples, findings


def _apart(triple: Triple, number: int) -> Triple:
    subject, object_ = triple.subject, triple.object
    if isinstance(subject, BlankNode):
        subject = BlankNode(f"f{number}x{subject.value}")
    if isinstance(object_, BlankNode):
        object_ = BlankNode(f"f{number}x{object_.value}")
    return Triple(subject, triple.predicate, object_)


def _unreadable(name: str, reason: Message, line: int | None = None, column: int | None = None) -> LintFinding:
    return LintFinding("syntax", "unreadable", None, reason, name, line, column)


def _files(folder: Path) -> dict[str, bytes]:
    paths = sorted(path for path in folder.iterdir() if path.suffix in _EXTENSIONS or path.name == "profile.toml")
    return {path.name: path.read_bytes() for path in paths}


def _profile(name: str, files: Mapping[str, bytes], *, foreign: bool, trusted: bool) -> Profile:
    shapes = {file: content for file, content in files.items() if file != "profile.toml"}
    settings = tomllib.loads(files["profile.toml"].decode()) if "profile.toml" in files else {}
    levels: dict[str, list[str]] = settings.get("levels", {})
    if missing := {file for its in levels.values() for file in its} - set(shapes):
        raise ValueError(f"profile.toml names files that are not there: {', '.join(sorted(missing))}")
    return Profile(
        name=name,
        title=Message(settings.get("title_ja", name), settings.get("title_en", name)),
        vocabularies=settings.get("vocabularies"),
        levels=MappingProxyType(levels),
        files=MappingProxyType(shapes),
        foreign=foreign,
        trusted=trusted,
    )
