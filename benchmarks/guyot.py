"""Write what Guyot's algorithm needs of every public set: the coordinates of each arm's curve, numbers at risk, events.

    python -m benchmarks.guyot FOLDER
    Rscript benchmarks/guyot.R digitise.R FOLDER tourmaline/data/public/guyot.csv

The coordinates are those that a reconstruction at level 4 is given. A point at each month of the risk table is added, on the curve:
the algorithm counts patients from the first coordinate at or after such a month.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import pandas as pd

from tourmaline.data.public_patients import PUBLIC_SETS
from tourmaline.statistics.reconstruction.accuracy.measures import TruePatients, publish


def coordinates(summary) -> pd.DataFrame:
    """Time and survival of one arm, one row a time, with a row at each month of its risk table."""
    curve, columns = summary.curve, np.array([month for month, _ in summary.at_risk])
    columns = columns[columns <= curve.months[-1]]
    at = np.searchsorted(curve.months, columns, side="right") - 1
    points = pd.DataFrame(
        {
            "time": np.concatenate([curve.months, columns]),
            "survival": np.concatenate([curve.survival, curve.survival[at]]),
        }
    )
    return points.groupby("time", as_index=False)["survival"].min()


def main():
    """Write points.csv and at_risk.csv into the folder."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("folder", type=Path)
    folder = options.parse_args().folder
    points, at_risk = [], []
    for one in PUBLIC_SETS:
        trial = publish(TruePatients.of_frame(one.patients()))
        for group, summary in enumerate((trial.control, trial.experimental)):
            points.append(coordinates(summary).assign(set=one.name, group=group))
            counts = pd.DataFrame(summary.at_risk, columns=["time", "patients"])
            at_risk.append(counts.assign(set=one.name, group=group, events=summary.events))
    folder.mkdir(parents=True, exist_ok=True)
    for name, frames in (("points", points), ("at_risk", at_risk)):
        pd.concat(frames).to_csv(folder / f"{name}.csv", index=False)


if __name__ == "__main__":
    main()
