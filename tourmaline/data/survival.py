"""What was reported of the survival curves of one analysis: the facts that a reconstruction takes as constraints."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from tourmaline import paths
from tourmaline.data.evidence import analyses, fact, trials
from tourmaline.data.files import DIGITISED, load
from tourmaline.data.printed import number
from tourmaline.errors import DataError, EvidenceError, nearest
from tourmaline.roles import ARMS

if TYPE_CHECKING:
    from tourmaline.data.known import Evidence

DAYS_A_MONTH = 365.25 / 12
DATES = "dates"
STRETCHED = 1.5  # a curve may go on so far beyond a follow-up that is only assumed


@dataclass(frozen=True, eq=False)
class PrintedSurvival:
    """The reported numbers of one analysis, as strings, and the follow-up that its dates allow.

    Attributes
    ----------
    analysis, trial, label : str
        Names of the analysis and of its trial; what the analysis is, in words.
    control, experimental : dict
        Of each arm: `n`, `events`, `median`, `median_followup` (strings; absent where nothing is reported), `survival` and
        `at_risk` (pairs of month and string; percent and patients), `curve` (pairs of numbers, if a digitised curve lies
        in data/digitised).
    comparison : dict
        `hazard_ratio`, `lower`, `upper`, `level` (percent), `p_value` (two-sided); of both arms `events`, and
        `median_followup` where no arm has one of its own.
    shortest_followup, longest_followup : float
        Months from the last and from the first entry to the data cut-off.
    followup_basis : str
        How these two were found: 'dates' (reported), else an assumption in words.
    sources : tuple of str
        Keys of references.bib, in the order of use.
    facts : DataFrame
        The rows of the evidence that were taken.
    """

    analysis: str
    trial: str
    label: str
    control: dict
    experimental: dict
    comparison: dict
    shortest_followup: float
    longest_followup: float
    followup_basis: str
    sources: tuple[str, ...]
    facts: pd.DataFrame

    @property
    def levels(self) -> tuple[int, ...]:
        """The levels of information for which something is reported, or digitised."""
        arms = (self.control, self.experimental)
        summary = all("events" in arm or "median" in arm for arm in arms) or self.comparison.keys() & {
            "events",
            "hazard_ratio",
        }
        further = {1: bool(summary), 2: any(arm["survival"] for arm in arms), 3: any(arm["at_risk"] for arm in arms)}
        further[4] = all("curve" in arm for arm in arms)
        return tuple(level for level, there in further.items() if there)


LEVEL_WORDS = {
    1: "events, medians, follow-up and hazard ratio",
    2: "survival rates in addition",
    3: "numbers at risk in addition",
    4: "coordinates of the published curve",
}


def information_level(reported: PrintedSurvival, asked: int | str = "highest") -> int:
    """The level of information at which curves are to be reconstructed.

    Parameters
    ----------
    reported : PrintedSurvival
    asked : int or str
        1 to 4, also as text, or 'highest' for the highest for which there is something.

    Raises
    ------
    EvidenceError
        If nothing is reported for that level.

    Examples
    --------
    >>> from tourmaline.data.known import known_by
    >>> information_level(known_by("latest").printed_survival("aspire.pfs.primary"))
    3
    """
    if asked == "highest":
        return max(reported.levels)
    asked = int(asked)
    if asked not in reported.levels:
        file = f"data/{DIGITISED}{reported.analysis}.csv"
        remedy = f"Put the coordinates into {file}" if asked == 4 else "Choose another level"
        raise EvidenceError(
            f"level {asked} asks for {LEVEL_WORDS[asked]}, which the sources we could access do not report for {reported.analysis}",
            remedy=f"{remedy}, or take one of {', '.join(map(str, reported.levels))}, or 'highest'.",
        )
    return asked


def survival_analyses(evidence: Evidence, endpoint: str = "") -> list[str]:
    """Names of the analyses of whole trials that print enough of a curve: patients, and a median, rates or events."""
    facts = evidence.results()
    about = analyses()
    wanted = about[(about["endpoint"] == endpoint) | (endpoint == "")]
    wanted = wanted[(wanted["endpoint"] != "response") & (wanted["population"] == "intention-to-treat")]
    arms = _arms_with_shape(facts)
    return [name for name in wanted.index if arms.get(name, 0) == 2 and _patients(facts, name)]


def printed_survival(evidence: Evidence, analysis: str, curves: pd.DataFrame | None = None) -> PrintedSurvival:
    """The reported numbers of one analysis from which its curves can be reconstructed.

    Parameters
    ----------
    analysis : str
        Name of a row of data/evidence/analyses.csv, for example 'aspire.pfs.primary'.
    curves : DataFrame, optional
        Digitised curves as data/digitised would hold them; without them, those that lie there.

    Raises
    ------
    EvidenceError
        If there is no such analysis, or too little is reported of it by that date.
    """
    about = analyses()
    if analysis not in about.index:
        raise EvidenceError(f"there is no analysis {analysis!r}", remedy=nearest(analysis, about.index))
    facts = evidence.results()
    mine = facts[facts["analysis"] == analysis]
    patients = _patients(facts, analysis)
    curves = _digitised(analysis) if curves is None else curves
    # A hazard ratio alone says nothing of when the events were.
    if not patients or (curves is None and _arms_with_shape(mine).get(analysis, 0) < 2):
        raise EvidenceError(
            f"too little is reported of {analysis} by {evidence.as_of}",
            remedy=f"Analyses of which enough is reported: {', '.join(evidence.survival_analyses()) or 'none; choose a later date'}.",
        )
    arms = {arm: _arm(mine, arm, patients[arm], curves) for arm in ARMS}
    comparison = _comparison(mine)
    overall = fact(facts, analysis, "median_followup", "overall")
    if overall is not None and not any("median_followup" in arm for arm in arms.values()):
        comparison["median_followup"] = overall["value"]
    followup = _reaching(curves, _followup(about.loc[analysis], arms, comparison), analysis)
    return PrintedSurvival(
        analysis=analysis,
        trial=about.loc[analysis, "trial"],
        label=about.loc[analysis, "label"],
        **arms,
        comparison=comparison,
        shortest_followup=followup[0],
        longest_followup=followup[1],
        followup_basis=followup[2],
        sources=tuple(dict.fromkeys(mine["source"])),
        facts=mine,
    )


def printed_curves(evidence: Evidence, chosen: pd.DataFrame) -> tuple[dict[str, PrintedSurvival], list[str]]:
    """The reported numbers of each chosen analysis from which curves can be reconstructed, and the trials of which too little is.

    Parameters
    ----------
    chosen : DataFrame
        From `select_analyses`.

    Returns
    -------
    dict of str to PrintedSurvival
        By the names of the trials, in their order.
    list of str
        The names of the others.

    Raises
    ------
    EvidenceError
        If there is none.
    """
    found, others = {}, []
    for row in chosen.itertuples(index=False):
        try:
            found[row.name] = evidence.printed_survival(row.analysis)
        except EvidenceError as error:
            others.append(row.name)
            last = error
    if not found:
        raise last
    return found, others


def _arms_with_shape(facts):
    """How many arms of each analysis have a number that says when the events were: a median, rates or events."""
    shapes = facts[facts["quantity"].isin(("median", "events", "survival_rate")) & facts["arm"].isin(ARMS)]
    return shapes.groupby("analysis")["arm"].nunique()


def _patients(facts, analysis):
    """Patients of each arm: of the analysis, or of its trial's randomisation for an analysis of everybody."""
    about = analyses()
    trial = about.loc[analysis, "trial"]
    asked = [analysis]
    if about.loc[analysis, "population"] == "intention-to-treat" and about.loc[analysis, "endpoint"] != "dor":
        asked.append(f"{trial}.pfs.primary")
    found = {}
    for name in asked:
        for arm in ARMS:
            row = fact(facts, name, "n", arm, "patients")
            if row is not None:
                found.setdefault(arm, row["value"])
    return found if len(found) == 2 else {}


def _arm(mine, arm, patients, curves):
    rows = mine[mine["arm"] == arm]
    printed = {"n": patients}
    for name, quantity, units in (
        ("events", "events", ("events", "deaths")),
        ("median", "median", ("months",)),
        ("median_followup", "median_followup", ("months",)),
    ):
        found = rows[(rows["quantity"] == quantity) & rows["unit"].isin(units)]
        if len(found):
            printed[name] = found["value"].iloc[0]
    for name, quantity in (("survival", "survival_rate"), ("at_risk", "number_at_risk")):
        found = rows[rows["quantity"] == quantity].assign(at=lambda frame: frame["month"].astype(float))
        printed[name] = tuple(found.sort_values("at")[["at", "value"]].itertuples(index=False, name=None))
    if curves is not None:
        points = curves[curves["arm"] == arm]
        printed["curve"] = tuple(zip(points["month"].astype(float), points["survival"].astype(float)))
    return printed


def _comparison(mine):
    printed = {}
    ratio = mine[(mine["quantity"] == "hazard_ratio") & (mine["arm"] == "comparison")]
    if len(ratio):
        row = ratio.iloc[0]
        printed = {"hazard_ratio": row["value"]}
        if row["lower"] and row["upper"] and row["level"]:
            printed |= {"lower": row["lower"], "upper": row["upper"], "level": row["level"]}
    p_value = mine[(mine["quantity"] == "p_value") & (mine["sided"] != "one")]
    if len(p_value):
        printed["p_value"] = p_value["value"].iloc[0]
    events = mine[(mine["quantity"] == "events") & (mine["arm"] == "overall") & mine["unit"].isin(("events", "deaths"))]
    if len(events):
        printed["events"] = events["value"].iloc[0]
    return printed


def _followup(about, arms, comparison):
    """Shortest and longest follow-up in months, and where they come from."""
    trial = trials().loc[about["trial"]]
    entry = [_day(trial["accrual_first"], "start"), _day(trial["accrual_last"], "end")]
    cutoff = _day(about["data_cutoff"], "start")
    medians = [number(found["median_followup"]) for found in (*arms.values(), comparison) if "median_followup" in found]
    if cutoff is not None and None not in entry:
        longest, shortest = ((cutoff - day).days / DAYS_A_MONTH for day in entry)
        return max(shortest, 0.0), longest, DATES
    nobody = [month for arm in arms.values() for month, count in arm["at_risk"] if count == "0"]
    if nobody:
        return 0.0, max(nobody), "nobody is at risk any more at the last month of the reported table (assumed)"
    if medians and None not in entry:
        half = (entry[1] - entry[0]).days / DAYS_A_MONTH / 2
        middle = sum(medians) / len(medians)
        return max(middle - half, 0.0), middle + half, "the median follow-up, with entry at an even pace (assumed)"
    last = max(
        [0.0]
        + [number(arm["median"]) for arm in arms.values() if number(arm.get("median", "NR")) > 0]
        + [month for arm in arms.values() for month, _ in arm["survival"]]
    )
    return 0.0, 1.6 * max([last / 1.2, *medians]), "1.6 times the median follow-up (assumed)"


def _day(text, side):
    """A date; of a month its first or last day; None if empty."""
    if not text:
        return None
    return pd.Period(text, freq="M" if len(text) == 7 else "D").to_timestamp(how=side).normalize()


def _digitised(analysis):
    """The digitised curves of an analysis, if the user has put them into data/digitised."""
    name = f"{DIGITISED}{analysis}.csv"
    try:
        # Opened, not asked for: a run's record then names the file while it is absent, and a build notices when it comes.
        (paths.DATA / name).open("rb").close()
    except FileNotFoundError:
        return None
    return load(name, paths.DATA)


def _reaching(curves, followup, analysis):
    """The follow-up, as long as the digitised curves where its end is only assumed; they cannot go beyond a known one."""
    shortest, longest, basis = followup
    if curves is None:
        return followup
    months = curves["month"].astype(float)
    last = months.idxmax()
    if months[last] <= longest:
        return followup
    if basis != DATES and months[last] <= STRETCHED * longest:
        return shortest, months[last], "the last month of the digitised curves (assumed)"
    units = [
        unit
        for unit, a_month in (("weeks", DAYS_A_MONTH / 7), ("days", DAYS_A_MONTH))
        if months[last] / a_month <= longest
    ]
    known = "months from the first entry to the data cut-off" if basis == DATES else f"months, {basis}"
    raise DataError(
        f"{curves.loc[last, 'month']!r} is beyond the longest follow-up, {longest:.2f} {known}",
        where=f"data/{DIGITISED}{analysis}.csv, row {last}, column month",
        remedy=(f"Is the axis in {units[0]}? " if units else "")
        + "Read the axis again, or leave out what the figure cannot show.",
    )
