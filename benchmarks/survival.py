"""Time an ensemble of patient sets through our survival estimators and through a loop over lifelines.

Both do the same on the same sets: the Cox model, the log-rank test, both arms' medians and both arms' restricted means.
lifelines takes a sample of the sets, and its time is given for each set. Then one reconstruction of a trial of that size is
timed.

    python -m benchmarks.survival [--sets 1000] [--patients 722] [--sample 30] [--draws 100] [--seed 1]
"""

import argparse
import time as clock

import numpy as np
import pandas as pd
from lifelines import CoxPHFitter, KaplanMeierFitter
from lifelines.statistics import logrank_test
from lifelines.utils import restricted_mean_survival_time

from tourmaline.statistics.reconstruction import reconstruct
from tourmaline.statistics.reconstruction.accuracy.measures import TruePatients, publish
from tourmaline.statistics.survival import CONVERGED, cox, kaplan_meier, log_rank, rmst

ANSWERS = ("log hazard ratio", "standard error", "log-rank statistic", "median 0", "median 1", "RMST 0", "RMST 1")
HORIZON = 20.0


def simulated_sets(sets, patients, seed, decimals):
    """Exponential times in two arms, censored by staggered entry; rounded times have ties."""
    random = np.random.default_rng(seed)
    group = np.repeat([0, 1], [patients // 2, patients - patients // 2])
    event_time = random.exponential(np.where(group == 1, 28.0, 21.0), (sets, patients))
    followup = random.uniform(6, 30, (sets, patients))
    time = np.round(np.minimum(event_time, followup), decimals)
    # The last of each arm stays beyond the horizon, so that restricted means exist in every set.
    time[:, [0, -1]] = 30.0
    event = (event_time <= followup).astype(int)
    event[:, [0, -1]] = 0
    return time, event, group


def ours(time, event, group):
    """Every answer for all sets at once, shape (m, answers)."""
    fit = cox(time, event, group)
    arms = [(time[:, group == arm], event[:, group == arm]) for arm in (0, 1)]
    medians = [kaplan_meier(*arm).median for arm in arms]
    means = [rmst(*arm, HORIZON).estimate for arm in arms]
    test = log_rank(time, event, group)
    return np.stack([fit.log_hazard_ratio, fit.standard_error, test.statistic, *medians, *means], axis=1)


def lifelines(time, event, group):
    """The same, set by set."""
    return np.array([_one_set(*one, group) for one in zip(time, event)])


def _one_set(time, event, group):
    frame = pd.DataFrame({"time": time, "event": event, "group": group})
    fit = CoxPHFitter().fit(frame, "time", "event", fit_options=CONVERGED)
    curves = [KaplanMeierFitter().fit(time[group == arm], event[group == arm]) for arm in (0, 1)]
    test = logrank_test(time[group == 0], time[group == 1], event[group == 0], event[group == 1])
    return [
        fit.params_["group"],
        fit.standard_errors_["group"],
        test.test_statistic,
        *(curve.median_survival_time_ for curve in curves),
        *(restricted_mean_survival_time(curve, t=HORIZON) for curve in curves),
    ]


def compare_with_lifelines(time, event, group, sample):
    """Seconds a set of both, the ratio, and the largest relative difference of each answer."""
    start = clock.perf_counter()
    answers = ours(time, event, group)
    our_seconds = (clock.perf_counter() - start) / len(time)
    start = clock.perf_counter()
    expected = lifelines(time[:sample], event[:sample], group)
    their_seconds = (clock.perf_counter() - start) / sample
    # Medians that are not reached are inf on both sides.
    same = answers[:sample] == expected
    difference = np.where(same, 0, np.abs(answers[:sample] - expected) / np.abs(expected))
    return our_seconds, their_seconds, difference.max(axis=0)


def reconstruction_seconds(time, event, group, draws):
    """Seconds of rebuilding one set from its printed summary, at levels 1 to 4, each with an ensemble."""
    trial = publish(TruePatients(time, event.astype(bool), group == 1))
    seconds = []
    for level in (1, 2, 3, 4):
        start = clock.perf_counter()
        reconstruct(trial, level, draws)
        seconds.append(clock.perf_counter() - start)
    return seconds


def main():
    """Print both comparisons, without ties and with."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    for name, default in (("sets", 1000), ("patients", 722), ("sample", 30), ("draws", 100), ("seed", 1)):
        options.add_argument(f"--{name}", type=int, default=default)
    chosen = options.parse_args()
    print(f"{chosen.sets} sets of {chosen.patients} patients; lifelines on the first {chosen.sample} of them\n")
    print(f"{'times':<20}{'ours, ms a set':>16}{'lifelines, ms a set':>22}{'ratio':>8}{'largest difference':>22}")
    for label, decimals in (("continuous", 12), ("rounded to 0.1", 1)):
        time, event, group = simulated_sets(chosen.sets, chosen.patients, chosen.seed, decimals)
        our_seconds, their_seconds, difference = compare_with_lifelines(time, event, group, chosen.sample)
        worst = f"{difference.max():.1e} ({ANSWERS[difference.argmax()]})"
        print(f"{label:<20}{our_seconds * 1e3:>16.3f}{their_seconds * 1e3:>22.1f}", end="")
        print(f"{their_seconds / our_seconds:>8.0f}  {worst}")
    time, event, group = simulated_sets(1, chosen.patients, chosen.seed, 12)
    seconds = reconstruction_seconds(time[0], event[0], group, chosen.draws)
    print(f"\none reconstruction, {chosen.draws} draws beside the reference:")
    for level, taken in enumerate(seconds, start=1):
        print(f"level {level}{taken:>10.1f} s")


if __name__ == "__main__":
    main()
