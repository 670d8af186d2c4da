"""Terms that real data holds and no SHACL engine takes, written so that it does, reversibly.

The quick engine refuses a whole text for one bad IRI or language tag. Only texts that it refused pass here. Each bad
character of an IRI becomes three characters of a private stretch of Unicode that RFC 3987 allows in IRIs, so prefixes
and lengths of paths stay comparable (sh:pattern, sh:in); a term beyond that becomes wholly of such characters.
"""

import re

from pyoxigraph import NamedNode

from ontology.lexical import given_language, mend_language

_STRETCH = 0xE1000  # ucschar of RFC 3987 begins plane 14 here; 256 characters of it stand for a byte each
_KEPT = "urn:renkei:kept:"
_TAG = "x-renkei-"

_TERM = re.compile(r'"(?:[^"\\\n]|\\.)*"(?:@(?P<tag>[^\s.]+))?|<(?P<iri>[^>\n]*)>')
_UCHAR = re.compile(r"\\u([0-9A-Fa-f]{4})|\\U([0-9A-Fa-f]{8})")
_BAD = re.compile(
    r"[^A-Za-z0-9._~:/?#\[\]@!$&'()*+,;=%\u00a0-\ud7ff\uf900-\ufdcf\ufdf0-\uffef\U00010000-\U000e0fff-]"
    r"|%(?![0-9A-Fa-f]{2})"
)
_ESCAPED = re.compile(f"[{chr(_STRETCH)}-{chr(_STRETCH + 255)}]{{3}}")
_TRIPLE_TERM = re.compile(r"^(?:<<|\S+ \S+ <<)")


def _escape_character(character: str) -> str:
    return "".join(chr(_STRETCH + byte) for byte in ord(character).to_bytes(3, "big"))


def _unescape_character(found: re.Match[str]) -> str:
    return chr(int.from_bytes(bytes(ord(c) - _STRETCH for c in found[0]), "big"))


def escape_iri(iri: str) -> str:
    """An IRI that every parser takes; the same IRI if it was one already."""
    escaped = _BAD.sub(lambda found: "".join(map(_escape_character, found[0])), iri)
    try:
        return NamedNode(escaped).value
    except ValueError:  # no scheme, an unclosed bracket in the host, a port that is no number
        return _KEPT + "".join(map(_escape_character, iri))


def unescape_iri(iri: str) -> str:
    """What `escape_iri` was given."""
    return _ESCAPED.sub(_unescape_character, iri.removeprefix(_KEPT) if iri.startswith(_KEPT) else iri)


def _escape_term(found: re.Match[str]) -> str:
    if found["iri"] is not None:
        given = _UCHAR.sub(lambda code: chr(int(code[1] or code[2], 16)), found["iri"])
        return f"<{escape_iri(given)}>"
    if found["tag"] is not None and (tag := mend_language(found["tag"])) != found["tag"]:
        return found[0][: -len(found["tag"])] + tag
    return found[0]


def escape(text: str) -> str:
    """N-Triples text that every engine takes; triple terms (RDF 1.2), unknown to SHACL 1.0, are left out."""
    lines = (line for line in text.split("\n") if "<<" not in line or not _TRIPLE_TERM.match(line))
    return "\n".join(_TERM.sub(_escape_term, line) for line in lines)


def unescape(term: str) -> str:
    """Bring the N-Triples text of a term back to what was given to `escape`, bad IRIs written raw."""
    if term.startswith("<"):
        return f"<{unescape_iri(term[1:-1])}>"
    body, mark, tag = term.rpartition(f"@{_TAG}")
    return f"{body}@{given_language(_TAG + tag)}" if mark and body.endswith('"') else term
