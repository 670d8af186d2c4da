"""Questions about policies out of JSON bodies: which policy, who asks for what, what the caller states of the world."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import orjson
from starlette.requests import Request as HttpRequest

from api.errors import MemberInvalid
from api.members import flag_of, members_of
from api.requests import service_of
from catalog.reading import Stored
from exchange.claims import check_claims, check_counting, check_mode, vouches
from exchange.decisions import Question
from exchange.errors import PolicyUnclear
from exchange.policy.asked_json import AskedWrong, request_from, time_from, world_from
from exchange.policy.asking import Request, World
from exchange.policy.checking import PolicyDocument
from exchange.policy.compiling import Compiled
from exchange.policy.model import Policy
from exchange.policy.options import DutyMode, Options
from exchange.stored_policies import Found, StoredPolicies
from ontology.messages import Message
from participants.principal import Principal

_MEMBERS = frozenset(("policy", "request", "world", "whatIf", "dutyMode", "at", "consume", "report"))
_IN_A_BATCH = _MEMBERS - {"consume"}
_WHICH = Message(
    ja='IRI、{"iri": …, "catalog": …}、JSON-LD のオブジェクト、または {"text": …, "mediaType": …} を書いてください。',
    en='Give an IRI, {"iri": …, "catalog": …}, a JSON-LD object, or {"text": …, "mediaType": …}.',
)
_MODES = Message(ja="precondition か not-violated です。", en="It is precondition or not-violated.")
_REPORTS = Message(ja="full か brief です。", en="It is full or brief.")
_ONE = Message(
    ja="ポリシーがちょうど一つ必要です。複数あるときは iri で示してください。",
    en="Exactly one policy is needed; of several, iri says which.",
)
_AT = Message(
    ja="at は whatIf と共に、トークンを持つ人だけが使えます。時刻はこのサービスの時計によります。",
    en="at goes with whatIf and a token only: the time is that of this service.",
)
_NOW = Message(
    ja="時刻はこのサービスの時計によります。仮定の時刻は at に書いてください。",
    en="The time is that of this service; a supposed one goes into at, with whatIf.",
)


@dataclass(frozen=True, slots=True)
class Asked:
    """One question, checked.

    Attributes:
        stored: the policy's revision; None for one that the question brought along.
        deciding: the one that decides, where that is replaced.
        name: IRI of the policy as it was given.
        logged: whether its answer goes into the log of decisions.
        party_source: "token" where the caller vouches for the party or is it, else "declared"; None without a party.
    """

    question: Question
    stored: Stored | None
    deciding: Stored | None
    name: str
    logged: bool
    what_if: bool
    brief: bool
    party_source: str | None


class Asking:
    """Reads the questions of one request; each stored policy is looked up once for all of them."""

    def __init__(self, request: HttpRequest, caller: Principal) -> None:
        self._policies: StoredPolicies = service_of(request).policies
        self._caller = caller
        self._known: dict[tuple[str, str | None, Options], Found] = {}

    async def question(self, given: Any, place: str, *, consume: bool, in_batch: bool = False) -> Asked:
        """One question.

        Raises:
            MemberInvalid, PolicyUnknown, PolicyNameShared, PolicyUnclear, Unreadable, SourceRefused, CountingRefused
        """
        members = members_of(given, place, _IN_A_BATCH if in_batch else _MEMBERS)
        what_if = flag_of(members, "whatIf", place)
        options = Options(_duty_mode(members, place), what_if, self._policies.zone_minutes)
        compiled, stored, deciding, name = await self._policy(members.get("policy"), f"{place}policy", options)
        trusted = vouches(self._caller, deciding)
        check_mode(options, f"{place}dutyMode", trusted=trusted or stored is None)
        asked, world = self._stated(members, place, what_if)
        check_claims(asked, world, trusted=trusted)
        if consume:
            check_counting(self._caller, None if what_if else deciding)
        return Asked(
            Question(compiled, asked, world),
            stored,
            deciding,
            name,
            logged=not what_if and (stored is not None or self._caller.authenticated),
            what_if=what_if,
            brief=_brief(members, place),
            party_source=self._party_source(asked.party, trusted),
        )

    def _party_source(self, party: str | None, trusted: bool) -> str | None:
        if party is None:
            return None
        return "token" if trusted or party == self._caller.participant else "declared"

    def _stated(self, members: Mapping[str, Any], place: str, what_if: bool) -> tuple[Request, World]:
        try:
            asked = request_from(members.get("request"), f"{place}request")
            world = world_from(members.get("world", {}), f"{place}world")
            at = time_from(members["at"], f"{place}at") if members.get("at") is not None else None
        except AskedWrong as error:
            raise MemberInvalid(error.member, error.message) from None
        if world.now is not None or world.now_written is not None:
            raise MemberInvalid(f"{place}world.now", _NOW)
        if at is not None and not (what_if and self._caller.authenticated):
            raise MemberInvalid(f"{place}at", _AT)
        if asked.party is None and self._caller.participant is not None:
            asked = replace(asked, party=self._caller.participant)
        return asked, replace(world, now=at)

    async def _policy(
        self, given: Any, place: str, options: Options
    ) -> tuple[Compiled, Stored | None, Stored | None, str]:
        """What decides, the policy asked for, the one that decides where that is replaced, and its name."""
        if (named := _name(given, place)) is not None:
            key = (*named, options)
            if key not in self._known:
                iri, catalog = named
                self._known[key] = await self._policies.get(iri, self._caller, options, catalog=catalog, member=place)
            found = self._known[key]
            # Whoever names the policy of another as the replacement of its own does not answer for that one.
            return found.compiled, found.stored, found.deciding, named[0]
        policy = await brought(self._policies, self._caller, given, place)
        # Under a name of its own: nobody shall read or fill the counters and the log of a policy by repeating its IRI.
        own = replace(policy, iri=f"urn:renkei:policy:{policy.hash}")
        compiled = await asyncio.to_thread(Compiled, own, self._policies.vocabulary(), options)
        return compiled, None, None, policy.iri


async def policy_of(policies: StoredPolicies, caller: Principal, given: Any, place: str) -> Policy:
    """A policy named or brought along, normalised.

    Raises:
        MemberInvalid, PolicyUnknown, PolicyNameShared, PolicyUnclear, Unreadable
    """
    if (named := _name(given, place)) is not None:
        return (await policies.get(named[0], caller, catalog=named[1], member=place)).compiled.policy
    return await brought(policies, caller, given, place)


async def brought(policies: StoredPolicies, caller: Principal, given: Any, place: str) -> Policy:
    """A policy that stands in the body: JSON-LD, or a text with its media type. Nothing is fetched for it."""
    data, media_type, iri = _document(given, place)
    document = await asyncio.to_thread(PolicyDocument.read, data, media_type=media_type)
    library = {name: one.triples for name, one in (await policies.library(document.rests_on, caller)).items()}
    vocabulary = await asyncio.to_thread(policies.vocabulary)
    found = await asyncio.to_thread(document.policies, vocabulary, library)
    meant = [each for each in found if iri is None or each.iri == iri]
    if len(meant) != 1:
        raise PolicyUnclear(_ONE, place)
    return meant[0]


def _name(given: Any, place: str) -> tuple[str, str | None] | None:
    """IRI and catalog of a policy that is named; None of one that is brought along."""
    if isinstance(given, str):
        return given, None
    if not isinstance(given, dict) or given.keys() != {"iri", "catalog"}:
        return None
    for name, value in given.items():
        if not isinstance(value, str):
            raise MemberInvalid(f"{place}.{name}", _WHICH)
    return given["iri"], given["catalog"]


def _document(given: Any, place: str) -> tuple[bytes, str | None, str | None]:
    if not isinstance(given, dict):
        raise MemberInvalid(place, _WHICH)
    if "text" not in given:
        return orjson.dumps(given), "application/ld+json", None
    members = members_of(given, f"{place}.", frozenset(("text", "mediaType", "iri")))
    for name in ("text", "mediaType", "iri"):
        if not isinstance(members.get(name, ""), str):
            raise MemberInvalid(f"{place}.{name}", _WHICH)
    return members["text"].encode(), members.get("mediaType"), members.get("iri")


def _duty_mode(members: Mapping[str, Any], place: str) -> DutyMode:
    given = members.get("dutyMode", DutyMode.PRECONDITION.value)
    if given not in [mode.value for mode in DutyMode]:
        raise MemberInvalid(f"{place}dutyMode", _MODES)
    return DutyMode(given)


def _brief(members: Mapping[str, Any], place: str) -> bool:
    given = members.get("report", "full")
    if given not in ("full", "brief"):
        raise MemberInvalid(f"{place}report", _REPORTS)
    return bool(given == "brief")
