"""Read the page of a lesson: its text and directives, in order; nothing is rendered here."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tourmaline import paths
from tourmaline.errors import LessonError

FENCE = re.compile(r"^(?P<fence>`{3,}|:{3,})(?:\{(?P<name>[\w-]+)\} ?(?P<argument>.*)|(?P<language>[\w+-]*))$")
OPTION = re.compile(r"^:(?P<key>[\w-]+):(?: (?P<value>.*))?$")
CHOICE = re.compile(r"^- \[(?P<mark>[ x])\] (?P<words>.+)$")


@dataclass(frozen=True)
class Block:
    """A piece of a page: prose (no name), a directive, or code (named `code`)."""

    name: str
    body: str
    argument: str = ""
    options: dict[str, str] = field(default_factory=dict)
    line: int = 0

    @property
    def blocks(self) -> list[Block]:
        """What stands inside."""
        return read_blocks(self.body, self.line)


@dataclass(frozen=True)
class Option:
    """One answer that a quiz offers."""

    words: str
    right: bool
    feedback: str


@dataclass(frozen=True)
class Exercise:
    """An exercise and its solution."""

    label: str
    title: str
    number: int
    line: int
    solution: Block | None


@dataclass(frozen=True)
class Lesson:
    """The page of a lesson."""

    name: str
    title: str
    blocks: list[Block]

    def named(self, name: str) -> list[Block]:
        """The directives of one name, in order."""
        return [block for block in self.blocks if block.name == name]

    @property
    def exercises(self) -> list[Exercise]:
        """The exercises, each with its solution, or None where there is none."""
        solutions = {block.argument: block for block in self.named("solution")}
        return [
            Exercise(
                label := block.options.get("label", ""),
                block.argument,
                number,
                block.line,
                solutions.get(label),
            )
            for number, block in enumerate(self.named("exercise"), start=1)
        ]


def _directive(match: re.Match[str], body: Sequence[str], line: int) -> Block:
    if not match["name"]:
        return Block("code", "\n".join(body), match["language"] or "", line=line)
    options, body = {}, list(body)
    while body and (option := OPTION.match(body[0])):
        options[option["key"]] = option["value"] or ""
        body.pop(0)
        line += 1
    return Block(match["name"], "\n".join(body).strip("\n"), match["argument"].strip(), options, line)


def read_blocks(text: str, line: int = 0) -> list[Block]:
    """Cut a text into prose, directives and code.

    Parameters
    ----------
    text : str
        MyST.
    line : int
        Number of the line before the text.

    Raises
    ------
    LessonError
        For a fence that is not closed.

    Examples
    --------
    >>> [(b.name, b.body) for b in read_blocks("Text.\\n\\n```{note}\\nMind.\\n```")]
    [('', 'Text.'), ('note', 'Mind.')]
    """
    blocks, prose, lines, index = [], [], text.split("\n"), 0

    def end_prose() -> None:
        if words := "\n".join(prose).strip("\n"):
            blocks.append(Block("", words, line=line + index - len(prose) + 1))
        prose.clear()

    while index < len(lines):
        match = FENCE.match(lines[index])
        if not match:
            prose.append(lines[index])
            index += 1
            continue
        end_prose()
        try:
            end = lines.index(match["fence"], index + 1)
        except ValueError:
            raise LessonError(
                f"line {line + index + 1}: the block is not closed", remedy="End it as it began."
            ) from None
        blocks.append(_directive(match, lines[index + 1 : end], line + index + 1))
        index = end + 1
    end_prose()
    return blocks


def read_options(text: str) -> list[Option]:
    """Read the answers that a quiz offers: `- [x] words` for a right one, and its feedback on the indented lines below.

    Raises
    ------
    LessonError
        For fewer than two answers, none that is right, or one without feedback.

    Examples
    --------
    >>> [option.right for option in read_options("- [ ] Yes\\n  No.\\n- [x] No\\n  Indeed.")]
    [False, True]
    """
    found: list[tuple[re.Match[str], list[str]]] = []
    for line in text.split("\n"):
        if match := CHOICE.match(line):
            found.append((match, []))
        elif line.strip() and found:
            found[-1][1].append(line.strip())
    options = [Option(match["words"], match["mark"] == "x", " ".join(feedback)) for match, feedback in found]
    if len(options) < 2:
        raise LessonError("a quiz offers fewer than two answers", remedy="Write each as: - [ ] words")
    if not any(option.right for option in options):
        raise LessonError("a quiz has no right answer", remedy="Mark it: - [x] words")
    for option in options:
        if not option.feedback:
            raise LessonError(
                f"the answer {option.words!r} of a quiz has no feedback", remedy="Write it below, indented."
            )
    return options


def read_lesson(path: Path) -> Lesson:
    """Read a lesson.

    Raises
    ------
    LessonError
        For a page that cannot be read as one.
    """
    try:
        blocks = read_blocks(path.read_text(encoding="utf-8"))
    except LessonError as error:
        raise LessonError(error.what, where=paths.relative(path), remedy=error.remedy) from None
    title = re.search(r"^# (.+)$", blocks[0].body if blocks else "", re.MULTILINE)
    if not title:
        raise LessonError("it has no title", where=paths.relative(path), remedy="Begin with: # Title")
    return Lesson(path.stem, title[1], blocks)
