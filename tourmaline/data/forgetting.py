"""Forget what was read of data/: for a process that outlives an edit of it."""

from __future__ import annotations

import sys

KEPT = "_checked"  # what a content is, whatever file holds it


def forget_data() -> None:
    """Empty what the modules of `tourmaline.data` remember of the files they have read, but for what they know by content."""
    for name, module in list(sys.modules.items()):
        if name.startswith("tourmaline.data"):
            for value in list(vars(module).values()):
                if hasattr(value, "cache_clear") and value.__name__ != KEPT:
                    value.cache_clear()
