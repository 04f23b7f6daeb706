"""Check what the build relies on: the data, the notebooks, the configuration, and on request the built site."""

from __future__ import annotations

from importlib import resources

import jsonschema
import nbformat
import yaml

from tourmaline import parameters, paths
from tourmaline.data.check import check_all
from tourmaline.data.package import PACKAGE, described
from tourmaline.errors import NotebookError, SiteError
from tourmaline.pipeline.notebooks import all_notebooks
from tourmaline.pipeline.site_check import check_site


def _check_notebooks() -> int:
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
    return len(notebooks)


def _check_configuration() -> int:
    """Jupyter Book says nothing of a key it does not know; so every key of _config.yml must stand in its defaults."""
    known = yaml.safe_load(resources.files("jupyter_book").joinpath("default_config.yml").read_text(encoding="utf-8"))
    try:
        ours = yaml.safe_load((paths.ROOT / "_config.yml").read_text(encoding="utf-8"))
    except yaml.YAMLError as error:
        raise SiteError(f"it is no YAML: {error}", where="_config.yml", remedy="Mind colons and indents.") from None
    schema = yaml.safe_load(resources.files("jupyter_book").joinpath("config_schema.json").read_text(encoding="utf-8"))
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
    return len(ours)


def check_project(*, write: bool, site: bool) -> dict[str, str]:
    """Check data, notebooks and configuration.

    Parameters
    ----------
    write : bool
        Write data/datapackage.json anew first.
    site : bool
        Check the built site too.

    Returns
    -------
    dict of str to str
        What was checked, and how much of it.

    Raises
    ------
    DataError, ParameterError, NotebookError or SiteError
        For the first thing that is wrong.
    """
    if write:
        PACKAGE.write_text(described(), encoding="utf-8")
    rows = check_all()
    found = {
        "data": f"{len(rows)} files, {sum(rows.values())} rows",
        "notebooks": f"{_check_notebooks()} notebooks",
        "configuration": f"{_check_configuration()} sections of _config.yml",
    }
    if site:
        found["site"] = f"{check_site(paths.SITE)} pages"
    return found
