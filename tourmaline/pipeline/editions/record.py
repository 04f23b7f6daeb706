"""What the pages say of editions: which one this is, which are frozen, and what changed from each to the next."""

from __future__ import annotations

import itertools
import json
from typing import Any

from tourmaline import paths
from tourmaline.edition import Edition
from tourmaline.pipeline.editions.archive import stored_elsewhere
from tourmaline.pipeline.editions.changes import Snapshot, changes_between, name_causes
from tourmaline.pipeline.editions.known_causes import known_causes, state_of
from tourmaline.pipeline.editions.registry import frozen_editions
from tourmaline.pipeline.finishing.kept import Kept
from tourmaline.pipeline.settings import repository


def _changes(old: Snapshot, new: Snapshot, kept: Kept, *state: str) -> dict[str, Any]:
    """What changed between two snapshots; `state` tells apart what their files hold."""
    made_of = (old.date, old.title, new.date, new.title, *state)
    return json.loads(kept.make("comparison", made_of, lambda: json.dumps(changes_between(old, new)).encode()))


def write_record(variant: paths.Variant, edition: Edition, kept: Kept) -> dict[str, Any]:
    """Write the record that the pages of a variant read, if it differs from what stands there; returns it.

    It holds edition (what is being built), repository, frozen (the editions before it), since (what changed since the
    last of them; None if there is none) and changes (from each frozen edition to the next, the newest first).

    Parameters
    ----------
    variant : Variant
        Whose pages.
    edition : Edition
        What identifies it.
    kept : Kept
        What was compared in the build before.
    """
    frozen = frozen_editions(before=edition.date)
    snapshots = [one.snapshot() for one in frozen]
    here = Snapshot(edition.date, edition.title, variant.results, paths.DATA)
    state = state_of(variant)
    since, changes = None, []
    if frozen:
        moved_by = known_causes(variant.causes, frozen[-1], state)
        since = name_causes(_changes(snapshots[-1], here, kept, frozen[-1].checksum, state), moved_by)
    for (old, before), (new, after) in itertools.pairwise(zip(frozen, snapshots)):
        moved_by = known_causes(after.results.with_name(variant.causes.name), old)
        changes.append(name_causes(_changes(before, after, kept, old.checksum, new.checksum), moved_by))
    record = {
        "edition": {**vars(edition), "name": edition.name, "words": str(edition), "citation": edition.citation},
        "repository": repository(),
        "frozen": [
            {
                **one.manifest["edition"],
                "archive": one.manifest["archive"],
                "completed_by": list(stored_elsewhere(one.manifest["files"])),
            }
            for one in frozen
        ],
        "since": since,
        "changes": changes[::-1],
    }
    text = json.dumps(record, ensure_ascii=False, sort_keys=True)
    place = variant.editions
    place.parent.mkdir(parents=True, exist_ok=True)
    if not place.exists() or place.read_text(encoding="utf-8") != text:  # its time tells Sphinx what to read again
        place.write_text(text, encoding="utf-8")
    return record
