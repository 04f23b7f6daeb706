"""How long a page takes to read, and what a lesson needs before it: both follow from its text."""

from __future__ import annotations

import builtins
import math
import re
import symtable
from collections.abc import Iterator

from tourmaline.errors import LessonError
from tourmaline.lessons.page import Lesson

TIMES = {"a quarter of an hour": 15, "half an hour": 30, "three quarters": 45, "one hour": 60}  # as pages write them
TIME = re.compile(
    r"^Time: (?P<reading>[\w ]+) to read, (?P<exercises>[\w ]+?)(?: of an hour)? for the exercises\.", re.MULTILINE
)
PAGE_LINK = re.compile(r"\]\((\w+)\.md\)")
# What a reader does not read as words: the names of directives and options, fences, addresses, the names of results.
NOT_WORDS = re.compile(r"^[`:]{3,}.*$|^:[\w-]+:.*$|\]\([^)]*\)|\{[\w:-]+\}", re.MULTILINE)


def word_count(text: str) -> int:
    """The words of a text in MyST, a formula or a published number as one word.

    Examples
    --------
    >>> word_count("The **median** is {value}`lessons/median`, see [the chapter](../x.md).")
    7
    """
    text = re.sub(r"\$\$.*?\$\$|\$[^$\n]+\$|`[^`\n]+`", " number ", NOT_WORDS.sub(" ", text), flags=re.DOTALL)
    return len(re.findall(r"[^\W_]+(?:[-'.][^\W_]+)*", text))


def reading_minutes(text: str, words_per_minute: int) -> int:
    """Minutes to read a text, rounded up."""
    return math.ceil(word_count(text) / words_per_minute)


def before_exercises(lesson: Lesson) -> str:
    """What is read of a lesson before its first exercise, without code."""
    found = []
    for block in lesson.blocks:
        if block.name == "exercise":
            break
        if block.name not in ("code", "given"):
            found.append(f"{block.argument}\n{block.body}" if block.name != "result-figure" else "")
    return "\n\n".join(found)


def stated_time(lesson: Lesson) -> re.Match[str]:
    """The line of a lesson's objectives that states its time.

    Raises
    ------
    LessonError
        If there is none, or one that cannot be read.
    """
    text = "\n".join(block.body for block in lesson.named("admonition"))
    found = TIME.search(text)
    if not found or {found["reading"], found["exercises"]} - TIMES.keys():
        raise LessonError(
            "the lesson does not state its time",
            where=f"book/learn/{lesson.name}.md",
            remedy=f"Write among its objectives: Time: a quarter of an hour to read, half an hour for the exercises. Times: {', '.join(TIMES)}.",
        )
    return found


def stated_minutes(lesson: Lesson) -> tuple[int, int]:
    """Minutes that a lesson's page states: to read it, and for all of its exercises."""
    found = stated_time(lesson)
    return TIMES[found["reading"]], TIMES[found["exercises"]]


def lessons_before(lesson: Lesson) -> list[str]:
    """The lessons that a lesson's page asks for: those that the paragraph about its time links to."""
    text = "\n".join(block.body for block in lesson.named("admonition"))
    return PAGE_LINK.findall(text[stated_time(lesson).start() :])


def _tables(table: symtable.SymbolTable) -> Iterator[symtable.SymbolTable]:
    yield table
    for inner in table.get_children():
        yield from _tables(inner)


def names_of(code: str) -> tuple[set[str], set[str]]:
    """The names that code takes from code before it, and those that it sets.

    Examples
    --------
    >>> needs, sets = names_of("total = sum(x * rate for x in months)")
    >>> sorted(needs), sorted(sets)
    (['months', 'rate'], ['total'])
    """
    whole = symtable.symtable(code, "<lesson>", "exec")
    sets = {one.get_name() for one in whole.get_symbols() if one.is_assigned() or one.is_imported()}
    reads = {
        one.get_name()
        for table in _tables(whole)
        for one in table.get_symbols()
        if one.is_referenced() and (table is whole or one.is_global())
    }
    return reads - sets - vars(builtins).keys(), sets
