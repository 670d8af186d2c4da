"""Names that are made to be taken for others (P33): letters of scripts that look alike, mixed within one name."""

import re
from urllib.parse import unquote, urlsplit

# Of these scripts letters look like Latin ones; Japanese, Chinese and Korean are mixed with Latin in honest names.
_LATIN = "A-Za-z\u00c0-\u024f\u1e00-\u1eff"
_ALIKE = (
    "\u0370-\u03ff\u0400-\u052f\u0530-\u058f\u13a0-\u13ff\u1c80-\u1c8f\u1f00-\u1fff"
    "\u2c80-\u2cff\ua640-\ua69f\uab30-\uabbf"
)
# Latin letters in disguise: full width, mathematical, small capitals, dotless and the like.
_DISGUISED = "\u0250-\u02af\u1d00-\u1dbf\u2100-\u214f\ua720-\ua7ff\uff21-\uff3a\uff41-\uff5a\U0001d400-\U0001d7ff"
_UNSEEN = re.compile(r"[\u00ad\u061c\u115f\u1160\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufeff\uffa0]")
_MIXED = re.compile(f"[{_LATIN}][^\\W\\d_]*[{_ALIKE}{_DISGUISED}]|[{_ALIKE}{_DISGUISED}][^\\W\\d_]*[{_LATIN}]")
_LETTER = re.compile(f"[{_LATIN}]")
_FOREIGN = re.compile(f"[{_ALIKE}{_DISGUISED}]")


def suspicious(iri: str) -> bool:
    """Whether the host of an address, or a word of its path, may be taken for another by the eye."""
    if iri.isascii() and "%" not in iri and "xn--" not in iri:
        return False
    try:
        parts = urlsplit(iri)
        host = _spoken(parts.netloc)
    except ValueError:
        return True
    rest = unquote(parts.path + parts.query + parts.fragment)
    # "аррӏе.com" is all Cyrillic but for its end, so a host counts as one word; "пример.рф" is honest.
    return bool(_UNSEEN.search(host + rest) or (_FOREIGN.search(host) and _LETTER.search(host)) or _MIXED.search(rest))


def _spoken(host: str) -> str:
    """A host as browsers show it, xn-- undone."""
    try:
        return unquote(host).encode().decode("idna") if "xn--" in host else unquote(host)
    except UnicodeError:
        return host
