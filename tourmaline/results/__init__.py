"""What a notebook calls to publish: `run = results.start(...)`, then `run.value`, `run.table`, `run.file`, `run.figure`."""

from tourmaline.results.run import Run, start

__all__ = ["Run", "start"]
