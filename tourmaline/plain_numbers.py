"""Numbers that everybody reads alike. YAML, Python and people differ on `0100`, `1:30`, `0x10` and `1_0`."""

from __future__ import annotations

import re

# Thousands may stand apart as 10_000; no leading zero, for YAML takes 0100 for octal.
WHOLE = re.compile(r"[-+]?(0|[1-9][0-9]*|[1-9][0-9]{0,2}(_[0-9]{3})+)")
DECIMAL = re.compile(r"[-+]?([0-9]+\.[0-9]*|\.[0-9]+)([eE][-+]?[0-9]+)?|[-+]?[0-9]+[eE][-+]?[0-9]+")


def is_plain(text: str) -> bool:
    """Whether a text is a decimal number that no reader takes for another one.

    Examples
    --------
    >>> [is_plain(text) for text in ("100", "10_000", "-0.5", "1e-3", "0100", "1:30", "0x10", "1_0", "yes")]
    [True, True, True, True, False, False, False, False, False]
    """
    return bool(WHOLE.fullmatch(text) or DECIMAL.fullmatch(text))
