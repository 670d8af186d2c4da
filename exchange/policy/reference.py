"""The shipped vocabulary as a page for people: operands, actions and profiles, and how a deployment adds its own."""

from collections.abc import Iterator

from exchange.policy.operands import Operand, Source, ValueKind
from exchange.policy.operators import SCALES
from exchange.policy.vocabulary import Vocabulary
from ontology.terms import ODRL

_PREFIXES = (
    ("odrl", ODRL.NAMESPACE, "ODRL 2.2"),
    ("cx", "https://w3id.org/catenax/2025/9/policy/", "Catena-X"),
    ("cadde", "urn:renkei:cadde:", "CADDE trading policy"),
    ("rk", "urn:renkei:ns#", "Renkei"),
    ("edc", "https://w3id.org/edc/v0.0.1/ns/", "Dataspace connectors"),
    ("cc", "http://creativecommons.org/ns#", "Creative Commons"),
    ("dalicc", "https://dalicc.net/ns#", "DALICC licences"),
)
_MEANINGS = {
    ValueKind.INSTANT: "date and time; a date is its whole day",
    ValueKind.DURATION: "duration",
    ValueKind.NUMBER: "number",
    ValueKind.TEXT: "text, compared as it is",
    ValueKind.CONCEPT: "IRI or code; parts and kinds by the vocabulary",
    ValueKind.PLACE: "IRI or ISO 3166 code; containment by the vocabulary",
    ValueKind.COORDINATES: "IRI, or a point or polygon as WKT or GeoJSON",
    ValueKind.EVENT: "event, or the moment of use (`odrl:policyUsage`)",
    ValueKind.LANGUAGE: "language tag",
    ValueKind.MEDIA: "media type",
    ValueKind.RECURRENCE: "time between uses",
    ValueKind.IRI: "IRI of one thing",
}
_HEAD = """# Words of policies

What a left operand compares and where its values may come from is declared in `exchange/policy/vocabulary/*.ttl`, not
programmed. A value from a source that the operand does not name is not accepted: the constraint is then unknown, which
never grants. Deprecated names of ODRL, and the older namespace of Catena-X (`https://w3id.org/catenax/policy/`), lead
to the same entries.

Of several values of one operand, as two purposes or regions, a constraint has to hold of each: where it holds of some
only, it is unknown. Where the table says *any*, one that fits is enough; those are operands that say what a requester,
a contract or an asset has, as memberships or languages.

## Sources and trust

| source | trust |
|---|---|
"""
_OWN = """## Your own

A deployment adds operands, actions, profiles, places and purposes in Turtle, and `renkei validate FILE --profile
policy-terms` says what is wrong with them. Terms that are there keep their meaning; of an operand, sources may be taken
away. The last line here does so: a purpose that the requester merely states is not accepted any more.

```turtle
@prefix ex: <https://library.example.jp/terms#> .
@prefix odrl: <http://www.w3.org/ns/odrl/2/> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix rk: <urn:renkei:ns#> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .

ex:profile a rk:PolicyProfile ; rdfs:label "Library"@en , "図書館"@ja .
ex:readerCard a odrl:LeftOperand ; rdfs:label "reader's card"@en , "利用者カード"@ja ;
    rk:valueKind "concept" ; rk:valueSource "credential" ; rk:severalValues "any" ;
    rk:supplier "The reader, by the card of the library."@en , "利用者が、図書館のカードで示します。"@ja .
ex:digitiseForReader a odrl:Action ; rdfs:label "digitise for a reader"@en , "複写サービス"@ja ;
    odrl:includedIn odrl:digitize .
ex:kansai a skos:Concept ; rdfs:label "Kansai"@en , "関西"@ja .
<urn:renkei:vocabulary:prefecture:26> skos:broader ex:kansai .
odrl:purpose rk:valueSource "credential" .
```
"""


def words(vocabulary: Vocabulary) -> str:
    """The page, in Markdown."""
    lines = [_HEAD + "\n".join(f"| `{source}` | {source.trust} |" for source in Source), "", "## Kinds of value", ""]
    lines += ["| kind | what it is |", "|---|---|", *(f"| `{kind}` | {_MEANINGS[kind]} |" for kind in ValueKind), ""]
    for prefix, namespace, title in _PREFIXES:
        ours = sorted((its for its in vocabulary.operands if its.iri.startswith(namespace)), key=lambda its: its.iri)
        if ours:
            lines += [f"## Left operands: {title}", "", f"`{prefix}:` is `{namespace}`.", "", *_operands(ours), ""]
    lines += [
        "## Actions",
        "",
        "| action | | means today | included in |",
        "|---|---|---|---|",
        *_actions(vocabulary),
        "",
    ]
    lines += ["## Profiles", "", *(f"- `{iri}`: {vocabulary.label(iri).en}" for iri in sorted(vocabulary.profiles)), ""]
    return "\n".join(lines) + "\n" + _OWN


def _operands(operands: list[Operand]) -> Iterator[str]:
    yield "| operand | | value | of several | sources | trust | who supplies a missing value |"
    yield "|---|---|---|---|---|---|---|"
    for operand in operands:
        sources = ", ".join(f"`{source}`" for source in operand.sources)
        trust = ", ".join(dict.fromkeys(source.trust for source in operand.sources))
        label = f"{operand.label.en} / {operand.label.ja}"
        several = "" if operand.kind in SCALES else "each" if operand.each else "any"
        what = f"| `{_short(operand.iri)}` | {label} | `{operand.kind}` | {several} "
        yield f"{what}| {sources} | {trust} | {operand.supplier.en} |"


def _actions(vocabulary: Vocabulary) -> Iterator[str]:
    for iri in sorted(vocabulary.actions, key=_short):
        label, today = vocabulary.label(iri), vocabulary.action(iri)
        wider = sorted({name for name in map(vocabulary.action, vocabulary.covering(iri)) if name} - {today or ""})
        means = f"`{_short(today)}`" if today and today != iri else ""
        above = ", ".join(f"`{_short(name)}`" for name in wider)
        yield f"| `{_short(iri)}` | {label.en} / {label.ja} | {means} | {above} |"


def _short(iri: str) -> str:
    for prefix, namespace, _ in _PREFIXES:
        if iri.startswith(namespace):
            return f"{prefix}:{iri.removeprefix(namespace)}"
    return iri
