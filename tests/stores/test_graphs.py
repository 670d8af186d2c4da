import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import pytest
from pyoxigraph import BlankNode, DefaultGraph, Literal, NamedNode, Quad, RdfFormat, Store, parse

from stores.graphs import (
    GraphChange,
    Graphs,
    GraphsLocked,
    Query,
    TermUnspeakable,
    graph_of,
    open_graphs,
)
from stores.graphs.embedded import EmbeddedGraphs

pytestmark = pytest.mark.anyio
TITLES = Query.of(
    "# in: ?dataset (IRI)   out: ?title\nSELECT ?title { ?dataset <http://purl.org/dc/terms/title> ?title }"
)


@pytest.fixture
async def graphs() -> AsyncIterator[Graphs]:
    graphs = await open_graphs(None)
    yield graphs
    await graphs.close()


def described(number: int, title: str = "Census") -> list[str]:
    return [
        f'<http://ex.org/{number}> <http://purl.org/dc/terms/title> "{title}"@en .',
        f"<http://ex.org/{number}> <http://www.w3.org/ns/dcat#contactPoint> _:r{number}-c14n0 .",
        f'_:r{number}-c14n0 <http://www.w3.org/2006/vcard/ns#fn> "Desk {number}" .',
    ]


async def test_a_change_moves_the_cursor_and_keeps_blank_node_labels(graphs: Graphs) -> None:
    await graphs.apply([GraphChange("public", add=described(1))], 7)
    assert sorted(graphs.lines("public")) == sorted(described(1))
    assert await graphs.cursor() == 7


async def test_what_a_load_left_in_layers_is_put_into_order_also_by_who_opens_the_folder_next(tmp_path: Path) -> None:
    graphs = await open_graphs(tmp_path)
    await graphs.apply([GraphChange("public", add=[each for n in range(34_000) for each in described(n)])], 1)
    await graphs.close()
    unsettled, graphs = (tmp_path / "unsettled").exists(), await open_graphs(tmp_path)
    before = await graphs.checkpoint()
    await graphs.settle()
    after = await graphs.checkpoint()
    assert (unsettled, (tmp_path / "unsettled").exists()) == (True, False)
    assert (before.path != after.path, await graphs.count("public"), await graphs.cursor()) == (True, 102_000, 1)
    await graphs.settle()
    assert (await graphs.checkpoint()).path == after.path, "nothing was due"
    await graphs.close()


async def test_graphs_that_a_query_keeps_while_the_engine_fails_are_open_again_when_it_has_left(tmp_path: Path) -> None:
    def fail() -> None:
        raise OSError("IO error: No space left on device")

    graphs = await EmbeddedGraphs.open(tmp_path)
    kept = graphs._store
    with pytest.raises(GraphsLocked):
        await graphs._write(lambda: (graphs._store, fail()))
    del kept
    assert await graphs.apply([GraphChange("public", add=described(1))], 7) == 0
    assert await graphs.count("public") == 3
    await graphs.close()


async def test_a_revision_removes_and_adds_in_one_step(graphs: Graphs) -> None:
    await graphs.apply([GraphChange("public", add=described(1) + described(2))], 1)
    await graphs.apply([GraphChange("public", remove=described(1), add=described(1, "Census 2"))], 2)
    assert sorted(graphs.lines("public")) == sorted(described(2) + described(1, "Census 2"))


async def test_applying_a_change_twice_is_applying_it_once(graphs: Graphs) -> None:
    change = GraphChange("public", remove=described(1), add=described(2))
    await graphs.apply([GraphChange("public", add=described(1))], 1)
    await graphs.apply([change], 2)
    await graphs.apply([change], 2)
    assert sorted(graphs.lines("public")) == sorted(described(2))


async def test_a_line_no_store_can_hold_is_left_out_and_counted(graphs: Graphs) -> None:
    broken = [
        "<http://ex.org/a\\u0020b> <http://ex.org/p> <http://ex.org/o> .",
        '<http://e/s> <http://e/p> "x"@en_US .',
    ]
    unholdable = await graphs.apply([GraphChange("public", remove=broken, add=[*broken, *described(1)])], 1)
    assert unholdable == 2
    assert await graphs.count("public") == 3


async def test_stored_form_says_what_the_engine_makes_of_a_line(graphs: Graphs) -> None:
    size = '<http://e/s> <http://e/p> "007"^^<http://www.w3.org/2001/XMLSchema#nonNegativeInteger> .'
    lines = [described(1)[1], size, "<http://e/s> <bad> <http://e/o> .", '<http://e/s> <http://e/p> "1.50" .']
    await graphs.apply([GraphChange("public", add=lines)], 1)
    forms = graphs.stored_form(lines)
    assert forms == [
        lines[0],
        '<http://e/s> <http://e/p> "7"^^<http://www.w3.org/2001/XMLSchema#integer> .',
        None,
        lines[3],
    ]
    assert sorted(filter(None, forms)) == sorted(graphs.lines("public"))


async def test_each_audience_has_a_graph_of_its_own(graphs: Graphs) -> None:
    await graphs.apply([GraphChange("public", add=described(1)), GraphChange("only/abc", add=described(2))], 1)
    assert graphs.audiences() == ["only/abc", "public"]
    assert await graphs.select(TITLES, ["public"], dataset=NamedNode("http://ex.org/2")) == []
    rows = await graphs.select(TITLES, ["public", "only/abc"], dataset=NamedNode("http://ex.org/2"))
    assert rows == [{"title": Literal("Census", language="en")}]


async def test_only_public_triples_lie_outside_named_graphs(graphs: Graphs) -> None:
    restricted = ["participants", "only/abc", "only/public", "graph/http://ex.org/public"]
    changes = [GraphChange(name, add=described(number)) for number, name in enumerate(["public", *restricted])]
    await graphs.apply(changes, 1)
    await graphs.apply([GraphChange(one.audience, remove=one.add, add=one.add * 1_500) for one in changes], 2)
    checkpoint = await graphs.checkpoint()
    store = Store.read_only(str(checkpoint.path))
    assert len([*store.quads_for_pattern(None, None, None, DefaultGraph())]) == 3
    assert graph_of("public") == DefaultGraph()
    assert all(isinstance(graph_of(name), NamedNode) for name in restricted)
    checkpoint.release()


async def test_a_folder_with_public_triples_in_a_named_graph_is_to_be_filled_anew(tmp_path: Path) -> None:
    graphs = await open_graphs(tmp_path)
    await graphs.apply([GraphChange("participants", add=described(1))], 7)
    await graphs.close()
    former, node = NamedNode("urn:renkei:audience:public"), NamedNode("http://ex.org/1")
    Store(str(tmp_path / "store")).add(Quad(node, node, node, former))
    graphs = await open_graphs(tmp_path)
    assert (await graphs.cursor(), graphs.audiences()) == (0, [])
    await graphs.close()


@pytest.mark.parametrize("name", ["", "a b", "public> {} #", "../x", "\n"])
def test_no_audience_has_a_name_that_could_end_its_graph(name: str) -> None:
    with pytest.raises(ValueError, match="no audience"):
        graph_of(name)


async def test_a_big_change_ends_like_a_small_one(graphs: Graphs) -> None:
    first = [line for number in range(2000) for line in described(number)]
    second = [line for number in range(1000, 3000) for line in described(number)]
    await graphs.apply([GraphChange("public", add=first)], 1)
    await graphs.apply([GraphChange("public", remove=sorted(set(first) - set(second)), add=second)], 2)
    assert sorted(graphs.lines("public")) == sorted(second)
    assert await graphs.cursor() == 2


async def test_a_fill_streams_and_sets_the_cursor_last(graphs: Graphs) -> None:
    async def everything() -> AsyncIterator[tuple[str, Sequence[str]]]:
        for number in range(100):
            yield "public", described(number)

    await graphs.apply([GraphChange("public", add=described(7777))], 3)
    await graphs.load(everything(), 9)
    assert (await graphs.count("public"), await graphs.cursor()) == (300, 9)


async def test_a_fill_in_small_pieces_takes_no_longer_than_in_one(graphs: Graphs) -> None:
    async def pieces() -> AsyncIterator[tuple[str, Sequence[str]]]:
        for number in range(1_000):
            yield "public", described(number)

    async with asyncio.timeout(15):  # a bulk load for each piece would take over 30 s
        await graphs.load(pieces(), 9)
    assert await graphs.count("public") == 3_000


async def test_a_fill_that_was_cut_short_leaves_nothing(tmp_path: Path) -> None:
    async def half() -> AsyncIterator[tuple[str, Sequence[str]]]:
        yield "public", [line for number in range(40_000) for line in described(number)]
        raise ConnectionError

    graphs = await open_graphs(tmp_path)
    with pytest.raises(ConnectionError):
        await graphs.load(half(), 9)
    assert await graphs.count("public") > 0
    await graphs.close()
    graphs = await open_graphs(tmp_path)
    assert (await graphs.count("public"), await graphs.cursor()) == (0, 0)
    await graphs.close()


async def test_a_folder_opens_in_one_place_only(tmp_path: Path) -> None:
    graphs = await open_graphs(tmp_path)
    with pytest.raises(GraphsLocked):
        await open_graphs(tmp_path)
    await graphs.close()
    await (await open_graphs(tmp_path)).close()


KILLED = """
import asyncio, sys
from pathlib import Path
from stores.graphs import GraphChange, open_graphs
def described(n): return [f'<http://ex.org/{n}> <http://ex.org/p> _:r{n}-x .', f'_:r{n}-x <http://ex.org/q> "{n}" .']
async def main():
    graphs, size, n = await open_graphs(Path(sys.argv[1])), int(sys.argv[2]), 0
    while True:
        old = [l for i in range(size) for l in described(n * size - size + i)] if n else []
        n += 1
        new = [l for i in range(size) for l in described(n * size - size + i)]
        await graphs.apply([GraphChange("public", remove=old, add=new)], n)
        print(n, flush=True)
asyncio.run(main())
"""


@pytest.mark.parametrize(("size", "pauses_ms"), [(20, (1, 7, 13)), (3000, (10, 60, 90, 130))], ids=["small", "big"])
async def test_a_kill_at_any_moment_leaves_whole_changes_only(
    tmp_path: Path, size: int, pauses_ms: Sequence[int]
) -> None:
    for pause_ms in pauses_ms:
        folder = tmp_path / str(pause_ms)
        writer = subprocess.Popen(  # noqa: ASYNC220 - a line of its output is waited for, nothing else runs
            [sys.executable, "-c", KILLED, folder, str(size)], stdout=subprocess.PIPE, text=True
        )
        assert writer.stdout is not None
        acknowledged = int(writer.stdout.readline())
        await asyncio.sleep(pause_ms / 1000)
        os.kill(writer.pid, signal.SIGKILL)
        acknowledged = max([acknowledged, *map(int, writer.communicate()[0].split())])
        graphs = await open_graphs(folder)
        cursor = await graphs.cursor()
        assert cursor >= acknowledged
        subjects = {line.split()[0] for line in graphs.lines("public") if line.startswith("<")}
        assert subjects == {f"<http://ex.org/{n}>" for n in range(cursor * size - size, cursor * size)}
        assert await graphs.count("public") == 2 * size
        await graphs.close()


async def test_a_checkpoint_holds_what_was_applied_before_and_nothing_later(graphs: Graphs) -> None:
    await graphs.apply([GraphChange("public", add=described(1))], 1)
    checkpoint = await graphs.checkpoint()
    await graphs.apply([GraphChange("public", add=described(2))], 2)
    assert len(Store.read_only(str(checkpoint.path))) == 3 + 1
    checkpoint.release()


async def test_readers_share_a_checkpoint_until_the_cursor_moves(graphs: Graphs) -> None:
    await graphs.apply([GraphChange("public", add=described(1))], 1)
    shared = await asyncio.gather(*(graphs.checkpoint() for _ in range(20)))
    assert len({checkpoint.path for checkpoint in shared}) == 1
    await graphs.apply([GraphChange("public", add=described(2))], 2)
    assert (await graphs.checkpoint()).path != shared[0].path


async def test_an_outdated_checkpoint_goes_with_its_last_reader(graphs: Graphs) -> None:
    await graphs.apply([GraphChange("public", add=described(1))], 1)
    first, again = await graphs.checkpoint(), await graphs.checkpoint()
    await graphs.apply([], 2)
    await graphs.checkpoint()
    first.release()
    assert first.path.exists()
    again.release()
    assert not first.path.exists()


async def test_few_checkpoints_serve_many_writes_with_readers_between(graphs: Graphs) -> None:
    async def write_then_read(number: int) -> int:
        await graphs.apply([GraphChange("public", add=described(number))], number)
        checkpoint = await graphs.checkpoint()
        assert checkpoint.cursor >= number
        name = int(checkpoint.path.name)
        checkpoint.release()
        return name

    names = await asyncio.gather(*(write_then_read(number) for number in range(1, 41)))
    assert max(names) <= 20


async def test_what_an_earlier_process_left_is_removed_at_start(tmp_path: Path) -> None:
    (tmp_path / "checkpoints/12").mkdir(parents=True)
    graphs = await open_graphs(tmp_path)
    assert list((tmp_path / "checkpoints").iterdir()) == []
    await graphs.close()


async def test_clearing_also_takes_back_the_checkpoints(graphs: Graphs) -> None:
    await graphs.apply([GraphChange("public", add=described(1))], 5)
    (await graphs.checkpoint()).release()
    await graphs.clear()
    checkpoint = await graphs.checkpoint()
    assert len(Store.read_only(str(checkpoint.path))) == 0
    assert await graphs.cursor() == 0


# --- P05 of reference/security.md §5: a value can never become query text -------------------------------------------

ENDINGS = [
    "",
    ">",
    "> } #",
    '"',
    '\\"',
    "'",
    "\n",
    "\\",
    "}",
    ") }",
    "\x00",
    "\u2028",
    "`",
    "<",
    "?x",
    "$",
    "%3E",
    "{",
    "|",
    "^",
]
PAYLOADS = ["{} UNION { ?s ?p ?o } #", '" . ?s ?p ?o . #', "SERVICE <http://127.0.0.1/> {}", "'''", "\\u003E } #"]
HOSTILE = [ending + payload for ending in ENDINGS for payload in PAYLOADS]
SAME = Query.of("# in: ?wanted (literal)   out: ?s\nSELECT ?s { ?s <http://ex.org/p> ?wanted }")

ECHO = Query.of("# in: ?wanted (literal)   out: ?wanted\nSELECT ?wanted {}")


async def test_p05_a_hundred_hostile_values_bind_as_values(graphs: Graphs) -> None:
    await graphs.apply([GraphChange("public", add=['<http://ex.org/s> <http://ex.org/p> "secret" .'])], 1)
    assert len(HOSTILE) == 100
    for value in HOSTILE:
        assert await graphs.select(SAME, ["public"], wanted=Literal(value)) == []
        (found,) = await graphs.select(ECHO, ["public"], wanted=Literal(value))
        assert found["wanted"] == Literal(value)


def lenient_iri(value: str) -> NamedNode:
    text = "".join(f"\\U{ord(character):08X}" for character in "http://ex.org/" + value)
    (quad,) = parse(f"<{text}> <http://e/p> 1 .".encode(), format=RdfFormat.TURTLE, lenient=True)
    assert isinstance(quad.subject, NamedNode)
    return quad.subject


async def test_p05_an_iri_that_could_end_early_is_no_value() -> None:
    for value in HOSTILE:
        with pytest.raises(TermUnspeakable):
            SAME.bound(wanted=lenient_iri(value + "> } #"))
    with pytest.raises(TermUnspeakable):
        SAME.bound(wanted=BlankNode("a"))


def test_a_query_takes_exactly_the_values_of_its_contract() -> None:
    assert (set(TITLES.inputs), list(TITLES.outputs)) == ({"dataset"}, ["title"])
    with pytest.raises(ValueError, match="takes"):
        TITLES.bound(publisher=Literal("x"))
