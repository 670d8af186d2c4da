"""Strategies for descriptions as publishers never should write them, but some do: odd in their terms, not in their form."""

import json
from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st

from tests.campaign.harness import PREFIXES

DCAT, DCT = "http://www.w3.org/ns/dcat#", "http://purl.org/dc/terms/"
CONTEXT = {"dcat": DCAT, "dct": DCT, "xsd": "http://www.w3.org/2001/XMLSchema#"}


@dataclass(frozen=True, slots=True)
class Body:
    """A request body and what its sender says it is."""

    media_type: str
    data: bytes


TEXTS = st.one_of(
    st.sampled_from(["人口", "Census", "", " ", "a\nb\r\nc", '"""', "\\", "]]>&e;<b>", "<script>alert(1)</script>", "{{ 1 }}", "%s{0}"]),
    st.sampled_from(["\x01\x08\x1b", "\x7f\x85\u2028", "\ufffe\uffff", "\u202eabc", "e\u0301", "\ufeffx", "👩‍👩‍👧", "\U0010fffd", "\x00"]),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=30),
    st.sampled_from([*("abcdefghij"), "x" * 3_000, "a b " * 1_000, "人" * 20_000]),
)  # fmt: skip
LANGUAGES = st.sampled_from(
    ["ja", "en-US", "zh-Hant-TW", "x-a", "JA", "en_US", "e", "ja-JP-mac", "abcdefghijk", "ja-", "en--ltr", "i-default"]
)
DATATYPES = st.sampled_from([
    *(f"xsd:{name}" for name in ("date", "dateTime", "gYear", "duration", "boolean", "decimal", "double", "integer", "anyURI", "hexBinary")),
    "rdf:JSON", "rdf:HTML", "<urn:type>", "<relative>", "<http://a b>", "rdf:langString",
])  # fmt: skip
VALUES = st.one_of(
    TEXTS,
    st.sampled_from(["2024-02-30", "2024", "-0001-01-01", "99999999999", "P1Y", "1e400", "NaN", "INF", "9" * 1_500, "１２", "true", "P"]),
)  # fmt: skip
IRIS = st.one_of(
    st.sampled_from(["https://city.example/x", "urn:a", "mailto:a@b.example", "https://例え.example/人口", "http://a/%zz", "tel:+81"]),
    st.sampled_from(["", "x", "#f", "?q", "../../y", "//host/x", ".", "http://a b", "javascript:alert(1)", "http://[::1", "a:b:c", "http://a/{x}|^`", "//", "http:"]),
    st.builds(lambda length: "urn:" + "y" * length, st.sampled_from([2_000, 2_100, 9_000])),
)  # fmt: skip
PREDICATES = st.sampled_from([
    "dct:title", "dct:description", "dct:identifier", "dct:issued", "dct:spatial", "dct:temporal", "dct:publisher", "dct:language",
    "dct:license", "dcat:theme", "dcat:keyword", "dcat:distribution", "dcat:accessURL", "dcat:byteSize", "dcat:contactPoint", "dcat:bbox",
    "dcat:startDate", "dcat:version", "rdf:type", "rdf:first", "rdf:_1", "owl:sameAs", "<urn:p>", "<http://a/p q>", "<relative#p>",
])  # fmt: skip
SUBJECTS = st.sampled_from(["_:a", "_:b", "_:c", "<#part>", "<urn:other>"])
DEPTHS = st.sampled_from([1, 2, 2, 3, 5, 10, 20, 63, 70, 500])  # from 30 on such chains are labelled in a worker


def quoted(text: str) -> str:
    """A Turtle string: escaped only where it must be, so that the reader meets odd characters as they are."""
    for given, written in (("\\", "\\\\"), ('"', '\\"'), ("\n", "\\n"), ("\r", "\\r")):
        text = text.replace(given, written)
    return f'"{text}"'


OBJECTS = st.one_of(
    st.builds(quoted, TEXTS),
    st.builds(lambda text, tag: f"{quoted(text)}@{tag}", TEXTS, LANGUAGES),
    st.builds(lambda text, datatype: f"{quoted(text)}^^{datatype}", VALUES, DATATYPES),
    st.builds(lambda iri: f"<{iri}>", IRIS),
    SUBJECTS,
    st.builds(lambda depth: "( " * depth + "1 " + ") " * depth, DEPTHS),
    st.builds(lambda depth: "[ dct:relation " * depth + "1 " + "]" * depth, DEPTHS),
    st.sampled_from(["( )", "( 1.5 1.5 1.5 )", f"( {' '.join(map(str, range(100)))} )"]),  # alike ones cost: see DEPTHS
    st.sampled_from(["true", "1e5", "-0", "+1.0", "<<( <urn:s> <urn:p> 1 )>>", "dcat:Dataset", "dcat:"]),
)  # fmt: skip
STATEMENTS = st.builds(
    lambda *three: " ".join(three) + " .", st.one_of(st.just("<{iri}>"), SUBJECTS), PREDICATES, OBJECTS
)


def turtle(kind: str) -> st.SearchStrategy[Body]:
    """A description of this kind about `<{iri}>`, a name that is put in later."""
    head = f'{PREFIXES}@prefix xsd: <{CONTEXT["xsd"]}> . @prefix rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#> . @prefix owl: <http://www.w3.org/2002/07/owl#> .\n<{{iri}}> a dcat:{kind} ; dct:title "t"@en ; dct:description "d" .\n'
    if kind == "Catalog":
        head += '<{iri}> dcat:dataset <{iri}/d> . <{iri}/d> a dcat:Dataset ; dct:title "t" ; dct:description "d" .\n'
    return st.builds(
        lambda lines, media_type: Body(media_type, (head + "\n".join(lines)).encode()),
        st.lists(STATEMENTS, max_size=6),
        st.sampled_from(["text/turtle", "text/turtle; charset=utf-8", "application/trig", "text/plain", "application/octet-stream"]),
    )  # fmt: skip


KEYS = st.sampled_from(["dct:title", "dct:description", "dcat:distribution", "dct:issued", "dcat:theme", "x", "", "@id", "@type", "@value", "@language", "@list", "@set", "@graph", "@reverse", "@included", "@nest", "@index", "@none", "@odd", "@direction", "urn:p", "a:b c", "dct:publisher"])  # fmt: skip
JSON_VALUES = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False), TEXTS, IRIS),
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(KEYS, inner, max_size=4)),
    max_leaves=8,
)
CONTEXTS = st.one_of(
    st.just(CONTEXT),
    st.sampled_from([
        [CONTEXT, {"title": {"@id": "dct:title", "@language": None}}], {**CONTEXT, "@vocab": DCT}, {**CONTEXT, "@base": "http://a b/"},
        {**CONTEXT, "@version": 1.1, "@propagate": False}, {**CONTEXT, "x": {"@id": "dct:title", "@container": "@language"}},
        {**CONTEXT, "x": {"@id": "x"}}, {**CONTEXT, "a": "b:c", "b": "a:c"}, [[[CONTEXT]]], {**CONTEXT, "@protected": True, "dct": DCT},
        {**CONTEXT, "x": {"@reverse": "dct:relation", "@context": {"y": None}}}, {**CONTEXT, "x": {"@id": "dct:spatial", "@type": "@json"}},
        {**CONTEXT, "@import": "https://context.example/none.jsonld"}, "https://context.example/none.jsonld", 1, True, {"@id": "dct"},
    ]),
    st.builds(lambda odd: {**CONTEXT, **odd}, st.dictionaries(KEYS, JSON_VALUES, max_size=3)),
)  # fmt: skip


def json_ld(kind: str) -> st.SearchStrategy[Body]:
    """The same in JSON-LD, in the contexts of people who try things out."""

    def body(context: Any, more: dict[str, Any], media_type: str) -> Body:
        node = {**more, "@id": "{iri}", "@type": f"dcat:{kind}", "dct:title": "t", "dct:description": "d"}
        if kind == "Catalog":
            node["dcat:dataset"] = {"@id": "{iri}/d", "@type": "dcat:Dataset", "dct:title": "t", "dct:description": "d"}
        return Body(media_type, json.dumps({"@context": context, **node}).encode())

    more = st.dictionaries(KEYS, JSON_VALUES, max_size=5)
    return st.builds(body, CONTEXTS, more, st.sampled_from(["application/ld+json", "application/json"]))


MEMBERS = ("id", "title", "notes", "url", "license_id", "license_url", "metadata_created", "metadata_modified", "author", "maintainer_email",
           "state", "private", "type", "version", "extras", "tags", "groups", "organization", "resources", "spatial", "frequency", "issued")  # fmt: skip
OF_RESOURCES = (
    "id",
    "url",
    "name",
    "description",
    "format",
    "mimetype",
    "size",
    "created",
    "last_modified",
    "hash",
    "license",
)
LOOSE = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(-(10**20), 10**20), st.floats(allow_nan=False), TEXTS, IRIS, VALUES),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(st.sampled_from([*OF_RESOURCES, "key", "value", "title", "ja", "en", ""]), inner, max_size=4),
    ),
    max_leaves=6,
)  # fmt: skip
RESOURCES = st.lists(st.one_of(LOOSE, st.dictionaries(st.sampled_from(OF_RESOURCES), LOOSE, max_size=6)), max_size=3)
PACKAGES = st.builds(
    lambda loose, resources: {"name": "{name}", "title": "t", "notes": "n", "resources": resources, **loose},
    st.dictionaries(st.sampled_from(MEMBERS), LOOSE, max_size=6),
    RESOURCES,
)
CKAN = st.builds(
    lambda package, wrapped: Body("application/json", json.dumps(wrapped(package)).encode()),
    PACKAGES,
    st.sampled_from([
        lambda one: one, lambda one: {"success": True, "result": one}, lambda one: {"result": {"results": [one, one]}}, lambda one: [one, None, 1],
    ]),
)  # fmt: skip
