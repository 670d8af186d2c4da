"""The engines beside which ours is measured. One that cannot be had is `not reached`."""

import contextlib
import json
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from benchmarks.processes import Server, free_port, serving

FUSEKI = "jena-fuseki-server-5.6.0.jar"


def oxigraph_binary() -> str | None:
    """The `oxigraph` command of the wheel of that name."""
    found = Path(sys.executable).parent / "oxigraph"
    return str(found) if found.exists() else shutil.which("oxigraph")


def fuseki_jar(folder: Path) -> Path | None:
    """Fuseki's jar, fetched by Maven into a scratch folder."""
    jar = folder / FUSEKI
    if not jar.exists() and shutil.which("mvn") and shutil.which("java"):
        command = ["mvn", "-q", "-B", "dependency:copy", "-Dartifact=org.apache.jena:jena-fuseki-server:5.6.0",
                   f"-DoutputDirectory={folder}"]  # fmt: skip
        with contextlib.suppress(subprocess.SubprocessError):
            subprocess.run(command, timeout=120, check=False, capture_output=True)
    return jar if jar.exists() else None


def bulk_load(file: Path, folder: Path) -> dict[str, float] | None:
    """Seconds and CPU seconds of pyoxigraph alone, which parses and indexes and does nothing else."""
    code = (
        "import sys,time,json,resource,pyoxigraph as p\n"
        "t=time.monotonic();s=p.Store(sys.argv[2]);s.bulk_load(path=sys.argv[1],format=p.RdfFormat.N_TRIPLES)\n"
        "r=resource.getrusage(resource.RUSAGE_SELF)\n"
        "print(json.dumps({'s':time.monotonic()-t,'cpu':r.ru_utime+r.ru_stime,'rss':r.ru_maxrss*1024}))"
    )
    return _json_of([sys.executable, "-c", code, str(file), str(folder)], 300)


def pyshacl(file: Path, shapes: Path, vocabulary: Path, timeout_s: float = 300) -> dict[str, float] | None:
    """CPU seconds of pySHACL over a whole catalog at once, reading included, and how many results it has."""
    code = (
        "import sys,time,json,rdflib,pyshacl\n"
        "t=time.process_time();d=rdflib.Graph();d.parse(sys.argv[1],format='nt');d.parse(sys.argv[3],format='nt')\n"
        "s=rdflib.Graph();s.parse(sys.argv[2],format='nt');r=time.process_time()\n"
        "_,g,_=pyshacl.validate(d,shacl_graph=s,do_owl_imports=False,advanced=False,inference='none')\n"
        "n=len(list(g.subjects(rdflib.RDF.type,rdflib.SH.ValidationResult)))\n"
        "print(json.dumps({'cpu':time.process_time()-t,'validate':time.process_time()-r,'results':n}))"
    )
    return _json_of([sys.executable, "-c", code, str(file), str(shapes), str(vocabulary)], timeout_s)


def _json_of(command: list[str], timeout_s: float) -> dict[str, float] | None:
    try:
        done = subprocess.run(command, timeout=timeout_s, check=True, capture_output=True)
    except subprocess.SubprocessError as error:
        print("  peer:", str(error)[-300:], str(getattr(error, "stderr", b"") or b"")[-300:])
        return None
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found


@contextlib.contextmanager
def oxigraph(file: Path, folder: Path) -> Iterator[Server | None]:
    """An Oxigraph server over the triples of a file, read-only."""
    binary = oxigraph_binary()
    if binary is None:
        yield None
        return
    store = folder / "oxigraph"
    shutil.rmtree(store, ignore_errors=True)
    subprocess.run([binary, "load", "--location", str(store), "--file", str(file)], check=True, capture_output=True)
    subprocess.run([binary, "optimize", "--location", str(store)], check=True, capture_output=True)
    port = free_port()
    command = [binary, "serve-read-only", "--location", str(store), "--bind", f"127.0.0.1:{port}"]
    with serving(command, f"http://127.0.0.1:{port}", "/query?query=ASK%7B%7D", timeout_s=60) as server:
        yield server


@contextlib.contextmanager
def fuseki(file: Path, folder: Path, *, wanted: bool) -> Iterator[Server | None]:
    """Fuseki over a TDB2 of the same triples."""
    jar = fuseki_jar(folder) if wanted else None
    if jar is None:
        yield None
        return
    store = folder / "tdb2"
    shutil.rmtree(store, ignore_errors=True)
    begun = time.monotonic()
    try:
        subprocess.run(["java", "-Xmx2g", "-cp", str(jar), "tdb2.tdbloader", f"--loc={store}", str(file)],
                       check=True, capture_output=True, timeout=300)  # fmt: skip
    except subprocess.SubprocessError as error:
        print("  Fuseki:", error)
        yield None
        return
    print(f"  tdb2.tdbloader: {time.monotonic() - begun:.1f} s")
    port = free_port()
    command = ["java", "-Xmx2g", "-jar", str(jar), f"--port={port}", "--localhost", f"--loc={store}", "/ds"]
    with serving(command, f"http://127.0.0.1:{port}", "/ds/query?query=ASK%7B%7D", timeout_s=90,
                 env={"FUSEKI_BASE": str(folder / "fuseki-base")}) as server:  # fmt: skip
        yield server
