"""Find the notebooks."""

from __future__ import annotations

import re
import sys
from pathlib import Path

from tourmaline import old_names, paths
from tourmaline.errors import ParameterError, nearest

ORDER = re.compile(r"\d+_")


def all_notebooks() -> list[Path]:
    """All notebooks of the report, in the order of their file names."""
    return sorted(paths.NOTEBOOKS.glob("*.ipynb"))


def find_notebook(word: str) -> Path:
    """The notebook that `word` names: with or without folder, number and ending, or by its name in an earlier edition.

    Raises
    ------
    ParameterError
        If there is none; names the nearest one.

    Examples
    --------
    >>> find_notebook("cross_trial").name
    'cross_trial.ipynb'
    """
    known = {ORDER.sub("", path.stem): path for path in all_notebooks()}
    name = ORDER.sub("", Path(word).name.removesuffix(".ipynb"))
    if name not in known and name in old_names.OLD_NOTEBOOKS:
        new = old_names.OLD_NOTEBOOKS[name]
        print(old_names.notice("notebook", name, new), file=sys.stderr)
        return known[new]
    if name not in known:
        raise ParameterError(
            f"there is no notebook {word!r}", remedy=f"{nearest(name, known)} Notebooks: {', '.join(known)}.".strip()
        )
    return known[name]
