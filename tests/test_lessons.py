"""Lessons: solutions give what notebooks published, students' notebooks hold none, and a lesson that lacks something fails."""

import csv
import json
import re

import nbformat
import pytest
from bs4 import BeautifulSoup
from conftest import at_root
from small_report import command

from tourmaline import data, paths
from tourmaline.errors import LessonError
from tourmaline.lessons import given_code, lesson_notebook, read_lesson, read_options, solve_exercises
from tourmaline.lessons.page import read_blocks

PAPER = "2016-04-28"
LEARN = paths.ROOT / "book" / "learn"
PAGES = sorted(path for path in LEARN.glob("*.md") if "{lesson-notebooks}" in path.read_text(encoding="utf-8"))
NAMES = [path.stem for path in PAGES]
TERM = re.compile(r"^(\S.*)\n  \*\*In plain words\.\*\* .+\n\n  \*\*Exactly\.\*\* .+$", re.MULTILINE)


def code_cells(notebook):
    return [cell["source"] for cell in notebook["cells"] if cell["cell_type"] == "code"]


def notebook_of(project, name, kind):
    return json.loads((project / "_build" / "html" / "lessons" / f"{name}-{kind}.ipynb").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def lessons():
    return {path.stem: read_lesson(path) for path in PAGES}


# --- the pages


@pytest.mark.parametrize("name", NAMES)
def test_a_lesson_has_objectives_a_figure_exercises_with_solutions_a_quiz_and_links(lessons, name):
    lesson = lessons[name]
    (objectives,) = [block for block in lesson.named("admonition") if "tm-objectives" in block.options["class"]]
    assert objectives.body.count("\n- ") >= 2
    assert "Time: " in objectives.body
    assert lesson.named("result-figure")
    assert len(lesson.exercises) >= 3
    for exercise in lesson.exercises:
        assert exercise.solution, exercise.label
        assert [block for block in exercise.solution.blocks if block.name == "answer"], exercise.label
    assert lesson.named("quiz")
    text = (LEARN / f"{name}.md").read_text(encoding="utf-8")
    assert text.partition("\n## Go further\n")[2].count("](") >= 2


def test_every_term_of_the_glossary_has_a_plain_and_an_exact_definition():
    text = (LEARN / "glossary.md").read_text(encoding="utf-8")
    body = text.partition("```{glossary}\n")[2].partition("\n```")[0]
    terms = re.findall(r"^(\S.*)$", body, re.MULTILINE)
    assert len(terms) >= 50
    assert TERM.findall(body) == terms
    assert terms == sorted(terms, key=str.lower)


def test_every_lesson_stands_in_the_table_of_contents_and_on_the_page_of_the_part():
    contents = (paths.ROOT / "_toc.yml").read_text(encoding="utf-8")
    overview = (LEARN / "learn.md").read_text(encoding="utf-8")
    assert len(NAMES) >= 13
    for name in NAMES:
        assert f"file: book/learn/{name}\n" in contents
        assert f"]({name}.md)" in overview


# --- the solutions


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_the_code_of_every_solution_gives_the_published_value(built_project, lessons, name):
    answers = solve_exercises(lessons[name], built_project / "results")
    assert len(answers) >= 3
    for answer in answers:
        assert answer.agrees, (answer.exercise, answer.result, answer.given, answer.published)
        if not isinstance(answer.published, str):
            assert answer.given == pytest.approx(answer.published, rel=1e-3), (answer.exercise, answer.result)


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_a_teachers_notebook_runs_and_a_students_notebook_holds_no_solution(built_project, lessons, name, monkeypatch):
    lesson = lessons[name]
    monkeypatch.chdir(built_project / "_build" / "html" / "lessons")  # where the files lie that are offered beside it
    teacher, student = (notebook_of(built_project, name, kind) for kind in ("teacher", "student"))
    for notebook in (teacher, student):
        nbformat.validate(nbformat.from_dict(notebook))
        assert "{value}" not in json.dumps(notebook)
        assert not [cell for cell in notebook["cells"] if cell.get("outputs")]
        namespace = {}
        for code in code_cells(notebook):
            exec(code, namespace)
    answers = [
        block.body for exercise in lesson.exercises for block in exercise.solution.blocks if block.name == "answer"
    ]
    assert set(answers) <= set(code_cells(teacher))
    assert not set(answers) & set(code_cells(student))
    words = "\n".join(cell["source"] for cell in student["cells"])
    assert "Solution" not in words
    assert "Answer:" not in words
    for quiz in lesson.named("quiz"):
        for option in read_options(quiz.body):
            assert option.feedback not in words
    assert sum(code.startswith("# Your work") for code in code_cells(student)) == len(lesson.exercises)


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_solutions_and_answers_open_without_a_script(built_project, lessons, name):
    page = BeautifulSoup((built_project / "_build/html/book/learn" / f"{name}.html").read_text("utf-8"), "html.parser")
    lesson = lessons[name]
    solutions = page.select("details.solution")
    assert [solution["id"] for solution in solutions] == [f"{one.label}-solution" for one in lesson.exercises]
    assert not [details for details in page.select("details.solution, .tm-quiz details") if details.has_attr("open")]
    assert all(solution.select("a.tm-published") for solution in solutions)  # the number is a role's
    assert [title.text for title in page.select(".exercise .admonition-title")] == [
        f"Exercise {one.number} ({one.title})" for one in lesson.exercises
    ]
    for quiz, source in zip(page.select(".tm-quiz"), lesson.named("quiz"), strict=True):
        options = read_options(source.body)
        assert len(quiz.select("details.tm-right")) == sum(option.right for option in options)
        assert len(quiz.select("details > summary")) == len(options)
        assert not quiz.select("summary a")
    ids = [element["id"] for element in page.find_all(id=True)]
    assert len(ids) == len(set(ids))
    for kind in ("student", "teacher"):
        assert page.select_one(f'a[href="../../lessons/{name}-{kind}.ipynb"]')


@pytest.mark.slow
def test_a_solution_that_gives_another_number_is_noticed(built_project, tmp_path):
    source = (LEARN / "intervals.md").read_text(encoding="utf-8")
    (tmp_path / "wrong.md").write_text(source.replace("100 * (1 - upper)", "100 * (1.01 - upper)"), encoding="utf-8")
    wrong = [
        a.result for a in solve_exercises(read_lesson(tmp_path / "wrong.md"), built_project / "results") if not a.agrees
    ]
    assert wrong == ["lessons/least_reduction"]


@pytest.mark.slow
def test_a_file_that_a_lesson_reads_is_offered_beside_its_notebooks(built_project):
    page = (built_project / "_build/html/book/learn/lifelines.html").read_text("utf-8")
    assert BeautifulSoup(page, "html.parser").select_one('a[href="../../lessons/pseudo_patients.csv"]')
    offered = built_project / "_build" / "html" / "lessons" / "pseudo_patients.csv"
    published = built_project / "results" / "progression_free_survival" / "files" / "pseudo_patients.csv"
    assert offered.read_bytes() == published.read_bytes()


def as_of_the_paper(project, folder, monkeypatch):
    """What the notebook of the lessons publishes on the day of the paper: values and tables, without their cells."""
    monkeypatch.setenv("TOURMALINE_RESULTS", str(folder))
    notebook = nbformat.read(project / "notebooks" / "lessons.ipynb", as_version=4)
    namespace = {}
    with at_root(project):
        for cell in notebook["cells"]:
            if cell["cell_type"] == "code":
                exec(cell["source"], namespace)
                if "parameters" in cell["metadata"].get("tags", []):
                    namespace["as_of"] = PAPER
    values = json.loads((folder / "values.json").read_text(encoding="utf-8"))
    return values, {path.name: path.read_text(encoding="utf-8") for path in folder.glob("tables/*.csv")}


@pytest.mark.seconds
def test_the_lessons_of_a_day_publish_nothing_that_appeared_later(project, tmp_path, monkeypatch):
    before = as_of_the_paper(project, tmp_path / "before", monkeypatch)
    known = {key for key, source in data.sources().items() if source.published and source.published <= PAPER}
    results = project / "data" / "evidence" / "results.csv"
    with results.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    with results.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows(row for row in rows if row["source"] in known)
    assert as_of_the_paper(project, tmp_path / "after", monkeypatch) == before
    values = before[0]
    assert values["change_before"]["value"] == 0.74
    assert values["change_after"]["value"] is None
    assert values["change_verdict"]["value"] == "unknown"


# --- what is refused

LESSON = """\
# A lesson

{term}`hazard ratio` and {term}`hazzard ratio`.

```{glossary}
hazard ratio
  A ratio.
```

```{lesson-notebooks}
```

```{exercise} Alone
:label: alone
:nonumber:

What now?
```

```{given}
a = tiny/anser
```

```{quiz} Which?
- [ ] One
  No.
- [ ] Two
  No.
```
"""


@pytest.mark.slow
def test_an_exercise_without_solution_and_an_unknown_term_fail_the_build(report):
    page = report / "book" / "page.md"
    page.write_text(LESSON, encoding="utf-8")
    done = command(report, "build")
    assert done.returncode == 1
    for block, message in {
        "```{exercise}": "the exercise 'alone' has no solution. Write one below it: {solution} alone.",
        "```{given}": "the notebook 'tiny' publishes no value 'anser'. Did you mean 'answer'?",
        "```{quiz}": "a quiz has no right answer. Mark it: - [x] words",
    }.items():
        line = 1 + LESSON[: LESSON.index(block)].count("\n")
        assert f"book/page.md:{line}: {message}" in done.stderr
    assert "Traceback" not in done.stderr

    page.write_text(LESSON.partition("```{lesson-notebooks}")[0], encoding="utf-8")
    done = command(report, "build")
    assert done.returncode == 1
    assert "book/page.md:3: term not in glossary: 'hazzard ratio'" in done.stderr
    assert "'hazard ratio'" not in done.stderr


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("a = 5", "'a = 5' gives nothing"),
        ("a = tiny/answer middle", "has no 'middle'"),
        ("a, b = tiny/answer", "2 names stand for 1 numbers"),
        ("a = tiny/labels[names]", "has no column 'names'"),
        ("a = tny/answer", "no notebook 'tny' has published values"),
        ("import os; os.remove('x')", "gives nothing"),
        ("a = tiny/rows.csv", "the notebook 'tiny' publishes no file 'rows.csv'"),
    ],
)
def test_what_gives_nothing_is_refused(tmp_path, body, message):
    (tmp_path / "tiny" / "tables").mkdir(parents=True)
    (tmp_path / "tiny" / "values.json").write_text('{"answer": {"value": 1}}')
    (tmp_path / "tiny" / "tables" / "labels.csv").write_text("name\nA\n")
    (tmp_path / "tiny" / "tables" / "labels.json").write_text("{}")
    with pytest.raises(LessonError, match=re.escape(message)):
        given_code(body, tmp_path)


def test_a_file_is_given_by_its_name_to_readers_and_by_its_place_to_the_test(tmp_path):
    path = tmp_path / "tiny" / "files" / "rows.csv"
    path.parent.mkdir(parents=True)
    path.write_text("a\n1\n")
    path.with_suffix(".json").write_text('{"caption": "Rows of the set", "origin": "reconstructed"}')
    code = given_code("file = tiny/rows.csv", tmp_path)
    assert code == "# Reconstructed. Rows of the set: save the file beside this notebook\nfile = 'rows.csv'"
    assert given_code("file = tiny/rows.csv", tmp_path, in_place=True).endswith(f"file = {str(path)!r}")
    (tmp_path / "lesson.md").write_text("# A lesson\n\n```python\nimport math\nimport pandas as pd\n```\n")
    notebook = lesson_notebook(read_lesson(tmp_path / "lesson.md"), tmp_path, teacher=False)
    assert "It needs Python with pandas." in notebook["cells"][1]["source"]


def test_a_fence_that_is_not_closed_is_named_by_its_line():
    with pytest.raises(LessonError, match="line 3: the block is not closed"):
        read_blocks("Text.\n\n```{note}\nMind.")


@pytest.mark.parametrize("directive", ["only-if", "when"])  # by its old name too
def test_a_notebook_shows_the_caveats_and_the_blocks_that_hold_in_its_edition(tmp_path, directive):
    (tmp_path / "tiny").mkdir()
    record = {"unit": "text", "decimals": 0, "label": "Masking", "origin": "printed"}
    values = {"known": {**record, "value": "no"}, "caveat_masking": {**record, "value": "both open"}}
    (tmp_path / "tiny" / "values.json").write_text(json.dumps(values))
    (tmp_path / "lesson.md").write_text(
        f"# A lesson\n\n```{{{directive}}} tiny/known no | unsure\nNot known: {{value}}`tiny/known`.\n```\n\n"
        f"```{{{directive}}} tiny/known yes\nKnown.\n```\n\n```{{caveats}} tiny\n- One more.\n```\n"
    )
    notebook = lesson_notebook(read_lesson(tmp_path / "lesson.md"), tmp_path, teacher=False)
    text = "\n".join(cell["source"] for cell in notebook["cells"])
    assert "Not known: no." in text
    assert "\nKnown." not in text
    assert "> - **Masking**: both open.\n> - One more." in text


def test_a_directive_that_no_notebook_can_show_is_refused(tmp_path):
    (tmp_path / "odd.md").write_text("# Odd\n\n```{video} x\n```\n")
    with pytest.raises(LessonError, match="no notebook can show the directive 'video'"):
        lesson_notebook(read_lesson(tmp_path / "odd.md"), tmp_path, teacher=True)


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("- [x] One\n  Yes.", "fewer than two answers"),
        ("- [ ] One\n  No.\n- [ ] Two\n  No.", "no right answer"),
        ("- [x] One\n- [ ] Two\n  No.", "the answer 'One' of a quiz has no feedback"),
    ],
)
def test_a_quiz_needs_answers_one_of_them_right_and_feedback_to_each(body, message):
    with pytest.raises(LessonError, match=message):
        read_options(body)
