"""A page is written again when a name that it shows of another page changes: a title, which the navigation of every page shows,
the name of a labelled section, or that of a section in its list of contents.

Sphinx writes the pages that it has read, and those whose contents list them, whether or not a name has changed.
"""

from __future__ import annotations

from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment


def _remember(app: Sphinx, env: BuildEnvironment, docnames: list[str]) -> None:
    env.tourmaline_sections = {page: str(env.tocs.get(page)) for page in docnames}


def _outdated(app: Sphinx, env: BuildEnvironment) -> list[str]:
    names = {page: str(title) for page, title in env.titles.items()}, dict(env.get_domain("std").labels)
    before, env.tourmaline_names = getattr(env, "tourmaline_names", names), names
    sections = vars(env).pop("tourmaline_sections", {})
    if names != before:
        return sorted(env.found_docs)
    changed = [page for page in sections if sections[page] != str(env.tocs.get(page))]
    return sorted({other for page in changed for other in env.files_to_rebuild.get(page, ())} & env.found_docs)


def setup(app: Sphinx) -> None:
    app.connect("env-before-read-docs", _remember)
    app.connect("env-get-updated", _outdated)
