"""Both engines behind the port: labels of blank nodes, terms that no engine takes, one answer from both."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shapes.apart import quick_engine, reference_engine
from shapes.engine import CompiledShapes, Engine
from shapes.errors import RunFailed, ShapesRefused
from shapes.escaping import escape, escape_iri, unescape, unescape_iri

SHAPES = """<http://s/S> <http://www.w3.org/ns/shacl#targetSubjectsOf> <http://d/l> .
<http://s/S> <http://www.w3.org/ns/shacl#property> <http://s/P> .
<http://s/P> <http://www.w3.org/ns/shacl#path> <http://d/l> .
<http://s/P> <http://www.w3.org/ns/shacl#in> _:list .
_:list <http://www.w3.org/1999/02/22-rdf-syntax-ns#first> "never" .
_:list <http://www.w3.org/1999/02/22-rdf-syntax-ns#rest> <http://www.w3.org/1999/02/22-rdf-syntax-ns#nil> .
"""
ENGINES = [engine for engine in (quick_engine(), reference_engine()) if engine]


@pytest.fixture(params=ENGINES, ids=lambda engine: engine.name.split()[0])
def compiled(request: pytest.FixtureRequest) -> CompiledShapes:
    engine: Engine = request.param
    return engine.compile(SHAPES)


def test_a_finding_says_focus_path_component_value_and_shape(compiled: CompiledShapes) -> None:
    (finding,) = compiled.run('<http://d/a> <http://d/l> "x"@en .\n')
    assert (finding.focus, finding.path, finding.value) == ("<http://d/a>", "<http://d/l>", '"x"@en')
    assert finding.component == "http://www.w3.org/ns/shacl#InConstraintComponent"
    assert (finding.severity, finding.shape) == ("http://www.w3.org/ns/shacl#Violation", "<http://s/P>")


def test_literals_keep_their_lexical_form(compiled: CompiledShapes) -> None:
    (finding,) = compiled.run('<http://d/a> <http://d/l> "01.50"^^<http://www.w3.org/2001/XMLSchema#decimal> .\n')
    assert finding.value == '"01.50"^^<http://www.w3.org/2001/XMLSchema#decimal>'


def test_text_that_is_no_shapes_graph_is_refused(compiled: CompiledShapes) -> None:
    for engine in ENGINES:
        with pytest.raises(ShapesRefused):
            engine.compile("no triple")


def test_the_quick_engine_refuses_a_bad_iri_and_takes_it_escaped() -> None:
    text = '<http://d/a b> <http://d/l> "x" .\n'
    compiled = ENGINES[0].compile(SHAPES)
    if len(ENGINES) == 2:
        with pytest.raises(RunFailed):
            compiled.run(text)
    (finding,) = compiled.run(escape(text))
    assert unescape(finding.focus) == "<http://d/a b>"


@given(st.permutations([f"r{number}" for number in range(12)]), st.data())
@settings(max_examples=40, deadline=None)
def test_blank_nodes_keep_the_labels_given(labels: list[str], data: st.DataObject) -> None:
    linked = [f"_:{one} <http://d/q> _:{other} ." for one, other in zip(labels, reversed(labels), strict=True)]
    told = [f'_:{label} <http://d/l> "{label} _:trap" .' for label in labels]
    text = "\n".join(data.draw(st.permutations(linked + told))) + "\n"
    for engine in ENGINES:
        found = {finding.focus: finding.value for finding in engine.compile(SHAPES).run(text)}
        assert found == {f"_:{label}": f'"{label} _:trap"' for label in labels}


@given(st.text(st.characters(exclude_categories=("Cs",), exclude_characters=">\n"), min_size=1))
def test_every_iri_comes_back_from_its_escaped_form(iri: str) -> None:
    assert unescape_iri(escape_iri(iri)) == iri


@pytest.mark.parametrize(
    "iri", ["http://x/a b", "no-scheme", "http://[x", "http://x/%zz", "http://x/{{d}}", "http://x/\ue000"]
)
def test_both_engines_take_the_escaped_form_of(iri: str) -> None:
    for engine in ENGINES:
        (finding,) = engine.compile(SHAPES).run(escape(f"<{iri}> <http://d/l> <{iri}> .\n"))
        assert (unescape(finding.focus), unescape(finding.value or "")) == (f"<{iri}>", f"<{iri}>")


def test_a_language_tag_that_rdf_cannot_hold_comes_back_as_given() -> None:
    (finding,) = ENGINES[0].compile(SHAPES).run(escape('<http://d/a> <http://d/l> "x"@en_us .\n'))
    assert unescape(finding.value or "") == '"x"@en_us'


def test_triple_terms_are_left_out_for_the_engines() -> None:
    text = '<http://d/a> <http://d/l> <<( <http://d/a> <http://d/b> "c" )>> .\n<http://d/a> <http://d/l> "<<x" .\n'
    (finding,) = ENGINES[0].compile(SHAPES).run(escape(text))
    assert finding.value == '"<<x"'
