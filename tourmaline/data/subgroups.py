"""Hazard ratios in subgroups, as printed, across the trials."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from tourmaline.data.comparison import printed_ratio
from tourmaline.data.evidence import analyses, evidence, fact, trials

# Factor, then level, of the populations that stand in analyses.csv.
FACTORS = {
    "high-risk-cytogenetics": ("Cytogenetic risk", "high"),
    "standard-risk-cytogenetics": ("Cytogenetic risk", "standard"),
    "1-prior": ("Earlier lines", "one"),
    "2-or-more-prior": ("Earlier lines", "two or more"),
    "1-prior-no-transplant": ("Earlier lines", "one, no transplant"),
    "1-prior-transplant": ("Earlier lines", "one, with transplant"),
    "2-3-prior": ("Earlier lines", "two or three"),
    "pi-exposed": ("Earlier proteasome inhibitor", "yes"),
    "pi-naive": ("Earlier proteasome inhibitor", "no"),
    "imid-exposed": ("Earlier immunomodulatory drug", "yes"),
    "imid-naive": ("Earlier immunomodulatory drug", "no"),
}


def subgroup_ratios(names: Sequence[str], endpoint: str, as_of: str = "latest") -> pd.DataFrame:
    """The printed hazard ratios of subgroups: one row a factor, trial and level.

    Parameters
    ----------
    names : sequence of str
        Names of trials.
    endpoint : str
        'pfs' or 'os'.
    as_of : str
        A date (YYYY-MM-DD), or 'latest'.

    Returns
    -------
    DataFrame
        factor, name, level_name, analysis, and the columns of `hazard_ratios` from hazard_ratio to claim; patients
        (both arms; NA where not printed). Empty where nothing is printed.
    """
    facts, frame = evidence(as_of), analyses()
    key_of = {name: key for key, name in trials()["name"].items()}
    rows = []
    for population, (factor, level) in FACTORS.items():
        for name in names:
            found = frame[
                (frame["trial"] == key_of[name]) & (frame["endpoint"] == endpoint) & (frame["population"] == population)
            ]
            for analysis in found.index:
                if fact(facts, analysis, "hazard_ratio", "comparison") is None:
                    continue
                both = fact(facts, analysis, "n", "overall", "patients")
                arms = [fact(facts, analysis, "n", arm, "patients") for arm in ("experimental", "control")]
                parts = arms if both is None else [both]
                patients = pd.NA if any(part is None for part in parts) else sum(int(part["value"]) for part in parts)
                rows.append(
                    {"factor": factor, "name": name, "level_name": level, "analysis": frame.loc[analysis, "label"]}
                    | printed_ratio(facts, analysis)
                    | {"patients": patients}
                )
    order = list(dict.fromkeys(factor for factor, _ in FACTORS.values()))
    rows.sort(key=lambda row: (order.index(row["factor"]), list(names).index(row["name"])))
    return pd.DataFrame(rows)
