"""The courses of the instructor's guide: which lessons and exercises, in which order, and whether they fit their time."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from tourmaline import paths
from tourmaline.errors import LessonError, ParameterError, nearest
from tourmaline.lessons.page import Exercise, Lesson, read_lesson
from tourmaline.lessons.timing import before_exercises, lessons_before, names_of, reading_minutes, stated_minutes
from tourmaline.yaml_files import load_yaml

LESSON_PAGES = paths.ROOT / "book" / "learn"
COURSES_FILE = LESSON_PAGES / "courses.yml"
TIMETABLE_COLUMNS = ("Session", "From", "Minutes", "What")  # of a timetable
KINDS = {"talk": {"talk", "minutes"}, "read": {"read"}, "lesson": {"lesson", "exercises"}}  # of a part, with its keys


@dataclass(frozen=True)
class Part:
    """A piece of a session: what happens, and for how long.

    Attributes
    ----------
    words : str
        What happens; of a lesson or a page, its title.
    minutes : int
        How long it takes.
    page : str
        The page that is read, from the root and without its ending; '' for a talk.
    lesson : Lesson or None
        The lesson that is given.
    exercises : tuple of Exercise
        Those that are done.
    """

    words: str
    minutes: int
    page: str = ""
    lesson: Lesson | None = None
    exercises: tuple[Exercise, ...] = ()

    @property
    def is_whole(self) -> bool:
        """Whether all exercises of the lesson are done."""
        return self.lesson is None or len(self.exercises) == len(self.lesson.exercises)


@dataclass(frozen=True)
class Session:
    """An hour or a day of a course."""

    title: str
    minutes: int
    parts: tuple[Part, ...]

    @property
    def planned(self) -> int:
        """Minutes of all parts."""
        return sum(part.minutes for part in self.parts)


@dataclass(frozen=True)
class Course:
    """A course."""

    name: str
    title: str
    audience: str
    sessions: tuple[Session, ...]

    @property
    def minutes(self) -> int:
        return sum(session.minutes for session in self.sessions)

    @property
    def parts(self) -> list[Part]:
        """The parts of all sessions, in order."""
        return [part for session in self.sessions for part in session.parts]

    @property
    def lessons(self) -> list[Lesson]:
        """The lessons, in order."""
        return [part.lesson for part in self.parts if part.lesson]


def lessons_of(courses: Iterable[Course]) -> list[Lesson]:
    """The lessons of some courses, each once."""
    return list({lesson.name: lesson for course in courses for lesson in course.lessons}.values())


def _problem(course: str, what: str, remedy: str) -> LessonError:
    return LessonError(what, where=f"{paths.relative(COURSES_FILE)}, course {course!r}", remedy=remedy)


def _minutes(course: str, of: str, content: dict[str, Any]) -> int:
    minutes = content.get("minutes")
    if type(minutes) is not int or minutes < 1:
        raise _problem(course, f"the minutes of {of!r} are {minutes!r}", "Give a whole number, 1 or more.")
    return minutes


def _text(course: str, content: dict[str, Any], key: str) -> str:
    text = content.get(key) if isinstance(content, dict) else None
    if not isinstance(text, str) or not text.strip():
        raise _problem(course, f"it has no {key}", f"Write {key}: ... with some words.")
    return text


def _lesson_part(course: str, content: dict[str, Any], words_per_minute: int) -> Part:
    name = content["lesson"]
    known = sorted(
        path.stem for path in LESSON_PAGES.glob("*.md") if "```{exercise}" in path.read_text(encoding="utf-8")
    )
    if name not in known:
        raise _problem(
            course,
            f"there is no lesson {name!r}",
            nearest(str(name), known) or f"Name a page of book/learn: {', '.join(known)}.",
        )
    lesson = read_lesson(LESSON_PAGES / f"{name}.md")
    exercises = {one.label: one for one in lesson.exercises}
    chosen = content.get("exercises", list(exercises))
    if not isinstance(chosen, list) or not chosen:
        raise _problem(
            course, f"the exercises of {name!r} are {chosen!r}", "Give a list of labels, or leave the key out."
        )
    for label in chosen:
        if label not in exercises:
            raise _problem(
                course,
                f"the lesson {name!r} has no exercise {label!r}",
                nearest(str(label), exercises) or f"It has {', '.join(exercises)}.",
            )
    reading, working = stated_minutes(lesson)
    needed = reading_minutes(before_exercises(lesson), words_per_minute)
    if needed > reading:
        raise _problem(
            course,
            f"the lesson {name!r} states {reading} minutes to read, and its words take {needed}",
            "State a longer time in its objectives, or shorten it.",
        )
    minutes = reading + math.ceil(working * len(chosen) / len(exercises))
    page = f"{paths.relative(LESSON_PAGES)}/{name}"
    return Part(lesson.title, minutes, page, lesson, tuple(exercises[label] for label in chosen))


def _read_part(course: str, content: dict[str, Any], words_per_minute: int) -> Part:
    page = content["read"]
    path = (paths.ROOT / f"{page}.md").resolve()
    if not path.is_relative_to(paths.ROOT.resolve()) or not path.is_file():
        raise _problem(course, f"there is no page {page!r}", "Name a page from the root, without .md: book/summary.")
    text = path.read_text(encoding="utf-8")
    title = next((line.removeprefix("# ") for line in text.split("\n") if line.startswith("# ")), page)
    return Part(title, reading_minutes(text, words_per_minute), page)


def _part(course: str, content: Any, words_per_minute: int) -> Part:
    kind = next((kind for kind in KINDS if isinstance(content, dict) and kind in content), None)
    if kind is None or content.keys() - KINDS[kind]:
        raise _problem(
            course, f"a part of a session is {content!r}", "Write talk with minutes, or read, or lesson with exercises."
        )
    if kind == "talk":
        return Part(_text(course, content, "talk"), _minutes(course, content["talk"], content))
    if kind == "read":
        return _read_part(course, content, words_per_minute)
    return _lesson_part(course, content, words_per_minute)


def _session(course: str, content: Any, words_per_minute: int) -> Session:
    title = _text(course, content, "title")
    parts = content.get("parts")
    if not isinstance(parts, list) or not parts:
        raise _problem(course, f"the session {title!r} has no parts", "List them under parts:.")
    session = Session(
        title, _minutes(course, title, content), tuple(_part(course, part, words_per_minute) for part in parts)
    )
    if session.planned > session.minutes:
        raise _problem(
            course,
            f"the parts of {title!r} take {session.planned} minutes, and it has {session.minutes}",
            "Leave out a part, or name fewer exercises.",
        )
    return session


def _check_order(course: Course) -> None:
    """Refuse a lesson or an exercise that needs another one which was not given before it."""
    given: set[str] = set()
    for part in course.parts:
        if not part.lesson:
            continue
        for needed in lessons_before(part.lesson):
            if needed not in given:
                raise _problem(
                    course.name,
                    f"the lesson {part.lesson.name!r} needs {needed!r}, which is not given before it",
                    f"Put lesson: {needed} before it.",
                )
        for name, exercise in missing_names(part.lesson, [one.label for one in part.exercises]):
            raise _problem(
                course.name,
                f"the exercise {exercise!r} needs {name!r}, which an exercise that is left out computes",
                "Name that exercise too.",
            )
        given.add(part.lesson.name)


def missing_names(lesson: Lesson, labels: list[str]) -> list[tuple[str, str]]:
    """The names that solutions of some exercises use and that nothing before them on the page sets, with the exercise."""
    known: set[str] = set()
    missing = []
    for block in lesson.blocks:
        if block.name == "given":
            known |= names_given(block.body)
        elif block.name == "code" and block.argument == "python":
            known |= names_of(block.body)[1]
        elif block.name == "exercise":  # what is given between an exercise and its solution comes too late
            before = set(known)
        elif block.name == "solution" and block.argument in labels:
            for inner in block.blocks:
                if inner.name == "answer":
                    needs, sets = names_of(inner.body)
                    missing += [(name, block.argument) for name in sorted(needs - before)]
                    before |= sets
                    known |= sets
    return missing


def names_given(body: str) -> set[str]:
    """The names that a `{given}` block sets."""
    names: set[str] = set()
    for line in filter(None, map(str.strip, body.split("\n"))):
        if line.startswith(("from ", "import ")):
            names |= names_of(line)[1]
        else:
            names |= {name.strip() for name in line.partition(" = ")[0].split(",")}
    return names


def _clock(minutes: int) -> str:
    return f"{minutes // 60}:{minutes % 60:02}"


def _in_words(part: Part) -> str:
    if part.lesson is None:
        return f"Read the page: {part.words}" if part.page else part.words
    titles = "; ".join(f"'{one.title}'" for one in part.exercises)
    done = "all exercises" if part.is_whole else f"the exercises {titles}"
    reading, _ = stated_minutes(part.lesson)
    return f"{part.words}: read the page ({reading} minutes), then {done} ({part.minutes - reading} minutes)"


def timetable(course: Course) -> list[tuple[str, str, str, str]]:
    """The rows of a course's timetable: session, time since its beginning, minutes, and what happens.

    Parameters
    ----------
    course : Course
        A course.
    """
    rows = []
    for session in course.sessions:
        clock = 0
        for part in session.parts:
            rows.append((session.title, _clock(clock), str(part.minutes), _in_words(part)))
            clock += part.minutes
        if clock < session.minutes:
            rows.append((session.title, _clock(clock), str(session.minutes - clock), "To spare"))
    return rows


def read_courses() -> dict[str, Course]:
    """The courses of book/learn/courses.yml, by name.

    Raises
    ------
    LessonError
        For a course that cannot be read, does not fit its time, or has an exercise that needs what was not given.
    """
    content = load_yaml(COURSES_FILE, error=LessonError)
    speed = content.get("words_per_minute") if isinstance(content, dict) else None
    if type(speed) is not int or not 50 <= speed <= 1000:
        raise LessonError(
            f"words_per_minute is {speed!r}",
            where=paths.relative(COURSES_FILE),
            remedy="Give a whole number from 50 to 1000.",
        )
    found: dict[str, Course] = {}
    for one in content.get("courses") or []:
        name = _text("?", one, "name")
        if not name.replace("-", "").isalnum() or not name.isascii() or name in found:
            raise _problem(
                name, "its name is taken, or not made of letters, digits and hyphens", "Choose another name."
            )
        sessions = one.get("sessions")
        if not isinstance(sessions, list) or not sessions:
            raise _problem(name, "it has no sessions", "List them under sessions:.")
        found[name] = Course(
            name,
            _text(name, one, "title"),
            _text(name, one, "audience"),
            tuple(_session(name, session, speed) for session in sessions),
        )
        _check_order(found[name])
    if not found:
        raise LessonError("it has no courses", where=paths.relative(COURSES_FILE), remedy="List them under courses:.")
    return found


def find_course(name: str) -> Course:
    """The course of a name.

    Raises
    ------
    ParameterError
        If there is none.
    """
    courses = read_courses()
    if name not in courses:
        remedy = f"{nearest(name, courses)} Courses: {', '.join(courses)}.".strip()
        raise ParameterError(f"there is no course {name!r}", where=paths.relative(COURSES_FILE), remedy=remedy)
    return courses[name]
