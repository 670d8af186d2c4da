"""`renkei search`, `renkei query`, `renkei export`: the readers of a data folder or of a running service."""

import asyncio
import sys
from pathlib import Path
from typing import Any

import click

from api.cli.streaming import output_to, receive
from api.cli.terminal import (
    ask,
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
from api.negotiation import RDF, negotiate
from api.routes.forms import context_address
from api.service import open_books, open_service
from api.streams import canonicals
from catalog.kinds import Kind
from catalog.search import request_from
from loaders.export import Export
from ontology.messages import Message
from participants.principal import OPERATOR
from stores.fulltext.port import FACETS


@click.command(epilog="Example: renkei search 人口 --filter format=CSV")
@click.argument("words", nargs=-1)
@click.option("--filter", "filters", multiple=True, metavar="NAME=VALUE", help=f"{', '.join(FACETS)}, issued, …")
@click.option("--size", default=20, show_default=True, type=click.IntRange(1, 100))
@json_option
@data_option
@url_option
@token_option
def search(words: tuple[str, ...], filters: tuple[str, ...], size: int, as_json: bool, data: Path | None,
           url: str | None, token: str | None) -> None:  # fmt: skip
    """Find descriptions by words and filters."""
    given: dict[str, list[str]] = {"q": [" ".join(words)], "size": [str(size)]}
    for each in filters:
        name, _, value = each.partition("=")
        given.setdefault(name, []).append(value)
    if url:
        found = ask(
            "GET", f"{url.rstrip('/')}/search", token, params=given, headers={"accept": "application/json"}
        ).json()
    else:
        found = run(lambda: _searched(settings_with(data=data), given))
    if as_json:
        print_json(found)
        return
    click.echo(f"{found['total']}")
    for item in found["items"]:
        click.echo(plain(f"{item['title']}\n    {item['address']}  {item['kind']}"))


async def _searched(settings: Any, given: dict[str, list[str]]) -> Any:
    async with open_service(settings) as service:
        sight = await service.visibility.of(OPERATOR)
        answer = await service.search.search(request_from(given, sight.audiences, language()))
    items = [
        {
            "title": "".join(text for text, _ in hit.title),
            "iri": hit.iri,
            "kind": hit.kind,
            "catalog": hit.catalog,
            "address": f"{settings.base}/{Kind(hit.kind).segment}/{hit.short_id}",
        }
        for hit in answer.items
    ]
    facets = {
        name: [{"value": one.value, "label": one.label.in_(language()), "count": one.count} for one in buckets]
        for name, buckets in answer.facets.items()
    }
    return {"total": answer.total, "items": items, "facets": facets}


@click.command(epilog="Example: renkei query 'SELECT * { ?s ?p ?o } LIMIT 5' --format csv")
@click.argument("text", metavar="QUERY")
@click.option("--format", "form", default="json", show_default=True, help="json, xml, csv, tsv, ttl, jsonld, rdf, nt.")
@data_option
@url_option
@token_option
def query(text: str, form: str, data: Path | None, url: str | None, token: str | None) -> None:
    """Ask by SPARQL; QUERY is the text, @FILE or - for standard input."""
    if text == "-":
        text = sys.stdin.read()
    elif text.startswith("@"):
        text = Path(text[1:]).read_text("utf-8")
    if url:
        body = ask("POST", f"{url.rstrip('/')}/sparql", token, params={"format": form}, content=text.encode(),
                   headers={"content-type": "application/sparql-query"}).content  # fmt: skip
    else:
        body = run(lambda: _queried(settings_with(data=data), text, form))
    sys.stdout.buffer.write(body)


async def _queried(settings: Any, text: str, form: str) -> bytes:
    async with open_service(settings) as service:
        sight = await service.visibility.of(OPERATOR)
        answer = await service.sparql.query(text, audiences=sight.audiences, accept=form)
        return answer.body


@click.command(epilog="Example: renkei export minato --format trig --output minato.trig")
@click.argument("catalog")
@click.option("--format", "form", default="ttl", show_default=True, help="ttl, jsonld, rdf, nt, nq, trig.")
@click.option("--output", type=click.Path(path_type=Path), help="File to write; standard output by default.")
@click.option("--exact", is_flag=True, help="Keep terms that break RDF's rules (an IRI with a space), escaped.")
@data_option
@url_option
@token_option
def export(
    catalog: str, form: str, output: Path | None, exact: bool, data: Path | None, url: str | None, token: str | None
) -> None:
    """Write a whole catalog as one RDF document."""
    if url:
        params = {"format": form} | ({"exact": "true"} if exact else {})
        with output_to(output) as target:
            receive(f"{url.rstrip('/')}/catalogs/{catalog}/dump", token, params, target)
        return
    left_out = run(lambda: _exported(settings_with(data=data), catalog, form, output, exact))
    if left_out:
        click.echo(
            Message(
                f"この形式では書けない文{left_out}件を省きました(--exactで残せます)。",
                f"{left_out} statements that this syntax cannot hold were left out (--exact keeps them).",
            ).in_(language()),
            err=True,
        )


async def _exported(settings: Any, catalog: str, form: str, output: Path | None, exact: bool) -> int:
    syntax = negotiate(None, form, RDF).syntax
    assert syntax is not None
    async with open_books(settings) as books:
        await books.reading.catalog(catalog, OPERATOR)
        document = Export(
            canonicals(books.reading.dump(catalog, OPERATOR)), syntax, exact=exact,
            context=context_address(settings.base),
        )  # fmt: skip
        await asyncio.to_thread(_write, document, output)
        return len(document.left_out)


def _write(document: Export, output: Path | None) -> None:
    with output_to(output) as target:
        for piece in document:
            target.write(piece)
