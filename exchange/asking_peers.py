"""What a consumer reads at a provider before it negotiates: its catalog, a dataset, the offers made for it."""

import contextlib
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote

import orjson

from exchange.dsp import writing
from exchange.dsp.checking import check
from exchange.dsp.errors import MessageInvalid
from exchange.dsp.reading import read_message
from exchange.errors import NotOffered, OfferUnclear, OfferUnknown, PeerAnswered
from exchange.outgoing import Answer, Outgoing
from exchange.peers import Peers

_CATALOG_BYTES = 64 << 20
_NOT_THERE = 404


class PeerCatalogs:
    """The catalogs of the peers of this service."""

    def __init__(self, peers: Peers, outgoing: Outgoing) -> None:
        self._peers, self._outgoing = peers, outgoing

    async def offer(self, provider: str, dataset: str, offer: str | None = None) -> tuple[str, dict[str, Any]]:
        """The base of a provider, and an offer of it as a request names it.

        Args:
            offer: which, where a dataset has several.

        Raises:
            PeerUnknown, OutgoingFailed, PeerAnswered: the provider cannot be asked.
            NotOffered: it has no such dataset, or not for us.
            OfferUnknown: it does not make this offer.
            OfferUnclear: it makes several, and it is not said which is meant.
        """
        base = await self._peers.dsp_base(provider)
        found = [each for each in _offers(await self.dataset(provider, dataset)) if offer in (None, each.get("@id"))]
        if not found:
            raise OfferUnknown(offer or dataset)
        if len(found) > 1:
            raise OfferUnclear(tuple(str(each.get("@id")) for each in found))
        return base, {**found[0], "@type": "Offer", "target": dataset}

    async def dataset(self, provider: str, dataset: str) -> dict[str, Any]:
        """A dataset as the catalog of a provider has it."""
        base = await self._peers.dsp_base(provider)
        place = f"{base.rstrip('/')}/catalog/datasets/{quote(dataset, safe='')}"
        answer = await self._outgoing.get(place, await self._headers(provider))
        if answer.status == _NOT_THERE:
            raise NotOffered(dataset, provider)
        return _read(answer, "Dataset")

    async def catalog(self, provider: str, filters: Sequence[str] = ()) -> dict[str, Any]:
        """The first page of the catalog of a provider."""
        base = await self._peers.dsp_base(provider)
        message = writing.catalog_request(filters)
        check(message)
        headers = {**await self._headers(provider), "content-type": "application/json"}
        place = f"{base.rstrip('/')}/catalog/request"
        return _read(await self._outgoing.post(place, orjson.dumps(message), headers), "Catalog")

    async def _headers(self, provider: str) -> dict[str, str]:
        authorization = await self._peers.authorization(provider)
        return {"accept": "application/json"} | ({"authorization": authorization} if authorization else {})


def _read(answer: Answer, expected: str) -> dict[str, Any]:
    if not answer.ok:
        raise PeerAnswered(answer.status, _said(answer))
    try:
        message = read_message(answer.body, expected, limit_bytes=_CATALOG_BYTES)
        check(message)
    except MessageInvalid as error:
        raise PeerAnswered(answer.status, error.message.en) from error
    return message


def _said(answer: Answer) -> str:
    """What a refusal says to people; of one that is no message of the protocol how it begins."""
    told: Any = None
    with contextlib.suppress(orjson.JSONDecodeError):
        told = orjson.loads(answer.body)
    reasons = told.get("reason") if isinstance(told, dict) else None
    if isinstance(reasons, list) and reasons:
        return " ".join(str(each) for each in reasons)[:500]
    return answer.body[:500].decode("utf-8", "replace")


def _offers(dataset: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The offers of a dataset, its own and those of its distributions."""
    places = [dataset, *dataset.get("distribution", ())]
    return [offer for place in places for offer in place.get("hasPolicy", ())]
