"""The trials side by side: their hazard ratios, their results in words, and the caveats of reading them together."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import pandas as pd

from tourmaline.data.evidence import analyses, chronological, fact, trials
from tourmaline.data.printed import number
from tourmaline.data.schemas import ASPECT_WORDS

if TYPE_CHECKING:
    from tourmaline.data.known import Evidence

CAVEATS = {"masking": "masking", "renal_function": "renal_eligibility", "duration": "dosing_duration"}
SIDES = {"one": "one-sided", "two": "two-sided", "unstated": "sides not stated", "": "sides not stated"}
SILENT = "—"  # of a cell; a note below the table says what it means
NOT_REPORTED = "not reported in the sources we could access"


def hazard_ratios(evidence: Evidence, chosen: pd.DataFrame) -> pd.DataFrame:
    """The reported hazard ratios of chosen analyses, as numbers.

    Parameters
    ----------
    chosen : DataFrame
        From `select_analyses`.

    Returns
    -------
    DataFrame
        One row a trial: name, label (experimental against control), hazard_ratio, lower, upper, digits (these three as the
        source reports them), level (fraction; nan where no interval is reported), p_value (nan where none), p_digits (as reported), sides (1 or 2), source, analysis, claim (id of the paper's own number, or empty).
    """
    facts, about = evidence.results(), trials()
    rows = []
    for row in chosen.itertuples():
        trial = about.loc[row.trial]
        label = f"{trial['experimental_label']} against {trial['control_label']}"
        rows.append({"name": row.name, "label": label} | printed_ratio(facts, row.analysis) | {"analysis": row.label})
    return pd.DataFrame(rows)


def printed_ratio(facts: pd.DataFrame, analysis: str) -> dict[str, float | int | str | tuple[str, ...]]:
    """The hazard ratio of an analysis with its interval and P value as numbers, nan where none is reported.

    `digits` holds value and limits as the source reports them, and `p_digits` the P value.
    """
    ratio = fact(facts, analysis, "hazard_ratio", "comparison")
    p_value = fact(facts, analysis, "p_value", "comparison")
    return ratio_in_numbers(ratio) | {
        "p_value": float("nan") if p_value is None else number(p_value["value"]),
        "p_digits": "" if p_value is None else p_value["value"],
        "sides": 1 if p_value is not None and p_value["sided"] == "one" else 2,
    }


def ratio_in_numbers(row: pd.Series) -> dict[str, float | str | tuple[str, ...]]:
    """A reported hazard ratio with its interval (nan where none is reported) and their digits, its level (fraction), source and claim."""
    digits = row["value"], row["lower"], row["upper"]
    numbers = dict(zip(("hazard_ratio", "lower", "upper"), map(number, digits)))
    level = number(row["level"]) / 100
    return numbers | {"digits": digits, "level": level, "source": row["source"], "claim": row["claim"]}


def reported_intervals(studies: pd.DataFrame) -> list[str]:
    """The studies of `hazard_ratios` with their intervals as reported, for a note where these are shown at another level.

    Examples
    --------
    >>> rows = [("ELOQUENT-2", 0.954, ("0.82", "0.68", "1.00"))]
    >>> reported_intervals(pd.DataFrame(rows, columns=["name", "level", "digits"]))
    ['ELOQUENT-2 (95.4% CI 0.68 to 1.00)']
    """
    return [
        f"{name} ({100 * level:g}% CI {lower} to {upper})"
        for name, level, (_, lower, upper) in studies[["name", "level", "digits"]].itertuples(index=False)
    ]


def words(row: pd.Series | None, suffix: str = "") -> str:
    if row is None:
        return SILENT
    text = {"NR": "not reached", "NE": "not estimable"}.get(row["value"], row["value"] + suffix)
    if row["lower"] or row["upper"]:
        text += f" ({row['level']}% CI {row['lower']} to {row['upper']})"
    return text


def _either_arm(facts: pd.DataFrame, analysis: str, quantity: str, unit: str, suffix: str) -> str:
    both = fact(facts, analysis, quantity, "overall", unit)
    arms = [fact(facts, analysis, quantity, arm, unit) for arm in ("experimental", "control")]
    if all(arm is None for arm in arms):
        return words(both, suffix)
    return " / ".join(words(arm, suffix) for arm in arms)


def side_by_side(evidence: Evidence, chosen: pd.DataFrame) -> pd.DataFrame:
    """The chosen analyses side by side, as reported: one row a quantity, one column a trial.

    Two values with a stroke between them are those of the experimental and of the control arm.
    """
    facts, about, everything = evidence.results(), trials(), analyses()
    columns = {}
    for row in chosen.itertuples():
        trial = about.loc[row.trial]
        primaries = chronological(everything[(everything["trial"] == row.trial) & (everything["role"] == "primary")])
        randomised = primaries[(primaries["endpoint"] == "pfs") & (primaries["population"] == "intention-to-treat")]
        primary, response = (
            next(iter(found.index), "") for found in (randomised, primaries[primaries["endpoint"] == "response"])
        )
        p_value = fact(facts, row.analysis, "p_value", "comparison")
        followup = _either_arm(facts, row.analysis, "median_followup", "months", "")
        minimum = fact(facts, row.analysis, "minimum_followup", "overall")
        if followup == SILENT and minimum is not None:
            followup = f"{minimum['value']} (minimum)"
        events = [_either_arm(facts, row.analysis, "events", unit, "") for unit in ("events", "deaths")]
        columns[row.name] = {
            "Regimens": f"{trial['experimental_label']} / {trial['control_label']}",
            "Patients randomised": _either_arm(facts, primary, "n", "patients", ""),
            "Analysis": row.label,
            "Events": next((words for words in events if words != SILENT), SILENT),
            "Median follow-up (months)": followup,
            "Median (months)": _either_arm(facts, row.analysis, "median", "months", ""),
            "Hazard ratio": words(fact(facts, row.analysis, "hazard_ratio", "comparison")),
            "P value": SILENT if p_value is None else f"{p_value['value']} ({SIDES[p_value['sided']]})",
            "Overall response (percent)": _either_arm(facts, response, "overall_response", "percent", ""),
            "Complete response or better (percent)": _either_arm(facts, response, "complete_response", "percent", ""),
            "Data cut-off": row.data_cutoff or SILENT,
        }
    return pd.DataFrame(columns).rename_axis("").reset_index()


def caveats(evidence: Evidence, names: Sequence[str]) -> pd.DataFrame:
    """How the designs of some trials differ, as far as was published by a date: one row an aspect, one column a trial.

    These differences are why a comparison between trials is weaker than one within a trial.
    """
    about, aspects = trials(), evidence.designs()
    keys = [key for key in about.index if about.loc[key, "name"] in names]
    frame = aspects.reindex(columns=keys).fillna("").replace("", SILENT)
    frame.columns = [about.loc[key, "name"] for key in keys]
    frame.index = [ASPECT_WORDS[aspect] for aspect in frame.index]
    return frame.rename_axis("").reset_index()


def caveat_words(evidence: Evidence, chosen: pd.DataFrame) -> dict[str, tuple[str, str]]:
    """The caveats that stand beside every figure that compares trials.

    Parameters
    ----------
    chosen : DataFrame
        From `select_analyses`.

    Returns
    -------
    dict of str to (str, str)
        For masking, renal_function, duration and followup: what it is, and what it was in each trial.
    """
    names = list(chosen["name"])
    by_aspect = evidence.caveats(names).set_index("")[names]
    followup = evidence.side_by_side(chosen).set_index("").loc["Median follow-up (months)"]
    rows = {name: by_aspect.loc[ASPECT_WORDS[aspect]] for name, aspect in CAVEATS.items()} | {"followup": followup}
    labels = {name: ASPECT_WORDS[aspect] for name, aspect in CAVEATS.items()}
    labels["followup"] = "Median follow-up in months, experimental arm / control arm"
    return {
        name: (
            labels[name],
            "; ".join(f"{trial}: {NOT_REPORTED if words == SILENT else words}" for trial, words in row.items()),
        )
        for name, row in rows.items()
    }
