"""Faults of shapes themselves: found before anything is validated, named, and taken out of what is compiled.

Official shape files hold such faults (206 references to shapes that do not exist in one of them); engines abort on
some, pass over others in silence, and let a misspelt `sh:minCont` conform.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Literal as OneOf

from pyoxigraph import BlankNode, NamedNode, Triple

from ontology.messages import Message
from ontology.terms import OWL, RDF, RDFS, SH
from shapes.graph import SHAPE_LISTS, TARGETS, ShapesGraph, Term, is_named, sh
from shapes.lint_rules import contradictions, faults_of
from shapes.paths import PathMalformed, path_text, short_path
from shapes.shacl_terms import CONSTRAINTS, KNOWN, SCRIPTS

Effect = OneOf["skipped", "refused", "suspect", "noted", "unreadable"]


@dataclass(frozen=True, slots=True)
class LintFinding:
    """One fault of a shape.

    Attributes:
        code: kind of fault, a key of `MESSAGES`.
        effect: "skipped" (the shape is not compiled), "refused" (this constraint may not run here), "suspect" (its
            results are laid to the shape), "noted" (no effect), "unreadable" (the file is left out).
        shape: IRI of the shape, or where it stands if it has none.
        file: file that declares it, if known.
        line: of a syntax error, from 1.
        column: of a syntax error, from 1.
        times: how often it occurs: nameless shapes of one path look the same to people, who are told once.
    """

    code: str
    effect: Effect
    shape: str | None
    message: Message
    file: str | None = None
    line: int | None = None
    column: int | None = None
    times: int = 1


@dataclass(frozen=True, slots=True)
class LintReport:
    """What linting found.

    Attributes:
        shapes: how many shapes with a target are left to validate with; with none a profile is of no use.
    """

    findings: tuple[LintFinding, ...]
    shapes: int

    @property
    def usable(self) -> bool:
        """Whether anything can be validated with these shapes."""
        return self.shapes > 0

    def of(self, code: str) -> tuple[LintFinding, ...]:
        """Findings of one kind."""
        return tuple(finding for finding in self.findings if finding.code == code)


@dataclass(frozen=True, slots=True)
class Linted:
    """A shapes graph without its faulty shapes.

    Attributes:
        suspects: shapes that no data can satisfy.
    """

    graph: ShapesGraph
    suspects: frozenset[Term]
    report: LintReport


def lint(graph: ShapesGraph, *, trusted: bool) -> Linted:
    """Find the faults of a shapes graph and take the faulty shapes out.

    Args:
        trusted: whether SPARQL constraints are kept; foreign ones run without bound (security.md §0, finding 11).
    """
    findings, dropped = _forbidden(graph, trusted)
    faults = {shape: found for shape in graph.shapes if (found := tuple(faults_of(graph, shape)))}
    findings += [finding(fault.code, graph, shape, fault.detail) for shape, its in faults.items() for fault in its]
    dropped |= _of_shapes(graph, set(faults)) | _unknown_terms(graph, findings)
    dangling = {referred for s in graph.shapes for _, _, referred in graph.references(s) if referred not in graph}
    dropped |= _references(graph, set(faults) | dangling, findings)
    kept = graph.without(dropped)
    suspects = {shape: text for shape in kept.shapes if (text := contradictions(kept, shape))}
    findings += [finding("contradiction", kept, shape, text) for shape, text in suspects.items()]
    findings += _idle(kept)
    told = tuple(replace(found, times=times) for found, times in Counter(findings).items())
    return Linted(kept, frozenset(suspects), LintReport(told, _targeted(kept)))


def without_shape(linted: Linted, shape: Term, code: str, detail: str) -> Linted:
    """Take one more faulty shape out."""
    findings = [*linted.report.findings, finding(code, linted.graph, shape, detail)]
    dropped = _of_shapes(linted.graph, {shape}) | _references(linted.graph, {shape}, findings)
    kept = linted.graph.without(dropped)
    return replace(linted, graph=kept, report=LintReport(tuple(findings), _targeted(kept)))


def finding(code: str, graph: ShapesGraph, shape: Term, detail: str = "") -> LintFinding:
    """A finding about a shape, in words."""
    place = place_of(graph, shape)
    effect, sentence = MESSAGES[code]
    filled = (text.replace("{shape}", place).replace("{detail}", detail) for text in (sentence.ja, sentence.en))
    return LintFinding(code, effect, place, Message(*filled))


def no_shapes() -> LintFinding:
    """The finding about shapes files that hold nothing to validate with."""
    effect, message = MESSAGES["no-shapes"]
    return LintFinding("no-shapes", effect, None, message)


def place_of(graph: ShapesGraph, shape: Term) -> str:
    """A shape as people find it: its IRI, or the path of a nameless one with the shape around it."""
    if isinstance(shape, NamedNode) and is_named(shape):
        return shape.value
    paths = graph.objects(shape, SH.path)
    try:
        path = short_path(path_text(graph, paths[0])) if paths else ""
    except PathMalformed:
        path = "?"
    around = graph.named_owner(shape)
    return f"{around.value if around else ''}[{path}]"


def _targeted(graph: ShapesGraph) -> int:
    classes = {shape for shape in graph.shapes if RDFS.Class in graph.objects(shape, RDF.type)}
    return len(classes | {shape for shape in graph.shapes if any(graph.objects(shape, target) for target in TARGETS)})


def _forbidden(graph: ShapesGraph, trusted: bool) -> tuple[list[LintFinding], set[Triple]]:
    """Scripts, SPARQL targets, and SPARQL constraints of people who are not trusted with them."""
    findings, dropped = [], set()
    scripts = {sh(name) for name in SCRIPTS}
    validators = {sh("validator"), sh("nodeValidator"), sh("propertyValidator")}
    for triple in graph.triples:
        code = None
        if triple.predicate in scripts:
            code = "script"
        elif triple.predicate == sh("target"):
            code = "computed-target"
        elif triple.predicate == sh("rule"):
            code = "rule"
        elif not trusted and (triple.predicate == sh("sparql") or triple.predicate in validators):
            code = "sparql"
        elif triple.predicate == OWL.imports:
            code = "import"
        if code is not None:
            if MESSAGES[code][0] == "refused":
                dropped.add(triple)
            findings.append(finding(code, graph, _subject(triple), str(triple.object)))
    return findings, dropped


def _subject(triple: Triple) -> Term:
    assert isinstance(triple.subject, NamedNode | BlankNode)
    return triple.subject


def _unknown_terms(graph: ShapesGraph, findings: list[LintFinding]) -> set[Triple]:
    """Statements with terms that SHACL does not have: engines would pass over them in silence."""
    dropped = set()
    for triple in graph.triples:
        term = triple.object if triple.predicate == RDF.type else triple.predicate
        if not isinstance(term, NamedNode) or not term.value.startswith(SH.NAMESPACE):
            continue
        name = term.value.removeprefix(SH.NAMESPACE)
        if name in KNOWN or name.endswith("ConstraintComponent"):
            continue
        dropped.add(triple)
        findings.append(finding("unknown-term", graph, _subject(triple), f"sh:{name}"))
    return dropped


def _of_shapes(graph: ShapesGraph, shapes: set[Term]) -> set[Triple]:
    return {triple for triple in graph.triples if triple.subject in shapes}


def _references(graph: ShapesGraph, faulty: set[Term], findings: list[LintFinding]) -> set[Triple]:
    """References to shapes that are faulty or do not exist; of a list the whole constraint goes, or it would change."""
    dropped = set()
    for shape in graph.shapes:
        for predicate, target, referred in graph.references(shape):
            if referred not in faulty:
                continue
            dropped.add(Triple(shape, predicate, target))  # type: ignore[arg-type]
            if referred not in graph and shape not in faulty:
                code = "dangling-property" if predicate == SH.property else "dangling-shape"
                findings.append(finding(code, graph, shape, str(referred)))
            elif predicate in SHAPE_LISTS or predicate != SH.property:
                findings.append(finding("depends-on-faulty", graph, shape, place_of(graph, referred)))
    return dropped


def _idle(graph: ShapesGraph) -> Iterator[LintFinding]:
    """Shapes that can never report anything."""
    referred = {target for shape in graph.shapes for _, _, target in graph.references(shape)}
    parameters = set(_declared_parameters(graph))
    for shape in graph.shapes:
        about = graph.about(shape)
        says = any(_local(predicate) in CONSTRAINTS or predicate in parameters for predicate in about)
        aimed = any(target in about for target in TARGETS) or RDFS.Class in about.get(RDF.type, [])
        if not says:
            yield finding("empty", graph, shape)
        elif not aimed and shape not in referred and not graph.objects(shape, SH.path):
            yield finding("no-target", graph, shape)


def _declared_parameters(graph: ShapesGraph) -> Iterable[Term]:
    """Parameters of constraint components that the graph itself declares."""
    for triple in graph.triples:
        if triple.predicate == sh("parameter") and isinstance(triple.object, NamedNode | BlankNode):
            yield from graph.objects(triple.object, SH.path)


def _local(predicate: NamedNode) -> str:
    return predicate.value.removeprefix(SH.NAMESPACE)


MESSAGES: dict[str, tuple[Effect, Message]] = {
    "syntax": ("unreadable", Message("読み取れません：{detail}", "cannot be read: {detail}")),
    "dangling-property": (
        "skipped",
        Message(
            "{shape} が参照する {detail} は定義されていません。", "{shape} refers to {detail}, which is not defined."
        ),
    ),
    "dangling-shape": (
        "skipped",
        Message(
            "{shape} が参照するシェイプ {detail} は定義されていません。",
            "{shape} refers to the shape {detail}, which is not defined.",
        ),
    ),
    "depends-on-faulty": (
        "skipped",
        Message(
            "{shape} の条件は、不備のある {detail} に依存するため使いません。",
            "A constraint of {shape} rests on {detail}, which is faulty, and is left out.",
        ),
    ),
    "no-path": (
        "skipped",
        Message("プロパティシェイプ {shape} に sh:path がありません。", "The property shape {shape} has no sh:path."),
    ),
    "path": (
        "skipped",
        Message("{shape} の sh:path が正しくありません：{detail}", "The sh:path of {shape} is malformed: {detail}."),
    ),
    "repeated": (
        "skipped",
        Message("{shape} の {detail} は一つだけ書けます。", "{shape} may have one {detail} only."),
    ),
    "parameter": (
        "skipped",
        Message("{shape} の {detail} の値が正しくありません。", "{shape} has a malformed value of {detail}."),
    ),
    "unknown-term": (
        "skipped",
        Message(
            "{shape} の {detail} はSHACLの語ではないため、無視します。",
            "{shape} uses {detail}, which is no term of SHACL; that statement is left out.",
        ),
    ),
    "engine": (
        "skipped",
        Message("{shape} は検証エンジンが受け付けません：{detail}", "{shape} cannot be compiled: {detail}"),
    ),
    "script": (
        "refused",
        Message("{shape} のスクリプトは実行しません。", "{shape} holds a script or expression, which never runs here."),
    ),
    "computed-target": (
        "refused",
        Message(
            "{shape} の計算による対象（sh:target）は使えません。",
            "{shape} has a computed target (sh:target), which is refused.",
        ),
    ),
    "sparql": (
        "refused",
        Message(
            "{shape} のSPARQL制約は、信頼された持ち込みでのみ使えます。",
            "{shape} has a SPARQL constraint, which only trusted shapes may have.",
        ),
    ),
    "no-shapes": (
        "refused",
        Message(
            "対象 (sh:targetClass など) を持つシェイプが一つもないので、何も検証できません。",
            "There is no shape with a target (sh:targetClass, …) here, so nothing can be validated with it.",
        ),
    ),
    "rule": ("noted", Message("{shape} の sh:rule は適用しません。", "The sh:rule of {shape} is not applied.")),
    "import": (
        "noted",
        Message("owl:imports {detail} は取得しません。", "owl:imports {detail} is not fetched; add that file too."),
    ),
    "empty": ("noted", Message("{shape} には条件がありません。", "{shape} holds no constraint.")),
    "no-target": (
        "noted",
        Message("{shape} には対象がなく、参照もされていません。", "{shape} has no target and nothing refers to it."),
    ),
    "contradiction": (
        "suspect",
        Message("{shape} の条件は同時に満たせません：{detail}", "No data can satisfy {shape}: {detail}."),
    ),
}
"""Effect and sentence of each kind of finding."""
