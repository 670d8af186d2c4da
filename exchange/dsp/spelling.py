"""Messages in another spelling of JSON-LD: expanded with the contexts at hand, and framed back into the compact form.

The words of policies that the protocol's context does not define are written with the prefix `odrl:`; those of other
vocabularies by their IRIs.
"""

from collections.abc import Iterable, Iterator
from enum import Enum
from types import MappingProxyType
from typing import Any, Final
from urllib.parse import unquote

from pyoxigraph import BlankNode, Literal, NamedNode, Triple

from exchange.dsp.errors import MessageInvalid
from exchange.dsp.writing import CONTEXT, Json
from exchange.policy.graph import Graph, Node, Term
from ontology.faults import Limits, Unreadable
from ontology.messages import Message
from ontology.reading import read
from ontology.terms import DCAT, DCT, ODRL, RDF, XSD

DSPACE: Final = "https://w3id.org/dspace/2025/1/"
_BASE: Final = "https://renkei.invalid/"  # ids of the protocol need not be IRIs; they are resolved here and cut again
LOCAL: Final = "urn:renkei:id:"
"""Below this stand, in RDF, ids of the protocol that are no IRIs, percent-encoded."""
_DEPTH: Final = 64
_ROOM: Final = 1_000  # nodes written out beyond one a statement; shared nodes would double at each level
_KEPT: Final = frozenset(("iri", "language", "datatype"))  # faults that leave the value as it was given
_LIMITS: Final = Limits(json_size_bytes=16 << 20)


class Form(Enum):
    """What stands at a member."""

    IRI = "an identifier, written as text"
    WORD = "a word of a vocabulary"
    TEXT = "text"
    TEXTS = "several texts or other values"
    NODE = "an object, or its identifier"
    NODES = "objects, in an array"
    OPERAND = "a right operand"


def _members(namespace: str, **names: Form) -> dict[str, tuple[str, Form]]:
    return {name.rstrip("_"): (namespace + name.rstrip("_"), form) for name, form in names.items()}


_I, _W, _T, _TS, _N, _NS = Form.IRI, Form.WORD, Form.TEXT, Form.TEXTS, Form.NODE, Form.NODES
MEMBERS: Final = MappingProxyType(
    _members(DSPACE, providerPid=_I, consumerPid=_I, agreementId=_I, participantId=_I, callbackAddress=_T, code=_T)
    | _members(DSPACE, reason=_TS, filter=_TS, timestamp=_T, state=_W, eventType=_W, offer=_N, agreement=_N)
    | _members(DSPACE, dataAddress=_N, endpoint=_T, endpointType=_W, endpointProperties=_NS, name=_T, value=_T)
    | _members(ODRL.NAMESPACE, target=_I, assigner=_I, assignee=_I, profile=_I, action=_W, operator=_W, leftOperand=_W)
    | _members(ODRL.NAMESPACE, permission=_NS, prohibition=_NS, obligation=_NS, constraint=_NS, hasPolicy=_NS)
    | _members(ODRL.NAMESPACE, and_=_NS, andSequence=_NS, or_=_NS, xone=_NS, rightOperand=Form.OPERAND)
    | _members(DCAT.NAMESPACE, dataset=_NS, catalog=_NS, service=_NS, distribution=_NS, servesDataset=_NS)
    | _members(DCAT.NAMESPACE, accessService=_N, endpointURL=_T, endpointDescription=_T)
    | _members(DCT.NAMESPACE, format=_W)
)
"""Member of a message → its IRI, and what stands there."""

OPERATORS: Final = (
    "eq",
    "neq",
    "gt",
    "gteq",
    "lt",
    "lteq",
    "hasPart",
    "isA",
    "isAllOf",
    "isAnyOf",
    "isNoneOf",
    "isPartOf",
)
_OF_MESSAGES: Final = (
    *("CatalogRequestMessage", "DatasetRequestMessage", "CatalogError", "ContractRequestMessage"),
    *("ContractOfferMessage", "ContractAgreementMessage", "ContractAgreementVerificationMessage"),
    *("ContractNegotiationEventMessage", "ContractNegotiationTerminationMessage", "ContractNegotiation"),
    *("ContractNegotiationError", "TransferRequestMessage", "TransferStartMessage", "TransferCompletionMessage"),
    *("TransferSuspensionMessage", "TransferTerminationMessage", "TransferProcess", "TransferError"),
    *("DataAddress", "EndpointProperty", "REQUESTED", "OFFERED", "ACCEPTED", "AGREED", "VERIFIED", "FINALIZED"),
    *("TERMINATED", "STARTED", "SUSPENDED", "COMPLETED"),
)
_OF_POLICIES: Final = ("Offer", "Agreement", "Permission", "Prohibition", "Duty", "Constraint", "use", *OPERATORS)
WORDS: Final = MappingProxyType(
    {DSPACE + word: word for word in _OF_MESSAGES}
    | {ODRL.NAMESPACE + word: word for word in _OF_POLICIES}
    | {DCAT.NAMESPACE + word: word for word in ("Catalog", "Dataset", "DataService", "Distribution")}
)
"""IRI → the word that the protocol's context has for it."""

PREFIXES: Final = MappingProxyType(
    {"dspace": DSPACE, "odrl": ODRL.NAMESPACE, "dcat": DCAT.NAMESPACE, "dct": DCT.NAMESPACE, "xsd": XSD.NAMESPACE}
)
"""Prefixes that the protocol's context defines."""

_MEMBER_OF: Final = {iri: (name, form) for name, (iri, form) in MEMBERS.items()}
_IRIS: Final = {word: iri for iri, word in WORDS.items()}
_SEVERAL: Final = Message(
    ja="メッセージがちょうど一つではありません。", en="There is not exactly one message of the kind expected here."
)
_TOO_MUCH: Final = Message(
    ja="メッセージが大きすぎるか循環しています。", en="The message is too large, or contains itself."
)


def word(iri: str) -> str:
    """A term as the compact form has it."""
    if iri in WORDS:
        return WORDS[iri]
    if iri.startswith(_BASE):
        return iri[len(_BASE) :]
    if iri.startswith(LOCAL):
        return unquote(iri[len(LOCAL) :])
    return "odrl:" + iri[len(ODRL.NAMESPACE) :] if iri.startswith(ODRL.NAMESPACE) else iri


def respelled(body: bytes, expected: Iterable[str]) -> Json:
    """A message of any spelling in the compact form.

    Args:
        body: JSON-LD whose contexts are all at hand.
        expected: types of messages.

    Raises:
        MessageInvalid: not readable, something of it would be lost, or not exactly one message of these types.
    """
    try:
        reading = read(body, media_type="application/ld+json", base_iri=_BASE, limits=_LIMITS)
        triples = list(reading)
    except Unreadable as error:
        raise MessageInvalid(error.message) from error
    for fault in reading.faults:
        if fault.kind not in _KEPT:
            raise MessageInvalid(
                Message(ja=f"{fault.text}: {fault.message.ja}", en=f"{fault.text}: {fault.message.en}")
            )
    wanted = {_IRIS[kind] for kind in expected if kind in _IRIS}
    framing = _Framing(triples)
    return {"@context": [CONTEXT], **framing.node(framing.root(wanted), wanted)}


def framed(triples: Iterable[Triple], root: NamedNode) -> Json:
    """What triples say of one node, in the compact form; what the protocol has no member for is left out.

    Raises:
        MessageInvalid: it contains itself.
    """
    return _Framing(list(triples)).node(root)


class _Framing:
    """Writes the tree of one message."""

    def __init__(self, triples: list[Triple]) -> None:
        self._graph = Graph(triples)
        self._objects = {triple.object for triple in triples if triple.predicate != RDF.type}
        self._services = {triple.object for triple in triples if triple.predicate == DCAT.service}
        self._left = len(triples) + _ROOM
        self._depth = 0

    def root(self, wanted: set[str]) -> Node:
        """The one node of a type expected that no other leads to."""
        typed = [
            node
            for node in self._graph.subjects()
            if any(isinstance(each, NamedNode) and each.value in wanted for each in self._graph.types(node))
        ]
        tops = typed if len(typed) == 1 else [node for node in typed if node not in self._objects]
        if len(tops) != 1:
            raise MessageInvalid(_SEVERAL, "@type")
        return tops[0]

    def node(self, node: Node, wanted: Iterable[str] = ()) -> Json:
        self._left -= 1
        if self._left < 0 or self._depth >= _DEPTH:
            raise MessageInvalid(_TOO_MUCH)
        self._depth += 1
        written: Json = {} if isinstance(node, BlankNode) else {"@id": word(node.value)}
        written |= self._type(node, wanted)
        for prop in self._graph.properties(node):
            if prop.value in _MEMBER_OF:
                name, form = _MEMBER_OF[prop.value]
                written[name] = self._member(form, self._values(node, prop))
        self._depth -= 1
        return written

    def _type(self, node: Node, wanted: Iterable[str]) -> Iterator[tuple[str, str]]:
        types = [each.value for each in self._graph.values(node, RDF.type) if isinstance(each, NamedNode)]
        chosen = [each for each in types if each in wanted] or [each for each in types if each in WORDS] or types
        return iter([("@type", word(chosen[0]))] if chosen else ())

    def _values(self, node: Node, prop: NamedNode) -> list[Term]:
        """The values of a property; members of a list are values of it too, but at a right operand."""
        values = self._graph.values(node, prop)
        if len(values) == 1 and prop != ODRL.rightOperand and self._graph.is_list(values[0]):
            return self._graph.listed(values[0]) or []
        return values

    def _member(self, form: Form, values: list[Term]) -> Any:
        match form:
            case Form.NODES:
                return [self._object(value) for value in values]
            case Form.TEXTS:
                return [literal(value) for value in values]
            case Form.OPERAND:
                return _one_or_many([self._operand(value) for value in values])
            case Form.NODE:
                # A service that its catalog lists is referred to, as the specification's examples do.
                return _one_or_many([_name(each) if each in self._services else self._object(each) for each in values])
            case Form.TEXT:
                return _one_or_many([value.value for value in values])
            case _:
                return _one_or_many([value.value if isinstance(value, Literal) else _name(value) for value in values])

    def _object(self, value: Term) -> Any:
        if isinstance(value, Literal):
            return value.value
        return self.node(value) if value in self._graph else _name(value)

    def _operand(self, value: Term) -> Any:
        if self._graph.values(value, RDF.first):
            return {"@list": [literal(each) for each in self._graph.listed(value) or ()]}
        return literal(value)


def _name(node: Term) -> str:
    return str(node) if isinstance(node, BlankNode) else word(node.value)


def literal(value: Term) -> Any:
    """A literal or an IRI whose kind must not be lost."""
    if not isinstance(value, Literal):
        return {"@id": str(value) if isinstance(value, BlankNode) else value.value.removeprefix(_BASE)}
    if value.language is not None:
        return {"@value": value.value, "@language": value.language}
    if value.datatype == XSD.string:
        return value.value
    return {"@value": value.value, "@type": datatype_word(value.datatype.value)}


def datatype_word(iri: str) -> str:
    """A datatype as the compact form has it."""
    return "xsd:" + iri[len(XSD.NAMESPACE) :] if iri.startswith(XSD.NAMESPACE) else iri


def _one_or_many(values: list[Any]) -> Any:
    return values[0] if len(values) == 1 else values
