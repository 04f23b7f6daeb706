"""What a notebook calls to publish: `run = results.start(...)`, then `run.value`, `run.table`, `run.file`, `run.figure`.

A notebook that sums up a sweep reads its runs with `results.sweep`.
"""

from tourmaline.results.run import Run, start
from tourmaline.results.sweep import sweep

__all__ = ["Run", "start", "sweep"]
