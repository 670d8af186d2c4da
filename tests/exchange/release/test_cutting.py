"""Fields that the terms want taken out do not leave, in whatever pieces the data come."""

import csv
import io
from collections.abc import AsyncIterator

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exchange.cutting import Cuts, can_cut, cut
from exchange.release_errors import SourceUnavailable

pytestmark = pytest.mark.anyio
CUTS = Cuts.of(["name"], ["年齢"])
TABLE = 'id,name,年齢,note\r\n1,"Ito, ""Taro""",41,"two\r\nlines"\r\n2,Sato,7,\r\n'
SHOWN = 'id,年齢,note\r\n1,***,"two\r\nlines"\r\n2,***,\r\n'


async def cut_out(content: bytes, media_type: str, size: int = 1 << 20, cuts: Cuts = CUTS) -> bytes:
    async def chunks() -> AsyncIterator[bytes]:
        for start in range(0, len(content), size):
            yield content[start : start + size]

    return b"".join([chunk async for chunk in cut(chunks(), cuts, media_type)])


@pytest.mark.parametrize("size", [1, 2, 7, 1000])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp932"])
async def test_columns_are_dropped_and_masked(size: int, encoding: str) -> None:
    found = await cut_out(TABLE.encode(encoding), "text/csv", size)
    assert found == SHOWN.encode(encoding)


@pytest.mark.parametrize("mark", ["\t", ";", "|"])
async def test_the_delimiter_of_a_table_is_found(mark: str) -> None:
    table = f"id{mark}name{mark}年齢\n1{mark}Ito{mark}41\n"
    assert await cut_out(table.encode(), "text/csv; charset=utf-8") == f"id{mark}年齢\n1{mark}***\n".encode()


async def test_a_table_without_a_line_end_at_its_end_is_cut_to_its_end() -> None:
    assert await cut_out("name,年齢\nIto,41".encode(), "text/csv") == "年齢\n***\n".encode()


FAULTS = {
    "no such column": "id,title\n1,x\n",
    "a quotation mark that never closes": 'id,name,年齢\n1,"Ito\n',
    "text after a quotation mark": 'id,name,年齢\n1,"It"o,41\n',
    "no text": "id,name,年齢\n".encode().decode() + "\ud800",
}


@pytest.mark.parametrize("case", FAULTS)
async def test_a_table_that_cannot_be_cut_for_certain_does_not_pass(case: str) -> None:
    with pytest.raises(SourceUnavailable):
        await cut_out(FAULTS[case].encode("utf-8", "surrogatepass"), "text/csv; charset=utf-8")


ROWS = [{"id": 1, "name": "Ito", "年齢": 41, "in": [{"name": {"a": 1}, "x": 'a,]"}'}]}, {"id": 2, "x\\": "\\"}, [], 3]
CUT = [{"id": 1, "年齢": "***", "in": [{"x": 'a,]"}'}]}, {"id": 2, "x\\": "\\"}, [], 3]


@pytest.mark.parametrize("size", [1, 3, 1000])
async def test_fields_of_json_are_cut_at_every_depth(size: int) -> None:
    for content in (
        orjson.dumps(ROWS),
        orjson.dumps(ROWS, option=orjson.OPT_INDENT_2),
        b" \n" + orjson.dumps(ROWS) + b"\n",
    ):
        assert orjson.loads(await cut_out(content, "application/json", size)) == CUT
    assert orjson.loads(await cut_out(orjson.dumps({"rows": ROWS}), "application/geo+json", size)) == {"rows": CUT}


@pytest.mark.parametrize("size", [1, 5, 1000])
async def test_json_lines_are_cut_line_by_line(size: int) -> None:
    content = b'{"name":1,"id":2}\r\n\n{"a":{"name":1}}'
    assert await cut_out(content, "application/x-ndjson", size) == b'{"id":2}\n\n{"a":{}}'


@pytest.mark.parametrize("content", [b"[1", b"[1]2", b'[{"a":1}]{"name":"x"}', b"{", b"nothing", b'["', b"[1,]x", b""])
async def test_what_is_no_json_does_not_pass(content: bytes) -> None:
    with pytest.raises(SourceUnavailable):
        await cut_out(content, "application/json")


async def test_other_forms_cannot_be_cut() -> None:
    assert not any(map(can_cut, ("application/pdf", "text/html", "application/xml", None, "")))
    with pytest.raises(SourceUnavailable):
        await cut_out(b"<a/>", "application/xml")


CELL = st.text(alphabet=st.characters(exclude_categories=("Cs", "Cc")) | st.sampled_from('",\n;\t'), max_size=8)


@settings(max_examples=150, deadline=None)
@given(st.lists(st.lists(CELL, min_size=3, max_size=3), max_size=8), st.integers(1, 40))
async def test_whatever_the_cells_hold_only_the_named_columns_are_missing(rows: list[list[str]], size: int) -> None:
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows([["a", "name", "c"], *rows])
    found = await cut_out(out.getvalue().encode(), "text/csv; charset=utf-8", size, Cuts.of(["name"], []))
    assert list(csv.reader(io.StringIO(found.decode(), newline=""))) == [["a", "c"], *([a, c] for a, _, c in rows)]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=3) | st.just("name"), inner, max_size=4)
    ),
    max_leaves=15,
)


def without_name(value: object) -> object:
    if isinstance(value, dict):
        return {key: without_name(its) for key, its in value.items() if key.strip() != "name"}
    return [without_name(each) for each in value] if isinstance(value, list) else value


@settings(max_examples=150, deadline=None)
@given(JSON, st.integers(1, 30))
async def test_whatever_json_holds_only_the_named_members_are_missing(value: object, size: int) -> None:
    found = await cut_out(orjson.dumps(value), "application/json", size, Cuts.of(["name"], []))
    assert orjson.loads(found) == without_name(value)
