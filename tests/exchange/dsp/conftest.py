"""The schema documents of the specification, to hold our messages against."""

import re
from pathlib import Path

import pytest

from tests.conformance.originals import Original, originals


@pytest.fixture(scope="session")
def original(shared: Path) -> Original:
    """Validates a message by the schema of the specification."""
    return originals(shared / "data/dsp")


@pytest.fixture(scope="session")
def examples(shared: Path) -> dict[str, bytes]:
    """The example messages of the specification by file name; the service entries of DID documents are none."""
    files = (shared / "data/dsp").glob("*/example/*.json")
    return {file.stem: file.read_bytes() for file in sorted(files) if not re.search("did-service", file.name)}
