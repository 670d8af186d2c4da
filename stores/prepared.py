"""Statements put together once and run straight on SQLite.

SQLAlchemy takes about a millisecond around a query that SQLite answers in twenty microseconds; what every page asks for
goes past it. The statements stay SQLAlchemy's, so that PostgreSQL runs the same ones through its engine.
"""

import sqlite3
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import Delete, Dialect, Insert, RowMapping, Select, Update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from stores.reading_inline import InlineConnection

Row = Mapping[str, Any] | RowMapping
_FEW = 100


class Prepared:
    """A query of named columns.

    Attributes:
        statement: without parameters of variable length (`IN` over a list).
    """

    def __init__(self, statement: Select[Any]) -> None:
        self.statement = statement
        self._text = ""
        self._order: tuple[tuple[str, Any], ...] = ()
        self._read = _Reading(())

    def run(self, connection: sqlite3.Connection, dialect: Dialect, values: Mapping[str, Any]) -> list[Row]:
        """The rows, each by name of column, its values as SQLAlchemy gives them."""
        if not self._text:
            self._put_together(dialect)
        found = connection.execute(self._text, [values.get(name, constant) for name, constant in self._order])
        return [self._read.row(row) for row in found.fetchall()]

    def _put_together(self, dialect: Dialect) -> None:
        compiled = self.statement.compile(dialect=dialect)
        self._order = tuple((name, compiled.params[name]) for name in compiled.positiontup or ())
        self._read = _Reading.of(self.statement.selected_columns, dialect)
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
        raw = _raw(connection)
        if raw is None:
            return (await connection.execute(self.statement, values)).rowcount
        form = self._form(connection, values)
        return _run(raw.execute, form, form.given(values)).rowcount

    async def each(self, connection: AsyncConnection, rows: Sequence[Mapping[str, Any]]) -> None:
        """Run it for each of some rows, of the same columns; more than a few are given to the database elsewhere."""
        raw = _raw(connection)
        if len(rows) > _FEW or raw is None:
            await connection.execute(self.statement, rows)
        elif rows:
            form = self._form(connection, rows[0])
            _run(raw.executemany, form, [form.given(row) for row in rows])

    async def rows(self, connection: AsyncConnection, **values: Any) -> Sequence[Row]:
        """The rows of a query, or those that a statement returns."""
        raw = _raw(connection)
        if raw is None:
            return (await connection.execute(self.statement, values)).mappings().all()
        form = self._form(connection, values)
        return [form.read.row(found) for found in _run(raw.execute, form, form.given(values)).fetchall()]

    def _form(self, connection: AsyncConnection, values: Mapping[str, Any]) -> "_Form":
        names = tuple(values)
        form = self._forms.get(names)
        if form is None:
            form = self._forms[names] = _Form(self.statement, connection.dialect, names)
        return form


class _Form:
    """One statement as SQLite takes it: its text, and what is done with values on their way in and out."""

    def __init__(self, statement: Any, dialect: Dialect, names: Sequence[str]) -> None:
        compiled = statement.compile(dialect=dialect, column_keys=list(names))
        self.text: str = compiled.string
        self._order = [
            (name, compiled.params[name], compiled.binds[name].type.dialect_impl(dialect).bind_processor(dialect))
            for name in compiled.positiontup or ()
        ]
        columns: Any = statement.selected_columns if isinstance(statement, Select) else statement.exported_columns
        self.read = _Reading.of(columns, dialect)

    def given(self, values: Mapping[str, Any]) -> list[Any]:
        """The parameters in their order."""
        return [
            values.get(name, constant) if processed is None else processed(values.get(name, constant))
            for name, constant, processed in self._order
        ]


class _Reading:
    """What is done with rows on their way out.

    Args:
        columns: their names, each with what makes its values of those that SQLite gives, None for as they are.
    """

    def __init__(self, columns: Iterable[tuple[str, Any]]) -> None:
        named = tuple(columns)
        self._names = [name for name, _ in named]
        self._processed = [(name, processed) for name, processed in named if processed is not None]

    @classmethod
    def of(cls, columns: Any, dialect: Dialect) -> "_Reading":
        """For some columns of SQLAlchemy."""
        return cls((each.name, each.type.dialect_impl(dialect).result_processor(dialect, None)) for each in columns)

    def row(self, found: Sequence[Any]) -> Row:
        """One row."""
        row = dict(zip(self._names, found, strict=True))
        for name, processed in self._processed:
            if (value := row[name]) is not None:
                row[name] = processed(value)
        return row


def _raw(connection: AsyncConnection) -> sqlite3.Connection | None:
    """SQLite's own connection, None on PostgreSQL."""
    driver = connection.sync_connection.connection.driver_connection  # type: ignore[union-attr]
    return driver.raw if isinstance(driver, InlineConnection) else None


def _run(how: Callable[[str, Any], sqlite3.Cursor], form: _Form, parameters: Any) -> sqlite3.Cursor:
    try:
        return how(form.text, parameters)
    except sqlite3.IntegrityError as error:  # as SQLAlchemy has it
        raise IntegrityError(form.text, None, error) from error
