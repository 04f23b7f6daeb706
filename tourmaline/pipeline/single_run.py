"""One run of one notebook beside the book: a folder of its own, complete in itself."""

from __future__ import annotations

import hashlib
import itertools
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from nbconvert import HTMLExporter
from traitlets.config import Config

from tourmaline import parameters, paths
from tourmaline.errors import ParameterError
from tourmaline.pipeline import freshness
from tourmaline.pipeline.notebooks import find_notebook
from tourmaline.pipeline.run_card import RunCard, card_of
from tourmaline.pipeline.runner import Limits, run_notebook

# nbconvert's pages fetch these from other hosts unless they are told not to.
_SCRIPTS = (
    "mathjax_url",
    "require_js_url",
    "jquery_url",
    "mermaid_js_url",
    "jupyter_widgets_base_url",
    "html_manager_semver_range",
)
_PAGE = Path(__file__).with_name("run_page.html.j2")
_CSP = "default-src 'none'; img-src data:; style-src 'unsafe-inline'; font-src data:"


def _write_html(notebook: Path, card: RunCard) -> None:
    exporter = HTMLExporter(
        raw_template=_PAGE.read_text(encoding="utf-8"),
        config=Config(
            {"HTMLExporter": {**dict.fromkeys(_SCRIPTS, ""), "embed_images": True, "exclude_anchor_links": True}}
        ),
    )
    body, _ = exporter.from_filename(str(notebook), resources={"card": card})
    policy = f'<meta http-equiv="Content-Security-Policy" content="{_CSP}">'
    notebook.with_suffix(".html").write_text(body.replace("<head>", f"<head>{policy}", 1), encoding="utf-8")


def default_folder(notebook: Path, changed: Mapping[str, Any]) -> Path:
    """The folder of a run under runs/: the notebook's name and a hash of its parameters.

    It is that of an earlier run only if the run would be the same; after a change of data or code, it has a number behind it.

    Parameters
    ----------
    notebook : Path
        The notebook's source.
    changed : mapping of str to object
        The parameters that differ from their defaults.
    """
    digest = hashlib.sha256(json.dumps(dict(changed), sort_keys=True).encode()).hexdigest()[:10]
    folder = paths.RUNS / f"{notebook.stem}-{digest}"
    numbered = (folder.with_name(f"{folder.name}-{number}") for number in itertools.count(2))
    return next(
        place
        for place in itertools.chain([folder], numbered)
        if not place.exists() or not freshness.stale_because(notebook, changed, place)
    )


def _refuse_loss(folder: Path, notebook: Path, values: Mapping[str, Any]) -> None:
    """Refuse a folder that holds what a run of `notebook` with these parameters would delete, other than its own earlier files."""
    if not folder.exists() or not any(folder.iterdir()):
        return
    remedy = "Choose an empty or a new folder."
    try:
        record = json.loads((folder / freshness.RECORD).read_text(encoding="utf-8"))
        ran, had, written = Path(record["notebook"]).stem, dict(record["parameters"]), dict(record["outputs"])
    except (OSError, ValueError, KeyError, TypeError):
        raise ParameterError(f"{folder} holds something else than a run", remedy=remedy) from None
    if ran != notebook.stem:
        raise ParameterError(f"{folder} holds a run of {ran}, which would be lost", remedy=remedy)
    given = freshness.as_written(values)
    if others := sorted(name for name in given.keys() | had.keys() if given.get(name) != had.get(name)):
        what = f"{folder} holds a run with other parameters ({', '.join(others)}), which would be lost"
        raise ParameterError(what, remedy=remedy)
    files = (path for path in freshness.tree(folder) if path != folder / freshness.RECORD)
    for name, content in freshness.hashes(files, folder).items():
        if written.get(name) != content:
            raise ParameterError(
                f"{name} was added or changed since the run was made, and would be lost",
                where=str(folder),
                remedy="Choose a new folder, or move the file away.",
            )


def run_once(
    name: str, given: Mapping[str, str], output: Path | None, *, limits: Limits
) -> tuple[Path, float, RunCard]:
    """Run the notebook `name` with parameters, into `output` or a folder under runs/.

    Returns
    -------
    Path
        The folder: executed notebook, its HTML, values.json, tables/, figures/, run.json.
    float
        Seconds it took.
    RunCard
        Its values beside the book's.

    Raises
    ------
    ParameterError
        For a wrong notebook or parameter, or for a folder with anything else than the same run, made before.
    NotebookError
        If the run fails; a folder of an earlier run stays as it was.
    """
    notebook = find_notebook(name)
    values = parameters.validated(notebook, given)
    defaults = parameters.validated(notebook, {})
    changed = {name: value for name, value in values.items() if value != defaults[name]}
    folder = (output or default_folder(notebook, changed)).resolve()
    if folder.is_relative_to(paths.RESULTS) or folder == paths.ROOT or paths.ROOT.is_relative_to(folder):
        raise ParameterError(
            f"a run must not write to {folder}", remedy="Choose a folder outside results/, for example under runs/."
        )
    _refuse_loss(folder, notebook, values)
    cards: list[RunCard] = []

    def finish(executed: Path) -> None:
        cards.append(card_of(notebook, values, executed.parent))
        _write_html(executed, cards[0])

    seconds = run_notebook(notebook, changed, folder, limits=limits, finish=finish).seconds
    return folder, seconds, cards[0]
