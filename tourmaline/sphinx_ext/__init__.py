"""How a page shows a result: roles for values, directives for figures, tables and the edition; formulas without scripts."""

from __future__ import annotations

from typing import Any

from sphinx.application import Sphinx

from tourmaline import __version__
from tourmaline.sphinx_ext import (
    benchmarks,
    editions,
    exercises,
    explorer,
    formulas,
    launch,
    lessons,
    missing,
    notebook_cells,
    parallel,
    published,
    sharing,
    shown_index,
    site_files,
    stamp,
    typed_numbers,
    when,
)

MODULES = (
    benchmarks,
    editions,
    exercises,
    explorer,
    formulas,
    launch,
    lessons,
    missing,
    notebook_cells,
    parallel,
    published,
    sharing,
    shown_index,
    site_files,
    stamp,
    typed_numbers,
    when,
)


def setup(app: Sphinx) -> dict[str, Any]:
    """Register everything with Sphinx."""
    for module in MODULES:
        module.setup(app)
    return {"version": __version__, "parallel_read_safe": True, "parallel_write_safe": True}
