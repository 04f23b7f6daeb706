"""What all commands share: options, how an error is told, the bar of progress."""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable
from typing import Any

import click

from tourmaline.errors import ParameterError, TourmalineError

json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON for a program to read.")
timeout_option = click.option(
    "--timeout",
    type=click.IntRange(min=1),
    default=1800,
    show_default=True,
    metavar="SECONDS",
    help="Longest time for one cell.",
)


def jobs_option(default: str) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """The option --jobs, which says what it is without it."""
    words = f"How many notebooks run side by side. [default: {default}]"
    return click.option("--jobs", type=click.IntRange(min=1), metavar="N", help=words)


SECONDS_BETWEEN_LINES = 5  # of progress in a log

# Each notebook's results are put in place when it has run, and the site when all of it is built.
NOTHING_HALF_DONE = "Nothing is half done: what was finished is kept, the rest is as it was before."


class Commands(click.Group):
    """Every error that a user can cause is one message, with exit code 1 (the work failed) or 2 (wrong usage)."""

    def invoke(self, context: click.Context) -> Any:
        try:
            return super().invoke(context)
        except BrokenPipeError:  # who reads has read enough, as in `tourmaline diff ... | head`
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            context.exit(0)
        except (TourmalineError, OSError) as error:
            if context.params.get("debug"):
                raise
            say(error)
            context.exit(2 if isinstance(error, ParameterError) else 1)
        except KeyboardInterrupt:
            click.echo(f"Stopped. {NOTHING_HALF_DONE}", err=True)
            context.exit(130)


def error_in_words(error: Exception) -> str:
    """An error that a user can cause, in words."""
    if isinstance(error, OSError):
        place = f": {error.filename}" if error.filename else ""
        return f"{error.strerror or error}{place}\n  {NOTHING_HALF_DONE}"
    return str(error)


def say(error: Exception) -> None:
    click.echo(f"Error: {error_in_words(error)}", err=True)


def print_json(content: Any) -> None:
    click.echo(json.dumps(content, ensure_ascii=False, indent=2))


class Progress:
    """What is being done, on stderr: a bar in a terminal, and a line at times in a log; nothing while there is nothing to do."""

    def __init__(self, *, time_left: bool = False) -> None:
        self._shown: _Bar | _Log | None = None
        self._time_left = time_left

    def __call__(self, what: str, done: int, total: int) -> None:
        if self._shown is None:
            self._shown = _Bar(self._time_left) if sys.stderr.isatty() else _Log()
        self._shown.update(what, done, total)

    def __enter__(self) -> Progress:
        return self

    def __exit__(self, *_: object) -> None:
        if self._shown:
            self._shown.stop()


class _Bar:
    def __init__(self, time_left: bool) -> None:
        from rich.console import Console  # slow to import
        from rich.progress import (
            BarColumn,
            MofNCompleteColumn,
            Progress,
            TextColumn,
            TimeElapsedColumn,
            TimeRemainingColumn,
        )

        columns = (BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), TextColumn("{task.description}"))
        columns = (*columns, TimeRemainingColumn()) if time_left else columns
        self._bar = Progress(*columns, console=Console(stderr=True), transient=True)
        self._bar.start()
        self._task = self._bar.add_task("starting")

    def update(self, what: str, done: int, total: int) -> None:
        self._bar.update(self._task, description=what, completed=done, total=total)

    def stop(self) -> None:
        self._bar.stop()


class _Log:
    """A log shows no bar: it gets a line as each kind of work begins, and then no more than one in SECONDS_BETWEEN_LINES."""

    def __init__(self) -> None:
        self._next, self._total = 0.0, -1

    def update(self, what: str, done: int, total: int) -> None:
        if total != self._total or time.monotonic() >= self._next:
            self._next, self._total = time.monotonic() + SECONDS_BETWEEN_LINES, total
            click.echo(f"  {done} of {total}: {what}", err=True)

    def stop(self) -> None:
        pass
