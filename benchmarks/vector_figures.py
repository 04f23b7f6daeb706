"""How exactly are curves read off figures that are drawn with strokes? Measured on public patient data.

    python -m benchmarks.vector_figures [--json FILE] [--sets gbsg2 rossi ...]

Each public set of two groups is drawn by matplotlib (as a step line with crosses for the censored), by lifelines (its own
plot, with bands) and, where Rscript is found, by R's package survival; each as a PDF and as an SVG. The page is then read as a
reader would read it: two labels or marks of each axis, and a colour or stroke for each arm.

Of each figure: the worst distance of the read curve from the true one between its steps; steps invented (read where no event
was) and lost; the events and the hazard ratio of patients that are reconstructed from it with the printed numbers at risk and
no events, beside the true ones.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import tempfile
import warnings
from collections.abc import Iterator, Sequence
from pathlib import Path

import matplotlib

matplotlib.use("agg")
import matplotlib.pyplot as plt
import numpy as np
from lifelines import KaplanMeierFitter

from tourmaline.data.digitised_points import mend_curves
from tourmaline.data.drawn_paths import read_page
from tourmaline.data.public_patients import PUBLIC_SETS
from tourmaline.data.vector_figures import find_axis, listing, read_figure
from tourmaline.statistics.reconstruction import ArmSummary, Curve, TrialSummary, reconstruct
from tourmaline.statistics.reconstruction.accuracy.measures import TruePatients
from tourmaline.statistics.survival import cox, kaplan_meier, number_at_risk

COLOURS = {"control": "#b34700", "experimental": "#005f96"}
RISK_COLUMNS = 8
# Page units: steps nearer to each other are one on the page; matplotlib thins out lines to a ninth of a unit.
FINEST = 0.15
PAGE_UNITS = 400.0  # length of the axis of months, about


def draw_matplotlib(patients: TruePatients, target: Path) -> None:
    """A step line of each arm, with crosses for the censored."""
    with matplotlib.rc_context({"svg.fonttype": "none", "svg.hashsalt": "vector"}):
        figure, axes = plt.subplots(figsize=(7, 5))
        for arm, colour in COLOURS.items():
            times, events = patients.of(arm == "experimental")
            curve = kaplan_meier(times, events)
            months = np.concatenate([[0.0], curve.time])
            survival = np.concatenate([[1.0], curve.survival])
            axes.step(months, survival, where="post", color=colour)
            lost = np.unique(times[~events])
            axes.plot(lost, curve.at(lost), "+", color=colour, markersize=5)
        _finish(axes, figure, target)


def draw_lifelines(patients: TruePatients, target: Path) -> None:
    """lifelines' own plot: curves with bands and marks of the censored."""
    with matplotlib.rc_context({"svg.fonttype": "none", "svg.hashsalt": "vector"}):
        figure, axes = plt.subplots(figsize=(7, 5))
        for arm, colour in COLOURS.items():
            times, events = patients.of(arm == "experimental")
            fitted = KaplanMeierFitter().fit(times, events, label=arm)
            fitted.plot_survival_function(ax=axes, color=colour, show_censors=True, censor_styles={"ms": 5})
        axes.set_xlim(0, None)
        _finish(axes, figure, target)


def _finish(axes, figure, target: Path) -> None:
    axes.set_ylim(0, 1.05)
    axes.set_xlabel("Months")
    figure.savefig(target, metadata={"Date": None} if target.suffix == ".svg" else {"CreationDate": None})
    plt.close(figure)


R_SCRIPT = """
library(survival)
d <- read.csv("{csv}")
{device}("{target}", width = 7, height = 5)
plot(survfit(Surv(time, event) ~ group, d), col = c("{control}", "{experimental}"), mark.time = TRUE, xlab = "Months")
invisible(dev.off())
"""


def draw_r(patients: TruePatients, target: Path, rscript: str) -> None:
    """R's plot of survfit, with its marks of the censored."""
    with tempfile.TemporaryDirectory() as folder:
        table = Path(folder) / "patients.csv"
        rows = zip(patients.times.tolist(), patients.events.astype(int), patients.arm.astype(int))
        table.write_text("time,event,group\n" + "".join(f"{time!r},{event},{arm}\n" for time, event, arm in rows))
        script = Path(folder) / "plot.R"
        device = {".pdf": "pdf", ".svg": "svg"}[target.suffix]
        script.write_text(R_SCRIPT.format(csv=table, target=target, device=device, **COLOURS))
        subprocess.run([rscript, str(script)], check=True, capture_output=True)


def named_axes(page) -> tuple[str, str] | None:
    """Two labels of each axis that are found on the page with their marks; None if its words are drawn as outlines."""
    numbers = {float(word.text) for word in page.words if word.text.replace(".", "", 1).isdigit()}
    if not {0.0, 1.0} <= numbers:
        return None
    return f"0,{max(number for number in numbers if number > 1):g}", "0,1"


def placed_axes(page, months: str) -> tuple[str, str]:
    """The same from the places of the first and last mark of each axis, where the page has no words to be found."""
    last = months.partition(",")[2]
    marks = [row for row in listing(page) if "places" in row and row["colour"] == "#000000"]
    across, along = sorted(marks, key=lambda row: row["y"][1] - row["y"][0])[:2]
    x, y = across["places"], along["places"]
    y = [y[-1], y[0]] if page.name.endswith(".svg") else [y[0], y[-1]]
    return f"0@{x[0]},{last}@{x[-1]}", f"0@{y[0]},1@{y[1]}"


def strokes_of(page, program: str) -> dict[str, str]:
    """How a reader names the curves: by colour; where bands have its colour too, by the number of the thickest long stroke."""
    if program != "lifelines":
        return COLOURS
    chosen = {}
    for arm, colour in COLOURS.items():
        rows = [row for row in listing(page) if row["colour"] == colour and "places" not in row]
        chosen[arm] = str(max(rows, key=lambda row: (row["width"], row["points"]))["number"])
    return chosen


def step_function(points: Sequence) -> tuple[np.ndarray, np.ndarray]:
    """Months and survival of a mended curve."""
    return np.array([float(p.month) for p in points]), np.array([float(p.survival) for p in points])


def measure(patients: TruePatients, page, chosen: dict[str, str], axes: tuple[str, str]) -> dict:
    """Read a figure and compare it with the patients that it was drawn of."""
    read, _ = read_figure(page, [find_axis(page, text, letter) for text, letter in zip(axes, "xy")], chosen)
    mended, _ = mend_curves(read, Curve.reading_error)
    worst, invented, lost = 0.0, 0, 0
    curves = {}
    for arm in COLOURS:
        times, events = patients.of(arm == "experimental")
        months, survival = step_function(mended[arm])
        curves[arm] = Curve(months, survival)
        finest = FINEST / PAGE_UNITS * times.max()
        true = kaplan_meier(times, events)
        at = np.unique(times)
        between = np.concatenate([[0.0], at])
        between = between[:-1][np.diff(between) > 4 * finest] + np.diff(between)[np.diff(between) > 4 * finest] / 2
        here = survival[np.searchsorted(months, between, side="right") - 1]
        worst = max(worst, float(np.abs(here - true.at(between)).max()))
        falls = months[1:][np.diff(survival) < -1e-6]
        happened = np.unique(times[events])
        invented += int(sum(np.abs(happened - month).min() > finest for month in np.unique(falls)))
        lost += int(sum(np.abs(falls - month).min() > finest for month in happened))
    return {"worst": worst, "invented": invented, "lost": lost} | _reconstructed(patients, curves)


def _reconstructed(patients: TruePatients, curves: dict[str, Curve]) -> dict:
    """Events and hazard ratio of patients that are read off the curves with eight numbers at risk."""
    arms = []
    for arm, curve in curves.items():
        times, _ = patients.of(arm == "experimental")
        months = np.round(np.linspace(0, 0.9 * times.max(), RISK_COLUMNS + 1), 1)
        counts = number_at_risk(times, months)
        arms.append(ArmSummary(len(times), at_risk=tuple(zip(months.tolist(), map(int, counts))), curve=curve))
    trial = TrialSummary(*arms, longest_followup=float(patients.times.max()) * 1.001)
    true = float(cox(patients.times, patients.events, patients.arm).hazard_ratio)
    found = {"events": int(patients.events.sum()), "hazard ratio": round(true, 4)}
    try:
        rebuilt = reconstruct(trial, 4, draws=0)
    except ValueError as error:
        return found | {"refused": str(error)}
    ratio = float(cox(rebuilt.times[0], rebuilt.events[0], rebuilt.arm).hazard_ratio)
    return found | {"events rebuilt": int(rebuilt.events.sum()), "hazard ratio rebuilt": round(ratio, 4)}


def figures(names: Sequence[str], folder: Path, rscript: str | None) -> Iterator[tuple[str, str, TruePatients, Path]]:
    """Every figure, drawn into a folder: set, program, patients, file."""
    programs = {"matplotlib": draw_matplotlib, "lifelines": draw_lifelines}
    if rscript:
        programs["R survival"] = lambda patients, target: draw_r(patients, target, rscript)
    for chosen in PUBLIC_SETS:
        if names and chosen.name not in names:
            continue
        patients = TruePatients.of_frame(chosen.patients())
        for program, draw in programs.items():
            for ending in (".pdf", ".svg"):
                target = folder / f"{chosen.name.replace(' ', '-')}-{program.replace(' ', '-')}{ending}"
                draw(patients, target)
                yield chosen.name, program, patients, target


def main() -> None:
    """Measure, print and write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sets", nargs="*", default=[])
    parser.add_argument(
        "--rscript", default=shutil.which("Rscript"), help="The program that runs R. [default: as found]"
    )
    parser.add_argument("--json", type=Path)
    asked = parser.parse_args()
    if not asked.rscript:
        print("Rscript is not here: figures of R are left out.")
    rows = []
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for name, program, patients, target in figures(asked.sets, Path(folder), asked.rscript):
            row = {"set": name, "drawn by": program, "file": target.suffix[1:]}
            page = read_page(target)
            axes = named_axes(page) or placed_axes(page, named_axes(read_page(target.with_suffix(".pdf")))[0])
            row |= measure(patients, page, strokes_of(page, program), axes)
            rows.append(row)
            print(row, flush=True)
    if asked.json:
        asked.json.write_text(json.dumps({"rows": rows}, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
