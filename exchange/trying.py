"""What becomes of a message that a peer did not take: tried again, for so long, or left to a person."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from exchange.correspondence import why_refused
from exchange.outbox import Letter
from exchange.outgoing import Answer
from exchange.partner_errors import AddressRefused, OutgoingFailed
from ontology.messages import Message

_TRY_AGAIN: Final = frozenset((404, 408, 425, 429))  # 404: the other side may not have stored yet what we speak of
_CONFLICT, _EARLY = 409, 6  # EDC and the kit say so while they have not stored what their own answer before means


@dataclass(frozen=True, slots=True)
class Verdict:
    """What becomes of it.

    Attributes:
        why: the peer did not take it, for people.
        status: of its answer, None where there was none.
        parked: it is not tried again by itself.
        given_up: it is not, though it might be taken yet: that took too long.
        late: the process has waited longer than it should.
        told: whether this try is a line of the timeline.
    """

    why: Message
    status: int | None
    parked: bool
    given_up: bool
    late: bool
    told: bool


@dataclass(frozen=True, slots=True)
class Patience:
    """How long is waited for peers.

    Attributes:
        alarm: until somebody is told that a process does not move.
        span: for which a message is tried again by itself.
    """

    alarm: timedelta = timedelta(minutes=1)
    span: timedelta = timedelta(days=7)

    def verdict(self, letter: Letter, answer: Answer | OutgoingFailed, now: datetime) -> Verdict:
        """What becomes of a message after an answer that is no success."""
        waited, status = now - letter.made_at, answer.status if isinstance(answer, Answer) else None
        late = waited > self.alarm
        early = status == _CONFLICT and letter.attempts < _EARLY
        refused = status is not None and (not may_change(status) or (status < 500 and late))
        # An address that was refused is not connected to tomorrow either.
        final = (refused and not early) or isinstance(answer, AddressRefused)
        given_up = not final and waited > self.span
        why = _given_up(self.span, why_refused(answer)) if given_up else why_refused(answer)
        seldom = letter.attempts.bit_count() <= 1  # the 1st, 2nd, 3rd, 5th, 9th … failure
        return Verdict(why, status, final or given_up, given_up, late, final or late or seldom)


USUAL: Final = Patience()


def may_change(status: int) -> bool:
    """Whether a refusal may be another one with time."""
    return status >= 500 or status in _TRY_AGAIN


def _given_up(span: timedelta, why: Message) -> Message:
    hours = span.total_seconds() / 3600
    return Message(
        ja=f"{hours:.3g} 時間以上受け取られず、自動では送り直しません。送り直すか、終了してください。{why.ja}",
        en=f"Nobody took it for {hours:.3g} hours; it is not sent again by itself. Send it again, or end it. {why.en}",
    )
