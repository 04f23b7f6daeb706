"""Curves drawn with strokes are read exactly, of files of matplotlib, lifelines and R; a reader's material becomes a drop-in."""

import json
import re
from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from benchmarks import vector_figures as measured
from tourmaline.data.drawn_paths import read_page
from tourmaline.data.public_patients import PUBLIC_SETS
from tourmaline.data.vector_figures import Axis, find_axis, listing, parse_axis, read_figure
from tourmaline.errors import DataError, ParameterError
from tourmaline.figures.digitised import ReadArm
from tourmaline.figures.digitised import digitised as draw_digitised
from tourmaline.statistics.reconstruction.accuracy.measures import TruePatients

REFERENCE = Path(__file__).parent / "reference"
COLOURS = measured.COLOURS
PRIMARY = "tourmaline-mm1.pfs.primary"
# R rounds to a hundredth of a point, cairo to a 256th, here of axes of 210.6 points; both a point and the ends of its axis.
FINE = {".pdf": 0.01 / 210.6, ".svg": 1 / 256 / 210.6}


def public(name):
    return TruePatients.of_frame(next(one for one in PUBLIC_SETS if one.name == name).patients())


def axes_of(page, *texts):
    return [find_axis(page, text, letter) for text, letter in zip(texts, "xy")]


@pytest.mark.sampled(2)
@pytest.mark.parametrize("ending", [".pdf", ".svg"])
@pytest.mark.parametrize(
    ("program", "draw"), [("matplotlib", measured.draw_matplotlib), ("lifelines", measured.draw_lifelines)]
)
def test_figures_of_public_patients_are_read_exactly(tmp_path, program, draw, ending):
    patients = public("gbsg2")
    target = tmp_path / f"figure{ending}"
    draw(patients, target)
    page = read_page(target)
    found = measured.measure(patients, page, measured.strokes_of(page, program), measured.named_axes(page))
    assert found["worst"] < 1e-8
    assert (found["invented"], found["lost"]) == (0, 0)
    assert found["events rebuilt"] == pytest.approx(found["events"], rel=0.02)
    assert found["hazard ratio rebuilt"] == pytest.approx(found["hazard ratio"], rel=0.02)


@pytest.mark.parametrize("ending", [".pdf", ".svg"])
def test_figures_that_r_drew_are_read_to_the_digits_it_wrote(ending):
    true = json.loads((REFERENCE / "vector_figures.json").read_text())
    patients = TruePatients.of_frame(
        pd.DataFrame({name: true[name] for name in ("time", "event", "group")}).astype({"group": bool})
    )
    pdf, page = (read_page(REFERENCE / f"vector_figures{one}") for one in (".pdf", ending))
    axes = measured.named_axes(page) or measured.placed_axes(page, measured.named_axes(pdf)[0])
    found = measured.measure(patients, page, COLOURS, axes)
    assert found["worst"] < FINE[ending]
    assert (found["invented"], found["lost"]) == (0, 0)


def test_marks_of_the_censored_are_counted_and_are_no_part_of_the_curve(tmp_path):
    patients = public("leukaemia")
    target = tmp_path / "figure.pdf"
    measured.draw_matplotlib(patients, target)
    page = read_page(target)
    curves, notes = read_figure(page, axes_of(page, *measured.named_axes(page)), COLOURS)
    for arm in COLOURS:
        times, events = patients.of(arm == "experimental")
        lost = len(np.unique(times[~events]))
        assert any(note.startswith(f"{arm}: ") and f"{lost} marks of censored patients" in note for note in notes), (
            notes
        )
        assert len({point.survival for point in curves[arm].points}) == len(np.unique(times[events])) + 1


SVG = '<svg xmlns="http://www.w3.org/2000/svg" width="400" height="300">{}</svg>'


def stroke(points, colour="#b34700"):
    return f'<path fill="none" stroke="{colour}" d="M {points}"/>'


def page_of(tmp_path, *strokes):
    path = tmp_path / "drawn.svg"
    path.write_text(SVG.format("".join(strokes)), encoding="utf-8")
    return read_page(path)


MONTHS, SHARES = Axis((0, 24), (50, 290)), Axis((0, 100), (250, 50))


def points_of(page, words):
    curves, notes = read_figure(page, (MONTHS, SHARES), {"control": words})
    return [(float(point.month), float(point.survival)) for point in curves["control"].points], notes


def test_a_curve_in_pieces_is_put_together_and_a_sample_in_the_legend_left_out(tmp_path):
    pieces = ["50,50 90,50", "90,50 90,100", "90,100 190,100", "190,100 190,150 250,150"]
    page = page_of(tmp_path, *map(stroke, pieces), stroke("300,20 320,20"))
    points, notes = points_of(page, "#B34700")
    assert points == [(0, 1), (4, 1), (4, 0.75), (14, 0.75), (14, 0.5), (20, 0.5)]
    assert "control: left out of the same colour: stroke 5" in notes
    assert points_of(page, "1-4")[0] == points
    assert "survival is in percent, as its axis says" in notes


@pytest.mark.parametrize(
    ("strokes", "words", "message"),
    [
        (["50,50 90,50 90,90 290,90", "50,50 80,50 80,99 290,99"], "#b34700", "several lines of #b34700 could be the curve: strokes 1, 2"),
        (["50,50 90,50 90,90 290,90", "50,60 80,60 80,99 290,99"], "#b34700", "several lines of #b34700 could be the curve: stroke 1; stroke 2"),
        (["50,50 90,50 90,90 290,90", "50,60 80,60 80,99 290,99"], "1,2", "strokes 1, 2 run side by side"),
        (["50,50 290,200"], "1", "100% of its length slopes: stroke 1 is not a step curve"),
        (["50,50 90,50 90,90 290,90"], "#112233", "nothing is drawn in #112233"),
        (["50,50 90,50 90,90 290,90"], "7", "there is no stroke 7; there are 1"),
        (["50,50 90,50 90,90 290,90"], "red", "'red' names no strokes"),
    ],
)  # fmt: skip
def test_strokes_that_are_no_curve_are_refused(tmp_path, strokes, words, message):
    with pytest.raises(DataError, match=message):
        points_of(page_of(tmp_path, *map(stroke, strokes)), words)


@pytest.mark.parametrize("text", ["", "0", "0,0", "0@5,24", "0@5,24@5", "a,b", "0,1,2"])
def test_an_axis_is_named_by_two_values(text):
    with pytest.raises(ParameterError, match="does not name two values of the axis"):
        parse_axis(text, "x")


def test_a_page_without_strokes_and_a_damaged_file_are_refused(tmp_path):
    (tmp_path / "damaged.pdf").write_bytes((REFERENCE / "vector_figures.pdf").read_bytes()[:700])
    (tmp_path / "damaged.svg").write_text(SVG[:30])
    (tmp_path / "scan.png").write_bytes(b"a picture")
    (tmp_path / "endless.svg").write_text(SVG.format("<path d='M 0 0 L 1e400 5' stroke='black' fill='none'/>"))
    (tmp_path / "empty.svg").write_text(SVG.format("<rect width='9' height='9' fill='red'/>"))
    for name, message in (
        ("damaged.pdf", "cannot be read|nothing is drawn|no page"),
        ("damaged.svg", "cannot be read"),
        ("endless.svg", "cannot be read: a stroke has no end on the page"),
        ("empty.svg", "nothing is drawn with strokes"),
        ("scan.png", "ends in .pdf or .svg"),
    ):
        with pytest.raises(DataError, match=message):
            read_page(tmp_path / name)
    with pytest.raises(DataError, match="there is no page 2; it has 1"):
        read_page(REFERENCE / "vector_figures.pdf", 2)


def test_the_listing_tells_curves_from_marks():
    rows = listing(read_page(REFERENCE / "vector_figures.pdf"))
    assert [row["colour"] for row in rows[:2]] == list(COLOURS.values())
    assert all(row["steps"] and row["points"] > 50 for row in rows[:2])
    axis = next(row for row in rows if row.get("places") and row["colour"] == "#000000")
    assert axis["places"] == sorted(axis["places"]) and axis["strokes"] == len(axis["places"])


# --- the commands

EXAMPLE = "Placebo;0;100,2\nPlacebo;4;91\nPlacebo;8;78\nPlacebo;12;62\nPlacebo;16;47\nPlacebo;20;39\nPlacebo;24;34\nPlacebo;26;34\n"
EXAMPLE += "ixa;0;100\nixa;4;93\nixa;8;83\nixa;12;71\nixa;16;60\nixa;20;51\nixa;24;46,0\nixa;26;46\n"


@pytest.fixture
def digitised(project, tourmaline, tmp_path):
    """The command on the copied project, for one analysis."""

    def run(*args):
        return tourmaline("digitised", PRIMARY, *map(str, args), "--picture", str(tmp_path / "drawn.png"))

    return run


@pytest.mark.seconds
def test_the_command_mends_checks_draws_and_writes(project, tourmaline, digitised, tmp_path):
    file, drop_in = tmp_path / "read.csv", project / "data" / "digitised" / f"{PRIMARY}.csv"
    file.write_text(EXAMPLE, encoding="utf-16")
    names = ("--control", "placebo", "--experimental", "IXA")
    done = digitised(file, *names)
    assert done.returncode == 0, done.stderr
    for words in ("UTF-16", "semicolons", "'Placebo' is the control arm", "survival slightly above 1 set to 1: row 1"):
        assert words in done.stdout
    assert re.search(r"events +control +157 +157\n", done.stdout)
    assert drop_in.read_text().splitlines()[:3] == ["arm,month,survival", "control,0,1", "control,4,0.91"]
    assert (tmp_path / "drawn.png").read_bytes().startswith(b"\x89PNG")
    assert tourmaline("check").returncode == 0
    file.write_text(EXAMPLE.replace("39", "38"))
    done = digitised(file, *names)
    assert done.returncode == 1
    assert "other curves of this analysis lie there already" in done.stderr
    assert digitised(file, *names, "--replace").returncode == 0
    assert "control,20,0.38" in drop_in.read_text()


@pytest.mark.seconds
def test_a_file_of_each_arm_and_a_risk_table(project, digitised, tmp_path):
    rows = [line.partition(";")[::2] for line in EXAMPLE.splitlines()]
    for arm, name in (("control", "Placebo"), ("experimental", "ixa")):
        (tmp_path / f"{arm}.csv").write_text("x;y\n" + "\n".join(points for own, points in rows if own == name))
    risk = tmp_path / "risk.csv"
    risk.write_text("month,control,experimental\n0,362,360\n6,310,315\n")
    files = ("--control", tmp_path / "control.csv", "--experimental", tmp_path / "experimental.csv")
    done = digitised(*files, "--at-risk", risk)
    assert done.returncode == 0, done.stderr
    assert "4 numbers at risk are not in the evidence" in done.stdout
    assert f"{PRIMARY},control,number_at_risk,6,310,,,,,patients,SOURCE,PLACE,B,accepted," in done.stdout
    for arm, n in (("control", 362), ("experimental", 360)):
        (tmp_path / f"{arm}.txt").write_text(f"trisk\tnrisk\n0\t{n}\n6\t310\n")
    alone = ("--at-risk-control", tmp_path / "control.txt", "--at-risk-experimental", tmp_path / "experimental.txt")
    done = digitised(*files, *alone)
    assert done.returncode == 0, done.stderr
    assert f"{PRIMARY},experimental,number_at_risk,6,310," in done.stdout
    done = digitised(tmp_path / "control.csv", *files)
    assert done.returncode == 2
    assert "is a file, and so is control.csv" in done.stderr
    risk.write_text("month,control,experimental\n0,363,360\n6,500,300\n")
    done = digitised(*files, "--at-risk", risk)
    assert done.returncode == 1
    assert "numbers at risk = [363, 500] must be" in done.stderr or "must not rise" in done.stderr


def test_a_risk_table_that_differs_from_the_printed_one_is_refused_with_both(project, tourmaline, tmp_path):
    months = np.arange(0, 36, 0.5)
    rows = [f"{arm},{m},{2 ** (-m / half):.4f}" for arm, half in (("Rd", 17.6), ("KRd", 26.3)) for m in months]
    (tmp_path / "read.csv").write_text("\n".join(rows))
    (tmp_path / "risk.csv").write_text("month,Rd,KRd\n0,396,396\n6,286,332\n12,206,280\n")
    picture = ("--picture", str(tmp_path / "drawn.svg"))
    asked = ("digitised", "aspire.pfs.primary", str(tmp_path / "read.csv"), *picture)
    done = tourmaline(*asked, "--at-risk", str(tmp_path / "risk.csv"))
    assert done.returncode == 1
    assert "control at 6 months: 286 here, 287 in data/evidence/results.csv" in done.stderr
    assert "experimental at 12 months: 280 here, 279 in" in done.stderr
    assert not (project / "data" / "digitised").exists()


def test_the_picture_sets_printed_numbers_beside_the_points():
    arms = [
        ReadArm(
            "Rd",
            COLOURS["control"],
            np.array([0.0, 12, 24]),
            np.array([1, 0.5, 0.2]),
            [(12, 0.51), (60, 0.1)],
            12.3,
            {0: 90},
        ),
        ReadArm("KRd", COLOURS["experimental"], np.array([0.0, 20]), np.array([1, 0.6]), at_risk={0: 92}),
    ]
    figure = draw_digitised(arms, title="A trial", outcome="overall survival")
    axes, below = figure.axes
    marks = {
        line.get_marker(): line.get_xydata().tolist()
        for line in axes.lines
        if line.get_linestyle() == "None" and len(line.get_xdata())
    }
    assert marks["o"] == [[12, 0.51]] and marks["D"] == [[12.3, 0.5]]
    assert [text.get_text() for text in below.texts if text.get_text().isdigit()] == ["90", "92"]


def test_curves_that_the_printed_numbers_contradict_are_drawn_and_not_written(project, digitised, tmp_path):
    file = tmp_path / "read.csv"
    file.write_text("".join(f"{arm},0,1\n{arm},1,0.99\n" for arm in ("control", "experimental")))
    done = digitised(file)
    assert done.returncode == 1
    assert f"read.csv: these curves cannot be those of {PRIMARY}: " in done.stderr
    assert f"Nothing was written to data/digitised/{PRIMARY}.csv" in done.stderr
    assert not (project / "data" / "digitised").exists()
    assert (tmp_path / "drawn.png").exists()
    file.write_text("".join(f"{arm},0,1\n{arm},900,0.5\n" for arm in ("control", "experimental")))
    done = digitised(file)
    assert done.returncode == 1
    assert "beyond the longest follow-up" in done.stderr and "read.csv" in done.stderr


@pytest.mark.seconds
def test_a_figure_becomes_a_drop_in(project, tourmaline, digitised, tmp_path):
    shares = {"#b34700": (100, 91, 78, 62, 47, 39, 34), "#005f96": (100, 93, 83, 71, 60, 51, 46)}
    strokes = []
    for colour, levels in shares.items():
        corners = [(50 + 40 * step, 250 - 2 * level) for step, level in enumerate(levels)]
        both_ends = [corners[0]] + [place for a, b in pairwise(corners) for place in ((b[0], a[1]), b)]
        both_ends.append((50 + 260, both_ends[-1][1]))
        strokes.append(stroke(" ".join(f"{x},{y}" for x, y in both_ends), colour))
    figure = tmp_path / "paper.svg"
    figure.write_text(SVG.format("".join(strokes)))
    axes = ("--x-axis", "0@50,24@290", "--y-axis", "0@250,100@50")
    done = digitised(figure, *axes, "--control", "#b34700", "--experimental", "2")
    assert done.returncode == 0, done.stderr
    text = (project / "data" / "digitised" / f"{PRIMARY}.csv").read_text()
    assert "control,0,1\ncontrol,4,1\ncontrol,4,0.91\ncontrol,8,0.91\n" in text
    assert text.endswith("experimental,24,0.51\nexperimental,24,0.46\nexperimental,26,0.46\n")
    done = digitised(figure)
    assert done.returncode == 2
    assert "--x-axis, --y-axis, --control, --experimental are missing" in done.stderr
    listed = json.loads(tourmaline("figure", str(figure), "--json").stdout)
    assert [row["colour"] for row in listed["strokes"]] == list(shares)
