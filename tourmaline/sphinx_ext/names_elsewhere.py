"""A page is written again when another page is named otherwise: by its title, in the navigation of all, or by a section's.

Sphinx writes the pages that it has read, and those whose contents name them, whether or not a name has changed.
"""

from __future__ import annotations

from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment


def _outdated(app: Sphinx, env: BuildEnvironment) -> list[str]:
    titles = {page: str(title) for page, title in env.titles.items()}, dict(env.get_domain("std").labels)
    sections = {page: str(contents) for page, contents in env.tocs.items()}
    titles_before, sections_before = getattr(env, "tourmaline_names_elsewhere", (titles, sections))
    env.tourmaline_names_elsewhere = titles, sections
    if titles != titles_before:
        return sorted(env.found_docs)
    changed = [page for page in sections if sections[page] != sections_before.get(page)]
    return sorted({other for page in changed for other in env.files_to_rebuild.get(page, ())} & env.found_docs)


def setup(app: Sphinx) -> None:
    app.connect("env-get-updated", _outdated)
