"""Comparisons: by the kind that the operand declares, never across kinds, and unknown where nobody can tell."""

from datetime import UTC, datetime, timedelta

import pytest
from pyoxigraph import Literal, NamedNode

from exchange.policy.decision import Verdict
from exchange.policy.operands import ValueKind
from exchange.policy.values import compare_durations, native

XSD = "http://www.w3.org/2001/XMLSchema#"
UNKNOWN, YES, NO = Verdict.INDETERMINATE, Verdict.PERMIT, Verdict.DENY


def rule(left, operator, right):
    constraint = f"odrl:leftOperand {left} ; odrl:operator odrl:{operator} ; odrl:rightOperand {right}"
    return f"ex:p a odrl:Set ; odrl:permission [ odrl:action odrl:read ; odrl:constraint [ {constraint} ] ] ."


def literal(text, datatype):
    return Literal(text, datatype=NamedNode(XSD + datatype))


def at(kit, text):
    return kit.world(now=datetime.fromisoformat(text))


@pytest.mark.parametrize("right", ["'9'", "'soon'", "9", "true", "'2026-13-01'", "'2026-02-30'^^xsd:date", "ex:now"])
@pytest.mark.parametrize("operator", ["lt", "gt", "neq", "isNoneOf"])
def test_what_is_no_date_is_never_compared_with_one(kit, right, operator):
    assert kit.decided(rule("odrl:dateTime", operator, right)).verdict is UNKNOWN


DAY = [  # on the day itself: from its first to its last microsecond
    ("lt", "2026-06-14T23:59:59.999999+00:00", YES),
    ("lt", "2026-06-15T00:00:00+00:00", NO),
    ("lteq", "2026-06-15T23:59:59.999999+00:00", YES),
    ("lteq", "2026-06-16T00:00:00+00:00", NO),
    ("gt", "2026-06-15T23:59:59+00:00", NO),
    ("gt", "2026-06-16T00:00:00+00:00", YES),
    ("gteq", "2026-06-15T00:00:00+00:00", YES),
    ("gteq", "2026-06-14T23:59:59+00:00", NO),
    ("eq", "2026-06-15T12:00:00+00:00", YES),
    ("eq", "2026-06-16T00:00:00+00:00", NO),
    ("neq", "2026-06-16T00:00:00+00:00", YES),
    ("neq", "2026-06-15T00:00:00+00:00", NO),
    ("isAnyOf", "2026-06-15T00:00:00+00:00", YES),
]


@pytest.mark.parametrize(("operator", "now", "verdict"), DAY)
def test_a_date_is_its_whole_day(kit, operator, now, verdict):
    turtle = rule("odrl:dateTime", operator, "'2026-06-15'^^xsd:date")
    decision = kit.decided(turtle, state=at(kit, now))
    assert decision.verdict is verdict
    assert "whole day" in decision.report.rules[0].premises[-1].reading.en


@pytest.mark.parametrize(
    ("date", "now", "verdict"),
    [
        ("2026-06-15+09:00", "2026-06-14T15:00:00+00:00", YES),
        ("2026-06-15+09:00", "2026-06-15T15:00:00+00:00", NO),
        ("2026-06-15Z", "2026-06-14T15:00:00+00:00", NO),
    ],
)
def test_a_date_has_its_own_zone(kit, date, now, verdict):
    turtle = rule("odrl:dateTime", "eq", f"'{date}'^^xsd:date")
    assert kit.decided(turtle, state=at(kit, now)).verdict is verdict


def test_a_date_without_a_zone_is_of_the_zone_of_the_deployment(kit):
    turtle = rule("odrl:dateTime", "eq", "'2026-06-15'^^xsd:date")
    state = at(kit, "2026-06-14T15:00:00+00:00")
    assert not kit.decided(turtle, state=state).permitted
    assert kit.decided(turtle, state=state, zone_minutes=540).permitted


def test_a_zone_that_is_written_is_believed_whatever_the_deployment_has(kit):
    turtle = rule("odrl:dateTime", "lt", "'2026-06-15T12:00:01Z'^^xsd:dateTime")
    assert kit.decided(turtle, zone_minutes=540).permitted


def test_midnight_may_be_the_end_of_a_day_and_no_hour_comes_after_it(kit):
    for hour, verdict in (("24:00:00", YES), ("24:00:01", UNKNOWN), ("25:00:00", UNKNOWN)):
        turtle = rule("odrl:dateTime", "lt", f"'2026-06-30T{hour}Z'^^xsd:dateTime")
        assert kit.decided(turtle).verdict is verdict


def test_one_moment_is_one_however_its_zone_is_written(kit):
    turtle = rule("odrl:dateTime", "eq", "'2026-06-15T21:00:00+09:00'^^xsd:dateTime")
    assert kit.decided(turtle, state=at(kit, "2026-06-15T12:00:00+00:00")).permitted


def test_a_plain_string_is_read_as_the_operand_has_its_values(kit):
    assert kit.decided(rule("odrl:dateTime", "lt", "'2030-01-01'")).permitted
    assert not kit.decided(rule("odrl:dateTime", "lt", "'2020-01-01'")).permitted


def test_the_year_99999_comes_after_this_one(kit):
    assert kit.decided(rule("odrl:dateTime", "lt", "'99999-01-01T00:00:00Z'^^xsd:dateTime")).permitted
    assert kit.decided(rule("odrl:dateTime", "gt", "'-0044-03-15T00:00:00Z'^^xsd:dateTime")).permitted


@pytest.mark.parametrize(
    ("left", "operator", "right", "given", "verdict"),
    [
        ("resolution", "lteq", "1200", literal("1200.0", "decimal"), YES),
        ("resolution", "lt", "10", literal("9", "string"), YES),
        ("resolution", "lt", "'10'", literal("9", "integer"), YES),
        ("resolution", "gt", "'NaN'^^xsd:double", literal("1", "integer"), UNKNOWN),
        ("resolution", "lt", "5", literal("NaN", "double"), UNKNOWN),
        ("resolution", "lt", "'INF'^^xsd:double", literal("1e300000", "double"), YES),
        ("resolution", "eq", "1", literal("1", "date"), UNKNOWN),
        ("resolution", "neq", "1", literal("one", "integer"), UNKNOWN),
        ("resolution", "lt", f"'{'9' * 900}'^^xsd:integer", literal("8" * 900, "integer"), YES),
        ("resolution", "lt", f"'{'9' * 5000}'^^xsd:integer", literal("1", "integer"), UNKNOWN),
        ("resolution", "isAnyOf", "1 , 2", literal("2", "integer"), YES),
        ("resolution", "isNoneOf", "1 , 2", literal("3", "integer"), YES),
        ("resolution", "lt", "1 , 2", literal("0", "integer"), UNKNOWN),
        ("resolution", "isA", "1", literal("1", "integer"), UNKNOWN),
        ("absoluteTemporalPosition", "lteq", "'P1D'^^xsd:duration", literal("PT24H", "duration"), YES),
        ("absoluteTemporalPosition", "lt", "'P30D'^^xsd:duration", literal("P1M", "duration"), UNKNOWN),
        ("absoluteTemporalPosition", "lt", "'P32D'^^xsd:duration", literal("P1M", "duration"), YES),
        ("absoluteTemporalPosition", "lt", "'P'^^xsd:duration", literal("P1M", "duration"), UNKNOWN),
        ("language", "eq", "'EN'", literal("en", "string"), YES),
        ("language", "isPartOf", "'en'", literal("en-GB", "string"), YES),
        ("language", "isPartOf", "'en'", literal("eng", "string"), NO),
        ("language", "lt", "'en'", literal("ab", "string"), UNKNOWN),
    ],
)
def test_values_compare_by_their_kind(kit, left, operator, right, given, verdict):
    source = "catalog"
    request = kit.asked(**{left: kit.value(given, source)})
    assert kit.decided(rule("odrl:" + left, operator, right), request).verdict is verdict


@pytest.mark.parametrize(
    ("operator", "right", "given", "verdict"),
    [
        ("eq", "'JP'", ["JP"], YES),
        ("eq", "'JP'", ["JP-13"], NO),
        ("isPartOf", "'JP'", ["JP-13"], YES),
        ("isPartOf", "'DE'", ["JP-13"], NO),
        ("isPartOf", "'JP'", ["somewhere"], UNKNOWN),
        ("hasPart", "'JP-13'", ["JP"], YES),
        ("hasPart", "'JP'", ["JP-13"], NO),
        ("isAnyOf", "'DE' , 'JP'", ["JP"], YES),
        ("isAnyOf", "( 'DE' 'JP' )", ["FR"], NO),
        ("isAllOf", "'DE' , 'JP'", ["JP"], NO),
        ("isAllOf", "'DE' , 'JP'", ["JP", "DE"], YES),
        ("isAllOf", "'DE' , 'JP'", ["JP", "DE", "FR"], UNKNOWN),
        ("isNoneOf", "'DE' , 'JP'", ["FR"], YES),
        ("isNoneOf", "'DE' , 'JP'", ["DE", "JP"], NO),
        ("isNoneOf", "'DE' , 'JP'", ["FR", "JP"], UNKNOWN),
        ("neq", "'JP'", ["JPN"], NO),
        ("eq", "'DE' , 'JP'", ["JP"], UNKNOWN),
        ("like", "'JP'", ["JP"], UNKNOWN),
    ],
)
def test_places_compare_as_names_that_lie_within_each_other(kit, operator, right, given, verdict):
    place = kit.value("x", "token")
    place = type(place)(tuple(Literal(text) for text in given), "token")
    assert kit.decided(rule("odrl:spatial", operator, right), kit.asked(spatial=place)).verdict is verdict


def test_a_purpose_is_one_of_its_broader_kinds(kit):
    dpv = "https://w3id.org/dpv#"
    turtle = rule("odrl:purpose", "isA", f"<{dpv}ResearchAndDevelopment>")
    for purpose, verdict in (("AcademicResearch", YES), ("Marketing", NO), ("Unheard", UNKNOWN)):
        request = kit.asked(purpose=kit.value(NamedNode(dpv + purpose)))
        assert kit.decided(turtle, request).verdict is verdict


@pytest.mark.parametrize(
    ("unit", "given", "verdict"),
    [
        ("https://dbpedia.org/resource/Euro", "http://dbpedia.org/resource/Euro", YES),
        ("http://dbpedia.org/resource/Euro", "http://dbpedia.org/resource/Yen", UNKNOWN),
        ("http://dbpedia.org/resource/Euro", None, UNKNOWN),
    ],
)
def test_amounts_compare_only_in_one_unit(kit, unit, given, verdict):
    turtle = rule("odrl:payAmount", "gteq", f"5 ; odrl:unit <{unit}>")
    request = kit.asked(payAmount=kit.value(5, "payment", given))
    assert kit.decided(turtle, request).verdict is verdict


def test_the_datatype_of_the_constraint_is_that_of_a_plain_right_operand(kit):
    turtle = rule("odrl:dateTime", "lt", "'2030-01-01' ; odrl:dataType xsd:integer")
    assert kit.decided(turtle).verdict is UNKNOWN


def test_instants_agree_with_the_clock_of_python_over_all_years():
    for year in range(1, 9999, 37):
        time = datetime(year, year % 12 + 1, year % 28 + 1, year % 24, tzinfo=UTC)
        expected = (time - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)
        for text in (time.isoformat(), time.replace(tzinfo=None).isoformat()):
            assert native(literal(text, "dateTime"), ValueKind.INSTANT) == expected


@pytest.mark.parametrize(
    ("text", "same"),
    [
        ("2026-01-01T24:00:00+09:00", "2026-01-02T00:00:00+09:00"),
        ("9999-12-31T24:00:00Z", "10000-01-01T00:00:00Z"),
        ("0000-12-31T23:30:00-01:00", "0001-01-01T00:30:00Z"),
        ("2026-01-01T00:00:00.1234569Z", "2026-01-01T00:00:00.123456Z"),
        ("2026-01-01T00:00:00.5-00:00", "2026-01-01T14:00:00.500+14:00"),
    ],
)
def test_a_moment_is_the_same_whether_python_knows_its_spelling_or_not(text, same):
    one, other = (native(literal(each, "dateTime"), ValueKind.INSTANT) for each in (text, same))
    assert one is not None
    assert one == other


@pytest.mark.parametrize("text", ["20260101T000000Z", "2026-01-01T00:00Z", "2026-01-01T00:00:00+15:00", "2026-W01-1"])
def test_a_spelling_of_times_that_only_python_knows_is_none(text):
    assert native(literal(text, "dateTime"), ValueKind.INSTANT) is None


def test_durations_are_in_order_where_every_month_has_them_so():
    one, other = (native(literal(text, "duration"), ValueKind.DURATION) for text in ("P1M", "P31D"))
    assert compare_durations(one, other) is None
    assert compare_durations(one, (0, 32 * 86_400_000_000)) == -1


@pytest.mark.parametrize(("forbidden", "seen"), [("jp", "JP"), ("JP", "jp"), ("JP-13", "jp-13"), ("jpn", "JP")])
def test_codes_of_places_are_the_same_in_any_case(kit, forbidden, seen):
    elsewhere = rule("odrl:spatial", "neq", f"'{forbidden}'")
    state = kit.world(spatial=kit.value(seen, "credential"))
    assert kit.decided(elsewhere, None, state).verdict is Verdict.DENY
