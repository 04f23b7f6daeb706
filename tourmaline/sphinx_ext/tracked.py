"""Which sources Sphinx itself follows: it reads a page again when one of them changes.

The build of the site asks for them: a change of anything else that Sphinx read has every page made from nothing.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

from sphinx.application import Sphinx

PLACE = "tracked.json"  # beside Sphinx's own notes


def _write(app: Sphinx, error: Exception | None) -> None:
    if error:
        return
    source = Path(app.srcdir)
    files = {str(app.env.doc2path(page)) for page in app.env.found_docs}
    files |= {str(source / name) for names in app.env.dependencies.values() for name in names}
    # What stands in a reference shows on every page that cites it, and not only where the references are listed.
    files -= {str(source / name) for name in app.config.bibtex_bibfiles}
    (Path(app.doctreedir) / PLACE).write_text(json.dumps(sorted({os.path.realpath(name) for name in files})))


def setup(app: Sphinx) -> None:
    app.connect("build-finished", _write)
