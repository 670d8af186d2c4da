"""Events as W3C provenance (PROV-O), line by line: what was done, by whom, with what, and what came of it."""

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import quote

from pyoxigraph import Literal, NamedNode, Triple

from journal.events import EventKind
from ontology.terms import DCT, PROV, RDF, XSD

_MADE = frozenset((EventKind.REGISTERED.value, EventKind.CHANGED.value, EventKind.DRAFTED.value))
_ENTITIES = {
    EventKind.DECIDED.value: "decision",
    EventKind.AGREED.value: "agreement",
    EventKind.AGREEMENT_ENDED.value: "agreement",
    EventKind.RELEASED.value: "release",
    EventKind.RELEASE_ENDED.value: "release",
    EventKind.REFUSED.value: "release",
    EventKind.NEGOTIATION.value: "process",
    EventKind.TRANSFER.value: "process",
}
_PARTIES = ("party", "peer", "consumer", "provider", "participant")
_USED = ("policy", "target", "dataset", "offer", "agreement")


def triples(entry: Mapping[str, Any]) -> Iterator[Triple]:
    """What an exported event says in PROV-O: an activity, its agents, what it used and what it made."""
    activity = NamedNode(f"urn:renkei:event:{entry['seq']}")
    at = Literal(entry["at"].isoformat(), datatype=XSD.dateTime)
    yield Triple(activity, RDF.type, PROV.Activity)
    yield Triple(activity, DCT.type, NamedNode(f"urn:renkei:ns#{entry['kind']}"))
    yield Triple(activity, PROV.startedAtTime, at)
    yield Triple(activity, PROV.endedAtTime, at)
    if entry["request"]:
        yield Triple(activity, DCT.identifier, Literal(entry["request"]))
    about = entry["about"] or {}
    for name in dict.fromkeys([entry["actor"], *(about.get(role) for role in _PARTIES)]):
        if name:
            yield Triple(activity, PROV.wasAssociatedWith, node(name, "agent"))
            yield Triple(node(name, "agent"), RDF.type, PROV.Agent)
    for role in _USED:
        if name := about.get(role):
            yield Triple(activity, PROV.used, node(name, "entity"))
    yield from _made(activity, entry, about)


def _made(activity: NamedNode, entry: Mapping[str, Any], about: Mapping[str, Any]) -> Iterator[Triple]:
    if entry["resource"] and entry["kind"] in _MADE:
        entity = node(entry["resource"], "entity")
    elif entry["subject"] and (sort := _ENTITIES.get(entry["kind"])):
        entity = node(about.get("iri") or entry["subject"], sort)
    else:
        return
    yield Triple(entity, RDF.type, PROV.Entity)
    yield Triple(entity, PROV.wasGeneratedBy, activity)
    if about.get("sha256"):
        yield Triple(entity, DCT.identifier, Literal(f"sha256:{about['sha256']}"))
    if about.get("dataset"):
        yield Triple(entity, PROV.wasDerivedFrom, node(about["dataset"], "entity"))


def node(name: str, sort: str) -> NamedNode:
    """The node of a name: itself if it is an IRI, else one of ours for its sort."""
    if ":" in name:
        try:
            return NamedNode(name)
        except ValueError:
            pass
    return NamedNode(f"urn:renkei:{sort}:{quote(name, safe='')}")


def lines(entry: Mapping[str, Any]) -> str:
    """The same as N-Triples, which are Turtle too."""
    return "".join(f"{triple} .\n" for triple in triples(entry))
