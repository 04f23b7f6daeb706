"""The pure-Python packages that notebooks import, as one archive: taken from this environment, which the lock installed by hash.

Only what runs without a compiler is taken, so that a browser has the same versions as a computer. What a package compiles (numpy, scipy,
pandas, matplotlib) is part of the runtime.
"""

from __future__ import annotations

import base64
import hashlib
from importlib import metadata
from pathlib import Path

from tourmaline.errors import SiteError

# Of statsmodels only what the intervals of two proportions need: the rest is compiled.
STATSMODELS = (
    "statsmodels/__init__.py",
    "statsmodels/_version.py",
    "statsmodels/compat/",
    "statsmodels/stats/",
    "statsmodels/tools/",
)
# What is taken of each distribution; and of all of them, tests and what has been compiled are left out.
PACKAGES: dict[str, tuple[str, ...]] = {
    "autograd": ("autograd/",),
    "autograd-gamma": ("autograd_gamma/",),
    "formulaic": ("formulaic/",),
    "interface-meta": ("interface_meta/",),
    "latexcodec": ("latexcodec/",),
    "lifelines": ("lifelines/",),
    "narwhals": ("narwhals/",),
    "pybtex": ("pybtex/",),
    "pyyaml": ("yaml/",),
    "seaborn": ("seaborn/",),
    "statsmodels": STATSMODELS,
    "typing-extensions": ("typing_extensions.py",),
    "wrapt": ("wrapt/",),
}
LEFT_OUT = ("/tests/", "__pycache__")
KINDS = (".py", ".csv", ".json", ".typed")
LICENCES = ("LICEN", "COPYING", "NOTICE", "AUTHORS", "METADATA")


def _content(file: metadata.PackagePath) -> bytes:
    """The file, as it was installed."""
    content = Path(file.locate()).read_bytes()
    if file.hash and file.hash.mode == "sha256":
        found = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
        if found != file.hash.value:
            raise SiteError(
                "it is not the file that was installed",
                where=str(file),
                remedy="Install the environment again: remove .venv, then make book.",
            )
    return content


def pure_packages() -> dict[str, bytes]:
    """The files of the packages, by name, with their licences.

    Raises
    ------
    SiteError
        For a package that is not installed, or a file that was changed since.
    """
    files = {}
    for name, parts in PACKAGES.items():
        try:
            installed = metadata.files(name) or []
        except metadata.PackageNotFoundError:
            raise SiteError(
                f"the package {name} is not installed", remedy="Set the environment up: make book."
            ) from None
        for file in installed:
            place = file.as_posix()
            taken = (
                place.startswith(parts) and place.endswith(KINDS) and not any(part in f"/{place}" for part in LEFT_OUT)
            )
            if taken or (".dist-info/" in place and file.name.startswith(LICENCES)):
                files[place] = _content(file)
    return files
