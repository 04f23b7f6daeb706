"""`{timetable} one-hour`: the timetable of a course of book/learn/courses.yml, its minutes from the pages of its lessons."""

from __future__ import annotations

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from tourmaline.errors import TourmalineError
from tourmaline.lessons import courses
from tourmaline.results.formats import table_html
from tourmaline.sphinx_ext import missing
from tourmaline.sphinx_ext.published import result_table


class Timetable(SphinxDirective):
    """A table of the parts of a course, with the minutes of each."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        self.env.note_dependency(str(courses.COURSES_FILE))
        try:
            course = courses.find_course(self.arguments[0])
        except TourmalineError as error:
            return [missing.report(self.env, self.lineno, error.what, error.remedy)]
        for part in course.parts:
            if part.page:
                self.env.note_dependency(str(courses.paths.ROOT / f"{part.page}.md"))
        layout = {"numeric": courses.TIMETABLE_COLUMNS[1:3]}
        table = result_table(caption=course.title, long=False, filterable=False, classes=["tm-published"])
        table += nodes.raw("", table_html(courses.TIMETABLE_COLUMNS, courses.timetable(course), layout), format="html")
        table["names"].append(f"timetable-{course.name}")
        self.state.document.note_explicit_target(table, table)
        return [table]


def setup(app: Sphinx) -> None:
    app.add_directive("timetable", Timetable)
