"""No way past the gate in the code: nothing else opens sources, by whatever spelling, and its callers are all known (P30)."""

import ast
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from api.routes import OPERATIONS
from exchange import release
from tests.api.test_gate_walk import moving_data

ROOT = Path(release.__file__).parents[1]
PACKAGES = ("ontology", "shapes", "stores", "journal", "participants", "catalog", "exchange", "loaders", "api")
FILES = sorted(path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))
# Who asks the gate for bytes. Whoever comes new is walked in test_gate_walk.py.
CALLERS = {"api/routes/data.py", "api/routes/store.py", "api/routes/changes.py", "exchange/pushing.py"}
# Modules are imported by name here: commands of a fixed list, and functions that a worker process runs.
BY_NAME = {"api/cli/__init__.py", "ontology/killable.py"}
WITHIN = ("exchange/sources/", "exchange/release.py")
INNER = {"_origins", "_opened", "_source", "_admit", "_released"}  # of the gate: past its decision
DYNAMIC = {"import_module", "__import__", "exec", "eval", "compile", "run_module", "run_path"}


def evasions(name: str, text: str) -> list[str]:
    """What in a module could reach the sources of bytes without the gate, or what import-linter does not see."""
    if name.startswith(WITHIN):
        return []
    return [found for node in ast.walk(ast.parse(text)) if (found := _evasion(name, node))]


def _evasion(name: str, node: ast.AST) -> str | None:
    match node:
        case ast.Constant(value=str(text)) if "exchange.sources" in text:
            return text
        case ast.ImportFrom(module="exchange.release", names=names) if {one.name for one in names} - set(
            release.__all__
        ):
            return "exchange.release keeps it to itself"
        case ast.ImportFrom(module="importlib", names=names) if {one.name for one in names} & DYNAMIC:
            return "importlib"
        case ast.Call(func=ast.Name(id=called) | ast.Attribute(attr=called)) if called in DYNAMIC and not (
            name in BY_NAME and called == "import_module"
        ):
            return None if _is_of_patterns(node) else called
        case ast.Attribute(value=ast.Name(id="sys"), attr="modules"):
            return "sys.modules"
        case ast.Attribute(value=owner, attr=attr) if attr in INNER and _is_gate(owner):
            return attr
        case ast.Call(func=ast.Attribute(attr="credentials", value=owner)) if "sources" in ast.unparse(owner):
            return "credentials"
    return None


def _is_of_patterns(call: ast.Call) -> bool:
    """Whether it is `re.compile` and its like, which compile no code."""
    return isinstance(call.func, ast.Attribute) and call.func.attr == "compile"


def _is_gate(owner: ast.expr) -> bool:
    return ast.unparse(owner).rsplit(".", 1)[-1] in ("gate", "_gate")


def test_no_module_reaches_the_sources_past_the_gate_or_by_a_name_made_up_at_run_time() -> None:
    names = {str(path.relative_to(ROOT)): path.read_text() for path in FILES}
    assert {name: found for name, text in names.items() if (found := evasions(name, text))} == {}


@pytest.mark.parametrize("planted", [
    'import importlib\nimportlib.import_module("exchange" + ".sources.files")',
    'from importlib import import_module as bring\nbring("exchange" + chr(46) + "sources.files")',
    '__import__("exchange" + ".sources")',
    'import sys\nsys.modules["exchange." + "sources.files"].FileSource',
    "from exchange.release import Origins",
    "async def leak(gate, row): return gate._origins.source(row, {}, None)",
    "async def leak(self, row): return await self._gate._opened(row, None)",
    "async def leak(service, row): return service.gate.sources.credentials(row)",
    'exec("import exchange")',
    'import runpy\nrunpy.run_module("exchange")',
    'worker.run("exchange.sources.files:FileSource", ())',
])  # fmt: skip
def test_each_way_around_is_seen_where_it_is_planted(planted: str) -> None:
    assert evasions("api/routes/site.py", planted)


def callers() -> Iterator[str]:
    """The modules that ask the gate to open or to look."""
    for path in FILES:
        for node in ast.walk(ast.parse(path.read_text())):
            match node:
                case ast.Call(func=ast.Attribute(attr="open" | "look", value=owner)) if _is_gate(owner):
                    yield str(path.relative_to(ROOT))


def test_who_asks_the_gate_is_known() -> None:
    assert set(callers()) == CALLERS


def test_every_address_of_who_asks_the_gate_is_walked_with_all_detours() -> None:
    modules = {caller.removesuffix(".py").replace("/", ".") for caller in CALLERS}
    asking = {one.path for one in OPERATIONS if one.handler.__module__ in modules}
    assert [path for path in asking if not moving_data(path)] == []


def test_the_import_contract_breaks_on_a_planted_import(tmp_path: Path) -> None:
    for package in PACKAGES:
        shutil.copytree(ROOT / package, tmp_path / package, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    lint = [str(Path(sys.executable).parent / "lint-imports"), "--no-cache", "--verbose"]
    with (tmp_path / "api/routes/site.py").open("a") as file:
        file.write(
            "\n\ndef leak() -> object:\n    from exchange.sources.files import FileSource\n    return FileSource\n"
        )
    told = subprocess.run(
        lint, cwd=tmp_path, capture_output=True, text=True, check=False, env={"PYTHONPATH": str(tmp_path)}
    )
    assert "bytes come through the gate alone BROKEN" in told.stdout, told.stdout[-3000:] + told.stderr
    assert told.stdout.count(" BROKEN\n") == 1
