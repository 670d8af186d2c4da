"""What the conformance kit of the protocol expects of the connector under test: scripted by the ids that it uses.

On only with `RENKEI_TCK=1` and refused otherwise: in this profile whoever bears no token is taken for the kit. The ids
are those of the kit's sample settings; a test's steps are named in its title (DSP TCK, CN, CN_C, TP and TP_C).
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from exchange.dsp.states import Negotiation, State, Transfer
from exchange.negotiation import Act as Negotiate
from exchange.offers import Offer
from exchange.processes import Process, Processes
from exchange.transfers import Act as Move

KIT: Final = "TCK_PARTICIPANT"
"""The participant that the kit says it is."""
_N, _T = Negotiation, Transfer
_Steps = Mapping[State, tuple[Any, ...]]

# What is done on entering a state, for the first time, the second … Where nothing stands the rules decide.
_NEGOTIATIONS: Final[Mapping[str, _Steps]] = {
    "ACN0101": {_N.REQUESTED: (Negotiate.OFFER,)},
    "ACN0102": {_N.REQUESTED: (Negotiate.OFFER, Negotiate.TERMINATE)},
    "ACN0103": {_N.REQUESTED: (Negotiate.OFFER,)},
    "ACN0104": {_N.REQUESTED: (Negotiate.AGREE,)},
    "ACN0201": {_N.REQUESTED: (Negotiate.TERMINATE,)},
    "ACN0202": {_N.REQUESTED: (Negotiate.WAIT,)},
    "ACN0203": {_N.REQUESTED: (Negotiate.AGREE,)},
    "ACN0204": {_N.REQUESTED: (Negotiate.OFFER,)},
    "ACN0205": {_N.REQUESTED: (Negotiate.OFFER,), _N.OFFERED: (Negotiate.TERMINATE,)},
    "ACN0206": {_N.REQUESTED: (Negotiate.OFFER,), _N.ACCEPTED: (Negotiate.TERMINATE,)},
    "ACN0207": {_N.REQUESTED: (Negotiate.AGREE,), _N.VERIFIED: (Negotiate.TERMINATE,)},
    "ACN0301": {_N.REQUESTED: (Negotiate.AGREE,)},
    "ACN0302": {_N.REQUESTED: (Negotiate.OFFER,)},
    "ACN0303": {_N.REQUESTED: (Negotiate.OFFER,), _N.ACCEPTED: (Negotiate.WAIT,)},
    "ACN0304": {_N.REQUESTED: (Negotiate.OFFER, Negotiate.WAIT)},
    "ACNC0101": {_N.OFFERED: (Negotiate.ACCEPT,), _N.AGREED: (Negotiate.VERIFY,)},
    "ACNC0102": {_N.OFFERED: (Negotiate.COUNTER,)},
    "ACNC0103": {_N.OFFERED: (Negotiate.TERMINATE,)},
    "ACNC0104": {_N.AGREED: (Negotiate.VERIFY,)},
    "ACNC0202": {_N.REQUESTED: (Negotiate.TERMINATE,)},
    "ACNC0203": {_N.AGREED: (Negotiate.TERMINATE,)},
    "ACNC0204": {_N.OFFERED: (Negotiate.WAIT,)},
    "ACNC0205": {_N.OFFERED: (Negotiate.ACCEPT,)},
    "ACNC0206": {_N.AGREED: (Negotiate.VERIFY,)},
    "ACNC0302": {_N.OFFERED: (Negotiate.WAIT,)},
    "ACNC0303": {_N.OFFERED: (Negotiate.WAIT,)},
    "ACNC0304": {_N.OFFERED: (Negotiate.ACCEPT,)},
    "ACNC0305": {_N.OFFERED: (Negotiate.ACCEPT,)},
    "ACNC0306": {_N.OFFERED: (Negotiate.ACCEPT,), _N.AGREED: (Negotiate.WAIT,)},
}
_TRANSFERS: Final[Mapping[str, _Steps]] = {
    "ATP0101": {_T.STARTED: (Move.TERMINATE,)},
    "ATP0102": {_T.STARTED: (Move.COMPLETE,)},
    "ATP0103": {_T.STARTED: (Move.SUSPEND,), _T.SUSPENDED: (Move.TERMINATE,)},
    "ATP0104": {_T.STARTED: (Move.SUSPEND, Move.COMPLETE), _T.SUSPENDED: (Move.START,)},
    "ATP0105": {_T.REQUESTED: (Move.TERMINATE,)},
    "ATP0205": {_T.REQUESTED: (Move.WAIT,)},
    "ATP0301": {_T.REQUESTED: (Move.WAIT,)},
    "ATP0302": {_T.REQUESTED: (Move.WAIT,)},
    "ATPC0201": {_T.STARTED: (Move.TERMINATE,)},
    "ATPC0202": {_T.STARTED: (Move.COMPLETE,)},
    "ATPC0203": {_T.STARTED: (Move.SUSPEND,), _T.SUSPENDED: (Move.TERMINATE,)},
    "ATPC0204": {_T.STARTED: (Move.SUSPEND, Move.COMPLETE), _T.SUSPENDED: (Move.START,)},
    "ATPC0205": {_T.REQUESTED: (Move.TERMINATE,)},
}
_GROUPS: Final = {
    "ACN": ((1, 4), (2, 7), (3, 4)),
    "ACNC": ((1, 4), (2, 6), (3, 6)),
    "ATP": ((1, 5), (2, 5), (3, 6)),
    "ATPC": ((1, 5), (2, 5), (3, 6)),
}
_CATALOG: Final = ("CAT0101", "CAT0102")  # the third is asked for in vain
USE: Final = [{"action": "use"}]


def ids(*prefixes: str) -> Iterator[str]:
    """The data sets or agreements of the kit's sample settings."""
    for prefix in prefixes:
        for group, last in _GROUPS[prefix]:
            yield from (f"{prefix}{group:02}{number:02}" for number in range(1, last + 1))


class Kit:
    """The scripted side of the service."""

    def __init__(self, processes: Processes) -> None:
        self._processes = processes

    def offer(self, iri: str) -> Offer | None:
        """The offer of a scripted data set: `CD123:<data set>:456`."""
        parts = iri.split(":")
        dataset = parts[1] if len(parts) == 3 else ""
        return offer_of(dataset, iri) if dataset in _DATASETS else None

    async def negotiate(self, process: Process) -> Negotiate | None:
        """What the script says of a negotiation that entered its state."""
        act: Negotiate | None = await self._next(process, _NEGOTIATIONS.get(process.dataset or "", {}))
        return act

    async def move(self, process: Process) -> Move | None:
        """What the script says of a transfer that entered its state."""
        act: Move | None = await self._next(process, _TRANSFERS.get(process.agreement or "", {}))
        return act

    async def _next(self, process: Process, steps: _Steps) -> Any:
        acts = steps.get(process.state, ())
        if not acts:
            return None
        steps_so_far = await self._processes.steps(process.pid)
        entered = [step for step in steps_so_far if step.direction == "in" or (step.status or 500) < 300]
        visits = sum(1 for step in entered if step.state is process.state)
        return acts[visits] if visits < len(acts) else None


_DATASETS: Final = frozenset((*ids("ACN", "ACNC"), *_CATALOG))


def datasets() -> list[tuple[str, Offer]]:
    """The data sets that the kit looks for in the catalog, each with its offer."""
    return [(dataset, offer_of(dataset, f"CD123:{dataset}:456")) for dataset in (*ids("ACN"), *_CATALOG)]


def offer_of(dataset: str, iri: str) -> Offer:
    """An offer that permits use without any condition."""
    document = {"@id": iri, "@type": "Offer", "permission": USE}
    return Offer(iri, dataset, document, owner=None)
