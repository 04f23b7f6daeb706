"""The explorer: a reader chooses parameters, and sees what papermill computed with them; nothing is computed on the page.

    ```{explorer} multiverse
    ```

The page holds the choices, the run with the defaults, and a table of all runs with links to their figures: so it is whole without
JavaScript. book/static/explorer.js answers the choices from a script file of data, because a page opened from a folder may fetch
nothing else.
"""

from __future__ import annotations

import html
import json
import shlex
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective
from sphinx.util.osutil import copyfile

from tourmaline.errors import nearest
from tourmaline.results.words import word
from tourmaline.sphinx_ext import missing
from tourmaline.sphinx_ext.published import PHONE

PLACE = "_static/explorer"  # in the site
CONTENT = "explorer.json"


def _argument(name: str, value: str) -> str:
    """A parameter as a shell wants it; a list without blanks."""
    return f"-p {name} {shlex.quote(value.replace(', ', ','))}"


def command(about: dict[str, Any], chosen: list[int]) -> str:
    """The command that computes a run again: the parameters that differ from their defaults."""
    given = dict(about["fixed"])
    for choice, place in zip(about["choices"], chosen):
        if choice["options"][place] != choice["default"]:
            given[choice["name"]] = choice["options"][place]
    return " ".join(["tourmaline run", about["notebook"], *(_argument(name, value) for name, value in given.items())])


def _words(name: str) -> str:
    return name.replace("_", " ").capitalize()


def _value_in_words(name: str, value: str) -> str:
    """A parameter's value as a reader knows it: words for a code, a level in percent."""
    return f"{100 * float(value):g}%" if name == "confidence_level" else word(name, value)


def _help(choice: dict[str, Any]) -> str:
    """What a parameter means, without its own name and without the codes of its values, which the choices do not show."""
    words = choice["help"].removeprefix(f"{_words(choice['name'])}: ")
    for code in choice["options"]:
        words = words.replace(f" ({code})", "")
    return words[:1].upper() + words[1:]


class Explorer(SphinxDirective):
    """`{explorer} sweep`: the choices of a sweep of the book, and what each came to."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        self.name = self.arguments[0]
        sweeps = Path(self.env.srcdir) / "results" / "sweeps"
        content = sweeps / self.name / CONTENT
        self.env.note_dependency(str(content))
        if not content.exists():
            known = sorted(found.parent.name for found in sweeps.glob(f"[!.]*/{CONTENT}"))
            return [
                missing.report(
                    self.env,
                    self.lineno,
                    f"the book has no sweep {self.name!r}",
                    nearest(self.name, known) or f"It has {', '.join(known) or 'none'}.",
                )
            ]
        self.about = json.loads(content.read_text(encoding="utf-8"))
        self.for_phones = any((content.parent / "figures").glob("*.narrow.svg"))
        self.up = "../" * self.env.docname.count("/")
        explorer = nodes.raw("", self._markup(), format="html", notebook=self.about["notebook"])
        self.set_source_info(explorer)
        return [explorer]

    def _figure(self, run: dict[str, Any], ending: str = "svg") -> str:
        return f"{self.up}{PLACE}/{self.name}/figures/{run['figure']}.{ending}"

    def _picture(self, run: dict[str, Any]) -> str:
        image = f'<img src="{self._figure(run)}" alt="{self._text(run["alt"])}">'
        if not self.for_phones:
            return image
        return f'<picture><source media="{PHONE}" srcset="{self._figure(run, "narrow.svg")}">{image}</picture>'

    def _text(self, number: int) -> str:
        return html.escape(self.about["texts"][number])

    def _markup(self) -> str:
        choices, runs = self.about["choices"], self.about["runs"]
        defaults = [
            choice["options"].index(choice["default"]) if choice["default"] in choice["options"] else 0
            for choice in choices
        ]
        start = "-".join(map(str, defaults))
        if start not in runs:
            start = next(iter(runs))
            defaults = [int(place) for place in start.split("-")]
        run = runs[start]
        values = "".join(
            f"<div><dt>{self._text(label)}</dt><dd>{html.escape(shown)}</dd></div>"
            for label, shown in run["values"][1:]
        )
        name, title = html.escape(self.name), html.escape(self.about["title"])
        return (
            f'<section class="tm-explorer" id="explorer-{name}" data-sweep="{name}" aria-label="{title}"'
            f' data-command="{html.escape(command({**self.about, "choices": []}, []))}"'
            f' data-notebook="{html.escape(self.about["notebook"])}" data-fixed="{html.escape(json.dumps(self.about["fixed"]))}"'
            f' data-figures="{self.up}{PLACE}/{name}/figures/">'
            f"<form hidden><fieldset><legend>{title}</legend>{''.join(map(self._choice, choices, defaults))}</fieldset></form>"
            f'<p class="tm-explorer-says" role="status">{self._sentence(run)}</p>'
            f"<dl>{values}</dl>"
            f'<figure class="tm-figure">{self._picture(run)}'
            f"<figcaption>{self._text(run['caption'])}</figcaption></figure>"
            "<p>The command that recomputes this, in the report's folder:</p>"
            f'<pre class="tm-explorer-command" tabindex="0"><code>{html.escape(command(self.about, defaults))}</code></pre>'
            '<p hidden><a class="tm-explorer-link" href="#">Link to this choice</a></p>'
            f"{self._all_runs()}</section>"
            f'<script src="{self.up}{PLACE}/{name}.js" defer></script>'
        )

    def _sentence(self, run: dict[str, Any]) -> str:
        label, shown = run["values"][0]
        return f"{self._text(label)}: {html.escape(shown)}"

    def _choice(self, choice: dict[str, Any], default: int) -> str:
        name = html.escape(choice["name"])
        options = "".join(
            f'<option value="{place}"{" selected" if place == default else ""} data-code="{html.escape(code)}"'
            f' data-argument="{"" if code == choice["default"] else html.escape(_argument(choice["name"], code))}">'
            f"{html.escape(_value_in_words(choice['name'], code))}</option>"
            for place, code in enumerate(choice["options"])
        )
        place = f"explorer-{html.escape(self.name)}-{name}"
        return (
            f'<div><label for="{place}">{html.escape(_words(choice["name"]))}</label>'
            f'<select id="{place}" name="{name}" aria-describedby="{place}-help">{options}</select>'
            f'<span class="tm-explorer-help" id="{place}-help">{html.escape(_help(choice))}</span></div>'
        )

    def _all_runs(self) -> str:
        choices, runs = self.about["choices"], self.about["runs"]
        labels = [_words(choice["name"]) for choice in choices]
        head = "".join(f'<th scope="col">{html.escape(words)}</th>' for words in [*labels, "Result", "Figure"])
        rows = []
        for number, (place, run) in enumerate(runs.items(), start=1):
            codes = [(choice["name"], choice["options"][int(part)]) for choice, part in zip(choices, place.split("-"))]
            chosen = [_value_in_words(*code) for code in codes]
            first, *others = map(html.escape, chosen)
            cells = "".join(f"<td>{words}</td>" for words in [*others, html.escape(run["values"][0][1])])
            link = f'<a href="{self._figure(run)}" aria-label="Figure {number}">SVG</a>'
            rows.append(f'<tr><th scope="row">{first}</th>{cells}<td>{link}</td></tr>')
        title = html.escape(self.about["title"])
        return (
            f"<details><summary>All {len(runs)} combinations as a table</summary>"
            f'<div class="tm-table-scroll tm-long" tabindex="0" role="region" aria-label="All combinations: {title}">'
            f'<table class="tm-table"><thead><tr>{head}</tr></thead><tbody>{"".join(rows)}</tbody></table></div></details>'
        )


def _script_data(about: dict[str, Any]) -> dict[str, Any]:
    """What the script of the page reads: every text once, and of each run the numbers of its texts, which are short."""
    texts = {text: number for number, text in enumerate(about["texts"])}
    runs = {}
    for place, run in about["runs"].items():
        values = [[label, texts.setdefault(shown, len(texts))] for label, shown in run["values"]]
        runs[place] = [values, run["figure"], run["alt"], run["caption"]]
    return {"texts": list(texts), "runs": runs}


def _publish(app: Sphinx, problem: Exception | None) -> None:
    """Put the data into the site, as scripts, beside the figures."""
    if problem or app.builder.format != "html":
        return
    target, made = Path(app.outdir) / PLACE, set()
    for content in sorted((Path(app.srcdir) / "results" / "sweeps").glob(f"[!.]*/{CONTENT}")):
        name = content.parent.name
        (target / name / "figures").mkdir(parents=True, exist_ok=True)
        for figure in (content.parent / "figures").iterdir():
            made.add(place := target / name / "figures" / figure.name)
            copyfile(figure, place)  # does nothing where it is the same
        made.add(place := target / f"{name}.js")
        if place.exists() and place.stat().st_mtime_ns > content.stat().st_mtime_ns:
            continue
        about = json.loads(content.read_text(encoding="utf-8"))
        data = json.dumps(_script_data(about), ensure_ascii=False, separators=(",", ":"))
        script = f"(window.tourmalineSweeps = window.tourmalineSweeps || {{}})[{json.dumps(name)}] = {data};\n"
        place.write_text(script, encoding="utf-8")
    for left in (path for path in target.rglob("*") if path.is_file() and path not in made):
        left.unlink()


def setup(app: Sphinx) -> None:
    app.add_directive("explorer", Explorer)
    app.connect("build-finished", _publish)
