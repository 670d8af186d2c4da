"""An agreement as JSON, as RDF and in words, for its parties."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from pyoxigraph import BlankNode, Literal, Triple

from exchange.agreement import AGREED, Agreement
from exchange.policy.explaining import explain
from exchange.policy.normalising import read_policy
from exchange.policy.vocabulary import Vocabulary
from ontology.messages import Message
from ontology.terms import PROV, RDF, RENKEI, SPDX, XSD
from ontology.terms import iri as node_of

_NEGOTIATED, _IN_FORCE, _NOTICE, _OVER = "negotiated", "in-force", "notice", "over"
Signed = Mapping[str, Message | None]


@dataclass(frozen=True, slots=True)
class Party:
    """A party on the page: who, and whether its signature is good (None) or why not."""

    name: str
    role: str
    signed: bool
    fault: Message | None


def standing(agreement: Agreement, now: datetime | None = None) -> str:
    """Where an agreement stands, as pages name it: negotiated, in-force, notice (it ends soon) or over."""
    now = now or datetime.now(UTC)
    if agreement.is_in_force(now):
        return _IN_FORCE if agreement.ended_at is None else _NOTICE
    return _NEGOTIATED if agreement.state == AGREED and agreement.ended_at is None else _OVER


def agreement_json(agreement: Agreement, base: str) -> dict[str, Any]:
    """An agreement in a list."""
    return {
        "id": agreement.iri,
        "address": f"{base}/agreements/{agreement.short_id}",
        "role": agreement.role.value,
        "provider": agreement.provider,
        "consumer": agreement.consumer,
        "dataset": agreement.dataset,
        "offer": agreement.offer,
        "state": agreement.state,
        "inForce": agreement.is_in_force(datetime.now(UTC)),
        "agreedAt": agreement.agreed_at.isoformat(),
        "endsAt": _time(agreement.ends_at),
        "endedAt": _time(agreement.ended_at),
        "endedBy": agreement.ended_by,
        "reason": agreement.reason,
    }


def whole_json(agreement: Agreement, base: str, signed: Signed) -> dict[str, Any]:
    """An agreement with all that was agreed, and how each signature stands."""
    return {
        **agreement_json(agreement, base),
        "negotiation": agreement.negotiation,
        "revision": agreement.revision,
        "datasetHash": agreement.dataset_hash,
        "hash": agreement.hash,
        "statement": dict(agreement.statement),
        "signatures": {
            party: {"signature": agreement.signatures.get(party), "good": fault is None, "fault": _told(fault)}
            for party, fault in signed.items()
        },
        "document": dict(agreement.document),
    }


def agreement_triples(agreement: Agreement) -> Iterator[Triple]:
    """What was agreed, and what became of it (PROV-O), with the signatures."""
    yield from agreement.description.triples
    node = node_of(agreement.iri)
    yield Triple(node, RDF.type, PROV.Entity)
    yield Triple(node, PROV.generatedAtTime, _literal(agreement.agreed_at))
    for party in (agreement.provider, agreement.consumer):
        yield Triple(node, PROV.wasAttributedTo, node_of(party))
    if agreement.offer is not None:
        yield Triple(node, PROV.wasDerivedFrom, node_of(agreement.offer))
    if (over_at := agreement.over_at) is not None:
        yield Triple(node, PROV.invalidatedAtTime, _literal(over_at))
    yield Triple(node, RENKEI.agreementState, Literal(agreement.state))
    checksum = BlankNode()
    yield Triple(node, SPDX.checksum, checksum)
    yield Triple(checksum, RDF.type, SPDX.Checksum)
    yield Triple(checksum, SPDX.algorithm, node_of(f"{SPDX.NAMESPACE}checksumAlgorithm_sha256"))
    yield Triple(checksum, SPDX.checksumValue, Literal(agreement.hash, datatype=XSD.hexBinary))
    for party, signature in sorted(agreement.signatures.items()):
        signed = BlankNode()
        yield Triple(node, RENKEI.signature, signed)
        yield Triple(signed, PROV.agent, node_of(party))
        yield Triple(signed, RDF.value, Literal(signature))


def parties(agreement: Agreement, signed: Signed) -> list[Party]:
    """Both parties, the provider first."""
    named = ((agreement.provider, "provider"), (agreement.consumer, "consumer"))
    return [Party(name, role, name in agreement.signatures, signed.get(name)) for name, role in named]


def in_words(agreement: Agreement, vocabulary: Vocabulary) -> tuple[Message, ...]:
    """The rules, a sentence each, and what else there is to know of them."""
    policy = read_policy(agreement.description, knows_profile=vocabulary.knows_profile)
    told = explain(policy, vocabulary)
    return (*(each.text for each in told.sentences), *told.notes)


def _literal(moment: datetime) -> Literal:
    return Literal(moment.astimezone(UTC).isoformat().replace("+00:00", "Z"), datatype=XSD.dateTime)


def _time(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()


def _told(message: Message | None) -> dict[str, str] | None:
    return {"ja": message.ja, "en": message.en} if message else None
