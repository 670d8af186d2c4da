"""Whether the policies of a document are sound: by the shapes of ODRL, by what normalising found, by their words."""

from collections.abc import Iterator, Sequence

from exchange.policy.checking import PolicyDocument, all_faults, is_wrong
from exchange.policy.faults import fault
from exchange.policy.model import Fault, Policy, Severity
from exchange.policy.vocabulary import Vocabulary
from ontology.terms import RENKEI
from shapes.report import Report, Result
from shapes.report import Severity as ResultSeverity
from shapes.validation import Validator

PROFILE, LEVEL = "odrl", "full"
COMPONENT = RENKEI.NAMESPACE + "PolicyFault"
_TOLD = {
    Severity.VOID: ResultSeverity.WARNING,
    Severity.UNKNOWN: ResultSeverity.WARNING,
    Severity.NOTED: ResultSeverity.INFO,
}


def validity(
    document: PolicyDocument, policies: Sequence[Policy], vocabulary: Vocabulary, validator: Validator
) -> Report:
    """The report on all policies of a document; it conforms if they are sound, evaluable here or not.

    What cannot be evaluated here, as a policy of a profile that nobody declared, is a warning.
    """
    shapes = validator.validate_document(document.triples, profile=PROFILE, level=LEVEL)
    return Report.of(PROFILE, LEVEL, [*shapes.results, *_found(policies, vocabulary)])


def _found(policies: Sequence[Policy], vocabulary: Vocabulary) -> Iterator[Result]:
    if not policies:
        yield _result(fault("no-policy", "urn:renkei:policy:"), ResultSeverity.VIOLATION)
    for policy in policies:
        for each in all_faults(policy, vocabulary):
            severity = ResultSeverity.VIOLATION if is_wrong(each, policy) else _TOLD[each.severity]
            yield _result(each, severity)


def _result(found: Fault, severity: ResultSeverity) -> Result:
    return Result(
        focus=found.node,
        path=None,
        component=COMPONENT,
        severity=severity,
        value=None,
        shape=None,
        fault="data",
        message=found.message,
        cause=f"policy-{found.code}",
    )
