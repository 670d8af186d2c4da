"""Documents made to hurt (security.md §5, by number): a clear refusal, this process alive, nobody called."""

import gzip
import http.server
import json
import os
import resource
import threading
import time
from collections.abc import Iterator
from typing import ClassVar

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ontology.reading import Limits, Syntax, SyntaxUnknown, Unreadable, read
from ontology.writing import write

BASE = "http://b.example/"
RDF = 'xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:e="http://e/"'
NODE = b"<http://e/a>"


class Canary(http.server.BaseHTTPRequestHandler):
    requests: ClassVar[list[str]] = []

    def do_GET(self) -> None:
        self.requests.append(self.path)
        self.send_response(200)
        self.end_headers()

    do_POST = do_HEAD = do_GET  # noqa: N815

    def log_message(self, format: str, *args: object) -> None:
        return


@pytest.fixture(scope="module")
def canary() -> Iterator[str]:
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Canary)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def outcome(data: bytes, name: str, limits: Limits = Limits()) -> str:
    """Read to the end within the time and memory of a small document, or be told why not."""
    process, started = os.getpid(), time.process_time()
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    try:
        reading = read(data, name=name, base_iri=BASE, limits=limits)
        said = f"{sum(1 for _ in reading)} triples, {sorted({fault.kind for fault in reading.faults})}"
    except (Unreadable, SyntaxUnknown) as refusal:
        said = f"refused: {refusal.message.en}" if refusal.message.ja != refusal.message.en else "without words"
    assert os.getpid() == process
    assert time.process_time() - started < 5
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - memory < 200 << 10  # KiB
    return said


def test_a_value_is_looked_for_among_its_likes_in_linear_time() -> None:
    likes = b"'5'^^" * 100_000
    said = outcome(NODE + b' <http://e/p> "' + likes + b'", "5"^^<http://www.w3.org/2001/XMLSchema#date> .', "x.ttl")
    assert said == "2 triples, ['datatype']"


# --- P07: Turtle, TriG, N-Quads (and finding 1) ------------------------------------------------------------------

P07 = {
    "triple terms in Turtle": (NODE + b" <http://e/p> " + b"<<( <http://e/a> <http://e/p> " * 30_000, "x.ttl"),
    "triple terms in N-Triples": (NODE + b" <http://e/p> " + b"<<( <http://e/a> <http://e/p> " * 30_000, "x.nt"),
    "triple terms in N-Quads": (NODE + b" <http://e/p> " + b"<<( <http://e/a> <http://e/p> " * 30_000, "x.nq"),
    "triple terms in TriG": (b"{ <http://e/a> <http://e/p> " + b"<<(<http://e/a><http://e/p>" * 30_000, "x.trig"),
    "reifiers": (b"<< " * 30_000, "x.ttl"),
    "annotations": (b"<http://e/a> <http://e/p> 1 " + b"{| <http://e/p> 1 " * 30_000, "x.ttl"),
    "blank nodes": (NODE + b" <http://e/p> " + b"[ <http://e/p> " * 100_000, "x.ttl"),
    "lists": (NODE + b" <http://e/p> " + b"( " * 100_000, "x.ttl"),
    "behind a comment that closes": (b"<<( # )>> )>> )>>\n" * 30_000, "x.ttl"),
    "behind strings that close": (NODE + b" <http://e/p> " + b'<<( <http://e/a> ")>>" . ' * 30_000, "x.ttl"),
    "behind a broken string": (b'"\n<<( ' * 30_000, "x.ttl"),
    "after full stops": (b"<<( <http://e/a> <http://e/p> .x " * 30_000, "x.ttl"),
}


@pytest.mark.parametrize("bomb", P07)
def test_p07_deeply_nested_text_is_refused_and_the_process_lives(bomb: str) -> None:
    assert outcome(*P07[bomb]).startswith("refused")


def test_p07_depth_is_told_with_its_place() -> None:
    with pytest.raises(Unreadable) as refusal:
        list(read(b"\n\n" + NODE + b" <http://e/p> " + b"[ <http://e/p> " * 70, name="x.ttl", base_iri=BASE))
    assert (refusal.value.line, refusal.value.column) == (3, 27 + 64 * 15)


def test_p07_brackets_in_strings_comments_and_addresses_are_no_depth() -> None:
    harmless = (
        b'<http://e/a> <http://e/p> "[[[((<<(" , """\n[[((<<( """ . # [[[(((<<(\n<http://e/[[(> <http://e/p> 1 .\n'
    )
    assert outcome(harmless * 30, "x.ttl") == "90 triples, ['iri']"


# --- P08: XML (and findings 6 and 7) -----------------------------------------------------------------------------


def xml(body: str, before: str = "") -> bytes:
    return f'<?xml version="1.0"?>{before}<rdf:RDF {RDF}>{body}</rdf:RDF>'.encode()


LAUGHS = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
P08 = {
    "billion laughs": xml("<e:T><e:p>&l9;</e:p></e:T>", f'<!DOCTYPE r [<!ENTITY l0 "lol">{LAUGHS}]>'),
    "quadratic": xml("<e:T><e:p>" + "&l;" * 1000 + "</e:p></e:T>", f'<!DOCTYPE r [<!ENTITY l "{"x" * 10_000}">]>'),
    "external entity": xml("<e:T><e:p>&l;</e:p></e:T>", '<!DOCTYPE r [<!ENTITY l SYSTEM "file:///etc/passwd">]>'),
    "lower case": xml("", '<!doctype r [<!ENTITY l "x">]>'),
    "inside the root": xml('<!DOCTYPE r [<!ENTITY l "x">]><e:T><e:p>&l;</e:p></e:T>'),
    "in UTF-16": xml("", '<!DOCTYPE r [<!ENTITY l "x">]>').decode().encode("utf-16"),
    "behind a comment": xml("", '<!-- --><!DOCTYPE r [<!ENTITY l "x">]>'),
    "deep elements": xml("<e:T><e:p>" * 20_000),
}


@pytest.mark.parametrize("bomb", P08)
def test_p08_xml_bombs_are_refused_before_they_are_parsed(bomb: str) -> None:
    assert outcome(P08[bomb], "x.rdf").startswith(("refused: A DOCTYPE", "refused: The XML is nested deeper than 256"))


def test_p08_too_large_xml_is_refused() -> None:
    large = xml("<e:T><e:p>some words</e:p></e:T>" * 40_000)
    assert "may have 1,000,000 bytes" in outcome(large, "x.rdf", Limits(xml_size_bytes=1_000_000))


def test_p08_the_word_in_a_comment_or_cdata_is_no_doctype() -> None:
    harmless = xml("<!-- <!DOCTYPE r> --><e:T><e:p><![CDATA[<!DOCTYPE html>]]></e:p></e:T>")
    assert outcome(harmless, "x.rdf") == "2 triples, []"


# --- P06, P34, P01: contexts and imports are never fetched (and findings 5 and 8) ---------------------------------


def test_p06_no_context_is_fetched_in_any_spelling(canary: str) -> None:
    address = f"{canary}/context.jsonld"
    scoped = {"t": {"@id": "http://e/t", "@context": address}}
    contexts = [
        address,
        [address],
        [{}, address],
        {"@import": address},
        scoped,
        "//127.0.0.1/x",
        "file:///etc/hosts",
        "",
    ]
    for context in contexts:
        document = {"@context": context, "@id": "http://e/a", "t": {"http://e/p": "x"}}
        assert outcome(json.dumps(document).encode(), "x.jsonld").startswith("refused: The @context")
    assert Canary.requests == []


def test_p06_imports_named_in_the_data_are_data(canary: str) -> None:
    turtle = f"<http://e/o> <http://www.w3.org/2002/07/owl#imports> <{canary}/o.ttl> ."
    assert outcome(turtle.encode(), "x.ttl") == "1 triples, []"
    assert outcome(xml(f'<e:T rdf:resource="{canary}/x" xml:base="{canary}/y"/>'), "x.rdf")
    assert Canary.requests == []


def test_p06_too_many_contexts_are_refused() -> None:
    nested = [{"@context": {f"t{n}": "http://e/t"}, "@id": f"http://e/{n}", "http://e/p": n} for n in range(20)]
    assert outcome(json.dumps(nested).encode(), "x.jsonld").startswith("refused: More than 16 contexts")


def test_p06_a_known_context_named_a_million_times_is_not_put_in_as_often() -> None:
    one = '{"@context": "http://www.w3.org/ns/odrl.jsonld", "@id": "http://e/a", "http://e/p": [%s]}'
    inner = ",".join('{"@context": "http://www.w3.org/ns/odrl.jsonld"}' for _ in range(20_000))
    assert outcome((one % inner).encode(), "x.jsonld").startswith("refused: More than 16 contexts")


@pytest.mark.parametrize("opener", ["[", '{"http://e/p":', '[{"@id":"http://e/a","http://e/p":'])
def test_p06_deep_json_is_refused(opener: str) -> None:
    assert outcome(opener.encode() * 100_000, "x.jsonld").startswith("refused: Nested deeper than 64")


@pytest.mark.parametrize("value", ["NaN", "Infinity", "-Infinity", '"\\ud800"', '"\\u0000"', "1" * 5000, "'x'", "01"])
def test_p12_json_that_is_none_is_refused(value: str) -> None:
    assert outcome(f'{{"@id": "http://e/a", "http://e/p": {value}}}'.encode(), "x.jsonld").startswith("refused")


def test_finding_8_a_bad_identifier_loses_nothing_and_is_told() -> None:
    assert (
        outcome(b'{"@id": "http://e/a b", "http://e/p": {"@id": "http://e/c d"}}', "x.jsonld") == "1 triples, ['iri']"
    )


def test_finding_8_keys_without_meaning_are_told() -> None:
    assert outcome(b'{"@id": "http://e/a", "http://e/p": 1, "nope": 2}', "x.jsonld") == "1 triples, ['term']"
    assert outcome(b'{"@id": "http://e/a", "http://e/p": 1, "http://e/p": 2}', "x.jsonld") == "1 triples, ['json']"


@pytest.mark.parametrize("name", ["x.ttl", "x.nt"])
def test_p34_an_escape_in_an_address_cannot_break_out_of_it(name: str) -> None:
    reading = read(b"<http://e/a\\u003E\\u0020x> <http://e/p> 'x' .".replace(b"'", b'"'), name=name, base_iri=BASE)
    triples = list(reading)
    assert [fault.kind for fault in reading.faults] == ["iri"]
    for syntax in Syntax:
        assert write(triples, syntax).left_out
        again = read(write(triples, syntax, exact=True).data, media_type=syntax.media_type, base_iri=BASE)
        assert [str(triple.subject) for triple in again] == ["<http://e/a> x>"]


# --- P09 and finding 9: literals ---------------------------------------------------------------------------------

XSD = "http://www.w3.org/2001/XMLSchema#"
P09 = {
    "decimal exponent": (f'"1E99999999"^^<{XSD}decimal>', "0 triples, ['literal']"),
    "long integer": (f'"{"9" * 5000}"^^<{XSD}integer>', "0 triples, ['literal']"),
    "long bare integer": ("9" * 5000, "0 triples, ['literal']"),
    "long decimal": (f'"0.{"9" * 5000}"^^<{XSD}decimal>', "0 triples, ['literal']"),
    "double exponent": ("1E99999999", "1 triples, []"),
    "NUL": ('"a\\u0000b"', "0 triples, ['literal']"),
    "long address": (f"<http://e/{'x' * 3000}>", "0 triples, ['iri-length']"),
}


@pytest.mark.parametrize("case", P09)
def test_p09_terms_that_cost_more_than_they_say_are_left_out_and_told(case: str) -> None:
    value, said = P09[case]
    assert outcome(f"<http://e/a> <http://e/p> {value} .".encode(), "x.ttl") == said


@pytest.mark.parametrize("quote", ['"', '"""', "'''"])
def test_p09_a_literal_over_a_megabyte_is_left_out_and_its_neighbours_stay(quote: str) -> None:
    long = f"<http://e/a> <http://e/p> {quote}{'x' * 1_500_000}{quote} .\n<http://e/b> <http://e/p> 1 .\n"
    assert outcome(long.encode(), "x.ttl") in ("1 triples, ['literal']", "1 triples, ['syntax']")


@pytest.mark.parametrize("open_", ['"', '"""', "<", "#", "x", "<http://e/a> ", "[] "])
def test_p09_a_token_that_never_ends_is_refused_in_bounded_memory(open_: str) -> None:
    assert outcome(open_.encode() + b"x" * 6_000_000, "x.ttl").startswith(("refused", "0 triples"))


@pytest.mark.parametrize("text", ["2", '"x', "<", "@prefix", "[", "\\", "'''", "_:", "a" * 70_000, "\x00"])
def test_finding_9_whatever_a_parser_throws_is_a_reason(text: str) -> None:
    for name in ("x.ttl", "x.trig", "x.nt", "x.nq", "x.rdf", "x.jsonld"):
        assert outcome(text.encode(), name).startswith("refused")


# --- P17: decompression ------------------------------------------------------------------------------------------

P17 = {
    "zeros": gzip.compress(b"\0" * 50_000_000),
    "spaces": gzip.compress(b" " * 50_000_000),
    "comments": gzip.compress(b"# x\n" * 10_000_000),
    "one literal": gzip.compress(b'<http://e/a> <http://e/p> "' + b"x" * 50_000_000 + b'" .'),
    "many members": gzip.compress(b" " * 1_000_000) * 50,
}


@pytest.mark.parametrize("bomb", P17)
def test_p17_gzip_bombs_are_refused_early(bomb: str) -> None:
    assert outcome(P17[bomb], "x.ttl").startswith("refused")
    if bomb in ("comments", "one literal"):
        assert "expands too far" in outcome(P17[bomb], "x.ttl")


def test_p17_a_document_over_the_limit_is_refused_while_it_streams() -> None:
    text = b"".join(b'<http://e/%d> <http://e/p> "%d" .\n' % (n, n * 7919) for n in range(200_000))
    assert outcome(gzip.compress(text), "x.nt", Limits(size_bytes=1_000_000)).startswith(
        "refused: The document is larger"
    )


def test_p17_gzip_within_gzip_is_no_document() -> None:
    assert outcome(gzip.compress(gzip.compress(b"<http://e/a> <http://e/p> 1 .")), "x.ttl").startswith("refused")


# --- anything at all ---------------------------------------------------------------------------------------------

PIECES = [
    "<http://e/a>", "<a b>", "e:p", "@prefix e: <http://e/> .", '"x"', "'", '"""', '"', "@en_US", "@", "^^", ".", ";",
    ",", "[", "]", "(", ")", "<<(", ")>>", "{", "}", "<", ">", "\\", "\\u0020", "#", "\n", "_:b", "1.5e3", "true", "é",
    "日本", "\ufeff", "\x00", "<e:T>", "</e:T>", "<rdf:RDF>", "<!--", "]]>", "&amp;", '{"@id":', '"@context":', "null",
]  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(st.lists(st.sampled_from(PIECES), max_size=40), st.sampled_from(list(Syntax)), st.binary(max_size=4))
def test_r19_no_document_brings_anything_but_triples_or_a_reason(
    pieces: list[str], syntax: Syntax, noise: bytes
) -> None:
    outcome(" ".join(pieces).encode() + noise, f"x.{syntax.extension}")
