"""Statements put together once and run straight on SQLite.

SQLAlchemy takes about a millisecond around a query that SQLite answers in twenty microseconds; what every page asks for
goes past it. The statements stay SQLAlchemy's, so that PostgreSQL runs the same ones through its engine.
"""

import sqlite3
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Delete, Dialect, Insert, RowMapping, Select, Update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

Row = Mapping[str, Any] | RowMapping
_FEW = 16


class Prepared:
    """A query of named columns.

    Attributes:
        statement: without parameters of variable length (`IN` over a list).
    """

    def __init__(self, statement: Select[Any]) -> None:
        self.statement = statement
        self._text = ""
        self._given: Mapping[str, Any] = {}
        self._order: tuple[str, ...] = ()
        self._columns: tuple[tuple[str, Any], ...] = ()

    def run(self, connection: sqlite3.Connection, dialect: Dialect, values: Mapping[str, Any]) -> list[Row]:
        """The rows, each by name of column, its values as SQLAlchemy gives them."""
        if not self._text:
            self._put_together(dialect)
        given = {**self._given, **values}
        found = connection.execute(self._text, [given[name] for name in self._order]).fetchall()
        return [
            {
                name: processed(value) if processed is not None and value is not None else value
                for (name, processed), value in zip(self._columns, row, strict=True)
            }
            for row in found
        ]

    def _put_together(self, dialect: Dialect) -> None:
        compiled = self.statement.compile(dialect=dialect)
        self._given = dict(compiled.params)
        self._order = tuple(compiled.positiontup or ())
        self._columns = tuple(
            (column.name, column.type.dialect_impl(dialect).result_processor(dialect, None))
            for column in self.statement.selected_columns
        )
        self._text = compiled.string


class Write:
    """A statement of a transaction, put together once for each set of columns that it is given.

    Attributes:
        statement: one that changes rows, or a query of named columns; no parameters of variable length.
    """

    def __init__(self, statement: Insert | Update | Delete | Select[Any]) -> None:
        self.statement = statement
        self._forms: dict[tuple[str, ...], _Form] = {}

    async def run(self, connection: AsyncConnection, **values: Any) -> int:
        """Change rows; how many these were."""
        if connection.dialect.name != "sqlite":
            return (await connection.execute(self.statement, values)).rowcount
        return self._executed(connection, values).rowcount

    async def each(self, connection: AsyncConnection, rows: Sequence[Mapping[str, Any]]) -> None:
        """Run it for each of some rows; more than a few are given to the database at once."""
        if len(rows) > _FEW:
            await connection.execute(self.statement, rows)
            return
        for row in rows:
            await self.run(connection, **row)

    async def rows(self, connection: AsyncConnection, **values: Any) -> Sequence[Row]:
        """The rows of a query, or those that a statement returns."""
        if connection.dialect.name != "sqlite":
            return (await connection.execute(self.statement, values)).mappings().all()
        form = self._form(connection.dialect, values)
        return [form.row(found) for found in self._executed(connection, values).fetchall()]

    def _executed(self, connection: AsyncConnection, values: Mapping[str, Any]) -> sqlite3.Cursor:
        form = self._form(connection.dialect, values)
        raw: sqlite3.Connection = connection.sync_connection.connection.driver_connection._conn  # type: ignore[union-attr]
        try:
            return raw.execute(form.text, form.given(values))
        except sqlite3.IntegrityError as error:  # as SQLAlchemy has it
            raise IntegrityError(form.text, None, error) from error

    def _form(self, dialect: Dialect, values: Mapping[str, Any]) -> "_Form":
        names = tuple(values)
        if names not in self._forms:
            self._forms[names] = _Form(self.statement, dialect, names)
        return self._forms[names]


class _Form:
    """One statement as SQLite takes it: its text, and what is done with values on their way in and out."""

    def __init__(self, statement: Any, dialect: Dialect, names: Sequence[str]) -> None:
        compiled = statement.compile(dialect=dialect, column_keys=list(names))
        self.text: str = compiled.string
        self._constant = dict(compiled.params)
        self._order = [
            (name, compiled.binds[name].type.dialect_impl(dialect).bind_processor(dialect))
            for name in compiled.positiontup or ()
        ]
        columns: Any = statement.selected_columns if isinstance(statement, Select) else statement.exported_columns
        self._columns = [
            (column.name, column.type.dialect_impl(dialect).result_processor(dialect, None)) for column in columns
        ]

    def given(self, values: Mapping[str, Any]) -> list[Any]:
        found = [(values.get(name, self._constant.get(name)), processed) for name, processed in self._order]
        return [value if processed is None else processed(value) for value, processed in found]

    def row(self, found: Sequence[Any]) -> Row:
        return {
            name: processed(value) if processed is not None and value is not None else value
            for (name, processed), value in zip(self._columns, found, strict=True)
        }
