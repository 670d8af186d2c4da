"""Product threats that the edge answers for, by their numbers."""

import json
from pathlib import Path
from urllib.parse import quote

import httpx
import pytest

from api.limits import parse_json
from api.views import readable, safe_link

pytestmark = pytest.mark.anyio

DEEP = 900
BODIES = [  # P12: JSON that two readers take differently, or that breaks the one that echoes it
    b"", b" ", b"{", b"}", b"[", b"nul", b"NaN", b"Infinity", b"-Infinity", b'{"id": NaN}', b'{"id": 1e999}',
    b'"\\ud800"',
    b'{"id": "\\ud800"}', b'{"id": "\\udc00\\ud800"}', b'{"id": "a\\u0000b"}', b'{"\\u0000": 1}', b'{"id": "a\x00b"}',
    b'{"id": "a", "id": "b"}', b'{"id": {"x": 1, "x": 2}}', b"[" * 100_000, b"[" * DEEP + b"]" * DEEP,
    b'{"a":' * DEEP + b"1" + b"}" * DEEP, b"\xff\xfe", b"\xef\xbb\xbf{}", b'"\xed\xa0\x80"', b'{"id": "x"} trailing',
    b'{"id": "x"}{"id": "y"}', b"1" * 5000, b"-", b"01", b"0x10", b"'a'", b'{id: "x"}', b'{"id": "x",}', b"[1,,2]",
    b'"' + b"\\" * 999 + b'"', b"true", b"null", b"[]", b'{"id": ["demo"]}', b'{"id": "x", "admin": true}',
    b'{"id": "x", "audience": []}', b'{"id": "x", "audience": [null]}', b'{"id": "../../etc"}',
]  # fmt: skip


def test_p12_the_list_has_at_least_forty_bodies() -> None:
    assert len(BODIES) >= 40


async def test_p12_no_json_body_makes_the_service_fail(client: httpx.AsyncClient, writer: dict[str, str]) -> None:
    headers = {**writer, "content-type": "application/json"}
    statuses = [(await client.post("/catalogs", content=body, headers=headers)).status_code for body in BODIES]
    assert {status for status in statuses if not 400 <= status < 500} == set()


@pytest.mark.parametrize("value", [{"id": "x", "audience": ["public"]}, [1, [2, {"a": None}]], "人口", 1.5])
def test_p12_ordinary_json_is_read_as_it_is(value: object) -> None:
    assert parse_json(json.dumps(value).encode()) == value


async def test_p13_a_body_is_cut_off_while_it_streams(client: httpx.AsyncClient, writer: dict[str, str]) -> None:
    sent = 0

    async def endless():  # type: ignore[no-untyped-def]
        nonlocal sent
        while sent < 10_000_000:
            sent += 10_000
            yield b"#" * 10_000

    await client.put("/catalogs/demo", content=b"", headers=writer)
    answer = await client.post("/catalogs/demo/datasets", content=endless(), headers=writer)
    assert answer.status_code == 413
    assert sent < 1_000_000


async def test_p13_a_stated_length_is_refused_before_anything_is_read(client: httpx.AsyncClient) -> None:
    headers = {"content-type": "application/sparql-query"}
    answer = await client.post("/sparql", content=b"x" * 300_000, headers=headers)
    assert (answer.status_code, answer.json()["limit"]) == (413, 200_000)


UP = ("..", "%2e%2e", ".%2e", "%2E.", "..%00", "....", "%252e%252e", "..;", "%c0%ae%c0%ae", "．．")
BETWEEN = ("/", "%2f", "%5c", "\\", "//", "%252f")
TRAVERSALS = [f"/static/{up}{between}settings.py" for up in UP for between in BETWEEN] + [
    "/static//etc/passwd", "/static/renkei.css/../../app.py", "/static/swagger/../../app.py", "/static/....//app.py",
    "/contexts/..%2f..%2fapp.py", "/static/renkei.css%00.svg", "/datasets/..%2f..%2fx", "/static/%2fetc%2fpasswd",
]  # fmt: skip


async def test_p24_no_spelling_leaves_the_static_files(client: httpx.AsyncClient) -> None:
    assert len(TRAVERSALS) >= 60
    for path in TRAVERSALS:
        answer = await client.get(path)
        assert (path, answer.status_code in (400, 404), b"import" in answer.content) == (path, True, False)


@pytest.mark.parametrize("path", ["//evil.example/", "/\\evil.example", "/datasets//", "/datasets/?iri=//evil.example"])
async def test_p23_no_redirect_leads_elsewhere(client: httpx.AsyncClient, path: str) -> None:
    answer = await client.get(f"http://127.0.0.1:8000{path}")
    assert answer.headers.get("location", "http://127.0.0.1:8000/").startswith("http://127.0.0.1:8000/")


@pytest.mark.parametrize(
    "iri",
    ["javascript:alert(1)", "JaVaScRiPt:alert(1)", " javascript:alert(1)", "java\tscript:alert(1)", "data:text/html,x",
     "vbscript:x", "file:///etc/passwd", "http:", "http://", "//evil.example", "https://a b", 'https://a"onclick=x', "x",
     "javascript://https://ok/%0aalert(1)", "blob:https://x", "http://[bad"],
)  # fmt: skip
def test_p20_only_web_and_mail_addresses_become_links(iri: str) -> None:
    assert safe_link(iri) is None


def test_p20_ordinary_addresses_do_become_links() -> None:
    for iri in ("https://example.jp/a?b=c#d", "http://例え.jp/データ", "mailto:a@example.jp"):
        assert safe_link(iri) == iri


def test_p33_directions_and_invisible_characters_stay_encoded() -> None:
    assert readable("https://x/%E2%80%AEgpj.exe") == "https://x/%E2%80%AEgpj.exe"
    assert readable("https://x/\u202egpj.exe") == "https://x/%E2%80%AEgpj.exe"
    assert readable("https://x/%E4%BA%BA%E5%8F%A3") == "https://x/人口"


@pytest.mark.parametrize(
    ("headers", "status"),
    [({}, 401), ({"authorization": "Bearer wrong"}, 401), ({"authorization": "Basic eA=="}, 401),
     ({"authorization": "Bearer"}, 401), ({"authorization": "Bearer \xe9"}, 401)],
)  # fmt: skip
async def test_writes_without_a_valid_token_fail_closed(
    client: httpx.AsyncClient, headers: dict[str, str], status: int
) -> None:
    encoded = [(name.encode(), value.encode("latin-1")) for name, value in headers.items()]
    for method, path in (
        ("POST", "/catalogs"),
        ("PUT", "/catalogs/x"),
        ("DELETE", "/datasets/x"),
        ("PUT", "/datasets/x"),
    ):
        answer = await client.request(method, path, content=b"", headers=encoded)
        assert (answer.status_code, answer.headers["www-authenticate"]) == (status, 'Bearer realm="renkei"')


async def test_a_wrong_token_never_falls_back_to_anonymous(client: httpx.AsyncClient, census: str) -> None:
    assert (await client.get(census, headers={"authorization": "Bearer wrong"})).status_code == 401


@pytest.mark.parametrize("hosts", [[], ["a.example", "b.example"], ["a b"], ["evil/x"], [""], ["x@y"]])
async def test_p15_there_is_exactly_one_wellformed_host(client: httpx.AsyncClient, hosts: list[str]) -> None:
    request = client.build_request("GET", "/health/live")
    del request.headers["host"]
    request.headers = httpx.Headers([(b"host", host.encode()) for host in hosts])
    assert (await client.send(request)).status_code == 400


async def test_every_answer_carries_the_headers_that_bound_a_browser(client: httpx.AsyncClient, census: str) -> None:
    for path in ("/", census, "/nope", "/search", "/static/renkei.css", "/docs"):
        headers = (await client.get(path, headers={"accept": "text/html"})).headers
        assert "script-src 'self'" in headers["content-security-policy"]
        assert "unsafe" not in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff"


async def test_nothing_unexpected_shows_its_insides(
    client: httpx.AsyncClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    service = client._transport.app.state.service  # type: ignore[attr-defined]
    monkeypatch.setattr(type(service.fulltext), "search", None)
    answer = await client.get("/search", headers={"x-request-id": "support-0001"})
    assert (answer.status_code, answer.json()["request"]) == (500, "support-0001")
    assert "Traceback" not in answer.text
    assert "NoneType" not in answer.text


async def test_p16_a_request_id_with_odd_characters_is_replaced(client: httpx.AsyncClient) -> None:
    answer = await client.get("/health/live", headers={"x-request-id": "a b\tc; d"})
    assert answer.headers["x-request-id"].isalnum()


DIRECTIONS = "\u061c\u200b\u200c\u200d\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2060\u2066\u2067\u2068\u2069\ufeff"
INVISIBLE = [f"https://city.example/{quote(character)}x" for character in DIRECTIONS]
LOOK_ALIKES = [
    "аpple",
    "appӏe",
    "αpple",
    "ａpple",
    "e\u0301",
    "\u00e9",
    "か\u3099",
    "が",
    "\u212b",
    "\u00c5",
    "ﬁ",
    "Ⅳ",
    "㌔",
]


@pytest.mark.parametrize("iri", INVISIBLE)
def test_p33_an_address_with_invisible_characters_is_shown_percent_encoded(iri: str) -> None:
    assert readable(iri) == iri


async def test_p33_identifiers_that_look_alike_are_never_taken_for_one_another(
    client: httpx.AsyncClient, writer: dict[str, str], census_turtle: str
) -> None:
    await client.put("/catalogs/demo", content=census_turtle, headers=writer)
    assert len(INVISIBLE) + len(LOOK_ALIKES) >= 30
    for iri in (*INVISIBLE, *(f"https://city.example/{name}" for name in LOOK_ALIKES)):
        assert (await client.get("/datasets", params={"iri": iri})).status_code == 404
