"""Bridges between the event loop, which reads the database, and the threads, which write documents."""

import asyncio
from collections.abc import AsyncIterator, Iterator

from ontology.description import Description


def canonicals(descriptions: AsyncIterator[Description]) -> Iterator[str]:
    """Canonical texts for a thread that writes them; each is asked of the loop when it is wanted.

    Called on the loop, iterated in a thread: a document of any length needs the memory of one description.
    """
    loop = asyncio.get_running_loop()

    def wanted() -> Iterator[str]:
        while (one := asyncio.run_coroutine_threadsafe(_next(descriptions), loop).result()) is not None:
            yield one.canonical

    return wanted()


async def _next(descriptions: AsyncIterator[Description]) -> Description | None:
    return await anext(descriptions, None)
