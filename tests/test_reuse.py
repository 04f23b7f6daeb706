"""What the site offers can be taken and used: values with a schema, tables, figures, data, notebooks; and says what it is."""

import io
import itertools
import json
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import jsonschema
import nbformat
import pytest
from bs4 import BeautifulSoup
from hypothesis import given
from hypothesis import strategies as st
from small_report import command, contents

from tourmaline import paths
from tourmaline.edition import edition_of_sources
from tourmaline.errors import SiteError
from tourmaline.pipeline.downloads import as_downloaded, citation_file, schema
from tourmaline.pipeline.settings import repository
from tourmaline.pipeline.sources import source_files, workshop_files
from tourmaline.pipeline.stamping import PLACE, metadata, stamp_pages
from tourmaline.pipeline.zip_files import joined
from tourmaline.pipeline.zip_files import zipped as pack_zip
from tourmaline.results.formats import ORIGINS, UNITS
from tourmaline.sphinx_ext.launch import binder_address

GITHUB = "https://github.com/owner/name"


def zipped(path):
    with zipfile.ZipFile(io.BytesIO(path.read_bytes())) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


@pytest.fixture(scope="module")
def downloads(built_small_report):
    return built_small_report / "_build" / "html" / "downloads"


@pytest.mark.slow
def test_all_values_are_one_file_that_agrees_with_its_schema(built_small_report, downloads):
    values = json.loads((downloads / "values.json").read_text())
    described = json.loads((downloads / "values.schema.json").read_text())
    jsonschema.Draft202012Validator.check_schema(described)
    jsonschema.validate(values, described)
    answer = values["values"]["tiny/answer"]
    published = json.loads((built_small_report / "results" / "tiny" / "values.json").read_text())["answer"]
    assert published.items() <= answer.items()
    assert (answer["shown"], answer["shown_interval"]) == ("42.5%", "95% confidence interval 40.0 to 45.0%")
    assert set(values["values"]) == {"tiny/answer", "tiny/word", "other/answer"}


@pytest.mark.slow
def test_the_values_of_the_whole_report_agree_with_the_schema(built_project):
    values = json.loads((built_project / "_build" / "html" / "downloads" / "values.json").read_text())
    jsonschema.validate(values, schema())
    files = (built_project / "results").glob("*/values.json")
    assert len(values["values"]) == sum(len(json.loads(path.read_text())) for path in files) > 200


@pytest.mark.parametrize(
    "change",
    [
        {"unit": "furlongs"},
        {"origin": "remembered"},
        {"level": 0.95},
        {"source": ""},
        {"more": 1},
        {"decimals": 0.5},
        {"monte_carlo_error": -1},
        {"level": 95, "lower": 1, "upper": 2},
    ],
    ids=str,
)
def test_the_schema_refuses_a_value_that_is_none(change):
    good = {"value": 1, "unit": "ratio", "origin": "printed", "source": "s", "label": "l", "decimals": 2}
    good |= {"cell": 1, "shown": "1.00"}
    about = {"data_version": "1", "data_date": "2026-01-01", "library_version": "1", "modified": False}
    jsonschema.validate({"edition": about, "values": {"n/v": good}}, schema())
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({"edition": about, "values": {"n/v": {**good, **change}}}, schema())


def test_the_schema_knows_every_unit_and_origin_and_describes_every_field():
    described = schema()["$defs"]["value"]["properties"]
    assert described["unit"]["enum"] == list(UNITS)
    assert described["origin"]["enum"] == list(ORIGINS)
    assert all(field["description"] for field in described.values())


@pytest.mark.slow
def test_every_figure_table_and_data_file_can_be_downloaded(built_small_report, downloads):
    results = built_small_report / "results" / "tiny"
    for kind, endings in (("figures", ("svg", "png", "json")), ("tables", ("csv", "json"))):
        files = zipped(downloads / f"{kind}.zip")
        assert {Path(name).suffix[1:] for name in files} == set(endings)
        assert files == {f"tiny/{path.name}": path.read_bytes() for path in (results / kind).iterdir()}
    data = zipped(downloads / "data.zip")
    assert data == contents(built_small_report / "data")
    for resource in json.loads(data["datapackage.json"])["resources"]:
        assert resource["path"] in data
    source = zipped(downloads / "source.zip")
    assert {"pyproject.toml", "Makefile", "tourmaline/cli/__init__.py", "data/datapackage.json"} <= set(source)
    assert not [name for name in source if name.startswith(("_build", "results", ".venv", "editions/"))]


def test_an_archive_is_the_same_bytes_whatever_the_order():
    assert pack_zip({"a": b"1", "b": b"2"}) == pack_zip({"b": b"2", "a": b"1"})


def test_the_sources_hold_what_the_report_is_made_of_and_an_edition_what_tests_it_too():
    listed = subprocess.run(["git", "-C", str(paths.ROOT), "ls-files"], capture_output=True, text=True, check=False)
    # A frozen edition has sources of its own, and would grow by each one before it.
    ours = {name for name in listed.stdout.splitlines() if not name.startswith("editions/")}
    assert ours - source_files().keys() - workshop_files().keys() == set()
    assert not [name for name in source_files() if name.startswith(("tests/", "binder/", "."))]


# --- zip files

TEXTS = st.text(st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="/"), min_size=1, max_size=8)


@given(
    st.dictionaries(st.tuples(TEXTS, TEXTS).map("/".join), st.binary(max_size=300), max_size=12),
    st.booleans(),
    st.data(),
)
def test_a_zip_file_joined_of_others_is_the_one_packed_at_once(files, compressed, data):
    names = sorted(files)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(names)), max_size=3)))
    parts = [names[start:stop] for start, stop in itertools.pairwise([0, *cuts, len(names)])]
    whole = joined(pack_zip({name: files[name] for name in part}, compressed) for part in parts)
    assert whole == pack_zip(files, compressed)
    with zipfile.ZipFile(io.BytesIO(whole)) as archive:
        assert {name: archive.read(name) for name in archive.namelist()} == files


# --- notebooks


def first_code(text):
    return next(cell.source for cell in nbformat.reads(text, as_version=4).cells if cell.cell_type == "code")


def test_a_downloaded_notebook_is_clean_and_the_same_again():
    notebook = paths.NOTEBOOKS / "safety.ipynb"
    text = as_downloaded(notebook, "")
    assert text == as_downloaded(notebook, "")
    document = nbformat.reads(text, as_version=4)
    nbformat.validate(document)
    assert not [cell for cell in document.cells if cell.get("outputs") or cell.get("execution_count")]
    own = nbformat.read(notebook, as_version=4).cells
    assert [cell.source for cell in document.cells if cell.id != "needs-tourmaline"] == [cell.source for cell in own]


@pytest.mark.parametrize(
    ("address", "remedy"),
    [
        ("", "Unpack source.zip of the book's page 'Reuse', and in its folder run: pip install --editable ."),
        (GITHUB, f'Install it with: pip install --editable "git+{GITHUB}#egg=tourmaline"'),
    ],
)
def test_without_the_package_the_first_cell_says_the_one_command_that_installs_it(tmp_path, address, remedy):
    code = first_code(as_downloaded(paths.NOTEBOOKS / "safety.ipynb", address))
    done = subprocess.run(  # -S: without what is installed
        [sys.executable, "-S", "-E", "-c", code], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1] == (f"ModuleNotFoundError: The package tourmaline is not installed. {remedy}")
    assert "During handling" not in done.stderr


def test_with_a_package_that_lacks_the_data_the_first_cell_says_so(tmp_path):
    (tmp_path / "tourmaline").mkdir()
    for name in ("__init__.py", "paths.py"):
        (tmp_path / "tourmaline" / name).write_bytes((paths.ROOT / "tourmaline" / name).read_bytes())
    code = first_code(as_downloaded(paths.NOTEBOOKS / "safety.ipynb", ""))
    done = subprocess.run([sys.executable, "-S", "-c", code], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert "FileNotFoundError: The package tourmaline is installed without the report's data. Unpack" in done.stderr


RUN = """
import sys, nbformat
from nbclient import NotebookClient
document = nbformat.read("tiny.ipynb", as_version=4)
NotebookClient(document, kernel_name="python3").execute()
print([output.data["text/plain"] for cell in document.cells for output in cell.get("outputs", []) if "data" in output])
"""


@pytest.mark.slow
def test_a_downloaded_notebook_runs_in_a_folder_outside_the_project(report, tmp_path):
    outside = tmp_path / "outside"
    outside.mkdir()
    downloaded = report / "_build" / "html" / "downloads" / "notebooks" / "tiny.ipynb"
    (outside / "tiny.ipynb").write_bytes(downloaded.read_bytes())
    before = contents(report / "results")
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", RUN],
        cwd=outside,
        env={"PATH": "/usr/bin:/bin", "HOME": str(outside), "PYTHONPATH": str(report)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "Answer of IRd: 42.5%" in done.stdout
    assert contents(report / "results") == before


# --- one setting


def test_the_launch_link_follows_from_one_address_and_is_absent_without_it():
    assert binder_address("") == ""
    assert binder_address(GITHUB, "a.ipynb") == "https://mybinder.org/v2/gh/owner/name/HEAD?labpath=notebooks%2Fa.ipynb"


def test_what_binder_installs_is_what_make_installs():
    assert (paths.ROOT / "binder" / "requirements.txt").read_text() == f"-r ../{paths.LOCK.name}\n"
    (version,) = re.findall(r"python-(3\.\d+)\n", (paths.ROOT / "binder" / "runtime.txt").read_text())
    assert f'python-version: "{version}"' in (paths.ROOT / ".github" / "workflows" / "pages.yml").read_text()
    (command_,) = re.findall(r"pip install .*-e \.", (paths.ROOT / "Makefile").read_text())
    assert re.search(r"-e \.$", (paths.ROOT / "binder" / "postBuild").read_text(), re.MULTILINE)
    for option in ("--no-deps", "--no-build-isolation"):
        assert option in command_
        assert option in (paths.ROOT / "binder" / "postBuild").read_text()


@pytest.mark.slow
def test_the_pages_have_launch_links_only_where_the_repository_is_named(report):
    def offered():
        page = BeautifulSoup((report / "_build/html/results/tiny/tiny.html").read_text(), "html.parser")
        (line,) = page.select(".tm-launch")
        return {link.text: link["href"] for link in line.find_all("a")}

    local = {"Download this notebook": "../../downloads/notebooks/tiny.ipynb"}
    assert offered() == local
    config = report / "_config.yml"
    config.write_text(config.read_text().replace('tourmaline_repository: ""', f'tourmaline_repository: "{GITHUB}"'))
    assert command(report, "build").returncode == 0
    assert offered() == local | {"Binder": binder_address(GITHUB, "tiny.ipynb")}
    index = BeautifulSoup((report / "_build/html/index.html").read_text(), "html.parser")
    assert json.loads(index.find("script", type="application/ld+json").text)["codeRepository"] == GITHUB
    assert GITHUB in (report / "_build/html/downloads/CITATION.cff").read_text()
    config.write_text(config.read_text().replace(GITHUB, "javascript:alert(1)"))
    refused = command(report, "build")
    assert refused.returncode == 1
    assert "_config.yml: tourmaline_repository is 'javascript:alert(1)', which is not an address" in refused.stderr


def test_while_it_is_unset_the_repository_is_absent_everywhere():
    assert repository() == ""
    assert "repository-code" not in citation_file(edition_of_sources(), "")
    assert "codeRepository" not in metadata(edition_of_sources(), {"repository": ""})


# --- metadata


@pytest.mark.slow
def test_the_first_page_describes_the_edition_for_search_engines(built_small_report):
    site = built_small_report / "_build" / "html"
    pages = {path: BeautifulSoup(path.read_text(), "html.parser") for path in site.rglob("*.html")}
    described = {path.name: page.find_all("script", type="application/ld+json") for path, page in pages.items()}
    assert [name for name, found in described.items() if found] == ["index.html"]
    about = json.loads(described["index.html"][0].text)
    assert (about["@context"], about["@type"]) == ("https://schema.org", "Report")
    assert about["version"] == json.loads((paths.DATA / "datapackage.json").read_text())["version"]
    for part in about["hasPart"]:
        assert (site / part["distribution"]["contentUrl"]).exists()
    for path, page in pages.items():
        assert page.select_one(".tm-stamp").text.startswith("The latest build. Data "), path


def test_a_hostile_title_stays_text_in_stamp_and_metadata():
    site = {"index.html": b'<head></head><p class="tm-stamp">x</p>'}
    title = "</script><script>alert(1)</script>\\1"
    stamp_pages(site, edition_of_sources("2026-01-01", title), {"repository": "", "frozen": []})
    page = BeautifulSoup(site["index.html"], "html.parser")
    assert len(page.find_all("script")) == 1
    assert title in json.loads(page.script.text)["headline"]
    assert title in page.select_one(".tm-stamp").text


def test_a_page_without_a_place_for_the_stamp_is_refused():
    with pytest.raises(SiteError, match=r"index\.html: the page has no place for the stamp"):
        stamp_pages({"index.html": b"<head></head>"}, edition_of_sources(), {"repository": "", "frozen": []})
    assert len(PLACE.findall((paths.ROOT / "_config.yml").read_text())) == 1


def test_the_citation_file_is_valid_yaml_with_the_edition():
    text = citation_file(edition_of_sources("2026-02-03", "One"), GITHUB)
    assert "version: '2026-02-03'" in text
    assert "date-released: '2026-02-03'" in text
    assert f"repository-code: {GITHUB}" in text


@pytest.mark.slow
def test_a_link_to_a_file_that_the_site_does_not_have_fails_the_build(report):
    (report / "book" / "page.md").write_text("# Page\n\n{site-file}`All values <downloads/val.json>`\n")
    done = command(report, "build")
    assert done.returncode == 1
    assert "book/page.html: the link ../downloads/val.json leads nowhere" in done.stderr
