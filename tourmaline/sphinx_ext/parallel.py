"""Pages are read on all cores, though one extension of Jupyter Book does not say that they may be.

sphinx_multitoc_numbering numbers sections when all pages have been read, in one process; it keeps nothing of a page.
"""

from __future__ import annotations

from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment

SILENT_EXTENSION = "sphinx_multitoc_numbering"


def _declare(app: Sphinx, env: BuildEnvironment, docnames: list[str]) -> None:
    if SILENT_EXTENSION in app.extensions:
        app.extensions[SILENT_EXTENSION].parallel_read_safe = True


def setup(app: Sphinx) -> None:
    app.connect("env-before-read-docs", _declare)
