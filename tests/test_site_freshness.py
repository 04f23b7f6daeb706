"""Whatever code or data shapes a page is found: an edit to any of it has the site made again, and to nothing else."""

import json
import os
from pathlib import Path

import pytest
from small_report import command, contents, program

from tourmaline import paths
from tourmaline.pipeline import watching
from tourmaline.pipeline.page_code import LIBRARY, Imports, code_of_pages, code_of_site

# Edits to these once left the published site as it was.
ONCE_FORGOTTEN = (
    "pipeline/stamping.py",
    "pipeline/downloads.py",
    "pipeline/editions/changes.py",
    "edition.py",
    "pipeline/sphinx_build.py",
    "pipeline/site_check.py",
    "errors.py",
    "data/references.py",
)
SCHEMA = "tourmaline/results/values.schema.json"
# Edit each file, or add each, and name those of which the check of the site takes no notice; no site is made.
LOOK = """
import json, sys
from tourmaline import paths
from tourmaline.edition import edition_of_sources
from tourmaline.pipeline.site_freshness import site_is_stale

def is_stale():
    return site_is_stale(paths.Variant(), edition_of_sources())

assert not is_stale()
unnoticed = []
for name in json.load(sys.stdin):
    path = paths.ROOT / name
    before, found = path.read_bytes() if path.exists() else None, path.parent.is_dir()
    path.parent.mkdir(exist_ok=True)
    path.write_bytes((before or b"") + b"\\n")
    if not is_stale():
        unnoticed.append(name)
    path.unlink() if before is None else path.write_bytes(before)
    if not found:
        path.parent.rmdir()
assert not is_stale()
print(json.dumps(unnoticed))
"""


def test_what_is_read_is_noted_by_its_own_name_however_it_is_named(tmp_path, monkeypatch):
    root = tmp_path.resolve()
    (root / "real").mkdir()
    (root / "real" / "file").touch()
    (root / "folder-link").symlink_to(root / "real")
    (root / "real" / "file-link").symlink_to(root / "real" / "file")
    monkeypatch.setattr(watching, "_ROOT", f"{root}{os.sep}")
    monkeypatch.chdir(root / "real")
    for number, name in enumerate(
        ("file", f"{root}/folder-link/file", "../folder-link/file-link", f"{root}/real/../real/./file")
    ):
        with watching.watching(root / f"read-{number}"):
            Path(name).open().close()
            list(Path("../real/..").iterdir())
            list(Path(f"{root}/folder-link").iterdir())
        assert watching.noted(root / f"read-{number}") == {root, root / "real", root / "real" / "file"}, name


def unnoticed(report, names):
    """Those of the named files whose edit leaves the site as it is."""
    done = program(report, "-c", LOOK.replace("json.load(sys.stdin)", repr(sorted(names))))
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def stamp(report):
    return json.loads((report / "_build" / "state" / "made_from.json").read_text())


@pytest.mark.seconds
def test_the_code_that_shapes_a_page_is_found_through_the_imports_of_what_makes_the_site():
    names = {path.relative_to(LIBRARY).as_posix() for path in code_of_site(Imports())}
    assert names >= set(ONCE_FORGOTTEN)
    assert names >= {path.relative_to(LIBRARY).as_posix() for path in (LIBRARY / "sphinx_ext").glob("*.py")}
    assert not [name for name in names if name.startswith(("statistics/", "figures/", "audit/", "cli/"))]
    assert not names & {"pipeline/runner.py", "pipeline/build.py", "pipeline/sweeps/running.py"}
    assert code_of_pages(Imports()) < code_of_site(Imports())


def test_an_import_inside_a_function_or_a_program_named_in_a_text_counts_and_one_for_types_does_not(
    tmp_path, monkeypatch
):
    from tourmaline.pipeline import page_code

    monkeypatch.setattr(paths, "ROOT", tmp_path)
    package = tmp_path / "tourmaline"
    package.mkdir()
    sources = {
        "__init__": "",
        "start": "if TYPE_CHECKING:\n    import tourmaline.types_alone\nelse:\n    from tourmaline import other\n"
        "def f():\n    from .inner import g\n    run('-m', 'tourmaline.program')\n    import json, tourmaline_of_others",
        **dict.fromkeys(("types_alone", "other", "inner", "program", "unused"), ""),
    }
    for name, source in sources.items():
        (package / f"{name}.py").write_text(source)
    found = {path.stem for path in page_code._reachable([package / "start.py"], Imports())}
    assert found == {"__init__", "start", "other", "inner", "program"}


@pytest.mark.slow
def test_an_edit_to_any_file_that_shapes_a_page_is_noticed(report):
    was = stamp(report)
    code = {paths.relative(path) for path in code_of_site(Imports())}
    read = {name for group in ("shape", "content") for name in was[group] if (report / name).is_file()}
    assert code < read
    assert {SCHEMA, "CITATION.cff", "_config.yml", "_toc.yml", "requirements.txt", "data/references.bib"} < read
    assert {"index.md", "book/page.md", "book/static/report.css", "notebooks/tiny.ipynb"} < read
    assert {path.relative_to(report).as_posix() for path in (report / "data").rglob("*") if path.is_file()} < read
    assert unnoticed(report, read) == []


@pytest.mark.slow
def test_a_new_file_where_pages_find_theirs_is_noticed(report):
    assert not (report / "editions").exists()  # not even its folder was there when the site was made
    new = [
        "editions/2026-01-01.json",
        "book/static/new.css",
        "data/new.csv",
        "tourmaline/sphinx_ext/new.py",
        "notebooks/new.ipynb",
        "docutils.conf",
    ]
    assert unnoticed(report, new) == []


@pytest.mark.slow
def test_what_shapes_no_page_leaves_the_site_as_it_is(report):
    names = [
        *(paths.relative(path) for path in (LIBRARY / "statistics").rglob("*.py")),
        *(paths.relative(path) for path in (LIBRARY / "figures").rglob("*.py")),
        "tourmaline/cli/inspect_runs.py",
        "tourmaline/pipeline/sweeps/running.py",
        "tests/test_new.py",
        "notes.txt",
        "book/static/.report.css.swp",
        "scenarios/new.yaml",
    ]
    assert unnoticed(report, names) == sorted(names)


@pytest.mark.slow
def test_the_page_follows_the_code_around_it_and_the_code_within_it(report):
    """One module after Sphinx, one within it, and a file that is read: the first keeps the pages that Sphinx has made."""
    site = report / "_build" / "html"
    made = report / "_build" / "work" / "html" / "results" / "other" / "other.html"

    def edit(name, old, new):
        path = report / name
        text = path.read_text()
        assert old in text
        path.write_text(text.replace(old, new, 1))
        done = command(report, "build", "--json")
        assert done.returncode == 0, done.stderr
        assert [step["did"] for step in json.loads(done.stdout)["steps"] if step["name"] == "site"] == ["ran"]

    edit("tourmaline/pipeline/stamping.py", '<p class="tm-stamp">{words}', '<p class="tm-stamp">Stamped: {words}')
    assert "Stamped: The latest build." in (site / "book" / "page.html").read_text()
    time = made.stat().st_mtime_ns  # before, the report was copied, which makes every page again
    edit(SCHEMA, '"description": "', '"description": "Anew: ')
    assert "Anew: " in (site / "downloads" / "values.schema.json").read_text()
    assert made.stat().st_mtime_ns == time
    edit("tourmaline/sphinx_ext/published.py", ". Download: ", ". Download anew: ")
    assert "Download anew: " in (site / "index.html").read_text()
    assert made.stat().st_mtime_ns > time
    before = contents(site)
    assert "Nothing has changed" in command(report, "build").stdout
    assert contents(site) == before
    # What was read while the pages were made from nothing still counts after a build that kept them.
    (report / "index.md").write_text((report / "index.md").read_text() + "\nMore.\n")
    assert command(report, "build").returncode == 0
    assert unnoticed(report, ["book/static/report.css", "book/page.md", "docutils.conf"]) == []


@pytest.mark.slow
def test_a_file_that_changes_while_the_site_is_made_has_it_made_again(report):
    edited = (
        "from tourmaline import paths\nfrom tourmaline.edition import edition_of_sources\n"
        "from tourmaline.pipeline import site, site_freshness\n"
        "from tourmaline.pipeline.page_builder import PageBuilder\n"
        "finish, builder = PageBuilder.finish, PageBuilder(paths.Variant(), 1)\n"
        "def slow(builder):\n"
        "    finish(builder)\n"
        "    page = paths.ROOT / 'book' / 'page.md'\n"
        "    page.write_text(page.read_text() + '\\nToo late.\\n')\n"
        "PageBuilder.finish = slow\n"
        "site.build_site(paths.Variant(), edition_of_sources(), builder, lambda: None)\n"
        "builder.close()\n"
        "assert site_freshness.site_is_stale(paths.Variant(), edition_of_sources())\n"
    )
    done = program(report, "-c", edited)
    assert done.returncode == 0, done.stderr
