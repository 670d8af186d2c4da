"""Text parsers go on at the next statement: one bad record harms no other."""

import random

import pytest

from ontology.reading import Fault, Unreadable, read

HEAD = "@prefix e: <http://e/> .\n"


def both(text: str, name: str = "x.ttl") -> tuple[list[str], list[Fault]]:
    reading = read(text.encode(), name=name, base_iri="http://b/")
    return [str(triple) for triple in reading], reading.faults


@pytest.mark.parametrize(
    "broken",
    [
        'e:x e:p "unclosed ;\n    e:q "y" .',
        "e:x e:p <http://unclosed ;\n    e:q 1 .",
        "e:x e:p [ e:q 1 ; e:r .",
        "e:x e:p 1 2 3 .",
        "undeclared:x e:p 1 .",
        "{{description}} e:p 1 .",
        "e:x e:p ( 1 2 .",
        'e:x e:p "tag"@ .',
        "e:x e:p 'one\\qtwo' .",
    ],
)
def test_what_stands_before_and_after_a_broken_statement_is_read(broken: str) -> None:
    read_, faults = both(f"{HEAD}e:before e:p 1 .\n{broken}\ne:after e:p 2 .\ne:last e:p 3 .\n")
    assert [line.split()[0] for line in read_ if "/x>" not in line and "_:" not in line] == [
        "<http://e/before>",
        "<http://e/after>",
        "<http://e/last>",
    ]
    assert [(fault.kind, fault.line) for fault in faults][:1] in ([("syntax", 3)], [("syntax", 4)])


def test_prefixes_declared_before_a_fault_hold_after_it() -> None:
    read_, _ = both(f"{HEAD}e:x e:p e:q e:r .\n@prefix f: <http://f/> .\nf:a e:p 1 .\n")
    assert any(line.startswith("<http://f/a>") for line in read_)


def test_a_label_means_the_same_node_before_and_after_a_fault() -> None:
    read_, _ = both(f'{HEAD}_:n e:p 1 .\ne:x e:p "unclosed .\n_:n e:q 2 .\ne:y e:p [] .\n')
    first, second = (line.split()[0] for line in read_ if line.startswith("_:"))
    assert first == second
    assert not any(line.endswith(first) for line in read_)


@pytest.mark.parametrize("name", ["x.nt", "x.nq"])
def test_a_broken_line_of_n_triples_loses_that_line_alone(name: str) -> None:
    lines = [f'<http://e/{n}> <http://e/p> "v" .' for n in range(9)]
    lines[2] = '<http://e/2> <http://e/p> "unclosed .'
    lines[5] = "no triple at all"
    lines[7] = "<http://e/7> <http://e/p <http://e/o> ."
    read_, faults = both("\n".join(lines), name)
    assert [line[len("<http://e/")] for line in read_] == ["0", "1", "3", "4", "6", "8"]
    assert sorted({fault.line for fault in faults if fault.line is not None}) == [3, 6, 8]


def test_a_broken_graph_of_trig_spares_the_next() -> None:
    text = f"{HEAD}e:g {{ e:a e:p 1 . e:b e:p 'x . \n e:c e:p 2 . }}\ne:h {{ e:d e:p 3 . }}\n"
    read_, faults = both(text, "x.trig")
    assert any(line.startswith("<http://e/d>") for line in read_)
    assert faults


def test_one_broken_child_of_rdf_xml_spares_its_neighbours() -> None:
    names = 'xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:e="http://e/"'
    bad = '<e:T rdf:about="http://e/x"><e:p rdf:nodeID="no name">1</e:p></e:T>'
    text = f'<rdf:RDF {names}>\n<e:T rdf:about="http://e/a"/>\n{bad}\n<e:T rdf:about="http://e/b"/>\n</rdf:RDF>'
    read_, faults = both(text, "x.rdf")
    assert {line.split()[0] for line in read_} >= {"<http://e/a>", "<http://e/b>"}
    assert [(fault.kind, fault.line) for fault in faults] == [("syntax", 3)]


def test_node_ids_of_rdf_xml_join_its_children() -> None:
    names = 'xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:e="http://e/"'
    text = f'<rdf:RDF {names}><e:T rdf:about="http://e/a"><e:p rdf:nodeID="n"/></e:T><e:U rdf:nodeID="n"/></rdf:RDF>'
    read_, _ = both(text, "x.rdf")
    assert {line.split()[0] for line in read_ if "e/U" in line} == {line.split()[2] for line in read_ if "e/p" in line}


@pytest.mark.parametrize("text", ["hello world. this is no data.", "\x00\x01\x02 \x03", "e:a e:p 1 ."])
def test_a_document_of_which_nothing_is_readable_is_refused(text: str) -> None:
    with pytest.raises(Unreadable) as refusal:
        both(text)
    assert refusal.value.line == 1
    assert refusal.value.message.ja


def test_a_document_of_another_syntax_is_not_read_to_its_end() -> None:
    with pytest.raises(Unreadable, match="syntax"):
        both("id,name,value\n1,x,y\n" * 5000, "x.nt")


@pytest.mark.parametrize("seed", range(40))
def test_a_random_cut_loses_no_statement_far_from_it(seed: int) -> None:
    dice = random.Random(seed)
    statements = [f'e:s{n} e:p "title {n}"@en ;\n  e:q <http://e/o{n}> , [ e:r "[(<{n}" ] .\n' for n in range(60)]
    text = HEAD + "".join(statements)
    at = dice.randrange(len(HEAD), len(text) - 3)
    read_, faults = both(text[:at] + dice.choice(['"', "<", "[", "(", ".", "\\", "'", "}", "é", ""]) + text[at + 2 :])
    whole = {n for n in range(60) if sum(f"/s{n}>" in line for line in read_) == 3}
    assert len(whole) >= 56
    assert faults or len(whole) >= 58
