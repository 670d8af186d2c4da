"""Coverage-guided fuzzing (atheris, libFuzzer) of the parsers behind the front doors, in process."""

import importlib.util
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.campaign.harness import amount
from tests.campaign.inputs import PIECES, WORDS, corpus

pytestmark = pytest.mark.campaign
SEED = 20266
RUNS = 10_000  # of each door
IN_THE_BUILD = os.environ.get("CI") == "true" and sys.version_info[:2] == (3, 11)  # where it must not be missing


def test_no_input_found_by_coverage_hurts_a_parser(tmp_path: Path) -> None:
    if importlib.util.find_spec("atheris") is None and not IN_THE_BUILD:
        pytest.skip("atheris has no wheel for this Python, system and processor (dev-requirements.in)")
    doors = laid_out(tmp_path)
    runs = amount(RUNS)
    done = subprocess.run(
        [sys.executable, "-m", "tests.campaign.guided", tmp_path, str(runs), str(SEED)],
        cwd=Path(__file__).parents[2], env={**os.environ, "PYTHONHASHSEED": "0"}, capture_output=True, check=False,
    )  # fmt: skip
    ended = dict(line.rsplit(" ", 1) for line in done.stdout.decode().splitlines())
    assert ended.keys() == doors, done.stderr.decode()[-3000:]
    wrong = [found(tmp_path, door) for door, status in ended.items() if status != "0"]
    assert wrong == [], "\n\n".join(wrong)
    for door in doors:
        log = (tmp_path / f"{door}.log").read_text(errors="replace")
        assert int(re.findall(r"number_of_executed_units: (\d+)", log)[0]) >= runs


def laid_out(folder: Path) -> set[str]:
    """Write what the fuzzer starts from; the names of the doors."""
    words = [piece for piece in PIECES if len(piece) <= 64] + [word.encode() for word in WORDS]
    lines = ['"' + "".join(f"\\x{byte:02x}" for byte in word) + '"' for word in words]
    (folder / "words.dict").write_text("\n".join(lines))
    (folder / "found").mkdir()
    inputs = corpus()
    for door, texts in inputs.items():
        (folder / "corpus" / door).mkdir(parents=True)
        for number, text in enumerate(texts):
            (folder / "corpus" / door / str(number)).write_bytes(text)
    return set(inputs)


def found(folder: Path, door: str) -> str:
    """What a person needs to see it again."""
    log = (folder / f"{door}.log").read_text(errors="replace")
    inputs = [path.read_bytes() for path in (folder / "found").glob(f"{door}-*")]
    return f"door {door}, seed {SEED}, input {inputs}\n{log[-3000:]}"
