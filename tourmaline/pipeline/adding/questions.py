"""The questions that a new fact answers, in the words of the schemas; an answer is held to the rule of its column."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field

from tourmaline import data
from tourmaline.data.references import PUBLISHED
from tourmaline.data.result_checks import OF_A_MONTH, OF_COMPARISONS, UNITS_OF, UNITS_OF_OTHERS
from tourmaline.data.schemas import ASPECT_WORDS, FILES, QUANTITIES
from tourmaline.errors import ParameterError, nearest

TRIALS, ANALYSES, RESULTS, DESIGNS = (f"evidence/{name}.csv" for name in ("trials", "analyses", "results", "designs"))
SOURCES = "references.bib"
KINDS = {"result": RESULTS, "trial": TRIALS, "analysis": ANALYSES, "source": SOURCES}
USUAL_LEVEL = "95"
NOT_FOUND = "not found in the sources"  # the note of an aspect of a design
SOURCE_KEY = re.compile(r"[a-z][a-z0-9_]*")
SOURCE_FIELDS = {
    "title": "its title",
    "author": "its authors as BibTeX writes them: Curie, M. and Curie, P. and others; empty for none",
    "journal": "the journal; empty for a page or a report",
    "year": "the year of the issue; empty if unknown",
    "doi": "its DOI, without https://doi.org/; empty for none",
    "url": "its address, if it has no DOI; empty for none",
    "published": "the day from which it counts: YYYY, YYYY-MM or YYYY-MM-DD, as far as it is known",
    "note": "where it was read, if not in the publication itself",
}


@dataclass(frozen=True)
class Question:
    """One question.

    Parameters
    ----------
    name : str
        As an option names it: `quantity`, or `source.title` where another row is needed for the first.
    words : str
        What is asked.
    allowed : collection of str
        The words that an answer can be; empty if it is free.
    default : str or None
        The answer that is taken without one; None if one is needed.
    refusal : callable
        What an answer must be, in words, if it is not that; '' if it is right.
    """

    name: str
    words: str
    refusal: Callable[[str], str]
    allowed: Collection[str] = ()
    default: str | None = None


@dataclass
class Addition:
    """The rows of one or more new facts, in the order in which they were asked for."""

    rows: list[tuple[str, dict[str, str]]] = field(default_factory=list)  # file below data/, cells by column


Ask = Callable[[Question], str]


def _column_question(path: str, column: str, prefix: str, **other: object) -> Question:
    about = FILES[path].columns[column]

    def refusal(answer: str) -> str:
        return "" if about.legal(answer) else f"must be {about.must_be}"

    options = {"allowed": about.allowed, "default": None if about.required else ""} | other
    return Question(prefix + column, about.description, refusal, **options)


def _fill(path: str, row: dict[str, str], ask: Ask, prefix: str) -> dict[str, str]:
    """Ask for the columns of a row that are not known yet."""
    for column in FILES[path].columns:
        if column not in row:
            row[column] = ask(_column_question(path, column, prefix))
    return {column: row[column] for column in FILES[path].columns}


def _only(known: Collection[str], where: str, remedy: str) -> Callable[[str], str]:
    def refusal(answer: str) -> str:
        if answer in known:
            return ""
        return f"does not stand in {where}. {nearest(answer, known)} {remedy}".replace("  ", " ").strip()

    return refusal


def _result(analysis: str, ask: Ask, addition: Addition, prefix: str) -> None:
    """A row of results.csv, and its source if that is new. Columns that a quantity cannot have are not asked for."""
    row = {"analysis": analysis}

    def answer(column: str, **options: object) -> str:
        row[column] = ask(_column_question(RESULTS, column, prefix, **options))
        return row[column]

    quantity = answer("quantity", allowed=QUANTITIES)
    units = UNITS_OF.get(quantity, UNITS_OF_OTHERS)
    row["unit"] = units[0] if len(units) == 1 else answer("unit", allowed=units)
    if row["unit"] in OF_COMPARISONS:
        row["arm"] = "comparison"
    else:
        answer("arm")
    row["month"] = answer("month", default=None) if quantity in OF_A_MONTH else ""
    answer("value", default=None)
    is_p_value = row["unit"] == "probability"
    for end in ("lower", "upper"):
        row[end] = "" if is_p_value or (end == "upper" and not row["lower"]) else answer(end)
    row["level"] = answer("level", default=USUAL_LEVEL) if row["lower"] else ""
    row["sided"] = answer("sided", default="two") if is_p_value else ""
    source = ask(_source_question(prefix))
    row["source"] = source
    locator = "" if row["value"].startswith("@") else None  # the paper's own claims have their places
    for column, default in (("locator", locator), ("quote_kept", None), ("standing", "accepted"), ("note", "")):
        answer(column, default=default)
    if source not in data.sources() and (SOURCES, source) not in _names(addition):
        addition.rows.append((SOURCES, _source(source, ask, "source.")))
    addition.rows.append((RESULTS, {column: row[column] for column in FILES[RESULTS].columns}))


def _names(addition: Addition) -> Iterator[tuple[str, str]]:
    return ((path, row["key"]) for path, row in addition.rows if path == SOURCES)


def _source_question(prefix: str) -> Question:
    def refusal(answer: str) -> str:
        if answer in data.sources() or SOURCE_KEY.fullmatch(answer):
            return ""
        return "must be a key of small letters, digits and _ that begins with a letter, such as kumar2031ninlaro"

    words = "key of the source in references.bib; a new key is asked about below"
    return Question(f"{prefix}source", words, refusal)


def _source(key: str, ask: Ask, prefix: str) -> dict[str, str]:
    def refusal(name: str) -> Callable[[str], str]:
        def of_field(answer: str) -> str:
            if name == "title" and not answer:
                return "must be given, it is empty"
            if any(sign in answer for sign in "{}\\\n"):
                return "must not hold braces or backslashes"
            if name == "published" and answer and not PUBLISHED.fullmatch(answer):
                return "must be YYYY, YYYY-MM or YYYY-MM-DD, or empty"
            return ""

        return of_field

    found = {"key": key}
    for name, words in SOURCE_FIELDS.items():
        found[name] = ask(Question(prefix + name, words, refusal(name), default=None if name == "title" else ""))
    return found


def _analysis(name: str, ask: Ask, addition: Addition, prefix: str) -> None:
    row = {"analysis": name}
    known = tuple(data.trials().index)
    row["trial"] = ask(
        Question(
            f"{prefix}trial",
            "the trial",
            _only(known, "data/evidence/trials.csv", "`tourmaline add trial` adds one."),
            allowed=known,
        )
    )
    addition.rows.append((ANALYSES, _fill(ANALYSES, row, ask, prefix)))


def _trial(ask: Ask, addition: Addition) -> None:
    addition.rows.append((TRIALS, trial := _fill(TRIALS, {}, ask, "")))
    source = ask(_source_question("design."))
    locator = ask(_column_question(DESIGNS, "locator", "design."))
    quote_kept = ask(_column_question(DESIGNS, "quote_kept", "design.", default=None))
    for aspect, words in ASPECT_WORDS.items():
        question = Question(
            f"design.{aspect}", f"{words}, as that source says; empty if it does not", lambda _: "", default=""
        )
        value = ask(question)
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
        addition.rows.insert(0, (SOURCES, _source(source, ask, "source.")))


def ask_for(kind: str, ask: Ask, *, more: Callable[[], bool]) -> Addition:
    """Ask for all that a new fact of a kind needs.

    Parameters
    ----------
    kind : str
        `result`, `trial`, `analysis` or `source`.
    ask : callable
        Called with each Question; returns an answer that its rule does not refuse.
    more : callable
        Called after each result: whether another of the same analysis follows.

    Returns
    -------
    Addition
        Not written yet.

    Raises
    ------
    ParameterError
        If what is to be new stands there already.
    """
    addition = Addition()
    if kind == "trial":
        _trial(ask, addition)
        return addition
    if kind == "source":
        key = ask(Question("key", "key of the source, such as kumar2031ninlaro", _source_question("").refusal))
        if key in data.sources():
            raise ParameterError(
                f"the source {key!r} stands in data/references.bib already", remedy="Choose another key."
            )
        addition.rows.append((SOURCES, _source(key, ask, "")))
        return addition
    known = data.analyses().index
    question = _column_question(ANALYSES, "analysis", "")
    name = ask(question)
    if name not in known:
        _analysis(name, ask, addition, "" if kind == "analysis" else "analysis.")
    elif kind == "analysis":
        raise ParameterError(
            f"the analysis {name!r} stands in data/evidence/analyses.csv already",
            remedy="`tourmaline add result` adds to it.",
        )
    prefix = "result." if kind == "analysis" else ""
    _result(name, ask, addition, prefix)
    while more():
        _result(name, ask, addition, prefix)
    return addition


def answered(answers: Mapping[str, str], question: Question) -> str:
    """The answer to a question among given ones.

    Raises
    ------
    ParameterError
        If it is refused, or there is none and one is needed.
    """
    answer = answers.get(question.name, question.default)
    if answer is None:
        raise ParameterError(
            f"{question.name!r} is not given: {question.words}",
            remedy=f"Give --set {question.name} VALUE{_allowed(question)}, or answer at a terminal.",
        )
    if refused := question.refusal(answer):
        raise ParameterError(
            f"{question.name!r} is {answer!r}, and {refused}", remedy=nearest(answer, question.allowed)
        )
    return answer


def _allowed(question: Question) -> str:
    return f" (one of {', '.join(question.allowed)})" if question.allowed else ""
