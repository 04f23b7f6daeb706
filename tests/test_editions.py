"""Editions: frozen for good, shown beside the latest build, compared with each other down to the data row that moved a number."""

import csv
import datetime
import hashlib
import io
import json
import re
import shutil
import subprocess
import tarfile
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest
from bs4 import BeautifulSoup
from conftest import at_root
from small_report import command, contents, program

from tourmaline import data, paths
from tourmaline.edition import Edition, edition_of_sources
from tourmaline.errors import ParameterError, SiteError
from tourmaline.pipeline.byte_differences import first_difference
from tourmaline.pipeline.editions import declared, registry, sealing
from tourmaline.pipeline.editions.archive import file_list, pack, stored_once, unpack
from tourmaline.pipeline.editions.changes import (
    Snapshot,
    _reasons,
    changes_between,
    foremost,
    name_causes,
    value_changes,
)
from tourmaline.pipeline.editions.data_rows import data_differences, rows_let_in
from tourmaline.pipeline.freshness import file_hash
from tourmaline.pipeline.mirror import Mirror
from tourmaline.pipeline.moved import moved_in_words
from tourmaline.pipeline.site_check import check_site
from tourmaline.pipeline.sources import source_files
from tourmaline.yaml_files import load_yaml

# --- what is declared


def test_the_shipped_editions_are_the_day_of_the_paper_and_today():
    editions = {edition.date: edition for edition in declared.declared_editions()}
    assert editions["2016-04-28"].scenario == "nejm-2016"
    first, *_, last = sorted(editions)
    assert first == "2016-04-28"
    assert editions[last].scenario == "today"
    assert editions["2016-04-28"].variant().edition.settings == "as_of = 2016-04-28"


@pytest.fixture
def declaring(tmp_path, monkeypatch):
    """Write a text as editions.yaml."""
    monkeypatch.setattr(paths, "DECLARED_EDITIONS", tmp_path / "editions.yaml")
    return lambda text: (tmp_path / "editions.yaml").write_text(text, encoding="utf-8")


ONE = "- {date: 2016-04-28, title: One, scenario: nejm-2016}\n"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        pytest.param(ONE + ONE, "edition 2: the edition of 2016-04-28 is named twice", id="twice"),
        pytest.param(ONE.replace("04-28", "02-30"), "edition 1: '2016-02-30' is not a date", id="no such day"),
        pytest.param(ONE.replace("2016-04-28", "soon"), "'soon' is not a date of an edition", id="no date"),
        pytest.param(
            ONE.replace("2016-04-28", "20160428"), "'20160428' is not a date of an edition", id="date, no dashes"
        ),
        pytest.param(ONE.replace("title: One, ", ""), "edition 1: it has no 'title'", id="no title"),
        pytest.param(
            ONE.replace("2016}", "2015}"), "no scenario 'nejm-2015'\n  Did you mean 'nejm-2016'", id="scenario"
        ),
        pytest.param(ONE.replace("title", "titleof"), "no key 'titleof'\n  Did you mean 'title'", id="wrong key"),
        pytest.param(ONE.replace("One", "[One]"), r"'title' is \['One'\]", id="title that is not text"),
        pytest.param("- 2016-04-28\n", "'2016-04-28' is not an edition", id="only a date"),
        pytest.param("date: 2016-04-28\n", "it is not a list", id="no list"),
        pytest.param("- {date: '\n", "it is not YAML", id="no YAML"),
    ],
)
def test_a_wrong_declaration_is_refused(declaring, text, words):
    declaring(text)
    with pytest.raises(ParameterError, match=words) as refused:
        declared.declared_editions()
    assert "editions.yaml" in str(refused.value)


def test_a_new_edition_is_declared_once_and_never_otherwise(declaring):
    declaring(ONE.rstrip())
    edition = declared.edition_of("2016-05-01", 'A "new" one: #2', "")
    assert len(declared.declared_editions()) == 1
    declared.declare(edition)
    declared.declare(edition)
    assert edition == declared.Declared("2016-05-01", 'A "new" one: #2', "today")
    assert declared.declared_editions()[1] == edition
    assert declared.edition_of("2016-05-01", "", "") == edition
    assert len(declared.declared_editions()) == 2
    with pytest.raises(ParameterError, match="is declared with the scenario 'nejm-2016', not 'today'"):
        declared.edition_of("2016-04-28", "", "today")
    with pytest.raises(ParameterError, match="is not a date of an edition"):
        declared.edition_of("../2016", "", "")
    with pytest.raises(ParameterError, match=r"there is no scenario '../x'"):
        declared.edition_of("2016-05-02", "", "../x")


def against(date, scenario):
    edition = declared.Declared(date, "One", scenario)
    return [what for what, _ in sealing.reasons_to_refuse(edition, edition.variant())]


@pytest.mark.seconds
def test_the_reasons_to_refuse_an_edition_are_found(monkeypatch):
    monkeypatch.setattr(sealing, "_local_changes", lambda _: [])
    monkeypatch.setattr(sealing, "_version_not_raised", lambda *_: [])
    tomorrow = datetime.datetime.now(datetime.UTC).date() + datetime.timedelta(days=1)
    assert against("2016-04-28", "nejm-2016") == []
    assert against("2016-04-27", "nejm-2016") == ["its as_of is 2016-04-28, which is after its date"]
    assert "its date is in the future" in against(tomorrow.isoformat(), "today")


@pytest.mark.seconds
@pytest.mark.parametrize(("date", "scenario"), [("2023-06-01", "today"), ("2016-04-27", "nejm-2016")])
def test_an_edition_of_an_earlier_day_is_advised_a_scenario_of_its_own_and_no_change_of_another(date, scenario):
    edition = declared.Declared(date, "One", scenario)
    ((_, remedy),) = sealing._later_evidence(edition, edition.variant())
    assert remedy.startswith(
        f"Write a scenario of its own, scenarios/NAME.yaml, with as_of: {date}, and give --scenario NAME; "
    )
    assert f"{scenario}.yaml" not in remedy


@pytest.mark.seconds
def test_an_edition_of_a_day_before_its_data_holds_no_source_that_as_of_would_leave_out(monkeypatch):
    monkeypatch.setattr(sealing, "_local_changes", lambda _: [])
    monkeypatch.setattr(sealing, "_version_not_raised", lambda *_: [])
    monkeypatch.setattr(sealing, "_future", lambda _: [])
    day = edition_of_sources().data_date
    assert against(day, "today") == []  # what stands in the data was known on their day, dated or not
    then = data.known_by("2023-06-01")
    read = [data.load(f"evidence/{name}.csv") for name in ("results", "designs", "trial_facts", "pooled")]
    sources = {key for frame in read for key in frame["source"] if key}
    left_out = {key for key in sources if not then.includes(key)}
    (later,) = against("2023-06-01", "today")
    read_out = re.match(
        r"it holds sources that count only after its date \((\d+) in all, (\d+) of them undated\): "
        r"([^,]+ \(.+?\), ){2}[^,]+ \(.+?\) and (\d+) more$",
        later,
    )
    assert "chng2023" in left_out  # of pooled.csv alone
    undated = {key for key in left_out if not data.sources()[key].published}
    assert len(undated) > 10
    in_all, of_them, _, more = read_out.groups()
    assert int(more) + 3 == int(in_all) >= len(left_out)  # sources of conflicts too
    assert int(of_them) >= len(undated)

    source = data.references.Source("x", "X", "", "", "")
    seen = {}
    for published in ("", "2016", "2016-04", "2016-04-28", "2016-04-29"):
        dated = replace(source, published=published)
        one = declared.Declared("2016-04-28", "One", "today")
        seen[published] = [sealing._is_later(dated, one, of) for of in ("2016-04-29", "2016-04-28")]
    assert seen == {
        "": [True, False],
        "2016": [True, False],  # counts from the last day of the year, and is there on that of the data
        "2016-04": [True, False],
        "2016-04-28": [False, False],
        "2016-04-29": [True, True],
    }


@pytest.fixture
def committed(project, monkeypatch):
    """The project in git, with what it takes to commit in it."""

    def git(*arguments):
        identity = ("-c", "user.name=x", "-c", "user.email=x@example.org")
        subprocess.run(["git", *identity, *arguments], cwd=project, check=True, capture_output=True)

    if (ignored := paths.ROOT / ".gitignore").exists():  # not where the tests run in a copy
        shutil.copy(ignored, project)
    git("init", "-q")
    git("add", ".")
    git("commit", "-q", "-m", "all")
    with at_root(project):
        yield git


@pytest.mark.slow
def test_a_file_that_the_archive_would_take_and_no_commit_has_is_a_local_change(project, committed, monkeypatch):
    monkeypatch.setattr(sealing, "_future", lambda _: [])  # later evidence has data of a later day
    day = edition_of_sources().data_date
    assert against(day, "today") == []
    (project / "notes.txt").touch()  # in no archive
    (project / "data" / ".hidden").touch()
    assert against(day, "today") == []
    (project / ".git" / "info" / "exclude").write_text("stray.*\n")  # git status does not list it
    for name in ("data/digitised/aspire.pfs.primary.csv", "notebooks/stray.ipynb", "book/page.md", "tests/test_x.py"):
        file = project / name
        file.parent.mkdir(exist_ok=True)
        shutil.copy(project / "notebooks" / "response.ipynb", file)
        assert against(day, "today") == [f"files differ from the commit: {name} is not in it"]
        one = declared.Declared(day, "One", "today")
        assert one.variant().edition.modified
        file.unlink()
    for name in ("a", "b"):
        (project / "scenarios" / f"{name}.md").touch()
    assert against(day, "today") == ["files differ from the commit: scenarios/a.md is not in it (and 1 more)"]


@pytest.mark.seconds
def test_other_data_have_a_version_higher_than_that_of_each_edition_before(project, monkeypatch):
    package = json.loads((project / "data" / "datapackage.json").read_text())

    def frozen(date, version):
        listed = [
            {"path": f"source/{name}", "sha256": file_hash(path)}
            for name, path in source_files().items()
            if name.startswith("data/")
        ]
        return registry.FrozenEdition(date, {"edition": {"data_version": version}, "files": listed})

    def found(date, version):
        (project / "data" / "datapackage.json").write_text(json.dumps(package | {"version": version}))
        one = declared.Declared(date, "One", "today")
        return [what for what, _ in sealing._version_not_raised(one, one.variant())]

    with at_root(project):
        before = [frozen("2026-01-01", "2026.10.1"), frozen("2026-11-26", "2026.11.9")]
        monkeypatch.setattr(sealing, "frozen_editions", lambda: before)
        assert found("2026-12-01", "2026.11.9") == []  # the same data
        readme = project / "data" / "README.md"
        readme.write_text(readme.read_text() + "More.\n")
        assert found("2026-12-01", "2026.11.9") == []  # words about the data
        for name in ("references.bib", "report.toml", "evidence/trials.csv"):
            file = project / "data" / name
            text = file.read_text()
            file.write_text(text + "\n")
            differs = f"data/{name} differs from the edition of 2026-11-26, but the version of the data is"
            assert found("2026-12-01", "2026.11.9") == [f"{differs} the same, 2026.11.9"]
            for version in ("2026.11.8", "2025.1.1", "2026.10.1", "abc"):
                assert found("2026-12-01", version) == [f"{differs} not higher than 2026.11.9, {version}"]
            assert found("2026-12-01", "2026.11.10") == []
            assert found("2026-11-01", "2026.11.9") == [f"{differs} the same, 2026.11.9"]  # of a later edition
            assert found("2026-11-01", "2026.11.8") == []  # higher than that of the one before
            file.write_text(text)


def test_an_edition_of_changed_files_is_refused_with_every_reason(monkeypatch):
    changed = SimpleNamespace(edition=SimpleNamespace(modified=True))
    monkeypatch.setattr(sealing, "untracked_files", lambda: [])
    reasons = [*sealing._local_changes(changed), ("its date is in the future", "Give another.")]
    with pytest.raises(ParameterError) as refused:
        sealing.refuse_to_seal(declared.Declared("2026-11-27", "One", "today"), reasons)
    assert str(refused.value) == (
        "the edition of 2026-11-27: files differ from the commit; its date is in the future\n"
        "  Commit them first: git status lists them. Give another. With --force it is frozen all the same, and the manifest records "
        "the reason."
    )
    assert sealing._local_changes(SimpleNamespace(edition=SimpleNamespace(modified=False))) == []


def test_an_edition_says_how_it_is_cited():
    edition = Edition("1.0", "2026-01-02", "0.1", "0123456789ab", True, "2026-02-03", "One", "model = random")
    assert edition.name == "Edition of 2026-02-03. One: model = random"
    assert edition.citation.endswith(
        "Edition of 2026-02-03 (One); data 1.0 of 2026-01-02, library 0.1, commit 0123456789ab, with local changes."
    )
    assert "year = {2026}" in edition.bibtex("")
    assert "url" not in edition.bibtex("")
    assert "url = {https://git.example.org/a/b}" in edition.bibtex("https://git.example.org/a/b")


# --- the archive


@pytest.fixture
def packed(tmp_path):
    """An archive of two files, and its manifest."""
    files = {"a/one.txt": tmp_path / "1", "two.txt": tmp_path / "2"}
    for path in files.values():
        path.write_text(f"file {path.name}")
    listed = file_list(files)
    archive = tmp_path / "x.tar.xz"
    checksum = pack(files, listed, archive)
    return files, archive, {"archive": {"sha256": checksum}, "files": listed}


def test_an_archive_is_the_same_bytes_again_and_unpacks_to_what_went_in(packed, tmp_path):
    files, archive, manifest = packed
    for path in files.values():
        path.touch()
    assert pack(files, file_list(files), tmp_path / "again") == manifest["archive"]["sha256"]
    assert manifest["files"][1]["sha256"] == hashlib.sha256(b"file 2").hexdigest()
    unpack(archive, manifest, tmp_path / "out")
    assert contents(tmp_path / "out") == {"a/one.txt": b"file 1", "two.txt": b"file 2"}


def test_an_archive_that_is_not_the_one_that_was_frozen_is_refused(packed, tmp_path):
    _, archive, manifest = packed
    with pytest.raises(SiteError, match="does not hold the files of its manifest"):
        unpack(archive, {**manifest, "files": manifest["files"][:1]}, tmp_path / "one")
    archive.write_bytes(archive.read_bytes() + b"\0")
    with pytest.raises(SiteError, match="not the one that was frozen"):
        unpack(archive, manifest, tmp_path / "two")
    archive.unlink()
    with pytest.raises(SiteError, match="missing"):
        unpack(archive, manifest, tmp_path / "three")


def repacked(archive, name, content):
    """Pack an archive again without one of its files, or with another content of it: a sound tar.xz."""
    with tarfile.open(archive) as packed:
        files = {member.name: packed.extractfile(member).read() for member in packed}
    with tarfile.open(archive, "w:xz") as packed:
        for other in files:
            about, now = tarfile.TarInfo(other), content if other == name else files[other]
            if now is not None:
                about.size = len(now)
                packed.addfile(about, io.BytesIO(now))


def with_a_flipped_byte(archive):
    content = bytearray(archive.read_bytes())
    content[len(content) // 2] ^= 1
    archive.write_bytes(content)


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        pytest.param(with_a_flipped_byte, "it cannot be unpacked after ", id="flipped byte"),
        pytest.param(
            lambda archive: archive.write_bytes(archive.read_bytes()[:-60]),
            "it cannot be unpacked after .*ended",
            id="cut",
        ),
        pytest.param(lambda archive: archive.write_bytes(b""), "it cannot be unpacked after its beginning", id="empty"),
        pytest.param(lambda archive: repacked(archive, "two.txt", None), "two.txt is missing", id="missing"),
        pytest.param(lambda archive: repacked(archive, "two.txt", b"file 3"), "two.txt is not as it was", id="altered"),
        pytest.param(lambda archive: repacked(archive, "two.txt", b"x" * 99), "two.txt is not as it was", id="longer"),
        pytest.param(
            lambda archive: repacked(archive, "", b""), "its files are, but they are packed", id="packed again"
        ),
    ],
)
def test_a_damaged_archive_names_the_file_that_is_missing_or_altered(packed, tmp_path, damage, words):
    _, archive, manifest = packed
    damage(archive)
    with pytest.raises(SiteError, match=rf"x\.tar\.xz: the archive is not the one that was frozen: {words}"):
        unpack(archive, manifest, tmp_path / "two")
    if "packed" not in words:  # somebody may have brought the manifest into line with the archive
        manifest["archive"]["sha256"] = hashlib.sha256(archive.read_bytes()).hexdigest()
        with pytest.raises(SiteError, match=f"the archive does not hold the files of its manifest: {words}"):
            unpack(archive, manifest, tmp_path / "three")


def test_an_archive_cannot_write_outside_its_folder(tmp_path):
    archive = tmp_path / "x.tar.xz"
    with tarfile.open(archive, "w:xz") as packed:
        packed.addfile(tarfile.TarInfo("../escaped.txt"))
    listed = [{"path": "../escaped.txt", "bytes": 0, "sha256": hashlib.sha256(b"").hexdigest()}]
    for files, words in ((listed, "is outside its folder"), ([], "'../escaped.txt' does not belong to it")):
        manifest = {"archive": {"sha256": hashlib.sha256(archive.read_bytes()).hexdigest()}, "files": files}
        with pytest.raises(SiteError, match=words):
            unpack(archive, manifest, tmp_path / "inner")
    assert not (tmp_path / "escaped.txt").exists()


@pytest.fixture
def later(packed, tmp_path):
    """The archive of a later edition, which has a file of the earlier one at its place, one at another place, and one that differs."""
    _, _, before = packed
    files = {"a/one.txt": tmp_path / "1", "a/again.txt": tmp_path / "1", "two.txt": tmp_path / "changed"}
    files["two.txt"].write_text("file 2, changed")
    listed = stored_once(file_list(files), [("2016-04-28", before["files"])])
    archive = tmp_path / "2026-11-26.tar.xz"
    checksum = pack(files, listed, archive)
    unpack(packed[1], before, tmp_path / "earlier")
    return archive, {"archive": {"sha256": checksum}, "files": listed}, {"2016-04-28": tmp_path / "earlier"}


def test_a_file_that_an_earlier_edition_has_is_stored_once_and_the_later_one_is_whole(later, tmp_path):
    archive, manifest, earlier = later
    assert [file["path"] for file in manifest["files"] if "archive" in file] == ["a/one.txt"]
    unpack(archive, manifest, tmp_path / "out", earlier)
    whole = {"a/one.txt": b"file 1", "a/again.txt": b"file 1", "two.txt": b"file 2, changed"}
    assert {name: text for name, text in contents(tmp_path / "out").items() if name in whole} == whole
    # A third edition names the archive that has the file, and not the one that leaves it out.
    third = stored_once(manifest["files"], [("2016-04-28", manifest["files"]), ("2026-11-26", manifest["files"])])
    assert {file["path"]: file["archive"] for file in third}["a/one.txt"] == "2016-04-28"


def test_plain_tar_unpacks_an_edition_that_shares_files_as_its_own_words_say(later, packed, tmp_path):
    archive, manifest, earlier = later
    out = tmp_path / "out"
    unpack(archive, manifest, tmp_path / "by_us", earlier)
    out.mkdir()
    shutil.copyfile(packed[1], out / "2016-04-28.tar.xz")
    subprocess.run(["tar", "-xf", archive, "-C", out], check=True)
    commands = [line for line in (out / "READ-ME-FIRST.txt").read_text().splitlines() if line.startswith("    ")]
    assert commands == ["    tar -xf 2016-04-28.tar.xz -T files-in-2016-04-28.txt"]
    subprocess.run(commands[0].split(), cwd=out, check=True)
    (out / "2016-04-28.tar.xz").unlink()
    assert contents(out) == contents(tmp_path / "by_us")


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (lambda earlier: earlier.clear(), "a/one.txt is stored in that of the edition of 2016-04-28, which is missing"),
        (lambda earlier: (earlier["2016-04-28"] / "a/one.txt").unlink(), "a/one.txt is missing in the edition of 2016"),
        (lambda earlier: (earlier["2016-04-28"] / "a/one.txt").write_text("x"), "a/one.txt is not the same in the edi"),
    ],
)
def test_a_file_that_the_earlier_edition_lost_is_named(later, tmp_path, damage, words):
    archive, manifest, earlier = later
    damage(earlier)
    with pytest.raises(SiteError, match=rf"2026-11-26\.tar\.xz: the archive does not hold .*: {words}"):
        unpack(archive, manifest, tmp_path / "out", earlier)


def test_a_manifest_cannot_copy_a_file_of_an_earlier_edition_outside_its_folder(later, tmp_path):
    archive, manifest, earlier = later
    manifest["files"][-1] = {**manifest["files"][-1], "path": "../escaped.txt", "archive": "2016-04-28"}
    with pytest.raises(SiteError, match="the archive does not hold the files of its manifest"):
        unpack(archive, manifest, tmp_path / "inner", earlier)
    assert not (tmp_path / "escaped.txt").exists()


@pytest.mark.parametrize("base", ["", "https://example.org/book/"])
def test_the_pages_of_an_edition_name_their_own_address_and_its_other_files_are_as_they_were_frozen(
    tmp_path, monkeypatch, base
):
    pages = {
        "site/index.html": "<head><title>One</title></head><body>",
        "site/book/page.html": '<head><link rel="canonical" href="https://example.org/book/page.html" /></head>',
        "site/style.css": "p {}",
    }
    files = {name: tmp_path / name.replace("/", "-") for name in pages}
    for name, path in files.items():
        path.write_text(pages[name])
    monkeypatch.setattr(paths, "EDITIONS", tmp_path)
    monkeypatch.setattr(registry, "UNPACKED", tmp_path / "unpacked")
    listed = file_list(files)
    checksum = pack(files, listed, tmp_path / "2016-04-28.tar.xz")
    about = {"edition": {"date": "2016-04-28"}, "archive": {"sha256": checksum}, "files": listed}
    (tmp_path / "2016-04-28.json").write_text(json.dumps(about))
    site = Mirror(tmp_path / "html")
    names = registry.place_editions(site, base)
    assert len(names) == len(pages) + 2
    site.finish()
    for name, text in pages.items():
        placed = tmp_path / "html" / "editions" / "2016-04-28" / name.removeprefix("site/")
        if not base or not name.endswith(".html"):
            assert placed.read_text() == text
            assert placed.samefile(tmp_path / "unpacked" / "2016-04-28" / name)
            continue
        page = BeautifulSoup(placed.read_text(), "html.parser")
        (link,) = page.head.find_all("link", rel="canonical")
        assert link["href"] == f"{base}editions/2016-04-28/{name.removeprefix('site/')}"
        assert (tmp_path / "unpacked" / "2016-04-28" / name).read_text() == text


def test_an_edition_is_made_without_the_address_of_the_report(project):
    config = project / "_config.yml"
    config.write_text(config.read_text().replace("html:\n", 'html:\n  baseurl: "https://example.org/book"\n', 1))
    with at_root(project):
        variant = declared.Declared("2016-04-28", "One", "nejm-2016").variant()
        variant.lay_out()
        html = load_yaml(variant.variant.source / "_config.yml")["html"]
    assert "baseurl" not in html
    assert html["announcement"].startswith("Edition of 2016-04-28. One: ")


def test_a_manifest_under_another_date_is_an_edition_named_twice(tmp_path, monkeypatch):
    monkeypatch.setattr(paths, "EDITIONS", tmp_path)
    for name in ("2016-04-28", "2016-05-01"):
        (tmp_path / f"{name}.json").write_text(
            '{"edition": {"date": "2016-04-28"}, "archive": {"sha256": ""}, "files": []}'
        )
    with pytest.raises(SiteError, match=r"2016-05-01\.json: it is the manifest of the edition of 2016-04-28"):
        registry.frozen_editions()
    (tmp_path / "2016-05-01.json").write_text("{")
    with pytest.raises(SiteError, match=r"2016-05-01\.json: the manifest of the edition cannot be read"):
        registry.frozen_editions()


# --- what changed


def change_cell(data, name, row, column, text):
    path = data / name
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))
    old, rows[row][rows[0].index(column)] = rows[row][rows[0].index(column)], text
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows(rows)
    return old


def test_the_rows_of_the_data_that_differ_are_named_with_old_and_new(tmp_path):
    old, new = (shutil.copytree(paths.DATA, tmp_path / name) for name in ("old", "new"))
    change_cell(new, "evidence/trials.csv", 1, "experimental_label", "IRd, corrected")
    lines = (new / "evidence" / "designs.csv").read_text().splitlines(keepends=True)
    (new / "evidence" / "designs.csv").write_text("".join(lines[:1] + lines[2:]))
    bib = new / "references.bib"
    bib.write_text(bib.read_text() + "@article{later2027,\n  title = {Later},\n  published = {2027}\n}\n")
    names = ["data/evidence/trials.csv", "data/evidence/designs.csv", "data/references.bib"]
    found = data_differences(old, new, names)
    assert [row["id"] for row in found] == ["D1", "D2", "D3"]
    removed, changed, added = found
    assert (removed["file"], removed["what"], removed["new"]) == ("evidence/designs.csv", "removed", "")
    assert (changed["row"], changed["column"]) == ("tourmaline-mm1", "experimental_label")
    assert (changed["old"], changed["new"]) == ("IRd", "IRd, corrected")
    assert (added["file"], added["row"], added["what"]) == ("references.bib", "later2027", "added")
    assert data_differences(old, old, names) == []


def test_judgements_come_first_and_other_words_last_and_give_no_reason_beside_other_rows(tmp_path):
    old, new = (shutil.copytree(paths.DATA, tmp_path / name) for name in ("old", "new"))
    change_cell(new, "evidence/analyses.csv", 1, "label", "the primary analysis")
    change_cell(new, "evidence/trials.csv", 1, "experimental_label", "other")
    change_cell(new, "judgements/certainty.csv", 1, "concern", "serious")
    names = [f"data/{name}.csv" for name in ("evidence/analyses", "evidence/trials", "judgements/certainty")]
    change_cell(old, "evidence/analyses.csv", 1, "label", "primary analysis")
    found = data_differences(old, new, names)
    assert [(row["file"], row["reworded"]) for row in found] == [
        ("judgements/certainty.csv", False),
        ("evidence/trials.csv", False),
        ("evidence/analyses.csv", True),
    ]
    run = {"parameters": {}, "data": dict.fromkeys(names, "1"), "source": "", "library": {}, "lock": "", "python": ""}
    library = {f"tourmaline/{number}.py": "" for number in range(5)}
    (rows, code) = _reasons(run, {**run, "data": dict.fromkeys(names, "2"), "library": library}, found, [])
    assert (rows["short"], code["short"]) == ("data rows changed: D1, D2", "the code changed")


def test_a_source_alone_moves_no_number_but_its_date_may(tmp_path):
    old, new = (shutil.copytree(paths.DATA, tmp_path / name) for name in ("old", "new"))
    entries = (old / "references.bib").read_text(encoding="utf-8")
    names = ["data/references.bib"]
    run = {"parameters": {}, "data": {names[0]: "1"}, "source": "", "library": {}, "lock": "", "python": ""}

    def reasons(text, **other):
        (new / "references.bib").write_text(text, encoding="utf-8")
        found = data_differences(old, new, names)
        later = {**run, "data": {names[0]: "2"}, **other}
        return [reason["short"] if "short" in reason else reason["words"] for reason in _reasons(run, later, found, [])]

    added = entries + "\n@misc{more,\n  title = {More},\n}\n"
    retitled = entries.replace("title = {{Oral Ixazomib", "title = {{Oral ixazomib", 1)
    redated = entries.replace("published = {2016-04-28}", "published = {2016-04-29}", 1)
    assert entries not in (added, retitled, redated)
    assert reasons(added, source="other") == reasons(retitled, source="other") == ["the notebook changed"]
    assert reasons(redated, source="other") == ["data row changed: D1", "the notebook changed"]
    assert reasons(added) == ["data row added: D1"]  # nothing else differs


def test_a_value_that_is_part_of_its_rows_name_is_a_changed_cell_and_no_other_row(tmp_path):
    """The key of the results holds the value, because sources contradict each other."""
    old, new = (shutil.copytree(paths.DATA, tmp_path / name) for name in ("old", "new"))
    results = new / "evidence" / "results.csv"
    line = next(
        line for line in results.read_text().splitlines() if line.startswith("aspire.pfs.primary,comparison,hazard")
    )
    results.write_text(results.read_text().replace(line, line.replace("0.69", "0.68")))
    (changed,) = data_differences(old, new, ["data/evidence/results.csv"])
    assert (changed["what"], changed["column"], changed["old"], changed["new"]) == ("changed", "value", "0.69", "0.68")
    results.write_text(results.read_text().replace(line.replace("0.69", "0.68") + "\n", ""))
    (gone,) = data_differences(old, new, ["data/evidence/results.csv"])
    assert gone["what"] == "removed"


def test_the_rows_between_two_dates_are_counted_by_file_and_source():
    """Moreau 2016 was published on 28 April 2016: its rows count from that day."""
    names = ["data/evidence/results.csv"]
    let_in = rows_let_in(paths.DATA, names, "2016-04-27", "2016-04-28")
    with (paths.DATA / "evidence" / "results.csv").open(encoding="utf-8", newline="") as file:
        of_the_paper = sum(row["source"] == "moreau2016" for row in csv.DictReader(file))
    paper = {"file": "evidence/results.csv", "source": "moreau2016", "published": "2016-04-28", "rows": of_the_paper}
    assert of_the_paper > 10
    assert let_in == [paper]
    assert rows_let_in(paths.DATA, names, "2016-04-28", "2016-04-27") == let_in
    undated = rows_let_in(paths.DATA, names, "9998-12-31", "latest")
    assert {row["published"] for row in undated} == {""}


def result(folder, notebook="n", **changes):
    """Results of one notebook: two values, a table with verdicts, a figure, and the record of its run."""
    made = folder / notebook
    for kind in ("tables", "figures"):
        (made / kind).mkdir(parents=True)
    record = {"unit": "ratio", "origin": "recomputed", "source": "s", "label": "A ratio", "decimals": 2, "cell": 1}
    values = {
        "ratio": {**record, "value": changes.get("ratio", 0.7), "lower": 0.5, "upper": 0.9, "level": 0.95},
        "same": {**record, "value": 1},
    }
    run = {
        "parameters": changes.get("parameters", {"model": "fixed"}),
        "data": {"data/evidence/trials.csv": changes.get("trials", "1")},
        "library": {"tourmaline/a.py": changes.get("library", "1")},
        "source": changes.get("source", "1"),
        "lock": "1",
        "python": "3.11",
    }
    table = f"Number,Verdict\none,{changes.get('verdict', 'exact')}\ntwo,exact\n"
    files = {
        "values.json": json.dumps(values),
        "run.json": json.dumps(run),
        "tables/t.csv": table,
        "tables/t.json": json.dumps({"caption": "A table", "row_ids": []}),
        "figures/f.svg": changes.get("svg", "<svg/>"),
        "figures/f.json": json.dumps({"caption": "A figure", "alt": changes.get("alt", "Two dots")}),
    }
    for name, text in files.items():
        (made / name).write_text(text)
    return Snapshot(changes.get("date", "2016-04-28"), "One", folder, changes.get("data", paths.DATA))


def reasons(changes):
    return [reason["words"] for reason in changes["notebooks"]["n"]["reasons"]]


def test_values_verdicts_figures_and_tables_that_differ_have_old_new_and_reason(tmp_path):
    data = shutil.copytree(paths.DATA, tmp_path / "data")
    change_cell(data, "evidence/trials.csv", 1, "experimental_label", "other")
    old = result(tmp_path / "old")
    new = result(
        tmp_path / "new", ratio=0.74, verdict="discrepant", svg="<svg></svg>", alt="Three dots", trials="2", data=data,
        parameters={"model": "random"}, library="2", source="2",
    )  # fmt: skip
    changes = changes_between(old, new)
    assert changes["counts"] == {"values": 1, "verdicts": 1, "figures": 1, "tables": 1, "data": 1}
    found = changes["notebooks"]["n"]
    interval = "95% confidence interval 0.50 to 0.90"
    assert found["values"] == [
        {"name": "ratio", "label": "A ratio", "origin": "recomputed", "old": f"0.70 ({interval})", "new": f"0.74 ({interval})",
         "difference": "+0.04", "moved": 0.2, "by_chance": False, "reworded": False, "kind": "result",
         "kinds": "parameter, data, code"}
    ]  # fmt: skip
    assert found["verdicts"] == [
        {"table": "t", "label": "one", "row": "one", "column": "Verdict", "old": "exact", "new": "discrepant",
         "kinds": "parameter, data, code"}
    ]  # fmt: skip
    assert (found["figures"][0]["old"], found["figures"][0]["new"]) == ("Two dots", "Three dots")
    assert [len(found["tables"][0][key]) for key in ("cells", "rows_added", "rows_removed")] == [1, 0, 0]
    assert reasons(changes) == [
        "model: fixed → random",
        "data rows changed: D1",
        "the notebook changed",
        "code changed: tourmaline/a.py",
    ]
    assert changes["data"][0]["new"] == "other"


def test_each_reason_is_given_only_where_it_holds(tmp_path):
    old = result(tmp_path / "old")
    assert changes_between(old, result(tmp_path / "same", library="2", source="2"))["notebooks"] == {}
    assert reasons(changes_between(old, result(tmp_path / "code", ratio=0.8, library="2"))) == [
        "code changed: tourmaline/a.py"
    ]
    assert reasons(changes_between(old, result(tmp_path / "parameter", ratio=0.8, parameters={"model": "r"}))) == [
        "model: fixed → r"
    ]
    assert reasons(changes_between(old, result(tmp_path / "none", ratio=0.8))) == [
        "nothing that the runs record has changed"
    ]
    (tmp_path / "empty").mkdir()
    gone = changes_between(old, Snapshot("", "", tmp_path / "empty", paths.DATA))
    assert reasons(gone) == ["the notebook is gone"]
    assert {row["difference"] for row in gone["notebooks"]["n"]["values"]} == {"gone"}


def test_a_notebook_that_gains_the_date_of_the_evidence_lets_no_rows_in(tmp_path):
    new = result(tmp_path / "new", parameters={"model": "fixed", "as_of": "latest"}, ratio=0.8)
    changes = changes_between(result(tmp_path / "old"), new)
    assert changes["let_in"] == []
    assert reasons(changes)[0].startswith("as_of: none → latest")


def test_a_value_that_shows_the_same_digits_is_no_change(tmp_path):
    assert changes_between(result(tmp_path / "old"), result(tmp_path / "new", ratio=0.70002))["notebooks"] == {}


def test_another_monte_carlo_error_is_no_change_and_other_decimals_have_no_difference(tmp_path):
    def values(folder, value, decimals, error):
        snapshot = result(folder)
        about = {"unit": "percent", "origin": "reconstructed", "source": "s", "label": "A share", "cell": 1}
        record = {**about, "value": value, "decimals": decimals, "monte_carlo_error": error}
        (folder / "n" / "values.json").write_text(json.dumps({"share": record}))
        return snapshot

    old = values(tmp_path / "old", 50.2, 0, 2.7)
    assert changes_between(old, values(tmp_path / "error", 50.1, 0, 2.2))["notebooks"] == {}
    (row,) = changes_between(old, values(tmp_path / "more", 50.1, 1, 0.03))["notebooks"]["n"]["values"]
    assert (row["old"], row["new"], row["difference"]) == ("50 ± 3%", "50.1%", "")
    assert row["by_chance"]
    tens = values(tmp_path / "tens", 50.2, -1, 2.7)  # as editions before 2026-12 have them
    assert changes_between(tens, values(tmp_path / "units", 50.2, 0, 2.7))["notebooks"] == {}
    (row,) = changes_between(old, values(tmp_path / "far", 69.4, 0, 2.2))["notebooks"]["n"]["values"]
    assert not row["by_chance"]
    (row,) = changes_between(old, values(tmp_path / "other", 53.4, 0, 2.2))["notebooks"]["n"]["values"]
    assert (row["old"], row["new"], row["difference"]) == ("50 ± 3%", "53 ± 2%", "+3 percentage points")


def test_causes_are_those_of_each_value_or_it_is_said_why_they_are_not_known(tmp_path):
    changes = changes_between(
        result(tmp_path / "old"), result(tmp_path / "new", ratio=0.8, verdict="discrepant", library="2")
    )
    assert (changes["by_cause"], name_causes(changes, {})) == ([], changes)
    assert name_causes(changes, {"untold": "why"}) == changes | {"untold": "why"}
    told = name_causes(changes, {"code": ["n/ratio"], "data": ["n/t/one/Verdict"]})
    assert told["by_cause"] == ["1 moved by the code alone"]
    assert told["notebooks"]["n"]["values"][0]["causes"] == ["code"]
    assert told["notebooks"]["n"]["verdicts"][0]["causes"] == ["data"]
    assert "causes" not in changes["notebooks"]["n"]["values"][0]
    partly = name_causes(changes, {"code": ["n/ratio"], "data": [], "untold": "in m, because it fails"})
    assert partly == name_causes(changes, {"code": ["n/ratio"], "data": []}) | {"untold": "in m, because it fails"}
    assert "  What the data moved cannot be told from what the code moved: in m, because it fails" in moved_in_words(
        partly
    )


def change(label, moved, difference="+0.1", origin="recomputed"):
    about = {"label": label, "origin": origin, "old": "1", "new": "2", "difference": difference, "moved": moved}
    return about | {"by_chance": label == "chance", "reworded": label == "reworded", "kind": "result"}


def test_the_changes_that_matter_come_first():
    verdict = {"label": "turned", "old": "exact", "new": "discrepant"}
    data, code = {"kind": "data", "words": "a row"}, {"kind": "code", "words": "a module"}
    found = {
        "by_code": {
            "verdicts": [],
            "values": [
                change("far", 9.0),
                change("a sentence", 0.0, ""),
                change("chosen", 9.0, origin="assumed"),
                change("chance", 9.0),
                change("reworded", 9.0),
            ],
            "reasons": [code],
        },
        "by_data": {
            "verdicts": [verdict],
            "values": [change("near", 0.1), change("nearer", 0.05), change("added", 0.0, "new")],
            "reasons": [code, data],
        },
    }
    first = foremost(found)
    assert [one["what"] for one in first] == ["turned", "near", "nearer", "far", "a sentence"]
    assert [first[0][key] for key in ("notebook", "reason", "kinds")] == ["by_data", "a module; a row", "code, data"]
    found["by_code"]["values"] = [change(str(number), number) for number in range(1, 20)]
    assert [one["what"] for one in foremost(found)][3:] == [str(number) for number in range(19, 12, -1)]
    same = {"old": "0.82 (95% confidence interval 0.68 to 0.98)", "new": "0.82 (95% confidence interval 0.67 to 1.0)"}
    found["by_code"]["values"] = [change("far", 9.0) | same, change("far again", 9.0) | same]
    assert [one["what"] for one in foremost(found)] == ["turned", "near", "nearer", "far"]


def test_conclusions_and_certainty_come_before_numbers_and_counts_come_last():
    def value(words, label, unit="text", origin="recomputed", source="reported results"):
        return {"value": words, "unit": unit, "label": label, "origin": origin, "source": source, "decimals": 0}

    def records(certainty, verdict, count, month, published, chosen):
        judged = {"origin": "assumed", "source": "GRADE domains of data/judgements/certainty.csv"}
        return {
            "certainty": value(certainty, "certainty", **judged),
            "verdict": value(verdict, "conclusion"),
            "count": value(count, "values inside our interval", "count"),
            "month": value(month, "a median", "months"),
            "published": value(published, "whether it was published"),
            "chosen": value(chosen, "chosen", origin="assumed"),
        }

    old, new = (
        records("high", "includes 1", 11, 14, "no", "fixed effect"),
        records("moderate", "undecided", 12, 15, "yes", "random"),
    )
    reason = {"kind": "code", "words": "a module"}
    found = {"n": {"verdicts": [], "values": list(value_changes(old, new)), "reasons": [reason]}}
    told = [one["what"] for one in foremost(found)]
    assert told == ["certainty", "conclusion", "a median", "whether it was published", "values inside our interval"]


@pytest.mark.parametrize(
    ("old", "new", "reworded"),
    [
        ("We found no evidence of a difference (P = 0.90).", "No evidence of a difference was found (P = 0.90).", True),
        ("We found no evidence of a difference (P = 0.90).", "We found no evidence of a difference (P = 0.09).", False),
        ("includes no effect", "excludes no effect", False),  # as short as this, it is a verdict
        ("chi-square, Mantel-Haenszel", "Chi-square and Mantel-Haenszel", True),
        ("Inconclusive.", "The result is inconclusive.", True),
        ("Inconclusive.", "Not inconclusive.", False),
        (
            "The data are version 2026.11.4, of the year 2026.",
            "The data are version 2026.11.5, of the year 2026.",
            False,
        ),
        (
            "The hazard ratio was 0.82 (0.67 to 1.00) in the end.",
            "The hazard ratio was 0.82 (0.67 to 1.0) in the end.",
            True,
        ),
        (
            "The hazard ratio was 0.82 (0.67 to 1.00) in the end.",
            "The hazard ratio was 0.82 (0.67 to 1.1) in the end.",
            False,
        ),
        (
            "The median was 20 against 15.9 months, that is 4.1 more.",
            "The median was 20 against 15.9 months, that is 4 more.",
            True,
        ),
        ("Most of the simulated data sets reject it.", "Most of the simulated data sets reject it (P < 0.05).", True),
        ({"value": 0.74}, {"value": 0.74, "lower": 0.59, "upper": 0.94, "level": 0.95}, True),
        ({"value": 0.74, "decimals": 2}, {"value": 0.74, "decimals": 3}, True),
        ({"value": 0.74}, {"value": 0.75}, False),
    ],
)
def test_the_same_in_other_words_is_told_apart(old, new, reworded):
    about = {"unit": "text", "origin": "recomputed", "source": "s", "label": "A value", "cell": 1, "decimals": 0}
    records = [
        {**about, "value": side} if isinstance(side, str) else {**about, "unit": "ratio", "decimals": 2, **side}
        for side in (old, new)
    ]
    (row,) = value_changes({"a": records[0]}, {"a": records[1]})
    assert row["reworded"] == reworded


def test_another_case_of_its_letters_is_no_change():
    about = {"unit": "text", "origin": "recomputed", "source": "s", "label": "A value", "cell": 1, "decimals": 0}
    assert not [
        *value_changes({"a": {**about, "value": "Thrombocytopenia"}}, {"a": {**about, "value": "thrombocytopenia"}})
    ]


def test_a_difference_that_its_own_decimals_would_hide_is_shown(tmp_path):
    changes = changes_between(result(tmp_path / "old", ratio=0.7049), result(tmp_path / "new", ratio=0.7051))
    (row,) = changes["notebooks"]["n"]["values"]
    assert (row["old"][:4], row["new"][:4], row["difference"]) == ("0.70", "0.71", "+0.0002")


# --- the whole way, in the small report


def raise_version(report, version, created):
    package = report / "data" / "datapackage.json"
    about = json.loads(package.read_text()) | {"version": version, "created": f"{created}T00:00:00Z"}
    package.write_text(json.dumps(about, ensure_ascii=False, indent=2) + "\n")


@pytest.mark.slow
def test_two_editions_and_one_data_row_between_them(report):
    """The flow of the book's page on editions: freeze, change a row, freeze the next, read what changed."""
    (report / "editions.yaml").unlink()
    (report / "book" / "reference").mkdir()
    (report / "book" / "reference" / "what_changed.md").write_text("# What changed\n\n```{what-changed}\n```\n")
    (report / "book" / "reference" / "editions.md").write_text(
        "# Editions\n\n```{cite-edition}\n```\n\n```{edition-list}\n```\n"
    )
    contents_list = report / "_toc.yml"
    pages = "  - file: book/reference/what_changed\n  - file: book/reference/editions\n"
    contents_list.write_text(contents_list.read_text() + pages)

    done = command(report, "edition", "2026-11-25", "--title", "Before <b>it</b>")
    assert done.returncode == 0, done.stderr
    frozen = contents(report / "editions")
    old = change_cell(report / "data", "evidence/trials.csv", 1, "experimental_label", "IRd2")
    declarations = (report / "editions.yaml").read_text()
    done = command(report, "edition", "2026-11-27")
    assert done.returncode == 2
    assert done.stderr.startswith(
        "Error: the edition of 2026-11-27: data/evidence/trials.csv differs from the edition of 2026-11-25, but the version of the "
        "data is the same, "
    )
    assert ((report / "editions.yaml").read_text(), contents(report / "editions")) == (declarations, frozen)
    raise_version(report, "2099.12.1", "2099-12-01")
    done = command(report, "edition", "2026-11-27")
    assert done.returncode == 0, done.stderr
    assert "forced" not in json.loads((report / "editions" / "2026-11-27.json").read_text())["edition"]
    done = command(report, "build")
    assert done.returncode == 0, done.stderr
    assert {name: contents(report / "editions")[name] for name in frozen} == frozen
    assert "scenario: today" in (report / "editions.yaml").read_text()
    assert not (report / "_build" / "scenarios" / "edition-2026-11-27").exists()

    site = report / "_build" / "html"
    assert check_site(site) >= 6
    changed = BeautifulSoup((site / "book" / "reference" / "what_changed.html").read_text(), "html.parser").main
    latest, between = changed.find(id="changes-latest"), changed.find(id="changes-2026-11-27")
    assert "Nothing differs between the edition of 2026-11-27 and this build." in latest.text
    rows = [[cell.text for cell in row.find_all(["th", "td"])] for row in between.find_all("tr")]
    assert ["D1", "evidence/trials.csv: tourmaline-mm1", "changed", "experimental_label", old, "IRd2"] in rows
    assert ["First label", old, "IRd2", "", "data"] in rows
    assert "Because: data rows changed: D1." in between.text
    frames = [frame["aria-label"] for frame in changed.select("[role=region]")]
    assert len(set(frames)) == len(frames)
    assert between.find(id="changes-2026-11-27-other") is None  # it reads another file
    assert "Answer of IRd2" not in [row[0] for row in rows]  # a label that differs is not a number that does
    figures = [row for row in rows if row[0] == "dots"]
    assert figures == [["dots", f"Axes without dots, titled {old}", "Axes without dots, titled IRd2", "data"]]

    for date, label in (("2026-11-25", old), ("2026-11-27", "IRd2")):
        folder = site / "editions" / date
        manifest = json.loads((folder / "manifest.json").read_text())
        archive = folder / f"{date}.tar.xz"
        assert hashlib.sha256(archive.read_bytes()).hexdigest() == manifest["archive"]["sha256"]
        assert label in (folder / "index.html").read_text()
        names = {file["path"] for file in manifest["files"]}
        assert {"source/data/evidence/trials.csv", "results/tiny/values.json", "site/index.html"} <= names
        assert "source/tourmaline/cli/__init__.py" in names
        for page in folder.rglob("*.html"):
            stamp = BeautifulSoup(page.read_text(), "html.parser").select_one(".tm-stamp")
            assert f"Edition of {date}. " in stamp.text, page
            back = stamp.find("a", string="The latest build")["href"]
            assert (page.parent / back).resolve() == site / "index.html"
    assert "Before &lt;b&gt;it&lt;/b&gt;" in (site / "editions" / "2026-11-25" / "index.html").read_text()
    for page in site.glob("*.html"):
        assert "The latest build." in BeautifulSoup(page.read_text(), "html.parser").select_one(".tm-stamp").text

    differs = command(report, "diff", "2026-11-25", "2026-11-27", "--json")
    (row,) = json.loads(differs.stdout)
    assert (row["key"], row["old"], row["new"]) == ("tiny/word", {"value": old}, {"value": "IRd2"})
    again = command(report, "edition", "2026-11-25")
    assert again.returncode == 2
    assert "the edition of 2026-11-25 is frozen already" in again.stderr
    assert "give the next one another date" in again.stderr
    assert "Nothing has changed" in command(report, "build", "--editions").stdout

    (report / "editions" / "2026-11-25.tar.xz").write_bytes(b"other")
    shutil.rmtree(report / "_build" / "editions")
    (report / "index.md").write_text((report / "index.md").read_text() + "\nMore.\n")
    refused = command(report, "build")
    assert refused.returncode == 1
    assert "2026-11-25.tar.xz: the archive is not the one that was frozen" in refused.stderr


@pytest.mark.slow
def test_an_edition_with_a_tag_is_made_of_the_data_and_code_of_the_tag(report):
    def git(*arguments):
        identity = ("-c", "user.name=x", "-c", "user.email=x@example.org")
        subprocess.run(["git", *identity, *arguments], cwd=report, check=True, capture_output=True)

    entry = "- {date: 2026-11-25, title: Then, scenario: today, tag: then}\n"
    (report / "editions.yaml").write_text(entry)
    shutil.copy(paths.ROOT / ".gitignore", report)  # otherwise bytecode would be committed, and differ after a run
    git("init", "-q")
    git("add", ".")
    git("commit", "-q", "-m", "then")
    refused = command(report, "build", "--editions")
    assert refused.returncode == 1
    assert "git cannot give the data and code of the edition" in refused.stderr
    git("tag", "then")
    old = change_cell(report / "data", "evidence/trials.csv", 1, "experimental_label", "IRd2")
    done = command(report, "build", "--editions")
    assert done.returncode == 0, done.stderr
    manifest = json.loads((report / "editions" / "2026-11-25.json").read_text())
    assert not manifest["edition"]["modified"]
    assert len(manifest["edition"]["commit"]) == 12
    assert old in (report / "_build" / "html" / "editions" / "2026-11-25" / "index.html").read_text()
    assert "IRd2" in (report / "_build" / "html" / "index.html").read_text()


@pytest.mark.slow
def test_a_build_against_a_commit_tells_what_the_data_moved_from_what_the_code_moved(report):
    def git(*arguments):
        identity = ("-c", "user.name=x", "-c", "user.email=x@example.org")
        subprocess.run(["git", *identity, *arguments], cwd=report, check=True, capture_output=True)

    (report / ".gitignore").write_text("/_build\n/results\n_build.lock\n__pycache__\n")
    git("init", "-q")
    git("add", ".")
    git("commit", "-q", "-m", "then")
    change_cell(report / "data", "evidence/trials.csv", 1, "experimental_label", "IRd2")
    notebook = report / "notebooks" / "tiny.ipynb"
    notebook.write_text(notebook.read_text().replace('"answer\\", 42.5', '"answer\\", 43.5'))
    site = contents(report / "_build" / "html")

    refused = command(report, "build", "--against", "--upload-pack=x")
    assert refused.returncode == 2
    assert "git does not know the commit '--upload-pack=x'" in refused.stderr

    done = command(report, "build", "--results-only", "--against", "HEAD")
    assert done.returncode == 0, done.stderr
    assert "1 moved by the data alone" in done.stdout
    assert "1 moved by the code alone" in done.stdout
    assert "D1 data/evidence/trials.csv, tourmaline-mm1: experimental_label IRd -> IRd2" in done.stdout
    assert re.search(r"tiny: Answer of IRd2: 42.5% .*, because: the notebook changed$", done.stdout, re.MULTILINE)
    assert re.search(r"tiny: First label: IRd -> IRd2, because: data row changed: D1$", done.stdout, re.MULTILINE)
    written = json.loads((report / "_build" / "changes-since-commit.json").read_text())
    causes = {value["name"]: value["causes"] for value in written["notebooks"]["tiny"]["values"]}
    assert causes == {"answer": ["code"], "word": ["data"]}
    assert contents(report / "_build" / "html") == site
    listed = subprocess.run(["git", "worktree", "list"], cwd=report, check=True, capture_output=True, text=True)
    assert len(listed.stdout.splitlines()) == 1


# --- verified


@pytest.fixture(scope="module")
def frozen_report(built_small_report, tmp_path_factory):
    """The small report in git, with two frozen editions: the second compares itself with the first."""
    report = Path(shutil.copytree(built_small_report, tmp_path_factory.mktemp("frozen") / "report"))
    (report / "editions.yaml").unlink()
    (report / "book" / "what_changed.md").write_text("# What changed\n\n```{what-changed}\n```\n")
    with (report / "_toc.yml").open("a") as file:
        file.write("  - file: book/what_changed\n")
    (report / "notebooks" / ".ruff_cache").mkdir(exist_ok=True)
    (report / "notebooks" / ".ruff_cache" / "CACHEDIR.TAG").touch()
    (report / "data" / ".hidden").touch()
    change_cell(
        report / "data", "evidence/analyses.csv", 1, "note", "the paper prints it"
    )  # a phrase that is refused today
    (report / ".gitignore").write_text("/_build\n/results\n/editions\n_build.lock\n__pycache__\n")
    (report / "editions.yaml").touch()
    subprocess.run(["git", "init", "-q"], cwd=report, check=True)
    for date in ("2026-11-25", "2026-11-27"):
        for arguments in (["add", "."], ["commit", "-q", "-m", "all"]):
            identity = ("-c", "user.name=x", "-c", "user.email=x@example.org")
            subprocess.run(["git", *identity, *arguments], cwd=report, check=True, capture_output=True)
        done = command(report, "edition", date)
        assert done.returncode == 0, done.stderr
    return report


@pytest.fixture
def frozen(frozen_report, tmp_path):
    """A copy of that report, without git, that a test may damage."""
    return Path(shutil.copytree(frozen_report, tmp_path / "report", ignore=shutil.ignore_patterns(".git")))


@pytest.mark.slow
def test_pages_tell_what_the_data_moved_since_an_edition_from_what_the_code_moved(frozen_report, tmp_path):
    """On demand in the latest build, and for good in the next edition, which its archive gives again."""
    report = Path(shutil.copytree(frozen_report, tmp_path / "report"))
    for ending in (".json", ".tar.xz"):  # the second edition is to be one of other data and code
        (report / "editions" / f"2026-11-27{ending}").unlink()
    # Documentation is no evidence: the code of now writes into its own, whatever that of then lacks.
    repack(report, "2026-11-25", lambda folder: (folder / "source/data/README.md").write_text("No columns.\n"))
    change_cell(report / "data", "evidence/trials.csv", 1, "experimental_label", "IRd2")
    change_cell(report / "data", "evidence/analyses.csv", 1, "note", "as reported")
    raise_version(report, "2099.12.1", "2099-12-01")
    notebook = report / "notebooks" / "tiny.ipynb"
    notebook.write_text(notebook.read_text().replace('"answer\\", 42.5', '"answer\\", 43.5'))
    page = report / "_build" / "html" / "book" / "what_changed.html"

    def told(text):
        return BeautifulSoup(text, "html.parser").select_one("section#what-changed").get_text(" ")

    assert command(report, "build").returncode == 0
    assert "does not tell apart which moved a number" in told(page.read_text())
    done = command(report, "build", "--against", "2026-11-25")
    assert done.returncode == 0, done.stderr
    assert "1 moved by the data alone" in done.stdout
    assert "1 moved by the code alone" in done.stdout
    assert "Of the values, 1 moved by the data alone, 1 moved by the code alone." in told(page.read_text())
    assert "Nothing has changed" in command(report, "build").stdout
    rows = {
        row.th.text: row.select("td")[-1].text
        for row in BeautifulSoup(page.read_text(), "html.parser").select("tbody tr")
    }
    assert (rows["Answer of IRd2"], rows["First label"]) == ("code", "data")

    for arguments in (["add", "."], ["commit", "-q", "-m", "more"]):
        identity = ("-c", "user.name=x", "-c", "user.email=x@example.org")
        subprocess.run(["git", *identity, *arguments], cwd=report, check=True, capture_output=True)
    done = command(report, "edition", "2026-11-27")
    assert done.returncode == 0, done.stderr
    assert command(report, "build").returncode == 0
    for of_site in ("editions/2026-11-27/book/what_changed.html", "book/what_changed.html"):
        text = told((report / "_build" / "html" / of_site).read_text())
        assert "Of the values, 1 moved by the data alone, 1 moved by the code alone." in text
    verified = command(report, "edition", "--verify", "2026-11-27")
    assert verified.returncode == 0, verified.stdout + verified.stderr
    assert "0 differ, 0 were not made again, 0 are new." in verified.stdout


@pytest.mark.slow
def test_files_alike_of_two_editions_are_stored_once_and_a_damaged_one_is_shared_with_none(frozen):
    unpacked = frozen / "_build" / "editions"
    shutil.rmtree(unpacked)
    (frozen / "index.md").write_text((frozen / "index.md").read_text() + "\nMore.\n")
    assert command(frozen, "build").returncode == 0
    names = [
        path.relative_to(unpacked / "2026-11-25") for path in (unpacked / "2026-11-25").rglob("*.*") if path.is_file()
    ]
    pairs = [(unpacked / "2026-11-25" / name, unpacked / "2026-11-27" / name) for name in names]
    pairs = [(one, other) for one, other in pairs if other.exists() and one.read_bytes() == other.read_bytes()]
    assert len(pairs) > 50
    assert all(one.samefile(other) for one, other in pairs if one.stat().st_size)

    damaged = next(one for one, _ in pairs if one.suffix == ".svg")
    damaged.unlink()
    damaged.write_text("other")
    shutil.rmtree(unpacked / "2026-11-27")
    (frozen / "index.md").write_text((frozen / "index.md").read_text() + "\nMore.\n")
    assert command(frozen, "build").returncode == 0
    assert damaged.read_text() != "other"
    assert damaged.read_bytes() == dict(pairs)[damaged].read_bytes()


def repack(report, date, change):
    """Pack the archive of an edition anew after a change of its files, and have its manifest agree with it."""
    archive, place = (report / "editions" / f"{date}{ending}" for ending in (".tar.xz", ".json"))
    manifest = json.loads(place.read_text())
    folder = report / "repacked"
    with at_root(report):
        unpack(archive, manifest, folder, registry.FrozenEdition(date, manifest).storing())
    change(folder)
    files = {path.relative_to(folder).as_posix(): path for path in folder.rglob("*") if path.is_file()}
    listed = file_list(files)
    checksum = pack(files, listed, archive)
    shutil.rmtree(folder)
    place.write_text(json.dumps(manifest | {"archive": {**manifest["archive"], "sha256": checksum}, "files": listed}))


@pytest.mark.slow
def test_a_frozen_edition_gives_the_same_bytes_again_from_its_archive_alone(frozen, frozen_report):
    """In a folder that is not a git checkout: commit and earlier editions are those that the archive names."""
    before = contents(frozen)
    done = command(frozen, "edition", "--verify", "2026-11-27")
    assert (done.returncode, done.stderr.strip()) == (0, ""), done.stdout + done.stderr
    assert "0 differ, 0 were not made again, 0 are new." in done.stdout
    assert contents(frozen) == before
    manifest = json.loads((frozen / "editions" / "2026-11-27.json").read_text())
    names = {file["path"] for file in manifest["files"]}
    agree = sum(name.startswith(("results/", "site/", "causes.json")) for name in names)
    assert done.stdout.startswith(f"The edition of 2026-11-27: {agree} files agree, ")
    assert "source/benchmarks/results.json" in names
    hidden = {name for name in names if "/." in name.removeprefix("site/").removeprefix("results/")}
    assert hidden == {"source/.gitignore"}  # neither caches of tools nor what else is hidden
    asked = ["git", "-C", str(frozen_report), "rev-parse", "--short=12", "HEAD"]
    commit = subprocess.run(asked, capture_output=True, text=True, check=True).stdout.strip()
    assert manifest["edition"]["commit"] == commit

    # An archive from before the note, whose manifest alone knows the commit, and a number that the code does not give.
    def older(folder):
        (folder / "source" / "edition.json").unlink()
        values = folder / "results" / "tiny" / "values.json"
        assert "42.5" in values.read_text()
        values.write_text(values.read_text().replace("42.5", "42.75"))
        labels = folder / "results" / "tiny" / "tables" / "labels.csv"
        labels.write_text(labels.read_text().replace("IRd", "IRd2", 1))
        (folder / "source" / "requirements.txt").write_text("# other\n")
        (folder / "results" / "tiny" / "more.txt").touch()
        for run in (folder / "results").glob("*/run.json"):  # which names the lock and the values
            run.unlink()

    repack(frozen, "2026-11-27", older)
    done = command(frozen, "edition", "2026-11-27", "--verify", "--json")
    assert done.returncode == 1, done.stderr
    found = json.loads(done.stdout)
    assert found["first"]["results/tiny/values.json"] == "answer, value is 42.75 in the archive and 42.5 in the rebuild"
    assert (
        "column experimental_label is IRd2 in the archive and IRd in"
        in found["first"]["results/tiny/tables/labels.csv"]
    )
    assert {"results/tiny/values.json", "results/tiny/tables/labels.csv"} == {
        name for name in found["differ"] if not name.startswith("site/downloads/")
    }
    assert found["missing"] == ["results/tiny/more.txt"]
    assert found["added"] == ["results/other/run.json", "results/tiny/run.json"]
    assert found["notes"] == ["the edition was made with another requirements.txt than that of this environment"]
    assert not list((frozen / "_build").glob(".verify-*"))


@pytest.mark.slow
def test_a_damaged_archive_is_one_message_that_names_the_file_in_it(frozen):
    place = frozen / "editions" / "2026-11-27.json"
    repacked(place.with_suffix(".tar.xz"), "source/edition.json", b"other")
    done = command(frozen, "edition", "--verify", "2026-11-27")
    assert done.returncode == 1
    assert done.stderr.strip() == (
        "Error: 2026-11-27.tar.xz: the archive is not the one that was frozen: source/edition.json is not as it "
        "was frozen\n  An edition is permanent: restore the archive from where it was published."
    )


@pytest.mark.slow
def test_the_sources_of_an_edition_say_which_commit_they_are_and_whether_they_were_changed(frozen, tmp_path):
    manifest = json.loads((frozen / "editions" / "2026-11-25.json").read_text())
    unpack(frozen / "editions" / "2026-11-25.tar.xz", manifest, tmp_path / "unpacked")
    source = tmp_path / "unpacked" / "source"
    about = "from tourmaline.edition import edition_of_sources as edition; print(edition().commit, edition().modified)"
    assert program(source, "-c", about).stdout.split() == [manifest["edition"]["commit"], "False"]
    (source / "README.md").write_text("other")
    assert program(source, "-c", about).stdout.split() == [manifest["edition"]["commit"], "True"]
    built = program(source, "-c", "from flit_core import buildapi; print(buildapi.build_wheel('.'))")
    assert built.stdout.strip().endswith(".whl"), built.stderr


def test_where_a_file_differs_first_is_named_by_value_cell_or_line():
    for name, old, new, words in (
        ("a.json", b"[1, {}]", b'[1, {"b": 2}]', "2, b is nothing in the archive and there in the rebuild"),
        ("a.json", b"[1]", b"[1.0]", "1 is 1 in the archive and 1.0 in the rebuild"),
        ("a.json", b"[1]", b"[1 ]", "line 1 is '[1]' in the archive and '[1 ]' in the rebuild"),
        ("a.json", b"[1", b"[2", "byte 2 is the first that differs, of 2 in the archive and 2 in the rebuild"),
        ("a.csv", b"a,b\n1,2\n", b"a,b\n1,2\n3,4\n", "row 3, column a is nothing in the archive and 3 in the rebuild"),
        ("a.html", b"x\ny", b"x\nz", "line 2 is 'y' in the archive and 'z' in the rebuild"),
        ("a.html", b"x\n", b"x\r\n", "byte 2 is the first that differs, of 2 in the archive and 3 in the rebuild"),
        ("a.png", b"\xff1", b"\xff", "byte 2 is the first that differs, of 2 in the archive and 1 in the rebuild"),
    ):
        assert first_difference(name, old, new) == words


def test_what_cannot_be_verified_is_wrong_usage(project, tourmaline):
    for arguments, words in (
        (["--verify", "2026-11-27"], "the edition of 2026-11-27 is not frozen here\n  Frozen editions: none."),
        (["--verify", "soon"], "'soon' is not a date of an edition"),
        (["--verify", "2026-11-27", "--here"], "--verify takes title, scenario and sources from the archive"),
        (["2026-11-27", "--json"], "--json goes with --verify"),
    ):
        done = tourmaline("edition", *arguments)
        assert done.returncode == 2
        assert words in done.stderr


def test_bad_names_of_editions_are_wrong_usage(project, tourmaline):
    for arguments, words in (
        (["2026-13-01"], "'2026-13-01' is not a date of an edition"),
        (["2026-11-27", "--scenario", "todai"], "there is no scenario 'todai'\n  Did you mean 'today'?"),
    ):
        done = tourmaline("edition", *arguments)
        assert done.returncode == 2
        assert done.stderr.startswith(f"Error: {words}")
    done = tourmaline("edition", "2016-04-28", "--title", "Another")
    assert "is declared with the title 'The day of the paper', not 'Another'" in done.stderr
    untitled = project / "scenarios" / "untitled.yaml"
    untitled.write_text("description: x\n")
    before = (project / "editions.yaml").read_text()
    done = tourmaline("edition", "2026-11-27", "--scenario", "untitled")
    assert done.returncode == 2
    assert "untitled.yaml: it has no 'title'" in done.stderr
    assert (project / "editions.yaml").read_text() == before
