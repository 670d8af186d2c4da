"""The schema documents of the specification, to hold our messages against."""

from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import orjson
from jsonschema_rs import Draft201909, Draft201909Validator, Registry

Original = Callable[[Mapping[str, Any]], None]
_OTHERWISE = {"Catalog": "catalog/catalog", "Dataset": "catalog/dataset", "VersionResponse": "common/protocol-version"}


@cache
def originals(folder: Path) -> Original:
    """Validates a message by the schema of the specification; three of these misspell a reference."""
    texts = {
        file: file.read_bytes().replace(b"json#definitions/", b"json#/definitions/")
        for file in folder.rglob("*-schema.json")
    }
    schemas = {str(file.relative_to(folder)): orjson.loads(text) for file, text in texts.items()}
    registry = Registry([(schema["$id"], schema) for schema in schemas.values()], draft=Draft201909)
    by_title = {schema["title"].removesuffix("Schema"): schema for schema in schemas.values()}

    def validate(message: Mapping[str, Any]) -> None:
        kind = message.get("@type", "VersionResponse")
        schema = schemas[f"{_OTHERWISE[kind]}-schema.json"] if kind in _OTHERWISE else by_title[kind]
        Draft201909Validator({"$ref": schema["$id"]}, registry=registry, offline=True).validate(message)

    return validate
