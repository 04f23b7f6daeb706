"""What the site offers to be reused: values, tables, figures, data, notebooks, sources; each archive the same bytes again."""

from __future__ import annotations

import json
from collections.abc import Mapping
from itertools import groupby
from pathlib import Path
from posixpath import dirname
from typing import Any

import yaml

from tourmaline import paths
from tourmaline.edition import Edition
from tourmaline.errors import SiteError
from tourmaline.lessons.box import course_index, lesson_files, read_for_lesson
from tourmaline.lessons.courses import COURSES_FILE, lessons_of, read_courses
from tourmaline.lessons.prose import citations
from tourmaline.pipeline.finishing.kept import Kept
from tourmaline.pipeline.notebooks import all_notebooks
from tourmaline.pipeline.sources import source_files, visible
from tourmaline.pipeline.zip_files import joined, zipped
from tourmaline.results.formats import ORIGINS, UNITS, shown_interval, shown_value
from tourmaline.yaml_files import load_yaml

SCHEMA = Path(__file__).parents[1] / "results" / "values.schema.json"
NEEDED = """\
# This notebook needs the report's package, which holds its data and methods.
try:
    from tourmaline import paths
except ModuleNotFoundError:
    raise ModuleNotFoundError(
        "{missing}"
    ) from None
if not paths.NOTEBOOKS.exists():
    raise FileNotFoundError(
        "The package tourmaline is installed without the report's data. {command}"
    )"""


def value_files(results: Path) -> list[Path]:
    """The file of values of each notebook."""
    return sorted(results.glob("[!.]*/values.json"))


def all_values(results: Path, edition: Edition) -> dict[str, Any]:
    """Every published value by notebook and name, as `values.schema.json` describes it."""
    values = {}
    for path in value_files(results):
        for name, record in json.loads(path.read_text(encoding="utf-8")).items():
            interval = {"shown_interval": shown_interval(record)} if "level" in record else {}
            values[f"{path.parent.name}/{name}"] = {**record, "shown": shown_value(record), **interval}
    about = {key: value for key, value in vars(edition).items() if value != ""}
    return {"$schema": SCHEMA.name, "edition": about, "values": values}


def schema() -> dict[str, Any]:
    """The JSON Schema of all values: its text, with the units and origins that a value can have."""
    described = json.loads(SCHEMA.read_text(encoding="utf-8"))
    about = described["$defs"]["value"]["properties"]
    about["unit"]["enum"], about["origin"]["enum"] = list(UNITS), list(ORIGINS)
    return described


def _command(repository: str) -> str:
    """What a reader does to have the package: one command."""
    if repository:
        return f'Install it with: pip install --editable "git+{repository}#egg=tourmaline"'
    return "Unpack source.zip of the book's page 'Reuse', and in its folder run: pip install --editable ."


def as_downloaded(notebook: Path, repository: str) -> str:
    """The notebook for a reader: clean, and first of all it looks for the package, or says how to have it."""
    import nbformat  # a tenth of a second, where no notebook has changed

    document = nbformat.read(notebook, as_version=4)
    command = _command(repository).replace('"', '\\"')
    source = NEEDED.format(missing=f"The package tourmaline is not installed. {command}", command=command)
    cell = nbformat.v4.new_code_cell(source, id="needs-tourmaline")
    first = next((index for index, one in enumerate(document.cells) if one.cell_type == "code"), 0)
    document.cells.insert(first, cell)
    return nbformat.writes(document) + "\n"


def citation_file(edition: Edition, repository: str) -> str:
    """CITATION.cff, for this edition."""
    content = load_yaml(paths.ROOT / "CITATION.cff", error=SiteError)
    content |= {"version": edition.date or edition.data_version, "date-released": edition.date or edition.data_date}
    content |= {"abstract": f"{edition.name}. {edition}."}
    content |= {"commit": edition.commit} if edition.commit else {}
    content |= {"repository-code": repository} if repository else {}
    return yaml.safe_dump(content, allow_unicode=True, sort_keys=False)


def all_sources() -> dict[str, bytes]:
    """The files from which the report can be made again, by name."""
    return {name: path.read_bytes() for name, path in source_files().items()}


def all_downloads(
    variant: paths.Variant, edition: Edition, record: dict[str, Any], source: Mapping[str, bytes], kept: Kept
) -> dict[str, bytes]:
    """What the site offers in its folder `downloads`, by name.

    Parameters
    ----------
    variant : Variant
        Whose results they are.
    edition : Edition
        What identifies it.
    record : dict
        What is said of editions.
    source : mapping of str to bytes
        The files from which the report can be made again.
    kept : Kept
        What was packed in the build before.
    """
    results, repository = variant.results, record["repository"]

    compressed = not edition.date
    kind_of_zip = "zip" if compressed else "zip of an edition"

    def packed(files: Mapping[str, bytes]) -> bytes:
        """A zip file; the files of a folder are compressed again only if one of them has changed."""
        parts = []
        for _, names in groupby(sorted(files), dirname):
            part = {name: files[name] for name in names}
            made_of = [piece for pair in part.items() for piece in pair]
            parts.append(kept.make(kind_of_zip, made_of, lambda of=part: zipped(of, compressed)))
        return joined(parts)

    def of_results(kind: str) -> bytes:
        files = sorted(results.glob(f"[!.]*/{kind}/*"))
        return packed({f"{path.parts[-3]}/{path.name}": path.read_bytes() for path in files})

    def as_json(content: Any) -> bytes:
        return (json.dumps(content, ensure_ascii=False, indent=1, sort_keys=True) + "\n").encode()

    made_of = [json.dumps(vars(edition), sort_keys=True)]
    made_of += [part for path in value_files(results) for part in (path.parent.name, path.read_bytes())]
    values = kept.make("values", made_of, lambda: as_json(all_values(results, edition)))
    of = {kind: of_results(kind) for kind in ("tables", "figures", "files")}
    changed = {"since": record["since"], "changes": record["changes"]}
    changes = kept.make("changes", [json.dumps(changed, sort_keys=True)], lambda: as_json(changed))

    def courses() -> dict[str, bytes]:
        """The box of all courses, for a book that has some; the files of a lesson are made again if what is read for them has changed."""
        if not COURSES_FILE.exists():
            return {}
        chosen = read_courses()
        box = {f"{name}.html": course_index(course).encode() for name, course in chosen.items()}
        for lesson in lessons_of(chosen.values()):
            read = read_for_lesson(lesson, results)
            made_of = [part for path in read for part in (str(path), path.read_bytes())]
            made = kept.make("lesson", made_of, lambda one=lesson: as_json(lesson_files(one, results, citations())))
            box |= {name: text.encode() for name, text in json.loads(made).items()}
        return {"courses.zip": packed(box)}

    data = {path.relative_to(paths.DATA).as_posix(): path.read_bytes() for path in visible(paths.DATA)}
    notebooks = {
        path.name: kept.make(
            "notebook", [path.read_bytes(), repository], lambda p=path: as_downloaded(p, repository).encode()
        )
        for path in all_notebooks()
    }
    return {
        "values.json": values,
        SCHEMA.name: as_json(schema()),
        "changes.json": changes,
        "CITATION.cff": citation_file(edition, repository).encode(),
        "citation.bib": edition.bibtex(repository).encode(),
        **{f"{kind}.zip": content for kind, content in of.items()},
        **courses(),
        "data.zip": packed(data),
        "notebooks.zip": packed(notebooks),
        "source.zip": packed(source),
        **{f"notebooks/{name}": content for name, content in notebooks.items()},
    }
