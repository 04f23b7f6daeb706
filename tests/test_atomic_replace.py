"""A folder is replaced whole: with one exchange where the system has it, with two renames where it has not."""

import sys
import threading

import pytest
from small_report import contents

from tourmaline.pipeline import atomic_replace


@pytest.fixture(params=["exchange", "two renames"])
def way(request, monkeypatch):
    if request.param == "two renames":
        monkeypatch.setattr(atomic_replace, "_exchange", lambda one, other: False)
    return request.param


def folder(path, **files):
    (path / "sub").mkdir(parents=True)
    for name, text in files.items():
        (path / "sub" / name).write_text(text)
    return path


def test_the_target_is_replaced_whole_and_nothing_is_left_behind(tmp_path, way):
    target = folder(tmp_path / "target", both="old", only_old="old")
    atomic_replace.atomic_replace(folder(tmp_path / "staged", both="new", only_new="new"), target)
    assert contents(tmp_path) == {"target/sub/both": b"new", "target/sub/only_new": b"new"}
    assert [path.name for path in tmp_path.iterdir()] == ["target"]


def test_a_target_that_is_not_there_yet_is_made_with_its_parents(tmp_path, way):
    staged, target = folder(tmp_path / "staged", file="new"), tmp_path / "some" / "where" / "target"
    atomic_replace.atomic_replace(staged, target)
    assert contents(target) == {"sub/file": b"new"}
    assert not staged.exists()


def test_what_a_kill_between_the_two_renames_left_is_cleared(tmp_path, way):
    target = folder(tmp_path / "target", file="old")
    folder(tmp_path / "target.old", file="older")
    atomic_replace.atomic_replace(folder(tmp_path / "staged", file="new"), target)
    assert contents(tmp_path) == {"target/sub/file": b"new"}
    assert not (tmp_path / "target.old").exists()


def test_the_old_folder_comes_back_if_the_new_one_cannot_be_renamed(tmp_path, monkeypatch):
    monkeypatch.setattr(atomic_replace, "_exchange", lambda one, other: False)
    target = folder(tmp_path / "target", file="old")
    with pytest.raises(OSError, match="gone"):
        atomic_replace.atomic_replace(tmp_path / "gone", target)
    assert contents(tmp_path) == {"target/sub/file": b"old"}


@pytest.mark.skipif(sys.platform != "linux", reason="the exchange is Linux's")
def test_the_name_leads_to_a_folder_at_every_instant(tmp_path):
    target = folder(tmp_path / "target", file="old")
    met, stop = set(), threading.Event()

    def read():
        while not stop.is_set():
            met.add(target.exists())

    reader = threading.Thread(target=read)
    reader.start()
    try:
        for _ in range(100):
            atomic_replace.atomic_replace(folder(tmp_path / "staged", file="new"), target)
    finally:
        stop.set()
        reader.join()
    assert met == {True}
