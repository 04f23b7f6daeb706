"""Reported numbers that no patients were found to give together."""

from __future__ import annotations

from dataclasses import replace

POOLED_FOLLOWUP = "median follow-up of both arms"
COMPARISON = {"hazard ratio", "lower limit", "upper limit", "P value"}


class Conflict(ValueError):
    """Reported numbers for which no patients were found who give them together: they conflict, or the search ended too early.

    Attributes
    ----------
    unmet : tuple of str
        Reported numbers that were not matched.
    without : tuple of str
        Reported numbers without any one of which the others can be met.
    """

    def __init__(self, unmet, without):
        self.unmet, self.without = tuple(unmet), tuple(without)
        message = f"no patients were found who give these reported numbers together: {', '.join(unmet)} did not match"
        if without:
            message += f". The others can be met without any one of: {', '.join(without)}. Check these numbers"
        message += ". The search tries many patients and not all, so the numbers contradict each other or it did not find those who give them"
        if COMPARISON & set(unmet):
            message += (
                ". Two arms without the strata of a stratified analysis cannot always give all of its comparison: "
                "hold one of its numbers out (the argument `using` of TrialSummary.from_printed)"
            )
        super().__init__(message)


def without_one(trial):
    """Names of the reported numbers, and the change of the trial that leaves each out."""
    for name, label in (("lower", "lower limit"), ("upper", "upper limit"), ("p_value", "P value")):
        if getattr(trial, name) is not None:
            yield label, {name: None}
    if trial.hazard_ratio is not None:
        yield "hazard ratio", dict.fromkeys(("hazard_ratio", "lower", "upper", "p_value"))
    if trial.events is not None:
        yield "events of both arms", {"events": None}
    if trial.median_followup is not None:
        yield POOLED_FOLLOWUP, {"median_followup": None}
    for side in ("control", "experimental"):
        summary = getattr(trial, side)
        for name, label in (("events", "events"), ("median", "median"), ("median_followup", "median follow-up")):
            if getattr(summary, name) is not None:
                yield f"{side} {label}", {side: replace(summary, **{name: None})}
        for name, label in (("survival", "survival"), ("at_risk", "number at risk")):
            rows = getattr(summary, name)
            for index, (month, _) in enumerate(rows):
                if month > 0:
                    yield (
                        f"{side} {label} at {month:g} months",
                        {side: replace(summary, **{name: rows[:index] + rows[index + 1 :]})},
                    )
