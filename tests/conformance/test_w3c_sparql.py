"""The W3C SPARQL suites on the whole path of a foreign query: scan, worker, serialisation.

What fails is listed with its reason in docs/conformance-sparql.md; the test fails when the list is not exactly true.
"""

import csv
import io
import re
import tarfile
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urljoin

import pytest
from pyoxigraph import (
    BlankNode,
    CanonicalizationAlgorithm,
    Dataset,
    DefaultGraph,
    Literal,
    NamedNode,
    Quad,
    QueryBoolean,
    QueryResultsFormat,
    RdfFormat,
    Store,
    Triple,
    parse,
    parse_query_results,
    serialize,
)

from catalog.sparql import Sparql
from catalog.sparql_errors import SparqlError, SparqlForbidden, SparqlRefused, SparqlSyntax, SparqlTooComplex
from stores.graphs import GraphChange, Graphs, open_graphs

pytestmark = pytest.mark.anyio
TABLE = Path(__file__).parents[2] / "docs/conformance-sparql.md"
MF = "http://www.w3.org/2001/sw/DataAccess/tests/test-manifest#"
QT = "http://www.w3.org/2001/sw/DataAccess/tests/test-query#"
RS = "http://www.w3.org/2001/sw/DataAccess/tests/result-set#"
RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
ENTAILMENT = NamedNode("http://www.w3.org/ns/sparql-service-description#entailmentRegime")
# The suites name their files relative to where W3C publishes them.
HOME = "https://w3c.github.io/rdf-tests/"
SUITES = {
    "1.0": ["sparql/sparql10/manifest-evaluation.ttl", "sparql/sparql10/manifest-syntax.ttl"],
    "1.1": ["sparql/sparql11/manifest-sparql11-query.ttl", "sparql/sparql11/manifest-sparql11-results.ttl"],
    "1.2": ["sparql/sparql12/manifest.ttl"],
}
KINDS = {"QueryEvaluationTest", "CSVResultFormatTest", "PositiveSyntaxTest", "NegativeSyntaxTest"}
FORMATS = {".srx": "xml", ".srj": "json", ".csv": "csv", ".tsv": "tsv"}
RESULTS = {
    "xml": QueryResultsFormat.XML,
    "json": QueryResultsFormat.JSON,
    "tsv": QueryResultsFormat.TSV,
}
RDF_FORMATS = {
    ".nq": RdfFormat.N_QUADS,
    ".ttl": RdfFormat.TURTLE,
    ".rdf": RdfFormat.RDF_XML,
    ".nt": RdfFormat.N_TRIPLES,
    ".trig": RdfFormat.TRIG,
}


@dataclass
class Case:
    name: str
    kind: str
    query: str
    data: tuple[tuple[str, str], ...] = ()  # (graph, file), "" is the default graph
    result: str | None = None


@dataclass
class Suite:
    root: Path
    cases: list[Case] = field(default_factory=list)

    def path(self, iri: str) -> Path:
        return self.root / iri.removeprefix(HOME)

    def read(self, manifest: str) -> None:
        store = Store()
        text = self.path(manifest).read_bytes()
        store.extend(parse(text, format=RdfFormat.TURTLE, base_iri=manifest, rename_blank_nodes=True))
        for quad in store.quads_for_pattern(None, NamedNode(MF + "include"), None):
            for included in _items(store, quad.object):
                self.read(included.value)
        for quad in store.quads_for_pattern(None, NamedNode(MF + "entries"), None):
            for entry in _items(store, quad.object):
                self._add(store, entry, manifest)

    def _add(self, store: Store, entry: NamedNode, manifest: str) -> None:
        types = [q.object.value for q in store.quads_for_pattern(entry, NamedNode(RDF + "type"), None)]  # type: ignore[union-attr]
        kind = next((t.removeprefix(MF).removesuffix("11") for t in types if t.startswith(MF)), "")
        action = _one(store, entry, MF + "action")
        if kind not in KINDS or next(store.quads_for_pattern(action, ENTAILMENT, None), None):  # type: ignore[arg-type]
            return
        folder = "/".join(manifest.split("/")[-3:-1])
        name = f"{folder}/{re.split('[#/]', entry.value)[-1]}".removeprefix("sparql")
        query = action if isinstance(action, NamedNode) else _one(store, action, QT + "query")
        assert isinstance(query, NamedNode)
        result = _one(store, entry, MF + "result")
        self.cases.append(
            Case(name, kind, query.value, self._data(store, action, query.value), getattr(result, "value", None))
        )

    def _data(self, store: Store, action: object, query: str) -> tuple[tuple[str, str], ...]:
        if isinstance(action, NamedNode):
            return ()
        default = [("", q.object.value) for q in store.quads_for_pattern(action, NamedNode(QT + "data"), None)]  # type: ignore
        graphs = [q.object.value for q in store.quads_for_pattern(action, NamedNode(QT + "graphData"), None)]  # type: ignore
        text = self.path(query).read_text("utf-8")
        named = re.findall(r"^\s*FROM\s+(?:NAMED\s+)?<([^>]+)>", text, re.MULTILINE | re.IGNORECASE)
        chosen = {urljoin(query, iri) for iri in named if not default}
        return (*default, *((iri, iri) for iri in sorted({*graphs, *chosen})))


def _one(store: Store, subject: object, predicate: str) -> NamedNode | BlankNode | Literal | None:
    quad = next(store.quads_for_pattern(subject, NamedNode(predicate), None), None)  # type: ignore[arg-type]
    return None if quad is None else quad.object  # type: ignore[return-value]


def _items(store: Store, node: object) -> Iterator[NamedNode]:
    while node is not None and getattr(node, "value", "") != RDF + "nil":
        yield _one(store, node, RDF + "first")  # type: ignore[misc]
        node = _one(store, node, RDF + "rest")


# --- comparing --------------------------------------------------------------------------------------------------------

Row = Mapping[str, object]


@dataclass
class Expected:
    """A boolean, rows or triples; in the strict sense, and as the store folds literals."""

    truth: bool | None = None
    rows: list[Row] | None = None
    triples: list[Triple] | None = None


def _parsed(path: Path, base_iri: str, syntax: str | None = None, body: bytes | None = None) -> Expected:
    data = path.read_bytes() if body is None else body
    form = syntax or FORMATS.get(path.suffix)
    if form in RESULTS:
        found = parse_query_results(data, format=RESULTS[form])
        if isinstance(found, QueryBoolean):
            return Expected(truth=bool(found))
        names = [variable.value for variable in found.variables]
        return Expected(rows=[{n: row[n] for n in names if row[n] is not None} for row in found])
    form_rdf = RdfFormat.TURTLE if syntax == "turtle" else RDF_FORMATS[path.suffix]
    store = Store()
    triples = [q.triple for q in parse(data, format=form_rdf, base_iri=base_iri)]
    store.extend(Quad(t.subject, t.predicate, t.object) for t in triples)
    sets = [q.subject for q in store.quads_for_pattern(None, NamedNode(RDF + "type"), NamedNode(RS + "ResultSet"))]
    return _result_set(store, sets[0]) if sets and syntax is None else Expected(triples=triples)


def _result_set(store: Store, node: object) -> Expected:
    truth = _one(store, node, RS + "boolean")
    if truth is not None:
        return Expected(truth=truth.value == "true")
    rows = []
    for solution in store.quads_for_pattern(node, NamedNode(RS + "solution"), None):  # type: ignore[arg-type]
        index = _one(store, solution.object, RS + "index")
        bindings = [q.object for q in store.quads_for_pattern(solution.object, NamedNode(RS + "binding"), None)]  # type: ignore
        row = {_one(store, b, RS + "variable").value: _one(store, b, RS + "value") for b in bindings}  # type: ignore[union-attr]
        rows.append((int(index.value) if index else 0, row))
    return Expected(rows=[row for _, row in sorted(rows, key=lambda pair: pair[0])])


def _folded(expected: Expected, graphs: Graphs) -> Expected:
    """What is expected, with every literal as the store would give it back."""

    def fold(term: object) -> object:
        if isinstance(term, Triple):
            return Triple(fold(term.subject), term.predicate, fold(term.object))  # type: ignore[arg-type]
        if not isinstance(term, Literal):
            return term
        line = graphs.stored_form([f"<http://s/> <http://p/> {term} ."])[0]
        return next(parse((line or "").encode(), format=RdfFormat.N_TRIPLES)).object if line else term

    rows = expected.rows and [{name: fold(term) for name, term in row.items()} for row in expected.rows]
    triples = expected.triples and [fold(t) for t in expected.triples]  # type: ignore[misc]
    return Expected(expected.truth, rows, triples)


def _same(a: Expected, b: Expected, ordered: bool) -> bool:
    if a.rows is not None and b.rows is not None:
        if ordered and [_masked(row) for row in a.rows] != [_masked(row) for row in b.rows]:
            return False
        return _canonical(_row_triples(a.rows)) == _canonical(_row_triples(b.rows))
    if a.triples is not None and b.triples is not None:
        return _canonical(a.triples) == _canonical(b.triples)
    return a.truth is not None and a.truth == b.truth


def _distinct(result: Expected) -> Expected:
    rows = result.rows and list({str(sorted(_masked(row).items())): row for row in result.rows}.values())
    return Expected(result.truth, rows, result.triples)


def _csv_rows(body: bytes) -> Counter[frozenset[tuple[str, str]]]:
    """Rows by column name, blank node labels masked."""
    rows = csv.DictReader(io.StringIO(body.decode(), newline=""))
    return Counter(frozenset((n, "_:" if v.startswith("_:") else v) for n, v in row.items()) for row in rows)


def _masked(row: Row) -> dict[str, str]:
    return {name: "_:" if isinstance(term, BlankNode) else str(term) for name, term in row.items()}


def _row_triples(rows: Iterable[Row]) -> list[Triple]:
    """Rows as a graph: equal rows without blank nodes are counted, so that canonical form has little to do."""
    triples = []
    plain = Counter(str(sorted(_masked(row).items())) for row in rows if not any("_:" in str(t) for t in row.values()))
    triples += [Triple(NamedNode("urn:rows"), NamedNode("urn:row"), Literal(f"{n} {row}")) for row, n in plain.items()]
    for row in rows:
        if any("_:" in str(t) for t in row.values()):
            node = BlankNode()
            triples += [Triple(node, NamedNode("urn:row"), Literal("row"))]
            triples += [Triple(node, NamedNode(f"urn:{name}"), term) for name, term in row.items()]  # type: ignore[arg-type]
    return triples


def _canonical(triples: Iterable[Triple]) -> set[str]:
    dataset = Dataset(Quad(t.subject, t.predicate, t.object, DefaultGraph()) for t in triples)
    dataset.canonicalize(CanonicalizationAlgorithm.UNSTABLE)
    return {str(quad) for quad in dataset}


# --- running ----------------------------------------------------------------------------------------------------------


class Runner:
    """One store that is filled for each case, and the service that is asked."""

    def __init__(self, suite: Suite, graphs: Graphs) -> None:
        self._suite, self._graphs = suite, graphs
        self._sparql = Sparql(graphs, open_dataset=True)
        self._filled: tuple[tuple[str, str], ...] = ()
        self._cursor = 0

    async def close(self) -> None:
        await self._sparql.close()

    async def outcome(self, case: Case) -> str:
        """`passed`, or why not."""
        await self._fill(case.data)
        text = self._suite.path(case.query).read_bytes().decode("utf-8")
        accept = FORMATS.get(Path(case.result or "").suffix, "json") + ", turtle"
        try:
            answer = await self._sparql.query(text, audiences=["public"], accept=accept, base_iri=case.query)
        except SparqlRefused as refusal:
            return self._refused(case, refusal)
        except SparqlError as error:
            # A function that does not exist is no fault of syntax.
            return "passed" if case.kind == "PositiveSyntaxTest" else f"error: {error}"
        if case.kind == "NegativeSyntaxTest":
            return "accepted"
        return self._compared(case, text, answer.media_type, answer.body) if case.result else "passed"

    @staticmethod
    def _refused(case: Case, refusal: SparqlRefused) -> str:
        if isinstance(refusal, SparqlTooComplex | SparqlForbidden) and case.kind != "NegativeSyntaxTest":
            return f"scan: {refusal}"
        if isinstance(refusal, SparqlSyntax | SparqlForbidden) and case.kind == "NegativeSyntaxTest":
            return "passed"
        return f"refused: {refusal}"

    def _compared(self, case: Case, text: str, media_type: str, body: bytes) -> str:
        path = self._suite.path(case.result or "")
        if path.suffix == ".csv":
            expected, actual = _csv_rows(path.read_bytes()), _csv_rows(body)
            return "passed" if expected == actual else f"differs: {actual}"
        syntax = {"xml": "xml", "tab": "tsv", "turtle": "turtle"}.get(
            re.split("[/+;-]", media_type.partition("/")[2])[0], "xml" if media_type.endswith("xml") else "json"
        )
        assert case.result is not None
        actual_result, wanted = _parsed(path, case.result, syntax, body), _parsed(path, case.result)
        if "reduced" in case.query:  # REDUCED may drop as many duplicates as it likes
            actual_result, wanted = _distinct(actual_result), _distinct(wanted)
        ordered = bool(re.search(r"ORDER\s+BY", text.rpartition("}")[2], re.IGNORECASE))  # not a sub-select's
        if _same(actual_result, wanted, ordered):
            return "passed"
        return "literals" if _same(actual_result, _folded(wanted, self._graphs), ordered) else f"differs: {body!r}"

    async def _fill(self, data: tuple[tuple[str, str], ...]) -> None:
        if data == self._filled:
            return
        self._cursor += 1
        removed = [
            GraphChange(audience, remove=list(self._graphs.lines(audience))) for audience in self._graphs.audiences()
        ]
        added = [GraphChange(audience, add=lines) for audience, lines in self._lines(data).items()]
        assert await self._graphs.apply([*removed, *added], self._cursor) == 0
        self._filled = data

    def _lines(self, data: Sequence[tuple[str, str]]) -> Mapping[str, list[str]]:
        lines: dict[str, list[str]] = defaultdict(list)
        for graph, file in data:
            form = RDF_FORMATS[Path(file).suffix]
            body = self._suite.path(file).read_bytes()
            for quad in parse(body, format=form, base_iri=file, rename_blank_nodes=True):
                inner = quad.graph_name.value if isinstance(quad.graph_name, NamedNode) else graph
                text = serialize([quad.triple], format=RdfFormat.N_TRIPLES) or b""
                lines[f"graph/{inner}" if inner else "public"].append(text.decode().strip())
        return lines


@pytest.fixture(scope="module")
def root(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("w3c")
    with tarfile.open(shared / "data/dcat/testsuites/w3c-sparql.tar.gz") as archive:
        archive.extractall(folder, filter="data")
    return folder


@pytest.fixture
async def graphs() -> AsyncIterator[Graphs]:
    graphs = await open_graphs(None)
    yield graphs
    await graphs.close()


def listed(version: str) -> dict[str, str]:
    """Exceptions of one suite in the table of the document: case and the kind of its reason."""
    rows = re.findall(r"^\| `(1\.\d) (\S+)` \| (\w+)", TABLE.read_text("utf-8"), re.MULTILINE)
    return {case: reason for suite, case, reason in rows if suite == version}


@pytest.mark.parametrize("version", SUITES)
async def test_every_case_passes_or_is_listed_with_its_reason(version: str, root: Path, graphs: Graphs) -> None:
    suite = Suite(root)
    for manifest in SUITES[version]:
        suite.read(HOME + manifest)
    runner = Runner(suite, graphs)
    outcomes = {
        case.name.partition("/")[2]: await runner.outcome(case) for case in sorted(suite.cases, key=lambda c: c.data)
    }
    await runner.close()
    failed = {case: outcome.partition(":")[0] for case, outcome in outcomes.items() if outcome != "passed"}
    assert f"| {version} | {len(outcomes)} | {len(outcomes) - len(failed)} |" in TABLE.read_text("utf-8"), outcomes
    assert failed == listed(version)
