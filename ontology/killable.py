"""Run CPU-heavy or crash-prone pure functions in child processes that may be killed.

Canonical form is exponential in the worst case, foreign SPARQL and foreign shapes have ended whole processes (`SIGSEGV`
cannot be caught), and neither pyoxigraph nor `shacl` can be cancelled. Such calls run here: the child has a CPU limit
for each call, a memory limit and a wall clock; whatever ends it, the caller lives and is told the cause.

The child keeps its module globals between calls, so a worker may hold state of its own (an open checkpoint, say).
The functions that run there do no networking; where the kernel allows it the child also gives up its network (an
empty network namespace), so that a `SERVICE` which slipped through every check reaches nobody.

Wire: 8 bytes of length, then a pickle; one request, one answer. Pickles come from our own child only.
"""

import asyncio
import contextlib
import ctypes
import importlib
import math
import os
import pickle
import resource
import select
import signal
import struct
import subprocess
import sys
import tempfile
import threading
import time
import weakref
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import IO, Any, BinaryIO

_LENGTH = struct.Struct(">Q")
_CLONE_NEWUSER, _CLONE_NEWNET = 0x10000000, 0x40000000
# What Rust, RocksDB (C++, which also starts threads) and Python say when memory ends.
_OUT_OF_MEMORY = (b"memory allocation of", b"std::bad_alloc", b"std::system_error", b"MemoryError")


class KillableError(Exception):
    """A call in a worker came to no answer; the worker is gone, the next call gets a new one."""


class OutOfTime(KillableError):
    """The call used up its CPU seconds or its wall clock."""


class OutOfMemory(KillableError):
    """The call asked for more memory than a worker may have."""


class Crashed(KillableError):
    """The worker ended without an answer, usually by a signal such as SIGSEGV."""


@dataclass(frozen=True, slots=True)
class CallLimits:
    """What one call may use.

    Attributes:
        cpu_s: CPU seconds, enforced by the kernel in whole seconds (rounded up).
        memory_bytes: address space of the child.
        wall_s: seconds until the child is killed, whatever it does.
        answer_bytes: size of the pickled answer.
    """

    cpu_s: float = 3
    memory_bytes: int = 2 << 30
    wall_s: float = 10
    answer_bytes: int = 256 << 20


class _Child:
    """One process and its two pipes; used by one thread at a time."""

    def __init__(self, limits: CallLimits) -> None:
        self._limits = limits
        self._errors: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 - lives as long as the child
        command = [sys.executable, "-P", "-m", "ontology.killable", str(limits.cpu_s), str(limits.memory_bytes)]
        self._process = subprocess.Popen(  # noqa: S603 - our own interpreter, no foreign word in it
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._errors, bufsize=0
        )
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._requests, self._answers = self._process.stdin, self._process.stdout

    def call(self, function: str, args: tuple[object, ...]) -> Any:
        deadline = time.monotonic() + self._limits.wall_s
        request = pickle.dumps((function, args))
        try:
            _write_all(self._requests.fileno(), _LENGTH.pack(len(request)) + request)
            (length,) = _LENGTH.unpack(self._receive(_LENGTH.size, deadline))
            if length > self._limits.answer_bytes:
                raise OutOfMemory(f"{function} answered {length} bytes, more than {self._limits.answer_bytes}")
            done, value = pickle.loads(self._receive(length, deadline))  # noqa: S301 - from our own child
        except (EOFError, BrokenPipeError) as error:
            raise self._cause_of_death(function) from error
        if not done:
            raise value
        return value

    def _receive(self, size: int, deadline: float) -> bytes:
        descriptor, received = self._answers.fileno(), bytearray()
        poll = select.poll()
        poll.register(descriptor, select.POLLIN)
        while len(received) < size:
            remaining_s = deadline - time.monotonic()
            if remaining_s <= 0 or not poll.poll(remaining_s * 1000):
                raise OutOfTime(f"no answer within {self._limits.wall_s} s")
            piece = os.read(descriptor, min(size - len(received), 1 << 20))
            if not piece:
                raise EOFError
            received += piece
        return bytes(received)

    def _cause_of_death(self, function: str) -> KillableError:
        try:
            code = self._process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            return Crashed(f"{function}: the worker closed its pipe")
        if code == -signal.SIGXCPU:
            return OutOfTime(f"{function} used more than {self._limits.cpu_s} CPU seconds")
        self._errors.seek(0)
        last_words = self._errors.read()[-(64 << 10) :]  # Rust lets a long backtrace follow
        if any(words in last_words for words in _OUT_OF_MEMORY):
            return OutOfMemory(f"{function} wanted more than {self._limits.memory_bytes} bytes")
        return Crashed(f"{function} ended the worker: {_name_of_end(code)}")

    def end(self) -> None:
        """Kill the process and let go of everything it held."""
        self._process.kill()
        with contextlib.suppress(OSError):
            self._requests.close()
        self._answers.close()
        self._errors.close()
        self._process.wait()


class Workers:
    """A small pool of killable children, started when first needed and replaced after a death.

    Safe to call from many threads; at most `size` calls run at once, the others wait their turn.
    """

    def __init__(self, size: int = 2, cpu_s: float = 3, memory_bytes: int = 2 << 30, wall_s: float = 10) -> None:
        self._limits = CallLimits(cpu_s, memory_bytes, wall_s)
        self._size = size
        self._free = threading.BoundedSemaphore(size)
        self._lock = threading.Lock()
        self._idle: list[_Child] = []
        self._threads: ThreadPoolExecutor | None = None
        self._closed = False
        # Who forgets to close leaves no process behind: at collection or at exit the idle ones end.
        weakref.finalize(self, _end_all, self._idle)

    async def run(self, function: str, *args: object) -> Any:
        """Call `package.module:function` in a child without blocking the event loop.

        Args:
            function: where to find it; it must be importable in a fresh interpreter.
            args: anything that pickles.

        Returns:
            What the function returned, pickled back.

        Raises:
            OutOfTime, OutOfMemory, Crashed: the call was ended; its child is replaced.
            Exception: what the function itself raised.
        """
        with self._lock:
            if self._threads is None:
                self._threads = ThreadPoolExecutor(self._size, thread_name_prefix="killable")
            threads = self._threads
        return await asyncio.get_running_loop().run_in_executor(threads, self.run_sync, function, *args)

    def run_sync(self, function: str, *args: object) -> Any:
        """`run` for a caller that may block."""
        with self._free:
            child = self._take()
            try:
                answer = child.call(function, args)
            except (KillableError, KeyboardInterrupt, SystemExit, pickle.UnpicklingError):
                child.end()
                raise
            except BaseException:
                # The function's own error: the child answered and is in order.
                self._give_back(child)
                raise
            self._give_back(child)
            return answer

    def _take(self) -> _Child:
        with self._lock:
            if self._closed:
                raise RuntimeError("these workers are closed")
            if self._idle:
                return self._idle.pop()
        return _Child(self._limits)

    def _give_back(self, child: _Child) -> None:
        with self._lock:
            if not self._closed:
                self._idle.append(child)
                return
        child.end()

    async def close(self) -> None:
        """End every child; calls under way are waited for."""
        await asyncio.to_thread(self.close_sync)

    def close_sync(self) -> None:
        """`close` for a caller that may block."""
        with self._lock:
            self._closed = True
            threads, self._threads = self._threads, None
            _end_all(self._idle)
        if threads is not None:
            threads.shutdown(wait=True)


def _end_all(children: list[_Child]) -> None:
    while children:
        children.pop().end()


def _name_of_end(code: int) -> str:
    return signal.Signals(-code).name if code < 0 else f"exit code {code}"


def _write_all(descriptor: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(descriptor, view) :]


# --- the child ---------------------------------------------------------------------------------------------------


def _leave_the_network() -> None:
    """Move into an empty network namespace; a kernel or container that forbids it leaves things as they are."""
    libc = ctypes.CDLL(None)
    if hasattr(libc, "unshare") and libc.unshare(_CLONE_NEWNET) != 0:
        libc.unshare(_CLONE_NEWUSER | _CLONE_NEWNET)


def _arm_cpu_limit(cpu_s: float) -> None:
    """Allow `cpu_s` more seconds than were used so far; the kernel counts over the whole life of the process."""
    soft = math.ceil(time.process_time() + cpu_s)
    resource.setrlimit(resource.RLIMIT_CPU, (soft, resource.getrlimit(resource.RLIMIT_CPU)[1]))


def _answer(function: str, args: tuple[object, ...]) -> bytes:
    try:
        module, _, name = function.partition(":")
        target: Any = importlib.import_module(module)
        for part in name.split("."):
            target = getattr(target, part)
        return pickle.dumps((True, target(*args)))
    except MemoryError:
        return pickle.dumps((False, OutOfMemory(f"{function} wanted more memory than a worker has")))
    except Exception as error:
        return _pickled_error(error)


def _pickled_error(error: Exception) -> bytes:
    try:
        packed = pickle.dumps((False, error))
        pickle.loads(packed)  # noqa: S301 - an exception that does not come back whole would kill the reader
    except Exception:
        return pickle.dumps((False, RuntimeError(f"{type(error).__name__}: {error}")))
    return packed


def _read_exactly(source: BinaryIO, size: int) -> bytes:
    data = source.read(size)
    if len(data) < size:
        raise EOFError
    return data


def _serve(cpu_s: float, memory_bytes: int) -> None:
    requests = os.fdopen(os.dup(0), "rb")
    answers = os.dup(1)
    # What the functions print must not stand between two answers.
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.dup2(2, 1)
    _leave_the_network()
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_AS, (memory_bytes, memory_bytes))
    while True:
        try:
            (length,) = _LENGTH.unpack(_read_exactly(requests, _LENGTH.size))
            request = _read_exactly(requests, length)
        except EOFError:
            return  # the parent closed the pipe, or is gone
        _arm_cpu_limit(cpu_s)
        function, args = pickle.loads(request)  # noqa: S301 - from our own parent
        answer = _answer(function, args)
        _write_all(answers, _LENGTH.pack(len(answer)) + answer)


if __name__ == "__main__":
    # Errors must be raised as classes of the importable module, not of __main__, or the parent cannot unpickle them.
    importlib.import_module("ontology.killable")._serve(float(sys.argv[1]), int(sys.argv[2]))
