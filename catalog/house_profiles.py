"""The validation profiles that a deployment adds: kept in the database, so that backups and every process have them."""

import asyncio
from collections import defaultdict
from collections.abc import Mapping
from datetime import UTC, datetime

from sqlalchemy import delete, func, insert, select

from catalog.errors import ProfileNameInvalid
from journal.events import Event, EventKind, append
from shapes.errors import ProfileUnknown
from shapes.linting import LintReport
from shapes.profiles import Profiles
from stores.database import Database, packed, unpacked
from stores.tables import EventRow, ShapesRow


class HouseProfiles:
    """Adds, removes and follows the profiles of this deployment; the shipped ones cannot be touched."""

    def __init__(self, database: Database, profiles: Profiles) -> None:
        self.database = database
        self.profiles = profiles
        self._shipped = frozenset(profile.name for profile in profiles)
        self._head = -1

    async def add(self, name: str, files: Mapping[str, bytes], *, trusted: bool, actor: str) -> LintReport:
        """Store a profile if anything in it can be used, in place of one of the same name.

        Args:
            files: shapes in any RDF syntax by file name, perhaps with a `profile.toml`.
            trusted: whether its SPARQL constraints are kept; they run with the rights of the service.

        Raises:
            ProfileNameInvalid: the name is a shipped profile's, or no name.
        """
        if name in self._shipped or not name.replace("-", "").replace(".", "").isalnum() or len(name) > 64:
            raise ProfileNameInvalid(name)
        report = await asyncio.to_thread(self.profiles.add, name, files, trusted=trusted)
        if not report.usable:
            return report
        now = datetime.now(UTC)
        async with self.database.writing() as connection:
            await connection.execute(delete(ShapesRow).where(ShapesRow.profile == name))
            await connection.execute(
                insert(ShapesRow),
                [
                    {"profile": name, "name": file, "content": packed(data), "trusted": trusted, "added_at": now}
                    for file, data in files.items()
                ],
            )
            await append(connection, [Event(EventKind.SHAPES_CHANGED, actor=actor)])
        return report

    async def remove(self, name: str, *, actor: str) -> None:
        """Forget a profile; catalogs that name it refuse writes until they name another.

        Raises:
            ProfileUnknown: there is none of this name, or it is a shipped one.
        """
        async with self.database.writing() as connection:
            done = await connection.execute(delete(ShapesRow).where(ShapesRow.profile == name))
            if done.rowcount == 0:
                raise ProfileUnknown(name)
            await append(connection, [Event(EventKind.SHAPES_CHANGED, actor=actor)])
        await self.follow()

    async def follow(self) -> None:
        """Take over what another process added or removed; cheap when the journal did not move."""
        head, seen = await self.database.catalog_head(), self._head
        if head == seen:
            return
        async with self.database.reading() as connection:
            changed = select(func.count()).where(EventRow.seq > seen, EventRow.kind == EventKind.SHAPES_CHANGED.value)
            if seen >= 0 and not await connection.scalar(changed):
                self._head = head
                return
            rows = (await connection.execute(select(ShapesRow.__table__))).all()
        files: dict[str, dict[str, bytes]] = defaultdict(dict)
        trusted: dict[str, bool] = {}
        for row in rows:
            files[row.profile][row.name] = unpacked(row.content)
            trusted[row.profile] = row.trusted
        await asyncio.to_thread(self._take, files, trusted)
        self._head = head

    def _take(self, files: Mapping[str, Mapping[str, bytes]], trusted: Mapping[str, bool]) -> None:
        for profile in list(self.profiles):
            if profile.name not in self._shipped and profile.name not in files:
                self.profiles.remove(profile.name)
        for name, content in files.items():
            if name not in self.profiles or self.profiles[name].files != content:
                self.profiles.add(name, content, trusted=trusted[name])
