"""One cell of a notebook, run in this process as a kernel would: its code, the value at its end, and how an object shows itself."""

from __future__ import annotations

import ast
import base64
import contextlib
import io
import warnings
from typing import Any

# In what order a kernel asks an object to show itself, and how: the first of text are told beside a picture or markup.
SHOWN = (("text/html", "_repr_html_"), ("image/png", "_repr_png_"), ("image/svg+xml", "_repr_svg_"))


def mime_bundle(shown: Any) -> dict[str, str]:
    """An object as a notebook shows it, by media type.

    Examples
    --------
    >>> mime_bundle(3)
    {'text/plain': '3'}
    """
    found = {"text/plain": repr(shown)}
    for kind, method in SHOWN:
        content = getattr(shown, method, lambda: None)() if not isinstance(shown, type) else None
        if content is not None:
            found[kind] = base64.b64encode(content).decode() if isinstance(content, bytes) else content
    return found


def _code(source: str, where: str) -> tuple[Any, Any]:
    """What to execute, and the expression at its end whose value is shown."""
    tree = ast.parse(source, where)
    last = None
    if tree.body and isinstance(tree.body[-1], ast.Expr) and not source.rstrip().endswith(";"):
        last = compile(ast.Expression(tree.body.pop().value), where, "eval")
    return compile(tree, where, "exec"), last


def run_cell(source: str, where: str, namespace: dict[str, Any], said: io.StringIO, warned: io.StringIO) -> Any:
    """Run one cell, and return the value of the expression at its end; None if it ends otherwise, or with a semicolon.

    Parameters
    ----------
    source : str
        Its code.
    where : str
        What a traceback calls it.
    namespace : dict
        The names that are defined; those that the cell sets are added.
    said, warned : io.StringIO
        Where its standard output and its standard error go; they may be the same.

    Raises
    ------
    Exception
        Whatever the cell raises.

    Examples
    --------
    >>> said = io.StringIO()
    >>> run_cell("print('half'); 1 / 2", "a cell", {}, said, said), said.getvalue()
    (0.5, 'half\\n')
    """
    # Python shows a warning once; each run has its own, or a second one would hide what the first one said.
    with contextlib.redirect_stdout(said), contextlib.redirect_stderr(warned), warnings.catch_warnings():
        body, last = _code(source, where)
        exec(body, namespace)
        return eval(last, namespace) if last else None
