"""Files of the policy commands: policies, requests and worlds as the suites write them in RDF, or as our JSON."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import click
from pyoxigraph import Literal, Triple

from api.cli.terminal import content_of, fail, language, settings_with
from api.limits import parse_json
from api.policy_words import policy_words
from exchange.policy.asked_json import request_from, time_from, world_from
from exchange.policy.asking import Request, World
from exchange.policy.checking import LIMITS, PolicyDocument
from exchange.policy.graph import RELATIVE
from exchange.policy.model import Policy
from exchange.policy.options import zone_minutes
from exchange.policy.situations import read_request, read_world
from exchange.policy.vocabulary import Vocabulary
from ontology.messages import Message
from ontology.reading import read

LARGEST = 64 << 20
_TOO_LARGE = Message(ja=f"{LARGEST:,} バイトを超えています。", en=f"It is larger than {LARGEST:,} bytes.")
_WHICH = Message(
    ja="ポリシーがちょうど一つ必要です。この文書のポリシー: {found}",
    en="Exactly one policy is needed. The document holds: {found}",
)
_NONE = Message(ja="ポリシーがありません。", en="There is no policy in it.")


def words() -> Vocabulary:
    """The vocabulary of this deployment."""
    return policy_words(settings_with().policy_vocabulary)()


def _zone(_context: click.Context, _parameter: click.Parameter, value: str | None) -> int:
    try:
        return zone_minutes(settings_with().policy_zone if value is None else value)
    except ValueError as error:
        raise click.BadParameter(str(error)) from error


zone_option = click.option(
    "--zone", metavar="OFFSET", callback=_zone,
    help="Zone of times and dates that name none, as +09:00; by default that of the settings.",
)  # fmt: skip


def taken(source: str) -> tuple[bytes, str | None]:
    """A file or standard input (-), and its name where it has one."""
    return content_of(source, LARGEST, _TOO_LARGE), None if source == "-" else source


def document_in(source: str) -> PolicyDocument:
    """A document of policies."""
    data, name = taken(source)
    return PolicyDocument.read(data, name=name)


def policies_in(source: str, vocabulary: Vocabulary) -> tuple[Policy, ...]:
    """The policies of a file; ends the command with status 2 if there is none."""
    found = document_in(source).policies(vocabulary)
    if not found:
        fail(f"{source}: {_NONE.in_(language())}", 2)
    return found


def policy_in(source: str, vocabulary: Vocabulary, wanted: str | None = None) -> Policy:
    """The one policy of a file, or the one that is wanted."""
    return only(source, policies_in(source, vocabulary), wanted)


def only(source: str, found: tuple[Policy, ...], wanted: str | None = None) -> Policy:
    """The one policy among several; ends the command with status 2 if there is none or it is not clear."""
    meant = [each for each in found if wanted is None or each.iri == wanted]
    if len(meant) != 1:
        names = ", ".join(each.iri for each in found[:10])
        fail(f"{source}: {_WHICH.in_(language()).format(found=names)}", 2)
    return meant[0]


def situation(request: str, world: str | None, at: str | None) -> tuple[Request, World]:
    """What is asked, in which world. The time is that of --at, else of the world, else of the request, else now."""
    asked, stated = _request(request)
    state = World() if world is None else _world(world)
    now = time_from(at, "--at") if at is not None else state.now
    if at is not None:
        state = replace(state, now_written=None)
    if now is None and stated is not None:
        dated = read_world((), stated)
        now, state = dated.now, replace(state, now_written=stated)
    return asked, replace(state, now=now or datetime.now(UTC))


def _request(source: str) -> tuple[Request, Literal | None]:
    data, name = taken(source)
    given = _own_json(data)
    if given is not None:
        return request_from(given), None
    return read_request(_triples(data, name))


def _world(source: str) -> World:
    data, name = taken(source)
    given = _own_json(data)
    return world_from(given) if given is not None else read_world(_triples(data, name))


def _own_json(data: bytes) -> Any:
    """The value of JSON that is not JSON-LD, None for everything else."""
    if data.lstrip()[:1] != b"{":
        return None
    try:
        given = parse_json(data)
    except Exception:  # whatever it is, the reader of RDF says what is wrong with it
        return None
    return None if any(key.startswith("@") for key in given) else given


def _triples(data: bytes, name: str | None) -> list[Triple]:
    return list(read(data, name=name, base_iri=RELATIVE, limits=LIMITS))
