"""A sweep as one table: CSV, or Parquet where pyarrow is installed."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pandas as pd

from tourmaline.errors import ParameterError, SweepError
from tourmaline.pipeline.sweeps.store import Store

ENDINGS = (".csv", ".parquet")


def export(database: Path, target: Path) -> int:
    """Write one row a run, with its parameters, state, seconds, error and values; returns the number of runs.

    Raises
    ------
    ParameterError
        If there is no such database, or the ending of the target is neither .csv nor .parquet.
    SweepError
        If the database is of another kind, or Parquet is asked for without pyarrow.
    """
    if target.suffix not in ENDINGS:
        raise ParameterError(f"{target.name} is neither CSV nor Parquet", remedy=f"End it with {' or '.join(ENDINGS)}.")
    if not database.exists():
        raise ParameterError(f"there is no {database}", remedy="Run the sweep first: tourmaline sweep FILE.")
    with Store(database) as store:
        frame = pd.DataFrame(store.rows())
    target.parent.mkdir(parents=True, exist_ok=True)
    if target.suffix == ".csv":
        frame.to_csv(target, index=False, lineterminator="\n")
    elif importlib.util.find_spec("pyarrow") is None:
        raise SweepError("Parquet needs pyarrow", remedy="Install it (pip install pyarrow), or export to .csv.")
    else:
        frame.to_parquet(target, engine="pyarrow", index=False)
    return len(frame)
