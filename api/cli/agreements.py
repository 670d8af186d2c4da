"""`renkei agreement list|show|verify|end`."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from api.agreement_views import agreement_json, standing, whole_json
from api.cli.terminal import columns, data_option, fail, json_option, language, plain, print_json, run, settings_with
from api.i18n import texts
from api.service import Books, open_books
from exchange.agreement import STATES, Agreement
from exchange.agreements import Wanted
from exchange.dsp.states import Party
from exchange.outbox import Outbox
from exchange.telling import Telling
from ontology.messages import Message
from participants.principal import OPERATOR

_HEADS = ("agreement.agreedat", "agreement.id", "agreement.dataset", "agreement.provider", "agreement.consumer",
          "agreement.state")  # fmt: skip
_GOOD = Message(ja="{party}: 署名は正しいものです。", en="{party}: the signature is good.")
_BAD = Message(ja="{party}: {why}", en="{party}: {why}")
_UNSIGNED = Message(
    ja="両方の署名が付くのは、双方が相手の公開鍵を登録した (renkei peer add --key) 後に結んだ合意です。",
    en="Both sign what is agreed on once each knows the key of the other (renkei peer add --key).",
)
_MORE = Message(ja="ほかに {n} 件あります (--page で続き)。", en="{n} more (--page goes on).")
_ENDED = Message(ja="合意を終了しました。", en="The agreement has ended.")
_ENDS = Message(ja="{at} に終了します。", en="It ends on {at}.")


@click.group()
def agreement() -> None:
    """Agreements with other participants; in NAME their IRI or the end of their address."""


@agreement.command("list", epilog="Example: renkei agreement list --state finalized")
@click.option("--role", type=click.Choice([each.value for each in Party]), help="Only those in which we are this.")
@click.option("--state", type=click.Choice(STATES))
@click.option("--dataset", help="IRI of the dataset.")
@click.option("--participant", help="One of the parties.")
@click.option("--page", default=1, show_default=True, type=click.IntRange(1, 100_000))
@click.option("--size", default=50, show_default=True, type=click.IntRange(1, 1000))
@json_option
@data_option
def list_(
    role: str | None, state: str | None, dataset: str | None, participant: str | None, page: int, size: int,
    as_json: bool, data: Path | None,
) -> None:  # fmt: skip
    """List agreements, newest first."""
    wanted, start = Wanted(role, state, dataset, participant), (page - 1) * size

    async def work(books: Books) -> Any:
        found, total = await books.agreements.listed(OPERATOR, wanted, start=start, size=size)
        return found, total, books.settings.base

    found, total, base = _with_books(data, work)
    if as_json:
        print_json({"total": total, "items": [agreement_json(each, base) for each in found]})
        return
    t = texts(language())
    rows = [
        [f"{each.agreed_at:%Y-%m-%d %H:%M}", each.iri, each.dataset, each.provider, each.consumer,
         t(f"agreement.standing.{standing(each)}")]
        for each in found
    ]  # fmt: skip
    columns([t(head) for head in _HEADS], rows)
    if (left := total - start - len(found)) > 0:
        click.echo(_MORE.in_(language()).format(n=left), err=True)


@agreement.command("show", epilog="Example: renkei agreement show https://city.example/agreements/0a1b")
@click.argument("name")
@data_option
def show(name: str, data: Path | None) -> None:
    """Show an agreement as JSON: terms, dates, signatures."""

    async def work(books: Books) -> Any:
        found = await books.agreements.get(name, OPERATOR)
        return whole_json(found, books.settings.base, await books.agreements.check_signatures(found))

    print_json(_with_books(data, work))


@agreement.command("verify", epilog="Example: renkei agreement verify https://city.example/agreements/0a1b")
@click.argument("name")
@data_option
def verify(name: str, data: Path | None) -> None:
    """Verify the signatures on an agreement; exit status 1 unless both are good."""

    async def work(books: Books) -> Any:
        return await books.agreements.check_signatures(await books.agreements.get(name, OPERATOR))

    signed = _with_books(data, work)
    for party, fault in signed.items():
        told = _GOOD if fault is None else _BAD
        why = "" if fault is None else fault.in_(language())
        click.echo(plain(told.in_(language()).format(party=party, why=why)))
    if any(signed.values()):
        fail(_UNSIGNED.in_(language()), 1)


@agreement.command(
    "end", epilog='Example: renkei agreement end https://city.example/agreements/0a1b --reason "Survey over"'
)
@click.argument("name")
@click.option("--reason", required=True, help="For the other party and the record.")
@click.option(
    "--at", type=click.DateTime(("%Y-%m-%d", "%Y-%m-%dT%H:%M:%S%z")), help="When it ends; now by default. A day: UTC."
)
@data_option
def end(name: str, reason: str, at: datetime | None, data: Path | None) -> None:
    """End an agreement, now or after a notice; running transfers stop with it."""
    moment = at if at is None or at.tzinfo else at.replace(tzinfo=UTC)

    async def work(books: Books) -> Agreement:
        outbox = Outbox(books.database, books.box)
        Telling(books.database, books.agreements, books.peers, books.outgoing, outbox, beside=True)
        return await books.agreements.end(name, OPERATOR, reason, moment)

    ended = _with_books(data, work)
    later = ended.ended_at is not None and ended.ended_at > datetime.now(UTC)
    click.echo(_ENDS.in_(language()).format(at=ended.ended_at) if later else _ENDED.in_(language()))


def _with_books(data: Path | None, work: Callable[[Books], Awaitable[Any]]) -> Any:
    async def opened() -> Any:
        async with open_books(settings_with(data=data)) as books:
            return await work(books)

    return run(opened)
