"""The terms that a release rests on: the policy of an agreement, or what a dataset is open to everybody by."""

import asyncio
import hashlib
from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from pyoxigraph import BlankNode, NamedNode, Triple
from sqlalchemy import bindparam, select

from catalog.namesakes import described_by
from catalog.reading import Reading, Stored
from exchange.policy.compiling import Compiled
from exchange.policy.documents import described
from exchange.policy.model import Policy, PolicyKind, Rule
from exchange.policy.normalising import read_policy
from exchange.policy.options import Options
from exchange.policy.vocabulary import Vocabulary
from exchange.stored_policies import StoredPolicies
from ontology.description import Description
from ontology.terms import DCAT, ODRL
from participants.principal import OPERATOR, Principal
from stores.database import Database, unpacked
from stores.exchange_tables import AgreementRow, OfferRow
from stores.prepared import Prepared, Row

_KEPT = 5_000
_RULES = (ODRL.permission, ODRL.prohibition, ODRL.obligation)
_AGREEMENT = Prepared(select(AgreementRow.__table__).where(AgreementRow.iri == bindparam("iri")))
_WITH_PARTY = Prepared(
    select(AgreementRow.__table__)
    .where(
        AgreementRow.dataset == bindparam("dataset"),
        AgreementRow.consumer == bindparam("consumer"),
        AgreementRow.state == "finalized",
    )
    .order_by(AgreementRow.agreed_at.desc())
    .limit(20)
)
_OFFER = Prepared(select(OfferRow.iri).where(OfferRow.iri == bindparam("iri")))


@dataclass(frozen=True, slots=True)
class Open:
    """What a dataset says about everybody who wants it.

    Attributes:
        owner: of its description.
        policies: any of them may permit.
        stated: whether it has policies at all, also such as have to be negotiated.
    """

    owner: str | None
    policies: tuple[Compiled, ...]
    stated: bool


class Terms:
    """Finds terms and keeps what was compiled of them."""

    def __init__(
        self, database: Database, reading: Reading, policies: StoredPolicies, words: Callable[[], Vocabulary]
    ) -> None:
        self._database = database
        self._reading = reading
        self._policies = policies
        self._zone = policies.zone_minutes
        self._what_if = Options(what_if=True, zone_minutes=self._zone)
        self._words = words
        self._vocabulary: Vocabulary | None = None
        self._compiled: OrderedDict[str, Compiled] = OrderedDict()

    async def vocabulary(self) -> Vocabulary:
        """The words of policies."""
        if self._vocabulary is None:
            self._vocabulary = await asyncio.to_thread(self._words)
        return self._vocabulary

    async def agreement(self, iri: str) -> Row | None:
        """The row of an agreement."""
        return next(iter(await self._database.rows(_AGREEMENT, iri=iri)), None)

    async def agreed(self, row: Row) -> Compiled:
        """The policy of an agreement, ready to decide; what was agreed never changes, so it goes by its hash."""
        return await self._made(
            f"{row['iri']} {row['hash']}", lambda: _description(row), Options(zone_minutes=self._zone)
        )

    async def between(self, dataset: str, consumer: str | None) -> list[Compiled]:
        """The policies of the agreements that a participant has about a dataset, newest first."""
        if consumer is None:
            return []
        rows, now = await self._database.rows(_WITH_PARTY, dataset=dataset, consumer=consumer), datetime.now(UTC)
        return [await self.agreed(row) for row in rows if row["ended_at"] is None or row["ended_at"] > now]

    async def open_to(self, dataset: str, owner: str | None, reader: Principal, part: str | None = None) -> Open | None:
        """What a dataset is open by for a reader; None if there is no such dataset for this reader.

        Args:
            owner: of its bytes, whose description counts; None for the operator.
            part: IRI of the distribution that is wanted, whose own policies hold too.
        """
        stored = await described_by(self._reading, dataset, owner, reader)
        if stored is None or (part is not None and not has_part(stored.description, part)):
            return None
        named = tuple(_policies_of(stored.description.triples, {dataset, part}))
        found = [each for name in named if (each := await self._open(stored, name, reader)) is not None]
        return Open(stored.owner, tuple(found), bool(named))

    async def stated_about(self, dataset: str, owner: str | None) -> list[Compiled]:
        """All policies of a dataset by its owner, whoever may see them: what it may be used for at all."""
        stored = await described_by(self._reading, dataset, owner, OPERATOR)
        if stored is None:
            return []
        triples = stored.description.triples
        things: set[str | None] = {
            dataset,
            *(_value(each.object) for each in triples if each.predicate == DCAT.distribution),
        }
        found = [await self._stated(stored, name, OPERATOR) for name in _policies_of(triples, things)]
        return [each for each in found if each is not None]

    async def _open(self, stored: Stored, name: str, reader: Principal) -> Compiled | None:
        """A policy of a dataset, if it is for everybody without being negotiated."""
        found = await self._stated(stored, name, reader)
        return found if found is not None and await self._is_open(found, name) else None

    async def _stated(self, stored: Stored, name: str, reader: Principal) -> Compiled | None:
        held = _held(stored.description, name)
        if held is not None:
            return await self._made(f"{stored.iri} {held.hash}", lambda: held, self._what_if)
        found = await self._policies.of(stored, name, reader, self._what_if)
        return None if found is None else found.compiled

    async def _is_open(self, compiled: Compiled, name: str) -> bool:
        kind = compiled.policy.kind
        if kind is PolicyKind.SET:
            return True
        if kind is not PolicyKind.OFFER or not any(map(_unconditional, compiled.policy.permissions)):
            return False
        # An offer that this service negotiates is for those who agreed to it.
        names = {name, compiled.policy.iri}
        return not any([await self._database.rows(_OFFER, iri=each) for each in names])

    async def _made(self, key: str, describe: Callable[[], Description], options: Options) -> Compiled:
        if key in self._compiled:
            self._compiled.move_to_end(key)
            return self._compiled[key]
        made = await asyncio.to_thread(_compile, describe(), await self.vocabulary(), options)
        self._compiled[key] = made
        if len(self._compiled) > _KEPT:
            self._compiled.popitem(last=False)
        return made


def _compile(description: Description, words: Vocabulary, options: Options) -> Compiled:
    policy = read_policy(description, knows_profile=words.knows_profile)
    return Compiled(replace(policy, iri=description.iri), words, options)


def _description(row: Row) -> Description:
    return Description.stored(row["iri"], unpacked(row["canonical"]).decode())


def _policies_of(triples: Sequence[Triple], things: set[str | None]) -> Iterator[str]:
    for triple in triples:
        if triple.predicate == ODRL.hasPolicy and _value(triple.subject) in things:
            blank = isinstance(triple.object, BlankNode)
            yield ("_:" if blank else "") + _value(triple.object)


def _held(description: Description, name: str) -> Description | None:
    """A policy whose rules stand in the description of the dataset itself.

    A nameless one is named after the dataset: counters go by the name of a policy, and a label is that of many.
    """
    if not any(each.predicate in _RULES and _name(each) == name for each in description.triples):
        return None
    found = next((each for each in described(description.triples) if each.iri == name), None)
    if found is None or not name.startswith("_:"):
        return found
    named = hashlib.sha256(f"{description.iri} {found.hash}".encode()).hexdigest()[:32]
    return replace(found, iri=f"urn:renkei:policy:{named}")


def _name(triple: Triple) -> str:
    return ("_:" if isinstance(triple.subject, BlankNode) else "") + _value(triple.subject)


def _value(term: object) -> str:
    """IRI or label; empty of what is neither."""
    return term.value if isinstance(term, (NamedNode, BlankNode)) else ""


def has_part(description: Description, part: str) -> bool:
    """Whether a dataset has a distribution of this IRI."""
    return any(
        triple.predicate == DCAT.distribution and _value(triple.object) == part for triple in description.triples
    )


def _unconditional(rule: Rule) -> bool:
    """Whether a permission is everybody's, without an if."""
    scopes = (rule.target, rule.assignee)
    refined = rule.action.refinements or any(scope.refinements for scope in scopes if scope is not None)
    return rule.assignee is None and not rule.constraints and not rule.duties and not refined


def duties_of(policy: Policy) -> Iterator[Rule]:
    """All duties of a policy: those of its permissions, its obligations, and what follows from neglecting them."""
    pending = [*policy.obligations, *(duty for each in policy.permissions for duty in each.duties)]
    while pending:
        rule = pending.pop()
        yield rule
        pending += rule.consequences
