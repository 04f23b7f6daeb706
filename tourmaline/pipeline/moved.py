"""What a build moved: the published values, verdicts and sentences that differ from those of the build before, and why."""

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
NOT_COMPARED = shutil.ignore_patterns("sweeps", "*.ipynb", "*.html", "*.png")


def _remember(variant: paths.Variant, place: Path) -> None:
    with staging(variant.state, ".last-") as folder:
        kept = folder / "last"
        shutil.copytree(variant.results, kept / "results", ignore=NOT_COMPARED)
        shutil.copytree(paths.DATA, kept / "data")
        atomic_replace(kept, place)


def what_moved(variant: paths.Variant) -> dict[str, Any] | None:
    """Compare the results with those of the last build that published them, and remember them for the next.

    Returns
    -------
    dict or None
        As `changes_between`, which is also written into changes.json of the variant's folder; None after a first build.
    """
    place, found = variant.state / "last", None
    if place.exists():
        last, now = place, variant.results
        found = changes_between(
            Snapshot("", "the build before", last / "results", last / "data"), Snapshot("", "", now, paths.DATA)
        )
        text = json.dumps(found, ensure_ascii=False, indent=1, sort_keys=True) + "\n"
        (variant.folder / CHANGES).write_text(text, encoding="utf-8")
    _remember(variant, place)
    return found


def _counted(number: int, one: str, did: str) -> list[str]:
    """'1 value moved', '2 values moved'; nothing for none."""
    return [f"{number:,} {one}{'' if number == 1 else 's'} {did}"] if number else []


def in_words(changes: dict[str, Any]) -> Sequence[str]:
    """What moved, in lines for a terminal: the counts, then the changes that matter first with their reasons.

    Examples
    --------
    >>> in_words({"counts": {"values": 0, "verdicts": 0}, "data": [], "notebooks": {}, "foremost": []})
    ['No published value reads differently than after the build before.']
    """
    values = [value for found in changes["notebooks"].values() for value in found["values"]]
    sentences = [value for value in values if not value["moved"] and value["difference"] not in ("new", "gone")]
    added = [value for value in values if value["difference"] in ("new", "gone")]
    told = [
        *_counted(len(values) - len(sentences) - len(added), "value", "moved"),
        *_counted(changes["counts"]["verdicts"], "verdict", "turned"),
        *_counted(len(sentences), "sentence or interval", "read differently"),
        *_counted(len(added), "value", "came or went"),
    ]
    if not told:
        return ["No published value reads differently than after the build before."]
    rows = _counted(len({(row["file"], row["row"]) for row in changes["data"]}), "data row", "changed")
    lines = [f"Against the build before: {', '.join(rows + told)}."]
    for one in changes["foremost"]:
        size = f" ({one['difference']})" if one["difference"] else ""
        lines.append(
            f"  {one['notebook']}: {one['what']}: {one['old']} -> {one['new']}{size}, because: {one['reason']}"
        )
    return lines
