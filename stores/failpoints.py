"""Places where a crash must cost nothing: a test can end the process at any of them.

`RENKEI_FAILPOINT=NAME:COUNT` ends the process, without any clean-up, when it passes the place of that name for the
COUNT-th time. Unset, as everywhere but in the reliability campaign, a place costs one comparison.
"""

import os

_CRASHED = 137  # the status that a kill -9 gives
_name, _, _count = os.environ.get("RENKEI_FAILPOINT", "").rpartition(":")
_left = int(_count) if _name else 0


def passing(place: str) -> None:
    """Name the place between two steps; the names are unique in the source, where the campaign finds them."""
    if _left:
        _crash_at(place)


def _crash_at(place: str) -> None:
    global _left  # noqa: PLW0603  (one process, one countdown)
    if place == _name:
        _left -= 1
        if _left == 0:
            os._exit(_CRASHED)
