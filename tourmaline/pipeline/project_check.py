"""Check what the build relies on: data, notebooks, pages, scenarios, configuration, and on request the built site."""

from __future__ import annotations

import json
import re
from importlib import resources

import jsonschema
import nbformat

from tourmaline import parameters, paths
from tourmaline.data.check import check_all
from tourmaline.data.dictionary import README, documented
from tourmaline.data.package import PACKAGE, described
from tourmaline.errors import NotebookError, SiteError
from tourmaline.identity import identity
from tourmaline.lessons import courses
from tourmaline.pipeline.committed_digits import check_digits
from tourmaline.pipeline.contents_check import check_notebooks_are_named, check_pages
from tourmaline.pipeline.editions.declared import declared_editions
from tourmaline.pipeline.english import check_english
from tourmaline.pipeline.notebooks import all_notebooks
from tourmaline.pipeline.scenarios import read_scenario
from tourmaline.pipeline.settings import base_address, repository
from tourmaline.pipeline.site_check import check_site
from tourmaline.pipeline.sweeps.definition import read_sweep
from tourmaline.yaml_files import load_yaml, parse_yaml

START = re.compile(r"""\bresults\.start\(\s*(["'])(.*?)\1""")


def _check_notebooks() -> int:
    """Every parameter has help and a default that is allowed; no outputs; the results are those of the notebook's own name."""
    notebooks = all_notebooks()
    for path in notebooks:
        where = paths.relative(path)
        for name, parameter in parameters.declared(path).items():
            if not parameter.help:
                raise NotebookError(
                    f"parameter {name!r} has no help", where=where, remedy="Write it behind the default: # help"
                )
        parameters.validated(path, {})  # the defaults themselves must be allowed
        for index, cell in enumerate(nbformat.read(path, as_version=4).cells, start=1):
            if cell.get("outputs") or cell.get("execution_count"):
                raise NotebookError(
                    "the cell holds outputs",
                    where=f"{where}, cell {index}",
                    remedy="Clear them: nbstripout notebooks/*.ipynb",
                )
            started = START.search(cell.source) if cell.cell_type == "code" else None
            if started and started[2] != path.stem:
                raise NotebookError(
                    f"results.start is called with {started[2]!r}, and the notebook is {path.stem!r}",
                    where=f"{where}, cell {index}",
                    remedy=f'Write results.start("{path.stem}", globals()): the name is that of the file.',
                )
    return len(notebooks)


def _check_configuration() -> int:
    """Jupyter Book says nothing of a key it does not know; so every key of _config.yml must stand in its defaults."""
    jupyter_book = resources.files("jupyter_book")
    known = parse_yaml(jupyter_book.joinpath("default_config.yml").read_text(encoding="utf-8"), "default_config.yml")
    ours = load_yaml(paths.ROOT / "_config.yml", error=SiteError)
    schema = json.loads(jupyter_book.joinpath("config_schema.json").read_text(encoding="utf-8"))
    try:
        jsonschema.validate(ours, schema)
    except jsonschema.ValidationError as error:
        raise SiteError(
            error.message,
            where=", ".join(["_config.yml", *map(str, error.path)]),
            remedy="See jupyterbook.org, version 1.",
        ) from None
    for key, value in ours.items():
        if key not in known:
            raise SiteError(f"there is no key {key!r}", where="_config.yml", remedy=f"Keys: {', '.join(known)}.")
        unknown = set(value) - set(known[key]) if isinstance(value, dict) else set()
        if unknown:
            raise SiteError(
                f"there is no key {sorted(unknown)[0]!r} under {key!r}",
                where="_config.yml",
                remedy=f"Keys: {', '.join(known[key])}.",
            )
    repository()
    base_address()
    return len(ours)


def _check_titles() -> None:
    """Jupyter Book and those who cite read title and author elsewhere: the words are those of data/report.toml."""
    for name, keys in (("_config.yml", ("title", "author")), ("CITATION.cff", ("title",))):
        content = load_yaml(paths.ROOT / name, error=SiteError)
        for key in keys:
            if content.get(key) != (wanted := getattr(identity(), key)):
                what = f"the {key} is {content.get(key)!r}, and that of data/report.toml {wanted!r}"
                raise SiteError(what, where=name, remedy="Write the same in both files.")


def _check_scenarios() -> int:
    """Every file of scenarios/ is a scenario or a sweep; the editions name scenarios that there are."""
    files = sorted((paths.ROOT / "scenarios").glob("*.yaml"))
    for path in files:
        content = load_yaml(path)
        if isinstance(content, dict) and "notebook" in content:
            read_sweep(path, confirm=lambda runs: True)
        else:
            read_scenario(path)
    declared_editions()
    return len(files)


def check_project(*, write: bool, site: bool, against: str = "") -> dict[str, str]:
    """Check data, notebooks, pages, scenarios, configuration and courses.

    Parameters
    ----------
    write : bool
        Write data/datapackage.json and the columns in data/README.md again first.
    site : bool
        Check the built site too.
    against : str
        A commit with whose digits those of the data are compared; '' for the last one.

    Returns
    -------
    dict of str to str
        What was checked, and how much of it.

    Raises
    ------
    DataError, ParameterError, NotebookError, LessonError or SiteError
        For the first thing that is wrong.
    """
    if write:
        PACKAGE.write_text(described(), encoding="utf-8")
        README.write_text(documented(), encoding="utf-8")
    rows = check_all()
    check_digits(against)
    found = {
        "data": f"{len(rows)} files, {sum(rows.values())} rows",
        "notebooks": f"{_check_notebooks()} notebooks",
        "pages": f"{check_pages()} pages",
        "scenarios": f"{_check_scenarios()} scenarios and sweeps",
        "configuration": f"{_check_configuration()} sections of _config.yml",
    }
    check_notebooks_are_named()
    _check_titles()
    check_english()
    if courses.COURSES_FILE.exists():
        found["courses"] = f"{len(courses.read_courses())} courses"
    if site:
        found["site"] = f"{check_site(paths.SITE)} pages"
    return found
