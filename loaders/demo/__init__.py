"""Sample catalogs that the project wrote itself, so that a fresh installation has something to show on every page."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from loaders.sources import Source, of_path

_FOLDER: Final = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class DemoCatalog:
    """One sample catalog.

    Attributes:
        catalog: the id to load it under.
        source: its file.
        audience: who may see it: `public` or `participants`.
    """

    catalog: str
    source: Source
    audience: str


def demo_sources() -> tuple[DemoCatalog, ...]:
    """A city, a prefecture with services and policies, and a data space that only participants see."""
    return (
        DemoCatalog("aoba", of_path(_FOLDER / "aoba-city.ttl"), "public"),
        DemoCatalog("hokurei", of_path(_FOLDER / "hokurei-prefecture.ttl"), "public"),
        DemoCatalog("mobility", of_path(_FOLDER / "mobility-dataspace.ttl"), "participants"),
    )
