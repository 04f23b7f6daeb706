"""How a page shows a result: roles for values, directives for figures, tables and the edition; formulas without scripts."""

from __future__ import annotations

import importlib
import pkgutil
from typing import Any

from sphinx.application import Sphinx

from tourmaline import __version__


def setup(app: Sphinx) -> dict[str, Any]:
    """Register everything with Sphinx: each module of this package, in the order of their names."""
    for module in pkgutil.iter_modules(__path__):
        importlib.import_module(f"{__name__}.{module.name}").setup(app)
    return {"version": __version__, "parallel_read_safe": True, "parallel_write_safe": True}
