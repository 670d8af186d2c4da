"""Validation of descriptions and documents against profiles."""

import threading
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from pyoxigraph import BlankNode, Triple

from ontology.description import Description
from ontology.killable import Workers
from ontology.messages import Message
from shapes.apart import EngineApart, quick_engine, reference_engine
from shapes.compiled import Compiled
from shapes.engine import Engine, Finding
from shapes.errors import RunFailed
from shapes.graph import n_triples
from shapes.linting import no_shapes
from shapes.messages import NO_FOCUS, RUN_FAILED
from shapes.profiles import Profile, Profiles, parsed
from shapes.report import Report, Result, Severity
from shapes.together import Alone, Company, companies
from shapes.vocabularies import Vocabularies, VocabularyIndex

_SLOW = Message(
    "高速な検証エンジン（shacl）がこの環境にないため、pySHACLで検証します（およそ百倍遅くなります）。",
    "The quick engine (shacl) has no build for this platform; pySHACL validates, about a hundred times slower.",
)


class Validator:
    """Validates against the profiles it is given; pure, and shared by threads.

    Args:
        workers: where shapes of deployments run; without any they run in this process.
        engine: another engine than the best of this platform.

    Attributes:
        engine_note: what the start should say about the engine; None if it is the quick one.
    """

    def __init__(
        self,
        profiles: Profiles,
        vocabularies: Vocabularies | None = None,
        *,
        workers: Workers | None = None,
        engine: Engine | None = None,
    ) -> None:
        self.profiles = profiles
        quick = engine or quick_engine()
        self.engine_note = None if quick else _SLOW
        self._engine = quick or reference_engine()
        self._foreign_engine = EngineApart(workers) if workers and engine is None else self._engine
        self._vocabularies = vocabularies or Vocabularies.load()
        self._compiled: dict[tuple[str, str], tuple[Profile, Compiled, VocabularyIndex]] = {}
        self._lock = threading.Lock()

    def validate(
        self,
        triples: Iterable[Triple] | Description,
        *,
        profile: str,
        level: str,
        about: frozenset[str] | None = None,
        context: Iterable[Triple] | str = (),
    ) -> Report:
        """Validate one description.

        Args:
            about: focus nodes wanted (IRIs, `_:label`); by default every node that the triples describe or mention, but
                not what only `context` or a vocabulary describes.
            context: triples that shapes may look at beside the description (its publisher, say), or the same as
                N-Triples free of blank nodes.

        Raises:
            ProfileUnknown: no such profile or level.
            ShapesRefused: no engine compiles the profile.
        """
        compiled, index = self._ready(profile, level)
        data = _n_triples(triples)
        around = context if isinstance(context, str) else n_triples(_relabelled(context))
        results = _results(compiled, data, around, index, about)
        if not results and not compiled.has_focus(data):
            results = [_no_focus(triples.iri if isinstance(triples, Description) else None, profile)]
        return Report.of(profile, level, results + compiled.skipped())

    def validate_many(self, given: Sequence[tuple[Description, str]], *, profile: str, level: str) -> list[Report]:
        """Validate descriptions, each beside its context, as `validate` would each by itself, in half of the time.

        Raises:
            ProfileUnknown, ShapesRefused: as `validate`.
        """
        compiled, index = self._ready(profile, level)
        found: dict[int, list[Result]] = {}
        if compiled.looks_forward:
            texts = [Alone.of(description.iri, description.canonical, context) for description, context in given]
            for company in companies(texts, index):
                found |= _results_together(compiled, company, index)
        reports: list[Report] = []
        for number, (description, context) in enumerate(given):
            results = found.get(number)
            if results is None:
                results = _results(compiled, description.canonical, context, index, None)
            if not results and not compiled.has_focus(description.canonical):
                results = [_no_focus(description.iri, profile)]
            reports.append(Report.of(profile, level, results + compiled.skipped()))
        return reports

    def validate_document(
        self,
        triples: Iterable[Triple],
        *,
        profile: str | None,
        level: str,
        extra_shapes: Mapping[str, bytes] | None = None,
        trusted: bool = False,
    ) -> Report:
        """Validate a whole document of one or many descriptions.

        Args:
            profile: None to use the extra shapes alone.
            extra_shapes: shapes files by name, linted; their faults are results of the report.
            trusted: whether SPARQL constraints in the extra shapes are kept.

        Raises:
            ProfileUnknown: no such profile or level.
            ShapesRefused: no engine compiles the shapes.
        """
        data = _n_triples(triples)
        sets = [self._ready(profile, level)] if profile is not None else []
        results: list[Result] = []
        if extra_shapes is not None:
            shapes, unreadable = parsed(extra_shapes)
            results += [_unreadable_file(its.file or "", its.message, its.line, its.column) for its in unreadable]
            extra = Compiled(shapes, self._foreign_engine, trusted=trusted)
            results += extra.unfetched()
            if not extra.report.usable and not unreadable:
                results.append(replace(_failed(""), message=no_shapes().message, cause="no-shapes"))
            sets.append((extra, self._vocabularies.index(self._vocabularies.names)))
        for compiled, index in sets:
            results += _results(compiled, data, "", index, None) + compiled.skipped()
        if not any(compiled.has_focus(data) for compiled, _ in sets):
            results.append(_no_focus(None, profile or "shapes"))
        return Report.of(profile or "shapes", level, results)

    def _ready(self, name: str, level: str) -> tuple[Compiled, VocabularyIndex]:
        profile = self.profiles[name]
        kept = self._compiled.get((name, level))
        if kept is None or kept[0] is not profile:
            with self._lock:  # two threads need not compile the same shapes
                kept = self._compiled.get((name, level))
                if kept is None or kept[0] is not profile:
                    kept = (profile, *self._compile(profile, level))
                    self._compiled[name, level] = kept
        return kept[1], kept[2]

    def _compile(self, profile: Profile, level: str) -> tuple[Compiled, VocabularyIndex]:
        triples, _ = profile.triples(level)
        engine = self._foreign_engine if profile.foreign else self._engine
        names = self._vocabularies.names if profile.vocabularies is None else profile.vocabularies
        return Compiled(triples, engine, trusted=profile.trusted), self._vocabularies.index(names)


def _results(
    compiled: Compiled, data: str, around: str, index: VocabularyIndex, about: frozenset[str] | None
) -> list[Result]:
    merged = index.about(data)
    try:
        findings = compiled.run(f"{data}{around}{merged}" if around or merged else data)
    except RunFailed as failure:
        return [_failed(str(failure))]
    if about is not None:
        findings = [finding for finding in findings if _plain(finding.focus) in about]
    elif findings and (around or merged):
        findings = _own(findings, data, around, index)
    return [compiled.explained(finding) for finding in findings]


def _results_together(compiled: Compiled, company: Company, index: VocabularyIndex) -> dict[int, list[Result]]:
    """Results by member, of those where they are clear."""
    if len(company.members) == 1:
        return {}
    try:
        findings = compiled.run(company.text(index))
    except RunFailed:
        return {}
    found, unclear = company.shared_out(findings, index)
    return {
        number: [compiled.explained(finding) for finding in its]
        for number, its in found.items() if number not in unclear
    }  # fmt: skip


def _own(findings: list[Finding], data: str, around: str, index: VocabularyIndex) -> list[Finding]:
    """Findings about what the data describes, or mentions without anybody else describing it."""
    lines, others = "\n" + data, "\n" + around

    def is_own(focus: str) -> bool:
        return f"\n{focus} " in lines or (focus[1:-1] not in index and f"\n{focus} " not in others)

    verdicts = {focus: is_own(focus) for focus in {finding.focus for finding in findings}}
    return [finding for finding in findings if verdicts[finding.focus]]


def _plain(focus: str) -> str:
    return focus[1:-1] if focus.startswith("<") else focus


def _n_triples(triples: Iterable[Triple] | Description) -> str:
    return triples.canonical if isinstance(triples, Description) else n_triples(triples)


def _relabelled(context: Iterable[Triple]) -> Iterable[Triple]:
    """Context has a label space of its own: two canonical forms both begin with _:c14n0."""
    for triple in context:
        subject, object_ = triple.subject, triple.object
        if isinstance(subject, BlankNode):
            subject = BlankNode(f"context{subject.value}")
        if isinstance(object_, BlankNode):
            object_ = BlankNode(f"context{object_.value}")
        yield Triple(subject, triple.predicate, object_)


def _no_focus(iri: str | None, profile: str) -> Result:
    message = Message(
        f"プロファイル{profile}の対象となるものが見つかりません。何も検証されていません。",
        f"Nothing here is a target of the profile {profile}; nothing was validated.",
    )
    focus = iri or f"urn:renkei:profile:{profile}"
    return Result(focus, None, NO_FOCUS, Severity.WARNING, None, None, "data", message, cause="no-focus-node")


def _failed(reason: str) -> Result:
    message = Message(f"検証を終えられませんでした：{reason}", f"The validation could not be finished: {reason}")
    return Result(
        "urn:renkei:validation", None, RUN_FAILED, Severity.VIOLATION, None, None, "shape", message, cause="run-failed"
    )


def _unreadable_file(name: str, reason: Message, line: int | None, column: int | None) -> Result:
    place = "" if line is None else f":{line}" + ("" if column is None else f":{column}")
    message = Message(f"{name}{place}：{reason.ja}", f"{name}{place}: {reason.en}")
    return replace(_failed(""), focus=name, message=message, cause="shape-syntax")
