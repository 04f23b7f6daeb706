"""Lessons: one page of book/learn is the source of the page, of the students' notebook and of the teachers'.

The page holds what a reader sees: text, results by their names, exercises with their solutions. The code of a solution is
plain Python on numbers and files that a `{given}` block takes from results, so that a notebook made of it runs anywhere.
"""

from tourmaline.lessons.given import given_code, given_files, published
from tourmaline.lessons.notebook import lesson_notebook
from tourmaline.lessons.page import Block, Exercise, Lesson, Option, read_lesson, read_options
from tourmaline.lessons.solving import Answer, solve_exercises

__all__ = [
    "Answer",
    "Block",
    "Exercise",
    "Lesson",
    "Option",
    "given_code",
    "given_files",
    "lesson_notebook",
    "published",
    "read_lesson",
    "read_options",
    "solve_exercises",
]
