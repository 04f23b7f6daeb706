"""The results of a run beside those of the edition: what is the same, and what the other parameters changed."""

from __future__ import annotations

import base64
import csv
import json
from pathlib import Path
from typing import Any

from tourmaline.results.formats import shown_interval, shown_value, table_html


def _json(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


def _named(folder: Path, kind: str) -> dict[str, Any]:
    """The descriptions of tables or figures, by name."""
    return {path.stem: _json(path) for path in sorted(folder.glob(f"{kind}/*.json"))}


def _in_words(record: dict[str, Any] | None) -> str | None:
    """A value with its interval, as pages show it."""
    if record is None:
        return None
    return shown_value(record) + (f" ({shown_interval(record)})" if "level" in record else "")


def _values(run: Path, edition: Path) -> list[dict[str, Any]]:
    here, there = (
        _json(folder / "values.json") if (folder / "values.json").exists() else {} for folder in (run, edition)
    )
    found = []
    for name in dict.fromkeys([*here, *there]):
        record = here.get(name) or there[name]
        words = {"run": _in_words(here.get(name)), "edition": _in_words(there.get(name))}
        about = {"name": name, "label": record["label"], "origin": record["origin"]}
        found.append({**about, **words, "changed": words["run"] != words["edition"]})
    return found


def _table(folder: Path, name: str, layout: dict[str, Any] | None) -> tuple[list[list[str]], str] | None:
    if layout is None:
        return None
    with (folder / "tables" / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        columns, *rows = list(csv.reader(file))
    plain = {**layout, "row_ids": [], "filters": []}  # the anchors are those of the published table
    return [columns, *rows], table_html(columns, rows, plain)


def _tables(run: Path, edition: Path) -> list[dict[str, Any]]:
    here, there = _named(run, "tables"), _named(edition, "tables")
    found = []
    for name in dict.fromkeys([*here, *there]):
        tables = [_table(folder, name, layouts.get(name)) for folder, layouts in ((run, here), (edition, there))]
        shown = [table and table[1] for table in tables]
        about = {"name": name, "caption": (here.get(name) or there[name])["caption"]}
        found.append({**about, "run": shown[0], "edition": shown[1], "changed": shown[0] != shown[1]})
    return found


def _picture(folder: Path, name: str) -> str | None:
    path = folder / "figures" / f"{name}.svg"
    return base64.b64encode(path.read_bytes()).decode() if path.exists() else None


def _figures(run: Path, edition: Path) -> list[dict[str, Any]]:
    """Whether a figure changed is read from its words, which hold its numbers: another version of matplotlib draws other bytes."""
    here, there = _named(run, "figures"), _named(edition, "figures")
    found = []
    for name in dict.fromkeys([*here, *there]):
        words = [
            {key: about[key] for key in ("caption", "alt")} if about else None
            for about in (here.get(name), there.get(name))
        ]
        pictures = {"run": _picture(run, name), "edition": _picture(edition, name)}
        found.append({"name": name, "words": words, **pictures, "changed": words[0] != words[1]})
    return found


def compared(run: Path, edition: Path) -> dict[str, list[dict[str, Any]]]:
    """Every value, table and figure of a run, with that of the edition beside it; None where one of them has it not.

    Parameters
    ----------
    run : Path
        The folder of the run's results.
    edition : Path
        The folder of the results of the same notebook in the edition.
    """
    return {"values": _values(run, edition), "tables": _tables(run, edition), "figures": _figures(run, edition)}
