"""The directives of a lesson's page, and the notebooks that are made of it.

```{given}                           code that holds published numbers, or names published files
lower, upper = cross_trial/pooled_hazard_ratio lower upper
rows = progression_free_survival/pseudo_patients.csv
```
```{answer} lessons/standard_error   in a solution: its code, and the value that a notebook published
(log(upper) - log(lower)) / width
```
```{quiz} What does it say?          answers to choose from, each with feedback
- [x] This
  Feedback.
```
```{lesson-notebooks}                links to the notebooks of the page
```
"""

from __future__ import annotations

import html
import json
import shutil
from pathlib import Path

from docutils import nodes
from docutils.statemachine import StringList
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective
from sphinx.writers.html5 import HTML5Translator
from sphinx_exercise.nodes import is_exercise_node, is_solution_node

from tourmaline import paths
from tourmaline.errors import LessonError
from tourmaline.lessons import Lesson, given_code, given_files, lesson_notebook, read_lesson, read_options
from tourmaline.lessons.prose import citations
from tourmaline.sphinx_ext import missing

FOLDER = "lessons"  # of the notebooks, below the site
KINDS = {"student": "Students' notebook", "teacher": "Teachers' notebook, with solutions"}


class quiz(nodes.General, nodes.Element):
    """A question; its answers are the children after the first."""


class quiz_option(nodes.General, nodes.Element):
    """An answer: a summary to open, and its feedback."""


class quiz_words(nodes.General, nodes.TextElement):
    """The words of an answer, which open its feedback."""


def _code(text: str) -> nodes.literal_block:
    return nodes.literal_block(text, text, language="python", classes=["tm-published"])


def _files(lesson: Lesson, results: Path) -> list[Path]:
    """The published files that a lesson reads, once each."""
    return list(dict.fromkeys(file for block in lesson.named("given") for file in given_files(block.body, results)))


class _LessonDirective(SphinxDirective):
    has_content = True

    @property
    def results(self) -> Path:
        return Path(self.env.srcdir) / "results"

    def parsed(self, text: str) -> list[nodes.Node]:
        holder = nodes.container()
        self.state.nested_parse(StringList([text], source=""), self.content_offset, holder)
        return holder.children

    def problem(self, error: LessonError) -> list[nodes.Node]:
        return [missing.report(self.env, self.lineno, error.what, error.remedy)]


class GivenDirective(_LessonDirective):
    """`{given}`: the numbers that a lesson works with, as code."""

    def run(self) -> list[nodes.Node]:
        for line in self.content:
            if "/" in line:  # a result: the page is read again when it changes
                notebook, _, name = line.partition(" = ")[2].split(" ")[0].partition("/")
                folder = self.results / notebook
                if "[" in name:
                    file = folder / "tables" / f"{name.partition('[')[0]}.csv"
                elif name.endswith(".csv"):
                    file = folder / "files" / name
                else:
                    file = folder / "values.json"
                self.env.note_dependency(str(file))
                self.env.note_dependency(
                    str(file.with_suffix(".json"))
                )  # beside a table or a file: its caption and origin
        try:
            return [_code(given_code("\n".join(self.content), self.results))]
        except LessonError as error:
            return self.problem(error)


class AnswerDirective(_LessonDirective):
    """`{answer} notebook/key`: the code of a solution, and what it gives, as a notebook published it."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        return [_code("\n".join(self.content)), *self.parsed(f"**Answer:** {{value}}`{self.arguments[0]}`")]


class QuizDirective(_LessonDirective):
    """`{quiz} question`: answers as `<details>`, so that keyboards and pages without scripts can use it."""

    required_arguments = 1
    final_argument_whitespace = True

    def run(self) -> list[nodes.Node]:
        try:
            options = read_options("\n".join(self.content))
        except LessonError as error:
            return self.problem(error)
        node = quiz(classes=["tm-quiz"])
        question = nodes.paragraph(classes=["tm-question"])
        question += self.parse_inline(self.arguments[0], lineno=self.lineno)[0]
        node += question
        for option in options:
            words = quiz_words()
            words += self.parse_inline(option.words, lineno=self.lineno)[0]
            for link in list(words.findall(nodes.reference)):  # a summary that opens holds no link of its own
                link.replace_self(nodes.inline("", link.astext(), classes=["tm-published"]))
            answer = quiz_option(classes=["tm-right" if option.right else "tm-wrong"])
            answer += words
            answer += self.parsed(f"**{'Right.' if option.right else 'Not quite.'}** {option.feedback}")
            node += answer
        return [node]


class LessonNotebooksDirective(_LessonDirective):
    """`{lesson-notebooks}`: links to the notebooks made of this page."""

    has_content = False

    def run(self) -> list[nodes.Node]:
        path = Path(self.env.doc2path(self.env.docname))
        try:
            files = _files(read_lesson(path), self.results)
        except LessonError as error:
            return self.problem(error)
        self.env.metadata[self.env.docname]["tourmaline_lesson"] = path.stem
        self.env.note_dependency(str(paths.DATA / "references.bib"))  # the notebooks say what a citation stands for
        line = nodes.paragraph(classes=["tm-lesson-notebooks", "tm-published"])
        up = "../" * self.env.docname.count("/")
        for index, (kind, words) in enumerate(KINDS.items()):
            line += nodes.Text(" · " if index else "Download: ")
            line += nodes.reference("", words, internal=True, refuri=f"{up}{FOLDER}/{path.stem}-{kind}.ipynb")
        for file in files:
            line += nodes.Text(" · ")
            line += nodes.reference(
                "", f"{file.name}, which they read", internal=True, refuri=f"{up}{FOLDER}/{file.name}"
            )
        return [line]


def _open_quiz(self: HTML5Translator, node: nodes.Element) -> None:
    self.body.append(self.starttag(node, "div", role="group"))


def _open_option(self: HTML5Translator, node: nodes.Element) -> None:
    self.body.append(self.starttag(node, "details"))


def _open_words(self: HTML5Translator, node: nodes.Element) -> None:
    self.body.append("<summary>")


def _closed(tag: str):
    def close(self: HTML5Translator, node: nodes.Element) -> None:
        self.body.append(f"</{tag}>\n")

    return close


def _write_notebooks(app: Sphinx, exception: Exception | None) -> None:
    if exception or app.builder.format != "html":
        return
    pages = [page for page, about in sorted(app.env.metadata.items()) if "tourmaline_lesson" in about]
    if not pages:
        return
    folder = Path(app.outdir) / FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    sources = citations()
    for page in pages:
        path = Path(app.env.doc2path(page))
        lesson = read_lesson(path)
        for file in _files(lesson, Path(app.srcdir) / "results"):
            shutil.copyfile(file, folder / file.name)
        read = Path(app.doctreedir, f"{page}.doctree").stat().st_mtime_ns  # when the page or what it shows last changed
        for kind in KINDS:
            place = folder / f"{path.stem}-{kind}.ipynb"
            if place.exists() and place.stat().st_mtime_ns > read:
                continue
            content = lesson_notebook(lesson, Path(app.srcdir) / "results", teacher=kind == "teacher", sources=sources)
            place.write_text(json.dumps(content, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def _place_below(node: nodes.Element, lesson: str, exercise: str = "") -> None:
    named = f' data-exercise="{html.escape(exercise)}"' if exercise else ""
    place = f'<div class="tm-work-place" data-lesson="{html.escape(lesson)}"{named}></div>'
    node.parent.insert(node.parent.index(node) + 1, nodes.raw("", place, format="html"))


def _keep_places(app: Sphinx, doctree: nodes.document) -> None:
    """Keep a place below each exercise, and one below the last solution, into which `make browser` (`pipeline/browser`) puts editors."""
    lesson = app.env.metadata[app.env.docname].get("tourmaline_lesson")
    if not lesson:
        return
    for exercise in list(doctree.findall(is_exercise_node)):
        _place_below(exercise, lesson, exercise["label"])
    for solution in list(doctree.findall(is_solution_node))[-1:]:
        _place_below(solution, lesson)


def setup(app: Sphinx) -> None:
    for name, directive in {
        "given": GivenDirective,
        "answer": AnswerDirective,
        "quiz": QuizDirective,
        "lesson-notebooks": LessonNotebooksDirective,
    }.items():
        app.add_directive(name, directive)
    app.add_node(quiz, html=(_open_quiz, _closed("div")))
    app.add_node(quiz_option, html=(_open_option, _closed("details")))
    app.add_node(quiz_words, html=(_open_words, _closed("summary")))
    app.connect("doctree-read", _keep_places, priority=600)
    app.connect("build-finished", _write_notebooks)
