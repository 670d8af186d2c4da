"""Policies of the catalog, ready to decide: as they stand now, for what the reader may see."""

import asyncio
import hashlib
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from catalog.errors import ResourceNotFound, ResourceWithdrawn, RevisionNotFound
from catalog.kinds import Kind
from catalog.reading import Reading, Stored
from exchange.errors import PolicyUnknown
from exchange.policy.checking import mended, rests_on, with_faults
from exchange.policy.compiling import Compiled
from exchange.policy.documents import astray, described
from exchange.policy.model import Policy
from exchange.policy.normalising import read_policy
from exchange.policy.options import Options
from exchange.policy.vocabulary import Vocabulary
from exchange.surroundings import Surroundings
from ontology.description import Description
from participants.principal import Principal

_RELATIVES = 64  # policies that one rests on; normalising takes fewer
_RULES_KEPT = 50_000  # of all compiled policies together, some 100 MB
_HOLDERS = 100  # descriptions that are looked through for a policy that has none of its own
_NAMELESS = "urn:renkei:policy:"
_Key = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Found:
    """A stored policy as a reader has it.

    Attributes:
        stored: its own revision.
    """

    compiled: Compiled
    stored: Stored


class StoredPolicies:
    """Looks up the current revision for each question, and keeps what was compiled of it.

    What is compiled goes by the hashes of the policy and of all it rests on, of the vocabulary and the options: a
    change is in force for the next question.
    """

    def __init__(self, reading: Reading, vocabulary: Callable[[], Vocabulary]) -> None:
        self.vocabulary = vocabulary
        self._reading = reading
        self._surroundings = Surroundings(reading)
        self._compiled: OrderedDict[_Key, Compiled] = OrderedDict()
        self._rules = 0
        self._rests_on: OrderedDict[str, tuple[str, ...]] = OrderedDict()

    async def get(self, iri: str, reader: Principal, options: Options = Options(), *, member: str = "policy") -> Found:
        """A policy by its IRI; of several catalogs that describe it, the one that came first.

        Raises:
            PolicyUnknown: there is none, or not for this reader; a draft is none yet, one withdrawn none any more.
        """
        held = await self._held(iri, reader)
        if held is None:
            raise PolicyUnknown(iri, member)
        stored, policy = held
        library = await self.library(self._relatives(policy), reader)
        vocabulary = await asyncio.to_thread(self.vocabulary)
        key = (
            policy.iri,
            policy.hash,
            *(text for name, one in sorted(library.items()) for text in (name, one.hash)),
            *(fault.en for fault in stored.faults),
            vocabulary.hash,
            str(options),
        )
        return Found(await self._made(key, stored, policy, library, vocabulary, options), stored)

    async def _held(self, iri: str, reader: Principal) -> tuple[Stored, Description] | None:
        """The description that holds a policy, and the policy with all that the catalog says of it elsewhere."""
        stored = await self._stored(iri, reader)
        if stored is not None and stored.kind is Kind.POLICY:
            return stored, await self._surroundings.completed(stored.description, stored, reader)
        for each in (stored,) if stored is not None else await self._describing(iri, reader):
            policy = await asyncio.to_thread(policy_within, each.description, iri)
            if policy is not None:
                return each, await self._surroundings.completed(policy, each, reader)
        return None

    async def _stored(self, iri: str, reader: Principal) -> Stored | None:
        try:
            stored = await self._reading.by_iri(iri, reader)
        except (ResourceNotFound, ResourceWithdrawn, RevisionNotFound):
            return None
        return stored if stored.state == "published" else None

    async def _describing(self, iri: str, reader: Principal) -> list[Stored]:
        ids = await self._surroundings.describing(iri)
        seen = await self._reading.many(ids[:_HOLDERS], reader)
        return [seen[key] for key in ids if key in seen]

    async def library(self, iris: Sequence[str], reader: Principal) -> dict[str, Description]:
        """The policies of these IRIs and all they rest on, as far as the reader may see them."""
        found: dict[str, Description] = {}
        asked, wanted = set(iris), list(iris)
        while wanted and len(found) < _RELATIVES:
            held = await self._held(wanted.pop(0), reader)
            if held is not None and not held[0].faults:
                found[held[1].iri] = held[1]
                new = [iri for iri in self._relatives(held[1]) if iri not in asked]
                asked.update(new)
                wanted += new
        return found

    def _relatives(self, description: Description) -> tuple[str, ...]:
        """IRIs that a policy inherits from or is replaced by."""
        if description.hash not in self._rests_on:
            self._rests_on[description.hash] = rests_on(description.triples)
            if len(self._rests_on) > 10_000:
                self._rests_on.popitem(last=False)
        return self._rests_on[description.hash]

    async def _made(
        self,
        key: _Key,
        stored: Stored,
        policy: Description,
        library: dict[str, Description],
        vocabulary: Vocabulary,
        options: Options,
    ) -> Compiled:
        if key in self._compiled:
            self._compiled.move_to_end(key)
            return self._compiled[key]
        made = await asyncio.to_thread(_compiled, policy, stored, library, vocabulary, options)
        if key not in self._compiled:
            self._compiled[key] = made
            self._rules += 1 + _size(made)
        while self._rules > _RULES_KEPT and len(self._compiled) > 1:
            _, oldest = self._compiled.popitem(last=False)
            self._rules -= 1 + _size(oldest)
        return made


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
    if not policy.iri.startswith("_:"):
        return policy
    # Counters and the log go by the name of a policy, and a label is that of many.
    digest = hashlib.sha256(f"{description.iri} {policy.hash}".encode()).hexdigest()[:32]
    return replace(policy, iri=f"{_NAMELESS}{digest}")


def _compiled(
    given: Description,
    stored: Stored,
    library: dict[str, Description],
    vocabulary: Vocabulary,
    options: Options,
) -> Compiled:
    policy: Policy = read_policy(
        given,
        knows_profile=vocabulary.knows_profile,
        library={iri: one.triples for iri, one in library.items()},
    )
    if policy.iri != given.iri and given.iri.startswith(_NAMELESS):
        policy = replace(policy, iri=given.iri)
    loose = () if stored.faults else astray(stored.description.triples)
    policy = with_faults(mended(policy, stored.faults), loose)
    return Compiled(policy, vocabulary, options)


def _size(compiled: Compiled) -> int:
    return sum(1 for _ in compiled.policy.rules)
