"""The page for patients and families is plain: short sentences, short words, none of the field's own terms."""

import re

import pytest

from tourmaline import paths
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
