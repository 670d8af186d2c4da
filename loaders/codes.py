"""Codes for what catalogs write as they like: frequencies, formats, media types, licences, access rights, languages."""

import re
import unicodedata
from pathlib import PurePosixPath
from typing import Final
from urllib.parse import urlsplit

from pyoxigraph import NamedNode

_EU: Final = "http://publications.europa.eu/resource/authority"
_IANA: Final = "https://www.iana.org/assignments/media-types/"

# (times, units, unit) to the code of the EU frequency table.
_PERIODS: Final = {
    (1, 1, "hour"): "HOURLY", (1, 2, "hour"): "BIHOURLY", (1, 3, "hour"): "TRIHOURLY", (2, 1, "day"): "DAILY_2",
    (1, 1, "day"): "DAILY", (1, 1, "week"): "WEEKLY", (2, 1, "week"): "WEEKLY_2", (3, 1, "week"): "WEEKLY_3",
    (1, 2, "week"): "BIWEEKLY", (1, 1, "month"): "MONTHLY", (2, 1, "month"): "MONTHLY_2", (3, 1, "month"): "MONTHLY_3",
    (1, 2, "month"): "BIMONTHLY", (1, 3, "month"): "QUARTERLY", (1, 4, "month"): "ANNUAL_3",
    (1, 6, "month"): "ANNUAL_2", (1, 12, "month"): "ANNUAL", (1, 1, "year"): "ANNUAL", (2, 1, "year"): "ANNUAL_2",
    (3, 1, "year"): "ANNUAL_3",
    (4, 1, "year"): "QUARTERLY", (12, 1, "year"): "MONTHLY", (6, 1, "year"): "BIMONTHLY", (1, 2, "year"): "BIENNIAL",
    (1, 3, "year"): "TRIENNIAL", (1, 4, "year"): "QUADRENNIAL", (1, 5, "year"): "QUINQUENNIAL",
    (1, 10, "year"): "DECENNIAL", (1, 20, "year"): "BIDECENNIAL", (1, 30, "year"): "TRIDECENNIAL",
}  # fmt: skip
_UNITS: Final = {
    "年度": "year", "年": "year", "か月": "month", "月": "month", "週間": "week", "週": "week", "日": "day",
    "時間": "hour", "Y": "year", "M": "month", "W": "week", "D": "day", "H": "hour",
}  # fmt: skip

# Order matters: "1年ごと不定期" is irregular, "1年ごと(変更あればその都度)" yearly.
_WORDS: Final = (
    (r"不定期|イレギュラー|^irregular$|選挙時", "IRREG"),
    (r"^更新(無|なし|予定なし|しない)|^なし$|^無$|初回のみ|公開時のみ|非更新|^never$|^notplanned$", "NEVER"),
    (r"^不明$|^未定$|^unknown$", "UNKNOWN"),
    (r"数回|開市日|6~7年|^その他", "OTHER"),
    (r"半日", "DAILY_2"), (r"隔週", "BIWEEKLY"), (r"隔月", "BIMONTHLY"), (r"隔年", "BIENNIAL"), (r"隔日", "OTHER"),
    (r"半月", "MONTHLY_2"), (r"半年", "ANNUAL_2"), (r"[四4]半期|^quarterly$", "QUARTERLY"),
    (r"^毎時", "HOURLY"), (r"^毎日|^日次|^日々|^daily$", "DAILY"), (r"^毎週|^週次|^weekly$", "WEEKLY"),
    (r"^毎月|^月次|^月例|^monthly$", "MONTHLY"), (r"^毎年|^年次|^annual(ly)?$|^yearly$", "ANNUAL"),
    (r"^常時|^リアルタイム|^continual$|^continuous$|^rt$", "UPDATE_CONT"), (r"^頻繁", "CONT"),
    (r"^biannual(ly)?$|^semiannual$", "ANNUAL_2"), (r"^fortnightly$|^biweekly$", "BIWEEKLY"),
)  # fmt: skip
_NEEDED = re.compile("随時|適宜|必要|都度|変更|追加時|更新時|asneeded|as_needed")
_N = r"([0-9]+)"
_U = r"(年度|年|か月|月|週間|週|日|時間)"
_EVERY = (
    re.compile(rf"^{_N}{_U}(?:間)?(?:ごと|毎|おき|周期|$|に{_N}[回度])"),  # 3か月ごと, 5年に1回
    re.compile(rf"^{_U}(?:間)?に?{_N}[回度]"),  # 年1回, 月に2回
    re.compile(rf"^{_N}回/{_N}?{_U}"),  # 1回/年, 1回/3年
)
_ISO_PARTS: Final = {  # DCAT-US 1.1, field accrualPeriodicity
    "R/PT1S": "UPDATE_CONT", "R/P0.5M": "MONTHLY_2", "R/P3.5D": "WEEKLY_2", "R/P0.33M": "MONTHLY_3",
    "R/P0.33W": "WEEKLY_3", "R/P4M": "ANNUAL_3", "R/P6M": "ANNUAL_2", "R/P0.5Y": "ANNUAL_2", "R/P0.33Y": "ANNUAL_3",
}  # fmt: skip
_ISO = re.compile(r"R(?:[0-9]*)/P(T)?([0-9]+)([YMWDH])")
_CODES: Final = frozenset(_PERIODS.values()) | {
    "UPDATE_CONT", "CONT", "IRREG", "UNKNOWN", "OTHER", "NEVER", "AS_NEEDED", "NOT_PLANNED", "OP_DATPRO",
}  # fmt: skip
_KANJI = str.maketrans("一二三四五六七八九", "123456789")


def frequency_of(text: str) -> NamedNode | None:
    """The EU frequency that a text means: an IRI or code, English, ISO 8601 repeats, or any Japanese spelling."""
    given = text.strip()
    if given.startswith(f"{_EU}/frequency/"):
        return NamedNode(given) if re.fullmatch(r"\S+", given) else None
    if given.upper() in _CODES:
        return _frequency(given.upper())
    if given in _ISO_PARTS:
        return _frequency(_ISO_PARTS[given])
    if found := _ISO.fullmatch(given):
        unit = "OTHER" if found[1] and found[3] == "M" else _UNITS[found[3]]
        return _frequency(_PERIODS.get((1, int(found[2]), unit), "OTHER"))
    code = _japanese(given)
    return _frequency(code) if code else None


def _frequency(code: str) -> NamedNode:
    return NamedNode(f"{_EU}/frequency/{code}")


def _japanese(given: str) -> str | None:
    text = unicodedata.normalize("NFKC", given).lower().translate(_KANJI)
    text = re.sub(r"\s|概ね|おおむね|約|原則|\(.*$", "", text)
    text = re.sub("[ヶヵケカ箇ヵ]月|ヶ月", "か月", text)
    for pattern, code in _WORDS:
        if re.search(pattern, text):
            return code
    for every in _EVERY:
        if found := every.match(text):
            return _PERIODS.get(_period(every, found), "OTHER")
    return "AS_NEEDED" if _NEEDED.search(text) else None


def _period(pattern: re.Pattern[str], found: re.Match[str]) -> tuple[int, int, str]:
    first, second, third = found[1], found[2], found[3] if pattern.groups == 3 else None
    if pattern is _EVERY[0]:
        return int(third or 1), int(first), _UNITS[second]
    if pattern is _EVERY[1]:
        return int(second), 1, _UNITS[first]
    assert third is not None
    return int(first), int(second or 1), _UNITS[third]


# Written form (NFKC, upper case, letters and digits only) to the EU file type; misspellings are from Tokyo and Kobe.
_FORMATS: Final = {
    "CSV": "CSV", "XCSV": "CSV", "2CSV": "CSV", "TSV": "TSV", "TXT": "TXT", "TEXT": "TXT", "PDF": "PDF",
    "XLS": "XLS", "XLSX": "XLSX", "XISX": "XLSX", "EXCEL": "XLS", "JPEG": "JPEG", "JPG": "JPEG", "PNG": "PNG",
    "TIFF": "TIFF", "TIF": "TIFF", "GIF": "GIF", "ZIP": "ZIP", "KML": "KML", "KMZ": "KMZ", "GEOJSON": "GEOJSON",
    "JSON": "JSON", "JSONLD": "JSON_LD", "HTML": "HTML", "HTM": "HTML", "DOC": "DOC", "DOCX": "DOCX", "WORD": "DOC",
    "PPT": "PPT", "PPTX": "PPTX", "SHP": "SHP", "SHAPE": "SHP", "SHAPEFILE": "SHP", "XML": "XML", "RDF": "RDF",
    "RDFXML": "RDF_XML", "TTL": "RDF_TURTLE", "LAS": "LAS", "TURTLE": "RDF_TURTLE", "NT": "RDF_N_TRIPLES",
    "N3": "N3", "GML": "GML", "GPKG": "GPKG", "WMS": "WMS_SRVC", "WFS": "WFS_SRVC", "ODS": "ODS", "ODT": "ODT",
    "MP4": "MPEG4", "MP3": "MP3", "7Z": "7Z", "GZ": "GZIP", "GZIP": "GZIP", "TAR": "TAR",
    "DWG": "DWG", "MDB": "MDB", "DBF": "DBF", "RSS": "RSS", "ATOM": "ATOM", "SPARQL": "SPARQLQ",
    "SQL": "SQL", "XHTML": "XHTML", "RTF": "RTF",
}  # fmt: skip
_MEDIA_TYPE = re.compile(r"[a-z]+/[a-z0-9][a-z0-9.+-]*", re.IGNORECASE)


def file_type_of(text: str) -> NamedNode | None:
    """The EU file type that a format's name means; None for what the table has no code for."""
    given = text.strip()
    if given.startswith(f"{_EU}/file-type/") and re.fullmatch(r"[\w:/.-]+", given, re.ASCII):
        return NamedNode(given)
    plain = re.sub(r"[^A-Z0-9]", "", unicodedata.normalize("NFKC", given).upper())
    code = _FORMATS.get(plain)
    return NamedNode(f"{_EU}/file-type/{code}") if code else None


def media_type_of(text: str) -> NamedNode | None:
    """The IANA media type that a text names, by its register address."""
    given = text.strip()
    for prefix in (_IANA, _IANA.replace("https", "http")):
        given = given.removeprefix(prefix)
    kind = given.split(";")[0].strip().lower()
    return NamedNode(_IANA + kind) if _MEDIA_TYPE.fullmatch(kind) else None


def is_file(url: str) -> bool:
    """Whether an address ends in the extension of a known file format: it is the file then, not a page about it."""
    try:
        suffix = PurePosixPath(urlsplit(url).path).suffix
    except ValueError:
        return False
    return suffix[1:].upper() in _FORMATS and suffix[1:].lower() not in ("html", "htm", "xhtml")


_CC = re.compile(
    r"https?://(?:www\.)?creativecommons\.org/(licenses|publicdomain)/([a-z+-]+)/([0-9.]+)(/[a-z]{2}(?=/|$))?", re.I
)
_CC_NAME = re.compile(r"(?:cc[ -]?)(by(?:-(?:nc|sa|nd))*)[ -]?([0-9]\.[0-9])?", re.IGNORECASE)
_LICENCES: Final = {
    "cc0": "https://creativecommons.org/publicdomain/zero/1.0/",
    "cc-zero": "http://www.opendefinition.org/licenses/cc-zero",
    "pdm": "https://creativecommons.org/publicdomain/mark/1.0/",
    "odc-by": "http://www.opendefinition.org/licenses/odc-by",
    "odc-odbl": "http://www.opendefinition.org/licenses/odc-odbl",
    "odc-pddl": "http://www.opendefinition.org/licenses/odc-pddl",
    "uk-ogl": "http://reference.data.gov.uk/id/open-government-licence",
    "us-pd": "http://www.usa.gov/publicdomain/label/1.0/",
}


def licence_of(name: str | None, url: str | None = None) -> NamedNode | None:
    """The licence document that a CKAN licence id, a title or an address means.

    Deeds and translations of Creative Commons licences become the licence; a name without a version becomes the
    document of the Open Definition, which has none either.
    """
    for text in (url or "", name or ""):
        if found := _CC.match(text.strip()):
            kind, name_, version = found[1].lower(), found[2].lower(), found[3].rstrip(".")
            return NamedNode(f"https://creativecommons.org/{kind}/{name_}/{version}{found[4] or ''}/")
    if name:
        plain = name.strip().lower()
        if plain in _LICENCES:
            return NamedNode(_LICENCES[plain])
        if found := _CC_NAME.fullmatch(plain.replace("_", "-")):
            kind, version = found[1].lower(), found[2]
            if version:
                return NamedNode(f"https://creativecommons.org/licenses/{kind}/{version}/")
            return NamedNode(f"http://www.opendefinition.org/licenses/cc-{kind}")
    return None


_ACCESS: Final = {
    "公開": "PUBLIC", "public": "PUBLIC", "open": "PUBLIC", "非公開": "NON_PUBLIC", "non-public": "NON_PUBLIC",
    "制限あり": "RESTRICTED", "restricted": "RESTRICTED", "restricted public": "RESTRICTED", "機密": "CONFIDENTIAL",
    "confidential": "CONFIDENTIAL", "取扱い注意": "SENSITIVE", "sensitive": "SENSITIVE", "non_public": "NON_PUBLIC",
}  # fmt: skip


def access_right_of(text: str) -> NamedNode | None:
    """The EU access right that a text means: its IRI, code, or the words of the CADDE list and of DCAT-US."""
    given = re.sub("^https:", "http:", text.strip())
    if given.startswith(f"{_EU}/access-right/") and re.fullmatch(r"[\w:/.-]+", given, re.ASCII):
        return NamedNode(given)
    code = _ACCESS.get(given.lower())
    return NamedNode(f"{_EU}/access-right/{code}") if code else None


_LANGUAGES: Final = {
    "ja": "JPN", "en": "ENG", "de": "DEU", "fr": "FRA", "es": "SPA", "it": "ITA", "nl": "NLD", "cs": "CES", "ca": "CAT",
    "pt": "POR", "pl": "POL", "ru": "RUS", "zh": "ZHO", "ko": "KOR", "sv": "SWE", "da": "DAN", "fi": "FIN", "no": "NOR",
    "vi": "VIE", "th": "THA", "ar": "ARA", "tr": "TUR", "uk": "UKR", "hi": "HIN",
    "日本語": "JPN", "英語": "ENG", "日本": "JPN", "japanese": "JPN", "english": "ENG",
}  # fmt: skip


def language_code_of(text: str) -> NamedNode | None:
    """The EU language of a tag (`ja`, `en-US`) or of its name."""
    given = text.strip()
    if given.startswith(f"{_EU}/language/") and re.fullmatch(r"[\w:/.-]+", given, re.ASCII):
        return NamedNode(given)
    code = _LANGUAGES.get(given.lower()) or _LANGUAGES.get(re.split("[-_]", given.lower())[0])
    return NamedNode(f"{_EU}/language/{code}") if code else None
