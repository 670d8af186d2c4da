"""All benchmarks in order: `python -m benchmarks [--size N] [--only exchange] [--folder SCRATCH]`."""

import argparse
import os
import shutil
import tempfile
import time
import traceback
from collections.abc import Callable
from pathlib import Path

from benchmarks import asking, data, exchange, loading, policies
from benchmarks.processes import renkei_server
from benchmarks.table import Section, document, replaced, taken

PAGE = Path(__file__).parent.parent / "docs" / "performance.md"
FULL = 50_000


def main() -> None:
    arguments = argparse.ArgumentParser(prog="python -m benchmarks")
    arguments.add_argument("--size", type=int, default=int(os.environ.get("SIZE") or FULL), help="datasets stored")
    arguments.add_argument("--folder", type=Path, help="scratch folder to keep; by default a temporary one")
    arguments.add_argument("--write", action="store_true", help="write docs/performance.md at any size")
    arguments.add_argument("--again", action="store_true", help="over the data of an earlier run in FOLDER: no load")
    arguments.add_argument("--without-fuseki", action="store_true", help="do not start Jena's server")
    arguments.add_argument(
        "--only", choices=["policies", "exchange"], help="this section alone, put into docs/performance.md"
    )
    given = arguments.parse_args()
    if given.only:
        print(only(given.only))
        return
    scratch = given.folder or Path(tempfile.mkdtemp(prefix="renkei-bench-"))
    scratch.mkdir(parents=True, exist_ok=True)
    load = " ".join(f"{each:.1f}" for each in os.getloadavg())
    try:
        sections = run(given, scratch, lambda some: _written(some, given, load))
    finally:
        if given.folder is None:
            shutil.rmtree(scratch, ignore_errors=True)
    print(_written(sections, given, load))


def only(name: str) -> str:
    """One section alone, taken into the page beside what other runs have measured."""
    module = exchange if name == "exchange" else policies
    section = Section(module.TITLE, module.SAID + taken(f"python -m benchmarks --only {name}"))
    with tempfile.TemporaryDirectory(prefix="renkei-bench-") as scratch:
        if name == "exchange":
            exchange.measure(section, Path(scratch))
        else:
            policies.measure(section)
    PAGE.write_text(replaced(PAGE.read_text(), section))
    return section.markdown()


def _written(sections: list[Section], given: argparse.Namespace, load: str) -> str:
    """The page so far; a full run keeps it after each section, for one that is cut short has measured too."""
    flags = "".join(f" --{name.replace('_', '-')}" for name in ("again", "without_fuseki") if getattr(given, name))
    command = (
        f"python -m benchmarks --size {given.size} --folder …{flags}" if flags else f"make bench SIZE={given.size}"
    )
    text = document(sections, command, load)
    if given.size == FULL or given.write:
        PAGE.write_text(text)
    return text


def run(given: argparse.Namespace, scratch: Path, told: Callable[[list[Section]], object]) -> list[Section]:
    """Every section; one that fails says so and lets the others go on."""
    size: int = given.size
    bulk = Section("Loading and validating", _LOADING)
    asked = Section("Asking and registering", f"Over HTTP, {size:,} datasets stored.")
    sparql = Section("SPARQL", _SPARQL.format(size=f"{size:,}"))
    running = Section(
        "Running", "Memory is resident, of the server and its children; a start ends with the first readiness."
    )
    ruled = Section(policies.TITLE, policies.SAID)
    agreed = Section(exchange.TITLE, exchange.SAID)
    sections = [bulk, asked, sparql, ruled, agreed, running]

    def attempt(section: Section, name: str, work: Callable[[], None]) -> None:
        _try(section, name, work)
        told(sections)

    folder = scratch / "data"
    attempt(ruled, "policies", lambda: policies.measure(ruled))
    attempt(agreed, "exchange", lambda: exchange.measure(agreed, scratch))
    file = data.catalog(size, scratch)
    if not given.again:
        shutil.rmtree(folder, ignore_errors=True)
        loads = loading.small_loads([each for each in (1000, 10_000) if each < size], scratch)
        with renkei_server(folder) as server:
            attempt(running, "idle memory", lambda: loading.idle_memory(running, server))
            loads.append(loading.load(size, file, server, folder))
            attempt(bulk, "load", lambda: loading.tell_load(bulk, loads, file, scratch))
    refused = loading.refused(scratch)
    with renkei_server(folder, timeout_s=600) as server:
        attempt(asked, "search", lambda: asking.searching(asked, server))
        attempt(asked, "pages", lambda: asking.pages(asked, server, size, refused))
        attempt(asked, "register", lambda: asking.registering(asked, server, size))
        stored = data.without(file, refused)
        fuseki = not given.without_fuseki
        attempt(sparql, "SPARQL", lambda: asking.querying(sparql, server, stored, scratch, size, fuseki=fuseki))
    attempt(running, "start", lambda: loading.start(running, folder, size))
    attempt(bulk, "validation", lambda: loading.validation(bulk, scratch))
    return sections


def _try(section: Section, name: str, work: Callable[[], None]) -> None:
    print(f"{name} …", flush=True)
    begun = time.monotonic()
    try:
        work()
    except Exception as error:
        traceback.print_exc()
        section.add(name, "–", f"failed: {type(error).__name__}", met=False)
    print(f"  ({time.monotonic() - begun:.0f} s)", flush=True)


_LOADING = (
    "`renkei load` of one N-Triples file beside a running server that follows into graphs and index; the time runs "
    "until a search sees the last record. Validation is at level `full`, the report is stored with each record, "
    "commits are synchronous. One dataset in twenty has a planted fault."
)
_SPARQL = (
    "Ten queries over HTTP on {size} datasets, least / median of 5 to 15 repeats after 3, the three servers in turns "
    "on the same triples. Ours runs each query in a killable worker over a checkpoint of the store, within the graphs "
    "of the reader's audiences; the peers hold the triples in their default graph. Ratio: least time to "
    "Oxigraph's."
)

if __name__ == "__main__":
    main()
