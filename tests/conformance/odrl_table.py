"""The page of results: `python -m tests.conformance.odrl_table SHARED` writes docs/conformance-odrl.md."""

import json
import sys
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path

from tests.conformance import test_odrl_conflicts as conflicts
from tests.conformance import test_odrl_formal_semantics as draft
from tests.conformance import test_odrl_solidlab_reports as reports
from tests.conformance.odrl_reading import SUITES, Reading, disagreeing, labelled, read_folder
from tests.conformance.solidlab import Case, decided_case, ours, states

PAGE = Path(__file__).parents[2] / "docs/conformance-odrl.md"
COMMAND = "`python -m tests.conformance.odrl_table SHARED`"
DISAGREEMENTS = {
    "samples/sample024.ttl": 'labelled valid; its left operand is the text "media", where ODRL wants a term',
    "samples/sample034.ttl": 'labelled "valid (?)"; its action is the text "reproduce", where ODRL wants a term',
    "samples/sample036.ttl": 'labelled "valid (?)"; a prohibition within a prohibition, and a remedy that is its own prohibition',
    "samples/sample055.ttl": "labelled valid; its permission has no action, which stands within the target instead",
    "oval/valid_ODRL/odrl5.jsonld": "labelled valid; the key `summary` means nothing in its context, so a part of the rule is lost",
}
_HEAD = f"""# ODRL conformance

Public suites and policies of the field, at the commits that the sources name. Made by {COMMAND}; tests in
`tests/conformance/test_odrl_*.py` hold every figure. Nothing is fetched, and no file is mended unless said so.

"""


def page(shared: Path) -> str:
    """The whole page, measured now."""
    parts = (_decisions(shared), _unsound(), _conflicts(shared), _validity(shared), _readings(shared))
    return _HEAD + "\n".join(parts)


def _decisions(shared: Path) -> str:
    cases = {name: decided_case(shared, name) for name in _names(shared)}
    known = {name: draft.decided(shared, name).verdict is verdict for name, verdict in draft.TABLE.items()}
    told = [draft.reported(shared, name) == states for name, states in draft.REPORTED.items()]
    whole = [name for name in cases if reports.is_as_expected(shared, name)]
    rows = (
        (
            "SolidLab, activation of each rule and every described state",
            len(cases),
            sum(map(_as_described, cases.values())),
        ),
        ("SolidLab, report graph isomorphic", len(cases), len(whole)),
        ("W3C draft, verdict of the table in its text", len(known), sum(known.values())),
        ("W3C draft, activation and control states in RDF", len(told), sum(told)),
    )
    return "## Decisions and reports\n\n" + _table(("suite", "cases", "passed"), rows)


def _names(shared: Path) -> list[str]:
    folder = shared / "data/odrl/solidlab-test-suite/test_cases"
    return sorted(path.name for path in folder.glob("*.ttl"))


def _as_described(case: Case) -> bool:
    found = {report.rule.node: report for report in case.decision.report.rules}
    return set(found) == set(case.expected) and all(
        found[rule].activation == case.one(node, "activationState").lower()
        and states(case, node) <= ours(found[rule].premises)
        for rule, node in case.expected.items()
    )


def _unsound() -> str:
    names = ", ".join(name.split("-")[1] for name in reports.CONDITION_OF_ANOTHER_POLICY)
    return f"""SolidLab's cases {names} say that the condition of the permission is reported by a report on a duty of another policy;
everything else in their graphs is compared and the same. 065 moreover names five premise reports that it does not
describe; they are taken for the five that it describes and does not name. The suite lets a permission be as long as its
duty is not violated: it runs with `duty_mode` not-violated. Of the W3C draft's cases, C names party `billie1` who is
`billie` in the policy, and B writes its number as an address; both are mended before reading.

A report's nodes are named after what was decided: the same decision gives the same graph, another one shares no node
with it. A premise that nobody can tell has no satisfaction state. The draft's terms stand in the namespace of its
examples, for it has published no other; the control state of the whole report is ours, as the draft leaves the answer of
a policy open, and so are `rk:consequenceReport` and `rk:remedyReport`. A nameless rule or constraint is told by
`dct:identifier`, the label that it has in the canonical form of the policy.
"""


def _conflicts(shared: Path) -> str:
    labels = json.loads((shared / "data/odrl/conflict-benchmark/labels.jsonld").read_text())["@graph"]
    meant = [each for each in labels if each["verdict"] in conflicts.MEANT]
    rows = []
    for family, cases in Counter(each["family"] for each in meant).items():
        names = [each["@id"].removeprefix("urn:case:") for each in meant if each["family"] == family]
        unsound, untold = (sum(name in some for name in names) for some in (conflicts.UNSOUND, conflicts.CANNOT_TELL))
        rows.append((family, cases, cases - unsound - untold, untold, 0, unsound))
    head = ("family", "problems", "as labelled", "cannot tell", "wrong", "label does not follow from the file")
    return (
        "## Conflict benchmark\n\n"
        + _table(head, rows)
        + "\nReasons stand in `tests/conformance/test_odrl_conflicts.py`.\n"
    )


def _validity(shared: Path) -> str:
    labels, differing = labelled(shared), disagreeing(shared)
    rows = []
    for suite in ("samples/", "policies/", "oval/"):
        its = [name for name in labels if name.startswith(suite)]
        valid = sum(labels[name][1] for name in its)
        agreed = len(its) - sum(name in differing for name in its)
        rows.append(({"oval/": "oval-validation"}.get(suite, f"odrl-validation/{suite}"), len(its), valid, agreed))
    told = "".join(f"- `{name}`: {DISAGREEMENTS.get(name, 'not explained')}\n" for name in sorted(differing))
    head = ("suite", "policies", "labelled valid", "our check agrees")
    return f"## Validity\n\n{_table(head, rows)}\nWhere it disagrees:\n\n{told}"


def _readings(shared: Path) -> str:
    rows = [_reading(name, read_folder(shared, name), note) for name, note in SUITES.items()]
    head = ("folder", "documents", "read", "policies", "can be evaluated here", "normal form stays", "note")
    return f"""## Policies of the field

Each document is read and its policies compiled; their normal form is written, read and written again, which gives the
same graph. A policy that cannot be evaluated here is of a profile that nobody declared, rests on one that is not at
hand, or lost a part in reading; it is void with that reason. Words of Catena-X, CADDE, DALICC, DPV, DSP are shipped.

{_table(head, rows)}"""


def _reading(name: str, found: Reading, note: str) -> Sequence[object]:
    read = found.documents - len(found.refused)
    return (
        name,
        found.documents,
        read,
        found.policies,
        found.evaluable,
        found.policies - len(found.changed),
        note or "–",
    )


def _table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "".join("| " + " | ".join(map(str, line)) + " |\n" for line in lines)


if __name__ == "__main__":
    PAGE.write_text(page(Path(sys.argv[1])))
