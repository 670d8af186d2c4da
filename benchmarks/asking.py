"""What a server answers at full size: SPARQL, search, pages, single writes."""

import json
import random
from pathlib import Path
from urllib.parse import quote, urlencode

import psutil

from benchmarks import data, peers
from benchmarks.clients import Client, throughput
from benchmarks.processes import TOKEN, Server, cpu_seconds
from benchmarks.questions import PREFIXES, QUERIES, SEARCHES
from benchmarks.table import Section, milliseconds, percentile
from catalog.storing import short_id_of

JSON = {"Accept": "application/json"}


def searching(section: Section, server: Server, rounds: int = 20) -> None:
    """Each search in turn, facets with every answer, no two alike in a row."""
    client = Client(server.address)
    times: list[float] = []
    before = cpu_seconds(server.pid)
    for number in range(rounds + 2):
        for question in SEARCHES:
            page = 1 + number % 3  # not one answer served again
            path = "/search?" + urlencode({**question, "page": str(page)})
            taken, status, body = client.ask(path, headers=JSON)
            assert status == 200, (path, status, body[:300])
            if number >= 2:
                times.append(taken)
    cpu = (cpu_seconds(server.pid) - before) / (rounds + 2) / len(SEARCHES)
    totals = [json.loads(client.ask("/search?" + urlencode(one), headers=JSON)[2])["total"] for one in SEARCHES]
    print("  hits:", totals)
    p50, p99 = percentile(times, 50), percentile(times, 99)
    section.add(f"search with facets, {len(SEARCHES)} queries × {rounds}", "p50 ≤ 15, p99 ≤ 80 ms",
                f"{milliseconds(times)}, {1e3 * cpu:.1f} CPU ms each",
                met=p50 <= 0.015 and p99 <= 0.080)  # fmt: skip


def pages(section: Section, server: Server, size: int, refused: set[str]) -> None:
    """Distinct datasets, so that nothing is served from a cache; server and client on a core of their own."""
    own = psutil.Process(server.pid)
    everywhere = psutil.Process().cpu_affinity()
    pinned = len(everywhere) > 1
    if pinned:
        own.cpu_affinity(everywhere[:1])
        psutil.Process().cpu_affinity(everywhere[1:])
    try:
        numbers = [number for number in range(1, size + 1) if f"{number:06d}" not in refused]
        random.Random(7).shuffle(numbers)
        paths = [f"/datasets/{short_id_of('bench', data.iri(number))}" for number in numbers]
        half = len(paths) // 2
        for name, accept, some in (("page", "text/html", paths[:half]), ("Turtle", "text/turtle", paths[half:])):
            throughput(server.address, some[:50], accept)
            before = cpu_seconds(server.pid)
            rate, times = throughput(server.address, some[50:], accept)
            cpu = (cpu_seconds(server.pid) - before) / len(times)
            p99 = percentile(times, 99)
            section.add(f"dataset {name}, {len(times):,} distinct ones", "≥ 500 /s, p99 ≤ 50 ms",
                        f"{rate:.0f} /s, {milliseconds(times)}, {1e3 * cpu:.2f} CPU ms each",
                        met=rate >= 500 and p99 <= 0.050)  # fmt: skip
    finally:
        if pinned:
            own.cpu_affinity(everywhere)
            psutil.Process().cpu_affinity(everywhere)


def registering(section: Section, server: Server, size: int, times_each: int = 150) -> None:
    """One dataset at a time, each then searched for by a word that no other has."""
    client = Client(server.address)
    writes: list[float] = []
    finds: list[float] = []
    headers = {"Content-Type": "text/turtle", "Authorization": f"Bearer {TOKEN}"}
    before = cpu_seconds(server.pid)
    for number in range(times_each + 5):
        word = f"zq{random.Random(number).getrandbits(48):x}"
        body = _turtle(size + number, word)
        taken, status, answer = client.ask("/catalogs/bench/datasets", method="POST", body=body, headers=headers)
        assert status == 201, (status, answer[:300])
        sought, status, answer = client.ask(f"/search?q={word}", headers=JSON)
        assert json.loads(answer)["total"] == 1, f"{word} is not found"
        if number >= 5:
            writes.append(taken)
            finds.append(sought)
    p50, p99 = percentile(writes, 50), percentile(writes, 99)
    section.add(f"register one dataset at {size:,} stored, {len(writes)} times", "p50 ≤ 20, p99 ≤ 100 ms",
                milliseconds(writes), met=p50 <= 0.020 and p99 <= 0.100)  # fmt: skip
    both = [write + find for write, find in zip(writes, finds, strict=True)]
    cpu = (cpu_seconds(server.pid) - before) / (times_each + 5)
    section.add("the same with the search that finds it", "–", f"{milliseconds(both)}, {1e3 * cpu:.1f} CPU ms each")


def _turtle(number: int, word: str) -> bytes:
    iri = f"{data.CATALOG}registered/{number}"
    return f"""@prefix dcat: <http://www.w3.org/ns/dcat#> . @prefix dct: <http://purl.org/dc/terms/> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> . @prefix vcard: <http://www.w3.org/2006/vcard/ns#> .
<{iri}> a dcat:Dataset ; dct:title "京都市 人口統計 {word}"@ja, "Population {word}"@en ;
  dct:description "このデータセットは京都市における人口統計を収録したものです。"@ja, "Population of Kyoto."@en ;
  dcat:keyword "人口"@ja, "統計"@ja ; dct:identifier "{word}" ; dct:issued "2024-04-01"^^xsd:date ;
  dct:publisher <{data.CATALOG}agent/13> ;
  dct:language <http://publications.europa.eu/resource/authority/language/JPN> ;
  dcat:theme <http://publications.europa.eu/resource/authority/data-theme/SOCI> ;
  dct:temporal [ a dct:PeriodOfTime ; dcat:startDate "2023-04-01"^^xsd:date ; dcat:endDate "2024-03-31"^^xsd:date ] ;
  dcat:contactPoint [ a vcard:Kind ; vcard:fn "情報政策課"@ja ; vcard:hasEmail <mailto:opendata@example.jp> ] ;
  dcat:distribution <{iri}#csv> .
<{iri}#csv> a dcat:Distribution ; dct:title "人口統計 (CSV)"@ja ; dcat:accessURL <https://data.example.jp/{number}> ;
  dct:license <https://creativecommons.org/licenses/by/4.0/> ; dcat:byteSize "12345"^^xsd:nonNegativeInteger .
""".encode()


def querying(section: Section, server: Server, stored: Path, scratch: Path, size: int, *, fuseki: bool = True) -> None:
    """The ten queries on ours, Oxigraph's and Jena's server in turns, so that each meets the same weather."""
    with peers.oxigraph(stored, scratch) as oxigraph, peers.fuseki(stored, scratch, wanted=fuseki) as jena:
        clients = [
            (Client(server.address), "/sparql"),
            (Client(oxigraph.address), "/query") if oxigraph else None,
            (Client(jena.address), "/ds/query") if jena else None,
        ]
        for name, text in QUERIES:
            try:
                _tell(section, name, [_asked(each) for each in _turns(clients, text, size)])
            except AssertionError as refused:  # one query over its limits does not keep the others from being asked
                section.add(name, "≤ 1.5 × Oxigraph + 5 ms", f"refused: {str(refused)[:120]}", met=False)


def _turns(clients: list, text: str, size: int) -> list:
    """For each server its times and rows: three times to warm up, then up to fifteen or some seconds."""
    results: list = [None if each is None else ([], 0) for each in clients]
    spent = 0.0
    for number in range(18):
        # There and back, so that none always comes after another's clearing up.
        for place, each in list(enumerate(clients))[:: -1 if number % 2 else 1]:
            if each is None:
                continue
            taken, rows = _query(*each, text, size, number)
            spent += taken
            if number >= 3:
                results[place][0].append(taken)
            results[place] = (results[place][0], rows)
        if number >= 7 and spent > 12:
            break
    return results


def _asked(result: tuple | None) -> tuple[float, float, int] | None:
    return None if result is None else (min(result[0]), percentile(result[0], 50), result[1])


def _query(client: Client, path: str, text: str, size: int, number: int) -> tuple[float, int]:
    dataset = data.iri(1 + number * 37 % size) if "DATASET" in text else ""
    # The comment makes each text a new one: a cache of answers would measure itself.
    query = f"{PREFIXES} {text.replace('DATASET', dataset)} # {number}"
    taken, status, body = client.ask(
        f"{path}?query={quote(query)}", headers={"Accept": "application/sparql-results+json"}
    )
    assert status == 200, (status, body[:400])
    return taken, len(json.loads(body)["results"]["bindings"])


def _tell(section: Section, name: str, found: list) -> None:
    ours, oxigraph, fuseki = found
    shown = f"{1e3 * ours[0]:.1f} / {1e3 * ours[1]:.1f} ms"
    beside = "; ".join(
        f"{who} {1e3 * one[0]:.1f} / {1e3 * one[1]:.1f} ms" if one else f"{who} not reached"
        for who, one in (("Oxigraph", oxigraph), ("Fuseki", fuseki))
    )
    for other in (oxigraph, fuseki):
        if other and other[2] != ours[2]:
            beside += f" ({other[2]} rows instead of {ours[2]})"
    met = ours[0] <= 1.5 * oxigraph[0] + 0.005 if oxigraph else None
    ratio = f"{ours[0] / oxigraph[0]:.2f}" if oxigraph else "–"
    section.add(name, "≤ 1.5 × Oxigraph + 5 ms", shown, beside, ratio, met=met)
