"""What is known of the causes of changes since a frozen edition (`pipeline/causes.py` finds them), for the pages."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

from tourmaline import paths
from tourmaline.pipeline import freshness
from tourmaline.pipeline.editions.registry import FrozenEdition

# code, data: the keys of the values and verdicts that each moved; untold: of what that is not known, and why.
MovedBy = dict[str, list[str] | str]


def state_of(variant: paths.Variant) -> str:
    """A checksum of the results of a variant and of the data."""
    files = [*freshness.tree(variant.results), *freshness.tree(paths.DATA)]
    text = json.dumps({paths.relative(path): freshness.file_hash(path) for path in files})
    return hashlib.sha256(text.encode()).hexdigest()


def keep_causes(place: Path, old: FrozenEdition, moved_by: MovedBy, state: str = "") -> Path:
    """Keep in a file what moved results since an edition; `state` as of `state_of`, '' for a frozen edition. Returns the file."""
    kept = {"old": old.checksum, "new": state, "moved_by": moved_by}
    place.parent.mkdir(parents=True, exist_ok=True)
    written = place.with_suffix(".new")
    written.write_text(json.dumps(kept, indent=1, sort_keys=True) + "\n", encoding="utf-8")
    return written.replace(place)


def known_causes(place: Path, old: FrozenEdition, state: str = "") -> MovedBy:
    """What is known of the causes; empty where it is of another edition, or of other results.

    Parameters
    ----------
    place : Path
        A file that `keep_causes` wrote, or none.
    old : FrozenEdition
        The edition with which was compared.
    state : str
        As `state_of`; '' for a frozen edition, which does not change.
    """
    if not place.exists():
        return {}
    kept = json.loads(place.read_text(encoding="utf-8"))
    if kept["old"] != old.checksum or kept["new"] != state:
        return {}
    return kept["moved_by"]
