"""Every path of the project, found from this file and never from the working directory."""

from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]

DATA = ROOT / "data"  # transcribed facts, and what is known of them
REPORT = DATA / "report.toml"  # what the report is
PUBLIC = ROOT / "tourmaline" / "data" / "public"  # patient data that others published, on which methods are measured
NOTEBOOKS = ROOT / "notebooks"  # one question each
WORDS = NOTEBOOKS / "words"  # labels, captions and notes of what they publish
AUDIT_BASELINE = DATA / "audit_baseline.json"  # the verdicts that the audit must not fall behind
RESULTS = ROOT / "results"  # what the notebooks wrote: results/<notebook>/
SWEEPS = RESULTS / "sweeps"  # what the notebooks and pages of the book use of its sweeps: results/sweeps/<sweep>/
RUNS = ROOT / "runs"  # what `tourmaline run` and `tourmaline sweep` wrote, apart from the book
BENCHMARKS = ROOT / "benchmarks" / "results.json"  # the last measurement of speed
SEEDS = ROOT / "benchmarks" / "seeds.json"  # the last measurement of how far published numbers move with the seed
DRAWS = ROOT / "benchmarks" / "draws.json"  # the last measurement of what the draws of a reconstruction cost
LOCK = ROOT / "requirements.txt"  # the pinned dependencies
DECLARED_EDITIONS = ROOT / "editions.yaml"  # the editions: date, title, scenario
FROZEN_NOTE = ROOT / "edition.json"  # only in the sources of a frozen edition: commit, earlier editions, checksums
EDITIONS = ROOT / "editions"  # those that are frozen: <date>.tar.xz and its manifest <date>.json

BUILD = ROOT / "_build"  # everything else that is generated
BUSY = ROOT / "_build.lock"  # held while something generated is written; beside _build, which may be removed
WATCHER = ROOT / "_watch.lock"  # held by the one that builds again what changes
SITE = BUILD / "html"  # the published site
SWEEP_STORES = BUILD / "sweeps"  # every run of the book's sweeps
STATE = BUILD / "state"  # what the last build saw: hashes and timings


@dataclass(frozen=True)
class Variant:
    """Where one variant of the report lives: the main one, which has no name, or that of a scenario."""

    name: str = ""

    @property
    def folder(self) -> Path:
        return BUILD / "scenarios" / self.name if self.name else BUILD

    @property
    def source(self) -> Path:
        """Sphinx's source folder: the project, or links to its pages beside the scenario's own results."""
        return self.folder / "source" if self.name else ROOT

    @property
    def results(self) -> Path:
        return self.source / "results"

    @property
    def site(self) -> Path:
        return self.folder / "html"

    @property
    def site_work(self) -> Path:
        """Sphinx's own output, kept for incremental builds."""
        return self.folder / "work"

    @property
    def state(self) -> Path:
        return self.folder / "state"

    @property
    def editions(self) -> Path:
        """What the pages say of editions: this one, the frozen ones, and what changed between them."""
        return self.state / "editions.json"

    @property
    def causes(self) -> Path:
        """What moved the results since a frozen edition, if it was asked for."""
        return self.state / "causes.json"


def variant_of(source: Path) -> Variant:
    """The variant whose pages stand in a source folder of Sphinx."""
    return Variant() if source == ROOT else Variant(source.parent.name)


def relative(path: Path) -> str:
    """`path` as seen from the project's root, with forward slashes; unchanged if it lies elsewhere."""
    path = Path(path)
    return path.relative_to(ROOT).as_posix() if path.is_relative_to(ROOT) else str(path)
