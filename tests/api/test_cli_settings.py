"""What is wrong with settings is told with its file or variable, its name and the remedy, in both languages."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

RENKEI = Path(sys.executable).parent / "renkei"


def run(folder: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    around = {**os.environ, "RENKEI_DATA": str(folder / "data"), "LC_ALL": "C.UTF-8", **environment}
    return subprocess.run(
        [RENKEI, *arguments], env=around, cwd=folder, capture_output=True, text=True, timeout=120, check=False
    )


WRONG = {
    "an unknown key": ("hots = 'a'\n", ("hots", "host")),
    "a word for a number": ("port = 'eight'\n", ("port", "eight")),
    "a number out of bounds": ("workers = 1000\n", ("workers", "64")),
    "no TOML": ("port = \n", ("line 1",)),
    "no UTF-8": ("port = 8000 # \udcff\n", ("UTF-8",)),
}


@pytest.mark.parametrize("wrong", WRONG)
def test_r30_a_fault_of_the_settings_file_names_the_file_and_the_key(tmp_path: Path, wrong: str) -> None:
    text, words = WRONG[wrong]
    (tmp_path / "renkei.toml").write_bytes(text.encode("utf-8", "surrogateescape"))
    told = run(tmp_path, "token", "list")
    assert (told.returncode, "Traceback" in told.stderr) == (1, False)
    assert [word for word in ("renkei.toml", *words) if word not in told.stderr] == [], told.stderr


def test_r30_a_fault_of_a_variable_names_the_variable(tmp_path: Path) -> None:
    (tmp_path / "renkei.toml").write_text("port = 8001\n", "utf-8")
    told = run(tmp_path, "token", "list", RENKEI_PORT="eight")
    assert (told.returncode, "RENKEI_PORT" in told.stderr, "renkei.toml" in told.stderr) == (1, True, False)


def test_a_secret_is_never_repeated_in_the_message(tmp_path: Path) -> None:
    (tmp_path / "renkei.toml").write_text("operator_token = ['s3cret']\n", "utf-8")
    told = run(tmp_path, "token", "list")
    assert (told.returncode, "operator_token" in told.stderr, "s3cret" in told.stderr) == (1, True, False)


def test_the_language_of_messages_is_japanese_where_the_locale_is(tmp_path: Path) -> None:
    english = run(tmp_path, "token", "list", LC_ALL="C.UTF-8").stdout
    japanese = run(tmp_path, "token", "list", LC_ALL="ja_JP.UTF-8").stdout
    assert (english.split()[:2], japanese.split()[:2]) == (["id", "role"], ["id", "役割"])


def test_a_new_token_is_shown_with_its_id_and_that_the_secret_is_shown_once(tmp_path: Path) -> None:
    plain = run(tmp_path, "token", "add", "--participant", "https://p.example/")
    issued = json.loads(run(tmp_path, "token", "add", "--participant", "https://p.example/", "--json").stdout)
    ids = [one["id"] for one in json.loads(run(tmp_path, "token", "list", "--json").stdout)]
    assert (any(one in plain.stderr for one in ids), "only once" in plain.stderr) == (True, True)
    assert len(plain.stdout.split()) == 1  # so that TOKEN=$(renkei token add …) has the secret alone
    assert (issued["id"] in ids, "only once" in issued["note"]["en"]) == (True, True)


def test_the_closing_table_of_a_load_has_japanese_headers_where_the_locale_is_japanese(
    tmp_path: Path, catalog_turtle: str
) -> None:
    (tmp_path / "minato.ttl").write_text(catalog_turtle, "utf-8")
    told = run(tmp_path, "load", "minato.ttl", "--catalog", "minato", LC_ALL="ja_JP.UTF-8")
    assert told.stderr.split()[:5] == ["追加", "変更", "変更なし", "取り下げ", "拒否"], told.stderr
    assert "合計" in told.stderr
