"""The data room: load and validate data/, and answer what was known by a date.

Each name is imported when it is first asked for: what reads no table, such as the site, need not wait for pandas.
"""

from importlib import import_module
from typing import Any

_PLACES = {
    "tourmaline.data.claims": ("claim",),
    "tourmaline.data.comparison": ("SILENT", "reported_intervals"),
    "tourmaline.data.evidence": ("analyses", "sources", "trials"),
    "tourmaline.data.files": ("load",),
    "tourmaline.data.judgements": ("certainty", "indirect_confidence", "not_judged", "risk_of_bias"),
    "tourmaline.data.known": ("Evidence", "known_by"),
    "tourmaline.data.subgroups": ("subgroup_coverage",),
    "tourmaline.data.survival": ("information_level",),
    "tourmaline.data.tables": ("TWO_BY_TWO", "as_printed", "counts", "paper_table", "printed_cell"),
}
_MODULES = {name: module for module, names in _PLACES.items() for name in names}
__all__ = sorted(_MODULES)


def __getattr__(name: str) -> Any:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_MODULES[name]), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
