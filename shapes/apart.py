"""An engine that runs in killable workers, for shapes of others: some crash a process, some never end."""

from functools import lru_cache

from ontology.killable import KillableError, Workers
from shapes.engine import CompiledShapes, Engine, Finding
from shapes.errors import RunFailed, ShapesRefused


def quick_engine() -> Engine | None:
    """The quick engine, or None where it has no wheel (Linux on ARM)."""
    from shapes.engine_shacl import ShaclEngine  # noqa: PLC0415 - as below

    try:
        return ShaclEngine()
    except ImportError:
        return None


def reference_engine() -> Engine:
    """The reference engine; it brings rdflib along, half a second at import."""
    from shapes.engine_pyshacl import PyShaclEngine  # noqa: PLC0415

    return PyShaclEngine()


@lru_cache(maxsize=8)
def _compile(shapes: str) -> CompiledShapes:
    return (quick_engine() or reference_engine()).compile(shapes)


def try_compile(shapes: str) -> None:
    """In a worker: compile shapes and keep them there.

    Raises:
        ShapesRefused: the engine refuses them.
    """
    _compile(shapes)


def run(shapes: str, data: str) -> list[Finding]:
    """In a worker: validate N-Triples."""
    return _compile(shapes).run(data)


class EngineApart:
    """The best engine of this platform, in workers."""

    name = "workers"

    def __init__(self, workers: Workers) -> None:
        self._workers = workers

    def compile(self, shapes: str) -> "CompiledApart":
        """Try the shapes in a worker; see `shapes.engine.Engine`."""
        try:
            self._workers.run_sync("shapes.apart:try_compile", shapes)
        except KillableError as death:
            raise ShapesRefused(f"{type(death).__name__}: {death}") from death
        return CompiledApart(self._workers, shapes)


class CompiledApart:
    """Shapes that whichever worker is free compiles when it first meets them."""

    def __init__(self, workers: Workers, shapes: str) -> None:
        self._workers = workers
        self._shapes = shapes

    def run(self, data: str) -> list[Finding]:
        """Validate N-Triples; see `shapes.engine.CompiledShapes`."""
        try:
            findings: list[Finding] = self._workers.run_sync("shapes.apart:run", self._shapes, data)
        except (KillableError, ShapesRefused) as death:
            raise RunFailed(f"{type(death).__name__}: {death}") from death
        return findings
