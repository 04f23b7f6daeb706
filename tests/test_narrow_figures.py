"""On a phone every kind of figure has a form of its own: as wide as the phone, with letters that can be read, and the same facts."""

import inspect
import itertools
import math
import pkgutil
import re
from importlib import import_module

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from matplotlib.text import Text

import tourmaline.figures
from tourmaline.estimate import Estimate
from tourmaline.figures.arms import control_outcome_panels, rate_panels
from tourmaline.figures.balance import balance
from tourmaline.figures.bars import arm_bars
from tourmaline.figures.forest import forest, pooled_row
from tourmaline.figures.harms import harms
from tourmaline.figures.hazards import HazardPanel, early_ratios, hazards
from tourmaline.figures.history import history
from tourmaline.figures.icon_array import icon_array
from tourmaline.figures.league import league
from tourmaline.figures.monitoring import boundaries, operating, sensitivity
from tourmaline.figures.multiverse import specification_curve
from tourmaline.figures.reconstruction import against_truth
from tourmaline.figures.risk_of_bias import traffic_lights
from tourmaline.figures.sister_curves import sister_curves
from tourmaline.figures.style import CONTROL, EXPERIMENTAL, NARROW_INCHES, TRIALS
from tourmaline.figures.subgroups import subgroups
from tourmaline.figures.survival import ArmCurve, Panel, survival
from tourmaline.figures.trial_size import trial_size
from tourmaline.figures.verdicts import VERDICT_COLOURS, verdicts

PHONE_PIXELS = 342  # of a figure on a screen of 390
SMALLEST_LETTERS = 9  # pixels
PAD_INCHES = 0.2  # around a published figure


@pytest.fixture(autouse=True)
def close_figures():
    yield
    plt.close("all")


def frame(columns, *rows):
    return pd.DataFrame(rows, columns=columns.split())


STUDIES = frame(
    "label detail estimate lower upper weight",
    ("TOURMALINE-MM1", "prior immunomodulatory drug: yes", 0.74, 0.59, 0.94, 0.4),
    ("A study with a very long name indeed", "KRd against Rd", 0.69, math.nan, math.nan, math.nan),
)
POOLED = pd.DataFrame([pooled_row("With prediction", "Bayesian", Estimate(0.71, 0.55, 0.92, 0.95), (0.44, 1.15))])
EVENTS = frame(
    "label percent_experimental percent_control estimate lower upper",
    ("Rash: standardized MedDRA query", 36.3, 22.8, 13.5, 7.0, 20.0),
    ("Upper respiratory tract infection", 22.7, 19.4, math.nan, math.nan, math.nan),
)
NAMES = {"experimental": "ixazomib", "control": "placebo"}
BARS = frame(
    "label percent_experimental lower_experimental upper_experimental percent_control lower_control upper_control",
    ("Overall response rate", 78.3, 73.7, 82.5, 71.5, 66.6, 76.1),
    ("Complete response", 11.7, 8.5, 15.5, 6.6, 4.3, 9.7),
)
SUBGROUPS = frame(
    "factor level_name patients median estimate lower upper",
    ("Cytogenetic risk", "high", "75 / 62", "21.4 / 9.7", 0.54, 0.32, 0.92),
    ("Cytogenetic risk", "standard", "170", "", 1.21, 0.78, 1.88),
    ("Prior lines", "one, with transplant", "", "", 1.23, math.nan, math.nan),
    ("ISS stage", "III", "", "", math.nan, math.nan, math.nan),
)
EVERYBODY = {"label": "All patients", "patients": "360 / 362", "median": "20.6 / 14.7", "estimate": 0.74, "lower": 0.59, "upper": 0.94}  # fmt: skip
DATES = pd.DataFrame(
    {
        "date": pd.to_datetime(["2015-03-31", "2016-12-31"]),
        "name": ["ELOQUENT-2", "TOURMALINE-MM1"],
        "ratio": [Estimate(ratio, 0.5, 1.05, 0.95) for ratio in (0.7, 0.8)],
        "pooled": [Estimate(ratio, 0.5, 0.9, 0.95) for ratio in (0.7, 0.75)],
    }
)
MONTHS = np.arange(0.0, 43.0)


def curve(label, colour, half=18.0):
    survived = 2.0 ** (-MONTHS / half)
    band = pd.DataFrame({"month": MONTHS, "lower": 0.9 * survived, "upper": np.minimum(1, 1.1 * survived)})
    counts = {month: round(396 * 2.0 ** (-month / half)) for month in range(0, 43, 6)}
    return ArmCurve(label, colour, MONTHS, survived, np.arange(3.0, 40), counts, band, f"{half} (12.9 to 21.2)", half)


ARMS = [curve("Ixazomib", EXPERIMENTAL, 20.6), curve("Placebo", CONTROL, 14.7)]
COMPARED = ["Hazard ratio 0.74 (0.59 to 0.94)", "P = 0.01", "Reconstructed, with 95% CI"]
HAZARD = pd.DataFrame({"hazard": 0.05, "lower": 0.02, "upper": 0.13}, index=range(25))
LINES = pd.DataFrame({"panel": ["Progression-free survival"] * 2 + ["Overall survival"] * 2, "information": [0.4, 1.0] * 2, "z": [3.2, 1.96] * 2})  # fmt: skip
ANALYSES = frame(
    "panel information boundary z label tested",
    ("Progression-free survival", 0.82, 2.2, 2.51, "first analysis, tested\nZ 2.51\nboundary 2.21", True),
    ("Progression-free survival", 1.1, math.nan, 1.94, "second analysis, no test\nZ 1.94", False),
    ("Overall survival", 1.0, 1.96, 0.68, "final, tested\nZ 0.68\nboundary 1.96", True),
)
POWER = pd.DataFrame({"hazard_ratio": np.linspace(0.6, 1, 9), "expected_events": np.linspace(250, 480, 9)}).assign(
    analysis_1=np.linspace(0.3, 0, 9), analysis_2=np.linspace(0.6, 0.02, 9)
)
SPENT = pd.DataFrame({"planned_events": np.linspace(286, 570, 50)}).assign(
    **{name: np.geomspace(0.05, end, 50) for name, end in (("O'Brien-Fleming type", 0.003), ("Pocock type", 0.03), ("Hwang-Shih-DeCani, gamma −4", 0.006))}
)  # fmt: skip
CHOICES = {"trials": ["the default trials", "without TOURMALINE-MM1"], "model": ["fixed effect", "Hartung-Knapp, floored"]}  # fmt: skip
SPECIFICATIONS = pd.DataFrame(
    [
        {"estimate": 0.6 + 0.02 * n, "lower": 0.4, "upper": 1.2, "conclusion": "open", "default": n == 3,
         "trials": {CHOICES["trials"][n % 2]}, "model": {CHOICES["model"][n // 2 % 2]}}
        for n in range(24)
    ]
)  # fmt: skip
TRUTH = pd.concat(
    pd.DataFrame({"month": MONTHS, "true": 0.9 ** MONTHS, "reference": 0.91 ** MONTHS, "lower": 0.88 ** MONTHS, "upper": 0.92 ** MONTHS}).assign(
        panel=panel, arm=arm, unit="months"
    )
    for panel in ("kidney transplants", "rotterdam, recurrence", "gbsg2") for arm in ("control", "experimental")
)  # fmt: skip
HEADINGS = {"a": "Random-\nisation", "b": "Missing\ndata", "c": "Selective\nreporting", "overall": "Overall"}
BIAS = frame(
    "trial outcome a b c overall",
    ("TOURMALINE-MM1", "progression-free survival", "low", "some-concerns", "low", "some-concerns"),
    ("TOURMALINE-MM1", "adverse events", "low", "low", "low", "low"),
    ("ASPIRE", "quality of life", "high", "low", "low", "high"),
)
SIZES = pd.DataFrame({"patients": np.linspace(50, 1450, 30)})
SIZES = SIZES.assign(ratio=0.74, lower=0.74 / (1 + 12 / SIZES["patients"] ** 0.5), upper=0.74 * (1 + 12 / SIZES["patients"] ** 0.5), power=1 - np.exp(-SIZES["patients"] / 600), exaggerated=0.6)  # fmt: skip
MARKED = SIZES.iloc[[3, 14]].assign(label=["200 patients (hypothetical)", "722 patients (reported)"])
RATIOS = np.array([[1, 0.5, 0.9], [2, 1, 1.8], [1 / 0.9, 1 / 1.8, 1]])
OUTCOMES = frame(
    "outcome name digits value lower upper percent_experimental percent_control",
    ("Median progression-free survival (months)", "TOURMALINE-MM1", "14.7", 14.7, 12.9, 17.6, 30.0, 20.0),
    ("Median progression-free survival (months)", "ASPIRE", "17.6", 17.6, 15.0, 20.6, 31.0, 28.0),
    ("Overall response (percent)", "ASPIRE", "66.7", 66.7, 61.8, 71.3, 9.0, 8.0),
)
EARLY = frame(
    "label detail whole early lower upper reported",
    ("ELOQUENT-2", "level 2: with survival rates", 0.70, 0.71, 0.63, 0.8, math.nan),
    ("ASPIRE", "level 3: with numbers at risk", 0.69, 0.58, 0.42, 0.82, 0.58),
)
SECTIONS = pd.DataFrame({"section": ["Methods, statistical analysis", "Table 1"]}).assign(
    **{name: [3, 40] for name in ("exact", "within rounding", "approximate", "reconstructed", "given", "inconsistent format", "discrepant")[: len(VERDICT_COLOURS)]}
)  # fmt: skip

FIGURES = {
    control_outcome_panels: lambda: control_outcome_panels(OUTCOMES),
    rate_panels: lambda: rate_panels(OUTCOMES),
    balance: lambda: balance(
        pd.DataFrame({"label": ["Disease refractory to any prior immunomodulatory drug therapy", "Male sex"], "difference": [-0.13, 0.04]}), 0.1, NAMES
    ),
    arm_bars: lambda: arm_bars(BARS, "Patients (percent of those randomised), with 95% confidence intervals", NAMES),
    forest: lambda: forest(STUDIES, POOLED),
    harms: lambda: harms(EVENTS, NAMES, effect_label="Risk difference (percentage points)", null=0),
    hazards: lambda: hazards(
        [HazardPanel(name, np.arange(25.0), HAZARD, 0.8 * HAZARD, ("placebo-Rd", "IRd")) for name in ("ASPIRE (level 3: with numbers at risk)", "POLLUX")],
        outcome="progression or death",
    ),
    early_ratios: lambda: early_ratios(EARLY, month=18),
    history: lambda: history({"progression-free survival": DATES, "overall survival": DATES.head(1)}, ratio_label="Hazard ratio"),
    icon_array: lambda: icon_array({"With ixazomib": 54, "Without ixazomib": 44}, "had not got worse", "got worse, or died"),
    league: lambda: league(["IRd", "KRd", "Rd"], RATIOS, 0.8 * RATIOS, 1.25 * RATIOS),
    boundaries: lambda: boundaries(LINES, ANALYSES, "ixazomib"),
    operating: lambda: operating(POWER, 0.77, events="deaths"),
    sensitivity: lambda: sensitivity(SPENT, "O'Brien-Fleming type", 0.012, 347),
    specification_curve: lambda: specification_curve(
        {"Progression-free survival": SPECIFICATIONS, "Overall survival": SPECIFICATIONS.head(8)}, CHOICES, ratio_label="Pooled hazard ratio"
    ),
    against_truth: lambda: against_truth(TRUTH),
    traffic_lights: lambda: traffic_lights(BIAS, HEADINGS, {"low": "low risk", "some-concerns": "some concerns", "high": "high risk"}.get),
    sister_curves: lambda: sister_curves(
        [curve(name, colour) for name, colour in zip(("TOURMALINE-MM1", "ASPIRE", "ELOQUENT-2"), TRIALS)], outcome="progression-free survival"
    ),
    subgroups: lambda: subgroups(SUBGROUPS, EVERYBODY, favours=("favours ixazomib", "favours placebo")),
    survival: lambda: survival(
        [Panel(ARMS, title, "Median (95% CI), months", COMPARED) for title in ("First analysis", "Second analysis")], outcome="progression-free survival"
    ),
    trial_size: lambda: trial_size(SIZES, MARKED, ratio_label="Hazard ratio"),
    verdicts: lambda: verdicts(SECTIONS),
}  # fmt: skip
each_figure = pytest.mark.parametrize("draw", FIGURES.values(), ids=[one.__name__ for one in FIGURES])


def texts(figure, ticks=True):
    """Every visible text, without ticks beyond the ends of their axis."""
    for _ in range(2):  # what the first drawing measures is placed by the second
        figure.draw_without_rendering()
    hidden = set()
    for axes in figure.findobj(plt.Axes):
        for axis in (axes.xaxis, axes.yaxis):
            ends = sorted(axis.get_view_interval())
            for tick in [*axis.get_major_ticks(), *axis.get_minor_ticks()]:
                if not (ticks and axes.axison and ends[0] - 1e-9 <= tick.get_loc() <= ends[1] + 1e-9):
                    hidden |= {tick.label1, tick.label2}

    def visible(artist):
        if not artist.get_visible() or artist in hidden:
            return
        if isinstance(artist, Text) and artist.get_text().strip():
            yield artist
        for child in artist.get_children():
            yield from visible(child)

    return list(visible(figure))


def words(figure):
    """What the figure says, without ticks, and whatever the breaks of its lines."""
    said = " ".join(text.get_text().replace("-\n", "") for text in texts(figure, ticks=False))
    ticks = [tick.get_text() for axes in figure.axes for tick in axes.get_xticklabels() + axes.get_yticklabels()]
    names = [name.replace("-\n", "") for name in ticks if not re.fullmatch(r"−?[\d.]+%?", name)]
    return set(re.findall(r"[\w.%≥−-]+", f"{said} {' '.join(names)}".lower()))


def test_every_drawing_function_of_the_pages_has_a_narrow_form():
    modules = [import_module(f"tourmaline.figures.{one.name}") for one in pkgutil.iter_modules(tourmaline.figures.__path__)]  # fmt: skip
    drawing = {
        function
        for module in modules
        for name, function in vars(module).items()
        if inspect.isfunction(function) and not name.startswith("_") and function.__module__ == module.__name__
        and inspect.signature(function).return_annotation == "Figure"
    }  # fmt: skip
    assert {function.__name__ for function in drawing} - {function.__name__ for function in FIGURES} == {"digitised"}


@each_figure
@pytest.mark.sampled(4)
def test_the_narrow_form_is_as_wide_as_a_phone_and_its_letters_can_be_read(draw):
    figure = draw().narrow()
    shown = texts(figure)
    inches = figure.get_tightbbox(figure.canvas.get_renderer()).width
    assert inches < NARROW_INCHES + 0.3
    smallest = min(text.get_fontsize() for text in shown)
    assert smallest / 72 / (inches + PAD_INCHES) * PHONE_PIXELS >= SMALLEST_LETTERS


@each_figure
@pytest.mark.sampled(4)
def test_in_the_narrow_form_no_text_overlaps_another_and_none_is_cut(draw):
    figure = draw().narrow()
    renderer = figure.canvas.get_renderer()
    boxes = [(text, text.get_window_extent(renderer)) for text in texts(figure)]
    published = figure.get_tightbbox(renderer).padded(PAD_INCHES / 2).transformed(figure.dpi_scale_trans)
    cut = [text.get_text() for text, box in boxes if box.x0 < published.x0 or box.x1 > published.x1 or box.y0 < published.y0 or box.y1 > published.y1]  # fmt: skip
    assert not cut
    upright = [(text, box) for text, box in boxes if text.get_rotation() in (0, 90)]  # slanted ones lie side by side
    touching = [
        (one.get_text(), other.get_text())
        for (one, a), (other, b) in itertools.combinations(upright, 2)
        if min(a.x1, b.x1) - max(a.x0, b.x0) > 1 and min(a.y1, b.y1) - max(a.y0, b.y0) > 1.5
    ]
    assert not touching


@each_figure
@pytest.mark.sampled(4)
def test_the_narrow_form_does_not_depend_on_what_was_drawn_before(draw):
    figure = draw()
    sizes = []
    for prepare in (plt.rcdefaults, draw):
        prepare()
        sizes.append([text.get_fontsize() for text in figure.narrow().findobj(Text)])
    assert sizes[0] == sizes[1]


@each_figure
@pytest.mark.sampled(1)
def test_both_forms_say_the_same(draw):
    figure = draw()
    wide = words(figure)
    assert len(wide) > 3
    assert wide - words(figure.narrow()) == set()


def test_the_rows_of_a_traffic_light_figure_keep_their_outcomes_under_the_names_of_their_trials():
    axes = FIGURES[traffic_lights]().narrow().axes[0]
    places = {label.get_text(): tick for label, tick in zip(axes.get_yticklabels(), axes.get_yticks())}
    assert places == {"progression-free survival": 1, "adverse events": 2, "quality of life": 4}
    trials = {text.get_text(): text.xy[1] for text in axes.texts if text.get_text() in set(BIAS["trial"])}
    assert trials == {"TOURMALINE-MM1": 0, "ASPIRE": 3}
    crosses = [text.get_position()[1] for text in axes.texts if text.get_text() == "×"]
    assert crosses == [4, 4]


@pytest.mark.parametrize("draw", [FIGURES[forest], FIGURES[subgroups]], ids=["forest", "subgroups"])
def test_in_a_narrow_forest_the_words_of_a_row_stand_over_its_mark(draw):
    figure = draw().narrow()
    said = {text.get_text(): text.xy[1] for text in figure.axes[0].texts}
    place = said["0.74 (0.59 to 0.94)"]
    assert place == said["TOURMALINE-MM1" if "TOURMALINE-MM1" in said else "All patients"]
    marks = [line for line in figure.axes[0].lines if line.get_marker() in ("s", "D") and line.get_xdata()[0] == 0.74]
    assert [line.get_ydata()[0] for line in marks] == [place]


@pytest.mark.parametrize(
    ("ends", "null"),
    [
        ((0.59, 0.94), 1),
        ((0.4, 0.62), 1),
        ((2.1, 60.0), 1),
        ((0.001, 0.02), 1),
        ((0.98, 1.03), 1),
        ((7.0, 19.0), 0),
        ((-19.0, -7.0), 0),
    ],
)
@pytest.mark.sampled(2)
def test_in_a_forest_the_words_of_direction_stand_each_on_its_side_of_no_effect_whatever_the_axis(ends, null):
    numbers, favours = (
        {"estimate": sum(ends) / 2, "lower": ends[0], "upper": ends[1]},
        ("favours ixazomib", "favours placebo"),
    )
    drawn = [forest(STUDIES.head(1).assign(**numbers), ratio_label="Ratio", favours=favours, null=null)]
    drawn += [subgroups(SUBGROUPS.head(1).assign(**numbers), EVERYBODY | numbers, favours=favours)] if null == 1 else []
    for figure in [*drawn, *(wide.narrow() for wide in drawn)]:
        renderer = figure.canvas.get_renderer()
        boxes = {text.get_text(): text.get_window_extent(renderer) for text in texts(figure)}
        axes = next(axes for axes in figure.axes if axes.get_xlabel())
        no_effect = axes.transData.transform((null, 0))[0]
        left, right = boxes["← favours\nixazomib"], boxes["favours →\nplacebo"]
        assert left.x1 < no_effect < right.x0
        assert left.x0 >= 0
        assert right.x1 <= figure.bbox.width
        assert min(left.y0, right.y0) > boxes[axes.get_xlabel()].y1 - 2
        ticks = [label.get_window_extent(renderer) for label in axes.get_xticklabels()]
        assert max(left.y1, right.y1) < min(tick.y0 for tick in ticks) + 2
