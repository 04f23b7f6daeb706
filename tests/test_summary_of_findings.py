"""The summary of findings against hand calculations from the published numbers, and its figure without colour."""

import json
import math
import re

import matplotlib.pyplot as plt
import pandas as pd
import pytest
from test_odd_parameters import run

from tourmaline import data, paths, results
from tourmaline.data.files import load
from tourmaline.errors import EvidenceError
from tourmaline.estimate import Estimate
from tourmaline.figures.risk_of_bias import SIGNS, traffic_lights
from tourmaline.statistics import meta_analysis
from tourmaline.statistics.absolute_effects import number_needed, survival_from_median
from tourmaline.summary_of_findings import count_effects, pooled_counts, pooled_times, time_effects

PFS = {"first": "tourmaline-mm1.pfs.primary", "second": "tourmaline-mm1.pfs.second"}
OS = {"survival": "tourmaline-mm1.os.final"}


PAGE = paths.ROOT / "book" / "summary.md"


@pytest.fixture(scope="module")
def published(tmp_path_factory):
    """Values and rows of the tables of the notebook."""
    with pytest.MonkeyPatch.context() as monkeypatch:
        values, tables, _ = run(monkeypatch, tmp_path_factory.mktemp("summary"), "summary")
    return values, {name: {row["Outcome"]: row for row in tables[name]} for name in ("findings", "absolute")}


def limits(estimate):
    return estimate.value, estimate.lower, estimate.upper


def test_at_the_control_median_half_of_the_placebo_group_and_a_power_of_a_half_with_ixazomib():
    row = time_effects(data.known_by("latest"), PFS, {"first": 14.7, "second": 15.9}, 0.95).loc["first"]
    assert row["share"] == 0.5  # of 1,000 patients 500, and with ixazomib 1,000 × 0.5^0.74 = 599
    assert limits(row["gain"]) == pytest.approx((0.5**0.74 - 0.5, 0.5**0.94 - 0.5, 0.5**0.59 - 0.5))
    assert results.of_thousand(row["gain"]) == "99 more (21 more to 164 more)"
    assert (row["patients"], row["gained"]) == (722, pytest.approx(5.9))


def test_the_second_analysis_reaches_no_effect_and_stands_beside_the_first():
    times = time_effects(data.known_by("latest"), PFS, 15.0, 0.95)
    share = math.exp(-math.log(2) / 15.9 * 15)  # a constant rate with a median of 15.9 months
    assert times.loc["second", "share"] == pytest.approx(share)
    assert times.loc["second", "gain"].value == pytest.approx(share**0.82 - share)
    assert limits(times.loc["second", "ratio"]) == (0.82, 0.67, 1.0)
    assert not times.loc["second", "gain"].excludes(0) and times.loc["first", "gain"].excludes(0)
    assert results.of_thousand(times.loc["second", "gain"]) == "65 more (none to 125 more)"
    assert (
        results.number_needed_in_words(number_needed(times.loc["second", "gain"]))
        == "15 to benefit (8 to benefit to ∞)"
    )


def test_the_interval_of_overall_survival_is_derived_from_its_p_value():
    row = time_effects(data.known_by("latest"), OS, {"survival": 48.0}, 0.95).loc["survival"]
    error = abs(math.log(0.939)) / 0.68245  # the normal quantile of 1 − 0.495 / 2
    ends = [math.exp(math.log(0.939) + sign * 1.959964 * error) for sign in (-1, 1)]
    assert [row["ratio"].lower, row["ratio"].upper] == pytest.approx(ends, rel=1e-4)
    assert row["derived"] and not row["as_reported"]


def test_another_level_is_computed_and_says_so():
    row = time_effects(data.known_by("latest"), PFS, 12.0, 0.9).loc["first"]
    error = (math.log(0.94) - math.log(0.59)) / (2 * 1.959964)
    assert row["ratio"].upper == pytest.approx(math.exp(math.log(0.74) + 1.644854 * error), rel=1e-5)
    assert not row["as_reported"] and not row["derived"]


@pytest.mark.parametrize(
    ("outcome", "treated", "control"),
    [
        ("overall_response", (282, 360), (259, 362)),
        ("grade_3_event", (267, 361), (247, 359)),
        ("serious_adverse_event", (168, 361), (177, 359)),
        ("thrombocytopenia", (43 + 26, 361), (19 + 13, 359)),
        ("diarrhoea", (23, 361), (9, 359)),
        ("rash", (18, 361), (6, 359)),
        ("peripheral_neuropathy", (97, 361), (78, 359)),
        ("discontinuation", (60, 361), (50, 359)),
        ("death_on_treatment", (15, 361), (23, 359)),
    ],
)
def test_a_counted_outcome_has_the_papers_counts_and_newcombes_interval(outcome, treated, control):
    row = count_effects(data.known_by("latest"), 0.95).loc[outcome]
    p1, p2 = treated[0] / treated[1], control[0] / control[1]

    def wilson(share, n, z=1.959964):
        middle, half = share + z * z / (2 * n), z * math.sqrt(share * (1 - share) / n + z * z / (4 * n * n))
        return (middle - half) / (1 + z * z / n), (middle + half) / (1 + z * z / n)

    (low1, high1), (low2, high2) = wilson(p1, treated[1]), wilson(p2, control[1])
    lower = p1 - p2 - math.hypot(p1 - low1, high2 - p2)
    upper = p1 - p2 + math.hypot(high1 - p1, p2 - low2)
    assert limits(row["gain"]) == pytest.approx((p1 - p2, lower, upper), abs=1e-6)
    spread = math.exp(1.959964 * math.sqrt(1 / treated[0] - 1 / treated[1] + 1 / control[0] - 1 / control[1]))
    assert limits(row["ratio"]) == pytest.approx((p1 / p2, p1 / p2 / spread, p1 / p2 * spread), rel=1e-5)
    assert (row["share"], row["patients"]) == (p2, treated[1] + control[1])


def test_an_early_edition_has_the_first_analysis_alone_and_none_before_it():
    assert list(time_effects(data.known_by("2016-04-28"), PFS, 15.0, 0.95).index) == ["first"]
    assert len(data.known_by("2016-04-28").outcome_counts()) == 9
    assert data.known_by("2016-04-27").outcome_counts().empty  # the paper appeared on the next day
    assert count_effects(data.known_by("2016-04-27"), 0.95).empty
    with pytest.raises(EvidenceError, match=r"by 2014-12-31 no source reports a hazard ratio of tourmaline-mm1\.pfs"):
        time_effects(data.known_by("2014-12-31"), PFS, 15.0, 0.95)


CORE = ["TOURMALINE-MM1", "ASPIRE", "ELOQUENT-2"]


def test_counts_are_pooled_by_dersimonian_and_laird_where_two_trials_report_them():
    quantities = {"response": "overall_response", "severe": "grade_3_adverse_event"}
    pooled = pooled_counts(data.known_by("latest"), CORE, quantities, 0.95)
    assert pooled["patients"].tolist() == [722 + 792 + 646, 361 + 359 + 392 + 389]
    assert pooled["trials"].tolist() == [", ".join(CORE), ", ".join(CORE[:2])]
    arms = [((267, 361), (247, 359)), ((328, 392), (314, 389))]
    differences = [a / n - b / m for (a, n), (b, m) in arms]
    variances = [a * (n - a) / n**3 + b * (m - b) / m**3 for (a, n), (b, m) in arms]
    weights = [1 / variance for variance in variances]  # Q is below its one degree of freedom, so that tau is zero
    middle = sum(w * d for w, d in zip(weights, differences)) / sum(weights)
    half = 1.959964 / math.sqrt(sum(weights))
    assert limits(pooled.loc["severe", "gain"]) == pytest.approx((middle, middle - half, middle + half), abs=1e-6)
    assert pooled_counts(data.known_by("2016-04-28"), CORE, quantities, 0.95).empty  # counts of one trial alone


@pytest.mark.seconds
def test_deaths_during_treatment_are_defined_as_reported_and_why_they_are_not_pooled_is_said(monkeypatch, tmp_path):
    def notes(notebook, table, **given):
        run(monkeypatch, tmp_path, notebook, **given)
        return " ".join(json.loads((tmp_path / "tables" / f"{table}.json").read_text())["notes"])

    assert "through 30 days after the last dose (TOURMALINE-MM1)" in notes("toxicity", "effects")
    counts = data.known_by("latest").trial_facts("aspire", "harms").set_index(["fact", "arm"])
    later = counts.loc["deaths-adverse-reactions"][["value", "total"]].astype(int)
    later = later["value"] / later["total"]
    first = data.known_by("latest").rates(["ASPIRE"], "safety").set_index("quantity").loc["death_on_treatment"]
    assert first["percent_experimental"] < first["percent_control"] and later["experimental"] > later["control"]
    why = "Deaths during the treatment period are not pooled"
    assert why in notes("summary", "pooled")
    assert why not in notes("summary", "pooled", as_of="2016-04-28")  # before that label


def test_the_pooled_time_has_the_fixed_effect_and_no_number_of_patients_that_a_trial_does_not_report():
    names = {"MM1": PFS["first"], "ASPIRE": "aspire.pfs.primary"}
    times = time_effects(data.known_by("latest"), names, 15.0, 0.95)
    pooled = pooled_times(times, 0.5, 0.95)
    weights = 1 / times["standard_error"] ** 2
    ratio = math.exp((weights * times["log_ratio"]).sum() / weights.sum())
    assert pooled["ratio"].value == pytest.approx(ratio) and pooled["gain"].value == pytest.approx(0.5**ratio - 0.5)
    assert pooled["patients"] == 722 + 792
    early = pooled_times(time_effects(data.known_by("2016-04-28"), names, 15.0, 0.95), None, 0.95)
    assert math.isnan(early["patients"]) and early["gain"] is None


def test_without_a_control_median_there_is_no_absolute_effect():
    names = {"ELOQUENT-2": "eloquent-2.pfs.5-year"}  # its medians are in no source
    times = time_effects(data.known_by("latest"), names, 15.0, 0.95)
    assert times.loc["ELOQUENT-2", ["share", "gain"]].isna().all()
    columns = results.effect_columns(times).loc["ELOQUENT-2"]
    assert (columns["relative"], columns["difference"]) == ("0.73 (0.60 to 0.87)", "—")
    assert math.isnan(columns["control"]) and math.isnan(columns["experimental"])


def test_columns_show_patients_of_a_thousand():
    effect = {"patients": 20, "ratio": Estimate(0.5, 0.25, 1.0, 0.95), "share": 0.2}
    rows = pd.DataFrame([effect | {"gain": Estimate(-0.1, -0.15, 0.0004, 0.95)}], index=["one"])
    shown = results.effect_columns(rows).loc["one"]
    assert shown.tolist() == [20, "0.50 (0.25 to 1.00)", 200, 100, "100 fewer (150 fewer to none)"]


@pytest.mark.parametrize(
    ("gain", "words"),
    [
        (Estimate(0.1, 0.05, 0.2, 0.95), "10 to benefit (5 to 20)"),
        (Estimate(-0.1, -0.2, -0.05, 0.95), "10 to harm (5 to 20)"),
        (Estimate(0.1, -0.05, 0.25, 0.95), "10 to benefit (4 to benefit through ∞ to 20 to harm)"),
        (Estimate(-0.1, -0.2, 0.0, 0.95), "10 to harm (∞ to 5 to harm)"),
        (Estimate(0.0, -0.1, 0.1, 0.95), "∞ (10 to benefit through ∞ to 10 to harm)"),
        (Estimate(0.1), "10 to benefit"),
    ],
)
def test_the_number_needed_says_benefit_or_harm(gain, words):
    assert results.number_needed_in_words(number_needed(gain)) == words


@pytest.mark.parametrize(("median", "time"), [(0.0, 12.0), (math.nan, 12.0), (14.7, -1.0)])
def test_a_share_needs_a_median_and_a_time(median, time):
    with pytest.raises(ValueError, match=r"it must be finite and above 0"):
        survival_from_median(median, time)


def test_traffic_lights_carry_a_sign_for_each_judgement():
    rows = pd.DataFrame(
        {
            "trial": ["Alpha", "Alpha", "Beta"],
            "outcome": ["survival", "harms", "survival"],
            "measurement": ["low", "high", "low"],
            "overall": ["some-concerns", "high", "low"],
        }
    )
    figure = traffic_lights(rows, {"measurement": "Measurement", "overall": "Overall"}, str.upper)
    axes = figure.axes[0]
    signs = [text.get_text() for text in axes.texts if text.get_text() in {sign for sign, _ in SIGNS.values()}]
    assert signs == ["+", "!", "×", "×", "+", "+"]
    assert [text.get_text() for text in axes.texts if text.get_text().isalpha()] == ["Alpha", "Beta"]
    assert [label.get_text() for label in axes.get_yticklabels()] == ["survival", "harms", "survival"]
    legend = [text.get_text() for text in figure.legends[0].get_texts()]
    assert legend == ["+  LOW", "!  SOME-CONCERNS", "×  HIGH"]
    plt.close(figure)


def test_the_signs_have_enough_contrast_on_their_colours_and_these_differ_in_lightness():
    def luminance(colour):
        parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
        linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    lightness = [luminance(colour) for _, colour in SIGNS.values()]
    assert all((light + 0.05) / (luminance("#1a1a1a") + 0.05) > 4.5 for light in lightness)
    assert len({sign for sign, _ in SIGNS.values()}) == len(SIGNS)
    assert lightness[2] < min(lightness[:2]) - 0.15  # a high risk is darker than the others


@pytest.mark.seconds
def test_each_row_of_the_findings_has_its_follow_up_as_reported(published):
    _, tables = published
    followed = {outcome: row["Follow-up (months)"] for outcome, row in tables["findings"].items()}
    # Moreau et al. 2016, Results, Efficacy; Takeda's release of 2015; Richardson et al. 2021.
    first, second, final = (
        next(words for outcome, words in followed.items() if part in outcome)
        for part in ("first (primary)", "second analysis", "Overall survival")
    )
    assert (first, second, final) == ("14.8 and 14.6", "23.3 and 22.9", "85")
    assert followed["Overall response"] == first  # both at the same data cut-off
    harms = load("judgements/outcomes.csv")["label"][4:-1]
    assert {followed[outcome] for outcome in harms} == {"23.3 and 22.9"}  # Table 3
    assert followed["Health-related quality of life"] == "—"


def test_serious_events_stand_among_the_findings_with_a_certainty(published):
    values, tables = published
    row = tables["findings"]["Any serious adverse event"]
    # Table 3 of the paper: 168 of 361 and 177 of 359.
    assert row["Difference per 1,000 (95% CI)"] == "28 fewer (100 fewer to 45 more)"
    assert row["In words"] == "The result is inconclusive." and row["Certainty"].endswith(" moderate")
    assert "Any serious adverse event" in tables["absolute"]
    assert values["after_last_dose"]["value"] == 30


def test_the_summary_says_of_each_harm_whether_it_is_inconclusive_and_how_certain_it_is(published):
    values, _ = published
    assert values["harms_verdict"]["value"] == "All of these results are inconclusive."
    text = PAGE.read_text(encoding="utf-8")
    harms = text[text.index("- **Specific severe harms") : text.index("- **Quality of life")]
    named = re.findall(r"\{value\}`summary/(difference|thousand|certainty)_(\w+)`", harms)
    numbers, ratings = named[::2], named[1::2]
    assert [outcome for _, outcome in numbers] == [outcome for _, outcome in ratings]
    assert {kind for kind, _ in ratings} == {"certainty"} and len(ratings) == 7


@pytest.mark.parametrize("page", ["summary.md", "trial/safety.md"])
def test_specific_severe_harms_are_followed_by_what_remains_after_the_correction(page):
    text = " ".join((paths.ROOT / "book" / page).read_text(encoding="utf-8").split())
    severe = text[text.index("{value}`summary/certainty_rash`") :].partition("{value}`safety/severe_verdict`")[0]
    assert re.search(r"The conclusion after the \S*Bonferroni correction.* for all .*: $", severe)
    assert "{value}`safety/severe_events` kinds of event of grade 3 or 4" in severe and len(severe) < 400
    assert "includes no difference" not in severe


def test_the_summary_gives_an_interval_of_the_second_analysis_once():
    second = PAGE.read_text(encoding="utf-8").partition("The same, second analysis")[2].partition("```")[0]
    assert second.count("hazard_ratio`") + second.count("{interval}`summary/relative_pfs_second`") == 1


def test_the_summary_says_whom_the_results_cover_before_it_answers(published):
    values, _ = published
    # Methods, Patients, and Table 1 of the paper.
    assert values["least_clearance"]["value"] == "30 ml/min per 1.73 m²"
    assert [values[name]["value"] for name in ("neuropathy_grade", "prior_lenalidomide")] == [2, 12]
    opening, _, _ = PAGE.read_text(encoding="utf-8").partition("## The answer")
    assert "refractory\nto lenalidomide or to a proteasome inhibitor" in opening
    assert {name for name in values if f"`summary/{name}`" in opening} == {
        "least_clearance",
        "neuropathy_grade",
        "prior_lenalidomide",
    }


def test_the_page_on_baseline_says_that_some_patients_took_part_who_were_not_eligible(monkeypatch, tmp_path):
    values, _, _ = run(monkeypatch, tmp_path, "baseline")
    # Table 1 of the paper and its notes.
    found = {"refractory_proteasome_inhibitor": 12, "refractory_lenalidomide": "one", "low_clearance": 10}
    assert {name: values[name]["value"] for name in found} == found
    assert {values[name]["origin"] for name in found} == {"printed"}
    text = (paths.ROOT / "book" / "trial" / "baseline.md").read_text(encoding="utf-8")
    covered = text.partition("## Whom the results cover")[2].partition("##")[0]
    assert all(f"{{value}}`baseline/{name}`" in covered for name in found)
    pages = " ".join((covered + (paths.ROOT / "index.md").read_text(encoding="utf-8")).split())
    assert pages.count("lenalidomide or to a proteasome inhibitor were not eligible") == 2
    assert "could not" not in pages


def test_the_summary_names_daratumumab_where_it_changes_the_pool():
    _, _, three = PAGE.read_text(encoding="utf-8").partition("## The three trials")
    for name in (
        "pollux/fixed_with",
        "pollux/i_squared_with",
        "pollux/q_p_value_with",
        "summary/confidence_daratumumab",
    ):
        assert f"{{value}}`{name}`" in three
    assert "POLLUX](evidence/pollux.md), the trial of daratumumab" in three


def test_the_summary_says_to_whom_the_numbers_needed_apply():
    text = " ".join(PAGE.read_text(encoding="utf-8").split())
    assert "With the same relative effect, fewer patients benefit where the risk is lower." in text
    assert "The numbers needed apply to patients with the risk of this trial's placebo group." in text


def test_the_cards_of_the_home_page_show_absolute_effects_and_the_second_analysis_its_verdict():
    page = (paths.ROOT / "index.md").read_text(encoding="utf-8")
    cards, findings = page.split("::::{grid}")[1].split("\n::::\n")
    assert "hazard_ratio" not in cards
    for shown in (
        "gained_pfs_first",
        "difference_pfs_first",
        "meaning_overall_survival",
        "difference_thrombocytopenia",
    ):
        assert f"{{value}}`summary/{shown}`" in cards
    for part in (cards, findings):
        assert "{value}`summary/meaning_pfs_second`" in part


@pytest.mark.parametrize(
    "page", ["cross_trial", "pollux", "multiverse", "as_it_stood", "published_pools", "indirect", "cross_subgroups", "overall_survival"]
)  # fmt: skip
def test_a_page_of_pooled_ratios_says_how_many_patients_of_a_thousand_they_are_before_its_details(page):
    text = (paths.ROOT / "book" / "evidence" / f"{page}.md").read_text(encoding="utf-8")
    opening = text.partition("{result-figure}")[0]
    assert re.search(r"\{value\}`(summary/pooled|pollux/fixed)_thousand_\w+`", opening)
    if page == "cross_trial":  # the absolute effect first
        assert text.index("pooled_thousand_pfs_first") < text.index("pooled_hazard_ratio")


# The rule of imprecision of data/judgements/protocol.csv, applied to the numbers behind every rating.
GRADED, CINEMA = ("not-serious", "serious", "very-serious"), ("no-concerns", "some-concerns", "major-concerns")
CORE = ["TOURMALINE-MM1", "ASPIRE", "ELOQUENT-2"]
AT_LEAST = {  # analyses whose reported events an outcome has at least
    ("tourmaline-mm1", "pfs"): ["tourmaline-mm1.pfs.primary"],
    ("tourmaline-mm1", "os"): ["tourmaline-mm1.os.interim"],
    ("core-trials", "pfs"): ["tourmaline-mm1.pfs.primary", "aspire.pfs.primary"],
    ("core-trials", "os"): ["tourmaline-mm1.os.interim", "aspire.os.final"],
}


def numbers_of_the_rule():
    """Limits of an important effect for hazard ratios, counts and deaths on treatment, and the two numbers of events."""
    decided = data.load("judgements/protocol.csv").set_index("item")["decision"]
    low, high, count, deaths = map(float, re.findall(r"[\d.]+", decided["important-effects"]))
    sizes = [int(number) for number in re.findall(r"fewer than (\d+) events", decided["imprecision"])]
    return {"ratio": (low, high), "count": (-count, count), "death_on_treatment": (-deaths, deaths)}, sizes


def levels_down(estimate, important, events=math.inf):
    """By how many levels the rule lowers an outcome, from its interval, its limits and its number of events."""
    (few, very_few), included = (
        numbers_of_the_rule()[1],
        sum(estimate.lower < one < estimate.upper for one in important),
    )
    return included + ((included == 0 and events < few) or (included == 1 and events < very_few))


def says(reason, estimate):
    """Whether the interval in a reason is that of the estimate, to its digits; fewer patients are below 0."""
    found = re.search(r"([\d.]+)( fewer| more)? to ([\d.]+)( fewer| more)?", reason)
    ends = zip(found.groups()[::2], found.groups()[1::2], (estimate.lower, estimate.upper)) if found else ()
    near = [
        abs((-1 if side == " fewer" else 1) * float(text) - end) <= 0.5001 * 10 ** -len(text.partition(".")[2])
        for text, side, end in ends
    ]
    return near == [True, True]


def judged_numbers():
    """What is rated for imprecision: evidence, outcome, Estimate and number of events."""
    evidence, outcomes = data.known_by("latest"), data.load("judgements/outcomes.csv").set_index("outcome")
    facts = evidence.results()
    facts = facts[facts["quantity"].eq("events") & facts["unit"].ne("percent") & facts["arm"].ne("overall")]

    def events(body, endpoint):
        return int(facts.loc[facts["analysis"].isin(AT_LEAST[body, endpoint]), "value"].astype(int).sum())

    timed = outcomes.loc[outcomes["quantity"] == "hazard_ratio", "analysis"]
    for outcome, analysis in timed.items():
        endpoint = analysis.split(".")[1]
        times = time_effects(evidence, {outcome: analysis}, 15.0, 0.95)
        yield "tourmaline-mm1", outcome, times.loc[outcome, "ratio"], events("tourmaline-mm1", endpoint)
        others = evidence.select_analyses(CORE[1:], endpoint)[0].set_index("name")["analysis"]
        pooled = pooled_times(time_effects(evidence, {outcome: analysis, **others}, 15.0, 0.95), None, 0.95)
        yield "core-trials", outcome, pooled["ratio"], events("core-trials", endpoint)
    for outcome, row in count_effects(evidence, 0.95).iterrows():
        counted = row["count_experimental"] + row["count_control"]
        yield "tourmaline-mm1", outcome, row["gain"].map(lambda share: 1000 * share), counted
    for outcome, row in pooled_counts(evidence, CORE, outcomes["quantity"].drop(timed.index), 0.95).iterrows():
        yield "core-trials", outcome, row["gain"].map(lambda share: 1000 * share), math.inf


def test_every_rating_of_imprecision_follows_the_declared_rule_and_its_reason_gives_the_interval():
    important = numbers_of_the_rule()[0]
    rows = data.load("judgements/certainty.csv").query("domain == 'imprecision'").set_index(["body", "outcome"])
    for body, outcome, estimate, events in judged_numbers():
        if (body, outcome) not in rows.index:  # only what the summary shows is rated for the pool
            assert body == "core-trials"
            continue
        concern, reason = rows.loc[(body, outcome), ["concern", "reason"]]
        kind = "ratio" if "hazard ratio" in reason else outcome if outcome in important else "count"
        assert concern == GRADED[levels_down(estimate, important[kind], events)], (body, outcome)
        assert says(reason, estimate), (body, outcome)
        for told in re.findall(r"rests on (\d+) events", reason):
            assert int(told) == events, outcome
        rows = rows.drop((body, outcome))
    assert list(rows.index) == [("tourmaline-mm1", "quality_of_life")]  # no interval: one level
    assert rows["concern"].tolist() == ["serious"]


@pytest.mark.parametrize("endpoint", ["pfs", "os"])
def test_the_imprecision_of_an_indirect_comparison_follows_the_same_rule(endpoint):
    chosen, _ = data.known_by("latest").select_analyses([*CORE, "POLLUX"], endpoint)
    logs, errors, _ = meta_analysis.log_hazard_ratios(data.known_by("latest").hazard_ratios(chosen))
    drugs = list(data.trials()["added_drug"][chosen["trial"]])
    star = meta_analysis.star_network(drugs, logs, errors, "control")
    table = star.league_table(0.95)
    rows = data.load("judgements/indirect_confidence.csv").query("domain == 'imprecision' and outcome == @endpoint")
    assert len(rows) == 6
    for row in rows.itertuples():
        place = star.names.index(row.drug), star.names.index(row.against)
        estimate = Estimate(*(math.exp(part[place]) for part in table), 0.95)
        assert row.concern == CINEMA[levels_down(estimate, numbers_of_the_rule()[0]["ratio"])], row.against
        assert says(row.reason, estimate), row.against
