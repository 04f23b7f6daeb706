"""The sweeps that the book shows: brought up to date by the build, before the notebooks and pages that read them.

A sweep file with a line `publish:` is one. All of its runs are kept in _build/sweeps/<sweep>.sqlite; results/sweeps/<sweep>/ holds
what the book uses: runs.csv for a notebook, explorer.json and figures for the page on which a reader chooses.

Only the standard library is imported until there is something to do.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
import re
import shutil
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tourmaline import paths
from tourmaline.errors import SweepError
from tourmaline.pipeline import freshness
from tourmaline.pipeline.atomic_replace import atomic_replace
from tourmaline.pipeline.staging import staging

if TYPE_CHECKING:
    from tourmaline.pipeline.sweeps.definition import Sweep
    from tourmaline.pipeline.sweeps.running import Place, Summary
    from tourmaline.pipeline.sweeps.store import Outcome, Store

PUBLISHES = re.compile(r"^publish:", re.MULTILINE)
NO_PATIENTS = "Reconstructed: these are not patients' data."
SHAPED_BY = [Path(__file__), paths.ROOT / "tourmaline" / "results" / "formats.py"]  # what stands in the files


def sweep_files() -> list[Path]:
    """The sweep files of the book."""
    found = sorted((paths.ROOT / "scenarios").glob("*.yaml"))
    return [path for path in found if PUBLISHES.search(path.read_text(encoding="utf-8", errors="replace"))]


def _given(file: Path) -> dict[str, str]:
    return {"sweep": freshness.file_hash(file)}


def sweep_stale_because(file: Path) -> str:
    """Why what the book has of this sweep must be written again; an empty string if it is fresh.

    That need not mean that anything must be run: another default of a parameter changes no run.
    """
    folder = paths.SWEEPS / file.stem
    try:
        notebook = paths.ROOT / json.loads((folder / freshness.RECORD).read_text(encoding="utf-8"))["notebook"]
    except (OSError, ValueError, KeyError, TypeError):
        return "no result yet"
    return freshness.stale_because(notebook, _given(file), folder)


def remove_all_but(files: list[Path]) -> None:
    """Remove what killed builds left, and what is there of sweeps that the book has no more."""
    for lingering in paths.SWEEPS.glob("*"):
        if lingering.name not in {file.stem for file in files}:
            shutil.rmtree(lingering)


def bring_up_to_date(
    file: Path,
    place: AbstractContextManager[Place],
    limits: Mapping[str, int],
    announce: Callable[[str, int, int], None],
) -> Summary:
    """Run what the sweep lacks, and write what the book uses of it.

    Raises
    ------
    ParameterError
        For a wrong sweep file.
    SweepError
        If a run fails; names its cell and its parameters.
    """
    from tourmaline.pipeline.runner import Limits
    from tourmaline.pipeline.sweeps.definition import read_sweep
    from tourmaline.pipeline.sweeps.running import run_sweep
    from tourmaline.pipeline.sweeps.store import Store

    sweep = read_sweep(file, confirm=lambda size: False)
    database = paths.SWEEP_STORES / f"{sweep.name}.sqlite"
    summary = run_sweep(sweep, database, place=place, limits=Limits(**limits), retry_failed=True, announce=announce)
    with Store(database) as store:
        if summary.failed:
            cell, error, _, example = store.failures()[0]
            raise SweepError(
                f"{summary.failed} of {summary.runs} runs failed: {error}",
                where=f"{paths.relative(file)}, {sweep.notebook.stem}" + (f", cell {cell}" if cell else ""),
                remedy=f"For example with {example}",
            )
        _write(sweep, file, store)
    return summary


def _write(sweep: Sweep, file: Path, store: Store) -> None:
    paths.SWEEPS.mkdir(parents=True, exist_ok=True)
    outcomes = [store.run(run) for run in sweep.runs]
    with staging(paths.SWEEPS, f".{sweep.name}-") as folder:
        made = folder / "made"
        (made / "figures").mkdir(parents=True)
        (made / "runs.csv").write_text(_table(sweep, outcomes), encoding="utf-8", newline="\n")
        explorer = json.dumps(_explorer(sweep, outcomes, made / "figures"), ensure_ascii=False, indent=0)
        (made / "explorer.json").write_text(explorer + "\n", encoding="utf-8")
        records = store.records().values()
        inputs = {name for record in records for name in [*record["data"], *record["library"]]}
        record = freshness.record(sweep.notebook, _given(file), {}, [*inputs, *map(paths.relative, SHAPED_BY)], made)
        (made / freshness.RECORD).write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")
        atomic_replace(made, paths.SWEEPS / sweep.name)


def _published(sweep: Sweep, outcome: Outcome) -> dict[str, Mapping[str, Any]]:
    for name in sweep.publish:
        if name not in outcome.values:
            raise SweepError(
                f"the notebook {sweep.notebook.stem} publishes no value {name!r}",
                where=f"scenarios/{sweep.name}.yaml",
                remedy=f"It publishes {', '.join(outcome.values)}.",
            )
    return {name: outcome.values[name] for name in sweep.publish}


def _table(sweep: Sweep, outcomes: list[Outcome]) -> str:
    """One row a run: its parameters, and the published values with the ends of their intervals."""
    from tourmaline.parameters import as_words

    ends = ("value", "lower", "upper")
    names = [name if end == "value" else f"{name}.{end}" for name in sweep.publish for end in ends]
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([*sweep.runs[0], *names])
    for run, outcome in zip(sweep.runs, outcomes):
        values = _published(sweep, outcome).values()
        writer.writerow([*map(as_words, run.values()), *(value.get(end) for value in values for end in ends)])
    return text.getvalue()


def _explorer(sweep: Sweep, outcomes: list[Outcome], figures: Path) -> dict[str, Any]:
    """What a page needs: the choices, and of each run its values in words, its figure and its texts, each once."""
    from tourmaline.parameters import as_words, declared, validated
    from tourmaline.results.formats import shown_interval, shown_value

    if len(sweep.figures) != 1:
        raise SweepError(
            f"it keeps {len(sweep.figures)} figures",
            where=f"scenarios/{sweep.name}.yaml",
            remedy="A sweep of the book keeps one figure, which its page shows.",
        )
    known, defaults = declared(sweep.notebook), validated(sweep.notebook, {})
    options = {name: list(dict.fromkeys(as_words(run[name]) for run in sweep.runs)) for name in sweep.runs[0]}
    choices = [
        {"name": name, "help": known[name].help, "options": words, "default": as_words(defaults[name])}
        for name, words in options.items()
        if len(words) > 1
    ]
    fixed = {
        name: words[0] for name, words in options.items() if len(words) == 1 and words[0] != as_words(defaults[name])
    }
    texts: dict[str, int] = {}  # each once, by its number

    def text(words: str) -> int:
        return texts.setdefault(words, len(texts))

    runs = {}
    for run, outcome in zip(sweep.runs, outcomes):
        values = []
        for value in _published(sweep, outcome).values():
            shown = shown_value(value) + (f" ({shown_interval(value)})" if "level" in value else "")
            values.append([text(f"{value['label']} ({value['origin']})"), shown])
        figure = outcome.figures[sweep.figures[0]]
        key = hashlib.sha256(figure["svg"]).hexdigest()[:16]
        (figures / f"{key}.svg").write_bytes(figure["svg"])
        if figure["narrow"] is not None:
            (figures / f"{key}.narrow.svg").write_bytes(figure["narrow"])
        caption = figure["caption"] + (f" {NO_PATIENTS}" if figure["origin"] == "reconstructed" else "")
        place = "-".join(str(choice["options"].index(as_words(run[choice["name"]]))) for choice in choices)
        runs[place] = {"values": values, "figure": key, "alt": text(figure["alt"]), "caption": text(caption)}
    return {
        "title": sweep.title,
        "notebook": sweep.notebook.stem,
        "fixed": fixed,
        "choices": choices,
        "texts": list(texts),
        "runs": runs,
    }
