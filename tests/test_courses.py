"""Courses: they fit their time, nothing is needed before it is given, and each file of a box does what a teacher expects of it."""

import csv
import io
import itertools
import json
import os
import pickle
import re
import xml.etree.ElementTree as ET
import zipfile
from pathlib import Path

import jsonschema
import nbformat
import pytest
from browser_visit import AXE, WCAG, browser, violations
from bs4 import BeautifulSoup

from tourmaline import hypothetical_trials, paths
from tourmaline.cli import teaching
from tourmaline.cli.teaching import MOST_STUDENTS
from tourmaline.data.references import references
from tourmaline.errors import LessonError
from tourmaline.hypothetical_trials import write_hypothetical_results
from tourmaline.in_browser.exercises import run_exercise
from tourmaline.lessons import courses, given_code, own_numbers, read_lesson
from tourmaline.lessons.box import lesson_checks, lesson_files, read_for_lesson
from tourmaline.lessons.checks import CHECKER, check_of, tolerance_of
from tourmaline.lessons.markup import tag_of
from tourmaline.lessons.notebook import lesson_notebook
from tourmaline.lessons.page import Block, read_blocks
from tourmaline.lessons.prose import citations
from tourmaline.lessons.solving import as_assignments
from tourmaline.lessons.timing import before_exercises, stated_minutes, word_count
from tourmaline.pipeline import watching as watching_module

LEARN = paths.ROOT / "book" / "learn"
PAGES = sorted(path for path in LEARN.glob("*.md") if "{lesson-notebooks}" in path.read_text(encoding="utf-8"))
NAMES = [path.stem for path in PAGES]

# nbgrader's schema of the metadata of a cell, version 3 (nbgrader/nbgraderformat/v3.json).
NBGRADER = {
    "type": "object",
    "properties": {
        "schema_version": {"type": "integer", "minimum": 3, "maximum": 3},
        "grade": {"type": "boolean"},
        "locked": {"type": "boolean"},
        "solution": {"type": "boolean"},
        "task": {"type": "boolean"},
        "grade_id": {"type": "string", "pattern": r"^[a-zA-Z0-9_\-]*$"},
        "points": {"type": "number", "minimum": 0},
        "checksum": {"type": "string", "minLength": 32, "maxLength": 32},
        "cell_type": {"type": "string", "enum": ["raw", "code", "markdown"]},
    },
    "required": ["schema_version", "grade", "locked", "solution"],
    "additionalProperties": False,
}


def own_lesson(name: str, folder: Path, seed: int = 1, student: int = 1):
    """A lesson with numbers drawn from a seed: it needs no results of the report."""
    write_hypothetical_results(folder, seed, student)
    return own_numbers.with_own_numbers(read_lesson(LEARN / f"{name}.md"), folder, student)


def run(notebook, fill):
    """Run a notebook's code, with each work cell as `fill` gives it; returns what its checks print."""
    namespace, printed, exercise = {}, [], 0
    for cell in notebook["cells"]:
        if cell["cell_type"] == "code":
            code = cell["source"]
            if tag_of(cell) == "work":
                code, exercise = f"{code}\n{fill(exercise)}", exercise + 1
            namespace["print"] = lambda *words: printed.append(" ".join(map(str, words)))
            exec(code, namespace)
    return [line for line in printed if line.startswith("answer_")]


def solutions(lesson):
    """The code of each exercise's solution, its answers set by their names."""
    return [
        "\n\n".join(as_assignments([block for block in one.solution.blocks if block.name == "answer"]))
        for one in lesson.exercises
    ]


# --- the time of a course


@pytest.mark.parametrize("name", NAMES)
def test_a_page_is_read_in_the_time_that_it_states_and_says_so_to_teachers(name):
    lesson = read_lesson(LEARN / f"{name}.md")
    reading, working = stated_minutes(lesson)
    assert word_count(before_exercises(lesson)) / 100 <= reading  # also at half the speed that is assumed
    in_class = {45: "three quarters of an hour", 60: "one hour"}[reading + working]
    assert re.search(rf"\]\({name}\.md\) \| {in_class} \|", (LEARN / "teach.md").read_text(encoding="utf-8"))


def test_the_one_hour_course_takes_an_hour_by_the_times_that_its_pages_state():
    (session,) = courses.read_courses()["one-hour"].sessions
    stated = sum(sum(stated_minutes(part.lesson)) for part in session.parts if part.lesson)
    others = sum(part.minutes for part in session.parts if not part.lesson)
    assert stated == 45
    assert 45 < stated + others == session.planned <= session.minutes == 60


def test_every_course_stands_on_the_page_for_teachers_with_its_timetable_and_its_files():
    text = (LEARN / "teach.md").read_text(encoding="utf-8")
    assert "<downloads/courses.zip>" in text
    for course in courses.read_courses().values():
        assert f"### {course.title}\n" in text
        assert f"```{{timetable}} {course.name}\n" in text
        assert all(session.planned <= session.minutes for session in course.sessions)


COURSES = """\
words_per_minute: 200
courses:
  - name: short
    title: A short course
    audience: For a test.
    sessions:
      - title: The hour
        minutes: 60
        parts:
          - lesson: intervals
"""


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("lesson: intervals", "lesson: interval", "there is no lesson 'interval'\n  Did you mean 'intervals'?"),
        ("lesson: intervals", "lesson: ../teach", "there is no lesson '../teach'"),
        (
            "lesson: intervals",
            "lesson: pooling",
            "the lesson 'pooling' needs 'intervals', which is not given before it",
        ),
        (
            "lesson: intervals",
            "lesson: harms\n            exercises: [harms-number]",
            "the exercise 'harms-number' needs 'difference', which an exercise that is left out computes",
        ),
        ("lesson: intervals", "lesson: harms\n            exercises: [harms-numbers]", "Did you mean 'harms-number'?"),
        ("minutes: 60", "minutes: 44", "the parts of 'The hour' take 45 minutes, and it has 44"),
        ("minutes: 60", "minutes: an hour", "the minutes of 'The hour' are 'an hour'"),
        ("lesson: intervals", "talk: Hello", "the minutes of 'Hello' are None"),
        ("lesson: intervals", "talk: Hello\n            minuets: 5", "a part of a session is"),
        ("lesson: intervals", "read: ../../etc/passwd", "there is no page '../../etc/passwd'"),
        ("words_per_minute: 200", "words_per_minute: fast", "words_per_minute is 'fast'"),
        ("name: short", "name: ../short", "its name is taken, or not made of letters, digits and hyphens"),
        ("audience: For a test.", "audience:", "it has no audience"),
    ],
)
def test_a_course_that_does_not_work_is_refused_in_one_message(tmp_path, monkeypatch, old, new, message):
    file = tmp_path / "courses.yml"
    monkeypatch.setattr(courses, "COURSES_FILE", file)
    file.write_text(COURSES, encoding="utf-8")
    assert list(courses.read_courses()) == ["short"]
    file.write_text(COURSES.replace(old, new), encoding="utf-8")
    with pytest.raises(LessonError, match=re.escape(message)) as raised:
        courses.read_courses()
    assert "courses.yml" in raised.value.where
    assert raised.value.remedy


# --- what is given stands before the exercise that needs it


@pytest.mark.parametrize("name", NAMES)
def test_every_name_of_a_solution_is_given_before_its_exercise(name):
    lesson = read_lesson(LEARN / f"{name}.md")
    assert courses.missing_names(lesson, [one.label for one in lesson.exercises]) == []


@pytest.mark.parametrize(
    ("name", "exercise", "missing"),
    [("intervals", "intervals-level", {"strict"}), ("censoring", "censoring-naive", {"curve", "curve_months"})],
)
def test_a_number_that_is_given_after_its_exercise_is_noticed(tmp_path, name, exercise, missing):
    text = (LEARN / f"{name}.md").read_text(encoding="utf-8")
    given = [f"```{{given}}\n{block.body}\n```\n" for block in read_blocks(text) if block.name == "given"][-1]
    solution = f"````{{solution}} {exercise}\n"
    assert text.count(given) == text.count(solution) == 1
    moved = tmp_path / f"{name}.md"
    moved.write_text(text.replace(given, "").replace(solution, f"{given}\n{solution}"), encoding="utf-8")
    found = courses.missing_names(read_lesson(moved), [one.label for one in read_lesson(moved).exercises])
    assert set(found) == {(one, exercise) for one in missing}


# --- checks of answers

RECORD = {"label": "Standard error", "unit": "statistic", "decimals": 3, "value": 0.1196}


def verdict(check, answer):
    printed = []
    namespace = {"print": lambda *words: printed.append(" ".join(words)), check.name: answer}
    exec(f"{CHECKER}\n{check.call}", namespace)
    return printed[0].removeprefix(f"{check.name}: ")


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (0.1196, "right, within 0.001 of"),
        (0.1205, "right, within 0.001 of"),
        ("0.12", "right, within 0.001 of"),
        (0.1209, "not within 0.001 of the published answer."),
        (0.1, "not within 0.001 of the published answer."),
        (11.96, "It would be right after dividing by 100"),
        (-0.1196, "It would be right with the other sign."),
        (1 / 0.1196, "It would be right as 1 over your answer."),
        (1 - 0.1196, "It would be right as 1 less your answer."),
        (..., "replace the dots by your answer"),
        ("about a tenth", "the answer must be one number."),
        ([0.1196], "the answer must be one number."),
        (float("nan"), "the answer must be one number."),
        (float("inf"), "the answer must be one number."),
        (0, "not within 0.001 of the published answer."),
        (1e-320, "not within 0.001 of the published answer."),
    ],
)
def test_an_answer_is_checked_to_its_tolerance_with_a_hint_at_the_usual_slips(answer, words):
    assert words in verdict(check_of("lessons/standard_error", RECORD), answer)


def test_answers_by_hand_are_within_the_tolerance():
    """By calculator and the table of the handout, from a ratio of 0.74 (0.59 to 0.94): s = (log 0.94 - log 0.59) / 3.92."""
    exact = {
        "standard_error": (0.118818, "statistic", 3),
        "z": (-2.53417, "statistic", 2),
        "p": (0.011271, "probability", 0),
    }
    by_hand = {"standard_error": 0.119, "z": -2.53, "p": 0.012}  # P of z = 2.5 in the table
    for name, (value, unit, decimals) in exact.items():
        check = check_of(f"lessons/{name}", {"label": name, "unit": unit, "decimals": decimals, "value": value})
        assert verdict(check, by_hand[name]).startswith("right"), name


def test_a_word_is_checked_whatever_its_capitals_and_a_count_must_be_the_very_number():
    word = check_of("lessons/verdict", {"label": "Verdict", "unit": "text", "value": "does not cross"})
    assert verdict(word, " Does  not cross") == "right."
    assert verdict(word, "crosses") == "not the published answer."
    count = check_of("lessons/censored", {"label": "Censored", "unit": "patients", "decimals": 0, "value": 194})
    assert verdict(count, 194).startswith("right")
    assert verdict(count, 195).startswith("not within")
    assert check_of("lessons/absent", {"value": None}) is None


@pytest.mark.parametrize(
    ("unit", "value", "without_work"),
    [
        ("probability", 0.011271, 0),
        ("probability", 0.0002, 0),
        ("probability", 3.9e-11, 0),
        ("probability", 0.77, 0.8),
        ("percent", 0.4, 0),
        ("ratio", 1.004961626, 1),
    ],
)
def test_nothing_and_no_effect_are_not_right_nor_a_p_value_near_a_large_one(unit, value, without_work):
    check = check_of(
        "lessons/a", {"label": "A", "unit": unit, "decimals": 0 if unit == "percent" else 3, "value": value}
    )
    assert verdict(check, value).startswith("right")
    assert verdict(check, without_work).startswith("not within")


@pytest.mark.parametrize("value", [0.0034, 0.12, 3.14, 34.2, 260, 1254.4])
def test_a_check_does_not_show_the_answer_nor_a_tolerance_that_is_a_share_of_it(value):
    check = check_of("lessons/a", {"label": "A", "unit": "statistic", "decimals": 4, "value": value})
    assert re.fullmatch(r"[125]0*", f"{check.tolerance:.0e}"[0])
    assert str(value) not in f"{check.call}{check.placeholder}"
    others = [
        {"label": "A", "unit": "statistic", "decimals": 4, "value": value * (1 + step / 500)} for step in range(30)
    ]
    assert len({check_of("lessons/a", other).tolerance for other in others}) <= 2
    assert 0.001 * value <= tolerance_of(others[0]) <= max(0.01 * value, 0.00005)


# --- numbers for each student


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.sampled(1)
def test_a_students_own_numbers_are_hypothetical_and_its_solutions_are_right(tmp_path, name, monkeypatch):
    for student in range(1, 6):
        results = tmp_path / str(student)
        own = own_lesson(name, results, 2026, student)
        assert own is not None
        text, rows = own_numbers.own_notebook(own, results, student, citations())
        notebook = json.loads(text)
        nbformat.validate(nbformat.from_dict(notebook))
        assert "No such trial exists" in notebook["cells"][0]["source"]
        assert not re.search("ixazomib|placebo|TOURMALINE|# (Printed|Reported)", text)
        for cell in notebook["cells"]:
            if tag_of(cell) == "given":
                assert all(
                    re.match("# Assumed. Hypothetical", line)
                    for line in cell["source"].split("\n")
                    if line.startswith("# ")
                )
        code = solutions(own)
        monkeypatch.chdir(results / "progression_free_survival" / "files")  # students have it beside the notebook
        printed = run(notebook, lambda exercise, code=code: code[exercise])
        assert len(printed) == len(rows) > 0
        assert all(": right" in line for line in printed), printed
        assert all("replace the dots" in line for line in run(notebook, lambda _: ""))


def test_a_lesson_about_a_file_comes_with_a_hypothetical_file():
    files = teaching._own_files([read_lesson(LEARN / "lifelines.md")], 2, 5, "A course")
    rows = [files[f"students/own-numbers/00{student}/pseudo_patients.csv"] for student in (1, 2)]
    assert rows[0] != rows[1]
    assert all(text.startswith("# A hypothetical trial") for text in rows)
    assert "file = 'pseudo_patients.csv'" in files["students/own-numbers/001/lifelines.ipynb"]
    assert "It needs Python with lifelines and pandas." in files["students/own-numbers/001/lifelines.ipynb"]


def test_a_seed_gives_the_same_numbers_and_each_student_others(tmp_path):
    def numbers(seed, student):
        folder = tmp_path / f"{seed}-{student}-{len(list(tmp_path.iterdir()))}"
        write_hypothetical_results(folder, seed, student)
        return {path.relative_to(folder): path.read_bytes() for path in folder.rglob("*.*")}

    assert numbers(7, 1) == numbers(7, 1)
    first = [hypothetical_trials._first(7, student) for student in range(1, MOST_STUDENTS + 1)]
    assert len(set(first)) == MOST_STUDENTS
    assert numbers(8, 1) != numbers(7, 1)


def given_numbers(own, results):
    """The numbers that an exercise gives by name, or in a table of three trials; a longer list is to be searched."""
    namespace, found = {}, {0, 1}
    for block in own.named("given"):
        exec(given_code(block.body, results, in_place=True), namespace)
    for value in namespace.values():
        values = value if isinstance(value, list) and len(value) <= 3 else [value]
        found |= {one for one in values if isinstance(one, int | float)}
    return found


@pytest.mark.seconds
@pytest.mark.parametrize(
    ("seeds", "students"),
    [
        pytest.param([1, 2026], range(1, 5), id="few"),
        pytest.param(range(1, 11), range(1, 11), id="many", marks=pytest.mark.slow),
    ],
)
def test_no_answer_of_a_student_is_right_without_work(tmp_path, seeds, students):
    lessons = [read_lesson(path) for path in PAGES]
    for seed, student in itertools.product(seeds, students):
        results = tmp_path / f"{seed}-{student}"
        write_hypothetical_results(results, seed, student)
        for lesson in lessons:
            own = own_numbers.with_own_numbers(lesson, results, student)
            numbers = given_numbers(own, results)
            for check in (one for one in itertools.chain(*lesson_checks(own, results)) if one.tolerance):
                near = [number for number in numbers if abs(number - check.value) < 2 * check.tolerance]
                right = [number for number in near if verdict(check, number).startswith("right")]
                assert not right, (seed, student, lesson.name, check.name, check.value, check.tolerance, right)
                assert not (check.name.endswith("reduction") and check.value < 0), (seed, student, check.name)
                assert check.unit != "probability" or check.value >= 0.001, (seed, student, check.name)


@pytest.mark.seconds
@pytest.mark.parametrize("seed", [1, 2026])
def test_a_percentage_as_reported_rounds_from_its_count_and_a_later_analysis_knows_more(tmp_path, seed):
    for student in range(1, 31):
        folder = tmp_path / str(student)
        write_hypothetical_results(folder, seed, student)
        values = {
            name: about["value"] for name, about in json.loads((folder / "lessons" / "values.json").read_text()).items()
        }
        assert 0.5 < values["odd_percent"] < values["odd_printed"] == 1
        assert values["rounding_percent"] % 1 == 0.5 and values["rounding_printed"] % 2 == 0
        assert values["rounding_up"] < values["rounding_even"]
        assert values["change_standard_error"] > 0 and 0 < values["change_p_value"] <= 1


def test_the_numbers_of_a_seed_are_those_of_every_machine(tmp_path):
    write_hypothetical_results(tmp_path, 2026, 1)
    values = json.loads((tmp_path / "lessons" / "values.json").read_text(encoding="utf-8"))
    ratio = values["hazard_ratio"]
    assert (ratio["value"], ratio["lower"], ratio["upper"], values["p_value"]["value"]) == (0.74, 0.62, 0.89, 0.00081)
    # By hand: (log 0.89 - log 0.62) / (2 x 1.959964) = 0.09222.
    assert values["standard_error"]["value"] == pytest.approx(0.09222, abs=1e-5)


def test_a_solution_that_contradicts_the_library_is_refused(tmp_path):
    own = own_lesson("intervals", tmp_path)
    wrong = [
        Block(
            one.name, one.body.replace("100 * (1 - upper)", "100 * (1.01 - upper)"), one.argument, one.options, one.line
        )
        for one in own.blocks
    ]
    with pytest.raises(LessonError, match="the solution 'intervals-read' gives"):
        own_numbers.own_notebook(type(own)(own.name, own.title, wrong), tmp_path, 1, {})


def test_the_answer_key_is_a_table_and_a_page_that_says_it_is_hypothetical(tmp_path):
    own = own_lesson("harms", tmp_path)
    _, rows = own_numbers.own_notebook(own, tmp_path, 1, {})
    found = list(csv.DictReader(io.StringIO(own_numbers.key_csv(rows))))
    assert [row["Answer"] for row in found][:2] == ["answer_harm_risk_experimental", "answer_harm_risk_control"]
    page = own_numbers.key_page(rows, "<b>A course</b>", 5)
    assert "no such trial exists" in page
    assert "<b>A course" not in page
    assert len(BeautifulSoup(page, "html.parser").select("tbody tr")) == len(rows)


@pytest.mark.parametrize(
    ("value", "unit", "in_key"),
    [
        (16842, "events", "16842 events"),
        (16842.37, "events", "16842.4 events"),
        (1234.56, "months", "1234.6 months"),
        (0.73951, "ratio", "0.7395"),
        (-12.3456, "percent", "-12.35%"),
        (0.00001234, "probability", "1.234e-05"),
        ("ASPIRE", "text", "ASPIRE"),
    ],
)
def test_the_answer_key_has_numbers_in_full_as_a_teacher_reads_them(value, unit, in_key):
    record = {"value": value, "unit": unit, "label": "A number", "decimals": 0}
    assert own_numbers._in_full(check_of("lessons/number", record)) == in_key


# --- the files of a lesson


@pytest.fixture
def files(tmp_path):
    """The files of a lesson whose words are hostile."""
    own = own_lesson("intervals", tmp_path)
    hostile = "<script>alert(1)</script> & <img src=x> $a < b$ ]]>"
    blocks = [
        Block(one.name, f"{one.body}\n\n{hostile}", one.argument, one.options, one.line)
        if one.name == "exercise"
        else one
        for one in own.blocks
    ]
    quiz = Block("quiz", f"- [x] {hostile}\n  Yes & no.\n- [ ] Two\n  {hostile}", hostile)
    return lesson_files(type(own)(own.name, hostile, [*blocks, quiz]), tmp_path, {})


def test_no_words_of_a_page_become_markup(files):
    for name in ("students/handouts/intervals.html", "teachers/slides/intervals.html"):
        page = BeautifulSoup(files[name], "html.parser")
        assert not page.select("script, img")
        assert "<script>alert(1)</script>" in page.get_text()
        assert page.select_one("meta[http-equiv]")["content"].startswith("default-src 'none'")
        assert not re.search(r"(?:src|href)=\"(?!#|data:)", files[name])
        assert "math" in {element.name for element in page.find_all()}


def test_the_quiz_for_moodle_is_valid_and_has_every_question(files):
    bank = ET.fromstring(files["teachers/moodle/intervals.xml"])
    kinds = [question.get("type") for question in bank]
    assert kinds == ["category", "multichoice", *["numerical"] * 6]
    for question in bank[1:]:
        words = BeautifulSoup(question.findtext("questiontext/text"), "html.parser")
        assert not words.select("script, img")
        assert len(question.findtext("name/text")) > 0
    assert sorted(answer.get("fraction") for answer in bank[1].findall("answer")) == ["0", "100"]
    assert all(answer.findtext("feedback/text") for answer in bank[1].findall("answer"))
    assert r"\(a < b\)" in BeautifulSoup(bank[2].findtext("questiontext/text"), "html.parser").get_text()
    least, most = (float(question.findtext("answer/text")) for question in bank[2:4])
    assert least < most
    assert float(bank[2].findtext("answer/tolerance")) == 0.5
    assert "ratio, lower, upper, level = " in bank[2].findtext("questiontext/text")
    assert "strict" not in bank[4].findtext("questiontext/text")
    assert "strict" in bank[7].findtext("questiontext/text")


def test_an_assignment_for_nbgrader_has_valid_cells_four_points_an_exercise_and_tests_that_its_solutions_pass(
    files, tmp_path
):
    notebook = json.loads(files["teachers/nbgrader/source/intervals/intervals.ipynb"])
    nbformat.validate(nbformat.from_dict(notebook))
    graded = [(cell, cell["metadata"]["nbgrader"]) for cell in notebook["cells"] if "nbgrader" in cell["metadata"]]
    for cell, about in graded:
        jsonschema.validate(about, NBGRADER)
        if cell["cell_type"] == "markdown":
            assert about["grade"] == about["solution"]
        assert ("points" in about) == about["grade"]
    names = [about["grade_id"] for _, about in graded]
    assert len(names) == len(set(names))
    assert sum(about.get("points", 0) for _, about in graded) == pytest.approx(4 * 4)
    codes = [cell["source"] for cell in notebook["cells"] if cell["cell_type"] == "code"]
    exec("\n".join(code for code in codes if not code.startswith("check(")), {})
    blank = [
        re.sub(r"(?s)### BEGIN SOLUTION.*### END SOLUTION", "answer_least_reduction = 1e9", code) for code in codes
    ]
    with pytest.raises(AssertionError, match="answer_least_reduction is not the published answer"):
        exec("\n".join(code for code in blank if not code.startswith("check(")), {})


def test_several_right_answers_share_the_points_and_wrong_ones_cost_them(tmp_path):
    own = own_lesson("intervals", tmp_path)
    quiz = Block("quiz", "- [x] One\n  Yes.\n- [x] Two\n  Yes.\n- [ ] Three\n  No.", "Which?")
    made = lesson_files(type(own)(own.name, own.title, [*own.blocks, quiz]), tmp_path, {})
    question = ET.fromstring(made["teachers/moodle/intervals.xml"])[1]
    assert question.findtext("single") == "false"
    assert [answer.get("fraction") for answer in question.findall("answer")] == ["50", "50", "-50"]


# --- the command


@pytest.mark.sampled(6)
@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("one-our",), "there is no course 'one-our'\n  Did you mean 'one-hour'?"),
        (("one-hour", "--students", "3"), "--students needs --seed"),
        (("one-hour", "--seed", "3"), "--seed goes with --students N."),
        (("one-hour", "--students", "501", "--seed", "3"), "501 is not in the range"),
        (("one-hour", "--students", "2", "--seed", "-1"), "-1 is not in the range"),
        (("--students", "2", "--seed", "1"), "name a course"),
        (("one-hour", "--output", "data/course"), "a course must not be written to data/course"),
        (("one-hour", "--output", "."), "a course must not be written to ."),
        (("one-hour", "--output", "docs"), "docs holds something else than a course"),
        (("one-hour", "--output", "README.md"), "README.md is not a folder"),
        (("one-hour",), "no notebook 'lessons' has published values\n  Run `make book`."),
    ],
)
def test_a_wrong_use_of_the_command_is_one_message_and_writes_nothing(tourmaline, project, arguments, message):
    before = sorted(project.rglob("*"))
    done = tourmaline("course", *arguments)
    assert done.returncode in (1, 2)
    assert message in done.stderr
    assert sorted(project.rglob("*")) == before


@pytest.mark.seconds
def test_a_course_is_made_again_in_its_place_and_never_over_what_a_teacher_changed(tourmaline, project, monkeypatch):
    made = {"students/a.html": "A page"}
    monkeypatch.setattr("tourmaline.lessons.box.course_files", lambda *_: made)
    arguments = ("course", "one-hour", "--students", "2", "--seed", "5", "--output", "mine")
    assert tourmaline(*arguments).returncode == 0
    first = {path: path.read_bytes() for path in (project / "mine").rglob("*") if path.is_file()}
    names = {path.relative_to(project / "mine").as_posix() for path in first}
    assert {"index.html", "course.json", "students/own-numbers/002/intervals.ipynb", "teachers/answer-key.csv"} < names
    assert json.loads(first[project / "mine" / "course.json"])["seed"] == 5
    assert tourmaline(*arguments).returncode == 0
    assert {path: path.read_bytes() for path in (project / "mine").rglob("*") if path.is_file()} == first
    for changed in ("students/a.html", "students/submitted.txt"):
        (project / "mine" / changed).write_text("Mine")
        done = tourmaline(*arguments)
        assert done.returncode == 2
        assert f"mine: {changed} was added or changed since the course was made, and would be lost" in done.stderr
        assert (project / "mine" / changed).read_text() == "Mine"
        (project / "mine" / changed).unlink()


@pytest.mark.seconds
def test_a_course_never_replaces_the_numbers_of_other_students(tourmaline, project, monkeypatch):
    monkeypatch.setattr("tourmaline.lessons.box.course_files", lambda *_: {})
    output = ("--output", "mine")
    assert tourmaline("course", "one-hour", *output).returncode == 0
    assert tourmaline("course", "one-hour", "--students", "2", "--seed", "5", *output).returncode == 0
    files = [path for path in (project / "mine").rglob("*") if path.is_file()]
    before = {path: path.read_bytes() for path in files}
    for other in (
        ("one-hour",),
        ("one-hour", "--students", "1", "--seed", "5"),
        ("one-hour", "--students", "2", "--seed", "6"),
        ("half-day", "--students", "2", "--seed", "5"),
    ):
        done = tourmaline("course", *other, *output)
        assert done.returncode == 2
        assert done.stderr == (
            "Error: mine: the numbers of 2 students would be lost\n"
            "  Choose a new folder, or remove this one: it was made by `tourmaline course one-hour --students 2 --seed 5`.\n"
        )
        assert {path: path.read_bytes() for path in (project / "mine").rglob("*") if path.is_file()} == before
    # A student more: the others keep their numbers.
    assert tourmaline("course", "one-hour", "--students", "3", "--seed", "5", *output).returncode == 0
    for path in (path for path in files if "own-numbers" in path.parts):
        assert path.read_bytes() == before[path]


def test_the_command_prints_one_line_when_all_is_written_and_nothing_that_solutions_print(
    tourmaline, project, monkeypatch
):
    monkeypatch.setattr("tourmaline.lessons.box.course_files", lambda *_: {})
    done = tourmaline("course", "week", "--students", "1", "--seed", "1", "--output", "mine")
    assert done.returncode == 0, done.stderr
    assert "\nprint(" in (project / "book" / "learn" / "lifelines.md").read_text(encoding="utf-8")
    assert (project / "mine" / "students" / "own-numbers" / "001" / "lifelines.ipynb").exists()
    assert re.fullmatch(r"[^\n]+: \d+ files\. Begin with \S+index\.html\n", done.stdout)
    assert done.stderr == ""


@pytest.mark.seconds
def test_the_check_of_the_project_reads_the_courses(tourmaline, project):
    file = project / "book" / "learn" / "courses.yml"
    assert "3 courses" in tourmaline("check").stdout
    file.write_text(file.read_text(encoding="utf-8").replace("minutes: 60", "minutes: 50", 1), encoding="utf-8")
    done = tourmaline("check")
    assert done.returncode == 1
    assert re.match(
        r"Error: book/learn/courses\.yml, course 'one-hour': the parts of 'The hour' take 5\d minutes, and it has 50\n",
        done.stderr,
    )


def test_the_courses_are_listed(tourmaline):
    done = tourmaline("course")
    assert [line.split()[:2] for line in done.stdout.splitlines()] == [
        ["one-hour", "60"],
        ["half-day", "240"],
        ["week", "1230"],
    ]


# --- with the results of the book


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_a_students_notebook_calls_every_solution_right_and_so_does_the_page(built_project, name, monkeypatch):
    monkeypatch.chdir(built_project / "_build" / "html" / "lessons")  # where the files lie that are offered beside it
    lesson, results = read_lesson(LEARN / f"{name}.md"), built_project / "results"
    notebook = lesson_notebook(lesson, results, teacher=False)
    code = solutions(lesson)
    printed = run(notebook, lambda exercise: code[exercise])
    checks = [check for asked in lesson_checks(lesson, results) for check in asked]
    on_page = [run_exercise(notebook, code, number, check=True) for number in range(1, len(code) + 1)]
    assert all(answer["right"] for answer in on_page), on_page
    assert [line for answer in on_page for line in answer["checks"]] == printed
    assert len(printed) == len(checks) >= 3
    assert all(": right" in line for line in printed), printed


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_a_lesson_is_read_again_when_a_file_that_it_gives_changes(built_project, name, tmp_path, monkeypatch):
    results = built_project / "results"
    environment = built_project / "_build" / "work" / ".doctrees" / "environment.pickle"
    noticed = pickle.loads(environment.read_bytes()).dependencies[f"book/learn/{name}"]
    monkeypatch.setattr(watching_module, "_ROOT", f"{results.resolve()}{os.sep}")
    with watching_module.watching(tmp_path / "read"):
        for block in read_lesson(LEARN / f"{name}.md").named("given"):
            given_code(block.body, results)
    read = watching_module.noted(tmp_path / "read")
    assert read
    assert read <= {(built_project / file).resolve() for file in noticed}


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_the_files_of_a_lesson_follow_from_those_that_are_named_for_it(built_project, name, tmp_path, monkeypatch):
    lesson, results = read_lesson(LEARN / f"{name}.md"), built_project / "results"
    references.cache_clear()
    monkeypatch.setattr(watching_module, "_ROOT", os.sep)
    with watching_module.watching(tmp_path / "read"):
        read_lesson(LEARN / f"{name}.md")
        lesson_files(lesson, results, citations())
    code = (".py", ".pyc")
    read = {path for path in watching_module.noted(tmp_path / "read") if path.is_file() and path.suffix not in code}
    ours = {path for path in read if {paths.ROOT, built_project.resolve()} & {*path.parents}}
    assert {LEARN / f"{name}.md", paths.DATA / "references.bib"} < ours
    assert ours <= {path.resolve() for path in read_for_lesson(lesson, results)}


@pytest.mark.slow
def test_the_boxes_of_all_courses_ask_no_host_and_their_handouts_are_two_pages(built_project, tmp_path):
    with browser() as opened:
        page = opened.new_page()
        with zipfile.ZipFile(built_project / "_build" / "html" / "downloads" / "courses.zip") as box:
            names = box.namelist()
            box.extractall(tmp_path)
        for name in courses.read_courses():
            links = BeautifulSoup((tmp_path / f"{name}.html").read_text(encoding="utf-8"), "html.parser").select("a")
            assert links
            assert {link["href"] for link in links} <= set(names)
        asked = []
        page.on("request", lambda request: asked.append(request.url))
        handouts = sorted(tmp_path.glob("students/handouts/*.html"))
        assert [path.stem for path in handouts] == NAMES
        for path in [*handouts, *tmp_path.glob("teachers/slides/*.html")]:
            page.goto(path.as_uri())
            page.emulate_media(media="print")
            if path in handouts:
                pages = len(re.findall(rb"/Type\s*/Page\b", page.pdf(prefer_css_page_size=True)))
                assert pages == 2, path.stem
                cut_off = "[...document.querySelectorAll('.sheet')].map(e => e.scrollHeight - e.clientHeight)"
                assert page.evaluate(cut_off) == [0, 0], path.stem
                room = "[...document.querySelectorAll('.exercise .room')].map(e => e.clientHeight)"
                assert min(page.evaluate(room)) > 56, path.stem  # 15 mm: two lines at the least
        assert all(address.startswith(("file:", "data:")) for address in asked)
        for theme in ("light", "dark"):
            looked_at = opened.new_page(color_scheme=theme, bypass_csp=True)  # axe enters the page from outside
            for name in ("one-hour.html", "students/handouts/intervals.html", "teachers/slides/intervals.html"):
                looked_at.goto((tmp_path / name).as_uri())
                looked_at.evaluate(AXE)
                assert violations(looked_at, theme, {"runOnly": WCAG}) == []
