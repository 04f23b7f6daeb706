"""The form of a notebook's parameters, from their declaration: a select for a choice, boxes for a list of names, a field for the rest."""

from __future__ import annotations

import html
from typing import Any

from tourmaline import parameters, paths
from tourmaline.parameters import Parameter, as_argument
from tourmaline.results.words import word


def _in_words(name: str) -> str:
    return name.replace("_", " ").capitalize()


def _option(name: str, code: str, default: str) -> str:
    chosen = " selected" if code == default else ""
    return f'<option value="{html.escape(code)}"{chosen}>{html.escape(str(word(name, code)))}</option>'


def _box(name: str, code: str, checked: bool) -> str:
    text = html.escape(code)
    mark = " checked" if checked else ""
    return f'<label class="tm-run-box"><input type="checkbox" name="{name}" value="{text}"{mark}> {text}</label>'


def _field(notebook: str, parameter: Parameter, default: Any) -> str:
    name, given = html.escape(parameter.name), as_argument(default)
    place = f"run-{html.escape(notebook)}-{name}"
    help_ = f"{parameter.help}." if parameter.help else ""
    if not parameter.choices:
        help_ += f" Allowed: {parameter.allowed}{f' ({parameter.unit})' if parameter.unit else ''}."
    kept = f'data-parameter="{name}" data-default="{html.escape(given)}"'
    said = f'<span class="tm-run-help" id="{place}-help">{html.escape(help_.strip())}</span>'
    words = html.escape(_in_words(parameter.name))
    if parameter.choices and parameter.is_list:
        boxes = "".join(_box(name, code, code in default) for code in parameter.choices)
        return f'<fieldset {kept} data-several aria-describedby="{place}-help"><legend>{words}</legend>{boxes}{said}</fieldset>'
    label = f'<label for="{place}">{words}</label>'
    if parameter.choices or parameter.annotation is bool:
        options = "".join(_option(parameter.name, code, given) for code in parameter.choices or ("True", "False"))
        control = f'<select id="{place}" name="{name}" aria-describedby="{place}-help">{options}</select>'
    else:
        control = (
            f'<input id="{place}" name="{name}" type="text" value="{html.escape(given)}" autocomplete="off"'
            f' spellcheck="false" aria-describedby="{place}-help">'
        )
    return f"<div {kept}>{label}{control}{said}</div>"


def form(notebook: str, folder: str, version: str, size: int) -> str:
    """The form by which a page runs a notebook.

    Parameters
    ----------
    notebook : str
        Its name.
    folder : str
        The folder of the runtime, as the page names it, with a stroke at its end.
    version : str
        The SHA-256 of the runtime's manifest.
    size : int
        Bytes that a reader fetches before the first run.

    Returns
    -------
    str
        HTML; hidden until a script shows it.
    """
    path = paths.NOTEBOOKS / f"{notebook}.ipynb"
    defaults = parameters.validated(path, {})
    fields = "".join(
        _field(notebook, parameter, defaults[name]) for name, parameter in parameters.declared(path).items()
    )
    name = html.escape(notebook)
    return (
        f'<form class="tm-run-form" data-notebook="{name}" data-folder="{folder}" data-version="{version}" hidden>'
        f'<div class="tm-run-fields" role="group" aria-label="Parameters of {name}">{fields}</div>'
        f'<p class="tm-run-note" id="run-{name}-note">The first run fetches {size / 1e6:.0f} MB from this site; later ones take them from'
        " the browser's store. The results are computed in your browser and are not part of this edition.</p>"
        f'<p class="tm-run-buttons"><button type="submit" aria-describedby="run-{name}-note">Run in this browser</button>'
        ' <button type="button" class="tm-run-stop" hidden>Stop</button> <button type="reset">Defaults</button>'
        ' <a class="tm-run-link" href="#">Link to these parameters</a></p>'
        f'<p class="tm-run-says" role="status"></p><progress hidden aria-label="Progress of {name}"></progress>'
        '</form><div class="tm-run-results" hidden></div>'
    )
