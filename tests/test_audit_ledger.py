"""The ledger of the paper: what is in it, its verdicts, and the paper's peculiar digits."""

import itertools
import math

import pytest

from tourmaline.audit import FAULTS, VERDICTS, Ledger, baseline, ledger_table, paper_ledger, rounding
from tourmaline.audit.ledger import State, judged
from tourmaline.audit.rules import Recomputed
from tourmaline.data.derivations import Derivation, derivations
from tourmaline.data.ledger import PrintedNumber, printed_numbers
from tourmaline.data.reading import reading


@pytest.fixture(scope="module")
def ledger() -> Ledger:
    return paper_ledger()


@pytest.fixture(scope="module")
def table(ledger):
    return ledger_table(ledger).set_index("id")


@pytest.mark.seconds
def test_tables_and_text_are_one_ledger_and_nothing_stands_twice(table):
    assert len(table) == len(set(table.index)) == len(printed_numbers())
    assert {"table4.rash_high_level_term.placebo.3.count", "discussion.eloquent2.hazard_ratio"} <= set(table.index)
    assert table.loc["table1.ecog_0.placebo.denominator", "printed"] == "358"
    assert table.loc["table4.grade.placebo.4", "printed"] == "4"
    assert table.loc["table1.age_over_65.label", "printed"] == ">65"
    assert not any("1.73" in printed for printed in table["printed"])  # it belongs to the unit


@pytest.mark.seconds
def test_every_given_and_every_discrepant_number_says_why_in_one_sentence(table):
    silent = table[table["verdict"].isin(["given", *FAULTS]) & ~table["sentence"].str.endswith(".")]
    assert silent.empty, list(silent.index)


@pytest.mark.seconds
def test_the_committed_baseline_is_what_the_audit_finds(ledger):
    assert baseline.read_baseline() == ledger.states()


@pytest.mark.seconds
@pytest.mark.parametrize(
    ("id_", "verdict"),
    [
        ("results.pfs.gain.percent", "exact"),  # 20.6 over 14.7 is 40.1 percent longer
        ("discussion.pfs.gain.months", "exact"),  # 5.9, printed 'approximately 6'
        ("methods.os_power.difference.percent", "exact"),  # 1/0.77 is 29.9 percent more
        ("results.del17p.percent", "exact"),  # 69 of 722
        ("results.cytogenetics.available.percent", "exact"),
        ("table3.n.ixazomib", "exact"),  # 360 - 2 + 3
        ("table3.n.placebo", "exact"),  # 362 - 3
        ("table1.iss_3.ixazomib.percent", "exact"),  # 12.5 printed 12
        ("table1.male_sex.ixazomib.percent", "exact"),  # 57.5 printed 58
        ("table2.stringent_complete_response_patients.ixazomib.percent", "exact"),  # 2.5 printed 2
        ("table1.disease_relapsed.ixazomib.denominator", "exact"),  # 276 + 42 + 41 = 359
        ("table1.creatinine_clearance_90_or_more.overall.count", "exact"),  # the arms' sum
        ("results.pfs.hazard_ratio", "exact"),
        ("results.del17p.pfs.hazard_ratio", "exact"),
        ("results.t414.pfs.hazard_ratio", "within rounding"),  # the interval's middle is 0.644, printed 0.65
        ("results.pfs.p_value", "approximate"),
        ("table2.complete_response.comparison.value", "approximate"),
        ("discussion.cycles18.share.ixazomib", "approximate"),  # 48 percent, 'almost half'
        ("table1.time_since_diagnosis_median.overall.value", "given"),
        ("table1.prior_proteasome_inhibitor.placebo.count", "given"),  # 253 of 250 + 4: one had both
        ("methods.lenalidomide.dose_mg", "given"),
        ("table1.creatinine_clearance_90_or_more.placebo.count", "discrepant"),  # the levels are 361 of 362
        ("results.os23.information.percent", "approximate"),  # if 0.77 stands for 0.765 to 0.775
        ("table2.overall_response_ci.ixazomib.upper", "discrepant"),  # 82.48 printed 83
        ("table1.prior_carfilzomib.overall.percent", "inconsistent format"),  # 0.69 printed 1, not <1
    ],
)
def test_the_paper_s_peculiar_digits_have_their_verdict(table, id_, verdict):
    assert table.loc[id_, "verdict"] == verdict


def test_half_to_even_alone_reproduces_every_percentage():
    shares = rounding.percentages()
    wrong = {name: set(shares.loc[~shares[name], "id"]) for name in rounding.CONVENTIONS}
    assert not wrong["half-even"]
    assert wrong["half-up"] == {
        "table1.iss_3.ixazomib.percent",
        "table2.stringent_complete_response_patients.ixazomib.percent",
    }
    assert wrong["half-down"] == {"table1.male_sex.ixazomib.percent"}
    assert "table2.overall_response_patients.ixazomib.percent" not in set(rounding.telling(shares)["id"])


def test_exact_intervals_reproduce_all_bounds_of_table_2_but_one():
    methods = rounding.interval_methods().set_index("interval_method")
    assert methods.index[0] == "clopper-pearson"
    assert methods.loc["clopper-pearson", ["bounds", "half-even"]].tolist() == [28, 27]
    assert methods.loc["clopper-pearson", "misses"] == "table2.overall_response_ci.ixazomib.upper"
    assert methods["half-even"].drop("clopper-pearson").max() < 27


def test_only_tests_without_correction_reproduce_the_p_values_of_response():
    tests = rounding.response_tests().set_index("test")["reproduced"]
    assert tests[["chi-square", "mantel-haenszel"]].tolist() == [3, 3]
    assert tests[["fisher", "chi-square-corrected"]].max() < 3


@pytest.mark.parametrize(
    ("printed", "rounded", "found", "rule", "verdict"),
    [
        ("0.74", True, (0.7447, 0.7396, 0.7499), "geometric_mean", "exact"),
        ("0.65", True, (0.6442, 0.6368, 0.6516), "geometric_mean", "within rounding"),
        ("0.66", True, (0.6442, 0.6368, 0.6516), "geometric_mean", "discrepant"),
        ("0.02", True, (0.0190, 0.0138, 0.0258), "proportions_p", "approximate"),
        ("0.04", True, (0.0190, 0.0138, 0.0258), "proportions_p", "discrepant"),
        ("13", True, (12.5, 12.5, 12.5), "percentage", "discrepant"),  # counts leave nothing to rounding
        ("<1", True, (0.83, 0.83, 0.83), "percentage", "exact"),
        ("<1", True, (1.2, 1.2, 1.2), "percentage", "discrepant"),
        ("1", True, (0.69, 0.69, 0.69), "percentage", "inconsistent format"),
        ("1", True, (0.42, 0.42, 0.42), "percentage", "discrepant"),
        ("282", False, (282, 282, 282), "total", "exact"),
        ("283", False, (282, 282, 282), "total", "discrepant"),
        ("253", False, (math.nan, 250, 254), "union", "within rounding"),
        ("255", False, (math.nan, 250, 254), "union", "discrepant"),
        ("almost half", False, (48, 47.5, 48.5), "same", "approximate"),
        ("almost half", False, (43, 42.5, 43.5), "same", "discrepant"),
        ("5", False, (math.nan, math.nan, math.nan), "total", "discrepant"),
    ],
)
def test_a_verdict_follows_from_the_digits(printed, rounded, found, rule, verdict):
    assert judged(reading(printed, rounded), Recomputed(*found), rule) == verdict


def test_a_failed_check_makes_any_number_discrepant():
    ledger = small_ledger({"a": "5", "b": "4"}, [given("a"), check("a", "at_most", "b"), given("b")])
    assert ledger.judge("a").verdict == "discrepant"
    assert ledger.judge("b").verdict == "given"


def test_a_verdict_is_worse_only_downwards_and_a_known_discrepancy_is_known_with_its_digits():
    for better, worse in itertools.pairwise(VERDICTS):
        assert State(worse).is_worse_than(State(better))
        assert not State(better).is_worse_than(State(worse))
    assert State("discrepant", "84 against 82.48").is_worse_than(State("discrepant", "83 against 82.48"))
    assert not State("discrepant", "83").is_worse_than(State("discrepant", "83"))


def test_what_fell_behind_the_baseline_is_named(tmp_path):
    path = tmp_path / "baseline.json"
    baseline.write_baseline({"a": State("exact"), "b": State("discrepant", "3 against 4"), "c": State("given")}, path)
    before = baseline.read_baseline(path)
    now = {"a": State("given"), "b": State("exact"), "d": State("discrepant", "1"), "e": State("exact")}
    assert set(baseline.fallen(now, before)) == {"a", "c", "d"}


def number(id_: str, printed: str) -> PrintedNumber:
    return PrintedNumber(id_, printed, "table1", "", "n", "", "patients", "", "table1.csv", 2, "count")


def given(id_: str) -> Derivation:
    return Derivation(id_, "given", "", (), {}, "Because.", 2)


def check(id_: str, rule: str, *inputs: str) -> Derivation:
    return Derivation(id_, "check", rule, inputs, {}, "", 3)


def derived(id_: str, rule: str, *inputs: str) -> Derivation:
    return Derivation(id_, "derivation", rule, inputs, {}, "", 4)


def small_ledger(printed: dict[str, str], rows: list[Derivation]) -> Ledger:
    by_id: dict[str, list[Derivation]] = {}
    for row in rows:
        by_id.setdefault(row.id, []).append(row)
    return Ledger({id_: number(id_, text) for id_, text in printed.items()}, by_id)


def test_every_number_of_the_paper_has_one_derivation_or_is_given():
    assert all(
        found[0].role != "check" and all(c.role == "check" for c in found[1:]) for found in derivations().values()
    )
