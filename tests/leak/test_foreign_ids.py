"""Whose id it is, only those learn whom it concerns: each address that takes an id, asked by everybody (P25).

For who is not in its row an id of somebody else and one that does not exist give the same answer, byte for byte but for
the id. The addresses come from the table that the routes are made from, so a new one without a row fails.
"""

import re
from collections.abc import AsyncIterator
from itertools import product
from typing import Any

import httpx
import pytest

from api.routes import OPERATIONS
from tests.leak.tenants import BASE, CLASSES, TURTLE, Tenants, described, tenants

pytestmark = pytest.mark.anyio
READERS = ("anonymous", "other", "peer", "reader of the owner", "owner", "operator")
MINE = frozenset({"owner", "operator"})
READ_MINE = MINE | {"reader of the owner"}
PARTIES = READ_MINE | {"peer"}
NOBODY = frozenset[str]()
REASON = {"json": {"reason": "over"}}
VARYING = {"date", "content-length", "etag"}
Row = tuple[str, frozenset[str], dict[str, Any]]
"""The kind of thing whose id it is, who learns that there is one, and what is sent with it."""

_SEGMENTS = "|".join(CLASSES)
# The first that fits counts. A name that its maker chooses cannot be hidden from who would make it again.
TABLE: tuple[tuple[str, str, frozenset[str], dict[str, Any]], ...] = (
    (rf"GET /({_SEGMENTS})/{{id}}.*", "resource", READ_MINE, {}),
    (rf"PUT /({_SEGMENTS})/{{id}}", "resource", MINE, {"content": "TURTLE", "headers": TURTLE}),
    (rf"PUT /({_SEGMENTS})/{{id}}/audience", "resource", MINE, {"json": {"audience": ["public"]}}),
    (rf"DELETE /({_SEGMENTS})/{{id}}", "resource", MINE, {}),
    (r"GET /catalogs/{id}.*", "catalog", READ_MINE, {}),
    (rf"POST /catalogs/{{id}}/({_SEGMENTS})", "catalog", MINE, {"content": "TURTLE", "headers": TURTLE}),
    (r"PUT /catalogs/{id}/audience", "catalog", MINE, {"json": {"audience": ["public"]}}),
    (r"PATCH /catalogs/{id}", "catalog", MINE, {"json": {"level": "base"}}),
    (r"DELETE /catalogs/{id}", "catalog", MINE, {}),
    (r"\w+ /data/{transfer}.*", "transfer", NOBODY, {}),  # these are for the bearer of its token
    (r"GET /s3/{bucket}/{key:path}", "transfer", NOBODY, {}),  # and of its key pair
    (r"GET /agreements/{id}", "agreement id", PARTIES, {}),
    (r"POST /agreements/{id}/end", "agreement id", MINE | {"peer"}, REASON),
    (r"POST /agreements/{id}/signatures", "agreement id", frozenset({"peer"}), {"json": {"signature": "a.b.c"}}),
    (r"\w+ /exchange/peers/{participant:path}.*", "peer", frozenset({"operator"}), {}),
    (r"GET /audit/proof/{seq}", "event", READ_MINE, {}),
    (r"DELETE /exchange/hooks/{id}", "hook", READ_MINE, {}),
    (r"\w+ /dsp/2025-1/negotiations/{pid}.*", "negotiation", frozenset({"peer"}), {"json": {"@type": "x"}}),
    (r"\w+ /dsp/2025-1/transfers/{pid}.*", "transfer", frozenset({"peer"}), {"json": {"@type": "x"}}),
    (r"GET /dsp/2025-1/catalog/datasets/{iri:path}", "offered dataset", NOBODY | {"peer", "owner", "reader of the owner", "operator"}, {}),
    (r"GET /offers/{id}", "offer", PARTIES, {}),
    (r"DELETE /offers/{id}", "offer", MINE, {}),
    (r"POST /exchange/(negotiations|transfers)/{pid}/(terminate|suspend)", r"\1", MINE, REASON),
    (r"POST /exchange/negotiations/{pid}/counter", "negotiations", MINE, {"json": {"offer": {}}}),
    (r"GET /exchange/transfers/{pid}/data", "transfer", NOBODY, {}),  # it is the consumer who fetches
    (r"\w+ /exchange/(negotiations|transfers)/{pid}.*", r"\1", MINE, {}),
)  # fmt: skip
TAKING = [f"{one.method} {one.path}" for one in OPERATIONS if "{" in one.path]
# Who may not write these but may read them is told so.
SEEN_BY = dict.fromkeys(("resource", "catalog", "dataset"), READ_MINE)
UNHIDDEN = {"PUT /catalogs/{id}", "GET /problems/{slug}", "GET /dsp/2025-1/schemas/{name}.json"}
# Ids in queries and bodies, where no template shows them.
WITHIN: tuple[tuple[str, str, frozenset[str], dict[str, Any]], ...] = (
    ("GET /exchange/performed?agreement={}", "agreement", PARTIES, {}),
    ("POST /exchange/performed", "agreement", MINE | {"peer"}, {"json": {"agreement": "{}", "action": "odrl:delete"}}),
    ("POST /exchange/transfers", "agreement of ours", MINE, {"json": {"agreement": "{}"}}),
    ("GET /agreements?dataset={}", "offered dataset", NOBODY, {}),
    ("DELETE /exchange/sources?dataset={}", "source", MINE, {}),
    ("PUT /exchange/sources", "offered dataset", MINE, {"json": {"dataset": "{}", "kind": "http", "url": "https://new.example/"}}),
    ("PUT /exchange/files?dataset={}", "offered dataset", MINE, {"content": b"a,b\n", "headers": {"content-type": "text/csv"}}),
    ("POST /exchange/proposals", "offer iri", MINE, {"json": {"offer": "{}", "consumer": "https://nobody.example/"}}),
    ("POST /offers", "dataset", MINE, {"json": {"dataset": "{}", "terms": {"templates": {"open": {}}}}}),
    ("GET /datasets?iri={}", "dataset", READ_MINE, {}),
    ("GET /audit/export?dataset={}", "dataset", READ_MINE, {}),
    ("GET /usage?agreement={}", "agreement", NOBODY, {}),
    ("POST /policies/decide", "policy", READ_MINE, {"json": {"policy": "{}", "request": {"action": "http://www.w3.org/ns/odrl/2/use"}}}),
)  # fmt: skip


@pytest.fixture(scope="module")
async def house(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Tenants]:
    async with tenants(tmp_path_factory.mktemp("tenants")) as found:
        yield found


async def thing(house: Tenants, kind: str, path: str) -> str:
    """The id of something new of a kind, which is the owner's."""
    match kind:
        case "resource":
            return await house.resource(path.split("/")[1])
        case "agreement of ours":
            return await house.agreement(as_consumer=True)
        case "agreement id":
            return (await house.agreement()).rsplit("/", 1)[1]
        case "offer":
            return (await house.offer())["id"]
        case "offer iri":
            return f"{BASE}/offers/{(await house.offer())['id']}"
        case "offered dataset":
            return (await house.offer())["dataset"]
        case "dataset" | "policy":
            segment = {"dataset": "datasets", "policy": "policies"}[kind]
            return house.names[await house.resource(segment)]
        case "peer":
            return await house.known_peer()
        case _:
            return str(await getattr(house, kind.removesuffix("s"))())


def unknown(name: str) -> str:
    """An id of the same form that nothing has."""
    if name.isdigit():
        return "9" * 9
    digits = {"0": "1", "1": "0"} if "://" in name else {"a": "b", "b": "a", "2": "3", "3": "2", "4": "5", "5": "4"}
    return "".join(digits.get(each, each) for each in name[:-4]) + name[-4:][::-1] + ("x" if "://" in name else "")


def filled(value: Any, name: str) -> Any:
    """What is sent, with the id in its places."""
    if isinstance(value, dict):
        return {key: filled(each, name) for key, each in value.items()}
    return name if value == "{}" else value


async def told(house: Tenants, reader: str, operation: str, row: Row, name: str) -> tuple[int, dict[str, str], str]:
    """The answer on an id, without the id and what differs between any two answers."""
    method, path = operation.split(" ", 1)
    address = re.sub(r"\{spec\}", "1", path)
    address = re.sub(r"\{[^}]*\}", lambda _: name, address)
    given = filled(row[2], name)
    if given.get("content") == "TURTLE":
        given = {**given, "content": described(path.split("/")[-1 if method == "POST" else 1], house.names.get(name))}
    answer = await house.ask(reader, method, address, **given)
    headers = {key: value for key, value in answer.headers.items() if key not in VARYING}
    return answer.status_code, headers, hidden(answer, name)


def hidden(answer: httpx.Response, name: str) -> str:
    text = answer.text if "://" in name else answer.text.replace(BASE, "HERE")  # whose digits are no number of an event
    return text.replace(name, "ID").replace(str(httpx.QueryParams({"q": name}))[2:], "ID")


def rows() -> dict[str, Row]:
    """Every operation that takes an id, with its row of the table."""
    found = {operation: (kind, readers, given) for operation, kind, readers, given in WITHIN}
    for operation, (pattern, kind, readers, given) in product(TAKING, reversed(TABLE)):
        if fits := re.fullmatch(pattern.replace("{", r"\{"), operation):
            found[operation] = (fits.expand(kind), readers, given)
    return found


ROWS = rows()


def test_somebody_said_of_every_address_with_an_id_who_may_use_it() -> None:
    assert set(TAKING) - UNHIDDEN <= ROWS.keys()


@pytest.mark.parametrize("operation", sorted(ROWS.keys() - UNHIDDEN))
async def test_an_id_of_somebody_else_is_answered_like_none(house: Tenants, operation: str) -> None:
    kind, expected, _ = row = ROWS[operation]
    writes, learned, done = not operation.startswith("GET"), set(), set()
    name = await thing(house, kind, operation.split(" ")[1])
    for reader in READERS:
        if reader in expected and writes:
            name = await thing(house, kind, operation.split(" ")[1])  # those before may have ended it
        one, other = [await told(house, reader, operation, row, each) for each in (name, unknown(name))]
        learned |= {reader} if one != other else set()
        done |= {reader} if one[0] not in (401, 403, 404) else set()
    assert learned == expected | (SEEN_BY.get(kind, NOBODY) if writes else NOBODY)
    assert not writes or done == expected
