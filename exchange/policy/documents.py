"""Policies out of a document as it comes: Turtle, JSON-LD and their like, in UTF-8 or UTF-16."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace

from pyoxigraph import Triple

from exchange.policy.faults import fault
from exchange.policy.graph import RELATIVE, Graph, name
from exchange.policy.model import Fault, Policy
from exchange.policy.normalising import Library, Shelf, read_policy
from ontology.description import Description
from ontology.faults import Fault as ReadingFault
from ontology.faults import Limits
from ontology.reading import read

_LIMITS = Limits(size_bytes=64 << 20, json_size_bytes=16 << 20, depth=1024)
_LEFT_OUT = frozenset(("syntax", "literal", "iri-length", "triple-term"))
_RESTRICTING = (
    *("constraint", "refinement", "condition", "duty", "duties", "prohibit", "obligat", "remed", "consequence"),
    *("target", "assign", "profile", "conflict", "inherit", "leftoperand", "rightoperand", "operator", "action"),
)


def policies(
    data: bytes,
    *,
    media_type: str | None = None,
    name: str | None = None,
    base_iri: str = RELATIVE,
    knows_profile: Callable[[str], bool] = lambda profile: False,
    library: Library | None = None,
) -> tuple[Policy, ...]:
    """All policies of a document, each with what the others in it give it to inherit.

    Args:
        name: of the file, which tells the syntax.

    Raises:
        Unreadable, SyntaxUnknown: no triples could be read.
    """
    reading = read(data, media_type=media_type, name=name, base_iri=base_iri, limits=_LIMITS)
    descriptions = list(described(list(reading)))
    lost = tuple(_lost(reading.faults))
    shelf = Shelf({**(library or {}), **{each.iri: each.triples for each in descriptions}})
    found = (read_policy(each, knows_profile=knows_profile, library=shelf) for each in descriptions)
    return tuple(replace(policy, faults=(*policy.faults, *lost)) if lost else policy for policy in found)


def _lost(faults: Iterable[ReadingFault]) -> Iterator[Fault]:
    """What the reader left out, where it may have restricted a rule: then nobody knows what the policy says."""
    for each in faults:
        if each.kind in _LEFT_OUT:
            yield fault("statement-lost", each.text)
        elif each.kind == "term" and each.text.lower().startswith(_RESTRICTING):
            yield fault("key-dropped", each.text)


def described(triples: Iterable[Triple]) -> Iterator[Description]:
    """One description for each policy among the triples."""
    graph = Graph(triples)
    for node in graph.policies():
        yield Description.of(name(node), graph.about(node))
