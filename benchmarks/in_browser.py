"""Does a notebook give the same numbers in a reader's browser? Each is run there and in CPython; every value and every cell is compared.

    python -m benchmarks.in_browser [NOTEBOOK ...] [--json FILE]

Each notebook is run with its defaults and with three other settings, in Chromium, from a site of `make browser` that is served to this machine
alone, and by the same code in this Python. A number agrees if it differs by no more than `TOLERANCE` of itself, everything else if it is
the same; a cell of a table if it shows the same. With --json the table of the reference part is renewed: the notebooks that are run take the place of what the file says of them.
"""

from __future__ import annotations

import argparse
import json
import math
import sys
import tempfile
import threading
import time
from collections.abc import Iterable, Iterator, Mapping
from functools import partial
from itertools import zip_longest
from pathlib import Path
from typing import Any

from bs4 import BeautifulSoup
from playwright.sync_api import Page, sync_playwright

from tourmaline import paths
from tourmaline.errors import NotebookError
from tourmaline.in_browser.comparing import compared
from tourmaline.in_browser.running import NotebookRun
from tourmaline.pipeline.notebooks import all_notebooks
from tourmaline.pipeline.server import SiteHandler, SiteServer

TOLERANCE = 1e-9
BROWSER = "/usr/bin/chromium"
LONGEST_MS = 1_800_000
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
PAPER = "2016-04-28"
LEVEL = {"confidence_level": "0.9"}
FEW = {"draws": "20"}  # of a reconstruction: the search is the same, and takes minutes less
EARLY = {"as_of": PAPER}
# Three settings besides the defaults; a list or a number as a form gives it.
SETTINGS: dict[str, tuple[dict[str, str], ...]] = {
    "as_it_stood": ({"model": "random"}, LEVEL, EARLY),
    "audit": ({"section": "table2"}, {"rounding_convention": "half-up"}, {"section": "abstract-results"}),
    "baseline": ({"threshold": "0.05"}, {"threshold": "0.2"}, {"characteristics": "Age"}),
    "comparator": ({"trials": "ASPIRE,POLLUX"}, EARLY, {"trials": "core"}),
    "cross_response": ({"effect_measure": "odds-ratio"}, {"response": "complete_response", "model": "fixed"}, LEVEL),
    "cross_subgroups": ({"endpoint": "os"}, {"power": "0.9"}, LEVEL),
    "cross_trial": (
        {"model": "random", "tau_estimator": "reml"},
        {"endpoint": "os", "prediction": "t-k-2"},
        {"trials": "ASPIRE,POLLUX", "confidence_level": "0.9"},
    ),
    "for_patients": (FEW, {**FEW, "month": "12"}, {**FEW, **EARLY}),
    "indirect": ({"endpoint": "os"}, {"heterogeneity": "0.1"}, LEVEL),
    "judgements": ({"endpoint": "os"}, {"endpoint": "pfs"}, {"endpoint": "os"}),
    "lessons": ({"analysis": "latest"}, {"power": "0.9"}, {"stricter_level": "0.999"}),
    "lessons_survival": (FEW, {**FEW, "horizon": "12"}, {**FEW, **EARLY}),
    "monitoring": ({"spending_function": "pocock"}, {"endpoint": "pfs"}, {"information_fractions": "0.5,1"}),
    "multiverse": (EARLY, {"as_of": "2017-01-01"}, {"as_of": "2019-01-01"}),
    "overall_survival": ({"tau_estimator": "reml"}, {"interval_method": "hartung-knapp"}, LEVEL),
    "overall_survival_analyses": (FEW, {**FEW, **LEVEL}, {**FEW, "interval_method": "plain"}),
    "pollux": ({"endpoint": "os"}, {"prior_scale": "1"}, LEVEL),
    "progression_and_response": (FEW, {**FEW, **LEVEL}, {**FEW, "seed": "2"}),
    "progression_free_survival": (FEW, {**FEW, "interval_method": "plain"}, {**FEW, "analysis": "second"}),
    "proportional_hazards": (FEW, {**FEW, "time_scale": "log"}, {**FEW, "early": "12"}),
    "published_pools": ({"model": "random"}, {"trials": "ASPIRE,POLLUX"}, LEVEL),
    "reconstruction_accuracy": ({"draws": "2"}, {"draws": "3"}, {"draws": "2", "seed": "1"}),
    "response": ({"interval_method": "wilson"}, {"test": "fisher"}, LEVEL),
    "safety": ({"effect_measure": "odds-ratio"}, {"grade": "3"}, LEVEL),
    "second_analysis": (FEW, {**FEW, **LEVEL}, {**FEW, "seed": "2"}),
    "side_by_side": (FEW, {**FEW, "endpoint": "os"}, {**FEW, "horizon": "12"}),
    "sister_curves": (FEW, {**FEW, **LEVEL}, {**FEW, "interval_method": "plain"}),
    "smaller_trial": ({"patients": "500"}, {"patients": "100"}, LEVEL),
    "sources": (EARLY, {"as_of": "2019-01-01"}, {"as_of": "2014-01-01"}),
    "subgroups": ({"endpoint": "os"}, {"power": "0.9"}, LEVEL),
    "summary": ({"analysis": "second"}, {"horizon": "12"}, LEVEL),
    "toxicity": ({"effect_measure": "odds-ratio"}, {"trials": "ASPIRE,POLLUX"}, LEVEL),
    "treatment_given": (LEVEL, EARLY, {"confidence_level": "0.99"}),
}


def same(one: Any, other: Any) -> bool:
    """Whether two published values agree: numbers within the tolerance, lists and records part by part, all else exactly.

    Examples
    --------
    >>> same({"a": 1.0, "b": "x"}, {"a": 1.0 + 1e-12, "b": "x"}), same(1.0, 1.001), same(2, 3), same(None, 0.0)
    (True, False, False, False)
    """
    if isinstance(one, float) and isinstance(other, float):
        return math.isclose(one, other, rel_tol=TOLERANCE, abs_tol=1e-300)
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(same(one[key], other[key]) for key in one)
    return type(one) is type(other) and one == other


Tables = dict[str, list[list[str]]]


def cells(tables: Iterable[Mapping[str, Any]]) -> Tables:
    """What each cell of the tables of a run shows, by the table's name and its rows.

    Examples
    --------
    >>> cells([{"name": "one", "run": "<tr><th>a &lt; b</th><td><sup>1</sup>2</td></tr>"}, {"name": "two", "run": None}])
    {'one': [['a < b', '12']]}
    """
    return {
        table["name"]: [
            [cell.get_text() for cell in row.find_all(["th", "td"])]
            for row in BeautifulSoup(table["run"], "html.parser").find_all("tr")
        ]
        for table in tables
        if table["run"]
    }


def differences(here: Tables, there: Tables) -> tuple[int, list[str]]:
    """How many cells there are, and which of them differ.

    Examples
    --------
    >>> differences({"one": [["a", "1"]]}, {"one": [["a", "2"]], "two": [["b"]]})
    (3, ["one, row 1, column 2: '2', not '1'", "two, row 1, column 1: 'b', not None"])
    """
    count, found = 0, []
    for name in {**here, **there}:
        for row, (one, other) in enumerate(zip_longest(here.get(name, []), there.get(name, []), fillvalue=[]), start=1):
            for column, (mine, theirs) in enumerate(zip_longest(one, other), start=1):
                count += 1
                if mine != theirs:
                    found.append(f"{name}, row {row}, column {column}: {theirs!r}, not {mine!r}")
    return count, found


def in_python(notebook: str, given: Mapping[str, str]) -> tuple[dict[str, Any], Tables, str]:
    """The values and tables that this Python publishes, and what it says if the notebook cannot answer."""
    with tempfile.TemporaryDirectory() as folder:
        run = NotebookRun(notebook, given, Path(folder))
        said = ""
        try:
            while run.run_next():
                pass
        except NotebookError as error:
            said = str(error)
        path = Path(folder) / "values.json"
        if said:
            return {}, {}, said
        values = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
        return values, cells(compared(run.folder, run.folder)["tables"]), said


def in_page(page: Page, notebook: str, given: Mapping[str, str]) -> tuple[dict[str, Any], Tables, str, int, float]:
    """The same in the browser, by the worker that the panel uses; how often it warned; and its seconds, without the start of Python."""
    answer = page.evaluate(
        """([notebook, given]) => new Promise((resolve) => {
            let begun = performance.now();
            worker.onmessage = ({ data }) => {
              if (data.kind === "cell" && data.done === 0) begun = performance.now();
              if (data.kind === "results") resolve({ values: data.records, tables: data.tables, said: "", warned: data.warned, seconds: (performance.now() - begun) / 1000 });
              if (data.kind === "failed") resolve({ values: "{}", tables: [], said: data.message, warned: [], seconds: (performance.now() - begun) / 1000 });
            };
            worker.postMessage({ notebook, given });
        })""",
        [notebook, dict(given)],
    )
    tables = cells(answer["tables"])
    return json.loads(answer["values"]), tables, answer["said"], len(answer["warned"]), answer["seconds"]


def compare(page: Page, notebook: str) -> dict[str, Any]:
    """Run a notebook with its settings in both, and say what differs."""
    row: dict[str, Any] = {
        "notebook": notebook,
        "runs": 0,
        "values": 0,
        "agree": 0,
        "cells": 0,
        "cells_agree": 0,
        "differ": [],
        "warnings": 0,
        "seconds": 0.0,
    }
    for given in ({}, *SETTINGS[notebook]):
        there, tables_there, said_there, warned, seconds = in_page(page, notebook, given)
        here, tables_here, said_here = in_python(notebook, given)
        row["runs"] += 1
        row["warnings"] += warned
        row["seconds"] = round(seconds, 1) if not given else row["seconds"]
        if said_here.split() != said_there.split():
            row["differ"].append(f"{given}: {said_there or 'no message'}, not {said_here or 'no message'}")
        for name in {**here, **there}:
            records = [{**found.get(name, {}), "cell": None} for found in (here, there)]  # IPython alone counts cells
            row["values"] += 1
            agrees = same(*records)
            row["agree"] += agrees
            if not agrees:
                row["differ"].append(f"{given}, {name}: {records[1].get('value')}, not {records[0].get('value')}")
        count, found = differences(tables_here, tables_there)
        row["cells"] += count
        row["cells_agree"] += count - len(found)
        row["differ"] += [f"{given}, {words}" for words in found]
    return row


def measured(notebooks: list[str]) -> Iterator[dict[str, Any]]:
    """The row of each notebook, from the built site."""
    with (
        SiteServer(("127.0.0.1", 0), partial(SiteHandler, directory=str(paths.SITE))) as server,
        sync_playwright() as tool,
    ):
        threading.Thread(target=server.serve_forever, daemon=True).start()
        chromium = tool.chromium.launch(executable_path=BROWSER, args=FLAGS)
        page = chromium.new_page()
        page.set_default_timeout(LONGEST_MS)
        folder = f"http://127.0.0.1:{server.server_port}/browser/"
        page.goto(folder + "LICENCES.txt")
        version = page.evaluate(
            """async () => {
              const content = await (await fetch("manifest.json")).arrayBuffer();
              const sum = [...new Uint8Array(await crypto.subtle.digest("SHA-256", content))];
              const version = sum.map((byte) => byte.toString(16).padStart(2, "0")).join("");
              await navigator.serviceWorker.register("service_worker.js?version=" + version);
              await navigator.serviceWorker.ready;
              window.worker = new Worker("worker.js");
              return version;
            }"""
        )
        assert len(version) == 64
        for notebook in notebooks:
            begun = time.perf_counter()
            row = compare(page, notebook)
            words = f"{row['agree']} of {row['values']} values and {row['cells_agree']} of {row['cells']} cells agree in {row['runs']} runs"
            print(
                f"{notebook}: {words}; {time.perf_counter() - begun:.0f} s", *row["differ"][:5], sep="\n  ", flush=True
            )
            yield row
        chromium.close()
        server.shutdown()


def keep(path: Path, row: dict[str, Any]) -> None:
    """Put a row into the file, in the place of what it says of the same notebook."""
    known = json.loads(path.read_text(encoding="utf-8"))["rows"] if path.exists() else []
    every = {one["notebook"]: one for one in [*known, row]}
    content = {"tolerance": TOLERANCE, "rows": [every[name] for name in sorted(every)]}
    path.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("notebooks", nargs="*", metavar="NOTEBOOK")
    parser.add_argument("--json", type=Path, help="write the rows into this file")
    given = parser.parse_args()
    if not (paths.SITE / "browser" / "manifest.json").exists():
        sys.exit("The site has no Python for browsers: make browser.")
    names = given.notebooks or [path.stem for path in all_notebooks()]
    failed = False
    for row in measured(names):
        failed |= bool(row["differ"])
        if given.json:
            keep(given.json, row)
    sys.exit(failed)


if __name__ == "__main__":
    main()
