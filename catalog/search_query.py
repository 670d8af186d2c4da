"""What people type into the search box, read as clauses.

    人口 統計        both words          "人口統計"       side by side
    人口 OR 世帯     one of them         -速報            not this
    統計*            words that go on    title:人口       only in the title (also keyword, publisher, theme, id)

There are no errors: what is not syntax is text, what is too long is cut.
"""

import re
import unicodedata
from collections.abc import Iterator
from types import MappingProxyType
from typing import Final, Literal

from stores.fulltext.port import Clause, Either, Every, Text, Without, Zone

QUERY_CHARACTERS: Final = 1_000
CLAUSES: Final = 32

_FIELDS: Final = MappingProxyType[str, Zone | Literal["id"]](
    {
        "title": "title",
        "keyword": "keyword",
        "publisher": "publisher",
        "theme": "theme",
        "description": "description",
        "id": "id",
        "タイトル": "title",
        "題名": "title",
        "キーワード": "keyword",
        "提供者": "publisher",
        "分野": "theme",
        "説明": "description",
    }
)
# A word ends at white space or a quotation mark. No part can be matched in two ways: time is linear.
_TOKEN: Final = re.compile(
    r"(?P<minus>-)?"
    rf"(?:(?P<field>{'|'.join(_FIELDS)}):)?"
    r"(?:\"(?P<phrase>[^\"]*)(?:\"|\Z)(?P<more>\*)?|(?P<word>[^\s\"]+))",
    re.IGNORECASE,
)
_QUOTES: Final = str.maketrans({"“": '"', "”": '"', "„": '"', "«": '"', "»": '"', "〝": '"', "〟": '"'})


def clause_of(typed: str) -> Clause | None:
    """The meaning of a search text; None if it is empty."""
    # Unpaired surrogates come from broken clients; no text of a catalog holds them.
    text = typed[:QUERY_CHARACTERS].encode("utf-8", "ignore").decode()
    text = unicodedata.normalize("NFKC", text.translate(_QUOTES))[:QUERY_CHARACTERS]
    groups: list[list[Clause]] = []
    alternative = False
    for part in _parts(text):
        if part == "OR":
            alternative = bool(groups)
        elif alternative:
            groups[-1].append(part)
            alternative = False
        else:
            groups.append([part])
    clauses = tuple(group[0] if len(group) == 1 else Either(tuple(group)) for group in groups)
    return clauses[0] if len(clauses) == 1 else Every(clauses) if clauses else None


def _parts(text: str) -> Iterator[Clause | Literal["OR"]]:
    left = CLAUSES
    for found in _TOKEN.finditer(text):
        word = found["word"]
        if word in {"OR", "|", "||"} and not found["field"] and not found["minus"]:
            yield "OR"
            continue
        if word in {"AND", "&", "&&", "+", "-"}:
            continue
        clause = _clause(found)
        if clause is None:
            continue
        yield clause
        left -= 1
        if not left:
            return


def _clause(found: re.Match[str]) -> Clause | None:
    phrase = found["phrase"]
    exact = phrase is not None
    text = phrase if exact else found["word"].removeprefix("+")
    prefix = bool(found["more"]) if exact else text.endswith("*")
    text = text.rstrip("*").strip()
    if not text:
        return None
    zone = _FIELDS[found["field"].lower()] if found["field"] else None
    clause = Text(text, exact=exact, zone=zone, prefix=prefix)
    return Without(clause) if found["minus"] else clause
