"""The schema of every file in data/: columns, what a cell may hold, keys. The data package is written from these.

All cells are read as text. A column says in words what a cell of it must be, which completes "... must be": the check names file,
row and column itself. No validation library is imported: it would take longer to load than to read all of data/, and a notebook
that runs in a reader's browser has none.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable
from dataclasses import dataclass, field

from tourmaline.data.printed import comma_hint, is_printed
from tourmaline.identity import identity
from tourmaline.roles import ARMS

PAPER = identity().folder  # of the paper's own tables and claims
ARM_OF_ROLE = identity().arms  # as the paper calls what other files name by its role
LEDGER_ARMS = (*ARM_OF_ROLE.values(), "overall", "comparison")
SEVERITIES = ("any", "3", "4")
CELL_KINDS = (
    "heading",
    "count",
    "count_of_total",
    "median_range",
    "value",
    "interval",
    "p_value",
    "not_applicable",
    "not_reported",
)
ENDPOINTS = ("pfs", "os", "ttp", "dor", "ttnt", "pfs2", "response", "safety", "baseline")
ROLES = ("primary", "interim", "final", "update", "sensitivity", "subgroup")
QUANTITIES = (
    "n",
    "events",
    "median",
    "hazard_ratio",
    "p_value",
    "median_followup",
    "minimum_followup",
    "survival_rate",
    "number_at_risk",
    "overall_response",
    "complete_response",
    "vgpr_or_better",
    "stringent_complete_response",
    "grade_3_adverse_event",
    "serious_adverse_event",
    "discontinuation",
    "death_on_treatment",
    "neutropenia_3",
    "neutropenia_4",
    "neutropenia_3_4",
    "thrombocytopenia_3",
    "thrombocytopenia_4",
    "thrombocytopenia_3_4",
    "anaemia_3",
    "anaemia_4",
    "anaemia_3_4",
    "peripheral_neuropathy",
    *identity().characteristics,
)
WHOLE_POPULATIONS = ("intention-to-treat", "response-evaluable", "safety", "not-stated")
UNITS = ("patients", "events", "deaths", "months", "ratio", "percent", "probability", "years", "ml/min")
POOLED_MEASURES = ("hazard-ratio", "risk-ratio", "risk-reduction")
TOPICS = (
    "plan",
    "sponsor",
    "baseline",
    "trial_flow",
    "stopping",
    "exposure",
    "adherence",
    "response",
    "quality_of_life",
    "harms",
    "later_therapy",
    "appraisal",
)
UNITS_OF_FACTS = (*UNITS, "cycles", "weeks", "sites", "date", "words")
LIMITS = ("range", "quartiles", "95% interval", "interval")
ROB_DOMAINS = ("randomisation", "deviations", "missing_data", "measurement", "selection")
ROB_OUTCOMES = ("pfs", "os", "response", "harms", "quality_of_life")
ROB_LEVELS = ("low", "some-concerns", "high")
GRADE_DOMAINS = ("risk_of_bias", "inconsistency", "indirectness", "imprecision", "publication_bias")
GRADE_CONCERNS = ("not-serious", "serious", "very-serious")
CINEMA_DOMAINS = (
    "within_study_bias",
    "reporting_bias",
    "indirectness",
    "imprecision",
    "heterogeneity",
    "incoherence",
)
CINEMA_CONCERNS = ("no-concerns", "some-concerns", "major-concerns")
BODIES = (identity().trial, "core-trials")
ASPECT_WORDS = {
    "masking": "Masking",
    "pfs_assessor": "Who assessed progression",
    "response_criteria": "Response criteria",
    "renal_eligibility": "Renal function required",
    "refractory_eligibility": "Refractory disease",
    "measurable_disease": "Measurable disease",
    "prior_lines": "Prior lines",
    "stratification": "Stratification",
    "accrual": "Accrual",
    "dosing_duration": "Duration of treatment",
    "censoring_rules": "Censoring rules",
    "assessment_interval": "Interval of assessment",
}
RULES = (
    "same",
    "next",
    "week_after",
    "total",
    "total_within",
    "none",
    "percentage",
    "quotient",
    "smallest",
    "largest",
    "between",
    "at_least",
    "at_most",
    "at_least_largest",
    "at_most_largest",
    "union",
    "share_beyond",
    "percent_longer",
    "hazard_gain",
    "binomial_bound",
    "proportions_p",
    "geometric_mean",
    "wald_p",
    "events_bound",
    "patients_bound",
    "information_percent",
    "later_followup",
    "between_dates",
    "cycles_possible",
    "largest_excess",
    "left_out",
)

UNITS_OF_CELLS = ("patients", "percent", "probability", "months", "years", "cycles", "ml/min per 1.73 m2")
UNITS_OF_CLAIMS = (
    *("patients", "events", "deaths", "percent", "probability", "ratio", "months", "years", "weeks", "days", "date"),
    *(
        "cycles",
        "doses",
        "mg",
        "mg_per_liter",
        "nmol_per_liter",
        "g_per_deciliter",
        "ml_per_min_per_1.73m2",
        "per_week",
    ),
    *("grade", "stage", "score", "phase", "sides", "agents", "prior_therapies", "analyses", "terms", "version"),
    *("countries", "sites", "studies", "authors", "colors"),
)

SLUG = r"[a-z0-9][a-z0-9_-]*"
DOTTED_SLUG = rf"{SLUG}(\.{SLUG})+"
ARM_OF_RESULT = "arm; comparison: one arm against the other; overall: both arms together"
QUOTE_KEPT = "whether a sentence that reports it was kept when it was read; says nothing of how good the source is"
ISO_DATE = r"\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])"
DATE_OR_MONTH = r"\d{4}-(0[1-9]|1[0-2])(-(0[1-9]|[12]\d|3[01]))?"


@dataclass(frozen=True)
class Column:
    """A column of a file: what it holds, what a cell of it may be, and what of that the data package says."""

    description: str
    legal: Callable[[str], bool]
    must_be: str  # in words
    required: bool = False
    type: str = "string"
    pattern: str = ""
    allowed: tuple[str, ...] = ()

    def refusal(self, cell: str) -> str:
        """What a cell must be, in words, and which number may be meant; an empty string for a legal one."""
        if self.legal(cell):
            return ""
        return f"must be {self.must_be}{comma_hint(cell, self.legal)}"


def text(description: str, *, pattern: str = "", words: str = "", required: bool = False) -> Column:
    """A column of free text, or of text of a pattern that `words` describe."""
    if pattern:
        matches = re.compile(pattern).fullmatch
        legal = (lambda cell: bool(matches(cell))) if required else (lambda cell: not cell or bool(matches(cell)))
        return Column(description, legal, words, required, pattern=pattern)
    return Column(description, bool if required else lambda cell: True, "given, it is empty", required)


def choice(description: str, allowed: tuple[str, ...], *, required: bool = True) -> Column:
    """A column that holds one of a few words."""
    words = f"one of {', '.join(allowed)}" + ("" if required else ", or empty")
    legal = frozenset(allowed if required else (*allowed, "")).__contains__
    return Column(description, legal, words, required, allowed=allowed)


def integer(description: str) -> Column:
    """A column of whole numbers; a cell may be empty."""
    matches = re.compile("[0-9]{0,9}").fullmatch
    return Column(description, lambda cell: bool(matches(cell)), "a whole number, or empty", type="integer")


def is_date(text: str) -> bool:
    """Whether there is such a day, written YYYY-MM-DD, or such a month, written YYYY-MM.

    Examples
    --------
    >>> is_date("2016-02-29"), is_date("2017-02-29"), is_date("2016-02"), is_date("2016-2-29")
    (True, False, True, False)
    """
    try:
        return bool(
            re.fullmatch(DATE_OR_MONTH, text) and datetime.date.fromisoformat(f"{text}-01"[: len("2016-02-29")])
        )
    except ValueError:
        return False


def date(description: str, *, or_month: bool = False) -> Column:
    """A column of days, or also of months; a cell may be empty."""
    pattern = DATE_OR_MONTH if or_month else ISO_DATE
    words = "a date such as 2014-10-30, " + ("a month such as 2014-10, " if or_month else "") + "or empty"

    def legal(cell: str) -> bool:
        return not cell or (is_date(cell) and bool(re.fullmatch(pattern, cell)))

    return Column(description, legal, words, pattern=pattern)


def reported_number(description: str, *, claims: bool = False) -> Column:
    """A column of values as reported; with `claims`, also '@' and the id of a claim of the paper."""
    words = "a reported number (0.74, <1), NE, NR, NA, " + ("@ and the id of a claim, " if claims else "") + "or empty"

    def legal(cell: str) -> bool:
        return not cell or is_printed(cell) or (claims and cell.startswith("@"))

    return Column(description, legal, words)


@dataclass(frozen=True)
class DataFile:
    """One CSV of data/: its place, what it holds, its columns and keys."""

    path: str  # below data/
    description: str
    columns: dict[str, Column]
    key: tuple[str, ...]  # the columns that together name a row once
    references: dict[str, tuple[str, str]] = field(default_factory=dict)  # column -> (file, column) where it must stand

    @property
    def name(self) -> str:
        return self.path.removesuffix(".csv").replace("/", "-").replace("_", "-")


def _file(path: str, description: str, key: tuple[str, ...], columns: dict[str, Column], **references: tuple[str, str]):
    return DataFile(path, description, columns, key, references)


def _paper_table(number: int, description: str) -> DataFile:
    return _file(
        f"{PAPER}/table{number}.csv",
        description,
        ("row", "arm", "severity"),
        {
            "row": text("name of the reported line", pattern=SLUG, words="a lower-case name", required=True),
            "group": text("heading of the block in which the line stands"),
            "characteristic": text("the characteristic, response or event"),
            "level": text("the level of the characteristic"),
            "label": text("the line's label as reported, without its footnote marks", required=True),
            "footnotes": text("footnote marks of the line, as reported", pattern="[*†‡§¶‖]+", words="footnote marks"),
            "arm": choice("arm of the cell; empty for a heading line", LEDGER_ARMS, required=False),
            "severity": choice("grade of the adverse event", SEVERITIES, required=False),
            "kind": choice("what the cell holds", CELL_KINDS),
            "count": integer("number of patients"),
            "denominator": integer("number of patients of whom they are counted"),
            "percent": reported_number("percentage of the count, as reported"),
            "value": reported_number("median, or P value, as reported"),
            "lower": reported_number("lower end of the range or interval, as reported"),
            "upper": reported_number("upper end of the range or interval, as reported"),
            "unit": choice("unit of count, value and bounds", UNITS_OF_CELLS, required=False),
        },
    )


_SOURCE = ("references.bib", "key")
_JUDGED = {
    "origin": choice("how it came about: a judgement of ours", ("assumed",)),
    "reason": text("why", required=True),
    "source": text("key in references.bib of the source that the reason rests on", required=True),
}
_TRIAL = ("evidence/trials.csv", "trial")

FILES: dict[str, DataFile] = {
    file.path: file
    for file in (
        _paper_table(1, "Table 1 of the paper: baseline characteristics; one row a reported cell"),
        _paper_table(2, "Table 2 of the paper: best responses and time to progression; one row a reported cell"),
        _paper_table(3, "Table 3 of the paper: overall safety profile; one row a reported cell"),
        _paper_table(4, "Table 4 of the paper: common and important adverse events; one row a reported cell"),
        _file(
            f"{PAPER}/tables.csv",
            "The four tables of the paper",
            ("table",),
            {
                "table": text("name of the table", pattern="table[1-4]", words="table1 to table4", required=True),
                "title": text("title as reported", required=True),
                "stub": text("heading of the first column, as reported", required=True),
            },
        ),
        _file(
            f"{PAPER}/table_columns.csv",
            "The columns of the four tables, with the number of patients reported over them",
            ("table", "arm", "severity"),
            {
                "table": text("name of the table", pattern="table[1-4]", words="table1 to table4", required=True),
                "arm": choice("arm of the column", LEDGER_ARMS),
                "severity": choice("grade of the adverse event", SEVERITIES, required=False),
                "heading": text("heading as reported", required=True),
                "subheading": text("heading of the second level, as reported"),
                "n": integer("number of patients of the column, as reported"),
            },
            table=(f"{PAPER}/tables.csv", "table"),
        ),
        _file(
            f"{PAPER}/footnotes.csv",
            "The footnotes of the four tables, as reported",
            ("table", "mark"),
            {
                "table": text("name of the table", pattern="table[1-4]", words="table1 to table4", required=True),
                "mark": text("footnote mark, as reported", pattern="[*†‡§¶‖]+", words="a footnote mark", required=True),
                "text": text("the footnote, as reported", required=True),
            },
            table=(f"{PAPER}/tables.csv", "table"),
        ),
        _file(
            f"{PAPER}/claims.csv",
            "Every number that the paper reports outside the cells of its tables",
            ("id",),
            {
                "id": text("name of the claim", pattern=DOTTED_SLUG, words="names joined by dots", required=True),
                "section": text("section of the paper", required=True),
                "paragraph": integer("paragraph of the section, or ordinal of the footnote"),
                "quantity": text("what is counted or measured", required=True),
                "arm": choice("arm of the trial, if the claim is of one", LEDGER_ARMS, required=False),
                "printed": text("the number as reported, with the words that qualify it", required=True),
                "unit": choice("unit of the number", UNITS_OF_CLAIMS),
                "description": text("what the number says, in our words", required=True),
            },
            section=(f"{PAPER}/sections.csv", "section"),
        ),
        _file(
            f"{PAPER}/sections.csv",
            "The sections of the paper that report numbers, in its order, with the number of their paragraphs",
            ("section",),
            {
                "section": text("name of the section", pattern=SLUG, words="a lower-case name", required=True),
                "title": text("the section in words", required=True),
                "paragraphs": integer("number of its paragraphs; of notes, the footnotes and then the title"),
            },
        ),
        _file(
            f"{PAPER}/derivations.csv",
            "How each reported number follows from others, which checks it must pass, or why it is given",
            ("claim", "role", "rule", "inputs"),
            {
                "claim": text("id of a reported number, or a pattern of ids: {arm} stands for any name", required=True),
                "role": choice("derivation, a check beside it, or given", ("derivation", "check", "given")),
                "rule": choice("rule of tourmaline/audit/rules.py", RULES, required=False),
                "inputs": text("ids that enter the rule, in its order; '-' before an id takes it negative"),
                "options": text("what the rule is told besides: name=value"),
                "reason": text("why the number is given, or why it is discrepant, in one sentence"),
            },
        ),
        _file(
            "evidence/trials.csv",
            "The trials",
            ("trial",),
            {
                "trial": text(
                    "short name used in the other files", pattern=SLUG, words="a lower-case name", required=True
                ),
                "name": text("name of the trial", required=True),
                "registration": text("ClinicalTrials.gov number", pattern=r"NCT\d{8}", words="NCT and 8 digits"),
                "tier": choice("core: compared by default; additional: on request", ("core", "additional")),
                "experimental": text("experimental regimen", required=True),
                "control": text("control regimen", required=True),
                "experimental_label": text("short form of the experimental regimen", required=True),
                "control_label": text("short form of the control regimen", required=True),
                "added_drug": text("the drug that is added to the common backbone", required=True),
                "accrual_first": date(
                    "when the first patient entered; its source stands in designs.csv", or_month=True
                ),
                "accrual_last": date("when the last patient entered; its source stands in designs.csv", or_month=True),
            },
        ),
        _file(
            "evidence/analyses.csv",
            "Each analysis of each endpoint of each trial",
            ("analysis",),
            {
                "analysis": text(
                    "name of the analysis", pattern=r"[a-z0-9][a-z0-9.-]*", words="a lower-case name", required=True
                ),
                "trial": text("the trial", required=True),
                "endpoint": choice(
                    "endpoint: pfs and pfs2 are progression-free survival on this and on the next line of therapy, os is overall "
                    "survival, ttp time to progression, dor duration of response, ttnt time to the next therapy",
                    ENDPOINTS,
                ),
                "population": text(
                    "who was analysed: a whole trial, or a subgroup",
                    pattern=SLUG,
                    words=f"{', '.join(WHOLE_POPULATIONS)}, or the lower-case name of a subgroup",
                    required=True,
                ),
                "role": choice(
                    "its part in the trial's plan: primary, interim and final analyses test the endpoint, an update follows "
                    "patients for longer without a formal test",
                    ROLES,
                ),
                "label": text("what it is, in words", required=True),
                "data_cutoff": date("the day at which the data were cut off; empty if not reported"),
                "note": text("what a reader should know"),
            },
            trial=_TRIAL,
        ),
        _file(
            "evidence/results.csv",
            "Each reported result of each analysis, with its source",
            ("analysis", "arm", "quantity", "month", "unit", "source", "locator", "value"),
            {
                "analysis": text("the analysis", required=True),
                "arm": choice(ARM_OF_RESULT, ("experimental", "control", "comparison", "overall")),
                "quantity": choice("what was measured; 3, 4 or 3_4 after an adverse event is its grade", QUANTITIES),
                "month": integer("month of a survival rate or of a number at risk"),
                "value": reported_number("the value as reported, or @ and a claim of the paper", claims=True),
                "lower": reported_number("lower end of its interval, likewise", claims=True),
                "upper": reported_number("upper end of its interval, likewise", claims=True),
                "level": reported_number("level of the interval, percent"),
                "sided": choice(
                    "sides of a P value; unstated where the source does not say",
                    ("two", "one", "unstated"),
                    required=False,
                ),
                "unit": choice("unit of value, lower and upper", UNITS),
                "source": text("key of the source in references.bib", required=True),
                "locator": text("where in the source"),
                "quote_kept": choice(QUOTE_KEPT, ("yes", "no")),
                "standing": choice(
                    "accepted: the value in use; corroborating: agrees with it; rejected: lost a conflict",
                    ("accepted", "corroborating", "rejected"),
                ),
                "note": text("what a reader should know"),
            },
            analysis=("evidence/analyses.csv", "analysis"),
            source=_SOURCE,
        ),
        _file(
            "evidence/designs.csv",
            "The designs of the trials side by side: the caveats of any comparison between them",
            ("trial", "aspect"),
            {
                "trial": text("the trial", required=True),
                "aspect": choice("aspect of the design", tuple(ASPECT_WORDS)),
                "value": text("what the sources say of it; empty if they say nothing"),
                "source": text("key of the source in references.bib"),
                "locator": text("where in the source"),
                "quote_kept": choice(QUOTE_KEPT, ("yes", "no"), required=False),
                "note": text("what a reader should know"),
            },
            trial=_TRIAL,
            source=_SOURCE,
        ),
        _file(
            "evidence/trial_facts.csv",
            "What publications report of a trial besides the results of its analyses; one row an arm",
            ("trial", "topic", "fact", "arm", "unit"),
            {
                "trial": text("the trial", required=True),
                "topic": choice("what it is about", TOPICS),
                "fact": text("name of the fact", pattern=SLUG, words="a lower-case name", required=True),
                "item": text("the fact in words", required=True),
                "arm": choice(ARM_OF_RESULT, ("experimental", "control", "comparison", "overall")),
                "value": text("the number as reported, @ and a claim of the paper, or words of ours", required=True),
                "lower": reported_number("lower limit, likewise", claims=True),
                "upper": reported_number("upper limit, likewise", claims=True),
                "limits": choice("what the limits are", LIMITS, required=False),
                "unit": choice("unit; words if the value is not a number", UNITS_OF_FACTS),
                "total": reported_number("patients of whom they are counted, if the source says so", claims=True),
                "source": text("key of the source in references.bib", required=True),
                "locator": text("where in the source"),
                "quote_kept": choice(QUOTE_KEPT, ("yes", "no")),
                "note": text("what a reader should know"),
            },
            trial=_TRIAL,
            source=_SOURCE,
        ),
        _file(
            "evidence/pooled.csv",
            "What published meta-analyses report of these trials, to be set beside our own",
            ("pool",),
            {
                "pool": text("name of the result", pattern=DOTTED_SLUG, words="names joined by dots", required=True),
                "label": text("the meta-analysis in words", required=True),
                "measure": choice("what is pooled; a risk reduction is in percent", POOLED_MEASURES),
                "outcome": choice("of which outcome", ("pfs", "os", *QUANTITIES)),
                "contrast": choice("between which treatments or in which patients", identity().contrasts),
                "trials": text("which trials, as far as it is said", required=True),
                "model": text("model, as far as it is said", required=True),
                "value": reported_number("the value as reported"),
                "lower": reported_number("lower end of its interval, likewise"),
                "upper": reported_number("upper end of its interval, likewise"),
                "level": reported_number("level of the interval, percent"),
                "i_squared": reported_number("I squared, percent"),
                "source": text("key of the source in references.bib", required=True),
                "locator": text("where in the source", required=True),
                "quote_kept": choice(QUOTE_KEPT, ("yes", "no")),
                "standing": choice("accepted: the value in use; rejected: lost a conflict", ("accepted", "rejected")),
                "difference": text("why it need not agree with what we compute"),
                "note": text("what a reader should know"),
            },
            source=_SOURCE,
        ),
        _file(
            "evidence/conflicts.csv",
            "Where sources disagree: what was kept, what was rejected, and why",
            ("conflict",),
            {
                "conflict": text("name of the conflict", pattern=SLUG, words="a lower-case name", required=True),
                "trial": text("the trial, if it concerns one"),
                "subject": text("what the sources disagree on", required=True),
                "kept": text("what is used", required=True),
                "rejected": text("what is not used", required=True),
                "source_kept": text("key of the source of what is used"),
                "source_rejected": text("key of the source of what is not used"),
                "reason": text("why", required=True),
            },
            trial=_TRIAL,
            source_kept=_SOURCE,
            source_rejected=_SOURCE,
        ),
        _file(
            "judgements/protocol.csv",
            "The question in PICO form, the rules of eligibility, what was searched and when, and who judged",
            ("part", "item"),
            {
                "part": choice("part", ("question", "eligibility", "search", "selection", "assessment")),
                "item": text("what is decided", pattern=SLUG, words="a lower-case name", required=True),
                "decision": text("the decision in words", required=True),
                **_JUDGED,
            },
            source=_SOURCE,
        ),
        _file(
            "judgements/selection.csv",
            "Which studies are compared, shown on request or left out, and why",
            ("study",),
            {
                "study": text("the study, or the group of studies", required=True),
                "decision": choice("what was decided", ("included", "on-request", "excluded")),
                **_JUDGED,
            },
            source=_SOURCE,
        ),
        _file(
            "judgements/outcomes.csv",
            "The outcomes of the summary of findings, where their numbers stand, and how important they are",
            ("outcome",),
            {
                "outcome": text("name of the outcome", pattern=SLUG, words="a lower-case name", required=True),
                "label": text("the outcome in words", required=True),
                "analysis": text("the analysis of the report's trial that reports it; empty if it stands elsewhere"),
                "quantity": choice("its quantity in results.csv", QUANTITIES, required=False),
                "claim": text("pattern of the paper's count, with {arm}, where it stands in a table alone"),
                "importance": choice("for a decision", ("critical", "important")),
                **_JUDGED,
            },
            source=_SOURCE,
        ),
        _file(
            "judgements/risk_of_bias.csv",
            "RoB 2: risk of bias of each trial by outcome and domain, for the effect of assignment",
            ("trial", "outcome", "domain"),
            {
                "trial": text("the trial", required=True),
                "outcome": choice("group of outcomes", ROB_OUTCOMES),
                "domain": choice("domain of RoB 2", ROB_DOMAINS),
                "judgement": choice("risk of bias", ROB_LEVELS),
                **_JUDGED,
            },
            trial=_TRIAL,
            source=_SOURCE,
        ),
        _file(
            "judgements/certainty.csv",
            "GRADE: concerns about the certainty of the evidence for each outcome, by domain",
            ("body", "outcome", "domain"),
            {
                "body": choice("which trials: the paper's own, or those that are compared by default", BODIES),
                "outcome": text("the outcome", required=True),
                "domain": choice("domain of GRADE", GRADE_DOMAINS),
                "concern": choice(
                    "concern; serious lowers the certainty by one level, very-serious by two", GRADE_CONCERNS
                ),
                **_JUDGED,
            },
            outcome=("judgements/outcomes.csv", "outcome"),
            source=_SOURCE,
        ),
        _file(
            "judgements/indirect_confidence.csv",
            "CINeMA: concerns about the indirect comparisons of the added drugs, by domain",
            ("drug", "against", "outcome", "domain"),
            {
                "drug": text("the added drug", required=True),
                "against": text("the added drug that it is compared with", required=True),
                "outcome": choice("endpoint", ("pfs", "os")),
                "domain": choice("domain of CINeMA", CINEMA_DOMAINS),
                "concern": choice("concern", CINEMA_CONCERNS),
                **_JUDGED,
            },
            source=_SOURCE,
        ),
    )
}


def digitised_curves(path: str) -> DataFile:
    """The schema of a file of data/digitised/: coordinates that a reader took off a reported survival curve."""
    return _file(
        path,
        "Coordinates of reported survival curves, read off by the reader",
        ("arm", "month", "survival"),
        {
            "arm": choice("arm of the curve", ARMS),
            "month": text(
                "month of the point",
                pattern=r"[0-9]+(\.[0-9]+)?",
                words="a number of months, not negative",
                required=True,
            ),
            "survival": text(
                "survival there, as a fraction",
                pattern=r"0|0?\.[0-9]+|1(\.0*)?",
                words="a fraction from 0 to 1, such as 0.73",
                required=True,
            ),
        },
    )
