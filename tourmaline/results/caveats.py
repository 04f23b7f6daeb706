"""The caveats that a notebook published with its comparison of trials, as lines that a page or a lesson shows."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from tourmaline.results.display import DisplayedResult
from tourmaline.results.run import Run
from tourmaline.results.words import listed

PREFIX = "caveat_"
TITLE = "Before you compare"
SEPARATE = "- These are different trials: nobody was randomised between them."
FIRST = f"{PREFIX}masking"  # what an assessor asks first


def publish_caveats(run: Run, caveats: Mapping[str, tuple[str, str]]) -> DisplayedResult:
    """Publish the caveats of a comparison, so that pages and lessons can show them beside its figures; shows them line by line.

    Parameters
    ----------
    run : Run
        The run of a notebook that compares trials.
    caveats : mapping of str to (str, str)
        Label and words of each, by name: what `data.caveat_words` gives.
    """
    published = [
        run.value(
            f"{PREFIX}{name}",
            words,
            unit="text",
            origin="printed",
            source="data/evidence/designs.csv and results.csv",
            label=label,
        )
        for name, (label, words) in caveats.items()
    ]
    return DisplayedResult("\n".join(value.text for value in published))


def published_caveats(results: Path, notebook: str) -> dict[str, str]:
    """Name and label of each caveat that a notebook published; none of a notebook that compares no trials.

    Parameters
    ----------
    results : Path
        The folder of results.
    notebook : str
        Name of the notebook.
    """
    path = results / notebook / "values.json"
    values = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    names = sorted((name for name in values if name.startswith(PREFIX)), key=lambda name: (name != FIRST, name))
    return {name: values[name]["label"] for name in names}


def caveats_in_short(results: Path, notebook: str) -> str:
    """The same in two sentences, for a page that links to the table of differences."""
    labels = [
        label.partition(",")[0].removesuffix(" in months") for label in published_caveats(results, notebook).values()
    ]
    different = SEPARATE.removeprefix("- ")
    return f"{different} As far as the sources report it, they differ in {listed([label[0].lower() + label[1:] for label in labels])}."


def caveat_lines(results: Path, notebook: str) -> list[str]:
    """The caveats as items of a list in MyST Markdown, their words by role."""
    return [
        SEPARATE,
        *(
            f"- **{label}**: {{value}}`{notebook}/{name}`."
            for name, label in published_caveats(results, notebook).items()
        ),
    ]
