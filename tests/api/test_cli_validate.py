"""`renkei validate`: every format a catalog takes is read, and what reading found is told with its place."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

GOOD = (
    "@prefix dcat: <http://www.w3.org/ns/dcat#> . @prefix dct: <http://purl.org/dc/terms/> .\n"
    '<https://city.example/a> a dcat:Dataset ; dct:title "人口"@ja ; dct:description "町丁目別"@ja .\n'
)


def validate(folder: Path, name: str, given: str, *options: str) -> subprocess.CompletedProcess[str]:
    (folder / name).write_text(given, "utf-8")
    environment = {**os.environ, "RENKEI_DATA": str(folder / "data"), "LC_ALL": "C.UTF-8"}
    return subprocess.run(
        [Path(sys.executable).parent / "renkei", "validate", name, *options], env=environment, cwd=folder,
        capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip


def test_a_document_that_was_cut_off_is_told_with_line_and_column(tmp_path: Path) -> None:
    done = validate(tmp_path, "cut.ttl", GOOD + '<https://city.example/b> dct:title "cut')
    assert (done.returncode, "    3:36" in done.stdout) == (1, True), done.stdout


@pytest.mark.parametrize("form", ["json", "text"])
def test_an_iri_with_a_space_is_named_though_the_rest_conforms(tmp_path: Path, form: str) -> None:
    done = validate(tmp_path, "space.ttl", GOOD.replace("example/a", "example/a b"), "--format", form)
    assert (done.returncode, "https://city.example/a b" in done.stdout) == (0, True)
    assert "not well-formed" in done.stdout


def test_records_of_ckan_and_dcat_us_are_converted_before_they_are_validated(tmp_path: Path) -> None:
    ckan = {"id": "1", "name": "n", "title": "人口", "notes": "", "resources": []}
    us = {"dataset": [{"@type": "dcat:Dataset", "title": "Census", "identifier": "1"}]}
    for name, given in (("ckan.json", ckan), ("data.json", us)):
        done = validate(tmp_path, name, json.dumps(given), "--format", "json")
        missing = [each["path"].rpartition("/")[2] for each in json.loads(done.stdout)["results"]]
        assert (done.returncode, "description" in missing) == (1, True)


def test_dcat_us_3_without_its_context_is_refused_with_the_remedy(tmp_path: Path) -> None:
    given = {"@type": "Catalog", "dataset": [{"@type": "Dataset", "title": "Census", "identifier": "1"}]}
    done = validate(tmp_path, "data.json", json.dumps(given))
    assert (done.returncode, "Write the @context into the document" in done.stderr) == (2, True), done.stdout


def test_a_cause_names_the_first_five_places_and_counts_the_rest(tmp_path: Path) -> None:
    many = "".join(f'<https://city.example/{n}> a dcat:Dataset ; dct:title "x" .\n' for n in range(7))
    shown = validate(tmp_path, "many.ttl", GOOD.splitlines()[0] + "\n" + many).stdout
    assert ("×7" in shown, shown.count("https://city.example/"), "(and 2 more)" in shown) == (True, 5, True)


def test_a_load_too_tells_what_reading_left_out(tmp_path: Path) -> None:
    (tmp_path / "cut.ttl").write_text(GOOD + '<https://city.example/b> dct:title "cut', "utf-8")
    environment = {**os.environ, "RENKEI_DATA": str(tmp_path / "data"), "LC_ALL": "C.UTF-8"}
    command = [Path(sys.executable).parent / "renkei", "load", "cut.ttl", "--catalog", "c", "--json"]
    done = subprocess.run(command, env=environment, cwd=tmp_path, capture_output=True, text=True, check=False)
    (note,) = json.loads(done.stdout)["noted"]
    assert (note["resource"], note["line"], note["column"]) == ("cut.ttl", 3, 36)
