"""Decisions, comparisons and reports on policies as JSON, for HTTP and the command line."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from exchange.policy.account import account
from exchange.policy.comparison import Comparison, Finding
from exchange.policy.decision import Decision, Report, RuleReport, Satisfaction
from exchange.policy.explaining import Explanation
from exchange.policy.model import Policy
from exchange.policy.notation import as_json
from exchange.policy.vocabulary import Vocabulary
from ontology.messages import Message

RULES_TOLD = 1_000  # of one decision, those about the request first: 10,000 rules are 10 MB of JSON
_LISTS = ("reasons", "rules", "duties", "missing", "consumed", "faults")


def decision_json(decision: Decision, vocabulary: Vocabulary, *, brief: bool = False) -> dict[str, Any]:
    """A decision with its report, or with its reasons alone."""
    report, left_out = _shortened(decision.report)
    if brief:
        told = {name: as_json(getattr(report, name)) for name in ("identity", "verdict", "enforced", "reasons")}
        return {"permitted": decision.permitted, **told}
    found = {"permitted": decision.permitted, **dict.fromkeys(_LISTS, ()), **as_json(report)}
    if left_out:
        found["rulesLeftOut"] = left_out
    else:
        found["text"] = as_json(account(decision, vocabulary).text)
    return found


def _shortened(report: Report) -> tuple[Report, int]:
    """A report of bounded size: of very many rules only those that may be about the request."""
    if len(report.rules) <= RULES_TOLD:
        return report, 0
    near = [each for each in report.rules if _near(each)][:RULES_TOLD]
    return replace(report, rules=tuple(near)), len(report.rules) - len(near)


def _near(rule: RuleReport) -> bool:
    return rule.matched is not Satisfaction.UNSATISFIED


def comparison_json(comparison: Comparison, shadowed: Iterable[Finding] = ()) -> dict[str, Any]:
    """What a comparison found; a witness is a request that shows it.

    Args:
        shadowed: rules without effect, told apart from what decides the verdict.
    """
    return {
        "verdict": comparison.verdict.value,
        "findings": [_finding_json(each) for each in comparison.findings],
        "withoutEffect": [_finding_json(each) for each in shadowed],
    }


def _finding_json(finding: Finding) -> dict[str, Any]:
    return {
        "kind": finding.kind.value,
        "verdict": finding.verdict.value,
        "message": as_json(finding.message),
        "rules": [{"node": rule.node, "kind": rule.kind.value, "policy": rule.origin} for rule in finding.rules],
        "constraints": [each.node for each in finding.constraints],
        "witness": _witness_json(finding),
    }


def _witness_json(finding: Finding) -> dict[str, Any] | None:
    witness = finding.witness
    if witness is None:
        return None
    named = {"action": witness.action, "target": witness.target, "party": witness.assignee}
    parameters = {left: [str(term) for term in terms] for left, terms in witness.values}
    return {name: text for name, text in named.items() if text} | {"parameters": parameters}


def explanation_json(explanation: Explanation, policy: Policy) -> dict[str, Any]:
    """A policy in words, a sentence a rule."""
    return {
        "policy": policy.iri,
        "heading": as_json(explanation.heading),
        "sentences": [as_json(each) for each in explanation.sentences],
        "notes": [as_json(each) for each in explanation.notes],
    }


def policy_json(policy: Policy) -> dict[str, Any]:
    """What a policy is, in numbers."""
    counts: Mapping[str, int] = {
        name: len(getattr(policy, name)) for name in ("permissions", "prohibitions", "obligations")
    }
    return {
        "policy": policy.iri,
        "kind": policy.kind.value,
        "hash": policy.hash,
        "profiles": list(policy.profiles),
        "evaluable": not policy.void,
        **counts,
    }


def message_json(message: Message) -> dict[str, str]:
    """A sentence in both languages."""
    return {"ja": message.ja, "en": message.en}
