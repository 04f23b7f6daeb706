"""A page is written again when a name that it shows of another page changes: a title, which the navigation of every page shows,
the name of a section in its list of contents, or what its references show: the name of a section, the number of a table.

Sphinx writes the pages that it has read, and those whose contents list them, whether or not a name has changed.
"""

from __future__ import annotations

from docutils import nodes
from sphinx.addnodes import pending_xref
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment


def _of(env: BuildEnvironment) -> dict[str, list[str]]:
    """To what each page refers."""
    if not hasattr(env, "tourmaline_referred"):
        env.tourmaline_referred = {}
    return env.tourmaline_referred


def _note(app: Sphinx, doctree: nodes.document) -> None:
    _of(app.env)[app.env.docname] = sorted({node["reftarget"] for node in doctree.findall(pending_xref)})


def _shown(env: BuildEnvironment, target: str) -> tuple[object, ...]:
    """What a reference to this label depends on: page, anchor and name, and the number of a figure or table."""
    labels = env.get_domain("std").labels
    page, anchor, name = labels.get(target, ("", "", ""))
    numbers = env.toc_fignumbers.get(page, {}).values()
    return page, anchor, name, [of_kind[anchor] for of_kind in numbers if anchor in of_kind]


def _remember(app: Sphinx, env: BuildEnvironment, docnames: list[str]) -> None:
    env.tourmaline_sections = {page: str(env.tocs.get(page)) for page in docnames}


def _outdated(app: Sphinx, env: BuildEnvironment) -> list[str]:
    titles = {page: str(title) for page, title in env.titles.items()}
    shown = {page: [_shown(env, target) for target in targets] for page, targets in _of(env).items()}
    titles_before, shown_before = getattr(env, "tourmaline_names", (titles, shown))
    env.tourmaline_names = titles, shown
    sections = vars(env).pop("tourmaline_sections", {})
    if titles != titles_before:
        return sorted(env.found_docs)
    changed = [page for page in sections if sections[page] != str(env.tocs.get(page))]
    listing = {other for page in changed for other in env.files_to_rebuild.get(page, ())}
    referring = {page for page in shown if shown[page] != shown_before.get(page)}
    return sorted((listing | referring) & env.found_docs)


def _forget(app: Sphinx, env: BuildEnvironment, docname: str) -> None:
    _of(env).pop(docname, None)


def _merge(app: Sphinx, env: BuildEnvironment, docnames: set[str], other: BuildEnvironment) -> None:
    _of(env).update({page: targets for page, targets in _of(other).items() if page in docnames})


def setup(app: Sphinx) -> None:
    app.connect("doctree-read", _note)
    app.connect("env-before-read-docs", _remember)
    app.connect("env-get-updated", _outdated, priority=900)  # when the numbers stand
    app.connect("env-purge-doc", _forget)
    app.connect("env-merge-info", _merge)
