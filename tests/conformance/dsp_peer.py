"""A peer that does as it is told: a small HTTP server on loopback that remembers what it was sent."""

import asyncio
import contextlib
import time
from collections import deque
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import orjson

CONTEXT = "https://w3id.org/dspace/2025/1/context.jsonld"
Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Heard:
    """A request as the peer got it."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes
    at: float = field(default_factory=time.monotonic)

    @property
    def message(self) -> Json:
        read: Json = orjson.loads(self.body)
        return read


@dataclass(frozen=True, slots=True)
class Told:
    """How the peer answers one request.

    Attributes:
        status: 0 for what a peer of the protocol would answer.
        body: instead of what the protocol says.
        fault: "silent" never answers, "reset" cuts the connection, "half" sends half an answer and cuts it, "shut"
            closes its half without an answer, "sliced" sends a few bytes at a time, "trickling" one every 50 ms,
            "rubbish" no HTTP.
        delay_s: before it answers.
    """

    status: int = 0
    body: bytes | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    fault: str = ""
    delay_s: float = 0


class ScriptedPeer:
    """Speaks enough of the protocol to begin and follow processes; faults are told to it one by one."""

    def __init__(self) -> None:
        self.heard: list[Heard] = []
        self.script: deque[Told] = deque()
        self.always: Told = Told()
        self.states: dict[str, str] = {}
        self.pids: dict[str, str] = {}
        self.datasets: dict[str, Json] = {}
        self._changed = asyncio.Condition()
        self._closing = asyncio.Event()
        self._speaking: set[asyncio.Task[Any]] = set()
        self._connections: set[asyncio.StreamWriter] = set()

    def forget(self) -> None:
        """Begin anew: nothing heard, nothing told to do."""
        self.heard.clear()
        self.script.clear()
        self.states.clear()
        self.always = Told()

    @property
    def messages(self) -> list[Json]:
        """What came as a body, in order."""
        return [each.message for each in self.heard if each.body]

    def of_kind(self, kind: str) -> list[Heard]:
        """The messages of a type."""
        return [each for each in self.heard if each.body and each.message["@type"] == kind]

    async def next(self, kind: str, number: int = 1, wait_s: float = 10) -> Heard:
        """The message of a type that comes as the `number`-th of it."""
        async with asyncio.timeout(wait_s), self._changed:
            await self._changed.wait_for(lambda: len(self.of_kind(kind)) >= number)
        return self.of_kind(kind)[number - 1]

    @contextlib.asynccontextmanager
    async def serving(self) -> AsyncIterator["ScriptedPeer"]:
        server = await asyncio.start_server(self._speak, "127.0.0.1", 0)
        self.base = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        try:
            yield self
        finally:
            server.close()
            self._closing.set()
            for writer in list(self._connections):
                writer.transport.abort()
            await server.wait_closed()
            await asyncio.gather(*self._speaking)

    async def _speak(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._connections.add(writer)
        if (task := asyncio.current_task()) is not None:
            self._speaking.add(task)
            task.add_done_callback(self._speaking.discard)
        try:
            with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
                while await self._answered(reader, writer):
                    pass
        finally:
            self._connections.discard(writer)
            writer.close()

    async def _answered(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        method, path, _ = head[0].split(" ")
        headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in head[1:] if line)}
        body = await reader.readexactly(int(headers.get("content-length", "0")))
        told = self.script.popleft() if self.script and method == "POST" else self.always
        async with self._changed:
            self.heard.append(Heard(method, path, headers, body))
            self._changed.notify_all()
        return await self._tell(writer, told, self._reply(method, path, body) if not told.status else None)

    async def _tell(self, writer: asyncio.StreamWriter, told: Told, reply: tuple[int, Json] | None) -> bool:
        await asyncio.sleep(told.delay_s)
        if told.fault == "silent":
            await self._closing.wait()
            return False
        if told.fault == "reset":
            writer.transport.abort()
            return False
        if told.fault == "shut":
            writer.write_eof()
            await self._closing.wait()
            return False
        status, document = reply or (told.status, {})
        body = told.body if told.body is not None else orjson.dumps(document)
        named = {"content-type": "application/json", "content-length": str(len(body)), **told.headers}
        head = f"HTTP/1.1 {status} Told\r\n" + "".join(f"{name}: {value}\r\n" for name, value in named.items())
        whole = f"{head}\r\n".encode() + body
        if told.fault in ("sliced", "trickling"):
            await self._slowly(writer, whole, *((7, 0.0) if told.fault == "sliced" else (1, 0.05)))
            return True
        whole = {"half": whole[: -len(body) // 2], "rubbish": b"\x16\x03\x01" + whole}.get(told.fault, whole)
        writer.write(whole)
        await writer.drain()
        if told.fault == "half":
            writer.transport.abort()
        return told.fault not in ("half", "rubbish")

    async def _slowly(self, writer: asyncio.StreamWriter, whole: bytes, size: int, pause_s: float) -> None:
        for start in range(0, len(whole), size):
            writer.write(whole[start : start + size])
            await writer.drain()
            await asyncio.sleep(pause_s)

    def _reply(self, method: str, path: str, body: bytes) -> tuple[int, Json]:
        """What a peer of the protocol answers."""
        if method == "GET":
            return self._asked(path)
        message = orjson.loads(body)
        ours = "providerPid" if message.get("consumerPid") else "consumerPid"
        kind = "TransferProcess" if "/transfers" in path else "ContractNegotiation"
        if path.endswith(("s/request", "s/offers")) and path.count("/") == 2:
            theirs = message.get("consumerPid") or message["providerPid"]
            pid = self.pids.setdefault(theirs, f"urn:uuid:{uuid4()}")
            state = "REQUESTED" if path.endswith("request") else "OFFERED"
            said = {**message, ours: pid}
            return 201, _process(kind, said["providerPid"], said["consumerPid"], state)
        return 200, _process(kind, message["providerPid"], message["consumerPid"], self.states.get(kind, "REQUESTED"))

    def _asked(self, path: str) -> tuple[int, Json]:
        if path == "/.well-known/dspace-version":
            return 404, {}
        last = path.rsplit("/", 1)[-1]
        if "/datasets/" in path:
            return (200, self.datasets[last]) if last in self.datasets else (404, {})
        kind = "TransferProcess" if "/transfers/" in path else "ContractNegotiation"
        return 200, _process(kind, last, last, self.states.get(kind, "REQUESTED"))


def _process(kind: str, provider: str, consumer: str, state: str) -> Json:
    return {"@context": [CONTEXT], "@type": kind, "providerPid": provider, "consumerPid": consumer, "state": state}


def message(kind: str, **members: Any) -> Json:
    """A message of the peer."""
    return {"@context": [CONTEXT], "@type": kind, **members}
