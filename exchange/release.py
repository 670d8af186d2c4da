"""The one gate: whatever moves bytes asks here, and nothing else can open what they come from.

What permits a release – agreement, transfer and token in force, the decision of the policy, the use counted – and the
release itself are committed before the source is opened. A refusal is committed too, with its decision, and opens
nothing.
"""

import asyncio
import contextlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, Final
from uuid import uuid4

from exchange.admission import Admission
from exchange.decisions import Decisions, Question
from exchange.flowing import Release, relying
from exchange.holding import Holdings
from exchange.opened import Opened
from exchange.outgoing import Outgoing
from exchange.policy.account import account
from exchange.policy.asking import World
from exchange.policy.compiling import Compiled
from exchange.release_errors import ReleaseRefused, ReleaseStopped, SourceUnknown
from exchange.sources.origins import Origins
from exchange.sources.port import Source
from exchange.sourcing import Registered, Sources
from exchange.spans import Span
from exchange.standing import Standing
from exchange.terms import Terms
from exchange.wanting import Admitted, Entry, Wanted
from journal.events import REQUEST_ID
from ontology.messages import Message
from stores.database import Database

__all__ = ["Gate", "Opened", "Release", "Wanted"]

RECHECK_S: Final = 2.0
"""How old the decision may be on which a piece leaves; a stop is felt within 5 s, this and the way there."""
RESUME_S: Final = 3600.0
"""How long after it broke off a release may be gone on with."""
_NO_DATASET = Message(ja="このデータセットはありません。", en="There is no such dataset.")
_NOT_OPEN = Message(
    ja="このデータは公開の条件では利用できません。交渉して合意を結んでください。",
    en="These data are not open to everybody. Negotiate an agreement.",
)
_ANOTHERS = Message(
    ja="このデータの提供元は、提供者とは別の参加者が登録したものです。",
    en="The source of these data was registered by another participant than their provider.",
)
_ALIAS = Message(
    ja="同じ内容が別のデータセットとしても登録されており、そちらの条件では許可されません。",
    en="The same bytes are registered as another dataset too, whose terms do not permit this.",
)


@dataclass(frozen=True, slots=True)
class Ground:
    """What a wish rests on: the policy that decides it, or why there is none."""

    policy: Compiled | None
    owner: str | None = None
    reasons: tuple[Message, ...] = ()


class Gate:
    """Lets bytes out.

    Attributes:
        sources: where the bytes of datasets come from, for who registers them.
        holdings: files that are kept here.
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
        recheck_s: float = RECHECK_S,
        resume_s: float = RESUME_S,
    ) -> None:
        self.sources = sources
        self.holdings = holdings
        self._database = database
        self._decisions = decisions
        self._terms = terms
        self._origins = Origins(holdings, outgoing)
        self._admission = Admission(database, decisions, resume_s)
        self._recheck_s = recheck_s
        self._open: dict[str, Release] = {}
        self._watch: asyncio.Task[None] | None = None

    async def open(self, wanted: Wanted) -> Release:
        """Bytes, if they may leave: decided, counted and written down before the first of them.

        Raises:
            ReleaseRefused: with the decision's reasons; nothing was opened.
            SourceUnknown: nobody said where the bytes come from; nothing was counted.
            SourceUnavailable, SpanUnsatisfiable: the source gives none; trying again is no second use.
        """
        registered, source = await self._source(wanted)
        wanted = _placed(wanted, registered)
        await self._supersede(wanted)
        fresh = False
        while True:
            admitted = await self._admit(wanted, registered, fresh=fresh)
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
        registered, source = await self._source(wanted)
        await self._admit(_placed(wanted, registered), registered, consume=False)
        return await source.look()

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
        await self._admission.settled()

    async def settled(self) -> None:
        """Wait until the ends of all releases so far are written."""
        await self._admission.settled()

    async def _source(self, wanted: Wanted) -> tuple[Registered, Source]:
        registered = await self.sources.find(wanted.source)
        if registered is None and wanted.part is not None:
            registered = await self.sources.find(wanted.dataset)
        if registered is None:
            raise SourceUnknown(wanted.source)
        return registered, self._origins.source(registered, self.sources.credentials(registered))

    async def _admit(
        self, wanted: Wanted, registered: Registered, *, fresh: bool = False, consume: bool = True
    ) -> Admitted:
        ground = await self._ground(wanted, registered)
        if ground.policy is not None and await self._forbidden_elsewhere(wanted, registered):
            ground = Ground(None, reasons=(_ALIAS,))
        now = datetime.now(UTC)
        admitted = await self._admission.enter(
            Entry(wanted, uuid4().hex, now, REQUEST_ID.get(), ground.policy, World(now), ground.reasons, fresh, consume)
        )
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

    async def _ground(self, wanted: Wanted, registered: Registered) -> Ground:
        if wanted.agreement is not None:
            row = await self._terms.agreement(wanted.agreement)
            if row is None:
                return Ground(None, reasons=(Message(ja="この合意はありません。", en="There is no such agreement."),))
            return _owned(Ground(await self._terms.agreed(row), row["owner"]), registered)
        found = await self._terms.open_to(wanted.dataset, wanted.participant, wanted.part)
        if found is None:
            return Ground(None, reasons=(_NO_DATASET,))
        if not found.policies:
            return Ground(None, reasons=(_NOT_OPEN,) if found.stated else ())
        return _owned(Ground(await self._permitting(wanted, found.policies), found.owner), registered)

    async def _permitting(self, wanted: Wanted, policies: Sequence[Compiled]) -> Compiled:
        """Of several policies that each may permit, the first that does; else the first, for its reasons."""
        if len(policies) == 1:
            return policies[0]
        for policy in policies:
            if await self._permits(policy, wanted):
                return policy
        return policies[0]

    async def _permits(self, policy: Compiled, wanted: Wanted) -> bool:
        request = Entry(wanted, "", datetime.now(UTC), None, policy, World()).request
        (decision,) = await self._decisions.would([Question(policy, request, World(datetime.now(UTC)))])
        return decision.permitted

    async def _forbidden_elsewhere(self, wanted: Wanted, registered: Registered) -> bool:
        """Whether the same bytes are another dataset too, whose terms refuse them (P29)."""
        for other in await self.sources.alike(registered):
            if other.dataset not in (wanted.dataset, wanted.part) and await self._refused_by(other, wanted):
                return True
        return False

    async def _refused_by(self, other: Registered, wanted: Wanted) -> bool:
        there = replace(wanted, dataset=other.dataset, part=None, agreement=None)
        own = await self._terms.between(other.dataset, wanted.participant.participant)
        stated = await self._terms.stated_about(other.dataset)
        policies = [*own, *stated]
        if not policies:
            return False
        return not any([await self._permits(policy, there) for policy in policies])

    async def _opened(self, admitted: Admitted, source: Source) -> Opened | None:
        """The source; None if it is not in the state that was asked for."""
        try:
            opened = await source.open(admitted.entry.wanted.span)
        except BaseException:
            self._admission.note(_failed(admitted))
            raise
        if relying(opened, admitted):
            return opened
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
        (decision,) = await self._decisions.would([Question(policy, admitted.entry.request, world, admitted.own)])
        return () if decision.permitted else decision.report.reasons

    async def _watching(self) -> None:
        """Decide again for releases whose receivers keep them waiting: those would notice nothing."""
        while True:
            await asyncio.sleep(self._recheck_s)
            for release in list(self._open.values()):
                if release.overdue:
                    with contextlib.suppress(ReleaseStopped):
                        await release.recheck()


def _placed(wanted: Wanted, registered: Registered) -> Wanted:
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


def _owned(ground: Ground, registered: Registered) -> Ground:
    """Bytes of a stranger are not released under an agreement of the dataset's provider."""
    if registered.owner in (None, ground.owner):
        return ground
    return Ground(None, reasons=(_ANOTHERS,))


def _failed(admitted: Admitted) -> Mapping[str, Any]:
    return {**admitted.row, "state": "failed", "ended_at": datetime.now(UTC)}
