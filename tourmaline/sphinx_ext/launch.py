"""Under the title of each notebook's page: its download, and where it can be run at once.

The launch links follow from one setting, `tourmaline_repository` in _config.yml, and are absent while it is empty.
"""

from __future__ import annotations

from pathlib import PurePosixPath
from urllib.parse import quote, urlsplit

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from tourmaline.sphinx_ext.site_files import to_site_file

BRANCH = "HEAD"


def launch_links(repository: str, notebook: str = "") -> dict[str, str]:
    """Addresses at which a notebook (or the repository) can be run, by the name of the service.

    Colab opens notebooks of GitHub alone; Binder opens any repository.

    Examples
    --------
    >>> launch_links("")
    {}
    >>> launch_links("https://git.example.org/a/b", "safety.ipynb")
    {'Binder': 'https://mybinder.org/v2/git/https%3A%2F%2Fgit.example.org%2Fa%2Fb/HEAD?labpath=notebooks%2Fsafety.ipynb'}
    >>> list(launch_links("https://github.com/a/b", "safety.ipynb"))
    ['Binder', 'Colab']
    """
    if not repository:
        return {}
    address = urlsplit(repository)
    on_github = address.netloc == "github.com"
    place = f"gh{address.path}" if on_github else f"git/{quote(repository, safe='')}"
    path = quote(f"notebooks/{notebook}", safe="") if notebook else "notebooks"
    links = {"Binder": f"https://mybinder.org/v2/{place}/{BRANCH}?labpath={path}"}
    if on_github and notebook:
        links["Colab"] = f"https://colab.research.google.com/github{address.path}/blob/{BRANCH}/notebooks/{notebook}"
    return links


def _linked(links: dict[str, str]) -> list[nodes.Node]:
    parts: list[nodes.Node] = []
    for name, address in links.items():
        parts += [nodes.Text(", " if parts else ""), nodes.reference("", name, internal=False, refuri=address)]
    return parts


def _repository(app: Sphinx) -> str:
    return app.config.tourmaline_repository.removesuffix("/")


def _offer(app: Sphinx, doctree: nodes.document) -> None:
    """Put the line under the title of a notebook's page."""
    place = PurePosixPath(app.env.docname)
    if place.parts[0] != "results" or not (title := next(iter(doctree.findall(nodes.title)), None)):
        return
    line = nodes.paragraph(classes=["tm-launch", "tm-published"])
    line += to_site_file(app.env, "Download this notebook", f"downloads/notebooks/{place.name}.ipynb")
    if links := launch_links(_repository(app), f"{place.name}.ipynb"):
        line += [nodes.Text(". Run it on "), *_linked(links)]
    line += nodes.Text(".")
    title.parent.insert(title.parent.index(title) + 1, line)


class LaunchNote(SphinxDirective):
    """`{launch-note}`: where the repository can be opened and run; nothing while its address is not set."""

    def run(self) -> list[nodes.Node]:
        links = launch_links(_repository(self.env.app))
        if not links:
            return []
        line = nodes.paragraph("", "The whole repository opens on ", classes=["tm-published"])
        line += [*_linked(links), nodes.Text(", with nothing to install.")]
        return [line]


def setup(app: Sphinx) -> None:
    app.add_config_value("tourmaline_repository", "", "env", [str])
    app.add_directive("launch-note", LaunchNote)
    app.connect("doctree-read", _offer)
