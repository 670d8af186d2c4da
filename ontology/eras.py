"""Years as Japan writes them: era names, 元年, shorthand letters and kanji numerals, read as Western years."""

import re
from types import MappingProxyType
from typing import Final

# First Western year and last year number of each era (令和 runs on; 40 bounds typing errors).
_ERAS: Final = MappingProxyType(
    {
        "明治": (1868, 45),
        "大正": (1912, 15),
        "昭和": (1926, 64),
        "平成": (1989, 31),
        "令和": (2019, 40),
    }
)
_SHORT: Final = MappingProxyType(
    {
        "明": "明治",
        "大": "大正",
        "昭": "昭和",
        "平": "平成",
        "令": "令和",
        "m": "明治",
        "t": "大正",
        "s": "昭和",
        "h": "平成",
        "r": "令和",
    }
)
_DIGITS: Final = MappingProxyType({c: i for i, c in enumerate("〇一二三四五六七八九")})

ERA_YEAR: Final = (
    r"(?:明治|大正|昭和|平成|令和)\s?(?:元(?=年|\W|_|$)|[0-9]{1,2}(?![0-9])|[一二三四五六七八九十]{1,4}(?=年))"
    r"|(?:[明大昭平令](?:元|[0-9]{1,2})(?=[.年][0-9]))"
    r"|(?<![A-Za-z0-9])[MTSHRmtshr]元(?=年)"
    r"|[一二][〇一二三四五六七八九]{3}(?=年)"
)
"""Pattern of a year not written in four Western digits, in text folded by NFKC; 年 itself is not part of it."""

_PARTS: Final = re.compile(
    r"(明治|大正|昭和|平成|令和|[明大昭平令mthsrMTHSR])\s?(元|[0-9]{1,2}|[一二三四五六七八九十]+)"
)


def western_year(text: str) -> int | None:
    """The Western year of an expression such as 令和元, 平成31, 平成三十, H24 or 二〇一九; None if it names none.

    Years beyond an era's end are refused, except that an era's last year and the next one's first are the same year.
    """
    if len(text) == 4 and all(c in _DIGITS for c in text):
        return int("".join(str(_DIGITS[c]) for c in text))
    parts = _PARTS.fullmatch(text.strip())
    if parts is None:
        return None
    era = parts[1] if len(parts[1]) == 2 else _SHORT[parts[1].lower()]
    first, last = _ERAS[era]
    number = _number(parts[2])
    return first + number - 1 if 1 <= number <= last else None


def _number(text: str) -> int:
    """元, Arabic digits, or a kanji numeral below one hundred (三十一, 十二, 二)."""
    if text == "元":
        return 1
    if text.isdecimal():
        return int(text)
    tens, ten, ones = text.rpartition("十")
    if not ten:
        return _DIGITS.get(text, 0) if len(text) == 1 else 0
    return 10 * (_DIGITS.get(tens, 0) if tens else 1) + (_DIGITS.get(ones, 0) if ones else 0)
