"""A PostgreSQL of our own on loopback, gone at the end; it needs the programs of PostgreSQL on this machine."""

import contextlib
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

from api.serve import free_port

_BINARIES = sorted(Path("/usr/lib/postgresql").glob("*/bin"))
_SETTINGS = (
    "-c listen_addresses=127.0.0.1 -c unix_socket_directories='' -c max_connections=80 -c shared_buffers=32MB "
    "-c log_min_messages=fatal"
)


def is_at_hand() -> bool:
    """Whether a server can be started here; in the build it has to."""
    return bool(_BINARIES) or os.environ.get("CI") == "true"


@contextlib.contextmanager
def postgresql() -> Iterator[str]:
    """The URL of a started server."""
    with tempfile.TemporaryDirectory(prefix="renkei-postgresql-") as folder:  # pytest closes its own to other accounts
        if os.geteuid() == 0:
            shutil.chown(folder, "postgres")
        yield from _served(Path(folder), free_port("127.0.0.1"))


def _served(folder: Path, port: int) -> Iterator[str]:
    data = folder / "data"
    _run("initdb", "-D", str(data), "-U", "renkei", "-A", "trust", "--no-sync", "-E", "UTF8", "--locale=C.UTF-8")
    options = f"{_SETTINGS} -p {port}"
    _run("pg_ctl", "-D", str(data), "-l", str(folder / "log"), "-o", options, "-w", "-t", "60", "start")
    try:
        yield f"postgresql+asyncpg://renkei@127.0.0.1:{port}/postgres"
    finally:
        _run("pg_ctl", "-D", str(data), "-m", "immediate", "-t", "60", "-w", "stop")


def _run(program: str, *arguments: str) -> None:
    """As the account postgres where we are root, whom these programs refuse."""
    user = {"user": "postgres", "group": "postgres", "extra_groups": ()} if os.geteuid() == 0 else {}
    environment = {**os.environ, "HOME": "/tmp", "LC_ALL": "C.UTF-8"}
    subprocess.run(
        [_BINARIES[-1] / program, *arguments], check=True, env=environment, cwd="/", stdout=subprocess.DEVNULL, **user
    )  # type: ignore[call-overload]
