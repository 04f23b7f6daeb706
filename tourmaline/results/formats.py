"""What a published result holds, how its numbers are written, and the HTML of a table. No heavy import: pages use it too."""

from __future__ import annotations

import html
import math
from collections.abc import Sequence
from typing import Any

from tourmaline.digits import earned_decimals, shared_decimals, with_decimals, with_error

ORIGINS = {
    "printed": "transcribed from a publication",
    "recomputed": "computed from reported numbers",
    "reconstructed": "computed through reconstructed data that are not patients' data",
    "assumed": "a choice of the analyst",
}
UNITS = {
    "ratio": "",
    "percent": "%",
    "percentage points": " percentage points",
    "fraction": "",
    "probability": "",
    "months": " months",
    "patients": " patients",
    "cycles": " cycles",
    "events": " events",
    "deaths": " deaths",
    "trials": " trials",
    "count": "",
    "statistic": "",
    "standard deviations": " standard deviations",
    "date": "",
    "text": "",
}
TEXT_UNITS = frozenset({"date", "text"})
WIDE_CELL = 60  # letters
WRITTEN_OUT = 1e9  # a larger number, such as the end of a prediction from few trials, is shown by its power of ten
SIGNIFICANT_DIGITS = 12  # of a float in a file: far more than is shown, fewer than differ between machines


def ledger_anchor(claim: str) -> str:
    """The place of a reported number's row on the page of the audit.

    Examples
    --------
    >>> ledger_anchor("results.pfs.hazard_ratio")
    'claim-results-pfs-hazard_ratio'
    """
    return f"claim-{claim.replace('.', '-')}"


def rounded(value: Any) -> Any:
    """A value fit for a file: floats to 12 significant digits, nan and infinity as None, numpy scalars as Python's."""
    if hasattr(value, "item"):
        value = value.item()
    if isinstance(value, float):
        return float(f"{value:.{SIGNIFICANT_DIGITS}g}") if math.isfinite(value) else None
    return value


def shown(value: float | int | str | None, decimals: int = 0) -> str:
    """A number with its decimals, rounded half to even from its decimal form; '—' where there is none.

    Examples
    --------
    >>> shown(0.7087, 2), shown(None), shown(-0.04, 1), shown("ASPIRE"), shown(3.125e16, 2)
    ('0.71', '—', '0.0', 'ASPIRE', '3.1 × 10^16')
    """
    if value is None or value == "":
        return "—"
    if isinstance(value, str):
        return value
    if isinstance(value, float) and abs(value) >= WRITTEN_OUT:
        mantissa, exponent = f"{value:.1e}".split("e")
        return f"{mantissa} × 10^{int(exponent)}".replace("-", "−")
    return with_decimals(value, decimals).replace("-", "−")


def range_in_words(ends: Sequence[tuple[float, float | None]], decimals: int = 0) -> str:
    """Two ends of a range that come from random draws, as `with_error` writes them, with the decimals that both have earned.

    Examples
    --------
    >>> range_in_words([(131.0, 0.2), (148.0, 1.5)]), range_in_words([(0.562, 0.0001), (0.5601, 0.003)], 3)
    ('131 to 148 ± 2', '0.56 to 0.56')
    """
    earned = shared_decimals(decimals, [error for _, error in ends])
    return " to ".join(with_error(value, earned, error).replace("-", "−") for value, error in ends)


def shown_p(value: float | None, error: float | None = None) -> str:
    """A P value as journals report it: two digits that tell something, never 0; with its Monte Carlo error if that reaches them.

    Examples
    --------
    >>> shown_p(0.0432), shown_p(0.0052), shown_p(0.00004), shown_p(0.8634)
    ('0.04', '0.005', '<0.001', '0.86')
    >>> shown_p(0.8634, 0.001), shown_p(0.0432, 0.01)
    ('0.86', '0.04 ± 0.01')
    """
    if value is None:
        return "—"
    if value < 0.001:
        return "<0.001"
    decimals = 2 if value >= 0.0095 else 3
    text = shown(value, decimals)
    return text if earned_decimals(decimals, error) == decimals else f"{text} ± {error:.1g}"


def p_in_words(value: float | None) -> str:
    """A P value with its sign of relation, as in a sentence.

    Examples
    --------
    >>> p_in_words(0.0432), p_in_words(0.00004), p_in_words(None)
    ('P = 0.04', 'P < 0.001', 'P = —')
    """
    return _as_p(shown_p(value))


def _as_p(text: str) -> str:
    return f"P < {text[1:]}" if text.startswith("<") else f"P = {text}"


def is_one_of(value: Any, words: str) -> bool:
    """Whether a published text is one of several, which are written with a stroke between them.

    Examples
    --------
    >>> is_one_of("several", "one | several")
    True
    """
    return value in [word.strip() for word in words.split("|")]


def shown_value(record: dict[str, Any]) -> str:
    """The number of a published value, with its unit: a reported one with the digits of its source, one of draws as `with_error`.

    Examples
    --------
    >>> shown_value({"value": 78.33, "unit": "percent", "decimals": 1})
    '78.3%'
    >>> shown_value({"value": 20.0, "unit": "months", "decimals": 1, "reported": {"value": "20"}})
    '20 months'
    """
    if reported := record.get("reported", {}).get("value"):
        return reported + UNITS[record["unit"]]
    if record["unit"] == "probability":
        return shown_p(record["value"])
    number = shown(record["value"], record["decimals"])
    if (error := record.get("monte_carlo_error")) and record["value"] is not None and "10^" not in number:
        number = with_error(record["value"], record["decimals"], error).replace("-", "−")
    return number + UNITS[record["unit"]]


def value_in_words(record: dict[str, Any]) -> str:
    """A published value as prose names it: a probability is a P value.

    Examples
    --------
    >>> value_in_words({"value": 0.00004, "unit": "probability", "decimals": 0})
    'P < 0.001'
    """
    text = shown_value(record)
    return _as_p(text) if record["unit"] == "probability" else text


def shown_interval(record: dict[str, Any]) -> str:
    """The interval of a published value.

    Examples
    --------
    >>> shown_interval({"lower": 0.63, "upper": 0.7961, "level": 0.95, "unit": "ratio", "decimals": 2})
    '95% confidence interval 0.63 to 0.80'
    >>> shown_interval({"lower": 16.6, "upper": None, "level": 0.95, "unit": "months", "decimals": 1})
    '95% confidence interval from 16.6 months, upper limit not estimable'
    >>> reported = {"value": "0.82", "lower": "0.67", "upper": "1.0"}
    >>> shown_interval({"lower": 0.67, "upper": 1.0, "level": 0.95, "unit": "ratio", "decimals": 2, "reported": reported})
    '95% confidence interval 0.67 to 1.0'
    """
    reported = record.get("reported", {})
    name, unit = f"{100 * record['level']:.6g}% confidence interval", UNITS[record["unit"]]
    lower, upper = (
        None if record[end] is None else reported.get(end) or shown(record[end], record["decimals"])
        for end in ("lower", "upper")
    )
    if lower is None and upper is None:
        return f"{name} not estimable"
    if upper is None:
        return f"{name} from {lower}{unit}, upper limit not estimable"
    if lower is None:
        return f"{name} up to {upper}{unit}, lower limit not estimable"
    return f"{name} {lower} to {upper}{unit}"


def _cell(text: str, decimals: int | None) -> str:
    if decimals is None:
        return text
    return shown(float(text), decimals) if text else "—"


def _indented(indent: int) -> str:
    return f' class="tm-indent-{indent}"' if indent else ""


def table_html(columns: Sequence[str], rows: Sequence[Sequence[str]], layout: dict[str, Any]) -> str:
    """Head and body of a table, with scopes; everything escaped.

    Parameters
    ----------
    columns : sequence of str
        Headings.
    rows : sequence of sequence of str
        Cells as in the CSV.
    layout : dict
        decimals (column -> number of decimals), headings (whether a row is a heading of a block), indents (of the first
        column, by row), row_ids (by which a row can be linked to), filters (columns whose words a reader can choose by).
    """
    decimals = layout.get("decimals", {})
    headings = layout.get("headings") or [False] * len(rows)
    indents = layout.get("indents") or [0] * len(rows)
    row_ids = layout.get("row_ids") or [""] * len(rows)
    filters = layout.get("filters") or ()
    numeric = [name in decimals or name in layout.get("numeric", ()) for name in columns]
    wide = {  # of a table with many columns: where whole sentences stand
        name for name, *cells in zip(columns, *rows) if filters and max(map(len, cells), default=0) > WIDE_CELL
    }
    head = "".join(
        f'<th scope="col"{" class=tm-number" if is_number else " class=tm-wide" if name in wide else ""}{" data-choose" if name in filters else ""}>'
        f"{html.escape(name)}</th>"
        if name
        else "<td></td>"  # over the labels of rows that need no name: no heading
        for name, is_number in zip(columns, numeric)
    )
    body = []
    for row, heading, indent, row_id in zip(rows, headings, indents, row_ids):
        if heading:
            body.append(
                f'<tr class="tm-heading"><th scope="colgroup" colspan="{len(columns)}"{_indented(indent)}>{html.escape(row[0])}</th></tr>'
            )
            continue
        first, *others = (html.escape(_cell(text, decimals.get(name))) for name, text in zip(columns, row))
        cells = "".join(
            f"<td{' class=tm-number' if is_number else ''}>{text}</td>" for text, is_number in zip(others, numeric[1:])
        )
        place = f' id="{html.escape(row_id)}"' if row_id else ""
        body.append(f'<tr{place}><th scope="row"{_indented(indent)}>{first}</th>{cells}</tr>')
    return f"<thead><tr>{head}</tr></thead><tbody>{''.join(body)}</tbody>"
