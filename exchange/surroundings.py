"""What the catalog says of a policy beside the policy's own description.

A dataset says by odrl:hasPolicy what a policy is about, and a collection that rules name may be refined in a
description of its own: a catalog is cut into such pieces when it is loaded. Without them a policy allows too much.
"""

from collections import OrderedDict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from pyoxigraph import BlankNode, NamedNode, Triple
from sqlalchemy import RowMapping, select

from catalog.reading import Reading, Stored
from catalog.storing import policy_key, subject_key
from exchange.policy.graph import Graph
from ontology.description import Description
from ontology.refining import renamed
from ontology.terms import ODRL, RDF
from participants.principal import Principal
from stores.database import unpacked
from stores.tables import ResourceRow, RevisionRow, SubjectRow

_TOGETHER = 500
_KEPT = 10_000
_LISTS = frozenset((RDF.first, RDF.rest, RDF.value))
_HIDDEN = BlankNode("hidden")


@dataclass(frozen=True, slots=True)
class _Beside:
    """Another description, as far as it speaks ODRL.

    Attributes:
        hidden: from the reader, who must not learn what it says.
    """

    triples: tuple[Triple, ...]
    hidden: bool


class Surroundings:
    """Looks up the other descriptions of the same owner, whether or not the reader may see them.

    Of a hidden one only that something is unknown is told: left out, it would let the reader do more than others.
    """

    def __init__(self, reading: Reading) -> None:
        self._reading = reading
        self._known: OrderedDict[tuple[int, str], tuple[Triple, ...]] = OrderedDict()

    async def describing(self, iri: str) -> list[int]:
        """Resources whose published descriptions say something about an IRI, the first stored first."""
        rows = await self._rows([subject_key(iri)])
        return sorted(row["id"] for row in rows)

    async def completed(self, policy: Description, stored: Stored, reader: Principal) -> Description:
        """A policy with what other descriptions add to it.

        Args:
            policy: named by its IRI.
            stored: the description that holds it.
        """
        keys = [policy_key(policy.iri), *map(subject_key, sorted(_named(policy.triples) - {stored.iri}))]
        rows = [row for row in await self._rows(keys) if row["id"] != stored.resource_id and _is_kin(row, stored)]
        if not rows:
            return policy
        others = await self._beside(rows, reader)
        added = list(_added(policy, others))
        return Description.of(policy.iri, (*policy.triples, *added)) if added else policy

    async def _rows(self, keys: Sequence[int]) -> list[RowMapping]:
        found: dict[int, RowMapping] = {}
        columns = (
            *(ResourceRow.id, ResourceRow.owner, ResourceRow.catalog_id, ResourceRow.audience, ResourceRow.revision),
            ResourceRow.hash,
        )
        async with self._reading.database.reading() as connection:
            for start in range(0, len(keys), _TOGETHER):
                statement = (
                    select(*columns)
                    .join(SubjectRow, SubjectRow.resource_id == ResourceRow.id)
                    .where(SubjectRow.subject.in_(keys[start : start + _TOGETHER]), ResourceRow.state == "published")
                )
                for row in (await connection.execute(statement)).mappings():
                    found[row["id"]] = row
        return list(found.values())

    async def _beside(self, rows: Sequence[RowMapping], reader: Principal) -> list[_Beside]:
        new = [row["id"] for row in rows if (row["id"], row["hash"]) not in self._known]
        texts: dict[int, str] = {}
        async with self._reading.database.reading() as connection:
            for start in range(0, len(new), _TOGETHER):
                statement = (
                    select(RevisionRow.resource_id, RevisionRow.canonical)
                    .join(
                        ResourceRow,
                        (ResourceRow.id == RevisionRow.resource_id) & (ResourceRow.revision == RevisionRow.number),
                    )
                    .where(ResourceRow.id.in_(new[start : start + _TOGETHER]))
                )
                texts |= {key: unpacked(text).decode() for key, text in await connection.execute(statement)}
        sight = await self._reading.visibility.of(reader)
        own = reader.participant
        return [
            _Beside(
                self._spoken(row, texts),
                hidden=not sight.sees(row["audience"]) and (own is None or own != row["owner"]),
            )
            for row in rows
        ]

    def _spoken(self, row: RowMapping, texts: dict[int, str]) -> tuple[Triple, ...]:
        key = (row["id"], row["hash"])
        if key not in self._known:
            self._known[key] = tuple(_odrl(row["hash"], texts.get(row["id"], "")))
            if len(self._known) > _KEPT:
                self._known.popitem(last=False)
        return self._known[key]


def _is_kin(row: RowMapping, stored: Stored) -> bool:
    """Whether a description is of whom the policy is of: nobody else adds to it. Operators keep what is of many."""
    if row["owner"] != stored.owner:
        return False
    return stored.owner is not None or row["catalog_id"] == stored.catalog


def _named(triples: Iterable[Triple]) -> set[str]:
    """IRIs that a policy names by words of ODRL, those of ODRL itself aside."""
    return {
        triple.object.value
        for triple in triples
        if isinstance(triple.object, NamedNode)
        and not triple.object.value.startswith(ODRL.NAMESPACE)
        and _is_spoken(triple.predicate)
    }


def _is_spoken(predicate: NamedNode) -> bool:
    return predicate in _LISTS or predicate.value.startswith(ODRL.NAMESPACE)


def _odrl(digest: str, canonical: str) -> Iterator[Triple]:
    """Statements in words of ODRL, blank nodes under labels of their own."""
    if ODRL.NAMESPACE not in canonical:
        return
    triples = [
        triple
        for triple in Description(digest, canonical, digest).triples
        if _is_spoken(triple.predicate) or (triple.predicate == RDF.type and _is_odrl(triple.object))
    ]
    nodes = {term for one in triples for term in (one.subject, one.object) if isinstance(term, BlankNode)}
    yield from renamed(triples, {node: BlankNode(f"b{digest[:12]}-{node.value}") for node in nodes})


def _is_odrl(term: object) -> bool:
    return isinstance(term, NamedNode) and term.value.startswith(ODRL.NAMESPACE)


def _added(policy: Description, others: Iterable[_Beside]) -> Iterator[Triple]:
    node, own = NamedNode(policy.iri), set(policy.triples)
    shown = [triple for each in others if not each.hidden for triple in each.triples]
    hidden = [triple for each in others if each.hidden for triple in each.triples]
    reached = [triple for triple in Graph([*policy.triples, *shown]).about(node) if triple not in own]
    yield from dict.fromkeys(reached)
    names = _named(own)
    for triple in hidden:
        if triple.predicate in (ODRL.refinement, ODRL.source) and getattr(triple.subject, "value", "") in names:
            yield Triple(triple.subject, ODRL.refinement, _HIDDEN)
    if not any(_tells_target(triple, node) for triple in (*own, *reached)):
        links = (triple for triple in hidden if triple.predicate == ODRL.hasPolicy and triple.object == node)
        yield from [Triple(_HIDDEN, ODRL.hasPolicy, node) for _ in links][:1]


def _tells_target(triple: Triple, policy: NamedNode) -> bool:
    return triple.predicate == ODRL.target or (triple.predicate == ODRL.hasPolicy and triple.object == policy)
