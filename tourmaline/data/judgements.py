"""Judgements with their reasons: risk of bias (RoB 2), certainty of the evidence (GRADE), indirect comparisons (CINeMA).

The files of data/judgements/ hold one judgement a row, by domain, each with a reason and a source. What is said of an
outcome as a whole follows from its domains by the rules below and is stored nowhere.
"""

from __future__ import annotations

from collections.abc import Collection
from functools import partial

import pandas as pd

from tourmaline.data.claims import claim
from tourmaline.data.evidence import trials
from tourmaline.data.files import load, numbered_records, records
from tourmaline.data.refusing import refuse
from tourmaline.data.schemas import (
    ARM_OF_ROLE,
    CINEMA_DOMAINS,
    GRADE_CONCERNS,
    GRADE_DOMAINS,
    ROB_DOMAINS,
    ROB_LEVELS,
    ROB_OUTCOMES,
)
from tourmaline.errors import DataError
from tourmaline.identity import identity

FOLDER = "judgements"
OUTCOMES_IN_WORDS = {  # as the protocol names them
    "pfs": "progression-free survival",
    "os": "overall survival",
    "response": "response",
    "harms": "adverse events",
    "quality_of_life": "quality of life",
}
LEVELS = ("high", "moderate", "low", "very low")
LOWERED_BY = dict(zip(GRADE_CONCERNS, range(3)))
# CINeMA leaves the summary to its users and says that domains overlap, so that of each group only the worst counts.
CINEMA_GROUPS = (
    ("within_study_bias", "reporting_bias"),
    ("imprecision",),
    ("indirectness", "heterogeneity", "incoherence"),
)
CINEMA_LOWERED_BY = {"no-concerns": 0, "some-concerns": 1, "major-concerns": 2}
ONE_BODY = identity().trial  # every outcome has a certainty in this trial; the pool has one where it is reported


def _level(lowered: int) -> str:
    """The level that starts at high, as for randomised trials, and is lowered by a number of levels."""
    return LEVELS[min(lowered, len(LEVELS) - 1)]


def risk_of_bias() -> pd.DataFrame:
    """RoB 2 for every trial and group of outcomes.

    Returns
    -------
    DataFrame
        One row a trial and outcome, in the order of the file: trial (its name), outcome, the five domains and overall, each
        'low', 'some-concerns' or 'high'. Overall is the worst domain (Sterne and others 2019, doi 10.1136/bmj.l4898).
    """
    frame = load(f"{FOLDER}/risk_of_bias.csv")
    table = frame.pivot(index=["trial", "outcome"], columns="domain", values="judgement")
    table = table.loc[list(dict.fromkeys(zip(frame["trial"], frame["outcome"]))), list(ROB_DOMAINS)]
    table["overall"] = [max(row, key=ROB_LEVELS.index) for row in table.itertuples(index=False)]
    table = table.reset_index().rename_axis(columns=None)
    return table.assign(trial=table["trial"].map(trials()["name"]))


def not_judged() -> list[tuple[str, str]]:
    """The trials (by name) and outcomes whose risk of bias is not judged, though others of the trial and of the outcome are."""
    bias = risk_of_bias()
    counts = pd.crosstab(bias["trial"], bias["outcome"]).stack()
    return list(counts.index[counts == 0])


def certainty(body: str = ONE_BODY) -> pd.DataFrame:
    """The certainty of the evidence for each outcome, with its reasons in words.

    Parameters
    ----------
    body : str
        The report's trial, or 'core-trials' for the pool of those that are compared by default.

    Returns
    -------
    DataFrame
        One row an outcome, in the order of outcomes.csv: outcome, label, importance, certainty ('high', 'moderate', 'low' or
        'very low'), reasons (a sentence for each domain that lowers it; that none does, otherwise), the five domains.

    Notes
    -----
    Randomised trials start at high; a serious concern lowers the certainty by one level, a very serious one by two
    (Guyatt and others 2008, BMJ 336:924-926).
    """
    outcomes, frame = load(f"{FOLDER}/outcomes.csv"), load(f"{FOLDER}/certainty.csv")
    frame = frame[frame["body"] == body]
    rows = []
    for outcome in records(outcomes):
        mine = frame[frame["outcome"] == outcome["outcome"]].set_index("domain")
        if mine.empty:
            continue
        mine = mine.loc[list(GRADE_DOMAINS)]
        lowered = mine["concern"].map(LOWERED_BY)
        sentences = [
            f"{domain.replace('_', ' ').capitalize()} ({'one level' if lowered[domain] == 1 else 'two levels'}): {mine.loc[domain, 'reason']}."
            for domain in GRADE_DOMAINS
            if lowered[domain]
        ]
        rows.append(
            {name: outcome[name] for name in ("outcome", "label", "importance")}
            | {"certainty": _level(int(lowered.sum())), "reasons": " ".join(sentences) or "No serious concern."}
            | mine["concern"].to_dict()
        )
    return pd.DataFrame(rows)


def indirect_confidence(outcome: str) -> pd.DataFrame:
    """CINeMA for the indirect comparisons of the added drugs.

    Parameters
    ----------
    outcome : str
        'pfs' or 'os'.

    Returns
    -------
    DataFrame
        One row a pair of drugs: drug, against, the six domains, confidence ('high' to 'very low').

    Notes
    -----
    Some concerns lower the confidence by one level, major ones by two; of domains that overlap only the worst counts
    (CINEMA_GROUPS; Nikolakopoulou and others 2020, doi 10.1371/journal.pmed.1003082).
    """
    frame = load(f"{FOLDER}/indirect_confidence.csv").query("outcome == @outcome")
    pairs = list(dict.fromkeys(zip(frame["drug"], frame["against"])))
    table = frame.pivot(index=["drug", "against"], columns="domain", values="concern").loc[pairs, list(CINEMA_DOMAINS)]
    table["confidence"] = [
        _level(sum(max(CINEMA_LOWERED_BY[row[domain]] for domain in group) for group in CINEMA_GROUPS))
        for row in records(table)
    ]
    return table.reset_index().rename_axis(columns=None)


def _check_complete(name: str, keys: list[str], domains: tuple[str, ...], frame: pd.DataFrame) -> None:
    """Whatever is judged is judged in every domain."""
    for key, mine in frame.groupby(keys, sort=False):
        if missing := [domain for domain in domains if domain not in set(mine["domain"])]:
            what, remedy = (
                f"{' '.join(key)} is not judged for {missing[0]}",
                f"Add its row. Domains: {', '.join(domains)}.",
            )
            refuse(f"{FOLDER}/{name}", mine.index[0], "domain", what, remedy)


def _check_gaps(bias: pd.DataFrame, protocol: pd.DataFrame) -> None:
    """A trial of which some outcomes are judged is judged for all, but for those that the protocol calls not judged."""
    said = protocol.loc[protocol["item"] == "not-judged", "decision"].str.split(";").explode()
    names = trials()["name"]
    for trial, mine in bias.groupby("trial", sort=False):
        for outcome in ROB_OUTCOMES:
            words = OUTCOMES_IN_WORDS[outcome], names[trial]
            if outcome in set(mine["outcome"]) or any(all(word in part for word in words) for part in said):
                continue
            remedy = f"Add a row for each domain: {', '.join(ROB_DOMAINS)}. Or let the row not-judged of protocol.csv say {words[0]!r} and {words[1]!r}."
            refuse(f"{FOLDER}/risk_of_bias.csv", mine.index[0], "outcome", f"{trial} {outcome} is not judged", remedy)


def check_judgements(
    outcomes: pd.DataFrame,
    certainty: pd.DataFrame,
    bias: pd.DataFrame,
    indirect: pd.DataFrame,
    protocol: pd.DataFrame,
    analyses: Collection[str],
    drugs: Collection[str],
) -> None:
    """Every outcome has a certainty; what is judged is judged in every domain; where an outcome's numbers stand exists.

    What is not judged of a trial is said in the protocol. A trial of which nothing is judged yet may stand in the evidence.

    Parameters
    ----------
    outcomes, certainty, bias, indirect, protocol : DataFrame
        Rows of outcomes.csv, certainty.csv, risk_of_bias.csv, indirect_confidence.csv and protocol.csv, as `load` gives them.
    analyses, drugs : collection of str
        The names of analyses.csv, and the added drugs of trials.csv.

    Raises
    ------
    DataError
        For the first that does not; names file, row and column.
    """
    rated = set(certainty.loc[certainty["body"] == ONE_BODY, "outcome"])
    for line, row in numbered_records(outcomes):
        at = partial(refuse, f"{FOLDER}/outcomes.csv", line)
        if row["outcome"] not in rated:
            remedy = f"Add its rows to certainty.csv, of the body {ONE_BODY}, one for each domain."
            at("outcome", f"the outcome {row['outcome']!r} has no certainty", remedy)
        if row["analysis"] and row["analysis"] not in analyses:
            remedy = "Name an analysis of analyses.csv, or leave the cell empty."
            at("analysis", f"there is no analysis {row['analysis']!r}", remedy)
        if bool(row["analysis"]) != bool(row["quantity"]) or (row["analysis"] and row["claim"]):
            what = f"{row['outcome']!r} names an analysis without its quantity, or a claim beside them"
            at("quantity", what, "Fill in analysis and quantity, or a claim alone, or none.")
        for arm in ARM_OF_ROLE.values() if row["claim"] else ():
            try:
                claim(row["claim"].replace("{arm}", arm))
            except DataError as error:
                at("claim", error.what, error.remedy)
    _check_complete("certainty.csv", ["body", "outcome"], GRADE_DOMAINS, certainty)
    _check_complete("risk_of_bias.csv", ["trial", "outcome"], ROB_DOMAINS, bias)
    _check_gaps(bias, protocol)
    _check_complete("indirect_confidence.csv", ["drug", "against", "outcome"], CINEMA_DOMAINS, indirect)
    for line, row in numbered_records(indirect):
        for column in ("drug", "against"):
            if row[column] not in drugs or row["drug"] == row["against"]:
                what = f"{row['drug']} is compared with {row['against']}"
                remedy = f"Name two different drugs of trials.csv: {', '.join(dict.fromkeys(drugs))}."
                refuse(f"{FOLDER}/indirect_confidence.csv", line, column, what, remedy)
