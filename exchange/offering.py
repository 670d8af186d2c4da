"""Publishing an offer: a dataset, the terms it may be had on and where its bytes come from, in one transaction."""

import secrets
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

import orjson
from pyoxigraph import BlankNode, NamedNode, Triple
from sqlalchemy import insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from catalog.descriptions import Along, Descriptions, Document
from catalog.kinds import Kind
from catalog.reading import Stored
from catalog.storing import remember_audiences
from catalog.visibility import PARTICIPANTS, audience_column
from exchange.dsp.policies import offer_json
from exchange.errors import OfferUnknown, TermsInvalid
from exchange.policy.checking import PolicyDocument, all_faults, is_wrong
from exchange.policy.errors import ValuesInvalid
from exchange.policy.model import Severity
from exchange.policy.templates import Frame, combine
from exchange.policy.vocabulary import Vocabulary
from exchange.sourcing import Sources
from exchange.upstreams import Upstream
from journal.events import Event, EventKind, append
from ontology.messages import Message
from ontology.terms import DCAT, ODRL, RDF
from participants.principal import Principal
from stores.database import Database
from stores.exchange_tables import OfferRow
from stores.prepared import Row

_CONTEXT: Final = "http://www.w3.org/ns/odrl.jsonld"
_CLASSES: Final = frozenset((ODRL.Policy, ODRL.Set, ODRL.Offer))
_ONE = Message(ja="条件は一つのポリシーとして書いてください。", en="The terms are exactly one policy.")
_NO_DATASET = Message(ja="dcat:Dataset がありません。", en="There is no dcat:Dataset in it.")
_KIND = Message(
    ja="提供の条件は odrl:Offer か odrl:Set です。", en="Terms that are offered are an odrl:Offer or odrl:Set."
)


@dataclass(frozen=True, slots=True)
class Draft:
    """What is to be offered.

    Attributes:
        terms: a policy as JSON-LD, or values by template under `templates`.
        approval: rule or person.
        audience: who may negotiate it: `public`, `participants` or IRIs of participants.
        source: where the bytes come from; None leaves that as it is.
    """

    terms: Mapping[str, Any]
    approval: str = "rule"
    audience: Sequence[str] = (PARTICIPANTS,)
    source: Upstream | None = None


@dataclass(frozen=True, slots=True)
class Published:
    """An offer that was made."""

    iri: str
    dataset: Stored
    document: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class _Made:
    """An offer that is not stored yet; `along` stores it with the description of its dataset."""

    iri: str
    terms: tuple[Triple, ...]
    document: Mapping[str, Any]
    along: Along

    def beside(self, triples: Iterable[Triple], dataset: NamedNode | BlankNode) -> tuple[Triple, ...]:
        """What describes a dataset, and its having the offer."""
        return (*triples, Triple(dataset, ODRL.hasPolicy, NamedNode(self.iri)), *self.terms)


class Offering:
    """Makes and withdraws offers."""

    def __init__(
        self,
        database: Database,
        descriptions: Descriptions,
        sources: Sources,
        vocabulary: Callable[[], Vocabulary],
        base: str,
    ) -> None:
        self._database, self._descriptions, self._sources = database, descriptions, sources
        self._vocabulary, self._base = vocabulary, base

    async def publish_new(
        self, catalog: str, described: Document, draft: Draft, principal: Principal, audience: Sequence[str] | None
    ) -> Published:
        """Register a dataset with its offer.

        Raises:
            TermsInvalid, PolicyBeyondProtocol: the terms; and all that `Descriptions.register` raises.
        """
        made = self._made(draft, principal)
        whole = Document(made.beside(described.triples, _root(described.triples)), None, None, described.faults)
        stored = await self._descriptions.register(
            catalog, Kind.DATASET, whole, principal, audience=audience, along=made.along
        )
        return Published(made.iri, stored, made.document)

    async def publish(self, dataset: Stored, draft: Draft, principal: Principal) -> Published:
        """Add an offer to a dataset that is described already.

        Raises:
            TermsInvalid, PolicyBeyondProtocol: the terms; and all that `Descriptions.replace` raises.
        """
        made = self._made(draft, principal)
        whole = Document(made.beside(dataset.description.triples, NamedNode(dataset.iri)))
        stored, _ = await self._descriptions.replace(
            dataset.short_id, whole, principal, if_match=dataset.etag, along=made.along
        )
        return Published(made.iri, stored, made.document)

    async def listed(self, principal: Principal) -> Sequence[Row]:
        """The offers that a principal made, newest first; the operator sees all."""
        mine = () if principal.is_operator else (OfferRow.owner == principal.participant,)
        found = select(OfferRow.__table__).where(*mine).order_by(OfferRow.made_at.desc(), OfferRow.iri).limit(10_000)
        async with self._database.reading() as connection:
            return (await connection.execute(found)).mappings().all()

    async def withdraw(self, iri: str, principal: Principal) -> None:
        """Make an offer no longer; what was agreed on it stays.

        Raises:
            OfferUnknown: there is none, or it is another's.
        """
        async with self._database.writing() as connection:
            row = (await connection.execute(select(OfferRow.__table__).where(OfferRow.iri == iri))).mappings().first()
            if row is None or not _may_withdraw(row, principal):
                raise OfferUnknown(iri)
            now = datetime.now(UTC)
            await connection.execute(update(OfferRow).where(OfferRow.iri == iri).values(withdrawn_at=now))
            await append(connection, [Event(EventKind.OFFER_WITHDRAWN, actor=principal.name, subject=_subject(iri))])

    def _made(self, draft: Draft, principal: Principal) -> _Made:
        """A draft under a name of its own, which nothing knows yet."""
        iri = f"{self._base}/offers/{secrets.token_hex(8)}"
        terms = self._terms(draft.terms, iri)

        async def along(connection: AsyncConnection, dataset: str) -> None:
            await self._stored(connection, iri, dataset, draft, principal)

        return _Made(iri, terms, offer_json(terms, iri), along)

    def _terms(self, given: Mapping[str, Any], iri: str) -> tuple[Triple, ...]:
        """The triples of an offer of this name."""
        if "templates" in given:
            try:
                return combine(given["templates"], Frame(iri, ()), self._vocabulary())
            except ValuesInvalid as error:
                raise TermsInvalid(tuple((each.place, each.message) for each in error.reasons)) from error
        body = orjson.dumps(given if "@context" in given else {"@context": _CONTEXT, **given})
        document = PolicyDocument.read(body, media_type="application/ld+json")
        vocabulary = self._vocabulary()
        policies = document.policies(vocabulary)
        if len(policies) != 1:
            raise TermsInvalid((("policy", _ONE),))
        faults = [
            each
            for each in all_faults(policies[0], vocabulary)
            if each.severity is not Severity.NOTED or is_wrong(each, policies[0])
        ]
        if faults or document.faults:
            told = [(each.node, each.message) for each in faults] + [
                ("policy", each.message) for each in document.faults
            ]
            raise TermsInvalid(tuple(told))
        return tuple(_renamed(document.triples, iri))

    async def _stored(
        self, connection: AsyncConnection, iri: str, dataset: str, draft: Draft, principal: Principal
    ) -> None:
        audience = audience_column(draft.audience, principal.participant)
        await remember_audiences(connection, {audience})
        await connection.execute(
            insert(OfferRow).values(
                iri=iri, dataset=dataset, owner=principal.participant, approval=draft.approval, audience=audience,
                made_at=datetime.now(UTC),
            )
        )  # fmt: skip
        await append(connection, [Event(EventKind.OFFERED, actor=principal.name, subject=_subject(iri))])
        if draft.source is not None:
            await self._sources.set_within(connection, dataset, draft.source, principal)


def _may_withdraw(offer: Row, principal: Principal) -> bool:
    own = principal.role == "provider" and offer["owner"] == principal.participant
    return principal.is_operator or own


def _subject(iri: str) -> str:
    """The last part of an offer's IRI, which is random and short enough for an event."""
    return iri.rsplit("/", 1)[-1][:64]


def _root(triples: Iterable[Triple]) -> NamedNode | BlankNode:
    """The dataset of a document; whether it is the only one is for who registers it to say."""
    for triple in triples:
        if triple.predicate == RDF.type and triple.object == DCAT.Dataset:
            assert isinstance(triple.subject, NamedNode | BlankNode)
            return triple.subject
    raise TermsInvalid((("description", _NO_DATASET),))


def _renamed(triples: Sequence[Triple], iri: str) -> Iterable[Triple]:
    """The triples with the policy under a new name, as an offer."""
    policies = {
        triple.subject
        for triple in triples
        if triple.predicate == RDF.type and isinstance(triple.object, NamedNode) and triple.object in _CLASSES
    }
    if len(policies) != 1:
        raise TermsInvalid((("policy", _KIND),))
    old, new = policies.pop(), NamedNode(iri)
    yield Triple(new, RDF.type, ODRL.Offer)
    for triple in triples:
        if triple.subject == old and triple.predicate in (RDF.type, ODRL.uid, ODRL.target):
            continue
        subject = new if triple.subject == old else triple.subject
        assert isinstance(subject, NamedNode | BlankNode)
        yield Triple(subject, triple.predicate, new if triple.object == old else triple.object)
