"""What a build changed: the published values, verdicts and sentences that differ from the previous build, and why."""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tourmaline import paths
from tourmaline.pipeline.atomic_replace import atomic_replace
from tourmaline.pipeline.editions.changes import Snapshot, changes_between
from tourmaline.pipeline.staging import staging

CHANGES = "changes.json"  # in the folder of the variant
ROWS_SHOWN = 10  # of the data, in a terminal
NOT_COMPARED = shutil.ignore_patterns("sweeps", "*.ipynb", "*.html", "*.png")


def _remember(variant: paths.Variant, place: Path) -> None:
    with staging(variant.state, ".last-") as folder:
        kept = folder / "last"
        shutil.copytree(variant.results, kept / "results", ignore=NOT_COMPARED)
        shutil.copytree(paths.DATA, kept / "data")
        atomic_replace(kept, place)


def what_moved(variant: paths.Variant) -> dict[str, Any] | None:
    """Compare the results with those of the previous build, and keep them for the next comparison.

    Returns
    -------
    dict or None
        As `changes_between`, which is also written into changes.json of the variant's folder; None after a first build.
    """
    last, found = variant.state / "last", None
    if last.exists():
        before = Snapshot("", "the previous build", last / "results", last / "data")
        found = changes_between(before, Snapshot("", "", variant.results, paths.DATA))
        text = json.dumps(found, ensure_ascii=False, indent=1, sort_keys=True) + "\n"
        (variant.folder / CHANGES).write_text(text, encoding="utf-8")
    _remember(variant, last)
    return found


def _counted(number: int, one: str, did: str) -> list[str]:
    """'1 value changed', '2 values changed'; an empty list for 0."""
    return [f"{number:,} {one}{'' if number == 1 else 's'} {did}"] if number else []


def moved_in_words(changes: dict[str, Any]) -> Sequence[str]:
    """The changes in lines for a terminal: the counts, then the changes that matter most, with their reasons.

    Examples
    --------
    >>> old = {"title": "the previous build"}
    >>> moved_in_words({"old": old, "counts": {"values": 0, "verdicts": 0}, "data": [], "notebooks": {}, "foremost": []})
    ['No published value differs from the previous build.']
    """
    before = changes["old"]["title"]
    values = [value for found in changes["notebooks"].values() for value in found["values"]]
    sentences = [value for value in values if not value["moved"] and value["difference"] not in ("new", "gone")]
    added = [value for value in values if value["difference"] in ("new", "gone")]
    told = [
        *_counted(len(values) - len(sentences) - len(added), "value", "changed"),
        *_counted(changes["counts"]["verdicts"], "verdict", "changed"),
        *_counted(len(sentences), "text or interval", "changed"),
        *_counted(len(added), "value", "added or removed"),
    ]
    if not told:
        return [f"No published value differs from {before}."]
    rows = _counted(len({(row["file"], row["row"]) for row in changes["data"]}), "data row", "changed")
    lines = [f"Compared with {before}: {', '.join(rows + told)}."]
    lines += [f"  {line}" for line in changes["by_cause"]]
    if why := changes.get("untold"):
        lines.append(f"  What the data moved cannot be told from what the code moved: {why}")
    for row in changes["data"][:ROWS_SHOWN]:
        what = f"{row['column']} {row['old']} -> {row['new']}" if row["what"] == "changed" else row["what"]
        lines.append(f"  {row['id']} data/{row['file']}, {row['row']}: {what}")
    if len(changes["data"]) > ROWS_SHOWN:
        lines.append(f"  and {len(changes['data']) - ROWS_SHOWN} more cells or rows of data")
    for one in changes["foremost"]:
        size = f" ({one['difference']})" if one["difference"] else ""
        lines.append(
            f"  {one['notebook']}: {one['what']}: {one['old']} -> {one['new']}{size}, because: {one['reason']}"
        )
    return lines
