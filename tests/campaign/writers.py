"""Clients that write single descriptions, and remember what the server acknowledged and what was under way."""

import contextlib
import dataclasses
import random
import re
import threading
from dataclasses import dataclass

import httpx
from pyoxigraph import RdfFormat, parse

from catalog.storing import short_id_of
from tests.campaign.harness import PREFIXES, Server

TITLES = "PREFIX dct: <http://purl.org/dc/terms/> PREFIX dcat: <http://www.w3.org/ns/dcat#> SELECT ?d ?t ?n { ?d a dcat:Dataset ; dct:title ?t ; dct:description ?n } LIMIT 9999"


@dataclass(frozen=True)
class State:
    """One dataset as its writer knows it.

    Attributes:
        word: the word that its published title and description share; every write brings a new one.
        tag: the ETag that the server answered with, None where the answer was not read.
    """

    word: str | None = None
    draft: str | None = None
    public: bool = True
    withdrawn: bool = False
    tag: str | None = None


class Writer:
    """A client with datasets of its own, one request at a time."""

    def __init__(self, server: Server, name: str, dice: random.Random) -> None:
        self.server = server
        self.name = name
        self.dice = dice
        self.known: dict[str, State] = {}
        self.under_way: tuple[str, State] | None = None
        self.touched: set[str] = set()
        self.acknowledged = 0
        self.unexpected: list[str] = []
        self._words = 0

    def run(self, until: threading.Event) -> None:
        """Write until told to stop or the server is gone."""
        with self.server.client() as client, contextlib.suppress(httpx.TransportError):
            while not until.is_set():
                self.write(client)

    def write(self, client: httpx.Client) -> None:
        alive = [name for name, state in self.known.items() if not state.withdrawn]
        name = (
            self.dice.choice(alive) if len(alive) > 3 and self.dice.random() < 0.7 else f"{self.name}{len(self.known)}"
        )
        state = self.known.get(name, State())
        method, path, body, after = self.next(name, state)
        self.under_way = (name, dataclasses.replace(after, tag=None))
        self.touched.add(name)
        kind = "application/json" if body and body.startswith("{") else "text/turtle"
        answer = client.request(method, path, content=body, headers={"content-type": kind})
        if answer.status_code not in (200, 201, 204):
            self.unexpected.append(f"{method} {path}: {answer.status_code} {answer.text[:300]}")
        else:
            tag = answer.headers.get("etag", "").strip('"') or None
            self.known[name] = dataclasses.replace(after, tag=None if after.draft else tag)
            self.acknowledged += 1
        self.under_way = None

    def next(self, name: str, state: State) -> tuple[str, str, str | None, State]:
        """Method, path and body of a random write, and what it makes of the state."""
        self._words += 1
        word = f"{self.name}w{self._words}q"
        text = f'{PREFIXES}ex:{name} a dcat:Dataset ; dct:title "{word} 統計" ; dct:description "{word}" .'
        address = f"/datasets/{self.id_of(name)}"
        if name not in self.known:
            draft = self.dice.random() < 0.2
            after = State(draft=word) if draft else State(word=word)
            return "POST", f"/catalogs/c/datasets{'?state=draft' if draft else ''}", text, after
        if state.draft is not None:
            return "PUT", f"{address}?state=published", "", dataclasses.replace(state, word=state.draft, draft=None)
        choice = self.dice.randrange(10)
        if choice == 0:
            return "DELETE", address, None, State(withdrawn=True, public=state.public)
        if choice == 1:
            names = '["participants"]' if state.public else '["public"]'
            return (
                "PUT",
                f"{address}/audience",
                f'{{"audience": {names}}}',
                dataclasses.replace(state, public=not state.public),
            )
        if choice == 2:
            return "PUT", f"{address}?state=draft", text, dataclasses.replace(state, draft=word)
        return "PUT", address, text, dataclasses.replace(state, word=word)

    @staticmethod
    def id_of(name: str) -> str:
        return short_id_of("c", f"https://city.example/{name}")

    def observe(self, client: httpx.Client, name: str) -> State:
        """A dataset as the server shows it to its owner and to strangers."""
        address = f"/datasets/{self.id_of(name)}"
        answer = client.get(address, headers={"accept": "text/turtle"})
        if answer.status_code == 404:
            return State()
        if answer.status_code == 410:
            return State(withdrawn=True)
        draft = client.get(f"{address}?state=draft", headers={"accept": "text/turtle"})
        drafted = _word(draft.text) if draft.status_code == 200 else None
        shown = _word(answer.text)
        stranger = httpx.get(self.server.base + address, trust_env=False).status_code
        if stranger == 404 and drafted == shown:
            return State(draft=drafted)
        return State(word=shown, draft=drafted, public=stranger == 200, tag=answer.headers["etag"].strip('"'))

    def settle(self, client: httpx.Client) -> None:
        """Compare what was touched since the last start, and take over what became of the request under way."""
        for name in sorted(self.touched):
            seen, promised = self.observe(client, name), self.known.get(name, State())
            if self.under_way is not None and self.under_way[0] == name and not _same(seen, promised):
                promised = self.under_way[1]
            assert _same(seen, promised), f"{name}: acknowledged {promised}, found {seen}"
            if seen != State():
                self.known[name] = dataclasses.replace(seen, public=seen.public if seen.word else promised.public)
        self.touched, self.under_way = set(), None


def _word(turtle: str) -> str:
    words = set(re.findall(r"\w+w\d+q", turtle))
    assert len(words) == 1, f"half of one revision and half of another: {words}"
    return words.pop()


def _same(seen: State, promised: State) -> bool:
    if promised.withdrawn or seen.withdrawn:
        return seen.withdrawn == promised.withdrawn
    return (
        (seen.word, seen.draft) == (promised.word, promised.draft)
        and (seen.word is None or seen.public == promised.public)
        and promised.tag in (None, seen.tag)
    )


def everything_agrees(client: httpx.Client, writers: list[Writer]) -> None:
    """Dump, SPARQL and search say of all datasets what their writers know."""
    states = {f"https://city.example/{name}": state for one in writers for name, state in one.known.items()}
    expected = {iri: state.word for iri, state in states.items() if state.word and not state.withdrawn}
    rows = client.post("/sparql", data={"query": TITLES, "format": "json"}).json()["results"]["bindings"]
    assert {row["d"]["value"]: row["t"]["value"].split()[0] for row in rows} == expected
    assert all(row["t"]["value"].startswith(row["n"]["value"]) for row in rows)
    quads = parse(client.get("/catalogs/c/dump?format=nt").content, RdfFormat.N_TRIPLES)
    told = {quad.subject.value: quad.object.value for quad in quads if quad.predicate.value.endswith("description")}
    assert told == expected
    assert client.get("/search?kind=Dataset&as=json").json()["total"] == len(expected)
    public = sum(1 for iri in expected if states[iri].public)
    assert httpx.get(f"{client.base_url}/search?kind=Dataset&as=json", trust_env=False).json()["total"] == public


def found_by_word(client: httpx.Client, writer: Writer) -> None:
    """The newest words are found, and the words they replaced are not."""
    for name, state in list(writer.known.items())[-5:]:
        if state.word and not state.withdrawn:
            hits = client.get(f"/search?q={state.word}&as=json").json()
            assert [hit["iri"] for hit in hits["items"]] == [f"https://city.example/{name}"]
