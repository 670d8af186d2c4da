"""Policies of the catalog, ready to decide: as they stand now, for what the reader may see."""

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from catalog.namesakes import party_of_stored
from catalog.reading import Reading, Stored
from exchange.errors import PolicyUnknown
from exchange.naming import Held, Naming
from exchange.policy.checking import mended, rests_on, with_faults
from exchange.policy.compiling import Compiled
from exchange.policy.documents import astray
from exchange.policy.model import Policy
from exchange.policy.normalising import read_policy
from exchange.policy.options import Options
from exchange.policy.vocabulary import Vocabulary
from exchange.surroundings import Surroundings
from ontology.description import Description
from participants.principal import Principal

_RELATIVES = 64  # policies that one rests on; normalising takes fewer
_RULES_KEPT = 50_000  # of all compiled policies together, some 100 MB
_Key = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Found:
    """A stored policy as a reader has it.

    Attributes:
        stored: the description that holds it.
        deciding: that of the policy which decides: another's, where it is replaced.
    """

    compiled: Compiled
    stored: Stored
    deciding: Stored


class StoredPolicies:
    """Looks up the current revision for each question, and keeps what was compiled of it.

    What is compiled goes by the hashes of the policy and of all it rests on, of the vocabulary and the options: a
    change is in force for the next question.
    """

    def __init__(self, reading: Reading, vocabulary: Callable[[], Vocabulary], zone_minutes: int = 0) -> None:
        self.vocabulary = vocabulary
        self.zone_minutes = zone_minutes
        self._naming = Naming(reading, Surroundings(reading))
        self._compiled: OrderedDict[_Key, Compiled] = OrderedDict()
        self._rules = 0
        self._rests_on: OrderedDict[str, tuple[str, ...]] = OrderedDict()

    async def get(
        self,
        iri: str,
        reader: Principal,
        options: Options = Options(),
        *,
        catalog: str | None = None,
        member: str = "policy",
    ) -> Found:
        """A policy by its IRI; of several parties that have one, the reader's own.

        Args:
            catalog: in which it is meant.

        Raises:
            PolicyUnknown: there is none, or not for this reader; a draft is none yet, one withdrawn none any more.
            PolicyNameShared: several others have one.
        """
        held = await self._naming.asked(iri, reader, catalog, member)
        if held is None:
            raise PolicyUnknown(iri, member)
        return await self._found(held, reader, options)

    async def of(self, description: Stored, iri: str, reader: Principal, options: Options = Options()) -> Found | None:
        """A policy that a description names, as its owner or the operator has published it.

        Nobody else's is taken, for what a dataset is open by would be his who takes a name that is still free.
        """
        held = await self._naming.related(iri, description, reader, confided=True)
        return None if held is None else await self._found(held, reader, options)

    async def _found(self, held: Held, reader: Principal, options: Options) -> Found:
        library = await self._library(self._relatives(held.policy), held.stored, reader)
        vocabulary = await asyncio.to_thread(self.vocabulary)
        key = (
            held.account,
            held.policy.hash,
            *(text for name, one in sorted(library.items()) for text in (name, one.account, one.policy.hash)),
            *(fault.en for fault in held.stored.faults),
            vocabulary.hash,
            str(options),
        )
        compiled = await self._made(key, held, library, vocabulary, options)
        replacement = None if compiled.policy.replaced is None else compiled.policy.iri
        deciding = next((one for one in library.values() if one.account == replacement), held)
        return Found(compiled, held.stored, deciding.stored)

    async def library(self, iris: Sequence[str], reader: Principal) -> dict[str, Description]:
        """The policies of these IRIs and all they rest on, as far as the reader may see them."""
        return {iri: held.policy for iri, held in (await self._library(iris, None, reader)).items()}

    async def _library(self, iris: Sequence[str], of: Stored | None, reader: Principal) -> dict[str, Held]:
        """Relatives by their IRIs, each as whoever names it means it; left out where two mean different ones by it."""
        found: dict[str, Held | None] = {}
        asked: set[tuple[str, str]] = set()
        wanted = [(iri, of) for iri in iris]
        while wanted and len(asked) < _RELATIVES:
            iri, by = wanted.pop(0)
            place = iri, "" if by is None else party_of_stored(by)
            if place in asked:
                continue
            asked.add(place)
            held = await self._naming.related(iri, by, reader)
            held = None if held is None or held.stored.faults else held
            before = found.setdefault(iri, held)
            if held is None or before is None or before.stored.resource_id != held.stored.resource_id:
                found[iri] = None
                continue
            wanted += [(each, held.stored) for each in self._relatives(held.policy)]
        return {iri: held for iri, held in found.items() if held is not None}

    def _relatives(self, description: Description) -> tuple[str, ...]:
        """IRIs that a policy inherits from or is replaced by."""
        if description.hash not in self._rests_on:
            self._rests_on[description.hash] = rests_on(description.triples)
            if len(self._rests_on) > 10_000:
                self._rests_on.popitem(last=False)
        return self._rests_on[description.hash]

    async def _made(
        self, key: _Key, held: Held, library: dict[str, Held], vocabulary: Vocabulary, options: Options
    ) -> Compiled:
        if key in self._compiled:
            self._compiled.move_to_end(key)
            return self._compiled[key]
        made = await asyncio.to_thread(_compiled, held, library, vocabulary, options)
        if key not in self._compiled:
            self._compiled[key] = made
            self._rules += 1 + _size(made)
        while self._rules > _RULES_KEPT and len(self._compiled) > 1:
            _, oldest = self._compiled.popitem(last=False)
            self._rules -= 1 + _size(oldest)
        return made


def _compiled(held: Held, library: dict[str, Held], vocabulary: Vocabulary, options: Options) -> Compiled:
    policy: Policy = read_policy(
        held.policy,
        knows_profile=vocabulary.knows_profile,
        library={iri: one.policy.triples for iri, one in library.items()},
    )
    deciding = held if policy.replaced is None else library.get(policy.iri, held)
    policy = replace(policy, iri=deciding.account)
    loose = () if held.stored.faults else astray(held.stored.description.triples)
    policy = with_faults(mended(policy, held.stored.faults), loose)
    return Compiled(policy, vocabulary, options)


def _size(compiled: Compiled) -> int:
    return sum(1 for _ in compiled.policy.rules)
