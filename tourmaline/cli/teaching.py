"""The command that makes a course: slides, handouts, notebooks, quizzes, and numbers for each student."""

from __future__ import annotations

import hashlib
import json
import tempfile
from pathlib import Path

import click

from tourmaline import paths
from tourmaline.errors import ParameterError

INDEX = "index.html"
RECORD = "course.json"  # in the folder of a course: from what it was made, and the hashes of its files
MOST_STUDENTS, LARGEST_SEED = 500, 2**32 - 1


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _checked_folder(output: Path, asked: str, students: int, seed: int | None) -> Path:
    """Where to write: a new or an empty folder, or an earlier course of which nothing is lost.

    Nothing was added or changed since, and its students keep their numbers: the course that is `asked` for is the same, with
    the same seed and no fewer students.
    """
    folder = output.resolve()
    taken = (paths.RESULTS, paths.BUILD, paths.DATA, paths.NOTEBOOKS, paths.ROOT / "book", paths.ROOT / "tourmaline")
    if any(folder.is_relative_to(one) for one in taken) or paths.ROOT.is_relative_to(folder):
        raise ParameterError(
            f"a course must not be written to {output}", remedy="Choose a new folder, for example under runs/courses/."
        )
    if folder.exists() and not folder.is_dir():
        raise ParameterError(f"{output} is not a folder", remedy="Choose a new folder.")
    if not folder.exists() or not any(folder.iterdir()):
        return folder
    try:
        about = json.loads((folder / RECORD).read_text(encoding="utf-8"))
        had, had_students, had_seed = about["course"], about["students"], about["seed"]
        kept = {RECORD: _digest((folder / RECORD).read_bytes()), **about["files"]}
    except (OSError, ValueError, KeyError, TypeError):
        raise ParameterError(
            f"{output} holds something else than a course", remedy="Choose an empty or a new folder."
        ) from None
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if path.is_file() and kept.get(name) != _digest(path.read_bytes()):
            raise ParameterError(
                f"{name} was added or changed since the course was made, and would be lost",
                where=str(output),
                remedy="Choose a new folder, or move the file away.",
            )
    if had_students and ((had, had_seed) != (asked, seed) or had_students > students):
        raise ParameterError(
            f"the numbers of {had_students} students would be lost",
            where=str(output),
            remedy="Choose a new folder, or remove this one: it was made by "
            f"`tourmaline course {had} --students {had_students} --seed {had_seed}`.",
        )
    return folder


def _own_files(lessons: list, students: int, seed: int, title: str) -> dict[str, str]:
    """Notebooks with numbers for each student, the files that they read, and the answer key."""
    from tourmaline.hypothetical_trials import write_hypothetical_results  # heavy
    from tourmaline.lessons import given_files, own_numbers
    from tourmaline.lessons.prose import citations

    files, rows, sources = {}, [], citations()
    for student in range(1, students + 1):
        with tempfile.TemporaryDirectory() as place:
            results = Path(place)
            write_hypothetical_results(results, seed, student)
            for lesson in lessons:
                own = own_numbers.with_own_numbers(lesson, results, student)
                if own is None:
                    continue
                notebook, key = own_numbers.own_notebook(own, results, student, sources)
                files[f"students/own-numbers/{student:03}/{lesson.name}.ipynb"] = notebook
                for path in (path for block in own.named("given") for path in given_files(block.body, results)):
                    files[f"students/own-numbers/{student:03}/{path.name}"] = path.read_text(encoding="utf-8")
                rows += key
    files["teachers/answer-key.csv"] = own_numbers.key_csv(rows)
    files["teachers/answer-key.html"] = own_numbers.key_page(rows, title, seed)
    return files


@click.command()
@click.argument("name", required=False)
@click.option(
    "--output",
    type=click.Path(path_type=Path),
    help="Folder to write. [default: runs/courses/NAME]",
)
@click.option(
    "--students",
    type=click.IntRange(0, MOST_STUDENTS),
    default=0,
    metavar="N",
    help="Add notebooks for so many students, each with a hypothetical trial of its own, and an answer key.",
)
@click.option(
    "--seed",
    type=click.IntRange(0, LARGEST_SEED),
    help="From which the students' numbers are drawn; the same seed gives the same numbers. Needed with --students.",
)
def course(name: str | None, output: Path | None, students: int, seed: int | None) -> None:
    """Make the files of the course NAME; without NAME, list the courses.

    The folder has a first page with the timetable, slides, handouts of two pages, notebooks that check answers, assignments for nbgrader and
    quizzes for Moodle, all made from the pages of the lessons and the results of the last build.

    \b
    tourmaline course one-hour
    tourmaline course half-day --students 24 --seed 2026
    """
    from tourmaline.lessons.courses import find_course, read_courses

    if name is None:
        if output or students or seed is not None:
            raise click.UsageError("name a course: tourmaline course NAME. Without options, the courses are listed.")
        for one in read_courses().values():
            click.echo(f"{one.name:<12} {one.minutes:>5} minutes  {one.title}")
        return
    if students and seed is None:
        raise click.UsageError("--students needs --seed, a number to note: it gives the same numbers again.")
    if seed is not None and not students:
        raise click.UsageError("--seed goes with --students N.")
    chosen = find_course(name)
    folder = _checked_folder(output or paths.RUNS / "courses" / chosen.name, chosen.name, students, seed)
    from tourmaline.lessons.box import course_files, course_index
    from tourmaline.lessons.prose import citations
    from tourmaline.pipeline.atomic_replace import atomic_replace
    from tourmaline.pipeline.staging import staging

    files = {INDEX: course_index(chosen, students, seed or 0), **course_files([chosen], paths.RESULTS, citations())}
    lessons = list({lesson.name: lesson for lesson in chosen.lessons}.values())
    if students:
        files |= _own_files(lessons, students, seed, chosen.title)
    about = {"course": chosen.name, "students": students, "seed": seed}
    digests = {file: _digest(text.encode()) for file, text in sorted(files.items())}
    files[RECORD] = json.dumps(about | {"files": digests}, indent=1) + "\n"
    folder.parent.mkdir(parents=True, exist_ok=True)
    with staging(folder.parent, ".course-") as place:
        staged = place / folder.name
        for file, text in files.items():
            target = staged / file
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(text.encode())
        atomic_replace(staged, folder)
    click.echo(f"{chosen.title}: {len(files)} files. Begin with {folder / INDEX}")
