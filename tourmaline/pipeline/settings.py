"""Two settings of _config.yml: the address of the report's repository, and that of the folder where the book is published."""

from __future__ import annotations

from typing import Any

from tourmaline import paths
from tourmaline.addresses import folder_address, repository_address
from tourmaline.errors import SiteError
from tourmaline.yaml_files import load_yaml

SETTING = "tourmaline_repository"  # under sphinx, config


def _setting(*keys: str) -> str:
    """A setting of _config.yml; '' where it, or a part on the way, is absent or empty."""
    found: Any = load_yaml(paths.ROOT / "_config.yml", error=SiteError)
    for key in keys:
        found = found.get(key) if isinstance(found, dict) else None
    return "" if found is None else str(found)


def repository() -> str:
    """The address of the repository, as `repository_address` gives it; '' while it is not set.

    Raises
    ------
    SiteError
        If it is not an address of a repository.
    """
    word = _setting("sphinx", "config", SETTING)
    try:
        return repository_address(word)
    except ValueError as error:
        raise SiteError(
            f"{SETTING} is {word!r}, which is not an address of a repository: {error}",
            where="_config.yml",
            remedy="Give https://host/owner/name, or leave it empty.",
        ) from None


def base_address() -> str:
    """The address of the folder where the book is published, with a stroke at its end; '' while it is not set.

    Raises
    ------
    SiteError
        If it is not the whole address of a folder.
    """
    word = _setting("html", "baseurl")
    try:
        return folder_address(word)
    except ValueError as error:
        raise SiteError(
            f"baseurl is {word!r}, which is not the address of a folder: {error}",
            where="_config.yml, html",
            remedy="Give the whole address, as in https://owner.github.io/name/, or leave it out.",
        ) from None
