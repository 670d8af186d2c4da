"""What a deployment or a caller may choose about how policies are evaluated."""

import re
from dataclasses import dataclass
from enum import StrEnum

_ZONE = re.compile(r"([+-])(0\d|1[0-4]):([0-5]\d)")


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

    @property
    def zone(self) -> str:
        """The zone as XSD writes it."""
        hours, minutes = divmod(abs(self.zone_minutes), 60)
        return f"{'-' if self.zone_minutes < 0 else '+'}{hours:02}:{minutes:02}"

    @classmethod
    def of(cls, text: str) -> "Options":
        """Read back what `str` wrote."""
        mode, *rest, zone = text.split(",")
        return cls(DutyMode(mode), "what-if" in rest, int(zone))


def zone_minutes(text: str) -> int:
    """Minutes east of UTC of a zone as XSD writes it, as `+09:00`.

    Raises:
        ValueError
    """
    match = _ZONE.fullmatch("+00:00" if text == "Z" else text)
    if match is None or (match[2] == "14" and match[3] != "00"):
        raise ValueError("a zone is the distance from UTC, from -14:00 to +14:00: +09:00 for Japan")
    return (int(match[2]) * 60 + int(match[3])) * (-1 if match[1] == "-" else 1)
