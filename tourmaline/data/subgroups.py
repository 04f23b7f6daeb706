"""Hazard ratios in subgroups, as reported, across the trials."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pandas as pd

from tourmaline.data.comparison import printed_ratio, ratio_in_numbers, words
from tourmaline.data.evidence import analyses, fact, trials
from tourmaline.data.tables import counts

if TYPE_CHECKING:
    from tourmaline.data.known import Evidence

# Factor, then level, of the populations that stand in analyses.csv and can be compared across trials.
FACTORS = {
    "high-risk-cytogenetics": ("Cytogenetic risk", "high"),
    "standard-risk-cytogenetics": ("Cytogenetic risk", "standard"),
    "1-prior": ("Prior lines", "one"),
    "2-or-more-prior": ("Prior lines", "two or more"),
    "1-prior-no-transplant": ("Prior lines", "one, no transplant"),
    "1-prior-transplant": ("Prior lines", "one, with transplant"),
    "2-3-prior": ("Prior lines", "two or three"),
    "pi-exposed": ("Prior proteasome inhibitor", "yes"),
    "pi-naive": ("Prior proteasome inhibitor", "no"),
    "imid-exposed": ("Prior immunomodulatory drug", "yes"),
    "imid-naive": ("Prior immunomodulatory drug", "no"),
}

# The same of those that one trial alone reports.
OWN_FACTORS = FACTORS | {
    "del17p": ("Cytogenetic abnormality", "del(17p)"),
    "t414-alone": ("Cytogenetic abnormality", "t(4;14) alone"),
    "1q21-alone": ("Cytogenetic abnormality", "1q21 alone"),
    "high-risk-or-1q21": ("Cytogenetic abnormality", "high risk or 1q21"),
    "iss-3": ("ISS stage", "III"),
    "age-over-65-to-75": ("Age", "above 65 to 75 years"),
    "age-over-75": ("Age", "above 75 years"),
    "refractory-any-line": ("Refractory", "to any line"),
    "refractory-last-line": ("Refractory", "to the last line"),
}
ORDER = (
    "",
    "Cytogenetic risk",
    "Cytogenetic abnormality",
    "Prior lines",
    "Prior proteasome inhibitor",
    "Prior immunomodulatory drug",
    "Refractory",
    "ISS stage",
    "Age",
    "Other",
)
# The characteristics of the paper's Table 1 by which patients can be grouped, and the factor that compares the groups.
CHARACTERISTICS = {
    "Age": "Age",
    "Male sex": "",
    "White race": "",
    "ECOG performance status score": "",
    "ISS disease stage at study entry": "ISS stage",
    "Creatinine clearance": "",
    "Cytogenetic features": "Cytogenetic risk",
    "Disease category": "",
    "No. of prior therapies": "Prior lines",
    "Prior stem-cell transplantation": "Prior lines",
    "Prior proteasome inhibitor therapy": "Prior proteasome inhibitor",
    "Disease refractory to any prior proteasome inhibitor therapy": "",
    "Prior immunomodulatory drug therapy": "Prior immunomodulatory drug",
    "Disease refractory to any prior immunomodulatory drug therapy": "",
}

NOTHING = dict.fromkeys(("hazard_ratio", "lower", "upper", "level", "p_value"), float("nan")) | {
    "digits": ("", "", ""),
    "p_digits": "",
    "sides": 2,
    "source": "",
    "claim": "",
    "quote_kept": "",
}


def subgroup_ratios(evidence: Evidence, names: Sequence[str], endpoint: str) -> pd.DataFrame:
    """The reported hazard ratios of subgroups: one row a factor, trial and level.

    Parameters
    ----------
    names : sequence of str
        Names of trials.
    endpoint : str
        'pfs' or 'os'.

    Returns
    -------
    DataFrame
        factor, name, level_name, key and analysis (label), and the columns of `hazard_ratios` from hazard_ratio to claim; patients
        (both arms; NA where not reported). Empty where nothing is reported.
    """
    facts, frame = evidence.results(), analyses()
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
                about = {"factor": factor, "name": name, "level_name": level, "key": analysis}
                about["analysis"] = frame.loc[analysis, "label"]
                rows.append(about | printed_ratio(facts, analysis) | {"patients": patients})
    order = list(dict.fromkeys(factor for factor, _ in FACTORS.values()))
    rows.sort(key=lambda row: (order.index(row["factor"]), list(names).index(row["name"])))
    return pd.DataFrame(rows)


def own_subgroups(evidence: Evidence, name: str, endpoint: str) -> pd.DataFrame:
    """Everybody in one trial, and every subgroup that the sources we could access name, with what they report of it.

    Parameters
    ----------
    name : str
        Name of the trial.
    endpoint : str
        'pfs' or 'os'.

    Returns
    -------
    DataFrame
        One row a population, everybody first: factor, level_name, population, key and analysis (label), patients and median
        (experimental / control, or both arms, as reported; empty where not reported), ratio_words (hazard ratio and interval as
        reported, or that no source we could access reports one), the columns of `hazard_ratios` from
        hazard_ratio to claim (nan and empty where not reported) and quote_kept.

    Raises
    ------
    EvidenceError
        If there is no such trial, or it has no hazard ratio of the endpoint by that date.
    """
    chosen, _ = evidence.select_analyses([name], endpoint)
    facts, frame = evidence.results(), analyses()
    frame = frame[(frame["trial"] == chosen["trial"].iloc[0]) & (frame["endpoint"] == endpoint)]
    own = frame.index[frame["role"] == "subgroup"]
    later_only = set(replace(evidence, as_of="latest").results()["analysis"]) - set(facts["analysis"])
    rows = [_population(facts, chosen["analysis"].iloc[0], frame)]
    rows += [_population(facts, analysis, frame) for analysis in own if analysis not in later_only]
    rows.sort(key=lambda row: ORDER.index(row["factor"]))
    return pd.DataFrame(rows)


def _population(facts: pd.DataFrame, analysis: str, frame: pd.DataFrame) -> dict[str, Any]:
    about = frame.loc[analysis]
    everybody = ("", "All patients") if about["role"] != "subgroup" else ("Other", about["label"])
    factor, level = OWN_FACTORS.get(about["population"], everybody)
    ratio = fact(facts, analysis, "hazard_ratio", "comparison")
    printed = NOTHING if ratio is None else printed_ratio(facts, analysis) | {"quote_kept": ratio["quote_kept"]}
    return {
        "factor": factor,
        "level_name": level,
        "population": about["population"],
        "key": analysis,
        "analysis": about["label"],
        "patients": _arms(facts, analysis, "n", "patients"),
        "median": _arms(facts, analysis, "median", "months"),
        "ratio_words": words(ratio),
    } | printed


def finest_ratios(evidence: Evidence, rows: pd.DataFrame) -> pd.DataFrame:
    """The rows with each hazard ratio that has an interval as the source in use with the most decimals reports it.

    What is computed from several rounded values, such as a ratio of hazard ratios, moves with their rounding.

    Parameters
    ----------
    rows : DataFrame
        From `subgroup_ratios` or `own_subgroups`.

    Returns
    -------
    DataFrame
        The same rows; where an interval is reported, hazard_ratio, lower, upper, digits, level (fraction), source and claim are
        replaced.

    Examples
    --------
    >>> from tourmaline.data.known import known_by
    >>> evidence = known_by("latest")
    >>> all_patients = evidence.own_subgroups("TOURMALINE-MM1", "pfs").head(1)
    >>> evidence.finest_ratios(all_patients)[["hazard_ratio", "lower", "upper"]].values.tolist()
    [[0.742, 0.587, 0.939]]
    """
    rows = rows.copy()
    for row, analysis in rows.loc[rows["lower"].notna(), "key"].items():
        found = evidence.printings(analysis, "hazard_ratio").query("lower != '' and level != ''")
        finest = found.loc[found["value"].str.len().idxmax()]
        for column, value in ratio_in_numbers(finest).items():
            rows.at[row, column] = value
    return rows


def _arms(facts: pd.DataFrame, analysis: str, quantity: str, unit: str) -> str:
    """A quantity of the experimental and the control arm as reported; of both together if no arm's own; '' if neither."""
    arms = [fact(facts, analysis, quantity, arm, unit) for arm in ("experimental", "control")]
    if all(arm is not None for arm in arms):
        return " / ".join(arm["value"] for arm in arms)
    both = fact(facts, analysis, quantity, "overall", unit)
    return "" if both is None else f"{both['value']} (both arms)"


def subgroup_coverage(found: pd.DataFrame) -> pd.DataFrame:
    """The characteristics of the paper's Table 1 that group patients, and the hazard ratios found for them.

    Parameters
    ----------
    found : DataFrame
        From `own_subgroups`.

    Returns
    -------
    DataFrame
        characteristic, levels (of Table 1), found (levels with a hazard ratio; empty if none), named (levels that a source
        names as a subgroup without one).
    """
    lines = counts(1)
    rows = []
    for characteristic, factor in CHARACTERISTICS.items():
        levels = [level for level in lines.loc[lines["characteristic"] == characteristic, "level"] if level]
        mine = found[(found["factor"] == factor) & (found["factor"] != "")]
        printed = mine["hazard_ratio"].notna()
        rows.append(
            {
                "characteristic": characteristic,
                "levels": "; ".join(levels) or "yes; no",
                "found": "; ".join(mine.loc[printed, "level_name"]),
                "named": "; ".join(mine.loc[~printed, "level_name"]),
            }
        )
    return pd.DataFrame(rows)
