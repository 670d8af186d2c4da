"""`renkei load`."""

import asyncio
import itertools
import sys
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import click
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from api.cli.streaming import body_of
from api.cli.terminal import (
    ask,
    console,
    data_option,
    json_option,
    language,
    plain,
    print_json,
    run,
    settings_with,
    token_option,
    url_option,
)
from api.outcomes import COUNTS, NOT_READ, NOT_WHOLE, is_whole, lost, noted_json, outcome_json
from api.problems import detail_of, problem_of
from api.service import Books, open_books
from catalog.errors import CatalogNotFound, ReplacementNeedsConsent
from catalog.publishing import Load, Outcome
from loaders.load import Load as SourceLoad
from loaders.sources import Source, open_sources
from ontology.messages import Message
from participants.principal import OPERATOR

_ONE_SOURCE = Message(
    ja="--url と --replace を使うときは、ソースを一つだけ指定してください。",
    en="With --url and --replace, give exactly one SOURCE.",
)
_NEEDS_CONSENT = "replacement-needs-consent"
_YES = (
    "With --replace: even if that is more than a fifth. Without it such a load stores what is new or changed, "
    "withdraws nothing, shows both and exits 1."
)
_WOULD_WITHDRAW = Message(ja="取り下げ待ち", en="would withdraw")
_TOTAL = Message(ja="合計", en="total")
_HEADS = {
    "added": Message(ja="追加", en="added"),
    "changed": Message(ja="変更", en="changed"),
    "unchanged": Message(ja="変更なし", en="unchanged"),
    "withdrawn": Message(ja="取り下げ", en="withdrawn"),
    "refused": Message(ja="拒否", en="refused"),
}
_MORE_NOTES = Message(
    ja="… ほか {count} 件の指摘。--json ですべて表示", en="… {count} more notes; --json lists them all"
)
_MORE = Message(ja="… ほか {count} 件。--json ですべて表示", en="… {count} more; --json lists them all")


@click.command(epilog="Example: renkei load catalog.ttl --catalog minato --replace")
@click.argument("sources", nargs=-1, required=True, metavar="SOURCE…")
@click.option("--catalog", required=True, help="Id of the catalog; made if there is none.")
@click.option("--profile", help="Profile to validate with, instead of the catalog's.")
@click.option("--audience", multiple=True, help="public, participants or the IRI of a participant; repeatable.")
@click.option(
    "--replace", is_flag=True, help="Withdraw what the sources do not mention, if all of them could be read whole."
)
@click.option(
    "--yes",
    is_flag=True,
    help=_YES,
)
@click.option("--allow-private", is_flag=True, help="Let source URLs lead to this machine or a private network.")
@json_option
@data_option
@url_option
@token_option
def load(sources: tuple[str, ...], catalog: str, as_json: bool, data: Path | None, url: str | None,
         token: str | None, allow_private: bool, **how: Any) -> None:  # fmt: skip
    """Publish files, folders, URLs or standard input (-) into a catalog.

    Exit status: 0 all is stored, 1 something was refused, left out or waits for --yes, 2 nothing could be read.
    """
    if url:
        if how["replace"] and len(sources) > 1:  # each is a request of its own and would withdraw what the last brought
            raise click.UsageError(_ONE_SOURCE.in_(language()))
        found, nothing = _sent(sources, f"{url.rstrip('/')}/catalogs/{catalog}", token, how), False
    else:
        how["names"] = sources
        opened = list(open_sources(sources, allow_private=allow_private))
        found, nothing = run(lambda: _loaded(opened, catalog, settings_with(data=data), how))
    if as_json:
        print_json(found)
    else:
        _show(found)
    if nothing:
        sys.exit(2)
    sys.exit(0 if is_whole(found) and "would_withdraw" not in found else 1)


async def _loaded(opened: Sequence[Source], catalog: str, settings: Any, how: dict[str, Any]) -> tuple[Any, bool]:
    async with open_books(settings) as books:
        with ExitStack() as stack:
            loads = [
                stack.enter_context(await asyncio.to_thread(SourceLoad, source, catalog=catalog)) for source in opened
            ]
            unread = [each for one in loads for each in one.unread]
            faults = [fault for one in loads for fault in one.faults]
            found, nothing = outcome_json(Outcome(), language()), not any(len(one) for one in loads)
            if not nothing:
                found = await _published(books, loads, catalog, how, whole=not unread and not lost(faults))
        found["refusals"] += [_unread(each) for each in unread]
        found["noted"] += noted_json(faults, language())
        if how["replace"] and (unread or lost(faults)):
            found["warning"] = (NOT_READ if unread else NOT_WHOLE).in_(language())
        return found, nothing


async def _published(
    books: Books, loads: Sequence[SourceLoad], catalog: str, how: dict[str, Any], *, whole: bool
) -> dict[str, Any]:
    try:
        await books.reading.catalog(catalog, OPERATOR)
    except CatalogNotFound:
        await books.descriptions.create_catalog(catalog, OPERATOR)
    load = Load(
        source=", ".join(how["names"])[:2000],
        profile=how["profile"],
        audience=how["audience"] or None,
        replace=how["replace"] and whole,  # a source that could not be read must not empty the catalog
        consent=how["yes"],
    )
    with _progress() as progress:
        task = progress.add_task(catalog, total=sum(len(one) for one in loads))
        try:
            outcome = await books.publishing.publish(
                catalog, itertools.chain.from_iterable(loads), load, OPERATOR,
                stored=lambda count: progress.advance(task, count),
            )  # fmt: skip
            return outcome_json(outcome, language())
        except ReplacementNeedsConsent as error:
            words = f"{detail_of(error, language())} {problem_of(error).remedy.in_(language())}"
            return {**outcome_json(error.outcome, language()), "warning": words}


def _progress() -> Progress:
    return Progress(
        TextColumn("{task.description}", markup=False), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(),
        console=console(), transient=True,
    )  # fmt: skip


def _unread(each: Any) -> dict[str, Any]:
    message: Message = each.message
    found = {"resource": each.name, "reason": message.in_(language()), "message": {"ja": message.ja, "en": message.en}}
    return found | {name: getattr(each, name) for name in ("line", "column") if getattr(each, name) is not None}


def _sent(sources: Sequence[str], address: str, token: str | None, how: dict[str, Any]) -> dict[str, Any]:
    total: dict[str, Any] = {**dict.fromkeys(COUNTS, 0), "by_kind": {}, "refusals": [], "noted": []}
    query = {"profile": how["profile"], "audience": list(how["audience"]) or None, "replace": how["replace"] or None,
             "confirm": how["yes"] or None}  # fmt: skip
    parameters = {name: value for name, value in query.items() if value is not None}
    for source in sources:
        with body_of(source) as body:
            found = ask("PUT", address, token, expects=_NEEDS_CONSENT, params=parameters, **body).json()
        for name in COUNTS:
            total[name] += found[name]
        for kind, row in found["by_kind"].items():
            before = total["by_kind"].setdefault(kind, dict.fromkeys(COUNTS, 0))
            total["by_kind"][kind] = {name: before[name] + row[name] for name in COUNTS}
        total["refusals"] += found["refusals"]
        total["noted"] += found["noted"]
        total |= {name: found[name] for name in ("warning", "would_withdraw") if name in found}
        if "would_withdraw" in found:
            total["warning"] = f"{found['detail']} {found['remedy']}"
    return total


def _show(found: dict[str, Any]) -> None:
    screen = console()
    screen.print(_table(found))
    for refusal in found["refusals"][:50]:
        place = f":{refusal['line']}" if "line" in refusal else ""
        screen.print(plain(f"{refusal['resource']}{place}\n    {refusal['reason']}"), markup=False, highlight=False)
    for note in found["noted"][:20]:
        place = f":{note['line']}" if "line" in note else ""
        shown = f"{note['resource']}{place} {note.get('text', '')}".rstrip()
        screen.print(plain(f"{shown}\n    {note['reason']}"), markup=False, highlight=False)
    if len(found["noted"]) > 20:
        screen.print(_MORE_NOTES.in_(language()).format(count=len(found["noted"]) - 20))
    if "warning" in found:
        screen.print(plain(found["warning"]), markup=False, highlight=False)
    if len(found["refusals"]) > 50:
        screen.print(_MORE.in_(language()).format(count=len(found["refusals"]) - 50))


def _table(found: dict[str, Any]) -> Table:
    """A row for each kind; what waits for consent in a column of its own."""
    waiting: dict[str, int] = found.get("would_withdraw", {})
    table = Table(box=None, header_style="bold")
    table.add_column("")
    for head in (*(_HEADS[name] for name in COUNTS), *([_WOULD_WITHDRAW] if waiting else [])):
        table.add_column(head.in_(language()), justify="right")
    nothing = dict.fromkeys(COUNTS, 0)
    for kind in dict.fromkeys([*found["by_kind"], *waiting]):
        row = found["by_kind"].get(kind, nothing)
        table.add_row(kind, *(str(row[name]) for name in COUNTS), *([str(waiting.get(kind, 0))] if waiting else []))
    total = [str(sum(waiting.values()))] if waiting else []
    table.add_row(_TOTAL.in_(language()), *(str(found[name]) for name in COUNTS), *total, style="bold")
    return table
