"""`python -m loaders.counts FOLDER`: the table docs/catalogs-loaded.md, from the real catalogs in the shared folder."""

import sys
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from catalog.kinds import Kind
from loaders.load import Load, parts_of
from loaders.sources import of_path

CATALOGS: Final = (
    *(f"dcat/catalogs/rdf/{name}" for name in (
        "be-fpsfinance.rdf.gz", "be-statbel.ttl", "cs-nkod-extract.trig.gz", "de-brandenburg.rdf.gz",
        "de-brandenburg.ttl.gz", "de-destatis.rdf.gz", "en-psdi.jsonld.gz", "en-psdi.ttl.gz", "it-alessandria.rdf",
        "it-civitavecchia.rdf",
    )),
    *(f"dcat/catalogs/dcat-us/{name}.json.gz" for name in (
        "cms/31606f9", "cms/9cd27cf", "cms/acf49f0", "cms/f74f3a0", "dol/dd2190f", "energy/8cd3dfd", "energy/dd2190f",
        "hradec-arcgis/HEAD", "opm/acf49f0", "opm/f74f3a0", "treasury/dd2190f",
    )),
    "dcat/catalogs/dcat-us/consumerfinance/dd2190f.json",
    "dcat/examples/datagov-harvester/dcatus/dcatus_with_none.json.gz",
    *(f"dcat/catalogs/lkod-hradec/{day}.tar.gz" for day in ("2024-10-07", "2025-01-21", "2025-01-30", "2026-08-21")),
    "dcat/catalogs/ckan-tokyo/packages.tar.gz",
    "japan/ckan/tokyo",
    "japan/ckan/kobe_catalog_v2.yml",
    "japan/rdf/14108kanazawa2014-11-11.ttl",
    "japan/rdf/kobe_waketon.ttl",
)  # fmt: skip
"""Paths below the shared data folder."""

_COLUMNS: Final = tuple(Kind)


def kinds_of(load: Load) -> Counter[Kind | None]:
    """How many parts of each kind there are; under None the refused ones."""
    return Counter(part.kind if part.description else None for part in load)


def row(name: str, load: Load, kinds: Counter[Kind | None]) -> str:
    """One line of the table."""
    counts = " | ".join(str(kinds[kind] or "") for kind in _COLUMNS)
    formats = ", ".join(each.value for each in load.formats)
    statements = f"{load.triples:,}"
    return f"| {name} | {formats} | {statements} | {counts} | {kinds[None] or ''} | {len(load.unread) or ''} |"


def table(folder: Path, catalogs: Iterable[str] = CATALOGS) -> str:
    """The whole document.

    Args:
        folder: the shared data folder.
        catalogs: paths below it.
    """
    lines = [
        "# Real catalogs, loaded",
        "",
        "Made by `python -m loaders.counts ../shared/data > docs/catalogs-loaded.md`; a test holds it current. Where",
        "the data's SOURCES.md states a number of datasets, it is the number here. A file loaded a second time gives",
        "the same hashes, and exporting it gives an isomorphic graph (`tests/loaders/test_real_catalogs.py`).",
        "Statements are counted as read, repeated ones included.",
        "",
        f"| file | format | statements | {' | '.join(kind.value for kind in _COLUMNS)} | refused | unread |",
        "|" + "---|" * (5 + len(_COLUMNS)),
    ]
    for name in catalogs:
        with parts_of(of_path(folder / name), catalog="c") as load:
            lines.append(row(name, load, kinds_of(load)))
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    sys.stdout.write(table(Path(sys.argv[1])))
