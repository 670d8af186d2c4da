"""What an answer may be, and how hypothesis is set to work for it."""

from collections.abc import Callable

import httpx
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import seed as seeded
from hypothesis.strategies import SearchStrategy

PATIENCE_S = 40


def judge(answer: httpx.Response, took_s: float) -> str | None:
    """What is wrong with an answer, None if nothing."""
    if answer.status_code >= 500 and answer.status_code not in (503, 504):  # a query over its limits is a 503 or 504
        return f"{answer.status_code}: {answer.text[:300]}"
    if took_s > PATIENCE_S:
        return f"took {took_s:.0f} s"
    if answer.status_code >= 400:
        if answer.request.url.path.startswith("/dsp/"):  # its binding has objects of its own for errors
            said = answer.json()
            return None if said.get("code") and said.get("reason") else f"{answer.status_code}: {answer.text[:200]}"
        told = answer.json() if answer.headers.get("content-type") == "application/problem+json" else {}
        if missing := {"type", "title", "status", "detail", "remedy"} - {name for name, value in told.items() if value}:
            return f"{answer.status_code} without {sorted(missing)}: {answer.text[:200]}"
    return None


def tried(strategy: SearchStrategy, times: int, seed: int, work: Callable[..., None]) -> None:
    """Do the work with so many examples, the same ones for the same seed; the work keeps what went wrong itself."""

    @seeded(seed)
    @settings(
        max_examples=times,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=strategy)
    def run(case: object) -> None:
        work(case)

    run()
