"""What Eclipse EDC writes in its own way: queries of catalogs, addresses of data."""

from typing import Any

import pytest

from exchange.data_addresses import Access, access_of
from exchange.dsp.writing import data_address
from exchange.errors import FilterRefused
from exchange.query_specs import asked

EDC = "https://w3id.org/edc/v0.0.1/ns/"
SPEC = {"@type": "QuerySpec", "limit": 20, "offset": 40, "sortOrder": "ASC", "filterExpression": []}


def only(left: str, operator: str, right: Any) -> dict[str, Any]:
    return {**SPEC, "filterExpression": [{"operandLeft": left, "operator": operator, "operandRight": right}]}


def test_a_query_says_which_page_is_meant() -> None:
    found = asked([SPEC, "rivers"])
    assert (found.offset, found.limit, found.dataset, found.filters) == (40, 20, None, ["rivers"])


@pytest.mark.parametrize("left", ["id", EDC + "id", "edc:id"])
def test_a_query_may_name_one_dataset(left: str) -> None:
    assert asked([only(left, "=", "urn:a")]).dataset == "urn:a"


def test_a_query_spelled_by_iris_is_understood() -> None:
    assert asked([{"@type": EDC + "QuerySpec", EDC + "limit": 7}]).limit == 7


@pytest.mark.parametrize(
    "spec",
    [
        only("name", "=", "x"),
        only("id", "like", "u%"),
        {**SPEC, "limit": -1},
        {**SPEC, "offset": "1"},
        {**SPEC, "sortField": "name"},
    ],
)
def test_a_query_that_is_not_understood_is_refused_instead_of_answered_with_everything(spec: dict[str, Any]) -> None:
    with pytest.raises(FilterRefused):
        asked([spec])


def test_two_queries_at_once_are_refused() -> None:
    with pytest.raises(FilterRefused):
        asked([SPEC, SPEC])


def test_the_token_of_an_edc_is_sent_as_it_stands() -> None:
    given = {"endpoint": "http://p.example/public", "authType": "bearer", "authorization": "ey.x.y"}
    named = [{"@type": "EndpointProperty", "name": EDC + name, "value": value} for name, value in given.items()]
    assert access_of({"@type": "DataAddress", "endpointProperties": named}) == Access(
        "http://p.example/public", "ey.x.y"
    )


def test_a_bearer_token_is_sent_as_one() -> None:
    assert access_of(data_address("http://p.example/d", "t")) == Access("http://p.example/d", "Bearer t")


def test_an_address_that_is_open_needs_no_header() -> None:
    assert access_of({"@type": "DataAddress", "endpoint": "http://p.example/d"}) == Access("http://p.example/d", None)
