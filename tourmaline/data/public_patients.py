"""Patient data that are public, with two groups each: on these the reconstruction is measured.

`public/sets.csv` says what they are. Those of R's survival stand beside it: randomised.csv holds trials, and held_out.csv sets on
which no constant of the method was chosen, written by the .R files of those names. The others come with lifelines.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd
from lifelines import datasets

from tourmaline import paths
from tourmaline.data.survival import DAYS_A_MONTH


@dataclass(frozen=True)
class PublicSet:
    """One public set with two groups.

    Attributes
    ----------
    name, groups, shape : str
        Name of the set; what the groups are (control, then experimental); why it was chosen.
    load : str
        File in `public` that holds it, or its name in lifelines.
    time, event, group : str
        What is computed of its columns; @days are the days of a month.
    unit : str
        Of the resulting times.
    source : str
        As it is given where the set comes from.
    held_out : bool
        Whether no constant of the method was chosen on it.
    """

    name: str
    groups: str
    shape: str
    load: str
    time: str
    event: str
    group: str
    unit: str
    source: str
    held_out: bool

    @property
    def shipped(self) -> str:
        """With what it comes."""
        return "R's survival" if self.load.endswith(".csv") else "lifelines"

    def patients(self) -> pd.DataFrame:
        """The patients: time, event (bool) and group (bool)."""
        if self.load.endswith(".csv"):
            shipped = pd.read_csv(paths.PUBLIC / self.load).query("set == @self.name")
        else:
            shipped = getattr(datasets, f"load_{self.load}")()
        time, event, group = (
            shipped.eval(of, local_dict={"days": DAYS_A_MONTH}) for of in (self.time, self.event, self.group)
        )
        frame = pd.DataFrame({"time": time.astype(float), "event": event.astype(bool), "group": group.astype(bool)})
        return frame[frame["time"] > 0].reset_index(drop=True)


PUBLIC_SETS = tuple(
    PublicSet(**row | {"held_out": row["held_out"] == "yes"})
    for row in pd.read_csv(paths.PUBLIC / "sets.csv", dtype=str).to_dict("records")
)


def public_sets(names: Sequence[str]) -> tuple[PublicSet, ...]:
    """The public sets of some names, in their own order; `all` stands for all.

    Examples
    --------
    >>> [one.name for one in public_sets(["lung", "gbsg2"])], len(public_sets(["all"])) == len(PUBLIC_SETS)
    (['gbsg2', 'lung'], True)
    """
    return tuple(one for one in PUBLIC_SETS if one.name in names or "all" in names)


def reconstructed_by_guyot() -> dict[str, pd.DataFrame]:
    """What the algorithm of Guyot and others made of the public sets' curves, by set: time, event (bool) and group (bool).

    A set of which it did not reconstruct both arms is missing. `benchmarks/guyot.py` says what the algorithm was given.

    References
    ----------
    Guyot P, Ades AE, Ouwens MJNM, Welton NJ. BMC Med Res Methodol 2012;12:9. doi:10.1186/1471-2288-12-9
    Baio G. survHE. J Stat Softw 2020;95(14). doi:10.18637/jss.v095.i14
    """
    found = {}
    for name, own in pd.read_csv(paths.PUBLIC / "guyot.csv").groupby("set", sort=False):
        if own["group"].nunique() == 2:
            own = own.melt(["group", "time"], ["events", "censored"], "event", "patients")
            each = own.loc[own.index.repeat(own["patients"])].reset_index(drop=True)
            found[name] = pd.DataFrame(
                {"time": each["time"], "event": each["event"] == "events", "group": each["group"] == 1}
            )
    return found
