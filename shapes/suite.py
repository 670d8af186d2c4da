"""The W3C SHACL test suite: cases read from its manifests, scored with every field of every result compared.

`python -m shapes.suite ARCHIVE FILE` scores both engines and writes the table of results.
"""

import sys
import tarfile
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from pyoxigraph import NamedNode, RdfFormat, Triple, parse

from ontology.terms import RDF, SH
from shapes.apart import quick_engine, reference_engine
from shapes.compiled import Compiled
from shapes.engine import Engine, Finding
from shapes.errors import RunFailed, ShapesRefused
from shapes.graph import ShapesGraph, Term, n_triples, unnamed_label
from shapes.paths import path_text

_BASE = "http://suite.example/"
_MF = "http://www.w3.org/2001/sw/DataAccess/tests/test-manifest#"
_SHT = "http://www.w3.org/ns/shacl-test#"

Row = tuple[str, str | None, str | None, str, str, str]
"""Focus, path, value, severity, component, source shape."""


@dataclass(frozen=True)
class Case:
    """One test.

    Attributes:
        name: path without extension, `core/node/and-001`.
        rows: the results of the expected report, counted; None if the processor must report a failure.
    """

    name: str
    shapes: tuple[Triple, ...]
    data: tuple[Triple, ...]
    rows: Counter[Row] | None


def cases(archive: Path) -> Iterator[Case]:
    """Every case of the suite, in the order of names."""
    files = {_BASE + name: content for name, content in _files(archive).items()}
    for address in sorted(files):
        graph = ShapesGraph(_parsed(address, files))
        for triple in graph.triples:
            if triple.predicate == RDF.type and triple.object == NamedNode(_SHT + "Validate"):
                assert isinstance(triple.subject, NamedNode)
                yield _case(address, graph, triple.subject, files)


def outcome(case: Case, engine: Engine) -> str:
    """What an engine makes of a case: "passes", or how it differs from what is expected."""
    try:
        compiled = Compiled(case.shapes, engine, trusted=True)
        failed = bool(compiled.report.of("engine"))
        found = Counter(_row(finding) for finding in compiled.run(n_triples(case.data)))
    except (ShapesRefused, RunFailed):
        failed, found = True, Counter()
    if case.rows is None:
        return "passes" if failed else "accepts what must be refused"
    if failed:
        return "refuses what is right"
    missing, extra = case.rows - found, found - case.rows
    return "passes" if not missing and not extra else f"{missing.total()} results missing, {extra.total()} too many"


def table(archive: Path, engines: Mapping[str, Engine]) -> str:
    """The scores of engines as Markdown."""
    found = {case.name: {name: outcome(case, engine) for name, engine in engines.items()} for case in cases(archive)}
    lines = [_HEAD, f"| part | cases | {' | '.join(engines)} |", "|---|---|" + "---|" * len(engines)]
    for part in ("core", "sparql"):
        names = [name for name in found if name.startswith(part)]
        passed = [sum(found[name][engine] == "passes" for name in names) for engine in engines]
        lines.append(f"| {part} | {len(names)} | {' | '.join(map(str, passed))} |")
    lines += ["", "Exceptions (the reasons stand in `tests/conformance/test_w3c_shacl.py`):", ""]
    for name, outcomes in found.items():
        lines += [f"- `{name}`, {engine}: {its}" for engine, its in outcomes.items() if its != "passes"]
    return "\n".join(lines) + "\n"


_HEAD = """# SHACL conformance

W3C SHACL test suite (w3c/data-shapes@ff9edb9). Every result is compared whole: focus node, path, value, severity,
component and source shape; linting included, as in production. Made by `python -m shapes.suite ARCHIVE FILE`.
"""


def _files(archive: Path) -> dict[str, bytes]:
    with tarfile.open(archive) as packed:
        members = [member for member in packed if member.name.endswith(".ttl")]
        return {member.name.removeprefix("tests/"): packed.extractfile(member).read() for member in members}  # type: ignore[union-attr]


def _parsed(address: str, files: Mapping[str, bytes]) -> tuple[Triple, ...]:
    quads = parse(files[address], format=RdfFormat.TURTLE, base_iri=address)
    return tuple(quad.triple for quad in quads)


def _case(address: str, graph: ShapesGraph, test: NamedNode, files: Mapping[str, bytes]) -> Case:
    action = graph.objects(test, NamedNode(_MF + "action"))[0]
    graphs = {}
    for name in ("shapesGraph", "dataGraph"):
        target = graph.objects(action, NamedNode(_SHT + name))[0].value
        graphs[name] = graph.triples if target == address else _parsed(target, files)
    expected = graph.objects(test, NamedNode(_MF + "result"))[0]
    rows = None if expected == NamedNode(_SHT + "Failure") else Counter(_expected(graph, expected))
    name = address.removeprefix(_BASE).removesuffix(".ttl")
    return Case(name, graphs["shapesGraph"], graphs["dataGraph"], rows)


def _expected(graph: ShapesGraph, report: Term) -> Iterator[Row]:
    for result in graph.objects(report, SH.result):
        path, value = graph.one(result, SH.resultPath), graph.one(result, SH.value)
        yield (
            str(graph.objects(result, SH.focusNode)[0]),
            None if path is None else path_text(graph, path),
            None if value is None else str(value),
            graph.objects(result, SH.resultSeverity)[0].value,
            graph.objects(result, SH.sourceConstraintComponent)[0].value,
            str(graph.one(result, SH.sourceShape) or ""),
        )


def _row(finding: Finding) -> Row:
    shape = unnamed_label(finding.shape) or finding.shape
    return (finding.focus, finding.path, finding.value, finding.severity, finding.component, shape)


def main(archive: str, file: str) -> None:
    """Write the table."""
    quick = quick_engine()
    engines = ({"shacl": quick} if quick else {}) | {"pySHACL": reference_engine()}
    Path(file).write_text(table(Path(archive), engines))


if __name__ == "__main__":
    main(*sys.argv[1:])
