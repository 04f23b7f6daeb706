"""A reader's digitised curve switches an analysis to level 4, is checked like any other data, and makes stale what reads it."""

import json
import re
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from small_report import command, write_notebook

from tourmaline import data, paths
from tourmaline.data.check import _check_stray_files
from tourmaline.errors import DataError, EvidenceError
from tourmaline.statistics import survival
from tourmaline.statistics.reconstruction import ArmSummary, Curve, TrialSummary, estimates, reconstruct
from tourmaline.statistics.reconstruction.digitised_curves.reading import read_off

ASPIRE, PRIMARY = "aspire.pfs.primary", "tourmaline-mm1.pfs.primary"
HEADER = "arm,month,survival\n"
# The example of the documents: a curve of the trial.
EXAMPLE = "".join(
    f"{row}\n"
    for row in re.findall(
        r"^ *((?:control|experimental),[0-9].+)$", (paths.DATA / "README.md").read_text(encoding="utf-8"), re.MULTILINE
    )
)
BOTH = "control,0,1\ncontrol,6,0.7\nexperimental,0,1\nexperimental,6,0.8\n"


@pytest.fixture
def drop(tmp_path, monkeypatch):
    """Put rows into data/digitised of a data folder of its own."""
    monkeypatch.setattr(paths, "DATA", Path(shutil.copytree(paths.DATA, tmp_path / "data")))

    def write(analysis, rows, header=HEADER):
        path = paths.DATA / "digitised" / f"{analysis}.csv"
        path.parent.mkdir(parents=True)
        path.write_text(header + rows, encoding="utf-8")

    return write


def curve_rows(arm, months, survival_there):
    return "".join(f"{arm},{month:.3f},{share:.5f}\n" for month, share in zip(months, survival_there))


def test_dropped_curves_switch_the_analysis_to_level_4_and_come_out_again(drop):
    assert [
        data.information_level(data.known_by("latest").printed_survival(name))
        for name in (PRIMARY, "eloquent-2.pfs.primary", ASPIRE)
    ] == [1, 2, 3]
    # Weibull curves nowhere near the printed ones, so that nothing but the file can give them.
    months = np.linspace(0, 40, 161)
    truth = {"control": np.exp(-((months / 12) ** 1.3)), "experimental": np.exp(-((months / 30) ** 0.8))}
    drop(ASPIRE, "".join(curve_rows(arm, months, shares) for arm, shares in truth.items()))
    printed = data.known_by("latest").printed_survival(ASPIRE)
    assert data.information_level(printed) == 4
    assert len(printed.control["curve"]) == len(printed.experimental["curve"]) == 161
    assert printed.control["curve"][24] == pytest.approx((6.0, truth["control"][24]), abs=1e-5)
    assert data.information_level(data.known_by("latest").printed_survival(PRIMARY)) == 1
    # What is printed belongs to other curves; without it the file alone decides.
    for arm in (printed.control, printed.experimental):
        arm["at_risk"] = ()
        del arm["events"], arm["median"]
    del printed.comparison["events"]
    rebuilt = reconstruct(TrialSummary.from_printed(printed, using=()), level=4, draws=1)
    for arm, patients in (("control", ~rebuilt.arm), ("experimental", rebuilt.arm)):
        found = survival.kaplan_meier(rebuilt.times[0, patients], rebuilt.events[0, patients]).at(months[1:120])
        assert np.abs(found - truth[arm][1:120]).max() < 0.01  # half a patient, where few are left


@pytest.mark.parametrize("place", ["book/rerun/rerun.md", "data/README.md"])
def test_the_example_that_readers_are_given_is_a_curve_of_the_trial(drop, place):
    rows = re.findall(
        r"^ *((?:control|experimental),.+)$", (paths.ROOT / place).read_text(encoding="utf-8"), re.MULTILINE
    )
    drop(PRIMARY, "\n".join(rows) + "\n")
    printed = data.known_by("latest").printed_survival(PRIMARY)
    assert data.information_level(printed) == 4
    found = estimates(reconstruct(TrialSummary.from_printed(printed), level=4, draws=1), horizon=18)
    assert (found["events.control"] == int(printed.control["events"])).all()
    assert np.isfinite(found["rmst_difference"]).all()


def test_a_curve_that_does_not_give_the_printed_events_is_refused():
    months = np.linspace(0, 24, 97)
    whole = Curve(months, np.exp(-months / 20))
    arm = ArmSummary(362, 157, curve=whole)
    reconstruct(TrialSummary(arm, arm, longest_followup=26), level=4, draws=1)
    for wrong in (
        Curve(months[:9], whole.survival[:9]),  # two months of it
        Curve(months, whole.survival**0.2),  # another scale
        Curve([0, 24], [1, 1]),
    ):
        trial = TrialSummary(arm, replace(arm, curve=wrong), longest_followup=26)
        with pytest.raises(
            ValueError,
            match=r"experimental: the curve.* allows \d+ to \d+ events, but 157 are|experimental: the curve does",
        ):
            reconstruct(trial, level=4, draws=1)


@pytest.mark.parametrize("name", ["aspire.pfs.primary.CSV", "aspire.pfs.primary.txt", "more/aspire.pfs.primary.csv"])
def test_a_file_that_nothing_reads_is_named(tmp_path, name):
    place = tmp_path / "digitised" / name
    place.parent.mkdir(parents=True)
    place.write_text(HEADER + BOTH, encoding="utf-8")
    with pytest.raises(DataError, match=f"data/digitised/{name}: this file is read by nothing"):
        _check_stray_files(tmp_path)


def test_every_set_read_off_a_curve_has_every_patient_once():
    months = np.linspace(0, 24, 25)
    arm = ArmSummary(90, 60, at_risk=((0, 90), (12, 40)), curve=Curve(months, np.exp(-months / 14), reading_error=0.03))
    sets = reconstruct(TrialSummary(arm, arm, longest_followup=24), level=4, draws=40, seed=2)
    assert sets.times.shape == sets.events.shape == (41, 180)
    steep = Curve([0, 4, 8, 12], [1, 0.2, 0.01, 0])  # nobody is left before all that were to be censored are
    for lost in range(0, 40, 3):
        times, events = read_off(steep, 40, at_risk=((0, 40), (6, lost // 8)), events=38)
        assert len(times) == len(events) == 40 and events.sum() == 38


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        (f"{BOTH}experimental,8,0.9\n", "row 6, column survival: '0.9' follows on 0.8 of the experimental arm: survival"),
        (f"{BOTH}control,5,0.6\n", "row 6, column month: '5' follows on 6 of the control arm: months must not fall"),
        (f"{BOTH}control,-6,0.7\n", "row 6, column month: '-6' must be a number of months, not negative"),
        (f"{BOTH}control,nan,0.7\n", "row 6, column month: 'nan' must be a number of months, not negative"),
        (f"{BOTH}control,7,73\n", "row 6, column survival: '73' must be a fraction from 0 to 1, such as 0.73"),
        (f"{BOTH}control,7,-0.1\n", "row 6, column survival: '-0.1' must be a fraction from 0 to 1"),
        ("control,0,1\ncontrol,6,1\nexperimental,0,1\n", "row 3: the curve of the control arm does not fall"),
        ("".join(f"control,{month},1\n" for month in range(5001)), "row 5002: 5001 points of the control arm: more than 5000 tell nothing more"),
        (f"{BOTH}ixazomib,7,0.6\n", "row 6, column arm: 'ixazomib' must be one of control, experimental"),
        (f"{BOTH}control,7\n", "row 6: 2 cells under 3 columns"),
        ("control,0,1\ncontrol,6,0.7\n", "column arm: the experimental arm has no points, and needs 2 or more"),
        (BOTH.replace("control,0,1\n", "", 1), "column arm: the control arm has 1 point, and needs 2 or more"),
        (BOTH.replace("control,0,1", "control,0,0.99", 1), "row 2, column survival: '0.99' at month 0 of the control arm"),
        ("", "column arm: the control arm has no points"),
    ],
)  # fmt: skip
def test_a_digitised_curve_is_refused_with_file_row_and_column(drop, rows, message):
    drop(ASPIRE, rows)
    with pytest.raises(DataError) as refused:
        data.known_by("latest").printed_survival(ASPIRE)
    assert str(refused.value).startswith(f"data/digitised/{ASPIRE}.csv")
    assert message in str(refused.value)


def test_other_columns_are_refused(drop):
    drop(ASPIRE, BOTH, header="arm,time,survival\n")
    with pytest.raises(DataError, match=r"digitised/aspire.pfs.primary.csv: there is an unknown column 'time'"):
        data.known_by("latest").printed_survival(ASPIRE)


def test_a_curve_cannot_go_beyond_a_known_follow_up_and_sets_one_that_is_only_assumed(drop):
    drop(PRIMARY, f"{BOTH}control,30,0.1\n")  # accrual began 26 months before the data cut-off
    with pytest.raises(DataError, match=r"row 6, column month: '30' is beyond the longest follow-up, 26\.05 months"):
        data.known_by("latest").printed_survival(PRIMARY)
    name = "eloquent-2.pfs.primary"
    assumed = data.known_by("latest").printed_survival(name).longest_followup
    (paths.DATA / "digitised" / f"{name}.csv").write_text(f"{HEADER}{BOTH}control,{assumed + 5},0.1\n")
    longer = data.known_by("latest").printed_survival(name)
    assert longer.longest_followup == assumed + 5
    assert longer.followup_basis == "the last month of the digitised curves (assumed)"


def test_the_check_names_a_file_of_no_analysis_and_one_of_an_analysis_without_curves(project, tourmaline):
    folder = project / "data" / "digitised"
    folder.mkdir()
    (folder / "aspire.pfs.primery.csv").write_text(HEADER + BOTH)
    done = tourmaline("check")
    assert done.returncode == 1
    assert "data/digitised/aspire.pfs.primery.csv: there is no analysis 'aspire.pfs.primery'" in done.stderr
    assert "Did you mean 'aspire.pfs.primary'?" in done.stderr
    (folder / "aspire.pfs.primery.csv").rename(folder / "tourmaline-mm1.pfs.primary.csv")
    with (folder / "tourmaline-mm1.pfs.primary.csv").open("a") as curves:
        curves.write("control,30,0.1\n")
    done = tourmaline("check")
    assert done.returncode == 1
    assert "Error: data/digitised/tourmaline-mm1.pfs.primary.csv, row 6, column month: '30'" in done.stderr
    assert "Traceback" not in done.stderr


def test_too_little_printed_is_an_error_with_what_there_is():
    with pytest.raises(EvidenceError, match=r"there is no analysis 'aspire\.pfs\.primery'"):
        data.known_by("latest").printed_survival("aspire.pfs.primery")


LEVELS = (
    f'from tourmaline import data\nlevel = data.information_level(data.known_by("latest").printed_survival("{PRIMARY}"))',
    'run.value("level", level, unit="count", origin="assumed", source="data", label="Level")',
    """\
import pandas as pd
run.table("levels", pd.DataFrame({"Level": [level]}), caption="Levels", origin="assumed", source="data")""",
)
PAGE = '# A small report\n\nLevel {value}`tiny/level`.\n\n```{result-table} tiny/levels\n```\n\n<p class="tm-edition tm-published"></p>\n'


@pytest.mark.slow
def test_a_file_that_is_dropped_in_or_taken_away_makes_stale_the_notebook_that_looks_for_it(report):
    curves = report / "data" / "digitised" / f"{PRIMARY}.csv"
    write_notebook(report, "tiny", *LEVELS)
    (report / "index.md").write_text(PAGE, encoding="utf-8")
    (report / "book" / "page.md").write_text("# Another page\n\n{value}`other/answer`\n", encoding="utf-8")

    def build():
        done = command(report, "build", "--json")
        assert done.returncode == 0, done.stderr
        steps = {step["name"]: step for step in json.loads(done.stdout)["steps"]}
        level = json.loads((report / "results" / "tiny" / "values.json").read_text())["level"]["value"]
        # What is not there is not offered for download.
        offered = f"digitised/{PRIMARY}.csv" in (report / "_build" / "html" / "index.html").read_text()
        return steps["tiny"]["because"], steps["other"]["did"], level, offered

    assert build() == ("the notebook changed", "reused", 1, False)
    curves.parent.mkdir()
    curves.write_text(HEADER + EXAMPLE)
    assert build() == (f"data/digitised/{PRIMARY}.csv changed", "reused", 4, True)
    curves.unlink()
    assert build() == (f"data/digitised/{PRIMARY}.csv changed", "reused", 1, False)
