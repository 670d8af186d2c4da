"""What a wish rests on: the terms that decide it, and those of the same bytes elsewhere."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Final

from exchange.carrying import carried, cutting, duties
from exchange.cutting import can_cut
from exchange.decisions import Decisions, Question
from exchange.performing import Performances
from exchange.policy.asking import World
from exchange.policy.compiling import Compiled
from exchange.release_errors import SourceUnknown
from exchange.sourcing import Registered, Sources
from exchange.terms import Terms
from exchange.wanting import Entry, Ground, Wanted
from ontology.messages import Message
from stores.database import Database

_KEPT: Final = 5_000
_NO_AGREEMENT: Final = Message(ja="この合意はありません。", en="There is no such agreement.")
_NO_DATASET: Final = Message(ja="このデータセットはありません。", en="There is no such dataset.")
_NOT_OPEN: Final = Message(
    ja="このデータは公開の条件では利用できません。交渉して合意を結んでください。",
    en="These data are not open to everybody. Negotiate an agreement.",
)
_ANOTHERS: Final = Message(
    ja="このデータの提供元は、提供者とは別の参加者が登録したものです。",
    en="The source of these data was registered by another participant than their provider.",
)
_ALIAS: Final = Message(
    ja="同じ内容が別のデータセットとしても登録されており、そちらの条件では許可されません。",
    en="The same bytes are registered as another dataset too, whose terms do not permit this.",
)


class Grounds:
    """Finds what wishes rest on; nothing of it opens a source.

    What an agreement says of a source that is registered once is the same until something moves in the database; it is
    kept so long, and who decides by it sees to it that nothing has moved.
    """

    def __init__(
        self, database: Database, terms: Terms, decisions: Decisions, sources: Sources, performances: Performances
    ) -> None:
        self._database = database
        self._kept: dict[tuple[str, str | None, str | None], Ground] = {}
        self._terms = terms
        self._decisions = decisions
        self._sources = sources
        self._performances = performances

    async def of(self, wanted: Wanted) -> Ground:
        """Where the bytes of a wish come from, and the policy that decides it.

        Raises:
            SourceUnknown
        """
        key, moves = (wanted.dataset, wanted.part, wanted.agreement), self._database.moves
        kept = self._kept.get(key)
        if kept is not None and kept.moves == moves:
            return kept
        registered = await self._registered(wanted)
        found = await self._sources.alike(registered)
        others = [each for each in found if each.dataset not in (wanted.dataset, wanted.part)]
        ground = await self._decisive(wanted, registered, others)
        if moves is None or others or wanted.agreement is None:  # these depend on who asks, and when
            return ground
        if len(self._kept) >= _KEPT:
            self._kept.clear()
        self._kept[key] = kept = replace(ground, moves=moves)
        return kept

    async def under(self, entry: Entry) -> Entry:
        """An entry with what is known besides the counters."""
        ground, wanted = entry.ground, entry.wanted
        if ground.cuts:  # bytes of what is cut cannot be counted off
            wanted = replace(wanted, span=None, if_range=None)
        if not ground.dutiful:
            return entry if wanted is entry.wanted else replace(entry, wanted=wanted)
        return replace(entry, wanted=wanted, world=await self._world(ground, wanted))

    async def anew(self, entry: Entry) -> Entry:
        """An entry with what it rests on now."""
        return await self.under(replace(entry, ground=await self.of(entry.wanted)))

    async def _world(self, ground: Ground, wanted: Wanted, now: datetime | None = None) -> World:
        """What is known besides the counters: what the parties did, and what the gate will do with the data."""
        if not ground.dutiful or ground.policy is None:
            return World(now)
        performed = await self._performances.under(wanted.agreement)
        reports = carried(ground.policy.policy, can_cut=can_cut(ground.registered.media_type))
        return World(now, performed=performed, reports=reports)

    async def _registered(self, wanted: Wanted) -> Registered:
        registered = await self._sources.find(wanted.source)
        if registered is None and wanted.part is not None:
            registered = await self._sources.find(wanted.dataset)
        if registered is None:
            raise SourceUnknown(wanted.source)
        return registered

    async def _decisive(self, wanted: Wanted, registered: Registered, others: Sequence[Registered]) -> Ground:
        ground = await self._stated(wanted, registered)
        if ground.policy is not None and registered.owner not in (None, ground.owner):
            return Ground(registered, reasons=(_ANOTHERS,))  # a stranger's bytes do not pass for the provider's
        if ground.policy is not None and await self._forbidden_elsewhere(wanted, others):
            return Ground(registered, reasons=(_ALIAS,))
        return ground

    async def _stated(self, wanted: Wanted, registered: Registered) -> Ground:
        if wanted.agreement is not None:
            row = await self._terms.agreement(wanted.agreement)
            if row is None:
                return Ground(registered, reasons=(_NO_AGREEMENT,))
            return _by(registered, await self._terms.agreed(row), row["owner"])
        found = await self._terms.open_to(wanted.dataset, registered.owner, wanted.participant, wanted.part)
        if found is None:
            return Ground(registered, reasons=(_NO_DATASET,))
        if not found.policies:
            return Ground(registered, reasons=(_NOT_OPEN,) if found.stated else ())
        return _by(registered, await self._permitting(wanted, found.policies, registered), found.owner)

    async def _permitting(self, wanted: Wanted, policies: Sequence[Compiled], registered: Registered) -> Compiled:
        """Of several policies that each may permit, the first that does; else the first, for its reasons."""
        if len(policies) == 1:
            return policies[0]
        for policy in policies:
            if await self._permits(policy, wanted, registered):
                return policy
        return policies[0]

    async def _permits(self, policy: Compiled, wanted: Wanted, registered: Registered) -> bool:
        world = await self._world(_by(registered, policy), wanted, datetime.now(UTC))
        (decision,) = await self._decisions.would([Question(policy, wanted.request, world)])
        return decision.permitted

    async def _forbidden_elsewhere(self, wanted: Wanted, others: Sequence[Registered]) -> bool:
        """Whether the same bytes are another dataset too, whose terms refuse them (P29)."""
        for other in others:
            if await self._refused_by(other, wanted):
                return True
        return False

    async def _refused_by(self, other: Registered, wanted: Wanted) -> bool:
        there = replace(wanted, dataset=other.dataset, part=None, agreement=None)
        own = await self._terms.between(other.dataset, wanted.participant.participant)
        policies = [*own, *await self._terms.stated_about(other.dataset, other.owner)]
        if not policies:  # nobody says anything about it there
            return False
        return not any([await self._permits(policy, there, other) for policy in policies])


def _by(registered: Registered, policy: Compiled, owner: str | None = None) -> Ground:
    """What a policy decides."""
    stated = policy.policy
    return Ground(registered, policy, owner, cuts=cutting(stated), dutiful=bool(duties(stated)))
