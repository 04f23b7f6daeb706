"""The audit's rule that needs patients' times: each number is predicted by the others, and never by itself."""

from dataclasses import replace

import pytest

from tourmaline.audit import paper_ledger, reconstructed_rules
from tourmaline.audit.ledger import RECONSTRUCTING, judged
from tourmaline.audit.reconstructed_rules import left_out
from tourmaline.audit.rules import Recomputed
from tourmaline.data.known import Evidence, known_by
from tourmaline.data.reading import reading

EVERYTHING = known_by("latest")

PFS = "tourmaline-mm1.pfs.primary"
RECONSTRUCTED = {
    "abstract.pfs.followup.overall",
    *(f"results.pfs.{what}.{arm}" for what in ("events", "median", "followup") for arm in ("ixazomib", "placebo")),
    *(f"{where}.hazard_ratio.{end}" for where in ("results.pfs", "table2.note.ttp") for end in ("lower", "upper")),
}


@pytest.fixture(scope="module")
def ledger():
    return paper_ledger()


@pytest.mark.seconds
def test_the_times_to_event_that_others_predict_are_reconstructed(ledger):
    found = {id_ for id_, derived in ledger.derived.items() if derived[0].rule in RECONSTRUCTING}
    assert found == RECONSTRUCTED
    assert {id_: ledger.judge(id_).verdict for id_ in found} == dict.fromkeys(found, "reconstructed")


@pytest.mark.seconds
def test_the_ratio_and_p_value_of_figure_1_pass_the_reconstruction_as_a_check(ledger):
    for id_ in ("results.pfs.hazard_ratio", "results.pfs.p_value", "table2.time_to_progression.comparison.value"):
        assert "left_out" in [check.rule for check in ledger.derived[id_][1:]]
        assert not ledger.judge(id_).failed
    ratio = left_out((), {"analysis": PFS, "quantity": "hazard_ratio"})
    assert ratio.lower < 0.74 < ratio.upper < 1  # medians and events alone tell the direction


@pytest.mark.seconds
def test_a_number_that_is_left_out_has_no_part_in_its_own_prediction(monkeypatch):
    honest = left_out((), {"analysis": PFS, "quantity": "median.placebo"})
    printed = EVERYTHING.printed_survival(PFS)
    wrong = replace(printed, control=printed.control | {"median": "19.9"})
    monkeypatch.setattr(Evidence, "printed_survival", lambda evidence, analysis: wrong)
    reconstructed_rules._sets.cache_clear()
    assert left_out((), {"analysis": PFS, "quantity": "median.placebo"}) == honest
    reconstructed_rules._sets.cache_clear()
    assert honest.lower < 14.7 < honest.upper and honest.upper - honest.lower > 2


@pytest.mark.slow
def test_numbers_that_no_patients_give_together_predict_nothing(monkeypatch, brief):
    printed = EVERYTHING.printed_survival(PFS)
    impossible = replace(
        printed, comparison=printed.comparison | {"hazard_ratio": "0.10", "lower": "0.08", "upper": "0.12"}
    )
    monkeypatch.setattr(Evidence, "printed_survival", lambda evidence, analysis: impossible)
    reconstructed_rules._sets.cache_clear()
    found = left_out((), {"analysis": PFS, "quantity": "median_followup.placebo"})
    reconstructed_rules._sets.cache_clear()
    assert judged(reading("14.6", True), found, "left_out") == "discrepant"


@pytest.mark.parametrize(
    ("printed", "lower", "upper", "verdict"),
    [
        ("14.7", 14.2, 19.5, "reconstructed"),
        ("14.7", 14.74, 19.5, "reconstructed"),  # 14.74 rounds to 14.7
        ("14.7", 14.8, 19.5, "discrepant"),
        ("14.7", 14.7, 14.7, "reconstructed"),  # never better, though the digits agree
    ],
)
def test_a_prediction_agrees_if_a_value_within_its_range_rounds_to_the_number(printed, lower, upper, verdict):
    assert judged(reading(printed, True), Recomputed(lower, lower, upper), "left_out") == verdict


def test_a_changed_digit_of_a_median_is_noticed_and_costs_no_new_reconstruction(ledger):
    id_ = "results.pfs.median.placebo"
    ledger.state(id_)
    before, built = ledger.readings[id_], reconstructed_rules._sets.cache_info().misses
    try:
        for changed in ("44.7", "17.7"):
            ledger.readings[id_] = ledger.changed(id_, changed)
            assert (ledger.state(id_).verdict == "discrepant") == (changed == "44.7")  # 17.7 is within the range
    finally:
        ledger.readings[id_] = before
    assert reconstructed_rules._sets.cache_info().misses == built
