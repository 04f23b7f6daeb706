"""Judgements have reasons, are complete, and give what pages show: risk of bias, certainty, confidence in comparisons."""

import shutil
from contextlib import nullcontext

import pytest

from tourmaline import data, paths
from tourmaline.data import judgements
from tourmaline.data.files import load
from tourmaline.data.judgements import certainty, check_judgements, indirect_confidence, risk_of_bias
from tourmaline.errors import DataError

DRUGS = ("ixazomib", "carfilzomib", "elotuzumab", "daratumumab")
NAMES = ("outcomes", "certainty", "risk_of_bias", "indirect_confidence", "protocol")


def test_the_overall_risk_of_bias_is_that_of_the_worst_domain():
    table = risk_of_bias().set_index(["trial", "outcome"])
    assert table.loc[("TOURMALINE-MM1", "harms"), "overall"] == "low"
    assert table.loc[("TOURMALINE-MM1", "pfs"), ["measurement", "selection", "overall"]].tolist() == [
        "low",
        "some-concerns",
        "some-concerns",
    ]
    assert table.loc[("ASPIRE", "quality_of_life"), ["deviations", "overall"]].tolist() == ["some-concerns", "high"]
    assert table.index.get_level_values("trial").unique().tolist() == [
        "TOURMALINE-MM1",
        "ASPIRE",
        "ELOQUENT-2",
        "POLLUX",
    ]


def test_a_certainty_starts_at_high_and_names_each_domain_that_lowers_it():
    table = certainty().set_index("outcome")
    assert table.loc["thrombocytopenia", "certainty"] == "moderate"
    assert table.loc["pfs_first", "certainty"] == "moderate"
    assert table.loc["pfs_first", "reasons"].startswith("Imprecision (one level): ")
    assert table.loc["death_on_treatment", "certainty"] == "low"  # one very serious concern
    assert table.loc["death_on_treatment", "reasons"].startswith("Imprecision (two levels): ")
    assert table.loc["overall_survival", "reasons"].count(" (one level): ") == 2
    assert set(table.index) == set(load("judgements/outcomes.csv")["outcome"])


def test_the_pool_has_a_concern_about_bias_wherever_most_of_its_trials_have_one():
    bias = risk_of_bias().set_index(["trial", "outcome"])["overall"]
    groups = {"pfs_first": "pfs", "pfs_second": "pfs", "overall_survival": "os", "overall_response": "response"}
    pool = certainty("core-trials").set_index("outcome")
    for outcome, group in groups.items():
        concerned = [bias[trial, group] != "low" for trial in ("TOURMALINE-MM1", "ASPIRE", "ELOQUENT-2")]
        assert sum(concerned) >= 2 and pool.loc[outcome, "risk_of_bias"] == "serious", outcome
    assert pool.loc["overall_response", "certainty"] == "very low"  # bias, inconsistency, indirectness


@pytest.mark.parametrize(("concern", "level"), [("very-serious", "very low"), ("not-serious", "high")])
def test_no_certainty_falls_below_very_low_and_without_a_concern_it_is_high(monkeypatch, concern, level):
    def all_alike(path):
        frame = load(path)
        return frame.assign(concern=concern) if path.endswith("certainty.csv") else frame

    monkeypatch.setattr(judgements, "load", all_alike)
    table = certainty("core-trials")
    assert set(table["certainty"]) == {level}
    assert (table["reasons"] == "No serious concern.").all() == (level == "high")


def test_indirect_comparisons_are_of_all_pairs_and_of_overlapping_domains_the_worst_counts(monkeypatch):
    table = indirect_confidence("pfs").set_index(["drug", "against"])
    assert len(table) == 6
    assert table.loc[("ixazomib", "daratumumab"), ["imprecision", "confidence"]].tolist() == ["no-concerns", "very low"]

    def only_two_of_a_group(path):
        frame = load(path)
        group = frame["domain"].isin(["indirectness", "heterogeneity"])
        return frame.assign(concern=["some-concerns" if some else "no-concerns" for some in group])

    monkeypatch.setattr(judgements, "load", only_two_of_a_group)
    assert set(indirect_confidence("os")["confidence"]) == {"moderate"}


def test_every_judgement_is_assumed_and_the_one_assessor_is_named():
    for path in ("selection", *NAMES):
        assert set(load(f"judgements/{path}.csv")["origin"]) == {"assumed"}
    protocol = load("judgements/protocol.csv").set_index("item")
    assert protocol.loc["assessors", "decision"] == "the authors of this report: one assessor, not duplicated"
    questions = protocol[protocol["part"] == "question"].index
    assert {"population", "intervention", "comparator", "outcomes"} <= set(questions)
    included = load("judgements/selection.csv").query("decision == 'included'")["study"]
    assert (
        set(included)
        == {"TOURMALINE-MM1", "ASPIRE", "ELOQUENT-2"}
        <= set(data.trials().query("tier == 'core'")["name"])
    )


def test_a_decision_of_our_own_names_no_publication_as_its_source():
    protocol = load("judgements/protocol.csv").set_index("item")
    own = protocol[protocol["part"].isin(["search", "selection"])].index.union(["important-effects", "not-judged"])
    assert set(protocol.loc[own, "source"]) == {"this_report"}
    assert {"terms", "counts"} <= set(own)  # what of the search is not recorded is said


def without(name, **where):
    """The frames of the check, without the rows of one file that a mapping of column to value names."""
    frames = {each: load(f"judgements/{each}.csv") for each in NAMES}
    found = frames[name]
    keep = ~(found[list(where)] == list(where.values())).all(axis=1)
    assert not keep.all()
    return frames | {name: found[keep]}


@pytest.mark.parametrize(
    ("name", "where", "place", "what"),
    [
        (
            "certainty",
            {"outcome": "rash"},
            "outcomes.csv, row 10, column outcome",
            "the outcome 'rash' has no certainty",
        ),
        (
            "certainty",
            {"body": "core-trials", "outcome": "pfs_first", "domain": "imprecision"},
            "certainty.csv, row ",
            "core-trials pfs_first is not judged for imprecision",
        ),
        (
            "risk_of_bias",
            {"trial": "pollux", "outcome": "os", "domain": "deviations"},
            "risk_of_bias.csv, row ",
            "pollux os is not judged for deviations",
        ),
        (
            "risk_of_bias",
            {"trial": "aspire", "outcome": "os"},
            "risk_of_bias.csv, row ",
            "aspire os is not judged",
        ),
        (
            "protocol",
            {"item": "not-judged"},
            "risk_of_bias.csv, row ",
            "eloquent-2 quality_of_life is not judged",
        ),
        (
            "indirect_confidence",
            {"drug": "ixazomib", "against": "carfilzomib", "outcome": "pfs", "domain": "incoherence"},
            "indirect_confidence.csv, row ",
            "ixazomib carfilzomib pfs is not judged for incoherence",
        ),
    ],
)
def test_what_is_judged_in_part_is_refused(name, where, place, what):
    with pytest.raises(DataError) as refused:
        check_judgements(*without(name, **where).values(), data.analyses().index, DRUGS)
    assert refused.value.what == what
    assert refused.value.where.startswith(f"data/judgements/{place}")


@pytest.mark.parametrize(
    ("decision", "refused"),
    [
        ("risk of bias of quality of life in ELOQUENT-2 and POLLUX; of overall survival in ASPIRE", False),
        ("risk of bias of quality of life in ELOQUENT-2 and POLLUX; of overall survival in POLLUX", True),
        ("risk of bias of quality of life in ELOQUENT-2, POLLUX and ASPIRE; of overall survival in POLLUX", True),
    ],
)
def test_what_is_not_judged_of_a_trial_may_be_missing_if_the_protocol_says_so(decision, refused):
    frames = without("risk_of_bias", trial="aspire", outcome="os")
    frames["protocol"].loc[frames["protocol"]["item"] == "not-judged", "decision"] = decision
    with pytest.raises(DataError, match="aspire os is not judged") if refused else nullcontext():
        check_judgements(*frames.values(), data.analyses().index, DRUGS)


def test_a_trial_of_which_nothing_is_judged_yet_may_stand_in_the_evidence():
    check_judgements(*without("risk_of_bias", trial="pollux").values(), data.analyses().index, DRUGS)


@pytest.mark.parametrize(
    ("outcome", "changes", "column", "what"),
    [
        ("pfs_first", {"analysis": "tourmaline-mm1.pfs.third"}, "analysis", "there is no analysis"),
        ("pfs_first", {"quantity": ""}, "quantity", "names an analysis without its quantity"),
        ("diarrhoea", {"claim": "table4.diarrhoea.{arm}.3.count"}, "claim", "there is no claim"),
    ],
)
def test_an_outcome_whose_numbers_stand_nowhere_is_refused(outcome, changes, column, what):
    frames = {each: load(f"judgements/{each}.csv") for each in NAMES}
    line = frames["outcomes"].index[frames["outcomes"]["outcome"] == outcome][0]
    for name, value in changes.items():
        frames["outcomes"].loc[line, name] = value
    with pytest.raises(DataError) as refused:
        check_judgements(*frames.values(), data.analyses().index, DRUGS)
    assert what in refused.value.what
    assert refused.value.where == f"data/judgements/outcomes.csv, row {line}, column {column}"


@pytest.mark.parametrize(
    ("name", "column"),
    [pytest.param("ixazomib", "drug", id="itself"), pytest.param("bortezomib", "against", id="unknown")],
)
def test_a_drug_compared_with_itself_or_with_none_of_the_trials_is_refused(name, column):
    frames = {each: load(f"judgements/{each}.csv") for each in NAMES}
    indirect = frames["indirect_confidence"]
    indirect.loc[indirect["against"] == "carfilzomib", "against"] = name
    with pytest.raises(DataError, match=f"ixazomib is compared with {name}") as refused:
        check_judgements(*frames.values(), data.analyses().index, DRUGS)
    assert refused.value.where == f"data/judgements/indirect_confidence.csv, row 2, column {column}"


@pytest.mark.parametrize(
    ("name", "column", "value", "what"),
    [
        ("certainty", "reason", "", "'' must be given, it is empty"),
        ("risk_of_bias", "source", "", "'' must be given, it is empty"),
        ("certainty", "domain", "bias", "'bias' must be one of risk_of_bias, inconsistency"),
        ("certainty", "concern", "grave", "'grave' must be one of not-serious, serious, very-serious"),
        ("risk_of_bias", "judgement", "unclear", "'unclear' must be one of low, some-concerns, high"),
        ("risk_of_bias", "origin", "printed", "'printed' must be one of assumed"),
        ("indirect_confidence", "concern", "serious", "'serious' must be one of no-concerns"),
        ("indirect_confidence", "domain", "transitivity", "'transitivity' must be one of within_study_bias"),
        ("selection", "reason", "", "'' must be given, it is empty"),
        ("protocol", "part", "pico", "'pico' must be one of question"),
    ],
)
def test_a_judgement_that_cannot_be_is_refused_with_file_row_and_column(tmp_path, name, column, value, what):
    directory = shutil.copytree(paths.DATA, tmp_path / "data")
    frame = load(f"judgements/{name}.csv")
    frame.loc[3, column] = value
    frame.to_csv(directory / "judgements" / f"{name}.csv", index=False)
    with pytest.raises(DataError) as refused:
        load(f"judgements/{name}.csv", directory)
    assert what in refused.value.what
    assert refused.value.where == f"data/judgements/{name}.csv, row 3, column {column}"


def test_tourmaline_check_refuses_an_unknown_source_of_a_judgement(project, tourmaline):
    file = project / "data" / "judgements" / "certainty.csv"
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace(",sap_mm1\n", ",sap_mm2\n", 1), encoding="utf-8")
    done = tourmaline("check")
    assert done.returncode == 1
    assert "data/judgements/certainty.csv, row 2, column source" in done.stderr
    assert "sap_mm1" in done.stderr  # what may have been meant
