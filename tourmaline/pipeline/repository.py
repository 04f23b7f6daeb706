"""The address of the report's repository: one setting, from which launch links, citation and metadata follow."""

from __future__ import annotations

import re

from tourmaline import paths
from tourmaline.errors import SiteError
from tourmaline.yaml_files import load_yaml

SETTING = "tourmaline_repository"  # in _config.yml, under sphinx, config
ADDRESS = re.compile(r"https://[\w.-]+(:\d+)?(/[\w.~-]+)+")


def repository() -> str:
    """The address, without a stroke at its end; '' while it is not set.

    Raises
    ------
    SiteError
        If it is not an address of a repository.
    """
    configuration = load_yaml(paths.ROOT / "_config.yml", error=SiteError)
    address = configuration.get("sphinx", {}).get("config", {}).get(SETTING) or ""
    if address and not ADDRESS.fullmatch(address):
        raise SiteError(
            f"{SETTING} is {address!r}, which is not an address of a repository",
            where="_config.yml",
            remedy="Give https://host/owner/name, or leave it empty.",
        )
    return address.removesuffix("/")
