"""Which addresses this service connects to: public ones, and what the operator names besides (security.md, P01).

A URL is judged before anything is looked up. Then its host is looked up once, every address found is judged, and the
connection goes to a judged address: a second answer of the name server (rebinding) is never asked for.
"""

import asyncio
import ipaddress
import re
import socket
from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import lru_cache
from typing import Final
from urllib.parse import quote, urlsplit

from exchange.partner_errors import AddressRefused
from ontology.messages import Message

_Network = ipaddress.IPv4Network | ipaddress.IPv6Network
_Address = ipaddress.IPv4Address | ipaddress.IPv6Address

_TRANSLATED: Final = tuple(
    ipaddress.ip_network(block)
    for block in ("::/96", "::ffff:0:0:0/96", "2002::/16", "2001::/32", "64:ff9b::/96", "64:ff9b:1::/48")
)
"""IPv6 blocks that carry an IPv4 address inside (compatible, SIIT, 6to4, Teredo, NAT64): what they reach cannot be
judged here."""

_PORTS: Final = frozenset({80, 443}) | frozenset(range(1024, 65536))  # not SMTP, SSH and other well-known ones
_PLAIN: Final = re.compile(r"(https?://[A-Za-z0-9.:-]{1,200})(/[A-Za-z0-9/:._~-]*)")
_SAFE: Final = "/?&=%:@!$'()*+,;~-._"


@dataclass(frozen=True, slots=True)
class Target:
    """A URL that may be tried.

    Attributes:
        host: in ASCII, without a dot at the end; in brackets nowhere.
        path: with its query, percent-encoded.
    """

    scheme: str
    host: str
    port: int
    path: str

    @property
    def authority(self) -> str:
        """What the Host header says."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == (443 if self.scheme == "https" else 80) else f"{host}:{self.port}"


class Purpose(StrEnum):
    """What a connection is for."""

    PEER = "peer"
    """Messages to peers, and data pulled from them."""
    PUSH = "push"
    """Data sent to where a consumer wants them; anybody who has an agreement names such an address."""
    SOURCE = "source"
    """Data fetched from where a provider says that they are."""
    HOOK = "hook"
    """Notices of events."""


@dataclass(frozen=True, slots=True)
class Inside:
    """The private addresses that an operator lets be connected to.

    Attributes:
        places: networks, each with the one port that is meant or None for any, and the one purpose or None for any.
        purpose: what connections are for; without one only places for any are meant.
    """

    places: tuple[tuple[_Network, int | None, Purpose | None], ...] = ()
    purpose: Purpose | None = None

    @classmethod
    def read(cls, given: Iterable[str]) -> "Inside":
        """From texts such as `10.0.0.0/8`, `127.0.0.1:8080`, `[::1]:8080`, `fd00::/8` and `source:10.0.0.5`.

        Raises:
            ValueError: one of them is neither a network nor an address with a port, or has another word before it.
        """
        return cls(tuple(_place(text.strip()) for text in given))

    def to(self, purpose: Purpose) -> "Inside":
        """Those for a purpose, and those for any."""
        return replace(self, purpose=purpose)

    def holds(self, address: _Address, port: int) -> bool:
        """Whether an address is among them."""
        return any(
            address in network and only in (None, port) and purpose in (None, self.purpose)
            for network, only, purpose in self.places
        )


def _place(text: str) -> tuple[_Network, int | None, Purpose | None]:
    word, colon, rest = text.partition(":")
    if colon and word in _PURPOSES:  # no address of IPv6 begins with one of these
        return *_network(rest.strip()), Purpose(word)
    return *_network(text), None


def _network(text: str) -> tuple[_Network, int | None]:
    host, colon, port = text.rpartition(":")
    if colon and port.isdigit() and (host.startswith("[") == host.endswith("]") == (":" in host)):
        return ipaddress.ip_network(host.strip("[]")), int(port)
    return ipaddress.ip_network(text, strict=False), None


_PURPOSES: Final = frozenset(Purpose)
NOWHERE: Final = Inside()
ANY_PRIVATE: Final = Inside.read(("127.0.0.0/8", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "::1", "fc00::/7"))


def is_allowed(address: str, port: int, inside: Inside = NOWHERE) -> bool:
    """Whether an address may be connected to: a public one, or a private one that the operator named.

    Link-local ones never: there clouds keep their secrets.
    """
    ip = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(ip, ipaddress.IPv6Address):
        if ip.ipv4_mapped is not None:
            return is_allowed(str(ip.ipv4_mapped), port, inside)
        if ip.is_site_local or (not ip.is_loopback and any(ip in block for block in _TRANSLATED)):
            return False
    if ip.is_link_local or ip.is_multicast or ip.is_unspecified:
        return False
    return ip.is_global or inside.holds(ip, port)


def judged_url(url: str) -> Target:
    """A URL that may be tried, its host and path in ASCII.

    Raises:
        AddressRefused: scheme, host, port or characters.
    """
    if (plain := _PLAIN.fullmatch(url)) is not None:  # all that is judged stands before the path
        place = _judged(plain[1])
        return Target(place.scheme, place.host, place.port, plain[2])
    return _judged(url)


@lru_cache(maxsize=1024)
def _judged(url: str) -> Target:
    try:
        parts = urlsplit(url)
        port = parts.port or (443 if parts.scheme == "https" else 80)
        host = (parts.hostname or "").encode("idna").decode().rstrip(".")
    except ValueError as error:
        raise AddressRefused(Message("URL として読めません。", "It cannot be read as a URL.")) from error
    if parts.scheme not in ("http", "https") or not host:
        raise AddressRefused(
            Message("http または https の URL だけへ接続します。", "Only http and https URLs are fetched.")
        )
    if "@" in parts.netloc or "%" in parts.netloc or "\\" in url or any(ord(character) <= 0x20 for character in url):
        raise AddressRefused(
            Message(
                "URL に利用者名、空白、逆斜線は使えません。", "A URL must not hold a user name, spaces or backslashes."
            )
        )
    if port not in _PORTS:
        raise AddressRefused(Message(f"ポート {port} へは接続しません。", f"Port {port} is not connected to."))
    path = quote((parts.path or "/") + (f"?{parts.query}" if parts.query else ""), safe=_SAFE)
    return Target(parts.scheme, host, port, path)


def resolve(host: str, port: int) -> list[str]:
    """All addresses of a host, looked up once.

    Raises:
        AddressRefused: it has none.
    """
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise AddressRefused(Message(f"{host[:200]} が見つかりません。", f"{host[:200]} is not found.")) from error
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


async def resolve_aside(host: str, port: int) -> list[str]:
    """As `resolve`, while others go on."""
    return await asyncio.get_running_loop().run_in_executor(None, resolve, host, port)


def judge(host: str, port: int, addresses: Iterable[str], inside: Inside) -> None:
    """Refuse a host that has even one address inside; which of several is connected to is chance.

    Raises:
        AddressRefused: names the address.
    """
    for address in addresses:
        if not is_allowed(address, port, inside):
            raise AddressRefused(
                Message(
                    f"{host} は内部のアドレス {address} を指しています。接続しません。",
                    f"{host} is at the internal address {address}, which is not connected to.",
                )
            )


def same_origin(address: str, root: str) -> bool:
    """Whether an address is where the peer is: what proves us to it is shown to nobody else."""
    try:
        one, other = judged_url(address), judged_url(root)
    except AddressRefused:
        return False
    return (one.scheme, one.host, one.port) == (other.scheme, other.host, other.port)
