"""The quiz and the exercises of a lesson as a question bank in Moodle XML."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Iterator

from tourmaline.lessons.checks import Check
from tourmaline.lessons.markup import code_html, to_html
from tourmaline.lessons.page import Lesson, read_options
from tourmaline.lessons.prose import Prose

# The shares of a grade that Moodle accepts for an answer that is one of several right ones.
SHARES = {1: "100", 2: "50", 3: "33.33333", 4: "25", 5: "20", 6: "16.66667"}


def _text(parent: ET.Element, tag: str, content: str, markup: bool = True) -> ET.Element:
    element = ET.SubElement(parent, tag, {"format": "html"} if markup else {})
    ET.SubElement(element, "text").text = content
    return element


def _question(bank: ET.Element, kind: str, name: str, words: str) -> ET.Element:
    question = ET.SubElement(bank, "question", type=kind)
    _text(question, "name", name, markup=False)
    _text(question, "questiontext", words)
    return question


def _choice(bank: ET.Element, name: str, words: str, options: Iterator[tuple[str, str, bool]]) -> None:
    question, options = _question(bank, "multichoice", name, words), list(options)
    right = sum(is_right for _, _, is_right in options)
    ET.SubElement(question, "defaultgrade").text = "1"
    ET.SubElement(question, "single").text = "true" if right == 1 else "false"
    ET.SubElement(question, "shuffleanswers").text = "true"
    ET.SubElement(question, "answernumbering").text = "abc"
    for answer, feedback, is_right in options:
        element = _text(question, "answer", answer)
        wrong = "0" if right == 1 else f"-{SHARES[right]}"  # of several right ones: ticking all of them gains nothing
        element.set("fraction", SHARES[right] if is_right else wrong)
        _text(element, "feedback", feedback)


def _number(bank: ET.Element, name: str, words: str, check: Check) -> None:
    """A number with its tolerance, or a word."""
    is_number = bool(check.tolerance)
    question = _question(bank, "numerical" if is_number else "shortanswer", name, words)
    ET.SubElement(question, "defaultgrade").text = "1"
    if not is_number:
        ET.SubElement(question, "usecase").text = "0"
    answer = ET.SubElement(question, "answer", fraction="100", format="moodle_auto_format")
    ET.SubElement(answer, "text").text = f"{check.value:.12g}" if is_number else str(check.value).replace("*", r"\*")
    if is_number:
        ET.SubElement(answer, "tolerance").text = f"{check.tolerance:.12g}"


def moodle_quiz(lesson: Lesson, prose: Prose, checks: list[list[Check]], given: list[str]) -> str:
    """The questions of a lesson, in a category of their own.

    Parameters
    ----------
    lesson : Lesson
        A lesson.
    prose : Prose
        Writes its words without roles.
    checks : list of list of Check
        What each exercise asks for.
    given : list of str
        The code of what is given before each exercise.
    """
    bank = ET.Element("quiz")
    category = ET.SubElement(bank, "question", type="category")
    _text(category, "category", f"$course$/top/{lesson.title.replace('/', '//')}", markup=False)
    for number, quiz in enumerate(lesson.named("quiz"), start=1):
        options = ((_html(prose, one.words), _html(prose, one.feedback), one.right) for one in read_options(quiz.body))
        _choice(bank, f"{lesson.title}: question {number}", _html(prose, quiz.argument), options)
    exercises = zip(lesson.named("exercise"), checks, given, strict=True)
    for number, (exercise, asked, numbers) in enumerate(exercises, start=1):
        for part, check in enumerate(asked, start=1):
            words = _html(prose, exercise.body) + code_html(numbers) + to_html(f"**Give:** {check.asked}.")
            _number(bank, f"{lesson.title}: exercise {number}, part {part}", words, check)
    ET.indent(bank)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ET.tostring(bank, encoding="unicode") + "\n"


def _html(prose: Prose, words: str) -> str:
    return to_html(prose.plain(words), tex=True).strip()
