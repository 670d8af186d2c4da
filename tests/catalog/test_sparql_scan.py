"""The scan of foreign SPARQL: P02 and the counts of P03 (reference/security.md §5), without any engine."""

import contextlib
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.sparql_errors import SparqlError, SparqlForbidden, SparqlSyntax, SparqlTooComplex, SparqlTooLarge
from catalog.sparql_scan import scan


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("SELECT * { ?s ?p ?o }", "SELECT"),
        ("# SERVICE\nprefix load: <http://e/> ask {}", "ASK"),
        (
            'PREFIX a: <http://e/service#load> CONSTRUCT { ?s a:service \'INSERT {\' } { ?s a:b """x"SERVICE""" }',
            "CONSTRUCT",
        ),
        ("BASE <http://e/> DESCRIBE <service>", "DESCRIBE"),
        (
            "SELECT ?service ?load { ?service <http://e/with> ?load ; <http://e/x> 'it''s' . _:delete ?add @en }",
            "SELECT",
        ),
        ("SELECT (COUNT(*) AS ?n) { FILTER(1 < 2 && 3 > 2 || ?x<5) }", "SELECT"),
        ("", None),
    ],
)
def test_innocent_texts_pass_and_their_form_is_told(text: str, form: str | None) -> None:
    assert scan(text).form == form


# What counts as a pattern: every triple, two for each item of a collection, one for each further step of a path.
@pytest.mark.parametrize(
    ("body", "patterns"),
    [
        ("?s ?p ?o", 1),
        ("?s ?p ?o . ?s ?q 1 , 2 ; a ?t .", 4),
        ("?s ?p [ ?q 1 ; ?r 2 ]", 3),
        ("?s ?p ( 1 2 3 )", 8),
        ("?s <a>/<b>/^<c> ?o", 3),
        ("?s (<a>|!<b>)* ?o", 1),
        ("?s <a>?/<b>+ ?o", 2),
        ("VALUES (?a ?b) { (1 2) (3 4) } ?s ?p ?o", 1),
        ("VALUES ?a { 1 2 } { ?s ?p ?o . ?s ?p ?q }", 2),
        ("FILTER(?a IN (1, 2, 3)) FILTER <http://f>(?a) BIND(1 + 2 AS ?b) ?s ?p ?o", 1),
        ("FILTER NOT EXISTS { ?s ?p ?o } OPTIONAL { ?s ?q ?x } ?s ?r ?y", 3),
        (
            "{ SELECT ?s (COUNT(?x) AS ?n) { ?s ?p ?x } GROUP BY ?s HAVING (COUNT(?x) > 1) ORDER BY (1 + 2) } ?s ?q ?z",
            2,
        ),
        ("GRAPH ?g { ?s ?p ?o } MINUS { ?s ?p 1 }", 2),
        ("<< ?s ?p ?o >> ?q ?z", 3),
    ],
)
def test_patterns_are_counted_as_the_planner_sees_them(body: str, patterns: int) -> None:
    assert scan(f"SELECT * {{ {body} }}").counts["patterns"] == patterns


# P02: spellings by which a word could hide from a scan, or the scan could see it where it is not.
FORBIDDEN = [
    "SELECT * { SERVICE <U> { ?s ?p ?o } }",
    "SELECT * { service <U> { ?s ?p ?o } }",
    "SELECT * { SeRvIcE <U> { ?s ?p ?o } }",
    "SELECT * { SERVICE SILENT <U> { ?s ?p ?o } }",
    "SELECT * { SERVICE#\n<U> { ?s ?p ?o } }",
    "SELECT * { #x\rSERVICE <U> { ?s ?p ?o } }",
    "SELECT * { SERVICE\t\r\n<U>{ ?s ?p ?o } }",
    "SELECT * { VALUES ?e { <U> } SERVICE ?e { ?s ?p ?o } }",
    "SELECT * { VALUES ?e { <U> } SERVICE?e{ ?s ?p ?o } }",
    "PREFIX : <U> SELECT * { SERVICE:x { ?s ?p ?o } }",
    "PREFIX SERVICE: <U> SELECT * { SERVICE:x { ?s ?p ?o } }",
    "PREFIX : <U> SELECT * { SERVICESILENT:x { ?s ?p ?o } }",
    "PREFIX : <U> PREFIX x: <U> SELECT * { SERVICEx:x { ?s ?p ?o } }",
    "PREFIX : <U> SELECT * { ?s ?p 1SERVICE:x { ?s ?p ?o } }",
    "PREFIX : <U> SELECT * { ?s ?p trueSERVICE:x { ?s ?p ?o } }",
    "PREFIX : <U> SELECT * { ?s ?p falseSERVICE :x { ?s ?p ?o } }",
    "PREFIX : <U> SELECT * { ?s ?p ?x FILTER(?x<1)SERVICE#>\n:x { ?s ?p ?o } }",
    "PREFIX : <U> SELECT * { FILTER(EXISTS{}<1)SERVICE#>\n:x { ?s ?p ?o } }",
    "PREFIX : <U> SELECT * { FILTER(true<1).SERVICE#>\n:x { ?s ?p ?o } }",
    "SELECT * { \\u0053ERVICE <U> { ?s ?p ?o } }",
    "SELECT * { S\\U00000045RVICE <U> { ?s ?p ?o } }",
    "SELECT * { ?s ?p '' SERVICE <U> { ?s ?p ?o } }",
    "SELECT * { ?s ?p '''it's''' . SERVICE <U> { ?s ?p ?o } }",
    'SELECT * { ?s ?p """a"b""c""" . SERVICE <U> { ?s ?p ?o } }',
    'SELECT * { ?s ?p "\\"" . SERVICE <U> { ?s ?p ?o } }',
    "SELECT * { ?s ?p '\\\\' . SERVICE <U> { ?s ?p ?o } }",
    "SELECT * { ?s ?p 'x'@en . SERVICE <U> { ?s ?p ?o } }",
    "SELECT * { ?s ?p <http://e/#'> . SERVICE <U> { ?s ?p ?o } #'\n}",
    "SELECT * { { SELECT * { OPTIONAL { SERVICE <U> { ?s ?p ?o } } } } }",
    "ASK { FILTER EXISTS { SERVICE <U> { ?s ?p ?o } } }",
    "LOAD <U>",
    "LOAD SILENT <U> INTO GRAPH <http://e/g>",
    "SELECT * {} ; LOAD <U>",
    "INSERT DATA { <a> <b> <c> }",
    "delete where { ?s ?p ?o }",
    "WITH <http://e/g> DELETE { ?s ?p ?o } WHERE { ?s ?p ?o }",
    "CLEAR ALL",
    "DROP GRAPH <http://e/g>",
    "CREATE GRAPH <http://e/g>",
    "ADD DEFAULT TO <http://e/g>",
    "MOVE DEFAULT TO <http://e/g>",
    "COPY DEFAULT TO <http://e/g>",
]


@pytest.mark.parametrize("text", FORBIDDEN)
def test_p02_no_spelling_of_federation_or_update_passes(text: str) -> None:
    with pytest.raises((SparqlForbidden, SparqlSyntax)):
        scan(text.replace("U", "http://canary.example/", 1) if "<U>" in text else text)


def test_a_forbidden_word_is_named_with_its_place() -> None:
    with pytest.raises(SparqlForbidden) as refusal:
        scan("SELECT *\n{ ?s ?p ?o .\r\n  service <http://e/> {} }")
    assert (refusal.value.word, refusal.value.line, refusal.value.column) == ("SERVICE", 3, 3)
    assert "SERVICE" in refusal.value.message.ja


NESTED = {
    "braces": "SELECT * " + "{" * 2_195,
    "exists": "SELECT * {" + "FILTER EXISTS {" * 835,
    "sub-selects": "SELECT * {" + "{SELECT*" * 1_500,
    "parentheses": "SELECT * { FILTER(" + "(" * 4_694,
    "optionals": "SELECT * {" + "OPTIONAL{}" * 1_500,
    "negations": "SELECT * { FILTER(" + "!" * 9_380,
    "disjunctions": "SELECT * { FILTER(1" + "||1" * 4_000,
    "minuses": "SELECT * { FILTER(" + "- " * 5_000,
    "triple terms": "SELECT * { BIND(" + "<<(" * 2_000,
    "patterns": "SELECT * {" + "?s ?p ?o ." * 100,
    "predicates": "SELECT * { ?s " + "?p ?o ;" * 100,
    "objects": "SELECT * { ?s ?p " + "?o," * 100,
    "collection": "SELECT * { ?s ?p (" + "1 " * 200,
    "collections after values": "SELECT * { VALUES ?x {1} ?s ?p (" + "1 " * 200,
    "groups after values": "SELECT * { VALUES ?x {1} {" + "?s ?p ?o ." * 100,
    "blank nodes": "SELECT * { " + "[] ?p 1 ." * 100,
    "path": "SELECT * { ?s " + "<p>/" * 100 + "<p> ?o }",
    "alternatives": "SELECT * { ?s " + "<p>|" * 100 + "<p> ?o }",
    "inverses": "SELECT * { ?s " + "^" * 100 + "<p> ?o }",
    "filters": "SELECT * {" + "FILTER(?x)" * 100,
    "unions": "SELECT * { {}" + "UNION {}" * 100,
    "sub-select patterns": "SELECT * { {SELECT * {" + "?s ?p ?o ." * 100,
    "exists patterns": "SELECT * { FILTER(EXISTS {" + "?s ?p ?o ." * 100,
    "construct where": "CONSTRUCT WHERE {" + "?s ?p ?o ." * 100,
    "construct from": "CONSTRUCT FROM <http://e/> WHERE {" + "?s ?p ?o ." * 100,
}


@pytest.mark.parametrize("attack", NESTED)
def test_p03_what_nests_or_repeats_too_much_is_refused_with_its_place(attack: str) -> None:
    with pytest.raises(SparqlTooComplex) as refusal:
        scan(NESTED[attack])
    assert refusal.value.line == 1
    assert refusal.value.message.ja != refusal.value.message.en


def test_p03_a_text_beyond_16_kib_is_refused_unread() -> None:
    with pytest.raises(SparqlTooLarge):
        scan("SELECT * { ?s ?p '" + "あ" * 6_000 + "' }")


@given(st.text(alphabet="SERVIC Eload{}()[]<>\"'\\#?$:.;,|/^*+!&=@~-_0a\n\ud800é", max_size=200))
def test_no_text_makes_the_scan_fail_otherwise_than_by_refusing(text: str) -> None:
    with contextlib.suppress(SparqlError):
        scan(text)


PIECES = [
    "'",
    '"',
    "'" * 3,
    "a.",
    "a-",
    ":a.",
    "_:a.",
    "<",
    "\\",
    "%41",
    "x:",
    "@a-",
    "1e",
    "?",
    "^",
    "#\n",
    ". ",
    '""" ',
]


def test_p03_no_text_within_the_limit_keeps_the_scan_busy() -> None:
    for piece in PIECES:
        text = piece * (16_000 // len(piece))
        begun = time.process_time()
        with contextlib.suppress(SparqlError):
            scan(text)
        assert time.process_time() - begun < 0.5, piece
