"""The phrases of words_to_avoid.txt are found where they stand in prose, and nowhere in the report."""

import csv
import json

import pytest

from tourmaline import paths
from tourmaline.pipeline.english import SEARCHED, problems


@pytest.mark.seconds
def test_the_report_uses_none_of_the_phrases_to_avoid():
    assert problems(paths.ROOT) == []
    assert all(list(paths.ROOT.glob(pattern)) for pattern in SEARCHED)


@pytest.mark.parametrize(
    ("name", "text", "found"),
    [
        ("a.md", "# A\n\nThe paper prints it.\n", 'a.md, line 3: "paper prints": report, reports'),
        ("a.md", "One\nThe curve is\nrebuilt.\n", 'a.md, line 3: "rebuilt": reconstruct, reconstructed'),
        ("a.md", "Run it\nanew.\n```bash\nmake anew\n```\n", 'a.md, line 2: "anew": again'),
        ("a.md", "It comes\nout.\n", 'a.md, line 1: "comes out": match, agree, is reproduced'),
        ("a.py", "x = 1\n# Whoever reads.\n", 'a.py, line 2: "Whoever": who, anyone who'),
        ("a.py", 'def f():\n    """One.\n\n    Two, beforehand.\n    """\n', 'a.py, line 4: "beforehand": in advance'),
        ("a.py", 'x = f"the {1} printed number"\n', 'a.py, line 1: "printed": reported'),
        ("a.csv", "kept,rejected\n6 of 9,anew\n", 'a.csv, column rejected, row 2: "anew": again'),
        ("a.csv", "kept,value\nas printed,anew\n", 'a.csv, column kept, row 2: "printed": reported'),
        (
            "a.csv",
            "printed,description\nanew,Rate beforehand\n",
            'a.csv, column description, row 2: "beforehand": in advance',
        ),
        (
            "a.md",
            "Events in at least\n5% of an arm.\n",
            'a.md, line 1: "in at least 5% of an arm": % of the patients of an arm',
        ),
        ("a.md", "One person\nof 100.\n", 'a.md, line 1: "person of 100": in 100'),
        (
            "a.md",
            "It is ranked by a\ncomparison without its interval.\n",
            'a.md, line 2: "comparison without its interval": indirect comparison',
        ),
        ("a.yml", "curve:\n  label: Rebuilt curve\n", 'a.yml, line 2: "Rebuilt": reconstruct, reconstructed'),
    ],
)
def test_a_phrase_is_named_with_its_file_and_line_and_what_to_write(tmp_path, name, text, found):
    (tmp_path / name).write_text(text, encoding="utf-8")
    assert problems(tmp_path, (name,)) == [found]


def test_a_phrase_in_a_notebook_is_named_with_its_cell(tmp_path):
    cells = [("markdown", "# A"), ("code", "x = 1  # whence"), ("markdown", "One.\n\nIt is no test.")]
    document = {"cells": [{"cell_type": kind, "source": [text]} for kind, text in cells]}
    (tmp_path / "a.ipynb").write_text(json.dumps(document), encoding="utf-8")
    assert problems(tmp_path, ("*.ipynb",)) == [
        'a.ipynb, cell 2, line 1: "whence": from which',
        'a.ipynb, cell 3, line 3: "is no": put the "not" with the verb: is not a',
    ]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.md", "`printed` and {value}`a/printed_ratio`, [a link](rebuilt.md)\n"),
        ("a.md", "```python\nprinted = 1  # printed\n```\n\n    anew\n"),
        ("a.md", "There is no test, and it is no longer one. It is printed, recomputed, reconstructed or assumed.\n"),
        ("a.md", "The book is rebuilt. `make` rebuilds the pages. The command prints it.\n"),
        ("a.py", 'printed = row["printed"]\n"""An example.\n\n>>> printed = 1\n"""\n'),
        ("a.yml", "printed_ratio:\n  source: '@results.pfs.hazard_ratio'\n"),
    ],
)
def test_names_code_and_exceptions_are_not_searched(tmp_path, name, text):
    (tmp_path / name).write_text(text, encoding="utf-8")
    assert problems(tmp_path, (name,)) == []


@pytest.mark.seconds
def test_the_check_of_the_project_names_file_and_line_and_row_and_column(tourmaline, project):
    page = project / "index.md"
    text = page.read_text(encoding="utf-8")
    page.write_text(f"{text}\nIt is made anew.\n", encoding="utf-8")
    refused = tourmaline("check")
    assert refused.returncode == 1
    line = len(text.splitlines()) + 2
    assert refused.stderr.startswith(f"Error: index.md, line {line}: 'anew' is a phrase to avoid\n  Write: again.")
    page.write_text(text, encoding="utf-8")
    table = project / "data" / "evidence" / "conflicts.csv"
    with table.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    rows[0]["reason"] = "The paper prints both."
    with table.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, rows[0], lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    assert (
        "data/evidence/conflicts.csv, column reason, row 2: 'paper prints' is a phrase to avoid"
        in tourmaline("check").stderr
    )
