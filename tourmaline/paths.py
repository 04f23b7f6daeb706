"""Every path of the project, found from this file and never from the working directory."""

from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]

DATA = ROOT / "data"  # transcribed facts, never written by a program
NOTEBOOKS = ROOT / "notebooks"  # one question each
AUDIT_BASELINE = ROOT / "tourmaline" / "audit" / "baseline.json"  # the verdicts that the audit must not fall behind
RESULTS = ROOT / "results"  # what the notebooks wrote: results/<notebook>/
RUNS = ROOT / "runs"  # what `tourmaline run` wrote, apart from the book
LOCK = ROOT / "requirements.txt"  # the pinned dependencies

BUILD = ROOT / "_build"  # everything else that is generated
SITE = BUILD / "html"  # the published site
SITE_WORK = BUILD / "work"  # Sphinx's own output, kept for incremental builds
STATE = BUILD / "state"  # what the last build saw: hashes and timings


def relative(path: Path) -> str:
    """`path` as seen from the project's root, with forward slashes; unchanged if it lies elsewhere."""
    path = Path(path)
    return path.relative_to(ROOT).as_posix() if path.is_relative_to(ROOT) else str(path)
