"""SPARQL for readers: one query of anyone, over what they may see, within limits that no query can exceed."""

import asyncio
import re
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from pyoxigraph import NamedNode

from catalog.sparql_errors import (
    SparqlBudgetSpent,
    SparqlBusy,
    SparqlDatasetRefused,
    SparqlError,
    SparqlFailed,
    SparqlOutOfMemory,
    SparqlReplyTooLarge,
    SparqlSyntax,
    SparqlTimeout,
    SparqlTooManyRows,
)
from catalog.sparql_results import form_for
from catalog.sparql_scan import Scan, ScanLimits, scan
from catalog.sparql_worker import Outcome, Task
from ontology.killable import Crashed, OutOfMemory, OutOfTime, Workers
from stores.graphs import PLAIN, GraphName, Graphs, graph_of

_ANSWER, _WARM = "catalog.sparql_worker:answer", "catalog.sparql_worker:warm"
_PLACE = re.compile(r"^error at (\d+):(\d+): (.*)$", re.DOTALL)


@dataclass(frozen=True, slots=True)
class SparqlLimits:
    """What one query, and one client, may use.

    Attributes:
        scan: limits of the text, kept before any parser sees it.
        cpu_s, wall_s, memory_bytes: of one query in its worker.
        rows: of a SELECT.
        reply_bytes: of any answer.
        workers: queries that run at once.
        wait_s: how long a query waits for a free worker.
        client_s: worker seconds that a client may use in a burst; they come back at `client_refill` a second.
    """

    scan: ScanLimits = field(default_factory=ScanLimits)
    cpu_s: float = 3
    wall_s: float = 10
    memory_bytes: int = 2 << 30
    rows: int = 10_000
    reply_bytes: int = 10_000_000
    workers: int = 2
    wait_s: float = 10
    client_s: float = 30
    client_refill: float = 0.5


@dataclass(frozen=True, slots=True)
class SparqlAnswer:
    """A serialised answer."""

    body: bytes
    media_type: str


class Budget:
    """Worker seconds of each client, as a bucket that refills; who has overdrawn it waits.

    A query is let in while anything is left and charged what it used, so the worst overdraft is one query.
    """

    def __init__(self, burst_s: float, refill: float, now: Callable[[], float] = time.monotonic) -> None:
        self._burst_s = burst_s
        self._refill = refill
        self._now = now
        self._used: dict[str, tuple[float, float]] = {}

    def admit(self, client: str) -> None:
        """Let a client's query in.

        Raises:
            SparqlBudgetSpent: it must wait.
        """
        over_s = self._used_now(client) - self._burst_s
        if over_s >= 0:
            raise SparqlBudgetSpent(int(over_s / self._refill) + 1)

    def charge(self, client: str, used_s: float) -> None:
        """Take what a query used from its client; clients who have all of theirs back are forgotten."""
        self._used[client] = (self._used_now(client) + used_s, self._now())
        if len(self._used) > 10_000:
            self._used = {name: self._used[name] for name in self._used if self._used_now(name) > 0}

    def _used_now(self, client: str) -> float:
        used_s, at = self._used.get(client, (0.0, 0.0))
        return max(0.0, used_s - (self._now() - at) * self._refill)


class Turns:
    """How many queries each client has under way; who has as many as allowed waits for its own, not for others."""

    def __init__(self, at_once: int) -> None:
        self._at_once = at_once
        self._of: dict[str, asyncio.Semaphore] = {}
        self._present: Counter[str] = Counter()

    async def take(self, client: str | None) -> None:
        """Wait for one of the client's turns; None has as many as it likes."""
        if client is None:
            return
        self._present[client] += 1
        try:
            await self._of.setdefault(client, asyncio.Semaphore(self._at_once)).acquire()
        except BaseException:
            self._leave(client)
            raise

    def give_back(self, client: str | None) -> None:
        """End a turn that was taken."""
        if client is not None:
            self._of[client].release()
            self._leave(client)

    def _leave(self, client: str) -> None:
        self._present[client] -= 1
        if not self._present[client]:
            del self._present[client], self._of[client]


class Sparql:
    """Answers foreign queries in killable workers over checkpoints of the graphs.

    Args:
        graphs: what is asked.
        limits: what a query may use.
        open_dataset: the store holds plain named graphs (audiences `graph/<IRI>`) that everyone may read; then a query
            or request may choose its dataset, and GRAPH sees the plain graphs. Else the dataset is one default graph,
            the union of the reader's audiences, GRAPH sees nothing, and choosing another dataset is refused.
    """

    def __init__(
        self,
        graphs: Graphs,
        *,
        limits: SparqlLimits | None = None,
        open_dataset: bool = False,
    ) -> None:
        self._graphs = graphs
        self._limits = limits = limits or SparqlLimits()
        self._open_dataset = open_dataset
        self._workers = Workers(limits.workers, limits.cpu_s, limits.memory_bytes, limits.wall_s)
        self._free = asyncio.Semaphore(limits.workers)
        # One client never holds every worker, so that the others need not wait for its slowest queries.
        self._turns = Turns(max(1, limits.workers - 1))
        self._budget = Budget(limits.client_s, limits.client_refill)
        self._running: set[asyncio.Task[Outcome]] = set()

    async def start(self) -> None:
        """Start every worker, so that the first query finds one warm."""
        await asyncio.gather(*(self._workers.run(_WARM, 0.2) for _ in range(self._limits.workers)))

    async def query(
        self,
        text: str,
        *,
        audiences: Sequence[str],
        accept: str = "*/*",
        default_graph_uris: Sequence[str] = (),
        named_graph_uris: Sequence[str] = (),
        base_iri: str | None = None,
        client: str | None = None,
    ) -> SparqlAnswer:
        """Answer one query.

        Args:
            text: SPARQL 1.1 query.
            audiences: whose graphs the reader may see, from `catalog.visibility`; never from the request.
            accept: an Accept header.
            default_graph_uris, named_graph_uris: dataset that the request names (SPARQL 1.1 Protocol §2.1.4).
            base_iri: what relative IRIs in the query are resolved against; without it they are an error.
            client: who asks, for the budget and for fairness; None is asked on our own behalf.

        Raises:
            SparqlRefused: the query can never be answered so.
            SparqlStopped: it went beyond a limit while it ran.
            SparqlNotNow: it may be asked again later.
        """
        if client is not None:
            self._budget.admit(client)
        seen = scan(text, self._limits.scan)
        form = form_for(seen.form, accept)
        default, named = self._dataset(seen, audiences, default_graph_uris, named_graph_uris)
        limits = self._limits
        outcome = await self._in_turn(
            client,
            lambda path: Task(path, text, default, named, form.syntax, base_iri, limits.rows, limits.reply_bytes),
        )
        if outcome.kind != "answered":
            raise self._error(outcome)
        return SparqlAnswer(outcome.body, form.media_type)

    async def close(self) -> None:
        """End the workers; queries under way come to nothing."""
        for task in self._running:
            task.cancel()
        await self._workers.close()

    def _dataset(
        self, seen: Scan, audiences: Sequence[str], default: Sequence[str], named: Sequence[str]
    ) -> tuple[list[GraphName] | None, list[NamedNode] | None]:
        asked = bool(default or named)
        if not self._open_dataset:
            if seen.names_dataset or asked:
                raise SparqlDatasetRefused
            return [graph_of(audience) for audience in audiences], []
        if asked:
            return [*_chosen(default)], _chosen(named)
        if seen.names_dataset:
            return None, None
        plain = [NamedNode(name.removeprefix(PLAIN)) for name in self._graphs.audiences() if name.startswith(PLAIN)]
        return [graph_of(audience) for audience in audiences], plain

    async def _in_turn(self, client: str | None, task_for: Callable[[str], Task]) -> Outcome:
        try:
            async with asyncio.timeout(self._limits.wait_s):
                await self._turns.take(client)
                try:
                    await self._free.acquire()
                except BaseException:
                    self._turns.give_back(client)
                    raise
        except TimeoutError:
            raise SparqlBusy(int(self._limits.wait_s)) from None
        # The worker goes on when the caller is cancelled: only when it is done are checkpoint and turn given back.
        running = asyncio.create_task(self._run(client, task_for))
        self._running.add(running)
        running.add_done_callback(lambda _: self._give_back(client, running))
        return await asyncio.shield(running)

    def _give_back(self, client: str | None, running: "asyncio.Task[Outcome]") -> None:
        self._running.discard(running)
        if not running.cancelled():
            running.exception()  # seen, also where the caller has left
        self._free.release()
        self._turns.give_back(client)

    async def _run(self, client: str | None, task_for: Callable[[str], Task]) -> Outcome:
        checkpoint = await self._graphs.checkpoint()
        begun = time.monotonic()
        try:
            outcome: Outcome = await self._workers.run(_ANSWER, task_for(str(checkpoint.path)))
        except OutOfTime as error:
            raise SparqlTimeout(min(self._limits.cpu_s, self._limits.wall_s)) from error
        except OutOfMemory as error:
            raise SparqlOutOfMemory from error
        except Crashed as error:
            raise SparqlFailed("it ended its worker") from error
        finally:
            checkpoint.release()
            if client is not None:
                self._budget.charge(client, time.monotonic() - begun)
        return outcome

    def _error(self, outcome: Outcome) -> SparqlError:
        if outcome.kind == "rows":
            return SparqlTooManyRows(self._limits.rows)
        if outcome.kind == "bytes":
            return SparqlReplyTooLarge(self._limits.reply_bytes)
        if outcome.kind == "syntax":
            place = _PLACE.match(outcome.detail)
            if place is None:
                return SparqlSyntax(outcome.detail, None, None)
            return SparqlSyntax(place[3], int(place[1]), int(place[2]))
        return SparqlFailed(outcome.detail)


def _chosen(iris: Sequence[str]) -> list[NamedNode]:
    try:
        return [NamedNode(iri) for iri in iris]
    except ValueError as error:
        raise SparqlFailed(str(error)) from None
