"""The whole application on real stores in a folder of its own."""

import functools
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import httpx
import pytest

from api.app import create_app
from api.settings import Settings

TOKEN = "operator-token-of-the-tests"
BASE = "http://127.0.0.1:8000"
WRITER = {"authorization": f"Bearer {TOKEN}", "content-type": "text/turtle"}
PREFIXES = """@prefix dcat: <http://www.w3.org/ns/dcat#> . @prefix dct: <http://purl.org/dc/terms/> .
@prefix foaf: <http://xmlns.com/foaf/0.1/> . @prefix ex: <https://data.example/> .
"""
CENSUS = (
    PREFIXES
    + """ex:census a dcat:Dataset ; dct:title "人口統計"@ja, "Population statistics"@en ;
  dct:description "町丁目ごとの人口。"@ja, "Population by block."@en ; dct:publisher ex:city ; dcat:keyword "人口"@ja ;
  dcat:distribution [ a dcat:Distribution ; dcat:accessURL <https://data.example/census.csv> ; dct:title "CSV" ] .
"""
)
CATALOG = (
    PREFIXES
    + """ex:catalog a dcat:Catalog ; dct:title "みなと市"@ja, "Minato"@en ; dct:description "みなと市のデータ"@ja ;
  dct:publisher ex:city ; dcat:dataset ex:census, ex:air ; dcat:service ex:api .
ex:city a foaf:Organization ; foaf:name "みなと市"@ja, "Minato City"@en .
ex:air a dcat:Dataset ; dct:title "大気測定"@ja ; dct:description "PM2.5 の測定値。"@ja ; dct:issued "no date" .
ex:api a dcat:DataService ; dct:title "統計 API"@ja ; dcat:endpointURL <https://api.example/> .
"""
    + CENSUS.removeprefix(PREFIXES)
)


def settings_in(folder: Path, **given: object) -> Settings:
    """Settings of a deployment in a folder, whatever the environment says."""
    values = {"data": folder / "data", "operator_token": TOKEN, "log_level": "error", "base_iri": BASE, **given}
    return Settings.model_validate(values)


@pytest.fixture
async def client(tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    """Speaks to a fresh application without a server between."""
    app = create_app(settings_in(tmp_path, json_bytes=100_000, description_bytes=200_000))
    transport = httpx.ASGITransport(app)
    async with app.router.lifespan_context(app), httpx.AsyncClient(transport=transport, base_url=BASE) as client:
        yield client


@pytest.fixture
async def census(client: httpx.AsyncClient) -> str:
    """The address of one registered dataset."""
    await client.post("/catalogs", json={"id": "demo"}, headers={"authorization": WRITER["authorization"]})
    answer = await client.post("/catalogs/demo/datasets", content=CENSUS, headers=WRITER)
    assert answer.status_code == 201, answer.text
    return answer.headers["location"]


@pytest.fixture
def settings(tmp_path: Path) -> Callable[..., Settings]:
    """Makes settings of a deployment in the test's folder."""
    return functools.partial(settings_in, tmp_path)


@pytest.fixture
def writer() -> dict[str, str]:
    """Headers of the operator who sends Turtle."""
    return dict(WRITER)


@pytest.fixture
def census_turtle() -> str:
    return CENSUS


@pytest.fixture
def catalog_turtle() -> str:
    return CATALOG
