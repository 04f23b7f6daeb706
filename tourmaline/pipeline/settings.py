"""Two settings of _config.yml: the address of the report's repository, and that of the folder where the book is published."""

from __future__ import annotations

import re
from typing import Any

from tourmaline import paths
from tourmaline.errors import SiteError
from tourmaline.yaml_files import load_yaml

SETTING = "tourmaline_repository"  # under sphinx, config
ADDRESS = re.compile(r"https://[\w.-]+(:\d+)?(/[\w.~-]+)+")
FOLDER = re.compile(r"https?://[\w.-]+(:\d+)?(/[\w.~-]+)*/?")


def _setting(*keys: str) -> str:
    """A setting of _config.yml; '' where it, or a part on the way, is absent or empty."""
    found: Any = load_yaml(paths.ROOT / "_config.yml", error=SiteError)
    for key in keys:
        found = found.get(key) if isinstance(found, dict) else None
    return "" if found is None else str(found)


def repository() -> str:
    """The address of the repository, without a stroke at its end; '' while it is not set.

    Raises
    ------
    SiteError
        If it is not an address of a repository.
    """
    address = _setting("sphinx", "config", SETTING)
    if address and not ADDRESS.fullmatch(address):
        raise SiteError(
            f"{SETTING} is {address!r}, which is not an address of a repository",
            where="_config.yml",
            remedy="Give https://host/owner/name, or leave it empty.",
        )
    return address.removesuffix("/")


def base_address() -> str:
    """The address of the folder where the book is published, with a stroke at its end; '' while it is not set.

    Raises
    ------
    SiteError
        If it is not the whole address of a folder.
    """
    address = _setting("html", "baseurl")
    if address and not FOLDER.fullmatch(address):
        raise SiteError(
            f"baseurl is {address!r}, which is not the address of a folder",
            where="_config.yml, html",
            remedy="Give the whole address, as in https://example.org/book/, or leave it out.",
        )
    return f"{address.rstrip('/')}/" if address else ""
