"""A shapes graph linted, compiled by an engine, and known well enough to explain its results."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from pyoxigraph import Literal, NamedNode, Triple

from ontology.messages import Message
from ontology.terms import RDF, RDFS, RENKEI, SH
from shapes.engine import CompiledShapes, Engine, Finding
from shapes.errors import RunFailed, ShapesRefused
from shapes.escaping import escape, unescape
from shapes.graph import ShapesGraph, Term, sh
from shapes.linting import Linted, LintFinding, LintReport, lint, without_shape
from shapes.messages import SKIPPED_SHAPES, fill, label, template
from shapes.paths import PathMalformed, path_text, short_path
from shapes.report import Result, Severity
from shapes.together import looks_forward

_SIMPLE_PATH = re.compile(r"<[^>]*>$")
_TYPE = re.compile(r"<http://www\.w3\.org/1999/02/22-rdf-syntax-ns#type> <([^>]*)> \.")
_SUBCLASS = re.compile(r"^<([^>]*)> <http://www\.w3\.org/2000/01/rdf-schema#subClassOf> <([^>]*)> \.", re.MULTILINE)
_JAPANESE = re.compile(r"[\u3040-\u30ff\u4e00-\u9fff]")
_SEVERITIES = {SH.NAMESPACE + severity.value: severity for severity in Severity}


@dataclass(frozen=True, slots=True)
class _Explanation:
    """What is the same in every result of one constraint of one shape."""

    sentence: Message
    own_message: bool
    shape: str | None
    suspect: bool
    name: Message | None
    example: str | None
    clause: str | None
    cause: str | None
    remedy: Message | None


class Compiled:
    """Shapes ready to validate; shared by threads.

    Attributes:
        report: what linting found.
        looks_forward: whether descriptions may share a run, see `shapes.together`.
    """

    def __init__(self, triples: Iterable[Triple], engine: Engine, *, trusted: bool) -> None:
        linted = lint(ShapesGraph(triples).named(), trusted=trusted)
        self._shapes, linted = _compiled(linted, engine)
        self.report: LintReport = linted.report
        self._graph = linted.graph
        self._suspects = linted.suspects
        self._targets = _Targets(linted.graph)
        self._paths: dict[str, str | None] = {}
        self._explanations: dict[tuple[str, str, str | None], _Explanation] = {}
        self.looks_forward = looks_forward(linted.graph)
        self._terms: Mapping[str, Term] = {str(shape): shape for shape in linted.graph.shapes}

    def run(self, data: str) -> list[Finding]:
        """Validate N-Triples; terms that the engine refuses are escaped for it and brought back.

        Raises:
            RunFailed: the engine gave up for another reason.
        """
        try:
            findings = self._shapes.run(data)
        except RunFailed:
            if (escaped := escape(data)) == data:
                raise
            findings = [_unescaped(finding) for finding in self._shapes.run(escaped)]
        return [self.placed(finding) for finding in findings]

    def placed(self, finding: Finding) -> Finding:
        """A finding with the path of its shape where the engine gave none, or a compound one in its own spelling."""
        if finding.path is not None and _SIMPLE_PATH.match(finding.path):
            return finding
        if finding.shape not in self._paths:
            self._paths[finding.shape] = self._path_of(finding.shape)
        path = self._paths[finding.shape]
        return finding if path == finding.path else replace(finding, path=path)

    def _path_of(self, shape: str) -> str | None:
        path = self._graph.one(self._terms[shape], SH.path) if shape in self._terms else None
        try:
            return None if path is None else path_text(self._graph, path)
        except PathMalformed:
            return None

    def has_focus(self, data: str) -> bool:
        """Whether any shape aims at a node of N-Triples text."""
        return self._targets.hit(data)

    def explained(self, finding: Finding) -> Result:
        """A finding in words for people."""
        key = (finding.shape, finding.component, finding.path)
        known = self._explanations.get(key)
        if known is None:
            known = self._explanations[key] = self._explain(finding)
        path, focus = finding.path, finding.focus
        severity = _SEVERITIES.get(finding.severity, Severity.VIOLATION)
        if known.suspect and severity is Severity.VIOLATION:
            severity = Severity.WARNING  # nobody can mend the data, so it must not be refused
        return Result(
            focus[1:-1] if focus[:1] == "<" else focus,
            path[1:-1] if path is not None and _SIMPLE_PATH.match(path) else path,
            finding.component,
            severity,
            finding.value,
            known.shape,
            "shape" if known.suspect else "data",
            _engine_message(finding.messages) if known.own_message else fill(known.sentence, finding.value),
            known.name,
            known.example,
            known.clause,
            known.cause,
            known.remedy,
        )

    def _explain(self, finding: Finding) -> _Explanation:
        graph = self._graph
        shape: Term = self._terms.get(finding.shape) or NamedNode("urn:renkei:no-shape")
        name = _texts(graph, shape, SH.name)
        path = short_path(finding.path) if finding.path else None
        sentence = template(graph, shape, finding.component, label(name, path))
        given = _texts(graph, shape, SH.message)
        if given is not None:
            languages = {text.language or "" for text in _literals(graph, shape, SH.message)}
            sentence = Message(
                given.ja if "ja" in languages else sentence.ja, given.en if languages - {"ja"} else sentence.en
            )
        custom = not finding.component.startswith(SH.NAMESPACE) or finding.component.endswith(
            "SPARQLConstraintComponent"
        )
        return _Explanation(
            sentence=sentence,
            own_message=custom and bool(finding.messages) and given is None,
            shape=owner.value if (owner := graph.named_owner(shape)) and shape in graph else None,
            suspect=shape in self._suspects,
            name=name,
            example=_text(graph, shape, RENKEI.example),
            clause=_text(graph, shape, RENKEI.clause),
            cause=_text(graph, shape, RENKEI.cause),
            remedy=_texts(graph, shape, RENKEI.remedy),
        )

    def skipped(self) -> list[Result]:
        """One piece of information for each kind of fault that linting found, counted; notes apart."""
        kinds: dict[str, list[LintFinding]] = {}
        for finding in self.report.findings:
            if finding.effect not in {"noted", "suspect"}:
                kinds.setdefault(finding.code, []).append(finding)
        return [_about_shapes(code, findings) for code, findings in kinds.items()]

    def unfetched(self) -> list[Result]:
        """What the shapes import, one by one: nothing is ever fetched."""
        return [_about_shapes("import", [finding]) for finding in self.report.of("import")]


def _compiled(linted: Linted, engine: Engine) -> tuple[CompiledShapes, Linted]:
    """Compile; where the engine refuses, find the shapes to blame one by one and leave them out."""
    try:
        return engine.compile(escape(linted.graph.bare().text)), linted
    except ShapesRefused as refusal:
        for shape in sorted(linted.graph.shapes, key=str):
            if (reason := _refused(engine, linted.graph, shape)) is not None:
                linted = without_shape(linted, shape, "engine", reason)
        try:
            return engine.compile(escape(linted.graph.bare().text)), linted
        except ShapesRefused:
            raise refusal from None


def _refused(engine: Engine, graph: ShapesGraph, shape: Term) -> str | None:
    """Why the engine refuses a shape by itself, the shapes it refers to left aside."""
    links = {(predicate, target) for predicate, target, _ in graph.references(shape)}
    queue, seen, triples = [shape], {shape}, list[Triple]()
    while queue:
        subject = queue.pop()
        for predicate, values in graph.about(subject).items():
            for value in values:
                if subject == shape and (predicate, value) in links:
                    continue
                triples.append(Triple(subject, predicate, value))  # type: ignore[arg-type]
                if value in graph and value not in seen and value not in graph.shapes:
                    seen.add(value)
                    queue.append(value)
    try:
        engine.compile(escape(ShapesGraph(triples).text))
    except ShapesRefused as refusal:
        return str(refusal)
    return None


class _Targets:
    """What shapes aim at, to tell whether a text holds any of it."""

    def __init__(self, graph: ShapesGraph) -> None:
        def all_of(name: str) -> set[str]:
            return {target.value for shape in graph.shapes for target in graph.objects(shape, sh(name))}

        implicit = {shape.value for shape in graph.shapes if RDFS.Class in graph.objects(shape, RDF.type)}
        self._classes = all_of("targetClass") | implicit
        self._typings = [f"#type> <{iri}> ." for iri in self._classes]
        self._nodes = bool(all_of("targetNode"))
        self._predicates = [f"> <{iri}> " for iri in all_of("targetObjectsOf") | all_of("targetSubjectsOf")]
        self._predicates += [predicate[1:] for predicate in self._predicates]  # after a blank node there is no bracket

    def hit(self, data: str) -> bool:
        if self._nodes or any(text in data for text in (*self._typings, *self._predicates)):
            return True
        types = set(_TYPE.findall(data))
        above: dict[str, set[str]] = {}
        for below, its in _SUBCLASS.findall(data):
            above.setdefault(below, set()).add(its)
        queue = list(types)
        while queue:
            new = above.pop(queue.pop(), set()) - types
            types |= new
            queue += new
        return not types.isdisjoint(self._classes)


def _unescaped(finding: Finding) -> Finding:
    value = None if finding.value is None else unescape(finding.value)
    return replace(finding, focus=unescape(finding.focus), value=value)


def _literals(graph: ShapesGraph, shape: Term, predicate: NamedNode) -> list[Literal]:
    return [text for text in graph.objects(shape, predicate) if isinstance(text, Literal)]


def _texts(graph: ShapesGraph, shape: Term, predicate: NamedNode) -> Message | None:
    """Literals in both languages; one language alone stands for the other."""
    texts = _literals(graph, shape, predicate)
    if not texts:
        return None
    by_language = {(text.language or "").split("-")[0]: text.value for text in texts}
    english = by_language.get("en") or by_language.get("") or texts[0].value
    return Message(by_language.get("ja", english), english)


def _text(graph: ShapesGraph, shape: Term, predicate: NamedNode) -> str | None:
    value = graph.one(shape, predicate)
    return None if value is None else value.value


def _engine_message(messages: tuple[str, ...]) -> Message:
    """Messages of a SPARQL constraint come filled in but without their languages."""
    japanese = next((text for text in messages if _JAPANESE.search(text)), None)
    english = next((text for text in messages if text != japanese), messages[0])
    return Message(japanese or english, english)


def _about_shapes(code: str, findings: list[LintFinding]) -> Result:
    first, count = findings[0], sum(found.times for found in findings)
    more = Message(f"（ほか{count - 1}件）", f" (and {count - 1} more)") if count > 1 else Message("", "")
    message = Message(first.message.ja + more.ja, first.message.en + more.en)
    place = first.shape or first.file or "urn:renkei:shapes"
    return Result(
        place, None, SKIPPED_SHAPES, Severity.INFO, None, first.shape, "shape", message, cause=f"shape-{code}"
    )
