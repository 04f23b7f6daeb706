"""A page or a notebook that no table of contents names is reported, and a name without a page too."""

import pytest
from small_report import command


def replaced(path, old, new):
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


@pytest.mark.seconds
@pytest.mark.parametrize(
    "name",
    ["book/trial/forgotten.md", "book/forgotten.ipynb", "book/new/deep/forgotten.md", "forgotten.md", "forgotten.rst"],
)
def test_a_page_that_no_table_of_contents_names_is_reported(project, tourmaline, name):
    page = project / name
    page.parent.mkdir(parents=True, exist_ok=True)
    page.write_text("# Forgotten\n", encoding="utf-8")
    done = tourmaline("check")
    assert done.returncode == 1
    named = name.rpartition(".")[0]
    assert done.stderr.startswith(f"Error: {name}: no table of contents names this page")
    assert f"Add `- file: {named}` to _toc.yml" in done.stderr
    replaced(
        project / "_toc.yml", "      - file: book/summary\n", f"      - file: book/summary\n      - file: {named}\n"
    )
    assert tourmaline("check").returncode == 0


@pytest.mark.sampled(2)
@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("              - file: results/safety/safety\n", "", "Error: notebooks/safety.ipynb: no table of contents names this"),
        ("book/summary", "book/summaryy", "Error: _toc.yml: there is no page book/summaryy\n  Did you mean 'book/summary'?"),
        ("results/safety/safety", "results/safetyy/safetyy", "Error: _toc.yml: there is no page results/safetyy/safetyy"),
        ("      - file: book/summary\n", "      - file: book/summary\n" * 2, "Error: _toc.yml: book/summary is named twice"),
    ],
)  # fmt: skip
def test_a_table_of_contents_that_does_not_fit_is_reported(project, tourmaline, old, new, words):
    replaced(project / "_toc.yml", old, new)
    done = tourmaline("check")
    assert done.returncode == 1
    assert done.stderr.startswith(words)


@pytest.mark.seconds
def test_sections_endings_and_patterns_of_the_table_of_contents_count(project, tourmaline):
    replaced(
        project / "_toc.yml",
        "      - file: book/trial/response\n",
        "      - file: book/trial/response.md\n        sections:\n          - file: book/trial/deeper\n"
        "          - glob: book/trial/some_*\n",
    )
    for name in ("deeper", "some_one", "some_two"):
        (project / "book" / "trial" / f"{name}.md").write_text("# Page\n", encoding="utf-8")
    done = tourmaline("check")
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.slow
def test_the_build_reports_it_too_and_keeps_the_site(report):
    before = (report / "_build" / "html" / "index.html").read_bytes()
    (report / "book" / "forgotten.md").write_text("# Forgotten\n", encoding="utf-8")
    done = command(report, "build")
    assert done.returncode == 1
    assert "book/forgotten.md: no table of contents names this page" in done.stderr
    assert "Traceback" not in done.stderr
    assert (report / "_build" / "html" / "index.html").read_bytes() == before
    (report / "book" / "forgotten.md").unlink()
    done = command(report, "build")
    assert done.returncode == 0, done.stderr
