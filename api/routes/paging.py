"""Links between pages of a list."""

from collections.abc import Callable
from typing import Any


def pages_of(
    total: int, at: int, size: int, href: Callable[[int], str], most: int | None = None
) -> list[dict[str, Any]]:
    """Links for a pager: first, last, neighbours, and a gap for what lies between.

    Args:
        total: how many items there are.
        at: this page, from 1.
        size: items on a page.
        href: the address of a page.
        most: the last page that can be asked for.
    """
    last = max(1, -(-total // size))
    last = min(last, most) if most else last
    shown = sorted({1, last, *range(max(1, at - 2), min(last, at + 2) + 1)})
    links: list[dict[str, Any]] = []
    if at > 1:
        links.append({"text": "pager.previous", "href": href(min(at - 1, last)), "rel": "prev", "current": False})
    previous = 0
    for n in shown:
        if n > previous + 1:
            links.append({"text": "…", "href": None, "rel": None, "current": False})
        links.append({"text": str(n), "href": href(n), "rel": None, "current": n == at})
        previous = n
    if at < last:
        links.append({"text": "pager.next", "href": href(at + 1), "rel": "next", "current": False})
    return links if last > 1 else []
