"""N-Triples lines on their way into and out of an Oxigraph store."""

import re
from collections.abc import Iterable, Iterator, Sequence

from pyoxigraph import BlankNode, DefaultGraph, Literal, NamedNode, RdfFormat, Store, Triple, parse, serialize

from stores.graphs.port import GraphName

# DELETE DATA cannot name a blank node and INSERT DATA makes new ones. An update names ours by these IRIs, which the
# function LABELLED turns into the node itself while the update runs.
_BLANK = "urn:renkei:blank:"
LABELLED = NamedNode("urn:renkei:labelled")
_PLAIN_TYPES = frozenset(
    {"http://www.w3.org/2001/XMLSchema#string", "http://www.w3.org/1999/02/22-rdf-syntax-ns#langString"}
)
_EMPTY = Store()


def triples_of(lines: Iterable[str]) -> tuple[list[Triple], int]:
    """The triples of some lines and how many lines no store can hold."""
    written = [line for line in lines if line.strip()]
    parser = parse("\n".join(written).encode("utf-8", "replace"), format=RdfFormat.N_TRIPLES)
    triples: list[Triple] = []
    while True:
        try:
            triples.append(next(parser).triple)
        except StopIteration:
            return triples, len(written) - len(triples)
        except SyntaxError:  # the parser goes on with the next line
            continue


def line_of(triple: Triple) -> str:
    """A triple as one N-Triples line, without its end of line."""
    text = serialize([triple], format=RdfFormat.N_TRIPLES)
    assert text is not None, "without an output the text is returned"
    return text.decode().rstrip("\n")


def stored_form(lines: Iterable[str]) -> list[str | None]:
    """Each line as the store will give it back; None for what it cannot hold."""
    parsed = [next(iter(triples_of([line])[0]), None) for line in lines]
    folded = _folded([triple.object for triple in parsed if triple is not None and _folds(triple.object)])
    forms: list[str | None] = []
    for triple in parsed:
        if triple is not None and _folds(triple.object):
            triple = Triple(triple.subject, triple.predicate, next(folded))  # noqa: PLW2901
        forms.append(None if triple is None else line_of(triple))
    return forms


def _folds(term: object) -> bool:
    return isinstance(term, Literal) and term.datatype.value not in _PLAIN_TYPES


def _folded(literals: Sequence[object]) -> Iterator[Literal]:
    """Typed literals after a round trip through the engine's own encoding, in their order."""
    if not literals:
        return iter(())
    rows = " ".join(f"({number} {literal})" for number, literal in enumerate(literals))
    found = {int(row["i"].value): row["x"] for row in _EMPTY.query(f"SELECT ?i ?x {{ VALUES (?i ?x) {{ {rows} }} }}")}  # type: ignore[union-attr]
    return (found[number] for number in range(len(literals)))


def update_of(removed: dict[GraphName, list[Triple]], added: dict[GraphName, list[Triple]]) -> list[str]:
    """Update operations that remove, then add; removal comes first because folded literals may coincide."""
    operations = [_operation("DELETE", graph, triples) for graph, triples in removed.items() if triples]
    operations += [_operation("INSERT", graph, triples) for graph, triples in added.items() if triples]
    return [operation for pair in operations for operation in pair]


def labelled(term: NamedNode | BlankNode | Literal | Triple) -> NamedNode | BlankNode | Literal | Triple:
    """The blank node that an IRI of ours stands for in an update; any other term as it is."""
    if isinstance(term, NamedNode) and term.value.startswith(_BLANK):
        return BlankNode(term.value.removeprefix(_BLANK))
    if isinstance(term, Triple):
        return Triple(labelled(term.subject), term.predicate, labelled(term.object))  # type: ignore[arg-type]
    return term


def _operation(verb: str, graph: GraphName, triples: Sequence[Triple]) -> Iterator[str]:
    texts = [(triple, str(triple)) for triple in triples]
    ground = [text for triple, text in texts if not _blank(triple)]
    if ground:
        yield f"{verb} DATA {{ {_within(graph, ' . '.join(ground))} }}"
    rows = [f"({_named(t.subject)} {t.predicate} {_named(t.object)})" for t, _ in texts if _blank(t)]
    if rows:
        yield (
            f"{verb} {{ {_within(graph, '?s ?p ?o')} }} WHERE {{ VALUES (?s0 ?p ?o0) {{ {' '.join(rows)} }} "
            f"BIND({LABELLED}(?s0) AS ?s) BIND({LABELLED}(?o0) AS ?o) }}"
        )


def _within(graph: GraphName, pattern: str) -> str:
    return pattern if isinstance(graph, DefaultGraph) else f"GRAPH {graph} {{ {pattern} }}"


def _blank(term: object) -> bool:
    if isinstance(term, Triple):
        return _blank(term.subject) or _blank(term.object)
    return isinstance(term, BlankNode)


def _named(term: NamedNode | BlankNode | Literal | Triple) -> str:
    if isinstance(term, Triple):
        return f"<<( {_named(term.subject)} {term.predicate} {_named(term.object)} )>>"
    return re.sub(r"^_:(.*)$", rf"<{_BLANK}\1>", str(term)) if isinstance(term, BlankNode) else str(term)
