"""What this service offers: terms that stand in its catalog, and what is done when somebody asks for them.

An `odrl:hasPolicy` alone is a description, perhaps of another's data. It may be negotiated here once somebody who may
write the dataset has said so: that is the row of an offer.
"""

from collections import OrderedDict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from pyoxigraph import NamedNode, Triple
from sqlalchemy import bindparam, select

from catalog.kinds import Kind
from catalog.namesakes import described_by
from catalog.reading import Reading, Stored
from catalog.visibility import Visibility
from exchange.dsp.policies import offer_json
from exchange.errors import OfferHidden, OfferUnknown
from exchange.keeping import Kept
from exchange.processes import Process
from ontology.terms import ODRL
from participants.principal import Principal
from stores.database import Database
from stores.exchange_tables import OfferRow
from stores.prepared import Prepared

_KEPT = 10_000
_BY_IRI = Prepared(select(OfferRow.__table__).where(OfferRow.iri == bindparam("iri")))


@dataclass(frozen=True, slots=True)
class Offer:
    """Terms on which a dataset may be had.

    Attributes:
        document: as the protocol writes it within a dataset, so without `target`.
        approval: rule or person.
        owner: participant that made it, None for the operator.
        revision: of the dataset's description, `dataset_hash` that of its content.
    """

    iri: str
    dataset: str
    document: Mapping[str, Any]
    approval: str = "rule"
    owner: str | None = None
    revision: int | None = None
    dataset_hash: str | None = None


class Script(Protocol):
    """Offers that stand in no catalog, for conformance tests."""

    def offer(self, iri: str) -> Offer | None:
        """The offer of this IRI, None if it is none of theirs."""
        ...


class Offers:
    """The offers of this service, as far as who asks may see them."""

    def __init__(
        self, database: Database, reading: Reading, visibility: Visibility, script: Script | None = None
    ) -> None:
        self._database, self._reading, self._visibility, self._script = database, reading, visibility, script
        self._kept = Kept[Offer](_KEPT)
        self._documents: OrderedDict[tuple[str, str], Mapping[str, Any]] = OrderedDict()

    async def find(self, iri: str, dataset: str | None, reader: Principal) -> Offer:
        """An offer that a reader may negotiate.

        Args:
            dataset: what it has to be an offer of, where that was said.

        Raises:
            OfferUnknown: there is none, it was withdrawn, or not for this reader; which of them is not told.
        """
        if self._script is not None and (scripted := self._script.offer(iri)) is not None:
            return scripted
        head, key = await self._database.catalog_head(), (iri, dataset, reader)
        if (kept := self._kept.get(head, key)) is not None:
            return kept
        return self._kept.put(head, key, await self._look_up(iri, dataset, reader))

    async def to_propose(self, iri: str, proposer: Principal, consumer: str) -> Offer:
        """An offer that somebody may propose to a participant.

        Raises:
            OfferUnknown: it is none of the proposer's.
            OfferHidden: it is not for this participant.
        """
        offer = await self.find(iri, None, proposer)
        own = proposer.role == "provider" and offer.owner == proposer.participant
        if not (proposer.is_operator or own):
            raise OfferUnknown(iri)
        try:
            return await self.find(iri, None, Principal(consumer, "reader", None, True))
        except OfferUnknown:
            raise OfferHidden(iri, consumer) from None

    async def _look_up(self, iri: str, dataset: str | None, reader: Principal) -> Offer:
        row = next(iter(await self._database.rows(_BY_IRI, iri=iri)), None)
        if row is None or row["withdrawn_at"] is not None or dataset not in (None, row["dataset"]):
            raise OfferUnknown(iri)
        if not (await self._visibility.of(reader)).sees(row["audience"]):
            raise OfferUnknown(iri)
        described = await described_by(self._reading, row["dataset"], row["owner"], reader)
        document = None if described is None else await self.document(described, iri, reader)
        if described is None or document is None:
            raise OfferUnknown(iri)
        return Offer(
            iri, row["dataset"], document, row["approval"], row["owner"],
            described.revision, described.description.hash,
        )  # fmt: skip

    async def document(self, dataset: Stored, iri: str, reader: Principal) -> Mapping[str, Any] | None:
        """An offer of a dataset as the protocol writes it, None where the dataset has no such policy any more."""
        if iri not in set(offered_by(dataset.description.triples)):
            return None
        if _is_about(dataset, iri):
            return self._document(dataset, iri)
        policy = await described_by(self._reading, iri, dataset.owner, reader, catalog=dataset.catalog)
        return None if policy is None else self._document(policy, iri)

    async def of(self, process: Process) -> Offer | None:
        """The offer that a negotiation is about, None if it is made no longer."""
        peer = Principal(process.peer, "reader", None, True)
        try:
            return await self.find(process.offer or "", process.dataset, peer)
        except OfferUnknown:
            return None

    def _document(self, policy: Stored, iri: str) -> Mapping[str, Any]:
        key = (policy.description.hash, iri)
        if key not in self._documents:
            self._documents[key] = offer_json(policy.description.triples, iri)
            if len(self._documents) > _KEPT:
                self._documents.popitem(last=False)
        return self._documents[key]


def offered_by(triples: Iterable[Triple]) -> Iterator[str]:
    """IRIs of the policies that a dataset or its distributions have."""
    for triple in triples:
        if triple.predicate == ODRL.hasPolicy and isinstance(triple.object, NamedNode):
            yield triple.object.value


def _is_about(stored: Stored, iri: str) -> bool:
    """Whether a description holds the rules of a policy itself."""
    node = NamedNode(iri)
    return stored.kind is not Kind.POLICY and any(
        triple.subject == node and triple.predicate in (ODRL.permission, ODRL.prohibition, ODRL.obligation)
        for triple in stored.description.triples
    )
