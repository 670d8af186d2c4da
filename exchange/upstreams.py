"""What describes a source: its kind, where it is, what opens it; read from JSON, checked, and told from others."""

import hashlib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Final
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

from catalog.sparql_errors import SparqlError
from catalog.sparql_scan import scan
from exchange.release_errors import SourceInvalid
from exchange.stored_objects import s3_url
from ontology.messages import Message

_NOTHING: Final[Mapping[str, str]] = MappingProxyType({})
_NAME: Final = r"[A-Za-z0-9!#$&^_.+-]+"
MEDIA_TYPE: Final = re.compile(rf'{_NAME}/{_NAME}(?: ?; ?{_NAME}=(?:{_NAME}|"[A-Za-z0-9._-]+"))*')
_DEFAULT_PORTS: Final = {"http": 80, "https": 443}
_LONGEST: Final = 4096
# By scheme of authentication, what it takes: a header of its own, Basic, Bearer, or a parameter of the query.
_SCHEMES: Final[Mapping[str, frozenset[str]]] = MappingProxyType(
    {
        "header": frozenset(("name", "value")),
        "basic": frozenset(("user", "password")),
        "bearer": frozenset(("token",)),
        "query": frozenset(("name", "value")),
    }
)
_HOP = frozenset(("host", "connection", "content-length", "transfer-encoding", "range", "te", "upgrade"))


@dataclass(frozen=True, slots=True)
class Upstream:
    """A source as its provider describes it.

    Attributes:
        kind: file, http, s3 or sparql.
        place: what finds the bytes: sha256 and size_bytes; url; endpoint, region, bucket and key; query.
        credentials: what opens it, with `scheme` for HTTP.
    """

    kind: str
    place: Mapping[str, Any]
    credentials: Mapping[str, str] = field(default_factory=dict)
    media_type: str | None = None


def upstream_of(given: Mapping[str, Any]) -> Upstream:
    """An upstream from JSON: `kind`, the members of its place, `credentials`, `mediaType`.

    Raises:
        SourceInvalid: names the member.
    """
    kind = str(given.get("kind"))
    if kind not in _READERS:
        raise _invalid("kind", f"{', '.join(_READERS)} のいずれかです。", f"It is one of {', '.join(_READERS)}.")
    known = {"kind", "credentials", "mediaType", *_MEMBERS[kind]}
    for name in given:
        if name not in known:
            listed = ", ".join(sorted(known))
            raise _invalid(name[:100], f"使えるのは {listed} です。", f"What can stand here: {listed}.")
    place = _READERS[kind](given)
    media_type = checked_media_type(_text(given, "mediaType") if given.get("mediaType") is not None else None)
    if kind == "file":
        return Upstream(kind, place, {"receipt": _text(given, "receipt")} if "receipt" in given else {}, media_type)
    return Upstream(kind, place, _credentials(kind, given.get("credentials")), media_type)


def checked_media_type(given: str | None) -> str | None:
    """A media type that can stand in a header; raises SourceInvalid for any other (P16)."""
    if given is None or (len(given) <= 128 and MEDIA_TYPE.fullmatch(given)):
        return given
    raise _invalid("mediaType", "text/csv のように書いてください。", "Write it like text/csv.")


def fingerprint_of(kind: str, place: Mapping[str, Any]) -> str:
    """SHA-256 that the same content, or the same address however it is spelt, has in common."""
    if kind == "file":
        return str(place["sha256"])
    if kind == "http":
        said = canonical_url(place["url"])
    elif kind == "s3":
        said = canonical_url(s3_url(place))
    else:
        said = "sparql " + " ".join(str(place["query"]).split())
    return hashlib.sha256(said.encode()).hexdigest()


def canonical_url(url: str) -> str:
    """One spelling of an address: host in lower case, no default port, no fragment, the query in order."""
    parts = urlsplit(url)
    port = f":{parts.port}" if parts.port and parts.port != _DEFAULT_PORTS.get(parts.scheme.lower()) else ""
    path = quote(parts.path or "/", safe="/%:@!$&'()*+,;=~-._")
    query = urlencode(sorted(parse_qsl(parts.query, keep_blank_values=True)))
    # https and http of one host give the same bytes: who guards one guards the other.
    return f"//{(parts.hostname or '').lower()}{port}{path}{'?' + query if query else ''}"


def _file(given: Mapping[str, Any]) -> dict[str, Any]:
    sha256 = _text(given, "sha256", most=64)
    size = given.get("size_bytes")
    if len(sha256) != 64 or set(sha256) - set("0123456789abcdef"):
        raise _invalid(
            "sha256", "16進64桁です。先にファイルを登録してください。", "64 hexadecimal digits of a file held here."
        )
    if size is not None and (not isinstance(size, int) or isinstance(size, bool) or size < 0):
        raise _invalid("size_bytes", "0以上の整数です。", "A whole number, not below zero.")
    return {"sha256": sha256} | ({} if size is None else {"size_bytes": size})


def _http(given: Mapping[str, Any]) -> dict[str, Any]:
    return {"url": _url(given, "url")}


def _s3(given: Mapping[str, Any]) -> dict[str, Any]:
    place = {name: _text(given, name) for name in ("bucket", "key")}
    if "/" in place["bucket"]:
        raise _invalid("bucket", "バケット名に / は使えません。", "The name of a bucket has no slash.")
    region = _text(given, "region") if "region" in given else "us-east-1"
    return {"endpoint": _url(given, "endpoint"), "region": region, **place}


def _sparql(given: Mapping[str, Any]) -> dict[str, Any]:
    query = _text(given, "query", most=16_000)
    try:
        form = scan(query).form
    except SparqlError:
        form = None
    if form != "CONSTRUCT":
        raise _invalid("query", "CONSTRUCT の問い合わせを書いてください。", "Write a query that begins with CONSTRUCT.")
    return {"query": query}


_READERS: Final[Mapping[str, Callable[[Mapping[str, Any]], dict[str, Any]]]] = MappingProxyType(
    {"file": _file, "http": _http, "s3": _s3, "sparql": _sparql}
)
_MEMBERS: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "file": ("sha256", "size_bytes", "receipt"),
        "http": ("url",),
        "s3": ("endpoint", "region", "bucket", "key"),
        "sparql": ("query",),
    }
)


def _credentials(kind: str, given: Any) -> Mapping[str, str]:
    if given is None:
        return _NOTHING
    if not isinstance(given, dict) or not all(isinstance(value, str) for value in given.values()):
        raise _invalid("credentials", "文字列だけのオブジェクトです。", "An object of texts is needed.")
    if kind == "s3":
        needed, allowed = {"accessKey", "secretKey"}, {"accessKey", "secretKey", "sessionToken"}
    elif kind == "http" and given.get("scheme") in _SCHEMES:
        needed = allowed = {"scheme", *_SCHEMES[given["scheme"]]}
    else:
        schemes = ", ".join(_SCHEMES)
        raise _invalid(
            "credentials.scheme",
            f"{schemes} のいずれかです。",
            f"It is one of {schemes}; http and s3 take credentials.",
        )
    if not needed <= given.keys() <= allowed or any(_broken(value) for value in given.values()):
        listed = ", ".join(sorted(allowed))
        raise _invalid("credentials", f"必要なのは {listed} です。", f"It has {listed}, each one line.")
    if given.get("scheme") == "header" and given["name"].lower() in _HOP:
        raise _invalid("credentials.name", "このヘッダーは使えません。", "This header cannot be used.")
    return given


def _broken(text: str) -> bool:
    return (
        not text or len(text) > _LONGEST or any(ord(character) < 0x20 or ord(character) == 0x7F for character in text)
    )


def _text(given: Mapping[str, Any], name: str, *, most: int = _LONGEST) -> str:
    value = given.get(name)
    if not isinstance(value, str) or not 0 < len(value) <= most:
        raise _invalid(name, f"{most:,}字までの文字列です。", f"A text of at most {most:,} characters is needed.")
    return value


def _url(given: Mapping[str, Any], name: str) -> str:
    url = _text(given, name)
    try:
        parts = urlsplit(url)
        sound = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        sound = False
    if not sound or "@" in parts.netloc or _broken(url) or " " in url:
        raise _invalid(
            name, "利用者名を含まない http(s) の URL です。", "An http(s) URL without a user name is needed."
        )
    return url


def _invalid(member: str, ja: str, en: str) -> SourceInvalid:
    return SourceInvalid(Message(ja, en), member)
