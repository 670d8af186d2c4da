"""`renkei audit verify|prove|check-proof|export`: for those who have to answer for what happened."""

import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import IO, Any

import click
import orjson

from api.cli.keeping import DATABASE
from api.cli.streaming import output_to, receive
from api.cli.terminal import (
    ask,
    content_of,
    data_option,
    fail,
    json_option,
    language,
    plain,
    print_json,
    problems,
    run,
    settings_with,
    token_option,
    url_option,
)
from api.routes.audit import FORMATS, moment, pieces
from api.service import open_books
from api.settings import Settings
from exchange.notary import proves
from journal import checkpoints
from journal.errors import ProofUnreadable
from journal.exporting import Wanted, export
from journal.findings import Report
from journal.proving import proof_from, prove
from journal.verifying import verify
from ontology.messages import Message

_SUMMARY = Message(
    ja="事象 {events} 件のうち {sealed} 件を {checkpoints} 個のチェックポイントで検査し、"
    "記録された行 {rows} 件を照合しました (照合できない事象 {unproved} 件)。",
    en="{events} events, {sealed} of them under {checkpoints} checkpoints; {rows} rows are what their events wrote "
    "down ({unproved} events bear no digest).",
)
_CLEAN = Message(ja="問題なし", en="clean")
_FINDINGS = Message(ja="指摘 {count} 件", en="{count} findings")
_PROVED = Message(
    ja="事象 {seq} は {at} のチェックポイント {number} に含まれ、署名も正しいものです。",
    en="Event {seq} stands under checkpoint {number} of {at}, and its signature is valid.",
)
_ITS_OWN_KEY = Message(
    ja="注意: 鍵は証明の文書自身のものです。--key で、別に入手した鍵を指定してください。",
    en="Note: the key is the one in the proof itself. Name one that you have from elsewhere with --key.",
)
_NO_KEY = Message(
    ja="公開鍵 (JWK) がありません。--key で指定してください。", en="There is no public key: name one with --key."
)
_NOTHING = Message(ja="{folder} にデータベースがありません。", en="There is no database in {folder}.")
_TOO_LARGE = Message(ja="大きすぎます。", en="It is too large.")
_BYTES = 1 << 20


def existing(data: Path | None) -> Settings:
    """The settings of a folder that holds a database: of a mistyped one, an empty journal would be found clean."""
    settings = settings_with(data=data)
    if not (settings.data / DATABASE).is_file():
        fail(_NOTHING.in_(language()).format(folder=settings.data), 1)
    return settings


@click.group()
def audit() -> None:
    """The journal: prove that nobody changed it, prove one event of it, export it."""


@audit.command("verify", epilog="Example: renkei audit verify --checkpoint checkpoint-of-may.json")
@click.option(
    "--checkpoint", "kept", multiple=True, type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A checkpoint that was kept elsewhere (GET /audit/checkpoint); repeatable.",
)  # fmt: skip
@json_option
@data_option
def verify_(kept: tuple[Path, ...], as_json: bool, data: Path | None) -> None:
    """Examine every event, checkpoint and logged row. Exit 0 clean, 1 not.

    The service may go on meanwhile. What somebody could have written who holds the signing key is found only against
    checkpoints that were kept elsewhere.
    """

    async def work() -> Report:
        settings = existing(data)
        aside = [checkpoints.read(path) for path in kept]
        async with open_books(settings) as books:
            return await verify(books.database, books.sealer.notary, settings.data, aside)

    report = run(work)
    if as_json:
        print_json(report.to_json())
    else:
        for one in report.findings:
            click.echo(plain(f"{one.place}: {one.message.in_(language())}"))
        click.echo(_SUMMARY.in_(language()).format_map(report.to_json()))
        verdict = _CLEAN if report.clean else _FINDINGS
        click.echo(verdict.in_(language()).format(count=len(report.findings) + report.beyond))
    sys.exit(0 if report.clean else 1)


@audit.command("prove", epilog="Example: renkei audit prove 1207 --data my-folder")
@click.argument("event", type=click.IntRange(min=1))
@data_option
@url_option
@token_option
def prove_(event: int, data: Path | None, url: str | None, token: str | None) -> None:
    """Write the proof that an event stands in the journal, as JSON."""
    if url:
        print_json(ask("GET", f"{url.rstrip('/')}/audit/proof/{event}", token).json())
        return

    async def work() -> dict[str, Any]:
        async with open_books(existing(data)) as books:
            found = await prove(books.database, event)
            return {**found.to_json(), "key": dict(books.signing.public_jwk)}

    print_json(run(work))


@audit.command("check-proof", epilog="Example: renkei audit check-proof event-1207.json --key jwks.json")
@click.argument("file")
@click.option("--key", "key_file", type=click.Path(exists=True, dir_okay=False, path_type=Path),
              help="Public key of the service: a JWK, or its /.well-known/jwks.json.")  # fmt: skip
@json_option
def check_proof(file: str, key_file: Path | None, as_json: bool) -> None:
    """Check a proof (FILE, - for standard input), without network or data folder. Exit 0 proved, 1 not."""
    with problems():
        given = _json(content_of(file, _BYTES, _TOO_LARGE))
        proof = proof_from(given)
        keys = _keys(_json(key_file.read_bytes()) if key_file else given.get("key"))
    wrong = proof.wrong(_Keys(keys)) if keys else _NO_KEY
    checkpoint = proof.sealed.checkpoint
    said = wrong or Message(
        *(text.format(seq=proof.event["seq"], number=checkpoint.number, at=checkpoint.at.isoformat())
          for text in (_PROVED.ja, _PROVED.en))
    )  # fmt: skip
    if as_json:
        print_json({"proved": wrong is None, "event": proof.event, "message": {"ja": said.ja, "en": said.en}})
    else:
        click.echo(plain(said.in_(language())))
        if wrong is None and key_file is None:
            click.echo(_ITS_OWN_KEY.in_(language()), err=True)
    sys.exit(0 if wrong is None else 1)


class _Keys:
    """A notary who only checks."""

    def __init__(self, keys: list[dict[str, Any]]) -> None:
        self.keys = keys

    def sign(self, statement: bytes) -> str:
        """Never: there is no private key."""
        raise NotImplementedError

    def signed(self, statement: bytes, signature: str) -> bool:
        """Whether one of the keys made it."""
        return any(proves(key, statement, signature) for key in self.keys)


def _json(content: bytes) -> Any:
    try:
        return orjson.loads(content)
    except orjson.JSONDecodeError as error:
        raise ProofUnreadable(str(error)) from error


def _keys(given: Any) -> list[dict[str, Any]]:
    listed = given.get("keys") if isinstance(given, dict) and "keys" in given else [given]
    return [key for key in listed if isinstance(key, dict)] if isinstance(listed, list) else []


@audit.command("export", epilog="Example: renkei audit export --since 2026-11-01 --format prov --output november.nt")
@click.option("--format", "form", type=click.Choice(list(FORMATS)), default="jsonl", show_default=True,
              help="JSON lines, or PROV-O as N-Triples.")  # fmt: skip
@click.option("--since", help="From this date or time (with its offset) on.")
@click.option("--until", help="Before this date or time.")
@click.option("--participant", help="IRI: what it did, and what happened with it.")
@click.option("--dataset", help="IRI: what concerns it.")
@click.option("--request", help="Id of a request: all that it caused.")
@click.option("--output", type=click.Path(path_type=Path), help="File to write; standard output by default.")
@data_option
@url_option
@token_option
def export_(
    form: str, since: str | None, until: str | None, participant: str | None, dataset: str | None, request: str | None,
    output: Path | None, data: Path | None, url: str | None, token: str | None,
) -> None:  # fmt: skip
    """Write events with what they are about, in the order in which they happened."""
    if url:
        given = {"format": form, "since": since, "until": until, "participant": participant, "dataset": dataset,
                 "request": request}  # fmt: skip
        with output_to(output) as target:
            receive(f"{url.rstrip('/')}/audit/export", token, {k: v for k, v in given.items() if v}, target)
        return

    async def work() -> None:
        wanted = Wanted(None, participant, dataset, request, moment(since, "since"), moment(until, "until"))
        async with open_books(existing(data)) as books:
            with output_to(output) as target:
                await _written(pieces(export(books.database, wanted), form), target)

    run(work)


async def _written(found: AsyncIterator[bytes], target: IO[bytes]) -> None:
    async for piece in found:
        target.write(piece)
