"""A database of an older version is brought up to the tables of this one, after a copy of it was laid aside."""

import sqlite3
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, inspect

import stores.exchange_tables
import stores.migrating
from stores.database import Database
from stores.migrating import DatabaseTooNew
from stores.tables import Base

pytestmark = pytest.mark.anyio

SCRIPTS = Path(stores.migrating.__file__).parent / "migrations"
EVENT = "INSERT INTO events (at, kind, catalog_id) VALUES ('2026-11-01 09:00:00', 'catalog-created', 'kyoto')"
REVISIONS = [script.revision for script in ScriptDirectory(SCRIPTS).walk_revisions()][::-1]


def of_version(revision: str, folder: Path) -> Path:
    """A database that stands at a migration, with one line in its journal."""
    path = folder / "renkei.sqlite"
    config = Config()
    config.set_main_option("script_location", str(SCRIPTS))
    with create_engine(f"sqlite:///{path}").begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, revision)
        connection.exec_driver_sql(EVENT)
    return path


def columns(path: Path) -> dict[str, set[str]]:
    tables = inspect(create_engine(f"sqlite:///{path}"))
    return {name: {column["name"] for column in tables.get_columns(name)} for name in tables.get_table_names()}


@pytest.mark.parametrize("revision", REVISIONS)
async def test_what_an_older_version_wrote_is_kept_in_the_tables_of_this_one(revision: str, tmp_path: Path) -> None:
    path = of_version(revision, tmp_path)
    database = Database.in_folder(tmp_path)
    await database.open()
    assert await database.head() == 1
    await database.close()
    assert sqlite3.connect(path).execute("SELECT kind, catalog_id FROM events").fetchall() == [
        ("catalog-created", "kyoto")
    ]
    expected = {table.name: {column.name for column in table.columns} for table in Base.metadata.sorted_tables}
    assert {name: found for name, found in columns(path).items() if name != "alembic_version"} == expected


@pytest.mark.parametrize("revision", REVISIONS[:-1])
async def test_the_older_database_is_laid_aside_before_it_is_changed(revision: str, tmp_path: Path) -> None:
    path = of_version(revision, tmp_path)
    before = columns(path)
    database = Database.in_folder(tmp_path)
    await database.open()
    await database.close()
    (copy,) = tmp_path.glob("renkei-before-upgrade-*.sqlite")
    assert columns(copy) == before != columns(path)


async def test_a_database_of_a_newer_version_is_left_alone(tmp_path: Path) -> None:
    path = of_version(REVISIONS[-1], tmp_path)
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(DatabaseTooNew, match="9999"):
        await Database.in_folder(tmp_path).open()
