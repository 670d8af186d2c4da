import os
import threading
from collections.abc import Iterator

import pytest

from ontology.killable import Crashed, OutOfMemory, OutOfTime, Workers

pytestmark = pytest.mark.anyio


@pytest.fixture
def workers() -> Iterator[Workers]:
    workers = Workers(size=2, cpu_s=1, memory_bytes=512 << 20, wall_s=5)
    yield workers
    workers.close_sync()


async def test_a_function_runs_in_another_process_and_answers(workers: Workers) -> None:
    assert await workers.run("operator:mul", 6, 7) == 42
    assert await workers.run("os:getpid") != os.getpid()


def test_the_error_of_the_function_itself_reaches_the_caller_and_spares_the_child(workers: Workers) -> None:
    child = workers.run_sync("os:getpid")
    with pytest.raises(ZeroDivisionError):
        workers.run_sync("operator:truediv", 1, 0)
    assert workers.run_sync("os:getpid") == child


def test_a_child_keeps_its_module_globals_between_calls(workers: Workers) -> None:
    workers.run_sync("os:putenv", "RENKEI_SEEN", "1")
    workers.run_sync("builtins:exec", "import builtins; builtins.seen = 5")
    assert workers.run_sync("builtins:eval", "seen") == 5


def test_a_call_that_spins_is_ended_by_the_cpu_limit_and_the_next_one_is_served(workers: Workers) -> None:
    with pytest.raises(OutOfTime):
        workers.run_sync("builtins:exec", "while True: pass")
    assert workers.run_sync("operator:add", 1, 1) == 2


def test_the_cpu_limit_is_of_each_call_and_not_of_the_childs_whole_life(workers: Workers) -> None:
    half_a_second = "import time\nend = time.process_time() + 0.5\nwhile time.process_time() < end: pass"
    for _ in range(5):
        workers.run_sync("builtins:exec", half_a_second)
    assert workers.run_sync("time:process_time") > 2


def test_a_call_that_sleeps_is_ended_by_the_wall_clock() -> None:
    workers = Workers(size=1, wall_s=0.3)
    with pytest.raises(OutOfTime):
        workers.run_sync("time:sleep", 60)
    workers.close_sync()


def test_a_call_that_asks_for_too_much_memory_is_refused(workers: Workers) -> None:
    with pytest.raises(OutOfMemory):
        workers.run_sync("builtins:bytearray", 1 << 30)
    assert workers.run_sync("operator:add", 1, 1) == 2


def test_a_crash_ends_the_child_alone(workers: Workers) -> None:
    with pytest.raises(Crashed, match="SIGSEGV"):
        workers.run_sync("ctypes:string_at", 0)
    assert workers.run_sync("operator:add", 1, 1) == 2


def test_what_a_function_prints_does_not_stand_between_two_answers(workers: Workers) -> None:
    workers.run_sync("builtins:print", "noise")
    assert workers.run_sync("operator:add", 1, 1) == 2


def test_many_threads_share_the_children(workers: Workers) -> None:
    answers: list[int] = []
    threads = [
        threading.Thread(target=lambda n=n: answers.append(workers.run_sync("operator:mul", n, n))) for n in range(20)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers) == [n * n for n in range(20)]


async def test_closed_workers_take_no_more_calls(workers: Workers) -> None:
    await workers.run("operator:add", 1, 1)
    await workers.close()
    with pytest.raises(RuntimeError, match="closed"):
        workers.run_sync("operator:add", 1, 1)


def test_an_error_that_does_not_pickle_still_names_itself(workers: Workers) -> None:
    with pytest.raises(RuntimeError, match="Odd: words"):
        workers.run_sync("builtins:exec", "class Odd(Exception): pass\nraise Odd('words')")
