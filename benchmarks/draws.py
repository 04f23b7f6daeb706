"""What does a draw of a reconstruction cost, here and in another checkout of this project? Side by side, in turns.

    git worktree add ../before COMMIT
    python -m benchmarks.draws ../before [--draws 400] [--draws-before 100] [--rounds 3] [--json benchmarks/draws.json]

Progression-free survival of each trial is reconstructed at its highest level of information, with the numbers of sets that
the options give: by default those that its notebook draws now and drew before.
The quickest round counts. The book shows benchmarks/draws.json.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from pathlib import Path

from tourmaline import paths

TRIALS = ("TOURMALINE-MM1", "ASPIRE", "ELOQUENT-2")  # their progression-free survival
ONE = """
import json, sys, time
from tourmaline import data
from tourmaline.statistics import reconstruction
name, day, draws = sys.argv[1], "latest", int(sys.argv[2])
chosen, _ = data.known_by(day).select_analyses([name], "pfs")
printed = data.known_by(day).printed_curves(chosen)[0][name]
trial = reconstruction.TrialSummary.from_printed(printed)
level = max(printed.levels)
reconstruction.reconstruct(trial, level, 1, 0)  # what is made once in a process
started = time.perf_counter()
reconstruction.reconstruct(trial, level, draws, 1)
print(json.dumps(time.perf_counter() - started))
"""


def seconds(checkout: Path, trial: str, draws: int) -> float:
    """Of one reconstruction, with the code and the data of a checkout, on one thread."""
    environment = {**os.environ, "PYTHONPATH": str(checkout), "OPENBLAS_NUM_THREADS": "1"}
    command = [sys.executable, "-c", ONE, trial, str(draws)]
    done = subprocess.run(command, cwd=checkout, env=environment, check=True, capture_output=True, text=True)
    return json.loads(done.stdout)


def main() -> None:
    """Measure in turns, print and write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("before", type=Path)
    parser.add_argument("--draws", type=int, default=400)
    parser.add_argument("--draws-before", type=int, default=100)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--json", type=Path)
    asked = parser.parse_args()
    rows = []
    for trial in TRIALS:
        sides = (asked.before.resolve(), asked.draws_before), (paths.ROOT, asked.draws)
        taken = [[seconds(checkout, trial, draws) for checkout, draws in sides] for _ in range(asked.rounds)]
        before, now = (min(column) for column in zip(*taken))
        rows.append(
            {
                "trial": trial,
                "draws before": asked.draws_before,
                "before": round(before, 2),
                "draws": asked.draws,
                "now": round(now, 2),
                "a draw": round(before / asked.draws_before / (now / asked.draws), 2),
            }
        )
        print(rows[-1], flush=True)
    if asked.json:
        asked.json.write_text(json.dumps({"rows": rows}, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
