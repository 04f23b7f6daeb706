"""The edition stamp on a page."""

from __future__ import annotations

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.util.docutils import SphinxDirective

from tourmaline import paths
from tourmaline.edition import edition


class EditionStamp(SphinxDirective):
    """`{edition-stamp}`: the version and date of the data, and the commit of the code."""

    def run(self) -> list[nodes.Node]:
        self.env.note_dependency(str(paths.DATA / "datapackage.json"))
        pages = getattr(self.env, "tourmaline_stamped", {})
        self.env.tourmaline_stamped = {**pages, self.env.docname: str(edition())}
        stamp = edition()
        code = f"commit {stamp.commit}" if stamp.commit else "outside version control"
        words = f"Edition: data {stamp.data_version} ({stamp.data_date}), library {stamp.library_version}, {code}"
        words += ", with local changes." if stamp.modified else "."
        return [nodes.paragraph("", words, classes=["tm-edition", "tm-published"])]


def _outdated(app: Sphinx, env: BuildEnvironment, added: set[str], changed: set[str], removed: set[str]) -> list[str]:
    return [
        page
        for page, stamp in getattr(env, "tourmaline_stamped", {}).items()
        if stamp != str(edition()) and page not in removed
    ]


def _merge(app: Sphinx, env: BuildEnvironment, docnames: set[str], other: BuildEnvironment) -> None:
    env.tourmaline_stamped = {**getattr(env, "tourmaline_stamped", {}), **getattr(other, "tourmaline_stamped", {})}


def setup(app: Sphinx) -> None:
    app.add_directive("edition-stamp", EditionStamp)
    app.connect("env-get-outdated", _outdated)
    app.connect("env-merge-info", _merge)
