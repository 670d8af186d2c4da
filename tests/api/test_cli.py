"""The commands, run as a shell runs them."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

RENKEI = Path(sys.executable).parent / "renkei"


def run(folder: Path, *arguments: str, given: str | None = None) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "RENKEI_DATA": str(folder / "data"), "LC_ALL": "C.UTF-8", "RENKEI_OPERATOR_TOKEN": "t"}
    return subprocess.run(
        [RENKEI, *arguments], env=environment, cwd=folder, input=given, capture_output=True, text=True, timeout=120,
        check=False,
    )  # fmt: skip


@pytest.fixture
def source(tmp_path: Path, catalog_turtle: str) -> Path:
    path = tmp_path / "minato.ttl"
    path.write_text(catalog_turtle, "utf-8")
    return path


def test_load_tells_what_it_did_and_the_second_time_that_nothing_changed(tmp_path: Path, source: Path) -> None:
    first = run(tmp_path, "load", str(source), "--catalog", "minato", "--json")
    second = run(tmp_path, "load", str(source), "--catalog", "minato", "--json")
    assert (first.returncode, second.returncode) == (0, 0), first.stderr
    assert json.loads(first.stdout)["by_kind"]["Dataset"]["added"] == 2
    assert json.loads(second.stdout)["unchanged"] == 5


def test_load_exits_one_when_something_was_refused_and_two_when_nothing_was_readable(
    tmp_path: Path, source: Path
) -> None:
    source.write_text(source.read_text("utf-8").replace('dct:title "大気測定"@ja ;', ""), "utf-8")
    (tmp_path / "broken.ttl").write_text("@prefix x: <http://x/> . x:a x:b", "utf-8")
    partly = run(tmp_path, "load", str(source), "--catalog", "minato", "--json")
    nothing = run(tmp_path, "load", str(tmp_path / "broken.ttl"), "--catalog", "minato", "--json")
    assert (partly.returncode, nothing.returncode) == (1, 2)
    assert json.loads(partly.stdout)["refusals"][0]["resource"] == "https://data.example/air"
    assert json.loads(nothing.stdout)["refusals"][0]["reason"]


def test_replace_stops_for_consent_when_more_than_a_fifth_would_go(
    tmp_path: Path, source: Path, census_turtle: str
) -> None:
    run(tmp_path, "load", str(source), "--catalog", "minato")
    (tmp_path / "less.ttl").write_text(census_turtle, "utf-8")
    stopped = run(tmp_path, "load", str(tmp_path / "less.ttl"), "--catalog", "minato", "--replace")
    done = run(tmp_path, "load", str(tmp_path / "less.ttl"), "--catalog", "minato", "--replace", "--yes", "--json")
    assert (stopped.returncode, done.returncode) == (1, 0)
    assert json.loads(done.stdout)["withdrawn"] == 3


def test_validate_exits_by_its_verdict_and_makes_no_data_folder(tmp_path: Path, catalog_turtle: str) -> None:
    good = run(tmp_path, "validate", "-", "--format", "json", given=catalog_turtle)
    untitled = catalog_turtle.replace('dct:title "大気測定"@ja ;', "")
    bad = run(tmp_path, "validate", "-", "--format", "json", given=untitled)
    broken = run(tmp_path, "validate", "-", given="nonsense {{{")
    assert [good.returncode, bad.returncode, broken.returncode] == [0, 1, 2]
    assert [json.loads(one.stdout)["conforms"] for one in (good, bad)] == [True, False]
    assert not (tmp_path / "data").exists()


def test_search_query_export_check_backup_and_restore_agree(tmp_path: Path, source: Path) -> None:
    run(tmp_path, "load", str(source), "--catalog", "minato")
    found = json.loads(run(tmp_path, "search", "人口", "--json").stdout)
    rows = run(tmp_path, "query", "SELECT ?s WHERE { ?s a <http://www.w3.org/ns/dcat#Dataset> }", "--format", "csv")
    run(tmp_path, "export", "minato", "--format", "nt", "--output", "all.nt")
    again = run(tmp_path, "load", "all.nt", "--catalog", "minato", "--json")
    backup = run(tmp_path, "backup", "saved.tar.gz")
    restored = run(tmp_path, "restore", "saved.tar.gz", "--yes")
    assert (found["total"], len(rows.stdout.split())) == (1, 3)
    assert json.loads(again.stdout)["unchanged"] == 5
    assert (backup.returncode, restored.returncode) == (0, 0), backup.stderr + restored.stderr
    assert run(tmp_path, "check").stdout.strip() == "clean"


def test_tokens_are_issued_listed_and_revoked(tmp_path: Path) -> None:
    issued = json.loads(run(tmp_path, "token", "add", "--participant", "https://p.example/", "--json").stdout)
    listed = json.loads(run(tmp_path, "token", "list", "--json").stdout)
    revoked = run(tmp_path, "token", "revoke", issued["id"])
    unknown = run(tmp_path, "token", "revoke", "nothing")
    assert [one["id"] for one in listed] == [issued["id"]]
    assert issued["secret"] not in json.dumps(listed)
    assert (revoked.returncode, unknown.returncode) == (0, 1)
    assert "Traceback" not in unknown.stderr


def test_shapes_are_linted_and_added(tmp_path: Path) -> None:
    (tmp_path / "mine.ttl").write_text(
        "@prefix sh: <http://www.w3.org/ns/shacl#> . @prefix ex: <https://x.example/> .\n"
        "ex:Shape a sh:NodeShape ; sh:targetClass ex:Thing ; sh:property [ sh:path ex:p ; sh:minCount 1 ] .",
        "utf-8",
    )
    linted = run(tmp_path, "shapes", "lint", "mine.ttl", "--json")
    added = run(tmp_path, "shapes", "add", "mine", "mine.ttl")
    listed = json.loads(run(tmp_path, "shapes", "list", "--json").stdout)
    assert (linted.returncode, added.returncode) == (0, 0), linted.stdout + added.stderr
    assert {"mine", "dcat-ap"} <= {one["name"] for one in listed}


def test_p22_titles_cannot_move_the_cursor_of_a_terminal(tmp_path: Path, source: Path) -> None:
    source.write_text(source.read_text("utf-8").replace("大気測定", "大気\\u001b[2J測定"), "utf-8")
    run(tmp_path, "load", str(source), "--catalog", "minato")
    assert "\x1b" not in run(tmp_path, "search", "大気").stdout


@pytest.mark.parametrize("command", ["serve", "load", "validate", "search", "query", "export", "rebuild", "check",
                                     "backup", "restore", "token", "shapes"])  # fmt: skip
def test_every_command_explains_itself(tmp_path: Path, command: str) -> None:
    done = run(tmp_path, command, "--help")
    assert (done.returncode, "Usage: renkei" in done.stdout) == (0, True)


def test_a_source_that_could_not_be_read_says_that_nothing_was_withdrawn(tmp_path: Path, source: Path) -> None:
    (tmp_path / "broken.ttl").write_text("<a> @@")
    told = run(tmp_path, "load", str(source), "broken.ttl", "--catalog", "m", "--replace", "--json")
    assert told.returncode == 1, told.stderr
    assert "Nothing was withdrawn" in json.loads(told.stdout)["warning"]


def test_replacing_over_http_takes_one_source_since_the_second_would_withdraw_the_first(
    tmp_path: Path, source: Path
) -> None:
    told = run(tmp_path, "load", str(source), "x.ttl", "--catalog", "m", "--replace", "--url", "http://127.0.0.1:9")
    assert (told.returncode, "exactly one SOURCE" in told.stderr) == (2, True)


def test_what_cannot_be_sent_or_reached_is_said_in_a_sentence(tmp_path: Path, source: Path) -> None:
    folder = run(tmp_path, "load", str(tmp_path), "--catalog", "m", "--url", "http://127.0.0.1:9")
    nobody = run(tmp_path, "load", str(source), "--catalog", "m", "--url", "http://127.0.0.1:9")
    assert (folder.returncode, "only files" in folder.stderr, "Traceback" in folder.stderr) == (2, True, False)
    assert (nobody.returncode, "does not answer" in nobody.stderr, "Traceback" in nobody.stderr) == (1, True, False)
