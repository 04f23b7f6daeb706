"""A report of two tiny notebooks and two pages: its kernels and its site take seconds."""

import functools
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
from warm_start import WarmStart

from tourmaline.pipeline.kernels.fork_server import KERNEL_MODULES
from tourmaline.pipeline.kernels.manager import kernel_environment
from tourmaline.pipeline.kernels.provisioner import STACK

MODEL = 'model: PoolingModel = "fixed"  # Model that is named'

# `tiny` reads trials.csv in pandas' own way and publishes one result of each kind.
TINY = (
    """\
import pandas as pd

trials = pd.read_csv(paths.DATA / "evidence" / "trials.csv")
first = trials.loc[0, "experimental_label"]""",
    """\
run.value("answer", 42.5, lower=40, upper=45, level=0.95, unit="percent", decimals=1,
          origin="recomputed", source="trials.csv", label=f"Answer of {first}")""",
    """run.value("word", first, unit="text", origin="printed", source=first, label="First label")""",
    """\
run.table("labels", trials[["name", "experimental_label"]], caption=f"Labels, {first} first", origin="printed",
          source="trials.csv", notes=[f"The first is {first}."])""",
    """\
from matplotlib.figure import Figure

figure = Figure(figsize=(2, 1))
figure.subplots().set_title(first)
run.figure("dots", figure, caption=f"An empty figure of {first}", alt=f"Axes without dots, titled {first}",
           origin="reconstructed", source="trials.csv")""",
)
# `other` reads another file and imports a module of its own.
OTHER = (
    """\
import pandas as pd
from tourmaline.statistics import meta_analysis

designs = pd.read_csv(paths.DATA / "evidence" / "designs.csv")
run.value("answer", len(meta_analysis.__doc__), unit="count", origin="printed", source="meta_analysis", label="Letters")""",
)

INDEX = """\
# A small report

The answer is {value}`tiny/answer`, its interval {interval}`tiny/answer`, its word {value}`tiny/word`.

<p class="tm-edition tm-published"></p>

```{result-figure} tiny/dots
```

```{result-table} tiny/labels
```
"""
PAGE = """\
# Another page

The other notebook counts {value}`other/answer`; {numref}`tiny/dots` and {numref}`tiny/labels` stand elsewhere.

```{figure-and-table-index}
```
"""
CONTENTS = """\
format: jb-book
root: index
chapters:
  - file: book/page
  - file: results/tiny/tiny
  - file: results/other/other
"""

# The command, stopped by Ctrl-C also where the tests run in the background: a shell makes its background deaf to it.
INTERRUPTIBLE = (
    "import signal; signal.signal(signal.SIGINT, signal.default_int_handler); from tourmaline.cli import main; main()"
)


def write_notebook(project: Path, name: str, *cells: str, parameters: str = MODEL, named: str = "") -> Path:
    """Write notebooks/<name>.ipynb: title, imports, parameters, start, and then the cells, from the fifth on."""
    start = [
        "from tourmaline import paths, results\nfrom tourmaline.parameters import *",
        parameters,
        f'run = results.start("{named or name}", globals())',
    ]
    notebook = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_markdown_cell(f"# Notebook {name}"), *map(nbformat.v4.new_code_cell, [*start, *cells])],
        metadata={"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}},
    )
    notebook.cells[2].metadata["tags"] = ["parameters"]
    for index, cell in enumerate(notebook.cells):
        cell.id = f"{name}-{index}"  # nbformat would take a random one
    path = project / "notebooks" / f"{name}.ipynb"
    nbformat.write(notebook, path)
    return path


def write_small_report(project: Path) -> None:
    """Put the tiny notebooks and pages in the place of the real ones."""
    scenarios = [path for path in (project / "scenarios").glob("*.yaml") if path.stem != "today"]  # it sets nothing
    for path in [*(project / "notebooks").glob("*.ipynb"), *scenarios]:
        path.unlink()
    for part in (project / "book").iterdir():
        if part.is_file():
            part.unlink()
        elif part.name not in ("static", "browser"):
            shutil.rmtree(part)
    write_notebook(project, "tiny", *TINY)
    write_notebook(project, "other", *OTHER)
    (project / "index.md").write_text(INDEX, encoding="utf-8")
    (project / "book" / "page.md").write_text(PAGE, encoding="utf-8")
    (project / "_toc.yml").write_text(CONTENTS, encoding="utf-8")


PROGRESS = re.compile(r"^  \d+ of \d+: .*\n?", re.MULTILINE)  # what a log gets instead of a bar


def program(project: Path, *command: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run Python with a copied project as its `tourmaline`. Lines of progress are left out of its error output."""
    done = subprocess.run(
        [sys.executable, *command],
        cwd=project,
        env={**os.environ, "PYTHONPATH": str(project), **environment},
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    done.stderr = PROGRESS.sub("", done.stderr)
    return done


@functools.cache
def _warm_start() -> WarmStart:
    return WarmStart([*KERNEL_MODULES, *STACK], kernel_environment())


def command(project: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run the command `tourmaline` of a copied project; with an environment of its own in a process that is started anew.

    Its lines of progress are left out.
    """
    if environment or sys.platform != "linux":
        return program(project, "-c", "from tourmaline.cli import main; main()", *arguments, **environment)
    done = _warm_start().command(project, arguments)
    done.stderr = PROGRESS.sub("", done.stderr)
    return done


def contents(folder: Path) -> dict[str, bytes]:
    """Every file below a folder, hidden ones too, without Python's own caches."""
    files = (path for path in folder.rglob("*") if path.is_file() and "__pycache__" not in path.parts)
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}
