"""One run of a notebook: its checked parameters, what it read, and what it publishes.

Where the results go is said by the environment variable TOURMALINE_RESULTS, which the runner sets to a staging folder.
Without it (plain papermill, JupyterLab) nothing is written: values, tables and figures show in the notebook alone, and
the book's results stay as they are.
"""

from __future__ import annotations

import ast
import csv
import html
import io
import json
import math
import os
import re
import sys
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tourmaline import old_names, parameters, paths
from tourmaline.digits import earned_decimals
from tourmaline.errors import ResultError, nearest
from tourmaline.estimate import Estimate
from tourmaline.results.display import DisplayedFigure, DisplayedResult, images_of
from tourmaline.results.formats import ORIGINS, TEXT_UNITS, UNITS, rounded, shown_interval, shown_value, table_html
from tourmaline.results.inputs import inputs_so_far
from tourmaline.results.words import DECIMALS, Words, vocabulary, word

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

RESULTS_VARIABLE = "TOURMALINE_RESULTS"
FIGURES_VARIABLE = "TOURMALINE_FIGURES"  # the figures to draw, between commas; without it all are
INJECTED = "# Parameters"  # the first line of the cell that papermill adds below that of the parameters
NAME = re.compile(r"[a-z][a-z0-9_]*")
PARTS = "value", "lower", "upper"  # of an estimate
REQUIRED = {
    "values": ("label", "unit"),
    "tables": ("caption",),
    "figures": ("caption", "alt"),
    "files": ("caption", "header"),
}


def _decimals(said: Mapping[str, Any], value: float | str) -> int:
    """The decimals that the words of a value ask for; a parameter, which is known exactly, is shown as it was given."""
    decimals = said.get("decimals", DECIMALS.get(said["unit"], 0))
    if isinstance(value, float) and math.isfinite(value) and re.fullmatch(r"parameter \w+", said["source"]):
        decimals = max(decimals, -Decimal(str(rounded(value))).normalize().as_tuple().exponent)
    return decimals


def _cell_number() -> int | None:
    """The running cell's execution count, by which a page links to it; None outside IPython."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython else None
    # IPython 9 counts on before the cell runs, older ones after it; the prompt is that of the running cell in both.
    return shell.displayhook.prompt_count if shell else None


class Run:
    """What one run of a notebook publishes; made by `start`."""

    def __init__(self, notebook: str, values: Mapping[str, Any], folder: Path | None) -> None:
        self.notebook, self.parameters, self.folder = notebook, dict(values), folder
        self._values: dict[str, dict[str, Any]] = {}
        self._names: set[str] = set()
        self._files: dict[str, str] = {}  # published files, and their captions
        self._all_words = Words(paths.WORDS / f"{notebook}.yml")
        self.fields: dict[str, Any] = {name: word(name, value) for name, value in values.items()}
        if "confidence_level" in values:
            self.fields["level"] = f"{100 * values['confidence_level']:g}%"
        self._record_inputs()

    def _claim_name(self, name: str, origin: str) -> None:
        if not NAME.fullmatch(name):
            raise ResultError(
                f"{name!r} is not a name for a result",
                where=self.notebook,
                remedy="Use lower-case letters, digits and _.",
            )
        if name in self._names:
            raise ResultError(
                f"{name!r} is published twice", where=self.notebook, remedy="Give each result a name of its own."
            )
        if origin not in ORIGINS:
            raise ResultError(
                f"{name!r} has the origin {origin!r}", where=self.notebook, remedy=f"Use one of {', '.join(ORIGINS)}."
            )
        self._names.add(name)

    def _write(self, place: str, content: str | bytes) -> None:
        if self.folder is None:
            return
        path = self.folder / place
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode("utf-8") if isinstance(content, str) else content)
        self._record_inputs()

    def _write_json(self, place: str, content: Mapping[str, Any]) -> None:
        self._write(place, json.dumps(content, ensure_ascii=False, indent=1, sort_keys=True) + "\n")

    def _record_inputs(self) -> None:
        """Tell the runner which data files were read and which of our modules are imported."""
        if self.folder is None:
            return
        self.folder.mkdir(parents=True, exist_ok=True)
        (self.folder / "inputs.json").write_text(json.dumps(inputs_so_far()), encoding="utf-8")

    def _words(
        self, kind: str, name: str, given: Mapping[str, Any], fields: Mapping[str, Any]
    ) -> tuple[str, dict[str, Any]]:
        """The full name of a result, and what its words say of it; what the notebook gives itself counts more."""
        known = self.fields | {field: word(field, value) for field, value in fields.items()}
        said = self._all_words.of(kind, name, known) | {key: value for key, value in given.items() if value is not None}
        for due in ("origin", "source", *REQUIRED[kind]):
            if due not in said:
                raise ResultError(
                    f"{name!r} has no {due}",
                    where=self.notebook,
                    remedy=f"Write it into {self._all_words.where}, under {kind}: {name}:.",
                )
        return self._all_words.name(name, known), said

    def text(self, field: str, **fields: Any) -> str:
        """A text that the words hold among their `fields`, filled in: a verdict, or a name that several results share."""
        return self._all_words.text(field, self.fields | fields)

    def value(
        self,
        name: str,
        value: Estimate | float | int | str,
        *,
        unit: str | None = None,
        origin: str | None = None,
        source: str | None = None,
        label: str | None = None,
        decimals: int | None = None,
        lower: float | None = None,
        upper: float | None = None,
        level: float | None = None,
        claim: str | None = None,
        monte_carlo_error: float | Sequence[float] | None = None,
        **fields: Any,
    ) -> DisplayedResult:
        """Publish one number (or one word or date), with its interval.

        Unit, origin, source, label and decimals stand in the notebook's words (`notebooks/words`), unless they are given here.

        Parameters
        ----------
        name : str
            Key by which pages name it. Fields in braces are filled in: `median_{arm}` with arm="Placebo" is median_placebo.
        value : Estimate, float, int or str
            The value, an `Estimate` with its interval; nan is published as absent. A number that a source reports is given with its
            digits, as text or by `Estimate.as_reported`, and is shown with them.
        unit : str, optional
            One of `formats.UNITS`.
        origin : str, optional
            printed, recomputed, reconstructed or assumed.
        source : str, optional
            What it comes from, in words a reader understands.
        label : str, optional
            What it is, in words.
        decimals : int, optional
            Decimals to show, at most: fewer where the Monte Carlo error does not allow them.
        lower, upper, level : float, optional
            Interval in the unit of the value, and its level (a fraction).
        claim : str, optional
            Id of the paper's reported number that it is; pages link it to that row of the audit.
        monte_carlo_error : float or sequence of float, optional
            Of a value that comes from random draws: its Monte Carlo standard error, or those of the value and of its limits, of
            which the largest counts. In the unit of the value; nan where it is not known.
        **fields
            For the words and the name.

        Raises
        ------
        ResultError
            For a name that is none or stands already, words that are missing, an unknown unit or origin, half an interval, or
            a claim of what is not reported.
        """
        given = {"unit": unit, "origin": origin, "source": source, "label": label, "decimals": decimals}
        name, said = self._words("values", name, given, fields)
        unit, origin = said["unit"], said["origin"]
        self._claim_name(name, origin)
        if unit not in UNITS:
            raise ResultError(
                f"{name!r} has the unit {unit!r}", where=self.notebook, remedy=f"Use one of {', '.join(UNITS)}."
            )
        if isinstance(value, str) and origin == "printed" and unit not in TEXT_UNITS:
            with suppress(ValueError):  # a text that is not a number is refused below
                value = Estimate.as_reported(value)
        reported: dict[str, str] = {}
        if isinstance(value, Estimate):
            reported = {part: digits for part, digits in zip(PARTS, value.digits) if digits}
            value, lower, upper, level = value.value, value.lower, value.upper, value.level
        if isinstance(value, str) != (unit in TEXT_UNITS):
            raise ResultError(
                f"{name!r} is {value!r}, in {unit}",
                where=self.notebook,
                remedy="Text has the unit text or date, a number another.",
            )
        if claim and origin != "printed":
            raise ResultError(
                f"{name!r} is {origin}, and yet the claim {claim!r} of the paper",
                where=self.notebook,
                remedy="Only a reported value is a claim of the paper.",
            )
        if len({lower is None, upper is None, level is None}) > 1:
            raise ResultError(
                f"{name!r} has half an interval", where=self.notebook, remedy="Give lower, upper and level together."
            )
        error = (
            None
            if monte_carlo_error is None
            else float(max(monte_carlo_error))
            if isinstance(monte_carlo_error, Sequence)
            else float(monte_carlo_error)
        )
        record = {
            "value": rounded(value),
            "unit": unit,
            "origin": origin,
            "source": said["source"],
            "label": said["label"],
            "decimals": earned_decimals(_decimals(said, value), error),
            "cell": _cell_number(),
        }
        if error is not None:
            record["monte_carlo_error"] = rounded(error)
        if level is not None:
            record |= {"lower": rounded(lower), "upper": rounded(upper), "level": rounded(level)}
        if reported:
            record["reported"] = reported
        if claim:
            record["claim"] = claim
        self._values[name] = record
        self._write_json("values.json", self._values)
        text = shown_value(record) + (f" ({shown_interval(record)})" if level is not None else "")
        return DisplayedResult(f"{said['label']}: {text} [{origin}]")

    def values(self, **named: Estimate | float | int | str) -> DisplayedResult:
        """Publish several values whose words are complete; shows them line by line."""
        return DisplayedResult("\n".join(self.value(name, value).text for name, value in named.items()))

    def table(
        self,
        name: str,
        frame: pd.DataFrame,
        *,
        caption: str | None = None,
        origin: str | None = None,
        source: str | None = None,
        decimals: Mapping[str, int] | None = None,
        numeric: Sequence[str] | None = None,
        headings: Sequence[bool] = (),
        indents: Sequence[int] = (),
        notes: Sequence[str] = (),
        row_ids: Sequence[str] = (),
        filters: Sequence[str] | None = None,
        **fields: Any,
    ) -> DisplayedResult:
        """Publish a table: its cells as CSV, its layout and caption beside it.

        Parameters
        ----------
        name : str
            Key by which pages name it.
        frame : DataFrame
            The cells; the first column labels the rows. Columns that the words name get their headings, and those that the
            vocabulary knows its words.
        caption, origin, source : str, optional
            As for a value; the caption says what the table shows.
        decimals : mapping of str to int, optional
            Decimals to show in the columns that hold numbers, by heading.
        numeric : sequence of str, optional
            Additional columns to set like numbers, though they hold text; in the words, "others" means all but the first.
        headings : sequence of bool
            Whether a row is a heading over the rows below it.
        indents : sequence of int
            How far the first cell of a row is indented.
        notes : sequence of str
            Footnotes, after those of the words.
        row_ids : sequence of str
            For each row an anchor by which other pages link to it.
        filters : sequence of str, optional
            Columns whose words a reader can choose by; the page lets such a table be searched and sorted.
        **fields
            For the words and the name.
        """
        import pandas as pd

        given = {"caption": caption, "origin": origin, "source": source, "decimals": decimals, "numeric": numeric}
        name, said = self._words("tables", name, given | {"filters": filters}, fields)
        caption, origin = said["caption"], said["origin"]
        self._claim_name(name, origin)
        in_words = {
            column: [word(column, cell) for cell in frame[column]] for column in frame if column in vocabulary()
        }
        frame = frame.assign(**in_words).rename(columns=said.get("columns", {}))
        notes = [*said.get("notes", ()), *notes]
        columns = [str(column) for column in frame.columns]
        rows = [
            ["" if pd.isna(cell := rounded(value)) else str(cell) for value in row]
            for row in frame.itertuples(index=False, name=None)
        ]
        like_numbers = said.get("numeric", ())
        layout = {
            "caption": caption,
            "origin": origin,
            "source": said["source"],
            "decimals": {column: int(number) for column, number in said.get("decimals", {}).items()},
            "numeric": columns[1:] if isinstance(like_numbers, str) else list(like_numbers),
            "headings": list(headings),
            "indents": list(indents),
            "notes": list(notes),
            "row_ids": list(row_ids),
            "filters": list(said.get("filters", ())),
            "cell": _cell_number(),
        }
        if unknown := [
            column for column in [*layout["decimals"], *layout["numeric"], *layout["filters"]] if column not in columns
        ]:
            raise ResultError(
                f"{name!r} has no column {unknown[0]!r}", where=self.notebook, remedy=f"Columns: {', '.join(columns)}."
            )
        text = io.StringIO()
        csv.writer(text, lineterminator="\n").writerows([columns, *rows])
        self._write(f"tables/{name}.csv", text.getvalue())
        self._write_json(f"tables/{name}.json", layout)
        notes_html = "".join(f"<p>{html.escape(note)}</p>" for note in notes)
        return DisplayedResult(
            f"Table: {caption}",
            f'<div class="tm-table-scroll" tabindex="0" role="region" aria-label="{html.escape(caption)}">'
            f'<table class="tm-table"><caption>{html.escape(caption)} ({origin})</caption>{table_html(columns, rows, {**layout, "row_ids": []})}</table></div>'
            + (f'<div class="tm-notes">{notes_html}</div>' if notes else ""),
        )

    def file(
        self,
        name: str,
        frame: pd.DataFrame,
        *,
        caption: str | None = None,
        origin: str | None = None,
        source: str | None = None,
        header: Sequence[str] | None = None,
        **fields: Any,
    ) -> DisplayedResult:
        """Publish rows for readers to compute with: a CSV whose first lines, behind a '#', say what they are.

        Parameters
        ----------
        name : str
            Key by which a figure names it.
        frame : DataFrame
            The rows; floats keep 12 significant digits.
        caption, origin, source : str, optional
            As for a table.
        header : sequence of str, optional
            The lines at its head, for a reader who has the file alone: what the rows are, and what they are not.
        **fields
            For the words and the name.
        """
        given = {"caption": caption, "origin": origin, "source": source, "header": header}
        name, said = self._words("files", name, given, fields)
        caption, origin = said["caption"], said["origin"]
        self._claim_name(name, origin)
        lines = [f"# {line}" for text in said["header"] for line in text.splitlines()]
        if not lines:
            raise ResultError(
                f"the file {name!r} has no header", where=self.notebook, remedy="Say at its head what its rows are."
            )
        text = io.StringIO()
        text.write("\n".join(lines) + "\n")
        rows = ([rounded(cell) for cell in row] for row in frame.itertuples(index=False))
        csv.writer(text, lineterminator="\n").writerows([list(frame.columns), *rows])
        self._write(f"files/{name}.csv", text.getvalue())
        record = {key: said[key] for key in ("caption", "origin", "source")}
        record |= {"rows": len(frame), "cell": _cell_number()}
        self._write_json(f"files/{name}.json", record)
        self._files[name] = caption
        return DisplayedResult(f"File: {caption}, {len(frame)} rows [{origin}]")

    def figure(
        self,
        name: str,
        figure: Figure,
        *,
        caption: str | None = None,
        alt: str | None = None,
        origin: str | None = None,
        source: str | None = None,
        files: Sequence[str] = (),
        **fields: Any,
    ) -> DisplayedFigure | DisplayedResult:
        """Publish a figure as SVG and PNG, with caption and alternative text computed by the notebook.

        What can be drawn for the width of a phone (`tourmaline.figures.style.drawn_twice`) is published so as well.

        Parameters
        ----------
        name : str
            Key by which pages name it.
        figure : Figure
            A matplotlib figure; it is closed.
        caption, origin, source : str, optional
            As for a table.
        alt : str, optional
            What the figure shows, in numbers, for a reader who cannot see it.
        files : sequence of str
            Published files to offer under the figure.
        **fields
            For the words and the name.
        """
        import matplotlib.pyplot as plt

        given = {"caption": caption, "alt": alt, "origin": origin, "source": source}
        name, said = self._words("figures", name, given, fields)
        alt = said["alt"]
        self._claim_name(name, said["origin"])
        if not alt.strip():
            raise ResultError(
                f"the figure {name!r} has no alternative text",
                where=self.notebook,
                remedy="Say in words and numbers what it shows.",
            )
        if unknown := [file for file in files if file not in self._files]:
            raise ResultError(
                f"the figure {name!r} offers the file {unknown[0]!r}, which is not published",
                where=self.notebook,
                remedy="Publish it before, with run.file.",
            )
        if name not in os.environ.get(FIGURES_VARIABLE, name).split(","):
            plt.close(figure)
            return DisplayedResult(f"Figure, not drawn: {alt}")
        # A sweep keeps figures as SVG, and not the notebook that shows them.
        kinds = ("svg",) if FIGURES_VARIABLE in os.environ else ("svg", "png")
        images = images_of(figure, kinds, salt=f"{self.notebook}/{name}")
        plt.close(figure)
        for kind, content in images.items():
            self._write(f"figures/{name}.{kind}", content)
        if self.folder is not None and hasattr(figure, "narrow"):
            narrow = figure.narrow()
            image = images_of(narrow, ["svg"], salt=f"{self.notebook}/{name}/narrow")
            plt.close(narrow)
            self._write(f"figures/{name}.narrow.svg", image["svg"])
        record = {key: said[key] for key in ("caption", "alt", "origin", "source")} | {"cell": _cell_number()}
        record |= {"files": {file: self._files[file] for file in files}} if files else {}
        self._write_json(f"figures/{name}.json", record)
        return DisplayedFigure(images["png"], alt) if "png" in images else DisplayedResult(f"Figure: {alt}")


def _injected(namespace: Mapping[str, Any], known: Collection[str]) -> list[str]:
    """The names that papermill's cell of parameters has set in this run of the notebook; none without such a cell.

    IPython keeps the cells that have run in `In`. The search ends at the cell that declares the parameters: what was injected
    above it belongs to an earlier run in the same kernel.
    """
    for source in reversed(namespace.get("In", [])):
        try:
            statements = ast.parse(source).body
        except SyntaxError:  # a cell that did not run
            continue
        if any(isinstance(one, ast.AnnAssign) and ast.unparse(one.target) in known for one in statements):
            return []
        if source.startswith(INJECTED):
            targets = [target for one in statements if isinstance(one, ast.Assign) for target in one.targets]
            return [target.id for target in targets if isinstance(target, ast.Name)]
    return []


def start(notebook: str, namespace: dict[str, Any]) -> Run:
    """Begin a run: check the notebook's parameters and say where its results go.

    Parameters
    ----------
    notebook : str
        Name of the notebook, without its folder and ending.
    namespace : dict
        The notebook's `globals()`. Parameters are read from it, also by a name of an earlier edition, checked against
        the notebook's `parameters` cell, converted to their types and put back. So are the names that papermill has set,
        because it only warns of an unknown one.

    Returns
    -------
    Run

    Raises
    ------
    ParameterError
        For a value that is not allowed, or an unknown name.
    ResultError
        If there is no notebook of that name.
    """
    path = paths.NOTEBOOKS / f"{notebook}.ipynb"
    if not path.is_file():
        known = [other.stem for other in sorted(paths.NOTEBOOKS.glob("*.ipynb"))]
        remedy = f"Give the name of the file that begins the run. {nearest(notebook, known)}".strip()
        raise ResultError(f"there is no notebook {notebook!r}", where="results.start", remedy=remedy)
    known = parameters.declared(path)
    given = {name: namespace[name] for name in known}
    given |= {
        name: namespace.get(name) for name in _injected(namespace, known) if old_names.PARAMETERS.get(name) not in known
    }
    for old, new in old_names.PARAMETERS.items():  # papermill sets an unknown name beside the parameters
        if new in given and old in namespace:
            print(old_names.notice("parameter", old, new))
            given[new] = namespace[old]
    values = parameters.validated(path, given)
    namespace.update(values)
    folder = os.environ.get(RESULTS_VARIABLE)
    return Run(notebook, values, Path(folder) if folder else None)
