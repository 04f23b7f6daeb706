"""Does the published site show what its sources would give? By content, like the results."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from tourmaline import paths
from tourmaline.edition import edition
from tourmaline.pipeline import freshness

# What shapes every page; if any of it changes, the site is built from nothing.
SHAPE = ("_config.yml", "_toc.yml")
STAMP = "site.json"


def shape(variant: paths.Variant) -> dict[str, str]:
    """Hashes of what shapes every page."""
    files = freshness.tree(paths.ROOT / "tourmaline" / "sphinx_ext", "*.py")
    files += freshness.tree(paths.ROOT / "tourmaline" / "lessons", "*.py")
    files += freshness.tree(paths.ROOT / "book" / "static")
    files += [paths.ROOT / "tourmaline" / "results" / name for name in ("caveats.py", "formats.py")] + [paths.LOCK]
    return {
        **freshness.hashes(files, paths.ROOT),
        **freshness.hashes([variant.source / name for name in SHAPE], variant.source),
    }


def content(variant: paths.Variant) -> dict[str, str]:
    """Hashes of what stands on the pages and can be downloaded from them."""
    files = [paths.ROOT / "index.md", *freshness.tree(paths.ROOT / "book", "*.md"), *freshness.tree(paths.DATA)]
    files += [paths.ROOT / "CITATION.cff", paths.BENCHMARKS, *paths.EDITIONS.glob("*.json")]
    files += freshness.tree(paths.ROOT / "tourmaline" / "pipeline" / "finishing", "*.py")
    files += freshness.tree(paths.SWEEPS, "explorer.json")  # a variant has them behind a link
    return {
        **freshness.hashes(files, paths.ROOT),
        **freshness.hashes(freshness.tree(variant.results), variant.source),
        "edition": str(edition()),
    }


def _published(variant: paths.Variant) -> str:
    """One hash of all that is published, so that a damaged site is built again; of sealed editions, the sizes of their files."""
    sealed = variant.site / "editions"
    found = freshness.tree(variant.site)
    files = freshness.hashes([path for path in found if not path.is_relative_to(sealed)], variant.site)
    files |= {str(path): str(path.stat().st_size) for path in found if path.is_relative_to(sealed)}
    return hashlib.sha256(json.dumps(files).encode()).hexdigest()


def last_stamp(variant: paths.Variant) -> dict[str, Any]:
    """What the last build saw; empty if there was none."""
    try:
        stamp = json.loads((variant.state / STAMP).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return stamp if isinstance(stamp, dict) else {}


def site_is_stale(variant: paths.Variant) -> bool:
    """Whether the published site differs from what its sources would give."""
    stamp = last_stamp(variant)
    return (
        not variant.site.exists()
        or stamp.get("shape") != shape(variant)
        or stamp.get("content") != content(variant)
        or stamp.get("site") != _published(variant)
    )


def write_stamp(variant: paths.Variant, shape: dict[str, str], content: dict[str, str]) -> None:
    """Note what the published site was built from."""
    stamp = {"shape": shape, "content": content, "site": _published(variant)}
    (variant.state / STAMP).write_text(json.dumps(stamp), encoding="utf-8")
