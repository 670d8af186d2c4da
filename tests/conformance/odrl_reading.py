"""Policies of the field as found: each document read, its policies compiled, and brought into normal form twice."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from exchange.policy.checking import PolicyDocument
from exchange.policy.compiling import Compiled
from exchange.policy.model import Policy
from exchange.policy.normalising import read_policy
from exchange.policy.vocabulary import Vocabulary, shipped
from exchange.policy.writing import policy_triples
from exchange.validity import validity
from ontology.description import Description, isomorphic
from ontology.faults import Unreadable
from shapes.profiles import Profiles
from shapes.validation import Validator

ODRL_CONTEXT = "http://www.w3.org/ns/odrl.jsonld"
CATENA_X_CONTEXT = "https://w3id.org/catenax/2025/9/policy/context.jsonld"
MOSAICROWN_CONTEXT = "http://localhost:8000/ns/mosaicrown/namespace.jsonld"
# Folder: what is said of it where it is not plain ODRL in a syntax of its own.
SUITES = {
    "catena-x": "17 of the files are single constraints; each is put into a policy with the Catena-X context",
    "conflict-benchmark": "",
    "dalicc-licences": "NCGL-UK-2.0.ttl is not Turtle: read as far as it goes, void with the reason",
    "dsp-2025-1-messages": "the verification message holds no policy",
    "fiware-dome-gaiax": "19 files of the source are UTF-16",
    "ids-connector-catalogs": "in a vocabulary of its own (ids:), so no ODRL policy is found",
    "ids-oac-examples": "",
    "mosaicrown": "their context was never published: its one word, purpose, is written into the documents",
    "odrl-im-examples": "",
    "odrl-validation": "sample000.ttl holds no policy, and is labelled invalid",
    "odrl-vocab-examples": "the JSON files are of ODRL 2.1, without a context: refused with that reason; only example4 says the same in both files",
    "oval-validation": "",
    "pyodre-policies": "",
    "solidlab-test-suite/policies": "",
    "w3c-formal-semantics": "policies alone",
}
SUFFIXES = (".ttl", ".json", ".jsonld")


@dataclass
class Reading:
    """What became of the documents of one folder.

    Attributes:
        evaluable: policies that nothing keeps from being evaluated here.
        changed: policies of which the normal form has another normal form.
    """

    documents: int = 0
    refused: dict[str, str] = field(default_factory=dict)
    mended: list[str] = field(default_factory=list)
    policies: int = 0
    evaluable: int = 0
    changed: list[str] = field(default_factory=list)


def documents(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.rglob("*")):
        about = path.name in ("labels.jsonld", "profile.ttl")
        other = folder.name == "w3c-formal-semantics" and not path.name.startswith("policy")
        if path.suffix in SUFFIXES and not about and not other:
            yield path


def text_of(path: Path) -> bytes:
    """A document as it stands, or as the note of its folder says."""
    data = path.read_bytes()
    if "mosaicrown" in path.parts:
        own = {"purpose": {"@id": "urn:mosaicrown:purpose", "@type": "@vocab"}, "@vocab": "urn:mosaicrown:"}
        return data.replace(json.dumps(MOSAICROWN_CONTEXT).encode(), json.dumps(own).encode())
    if "catena-x" in path.parts and b"@context" not in data:
        rule = {"action": "use", "constraint": [json.loads(data)]}
        contexts = [ODRL_CONTEXT, CATENA_X_CONTEXT]
        return json.dumps({"@context": contexts, "@id": "urn:x", "@type": "Set", "permission": [rule]}).encode()
    return data


class AnyProfile:
    """The vocabulary of a deployment that knows every profile."""

    def knows_profile(self, iri: str) -> bool:
        return True


def read_folder(shared: Path, name: str) -> Reading:
    found = Reading()
    for path in documents(shared / "data" / "odrl" / name):
        found.documents += 1
        try:
            document = PolicyDocument.read(text_of(path), name=path.name)
        except Unreadable as error:
            found.refused[path.name] = str(error)
            continue
        if any(each.kind in ("syntax", "term") for each in document.faults):
            found.mended.append(path.name)
        for policy in document.policies(shipped()):
            found.policies += 1
            found.evaluable += not Compiled(policy, shipped()).void
        found.changed += [path.name for each in _policies(document) if not _stays(each)]
    return found


def _policies(document: PolicyDocument) -> Iterable[Policy]:
    knowing: Vocabulary = AnyProfile()  # type: ignore[assignment]
    return document.policies(knowing)


def _stays(policy: Policy) -> bool:
    """Whether the normal form of the normal form is the same graph, and reads as the same number of rules."""
    triples = policy_triples(policy)
    again = read_policy(Description.of(policy.iri, triples), knows_profile=lambda _: True)
    same_rules = len(list(again.rules)) == len(list(policy.rules))
    return same_rules and isomorphic(triples, policy_triples(again))


class Checker:
    """The whole check of a document, as `renkei policy check` makes it."""

    def __init__(self) -> None:
        self._validator = Validator(Profiles.shipped())

    def is_valid(self, path: Path) -> bool:
        document = PolicyDocument.read(path.read_bytes(), name=path.name)
        return validity(document, document.policies(shipped()), shipped(), self._validator).conforms


def labelled(shared: Path) -> dict[str, tuple[Path, bool]]:
    """Documents with the label of their suite."""
    folder = shared / "data" / "odrl"
    labels = json.loads((folder / "odrl-validation/labels.jsonld").read_text())["@graph"]
    found = {each["file"]: (folder / "odrl-validation" / each["file"], each["valid"]) for each in labels}
    for path in sorted((folder / "oval-validation").rglob("*.jsonld")):
        found[f"oval/{path.parent.name}/{path.name}"] = (path, path.parent.name != "invalid_ODRL")
    return found


def disagreeing(shared: Path) -> set[str]:
    """Labelled documents of which our check says otherwise."""
    checker = Checker()
    return {name for name, (path, valid) in labelled(shared).items() if checker.is_valid(path) != valid}
