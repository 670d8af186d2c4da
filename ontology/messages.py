"""Text for people, always in Japanese and English together."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Message:
    """One sentence in both languages of the product.

    Attributes:
        ja: Japanese text.
        en: English text.
    """

    ja: str
    en: str

    def in_(self, language: str) -> str:
        """The text for a reader's language tag; anything that is not Japanese reads English."""
        return self.ja if language.lower().split("-")[0] == "ja" else self.en
