"""Whose policy is meant by a name: nobody's is overridden by what another party publishes under the same one."""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, replace

from catalog.kinds import Kind
from catalog.namesakes import Namesake, is_own, namesakes, parties, party_of_stored, standing
from catalog.reading import Reading, Stored
from exchange.errors import PolicyNameShared
from exchange.policy.documents import described
from exchange.surroundings import Surroundings
from ontology.description import Description
from participants.principal import OPERATOR, Principal

_HOLDERS = 100  # descriptions that are looked through for a policy that has none of its own
NAMELESS = "urn:renkei:policy:"
"""What the names begin with that are made here, for counters and the log."""


@dataclass(frozen=True, slots=True)
class Held:
    """A policy and the description that holds it.

    Attributes:
        account: the name that its counters and its decisions go by: its own, for who took it first.
    """

    stored: Stored
    policy: Description
    account: str


@dataclass(frozen=True, slots=True)
class _Bearer:
    """A description that holds a policy of some name, or did until it was withdrawn.

    Attributes:
        within: description and policy, where the policy stands in the description of something else.
    """

    sake: Namesake
    within: tuple[Stored, Description] | None = None


class Naming:
    """Finds policies by their names."""

    def __init__(self, reading: Reading, surroundings: Surroundings) -> None:
        self._reading = reading
        self._surroundings = surroundings

    async def asked(self, iri: str, reader: Principal, catalog: str | None, member: str) -> Held | None:
        """The policy that a reader names: of several the reader's own, or the one of the catalog that it names.

        Raises:
            PolicyNameShared: several parties have one of this name.
        """
        every = await self._bearers(iri, reader)
        seen = [one for one in every if one.sake.known and catalog in (None, one.sake.catalog)]
        found = _counting([one for one in seen if is_own(one.sake, reader)] or seen)
        if len(parties(one.sake for one in found)) > 1:
            raise PolicyNameShared(iri, [one.sake.catalog for one in found if one.sake.published], member)
        return await self._first(iri, found, every, reader)

    async def related(self, iri: str, of: Stored | None, reader: Principal, *, confided: bool = False) -> Held | None:
        """A policy that another description names: of the same party, else of the only one that has it.

        It is looked for whoever may see it, and then not given to who may not: else a stranger's, published under the
        name of one that is hidden from the reader, would stand for that.

        Args:
            of: the description that names it; None for a document that the reader brings along.
            confided: whether nobody's word is taken but that of the party and of the operator.
        """
        every = await self._bearers(iri, reader)
        own = [one for one in every if _is_kin(one.sake, of, reader)]
        others = [one for one in every if one.sake.owner is None] if confided else every
        found = _counting(own or others)
        if len(parties(one.sake for one in found)) > 1:
            return None
        found.sort(key=lambda one: of is not None and one.sake.catalog != of.catalog)
        return await self._first(iri, found, every, reader)

    async def _first(
        self, iri: str, found: Sequence[_Bearer], every: Sequence[_Bearer], reader: Principal
    ) -> Held | None:
        published = [one for one in found if one.sake.published]
        chosen = next((one for one in published if one.within is None), published[0] if published else None)
        if chosen is None or not chosen.sake.known:
            return None
        stored, policy = chosen.within or (None, None)
        if stored is None or policy is None:
            stored = (await self._reading.many([chosen.sake.id], reader)).get(chosen.sake.id)
            if stored is None:
                return None
            policy = stored.description
        first = _counting(every)[0].sake.party
        account = policy.iri if chosen.sake.party == first else _named(chosen.sake.party, policy.iri)
        return Held(stored, await self._surroundings.completed(policy, stored, reader), account)

    async def _bearers(self, iri: str, reader: Principal) -> list[_Bearer]:
        """All descriptions that hold a policy of this name, the first first."""
        under = {one.id: one for one in await namesakes(self._reading, iri, reader)}
        plain = {key for key, one in under.items() if one.kind is Kind.POLICY or not one.published}
        wanted = [key for key in under if key not in plain]
        wanted += [key for key in await self._surroundings.describing(iri) if key not in under][:_HOLDERS]
        found = [_Bearer(under[key]) for key in plain]
        if wanted:
            found += [one async for one in self._within(iri, wanted, reader)]
        return sorted(found, key=lambda one: one.sake.id)

    async def _within(self, iri: str, wanted: Sequence[int], reader: Principal) -> AsyncIterator[_Bearer]:
        sight = await self._reading.visibility.of(reader)
        for key, stored in (await self._reading.many(wanted, OPERATOR)).items():
            policy = await asyncio.to_thread(policy_within, stored.description, iri)
            if policy is not None:
                known = sight.sees(stored.audience)
                its = Namesake(key, stored.catalog, stored.owner, stored.kind, True, False, known)
                yield _Bearer(its, (stored, policy))


def policy_within(description: Description, iri: str) -> Description | None:
    """A policy whose rules stand in the description of something else, with its target where that is said.

    Args:
        iri: of the policy; or of the thing described, if it has one policy alone, perhaps a nameless one.
    """
    found = list(described(description.triples))
    named = [each for each in found if each.iri == iri]
    if iri == description.iri and not named:
        named = found
    if len(named) != 1:
        return None
    [policy] = named
    # Counters and the log go by the name of a policy, and a label is that of many.
    return replace(policy, iri=_named(description.iri, policy.hash)) if policy.iri.startswith("_:") else policy


def _is_kin(one: Namesake, of: Stored | None, reader: Principal) -> bool:
    return is_own(one, reader) if of is None else one.party == party_of_stored(of)


def _counting(found: Sequence[_Bearer]) -> list[_Bearer]:
    kept = {one.id for one in standing([each.sake for each in found])}
    return [each for each in found if each.sake.id in kept]


def _named(*parts: str) -> str:
    return NAMELESS + hashlib.sha256(" ".join(parts).encode()).hexdigest()[:32]
