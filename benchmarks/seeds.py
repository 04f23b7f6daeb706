"""How far do published numbers move with the seed? Every notebook that draws at random is run with many seeds, and compared.

    python -m benchmarks.seeds [--seeds 20] [--first 101] [--jobs N] [--json benchmarks/seeds.json]

Of each value, and of each limit of its interval, what the book shows is compared over the seeds: the last digit shown is stable if no
two of them are further apart than one unit of it, or than five standard errors of a number that is shown with them. Texts are the sentences and verdicts. The book shows benchmarks/seeds.json.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from pathlib import Path

from tourmaline import parameters, paths
from tourmaline.digits import with_decimals
from tourmaline.pipeline.notebooks import all_notebooks
from tourmaline.results.formats import shown_p, shown_value

ENDS = ("value", "lower", "upper")


def drawing() -> list[str]:
    """The notebooks that draw at random and take a seed."""
    return [path.stem for path in all_notebooks() if {"seed", "draws"} <= parameters.declared(path).keys()]


def run(notebook: str, seed: int, folder: Path) -> dict:
    """The values of a notebook with a seed."""
    place = folder / f"{notebook}-{seed}"
    place.mkdir()
    asked = json.dumps({notebook: {"seed": seed}})
    command = [sys.executable, "-m", "tourmaline.pipeline.reproducing.cells", str(place), asked]
    subprocess.run(command, cwd=paths.ROOT, check=True, env={"OPENBLAS_NUM_THREADS": "1", "MPLBACKEND": "agg"})
    values = place / notebook / "values.json"
    return json.loads(values.read_text(encoding="utf-8")) if values.exists() else {}  # one publishes a table alone


def shown(record: dict, end: str) -> Decimal | None:
    """What the book shows of a value or of a limit, as a number; None where it shows none."""
    number = record.get(end)
    if number is None:
        return None
    if record["unit"] == "probability":
        return Decimal(shown_p(number).removeprefix("<"))
    return Decimal(with_decimals(number, record["decimals"]))


def unit(record: dict, end: str) -> Decimal:
    """How far apart two seeds may be in what the book shows of a value or of a limit."""
    if end == "value" and "±" in shown_value(record):
        return Decimal(5 * record["monte_carlo_error"])
    return Decimal(1).scaleb(-record["decimals"])


def compare_seeds(values: dict[int, dict]) -> dict[str, list]:
    """Of one notebook's values by seed: numbers that come from draws, whether their last digits are stable, and texts that change."""
    found = defaultdict(list)
    first = next(iter(values.values()))
    for name, record in first.items():
        records = [of_seed[name] for of_seed in values.values()]
        if isinstance(record["value"], str):
            found["texts"].append(name)
            if len({one["value"] for one in records}) > 1:
                found["texts that change"].append(name)
            continue
        for end in ENDS:
            numbers = [one.get(end) for one in records]
            if record.get(end) is None and len(set(numbers)) == 1:
                continue
            found["numbers"].append(f"{name} {end}")
            if len(set(numbers)) == 1:
                continue
            found["drawn"].append(f"{name} {end}")
            words = [shown(one, end) for one in records]
            units = [unit(one, end) for one in records]
            if None in words or max(words) - min(words) > max(units):
                found["not stable"].append(f"{name} {end}: {min(filter(None, words))} to {max(filter(None, words))}")
    return found


def main() -> None:
    """Run, compare, and print or write what was found."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--few", type=int, default=5, help="seeds of the notebooks of --with-few, which take long")
    parser.add_argument("--with-few", nargs="*", default=["reconstruction_accuracy"])
    parser.add_argument("--first", type=int, default=101)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--notebooks", nargs="*", default=drawing())
    parser.add_argument("--json", type=Path)
    asked = parser.parse_args()
    rows, changing, unstable = [], [], []
    seeds_of = {name: asked.few if name in asked.with_few else asked.seeds for name in asked.notebooks}
    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(asked.jobs) as pool:
        runs = {
            name: {
                seed: pool.submit(run, name, seed, Path(folder)) for seed in range(asked.first, asked.first + number)
            }
            for name, number in seeds_of.items()
        }
        for notebook, of_notebook in runs.items():
            found = compare_seeds({seed: done.result() for seed, done in of_notebook.items()})
            counts = {kind: len(found[kind]) for kind in KINDS}
            rows.append({"notebook": notebook, "seeds": seeds_of[notebook], **counts})
            changing += [f"{notebook}/{name}" for name in found["texts that change"]]
            unstable += [f"{notebook}/{words}" for words in found["not stable"]]
            print(rows[-1], *found["not stable"], *found["texts that change"], sep="\n  ", flush=True)
    measured = {"rows": rows, "unstable": unstable, "changing": changing}
    if asked.json:
        asked.json.write_text(json.dumps(measured, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


KINDS = ("numbers", "drawn", "not stable", "texts", "texts that change")

if __name__ == "__main__":
    main()
