"""Parameters of the notebooks: declared once, checked before any kernel starts.

A notebook's `parameters` cell declares its parameters: name, type, default and a line of help,

    model: PoolingModel = "fixed"  # Model that pools the hazard ratios

and this module declares the types: what is allowed, in words and as a rule, and the unit. The runner checks what it is
given against the cell before it starts a kernel; `results.start` checks again inside the kernel, so that plain
papermill and a person in JupyterLab meet the same messages.
"""

from __future__ import annotations

import ast
import csv
import datetime
import io
import tokenize
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Any, Literal, get_args, get_origin

import nbformat
from pydantic import AfterValidator, BeforeValidator, Field, TypeAdapter, ValidationError

from tourmaline import paths
from tourmaline.errors import ParameterError, nearest


def _known(path: Path, column: str) -> tuple[str, ...]:
    with path.open(encoding="utf-8", newline="") as file:
        return tuple(dict.fromkeys(row[column] for row in csv.DictReader(file) if row.get(column)))


def trial_names() -> tuple[str, ...]:
    """Names of all trials in data/evidence/trials.csv."""
    return _known(paths.DATA / "evidence" / "trials.csv", "name")


def baseline_characteristics() -> tuple[str, ...]:
    """Names of the characteristics of the paper's Table 1."""
    return _known(paths.DATA / "tourmaline_mm1" / "table1.csv", "characteristic")


def ledger_sections() -> tuple[str, ...]:
    """Names of the sections of the paper that print numbers, and of its tables."""
    return _known(paths.DATA / "tourmaline_mm1" / "sections.csv", "section")


def _one_of(words: tuple[str, ...], word: str) -> str:
    if word not in words:
        raise ValueError(f"must be one of {', '.join(words)}. {nearest(word, words)}".strip())
    return word


def _check_date(word: str) -> str:
    if word != "latest":
        try:
            word = datetime.date.fromisoformat(word).isoformat()
        except ValueError:
            raise ValueError("must be a date such as 2016-04-28, or 'latest'") from None
    return word


def _split(value: object) -> object:
    """A list given on a command line is one string: names between commas."""
    return [part.strip() for part in value.strip("[]").split(",")] if isinstance(value, str) else value


def _not_empty(values: list[str]) -> list[str]:
    if not values:
        raise ValueError("must name at least one")
    if len(set(values)) < len(values):
        raise ValueError("must not name one twice")
    return values


CLOSEST_LOOKS = (
    0.001  # of information fractions; `statistics.monitoring` integrates no closer, and a test holds them together
)


def _check_fractions(values: list[float]) -> list[float]:
    for before, after in zip([0.0, *values], values):
        if not before < after <= 1:
            raise ValueError(f"{after:g} after {before:g} is out of order; they must rise, from above 0 to 1")
        # The slack keeps a gap of 0.001 allowed whatever its last digit in binary.
        if after - before < CLOSEST_LOOKS * (1 - 1e-9):
            raise ValueError(f"{after:g} after {before:g} is too close; looks must be at least {CLOSEST_LOOKS:g} apart")
    if not values or values[-1] != 1:
        raise ValueError("the last look must be at 1")
    return values


def _check_rising(values: list[float]) -> list[float]:
    if not values:
        raise ValueError("must name at least one")
    for before, after in pairwise(values):
        if after <= before:
            raise ValueError(f"{after:g} after {before:g} is out of order; they must rise")
    return values


def _check_ratio(value: float) -> float:
    if value == 1:
        raise ValueError("1 is no difference, which no number of events detects")
    return value


@dataclass(frozen=True)
class Unit:
    """The unit in which a parameter is given."""

    name: str


@dataclass(frozen=True)
class Allowed:
    """What is allowed, in words, where they cannot be read off the rules."""

    words: str


# The types a `parameters` cell can use. Lists may be given as "A, B" on a command line.
Trial = Annotated[str, AfterValidator(lambda name: _one_of(trial_names(), name))]
Trials = Annotated[
    list[Trial],
    BeforeValidator(_split),
    AfterValidator(_not_empty),
]
Characteristics = Annotated[
    list[Annotated[str, AfterValidator(lambda name: _one_of(("all", *baseline_characteristics()), name))]],
    BeforeValidator(_split),
    AfterValidator(_not_empty),
]
Section = Annotated[str, AfterValidator(lambda name: _one_of(("all", *ledger_sections()), name))]
AsOf = Annotated[str, BeforeValidator(str), AfterValidator(_check_date)]
ConfidenceLevel = Annotated[float, Field(gt=0, lt=1), Unit("fraction")]
Percentage = Annotated[float, Field(ge=0, le=100), Unit("percent")]
Threshold = Annotated[float, Field(gt=0, le=1), Unit("standard deviations")]
Endpoint = Literal["pfs", "os"]
AnalysisChoice = Literal["formal", "latest"]
PoolingModel = Literal["fixed", "random"]
TauEstimator = Literal["dersimonian-laird", "paule-mandel", "reml"]
PoolingInterval = Literal["normal", "hartung-knapp", "hartung-knapp-floored"]
PredictionConvention = Literal["t-k-2", "t-k-1", "normal"]
PriorScale = Annotated[float, Field(gt=0, le=10), Unit("log hazard ratio")]
StandardDeviation = Annotated[float, Field(ge=0, le=10), Unit("log hazard ratio")]
IntervalMethod = Literal["clopper-pearson", "wilson", "wald", "agresti-coull", "jeffreys"]
ProportionTest = Literal["mantel-haenszel", "chi-square", "chi-square-corrected", "fisher"]
RoundingConvention = Literal[
    "half-even", "half-up", "half-down", "half-up via one decimal", "half-even via one decimal"
]
EffectMeasure = Literal["risk-difference", "risk-ratio", "odds-ratio"]
ResponseCategory = Literal["overall_response", "complete_response", "vgpr_or_better"]
SpendingFunction = Literal["obrien-fleming", "pocock", "hwang-shih-decani"]
SpendingShape = Annotated[float, Field(ge=-40, le=40)]
InformationFractions = Annotated[
    list[float],
    BeforeValidator(_split),
    AfterValidator(_check_fractions),
    Allowed("list of rising fractions, above 0 and at least 0.001 apart, the last of them 1"),
    Unit("fraction of the final events"),
]
HazardRatios = Annotated[
    list[Annotated[float, Field(gt=0, lt=100)]],
    BeforeValidator(_split),
    AfterValidator(_not_empty),
    Allowed("list of hazard ratios, each above 0 and below 100"),
]
# What the paper prints is no default to be typed into a notebook: 'printed' takes it from the data.
PrintedOrFraction = Annotated[
    Annotated[float, Field(gt=0, lt=1)] | Literal["printed"],
    Allowed("printed, or a fraction above 0 and below 1"),
    Unit("fraction"),
]
PrintedOrRatio = Annotated[
    Annotated[float, Field(gt=0, lt=100), AfterValidator(_check_ratio)] | Literal["printed"],
    Allowed("printed, or a hazard ratio above 0 and below 100, not 1"),
]
PlannedEvents = Annotated[
    Annotated[int, Field(ge=1, le=100_000)] | Literal["required"],
    Allowed("required, or a whole number from 1 to 100000"),
    Unit("events"),
]
TrialSize = Annotated[
    Annotated[int, Field(ge=20, le=100_000)] | Literal["printed"],
    Allowed("printed, or a whole number from 20 to 100000"),
    Unit("patients"),
]
Grade = Annotated[Literal["any", "3", "4", "3-4"], BeforeValidator(str)]
PfsAnalysis = Literal["primary", "second"]
InformationLevel = Annotated[Literal["highest", "1", "2", "3", "4"], BeforeValidator(str)]
Members = Annotated[int, Field(ge=1, le=2000), Unit("sets of pseudo-patients")]
Seed = Annotated[int, Field(ge=0, lt=2**32)]
CurveInterval = Literal["log-log", "log", "plain"]
Horizon = Annotated[float, Field(gt=0, le=240), Unit("months")]
Horizons = Annotated[
    list[Annotated[float, Field(gt=0, le=240)]],
    BeforeValidator(_split),
    AfterValidator(_check_rising),
    Allowed("list of rising months, each above 0 and at most 240"),
    Unit("months"),
]
TimeScale = Literal["km", "rank", "identity", "log"]


@dataclass(frozen=True)
class Parameter:
    """One declared parameter of one notebook."""

    name: str
    annotation: Any
    default: Any
    help: str

    @property
    def unit(self) -> str:
        units = [item.name for item in getattr(self.annotation, "__metadata__", ()) if isinstance(item, Unit)]
        return units[0] if units else ""

    @property
    def allowed(self) -> str:
        """What is allowed, in words."""
        if self.annotation is Trials:
            return f"list of {', '.join(trial_names())}"
        if self.annotation is Trial:
            return f"one of {', '.join(trial_names())}"
        if self.annotation is Characteristics:
            return "list of characteristics of Table 1, or all"
        if self.annotation is Section:
            return f"all, or one of {', '.join(ledger_sections())}"
        if self.annotation is AsOf:
            return "a date (YYYY-MM-DD), or latest"
        for item in getattr(self.annotation, "__metadata__", ()):
            if isinstance(item, Allowed):
                return item.words
        base, *rules = get_args(self.annotation) if get_origin(self.annotation) is Annotated else (self.annotation,)
        if get_origin(base) is Literal:
            return "one of " + ", ".join(map(str, get_args(base)))
        signs = {"gt": "above", "ge": "at least", "lt": "below", "le": "at most"}
        bounds = [
            f"{words} {getattr(bound, name)}"
            for rule in rules
            for bound in getattr(rule, "metadata", ())
            for name, words in signs.items()
            if hasattr(bound, name)
        ]
        return " ".join([getattr(base, "__name__", str(base)), " and ".join(bounds)]).strip()


def _parameters_cell(path: Path) -> str:
    try:
        notebook = nbformat.read(path, as_version=4)
    except (ValueError, nbformat.ValidationError) as error:
        raise ParameterError(
            f"it is no notebook: {str(error).splitlines()[0][:120]}",
            where=paths.relative(path),
            remedy="Restore it, for example with git checkout.",
        ) from None
    cells = [cell for cell in notebook.cells if "parameters" in cell.metadata.get("tags", [])]
    if len(cells) != 1:
        raise ParameterError(
            f"{len(cells)} cells carry the tag 'parameters'",
            where=paths.relative(path),
            remedy="Give exactly one code cell the tag 'parameters'.",
        )
    return cells[0].source


def declared(path: Path) -> dict[str, Parameter]:
    """The parameters that the notebook at `path` declares, in their order.

    The cell is read, never run. Annotations are names of this module's types, or plain str, int, float, bool.
    """
    source = _parameters_cell(path)
    try:
        statements = ast.parse(source).body
    except SyntaxError as error:
        raise ParameterError(
            f"line {error.lineno} of the parameters cell is no Python: {error.msg}",
            where=paths.relative(path),
            remedy="Write each parameter as `name: Type = default  # help`.",
        ) from None
    comments = {
        token.start[0]: token.string.lstrip("# ").rstrip()
        for token in tokenize.generate_tokens(io.StringIO(source).readline)
        if token.type == tokenize.COMMENT
    }
    types = {**globals(), "str": str, "int": int, "float": float, "bool": bool}
    found = {}
    for node in statements:
        if not (isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.value is not None):
            raise ParameterError(
                f"line {node.lineno} of the parameters cell is no annotated assignment",
                where=paths.relative(path),
                remedy="Write each parameter as `name: Type = default  # help`.",
            )
        name, annotation = node.target.id, ast.unparse(node.annotation)
        if annotation not in types:
            raise ParameterError(
                f"parameter {name!r} has the unknown type {annotation!r}",
                where=paths.relative(path),
                remedy="Use a type of tourmaline/parameters.py.",
            )
        try:
            default = ast.literal_eval(node.value)
        except ValueError:
            raise ParameterError(
                f"the default of parameter {name!r} is no plain value: {ast.unparse(node.value)}",
                where=paths.relative(path),
                remedy="Write a number, a text or a list of them.",
            ) from None
        # A formatter may set the help on any line of an assignment that it breaks.
        lines = range(node.lineno, node.end_lineno + 1)
        found[name] = Parameter(
            name, types[annotation], default, next((comments[line] for line in reversed(lines) if line in comments), "")
        )
    return found


def validated(path: Path, given: Mapping[str, Any]) -> dict[str, Any]:
    """All parameters of the notebook at `path`: the defaults, replaced by what is given, checked and converted.

    Parameters
    ----------
    path : Path
        The notebook's source.
    given : mapping of str to object
        Values by parameter name; text from a command line is converted to the declared type.

    Raises
    ------
    ParameterError
        For an unknown name or a value that is not allowed; names the notebook, the parameter, what was given, what is
        allowed, and the nearest right name.
    """
    known = declared(path)
    for name in given:
        if name not in known:
            raise ParameterError(
                f"there is no parameter {name!r}",
                where=path.stem,
                remedy=f"{nearest(name, known)} Its parameters are {', '.join(known)}.".strip(),
            )
    values = {}
    for name, parameter in known.items():
        value = given.get(name, parameter.default)
        try:
            values[name] = TypeAdapter(parameter.annotation).validate_python(value)
        except ValidationError as error:
            reason = error.errors()[0]
            words = reason["msg"].removeprefix("Value error, ") if reason["type"] == "value_error" else ""
            hint = nearest(str(value), map(str, get_args(parameter.annotation)))
            raise ParameterError(
                f"parameter {name!r} is {value!r}" + (f", but {words}" if words else ", which is not allowed"),
                where=path.stem,
                remedy=f"Allowed: {parameter.allowed}. {hint}".strip(),
            ) from None
    return values
