"""Names of earlier editions that are still understood, each for one edition: anyone who uses one reads the name that replaced it."""

from __future__ import annotations

PARAMETERS = {"members": "draws"}
DIRECTIVES = {"when": "only-if"}
OLD_NOTEBOOKS = {"survival_looks": "overall_survival_analyses"}


def notice(kind: str, old: str, new: str) -> str:
    """The line that names the new name.

    Examples
    --------
    >>> notice("parameter", "members", "draws")
    "The parameter 'members' is now called 'draws'; the old name will not be understood in the next edition."
    """
    return f"The {kind} {old!r} is now called {new!r}; the old name will not be understood in the next edition."
