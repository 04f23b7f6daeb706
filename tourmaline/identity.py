"""What the report is: its title, its trial, its paper and its arms, as data/report.toml says. The code names no trial and no drug.

Only the standard library is imported: a build with nothing to do, and a reader's browser, ask here too.
"""

from __future__ import annotations

import csv
import re
import tomllib
from collections.abc import Collection, Mapping
from dataclasses import dataclass, fields
from functools import cache, cached_property
from typing import Any, NoReturn

from tourmaline import paths
from tourmaline.errors import DataError, nearest

NAME = re.compile(r"[a-z0-9][a-z0-9_-]*")  # of an arm, as a part of the ids of reported numbers; of a folder
TABLES = {
    "arms": ("experimental", "control"),
    "pages": ("editions", "changes", "ledger", "given"),
    "characteristics": (),
}
LISTS = ("contrasts", "names")
KINDS = {str: "text in quotation marks", list: "a list of texts", dict: "a table of texts"}


@dataclass(frozen=True)
class Identity:
    """What data/report.toml says; its comments explain each entry.

    Attributes
    ----------
    title, short_title, author, description : str
        Of the report.
    trial, paper, folder : str
        The trial in trials.csv, the paper in references.bib, and the folder of the paper's own tables.
    names, contrasts : tuple of str
        Names that hold a digit, and what published meta-analyses compare.
    arms, characteristics, pages : mapping of str to str
        The arms by role, the labels of baseline characteristics by quantity, and the pages that others link to.
    """

    title: str
    short_title: str
    author: str
    description: str
    trial: str
    paper: str
    folder: str
    names: tuple[str, ...]
    contrasts: tuple[str, ...]
    arms: Mapping[str, str]
    characteristics: Mapping[str, str]
    pages: Mapping[str, str]

    @cached_property
    def registered(self) -> Mapping[str, str]:
        """The trial's row of trials.csv."""
        with (paths.DATA / "evidence" / "trials.csv").open(encoding="utf-8", newline="") as file:
            rows = {row["trial"]: row for row in csv.DictReader(file)}
        if self.trial not in rows:
            _refuse(
                f"there is no trial {self.trial!r}",
                f"{nearest(self.trial, rows)} Add it to evidence/trials.csv.",
                "trial",
            )
        return rows[self.trial]


def _refuse(what: str, remedy: str, key: str = "") -> NoReturn:
    place = paths.relative(paths.REPORT)
    raise DataError(what, where=f"{place}, {key}" if key else place, remedy=remedy.strip())


def _check_keys(content: Mapping[str, Any], known: Collection[str], key: str = "") -> None:
    for name in content:
        if name not in known:
            _refuse(f"there is an unknown key {name!r}", f"{nearest(name, known)} Keys: {', '.join(known)}.", key)
    if missing := [name for name in known if name not in content]:
        _refuse(f"the key {missing[0]!r} is missing", f"Keys: {', '.join(known)}.", key)


def _check_texts(value: Any, kind: type, key: str) -> None:
    """A value is of its kind, and none of its texts is empty."""
    texts = value.values() if isinstance(value, dict) else value if isinstance(value, list) else [value]
    if not isinstance(value, kind) or not texts or not all(isinstance(text, str) and text.strip() for text in texts):
        _refuse(f"{value!r} must be {KINDS[kind]}, not empty", "Correct the value.", key)


@cache
def identity() -> Identity:
    """What the report is.

    Raises
    ------
    DataError
        If the file is not there or is not TOML, for a key that is missing or unknown, a value of another kind, arms that
        cannot be told apart, or a folder that is not there.

    Examples
    --------
    >>> identity().arms["control"], identity().registered["registration"]
    ('placebo', 'NCT01564537')
    """
    try:
        content = tomllib.loads(paths.REPORT.read_text(encoding="utf-8"))
    except FileNotFoundError:
        _refuse("the file is missing", "Restore it, for example with git checkout.")
    except ValueError as error:  # of TOML, and of UTF-8
        _refuse(f"it is not TOML: {error}", "Correct the line; text stands in quotation marks.")
    known = [field.name for field in fields(Identity)]
    _check_keys(content, known)
    for key in known:
        _check_texts(content[key], dict if key in TABLES else list if key in LISTS else str, key)
    for key, names in TABLES.items():
        _check_keys(content[key], names or content[key], key)
    arms = content["arms"]
    for role, arm in arms.items():
        if not NAME.fullmatch(arm):
            _refuse(f"{arm!r} is not a name for an arm", "Use lower-case letters, digits, - and _.", f"arms, {role}")
    if len(set(arms.values())) < len(arms):
        _refuse(f"both arms are called {arms['control']!r}", "Give each its own name.", "arms")
    if not NAME.fullmatch(content["folder"]) or not (paths.DATA / content["folder"]).is_dir():
        _refuse(f"there is no folder data/{content['folder']}", "Name the folder of the paper's tables.", "folder")
    return Identity(**content | {key: tuple(content[key]) for key in LISTS})
