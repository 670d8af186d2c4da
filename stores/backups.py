"""Backups of the embedded database: one file, taken while serving, from which everything else is made anew.

A backup holds the state database alone. Graphs and index are projections of it; the operator's token is not in it, so a
copy that gets lost opens nothing.
"""

import fcntl
import json
import os
import shutil
import sqlite3
import tarfile
import tempfile
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

from stores.database import copy_sqlite

_DATABASE = "renkei.sqlite"
_MANIFEST = "manifest.json"
PROJECTIONS = ("graphs", "index")
"""Folders in the data folder that are made from the database and may be thrown away."""


class BackupError(Exception):
    """A backup cannot be written or read."""


class BackupUnreadable(BackupError):
    """The file is no backup of Renkei, or is damaged."""

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(f"{path} is no sound backup: {reason}")
        self.path = path


class FolderInUse(BackupError):
    """The data folder holds a database already; nothing was overwritten."""

    def __init__(self, folder: Path) -> None:
        super().__init__(f"{folder} holds a database; restore into an empty folder, or say that it may be replaced")
        self.folder = folder


class FolderServed(BackupError):
    """A running server uses the data folder; nothing was changed."""

    def __init__(self, folder: Path) -> None:
        super().__init__(f"a running server uses {folder}")
        self.folder = folder


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a backup says of itself.

    Attributes:
        events: the number of the newest journal event in it.
        taken_at: ISO 8601, UTC.
    """

    events: int
    taken_at: str
    tables: str


def write_backup(database: Path, target: Path) -> Manifest:
    """Write a gzipped tar of the database as it is at this moment; the server may go on writing.

    The file appears under its name only when it is whole.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=".backup-") as folder:
        copy = Path(folder) / _DATABASE
        copy_sqlite(database, copy)
        manifest = _manifest(copy)
        whole = Path(folder) / "backup.tar.gz"
        with tarfile.open(whole, "w:gz", compresslevel=1) as archive:
            data = json.dumps(asdict(manifest)).encode()
            entry = tarfile.TarInfo(_MANIFEST)
            entry.size = len(data)
            archive.addfile(entry, BytesIO(data))
            archive.add(copy, _DATABASE)
        _settle(whole)
        whole.replace(target)
        _settle(target.parent)
    return manifest


def restore_backup(source: Path, folder: Path, *, replace: bool = False) -> Manifest:
    """Put a backup's database into a data folder that no server uses; its projections are made anew at the next start.

    Raises:
        BackupUnreadable: the file is damaged; the folder is as it was.
        FolderInUse: there is a database and `replace` was not said.
        FolderServed: a server has the folder open; it would go on writing into a file that is no longer there.
    """
    target = folder / _DATABASE
    if graphs_in_use(folder / PROJECTIONS[0] / "store"):
        raise FolderServed(folder)
    if target.exists() and not replace:
        raise FolderInUse(folder)
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder, prefix=".restore-") as scratch:
        copy = Path(scratch) / _DATABASE
        _extract(source, copy)
        manifest = _manifest(copy, source)
        _settle(copy)
        for name in PROJECTIONS:  # first: a database beside projections of another would be answered from those
            shutil.rmtree(folder / name, ignore_errors=True)
        for name in (f"{_DATABASE}-wal", f"{_DATABASE}-shm"):
            (folder / name).unlink(missing_ok=True)
        _settle(folder)  # the old log must be gone for good before a database stands there that it is not of
        copy.replace(target)
        _settle(folder)
    return manifest


def _settle(path: Path) -> None:
    """Wait until a file, or the names in a folder, would survive a power cut."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def graphs_in_use(folder: Path) -> bool:
    """Whether a process has the graph store of this folder open; RocksDB holds a POSIX lock on its file LOCK."""
    try:
        with (folder / "LOCK").open("r+b") as file:
            fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except FileNotFoundError:
        return False
    except OSError:
        return True
    return False


def _extract(source: Path, copy: Path) -> None:
    try:
        with tarfile.open(source, "r:gz") as archive:
            entry = archive.extractfile(_DATABASE)
            if entry is None:
                raise BackupUnreadable(source, f"it holds no {_DATABASE}")
            with entry, copy.open("wb") as file:
                shutil.copyfileobj(entry, file)
    except (tarfile.TarError, OSError, EOFError, KeyError) as error:
        raise BackupUnreadable(source, str(error)) from error


def _manifest(database: Path, source: Path | None = None) -> Manifest:
    connection = sqlite3.connect(database)
    try:
        finding = connection.execute("PRAGMA integrity_check(1)").fetchone()[0]
        if finding != "ok":
            raise BackupUnreadable(source or database, str(finding))
        events = connection.execute("SELECT coalesce(max(seq), 0) FROM events").fetchone()[0]
        tables = connection.execute("SELECT version_num FROM alembic_version").fetchone()[0]
    except sqlite3.DatabaseError as error:
        raise BackupUnreadable(source or database, str(error)) from error
    finally:
        connection.close()
    return Manifest(events, datetime.now(UTC).isoformat(timespec="seconds"), tables)
