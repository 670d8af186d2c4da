"""Coverage-guided fuzzing of front doors: `python -m tests.campaign.guided FOLDER RUNS SEED [DOOR…]`.

FOLDER has a corpus for each door (`corpus/DOOR/`) and `words.dict`. Each door is fuzzed in a process of its own, forked
from this one, for it is the loading and instrumenting that takes time. The end of a door's process that is not 0 is a
finding: libFuzzer leaves the input in `found/DOOR-*` and tells the reason in `DOOR.log`.
"""

import contextlib
import io
import os
import sys
from pathlib import Path

import atheris

INSTRUMENTED = ["catalog", "loaders", "ontology", "shapes", "stores"]
BOUNDS = (
    "-max_len=4096",
    "-timeout=20",  # seconds for one input
    "-rss_limit_mb=1000",  # for everything: the dictionary of Japanese alone is 100
    "-len_control=0",
    "-reload=0",  # or the moment of reading the corpus again would decide what comes next
    "-detect_leaks=0",
    "-print_final_stats=1",
)

with contextlib.redirect_stderr(io.StringIO()), atheris.instrument_imports(include=INSTRUMENTED):
    from tests.campaign.doors import DOORS, opened


def fuzz(folder: Path, door: str, runs: int, seed: int) -> None:
    """Never returns: libFuzzer ends the process."""
    with (folder / f"{door}.log").open("wb") as log:
        os.dup2(log.fileno(), 1)
        os.dup2(log.fileno(), 2)
    options = [f"-runs={runs}", f"-seed={seed}", f"-dict={folder / 'words.dict'}"]
    place = f"-artifact_prefix={folder / 'found' / door}-"
    corpus = str(folder / "corpus" / door)
    atheris.Setup([sys.argv[0], corpus, place, *options, *BOUNDS], opened(door))
    atheris.Fuzz()


def main() -> None:
    """Fuzz each door in turn and print how its process ended."""
    folder, runs, seed = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
    for door in sys.argv[4:] or DOORS:
        child = os.fork()
        if child == 0:
            fuzz(folder, door, runs, seed)
        _, status = os.waitpid(child, 0)
        print(door, os.waitstatus_to_exitcode(status), flush=True)


if __name__ == "__main__":
    main()
