"""A folder that is brought up to date holds what it was given and nothing else, and spares what it holds already."""

import os

import pytest
from hypothesis import given
from hypothesis import strategies as st
from small_report import contents

from tourmaline.pipeline import freshness
from tourmaline.pipeline.mirror import Mirror

SITES = st.dictionaries(st.sampled_from(["a", "b", "d/a", "d/e/b", "f/c"]), st.binary(max_size=3))


@given(st.lists(SITES, min_size=1, max_size=4))
def test_whatever_it_held_it_holds_what_it_was_given_last(tmp_path_factory, sites):
    folder = tmp_path_factory.mktemp("mirror")
    for site in sites:
        mirror = Mirror(folder)
        for name, content in site.items():
            mirror.write(name, content)
        mirror.finish()
        assert contents(folder) == site
        assert {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_dir()} == {
            "/".join(name.split("/")[:depth]) for name in site for depth in range(1, name.count("/") + 1)
        }


def test_a_file_that_is_right_is_not_written_and_a_linked_one_is_never_written_into(tmp_path):
    folder, sealed = tmp_path / "site", tmp_path / "sealed.html"
    sealed.write_bytes(b"sealed")
    mirror = Mirror(folder)
    mirror.write("page.html", b"page")
    mirror.link("old.html", sealed)
    mirror.finish()
    assert (folder / "old.html").samefile(sealed)
    time = (folder / "page.html").stat().st_mtime_ns
    again = Mirror(folder)
    again.write("page.html", b"page")
    again.write("old.html", b"other!")
    again.finish()
    assert (folder / "page.html").stat().st_mtime_ns == time
    assert (sealed.read_bytes(), (folder / "old.html").read_bytes()) == (b"sealed", b"other!")


def test_a_file_that_somebody_else_changed_is_noticed_whatever_its_size_and_times(tmp_path, monkeypatch):
    monkeypatch.setattr(freshness, "SETTLED_SECONDS", -1)  # every file counts as settled, and is remembered
    page = tmp_path / "page.html"
    mirror = Mirror(tmp_path)
    mirror.write("page.html", b"page")
    mirror.write("page.html", b"page")  # read, and so remembered
    about = page.stat()
    page.write_bytes(b"egap")
    os.utime(page, ns=(about.st_atime_ns, about.st_mtime_ns))
    mirror.write("page.html", b"page")
    assert page.read_bytes() == b"page"


def test_where_files_cannot_have_two_names_a_sealed_one_is_copied(tmp_path, monkeypatch):
    def refuse(*_):
        raise OSError(18, "Invalid cross-device link")

    monkeypatch.setattr(os, "link", refuse)
    sealed = tmp_path / "sealed"
    sealed.write_bytes(b"sealed")
    mirror = Mirror(tmp_path / "site")
    mirror.link("sealed", sealed)
    mirror.finish()
    assert contents(tmp_path / "site") == {"sealed": b"sealed"}


@pytest.mark.parametrize("place", ["file", "folder"])
def test_a_file_in_the_place_of_a_folder_and_the_other_way_round(tmp_path, place):
    if place == "file":
        (tmp_path / "a").write_text("a file")
    else:
        (tmp_path / "a" / "b").mkdir(parents=True)
    mirror = Mirror(tmp_path)
    name = "a/b" if place == "file" else "a"
    mirror.write(name, b"new")
    mirror.finish()
    assert contents(tmp_path) == {name: b"new"}
