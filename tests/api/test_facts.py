"""Properties and distributions as HTML."""

import re

import pytest
from markupsafe import escape

from api.facts import Facts, safe
from api.i18n import texts
from api.views import Distribution, Property, Text, Value

HOSTILE = "<b onclick='x'>\"&amp;"


def _distribution(**given: object) -> Distribution:
    nothing = {"title": None, "description": None, "format": "", "download": None, "access": None, "properties": ()}
    return Distribution(**{**nothing, **given})  # type: ignore[arg-type]


@pytest.mark.parametrize("start", range(0, 0x3000, 0x400))
def test_every_character_is_escaped_as_templates_do(start: int) -> None:
    text = "".join(map(chr, range(start, start + 0x400)))
    assert safe(text) == str(escape(text))


def test_nothing_of_a_description_becomes_markup() -> None:
    value = Value(HOSTILE, HOSTILE, HOSTILE, HOSTILE, HOSTILE)
    nested = value._replace(href=None, properties=(Property(HOSTILE, HOSTILE, (value,)),))
    facts = (Property(HOSTILE, HOSTILE, (value, nested, nested._replace(datatype="xsd:date"))),)
    item = _distribution(title=Text(HOSTILE, HOSTILE), description=Text(HOSTILE, HOSTILE), format=HOSTILE,
                         download=value, access=value._replace(href=None), properties=facts)  # fmt: skip
    page = Facts(texts("en")).distribution(item)
    assert re.findall("<(?!/?(?:article|div|h3|bdi|span|a|p|code|details|summary|dl|dt|dd|time)[ >])", page) == []
    assert ("onclick='" in page, page.count("onclick=&#39;") > 10) == (False, True)


def test_all_that_a_description_says_of_a_distribution_is_isolated() -> None:
    link, turned = Value("\u202ex"), Text("\u202ex")
    full = _distribution(title=turned, description=turned, format="\u202ex", download=link)
    pages = Facts(texts("en")).distribution(full) + Facts(texts("en")).distribution(_distribution(format="\u202ex"))
    assert re.findall("(<[^>]*>)\u202ex(<[^>]*>)", pages) == [("<bdi>", "</bdi>")] * 5


@pytest.mark.parametrize(("tag", "told"), [("ja", False), ("", False), ("ja-Hira", False), ("en", True), ("fr", True)])
def test_the_language_of_a_text_is_told_where_it_is_not_the_readers(tag: str, told: bool) -> None:
    page = Facts(texts("ja")).facts((Property("p", "p", (Value("x", tag),)),))
    assert ('class="tag-language"' in page, f'lang="{tag}"' in page) == (told, bool(tag))


def test_one_address_of_a_distribution_makes_one_button() -> None:
    link = Value("x", href="https://a.example/", iri="https://a.example/")
    page = Facts(texts("en")).distribution(_distribution(download=link, access=link))
    assert page.count('href="https://a.example/"') == 1
