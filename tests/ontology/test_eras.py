"""Years of Japanese eras."""

import re

import pytest

from ontology.eras import ERA_YEAR, western_year


@pytest.mark.parametrize(
    ("written", "year"),
    [
        ("令和元", 2019),
        ("令和1", 2019),
        ("平成31", 2019),
        ("平成30", 2018),
        ("平成三十", 2018),
        ("昭和六十四", 1989),
        ("大正十二", 1923),
        ("明治45", 1912),
        ("二〇一九", 2019),
        ("H24", 2012),
        ("令1", 2019),
    ],
)
def test_era_years_are_read_as_western_years(written: str, year: int) -> None:
    assert western_year(written) == year


@pytest.mark.parametrize("written", ["平成32", "昭和65", "令和0", "平成", "X12", "平成二百", ""])
def test_years_that_never_were_are_no_years(written: str) -> None:
    assert western_year(written) is None


def test_the_pattern_finds_years_inside_running_text() -> None:
    text = "が昭和41年から、平成31・令和元年、令1.6.30発行、平成三十年度"
    assert re.findall(ERA_YEAR, text) == ["昭和41", "平成31", "令和元", "令1", "平成三十"]
