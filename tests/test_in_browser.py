"""What makes a browser's runs possible, without a browser: the runtime is checked, and a notebook runs without a kernel."""

import hashlib
import io
import json
import marshal
import shutil
import subprocess
import sys
import tarfile
import zipfile

import pytest

from tourmaline import parameters, paths
from tourmaline.errors import NotebookError, ParameterError, SiteError
from tourmaline.in_browser import page
from tourmaline.in_browser.comparing import compared
from tourmaline.in_browser.running import NotebookRun
from tourmaline.pipeline.browser import packages, runtime
from tourmaline.pipeline.browser.adding import report_files, with_python
from tourmaline.pipeline.browser.forms import form
from tourmaline.pipeline.notebooks import all_notebooks

FILES = {"one.js": b"first", "two.whl": b"second"}


def in_folder(folder, files):
    (folder / "pyodide").mkdir()
    for name, content in files.items():
        (folder / "pyodide" / name).write_bytes(content)
    return folder


def in_zip(folder, files):
    path = folder / "carrier.whl"
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in files.items():
            archive.writestr(f"../../outside/{name}", content)
    return path


def in_tar(folder, files):
    path = folder / "release.tar.bz2"
    with tarfile.open(path, "w:bz2") as archive:
        for name, content in files.items():
            about = tarfile.TarInfo(f"pyodide/{name}")
            about.size = len(content)
            archive.addfile(about, io.BytesIO(content))
    return path


@pytest.fixture
def release(monkeypatch):
    """A release of two small files."""
    monkeypatch.setattr(
        runtime,
        "expected_hashes",
        lambda: {name: hashlib.sha256(content).hexdigest() for name, content in FILES.items()},
    )


@pytest.mark.seconds
@pytest.mark.parametrize("packed", [in_folder, in_zip, in_tar])
def test_the_runtime_is_read_from_folder_zip_and_tar_and_nothing_is_unpacked(release, tmp_path, packed):
    before = sorted(tmp_path.parent.rglob("*"))
    source = packed(tmp_path, {**FILES, "three.txt": b"not needed"})
    assert runtime.read_runtime(source) == FILES
    assert {path for path in tmp_path.parent.rglob("*") if not path.is_relative_to(tmp_path)} <= set(before)


@pytest.mark.parametrize("packed", [in_folder, in_zip, in_tar])
def test_a_changed_or_missing_file_of_the_runtime_is_refused_by_name(release, tmp_path, packed):
    for number, (files, words) in enumerate(
        [({**FILES, "two.whl": b"Second"}, "two.whl is not the file of Pyodide"), ({"one.js": b"first"}, "two.whl")]
    ):
        folder = tmp_path / str(number)
        folder.mkdir()
        with pytest.raises(SiteError, match=words) as refused:
            runtime.read_runtime(packed(folder, files))
        assert "tourmaline browser PATH" in refused.value.remedy


def test_what_is_no_archive_is_refused_in_one_message(release, tmp_path):
    (tmp_path / "page.html").write_text("<html>")
    with pytest.raises(SiteError, match="the runtime cannot be read"):
        runtime.read_runtime(tmp_path / "page.html")


def test_the_lock_in_the_site_names_what_is_needed_and_no_more():
    lock = json.loads(runtime.lock_in_site())
    names = set(lock["packages"])
    assert {"numpy", "scipy", "pandas", "matplotlib", "openblas", "pillow"} <= names
    assert not {"matplotlib-pyodide", "statsmodels", "pydantic"} & names
    assert {about["file_name"] for about in lock["packages"].values()} == set(runtime.expected_hashes()) - set(
        runtime.INTERPRETER
    )
    assert all(set(about["depends"]) <= names for about in lock["packages"].values())


def test_packages_are_python_as_it_was_installed_with_their_licence(monkeypatch):
    files = packages.pure_packages()
    assert "lifelines/fitters/coxph_fitter.py" in files
    assert not [name for name in files if name.endswith((".so", ".pyd", ".pyc"))]
    described = {file.partition("-")[0].lower().replace("_", "-") for file in files if ".dist-info/" in file}
    assert described == set(packages.PACKAGES)
    monkeypatch.setattr(packages.Path, "read_bytes", lambda path: b"changed")
    with pytest.raises(SiteError, match="it is not the file that was installed"):
        packages.pure_packages()


def test_readers_get_the_code_that_notebooks_import_and_not_what_builds_the_book():
    names = set(report_files(paths.RESULTS))
    assert {"tourmaline/in_browser/page.py", "data/evidence/results.csv", "notebooks/words/cross_trial.yml"} <= names
    assert not [name for name in names if name.startswith(("tourmaline/pipeline/", "tourmaline/cli/"))]


@pytest.mark.parametrize("path", all_notebooks(), ids=lambda path: path.stem)
def test_the_form_has_a_field_for_each_parameter_and_its_defaults_are_allowed(path):
    markup = form(path.stem, "../browser/", "0" * 64, 1)
    declared = parameters.declared(path)
    for name in declared:
        assert f'data-parameter="{name}"' in markup
    defaults = parameters.validated(path, {})
    texts = {
        name: ",".join(map(str, value)) if isinstance(value, list) else str(value) for name, value in defaults.items()
    }
    assert parameters.validated(path, texts) == defaults  # what the form would give


def test_a_page_without_a_panel_stays_as_it_is():
    assert with_python("a/b.html", "<html><head></head></html>", {}) == "<html><head></head></html>"


@pytest.mark.seconds
def test_a_run_without_a_kernel_publishes_and_shows_what_changed(tmp_path):
    for name, given in (("one", {}), ("two", {"patients": "500"})):
        run = NotebookRun("smaller_trial", given, tmp_path / name)
        while run.run_next():
            pass
    assert not any(found["changed"] for kind in compared(tmp_path / "one", tmp_path / "one").values() for found in kind)
    found = {value["name"]: value for value in compared(tmp_path / "two", tmp_path / "one")["values"]}
    assert any(value["changed"] for value in found.values())
    executed = json.loads(run.executed())
    injected = [cell for cell in executed["cells"] if "injected-parameters" in cell["metadata"].get("tags", ())]
    assert [cell["source"] for cell in injected] == ["# Parameters\npatients = 500\n"]
    assert any(
        "image/png" in output.get("data", {}) for cell in executed["cells"] for output in cell.get("outputs", ())
    )


def test_a_wrong_parameter_is_answered_with_the_words_of_the_command():
    answer = json.loads(page.begin("cross_trial", json.dumps({"model": "fixd"})))
    with pytest.raises(ParameterError) as refused:
        parameters.validated(paths.NOTEBOOKS / "cross_trial.ipynb", {"model": "fixd"})
    assert answer == {"error": str(refused.value)}
    assert "no run has begun" in json.loads(page.next_cell())["error"]


def test_a_cell_that_raises_names_its_number_and_a_warning_is_kept_each_time(tmp_path):
    run = NotebookRun("smaller_trial", {}, tmp_path)
    run._code_cells[0]["source"] = "import sys\nprint('look here', file=sys.stderr)"
    run._code_cells[1]["source"] = "1 / 0"
    assert run.run_next()
    assert "look here" in run.warned[0]
    with pytest.raises(NotebookError, match=r"smaller_trial\.ipynb, code cell 2: ZeroDivisionError: division by zero"):
        run.run_next()


# One start of Python: a module is imported, and what was made of it is kept in a file.
START = """
import sys
from pathlib import Path
from tourmaline.in_browser.made import Made

home, packages, kept = map(Path, sys.argv[1:])
made = Made(str(home / "bytecode"), str(packages), kept.read_bytes() if kept.exists() else b"")
sys.path.insert(0, str(packages))
import module_of_theirs
more = made.more()
print(module_of_theirs.answer, len(more) > 0, made.more() == b"")
kept.write_bytes(more or kept.read_bytes())
"""


def test_bytecode_and_the_list_of_fonts_are_kept_from_one_start_to_the_next(tmp_path):
    packages, kept = tmp_path / "packages", tmp_path / "kept"
    (packages / "matplotlib").mkdir(parents=True)
    source, fonts = packages / "module_of_theirs.py", packages / "matplotlib" / "fontlist.json"
    source.write_text("answer = 'compiled'")
    fonts.write_text("{}")

    def start(number):
        command = [sys.executable, "-c", START, tmp_path / str(number), packages, kept]
        done = subprocess.run(list(map(str, command)), cwd=paths.ROOT, capture_output=True, text=True, check=True)
        return done.stdout.split()

    assert start(1) == ["compiled", "True", "True"]
    assert any(name.endswith(".pyc") and "module_of_theirs" in name for name in marshal.loads(kept.read_bytes()))
    fonts.unlink()
    # The folder of bytecode is another one each time, as the memory of a page is; a file that is kept names its own.
    shutil.rmtree(tmp_path / "1")
    source.write_text("answer = 'changed'")  # only so that it can be seen which of them was used
    assert start(1) == ["compiled", "False", "True"]
    assert fonts.read_text() == "{}"


def test_pythons_own_library_is_kept_with_bytecode_of_what_was_loaded(tmp_path):
    library, kept = tmp_path / "library.zip", tmp_path / "kept.zip"
    sources = {
        "of_theirs/__init__.py": "answer = 'loaded'",
        "of_theirs/other.py": "",
        "not_loaded.py": "",
        "data.txt": "x",
    }
    with zipfile.ZipFile(library, "w") as archive:
        for name, source in sources.items():
            archive.writestr(name, source)
    keeps = (
        "import sys; sys.path.insert(0, sys.argv[1]); import of_theirs\n"
        "from tourmaline.in_browser.made import with_bytecode\n"
        "open(sys.argv[2], 'wb').write(with_bytecode(sys.argv[1]))"
    )
    subprocess.run([sys.executable, "-c", keeps, library, kept], cwd=paths.ROOT, check=True)
    with zipfile.ZipFile(kept) as archive:
        assert archive.namelist() == ["of_theirs/__init__.py", "of_theirs/__init__.pyc", *list(sources)[1:]]
        assert archive.read("data.txt") == b"x"
    asks = "import sys; sys.path.insert(0, sys.argv[1]); import of_theirs; print(of_theirs.answer, of_theirs.__file__)"
    done = subprocess.run([sys.executable, "-c", asks, kept], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["loaded", f"{kept}/of_theirs/__init__.pyc"]
