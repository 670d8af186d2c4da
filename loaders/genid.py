"""Names for blank nodes that need one: blank resources, and blank nodes that several descriptions share.

A name depends on what is said, never on labels or places in a file, so that a reload finds the same resource. Content
is compared by colour refinement: unlike canonical labelling it takes linear time, and what it cannot tell apart (true
duplicates) is numbered in the order of the file.
"""

import hashlib
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping

from loaders.outline import Outline
from ontology.description import GENID, blanks_of
from ontology.terms import DCT

_ROUNDS = 8  # blank structures in catalogs are at most 5 deep (ODRL rules); below that, ties are numbered
_IDENTIFIER = re.compile(rf'\S+ {re.escape(str(DCT.identifier))} ("(?:[^"\\]|\\.)*")')


def name_blank_nodes(outline: Outline, shared: Iterable[int], source: str) -> dict[int, str]:
    """Give each blank root and each shared blank node an IRI `urn:renkei:genid:…`.

    Args:
        outline: of the whole file, resolved.
        shared: blank nodes that lie in several descriptions.
        source: part of each name, so that two sources' nodes never meet; the same at each load of the source.

    Returns:
        Node to name in N-Triples form.
    """
    roots = [node for node in outline.roots if outline.is_blank(node)]
    shared = [node for node in shared if node not in outline.roots]
    names: dict[int, str] = {}
    if roots:
        colours = colours_of(outline, roots)
        identifiers = {node: _identifier(outline.spool.read(node)) for node in roots}
        uses = Counter(identifiers.values())
        _name(names, {node: _root_key(source, colours[node], identifiers[node], uses) for node in roots})
    if shared:
        _name(names, _shared_keys(outline, shared, names, source))
    return names


def order_by_content(outline: Outline, nodes: list[int]) -> list[int]:
    """Blank nodes sorted by what they say."""
    colours = colours_of(outline, nodes) if nodes else {}
    return sorted(nodes, key=lambda node: (colours[node], node))


def _identifier(lines: list[str]) -> str | None:
    return min((found[1] for line in lines if (found := _IDENTIFIER.match(line))), default=None)


def _root_key(source: str, colour: str, identifier: str | None, uses: Mapping[str | None, int]) -> str:
    if identifier is None:
        return _digest("content", source, colour)
    if uses[identifier] > 1:
        return _digest("identifier", source, identifier, colour)
    return _digest("identifier", source, identifier)


def _name(names: dict[int, str], keys: Mapping[int, str]) -> None:
    taken: dict[str, int] = defaultdict(int)
    for node in sorted(keys):
        key = keys[node]
        ordinal = f"-{taken[key]}" if taken[key] else ""
        taken[key] += 1
        names[node] = f"<{GENID}{key}{ordinal}>"


def colours_of(outline: Outline, nodes: Iterable[int]) -> dict[int, str]:
    """A hash of what each blank node and the blank nodes below it say; other descriptions' roots are not entered."""
    fixed: dict[int, str] = {}
    links: dict[int, list[tuple[str, tuple[int, ...]]]] = {}
    waiting = list(nodes)
    while waiting:
        node = waiting.pop()
        if node in fixed:
            continue
        plain, links[node] = _statements(outline, node)
        fixed[node] = _digest(*sorted(set(plain)))
        waiting.extend(child for _, children in links[node] for child in children if child not in outline.roots)
    colours = dict(fixed)
    for _ in range(_ROUNDS):
        colours = {node: _digest(fixed[node], *sorted(_shown(links[node], colours))) for node in fixed}
    return colours


def _statements(outline: Outline, node: int) -> tuple[list[str], list[tuple[str, tuple[int, ...]]]]:
    """A node's statements without and with blank nodes as objects; of the latter the text around them."""
    plain: list[str] = []
    links: list[tuple[str, tuple[int, ...]]] = []
    name = outline.names[node]
    for line in outline.spool.read(node):
        subject, predicate, value = line.split(" ", 2)
        if subject != name:  # a membership statement: what contains the node is not what the node says
            continue
        if value[0] == "_":
            links.append((predicate, (outline.number(value[:-2]),)))
        elif value.startswith("<<(") and (blanks := blanks_of(value)):
            links.append((predicate, tuple(outline.number(blank) for blank in blanks)))
        else:
            plain.append(f"{predicate} {value}")
    return plain, links


def _shown(links: Iterable[tuple[str, tuple[int, ...]]], colours: Mapping[int, str]) -> Iterable[str]:
    return {f"{predicate} {' '.join(colours.get(child, '_') for child in children)}" for predicate, children in links}


def _shared_keys(outline: Outline, shared: list[int], names: Mapping[int, str], source: str) -> dict[int, str]:
    """Keys of shared nodes from their content and from who refers to them by which predicate."""
    content = colours_of(outline, shared)
    referrers = _referrers(outline, set(shared), names)
    keys = {node: content[node] for node in shared}
    for _ in range(_ROUNDS):
        keys = {
            node: _digest(
                source, content[node], *sorted(f"{p} {keys.get(s, '') or shown}" for s, shown, p in referrers[node])
            )
            for node in shared
        }
    return keys


def _referrers(outline: Outline, shared: set[int], names: Mapping[int, str]) -> dict[int, list[tuple[int, str, str]]]:
    found: dict[int, list[tuple[int, str, str]]] = {node: [] for node in shared}
    for node, children in outline.children.items():
        if shared.isdisjoint(children):
            continue
        shown = names.get(node) or ("_" if outline.is_blank(node) else outline.names[node])
        for predicate, targets in _statements(outline, node)[1]:
            for target in shared.intersection(targets):
                found[target].append((node, shown, predicate))
    return found


def _digest(*parts: str) -> str:
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:32]
