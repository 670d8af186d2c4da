"""The one gate: whatever moves bytes asks here, and nothing else can open what they come from.

What permits a release – agreement, transfer and token in force, the decision of the policy, the use counted – and the
release itself are committed before the source is opened. A refusal is committed too, with its decision, and opens
nothing.
"""

import asyncio
import contextlib
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, Final
from uuid import uuid4

import structlog

from catalog.sparql import Sparql
from catalog.visibility import Visibility
from exchange.admission import Admission
from exchange.carrying import cuts_of
from exchange.cutting import changed
from exchange.decisions import Decisions, Question
from exchange.flowing import STANDS_STILL, Release, relying
from exchange.grounds import Grounds
from exchange.holding import Holdings
from exchange.opened import Opened
from exchange.outgoing import Outgoing
from exchange.performing import Performances
from exchange.policy.account import account
from exchange.policy.asking import World
from exchange.release_errors import ReleaseRefused, ReleaseStopped
from exchange.rooms import Rooms
from exchange.sources.origins import Origins
from exchange.sources.port import Source
from exchange.sourcing import Registered, Sources
from exchange.spans import Span
from exchange.standing import Standing
from exchange.terms import Terms
from exchange.wanting import Admitted, Entry, Ground, Wanted, joined
from journal.events import REQUEST_ID
from ontology.messages import Message
from stores.database import Database

log: structlog.stdlib.BoundLogger = structlog.get_logger("renkei")
__all__ = ["Gate", "Opened", "Release", "Wanted"]

RECHECK_S: Final = 2.0
"""How old the decision may be on which a piece leaves; a stop is felt within 5 s, this and the way there."""
RESUME_S: Final = 3600.0
"""How long after it broke off a release may be gone on with."""
_NOTHING_CAME: Final = Message(ja="提供元から何も届きませんでした。", en="Nothing came from the source.")


class Gate:
    """Lets bytes out.

    Attributes:
        sources: where the bytes of datasets come from, for who registers them.
        holdings: files that are kept here.
        performances: what the parties of agreements did, because a policy asks for it.
    """

    def __init__(
        self,
        database: Database,
        decisions: Decisions,
        terms: Terms,
        sources: Sources,
        holdings: Holdings,
        outgoing: Outgoing,
        *,
        sparql: Sparql | None = None,
        visibility: Visibility | None = None,
        recheck_s: float = RECHECK_S,
        resume_s: float = RESUME_S,
        rooms: Rooms | None = None,
    ) -> None:
        self.sources = sources
        self.holdings = holdings
        self._database = database
        self._decisions = decisions
        self._terms = terms
        self._origins = Origins(holdings, outgoing, sparql, visibility)
        self.performances = Performances(database)
        self._grounds = Grounds(database, terms, decisions, sources, self.performances)
        self._admission = Admission(database, decisions, self._grounds.anew, resume_s)
        self._recheck_s = recheck_s
        self._open: dict[str, Release] = {}
        self._rooms = rooms or Rooms()
        self._leaving: dict[str, Callable[[], None]] = {}
        self._watch: asyncio.Task[None] | None = None

    async def open(self, wanted: Wanted) -> Release:
        """Bytes, if they may leave: decided, counted and written down before the first of them.

        Raises:
            ReleaseRefused: with the decision's reasons; nothing was opened.
            SourceUnknown: nobody said where the bytes come from; nothing was counted.
            SourceUnavailable, SpanUnsatisfiable: the source gives none; trying again is no second use.
            ReleaseBusy: too much leaves already; nothing was counted.
        """
        leave = await self._rooms.enter(wanted.transfer, wanted.participant.name)
        try:
            release = await self._begun(wanted)
        except BaseException:
            leave()
            raise
        self._leaving[release.id] = leave
        return release

    async def _begun(self, wanted: Wanted) -> Release:
        fresh = False
        while True:
            ground = await self._grounds.of(wanted)
            source = self._source(ground.registered, wanted)  # what cannot be used is told before it is counted
            wanted = _beginning_somewhere(wanted, ground.registered)
            await self._supersede(wanted)
            admitted = await self._admit(wanted, ground, fresh=fresh)
            if (now := admitted.entry.ground.registered) is not ground.registered:
                source = self._source(now, wanted)
            opened = await self._opened(admitted, source)
            if opened is not None:
                return self._released(admitted, opened)
            # The data are in another state: what went on is a new use, and a part only of that state is the whole.
            fresh = admitted.etag is not None
            if wanted.if_range is not None:
                wanted = replace(wanted, span=None, if_range=None)

    async def look(self, wanted: Wanted) -> Opened:
        """What would be released, without a byte of it; nothing is counted.

        Raises:
            ReleaseRefused, SourceUnknown, SourceUnavailable
        """
        ground = await self._grounds.of(wanted)
        source = self._source(ground.registered, wanted)
        admitted = await self._admit(_beginning_somewhere(wanted, ground.registered), ground, consume=False)
        return _changed(admitted, await source.look())

    async def start(self) -> int:
        """End what a crash left open, and begin to watch; answers how many there were."""
        left = await self._admission.recover()
        await asyncio.to_thread(self.holdings.sweep)
        self._watch = asyncio.create_task(self._watching())
        return left

    async def close(self) -> None:
        """Stop what is open, and wait until all is written."""
        if self._watch is not None:
            self._watch.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._watch
        for release in list(self._open.values()):
            await release.close()
        await self._admission.close()

    async def settled(self) -> None:
        """Wait until the ends of all releases so far are written."""
        await self._admission.settled()

    def _source(self, registered: Registered, wanted: Wanted) -> Source:
        return self._origins.source(registered, self.sources.credentials(registered), wanted.participant)

    async def _admit(self, wanted: Wanted, ground: Ground, *, fresh: bool = False, consume: bool = True) -> Admitted:
        now = datetime.now(UTC)
        entry = Entry(wanted, uuid4().hex, now, REQUEST_ID.get(), ground, World(None), fresh, consume)
        admitted = await self._admission.enter(await self._grounds.under(entry))
        if not admitted.permitted:
            raise await self._refused(admitted)
        return admitted

    async def _refused(self, admitted: Admitted) -> ReleaseRefused:
        """The refusal in words: of a policy, what each of its rules says to it, and what would permit it."""
        reasons, decided = admitted.reasons, admitted.decided
        if decided is not None:
            told = account(decided, await self._terms.vocabulary())
            reasons = (told.heading, *(each.text for each in told.sentences), *told.missing, *told.duties)
            reasons = (*reasons, told.remedy) if told.remedy is not None else reasons
        return ReleaseRefused(reasons, admitted.row.get("id"), admitted.decision, decided)

    async def _opened(self, admitted: Admitted, source: Source) -> Opened | None:
        """The source; None if it is not in the state that was asked for."""
        try:
            opened = await source.open(admitted.entry.wanted.span)
        except BaseException:
            self._admission.note(_failed(admitted))
            raise
        if relying(opened, admitted):
            return _changed(admitted, opened)
        await opened.close()
        self._admission.note(_failed(admitted))
        return None

    def _released(self, admitted: Admitted, opened: Opened) -> Release:
        release = Release(admitted, opened, still=self._still, note=self._ended, recheck_s=self._recheck_s)
        self._open[release.id] = release
        return release

    def _ended(self, row: Mapping[str, Any]) -> None:
        if row["state"] != "open":
            self._open.pop(str(row["id"]), None)
            self._leaving.pop(str(row["id"]), lambda: None)()
        self._admission.note(row)

    async def _supersede(self, wanted: Wanted) -> None:
        """Who comes back while its old connection still hangs here has left that one."""
        first = wanted.span.first if wanted.span is not None else None
        for release in list(self._open.values()) if wanted.transfer is not None and first else ():
            if release.admitted.entry.wanted.transfer == wanted.transfer and (first or 0) <= release.reached:
                release.stop(())
                await release.close()

    async def _still(self, admitted: Admitted) -> tuple[Message, ...]:
        """Why a release must not go on; none where it may."""
        wanted, now = admitted.entry.wanted, datetime.now(UTC)
        async with self._database.reading() as connection:
            standing = await Standing.of(connection, [wanted])
        if reason := standing.refusal(wanted, now, begun=True):
            return (reason,)
        policy = admitted.entry.policy
        assert policy is not None
        world = replace(admitted.entry.world, now=now)
        (decision,) = await self._decisions.would([Question(policy, wanted.request, world, admitted.own)])
        return () if decision.permitted else decision.report.reasons

    async def _watching(self) -> None:
        """Decide again for releases whose receivers keep them waiting: those would notice nothing."""
        while True:
            await asyncio.sleep(self._recheck_s)
            for release in list(self._open.values()):
                if release.stands_still:
                    release.stop((STANDS_STILL,))
                elif release.overdue:
                    await _rechecked(release)


async def _rechecked(release: Release) -> None:
    try:
        await release.recheck()
    except ReleaseStopped:
        pass
    except Exception as error:  # of the database, say: the others are watched all the same, and this one again
        log.warning("a release could not be decided again", release=release.id, exc_info=error)


def _beginning_somewhere(wanted: Wanted, registered: Registered) -> Wanted:
    """A wish whose span begins at a byte that is known before anything is opened.

    The last bytes of what has no known size are not given, but the whole.
    """
    span, size = wanted.span, registered.place.get("size_bytes")
    if span is None or span.first is not None:
        return wanted
    if not isinstance(size, int):
        return replace(wanted, span=None)
    start, stop = span.within(size)
    return replace(wanted, span=Span(start, stop - 1))


def _changed(admitted: Admitted, opened: Opened) -> Opened:
    """The source without what the policy wants taken out."""
    decided = admitted.decided
    return opened if decided is None or not admitted.entry.ground.cuts else changed(opened, cuts_of(decided))


def _failed(admitted: Admitted) -> Mapping[str, Any]:
    return {**admitted.row, "state": "failed", "ended_at": datetime.now(UTC), "reason": joined((_NOTHING_CAME,))}
