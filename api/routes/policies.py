"""Policies asked from outside: what they decide, whether they are sound, whether they agree."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from api.docs import RDF_TYPES, Handler, Operation
from api.errors import MemberInvalid
from api.limits import body, json_body
from api.members import flag_of, members_of
from api.policy_answers import comparison_json, decision_json, policy_json
from api.policy_questions import Asked, Asking, policy_of
from api.requests import reader_of, service_of, writer_of
from api.routes.forms import json_answer, off_loop
from api.routes.validation import faults_json
from catalog.reading import Stored
from exchange.decisions import Anew, Answer, Question
from exchange.errors import BatchTooLarge
from exchange.policy.checking import PolicyDocument
from exchange.policy.comparing import Silence, compare, fits, shadowed
from exchange.policy.comparison import Comparison, Finding
from exchange.policy.decision import Decision
from exchange.policy.model import Policy
from exchange.policy.vocabulary import Vocabulary
from exchange.validity import validity
from ontology.messages import Message
from participants.principal import Principal
from shapes.validation import Validator

_LARGE_BYTES = 100_000
BATCH = 1_000
BATCH_RULES = 50_000
"""Rules that one batch goes through; at some 5 µs each, a quarter of a second."""
_STEPS = 100_000
"""Of the search for conflicts, at some 20 µs each, shared out among the pairs of rules."""
_COMPARED = frozenset(("a", "b", "fits", "open"))
_FITS = Message(ja="fits には b が必要です。", en="fits needs b, the offer.")
_NOT_A_LIST = Message(ja=f"1から{BATCH}件の配列です。", en=f"It is a list of 1 to {BATCH} questions.")
_TOO_LARGE = Message(
    ja=f"一度に判断できるのは{BATCH}件、規則は合わせて{BATCH_RULES:,}までです。",
    en=f"At most {BATCH} decisions are made at once, over {BATCH_RULES:,} rules together.",
)


def _one_large_at_a_time(handler: Handler) -> Handler:
    """Let large policies wait for each other: 10,000 rules take seconds of a core, which all others need too."""

    async def paced(request: Request) -> Response:
        given = await body(request)
        if len(given) < _LARGE_BYTES:
            return await handler(request)
        async with request.app.state.large_policies:
            return await handler(request)

    return paced


@_one_large_at_a_time
async def decide(request: Request) -> Response:
    """Decide one question, or a batch of them in one transaction."""
    caller = await reader_of(request)
    given = await json_body(request)
    consume = isinstance(given, dict) and flag_of(given, "consume")
    if consume:
        caller = await writer_of(request)
    asked, answers = await _answered(request, _Body(given, caller, consume))
    found = await off_loop(_written, asked, answers, service_of(request).policies.vocabulary(), consume)
    return json_answer({"decisions": found} if "batch" in given else found[0])


@dataclass(frozen=True, slots=True)
class _Body:
    """The questions of one request, as often as they are put."""

    given: Any
    caller: Principal
    consume: bool

    async def questions(self, request: Request) -> list[Asked]:
        asking, given = Asking(request, self.caller), self.given
        if not (isinstance(given, dict) and "batch" in given):
            asked = [await asking.question(given, "", consume=self.consume)]
        else:
            asked = [
                await asking.question(each, f"batch[{index}].", consume=self.consume, in_batch=True)
                for index, each in enumerate(_batch(given))
            ]
        if sum(_rules(each) for each in asked) > BATCH_RULES:
            raise BatchTooLarge(_TOO_LARGE, "batch")
        return asked


def _batch(given: dict[str, Any]) -> list[Any]:
    batch = members_of(given, "", frozenset(("batch", "consume")))["batch"]
    if not isinstance(batch, list) or not batch:
        raise MemberInvalid("batch", _NOT_A_LIST)
    if len(batch) > BATCH:
        raise BatchTooLarge(_TOO_LARGE, "batch")
    return batch


async def _answered(request: Request, body: _Body) -> tuple[list[Asked], list[tuple[Answer | None, Decision]]]:
    """The questions and their answers in order; those that are logged are made in one transaction."""
    service = service_of(request)
    decisions, head = service.decisions, await service.database.catalog_head()
    asked = await body.questions(request)

    async def again() -> list[Question]:
        nonlocal asked
        asked = await body.questions(request)
        return [each.question for each in asked if each.logged]

    logged = [each.question for each in asked if each.logged]
    anew, actor = Anew(head, again), body.caller.name
    made = iter(await decisions.decide(logged, consume=body.consume, actor=actor, anew=anew) if logged else ())
    others = [each.question for each in asked if not each.logged]
    supposed = iter(await decisions.would(others) if others else ())
    answers: list[tuple[Answer | None, Decision]] = []
    for each in asked:
        if each.logged:
            answer = next(made)
            answers.append((answer, answer.decision))
        else:
            answers.append((None, next(supposed)))
    return asked, answers


def _rules(asked: Asked) -> int:
    return sum(1 for _ in asked.question.policy.policy.rules)


def _written(
    asked: list[Asked], answers: list[tuple[Answer | None, Decision]], vocabulary: Vocabulary, consume: bool
) -> list[dict[str, Any]]:
    return [
        {
            "id": answer.id if answer else None,
            "at": (answer.at if answer else datetime.now(UTC)).isoformat(),
            "policy": each.name,
            "stored": each.stored is not None,
            "decidedBy": _holder(each.deciding),
            "logged": answer is not None,
            "whatIf": each.what_if,
            "consumes": consume and decision.permitted,
            "party": {"iri": decision.request.party, "source": each.party_source},
            **decision_json(decision, vocabulary, brief=each.brief),
        }
        for each, (answer, decision) in zip(asked, answers, strict=True)
    ]


def _holder(stored: Stored | None) -> dict[str, Any] | None:
    """Whose policy decided: one name may be that of several."""
    return None if stored is None else {"iri": stored.iri, "catalog": stored.catalog, "owner": stored.owner}


@_one_large_at_a_time
async def validate(request: Request) -> Response:
    """Whether the policies of a document are sound, and whether they can be evaluated here."""
    caller = await reader_of(request)
    service = service_of(request)
    given = await body(request)
    document = await off_loop(_read, given, request.headers.get("content-type"))
    library = await service.policies.library(document.rests_on, caller)
    known = {iri: one.triples for iri, one in library.items()}
    return json_answer(await off_loop(_validated, document, known, service.policies.vocabulary, service.validator))


def _read(given: bytes, media_type: str | None) -> PolicyDocument:
    return PolicyDocument.read(given, media_type=media_type)


def _validated(document: PolicyDocument, library: Any, vocabulary: Any, validator: Validator) -> dict[str, Any]:
    words = vocabulary()
    policies = document.policies(words, library)
    report = validity(document, policies, words, validator)
    return {
        "valid": report.conforms,
        "results": report.to_json()["results"],
        "policies": [policy_json(each) for each in policies],
        "faults": faults_json(document.faults),
    }


@_one_large_at_a_time
async def compare_(request: Request) -> Response:
    """Whether two policies conflict, one is within the other, or the rules of one contradict each other."""
    caller = await reader_of(request)
    given = members_of(await json_body(request), "", _COMPARED)
    fit, silence = flag_of(given, "fits"), Silence.OPEN if flag_of(given, "open") else Silence.FREE
    policies = service_of(request).policies
    one = await policy_of(policies, caller, given.get("a"), "a")
    other = await policy_of(policies, caller, given["b"], "b") if given.get("b") is not None else None
    if fit and other is None:
        raise MemberInvalid("b", _FITS)
    comparison, idle = await off_loop(compared, one, other, policies.vocabulary(), fit, silence)
    return json_answer(comparison_json(comparison, idle))


def compared(
    one: Policy, other: Policy | None, vocabulary: Vocabulary, fit: bool, silence: Silence
) -> tuple[Comparison, tuple[Finding, ...]]:
    """A comparison of bounded time, and of a single policy the rules without effect."""
    others = other or one
    pairs = len(one.permissions) * max(1, len(others.permissions), len(others.prohibitions))
    limit = max(16, min(4096, _STEPS // max(1, min(pairs, 2_000))))
    if fit and other is not None:
        return fits(one, other, vocabulary, silence=silence, limit=limit), ()
    idle = shadowed(one, vocabulary, limit=limit) if other is None and pairs <= 2_000 else ()
    return compare(one, other, vocabulary, silence=silence, limit=limit), idle


_POLICY = {
    "description": "IRI of a stored policy, or {iri, catalog} of one; JSON-LD; or a text with its media type.",
    "oneOf": [{"type": "string"}, {"type": "object"}],
}
_QUESTION = {
    "policy": _POLICY,
    "request": {
        "type": "object",
        "required": ["action"],
        "properties": {
            "action": {"type": "string"},
            "party": {"type": "string"},
            "target": {"type": "string"},
            "parameters": {"type": "object", "description": "Values by the IRI of their left operand."},
        },
    },
    "world": {"type": "object", "description": "memberships, performed, reports, values."},
    "whatIf": {"type": "boolean"},
    "dutyMode": {"enum": ["precondition", "not-violated"]},
    "at": {"type": "string", "format": "date-time", "description": "Only with whatIf and a token."},
    "report": {"enum": ["full", "brief"]},
}
_DECIDE = {
    "type": "object",
    "properties": {
        **_QUESTION,
        "consume": {"type": "boolean", "description": "Use up what the policy limits; needs a token."},
        "batch": {"type": "array", "maxItems": BATCH, "items": {"type": "object", "properties": _QUESTION}},
    },
}
_COMPARE = {
    "type": "object",
    "required": ["a"],
    "properties": {"a": _POLICY, "b": _POLICY, "fits": {"type": "boolean"}, "open": {"type": "boolean"}},
}
_JSON = ("application/json",)

OPERATIONS = (
    Operation("POST", "/policies/decide", decide, "Decide by a policy, or a batch in one transaction", "Policies",
              body=_JSON, json=_DECIDE, refuses=(401, 403, 404, 422)),
    Operation("POST", "/policies/validate", validate, "Say whether policies are sound and can be evaluated",
              "Policies", body=RDF_TYPES, refuses=(415, 422)),
    Operation("POST", "/policies/compare", compare_, "Say whether policies conflict, with a witness", "Policies",
              body=_JSON, json=_COMPARE, refuses=(404, 422)),
)  # fmt: skip
