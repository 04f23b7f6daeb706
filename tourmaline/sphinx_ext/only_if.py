"""A block of a page that holds only in some editions: shown where a published text says so.

    ```{only-if} overall_survival/evidence several
    Pooled, the hazard ratio of death is ...
    ```

A report as of an early date has fewer trials, and a sentence about the others would be wrong or empty there. The words of
the condition are the value of a text that the notebook publishes; several words with a stroke between them allow any of them.
"""

from __future__ import annotations

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective

from tourmaline import old_names
from tourmaline.results.formats import is_one_of
from tourmaline.sphinx_ext import missing
from tourmaline.sphinx_ext.published import find_record
from tourmaline.sphinx_ext.typed_numbers import check_hidden

logger = logging.getLogger(__name__)


class OnlyIf(SphinxDirective):
    """`{only-if} notebook/key words`: the content if the published text is one of the words, otherwise nothing."""

    required_arguments = 2
    final_argument_whitespace = True
    has_content = True

    def run(self) -> list[nodes.Node]:
        if self.name in old_names.DIRECTIVES:
            logger.warning(
                old_names.notice("directive", self.name, old_names.DIRECTIVES[self.name]),
                location=(self.env.docname, self.lineno),
            )
        name, words = self.arguments
        record, problem = find_record(self.env, self.lineno, name)
        if record is None:
            return [problem]
        if record["unit"] != "text":
            return [
                missing.report(
                    self.env, self.lineno, f"{name!r} is not text, so no words can be compared", "Publish it as text."
                )
            ]
        block = nodes.Element()
        if is_one_of(record["value"], words):
            self.state.nested_parse(self.content, self.content_offset, block)
        else:
            check_hidden(self.env, list(self.content), self.lineno + self.content_offset + 1)
        return block.children


def setup(app: Sphinx) -> None:
    for name in ("only-if", *(old for old, new in old_names.DIRECTIVES.items() if new == "only-if")):
        app.add_directive(name, OnlyIf)
