"""The policy of the benchmark in the languages of other engines; each answers the same questions, or is left out."""

import contextlib
import importlib
import json
import logging
import tempfile
from collections.abc import Callable
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

Ask = Callable[[], bool]

REGO = """package policy
import rego.v1

default permit := false
research if { input.now < 1830297600000; input.purpose in ["research", "education"] }
granted if { input.action == "read"; input.asset == "data"; input.party == "alice"; research }
granted if { input.action in ["use", "read"]; input.asset == "data"; input.now > 1767225600000 }
forbidden if { input.action in ["use", "read"]; input.asset == "data"; input.recipient == "press" }
permit if { granted; not forbidden }
"""
CEDAR = """
permit (principal == User::"alice", action == Action::"read", resource == Asset::"data")
when { context.now < 1830297600000 && ["research", "education"].contains(context.purpose) };
permit (principal, action in [Action::"use", Action::"read"], resource == Asset::"data")
when { context.now > 1767225600000 };
forbid (principal, action in [Action::"use", Action::"read"], resource == Asset::"data")
when { context.recipient == "press" };
"""


def questions(recipient: str) -> dict[str, object]:
    return {"action": "read", "asset": "data", "party": "alice", "now": 1781524800000,
            "purpose": "research", "recipient": recipient}  # fmt: skip


def regorus(recipient: str) -> Ask | None:
    """Microsoft's Rego interpreter as the wheel opa-eval has it; the policy is parsed once, the input each time."""
    wheel = _wheel("opa_eval")
    if wheel is None:
        return None
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "policy.rego")
        file.write_text(REGO)
        engine = wheel.OpaEval(str(file), query="data.policy.permit")
    text = json.dumps(questions(recipient))
    return lambda: engine.evaluate_parsed(text) is True


def cedar(recipient: str) -> Ask | None:
    """Cedar with the policies parsed once."""
    wheel = _wheel("cedarpy")
    if wheel is None:
        return None
    policies, entities = wheel.PolicySet.from_str(CEDAR), wheel.Entities.from_json_str("[]")
    asked = questions(recipient)
    request = {"principal": 'User::"alice"', "action": 'Action::"read"', "resource": 'Asset::"data"',
               "context": {name: asked[name] for name in ("now", "purpose", "recipient")}}  # fmt: skip
    return lambda: bool(wheel.is_authorized(request, policies, entities).decision == wheel.Decision.Allow)


def pyodre() -> Ask | None:
    """pyodre, which knows neither parties nor prohibitions nor operands but the time: as near as it comes."""
    wheel = _wheel("pyodre.odre")
    if wheel is None:
        return None
    logging.getLogger("rdflib").setLevel(logging.ERROR)
    rules = [_pyodre_rule("gt", 2025), _pyodre_rule("lt", 2030), _pyodre_rule("gt", 2025, "lt", 2031)]
    policy = {"@context": "http://www.w3.org/ns/odrl.jsonld", "@type": "Policy", "uid": "urn:x", "permission": rules}
    text, engine = json.dumps(policy), wheel.ODRE()
    return lambda: bool(engine.enforce(text))


def _pyodre_rule(*terms: object) -> dict[str, object]:
    pairs = list(zip(terms[::2], terms[1::2], strict=True))
    constraints = [
        {"leftOperand": "dateTime", "operator": operator,
         "rightOperand": {"@value": f"{year}-01-01T00:00:00", "@type": "xsd:dateTime"}}
        for operator, year in pairs
    ]  # fmt: skip
    return {"target": "urn:data", "action": "read", "constraint": constraints}


def _wheel(name: str) -> Any:
    with contextlib.suppress(ImportError):
        return importlib.import_module(name)
    return None


def spelt(name: str) -> str:
    """Name and version of a peer's wheel."""
    try:
        found = version(name)
    except PackageNotFoundError:
        return name
    return f"regorus (opa-eval {found})" if name == "opa-eval" else f"{name} {found}"
