"""What a wish rests on: the terms that decide it, and those of the same bytes elsewhere."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Final

from exchange.carrying import carried, duties
from exchange.cutting import can_cut
from exchange.decisions import Decisions, Question
from exchange.performing import Performances
from exchange.policy.asking import World
from exchange.policy.compiling import Compiled
from exchange.policy.model import Policy
from exchange.sourcing import Registered, Sources
from exchange.terms import Terms
from exchange.wanting import Entry, Wanted
from ontology.messages import Message

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


@dataclass(frozen=True, slots=True)
class Ground:
    """What a wish rests on: the policy that decides it, or why there is none."""

    policy: Compiled | None
    owner: str | None = None
    reasons: tuple[Message, ...] = ()


class Grounds:
    """Finds what wishes rest on; nothing of it opens a source."""

    def __init__(self, terms: Terms, decisions: Decisions, sources: Sources, performances: Performances) -> None:
        self._terms = terms
        self._decisions = decisions
        self._sources = sources
        self._performances = performances

    async def of(self, wanted: Wanted, registered: Registered) -> Ground:
        """The policy that decides a wish."""
        ground = await self._stated(wanted, registered)
        if ground.policy is not None and registered.owner not in (None, ground.owner):
            return Ground(None, reasons=(_ANOTHERS,))  # a stranger's bytes do not pass for the provider's
        if ground.policy is not None and await self._forbidden_elsewhere(wanted, registered):
            return Ground(None, reasons=(_ALIAS,))
        return ground

    async def world(self, policy: Policy, wanted: Wanted, registered: Registered, now: datetime) -> World:
        """What is known besides the counters: what the parties did, and what the gate will do with the data."""
        if not duties(policy):
            return World(now)
        performed = await self._performances.under(wanted.agreement)
        return World(now, performed=performed, reports=carried(policy, can_cut=can_cut(registered.media_type)))

    async def _stated(self, wanted: Wanted, registered: Registered) -> Ground:
        if wanted.agreement is not None:
            row = await self._terms.agreement(wanted.agreement)
            if row is None:
                return Ground(None, reasons=(_NO_AGREEMENT,))
            return Ground(await self._terms.agreed(row), row["owner"])
        found = await self._terms.open_to(wanted.dataset, registered.owner, wanted.participant, wanted.part)
        if found is None:
            return Ground(None, reasons=(_NO_DATASET,))
        if not found.policies:
            return Ground(None, reasons=(_NOT_OPEN,) if found.stated else ())
        return Ground(await self._permitting(wanted, found.policies, registered), found.owner)

    async def _permitting(self, wanted: Wanted, policies: Sequence[Compiled], registered: Registered) -> Compiled:
        """Of several policies that each may permit, the first that does; else the first, for its reasons."""
        if len(policies) == 1:
            return policies[0]
        for policy in policies:
            if await self._permits(policy, wanted, registered):
                return policy
        return policies[0]

    async def _permits(self, policy: Compiled, wanted: Wanted, registered: Registered) -> bool:
        now = datetime.now(UTC)
        world = await self.world(policy.policy, wanted, registered, now)
        request = Entry(wanted, "", now, None, policy, world).request
        (decision,) = await self._decisions.would([Question(policy, request, world)])
        return decision.permitted

    async def _forbidden_elsewhere(self, wanted: Wanted, registered: Registered) -> bool:
        """Whether the same bytes are another dataset too, whose terms refuse them (P29)."""
        for other in await self._sources.alike(registered):
            if other.dataset not in (wanted.dataset, wanted.part) and await self._refused_by(other, wanted):
                return True
        return False

    async def _refused_by(self, other: Registered, wanted: Wanted) -> bool:
        there = replace(wanted, dataset=other.dataset, part=None, agreement=None)
        own = await self._terms.between(other.dataset, wanted.participant.participant)
        policies = [*own, *await self._terms.stated_about(other.dataset, other.owner)]
        if not policies:  # nobody says anything about it there
            return False
        return not any([await self._permits(policy, there, other) for policy in policies])
