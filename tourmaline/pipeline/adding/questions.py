"""The questions that a new fact answers, in the words of the schemas; an answer is held to the rule of its column."""

from __future__ import annotations

import datetime
import re
from collections.abc import Collection
from dataclasses import dataclass, field, replace

import pandas as pd

from tourmaline import data
from tourmaline.data.evidence_checks import REPLACES, refused_of_trial
from tourmaline.data.references import ADDRESS, DOI, FIELDS, PUBLICATION_DATE, YEAR
from tourmaline.data.result_checks import OF_A_MONTH, OF_COMPARISONS, UNITS_OF, UNITS_OF_OTHERS, check_results
from tourmaline.data.schemas import ASPECT_WORDS, FILES, QUANTITIES, is_date
from tourmaline.errors import DataError
from tourmaline.pipeline.adding.dialogue import Dialogue, Question

TRIALS, ANALYSES, RESULTS, DESIGNS = (f"evidence/{name}.csv" for name in ("trials", "analyses", "results", "designs"))
SOURCES = "references.bib"
ADDITIONS = {"result": RESULTS, "trial": TRIALS, "analysis": ANALYSES, "source": SOURCES}
USUAL_LEVEL = "95"
NOT_FOUND = "not found in the sources"  # the note of an aspect of a design
SOURCE_KEY = re.compile(r"[a-z][a-z0-9_]*")
NUMBERS = (
    "value",
    "lower",
    "upper",
    "level",
    "sided",
)  # the columns of a result that are asked for again if they do not fit


@dataclass
class Addition:
    """The rows of one or more new facts, in the order in which they were asked for, and the day."""

    today: datetime.date
    rows: list[tuple[str, dict[str, str]]] = field(default_factory=list)  # file below data/, cells by column


def _column_question(path: str, column: str, prefix: str, **other: object) -> Question:
    about = FILES[path].columns[column]
    options = {"allowed": about.allowed, "default": None if about.required else ""} | other
    allowed = options["allowed"]

    def refusal(answer: str) -> str:
        if about.legal(answer) and (answer in allowed or not answer or not allowed):
            return ""
        return f"must be one of {', '.join(allowed)}" if allowed else about.refusal(answer)

    return Question(prefix + column, about.description, refusal, **{"stand_in": next(iter(allowed), "")} | options)


def _trial_question(column: str) -> Question:
    """A column of a new trial, which differs from the trials that are there."""
    question = _column_question(TRIALS, column, "")

    def refusal(answer: str) -> str:
        return question.refusal(answer) or refused_of_trial(column, answer, data.load(TRIALS))

    return replace(question, refusal=refusal)


def _named(question: Question, known: Collection[str], dialogue: Dialogue) -> str:
    """The name of a row that is there, or of one that is meant to be new."""
    while (answer := dialogue.ask(question)) not in known and not dialogue.begins(question, answer, known):
        pass
    return answer


def _refused(row: dict[str, str]) -> str:
    """What is impossible in a row of results.csv by itself; '' if nothing is. What lost a conflict may be."""
    if row["standing"] == "rejected":
        return ""
    month = pd.array([int(row["month"]) if row["month"] else None], dtype="Int64")
    try:
        check_results(pd.DataFrame([row | {"standing": "accepted"}]).assign(month=month), data.load(ANALYSES))
    except DataError as error:
        return f"{error.what}. {error.remedy}"
    return ""


def _result(analysis: str, dialogue: Dialogue, addition: Addition, prefix: str) -> None:
    """A row of results.csv, and its source if that is new. Columns that a quantity cannot have are not asked for."""
    row = {"analysis": analysis}

    def answer(column: str, **options: object) -> str:
        row[column] = dialogue.ask(_column_question(RESULTS, column, prefix, **options))
        return row[column]

    def follows(column: str, cell: str, why: str) -> None:
        row[column] = dialogue.follows(prefix + column, cell, why)

    def numbers() -> None:
        answer("value", default=None)
        if is_p_value:
            follows("lower", "", "a P value has no interval")
        else:
            answer("lower")
        if row["lower"]:
            answer("upper")
            answer("level", default=USUAL_LEVEL)
        else:
            follows("upper", "", "the interval has no lower end")
            follows("level", "", "there is no interval")
        if is_p_value:
            answer("sided", default="two")
        else:
            follows("sided", "", "only a P value has sides")

    quantity = answer("quantity", allowed=QUANTITIES, stand_in="hazard_ratio")
    units = UNITS_OF.get(quantity, UNITS_OF_OTHERS)
    if len(units) == 1:
        follows("unit", units[0], f"the quantity is {quantity}")
    else:
        answer("unit", allowed=units)
    is_p_value = row["unit"] == "probability"
    if row["unit"] in OF_COMPARISONS:
        follows("arm", "comparison", f"the unit is {row['unit']}")
    else:
        answer("arm")
    if quantity in OF_A_MONTH:
        answer("month", default=None)
    else:
        follows("month", "", f"the quantity is {quantity}")
    numbers()
    known = [*data.sources(), *(row["key"] for path, row in addition.rows if path == SOURCES)]
    row["source"] = source = _named(_source_question(prefix), known, dialogue)
    locator = "" if row["value"].startswith("@") else None  # the paper's own claims have their places
    for column, default in (("locator", locator), ("quote_kept", None), ("standing", "accepted"), ("note", "")):
        answer(column, default=default)
    while (refused := _refused(row)) and dialogue.again(refused, [prefix + column for column in NUMBERS]):
        numbers()
    if source not in known:
        addition.rows.append((SOURCES, _source(source, dialogue, addition.today, "source.")))
    addition.rows.append((RESULTS, {column: row[column] for column in FILES[RESULTS].columns}))


def _source_question(prefix: str) -> Question:
    def refusal(answer: str) -> str:
        if answer in data.sources() or SOURCE_KEY.fullmatch(answer):
            return ""
        return "must be a key of small letters, digits and _ that begins with a letter, such as kumar2031ninlaro"

    words = "key of the source in references.bib; a new key is asked about below"
    return Question(f"{prefix}source", words, refusal, stand_in=next(iter(data.sources())))


def _refused_field(name: str, answer: str, today: datetime.date) -> str:
    """What a field of references.bib must be, if it is not that."""
    if any(sign in answer for sign in "{}\\\n"):
        return "must not hold braces or backslashes"
    if name == "title" and not answer:
        return "must be given, it is empty"
    if name == "doi" and answer and not DOI.fullmatch(answer):
        return "must begin with 10. and hold a stroke, such as 10.1000/182, or be empty"
    if name == "doi" and answer:
        alike = [source.key for source in data.sources().values() if source.doi.casefold() == answer.casefold()]
        return f"is the DOI of {alike[0]}: name that source; that of a supplement stays empty" if alike else ""
    if name == "year" and answer and not YEAR.fullmatch(answer):
        return "must be four digits, such as 2016, or empty"
    if name == "url" and answer and not ADDRESS.fullmatch(answer):
        return "must be a whole address, such as https://example.org/report, or empty"
    if name == "published" and answer:
        if not PUBLICATION_DATE.fullmatch(answer) or not is_date(f"{answer}-01-01"[: max(len(answer), len("2016-04"))]):
            return "must be YYYY, YYYY-MM or YYYY-MM-DD, or empty"
        if answer > today.isoformat()[: len(answer)]:
            return f"is in the future: today is {today}"
    return ""


def _field_question(name: str, prefix: str, today: datetime.date) -> Question:
    default = None if name == "title" else ""
    return Question(prefix + name, FIELDS[name], lambda answer: _refused_field(name, answer, today), default=default)


def _key_question() -> Question:
    def refusal(answer: str) -> str:
        if answer in data.sources():
            return "stands in data/references.bib already; choose another key"
        return _source_question("").refusal(answer)

    return Question("key", "key of the source, such as kumar2031ninlaro", refusal)


def _source(key: str, dialogue: Dialogue, today: datetime.date, prefix: str) -> dict[str, str]:
    return {"key": key, **{name: dialogue.ask(_field_question(name, prefix, today)) for name in FIELDS}}


def _analysis(name: str, dialogue: Dialogue, addition: Addition, prefix: str) -> None:
    known = tuple(data.trials().index)

    def no_trial(answer: str) -> str:
        return "" if answer in known else "does not stand in data/evidence/trials.csv; `tourmaline add trial` adds one"

    row = {"analysis": name}
    row["trial"] = dialogue.ask(Question(f"{prefix}trial", "the trial", no_trial, known, stand_in=known[0]))
    for column in ("endpoint", "population", "role"):
        row[column] = dialogue.ask(_column_question(ANALYSES, column, prefix))
    others = data.analyses().reset_index().merge(pd.DataFrame([row]).drop(columns="analysis"))  # alike in all of these
    before = list(others["analysis"]) if row["role"] == "final" else []

    def refused_note(answer: str) -> str:
        if not before or set(before) & set(REPLACES.findall(answer)):
            return ""
        return f"must say `replaces {before[-1]}`, the final analysis that it is compared instead of; follow-up without a test is an update"

    def refused_cutoff(answer: str) -> str:
        if answer > addition.today.isoformat():
            return f"is in the future: today is {addition.today}"
        return of_column.refusal(answer)

    row["label"] = dialogue.ask(_column_question(ANALYSES, "label", prefix))
    of_column = _column_question(ANALYSES, "data_cutoff", prefix)
    row["data_cutoff"] = dialogue.ask(replace(of_column, refusal=refused_cutoff))
    note = _column_question(ANALYSES, "note", prefix)
    row["note"] = dialogue.ask(replace(note, refusal=refused_note))
    addition.rows.append((ANALYSES, row))


def _aspect_question(aspect: str) -> Question:
    words = f"{ASPECT_WORDS[aspect]}, as that source says; empty if it does not"
    return Question(f"design.{aspect}", words, lambda _: "", default="")


def _trial(dialogue: Dialogue, addition: Addition) -> None:
    trial = {column: dialogue.ask(_trial_question(column)) for column in FILES[TRIALS].columns}
    addition.rows.append((TRIALS, trial))
    source = _named(_source_question("design."), data.sources(), dialogue)
    locator = dialogue.ask(_column_question(DESIGNS, "locator", "design."))
    quote_kept = dialogue.ask(_column_question(DESIGNS, "quote_kept", "design.", default=None))
    for aspect in ASPECT_WORDS:
        value = dialogue.ask(_aspect_question(aspect))
        found = {
            "trial": trial["trial"],
            "aspect": aspect,
            "value": value,
            "source": "",
            "locator": "",
            "quote_kept": "",
        }
        found |= (
            {"source": source, "locator": locator, "quote_kept": quote_kept, "note": ""}
            if value
            else {"note": NOT_FOUND}
        )
        addition.rows.append((DESIGNS, found))
    if source not in data.sources():
        addition.rows.insert(0, (SOURCES, _source(source, dialogue, addition.today, "source.")))


def ask_for(kind: str, dialogue: Dialogue, today: datetime.date) -> Addition:
    """Ask for all that a new fact of a kind needs.

    Parameters
    ----------
    kind : str
        `result`, `trial`, `analysis` or `source`.
    dialogue : Dialogue
        Who answers.
    today : date
        The last day that a date can be.

    Returns
    -------
    Addition
        Not written yet.

    Raises
    ------
    ParameterError
        If an answer that was given in advance is refused, and nobody can be asked.
    """
    addition = Addition(today)
    if kind == "trial":
        _trial(dialogue, addition)
        return addition
    if kind == "source":
        key = dialogue.ask(_key_question())
        addition.rows.append((SOURCES, _source(key, dialogue, today, "")))
        return addition
    known = list(data.analyses().index)
    question = _column_question(ANALYSES, "analysis", "")

    def refused_name(answer: str) -> str:
        if answer in known:
            return "stands in data/evidence/analyses.csv already; `tourmaline add result` adds to it"
        return question.refusal(answer)

    if kind == "result":
        name = _named(replace(question, stand_in=known[0]), known, dialogue)
    else:
        name = dialogue.ask(replace(question, refusal=refused_name))
    if name not in known:
        _analysis(name, dialogue, addition, "" if kind == "analysis" else "analysis.")
    prefix = "result." if kind == "analysis" else ""
    _result(name, dialogue, addition, prefix)
    while dialogue.more():
        _result(name, dialogue, addition, prefix)
    return addition


def possible(kind: str, today: datetime.date) -> list[Question]:
    """All questions that a new fact of a kind can meet, with those rules that do not depend on other answers."""

    def columns(path: str, prefix: str, *but: str) -> list[Question]:
        return [_column_question(path, name, prefix) for name in FILES[path].columns if name not in but]

    source = [_field_question(name, "source.", today) for name in FIELDS]
    if kind == "source":
        return [_key_question(), *(_field_question(name, "", today) for name in FIELDS)]
    if kind == "trial":
        of_source = columns(DESIGNS, "design.", "trial", "aspect", "value", "note")
        return [*map(_trial_question, FILES[TRIALS].columns), *of_source, *map(_aspect_question, ASPECT_WORDS), *source]
    if kind == "analysis":
        return [*columns(ANALYSES, ""), *columns(RESULTS, "result.", "analysis"), *source]
    return [*columns(RESULTS, ""), *columns(ANALYSES, "analysis.", "analysis"), *source]
