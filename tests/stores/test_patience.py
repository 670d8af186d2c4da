"""Work in a thread of its own."""

import asyncio
import threading

import pytest

from stores.patience import Aside

pytestmark = pytest.mark.anyio


async def test_work_aside_is_done_in_its_order_in_one_thread() -> None:
    aside, done = Aside(), []
    idents = await asyncio.gather(
        *(aside.run(lambda n=n: (done.append(n), threading.get_ident())[1]) for n in range(5))
    )
    aside.end()
    assert done == list(range(5))
    assert len({*idents, threading.get_ident()}) == 2


async def test_what_fails_aside_fails_here_and_the_next_work_is_done() -> None:
    aside = Aside()
    with pytest.raises(ZeroDivisionError):
        await aside.run(lambda: 1 / 0)
    assert await aside.run(lambda: 2) == 2
    aside.end()


async def test_who_is_cancelled_while_work_is_done_aside_goes_on_when_that_has_ended() -> None:
    aside, going, ended = Aside(), threading.Event(), []
    waiting = asyncio.create_task(aside.run(lambda: (going.wait(5), ended.append(True))))
    await asyncio.sleep(0)
    waiting.cancel()
    await asyncio.sleep(0.01)
    assert not waiting.done()
    going.set()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert ended == [True]
    aside.end()


async def test_after_its_end_it_begins_anew() -> None:
    aside = Aside()
    aside.end()
    assert await aside.run(lambda: 1) == 1
    aside.end()
    assert await aside.run(lambda: 2) == 2
    aside.end()
