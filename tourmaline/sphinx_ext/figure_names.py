"""A figure's file has the name of its notebook: _images/cross_trial-forest.svg.

Sphinx takes the file's own name and numbers those that are equal, forest.svg and forest1.svg, in the order in which its
processes ended: two builds of the same pages could differ, and a page that is built again alone could take another's number.
"""

from __future__ import annotations

import re

from sphinx.application import Sphinx
from sphinx.util import FilenameUniqDict

# Neither name has a hyphen, so no two figures are called the same.
FIGURE = re.compile(r"results/(?P<notebook>\w+)/figures/(?P<file>\w+(\.narrow)?\.svg)")


class FigureNames(FilenameUniqDict):
    """Sphinx's names of images, where a figure's name depends on nothing but its own path."""

    def add_file(self, docname: str, newfile: str) -> str:
        """Name a file for a page; returns the name."""
        if not (figure := FIGURE.fullmatch(newfile)):
            return super().add_file(docname, newfile)
        pages, name = self.setdefault(newfile, (set(), f"{figure['notebook']}-{figure['file']}"))
        pages.add(docname)
        return name


def _use(app: Sphinx) -> None:
    if not isinstance(app.env.images, FigureNames):
        app.env.images = FigureNames()


def setup(app: Sphinx) -> None:
    app.connect("builder-inited", _use)
