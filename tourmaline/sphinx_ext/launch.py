"""Under the title of each notebook's page: its download, and where it can be run at once.

The launch links follow from one setting, `tourmaline_repository` in _config.yml, and are absent while it is empty.
"""

from __future__ import annotations

from pathlib import PurePosixPath
from urllib.parse import quote, urlsplit

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from tourmaline.addresses import repository_address
from tourmaline.sphinx_ext.site_files import to_site_file

BRANCH = "HEAD"


def binder_address(repository: str, notebook: str = "") -> str:
    """The address at which Binder runs a notebook (or the whole repository), with what binder/ installs; '' without a repository.

    Colab would open a notebook without the library that it needs, so it is not offered.

    Examples
    --------
    >>> binder_address("https://git.example.org/a/b", "safety.ipynb")
    'https://mybinder.org/v2/git/https%3A%2F%2Fgit.example.org%2Fa%2Fb/HEAD?labpath=notebooks%2Fsafety.ipynb'
    >>> binder_address("https://github.com/a/b")
    'https://mybinder.org/v2/gh/a/b/HEAD?labpath=notebooks'
    """
    if not repository:
        return ""
    address = urlsplit(repository)
    place = f"gh{address.path}" if address.netloc == "github.com" else f"git/{quote(repository, safe='')}"
    path = quote(f"notebooks/{notebook}", safe="") if notebook else "notebooks"
    return f"https://mybinder.org/v2/{place}/{BRANCH}?labpath={path}"


def _linked(address: str) -> nodes.Node:
    return nodes.reference("", "Binder", internal=False, refuri=address)


def _repository(app: Sphinx) -> str:
    return repository_address(app.config.tourmaline_repository)


def _offer(app: Sphinx, doctree: nodes.document) -> None:
    """Put the line under the title of a notebook's page."""
    place = PurePosixPath(app.env.docname)
    if place.parts[0] != "results" or not (title := next(iter(doctree.findall(nodes.title)), None)):
        return
    line = nodes.paragraph(classes=["tm-launch", "tm-published"])
    line += to_site_file(app.env, "Download this notebook", f"downloads/notebooks/{place.name}.ipynb")
    if address := binder_address(_repository(app), f"{place.name}.ipynb"):
        line += [nodes.Text(". Run it on "), _linked(address)]
    line += nodes.Text(".")
    title.parent.insert(title.parent.index(title) + 1, line)


class LaunchNote(SphinxDirective):
    """`{launch-note}`: where the repository can be opened and run; nothing while its address is not set."""

    def run(self) -> list[nodes.Node]:
        address = binder_address(_repository(self.env.app))
        if not address:
            return []
        line = nodes.paragraph("", "The whole repository opens on ", classes=["tm-published"])
        line += [_linked(address), nodes.Text(", with nothing to install.")]
        return [line]


def setup(app: Sphinx) -> None:
    app.add_config_value("tourmaline_repository", "", "env", [str])
    app.add_directive("launch-note", LaunchNote)
    app.connect("doctree-read", _offer)
