"""Where a peer speaks which version of the Dataspace Protocol: its version document, `/.well-known/dspace-version`."""

from collections.abc import Mapping, Sequence
from typing import Any

import orjson

from exchange.addresses import judged_url
from exchange.dsp.writing import VERSION, VERSIONS_PLACE
from exchange.outgoing import Answer, Outgoing
from exchange.partner_errors import AnswerRefused
from ontology.messages import Message

_NO_DOCUMENT = frozenset((400, 401, 403, 404, 405, 406, 410))


async def base_of(address: str, outgoing: Outgoing) -> str:
    """Base of the endpoints of version 2025-1 of a service, without a slash at the end.

    Args:
        address: root of the service; or that base itself, where no version document stands.
        outgoing: asks.

    Raises:
        OutgoingFailed: it cannot be asked, or speaks other versions.
    """
    answer = await outgoing.get(address.rstrip("/") + VERSIONS_PLACE, {"accept": "application/json"})
    if answer.status in _NO_DOCUMENT:
        return address.rstrip("/")
    offered = _versions(answer)
    paths = [each.get("path") for each in offered if each.get("version") == VERSION]
    if not paths:
        shown = ", ".join(str(each.get("version"))[:20] for each in offered[:10])
        raise AnswerRefused(
            Message(
                f"相手が使うのは {shown} で、{VERSION} ではありません。",
                f"The other side speaks {shown}, not {VERSION}.",
            )
        )
    return _below(address.rstrip("/"), paths[0])


def _versions(answer: Answer) -> Sequence[Mapping[str, Any]]:
    try:
        found = orjson.loads(answer.body)["protocolVersions"] if answer.ok else None
    except (ValueError, KeyError, TypeError):
        found = None
    if not isinstance(found, list) or not found or not all(isinstance(each, dict) for each in found):
        raise AnswerRefused(
            Message(
                f"{VERSIONS_PLACE} の答え ({answer.status}) は版の一覧ではありません。",
                f"What {VERSIONS_PLACE} answered ({answer.status}) is no list of versions.",
            )
        )
    return found


def _below(root: str, path: object) -> str:
    """A path of the document, which must not lead to another host: `@evil.example` after the root would."""
    if not isinstance(path, str) or (path and not path.startswith("/")):
        raise AnswerRefused(
            Message("版のパスが / で始まりません。", "The path of a version does not begin with a slash.")
        )
    base = (root + path).rstrip("/")
    judged_url(base)
    return base
