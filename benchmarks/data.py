"""The generated catalog, made once per scratch folder."""

import os
import re
import subprocess
import sys
from pathlib import Path

SHARED = Path(os.environ.get("RENKEI_SHARED", "../shared"))
CATALOG = "http://catalog.example.jp/"
_DATASET = re.compile(r"<http://catalog\.example\.jp/dataset/(\d{6})")


def catalog(size: int, folder: Path) -> Path:
    """N-Triples of `size` datasets with 40.6 triples each, one in twenty with a fault."""
    file = folder / f"cat_{size}.nt"
    if not file.exists():
        generator = SHARED / "peers" / "bench" / "generate_catalog.py"
        subprocess.run([sys.executable, str(generator), str(size), str(folder)], check=True, capture_output=True)
        for other in (f"cat_{size}.nq", f"docs_{size}.jsonl"):
            (folder / other).unlink(missing_ok=True)
    return file


def without(file: Path, refused: set[str]) -> Path:
    """The same catalog less the datasets that were refused, so that peers answer over the same triples."""
    kept = file.with_suffix(".stored.nt")
    with file.open() as lines, kept.open("w") as out:
        out.writelines(line for line in lines if not any(number in refused for number in _DATASET.findall(line)))
    return kept


def iri(number: int) -> str:
    return f"{CATALOG}dataset/{number:06d}"
