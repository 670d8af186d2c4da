"""Bringing an older database to the tables of this version."""

from datetime import UTC, datetime
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection
from sqlalchemy.ext.asyncio import AsyncEngine

_HERE = Path(__file__).parent / "migrations"


class DatabaseTooNew(Exception):
    """The database was written by a newer version of Renkei than this one."""

    def __init__(self, revision: str) -> None:
        super().__init__(f"the database is of a newer version ({revision}); start that version of Renkei")
        self.revision = revision


async def upgrade(engine: AsyncEngine, path: Path | None) -> None:
    """Run the migrations that are missing, after a copy of the file beside itself if it holds older tables.

    Raises:
        DatabaseTooNew: this version does not know the migration that the database stands at.
    """
    config = Config()
    config.set_main_option("script_location", str(_HERE))
    scripts = ScriptDirectory.from_config(config)
    newest = scripts.get_current_head()
    async with engine.connect() as connection:
        current = await connection.run_sync(_current)
    if current == newest:
        return
    if current is not None:
        if current not in {script.revision for script in scripts.walk_revisions()}:
            raise DatabaseTooNew(current)
        if path is not None:
            from stores.database import copy_sqlite  # noqa: PLC0415  (database imports this module)

            stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
            copy_sqlite(path, path.with_name(f"{path.stem}-before-upgrade-{stamp}{path.suffix}"))
    async with engine.begin() as connection:
        await connection.run_sync(_run, config)


def _current(connection: Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()


def _run(connection: Connection, config: Config) -> None:
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
