"""Patient data that are public, with two groups each: on these the reconstruction is measured."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import pandas as pd
from lifelines import datasets

from tourmaline import paths
from tourmaline.data.survival import DAYS_A_MONTH

# Randomised trials of R's package survival, written by randomised.R: set, time, event, group.
RANDOMISED = paths.PUBLIC / "randomised.csv"
# Further sets of R's survival on which no constant of the method was chosen, written by held_out.R: columns as above.
HELD_OUT = paths.PUBLIC / "held_out.csv"


@dataclass(frozen=True)
class PublicSet:
    """One public set with two groups.

    Attributes
    ----------
    name, groups, shape : str
        Name of the set; what the groups are (control, then experimental); why it was chosen.
    load : callable
        Gives the set as it is shipped.
    columns : callable
        Takes that set and gives time, event and group (True for the second).
    unit : str
        Of the times that `columns` gives.
    source : str
        As it is given where the set comes from.
    shipped : str
        With what it comes.
    held_out : bool
        Whether no constant of the method was chosen on it.
    """

    name: str
    groups: str
    shape: str
    load: Callable
    columns: Callable
    unit: str
    source: str
    shipped: str = "lifelines"
    held_out: bool = False

    def patients(self) -> pd.DataFrame:
        """The patients: time, event (bool) and group (bool)."""
        time, event, group = self.columns(self.load())
        frame = pd.DataFrame({"time": time.astype(float), "event": event.astype(bool), "group": group.astype(bool)})
        return frame[frame["time"] > 0].reset_index(drop=True)


def _of_r(path, name):
    """One set of those of R's survival that a file holds."""
    frame = pd.read_csv(path)
    return frame[frame["set"] == name]


def _in_months(frame):
    """Time, event and group of a set with times in days."""
    return frame["time"] / DAYS_A_MONTH, frame["event"], frame["group"]


def _as_given(frame):
    return frame["time"], frame["event"], frame["group"]


PUBLIC_SETS = (
    PublicSet(
        "gbsg2",
        "no hormone therapy, hormone therapy",
        "large; moderate censoring",
        datasets.load_gbsg2,
        lambda d: (d["time"] / DAYS_A_MONTH, d["cens"], d["horTh"] == "yes"),
        "months",
        "Sauerbrei and Royston 1999; Schumacher et al. 1994",
    ),
    PublicSet(
        "lung",
        "men, women",
        "little censoring",
        datasets.load_lung,
        lambda d: (d["time"] / DAYS_A_MONTH, d["status"], d["sex"] == 1),
        "months",
        "Loprinzi et al. 1994",
        held_out=True,
    ),
    PublicSet(
        "leukaemia",
        "treatment, control",
        "small; strong effect",
        datasets.load_leukemia,
        lambda d: (d["t"], d["status"], d["Rx"] == 0),
        "weeks",
        "Anderson's data, as used by Kleinbaum",
    ),
    PublicSet(
        "kidney transplants",
        "white, black",
        "few events; heavy censoring",
        datasets.load_kidney_transplant,
        lambda d: (d["time"] / DAYS_A_MONTH, d["death"], (d["black_male"] + d["black_female"]) == 1),
        "months",
        "Klein and Moeschberger 1997, D.3",
        held_out=True,
    ),
    PublicSet(
        "rossi",
        "no aid, financial aid",
        "few events; everybody followed for a year",
        datasets.load_rossi,
        lambda d: (d["week"], d["arrest"], d["fin"] == 1),
        "weeks",
        "Rossi, Berk and Lenihan 1980",
    ),
    PublicSet(
        "larynx",
        "stage III or IV, stage I or II",
        "small; converging hazards",
        datasets.load_larynx,
        lambda d: (d["time"] * 12, d["death"], (d["Stage_III"] + d["Stage_IV"]) == 0),
        "months",
        "larynx cancer, shipped with lifelines without a reference",
        held_out=True,
    ),
    PublicSet(
        "waltons",
        "miR-137, control",
        "hazard that rises steeply; hardly any censoring",
        datasets.load_waltons,
        lambda d: (d["T"], d["E"], d["group"] == "control"),
        "days",
        "Drosophila genotypes, shipped with lifelines without a reference",
    ),
    PublicSet(
        "lymphoma",
        "stage IV, stage III",
        "small; early events",
        datasets.load_lymphoma,
        lambda d: (d["Time"] / DAYS_A_MONTH, d["Censor"], d["Stage_group"] == 1),
        "months",
        "StatsDirect, log-rank test",
        held_out=True,
    ),
    PublicSet(
        "gbsg2 by menopause",
        "before, after menopause",
        "crossing hazards",
        datasets.load_gbsg2,
        lambda d: (d["time"] / DAYS_A_MONTH, d["cens"], d["menostat"] == "Post"),
        "months",
        "Sauerbrei and Royston 1999; Schumacher et al. 1994",
    ),
    PublicSet(
        "lymph node",
        "no hormone therapy, hormone therapy",
        "overall survival of the women of gbsg2; heavy censoring",
        datasets.load_lymph_node,
        lambda d: (d["survtime"] / DAYS_A_MONTH, d["censdead"], d["hormone"] == 2),
        "months",
        "Schmoor et al. 2000; Schumacher et al. 1994",
    ),
    PublicSet(
        "colon, recurrence",
        "observation, levamisole with fluorouracil",
        "trial; most recur early, later hardly anybody",
        partial(_of_r, RANDOMISED, "colon, recurrence"),
        _in_months,
        "months",
        "Moertel et al. 1990, 1991",
        shipped="R's survival",
    ),
    PublicSet(
        "colon, death",
        "observation, levamisole with fluorouracil",
        "trial; overall survival",
        partial(_of_r, RANDOMISED, "colon, death"),
        _in_months,
        "months",
        "Moertel et al. 1990, 1991",
        shipped="R's survival",
    ),
    PublicSet(
        "pbc",
        "placebo, D-penicillamine",
        "trial; survival rates that hardly differ",
        partial(_of_r, RANDOMISED, "pbc"),
        _in_months,
        "months",
        "Therneau and Grambsch 2000",
        shipped="R's survival",
    ),
    PublicSet(
        "myeloid",
        "arm A, arm B",
        "simulated after a trial; early deaths, then a plateau",
        partial(_of_r, RANDOMISED, "myeloid"),
        _in_months,
        "months",
        "Le-Rademacher et al. 2018",
        shipped="R's survival",
    ),
    PublicSet(
        "retinopathy",
        "untreated eyes, treated eyes",
        "trial of eyes; heavy censoring",
        partial(_of_r, RANDOMISED, "retinopathy"),
        _as_given,
        "months",
        "Huster, Brookmeyer and Self 1989",
        shipped="R's survival",
    ),
    PublicSet(
        "rotterdam, recurrence",
        "no chemotherapy, chemotherapy",
        "large; women with positive nodes, recurrence or death",
        partial(_of_r, HELD_OUT, "rotterdam, recurrence"),
        _in_months,
        "months",
        "Royston and Altman 2013",
        shipped="R's survival",
        held_out=True,
    ),
    PublicSet(
        "rotterdam, death",
        "no hormone therapy, hormone therapy",
        "large; women with positive nodes, older with the therapy",
        partial(_of_r, HELD_OUT, "rotterdam, death"),
        _in_months,
        "months",
        "Royston and Altman 2013",
        shipped="R's survival",
        held_out=True,
    ),
    PublicSet(
        "mgus2",
        "men, women",
        "large; long follow-up",
        partial(_of_r, HELD_OUT, "mgus2"),
        _as_given,
        "months",
        "Kyle et al. 2002",
        shipped="R's survival",
        held_out=True,
    ),
    PublicSet(
        "flchain",
        "men, women",
        "large; aged 75 or more, many deaths",
        partial(_of_r, HELD_OUT, "flchain"),
        _in_months,
        "months",
        "Dispenzieri et al. 2012",
        shipped="R's survival",
        held_out=True,
    ),
    PublicSet(
        "nwtco",
        "unfavourable, favourable histology",
        "large; stage III or IV, early relapses, then a plateau",
        partial(_of_r, HELD_OUT, "nwtco"),
        _in_months,
        "months",
        "Breslow and Chatterjee 1999",
        shipped="R's survival",
        held_out=True,
    ),
    PublicSet(
        "transplant",
        "blood group O, A",
        "waiting for a liver: most leave early",
        partial(_of_r, HELD_OUT, "transplant"),
        _in_months,
        "months",
        "Kim et al. 2006",
        shipped="R's survival",
        held_out=True,
    ),
    PublicSet(
        "rats",
        "untreated, treated",
        "trial of litters; few events, late; heavy censoring at one time",
        partial(_of_r, HELD_OUT, "rats"),
        _as_given,
        "weeks",
        "Mantel, Bohidar and Ciminera 1977",
        shipped="R's survival",
        held_out=True,
    ),
    PublicSet(
        "cgd",
        "placebo, interferon gamma",
        "trial; first infection, small",
        partial(_of_r, HELD_OUT, "cgd"),
        _in_months,
        "months",
        "Fleming and Harrington 1991",
        shipped="R's survival",
        held_out=True,
    ),
    PublicSet(
        "udca",
        "placebo, ursodeoxycholic acid",
        "trial; the first of eight events",
        partial(_of_r, HELD_OUT, "udca"),
        _in_months,
        "months",
        "Lindor et al. 1994",
        shipped="R's survival",
        held_out=True,
    ),
    PublicSet(
        "bladder",
        "placebo, thiotepa",
        "trial; small; first recurrence",
        partial(_of_r, HELD_OUT, "bladder"),
        _as_given,
        "months",
        "Wei, Lin and Weissfeld 1989",
        shipped="R's survival",
        held_out=True,
    ),
    PublicSet(
        "veteran",
        "standard, test chemotherapy",
        "trial; small; hardly any censoring, early deaths",
        partial(_of_r, HELD_OUT, "veteran"),
        _in_months,
        "months",
        "Kalbfleisch and Prentice 1980",
        shipped="R's survival",
        held_out=True,
    ),
    PublicSet(
        "ovarian",
        "cyclophosphamide, with adriamycin",
        "trial; thirteen patients an arm",
        partial(_of_r, HELD_OUT, "ovarian"),
        _in_months,
        "months",
        "Edmunson et al. 1979",
        shipped="R's survival",
        held_out=True,
    ),
    PublicSet(
        "kidney catheters",
        "men, women",
        "very small; first infection of a catheter",
        partial(_of_r, HELD_OUT, "kidney catheters"),
        _in_months,
        "months",
        "McGilchrist and Aisbett 1991",
        shipped="R's survival",
        held_out=True,
    ),
)
