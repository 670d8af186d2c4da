"""Kits in Java, copied to a scratch folder where they may write, their jars through Maven."""

import contextlib
import os
import re
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from api.serve import free_port

FOLDER = Path(os.environ.get("RENKEI_KITS", Path.home() / ".cache" / "renkei-kits"))
RESOLVING_S, STARTING_S = 600, 180


def kit(shared: Path, name: str) -> Path:
    """The folder of a kit that is ready to run; a laptop without Java does without it."""
    if missing := [each for each in ("java", "mvn") if shutil.which(each) is None]:
        reason = f"the {name} kit needs {' and '.join(missing)}"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    folder = FOLDER / name
    for source in (shared / "peers" / name).rglob("*"):
        if source.is_file():
            target = folder / source.relative_to(shared / "peers" / name)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, target)
            target.chmod(0o755)
    if not (folder / "cp.txt").exists():
        _resolve(folder)
    return folder


def _resolve(folder: Path) -> None:
    """Fetch the jars; a repository that is slow today is asked three times."""
    command = [
        *("mvn", "-q", "-B", "dependency:build-classpath", "-Dmdep.outputFile=cp.new", "-DincludeScope=runtime"),
    ]
    for attempt in range(3):
        done = subprocess.run(command, cwd=folder, capture_output=True, timeout=RESOLVING_S, check=False)
        if done.returncode == 0:
            break
        time.sleep(5 * attempt)
    assert done.returncode == 0, done.stdout.decode()[-2000:]
    if (folder / "ext").is_dir():
        shutil.copyfile(folder / "cp.new", folder / "cp.txt")
        done = subprocess.run(["bash", "run.sh", "setup"], cwd=folder, capture_output=True, timeout=120, check=False)
        assert done.returncode == 0, done.stderr.decode()[-2000:]
    (folder / "cp.new").replace(folder / "cp.txt")


@dataclass(frozen=True)
class Connector:
    """A connector of Eclipse EDC that runs.

    Attributes:
        name: its participant id.
        management: port of its management API.
        protocol: root of its protocol endpoints.
    """

    name: str
    management: int
    protocol: str
    log: Path


@contextlib.contextmanager
def connector(folder: Path, name: str, scratch: Path) -> Iterator[Connector]:
    """Run a connector on free ports, with the settings of the kit for its role."""
    ports: dict[str, str] = {}
    fresh = lambda found: ports.setdefault(found[0], str(free_port("127.0.0.1")))  # noqa: E731
    settings = re.sub(r"\b[12]9\d{3}\b", fresh, (folder / "conf" / f"{name}.properties").read_text())
    file, log = scratch / f"{name}.properties", scratch / f"{name}.log"
    file.write_text(settings)
    known = dict(line.split("=", 1) for line in settings.splitlines() if "=" in line)
    classes = f"ext/out:{(folder / 'cp.txt').read_text().strip()}"
    command = ["java", "-Xmx512m", f"-Dedc.fs.config={file}", "-cp", classes]
    with log.open("wb") as out:
        process = subprocess.Popen(
            [*command, "org.eclipse.edc.boot.system.runtime.BaseRuntime"], cwd=folder, stdout=out, stderr=out
        )
    try:
        _await_ready(process, log)
        yield Connector(name, int(known["web.http.management.port"]), known["edc.dsp.callback.address"], log)
    finally:
        process.send_signal(signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(10)
        process.kill()
        process.wait()


def _await_ready(process: subprocess.Popen[bytes], log: Path) -> None:
    end = time.monotonic() + STARTING_S
    while " ready" not in log.read_text():
        assert process.poll() is None, log.read_text()[-3000:]
        assert time.monotonic() < end, "EDC is not ready in time"
        time.sleep(0.1)
