"""A file is cut into descriptions, and the descriptions together are the file."""

import hashlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyoxigraph import BlankNode, Literal, NamedNode, RdfFormat, Triple, parse

from catalog.kinds import Kind
from catalog.parts import Part
from loaders.split import split, split_documents
from ontology.description import GENID, canonicalize, deskolemize, isomorphic, triples_of
from ontology.terms import DCAT, DCT, FOAF, RDF

PREFIXES = """
@base <http://x/> . @prefix dcat: <http://www.w3.org/ns/dcat#> . @prefix dct: <http://purl.org/dc/terms/> .
@prefix foaf: <http://xmlns.com/foaf/0.1/> . @prefix vcard: <http://www.w3.org/2006/vcard/ns#> .
@prefix odrl: <http://www.w3.org/ns/odrl/2/> . @prefix skos: <http://www.w3.org/2004/02/skos/core#> .
"""


def triples(turtle: str) -> list[Triple]:
    quads = parse((PREFIXES + turtle).encode(), RdfFormat.TURTLE, lenient=True, rename_blank_nodes=True)
    return [quad.triple for quad in quads]


def parts(turtle: str, source: str = "s") -> list[Part]:
    return list(split(triples(turtle), source=source))


def part(turtle: str, iri: str) -> str:
    return next(each.description.canonical for each in parts(turtle) if each.iri == iri and each.description)


def union(of: list[Part]) -> list[Triple]:
    together = []
    for number, each in enumerate(of):
        assert each.description
        text = each.description.canonical.replace("_:c14n", f"_:d{number}x")
        together += [deskolemize(triple) for triple in triples_of(text)]
    return together


CATALOG = """
<c> a dcat:Catalog ; dct:title "C" ; dcat:dataset <a> , <b> .
<a> a dcat:Dataset ; dct:title "A" ; dcat:distribution <a/csv> ; dcat:contactPoint <desk> ; dct:publisher <org> .
<b> a dcat:Dataset ; dct:title "B" ; dcat:contactPoint <desk> ; dct:license <licence> .
<a/csv> a dcat:Distribution ; dcat:accessURL <a.csv> . <desk> vcard:fn "Desk" .
<org> a foaf:Organization ; foaf:name "O" . <licence> dct:title "L" .
"""


def test_each_resource_has_a_description_of_its_kind() -> None:
    found = {each.iri.removeprefix("http://x/"): each.kind for each in parts(CATALOG)}
    assert found == {
        "c": Kind.CATALOG, "org": Kind.PARTICIPANT, "licence": Kind.RESOURCE, "a": Kind.DATASET, "b": Kind.DATASET,
    }  # fmt: skip


def test_catalogs_come_first_and_datasets_last() -> None:
    kinds = [each.kind for each in parts(CATALOG)]
    assert kinds[0] is Kind.CATALOG
    assert kinds[-2:] == [Kind.DATASET, Kind.DATASET]


def test_the_number_of_parts_is_known_before_they_are_made() -> None:
    with split(triples(CATALOG), source="s") as whole:
        assert len(whole) == len(list(whole)) == 5


def test_membership_lies_with_the_member_and_not_with_the_catalog() -> None:
    assert "http://www.w3.org/ns/dcat#dataset" not in part(CATALOG, "http://x/c")
    assert "<http://x/c> <http://www.w3.org/ns/dcat#dataset> <http://x/a> ." in part(CATALOG, "http://x/a")


def test_membership_of_what_the_file_does_not_describe_stays_with_the_catalog() -> None:
    assert "<http://x/elsewhere>" in part("<c> a dcat:Catalog ; dcat:dataset <elsewhere> .", "http://x/c")


def test_distributions_and_contacts_belong_to_their_dataset() -> None:
    text = part(CATALOG, "http://x/a")
    assert '"Desk"' in text
    assert "<http://x/a.csv>" in text


def test_a_contact_of_two_datasets_is_copied_to_both() -> None:
    assert '"Desk"' in part(CATALOG, "http://x/b")


def test_a_distribution_without_dataset_is_a_resource() -> None:
    assert [(p.iri, p.kind) for p in parts("<d> a dcat:Distribution .")] == [("http://x/d", Kind.RESOURCE)]


def test_a_catalog_record_belongs_to_its_topic() -> None:
    text = (
        "<c> a dcat:Catalog ; dcat:record <r> . <r> a dcat:CatalogRecord ; foaf:primaryTopic <a> . <a> a dcat:Dataset ."
    )
    assert "<http://x/c> <http://www.w3.org/ns/dcat#record> <http://x/r> ." in part(text, "http://x/a")
    assert {each.iri for each in parts(text)} == {"http://x/a", "http://x/c"}


def test_rules_of_a_policy_belong_to_the_policy() -> None:
    text = part("<p> a odrl:Offer ; odrl:permission <r> . <r> odrl:action odrl:use .", "http://x/p")
    assert "<http://x/r> <http://www.w3.org/ns/odrl/2/action>" in text


def test_an_untyped_member_is_what_the_membership_says() -> None:
    assert [p.kind for p in parts('<c> a dcat:Catalog ; dcat:dataset <a> . <a> dct:title "A" .')][-1] is Kind.DATASET


def test_a_blank_dataset_inside_another_stays_there() -> None:
    assert len(parts('<a> a dcat:Dataset ; dct:source [ a dcat:Dataset ; dct:title "S" ] .')) == 1


BLANK = "<c> a dcat:Catalog ; dcat:dataset [ a dcat:Dataset ; {0} ] , [ a dcat:Dataset ; {1} ] ."


def test_a_blank_dataset_keeps_its_name_when_its_content_changes_under_its_identifier() -> None:
    one = parts(BLANK.format('dct:identifier "1" ; dct:title "A"', 'dct:identifier "2"'))
    two = parts(BLANK.format('dct:identifier "2"', 'dct:identifier "1" ; dct:title "changed"'))
    assert {p.iri for p in one} == {p.iri for p in two}
    assert all(p.iri.startswith(GENID) for p in one if p.kind is Kind.DATASET)


def test_a_blank_dataset_without_identifier_is_known_by_its_content() -> None:
    one = parts(BLANK.format('dct:title "A"', 'dct:title "B"'))
    two = parts(BLANK.format('dct:title "B"', 'dct:title "A"'))
    assert {p.iri for p in one} == {p.iri for p in two}


def test_the_same_identifier_in_two_sources_names_two_datasets() -> None:
    text = BLANK.format('dct:identifier "1"', 'dct:identifier "2"')
    datasets = [{p.iri for p in parts(text, source) if p.kind is Kind.DATASET} for source in ("s", "t")]
    assert datasets[0].isdisjoint(datasets[1])


def test_true_duplicates_are_counted_apart() -> None:
    assert len({p.iri for p in parts(BLANK.format('dct:title "A"', 'dct:title "A"'))}) == 3


SHARED = """<a> a dcat:Dataset ; dct:publisher _:o . <b> a dcat:Dataset ; dct:publisher _:o .
_:o a foaf:Agent ; foaf:name "{0}" ."""


def test_a_blank_node_of_two_datasets_bears_one_name_in_both() -> None:
    said = [triple for p in parts(SHARED.format("O")) if p.description for triple in p.description.triples]
    names = [triple.object for triple in said if triple.predicate == DCT.publisher]
    assert names[0] == names[1]
    assert str(names[0]).startswith(f"<{GENID}")


def test_a_reload_gives_the_same_hashes_whatever_the_labels_and_the_order() -> None:
    given = triples(CATALOG + SHARED.format("O") + BLANK.format('dct:title "A"', 'dct:title "B"'))
    again = triples(CATALOG + SHARED.format("O") + BLANK.format('dct:title "A"', 'dct:title "B"'))
    one = {p.iri: p.description for p in split(given, source="s")}
    two = {p.iri: p.description for p in split(reversed(again), source="s")}
    assert one == two


def test_blank_nodes_of_different_documents_are_different() -> None:
    document = [Triple(BlankNode("b"), FOAF.name, Literal("O")), Triple(BlankNode("b"), RDF.type, FOAF.Agent)]
    other = [Triple(BlankNode("b"), FOAF.name, Literal("P"))]
    with split_documents((document, other), source="s") as whole:
        assert len(list(whole)) == 2


def test_a_file_of_many_copies_is_parted_before_it_grows() -> None:
    big = "".join(f'<big> dct:description "{n} {"x" * 1000}" .' for n in range(60))
    many = "".join(f"<d{n}> a dcat:Dataset ; dcat:distribution <big> ." for n in range(1000))
    made = parts(many + big)
    assert sum(len(p.description.canonical) for p in made if p.description) < 1_000_000
    assert isomorphic(union(made), triples(many + big))


def test_resources_in_a_circle_are_all_kept() -> None:
    text = "<a> dcat:distribution <b> . <b> dcat:distribution <a> . _:x dct:relation _:y . _:y dct:relation _:x ."
    assert isomorphic(union(parts(text)), triples(text))


NODES = st.sampled_from([NamedNode(f"http://x/{n}") for n in "abcd"] + [BlankNode(n) for n in "pqrst"])
PREDICATES = st.sampled_from([
    DCAT.dataset, DCAT.distribution, DCAT.record, DCT.publisher, DCAT.contactPoint, FOAF.primaryTopic, DCT.hasPart,
])  # fmt: skip
TYPES = st.sampled_from(
    [DCAT.Catalog, DCAT.Dataset, DCAT.DatasetSeries, DCAT.DataService, FOAF.Agent, DCAT.CatalogRecord]
)
STATEMENTS = st.one_of(
    st.builds(Triple, NODES, PREDICATES, NODES),
    st.builds(Triple, NODES, st.just(RDF.type), TYPES),
    st.builds(Triple, NODES, st.just(DCT.title), st.sampled_from([Literal("x"), Literal("_:q"), Literal("<y>")])),
)


@settings(max_examples=400, deadline=None)
@given(st.lists(STATEMENTS, min_size=1, max_size=14))
def test_any_graph_is_the_union_of_its_parts(graph: list[Triple]) -> None:
    made = list(split(graph, source="s"))
    assert all(p.description for p in made)
    assert canonicalize(union(made)) == canonicalize(graph)


@settings(max_examples=200, deadline=None)
@given(st.lists(STATEMENTS, min_size=1, max_size=10, unique=True), st.randoms(use_true_random=False))
def test_the_number_of_parts_does_not_depend_on_labels(graph: list[Triple], random: object) -> None:
    renamed = [_renamed(triple) for triple in graph]
    assert len(split(graph, source="s")) == len(split(renamed, source="s"))


def _renamed(triple: Triple) -> Triple:
    def name(term: object) -> object:
        return BlankNode("z" + hashlib.sha256(term.value.encode()).hexdigest()) if isinstance(term, BlankNode) else term

    return Triple(name(triple.subject), triple.predicate, name(triple.object))  # type: ignore[arg-type]


@pytest.mark.parametrize("text", ['"_:b0 <x>"', '"a\\n<b> <c> <d> ."', '"\\u2028 \\\\"'])
def test_literals_that_look_like_statements_are_only_literals(text: str) -> None:
    turtle = f"<a> a dcat:Dataset ; dct:title {text} ; dct:publisher [ foaf:name {text} ] ."
    assert isomorphic(union(parts(turtle)), triples(turtle))
