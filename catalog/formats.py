"""File formats by one short name each, as records spell them: csv, ＣＳＶ, text/csv, an IRI of the EU or of IANA."""

import re
import unicodedata
from functools import lru_cache
from types import MappingProxyType
from typing import Final

_MEDIA_TYPE: Final = re.compile(r"(?:^|/)(application|text|image|audio|video|model)/([\w.+-]+)$")
_NAME_CHARACTERS: Final = 40

# What a format is called here, then what else it is called (upper case; media types by their subtype).
_NAMES: Final = (
    ("CSV", "COMMA-SEPARATED-VALUES"),
    ("TSV", "TAB-SEPARATED-VALUES"),
    ("JSON",),
    ("JSON-LD", "JSON_LD", "JSONLD", "LD+JSON"),
    ("GeoJSON", "GEOJSON", "GEO+JSON", "VND.GEO+JSON"),
    ("XML",),
    ("RDF/XML", "RDF_XML", "RDF+XML"),
    ("Turtle", "TURTLE", "RDF_TURTLE", "TTL", "X-TURTLE"),
    ("N-Triples", "N-TRIPLES", "RDF_N_TRIPLES", "NT"),
    ("N-Quads", "N-QUADS", "RDF_N_QUADS", "NQ"),
    ("TriG", "TRIG", "RDF_TRIG"),
    ("XLSX", "VND.OPENXMLFORMATS-OFFICEDOCUMENT.SPREADSHEETML.SHEET"),
    ("XLS", "EXCEL", "VND.MS-EXCEL", "X-EXCEL", "MSEXCEL"),
    ("ODS", "VND.OASIS.OPENDOCUMENT.SPREADSHEET"),
    ("DOCX", "VND.OPENXMLFORMATS-OFFICEDOCUMENT.WORDPROCESSINGML.DOCUMENT"),
    ("DOC", "WORD", "MSWORD"),
    ("PPTX", "VND.OPENXMLFORMATS-OFFICEDOCUMENT.PRESENTATIONML.PRESENTATION"),
    ("PDF", "X-PDF"),
    ("HTML", "HTM", "XHTML", "XHTML+XML"),
    ("TXT", "TEXT", "PLAIN"),
    ("ZIP", "X-ZIP-COMPRESSED"),
    ("GZIP", "GZ", "X-GZIP"),
    ("SHP", "SHAPE", "SHAPEFILE", "ESRI SHAPEFILE"),
    ("KML", "VND.GOOGLE-EARTH.KML+XML"),
    ("KMZ", "VND.GOOGLE-EARTH.KMZ"),
    ("GML", "GML+XML"),
    ("GPKG", "GEOPACKAGE", "GEOPACKAGE+SQLITE3"),
    ("WMS", "WMS_SRVC"),
    ("WFS", "WFS_SRVC"),
    ("SPARQL", "SPARQLQ", "SPARQL-RESULTS+JSON", "SPARQL-RESULTS+XML"),
    ("GTFS", "GTFS-JP"),
    ("Parquet", "PARQUET", "VND.APACHE.PARQUET"),
    ("JPEG", "JPG"),
    ("PNG",),
    ("TIFF", "TIF"),
    ("LAS",),
    ("LAZ",),
    ("iCalendar", "CALENDAR", "ICS"),
)
_BY_NAME: Final = MappingProxyType({alias.upper(): names[0] for names in _NAMES for alias in names})


@lru_cache(maxsize=1 << 12)
def format_name(given: str) -> str | None:
    """The name of a format; None if nothing is left of what was given."""
    text = unicodedata.normalize("NFKC", given).strip()
    media_type = _MEDIA_TYPE.search(text.split(";")[0].strip().lower())
    if media_type:
        text = media_type[2]
    elif "://" in text:
        text = re.split(r"[/#]", text.rstrip("/#"))[-1]
    text = text.strip(" .").upper()
    return _BY_NAME.get(text) or text[:_NAME_CHARACTERS] or None
