"""Secrets that are made at the first start and kept in the data folder, readable by their owner alone."""

import os
import secrets
from collections.abc import Callable
from pathlib import Path


def kept_secret(path: Path, make: Callable[[], bytes]) -> bytes:
    """The content of a secret file, made if there is none.

    It appears under its name complete and at once: of several processes that start together all take the one of the
    first, and none reads half of it.
    """
    try:
        return path.read_bytes()
    except FileNotFoundError:
        path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    try:
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(make())
            file.flush()
            os.fsync(file.fileno())  # what is sealed or signed with it would be lost with it
        os.link(draft, path)
    except FileExistsError:  # another process was first
        pass
    finally:
        draft.unlink(missing_ok=True)
    return path.read_bytes()
