"""What a notebook calls to publish: `run = results.start(...)`, then `run.value`, `run.table`, `run.file`, `run.figure`.

A notebook that sums up a sweep reads its runs with `results.sweep`; one that compares trials says what stands against it with
`results.publish_caveats`.
"""

from tourmaline.results.caveats import publish_caveats
from tourmaline.results.run import Run, start
from tourmaline.results.sweep import sweep
from tourmaline.results.thousand import effect_columns, number_needed_in_words, of_thousand
from tourmaline.results.words import listed, word

__all__ = [
    "Run",
    "effect_columns",
    "listed",
    "number_needed_in_words",
    "of_thousand",
    "publish_caveats",
    "start",
    "sweep",
    "word",
]
