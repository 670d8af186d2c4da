"""The pages in a real browser: readable by everyone, nothing fetched from elsewhere, nothing foreign ever executed."""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import BrowserContext, Page, sync_playwright

from api.serve import free_port

pytestmark = pytest.mark.browser
TOKEN = "operator-token-of-the-tests"
FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
PAYLOADS = (
    "<script>CANARY</script>", "<img src=x onerror=CANARY>", "\"><svg onload=CANARY>",
    "' onfocus='CANARY' autofocus='",
    "<iframe srcdoc='<script>CANARY</script>'>", "</title><script>CANARY</script>", "<a href='javascript:CANARY'>x</a>",
    "{{constructor.constructor('CANARY')()}}", "${CANARY}",
    "<!--<script>CANARY</script>-->", "]]><script>CANARY</script>",
    "<math><mtext></p><img src=x onerror=CANARY>", "<style>@import 'javascript:CANARY'</style>", "&lt;script&gt;CANARY",
    "<object data='javascript:CANARY'>", "<body onload=CANARY>", "<details open ontoggle=CANARY>",
    "\u202e<script>CANARY",
    "<input autofocus onfocus=CANARY>", "<meta http-equiv=refresh content='0;url=javascript:CANARY'>",
)  # fmt: skip
SCHEMES = (
    "javascript:CANARY",
    "JaVaScRiPt:CANARY",
    "data:text/html,%3Cscript%3ECANARY%3C/script%3E",
    "vbscript:CANARY",
)
CANARY = "window.canary=1"


@dataclass(frozen=True)
class Site:
    base: str

    def publish(self, name: str, turtle: str) -> None:
        answer = httpx.put(
            f"{self.base}/catalogs/{name}", content=turtle, trust_env=False, timeout=60,
            headers={"authorization": f"Bearer {TOKEN}", "content-type": "text/turtle"},
        )  # fmt: skip
        assert answer.status_code in (200, 201), answer.text
        assert answer.json()["refused"] == 0, answer.text

    def addresses(self, **query: str) -> list[str]:
        found = httpx.get(f"{self.base}/search", params={"size": "100", **query}, trust_env=False, timeout=60).json()
        return [item["address"].removeprefix(self.base) for item in found["items"]]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder, port = tmp_path_factory.mktemp("site"), free_port("127.0.0.1")
    environment = {**os.environ, "RENKEI_DATA": str(folder / "data"), "RENKEI_PORT": str(port),
                   "RENKEI_OPERATOR_TOKEN": TOKEN, "RENKEI_LOG_LEVEL": "error"}  # fmt: skip
    process = subprocess.Popen([Path(sys.executable).parent / "renkei", "serve", "--demo"], env=environment, cwd=folder)
    base = f"http://127.0.0.1:{port}"
    try:
        _wait(base)
        yield Site(base)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(30)


def _wait(base: str) -> None:
    for _ in range(300):
        try:
            if httpx.get(f"{base}/health/ready", trust_env=False).status_code == 200:
                return
        except httpx.TransportError:
            time.sleep(0.2)
    raise AssertionError("the server does not answer")


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BrowserContext]:
    chromium = shutil.which("chromium")
    if chromium is None:
        if os.environ.get("CI") == "true":
            pytest.fail("chromium is missing")
        pytest.skip("wants chromium")
    with sync_playwright() as playwright:
        context = playwright.chromium.launch_persistent_context(
            tmp_path_factory.mktemp("profile"), executable_path=chromium, headless=True, args=FLAGS
        )
        yield context
        context.close()


@pytest.fixture
def page(browser: BrowserContext, site: Site) -> Iterator[Page]:
    page, outside = browser.new_page(), []
    page.on(
        "request",
        lambda request: outside.append(request.url) if not request.url.startswith((site.base, "data:")) else None,
    )
    page.route(lambda url: not url.startswith((site.base, "data:")), lambda route: route.abort())
    yield page
    page.close()
    assert outside == []


PAGES = ("/", "/search", "/search?q=%E4%BA%BA%E5%8F%A3", "/search?q=nothingatallmatches", "/catalogs", "/catalogs/aoba",
         "/sparql", "/docs", "/ns", "/problems", "/problems/unexpected", "/no-such-page")  # fmt: skip


def _violations(page: Page) -> list[str]:
    found = Axe().run(page, options=RULES).response["violations"]
    return [f"{one['id']}: {one['nodes'][0]['html'][:200]}" for one in found]


@pytest.mark.parametrize("language", ["ja", "en"])
@pytest.mark.parametrize("path", PAGES)
def test_every_page_is_accessible_and_asks_nobody_else(page: Page, site: Site, path: str, language: str) -> None:
    page.goto(f"{site.base}{path}{'&' if '?' in path else '?'}lang={language}", wait_until="networkidle")
    assert page.evaluate("document.documentElement.lang") == language
    assert _violations(page) == []


@pytest.mark.parametrize("language", ["ja", "en"])
@pytest.mark.parametrize("kind", ["Dataset", "DataService", "DatasetSeries"])
def test_every_kind_of_resource_is_accessible_with_report_and_history(
    page: Page, site: Site, kind: str, language: str
) -> None:
    address = site.addresses(kind=kind)[0]
    for path in (
        address,
        f"{address}/report",
        f"{address}/revisions",
        f"{address}/revisions/1",
        f"{address}/revisions/1..1",
    ):
        page.goto(f"{site.base}{path}?lang={language}")
        assert (path, _violations(page)) == (path, [])


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_pages_fit_a_narrow_screen_in_both_colour_schemes(page: Page, site: Site, scheme: str) -> None:
    page.set_viewport_size({"width": 320, "height": 700})
    page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    for path in ("/", "/search?q=%E4%BA%BA%E5%8F%A3", "/catalogs/aoba", site.addresses(kind="Dataset")[0]):
        page.goto(site.base + path)
        assert (path, page.evaluate("document.documentElement.scrollWidth")) == (path, 320)
        assert (path, _violations(page)) == (path, [])


def test_pages_work_without_javascript(page: Page, site: Site) -> None:
    page.route("**/*.js*", lambda route: route.abort())
    page.goto(f"{site.base}/?lang=ja")
    page.fill("#q", "人口")
    page.click(".searchbar .button")
    page.click(".hits h2 a")
    assert page.url.startswith(f"{site.base}/")
    assert page.locator("h1").inner_text() != ""


def test_completion_offers_what_was_begun(page: Page, site: Site) -> None:
    page.goto(f"{site.base}/?lang=ja")
    page.locator("#q").press_sequentially("人口", delay=30)
    page.wait_for_selector("#suggestions li")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.wait_for_url("**/search?**")


TEXT, LINK = '"{}"', "<{}>"
CONTEXTS = {
    "title": (TEXT, "dct:title {}@en"),
    "title in any language": (TEXT, "dct:title {}"),
    "description": (TEXT, 'dct:title "x" ; dct:description {}@ja'),
    "keyword": (TEXT, 'dct:title "x" ; dcat:keyword {}'),
    "identifier": (TEXT, 'dct:title "x" ; dct:identifier {}'),
    "day": (TEXT, 'dct:title "x" ; dct:issued {}^^xsd:date'),
    "address as text": (TEXT, 'dct:title "x" ; dcat:landingPage {}^^xsd:anyURI'),
    "datatype": (LINK, 'dct:title "x" ; dct:identifier "1"^^{}'),
    "publisher": (TEXT, 'dct:title "x" ; dct:publisher [ a foaf:Agent ; foaf:name {} ]'),
    "contact": (TEXT, 'dct:title "x" ; dcat:contactPoint [ vcard:fn {} ; vcard:hasEmail {} ]'),
    "theme": (LINK, 'dct:title "x" ; dcat:theme {}'),
    "license": (LINK, 'dct:title "x" ; dct:license {}'),
    "landing page": (LINK, 'dct:title "x" ; dcat:landingPage {}'),
    "property": (LINK, 'dct:title "x" ; {} "y"'),
    "class": (LINK, 'dct:title "x" ; a {}'),
    "title of a distribution": (TEXT, 'dct:title "x" ; dcat:distribution [ dct:title {} ; dct:format {} ]'),
    "download": (LINK, 'dct:title "x" ; dcat:distribution [ dcat:downloadURL {} ; dcat:accessURL {} ]'),
    "download as text": (TEXT, 'dct:title "x" ; dcat:distribution [ dcat:downloadURL {} ; dct:title "y" ]'),
}
HEAD = """@prefix dcat: <http://www.w3.org/ns/dcat#> . @prefix dct: <http://purl.org/dc/terms/> .
@prefix foaf: <http://xmlns.com/foaf/0.1/> . @prefix vcard: <http://www.w3.org/2006/vcard/ns#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
"""


def _hostile() -> dict[str, str]:
    """Every payload in every place it fits, by a name; those of addresses are schemes besides, encoded for IRIs."""
    found = {}
    for place, (form, statement) in CONTEXTS.items():
        for number, payload in enumerate((*PAYLOADS, *SCHEMES)):
            text = payload.replace("CANARY", CANARY)
            if form is LINK:
                text = text if payload in SCHEMES else "https://evil.example/" + text
                text = "".join(f"\\u{ord(one):04X}" if one in '<>"{}|^`\\ ' else one for one in text)
            else:
                text = text.replace("\\", "\\\\").replace('"', '\\"')
            term = form.format(text)
            name = f"{place} {number}".replace(" ", "-")
            found[name] = f"<https://evil.example/{name}> a dcat:Dataset ; {statement.replace('{}', term)} ."
    return found


def test_p20_nothing_that_a_publisher_writes_is_executed(page: Page, site: Site) -> None:
    payloads = _hostile()
    assert len(payloads) >= 200
    site.publish("evil", HEAD + "\n".join(payloads.values()))
    addresses = [each for at in range(1, 9) for each in site.addresses(catalog="evil", kind="Dataset", page=str(at))]
    assert len(set(addresses)) == len(payloads)
    reports = [f"{each}/report" for each in addresses[::20]]
    for path in ("/", "/catalogs/evil", "/search?catalog=evil&size=100", *addresses, *reports):
        page.goto(f"{site.base}{path}", wait_until="domcontentloaded")
        assert (path, page.evaluate("window.canary")) == (path, None)
        hrefs = page.eval_on_selector_all(
            "[href],[src],[action]", "all => all.map(e => e.getAttribute('href') || e.src || '')"
        )
        assert [href for href in hrefs if href.lower().startswith(("javascript:", "data:", "vbscript:"))] == []


def test_p20_what_a_reader_types_is_not_executed_either(page: Page, site: Site) -> None:
    for payload in PAYLOADS:
        for path in ("/search", "/nope"):
            page.goto(str(httpx.URL(site.base + path, params={"q": payload.replace("CANARY", CANARY)})))
            assert page.evaluate("window.canary") is None
