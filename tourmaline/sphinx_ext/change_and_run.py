"""The last section of each chapter and lesson, 'Change and run': the notebooks behind the page, and the command that runs each again.

The form with which a reader runs one in the browser is added by `make browser` (`pipeline/browser`), in the place that is kept here.
"""

from __future__ import annotations

import html
import json
import re
from collections import Counter
from pathlib import PurePosixPath

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment

from tourmaline import parameters, paths

TITLE = "Change and run"
HEADING = re.compile(r"^# (.+)$", re.MULTILINE)
MOST = 4  # notebooks of one page; a page that names more shows a few numbers of many
SEVERAL = 3
NOTEBOOK = re.compile(r"results/(?P<name>\w+)/(?P=name)\.html")  # in the address of a number


def _title(notebook: str) -> str:
    """The heading of a notebook."""
    cells = json.loads((paths.NOTEBOOKS / f"{notebook}.ipynb").read_text(encoding="utf-8"))["cells"]
    texts = ("".join(cell["source"]) for cell in cells if cell["cell_type"] == "markdown")
    return next((found[1] for text in texts if (found := HEADING.search(text))), notebook)


def example(notebook: str) -> str:
    """The command that runs a notebook with one other value: of the first parameter that has a choice, or else its defaults.

    Examples
    --------
    >>> example("safety")
    'tourmaline run safety -p effect_measure risk-ratio'
    """
    for name, parameter in parameters.declared(paths.NOTEBOOKS / f"{notebook}.ipynb").items():
        others = [word for word in parameter.choices if word != parameter.default]
        if others and not parameter.is_list:
            return f"tourmaline run {notebook} -p {name} {others[0]}"
    return f"tourmaline run {notebook}"


def behind(doctree: nodes.document) -> list[str]:
    """The notebooks behind a page: those whose figures and tables it shows, or else the one of which it shows several numbers.

    A page of plain figures is for readers who run nothing, and has none.
    """
    if any(figure.get("plain") for figure in doctree.findall(nodes.figure)):
        return []
    shown = Counter(node["notebook"] for node in doctree.findall(nodes.Element) if node.get("notebook"))
    if not shown:
        named = (NOTEBOOK.search(node.get("refuri", "")) for node in doctree.findall(nodes.reference))
        numbers = Counter(found["name"] for found in named if found)
        shown = Counter({name: count for name, count in numbers.most_common(1) if count >= SEVERAL})
    return [name for name, _ in shown.most_common(MOST)]


def _panel(env: BuildEnvironment, notebook: str) -> str:
    env.note_dependency(str(paths.NOTEBOOKS / f"{notebook}.ipynb"))
    name = html.escape(notebook)
    return (
        f'<details class="tm-run" id="run-{name}" data-notebook="{name}"><summary>{html.escape(_title(notebook))}</summary>'
        "<p>In the report's folder, this command runs the notebook; each <code>-p</code> gives a parameter another value:</p>"
        f'<pre class="tm-run-command" tabindex="0"><code>{html.escape(example(notebook))}</code></pre>'
        f'<div class="tm-run-place" data-notebook="{name}"></div></details>'
    )


def _add(app: Sphinx, doctree: nodes.document) -> None:
    page = PurePosixPath(app.env.docname)
    notebooks = [page.name] if page.parts[0] == "results" else behind(doctree)
    title = next(iter(doctree.findall(nodes.title)), None)
    if not notebooks or title is None:
        return
    section = nodes.section(ids=["change-and-run"], names=["change and run"], classes=["tm-published"])
    section += nodes.title("", TITLE)
    section += nodes.paragraph(
        "", "Each number, figure and table of this page was computed by a notebook. Run it with other parameters:"
    )
    section += nodes.raw("", "".join(_panel(app.env, name) for name in notebooks), format="html")
    title.parent += section


def setup(app: Sphinx) -> None:
    app.connect("doctree-read", _add, priority=700)  # after what counts the notebooks of a page
