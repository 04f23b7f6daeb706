"""Run the cells of notebooks one after the other, without a kernel: a program of its own, in the environment that is looked at.

    python -m tourmaline.pipeline.reproducing.cells FOLDER '{"cross_trial": {}, "sister_curves": {"draws": 4}}'

It writes results into FOLDER, one folder a notebook, and `environment.json`: what tells whether the environment counts otherwise.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
import warnings
from pathlib import Path
from typing import Any

ENVIRONMENT = "environment.json"


def run_cells(notebook: Path, given: dict[str, Any], folder: Path) -> None:
    """Run a notebook's code with some parameters, publishing into a folder."""
    os.environ["TOURMALINE_RESULTS"] = str(folder)
    # A kernel gives every notebook `display`; here nothing is shown.
    namespace: dict[str, Any] = {"__name__": "__main__", "display": lambda *shown: None}
    for number, cell in enumerate(json.loads(notebook.read_text(encoding="utf-8"))["cells"], start=1):
        if cell["cell_type"] != "code":
            continue
        try:
            exec(compile("".join(cell["source"]), f"{notebook.name}, cell {number}", "exec"), namespace)
        except Exception as error:
            sys.exit(f"notebooks/{notebook.name}, cell {number}: {type(error).__name__}: {error}")
        if "parameters" in cell["metadata"].get("tags", []):
            namespace.update(given)
    (folder / "inputs.json").unlink()  # it names files of this folder


def last_digits() -> dict[str, str]:
    """Hashes of a product of matrices, of exponentials and of the C library's powers: they tell other arithmetic, not other results."""
    import numpy as np

    numbers = np.random.default_rng(0).standard_normal((200, 200))
    found = {
        "products of matrices": numbers @ numbers,
        "exponentials": np.exp(numbers),
        "powers": np.array([abs(number) ** 0.37 for number in numbers.ravel().tolist()]),
    }
    return {name: hashlib.sha256(values.tobytes()).hexdigest()[:12] for name, values in found.items()}


def main(target: str, asked: str) -> None:
    """Run the notebooks that are asked for, by name, with their parameters."""
    from tourmaline import paths

    # The runner does the same: warnings are looked at in the book's own runs.
    warnings.simplefilter("ignore")
    folder = Path(target)
    for name, given in json.loads(asked).items():
        run_cells(paths.NOTEBOOKS / f"{name}.ipynb", given, folder / name)
    (folder / ENVIRONMENT).write_text(json.dumps(last_digits()), encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
