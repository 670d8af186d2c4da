"""A whole catalog on real stores: SQLite in a folder, graphs and index beside it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlalchemy.ext.asyncio import AsyncConnection

from catalog.assessing import ShapesAssessor
from catalog.context import Context
from catalog.descriptions import Descriptions
from catalog.labels import Labels
from catalog.projection import Projection
from catalog.publishing import Publishing
from catalog.reading import Reading
from catalog.visibility import Visibility
from shapes.profiles import Profiles
from shapes.validation import Validator
from stores.database import Database
from stores.fulltext.local import LocalFullText
from stores.fulltext.port import FullText
from stores.graphs.embedded import EmbeddedGraphs
from stores.graphs.port import Graphs


@dataclass
class Library:
    database: Database
    visibility: Visibility
    reading: Reading
    descriptions: Descriptions
    publishing: Publishing
    projection: Projection
    graphs: Graphs
    fulltext: FullText


@pytest.fixture(scope="session")
def assessor() -> ShapesAssessor:
    return ShapesAssessor(Validator(Profiles.shipped()))


@pytest.fixture
async def library(tmp_path: Path, assessor: ShapesAssessor) -> AsyncIterator[Library]:
    database = Database.in_folder(tmp_path)
    await database.open()
    visibility = Visibility(database)
    reading, context = Reading(database, visibility), Context(database, visibility)
    graphs, fulltext = await EmbeddedGraphs.open(tmp_path / "graphs"), LocalFullText(tmp_path / "index")
    publishing = Publishing(database, reading, assessor, context)
    yield Library(
        database, visibility, reading, Descriptions(database, reading, assessor, context, "http://here"), publishing,
        Projection(database, graphs, fulltext, Labels(database, lambda iri: None)), graphs, fulltext,
    )  # fmt: skip
    publishing.close()
    await fulltext.close()
    await graphs.close()
    await database.close()


class Leisurely(Database):
    """Lets others go on before each read, as a database over a network does."""

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncConnection]:
        await asyncio.sleep(0.01)
        async with super().reading() as connection:
            yield connection


@pytest.fixture
async def leisurely(tmp_path: Path) -> AsyncIterator[Database]:
    """Another way into the database of the library."""
    database = Leisurely.in_folder(tmp_path)
    await database.open()
    yield database
    await database.close()
