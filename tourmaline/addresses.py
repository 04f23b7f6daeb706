"""The two addresses of a published report: that of its repository, and that of the folder where its pages stand."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

ADDRESS = re.compile(r"https?://[\w.-]+(:\d+)?(/[\w.~-]+)*/?", re.ASCII)
FORGES = ("github.com", "gitlab.com", "codeberg.org", "bitbucket.org")
SITES = (".github.io", ".gitlab.io", ".codeberg.page")  # of what these forges publish
OWNER_AND_NAME = ("github.com", "codeberg.org", "bitbucket.org")  # gitlab.com has groups within groups
HERE = ("localhost", "127.0.0.1")
FILE = re.compile(r".*\.(html?|xml|md|pdf|php)", re.IGNORECASE)


def _taken_apart(word: str) -> tuple[str, list[str]]:
    """Host and parts of an address."""
    if not ADDRESS.fullmatch(word):
        raise ValueError("it is not of the form https://host/part/part")
    address = urlsplit(word)
    host = (address.hostname or "").removeprefix("www.")
    if address.scheme != "https" and host not in HERE:
        raise ValueError("it begins with http, not https")
    if "." not in host and host not in HERE:
        raise ValueError(f"{host} is not a whole name of a host")
    return host, [part for part in address.path.split("/") if part]


def repository_address(word: str) -> str:
    """The address of a repository, without the `/` or `.git` with which it may be copied; '' for ''.

    Raises
    ------
    ValueError
        If it is not one; says why.

    Examples
    --------
    >>> repository_address("https://github.com/owner/name.git/")
    'https://github.com/owner/name'
    """
    if not word:
        return ""
    address = word.removesuffix("/").removesuffix(".git")
    host, parts = _taken_apart(address)
    if host.endswith(SITES):
        raise ValueError(f"{host} publishes pages, and holds no repository")
    if len(parts) < 2 or (host in OWNER_AND_NAME and len(parts) > 2) or "-" in parts:
        raise ValueError(f"after {host} it needs owner and name, and nothing else")
    return address


def folder_address(word: str) -> str:
    """The address of a folder, with a `/` at its end; '' for ''.

    Raises
    ------
    ValueError
        If it is not one where pages can stand; says why.

    Examples
    --------
    >>> folder_address("https://owner.github.io/name")
    'https://owner.github.io/name/'
    """
    if not word:
        return ""
    host, parts = _taken_apart(word)
    if host in FORGES:
        raise ValueError(f"{host} holds the repository, and its pages have another host")
    if parts and FILE.fullmatch(parts[-1]):
        raise ValueError(f"{parts[-1]} is a file, not a folder")
    return f"{word.rstrip('/')}/"
