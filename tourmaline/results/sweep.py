"""Read the runs of a sweep of the book, which the build makes before the notebooks that sum one up."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tourmaline import paths
from tourmaline.errors import ResultError, nearest

if TYPE_CHECKING:
    import pandas as pd

TABLE = "runs.csv"


def sweep(name: str) -> pd.DataFrame:
    """The runs of a sweep, one row each: its parameters, and its published values with the ends of their intervals.

    Parameters
    ----------
    name : str
        Name of a sweep file of the book, without its folder and ending.

    Returns
    -------
    DataFrame
        Columns: the parameters (a list as its words between commas), and for each published value its name, name.lower
        and name.upper (nan where there is none).

    Raises
    ------
    ResultError
        If the build has made no such sweep.
    """
    import pandas as pd

    place = paths.SWEEPS / name / TABLE
    if not place.exists():
        known = sorted(found.parent.name for found in paths.SWEEPS.glob(f"[!.]*/{TABLE}"))
        raise ResultError(
            f"there are no runs of a sweep {name!r}", remedy=f"{nearest(name, known)} Run `make book`.".strip()
        )
    return pd.read_csv(place)
