"""The technology compatibility kit of the Dataspace Protocol 2025-1, as it is released, against a running service."""

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from api.serve import free_port
from tests.campaign.harness import Server, deployment
from tests.conformance.kits import kit

TESTS = 65
SCRIPTED = {"RENKEI_TCK": "1", "RENKEI_PARTICIPANT": "CONNECTOR_UNDER_TEST", "RENKEI_ALLOW_PRIVATE": '["127.0.0.1"]'}


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Server]:
    with deployment(tmp_path, **SCRIPTED) as server:
        yield server


def properties_for(service: Server, given: str) -> str:
    """The kit's settings, with our protocol endpoints and a free port of its own in the place of fixed ones."""
    own = free_port("127.0.0.1")
    moved = re.sub(r"(?m)^(dataspacetck\.(?:port=|callback\.address=.*:))\d+$", rf"\g<1>{own}", given)
    return moved.replace(":8282/dsp", f":{service.port}/dsp/2025-1").replace(":8282", f":{service.port}")


def test_all_tests_of_the_kit_pass(shared: Path, service: Server, tmp_path: Path) -> None:
    folder, settings = kit(shared, "dsp-tck"), tmp_path / "connector.properties"
    settings.write_text(properties_for(service, (folder / "connector.properties").read_text()))
    classes = (folder / "cp.txt").read_text().strip()
    ran = subprocess.run(
        ["java", "-Xmx512m", "-cp", classes, "DspTck.java", settings], cwd=folder, capture_output=True, timeout=420,
        check=False,
    )  # fmt: skip
    told = ran.stdout.decode()
    assert not re.findall(r"^RESULT (?!SUCCESSFUL).*|^CONTAINER FAILED.*", told, re.MULTILINE), told[-5000:]
    assert f"{TESTS} passed, 0 failed" in told, told[-2000:]
