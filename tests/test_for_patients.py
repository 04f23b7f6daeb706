"""The page for patients and families is plain: short sentences, short words, none of the field's own terms."""

import re

import pytest
from test_odd_parameters import run

from tourmaline import data, paths
from tourmaline.statistics.proportions import risk_effect
from tourmaline.yaml_files import load_yaml

PAGE = paths.ROOT / "book" / "for_patients.md"
WORDS = load_yaml(paths.WORDS / "for_patients.yml", error=AssertionError)
GAPS = [WORDS["fields"]["gap"][case] for case in ("then", "else")]  # sentences that the page shows as values
HIGHEST_GRADE = 7.0  # of an American school: children of about 12 years
# Terms that a reader without training in statistics does not know; the page has other words for them.
TERMS = (
    "hazard|ratio|interval|p value|median|significant|progression|randomis|placebo|arm|adverse|grade|cohort|endpoint|"
    "efficacy|toxicity|thrombocytopenia|neutropenia|anaemia|neuropathy|refractory|regimen|reconstruct"
)
# What the page calls the common events of Table 4 of the paper. Rash is counted in two ways, of which the page has the first.
COMMON = {
    "platelets": "thrombocytopenia",
    "vomiting": "vomiting",
    "rash": "rash_standardized_query",
    "constipation": "constipation",
    "nausea": "nausea",
    "swelling": "peripheral_edema",
    "back_pain": "back_pain",
    "sleep": "insomnia",
    "cramps": "muscle_spasms",
}
OTHER_COUNT = {"rash_high_level_term"}
DIARRHOEA = {"diarrhoea": "diarrhea"}  # shown with its severe cases, whatever the gap of all cases


@pytest.fixture(scope="module")
def values(tmp_path_factory):
    """What the page's notebook publishes, with two draws."""
    with pytest.MonkeyPatch.context() as monkeypatch:
        return run(monkeypatch, tmp_path_factory.mktemp("for_patients"), "for_patients", "none", draws=2)[0]


def syllables(word):
    """Syllables of an English word: its groups of vowels, without a silent e at its end."""
    groups = len(re.findall(r"[aeiouy]+", word.lower()))
    return max(1, groups - bool(re.search(r"[^aeiouyl]e$", word.lower())))


def reading_grade(text):
    """The Flesch-Kincaid grade of a text (Kincaid 1975, Navy Research Branch Report 8-75); a number is one word."""
    sentences = [part for part in re.split(r"[.!?]+\s+|\n\n", text) if re.search(r"\w", part)]
    words = re.findall(r"[A-Za-z][A-Za-z'-]*|\d+", text)
    return 0.39 * len(words) / len(sentences) + 11.8 * sum(map(syllables, words)) / len(words) - 15.59


def prose(source):
    """What a reader reads of a page: without directives, headings and marks, a live number as the number 20."""
    text = re.sub(r"^`{3,}.*$|^:\w+:.*$", "", source, flags=re.MULTILINE)
    text = re.sub(r"\{value\}`\S+_gap`", max(GAPS, key=len), text)
    text = re.sub(r"\{(value|interval)\}`[^`]+`", "20", text)
    text = re.sub(r" ?\{cite\}`[^`]+`", "", text)
    text = re.sub(r"\[([^]]+)\]\([^)]+\)", r"\1", text)
    return re.sub(r"^#+ .*$|^- |\*\*", "", text, flags=re.MULTILINE)


def test_the_grade_is_that_of_the_formula():
    # Six words and six syllables: 0.39 * 6 + 11.8 * 1 - 15.59.
    assert reading_grade("The cat sat on the mat.") == pytest.approx(-1.45)
    # Two sentences of four and two words, with eight syllables: 0.39 * 3 + 11.8 * 8 / 6 - 15.59.
    assert reading_grade("The medicine is white. It helps.") == pytest.approx(0.39 * 3 + 11.8 * 8 / 6 - 15.59)


@pytest.mark.parametrize(
    ("word", "number"),
    [("cat", 1), ("came", 1), ("table", 2), ("medicine", 3), ("people", 2), ("ixazomib", 4), ("the", 1)],
)
def test_syllables_are_counted_as_spoken(word, number):
    assert syllables(word) == number


def test_the_words_of_experts_are_far_above_the_page():
    text = (
        "Progression-free survival, assessed by an independent review committee, was significantly longer in the "
        "experimental group, and the stratified hazard ratio for progression or death favoured the investigational regimen."
    )
    assert reading_grade(text) > HIGHEST_GRADE + 5


def test_the_page_can_be_read_at_twelve_years():
    assert reading_grade(prose(PAGE.read_text(encoding="utf-8"))) <= HIGHEST_GRADE


def test_the_captions_of_its_pictures_can_be_read_at_twelve_years():
    first, second, last = WORDS["figures"]["{key}"]["caption"]
    assert "one person in 100." in second
    for origin in ("then", "else"):
        caption = re.sub(r"\{\w+\}", "twenty", " ".join([first, second, last[origin]]))
        assert reading_grade(caption) <= HIGHEST_GRADE


def test_no_paragraph_is_far_harder_than_the_page():
    paragraphs = [text for text in prose(PAGE.read_text(encoding="utf-8")).split("\n\n") if len(text.split()) > 25]
    grades = {text: reading_grade(text) for text in paragraphs}
    assert len(grades) > 10
    assert {text: grade for text, grade in grades.items() if grade > HIGHEST_GRADE + 2} == {}


def test_no_sentence_is_long():
    sentences = re.split(r"[.!?]\s+", prose(PAGE.read_text(encoding="utf-8")))
    assert {" ".join(sentence.split()) for sentence in sentences if len(sentence.split()) > 25} == set()


def test_the_page_has_none_of_the_terms_and_says_that_it_is_not_advice():
    text = prose(PAGE.read_text(encoding="utf-8"))
    assert re.findall(rf"\b(?:{TERMS})\w*", text, re.IGNORECASE) == []
    assert "This is not medical advice" in PAGE.read_text(encoding="utf-8")


def test_no_common_event_is_left_out_whose_gap_chance_alone_would_rarely_give(values):
    table = data.counts(4, "any").set_index("row")[data.TWO_BY_TWO]
    gaps = {row: risk_effect(*four, "risk-difference", 0.95) for row, four in zip(table.index, table.to_numpy())}
    named = {row for row, gap in gaps.items() if gap.excludes(0)} - OTHER_COUNT
    assert named == set(COMMON.values())
    page = PAGE.read_text(encoding="utf-8")
    for key, row in COMMON.items():
        with_it, treated, without_it, controls = table.loc[row]
        for arm, share in (("ixazomib", with_it / treated), ("placebo", without_it / controls)):
            assert abs(values[f"{key}_{arm}"]["value"] - 100 * share) <= 0.5
            assert f"{{value}}`for_patients/{key}_{arm}`" in page
    less = page.index("Two were less common")
    others = [key for key in COMMON if page.index(f"for_patients/{key}_ixazomib") > page.index("### Other problems")]
    assert {key for key in others if page.index(f"for_patients/{key}_ixazomib") > less} == {
        key for key in others if gaps[COMMON[key]].value < 0
    }


def test_no_severe_event_is_left_out_whose_gap_chance_alone_would_rarely_give(values):
    grades = [data.counts(4, grade).set_index("row")[data.TWO_BY_TWO] for grade in ("3", "4")]
    severe = grades[0].assign(
        **{part: grades[0][part] + grades[1][part] for part in ("count_experimental", "count_control")}
    )
    occurred = severe[severe["count_experimental"] + severe["count_control"] > 0].drop(index=list(OTHER_COUNT))
    named = {row for row, *four in occurred.itertuples() if risk_effect(*four, "risk-difference", 0.95).excludes(0)}
    keys = {key for key, row in (COMMON | DIARRHOEA).items() if row in named}
    assert len(keys) == len(named)
    page = " ".join(PAGE.read_text(encoding="utf-8").split())
    for key in keys:
        for arm in ("ixazomib", "placebo"):
            assert f"{{value}}`for_patients/severe_{key}_{arm}`" in page
        assert f"of a hundred without it. {{value}}`for_patients/severe_{key}_gap`" in page
        assert values[f"severe_{key}_gap"]["value"] == GAPS[1]
    # Table 4 of the paper, grades 3 and 4: 69 of 361 and 32 of 359 patients; rash by the standardised query: 18 and 6.
    shares = [
        values[f"severe_{key}_{arm}"]["value"] for key in ("platelets", "rash") for arm in ("ixazomib", "placebo")
    ]
    assert shares == [19, 9, 5, 2]


def test_a_gap_of_rounded_numbers_is_not_said_to_be_due_to_chance():
    later = (
        PAGE.read_text(encoding="utf-8").partition("## What did a later check")[2].partition("## Did people live")[0]
    )
    assert "Chance alone may explain this smaller gap. The reported numbers are too rough to tell." in later
    assert "could explain" not in later


def test_the_main_gap_has_the_uncertainty_of_chance_and_not_of_the_reconstruction_alone(values):
    # From the hazard ratio 0.74 (0.59 to 0.94) and 44 of a hundred without ixazomib: 0.44^0.94 and 0.44^0.59, minus 0.44.
    gap = [values[f"{part}_not_worse"]["value"] for part in ("more", "least_more", "most_more")]
    assert gap == [values["not_worse_ixazomib"]["value"] - values["not_worse_placebo"]["value"], 2, 18]
    page = PAGE.read_text(encoding="utf-8")
    answer, note = page.index("## Did it take longer"), page.index("## Where do the numbers")
    assert answer < page.index("for_patients/most_more_not_worse") < page.index("## What did a later check")
    assert page.index("for_patients/not_worse_placebo_from") > note
    # An interval has no certain ends, and that of the gap does not follow from the counts.
    text = " ".join(page.split())
    assert (
        "gap is probably between {value}`for_patients/least_more_not_worse` and {value}`for_patients/most_more" in text
    )
    assert "range of the true gap in another way" in text[text.index("## Where do the numbers") :]


def test_the_page_says_when_the_study_was_who_could_take_part_and_who_wrote_it(values):
    # Results, Patients: August 28, 2012, to May 27, 2014.
    assert [values[f"{end}_year"]["value"] for end in ("first", "last")] == ["2012", "2014"]
    assert (values["rounds"]["value"], values["rounds"]["claim"]) == (17, "results.cycles.median.ixazomib")
    page = " ".join(PAGE.read_text(encoding="utf-8").split())
    for sentence in (
        "ixazomib had taken it for {value}`for_patients/rounds` rounds.",
        "People joined from {value}`for_patients/first_year` to {value}`for_patients/last_year`. Newer medicines exist now.",
        "This study did not test whether ixazomib cures myeloma.",
        "This page was not written by your doctors or by the company that makes ixazomib.",
        "Adults could join if they had been treated for myeloma one to three times before.",
        "People took one capsule a week for three weeks, and then had a week without it.",
    ):
        assert sentence in page
