"""Texts of pages in Japanese and English, read from the gettext catalogues at start (no compiled files)."""

import io
import re
from collections.abc import Sequence
from datetime import date
from functools import cache, lru_cache
from pathlib import Path

from babel.dates import format_date
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import format_decimal
from babel.support import Translations

LANGUAGES = ("ja", "en")
LOCALES = Path(__file__).parent / "locales"


def catalogue(language: str) -> Catalog:
    """The gettext catalogue of one of `LANGUAGES`; keys are names such as `search.button`, not English sentences."""
    with (LOCALES / language / "messages.po").open("rb") as file:
        return read_po(file, locale=language)


class Texts:
    """Every text of the pages in one language.

    Attributes:
        language: "ja" or "en".
        number: a number as the language writes it.
        known: the text of a key, or None when there is none (property names of foreign vocabularies).
    """

    def __init__(self, language: str) -> None:
        self.language = language
        compiled = io.BytesIO()
        write_mo(compiled, catalogue(language))
        compiled.seek(0)
        self._translations = Translations(compiled)
        self.number = lru_cache(maxsize=4096)(self._number)
        self._long = lru_cache(maxsize=4096)(self._long_date)
        self.known = lru_cache(maxsize=4096)(self._known)

    def __call__(self, key: str, **values: object) -> str:
        """The text of a key with its `%(name)s` places filled; an unknown key comes back as it is."""
        text = self._translations.ugettext(key)
        return text % values if values else text

    def count(self, key: str, n: int) -> str:
        """The text of a key in the number of `n`, which stands in `%(n)s`."""
        return self._translations.ungettext(key, f"{key}.plural", n) % {"n": self.number(n)}

    def _known(self, key: str) -> str | None:
        text = self._translations.ugettext(key)
        return None if text == key else text

    def _number(self, n: float) -> str:
        return format_decimal(n, locale=self.language)

    def day(self, value: str) -> str:
        """An ISO 8601 date or time as a long date; anything else as given."""
        return self._long(value[:10]) or value  # kept by day: times of the same one need not be written anew

    def _long_date(self, value: str) -> str | None:
        match = re.match(r"(\d{4})-(\d\d)-(\d\d)", value)
        if not match:
            return None
        try:
            return format_date(date(*map(int, match.groups())), "long", locale=self.language)
        except ValueError:
            return None


@cache
def texts(language: str) -> Texts:
    """The texts of a language, read once."""
    return Texts(language)


def preferred(asked: str | None, kept: str | None, accept: str | None, default: str) -> str:
    """The language of a reader.

    Args:
        asked: value of `?lang=`.
        kept: value of the cookie that an earlier `?lang=` left.
        accept: Accept-Language header.
        default: when nothing of them names a language we have.
    """
    for choice in (asked, kept):
        if choice in LANGUAGES:
            return choice
    return next((tag for tag in _by_preference((accept or "")[:1000]) if tag in LANGUAGES), default)


@lru_cache(maxsize=256)
def _by_preference(header: str) -> Sequence[str]:
    ranked: list[tuple[float, str]] = []
    for part in header.split(","):
        tag, _, parameters = part.strip().partition(";")
        quality = re.fullmatch(r"\s*q\s*=\s*([01](?:\.\d{0,3})?)\s*", parameters)
        weight = float(quality[1]) if quality else 1.0
        if weight > 0:
            ranked.append((-weight, tag.split("-")[0].strip().lower()))
    return tuple(tag for _, tag in sorted(ranked, key=lambda pair: pair[0]))
