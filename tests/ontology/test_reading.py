"""What the front door takes, and what it says of what it takes."""

import gzip
import io
from collections.abc import Iterator

import psutil
import pytest
from pyoxigraph import Triple

from ontology.description import line_of, lines_of, triples_of
from ontology.incoming import chunks
from ontology.reading import (
    Limits,
    Reading,
    Syntax,
    SyntaxUnknown,
    Unreadable,
    given_language,
    mend_language,
    read,
    syntax_of,
)

BASE = "http://example.org/base/"
TURTLE = "@prefix e: <http://e/> .\ne:a e:p 'word'@ja , <rel> .\n"
N_TRIPLES = '<http://e/a> <http://e/p> "word"@ja .\n<http://e/a> <http://e/p> <http://e/b> .\n'
RDF = 'xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:e="http://e/"'
SAMPLES = {
    Syntax.TURTLE: TURTLE,
    Syntax.TRIG: "@prefix e: <http://e/> .\ne:g { e:a e:p 'word' . }\n",
    Syntax.N_TRIPLES: N_TRIPLES,
    Syntax.N_QUADS: '<http://e/a> <http://e/p> "word {"@ja <http://e/g> .\n',
    Syntax.RDF_XML: f'<?xml version="1.0"?>\n<rdf:RDF {RDF}><e:T rdf:about="http://e/a"/></rdf:RDF>',
    Syntax.JSON_LD: '[{"@id": "http://e/a", "http://e/p": "word"}]',
}


def taken(data: str | bytes, **more: str) -> Reading:
    return read(data.encode() if isinstance(data, str) else data, base_iri=BASE, **more)


def triples(data: str | bytes, **more: str) -> list[str]:
    return [str(triple) for triple in taken(data, **more)]


def kinds(data: str | bytes, **more: str) -> list[str]:
    reading = taken(data, **more)
    list(reading)
    return [fault.kind for fault in reading.faults]


@pytest.mark.parametrize("syntax", Syntax)
def test_a_syntax_is_told_by_its_content_alone(syntax: Syntax) -> None:
    reading = taken(SAMPLES[syntax])
    assert reading.syntax is syntax
    assert len(list(reading)) >= 1


@pytest.mark.parametrize("syntax", Syntax)
def test_a_syntax_is_told_by_media_type_then_by_name(syntax: Syntax) -> None:
    assert syntax_of(f"{syntax.media_type}; charset=utf-8", "x.wrong", b"") is syntax
    assert syntax_of("text/plain", f"Folder.d/CATALOG.{syntax.extension.upper()}.gz?x=1", b"") is syntax


@pytest.mark.parametrize(
    "start", ["[ a <http://e/T> ] .", "[] a <http://e/T> .", "# words\nPREFIX e: <http://e/>\ne:a a e:T ."]
)
def test_turtle_that_starts_like_something_else_is_turtle(start: str) -> None:
    assert taken(start).syntax is Syntax.TURTLE


@pytest.mark.parametrize("page", ["<!DOCTYPE html><html>", "<html lang='ja'>", "id,name\n1,x\n", "PK\x03\x04"])
def test_what_is_no_rdf_is_said_to_be_none(page: str) -> None:
    with pytest.raises(SyntaxUnknown) as refusal:
        taken(page)
    assert refusal.value.message.ja != refusal.value.message.en


def test_relative_addresses_are_resolved_against_the_base() -> None:
    assert f"<http://e/a> <http://e/p> <{BASE}rel>" in triples(TURTLE)


def test_named_graphs_are_merged_and_counted() -> None:
    reading = taken(
        "<http://e/g> { <http://e/a> <http://e/p> 1 . } <http://e/h> { <http://e/a> <http://e/p> 2 . }", name="x.trig"
    )
    assert len(list(reading)) == 2
    assert reading.graphs == 2


# --- encodings and gzip ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("syntax", Syntax)
def test_unicode_is_read_in_each_of_its_forms(encoding: str, syntax: Syntax) -> None:
    text = SAMPLES[syntax].replace("word", "人口")
    assert triples(text.encode(encoding)) == triples(text) != []


def test_shift_jis_is_read_and_said_so() -> None:
    text = '<http://e/a> <http://e/p> "ひらがなと漢字のデータ、カナ"@ja .\n'
    assert triples(text.encode("cp932")) == triples(text)
    assert kinds(text.encode("cp932")) == ["encoding"]


def test_a_declared_shift_jis_in_xml_is_read() -> None:
    text = SAMPLES[Syntax.RDF_XML].replace("?>", ' encoding="Shift_JIS"?>').replace("/>", "><e:p>統計</e:p></e:T>")
    assert '<http://e/a> <http://e/p> "統計"' in triples(text.encode("cp932"))


def test_latin_1_is_refused_with_the_position_of_the_byte() -> None:
    with pytest.raises(Unreadable, match="Byte 27 is not UTF-8"):
        triples('<http://e/a> <http://e/p> "é et à"@fr .'.encode("latin-1"))


def test_a_character_cut_off_at_the_end_is_refused() -> None:
    with pytest.raises(Unreadable, match="Byte 27"):
        triples('<http://e/a> <http://e/p> "é'.encode()[:-1])


@pytest.mark.parametrize(("encoding", "name"), [("cp932", "Shift_JIS"), ("euc-jp", "EUC-JP")])
def test_a_short_text_in_another_japanese_encoding_is_refused_with_its_name_and_place(encoding: str, name: str) -> None:
    with pytest.raises(Unreadable, match=f"looks like {name}") as refused:
        triples('<http://e/a> <http://e/p> "x" .\n<http://e/b> <http://e/p> "人口" .\n'.encode(encoding))
    assert (refused.value.line, refused.value.column) == (2, 28)


def test_the_column_of_a_broken_byte_counts_characters_and_damaged_utf_8_is_not_taken_for_shift_jis() -> None:
    with pytest.raises(Unreadable, match="was cut off") as refused:
        triples('<http://e/a> <http://e/p> "人口'.encode() + b"\xe7 .\n")
    assert (refused.value.line, refused.value.column) == (1, 30)


def test_utf_16_without_a_mark_is_read_and_said_so_and_utf_32_is_named() -> None:
    text = '<http://e/a> <http://e/p> "人口"@ja .\n'
    for encoding in ("utf-16-le", "utf-16-be"):
        assert triples(text.encode(encoding)) == triples(text)
        assert kinds(text.encode(encoding)) == ["encoding"]
    with pytest.raises(Unreadable, match="UTF-32"):
        triples(text.encode("utf-32"))


def test_an_encoding_that_would_be_read_differently_elsewhere_is_refused() -> None:
    with pytest.raises(Unreadable, match="utf-7"):
        triples(SAMPLES[Syntax.RDF_XML].replace("?>", ' encoding="UTF-7"?>'))


def test_gzip_is_taken_in_one_or_more_members() -> None:
    lines = N_TRIPLES.encode().splitlines(keepends=True)
    assert triples(gzip.compress(lines[0]) + gzip.compress(lines[1])) == triples(N_TRIPLES)


def test_damaged_and_truncated_gzip_is_refused() -> None:
    whole = gzip.compress(N_TRIPLES.encode() * 100)
    for damaged in (whole[:-20], whole[:30] + b"\xff" * 10 + whole[40:]):
        with pytest.raises(Unreadable, match="gzip"):
            triples(damaged)


@pytest.mark.parametrize("nothing", [b"", b" \n\t", gzip.compress(b"", mtime=0), b"\xef\xbb\xbf",
                                     gzip.compress(b" \n" * 99, mtime=0), gzip.compress(b"\xef\xbb\xbf\n", mtime=0)])  # fmt: skip
def test_an_empty_document_is_refused(nothing: bytes) -> None:
    with pytest.raises(Unreadable, match="empty"):
        triples(nothing, name="x.ttl")


# --- faults ------------------------------------------------------------------------------------------------------


def test_an_address_with_a_space_is_kept_and_reported() -> None:
    text = '<http://e/a b> <http://e/p> "x" .'
    assert triples(text) == ['<http://e/a b> <http://e/p> "x"']
    assert kinds(text) == ["iri"]


def test_a_language_tag_that_rdf_cannot_hold_travels_under_a_private_one() -> None:
    reading = taken('<http://e/a> <http://e/p> "x"@en_US , "y"@ja .', name="x.ttl")
    mended, plain = (triple.object for triple in reading)
    assert given_language(mended.language) == "en_US"
    assert plain.language == "ja"
    assert [(fault.kind, fault.line, fault.text) for fault in reading.faults] == [("language", 1, "en_US")]


@pytest.mark.parametrize("tag", ["en_US", "日本語", "a-toolongsubtag", "de__", "x", "\U0001f600", "EN_us"])
def test_mending_a_language_tag_is_reversible_and_gives_a_tag_of_bcp_47(tag: str) -> None:
    mended = mend_language(tag)
    assert given_language(mended) == tag
    assert mended == tag or given_language(mended.upper()) == tag  # pyoxigraph may change the case
    assert all(part.isascii() and part.isalnum() and len(part) <= 8 for part in mended.split("-"))


@pytest.mark.parametrize("tag", ["e", "ja-jp-mac", "en-a", "x"])
def test_a_language_tag_that_turtle_takes_and_bcp_47_does_not_is_mended_too(tag: str) -> None:
    reading = taken(f'<urn:a> <urn:p> "x"@{tag} .', name="x.ttl")
    (triple,) = reading
    assert given_language(triple.object.language) == tag
    assert [fault.kind for fault in reading.faults] == ["language"]


def test_the_label_of_a_blank_node_cannot_hold_statements() -> None:
    label = r"_:a <urn:p> <urn:o> .\n<urn:smuggled>"
    given = triples(f'[{{"@id": "{label}", "urn:q": {{"@id": "_:b c"}}}}, {{"@id": "{label}", "urn:r": 1}}]')
    assert len(given) == 2
    assert not any("smuggled" in line or "_:b " in line for line in given)
    assert given[0].split()[0] == given[1].split()[0]


def test_bad_language_tags_are_kept_in_xml_and_json_too() -> None:
    xml = SAMPLES[Syntax.RDF_XML].replace("/>", '><e:p xml:lang="en_US">x</e:p></e:T>')
    json = '{"@id": "http://e/a", "http://e/p": {"@value": "x", "@language": "en_US"}}'
    assert kinds(xml) == kinds(json) == ["language"]


@pytest.mark.parametrize(
    ("value", "datatype"),
    [
        ("2021-01-28 GMT 01:51:03", "date"),
        ("2021-02-30", "date"),
        ("yes", "boolean"),
        ("1,5", "decimal"),
        ("", "dateTime"),
    ],
)
def test_an_ill_typed_value_is_kept_and_reported(value: str, datatype: str) -> None:
    text = f'<http://e/a> <http://e/p> "{value}"^^<http://www.w3.org/2001/XMLSchema#{datatype}> .'
    assert triples(text) == [text.removesuffix(" .")]
    assert kinds(text) == ["datatype"]


@pytest.mark.parametrize(
    ("value", "datatype"),
    [("2024-02-29", "date"), ("2026-03-31T09:00:00+09:00", "dateTime"), ("-0044-03-15", "date"), ("P1Y2M", "duration"),
     ("1.50", "decimal"), ("INF", "double"), ("2026", "gYear"), (" 5 ", "nonNegativeInteger"), ("12026-01-01", "date")],
)  # fmt: skip
def test_a_well_typed_value_is_no_fault(value: str, datatype: str) -> None:
    assert kinds(f'<http://e/a> <http://e/p> "{value}"^^<http://www.w3.org/2001/XMLSchema#{datatype}> .') == []


def test_faults_are_counted_beyond_those_that_are_kept() -> None:
    lines = "".join(f"<http://e/a {n}> <http://e/p> 1 .\n" for n in range(30))
    reading = read(lines.encode(), name="x.ttl", base_iri=BASE, limits=Limits(faults=10))
    assert len(list(reading)) == 30
    assert (len(reading.faults), reading.fault_count) == (10, 30)


def test_every_fault_speaks_both_languages() -> None:
    reading = taken('<http://e/a b> <http://e/p> "x"@en_US , "y" "z" .\n<http://e/b> <http://e/p> 1 .', name="x.ttl")
    list(reading)
    assert {fault.kind for fault in reading.faults} == {"iri", "language", "syntax"}
    assert all(
        fault.message.ja and fault.message.en and fault.message.ja != fault.message.en for fault in reading.faults
    )


# --- streams -----------------------------------------------------------------------------------------------------


class Endless(io.RawIOBase):
    """`count` lines, made as they are read."""

    def __init__(self, line: bytes, count: int) -> None:
        self._pieces: Iterator[bytes] = (line * 1000 for _ in range(count // 1000))

    def read(self, size: int = -1) -> bytes:
        return next(self._pieces, b"")


@pytest.mark.parametrize("name", ["x.nt", "x.ttl"])
def test_a_long_document_is_read_in_constant_memory(name: str) -> None:
    before = psutil.Process().memory_info().rss
    reading = read(
        Endless(b'<http://e/a> <http://e/p> "some words of a title"@en .\n', 100_000), name=name, base_iri=BASE
    )
    assert sum(1 for _ in reading) == 100_000
    assert psutil.Process().memory_info().rss - before < 30 << 20


def test_a_triple_is_given_out_before_the_rest_is_read() -> None:
    reading = read(Endless(N_TRIPLES.encode(), 10_000_000_000), name="x.nt", base_iri=BASE)
    assert isinstance(next(iter(reading)), Triple)


TYPED = f"{RDF} xmlns:x='http://www.w3.org/2001/XMLSchema#'"
FAULTY = {
    Syntax.N_TRIPLES: '<http://e/s> <http://e/p> "日本" .\n<http://e/a b> <http://e/p> "x" .\n'
    '<http://e/s> <http://e/p> "2020-13-01"^^<http://www.w3.org/2001/XMLSchema#date> .\n',
    Syntax.TURTLE: "@prefix e: <http://e/> .\n@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .\n"
    'e:s e:p "日本" ,\n  <http://e/a b> ;\n e:q "2020-13-01" , "2020-13-01"^^xsd:date .\n',
    Syntax.RDF_XML: f'<rdf:RDF {RDF}>\n<rdf:Description rdf:about="http://e/s">\n <e:p rdf:resource="http://e/a b"/>\n'
    ' <e:q rdf:datatype="http://www.w3.org/2001/XMLSchema#date">2020-13-01</e:q>\n</rdf:Description></rdf:RDF>',
    Syntax.JSON_LD: '[{"@id": "http://e/a b",\n "http://e/p": {"@type": "http://www.w3.org/2001/XMLSchema#date",\n'
    ' "@value": "2020-13-01"}}]',
}
PLACES = {
    Syntax.N_TRIPLES: [("iri", 2, 2), ("datatype", 3, 28)],
    Syntax.TURTLE: [("iri", 4, 4), ("datatype", 5, 22)],
    Syntax.RDF_XML: [("iri", 3, 21), ("datatype", 4, 60)],
    Syntax.JSON_LD: [("datatype", 3, 13), ("iri", 1, 11)],
}


@pytest.mark.parametrize("syntax", FAULTY)
def test_a_faulty_iri_or_value_is_told_with_line_and_column(syntax: Syntax) -> None:
    reading = taken(FAULTY[syntax], media_type=syntax.media_type)
    list(reading)
    assert sorted((fault.kind, fault.line, fault.column) for fault in reading.faults) == sorted(PLACES[syntax])


def test_a_faulty_iri_that_is_relative_is_told_with_the_line_of_its_statement() -> None:
    reading = taken("@prefix e: <http://e/> .\n\ne:s e:p 1 .\ne:t\n e:p <a b> .\n")
    list(reading)
    assert [(fault.kind, fault.line, fault.column) for fault in reading.faults] == [("iri", 4, None)]


def test_the_place_of_a_fault_far_into_a_large_file_is_right() -> None:
    line = "<http://e/s> <http://e/p> <http://e/o> .\n"
    reading = taken(line * 30_000 + "<http://e/s> <http://e/p> <http://e/a b> .\n" + line * 9, name="x.nt")
    list(reading)
    assert [(fault.line, fault.column) for fault in reading.faults] == [(30_001, 28)]


ODD_LINES = [
    '<http://x/s> <http://x/p> "plain" .',
    '<http://x/s> <http://x/p> "tab\\tquote\\"back\\\\slash" .',
    '<http://x/s> <http://x/p> "> <" .',
    "<http://x/s> <http://x/p> <http://x/a b> .",
    "<http://x/s> <http://x/p> <http://x/o\\u003E\\u0020.\\u000A\\u003Chttp://x/t\\u003E\\u0020\\u003Chttp://x/p> .",
    "<http://x/s\\u003E\\u0020\\u003Chttp://x/p\\u003E\\u0020\\u0022lit> <http://x/q> <http://x/o\\u0022^^\\u003Chttp://x/d> .",
    '<http://x/s> <http://x/p> "x"@en_US .',
    '<http://x/s> <http://x/p> "x"@EN-us .',
    '<http://x/s> <http://x/p> "x"@ja--rtl .',
    '<http://x/s> <http://x/p> "\\u0000" .',
    f"<http://x/s> <http://x/p> <http://x/{'a' * 3000}> .",
    '<http://x/s> <http://x/p> "2024-02-30"^^<http://www.w3.org/2001/XMLSchema#date> .',
    '<http://x/s> <http://x/p> "1E999999"^^<http://www.w3.org/2001/XMLSchema#decimal> .',
    '<http://x/s> <http://x/p> "1\\t"^^<http://www.w3.org/2001/XMLSchema#integer> .',
    '<http://x/s> <http://x/p> "x"^^<http://x/a b> .',
    "_:b1 <http://x/p> _:b-2 .",
    "<http://x/s> <http://x/p> <<( <http://x/s> <http://x/p> <http://x/o> )>> .",
    "<http://x/s> <http://x/p> nothing .",
    '<http://x/s> <no-scheme> "x" .',
    '<> <http://x/p> "x" .',
    "<http://x/s> <> <http://x/o> .",
    '<http://x/s> <http://x/p> "x"^^<> .',
    '<http://x/s> <http://x/p> "x"^^<http://www.w3.org/2001/XMLSchema#string> .',
    '<http://x/s> <http://x/p> "2024-02-29"^^<http://www.w3.org/2001/XMLSchema#date> .',
    "",
]


@pytest.mark.parametrize("odd", ODD_LINES)
def test_a_document_read_as_lines_says_what_its_triples_say_with_the_same_faults(odd: str) -> None:
    plain = [f'<http://x/{number}> <http://x/p> "{number}"@ja .' for number in range(2400)]
    document = "\n".join([*plain[:1600], odd, *plain[1600:], odd, ""]).encode()
    triples = read(document, name="a.nt", base_iri="urn:x:")
    expected = [line_of(triple) for triple in triples]
    reading = read(document, name="a.nt", base_iri="urn:x:")
    assert list(reading.lines()) == expected
    assert reading.faults == triples.faults


def test_a_text_of_any_character_is_read_as_lines_as_a_parser_reads_it() -> None:
    characters = [chr(code) for code in [*range(0x20, 0xD800), *range(0xE000, 0x10100)] if chr(code) not in '"\\']
    document = "".join(f'<http://x/s> <http://x/p> "a{character}b" .\n' for character in characters).encode()
    expected = [line_of(triple) for triple in read(document, name="a.nt", base_iri="urn:x:")]
    assert list(read(document, name="a.nt", base_iri="urn:x:").lines()) == expected


def test_a_line_without_end_is_a_fault_and_costs_no_more_memory() -> None:
    document = '<http://x/s> <http://x/p> "a" .\n' + "x" * (9 << 20) + '\n<http://x/s> <http://x/p> "b" .\n'
    reading = read(document.encode(), name="a.nt", base_iri="urn:x:")
    assert list(reading.lines()) == [document[:31], document[-32:-1]]
    assert {(fault.kind, fault.line) for fault in reading.faults} == {("syntax", 2)}


def test_lines_that_end_in_carriage_returns_alone_are_all_read_with_their_numbers() -> None:
    lines = [f'<http://x/{number}> <http://x/p> "{"x" * 1000}" .' for number in range(9000)]
    document = "\r".join([*lines, "nonsense", ""]).encode()
    reading = read(document, name="a.nt", base_iri="urn:x:")
    assert list(reading.lines()) == lines
    assert {(fault.kind, fault.line) for fault in reading.faults} == {("syntax", 9001)}


def test_what_stands_in_a_line_longer_than_any_makes_no_statement() -> None:
    long = b'<http://x/s> <http://x/p> "' + b"x" * (40 << 18) + b"<http://x/s> <http://x/p> <http://x/o> . " * 9000
    document = long + b'" .\n<http://x/s> <http://x/p> "b" .\n'
    reading = read(document, name="a.nt", base_iri="urn:x:")
    assert (list(reading.lines()), len(reading.faults)) == (['<http://x/s> <http://x/p> "b" .'], 1)


def test_gzip_in_members_of_a_byte_is_handed_on_in_large_pieces() -> None:
    pieces = chunks(gzip.compress(b"x") * 10_000, 1 << 30, Limits(), lambda fault: None)
    assert list(map(len, pieces)) == [10_000]


@pytest.mark.parametrize("odd", ODD_LINES[4:6], ids=("line feed", "quotation mark"))
def test_a_faulty_iri_makes_no_other_statement_out_of_its_own(odd: str) -> None:
    (given,) = read(odd.encode(), name="a.nt", base_iri="urn:x:")
    (line,) = read(odd.encode(), name="a.nt", base_iri="urn:x:").lines()
    assert list(triples_of(line)) == [given]
    assert lines_of([given]) == [line_of(given)] == [line]
