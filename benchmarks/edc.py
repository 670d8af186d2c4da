"""Eclipse EDC 0.15.1 as a peer: its kit, copied to a scratch folder, measures two of its connectors."""

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

from benchmarks.data import SHARED

_WHAT = ("--neg", "20", "--burst", "200", "--assets", "1,100,1000", "--pull-mb", "200")


def measured_edc(scratch: Path) -> dict[str, Any]:
    """What `run.sh measure` of the kit found; empty where it cannot run."""
    source, folder = SHARED / "peers" / "edc", scratch / "edc"
    if not source.is_dir() or not shutil.which("java") or not shutil.which("mvn"):
        return {}
    for file in source.rglob("*"):
        if file.is_file():
            target = folder / file.relative_to(source)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(file, target)
    out = folder / "measured.json"
    command = ["bash", str(folder / "run.sh"), "measure", *_WHAT, "--out", str(out)]
    try:
        subprocess.run(command, check=True, capture_output=True, timeout=600)
    except subprocess.SubprocessError as error:
        print("  EDC:", error)
    found: dict[str, Any] = json.loads(out.read_text()) if out.exists() else {}
    return found
