"""A result that a page names and no notebook wrote fails the build, with or without `-W`, and names page and line."""

from __future__ import annotations

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.errors import ExtensionError
from sphinx.util import logging

logger = logging.getLogger(__name__)


def report(env: BuildEnvironment, line: int, what: str, remedy: str) -> nodes.problematic:
    """Note the problem of the page that is being read, and return what stands in its place until the build fails."""
    place = f"{env.doc2path(env.docname, base=False)}, line {line}"
    if not hasattr(env, "tourmaline_problems"):
        env.tourmaline_problems = {}
    env.tourmaline_problems.setdefault(env.docname, []).append(f"{place}: {what}. {remedy}")
    logger.error("%s. %s", what, remedy, location=(env.docname, line))
    return nodes.problematic("", what)


def _fail(app: Sphinx, env: BuildEnvironment) -> None:
    problems = [text for texts in getattr(env, "tourmaline_problems", {}).values() for text in texts]
    if problems:
        raise ExtensionError("\n".join(problems))


def _forget(app: Sphinx, env: BuildEnvironment, docname: str) -> None:
    getattr(env, "tourmaline_problems", {}).pop(docname, None)


def _merge(app: Sphinx, env: BuildEnvironment, docnames: set[str], other: BuildEnvironment) -> None:
    problems = getattr(other, "tourmaline_problems", {})
    if problems:
        env.tourmaline_problems = {**getattr(env, "tourmaline_problems", {}), **problems}


def setup(app: Sphinx) -> None:
    app.connect("env-purge-doc", _forget)
    app.connect("env-merge-info", _merge)
    app.connect("env-check-consistency", _fail)
