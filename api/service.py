"""The running service: every engine and every noun, opened in order and closed in reverse."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, fields
from datetime import timedelta
from functools import lru_cache
from pathlib import Path

import structlog

from api.cache import ByteCache, Shared
from api.exchanging import Exchange, Parts, open_exchange
from api.policy_words import policy_words
from api.settings import Settings
from catalog.assessing import ShapesAssessor
from catalog.context import Context
from catalog.descriptions import Descriptions
from catalog.house_profiles import HouseProfiles
from catalog.labels import Labels, label_of
from catalog.projection import Projection
from catalog.publishing import Publishing
from catalog.reading import Reading
from catalog.search import Search
from catalog.sparql import Sparql, SparqlLimits
from catalog.visibility import Visibility
from exchange.addresses import Inside, Purpose
from exchange.agreements import Agreements
from exchange.changes import Changes
from exchange.decisions import Decisions
from exchange.grants import Grants
from exchange.holding import Holdings
from exchange.hooks import Hooks
from exchange.keys import SecretBox, SigningKey
from exchange.leftovers import Leftovers
from exchange.notary import SigningNotary
from exchange.notices import Notices
from exchange.outgoing import Outgoing
from exchange.peers import Peers
from exchange.policy.options import zone_minutes
from exchange.policy.vocabulary import Vocabulary
from exchange.proofs import Proofs
from exchange.pushing import Pushing
from exchange.release import Gate
from exchange.renewing import Renewing
from exchange.schedules import Schedules
from exchange.sourcing import Sources
from exchange.stored_policies import StoredPolicies
from exchange.terms import Terms
from journal.sealing import Sealer
from ontology.description import triples_of
from ontology.killable import Workers
from ontology.messages import Message
from participants.tokens import Tokens, operator_token
from shapes.errors import ProfileUnknown
from shapes.profiles import LEVELS, Profiles
from shapes.validation import Validator
from shapes.vocabularies import Vocabularies
from stores.database import Database
from stores.fulltext.local import LocalFullText
from stores.fulltext.port import FullText
from stores.graphs.embedded import EmbeddedGraphs
from stores.graphs.port import Graphs

FOLLOW_S = 1.0
_MOMENT = 2000  # events; more than these are what an interrupted load or a lost index leaves behind
_BURST = 100  # events within a second; nobody writes so many but a load
_PATIENCE = 5  # seconds
_STILL = 3  # seconds without a write, then it is no pause within a load
log: structlog.stdlib.BoundLogger = structlog.get_logger("renkei")


@dataclass(frozen=True, slots=True)
class Books:
    """What needs the database alone: commands beside a running server work with these."""

    settings: Settings
    database: Database
    visibility: Visibility
    reading: Reading
    labels: Labels
    profiles: Profiles
    house_profiles: HouseProfiles
    validator: Validator
    workers: Workers
    descriptions: Descriptions
    publishing: Publishing
    tokens: Tokens
    token_file: Path | None
    signing: SigningKey
    box: SecretBox
    outgoing: Outgoing
    peers: Peers
    agreements: Agreements
    sealer: Sealer
    hooks: Hooks


@dataclass(frozen=True, slots=True)
class Service(Books):
    """The whole, with its projections. Nobody but the server has one open on a data folder."""

    graphs: Graphs
    fulltext: FullText
    projection: Projection
    search: Search
    sparql: Sparql
    cache: ByteCache
    shared: Shared
    written: asyncio.Event
    policies: StoredPolicies
    decisions: Decisions
    gate: Gate
    grants: Grants
    proofs: Proofs
    changes: Changes
    schedules: Schedules
    renewing: Renewing
    exchange: Exchange

    def follow_soon(self) -> None:
        """Let graphs and index come up to a write that is answered already; who reads them next waits for that."""
        self.written.set()

    async def follow(self) -> None:
        """Bring graphs, index and profiles up to the journal's head."""
        await self.projection.follow()
        await self.house_profiles.follow()


def check_level(profiles: Profiles, profile: str, level: str) -> None:
    """Refuse a profile or level that does not exist.

    Raises:
        ProfileUnknown
    """
    if level not in (profiles[profile].levels or LEVELS):
        raise ProfileUnknown(profile, level)


def vocabulary_labels(vocabularies: Vocabularies) -> Callable[[str], Message | None]:
    """Names of the terms of all shipped vocabularies."""
    index = vocabularies.index(vocabularies.names)

    @lru_cache(maxsize=4096)
    def label(iri: str) -> Message | None:
        return label_of(iri, triples_of(index.about(f"<{iri}>"))) if iri in index else None

    return label


def _sparql_limits(settings: Settings) -> SparqlLimits:
    return SparqlLimits(
        cpu_s=settings.query_s,
        wall_s=3 * settings.query_s + 1,
        rows=settings.query_rows,
        reply_bytes=settings.query_bytes,
        workers=settings.workers,
    )


@contextlib.asynccontextmanager
async def open_books(settings: Settings) -> AsyncIterator[Books]:
    """Open the database and what stands on it alone."""
    secret = settings.operator_token.get_secret_value() if settings.operator_token else None
    token, token_file = operator_token(settings.data, secret)
    async with contextlib.AsyncExitStack() as stack:
        database = Database.in_folder(settings.data)
        stack.push_async_callback(database.close)
        await database.open()
        workers = Workers(settings.workers)
        stack.push_async_callback(workers.close)
        profiles, vocabularies = await asyncio.to_thread(lambda: (Profiles.shipped(), Vocabularies.load()))
        house_profiles = HouseProfiles(database, profiles)
        await house_profiles.follow()
        validator = Validator(profiles, vocabularies, workers=workers)
        visibility = Visibility(database)
        reading = Reading(database, visibility)
        assessor, context = ShapesAssessor(validator), Context(database, visibility)
        publishing = Publishing(database, reading, assessor, context)
        stack.callback(publishing.close)
        signing = await asyncio.to_thread(SigningKey.in_folder, settings.data)
        outgoing = Outgoing(Inside.read(settings.allow_private).to(Purpose.PEER))
        stack.push_async_callback(outgoing.close)
        given_key = settings.secret_key.get_secret_value() if settings.secret_key else None
        box = SecretBox.in_folder(settings.data, given_key)
        peers = Peers(database, box, outgoing)
        yield Books(
            settings=settings,
            database=database,
            visibility=visibility,
            reading=reading,
            labels=Labels(database, vocabulary_labels(vocabularies)),
            profiles=profiles,
            house_profiles=house_profiles,
            validator=validator,
            workers=workers,
            descriptions=Descriptions(database, reading, assessor, context, settings.base),
            publishing=publishing,
            tokens=Tokens(database, token),
            token_file=token_file,
            box=box,
            outgoing=outgoing,
            peers=peers,
            agreements=Agreements(database, signing, peers, settings.base),
            signing=signing,
            sealer=Sealer(database, SigningNotary.in_folder(signing, settings.data), settings.data),
            hooks=Hooks(database, box),
        )


@contextlib.asynccontextmanager
async def open_service(settings: Settings, *, wait: bool = True) -> AsyncIterator[Service]:
    """Open everything, catch up with the journal, and keep following it until the end.

    Args:
        wait: catch up before anything is answered. A server does so only when that takes a moment; else it says that it
            is alive and how far it is (`/health/ready`), and what needs graphs or index waits for them.
    """
    async with contextlib.AsyncExitStack() as stack:
        words = await asyncio.to_thread(policy_words, settings.policy_vocabulary)
        books = await stack.enter_async_context(open_books(settings))
        graphs = await EmbeddedGraphs.open(settings.data / "graphs")
        stack.push_async_callback(graphs.close)
        fulltext = await asyncio.to_thread(LocalFullText, settings.data / "index")
        stack.push_async_callback(fulltext.close)
        sparql = Sparql(graphs, limits=_sparql_limits(settings))
        stack.push_async_callback(sparql.close)
        projection = Projection(books.database, graphs, fulltext, books.labels)
        zone, decisions = zone_minutes(settings.policy_zone), Decisions(books.database)
        policies = StoredPolicies(books.reading, words, zone)
        gate = await stack.enter_async_context(_gate(books, policies, decisions, sparql, words))
        grants, search = Grants(books.database), Search(fulltext, books.labels.of_catalogs)
        exchange = await stack.enter_async_context(
            open_exchange(
                Parts(
                    settings=settings, database=books.database, reading=books.reading, visibility=books.visibility,
                    search=search, sparql=sparql, box=books.box, outgoing=books.outgoing, peers=books.peers,
                    agreements=books.agreements, grants=grants, descriptions=books.descriptions, sources=gate.sources,
                    vocabulary=policies.vocabulary, signing=books.signing,
                )
            )
        )  # fmt: skip
        renewing = Renewing(exchange.processes, exchange.locks, exchange.transfers, books.peers, books.outgoing)
        service = Service(
            **{each.name: getattr(books, each.name) for each in fields(Books)},
            graphs=graphs,
            fulltext=fulltext,
            projection=projection,
            search=search,
            sparql=sparql,
            cache=ByteCache(settings.page_cache_bytes),
            shared=Shared(),
            written=asyncio.Event(),
            policies=policies,
            decisions=decisions,
            gate=gate,
            grants=grants,
            proofs=Proofs(),
            changes=Changes(books.database),
            schedules=Schedules(
                books.database,
                exchange.processes,
                exchange.locks,
                exchange.transfers,
                renewing,
                books.outgoing,
                gate.holdings,
                books.signing,
            ),
            renewing=renewing,
            exchange=exchange,
        )
        if wait or await projection.behind() <= _MOMENT:
            await service.follow()
        await stack.enter_async_context(_at_work(service))
        yield service


@contextlib.asynccontextmanager
async def _at_work(service: Service) -> AsyncIterator[None]:
    """What goes on by itself while the service runs; following comes last, for it may begin with much."""
    exchange, database, outgoing = service.exchange, service.database, service.outgoing.to
    async with contextlib.AsyncExitStack() as stack:
        pushing = Pushing(database, service.gate, exchange.processes, exchange.transfers, outgoing(Purpose.PUSH))
        notices = Notices(service.hooks, outgoing(Purpose.HOOK))
        leftovers = Leftovers(database, service.gate.holdings, timedelta(seconds=service.settings.held_grace_s))
        for work in (pushing, service.sealer, service.agreements, service.schedules, notices, leftovers):
            await stack.enter_async_context(work.at_work())
        follower = asyncio.create_task(_keep_following(service))
        stack.push_async_callback(_ended, follower)
        yield


@contextlib.asynccontextmanager
async def _gate(
    books: Books, policies: StoredPolicies, decisions: Decisions, sparql: Sparql, words: Callable[[], Vocabulary]
) -> AsyncIterator[Gate]:
    """The gate of all bytes; what a crash left open is ended before it lets anything out."""
    database, data = books.database, books.settings.data
    holdings = Holdings(data / "files", books.settings.file_bytes, books.settings.held_bytes)
    terms = Terms(database, books.reading, policies, words)
    sources = Sources(database, books.box)
    sources.size_of = holdings.size_of
    upstreams = books.outgoing.to(Purpose.SOURCE)
    gate = Gate(database, decisions, terms, sources, holdings, upstreams, sparql=sparql, visibility=books.visibility)
    await gate.start()
    try:
        yield gate
    finally:
        await gate.close()


class Gathering:
    """Whether what another process loads may gather before it is followed.

    A commit of 2,000 documents costs little more than one of 500, and spares the index merging each of these again
    and again: a quarter of what following a load costs. Whoever reads follows at once and waits for none of this.
    """

    def __init__(self) -> None:
        self._behind = self._waited = self._still = 0

    def goes_on(self, behind: int) -> bool:
        """Asked once a second, with the events that were not followed yet: whether to leave them for now."""
        self._still = 0 if behind > self._behind else self._still + 1
        self._behind, self._waited = behind, self._waited + 1
        if _BURST <= behind < _MOMENT and self._waited <= _PATIENCE and self._still < 2:
            return True
        self._behind = self._waited = self._still = 0
        return False


async def _keep_following(service: Service) -> None:
    """Follow writes, also of other processes, even when nobody reads, so that the next reader need not wait."""
    gathering, still = Gathering(), 0
    while True:
        own = service.written.is_set()
        service.written.clear()
        try:
            behind = await service.projection.behind()
            if own or not gathering.goes_on(behind):
                await service.follow()
            still = 0 if own or behind else still + 1
            if still == _STILL:
                await service.graphs.settle()
        except Exception as error:
            log.warning("following the journal failed, trying again", exc_info=error)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(service.written.wait(), FOLLOW_S)


async def _ended(task: asyncio.Task[None]) -> None:
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task
