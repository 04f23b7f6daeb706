"""Run Jupyter Book on all cores: `python -m tourmaline.pipeline.sphinx_build SOURCE OUTPUT JOBS NOTES`.

Jupyter Book's own command has no such option, though the function behind it has. The rest is as with
`jupyter-book build -W -n --keep-going`. It is a program because Sphinx changes the process it runs in.
What it reads of the checkout is written into the file NOTES.
"""

from __future__ import annotations

import functools
import gc
import importlib.metadata
import sys
from pathlib import Path

# For each reference pybtex looks its plug-ins up again, in the metadata of every installed package: a second in each build.
importlib.metadata.entry_points = functools.cache(importlib.metadata.entry_points)

# Sphinx keeps what it makes to the end. To look for garbage in it again and again took a quarter of a build's time, more where
# a forked process copies what the collector touches. Without it a build of this book takes some hundred megabytes more.
gc.disable()

from jupyter_book.sphinx import build_sphinx  # noqa: E402

from tourmaline.pipeline.watching import watching  # noqa: E402


def main(source: str, output: str, jobs: str) -> int:
    """Build the pages; returns an exit code."""
    folder = Path(source)
    result = build_sphinx(
        folder,
        Path(output) / "html",
        path_config=folder / "_config.yml",
        noconfig=True,
        confoverrides={
            "external_toc_path": (folder / "_toc.yml").as_posix(),
            "latex_individualpages": False,
            "nitpicky": True,
        },
        warningiserror=True,
        keep_going=True,
        jobs=int(jobs),
    )
    return 1 if isinstance(result, Exception) else int(result)


if __name__ == "__main__":
    *arguments, notes = sys.argv[1:]
    with watching(Path(notes)):
        code = main(*arguments)
    sys.exit(code)
