"""What a deployment or a caller may choose about how policies are evaluated."""

from dataclasses import dataclass
from enum import StrEnum


class DutyMode(StrEnum):
    """When a duty of a permission holds it back."""

    PRECONDITION = "precondition"
    """Until it is fulfilled (Information Model §2.6.3, W3C draft)."""
    NOT_VIOLATED = "not-violated"
    """Only once it is violated (SolidLab's reading)."""


@dataclass(frozen=True, slots=True)
class Options:
    """Choices that a decision depends on.

    Attributes:
        what_if: also evaluate what is no agreement yet (Offer, Request, Assertion), to see what it would give.
        zone_minutes: east of UTC; the zone of times and dates that name none.
    """

    duty_mode: DutyMode = DutyMode.PRECONDITION
    what_if: bool = False
    zone_minutes: int = 0

    def __str__(self) -> str:
        return f"{self.duty_mode}{',what-if' if self.what_if else ''},{self.zone_minutes:+d}"

    @classmethod
    def of(cls, text: str) -> "Options":
        """Read back what `str` wrote."""
        mode, *rest, zone = text.split(",")
        return cls(DutyMode(mode), "what-if" in rest, int(zone))
