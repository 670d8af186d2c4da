"""What two parties agree on and exchange is told to them and to nobody else, and what opens doors to nobody at all."""

import re
import sqlite3
import zlib
from collections.abc import Iterator
from contextlib import closing, suppress
from urllib.parse import unquote

import httpx
import pytest

from api.routes import ROUTES
from tests.campaign.harness import Server
from tests.leak.deal import NOBODY, Deal, deal

WORD = re.compile(r"zq[a-z]+x")
AGREED = {"title", "description", "dataset", "terms"}
# By reader, the words that it may be told at the provider's service. What is said with a reason is said to both sides.
OWN = AGREED | {"refused", "suspended", "ended", "source", "hook", "proof"}
MAY_KNOW: dict[str, set[str]] = {
    "stranger": set(),
    "other": set(),
    "third": set(),
    "peer": AGREED | {"ended", "proof"},
    "owner": OWN,
    "operator": OWN | {"third"},
}
# At the consumer's service, where its operator alone has what it asked for, and the provider what both agreed on.
KEPT = AGREED - {"description", "title"} | {"refused", "suspended", "ended", "pushed", "content"}
MAY_KNOW_THERE: dict[str, set[str]] = {
    "stranger": set(),
    "other at the consumer": set(),
    "provider": {"dataset", "terms", "ended"},
    "operator": KEPT,
}
QUERIES = {
    "/search": ("?as=json&q=zq*", "?as=html&q=city&size=100"),
    "/search/suggest": ("?q=zq",),
    "/sparql": ("?query=SELECT%20*%20%7B%20%3Fs%20%3Fp%20%3Fo%20%7D&format=json",),
    "/agreements/{id}": ("", "?format=ttl"),
    "/audit/export": ("?format=jsonl", "?format=prov"),
    "/usage": ("?format=json", "?format=csv"),
    "/exchange/performed": ("?agreement={id}",),
    "/datasets": ("?iri={id}",),
}
FORMS = ({"accept": "application/json"}, {"accept": "text/html"})


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deal]:
    with deal(tmp_path_factory.mktemp("deal")) as found:
        yield found


def addresses(ids: list[str]) -> Iterator[str]:
    """Everything that can be read, with every id in every place; events come without an end by a line that stays open."""
    for path in sorted({route.path for route in ROUTES if "GET" in (route.methods or ())} - {"/exchange/events"}):
        for tail in QUERIES.get(path, ("",)):
            address = re.sub(r"\{[^}]*\}", "{id}", path.replace("{spec}", "1")) + tail
            if path.startswith("/catalogs/"):
                yield address.replace("{id}", "closed")
            elif "{id}" in address:
                yield from (address.replace("{id}", each) for each in ids if each.isdigit() == ("{seq}" in path))
            else:
                yield address


def answers(server: Server, token: str | None, ids: list[str]) -> Iterator[tuple[str, str]]:
    """What a reader is told at each address, without the words of the address."""
    with server.client(token=token) as client:
        for address in addresses(ids):
            for headers in FORMS:
                answer = client.get(address, headers=headers)
                assert answer.status_code < 500, (address, answer.text)
                yield address, told(answer)
        message = {"@context": ["https://w3id.org/dspace/2025/1/context.jsonld"], "@type": "CatalogRequestMessage"}
        yield "catalog", told(client.post("/dsp/2025-1/catalog/request", json=message))
        yield "/exchange/events", "".join(so_far(client))


def so_far(client: httpx.Client) -> Iterator[str]:
    """What the line of events tells until it falls silent."""
    silent = httpx.Timeout(60, read=3)
    with suppress(httpx.ReadTimeout), client.stream("GET", "/exchange/events?after=0", timeout=silent) as answer:
        yield from answer.iter_text()


def told(answer: httpx.Response) -> str:
    text = answer.text + "".join(f"{name}: {value}\n" for name, value in answer.headers.items())
    address = unquote(str(answer.url).removeprefix(str(answer.url.copy_with(raw_path=b"/"))))
    for asked in (answer.url.path, *re.findall(r"http://[^&]+|zq\w+", address)):
        text = text.replace(asked, "")
    return text


@pytest.mark.parametrize("reader", MAY_KNOW)
def test_a_deal_is_told_to_its_parties_alone_and_its_secrets_to_nobody(made: Deal, reader: str) -> None:
    known, wrong = set(), []
    for address, text in answers(made.two.provider, made.tokens[reader], made.ids):
        words = {word[2:-1] for word in WORD.findall(text)}
        known |= words
        wrong += [(address, word) for word in words - MAY_KNOW[reader]]
        wrong += [(address, what) for what, secret in made.secrets.items() if secret in text]
        wrong += [(address, "the peer")] * (reader in ("stranger", "other") and made.consumer in text)
    assert wrong == []
    assert known == MAY_KNOW[reader]


@pytest.mark.parametrize("reader", MAY_KNOW_THERE)
def test_the_consumer_keeps_the_deal_to_itself_too(made: Deal, reader: str) -> None:
    known, wrong = set(), []
    for address, text in answers(made.two.consumer, made.tokens[reader], made.theirs):
        words = {word[2:-1] for word in WORD.findall(text)}
        known |= words
        wrong += [(address, word) for word in words - MAY_KNOW_THERE[reader]]
        # What opens the data, or the door of the receiver, is there for this, and for the operator alone.
        shown = {"grant", "receiver"} if address.endswith("/address") and reader == "operator" else set()
        wrong += [(address, what) for what, secret in made.secrets.items() if what not in shown and secret in text]
    assert wrong == []
    assert known == MAY_KNOW_THERE[reader]


def test_no_answer_to_what_went_wrong_tells_where_data_come_from(made: Deal) -> None:
    assert len(made.answers) == 1
    told = [
        word
        for text in made.answers
        for word in ("zqsource", NOBODY.removeprefix("http://"), *made.secrets.values())
        if word in text
    ]
    assert told == []


@pytest.mark.parametrize("side", ["provider", "consumer"])
def test_no_secret_is_written_into_a_log_or_stored_as_it_is(made: Deal, side: str) -> None:
    server: Server = getattr(made.two, side)
    files = {str(file): file.read_bytes() for file in server.data.rglob("*") if file.is_file()}
    with closing(sqlite3.connect(server.data / "renkei.sqlite")) as database:
        tables = [name for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        cells = {table: plain(database, table) for table in tables}
    written = {**files, **cells, "log": server.log.read_bytes()}
    assert [
        (name, what)
        for name, text in written.items()
        for what, secret in made.secrets.items()
        if secret.encode() in text
    ] == []
    assert any(b"zqtermsx" in text for text in cells.values())


def plain(database: sqlite3.Connection, table: str) -> bytes:
    """All cells of a table, those that are packed as they were before."""
    found = bytearray()
    for row in database.execute(f'SELECT * FROM "{table}"'):
        for cell in row:
            data = cell if isinstance(cell, bytes) else str(cell).encode()
            with suppress(zlib.error):
                data = zlib.decompress(data)
            found += data + b"\n"
    return bytes(found)
