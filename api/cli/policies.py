"""`renkei policy check|decide|compare|explain`; nothing is fetched, no data folder is needed."""

import sys

import click

from api.cli.policy_drafts import simulate, template
from api.cli.policy_files import document_in, only, policies_in, policy_in, situation, words, zone_option
from api.cli.terminal import json_option, language, plain, print_json, problems
from api.cli.validating import read_so_far
from api.logging import configure
from api.policy_answers import comparison_json, decision_json, explanation_json, policy_json
from api.routes.policies import compared
from api.routes.validation import faults_json
from exchange.policy.account import account
from exchange.policy.comparing import Silence
from exchange.policy.comparison import Finding, Verdict
from exchange.policy.compiling import Compiled
from exchange.policy.explaining import explain as explained
from exchange.policy.model import Policy
from exchange.policy.options import DutyMode, Options
from exchange.policy.reportmodels import COMPLIANCE, FORMAL_SEMANTICS, Model
from exchange.policy.reports import turtle
from exchange.policy.several import Combined, combined
from exchange.policy.vocabulary import Vocabulary
from exchange.validity import validity
from ontology.messages import Message
from shapes.profiles import Profiles
from shapes.validation import Validator

_EXIT = {Verdict.NONE: 0, Verdict.CONFLICT: 1, Verdict.CANNOT_TELL: 3}
_VERDICTS = {
    Verdict.NONE: Message("競合なし (none)", "none"),
    Verdict.CONFLICT: Message("競合あり (conflict)", "conflict"),
    Verdict.CANNOT_TELL: Message("判断できません (cannot tell)", "cannot tell"),
}
_MODELS = {"compliance-report": COMPLIANCE, "formal-semantics": FORMAL_SEMANTICS}
_WITNESS = Message("例", "For example")
_WITHOUT_EFFECT = Message("効果のない規則:", "Rules without effect:")


@click.group()
def policy() -> None:
    """ODRL policies: check, decide, compare, explain, simulate, fill from templates."""
    configure("text", "warning")


@policy.command(epilog="Example: renkei policy check terms.jsonld --json")
@click.argument("source", metavar="FILE")
@json_option
def check(source: str, as_json: bool) -> None:
    """Say whether the policies of FILE (- for standard input) are sound ODRL, and what cannot be evaluated here.

    Exit 0 valid, 1 invalid, 2 unreadable.
    """
    with problems():
        vocabulary, document = words(), document_in(source)
        found = document.policies(vocabulary)
        report = validity(document, found, vocabulary, Validator(Profiles.shipped()))
        faults = faults_json(document.faults)
    if as_json:
        results = report.to_json()["results"]
        policies = [policy_json(each) for each in found]
        print_json({"valid": report.conforms, "results": results, "policies": policies, "faults": faults})
    else:
        click.echo(plain(report.to_text(language())), nl=False)
        click.echo(plain(read_so_far(faults, language())), nl=False)
    sys.exit(0 if report.conforms else 1)


@policy.command(epilog="Example: renkei policy decide terms.ttl --request request.json --at 2026-04-01T00:00:00Z")
@click.argument("source", metavar="POLICY")
@click.option("--request", required=True, metavar="FILE", help="The request: RDF, or JSON {action, party, target, …}.")
@click.option("--world", metavar="FILE", help="State of the world: RDF, or JSON {values, memberships, performed, …}.")
@click.option("--at", metavar="TIME", help="Time of the decision; by default that of the world, of the request, now.")
@click.option("--policy", "wanted", metavar="IRI", help="Which policy, where POLICY holds several.")
@click.option("--report", "form", type=click.Choice(["json", "turtle"]), help="Write the whole report in this form.")
@click.option("--model", type=click.Choice([*_MODELS]), default="compliance-report", show_default=True,
              help="Terms of --report turtle: those of SolidLab, or of the W3C draft.")  # fmt: skip
@click.option("--duty-mode", type=click.Choice([mode.value for mode in DutyMode]), default="precondition",
              show_default=True, help="Whether a duty holds back until fulfilled, or only if violated.")  # fmt: skip
@click.option("--what-if", is_flag=True, help="Evaluate an offer, request or assertion as if it were agreed upon.")
@zone_option
@click.option("--json", "as_json", is_flag=True, help="The same as --report json.")
def decide(source: str, request: str, world: str | None, at: str | None, wanted: str | None, form: str | None,
           model: str, duty_mode: str, what_if: bool, zone: int, as_json: bool) -> None:  # fmt: skip
    """Decide a request by the policies in POLICY (- for standard input) and say why.

    Of several policies each is decided alone; a refusal or a doubt outweighs every permit.
    Exit 0 permit, 1 anything else, 2 unreadable.
    """
    with problems():
        vocabulary, options = words(), Options(DutyMode(duty_mode), what_if, zone)
        chosen = (policy_in(source, vocabulary, wanted),) if wanted else policies_in(source, vocabulary)
        asked, state = situation(request, world, at)
        answer = combined(Compiled(each, vocabulary, options).decide(asked, state) for each in chosen)
        _show_decisions(answer, vocabulary, "json" if as_json else form, _MODELS[model])
    sys.exit(0 if answer.permitted else 1)


def _show_decisions(answer: Combined, vocabulary: Vocabulary, form: str | None, model: Model) -> None:
    several = len(answer.decisions) > 1
    if form == "turtle":
        click.echo(b"\n".join(turtle(each, model) for each in answer.decisions), nl=False)
    elif form == "json":
        written = [decision_json(each, vocabulary) for each in answer.decisions]
        whole = {"permitted": answer.permitted, "verdict": answer.verdict.value, "enforced": answer.enforced.value}
        print_json({**whole, "decisions": written} if several else written[0])
    else:
        lines = [answer.verdict.value]
        for each in answer.decisions:
            lines += [f"\n{each.compiled.policy.iri}: {each.verdict.value}"] if several else []
            lines.append(account(each, vocabulary).text.in_(language()))
        click.echo(plain("\n".join(lines)))


@policy.command(epilog="Example: renkei policy compare request.ttl offer.ttl --fits")
@click.argument("one", metavar="A")
@click.argument("other", metavar="[B]", required=False)
@click.option("--fits", "fit", is_flag=True, help="Ask whether all that A requests is within what B offers.")
@click.option("--open", "unsaid", is_flag=True, help="While terms are negotiated: what one side leaves unsaid is open.")
@json_option
def compare(one: str, other: str | None, fit: bool, unsaid: bool, as_json: bool) -> None:
    """Say whether the policies A and B conflict, and show it by a request.

    Of A alone it compares the two policies that it holds, or the rules of the one.

    Exit 0 none, 1 conflict, 3 cannot tell, 2 unreadable.
    """
    if fit and other is None:
        raise click.UsageError("--fits needs B, the offer.")
    with problems():
        vocabulary = words()
        first, second = _two(one, other, vocabulary)
        silence = Silence.OPEN if unsaid else Silence.FREE
        comparison, idle = compared(first, second, vocabulary, fit, silence)
    if as_json:
        print_json(comparison_json(comparison, idle))
    else:
        click.echo(_VERDICTS[comparison.verdict].in_(language()))
        _show(comparison.findings, first, second)
        if idle:
            click.echo(_WITHOUT_EFFECT.in_(language()))
            _show(idle, first, second)
    sys.exit(_EXIT[comparison.verdict])


def _two(one: str, other: str | None, vocabulary: Vocabulary) -> tuple[Policy, Policy | None]:
    """The policies of two files, or of one file the one or two that it holds."""
    if other is not None:
        return policy_in(one, vocabulary), policy_in(other, vocabulary)
    found = policies_in(one, vocabulary)
    return (found[0], found[1]) if len(found) == 2 else (only(one, found), None)


def _letter(policy: Policy, letter: str) -> dict[int, str]:
    return {id(rule): f"{letter} " for rule in policy.rules}


def _show(findings: tuple[Finding, ...], one: Policy, other: Policy | None) -> None:
    """Findings with their rules; A and B tell apart nodes of two policies that are called alike."""
    within = {} if other is None else {**_letter(one, "A"), **_letter(other, "B")}
    for finding in findings:
        nodes = ", ".join(within.get(id(rule), "") + rule.node for rule in finding.rules[:4])
        click.echo(plain(f"  {finding.message.in_(language())}" + (f" ({nodes})" if nodes else "")))
        if finding.witness is not None:
            its = finding.witness
            named = [its.action, its.target or "*", its.assignee or "*"]
            values = (f"{left} = {' '.join(map(str, terms)) or '-'}" for left, terms in its.values)
            click.echo(plain(f"    {_WITNESS.in_(language())}: {' / '.join(named)} {'; '.join(values)}".rstrip()))


@policy.command(epilog="Example: renkei policy explain terms.ttl")
@click.argument("source", metavar="FILE")
@json_option
def explain(source: str, as_json: bool) -> None:
    """Say in plain words what the policies of FILE (- for standard input) permit, forbid and demand.

    Exit 0 explained, 2 unreadable.
    """
    with problems():
        vocabulary = words()
        told = [(each, explained(each, vocabulary)) for each in policies_in(source, vocabulary)]
    if as_json:
        print_json({"policies": [explanation_json(explanation, each) for each, explanation in told]})
        return
    click.echo(plain("\n\n".join(explanation.text.in_(language()) for _, explanation in told)))


policy.add_command(simulate)
policy.add_command(template)
