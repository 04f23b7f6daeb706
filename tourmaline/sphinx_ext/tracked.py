"""What the build of the site must know of Sphinx: the sources that it follows, and the images and downloads that pages use.

Sphinx reads a page again when a source that it follows changes; a change of anything else that it read has every page made from
nothing. Of images and downloads it leaves behind those that no page uses any more.
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
    used = {
        "_images": sorted(name for _, name in app.env.images.values()),
        "_downloads": sorted(name for _, name in app.env.dlfiles.values()),
    }
    noted = {"followed": sorted({os.path.realpath(name) for name in files}), "used": used}
    (Path(app.doctreedir) / PLACE).write_text(json.dumps(noted))


def setup(app: Sphinx) -> None:
    app.connect("build-finished", _write)
