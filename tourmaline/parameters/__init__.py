"""Parameters of the notebooks: declared once, checked before any kernel starts.

A notebook's `parameters` cell declares its parameters: name, type, default and a line of help,

    model: PoolingModel = "fixed"  # Model that pools the hazard ratios

and this module declares the types: what is allowed, in words and as a rule, and the unit. The runner checks what it is
given against the cell before it starts a kernel; `results.start` checks again inside the kernel, so that plain
papermill and a person in JupyterLab meet the same messages.
"""

from __future__ import annotations

import ast
import io
import json
import re
import sys
import tokenize
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any, Literal, get_args, get_origin

from tourmaline import old_names, paths
from tourmaline.errors import ParameterError, nearest
from tourmaline.parameters import rules
from tourmaline.parameters.checking import After, Before, Bounds, Refused, checked

NOTEBOOK_FORMAT = 4
PERCENT = re.compile(r"(\d+(?:\.\d+)?) *%")


# Numbers; what would only pass as one is refused, such as True as 1.
Whole = Annotated[int, Before(rules.plain_number)]
Number = Annotated[float, Before(rules.plain_number)]
NUMBERS = {int: Whole, float: Number}

# The types a `parameters` cell can use. Lists may be given as "A, B" on a command line.
Trial = Annotated[str, After(lambda name: rules.one_of(rules.trial_names(), name)), rules.Choices(rules.trial_names)]
Trials = Annotated[
    list[Trial],
    Before(rules.with_core_trials),
    After(rules.not_empty),
    rules.Choices(rules.trial_names),
    rules.Allowed(rules.trials_in_words),
]
Characteristics = Annotated[
    list[Annotated[str, After(lambda name: rules.one_of(("all", *rules.baseline_characteristics()), name))]],
    Before(rules.split),
    After(rules.not_empty),
    rules.Allowed("list of characteristics of Table 1, or all"),
]
PublicSets = Annotated[
    list[Annotated[str, After(lambda name: rules.one_of(("all", *rules.public_set_names()), name))]],
    Before(rules.split_sets),
    After(rules.not_empty),
    rules.Allowed("list of the public data sets of the accuracy chapter, or all"),
]
Section = Annotated[
    str,
    After(lambda name: rules.one_of(("all", *rules.ledger_sections()), name)),
    rules.Choices(lambda: ("all", *rules.ledger_sections())),
    rules.Allowed(lambda: f"all, or one of {', '.join(rules.ledger_sections())}"),
]
AsOf = Annotated[str, Before(str), After(rules.iso_date), rules.Allowed("a date (YYYY-MM-DD), or latest")]
ConfidenceLevel = Annotated[Number, Bounds(gt=0, le=0.999999), rules.Unit("fraction")]
Percentage = Annotated[Number, Bounds(ge=0, le=100), rules.Unit("percent")]
Threshold = Annotated[Number, Bounds(gt=0, le=1), rules.Unit("standard deviations")]
Endpoint = Literal["pfs", "os"]
AnalysisChoice = Literal["formal", "latest"]
PoolingModel = Literal["fixed", "random"]
TauEstimator = Literal["dersimonian-laird", "paule-mandel", "reml"]
PoolingInterval = Literal["normal", "hartung-knapp", "hartung-knapp-floored"]
PredictionConvention = Literal["bayesian", "t-k-2", "t-k-1", "normal"]
PriorScale = Annotated[Number, Bounds(gt=0, le=10), rules.Unit("log hazard ratio")]
StandardDeviation = Annotated[Number, Bounds(ge=0, le=10), rules.Unit("log hazard ratio")]
IntervalMethod = Literal["clopper-pearson", "wilson", "wald", "agresti-coull", "jeffreys"]
ProportionTest = Literal["mantel-haenszel", "chi-square", "chi-square-corrected", "fisher"]
RoundingConvention = Literal[
    "half-even", "half-up", "half-down", "half-up via one decimal", "half-even via one decimal"
]
EffectMeasure = Literal["risk-difference", "risk-ratio", "odds-ratio"]
ResponseCategory = Literal["overall_response", "complete_response", "vgpr_or_better"]
SpendingFunction = Literal["obrien-fleming", "pocock", "hwang-shih-decani"]
SpendingShape = Annotated[Number, Bounds(ge=-40, le=40)]
InformationFractions = Annotated[
    list[Number],
    Before(rules.split),
    After(rules.fractions),
    rules.Allowed("list of rising fractions, above 0 and at least 0.001 apart, the last of them 1"),
    rules.Unit("fraction of the final events"),
]
HazardRatios = Annotated[
    list[Annotated[Number, Bounds(gt=0, lt=100)]],
    Before(rules.split),
    After(rules.not_empty),
    rules.Allowed("list of hazard ratios, each above 0 and below 100"),
]
# What the paper reports is not typed into a notebook as a default: 'printed' takes it from the data.
PrintedOrFraction = Annotated[
    Annotated[Number, Bounds(gt=0, lt=1)] | Literal["printed"],
    rules.Allowed("printed, or a fraction above 0 and below 1"),
    rules.Unit("fraction"),
]
PrintedOrRatio = Annotated[
    Annotated[Number, Bounds(gt=0, lt=100), After(rules.not_one)] | Literal["printed"],
    rules.Allowed("printed, or a hazard ratio above 0 and below 100, not 1"),
]
PlannedEvents = Annotated[
    Annotated[Whole, Bounds(ge=1, le=100_000)] | Literal["required"],
    rules.Allowed("required, or a whole number from 1 to 100000"),
    rules.Unit("events"),
]
TrialSize = Annotated[
    Annotated[Whole, Bounds(ge=20, le=100_000)] | Literal["printed"],
    rules.Allowed("printed, or a whole number from 20 to 100000"),
    rules.Unit("patients"),
]
Grade = Annotated[Literal["any", "3", "4", "3-4"], Before(str)]
PfsAnalysis = Literal["primary", "second"]
InformationLevel = Annotated[Literal["highest", "1", "2", "3", "4"], Before(str)]
Draws = Annotated[Whole, Bounds(ge=1, le=2000), rules.Unit("simulated data sets")]
Seed = Annotated[Whole, Bounds(ge=0, lt=2**32)]
CurveInterval = Literal["log-log", "log", "plain"]
Horizon = Annotated[Number, Bounds(gt=0, le=240), rules.Unit("months")]
Bandwidth = Annotated[Number, Bounds(ge=0.5, le=240), rules.Unit("months")]
Horizons = Annotated[
    list[Annotated[Number, Bounds(gt=0, le=240)]],
    Before(rules.split),
    After(rules.rising),
    rules.Allowed("list of rising months, each above 0 and at most 240"),
    rules.Unit("months"),
]
TimeScale = Literal["km", "rank", "identity", "log"]


@dataclass(frozen=True)
class Parameter:
    """One declared parameter of one notebook."""

    name: str
    annotation: Any
    default: Any
    help: str

    def checked(self, value: Any) -> Any:
        """A value, converted to the type that is declared; `Refused` for one that is not allowed."""
        return checked(NUMBERS.get(self.annotation, self.annotation), value)

    def _noted(self, kind: type) -> Any:
        """What the type notes of a kind, beside its rules; None if it notes nothing."""
        return next((item for item in getattr(self.annotation, "__metadata__", ()) if isinstance(item, kind)), None)

    @property
    def unit(self) -> str:
        unit = self._noted(rules.Unit)
        return unit.name if unit else ""

    @property
    def choices(self) -> tuple[str, ...]:
        """The words that it can be, or of which it lists some; empty where it is something else."""
        if choices := self._noted(rules.Choices):
            return choices.words()
        base = get_args(self.annotation)[0] if get_origin(self.annotation) is Annotated else self.annotation
        return get_args(base) if get_origin(base) is Literal else ()

    @property
    def is_list(self) -> bool:
        """Whether it lists several values."""
        base = get_args(self.annotation)[0] if get_origin(self.annotation) is Annotated else self.annotation
        return get_origin(base) is list

    @property
    def allowed(self) -> str:
        """What is allowed, in words."""
        if allowed := self._noted(rules.Allowed):
            return allowed.words if isinstance(allowed.words, str) else allowed.words()
        if self.choices:
            return f"one of {', '.join(self.choices)}"
        base, *bounded = get_args(self.annotation) if get_origin(self.annotation) is Annotated else (self.annotation,)
        bounds = " ".join(rule.words for rule in bounded if isinstance(rule, Bounds))
        return f"{getattr(base, '__name__', base)} {bounds}".strip()


def _parameters_cell(path: Path) -> str:
    try:  # not by nbformat, whose validation of the whole notebook takes longer than all the rest
        content = json.loads(path.read_text(encoding="utf-8"))
        if content["nbformat"] != NOTEBOOK_FORMAT:
            raise ValueError(f"it has the format {content['nbformat']}, not {NOTEBOOK_FORMAT}")
        tagged = [cell["source"] for cell in content["cells"] if "parameters" in cell["metadata"].get("tags", [])]
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ParameterError(
            f"it is not a notebook: {type(error).__name__}: {str(error)[:120]}",
            where=paths.relative(path),
            remedy="Restore it, for example with git checkout.",
        ) from None
    if len(tagged) != 1:
        raise ParameterError(
            f"{len(tagged)} cells carry the tag 'parameters'",
            where=paths.relative(path),
            remedy="Give exactly one code cell the tag 'parameters'.",
        )
    return "".join(tagged[0])


def declared(path: Path) -> dict[str, Parameter]:
    """The parameters that the notebook at `path` declares, in their order.

    The cell is read, never run. Annotations are names of this module's types, or plain str, int, float, bool.
    """
    return dict(_declared(_parameters_cell(path), paths.relative(path)))


@lru_cache
def _declared(source: str, where: str) -> dict[str, Parameter]:
    try:
        statements = ast.parse(source).body
    except SyntaxError as error:
        raise ParameterError(
            f"line {error.lineno} of the parameters cell is not Python: {error.msg}",
            where=where,
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
                f"line {node.lineno} of the parameters cell is not an annotated assignment",
                where=where,
                remedy="Write each parameter as `name: Type = default  # help`.",
            )
        name, annotation = node.target.id, ast.unparse(node.annotation)
        if annotation not in types:
            raise ParameterError(
                f"parameter {name!r} has the unknown type {annotation!r}",
                where=where,
                remedy="Use a type of tourmaline/parameters.",
            )
        try:
            default = ast.literal_eval(node.value)
        except ValueError:
            raise ParameterError(
                f"the default of parameter {name!r} is not a plain value: {ast.unparse(node.value)}",
                where=where,
                remedy="Write a number, a text or a list of them.",
            ) from None
        # A formatter may set the help on any line of an assignment that it breaks.
        lines = range(node.lineno, node.end_lineno + 1)
        found[name] = Parameter(
            name, types[annotation], default, next((comments[line] for line in reversed(lines) if line in comments), "")
        )
    return found


def current(given: Mapping[str, Any], known: Collection[str], where: str) -> dict[str, Any]:
    """What is given, by the names of today: for a name of an earlier edition one line on stderr names the new one.

    Raises
    ------
    ParameterError
        If a parameter is given by both of its names.
    """
    found = {}
    for name, value in given.items():
        new = old_names.PARAMETERS.get(name)
        if name not in known and new in known:
            if new in given:
                raise ParameterError(
                    f"{new!r} is given twice, once by its old name {name!r}", where=where, remedy="Give it once."
                )
            _notify(name)
            name = new
        found[name] = value
    return found


@lru_cache  # once, however many runs have it
def _notify(name: str) -> None:
    print(old_names.notice("parameter", name, old_names.PARAMETERS[name]), file=sys.stderr)


def as_argument(value: Any) -> str:
    """A parameter's value as a command line gives it."""
    return ",".join(map(str, value)) if isinstance(value, list) else str(value)


def as_words(value: Any) -> str:
    """A parameter's value in a table or a sentence; an item of a list that contains a comma stands in quotation marks.

    Examples
    --------
    >>> print(as_words(["lung", "colon, death"]))
    lung, 'colon, death'
    """
    if not isinstance(value, list):
        return str(value)
    return ", ".join(f"'{item}'" if "," in str(item) else str(item) for item in value)


def _share(value: Any) -> str:
    """The hint for a percentage where a share is asked for; '' for anything else."""
    number = PERCENT.fullmatch(value.strip()) if isinstance(value, str) else None
    return f"A share, not a percentage: did you mean {float(number[1]) / 100:.6g}?" if number else ""


def validated(path: Path, given: Mapping[str, Any]) -> dict[str, Any]:
    """All parameters of the notebook at `path`: the defaults, replaced by what is given, checked and converted.

    Parameters
    ----------
    path : Path
        The notebook's source.
    given : mapping of str to object
        Values by parameter name, also by one of an earlier edition; text from a command line is converted to the declared type.

    Raises
    ------
    ParameterError
        For an unknown name or a value that is not allowed; names the notebook, the parameter, what was given, what is
        allowed, and the nearest right name.
    """
    known = declared(path)
    given = current(given, known, path.stem)
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
            values[name] = parameter.checked(value)
        except Refused as refusal:
            words = refusal.words
            if refusal.element and refusal.element[0] != value:  # one of several in a list
                words = f"{refusal.element[0]!r} {words or 'is not allowed'}"
            hint = _share(value) or nearest(str(value), map(str, get_args(parameter.annotation)))
            raise ParameterError(
                f"parameter {name!r} is {value!r}" + (f", but {words}" if words else ", which is not allowed"),
                where=path.stem,
                remedy=f"Allowed: {parameter.allowed}. {hint}".strip(),
            ) from None
    return values
