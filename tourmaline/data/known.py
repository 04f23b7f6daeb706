"""What was known on a day: the evidence, bound once to a date, so that no question about it can forget the date."""

from __future__ import annotations

import datetime
from dataclasses import dataclass

from tourmaline.data.arms import control_arms, control_outcomes, outcome_counts, rates, reported_times
from tourmaline.data.comparison import caveat_words, caveats, hazard_ratios, side_by_side
from tourmaline.data.evidence import all_printings, designs, printings, results, select_analyses
from tourmaline.data.history import publications, published_pools
from tourmaline.data.references import references
from tourmaline.data.subgroups import finest_ratios, own_subgroups, subgroup_ratios
from tourmaline.data.survival import printed_curves, printed_survival, survival_analyses
from tourmaline.data.survival_numbers import early_ratio, survival_numbers
from tourmaline.data.trial_facts import trial_facts
from tourmaline.errors import EvidenceError


@dataclass(frozen=True)
class Evidence:
    """The evidence that had been published by a date. Each question about it is a method.

    Attributes
    ----------
    as_of : str
        A date (YYYY-MM-DD), or 'latest' for everything. A source that is known only by its year counts from the last day
        of that year; an undated source counts only for 'latest'.

    Examples
    --------
    >>> [len(known_by(day).published_pools()) > 0 for day in ("2016-04-28", "latest")]
    [False, True]
    """

    as_of: str

    def includes(self, source: str) -> bool:
        """Whether a source, by its key in references.bib, had been published by the date."""
        if self.as_of == "latest":
            return True
        known_from = references()[source].known_from if source in references() else None
        return known_from is not None and known_from <= datetime.date.fromisoformat(self.as_of)

    # On the right of each stands the function of the module that was imported, which so becomes a method.
    results = results
    printings = printings
    all_printings = all_printings
    select_analyses = select_analyses
    designs = designs
    trial_facts = trial_facts

    hazard_ratios = hazard_ratios
    side_by_side = side_by_side
    caveats = caveats
    caveat_words = caveat_words
    publications = publications
    published_pools = published_pools

    subgroup_ratios = subgroup_ratios
    own_subgroups = own_subgroups
    finest_ratios = finest_ratios

    rates = rates
    reported_times = reported_times
    outcome_counts = outcome_counts
    control_outcomes = control_outcomes
    control_arms = control_arms

    survival_analyses = survival_analyses
    printed_survival = printed_survival
    printed_curves = printed_curves
    survival_numbers = survival_numbers
    early_ratio = early_ratio


def known_by(as_of: str) -> Evidence:
    """What had been published by a date (YYYY-MM-DD), or everything: 'latest'.

    Raises
    ------
    EvidenceError
        If it is neither a date nor 'latest'.
    """
    if as_of != "latest":
        try:
            datetime.date.fromisoformat(as_of)
        except (TypeError, ValueError):
            raise EvidenceError(
                f"{as_of!r} is not a date", remedy="Give a date such as 2016-04-28, or 'latest'."
            ) from None
    return Evidence(as_of)
