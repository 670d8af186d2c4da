"""What a caller may state about itself and the world when it asks for a decision.

A decision is worth what its values are worth. The clock and the counters are ours in any case. What comes from a token,
a credential, a payment, the catalog or a contract is believed only of those who enforce the policy: the operator, and
the provider whose policy it is (of a policy that the question brings along, any provider). Everybody else declares.
"""

from collections.abc import Iterator, Mapping

from catalog.reading import Stored
from exchange.errors import CountingRefused, SourceRefused
from exchange.policy.asking import Request, Value, World
from exchange.policy.operands import Source
from exchange.policy.options import DutyMode, Options
from ontology.messages import Message
from participants.principal import Principal

_OURS = frozenset((Source.CLOCK.value, Source.COUNTER.value))
_KNOWN = frozenset(Source)
_FACTS = ("memberships", "performed", "reports")


def vouches(caller: Principal, stored: Stored | None) -> bool:
    """Whether a caller's word about tokens, credentials, payments and memberships is taken.

    Args:
        stored: the policy asked about; None for one that the question brings along.
    """
    if not caller.authenticated or caller.role == "reader":
        return False
    if caller.is_operator or stored is None:
        return True
    return caller.participant is not None and stored.owner == caller.participant


def check_claims(request: Request, world: World, *, trusted: bool) -> None:
    """Refuse what the caller may not state, before anything is decided by it.

    Raises:
        SourceRefused: names the place.
    """
    for place, value in _values(request, world):
        _check_source(place, value, trusted=trusted)
    for name in _FACTS:
        if getattr(world, name) and not trusted:
            raise SourceRefused(
                Message(
                    ja=f"world.{name} を述べられるのは、運用者とそのポリシーの提供者だけです。",
                    en=f"Only the operator and the provider of the policy may state world.{name}.",
                ),
                f"world.{name}",
            )
    if world.counters:
        raise SourceRefused(
            Message(ja="使用回数はこのサービスが数えます。", en="What is used up is counted by this service alone."),
            "world.counters",
        )


def check_mode(options: Options, place: str, *, trusted: bool) -> None:
    """Refuse a looser reading of duties to whom it would let in, unless nothing but a supposition comes of it.

    Raises:
        SourceRefused
    """
    if options.duty_mode is not DutyMode.PRECONDITION and not (trusted or options.what_if):
        raise SourceRefused(
            Message(
                ja="dutyMode を選べるのは、運用者とそのポリシーの提供者、または whatIf の問い合わせだけです。",
                en="dutyMode is for the operator and the provider of the policy, and for questions with whatIf.",
            ),
            place,
        )


def check_counting(caller: Principal, stored: Stored | None) -> None:
    """Refuse to use up what a policy limits, unless it is stored here and the caller answers for it.

    Raises:
        CountingRefused
    """
    if stored is None or not vouches(caller, stored):
        raise CountingRefused(
            Message(
                ja="consume を使えるのは、登録済みのポリシーについて、運用者とその提供者だけです。",
                en="consume is for the operator and the provider of a policy that is stored here.",
            ),
            "consume",
        )


def _check_source(place: str, value: Value, *, trusted: bool) -> None:
    if value.source in _OURS or value.source not in _KNOWN:
        raise SourceRefused(
            Message(
                ja=f"{place} の出所は述べられません。時刻と使用回数はこのサービスが与えます。",
                en=f"The source of {place} cannot be stated: time and counters are given by this service.",
            ),
            place,
        )
    if not trusted and (value.source != Source.DECLARED or value.at is not None or value.trust is not None):
        raise SourceRefused(
            Message(
                ja=f"{place} の出所として述べられるのは declared だけです。時刻や保証者 (trust) は付けられません。",
                en=f"Only declared can be stated as the source of {place}, without a time and without trust.",
            ),
            place,
        )


def _values(request: Request, world: World) -> Iterator[tuple[str, Value]]:
    yield from _named("request.parameters", request.parameters)
    yield from _named("world.values", world.values)
    for index, done in enumerate(world.performed):
        yield from _named(f"world.performed[{index}].values", done.values)


def _named(place: str, values: Mapping[str, Value]) -> Iterator[tuple[str, Value]]:
    for left, value in values.items():
        yield f"{place}.{left[:200]}", value
