"""A link to a file that the pipeline puts into the site beside the pages: {site-file}`All values <downloads/values.json>`.

The check of the finished site refuses a link to a file that is not there.
"""

from __future__ import annotations

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.util.docutils import ReferenceRole


def to_site_file(env: BuildEnvironment, words: str, target: str) -> nodes.reference:
    """A link from the page that is being read to a file of the site, named from its root."""
    uri = env.app.builder.get_target_uri(env.docname)
    return nodes.reference("", words, internal=True, refuri="../" * uri.count("/") + target, classes=["tm-published"])


class SiteFile(ReferenceRole):
    """`{site-file}`: a link to a file of the site."""

    def run(self) -> tuple[list[nodes.Node], list[nodes.system_message]]:
        return [to_site_file(self.env, self.title, self.target)], []


def setup(app: Sphinx) -> None:
    app.add_role("site-file", SiteFile())
