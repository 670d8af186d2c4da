"""Loading a whole catalog, validating it, and starting with it."""

import json
import os
import shutil
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from benchmarks import data, peers
from benchmarks.clients import Client
from benchmarks.processes import RENKEI, TOKEN, Peak, Server, cpu_seconds, renkei_server, resident
from benchmarks.table import Section
from loaders.split import split
from ontology.reading import read
from shapes.graph import n_triples
from shapes.profiles import Profiles
from shapes.validation import Validator
from shapes.vocabularies import Vocabularies

PROFILE = "dcat-ap"


@dataclass
class Loaded:
    """What one load cost: until the last triple is found by a search, in all our processes together."""

    size: int
    command_s: float
    whole_s: float
    cpu_s: float
    peak_bytes: int
    refused: set[str]


def load(size: int, file: Path, server: Server, folder: Path) -> Loaded:
    """`renkei load` beside a running server, which follows into graphs and index."""
    before = cpu_seconds(server.pid)
    begun = time.monotonic()
    command = [RENKEI, "load", str(file), "--catalog", "bench", "--data", str(folder), "--json"]
    with (folder.parent / "load.json").open("wb") as out:
        process = subprocess.Popen(command, stdout=out, stderr=subprocess.DEVNULL,
                                   env={**os.environ, "RENKEI_OPERATOR_TOKEN": TOKEN})  # fmt: skip
        with Peak(lambda: [server.pid, process.pid]) as peak:
            _, _, usage = os.wait4(process.pid, 0)
            command_s = time.monotonic() - begun
            _await_followed(server)
            whole_s = time.monotonic() - begun
    cpu = usage.ru_utime + usage.ru_stime + cpu_seconds(server.pid) - before
    return Loaded(size, command_s, whole_s, cpu, peak.bytes, refused(folder.parent))


def refused(scratch: Path) -> set[str]:
    """Numbers of the datasets that the last load refused."""
    outcome = json.loads((scratch / "load.json").read_text())
    return {each["resource"].rpartition("/")[2] for each in outcome["refusals"]}


def _await_followed(server: Server) -> None:
    client = Client(server.address)
    for _ in range(3000):
        state = json.loads(client.ask("/health/ready")[2])
        if state.get("behind") == 0:
            return
        time.sleep(0.1)
    raise RuntimeError(f"the projections do not arrive: {state}")


def idle_memory(section: Section, server: Server) -> None:
    """Memory of a server that has just started over an empty folder."""
    time.sleep(2)
    mebibytes = resident([server.pid]) / (1 << 20)
    section.add("idle memory, empty", "≤ 200 MB", f"{mebibytes:.0f} MB", met=mebibytes <= 200)


def small_loads(sizes: list[int], scratch: Path) -> list[Loaded]:
    """The same load at smaller sizes, each into a folder of its own."""
    found = []
    for size in sizes:
        folder = scratch / f"data-{size}"
        shutil.rmtree(folder, ignore_errors=True)
        with renkei_server(folder) as server:
            found.append(load(size, data.catalog(size, scratch), server, folder))
        shutil.rmtree(folder, ignore_errors=True)
    return found


def tell_load(section: Section, loads: list[Loaded], file: Path, scratch: Path) -> None:
    """Rows of the table for loads of growing size."""
    last = loads[-1]
    shutil.rmtree(scratch / "peer-store", ignore_errors=True)
    peer = peers.bulk_load(file, scratch / "peer-store")
    shutil.rmtree(scratch / "peer-store", ignore_errors=True)
    rate = last.size / last.whole_s
    shown = (
        f"{last.size / peer['s']:.0f} /s, {peer['cpu']:.0f} CPU s (pyoxigraph bulk_load: parse and index only)"
        if peer
        else "not reached"
    )
    section.add(
        f"load {last.size:,} datasets: parse, validate at full, store, graphs, index", "≥ 500 /s",
        f"{rate:.0f} /s ({last.whole_s:.1f} s; the command {last.command_s:.1f} s; {last.cpu_s:.0f} CPU s)", shown,
        f"{rate / (last.size / peer['s']):.2f}" if peer else "–", met=rate >= 500,
    )  # fmt: skip
    section.add("peak memory of all our processes in it", "< 1.5 GB", f"{last.peak_bytes / 1e9:.2f} GB",
                f"{peer['rss'] / 1e9:.2f} GB" if peer else "not reached", met=last.peak_bytes < 1.5e9)  # fmt: skip
    before = [None, *loads]
    marginal = [
        (one.size, (one.whole_s - (was.whole_s if was else 0)) / (one.size - (was.size if was else 0)),
         (one.cpu_s - (was.cpu_s if was else 0)) / (one.size - (was.size if was else 0)))
        for was, one in zip(before, loads, strict=False)
    ]  # fmt: skip
    told = "; ".join(f"{size:,}: {1e3 * wall:.2f} ({1e3 * cpu:.2f} CPU)" for size, wall, cpu in marginal)
    flat = len(marginal) < 3 or marginal[-1][1] <= 1.25 * marginal[1][1]
    section.add("ms per record, of each further stretch (the first with the start)", "flat", told, met=flat)


def validation(section: Section, scratch: Path) -> None:
    """Our validator at `full`, one description at a time, and pySHACL over all at once, its best case."""
    validator = Validator(Profiles.shipped())
    vocabularies = Vocabularies.load()
    parts = {size: _datasets(data.catalog(size, scratch)) for size in (1000, 10_000)}
    validator.validate(parts[1000][0], profile=PROFILE, level="full")
    whole = _cpu_of(lambda: [validator.validate(one, profile=PROFILE, level="full") for one in parts[10_000]])
    thousand = min(
        _cpu_of(lambda: [validator.validate(one, profile=PROFILE, level="full") for one in parts[1000]])
        for _ in range(3)
    )
    section.add("validate 10,000 datasets at full", "–", f"{whole:.1f} CPU s ({whole / 10:.2f} ms each)")
    shapes, vocabulary = scratch / "shapes.nt", scratch / "vocabulary.nt"
    shapes.write_text(n_triples(validator.profiles[PROFILE].triples("full")[0]))
    text = data.catalog(1000, scratch).read_text()
    vocabulary.write_text(vocabularies.index(vocabularies.names).about(text))
    peer = peers.pyshacl(data.catalog(1000, scratch), shapes, vocabulary)
    ratio = peer["cpu"] / thousand if peer else 0
    section.add(
        "validate 1,000 datasets with the same shapes", "≥ 30 × pySHACL",
        f"{thousand:.2f} CPU s ({thousand:.2f} ms each)",
        f"{peer['cpu']:.1f} CPU s (pySHACL, the catalog as one graph)" if peer else "not reached",
        f"{ratio:.0f} ×" if peer else "–", met=ratio >= 30 if peer else None,
    )  # fmt: skip


def _datasets(file: Path) -> list:
    with file.open("rb") as stream, split(read(stream, name=file.name, base_iri="urn:x:"), source="bench") as parts:
        return [part.description for part in parts if part.kind.value == "Dataset" and part.description]


def _cpu_of(work: Callable[[], object]) -> float:
    begun = time.process_time()
    work()
    return time.process_time() - begun


def start(section: Section, folder: Path, size: int) -> None:
    """From the command to the first readiness."""
    times = []
    for _ in range(3):
        with renkei_server(folder) as server:
            times.append(server.start_s)
    best = min(times)
    section.add(
        f"start with {size:,} datasets stored",
        "≤ 3 s",
        f"{best:.2f} s (of {len(times)}; longest {max(times):.2f} s)",
        met=best <= 3,
    )
