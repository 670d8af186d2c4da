"""`renkei usage`."""

from pathlib import Path
from typing import Any

import click
import orjson

from api.cli.audit import existing
from api.cli.terminal import (
    ask,
    columns,
    data_option,
    json_option,
    language,
    print_json,
    run,
    token_option,
    url_option,
)
from api.routes.audit import moment
from api.service import open_books
from journal.usage import Asked, Period, Usage, as_csv, usage
from journal.usage import as_json as entries
from ontology.messages import Message

_HEADS = {
    "period": Message(ja="期間", en="period"),
    "participant": Message(ja="参加者", en="participant"),
    "dataset": Message(ja="データセット", en="dataset"),
    "agreement": Message(ja="合意", en="agreement"),
    "requests": Message(ja="要求", en="requests"),
    "permitted": Message(ja="許可", en="permitted"),
    "refused": Message(ja="拒否", en="refused"),
    "size_bytes": Message(ja="バイト", en="bytes"),
}


@click.command("usage", epilog="Example: renkei usage --period month --since 2026-04-01 --csv")
@click.option("--period", type=click.Choice([period.value for period in Period]), default="month", show_default=True)
@click.option("--since", help="From this date or time (with its offset) on.")
@click.option("--until", help="Before this date or time.")
@click.option("--participant", help="IRI: only what it used.")
@click.option("--dataset", help="IRI: only this dataset.")
@click.option("--agreement", help="IRI: only under this agreement.")
@click.option("--csv", "as_table", is_flag=True, help="Print CSV.")
@json_option
@data_option
@url_option
@token_option
def used(
    period: str, since: str | None, until: str | None, participant: str | None, dataset: str | None,
    agreement: str | None, as_table: bool, as_json: bool, data: Path | None, url: str | None, token: str | None,
) -> None:  # fmt: skip
    """Count requests and bytes by period, dataset, agreement and participant."""
    given = {"period": period, "since": since, "until": until, "participant": participant, "dataset": dataset,
             "agreement": agreement}  # fmt: skip
    if url:
        params = {name: value for name, value in given.items() if value}
        answer = ask("GET", f"{url.rstrip('/')}/usage", token, params={**params, "format": "json"})
        found = [Usage(**each) for each in orjson.loads(answer.content)["usage"]]
    else:
        found = run(lambda: _counted(data, given))
    if as_json:
        print_json({"usage": entries(found)})
    elif as_table:
        click.echo(as_csv(found), nl=False)
    else:
        rows = [["" if row[name] is None else str(row[name]) for name in _HEADS] for row in entries(found)]
        columns([head.in_(language()) for head in _HEADS.values()], rows)


async def _counted(data: Path | None, given: dict[str, Any]) -> list[Usage]:
    times = {name: moment(given[name], name) for name in ("since", "until")}
    async with open_books(existing(data)) as books:
        return await usage(books.database, Asked(**{**given, **times, "period": Period(given["period"])}))
