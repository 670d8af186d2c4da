"""What an operator names is opened, and what leads out of an archive or folder is not."""

import io
import stat
import tarfile
import zipfile
from pathlib import Path

import pytest

from loaders.archives import ArchiveLimits, ArchiveRefused, entries_of
from loaders.load import Format, parts_of, preview, recognise
from loaders.sources import of_bytes, of_path, open_sources

TURTLE = b'<http://x/%s> a <http://www.w3.org/ns/dcat#Dataset> ; <http://purl.org/dc/terms/title> "T" .'


def tar(*members: tuple[str, bytes], kind: bytes = tarfile.REGTYPE, mode: str = "w:gz") -> io.BytesIO:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode=mode) as archive:  # type: ignore[call-overload]
        for name, data in members:
            member = tarfile.TarInfo(name)
            member.size, member.type, member.linkname = len(data), kind, "/etc/hostname"
            archive.addfile(member, io.BytesIO(data))
    packed.seek(0)
    return packed


def test_a_folder_is_one_source_of_its_known_files(tmp_path: Path) -> None:
    (tmp_path / "deep").mkdir()
    for name in ("a.ttl", "deep/b.ttl", "notes.md", ".hidden.ttl"):
        (tmp_path / name).write_bytes(TURTLE % name[-5:-4].encode())
    (tmp_path / "link.ttl").symlink_to("/etc/hostname")
    source = of_path(tmp_path)
    assert [Path(document.name).name for document in source.documents()] == ["a.ttl", "b.ttl"]
    assert len(parts_of(source, catalog="c")) == 2


def test_what_cannot_be_opened_is_reported_and_the_others_go_on(tmp_path: Path) -> None:
    (tmp_path / "a.ttl").write_bytes(TURTLE % b"a")
    (tmp_path / "empty").mkdir()
    sources = list(open_sources([str(tmp_path / "none.ttl"), str(tmp_path / "empty"), str(tmp_path / "a.ttl")]))
    assert [source.refusal is None for source in sources] == [False, False, True]
    assert parts_of(sources[0], catalog="c").unread[0].message.en.startswith("It cannot be opened")


@pytest.mark.parametrize("name", ["../a.ttl", "/a.ttl", "b/../../a.ttl", "C:/a.ttl", "..\\a.ttl"])
def test_names_that_lead_out_of_an_archive_are_left_out(name: str) -> None:
    assert [entry.refusal is None for entry in entries_of(tar((name, b"x")), "x.tar.gz")] == [False]


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE, tarfile.FIFOTYPE])
def test_links_and_devices_are_left_out(kind: bytes) -> None:
    assert [entry.data for entry in entries_of(tar(("a.ttl", b""), kind=kind), "x.tar")] == [b""]
    assert all(entry.refusal for entry in entries_of(tar(("a.ttl", b""), kind=kind), "x.tar"))


def test_links_in_zip_and_nested_archives_are_left_out() -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        link = zipfile.ZipInfo("a.ttl")
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(link, "/etc/hostname")
        archive.writestr("b.zip", b"PK")
        archive.writestr("c.ttl", TURTLE % b"c")
    assert [entry.refusal is None for entry in entries_of(packed, "x.zip")] == [False, False, True]


@pytest.mark.parametrize("mode", ["w:gz", "w"])
def test_an_archive_that_grows_too_much_is_refused(mode: str) -> None:
    limits = ArchiveLimits(total_bytes=3_000_000, free_bytes=1000, ratio=100)
    with pytest.raises(ArchiveRefused):
        list(entries_of(tar(*((f"{n}.ttl", b" " * 1_000_000) for n in range(4)), mode=mode), "x.tar", limits))


def test_more_entries_than_taken_and_damage_are_refused() -> None:
    with pytest.raises(ArchiveRefused, match="more than 2"):
        list(entries_of(tar(*((f"{n}.ttl", b"") for n in range(3))), "x.tar", ArchiveLimits(entries=2)))
    with pytest.raises(ArchiveRefused, match="damaged"):
        list(entries_of(io.BytesIO(tar(("a.ttl", b"x" * 9999)).getvalue()[:60]), "x.tar.gz"))


def test_a_zip_archive_whose_beginning_is_lost_is_refused() -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("a.ttl", TURTLE % b"a")
        archive.writestr("b.ttl", TURTLE % b"b")
    with pytest.raises(ArchiveRefused, match="damaged"):
        list(entries_of(io.BytesIO(packed.getvalue()[60:]), "x.zip"))


def test_a_damaged_archive_is_reported_beside_what_it_gave() -> None:
    packed = tar(("a.ttl", TURTLE % b"a"), ("b.ttl", b"#" * 200_000), mode="w").getvalue()[:100_000]
    load = parts_of(of_bytes(packed, "x.tar"), catalog="c")
    assert len(load) == 1
    assert "damaged" in load.unread[0].message.en


def test_one_bad_file_of_many_is_taken_not_even_by_half() -> None:
    bad = TURTLE % b"x" + b"\n" + b"<a" * 5 + b"\x00"
    rdf = b'<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><!DOCTYPE x>'
    packed = tar(("bad.rdf", rdf), ("good.ttl", TURTLE % b"g"), ("empty.json", b""), ("bad.nq", b"\xff\xfe\x00" + bad))
    load = parts_of(of_bytes(packed.getvalue(), "x.tar.gz"), catalog="c")
    assert {"http://x/g"} <= {part.iri for part in load}
    assert {"x.tar.gz!bad.rdf", "x.tar.gz!empty.json"} <= {unread.name for unread in load.unread}


def test_a_single_unreadable_file_gives_no_parts_and_its_reason() -> None:
    load = parts_of(of_bytes(b"<html><body>no</body></html>", "page"), catalog="c")
    assert (len(load), len(load.unread)) == (0, 1)


@pytest.mark.parametrize(
    ("data", "name", "told"),
    [
        (TURTLE, "a.ttl", Format.RDF),
        (b'{"@context": {}, "@id": "x"}', "a.json", Format.RDF),
        (b"[]", "a.json", Format.RDF),
        (b"{{{", "a", Format.RDF),
        (b'{"@context": "https://ofn.gov.cz/x.jsonld"}', "a.jsonld", Format.LKOD),
        (b'{"success": true, "result": {}}', "a", Format.CKAN),
        (b'[{"id": "a", "resources": []}]', "a.json", Format.CKAN),
        (b'{"id": "a", "resources": []}\n{"id": "b"}', "a.jsonl", Format.CKAN),
        (b"---\nid: a\n", "-", Format.CKAN),
        (b"id: a", "a.yml", Format.CKAN),
        (b'{"conformsTo": "https://project-open-data.cio.gov/v1.1/schema", "dataset": []}', "x.json", Format.DCAT_US),
    ],
)
def test_formats_are_told_apart(data: bytes, name: str, told: Format) -> None:
    assert recognise(data, name) is told


def test_faults_of_a_record_travel_with_its_part() -> None:
    data = b'{"result": {"id": "p", "resources": [], "issued": "soon"}}'
    with parts_of(of_bytes(data, "p.json"), catalog="c") as load:
        assert "soon" in next(iter(load)).faults[0].en


def test_a_refused_record_is_a_part_with_its_file_and_name() -> None:
    data = b'[{"id": "p", "resources": []}, {"id": "q", "resources": [], "private": true}]'
    with parts_of(of_bytes(data, "p.json"), catalog="c") as load:
        refused = [part for part in load if part.refusal]
        assert len(load) == 2
        assert refused[0].iri == "p.json#2: q"


def test_a_preview_counts_and_stores_nothing() -> None:
    data = b'[{"id": "p", "title": "T", "resources": []}, {"id": "q", "resources": [], "private": true}]'
    seen = preview(of_bytes(data, "p.json"), catalog="c", size=1)
    assert (seen.formats, seen.by_kind, seen.refused, len(seen.sample)) == ({"ckan": 1}, {"Dataset": 1}, 1, 1)


def test_a_large_file_is_split_through_a_temporary_file_in_little_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("loaders.spool._BUFFER_BYTES", 100)
    data = b"\n".join(TURTLE % str(n).encode() for n in range(500))
    with parts_of(of_bytes(data, "a.ttl"), catalog="c") as load:
        assert [part.iri for part in load] == [f"http://x/{n}" for n in range(500)]
