"""Several reconstructed analyses of one trial, published and drawn in the same way by each notebook that has some.

A notebook reconstructs them and shows what is special; this module publishes what they have in common. The words stand beside
each notebook, under the names of the results that the methods give.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from tourmaline import data
from tourmaline.data.survival import PrintedSurvival
from tourmaline.errors import EvidenceError
from tourmaline.estimate import Estimate
from tourmaline.figures.style import CONTROL, EXPERIMENTAL
from tourmaline.figures.survival import ArmCurve, Panel, hazard_ratio_in_words, month_ticks, months_in_words, survival
from tourmaline.results.formats import range_in_words
from tourmaline.results.reconstructed import LIKE_NUMBERS, agreement_table, ensemble_note, occurring, pseudo_ipd_header
from tourmaline.results.run import Run
from tourmaline.results.words import vocabulary
from tourmaline.statistics import reconstruction
from tourmaline.statistics.reconstruction import Ensemble, TrialSummary
from tourmaline.statistics.survival import analyse, fit_curves

if TYPE_CHECKING:
    from lifelines import KaplanMeierFitter

    from tourmaline.results.display import DisplayedFigure, DisplayedResult

COLOURS = {"experimental": EXPERIMENTAL, "control": CONTROL}
LIMITS = ("lower", "upper")
NOTHING = (np.nan, None)  # a value that was not published by the date, and its Monte Carlo error


def reported_by(evidence: data.Evidence, analyses: Mapping[str, str]) -> dict[str, PrintedSurvival]:
    """What was reported by a date, of those analyses of which it was enough for a curve.

    Parameters
    ----------
    evidence : Evidence
        What had been published by the date.
    analyses : mapping of str to str
        Names of rows of data/evidence/analyses.csv, by the names that the notebook gives them.

    Raises
    ------
    EvidenceError
        If too little is reported of all of them.
    """
    enough = evidence.survival_analyses()
    if not set(analyses.values()) & set(enough):
        raise EvidenceError(
            f"too little is reported of {' and '.join(analyses.values())} by {evidence.as_of}",
            remedy="Choose a later date.",
        )
    return {key: evidence.printed_survival(name) for key, name in analyses.items() if name in enough}


def follow_up_within(ensemble: Ensemble, horizon: float) -> float:
    """The month to which some patient of each arm is followed in every data set, if the horizon lies within it.

    Parameters
    ----------
    ensemble : Ensemble
    horizon : float
        Months.

    Raises
    ------
    EvidenceError
        For a horizon beyond it.
    """
    followed = reconstruction.shared_follow_up(ensemble)
    if horizon > followed:
        raise EvidenceError(
            f"{horizon:g} months is beyond the follow-up of an arm in some data sets",
            remedy=f"Give a horizon of at most {int(followed)} months.",
        )
    return followed


def with_extended_follow_up(
    reported: Mapping[str, PrintedSurvival], level: int | str, draws: int, seed: int
) -> tuple[dict[str, Ensemble], set[str]]:
    """An analysis and a later one of the same patients, whose follow-up is extended.

    Parameters
    ----------
    reported : mapping of str to PrintedSurvival
        The earlier analysis, and the later one if it was published.
    level : int or str
        Level of information, or 'highest'.
    draws, seed : int
        As for `reconstruction.reconstruct`.

    Returns
    -------
    dict of str to Ensemble
    set of str
        The later analysis, unless its curves are digitised or its numbers at risk reported: then it is reconstructed by itself.
    """
    ensembles, extended = {}, set()
    for key, about in reported.items():
        information, trial = data.information_level(about, level), TrialSummary.from_printed(about)
        if ensembles and information == 1:
            ((earlier, base),) = ensembles.items()
            before = TrialSummary.from_printed(reported[earlier])
            ensembles[key] = reconstruction.followed_longer(base, before, trial, seed)
            extended.add(key)
        else:
            ensembles[key] = reconstruction.reconstruct(trial, information, draws, seed)
    return ensembles, extended


def arm_curves(
    ensemble: Ensemble,
    fitters: Mapping[str, KaplanMeierFitter],
    medians: Mapping[str, Estimate],
    months: Sequence[float],
    confidence_level: float,
) -> dict[str, ArmCurve]:
    """The curves of a reference reconstruction for a figure, each with its reconstruction band and its median.

    Parameters
    ----------
    ensemble : Ensemble
    fitters : mapping of str to KaplanMeierFitter
        By the arms' roles, fitted to the reference reconstruction; their labels name the curves.
    medians : mapping of str to Estimate
        By the arms' roles, in months.
    months : sequence of float
        Where patients at risk are counted.
    confidence_level : float
        Of the bands, in (0, 1).
    """
    curves = {}
    for arm, fitter in fitters.items():
        median = medians[arm]
        curves[arm] = ArmCurve.fitted(
            fitter,
            COLOURS[arm],
            months,
            label=fitter.label.capitalize(),
            band=reconstruction.band(ensemble, arm, confidence_level),
            median=months_in_words(median.value, median.lower, median.upper),
            median_month=median.value,
        )
    return curves


def at_risk_table(ensemble: Ensemble, arms: Mapping[str, str], months: Sequence[int]) -> pd.DataFrame:
    """Patients at risk: Month, and for each arm the reference reconstruction and its 95% reconstruction interval.

    Parameters
    ----------
    ensemble : Ensemble
    arms : mapping of str to str
        Names of the arms by their roles; columns are named by them, with `_interval` for the interval.
    months : sequence of int
    """
    table = pd.DataFrame({"Month": [str(month) for month in months]})
    for arm, name in arms.items():
        counts = reconstruction.numbers_at_risk(ensemble, arm, months)
        table[name] = counts[0]
        table[f"{name}_interval"] = [range_in_words(reconstruction.range_with_errors(own)) for own in counts.T]
    return table


@dataclass(frozen=True, eq=False)
class ReconstructedAnalyses:
    """The reconstructed analyses of one notebook.

    Attributes
    ----------
    run : Run
        Of the notebook; its parameters have as_of, level, draws, confidence_level and interval_method. Its words name each
        analysis by its key, and the event from which months are counted by `start_<key>`.
    keys : collection of str
        All analyses of the notebook. Those that were not published by the date are published as absent, so that pages
        hold in every edition.
    reported : mapping of str to PrintedSurvival
        By key, of those that were published.
    ensembles : mapping of str to Ensemble
        By key, their reconstructions.
    derived : collection of str
        Keys of the analyses whose patients are those of another one.
    """

    run: Run
    keys: Collection[str]
    reported: Mapping[str, PrintedSurvival]
    ensembles: Mapping[str, Ensemble]
    derived: Collection[str] = field(default=())

    @property
    def arms(self) -> dict[str, str]:
        """Names of the arms, by experimental and control."""
        return vocabulary()["treatment"]

    @cached_property
    def ipd(self) -> dict[str, pd.DataFrame]:
        """The reference reconstruction of each analysis row by row: arm, months, event."""
        return {key: reconstruction.pseudo_patients(ensemble, self.arms) for key, ensemble in self.ensembles.items()}

    @cached_property
    def estimates(self) -> dict[str, dict[str, Estimate]]:
        """Hazard ratio, P value and medians of each reference reconstruction, by lifelines (`survival.analyse`)."""
        level, method = self.run.parameters["confidence_level"], self.run.parameters["interval_method"]
        found = {}
        for key, rows in self.ipd.items():
            numbers = analyse(rows, self.arms, level, method, self.ensembles[key].withheld)
            found[key] = {
                name: Estimate(numbers[name], *(numbers[f"{name}.{limit}"] for limit in LIMITS), level)
                for name in ("hazard_ratio", *(f"median.{arm}" for arm in self.arms))
            } | {"p_value": Estimate(numbers["p_value"])}
        return found

    @cached_property
    def draws(self) -> dict[str, pd.DataFrame]:
        """The estimates of every draw of each analysis, with 95% intervals: reported ones are of this level."""
        method = self.run.parameters["interval_method"]
        return {key: reconstruction.estimates(ensemble, 0.95, method) for key, ensemble in self.ensembles.items()}

    def _about(self, key: str) -> dict[str, str]:
        """The fields that words use of one analysis."""
        title = self.run.text(key)
        start = self.run.text(f"start_{key}")
        return {"key": key, "title": title, "heading": title[:1].upper() + title[1:], "start": start}

    def publish_estimates(self) -> pd.DataFrame:
        """Publish hazard ratio, P value and medians of each analysis; returns them as a table."""
        level = self.run.parameters["confidence_level"]
        absent = Estimate(np.nan, np.nan, np.nan, level)
        for key in self.keys:
            found, about = self.estimates.get(key, {}), self._about(key)
            self.run.value("{key}_hazard_ratio", found.get("hazard_ratio", absent), **about)
            for arm in self.arms:
                median = found.get(f"median.{arm}", absent)
                self.run.value("{key}_median_{treatment}", median, treatment=arm, **about)
            self.run.value("{key}_p_value", found.get("p_value", Estimate(np.nan)), **about)
        return pd.DataFrame(
            {
                self.run.text(key): {name: f"{number:.3f}" for name, number in found.items()}
                for key, found in self.estimates.items()
            }
        )

    def publish_ranges(self) -> pd.DataFrame:
        """Publish the 95% reconstruction interval of each hazard ratio; returns it as a table."""
        rows = {}
        for key in self.keys:
            ends = [NOTHING, NOTHING]
            if key in self.ensembles:
                ends = reconstruction.range_with_errors(self.draws[key]["hazard_ratio"])
            for end, limit, (value, error) in zip(("from", "to"), LIMITS, ends):
                about = {"end": end, "limit": limit, **self._about(key)}
                self.run.value("{key}_hazard_ratio_{end}", value, monte_carlo_error=error, **about)
            rows[self.run.text(key)] = [value for value, _ in ends]
        return pd.DataFrame(rows, index=LIMITS)

    def publish_agreement(self) -> DisplayedResult:
        """Publish how reported and reconstructed numbers agree, and how many do; returns the table."""
        evidence = data.known_by(self.run.parameters["as_of"])
        parts, notes, agreeing, tested = [], [], 0, False
        for key, about in self.reported.items():
            numbers = evidence.survival_numbers(about)
            found, words = reconstruction.agreement(numbers, self.draws[key]), self._about(key)
            agreeing += int((found["agrees"] & found["settled"]).sum())
            tested |= not found["used"].all()
            part = agreement_table(found, self.arms)
            part.insert(0, "Analysis", words["heading"])
            parts.append(part)
            months = {"shortest": about.shortest_followup, "longest": about.longest_followup}
            note = "derived" if key in self.derived else "followed"
            notes.append(self.run.text(note, basis=about.followup_basis, **months, **words))
        table = pd.concat(parts, ignore_index=True)
        self.run.values(agreeing=agreeing, numbers=len(table))
        words = {"tested": tested, **occurring(table)}
        return self.run.table("agreement", table, notes=notes, numeric=LIKE_NUMBERS, **words)

    def publish_files(self) -> None:
        """Publish the reference reconstruction of each analysis as a file of pseudo-IPD."""
        for key, about in self.reported.items():
            words = self._about(key)
            information = data.information_level(about, self.run.parameters["level"])
            what = self.run.text("file", information=information, **words)
            header = pseudo_ipd_header(what, self.run.text("columns", **words), about.sources)
            self.run.file("pseudo_patients_{key}", self.ipd[key], header=header, **words)

    def _panel(self, key: str) -> tuple[Panel, str]:
        """The panel of one analysis, and what it shows in words."""
        ensemble, found, words = self.ensembles[key], self.estimates[key], self._about(key)
        level = self.run.parameters["confidence_level"]
        months = month_ticks(ensemble.times[0].max(), len(self.ensembles))
        fitters = fit_curves(self.ipd[key], level)
        roles = {arm: fitters[name] for arm, name in self.arms.items()}
        curves = arm_curves(ensemble, roles, {arm: found[f"median.{arm}"] for arm in roles}, months, level)
        # A ratio that was reported nowhere stays out of the picture: the table says how little is known of it.
        ratio = hazard_ratio_in_words(found["hazard_ratio"]) if "hazard_ratio" in self.reported[key].comparison else ""
        comparison = [self.run.text("comparison", ratio=ratio), self.run.text("reconstructed")]
        medians = {f"median_{arm}": curve.median for arm, curve in curves.items()}
        panel = Panel(
            list(curves.values()), words["heading"], self.run.text("median_heading"), comparison, words["start"]
        )
        return panel, self.run.text("panel", ratio=ratio, **medians, **words)

    def publish_curves(self, outcome: str) -> DisplayedFigure | DisplayedResult:
        """Draw the curves of all analyses side by side and publish them with their files; returns the figure.

        Parameters
        ----------
        outcome : str
            What survives, for the axis.
        """
        panels = [self._panel(key) for key in self.ensembles]
        return self.run.figure(
            "curves",
            survival([panel for panel, _ in panels], outcome=outcome),
            files=[f"pseudo_patients_{key}" for key in self.reported],
            panels="; ".join(words for _, words in panels),
            notes="".join(dict.fromkeys(map(ensemble_note, self.ensembles.values()))),
        )
