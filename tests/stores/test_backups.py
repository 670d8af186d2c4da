import os
import subprocess
import sys
from pathlib import Path

import pytest

from journal.events import Event, EventKind, append
from stores.backups import BackupUnreadable, FolderInUse, FolderServed, restore_backup, write_backup
from stores.database import Database

pytestmark = pytest.mark.anyio


async def filled(folder: Path, events: int) -> Database:
    database = Database.in_folder(folder)
    await database.open()
    async with database.writing() as connection:
        await append(connection, [Event(EventKind.REGISTERED)] * events)
    return database


async def test_a_backup_taken_while_writing_gives_back_what_was_committed(tmp_path: Path) -> None:
    database = await filled(tmp_path / "a", 3)
    assert database.path is not None
    async with database.writing() as connection:
        await append(connection, [Event(EventKind.REGISTERED)])
        taken = write_backup(database.path, tmp_path / "b.tar.gz")
    await database.close()
    restored = restore_backup(tmp_path / "b.tar.gz", tmp_path / "c")
    again = Database.in_folder(tmp_path / "c")
    await again.open()
    assert (taken.events, restored.events, await again.head()) == (3, 3, 3)
    await again.close()


async def test_a_database_is_not_overwritten_unasked_and_projections_are_dropped(tmp_path: Path) -> None:
    database = await filled(tmp_path / "a", 1)
    assert database.path is not None
    write_backup(database.path, tmp_path / "b.tar.gz")
    await database.close()
    (tmp_path / "a" / "graphs").mkdir()
    with pytest.raises(FolderInUse):
        restore_backup(tmp_path / "b.tar.gz", tmp_path / "a")
    restore_backup(tmp_path / "b.tar.gz", tmp_path / "a", replace=True)
    assert not (tmp_path / "a" / "graphs").exists()


@pytest.mark.parametrize("content", [b"", b"rubbish", b"\x1f\x8b\x08\x00truncated"])
def test_rubbish_is_refused_and_leaves_the_folder_as_it_was(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "b.tar.gz").write_bytes(content)
    with pytest.raises(BackupUnreadable):
        restore_backup(tmp_path / "b.tar.gz", tmp_path / "data")
    assert list((tmp_path / "data").iterdir()) == []


async def test_nothing_is_restored_under_a_running_server(tmp_path: Path) -> None:
    folder, saved = tmp_path / "a", tmp_path / "b.tar.gz"
    await (await filled(folder, 1)).close()
    write_backup(folder / "renkei.sqlite", saved)
    (folder / "graphs").mkdir()
    hold = "import sys, pyoxigraph; held = pyoxigraph.Store(sys.argv[1]); print(flush=True); sys.stdin.read()"
    command = [sys.executable, "-c", hold, str(folder / "graphs" / "store")]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as server:  # noqa: ASYNC220
        assert server.stdout
        server.stdout.readline()
        with pytest.raises(FolderServed):
            restore_backup(saved, folder, replace=True)
        server.communicate()
    assert restore_backup(saved, folder, replace=True).events == 1


async def test_backup_and_restore_are_on_the_disk_before_they_are_called_done(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settled: list[str] = []
    fsync = os.fsync

    def watched(descriptor: int) -> None:
        settled.append(Path(f"/proc/self/fd/{descriptor}").resolve().name)
        fsync(descriptor)

    await (await filled(tmp_path / "a", 1)).close()
    monkeypatch.setattr(os, "fsync", watched)
    write_backup(tmp_path / "a" / "renkei.sqlite", tmp_path / "saved" / "b.tar.gz")
    restore_backup(tmp_path / "saved" / "b.tar.gz", tmp_path / "c")
    assert settled == ["backup.tar.gz", "saved", "renkei.sqlite", "c", "c"]
