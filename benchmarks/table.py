"""Rows of the closing table, on the screen and in docs/performance.md."""

import os
import platform
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import psutil


@dataclass
class Row:
    """One thing measured.

    Attributes:
        met: whether the target is met; None where there is none.
        stolen: share of the processors' time that the host gave to other machines since the row before.
    """

    what: str
    target: str
    ours: str
    peer: str = "–"
    ratio: str = "–"
    met: bool | None = None
    stolen: str = "–"

    def cells(self) -> tuple[str, ...]:
        mark = {True: "yes", False: "**no**", None: "–"}[self.met]
        return self.what, self.target, self.ours, self.peer, self.ratio, mark, self.stolen


class Steal:
    """What the host of a virtual machine gives to others: it lengthens every time and is nobody's doing here."""

    def __init__(self) -> None:
        self._taken, self._all = self._now()

    def since(self) -> str:
        """The share since the last call, as "12 %"."""
        taken, everything = self._now()
        share = (taken - self._taken) / max(everything - self._all, 0.01)
        self._taken, self._all = taken, everything
        return f"{share:.0%}"

    def _now(self) -> tuple[float, float]:
        times = psutil.cpu_times()
        return getattr(times, "steal", 0.0), sum(times)


_steal = Steal()


@dataclass
class Section:
    """Rows with a word about how they were taken."""

    title: str
    text: str
    rows: list[Row] = field(default_factory=list)

    def add(self, *row: object, met: bool | None = None) -> None:
        made = Row(*(str(each) for each in row), met=met)
        made.stolen = _steal.since()
        self.rows.append(made)
        print("  " + " | ".join(made.cells()), flush=True)

    def markdown(self) -> str:
        lines = [f"## {self.title}", "", self.text, "", "| what | target | Renkei | peer | ratio | met | stolen |",
                 "|---|---|---|---|---|---|---|"]  # fmt: skip
        missed = [row.what for row in self.rows if row.met is False]
        told = ["", f"Missed: {'; '.join(missed)}."] if missed else []
        return "\n".join(lines + ["| " + " | ".join(row.cells()) + " |" for row in self.rows] + told) + "\n"


def milliseconds(times: list[float]) -> str:
    """p50 / p99 of some seconds."""
    return f"{1e3 * percentile(times, 50):.1f} / {1e3 * percentile(times, 99):.1f} ms"


def percentile(values: list[float], rank: float) -> float:
    """The value that `rank` per cent do not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * rank / 100))]


def machine() -> str:
    """What the figures were taken on."""
    model = "unknown processor"
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        model = next(
            (line.split(":")[1].strip() for line in cpuinfo.read_text().split("\n") if "model name" in line), model
        )
    memory = psutil.virtual_memory().total / (1 << 30)
    return f"{psutil.cpu_count()} × {model}, {memory:.0f} GiB, {platform.system()}, Python {platform.python_version()}"


def document(sections: list[Section], command: str, load: str) -> str:
    """The page docs/performance.md."""
    head = (
        "# Speed and memory\n\n"
        "Written by the run itself; do not edit.\n\n"
        f"- Command: `{command}`\n- Machine: {machine()}\n- Load average at the start: {load}\n"
        f"- Date: {datetime.now(UTC):%Y-%m-%d %H:%M} UTC\n\n"
        "Peers run in the same run, on the same data. CPU seconds are user and system time of all processes; on a "
        "machine with other work they are the steadier figure. *stolen*: the share of the processors' time that the "
        "host gave to other machines since the row before. *not reached*: the peer could not be had or did not end in "
        "its time.\n\n"
    )
    return head + "\n".join(section.markdown() for section in sections)


def taken(command: str) -> str:
    """How a section was measured that is not of the run that the head of the page tells of."""
    load = " ".join(f"{each:.1f}" for each in os.getloadavg())
    return (
        f" Taken alone with `{command}`, {datetime.now(UTC):%Y-%m-%d %H:%M} UTC, load average {load} at the start, on "
        f"{machine()}."
    )


def replaced(page: str, section: Section) -> str:
    """The page with one section in the place of its former self, or at the end."""
    head, *parts = page.split("\n## ")
    kept = [part for part in parts if not part.startswith(section.title + "\n")]
    return "\n## ".join([head, *kept]).rstrip("\n") + "\n\n" + section.markdown()
