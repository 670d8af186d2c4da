"""What every test may ask for."""

import os
import signal
from pathlib import Path

import pytest


def pytest_sessionstart() -> None:
    """End as by Ctrl-C when somebody else ends the tests (`timeout` does), so that the servers they started end too."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="session")
def shared() -> Path:
    """Real catalogs and conformance suites; who cloned the repository alone does not have them."""
    folder = Path(os.environ.get("RENKEI_SHARED", Path(__file__).parents[2] / "shared")).resolve()
    if not folder.is_dir():
        if os.environ.get("CI") == "true":
            pytest.fail(f"RENKEI_SHARED names no folder: {folder}")
        pytest.skip("wants the shared data: set RENKEI_SHARED to its folder")
    return folder
