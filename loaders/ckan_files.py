"""CKAN records in the forms in which they travel: API answers, lists, lines of JSON, YAML streams."""

from collections.abc import Iterator

import orjson
import yaml

from loaders.statements import Json
from ontology.messages import Message

_YAML_NODES = 2_000_000  # 147 records of Kobe are 45,000 nodes
_YAML_DEPTH = 64


class NoRecords(ValueError):
    """A file holds no catalog records that can be read."""

    def __init__(self, message: Message) -> None:
        super().__init__(message.en)
        self.message = message


def is_package(value: Json) -> bool:
    """Whether a JSON value looks like a CKAN package."""
    return (
        isinstance(value, dict)
        and ("resources" in value or "metadata_created" in value or "notes" in value)
        and ("id" in value or "name" in value or "title" in value)
    )


def packages_of(value: Json, name: str) -> Iterator[tuple[str, Json]]:
    """The packages of one JSON document, each with a name to report it by.

    Takes `package_show`, `package_search`, `current_package_list_with_resources`, lists and single packages.
    """
    if isinstance(value, dict) and "result" in value and not is_package(value):
        yield from packages_of(value["result"], name)
    elif isinstance(value, dict) and isinstance(value.get("results"), list):
        yield from packages_of(value["results"], name)
    elif isinstance(value, list):
        for position, each in enumerate(value, 1):
            yield _named(each, f"{name}#{position}"), each
    else:
        yield _named(value, name), value


def _named(record: Json, name: str) -> str:
    if isinstance(record, dict):
        for key in ("name", "id", "title"):
            if isinstance(record.get(key), str) and record[key]:
                return f"{name}: {record[key]}"
    return name


def packages_of_json(data: bytes, name: str) -> Iterator[tuple[str, Json]]:
    """The packages of a JSON document, or of JSON lines.

    Raises:
        NoRecords: not JSON.
    """
    try:
        yield from packages_of(orjson.loads(data), name)
    except orjson.JSONDecodeError as error:
        lines = data.splitlines()
        if len(lines) < 2 or not all(line.strip().startswith(b"{") for line in lines[:2]):
            raise NoRecords(_not_json(error)) from error
        for number, line in enumerate(lines, 1):
            if line.strip():
                yield from _line(line, f"{name}:{number}")


def _line(line: bytes, name: str) -> Iterator[tuple[str, Json]]:
    try:
        yield from packages_of(orjson.loads(line), name)
    except orjson.JSONDecodeError:
        yield name, None  # refused by the conversion, under its line number


def packages_of_yaml(data: bytes, name: str) -> Iterator[tuple[str, Json]]:
    """The packages of a YAML stream. Aliases are refused: 430 bytes of them have made 52 MB (security.md, P18).

    Raises:
        NoRecords: not YAML, or too many or too deeply nested nodes.
    """
    try:
        _judge(data)
        for position, value in enumerate(yaml.load_all(data, Loader=_Loader), 1):
            yield from packages_of(value, f"{name}#{position}")
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        if isinstance(error, NoRecords):
            raise
        raise NoRecords(
            Message(f"YAML として読めません: {str(error)[:300]}", f"It cannot be read as YAML: {str(error)[:300]}")
        ) from error


def _judge(data: bytes) -> None:
    """Walk the events first, which costs no memory, before anything is built from them."""
    depth = 0
    for nodes, event in enumerate(yaml.parse(data, Loader=_Parser)):
        if isinstance(event, yaml.AliasEvent):
            raise NoRecords(Message("YAML の別名(*)は受け付けません。", "Aliases (*) in YAML are not taken."))
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if nodes > _YAML_NODES or depth > _YAML_DEPTH:
            raise NoRecords(
                Message(
                    f"YAML が大きすぎるか深すぎます(上限 {_YAML_NODES:,} 要素、{_YAML_DEPTH} 段)。",
                    f"The YAML has more than {_YAML_NODES:,} nodes or {_YAML_DEPTH} levels.",
                )
            )


_Parser = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _Loader(_Parser):  # type: ignore[misc, valid-type]
    """The safe loader, dates left as the texts they are: JSON has none."""


_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
    for first, resolvers in _Parser.yaml_implicit_resolvers.items()
}


def _not_json(error: orjson.JSONDecodeError) -> Message:
    place = f"{error.lineno}:{error.colno}"
    return Message(f"JSON として読めません({place}: {error.msg})。", f"It is not JSON ({place}: {error.msg}).")
