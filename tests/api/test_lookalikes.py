"""P33: an address that the eye takes for another is marked; honest ones in any script are not."""

import httpx
import pytest

from api.lookalikes import suspicious

pytestmark = pytest.mark.anyio
LOOK_ALIKES = (
    "https://\u0430pple.com/", "https://\u0430\u0440\u0440\u04cf\u0435.com/", "https://xn--pple-43d.com/",
    "https://g\u03bfogle.com/", "https://\uff41pple.com/", "https://\U0001d41apple.com/", "https://p\u0430ypal.com/",
    "https://micros\u043eft.com/", "https://\u0455tat.go.jp/", "https://city.minat\u03bf.jp/",
    "https://data\u200b.go.jp/", "https://data\u200d.go.jp/", "https://da\u00adta.go.jp/", "https://\u202edata.go.jp/",
    "https://data.go.jp/\u202efdp.exe", "https://data.go.jp/\u2066x", "https://data.go.jp/\ufeffa",
    "https://data.go.jp/p\u0430ypal", "https://data.go.jp/%D0%B0pple", "https://data.go.jp/?id=\u0430dmin",
    "https://data.go.jp/#m\u0430in", "https://e\u0441ounty.jp/", "https://\u0410pple.com/", "https://\u0392ank.jp/",
    "https://ban\u03ba.jp/", "https://\u13a0data.jp/", "https://\u0578ews.com/", "https://\u0261oogle.com/",
    "https://\u212adata.jp/", "urn:city:\u0440aris", "https://exa\u2060mple.com/",
)  # fmt: skip
HONEST = (
    "https://apple.com/", "https://\u4f8b\u3048.jp/", "https://xn--r8jz45g.jp/", "https://data.go.jp/\u4eba\u53e3data",
    "https://data.go.jp/%E4%BA%BA%E5%8F%A3data", "https://m\u00fcnchen.de/",
    "https://\u043f\u0440\u0438\u043c\u0435\u0440.\u0440\u0444/",
    "https://data.go.jp/\u0434\u0430\u043d\u043d\u044b\u0435", "urn:uuid:0",
)  # fmt: skip


def test_p33_thirty_look_alikes_are_told_from_honest_addresses() -> None:
    assert len(LOOK_ALIKES) >= 30
    assert [iri for iri in LOOK_ALIKES if not suspicious(iri)] == []
    assert [iri for iri in HONEST if suspicious(iri)] == []


async def test_p33_a_page_marks_a_look_alike_and_isolates_its_text(
    client: httpx.AsyncClient, census: str, census_turtle: str, writer: dict[str, str]
) -> None:
    alike = census_turtle.replace("ex:city", "<https://\u0430pple.com/>").replace(
        "Population stat", "\u202ePopulation stat"
    )
    await client.put(census, content=alike.encode(), headers=writer)
    page = (await client.get(census, headers={"accept": "text/html", "accept-language": "en"})).text
    assert page.count("letters of look-alike scripts") == 1
    assert "<bdi>https://\u0430pple.com/</bdi>" in page
