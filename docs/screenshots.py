"""Pictures of the pages for the documentation: `.venv/bin/python docs/screenshots.py`.

Starts Renkei with its sample catalogs in a folder of its own, opens the pages in Chromium and writes
`docs/screenshots/*.png`. Needs Chromium, a Japanese font (fonts-noto-cjk) and the developers' packages.
"""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

import httpx
from playwright.sync_api import BrowserContext, sync_playwright

from api.serve import free_port

FOLDER = Path(__file__).parent / "screenshots"
CHROMIUM = "/usr/bin/chromium"
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
DATASET = "https://data.aoba-city.example/dataset/population"
# A fault is planted in it, so that its report has something to show.
FAULTY = "https://data.aoba-city.example/dataset/elections"
WIDTH, HEIGHT, LONGEST = 1280, 900, 1400
MOST_BYTES = 250_000
START_S = 60


@contextmanager
def demo() -> Iterator[str]:
    """A service with the sample catalogs, until the block ends; gives its address."""
    port = free_port("127.0.0.1")
    with tempfile.TemporaryDirectory() as folder:
        renkei = str(Path(sys.executable).with_name("renkei"))
        command = [renkei, "serve", "--demo", "--port", str(port), "--data", f"{folder}/data"]
        with subprocess.Popen(command, env=os.environ, stderr=subprocess.DEVNULL) as service:  # noqa: S603
            try:
                _wait(f"http://127.0.0.1:{port}")
                yield f"http://127.0.0.1:{port}"
            finally:
                service.terminate()


def _wait(base: str) -> None:
    end = time.monotonic() + START_S
    while time.monotonic() < end:
        try:
            if httpx.get(f"{base}/health/ready", trust_env=False).is_success:
                return
        except httpx.TransportError:
            time.sleep(0.2)
    raise TimeoutError(f"{base} is not ready after {START_S} s")


def _pages(base: str) -> dict[str, str]:
    def address(iri: str) -> str:
        answer = httpx.get(f"{base}/datasets", params={"iri": iri}, trust_env=False)
        return answer.headers["location"]

    return {
        "search": f"{base}/search?q={quote('人口')}",
        "dataset": address(DATASET),
        "report": f"{address(FAULTY)}/report",
    }


def _take(context: BrowserContext, address: str, target: Path) -> None:
    page = context.new_page()
    page.goto(address, wait_until="networkidle")
    height = min(LONGEST, page.evaluate("document.documentElement.scrollHeight"))
    page.set_viewport_size({"width": WIDTH, "height": max(HEIGHT, height)})
    page.screenshot(path=target)
    page.close()
    if target.stat().st_size > MOST_BYTES:
        raise ValueError(f"{target.name} has {target.stat().st_size} bytes, more than {MOST_BYTES}")


def main() -> None:
    """Take every picture in both languages."""
    FOLDER.mkdir(exist_ok=True)
    with demo() as base, sync_playwright() as player:
        pages = _pages(base)
        for language in ("ja", "en"):
            with tempfile.TemporaryDirectory() as profile:
                context = player.chromium.launch_persistent_context(
                    profile, executable_path=CHROMIUM, args=FLAGS, locale=language,
                    viewport={"width": WIDTH, "height": HEIGHT},
                )  # fmt: skip
                for name, address in pages.items():
                    _take(context, address, FOLDER / f"{name}-{language}.png")
                context.close()


if __name__ == "__main__":
    main()
