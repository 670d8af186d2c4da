"""Our own terms, as RDF and for the page that documents them."""

from collections.abc import Iterator, Mapping

from pyoxigraph import Literal, NamedNode, Triple

from ontology.messages import Message
from ontology.terms import OWL, RDF, RDFS, RENKEI

TERMS: Mapping[str, tuple[Message, Message]] = {
    "PolicyProfile": (
        Message(ja="ポリシープロファイル", en="policy profile"),
        Message(
            ja="ODRLプロファイルのうち、ここで評価できるもの。",
            en="An ODRL profile whose policies can be evaluated here.",
        ),
    ),
    "agreementState": (
        Message(ja="合意の状態", en="state of an agreement"),
        Message(
            ja="agreed (交渉中)、finalized (有効)、ended (終了)。",
            en="agreed (still being negotiated), finalized (in force) or ended.",
        ),
    ),
    "audience": (
        Message(ja="公開範囲", en="audience"),
        Message(ja="記述を見ることができる範囲。", en="Who may see a description."),
    ),
    "cause": (
        Message(ja="原因", en="cause"),
        Message(
            ja="同じ原因の検証結果は同じ方法で直せます。", en="Validation results of one cause are mended in one way."
        ),
    ),
    "clause": (
        Message(ja="根拠", en="clause"),
        Message(ja="検証結果の根拠となる仕様の箇所。", en="Where the standard demands what a validation result says."),
    ),
    "example": (
        Message(ja="例", en="example"),
        Message(ja="正しい値の例 (Turtle)。", en="A right value, in Turtle."),
    ),
    "fault": (
        Message(ja="問題の所在", en="fault"),
        Message(ja="直すべきものがデータか形状定義か。", en="Whether the data or the shape has to be mended."),
    ),
    "remedy": (
        Message(ja="対処方法", en="remedy"),
        Message(ja="検証結果の直し方。", en="What to do about a validation result."),
    ),
    "severalValues": (
        Message(ja="複数の値の扱い", en="several values"),
        Message(
            ja="左項に値が複数あるとき、制約が全ての値で満たされるべきか（each）、いずれかでよいか（any）。",
            en="Whether a constraint has to hold of each of several values of a left operand (each) or of any (any).",
        ),
    ),
    "signature": (
        Message(ja="署名", en="signature"),
        Message(
            ja="当事者が合意に付けた JWS。prov:agent が署名者です。",
            en="A JWS of a party on an agreement; prov:agent is who signed.",
        ),
    ),
    "supplier": (
        Message(ja="値の提供者", en="supplier"),
        Message(ja="左項の値を提供できる者。", en="Who can supply the value of a left operand."),
    ),
    "valueKind": (
        Message(ja="値の種類", en="kind of value"),
        Message(
            ja="左項の値の種類。比べ方が決まります。",
            en="What the values of a left operand are, and so how they are compared.",
        ),
    ),
    "valueSource": (
        Message(ja="値の出所", en="source of values"),
        Message(
            ja="左項の値を得られる所。他から来た値は受け付けません。",
            en="Where values of a left operand may come from; a value from elsewhere is not accepted.",
        ),
    ),
}


def own_terms(language: str) -> list[dict[str, str]]:
    """The terms in one language, for the page."""
    return [
        {"name": name, "label": label.in_(language), "comment": comment.in_(language)}
        for name, (label, comment) in TERMS.items()
    ]


def vocabulary(base: str) -> Iterator[Triple]:
    """The vocabulary as RDF.

    Args:
        base: address of this service, where the terms are documented.
    """
    ontology = NamedNode(RENKEI.NAMESPACE)
    yield Triple(ontology, RDF.type, OWL.Ontology)
    yield Triple(ontology, RDFS.seeAlso, NamedNode(f"{base}/ns"))
    for name, (label, comment) in TERMS.items():
        term = NamedNode(RENKEI.NAMESPACE + name)
        yield Triple(term, RDF.type, RDFS.Class if name[0].isupper() else RDF.Property)
        yield Triple(term, RDFS.isDefinedBy, ontology)
        for language in ("ja", "en"):
            yield Triple(term, RDFS.label, Literal(label.in_(language), language=language))
            yield Triple(term, RDFS.comment, Literal(comment.in_(language), language=language))
