"""IRIs for records that have none of their own: made of ids that never change, never of titles or places in a file."""

from urllib.parse import quote

from pyoxigraph import NamedNode

from loaders.conversion import Record
from loaders.statements import address, name_part


class Naming:
    """IRIs of what a CKAN site describes: the site's own addresses where it is known, else URNs of the source.

    Either way they are made of the ids that CKAN never changes.
    """

    def __init__(self, source: str, site: str | None = None) -> None:
        self._urn = f"urn:renkei:source:{name_part(source)}"
        self._site = site.rstrip("/") if site else None

    def of(self, record: Record) -> "Naming":
        """The naming for one record, which may say its site itself (`ckan_url`, `xckan_site_url`)."""
        url = record.get("ckan_url")
        if self._site is None and isinstance(url, str) and address(url) and "/dataset/" in url:
            named = Naming("", url.partition("/dataset/")[0])
            named._urn = self._urn
            return named
        return self

    def dataset(self, key: str) -> NamedNode:
        """IRI of a package."""
        return NamedNode(
            f"{self._site}/dataset/{quote(key)}" if self._site else f"{self._urn}:dataset:{name_part(key)}"
        )

    def resource(self, package: str, key: str) -> NamedNode:
        """IRI of a resource of a package."""
        if self._site:
            return NamedNode(f"{self._site}/dataset/{quote(package)}/resource/{quote(key)}")
        return NamedNode(f"{self._urn}:resource:{name_part(key)}")

    def other(self, what: str, key: str) -> NamedNode:
        """IRI of an organization or group."""
        return NamedNode(f"{self._site}/{what}/{quote(key)}" if self._site else f"{self._urn}:{what}:{name_part(key)}")
