"""What pages say of editions: how to cite this one, which there are, and what changed from one to the next.

    ```{cite-edition}
    ```
    ```{edition-list}
    ```
    ```{what-changed}
    ```

The pipeline has written it in advance, from the results (`pipeline/editions/record.py`).
"""

from __future__ import annotations

import html
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from tourmaline import paths
from tourmaline.edition import Edition
from tourmaline.identity import identity
from tourmaline.results.formats import table_html
from tourmaline.sphinx_ext import missing
from tourmaline.sphinx_ext.published import LONG_TABLE_ROWS
from tourmaline.sphinx_ext.site_files import to_site_file

LATEST = "this build"
FIELDS = tuple(Edition.__dataclass_fields__)


MOST_ROWS = 200  # of a table of what changed: changes.json holds all


class _EditionDirective(SphinxDirective):
    """What the directives share: the record, and ways to write of it."""

    def run(self) -> list[nodes.Node]:
        place = paths.variant_of(Path(self.env.srcdir)).editions
        self.env.note_dependency(str(place))
        try:
            self.record = json.loads(place.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return [missing.report(self.env, self.lineno, "nothing is recorded of editions", "Run `make book`.")]
        return self.body()

    def body(self) -> list[nodes.Node]:
        raise NotImplementedError

    def link(self, words: str, target: str) -> nodes.reference:
        return to_site_file(self.env, words, target)

    def page(self, words: str, docname: str) -> nodes.Node:
        """The words as a link to a page, if the book has it."""
        if docname not in self.env.found_docs or docname == self.env.docname:
            return nodes.Text(words)
        uri = self.env.app.builder.get_relative_uri(self.env.docname, docname)
        return nodes.reference("", words, internal=True, refuri=uri)

    def paragraph(self, *parts: str | nodes.Node) -> nodes.paragraph:
        line = nodes.paragraph("", classes=["tm-published"])
        line += [nodes.Text(part) if isinstance(part, str) else part for part in parts]
        return line


class CiteEdition(_EditionDirective):
    """`{cite-edition}`: a box that says how to cite what the reader has before them."""

    def body(self) -> list[nodes.Node]:
        about = Edition(**{name: self.record["edition"][name] for name in FIELDS})
        title = "Cite this edition" if about.date else "Cite this report"
        box = nodes.admonition("", classes=["admonition", "tm-cite", "tm-published"])
        box += nodes.title("", title)
        box += self.paragraph(about.citation)
        since, frozen = self.record["since"], self.record["frozen"]
        if not about.date and frozen:
            last = frozen[-1]
            differs = any(since["counts"].values()) if since else True
            words = (
                "This build may still change. An edition does not: cite "
                if differs
                else "Every number is that of the last edition. An edition does not change: cite "
            )
            box += self.paragraph(
                words,
                self.link(f"the edition of {last['date']}", f"editions/{last['date']}/index.html"),
                ", or see ",
                self.page("what changed since", identity().pages["changes"]),
                ".",
            )
        bibtex = html.escape(about.bibtex(self.record["repository"]))
        box += nodes.raw("", f"<details><summary>BibTeX</summary><pre>{bibtex}</pre></details>", format="html")
        box += self.paragraph(
            "Download: ",
            self.link("BibTeX", "downloads/citation.bib"),
            ", ",
            self.link("CITATION.cff", "downloads/CITATION.cff"),
            ".",
            *self.more(),
        )
        return [box]

    def more(self) -> list[str | nodes.Node]:
        linked = self.page("Editions and how to cite", identity().pages["editions"])
        return [" ", linked, "."] if isinstance(linked, nodes.reference) else []


class EditionList(_EditionDirective):
    """`{edition-list}`: the frozen editions, each with its folder, archive and manifest."""

    def body(self) -> list[nodes.Node]:
        mine = self.record["edition"]["date"]
        if not self.record["frozen"]:
            return [
                self.paragraph(
                    "This is the first edition."
                    if mine
                    else "No edition is frozen here yet; make editions freezes those that are declared."
                )
            ]
        listed = nodes.bullet_list(classes=["tm-published", "tm-editions"])
        for one in reversed(self.record["frozen"]):
            item = nodes.list_item()
            item += self.described(one, linked=not mine)  # an archive must hold together without the other editions
            listed += item
        return [listed]

    def described(self, one: dict[str, Any], *, linked: bool) -> nodes.paragraph:
        about = Edition(**{name: one[name] for name in FIELDS})
        folder, archive, name = f"editions/{one['date']}", one["archive"], f"{one['date']}: {one['title']}"
        completed = f" (completed by that of {', '.join(one['completed_by'])})" if one["completed_by"] else ""
        links = (
            self.link(f"Archive ({archive['bytes'] / 1e6:.1f} MB)", f"{folder}/{archive['path']}"),
            f"{completed}, ",
            self.link("manifest", f"{folder}/manifest.json"),
            ". ",
        )
        return self.paragraph(
            self.link(name, f"{folder}/index.html") if linked else name,
            f". {one['settings'] or 'Every parameter at its default'}; {about}. ",
            *(links if linked else ()),
            "SHA-256 of the archive: ",
            nodes.literal("", archive["sha256"]),
        )


def _named(side: dict[str, str]) -> str:
    return f"the edition of {side['date']}" if side["date"] else LATEST


def _counted(number: int, one: str) -> str:
    return f"{number} {one}{'' if number == 1 else 's'}"


def _by_source(let_in: Sequence[dict[str, Any]]) -> list[tuple[str, str, str]]:
    """The rows that a date lets in: for each source how many of which file."""
    rows: dict[tuple[str, str], list[str]] = {}
    for row in let_in:
        place = row["source"], row["published"] or "undated"
        rows.setdefault(place, []).append(f"{row['rows']} of {row['file']}")
    return [(*place, ", ".join(counts)) for place, counts in rows.items()]


def _has_both(changes: dict[str, Any]) -> bool:
    kinds = {reason["kind"] for found in changes["notebooks"].values() for reason in found["reasons"]}
    return {"data", "code"} <= kinds


class WhatChanged(_EditionDirective):
    """`{what-changed}`: every value, verdict, figure and table that differs from the edition before, with the reason."""

    def body(self) -> list[nodes.Node]:
        compared = [*([self.record["since"]] if self.record["since"] else []), *self.record["changes"]]
        if not compared:
            return [self.paragraph("There is no edition before this one, so nothing is compared.")]
        return [self.section(one) for one in compared]

    def section(self, changes: dict[str, Any]) -> nodes.section:
        old, new = changes["old"], changes["new"]
        name = f"Since {_named(old)}" if not new["date"] else f"From {old['date']} to {new['date']}"
        section = nodes.section(ids=[f"changes-{new['date'] or 'latest'}"], names=[nodes.fully_normalize_name(name)])
        section += nodes.title("", name)
        counts = changes["counts"]
        if not any(counts.values()):
            section += self.paragraph(f"Nothing differs between {_named(old)} and {_named(new)}.")
            return section
        total = ", ".join(
            _counted(counts[kind], kind.removesuffix("s"))
            for kind in ("values", "verdicts", "figures", "tables")
            if counts[kind]
        )
        rows = len({(row["file"], row["row"]) for row in changes["data"]})
        section += self.paragraph(
            f"{_named(old)[:1].upper()}{_named(old)[1:]} ({old['title']}) and {_named(new)}"
            f"{f' ({new_title})' if (new_title := new['title']) else ''} differ in {total or 'no result'}. "
            f"Of the data that they read, {_counted(rows, 'row')} {'differs' if rows == 1 else 'differ'}."
        )
        if causes := changes["by_cause"]:
            section += self.paragraph(f"Of the values, {', '.join(causes)}.")
        if why := changes.get("untold"):
            section += self.paragraph(f"What the data moved cannot be told from what the code moved: {why}")
        elif not causes and not new["date"] and _has_both(changes):
            section += self.paragraph(
                "Data and code changed, and this build does not tell apart which moved a number. ",
                nodes.literal("", f"make book AGAINST={old['date']}"),
                " does.",
            )
        if changes["foremost"]:
            section += self.table(
                "The changes that matter most, at most ten",
                ("What", "Old", "New", "Difference", "Notebook", "Reason"),
                [
                    (r["what"], r["old"], r["new"], r["difference"], r["notebook"], r["reason"])
                    for r in changes["foremost"]
                ],
                name,
            )
        if changes["data"]:
            section += self.table(
                "Cells and rows of the data that differ",
                ("Number", "File and row", "What", "Column", "Old", "New"),
                [
                    (
                        r["id"],
                        f"{r['file']}: {r['row']}",
                        "reworded" if r["reworded"] else r["what"],
                        r["column"] or "the row",
                        r["old"],
                        r["new"],
                    )
                    for r in changes["data"]
                ],
                name,
                folded=True,
            )
        if changes["let_in"]:
            section += self.table(
                "Evidence between the two dates of as_of: the sources that count by one of them alone",
                ("Source", "Published", "Rows"),
                _by_source(changes["let_in"]),
                name,
                folded=True,
            )
        for notebook, found in changes["notebooks"].items():
            section += self.notebook(notebook, found, new["date"] or "latest")
        return section

    def notebook(self, notebook: str, found: dict[str, Any], new: str) -> nodes.section:
        section = nodes.section(ids=[f"changes-{new}-{notebook.replace('_', '-')}"], names=[])
        title = notebook.replace("_", " ").capitalize()
        section += nodes.title("", title)
        of = f"{title}, {new}"
        reasons = "; ".join(reason["words"] for reason in found["reasons"])
        section += self.paragraph(nodes.strong("", "Because: "), f"{reasons}.")
        if found["reasons"][0]["kind"] == "notebook":
            counted = (_counted(len(found[kind]), kind.removesuffix("s")) for kind in ("values", "figures", "tables"))
            section += self.paragraph(f"With it: {', '.join(counted)}.")
            return section
        short = ", ".join(dict.fromkeys(reason["kind"] for reason in found["reasons"]))
        if found["values"]:
            section += self.table(
                "Values that differ",
                ("Value", "Old", "New", "Difference", "Reason"),
                [(r["label"], r["old"], r["new"], r["difference"], r["kinds"]) for r in found["values"]],
                of,
                folded=True,
            )
        if found["verdicts"]:
            section += self.table(
                "Verdicts that differ",
                ("Row", "Table", "Old", "New", "Reason"),
                [(r["row"], r["table"], r["old"], r["new"], r["kinds"]) for r in found["verdicts"]],
                of,
                folded=True,
            )
        if found["figures"]:
            section += self.table(
                "Figures that differ, in the words of their alternative text",
                ("Figure", "Old", "New", "Reason"),
                [
                    (
                        r["name"],
                        r["old"],
                        r["new"] if r["new"] != r["old"] else "the same words, another picture",
                        short,
                    )
                    for r in found["figures"]
                ],
                of,
                folded=True,
            )
        if found["tables"]:
            section += self.table(
                "Tables that differ",
                ("Table", "What", "Cells changed", "Rows added", "Rows removed", "Reason"),
                [
                    (r["caption"], r["what"], *(str(len(r[k])) for k in ("cells", "rows_added", "rows_removed")), short)
                    for r in found["tables"]
                ],
                of,
                folded=True,
            )
        return section

    def table(
        self, caption: str, columns: Sequence[str], rows: Sequence[Sequence[str]], of: str, *, folded: bool = False
    ) -> nodes.raw:
        """A table with its frame; `of` tells its frame from those of the same caption elsewhere on the page."""
        body = table_html(columns, rows[:MOST_ROWS], {})
        long = " tm-long" if len(rows) > LONG_TABLE_ROWS else ""
        label = html.escape(caption)
        markup = (
            f'<div class="tm-table-scroll{long}" tabindex="0" role="region" aria-label="{label}: {html.escape(of)}">'
            f'<table class="tm-table tm-changes"><caption>{label}</caption>{body}</table></div>'
        )
        if len(rows) > MOST_ROWS:
            markup += f"<p>{len(rows) - MOST_ROWS} more rows are in changes.json.</p>"
        if folded:
            markup = f"<details class='tm-folded'><summary>{label} ({len(rows)})</summary>{markup}</details>"
        return nodes.raw("", markup, format="html")


def setup(app: Sphinx) -> None:
    app.add_directive("cite-edition", CiteEdition)
    app.add_directive("edition-list", EditionList)
    app.add_directive("what-changed", WhatChanged)
