"""`renkei policy simulate` and `renkei policy template`: drafts of policies, tried and filled in."""

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from api.cli.policy_files import policies_in, policy_in, taken, words, zone_option
from api.cli.terminal import (
    columns,
    data_option,
    fail,
    json_option,
    language,
    plain,
    print_json,
    problems,
    run,
    settings_with,
)
from api.limits import parse_json
from api.negotiation import RDF, negotiate
from api.policy_answers import message_json
from api.routes.forms import context_address
from api.service import open_books
from exchange.decisions import Decisions
from exchange.policy.cadde.reading import read_form
from exchange.policy.compiling import Compiled
from exchange.policy.errors import ValuesInvalid
from exchange.policy.model import PolicyKind
from exchange.policy.notation import as_json as written
from exchange.policy.options import DutyMode, Options
from exchange.policy.simulating import simulate as simulated
from exchange.policy.templates import Frame, Template, combine, match, templates
from ontology.messages import Message
from ontology.terms import ODRL
from ontology.writing import write

_UNREADABLE = Message("{count} 行は判断の記録として読めません。", "{count} lines are no logged decisions.")
_NO_TEMPLATE = Message("{name} という雛形はありません: {known}", "There is no template {name}: {known}")
_NO_MATCH = Message("雛形では表せないことを含むポリシーです。", "The policy says something that no template can say.")
_SET = Message("--set は 名前=値 または 雛形.名前=値 の形です。", "--set takes name=value, or template.name=value.")


@click.command(epilog="Example: renkei policy simulate draft.ttl --past decisions.jsonl --json")
@click.argument("source", metavar="DRAFT")
@click.option("--past", metavar="FILE", help="Logged decisions, a JSON line each (- for standard input).")
@click.option("--policy", "replaces", metavar="IRI", help="Policy whose decisions are taken from the data folder; that "
              "of the draft by default, * for all.")  # fmt: skip
@zone_option
@json_option
@data_option
def simulate(source: str, past: str | None, replaces: str | None, zone: int, as_json: bool, data: Path | None) -> None:
    """Try a draft on past decisions: who gains, who loses. They come from --past, else from the data folder's log.

    Exit 0 tried, 2 unreadable.
    """
    with problems():
        vocabulary = words()
        draft = policy_in(source, vocabulary)
        compiled = Compiled(
            draft, vocabulary, Options(DutyMode.PRECONDITION, draft.kind is not PolicyKind.AGREEMENT, zone)
        )
        lines = taken(past)[0].splitlines() if past else _logged(data, replaces or draft.replaced or draft.iri)
        outcome = simulated(compiled, [line for line in lines if line.strip()])
    if as_json:
        print_json(_plain(outcome))
        return
    click.echo(plain(outcome.text.in_(language())))
    if outcome.unreadable:
        click.echo(_UNREADABLE.in_(language()).format(count=len(outcome.unreadable)), err=True)


def _logged(data: Path | None, policy: str) -> list[bytes]:
    async def work() -> list[bytes]:
        async with open_books(settings_with(data=data)) as books:
            return [line async for line in Decisions(books.database).past(None if policy == "*" else policy)]

    return run(work)


def _plain(outcome: Any) -> Any:
    """Records as JSON, the keys of their tables as text."""
    found: dict[str, Any] = written(outcome)
    found["counts"] = _keys(outcome.counts)
    found["effects"] = [
        {
            "party": effect.party,
            "counts": _keys(effect.counts),
            "examples": {change.value: written(example) for change, example in effect.examples.items()},
            "text": message_json(effect.text),
        }
        for effect in outcome.effects
    ]
    return found


def _keys(counts: Mapping[Any, int]) -> dict[str, int]:
    return {change.value: count for change, count in counts.items()}


@click.group()
def template() -> None:
    """Terms of use as templates that are filled into ODRL, and read back."""


@template.command("list", epilog="Example: renkei policy template list --json")
@json_option
def list_(as_json: bool) -> None:
    """List the templates."""
    if as_json:
        print_json([_template_json(each) for each in templates().values()])
        return
    rows = [
        (each.name, each.label.in_(language()), ", ".join(parameter.name for parameter in each.parameters))
        for each in templates().values()
    ]
    columns((*("NAME", "TITLE"), "VALUES"), rows)


@template.command(epilog="Example: renkei policy template show until")
@click.argument("name")
@json_option
def show(name: str, as_json: bool) -> None:
    """Show a template with the values it takes."""
    found = templates().get(name)
    if found is None:
        fail(_NO_TEMPLATE.in_(language()).format(name=name, known=", ".join(templates())), 1)
    if as_json:
        print_json(_template_json(found))
        return
    click.echo(f"{found.name}: {found.label.in_(language())}\n{found.help.in_(language())}")
    for each in found.parameters:
        click.echo(f"  {each.name} ({each.kind.value}): {each.help.in_(language())}  {each.name}={each.example}")


def _template_json(found: Template) -> dict[str, Any]:
    return {
        "name": found.name,
        "label": message_json(found.label),
        "help": message_json(found.help),
        "profile": found.profile,
        "attested": found.attested,
        "parameters": [
            {
                "name": each.name,
                "kind": each.kind.value,
                "label": message_json(each.label),
                "help": message_json(each.help),
                "example": each.example,
                "many": each.many,
                "optional": each.optional,
            }
            for each in found.parameters
        ],
    }


@template.command(
    epilog="Example: renkei policy template fill until research --set end=2027-03-31 --target https://data.example/x"
)
@click.argument("names", metavar="[NAME]...", nargs=-1)
@click.option("--set", "values", multiple=True, metavar="NAME=VALUE", help="A value; repeat it for several.")
@click.option("--form", "form_file", metavar="FILE", help="Take the terms from a contract form of CADDE (JSON).")
@click.option("--target", "targets", multiple=True, required=True, metavar="IRI", help="What it is about.")
@click.option("--iri", default="urn:example:policy", show_default=True, help="Name of the policy.")
@click.option("--kind", type=click.Choice(["Offer", "Agreement", "Set"]), default="Offer", show_default=True)
@click.option("--action", default="odrl:use", show_default=True, help="What is permitted.")
@click.option("--assigner", metavar="IRI", help="Who permits it.")
@click.option("--assignee", metavar="IRI", help="Whom an agreement binds.")
@click.option("--format", "form", default="ttl", show_default=True, help="ttl, jsonld, rdf, nt.")
@click.option("--json", "as_json", is_flag=True, help="The same as --format jsonld.")
def fill(
    names: tuple[str, ...],
    values: tuple[str, ...],
    form_file: str | None,
    targets: tuple[str, ...],
    iri: str,
    kind: str,
    action: str,
    assigner: str | None,
    assignee: str | None,
    form: str,
    as_json: bool,
) -> None:
    """Write the policy that templates make with the values given. Exit 0 written, 1 a value cannot be used."""
    with problems():
        vocabulary = words()
        terms = terms_of(names, values)
        if form_file is not None:
            filled = read_form(_form(form_file), vocabulary)
            terms = {**filled.terms, **terms}
            for note in filled.notes:
                click.echo(plain(note.in_(language())), err=True)
        act = ODRL.NAMESPACE + action.removeprefix("odrl:") if action.startswith("odrl:") else action
        frame = Frame(iri, targets, PolicyKind(kind), act, assigner, assignee)
        syntax = negotiate(None, "jsonld" if as_json else form, RDF).syntax
        assert syntax is not None
        try:
            triples = combine(terms, frame, vocabulary)
        except ValuesInvalid as error:
            fail("\n".join(f"{each.place}: {each.message.in_(language())}" for each in error.reasons), 1)
    sys.stdout.buffer.write(write(triples, syntax, subject=iri, context=context_address(settings_with().base)).data)


def _form(source: str) -> Mapping[str, Any]:
    found = parse_json(taken(source)[0])
    if not isinstance(found, dict):
        fail(f"{source}: JSON {{…}}", 2)
    return found


def terms_of(names: tuple[str, ...], values: tuple[str, ...]) -> dict[str, Any]:
    """Values by template; one without a template's name goes to each that takes it, else to the first."""
    terms: dict[str, dict[str, list[str]]] = {name: {} for name in names}
    known = {name: {each.name for each in its.parameters} for name, its in templates().items()}
    for given in values:
        name, sign, value = given.partition("=")
        owner, dot, inner = name.partition(".")
        if not sign or not names:
            fail(_SET.in_(language()), 1)
        if dot and owner in terms:
            terms[owner].setdefault(inner, []).append(value)
            continue
        for each in [one for one in names if name in known.get(one, ())] or names[:1]:
            terms[each].setdefault(name, []).append(value)
    return terms


@template.command("match", epilog="Example: renkei policy template match terms.ttl --json")
@click.argument("source", metavar="FILE")
@json_option
def match_(source: str, as_json: bool) -> None:
    """Read the policies of FILE back into templates. Exit 0 all fit, 1 one says more than they can, 2 unreadable."""
    with problems():
        vocabulary = words()
        found = [(each.iri, match(each, vocabulary)) for each in policies_in(source, vocabulary)]
    if as_json:
        print_json(
            [{"policy": iri, "matches": its is not None, **(_filled_json(its) if its else {})} for iri, its in found]
        )
    else:
        for iri, its in found:
            click.echo(plain(f"{iri}: {_NO_MATCH.in_(language()) if its is None else _filled_text(its)}"))
    sys.exit(0 if all(its for _, its in found) else 1)


def _filled_json(filled: Any) -> dict[str, Any]:
    terms = {name: {key: list(texts) for key, texts in its.items()} for name, its in filled.terms.items()}
    return {"terms": terms, "frame": written(filled.frame)}


def _filled_text(filled: Any) -> str:
    parts = []
    for name, its in filled.terms.items():
        values = " ".join(f"{key}={','.join(texts)}" for key, texts in its.items())
        parts.append(f"{templates()[name].label.in_(language())} ({f'{name} {values}'.strip()})")
    return "; ".join(parts) or templates()["open"].label.in_(language())
