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


def _configuration() -> dict[str, Any]:
    return load_yaml(paths.ROOT / "_config.yml", error=SiteError)


def repository() -> str:
    """The address of the repository, without a stroke at its end; '' while it is not set.

    Raises
    ------
    SiteError
        If it is not an address of a repository.
    """
    address = _configuration().get("sphinx", {}).get("config", {}).get(SETTING) or ""
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
    address = _configuration().get("html", {}).get("baseurl") or ""
    if address and not FOLDER.fullmatch(address):
        raise SiteError(
            f"baseurl is {address!r}, which is not the address of a folder",
            where="_config.yml, html",
            remedy="Give the whole address, as in https://example.org/book/, or leave it out.",
        )
    return f"{address.rstrip('/')}/" if address else ""
