"""Exercises are numbered page by page, each has its solution, and a solution is a `<details>`: no script hides it."""

from __future__ import annotations

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.writers.html5 import HTML5Translator
from sphinx_exercise.nodes import is_exercise_node, is_solution_node, solution_node

from tourmaline.sphinx_ext import missing


def _open_solution(self: HTML5Translator, node: nodes.Element) -> None:
    self.body.append(self.starttag(node, "details"))
    self.body.append("<summary>Solution</summary>\n")


def _close_solution(self: HTML5Translator, node: nodes.Element) -> None:
    self.body.append("</details>\n")


def _unwrap(node: nodes.Element) -> None:
    """sphinx-exercise puts the content into a section whose id is the same in every exercise of a page."""
    for section in [child for child in node.children if isinstance(child, nodes.section)]:
        section["ids"] = []
        section.replace_self(section.children)


def _check(app: Sphinx, doctree: nodes.document) -> None:
    exercises = list(doctree.findall(is_exercise_node))
    solutions = list(doctree.findall(is_solution_node))
    solved = {node["target_label"] for node in solutions}
    for number, exercise in enumerate(exercises, start=1):
        if exercise["label"] not in solved:
            missing.report(
                app.env,
                exercise.line or 0,
                f"the exercise {exercise['label']!r} has no solution",
                f"Write one below it: {{solution}} {exercise['label']}.",
            )
        exercise.children[0].children[0] = nodes.Text(f"Exercise {number}")
        _unwrap(exercise)
    for solution in solutions:
        solution.pop(0)  # its title; the summary says it
        solution["ids"] = [f"{solution['target_label']}-solution"]
        _unwrap(solution)


def setup(app: Sphinx) -> None:
    app.setup_extension("sphinx_exercise")
    app.add_node(solution_node, override=True, html=(_open_solution, _close_solution))
    app.connect("doctree-read", _check, priority=600)  # after the check of typed numbers, for the number is Sphinx's
