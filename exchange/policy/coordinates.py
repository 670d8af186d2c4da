"""Coordinates as policies write them: a point or a polygon without holes, in WKT or GeoJSON, longitude before latitude.

Both are read into one canonical WKT text, so that equal ones are equal. What nobody can tell stays unknown: another
reference system, a polygon over the 180th meridian, whether one polygon lies in another. A border belongs to its area.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from functools import lru_cache
from itertools import pairwise
from types import MappingProxyType
from typing import Any

import orjson

from exchange.policy.kleene import Answer, all_of, any_of, not_

Position = tuple[Decimal, Decimal]
Broader = Callable[[str], frozenset[str]]

_LENGTH_LIMIT = 20_000  # characters: about a thousand corners, looked at once for each constraint
_PLACES = 15
_NUMBER = re.compile(rf"[+-]?\d{{1,3}}(?:\.\d{{1,{_PLACES}}})?", re.ASCII)
_CRS84 = re.compile(r"<https?://www\.opengis\.net/def/crs/OGC/1\.3/CRS84>\s*", re.ASCII)
_WKT = re.compile(r"(POINT|POLYGON)\s*\(\s*(\()?([^()]*)(\))?\s*\)", re.ASCII | re.IGNORECASE)


def canonical(text: str) -> str | None:
    """A point or polygon as one text, None for anything else."""
    if len(text) > _LENGTH_LIMIT:
        return None
    positions = _geojson(text) if text.lstrip()[:1] == "{" else _wkt(_CRS84.sub("", text.strip(), count=1))
    if not positions or not all(abs(x) <= 180 and abs(y) <= 90 for x, y in positions):
        return None
    if len(positions) == 1:
        return f"POINT({_spelt(positions[0])})"
    ring = positions[:-1]
    wide = max(x for x, _ in ring) - min(x for x, _ in ring) > 180
    if positions[0] != positions[-1] or len(ring) < 3 or wide:
        return None
    start = ring.index(min(ring))
    ring = ring[start:] + ring[:start]
    if ring[1] > ring[-1]:
        ring = [ring[0], *reversed(ring[1:])]
    return f"POLYGON(({', '.join(map(_spelt, [*ring, ring[0]]))}))"


def _wkt(text: str) -> list[Position] | None:
    match = _WKT.fullmatch(text)
    if match is None or bool(match[2]) != bool(match[4]) or bool(match[2]) != (match[1].upper() == "POLYGON"):
        return None
    pairs = [each.split() for each in match[3].split(",")]
    return _positions(pairs, single=not match[2])


def _geojson(text: str) -> list[Position] | None:
    try:
        given = orjson.loads(text)
    except orjson.JSONDecodeError:
        return None
    kind, coordinates = given.get("type"), given.get("coordinates")
    if kind == "Polygon" and isinstance(coordinates, list) and len(coordinates) == 1:
        return _positions(coordinates[0], single=False)
    return _positions([coordinates], single=True) if kind == "Point" else None


def _positions(pairs: Any, *, single: bool) -> list[Position] | None:
    if not isinstance(pairs, list) or (single and len(pairs) != 1) or (not single and len(pairs) < 4):
        return None
    if not all(isinstance(pair, list) and len(pair) == 2 for pair in pairs):
        return None
    written = [[str(each) for each in pair] for pair in pairs]
    if not all(_NUMBER.fullmatch(each) for pair in written for each in pair):
        return None
    return [(Decimal(x), Decimal(y)) for x, y in written]


def _spelt(position: Position) -> str:
    return " ".join(f"{each.normalize() + 0:f}" for each in position)  # + 0: there is no minus zero


@lru_cache(maxsize=1024)
def _corners(name: str) -> tuple[tuple[int, int], ...]:
    """Positions of a canonical text as whole numbers, which are exact; none of a name."""
    match = _WKT.fullmatch(name)
    pairs = [each.split() for each in match[3].split(",")] if match else []
    return tuple((int(Decimal(x).scaleb(_PLACES)), int(Decimal(y).scaleb(_PLACES))) for x, y in pairs)


def same(one: str, other: str) -> Answer:
    """Whether two canonical texts or names are one place; of polygons only that they are."""
    if one == other:
        return True
    sizes = {len(_corners(one)), len(_corners(other))}
    return False if len(sizes) == 1 and sizes <= {0, 1} else None


def inside(one: str, other: str, broader: Broader) -> Answer:
    """Whether the one lies in the other: a point in a polygon, a name in what the vocabulary places it in."""
    corners, ring = _corners(one), _corners(other)
    if not corners and not ring:
        above = broader(one)
        return True if other in above else None if len(above) == 1 else False
    if len(corners) == 1 and len(ring) > 1:
        return _surrounded(corners[0], ring)
    return same(one, other)


def _surrounded(point: tuple[int, int], ring: Sequence[tuple[int, int]]) -> bool:
    """By the number of edges that a ray to the east crosses."""
    x, y = point
    within = False
    for (x1, y1), (x2, y2) in pairwise(ring):
        turn = (x2 - x1) * (y - y1) - (x - x1) * (y2 - y1)
        if turn == 0 and min(x1, x2) <= x <= max(x1, x2) and min(y1, y2) <= y <= max(y1, y2):
            return True
        if (y1 > y) != (y2 > y) and (turn > 0) == (y2 > y1):
            within = not within
    return within


Relation = Callable[[Sequence[str], Sequence[str], Broader], Answer]
RELATIONS: Mapping[str, Relation] = MappingProxyType(
    {
        "eq": lambda value, right, broader: any_of({same(each, its) for each in value for its in right}),
        "neq": lambda value, right, broader: not_(any_of({same(each, its) for each in value for its in right})),
        "isAnyOf": lambda value, right, broader: any_of({same(each, its) for each in value for its in right}),
        "isNoneOf": lambda value, right, broader: not_(any_of({same(each, its) for each in value for its in right})),
        "isAllOf": lambda value, right, broader: all_of([any_of([same(its, each) for its in value]) for each in right]),
        "isA": lambda value, right, broader: any_of({inside(each, its, broader) for each in value for its in right}),
        "isPartOf": lambda value, right, broader: any_of(
            {inside(each, its, broader) for each in value for its in right}
        ),
        "hasPart": lambda value, right, broader: all_of(
            [any_of([inside(each, its, broader) for its in value]) for each in right]
        ),
        "hasSomePart": lambda value, right, broader: any_of(
            {inside(its, each, broader) for each in value for its in right}
        ),
    }
)
"""By operator: what holds of a value, which may be several, and right operands."""
