"""`renkei serve`."""

import asyncio
import contextlib
import ctypes
import gc
from pathlib import Path

import click

from api.cli.terminal import data_option, fail, language, problems, settings_with
from api.logging import configure
from api.serve import bound, free_port, server
from api.service import open_books
from api.settings import Settings
from catalog.descriptions import House
from catalog.publishing import Load
from loaders.demo import demo_sources
from loaders.load import Load as SourceLoad
from ontology.messages import Message
from participants.principal import OPERATOR

# Following a load makes millions of objects and hardly a cycle: looked for after every 700 of them, as is the default,
# cycles cost a quarter of the work on the index.
_COLLECTED = (20_000, 20, 20)
_ARENA_MAX = -8  # M_ARENA_MAX of malloc.h


@click.command(epilog="Example: renkei serve --demo --port 8080")
@click.option("--host", help="Address to listen on (RENKEI_HOST).")
@click.option("--port", type=click.IntRange(0, 65535), help="Port to listen on, 0 for a free one (RENKEI_PORT).")
@click.option("--demo", "with_demo", is_flag=True, help="Load sample catalogs if the data folder is empty.")
@click.option("--tck", is_flag=True, help="Serve the protocol's conformance kit; only with RENKEI_TCK=1.")
@data_option
def serve(host: str | None, port: int | None, with_demo: bool, tck: bool, data: Path | None) -> None:
    """Start the service."""
    settings = settings_with(host=host, port=port, data=data, demo=with_demo or None)
    if tck and not settings.tck:
        fail(_NO_KIT.in_(language()), 1)
    if settings.port == 0:
        settings = settings.model_copy(update={"port": free_port(settings.host)})
    configure(settings.log_format, settings.log_level)
    gc.set_threshold(*_COLLECTED)
    _allocate_in_one_place()
    with problems():
        sockets = bound(settings.host, settings.port)
        if settings.demo:
            asyncio.run(load_demo(settings))
        server(settings, lambda: _greet(settings)).run(sockets)


def _allocate_in_one_place() -> None:
    """Let all threads share what is freed, where the C library is glibc.

    It gives threads arenas of their own, up to eight a core, and each keeps the 15 MB that the index was once written
    with there: 200 MB after a thousand registrations.
    """
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).mallopt(_ARENA_MAX, 1)


_NO_KIT = Message(
    ja="--tck は試験専用です。実データのない場所で RENKEI_TCK=1 を設定してから使ってください。",
    en="--tck is for conformance tests alone: set RENKEI_TCK=1 too, where no real data are held.",
)


async def load_demo(settings: Settings) -> None:
    """Publish the sample catalogs, unless there is any catalog already."""
    async with open_books(settings) as books:
        if await books.reading.catalogs(OPERATOR):
            return
        for sample in demo_sources():
            await books.descriptions.create_catalog(sample.catalog, OPERATOR, house=House(audience=(sample.audience,)))
            with await asyncio.to_thread(SourceLoad, sample.source, catalog=sample.catalog) as parts:
                await books.publishing.publish(sample.catalog, parts, Load(source=f"demo/{sample.catalog}"), OPERATOR)


def _greet(settings: Settings) -> None:
    base = settings.base
    file = settings.data / "operator-token"
    secret = f"$(cat {file})" if settings.operator_token is None else "$RENKEI_OPERATOR_TOKEN"
    lines = [
        f"Renkei 連携  {base}",
        "",
        f"  pages     {base}/   {base}/search   {base}/catalogs   {base}/docs",
    ]
    if settings.demo:
        lines += [
            f"  search    curl '{base}/search?q=人口'",
            f"  SPARQL    curl '{base}/sparql' --data-urlencode 'query=SELECT * {{ ?s a ?type }} LIMIT 5'",
            "  publish   curl -T catalog.ttl -H 'Content-Type: text/turtle' \\",
            f'              -H "Authorization: Bearer {secret}" {base}/catalogs/my-catalog',
            f"  validate  curl --data-binary @catalog.ttl -H 'Content-Type: text/turtle' {base}/validate",
        ]
    if settings.operator_token is None:
        lines.append(f"  operator token: {file}")
    click.echo("\n".join(lines), err=True)
