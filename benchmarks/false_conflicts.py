"""How often does a reconstruction find no patients although there are some? Simulated trials whose printed numbers are true.

    python -m benchmarks.false_conflicts [--trials 500] [--draws 0] [--first 0] [--json FILE]

Each trial has 45 to 120 patients an arm, hazards of one of eight shapes, even accrual and a few lost. What a paper would print of
it is rebuilt at levels 1, 2 and 3 in turn. The true patients give every printed number, so every Conflict is false.
"""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path

import numpy as np
import pandas as pd

from tourmaline.statistics.reconstruction import Conflict, reconstruct
from tourmaline.statistics.reconstruction.accuracy.measures import TruePatients, publish

SMALLEST, LARGEST = 45, 120  # patients of an arm
FEWEST_EVENTS = 8  # of an arm: with fewer a paper prints little of its curve
LOST = 0.1  # share who drop out within the longest follow-up
BEYOND = 6.0  # of time in units of the typical survival, up to which hazards are added up
SHAPES = {  # hazard at t of the control, and the ratio of the experimental arm's to it; t in typical survivals
    "constant": (lambda t: 1.0 + 0 * t, lambda t: 0.65 + 0 * t),
    "falling": (lambda t: 0.8 * (t + 0.02) ** -0.4, lambda t: 0.7 + 0 * t),
    "rising": (lambda t: 1.8 * t**0.8, lambda t: 0.6 + 0 * t),
    "rising, then falling": (lambda t: 4 * t / (1 + 2 * t**2), lambda t: 0.75 + 0 * t),
    "plateau": (lambda t: 2.0 * np.exp(-2 * t), lambda t: 0.7 + 0 * t),
    "late effect": (lambda t: 1.0 + 0 * t, lambda t: np.where(t < 0.5, 1.0, 0.5)),
    "fading effect": (lambda t: 1.0 + 0 * t, lambda t: np.where(t < 0.5, 0.4, 1.0)),
    "crossing": (lambda t: 1.0 + 0 * t, lambda t: np.where(t < 0.4, 1.5, 0.5)),
}


def simulate(number: int) -> tuple[str, TruePatients]:
    """The shape and the patients of one trial; times in months, to a day."""
    random = np.random.default_rng(number)
    shape = list(SHAPES)[number % len(SHAPES)]
    while True:
        typical = random.uniform(5, 30)
        longest, accrual = typical * random.uniform(1.0, 3.0), random.uniform(0.2, 0.8)
        sizes = (
            random.integers(SMALLEST, LARGEST + 1, 2)
            if random.random() < 0.5
            else [random.integers(SMALLEST, LARGEST + 1)] * 2
        )
        arm = np.repeat([False, True], sizes)
        grid = np.linspace(0, BEYOND, 3001)
        hazard, ratio = (of(grid + 1e-9) for of in SHAPES[shape])
        survival = np.empty(len(arm))
        for group, own in ((False, hazard), (True, hazard * ratio)):
            cumulative = np.concatenate([[0], np.cumsum(own[:-1] * np.diff(grid))])
            wanted = random.exponential(size=(arm == group).sum())
            survival[arm == group] = np.interp(wanted, cumulative, grid, right=np.inf) * typical
        followed = longest * (1 - accrual * random.random(len(arm)))
        dropout = random.exponential(longest / -np.log(1 - LOST), len(arm))
        times, events = np.minimum(survival, np.minimum(followed, dropout)), survival <= np.minimum(followed, dropout)
        times = np.maximum(np.round(times * 30.4375), 1) / 30.4375
        if min(events[arm].sum(), events[~arm].sum()) >= FEWEST_EVENTS:
            return shape, TruePatients(times, events, arm)


def main() -> None:
    """Simulate, rebuild, count."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--trials", type=int, default=500)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--draws", type=int, default=0)
    parser.add_argument("--json", type=Path)
    asked = parser.parse_args()
    rows = []
    for number in range(asked.first, asked.first + asked.trials):
        shape, patients = simulate(number)
        level, started, unmet = 1 + number // len(SHAPES) % 3, time.perf_counter(), ()
        try:
            reconstruct(publish(patients), level, asked.draws, number)
        except Conflict as conflict:
            unmet = conflict.unmet
        seconds = round(time.perf_counter() - started, 2)
        rows.append({"trial": number, "shape": shape, "level": level, "seconds": seconds, "unmet": list(unmet)})
        if unmet:
            print(rows[-1], flush=True)
    table = pd.DataFrame(rows)
    table["failed"] = table["unmet"].str.len() > 0
    print(table.groupby("level")["failed"].agg(["size", "sum"]))
    print(table.groupby("shape")["failed"].agg(["size", "sum"]))
    print(f"{table['failed'].sum()} of {len(table)} failed; seconds: median {table['seconds'].median():.2f}, ", end="")
    print(f"99th percentile {table['seconds'].quantile(0.99):.1f}, longest {table['seconds'].max():.1f}")
    if asked.json:
        asked.json.write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
