"""odrl:spatialCoordinates: points and polygons in two notations, and what nobody can tell of them."""

import pytest
from pyoxigraph import Literal, NamedNode

from exchange.policy.coordinates import canonical
from exchange.policy.decision import Verdict

TOKYO = "POINT(139.7 35.7)"
JAPAN = "POLYGON((123 24, 146 24, 146 46, 123 46, 123 24))"
WKT = NamedNode("http://www.opengis.net/ont/geosparql#wktLiteral")
RULE = "ex:p a odrl:Set ; odrl:permission [ odrl:action odrl:read ; odrl:target ex:x ; odrl:constraint [ {} ] ] ."


def permitted(kit, operator, right, value=TOKYO, datatype=WKT):
    constraint = f"odrl:leftOperand odrl:spatialCoordinates ; odrl:operator odrl:{operator} ; odrl:rightOperand {right}"
    given = kit.value(Literal(value, datatype=datatype), "token")
    return kit.decided(RULE.format(constraint), kit.asked(spatialCoordinates=given)).verdict is Verdict.PERMIT


@pytest.mark.parametrize(
    "text",
    [
        "point ( 139.70 +35.7 )",
        "<http://www.opengis.net/def/crs/OGC/1.3/CRS84> POINT(139.7 35.7)",
        '{"type": "Point", "coordinates": [139.7, 35.70]}',
    ],
)
def test_a_point_is_the_same_however_it_is_written(text):
    assert canonical(text) == TOKYO


def test_a_polygon_is_the_same_from_any_corner_and_either_way_round():
    other = '{"type": "Polygon", "coordinates": [[[146, 46], [146, 24], [123, 24], [123, 46], [146, 46]]]}'
    assert canonical(other) == canonical(JAPAN) is not None


@pytest.mark.parametrize(
    "text",
    [
        "139.7, 35.7",
        "POINT(35.7 139.7)",
        "POINT(1 2 3)",
        "POINT((1 2))",
        "POLYGON((0 0, 1 0, 1 1))",
        "POLYGON((-179 0, 179 0, 179 9, -179 0))",
        "POLYGON((0 0, 9 0, 9 9, 0 0), (1 1, 2 1, 2 2, 1 1))",
        "<http://www.opengis.net/def/crs/EPSG/0/4326> POINT(35.7 139.7)",
        '{"type": "Point", "coordinates": "x"}',
        '{"type": "Point"',
        "POINT(" + "1" * 30_000 + " 2)",
    ],
)
def test_what_is_no_plain_point_or_area_has_no_value(text):
    assert canonical(text) is None


@pytest.mark.parametrize(
    ("value", "lies_within"),
    [(TOKYO, True), ("POINT(123 30)", True), ("POINT(2.35 48.85)", False), ("POINT(130 24)", True)],
)
def test_a_point_lies_in_an_area_or_on_its_border(kit, value, lies_within):
    assert permitted(kit, "isPartOf", f"'{JAPAN}'", value) is lies_within


def test_a_bay_of_an_area_is_outside(kit):
    horseshoe = "'POLYGON((0 0, 9 0, 9 9, 6 9, 6 3, 3 3, 3 9, 0 9, 0 0))'"
    assert [permitted(kit, "isPartOf", horseshoe, f"POINT({x} 6)") for x in (1, 4, 7, 10)] == [True, False, True, False]


def test_points_are_compared_by_what_they_are(kit):
    assert permitted(kit, "eq", '"POINT(139.700 35.7)"')
    assert permitted(kit, "isAnyOf", '"POINT(1 1)" , "POINT(139.7 35.7)"')
    assert permitted(kit, "neq", '"POINT(1 1)"')


def test_whether_two_areas_differ_nobody_can_tell(kit):
    assert permitted(kit, "eq", f"'{JAPAN}'", JAPAN)
    assert not any(
        permitted(kit, operator, f"'{JAPAN}'", "POLYGON((0 0, 1 0, 1 1, 0 0))") for operator in ("eq", "neq")
    )


def test_a_text_that_is_no_place_never_permits(kit):
    assert not any(permitted(kit, operator, "'near the station'") for operator in ("eq", "neq", "isPartOf", "isNoneOf"))
