"""The exercises of a lesson, solved on its page: in a real browser, from the book's own host, with the network cut off.

Without `make browser` the tests that need Python for browsers are skipped with that reason, but not in the project's own CI.
"""

import json
import re
import shutil
from pathlib import Path

import matplotlib.pyplot as plt
import nbformat
import pytest
from browser_visit import assert_accessible, runtime, served, visitor
from bs4 import BeautifulSoup
from nbclient import NotebookClient

from tourmaline.in_browser.exercises import MOST, run_exercise, run_in_page
from tourmaline.pipeline.browser.adding import add_to_site
from tourmaline.pipeline.browser.exercises import needed_files, works
from tourmaline.pipeline.browser.runtime import find_runtime

PAGE = "book/learn/intervals.html"
NOT_VISITED = ("editions", "_downloads", "downloads", "results")
# The solutions of the lesson on intervals, by exercise.
SOLVED = [
    "answer_least_reduction = 100 * (1 - upper)\nanswer_most_reduction = 100 * (1 - lower)",
    "width = 2 * NormalDist().inv_cdf((1 + level) / 2)\nanswer_standard_error = error = (log(upper) - log(lower)) / width",
    "answer_z = z = log(ratio) / error\nanswer_wald_p_value = 2 * (1 - NormalDist().cdf(abs(z)))",
    "answer_stricter_upper = exp(log(ratio) + NormalDist().inv_cdf((1 + strict) / 2) * error)",
]


# --- without a browser

CHECK = 'print("answer_half: right." if answer_half == given / 2 else "answer_half: not yet.")'


def notebook_of(*cells):
    """A notebook of code cells, each given as its tag and its code; the first page of a lesson has text as well."""
    made = nbformat.v4.new_notebook(cells=[nbformat.v4.new_markdown_cell("# A lesson")])
    for tag, code in cells:
        made.cells.append(nbformat.v4.new_code_cell(code, metadata={"tags": [tag]} if tag else {}))
    return made


@pytest.fixture
def small():
    """A lesson of two exercises; only the first is checked."""
    plt.close("all")  # another test of this process may have left a figure
    return notebook_of(
        ("checker", "import math"),
        ("given", "# The given number\ngiven = 6"),
        ("work", "# Your work\n\nanswer_half = ..."),
        ("check", CHECK),
        ("", "third = given / 3"),
        ("work", "# Your work"),
    )


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("given / 2", "3.0"),
        ("print('one')\ngiven", "one\n6"),
        ("given;", ""),
        ("x = 1", ""),
        ("display(given, 'two')", "6\n'two'"),
        ("import sys\nprint('to stderr', file=sys.stderr)", "to stderr"),
        ("print('x' * 50_000)", f"{'x' * MOST}\n(cut off after 20,000 letters)"),
        ("while True:\n    print('x' * 999)\n    given += 1\n    if given > 99:\n        break", None),
    ],
)
def test_work_shows_what_it_prints_and_its_last_value_up_to_a_length(small, code, said):
    answer = run_exercise(small, [code, ""], 1)
    assert answer["error"] == ""
    assert answer["said"] == said or (said is None and answer["said"].endswith("(cut off after 20,000 letters)"))
    assert (answer["checks"], answer["right"], answer["figures"]) == ([], False, [])


@pytest.mark.parametrize(
    ("code", "error"),
    [
        ("x = 1\n\n1 / 0", "Line 3: ZeroDivisionError: division by zero"),
        ("gven", "Line 1: NameError: name 'gven' is not defined"),
        ("x = 1\nif x\n    y", "Line 2: SyntaxError: expected ':'"),
        ("import math\nmath.log(\n    -1)", "Line 2: ValueError: "),
        ("def f():\n    return {}['a']\n\nf()", "Line 2: KeyError: 'a'"),
        ("raise SystemExit", "Line 1: SystemExit"),
        ("raise ValueError('one\\ntwo')", "Line 1: ValueError: one"),
        ("int('x')", "Line 1: ValueError: invalid literal"),
        ("import nowhere", "Line 1: ModuleNotFoundError: No module named 'nowhere'"),
    ],
)
def test_an_error_is_one_line_with_the_line_of_the_readers_code_and_nothing_is_checked(small, code, error):
    answer = run_exercise(small, [code, ""], 1, check=True)
    assert answer["error"].startswith(error)
    assert "\n" not in answer["error"]
    assert (answer["checks"], answer["right"]) == ([], False)


def test_an_answer_is_checked_by_the_notebooks_own_cell(small):
    for code, line, right in [
        ("answer_half = 3", "answer_half: right.", True),
        ("answer_half = 4", "answer_half: not yet.", False),
        ("pass", "The check stopped: NameError: name 'answer_half' is not defined", False),
    ]:
        answer = json.loads(run_in_page(json.dumps(small), json.dumps([code, ""]), 1, True))
        assert (answer["checks"], answer["right"]) == ([line], right)


def test_an_exercise_knows_what_those_above_it_set_and_says_which_of_them_stopped(small):
    assert run_exercise(small, ["mine = 2", "mine + third"], 2)["said"] == "4.0"
    assert run_exercise(small, ["mine = 2", "1"], 1)["said"] == ""
    broken = ["1 / 0\nmine = 2", "mine"]
    assert run_exercise(small, broken, 2)["error"] == (
        "Line 1: NameError: name 'mine' is not defined\n"
        "Exercise 1, which is run first, stopped: Line 1: ZeroDivisionError: division by zero"
    )
    assert run_exercise(small, ["1 / 0", "third"], 2)["said"] == "2.0"
    assert "not defined" in run_exercise(small, ["", "mine"], 2)["error"]  # each run begins anew


def test_what_code_draws_is_a_picture_once(small):
    draws = "import matplotlib\nmatplotlib.use('agg')\nfrom matplotlib import pyplot\npyplot.plot([1, 2]);"
    (picture,) = run_exercise(small, [draws, ""], 1)["figures"]
    assert picture.startswith("iVBORw0KGgo")  # PNG in base64
    assert run_exercise(small, [draws, "third"], 2)["figures"] == []


def test_an_editor_starts_with_the_cell_of_the_notebook_and_names_what_is_given(small):
    first, second = works(small)
    assert (first.start, first.names, first.checked) == ("# Your work\n\nanswer_half = ...", ("given",), True)
    assert (second.start, second.names, second.checked) == ("# Your work", ("third",), False)


@pytest.mark.parametrize(
    ("code", "libraries", "others"),
    [
        ("from math import log", [], []),
        ("import numpy as np", ["numpy"], []),
        ("import pandas as pd\nfrom lifelines import CoxPHFitter", ["matplotlib", "pandas", "scipy"], ["packages.zip"]),
        ("file = 'rows.csv'", [], ["lessons/rows.csv"]),
    ],
)
def test_a_browser_fetches_for_a_lesson_what_it_imports_and_no_more(code, libraries, others):
    content = json.dumps(notebook_of(("given", code), ("work", ""))).encode()
    files = {
        "lessons/one.ipynb": content,
        "lessons/two.ipynb": b"{}",
        "lessons/rows.csv": b"",
        "lessons/other.csv": b"",
    }
    needed = needed_files("one", files)
    wheels = [name.removeprefix("pyodide/").partition("-")[0] for name in needed if re.search(r"\.(whl|zip)$", name)]
    assert set(libraries) <= set(wheels)
    if not libraries:
        assert set(wheels) == {"exercises.zip", "python_stdlib.zip"}
    assert "scipy" in libraries or "scipy" not in wheels
    rest = [name for name in needed if not name.startswith("pyodide/")]
    assert sorted(rest) == sorted(["exercises.zip", "lessons/one.ipynb", *others])


# --- on the page


@pytest.fixture(scope="module")
def with_editors(site, tmp_path_factory):
    """The site with Python for browsers: for reading only."""
    kept = runtime()
    if (site / "browser").is_dir():
        return site
    made = tmp_path_factory.mktemp("editors") / "html"
    shutil.copytree(site, made, ignore=lambda folder, names: NOT_VISITED if Path(folder) == site else ())
    add_to_site(made, site.parents[1] / "results", find_runtime(kept))
    return made


@pytest.fixture(scope="module")
def browsing(with_editors):
    """One browser for all tests of this file, and one server of the site."""
    with visitor(with_editors, PAGE) as opens:
        yield opens


@pytest.fixture
def opened(browsing):
    """Open a page of the site in a browser that reaches nothing but it."""
    with browsing.watched() as open_page:
        yield open_page


@pytest.fixture
def again(opened):
    """A browser in which a lesson's code was run once, and which keeps what that fetched."""
    return opened.again(lambda page: (write(page, 1, "level"), press(page, 1, "Run")))


def box(page, exercise):
    return page.locator(".tm-work").nth(exercise - 1)


def write(page, exercise, code):
    box(page, exercise).locator("textarea").fill(code)


def press(page, exercise, button):
    """Press a button of an exercise, and return what is said in the end."""
    box(page, exercise).get_by_role("button", name=button).click()
    return answered(page, exercise)


def answered(page, exercise):
    page.locator(".tm-work-run[aria-disabled='true']").first.wait_for(state="detached")
    return box(page, exercise).locator(".tm-work-says").inner_text()


@pytest.mark.slow
def test_code_is_edited_and_run_and_only_python_itself_is_fetched(opened):
    page = opened()
    asked = []
    page.context.on("request", lambda request: asked.append(request.url.partition("/browser/")[2]))
    assert box(page, 1).locator("textarea").input_value().startswith("# Your work\n\n# Smallest reduction")
    assert "ratio, lower, upper, level" in box(page, 1).inner_text()
    assert "The first run fetches 14 MB" in box(page, 1).inner_text()
    write(page, 1, "print('the level')\nlevel")
    assert press(page, 1, "Run") == "the level\n0.95"
    assert "The first run fetches" not in box(page, 1).inner_text()
    assert "lessons/intervals.ipynb" in asked
    assert "pyodide/pyodide.asm.wasm" in asked
    assert not [name for name in asked if name.endswith(".whl") or name in ("packages.zip", "report.zip")]
    write(page, 1, "x = 1")
    assert "It shows nothing" in press(page, 1, "Run")


@pytest.mark.slow
def test_a_wrong_answer_gets_the_lessons_hint_and_right_ones_are_called_right(opened, again):
    page = opened(context=again)
    assert "replace the dots by your answer" in press(page, 1, "Check")
    write(page, 1, SOLVED[0].replace("100 * ", "", 1))
    says = press(page, 1, "Check")
    assert says.startswith("Not yet.")
    assert (
        "answer_least_reduction: not within 0.5 of the published answer. It would be right after multiplying by 100"
        in says
    )
    assert "answer_most_reduction: right, within 0.5 of the published answer." in says
    for exercise, code in enumerate(SOLVED, start=1):  # what the second sets is needed by those below it
        write(page, exercise, code)
    for exercise in (4, 1, 3, 2):
        assert press(page, exercise, "Check").startswith("Right."), exercise


@pytest.mark.slow
def test_an_error_is_one_message_and_an_endless_loop_can_be_stopped(opened, again):
    page = opened(context=again)
    write(page, 2, "x = 1\nlog(rato)")
    assert press(page, 2, "Check") == "Line 2: NameError: name 'rato' is not defined. Did you mean: 'ratio'?"
    write(page, 2, "while True:\n    x = 1")
    box(page, 2).get_by_role("button", name="Run").click()
    box(page, 2).get_by_text("Running.").wait_for()
    box(page, 1).get_by_role("button", name="Run").click(force=True)  # one at a time: nothing happens
    assert box(page, 1).locator(".tm-work-says").inner_text() == ""
    assert not box(page, 1).get_by_role("button", name="Stop").is_visible()
    assert press(page, 2, "Stop") == "Stopped. The next run starts Python again."
    write(page, 2, "everything = []\nwhile True:\n    everything.append(bytearray(10**9))")
    assert press(page, 2, "Run").startswith("Line 3: MemoryError: the browser has no memory left;")
    write(page, 2, "level")
    assert press(page, 2, "Run") == "0.95"


@pytest.mark.slow
def test_what_code_says_is_text_and_reaches_no_other_host(opened, again):
    page = opened(context=again, complains=True)
    code = "\n".join(["import js", "print('<img src=x onerror=alert(1)>')", "js.fetch('https://elsewhere.invalid/');"])
    write(page, 1, code)
    assert "<img src=x onerror=alert(1)>" in press(page, 1, "Run")
    assert box(page, 1).locator("img").count() == 0
    (worker,) = page.workers
    for address in ("https://elsewhere.invalid/", "../index.html"):
        answer = worker.evaluate("address => fetch(address).then((found) => found.status, () => 'refused')", address)
        assert answer in ("refused", 403)


@pytest.mark.slow
def test_work_is_kept_by_the_browser_until_the_reader_deletes_it(opened, again):
    page = opened(context=again)
    start = box(page, 2).locator("textarea").input_value()
    write(page, 1, "mine = 1")
    write(page, 2, "mine = 2")
    page.reload()
    assert [box(page, one).locator("textarea").input_value() for one in (1, 2)] == ["mine = 1", "mine = 2"]
    box(page, 2).get_by_role("button", name="Reset to start: exercise 2").click()
    page.reload()
    assert [box(page, one).locator("textarea").input_value() for one in (1, 2)] == ["mine = 1", start]
    other = opened("book/learn/pooling.html", context=page.context)
    assert box(other, 1).locator("textarea").input_value().startswith("# Your work")
    answers = iter(["dismiss", "accept"])
    page.on("dialog", lambda dialog: getattr(dialog, next(answers))())
    page.get_by_role("button", name="Delete my work").click()
    assert box(page, 1).locator("textarea").input_value() == "mine = 1"
    page.get_by_role("button", name="Delete my work").click()
    assert "is deleted" in page.locator(".tm-work-all").inner_text()
    page.reload()
    assert box(page, 1).locator("textarea").input_value().startswith("# Your work")
    assert page.evaluate("Object.keys(localStorage).filter((key) => key.startsWith('tourmaline'))") == []


@pytest.mark.slow
def test_a_browser_that_keeps_nothing_says_so_and_runs_all_the_same(opened):
    page = opened("index.html", complains=True)
    page.context.add_init_script(
        "Object.defineProperty(window, 'localStorage', { get: () => { throw new Error('no') } })"
    )
    page.goto(page.url.replace("index.html", PAGE))
    write(page, 1, "level")
    assert "does not keep your work" in box(page, 1).locator(".tm-work-says").inner_text()
    assert press(page, 1, "Run") == "0.95"


@pytest.mark.slow
def test_the_download_is_the_lessons_notebook_with_the_readers_work_and_a_kernel_calls_it_right(
    opened, with_editors, tmp_path
):
    page = opened()
    for exercise, code in enumerate(SOLVED, start=1):
        write(page, exercise, code)
    with page.expect_download() as loaded:
        page.get_by_role("button", name="Download as a notebook").click()
    assert loaded.value.suggested_filename == "intervals-my-work.ipynb"
    notebook = nbformat.read(loaded.value.path(), as_version=4)
    nbformat.validate(notebook)
    offered = nbformat.read(with_editors / "lessons" / "intervals-student.ipynb", as_version=4)
    filled = iter(SOLVED)
    for cell in offered.cells:
        if "work" in cell.metadata.get("tags", ()):
            cell.source = next(filled)
    assert notebook == offered
    done = NotebookClient(notebook, kernel_name="python3", resources={"metadata": {"path": str(tmp_path)}}).execute()
    said = "".join(output["text"] for cell in done.cells for output in cell.get("outputs", ()) if "text" in output)
    assert said.count(": right") == len(said.splitlines()) == 6


@pytest.mark.slow
def test_a_lesson_with_libraries_fetches_them_reads_its_file_and_draws(opened):
    page = opened("book/learn/lifelines.html")
    code = 'ipd = pd.read_csv(file, comment="#")\nanswer_patients_ixazomib = (ipd["arm"] == "ixazomib").sum()'
    write(page, 1, code)
    assert press(page, 1, "Check").startswith("Right.")
    write(
        page,
        2,
        'rows = ipd[ipd["arm"] == "ixazomib"]\nkmf = KaplanMeierFitter().fit(rows["months"], rows["event"])\n'
        "answer_median_ixazomib = kmf.median_survival_time_\nkmf.plot_survival_function();",
    )
    assert press(page, 2, "Check").startswith("Right.")
    picture = box(page, 2).locator(".tm-work-says img")
    assert picture.evaluate("image => image.decode().then(() => image.naturalWidth)") > 300
    assert picture.get_attribute("alt") == "Figure 1 that your code drew"


@pytest.mark.slow
def test_a_library_that_only_the_reader_imports_is_fetched_when_it_runs(opened):
    page = opened()
    asked = []
    page.context.on("request", lambda request: asked.append(request.url))
    write(page, 1, "level")
    press(page, 1, "Run")
    assert not [url for url in asked if "numpy" in url]
    write(page, 1, "import numpy as np\nfloat(np.log([1.0]).sum())")
    assert press(page, 1, "Run") == "0.0"
    assert [url for url in asked if "numpy" in url]
    write(page, 1, "import nowhere")
    assert press(page, 1, "Run") == "Line 1: ModuleNotFoundError: No module named 'nowhere'"


@pytest.mark.slow
def test_a_second_visit_needs_no_network(opened, with_editors):
    with served(with_editors) as root:
        first = opened(root=root)
        write(first, 1, "level")
        assert press(first, 1, "Run") == "0.95"
        second = opened(root=root, context=first.context)
        second.wait_for_load_state("networkidle")  # what is asked when the server ends is an error of the page
    assert press(second, 1, "Run") == "0.95"  # the server has ended; the work was kept
    with second.expect_download():
        second.get_by_role("button", name="Download as a notebook").click()


@pytest.mark.slow
def test_a_missing_file_is_named_and_the_work_stays(opened, with_editors, tmp_path):
    site = Path(shutil.copytree(with_editors, tmp_path / "site"))
    (site / "browser" / "pyodide" / "python_stdlib.zip").unlink()
    with served(site) as root:
        page = opened(root=root, complains=True)
        write(page, 1, "level")
        assert "python_stdlib.zip is missing on the server (404)" in press(page, 1, "Run")
        assert box(page, 1).locator("textarea").input_value() == "level"


@pytest.mark.slow
def test_everything_is_done_by_keyboard_and_no_editor_holds_the_focus(opened, again):
    page = opened(context=again)

    def focused():
        return page.evaluate("document.activeElement.getAttribute('aria-label') || document.activeElement.id")

    box(page, 1).locator("textarea").focus()
    page.keyboard.press("Tab")  # nothing was typed: it moves on
    assert focused() == "Run exercise 1"
    page.keyboard.press("Shift+Tab")
    assert focused() == "work-intervals-read"
    page.keyboard.press("Control+A")
    page.keyboard.type("for one in [level]:\nprint(one)\n")
    page.keyboard.press("Tab")
    page.keyboard.type("print(1 + level)")
    code = (
        "for one in [level]:\n    print(one)\n        print(1 + level)"  # Enter keeps the indentation; Tab adds to it
    )
    assert box(page, 1).locator("textarea").input_value() == code
    for _ in range(4 + len("print(1 + level)")):
        page.keyboard.press("Backspace")
    page.keyboard.type("print(1 + level)")
    page.keyboard.press("Control+Enter")
    assert answered(page, 1) == "0.95\n1.95"
    page.keyboard.press("Escape")
    reached = []
    while reached[-1:] != ["work-intervals-error"]:
        page.keyboard.press("Tab")
        reached.append(focused())
        assert len(reached) < 10, reached
    assert reached[:3] == ["Run exercise 1", "Check exercise 1", "Reset to start: exercise 1"]
    box(page, 1).get_by_role("button", name="Check").focus()
    page.keyboard.press("Enter")
    assert "The check stopped: NameError" in answered(page, 1)


@pytest.mark.slow
def test_the_page_is_accessible_in_both_themes_and_fits_a_phone(opened, again):
    page = opened(context=again)
    write(page, 1, f"print({'x' * 300!r})\nlevel")
    press(page, 1, "Check")
    write(page, 2, "1 / 0")
    press(page, 2, "Run")
    assert_accessible(page)


@pytest.mark.slow
def test_nothing_is_fetched_before_the_reader_asks_and_the_policy_of_the_page_stays(opened, site, with_editors):
    policy = re.compile('<meta http-equiv="Content-Security-Policy" content="([^"]*)">')
    for path in with_editors.glob("book/learn/*.html"):
        before = (site / path.relative_to(with_editors)).read_text(encoding="utf-8")
        assert policy.findall(path.read_text(encoding="utf-8")) == policy.findall(before)
    page = opened()
    asked = []
    page.context.on("request", lambda request: asked.append(request.url))
    page.reload()
    write(page, 1, "level")
    page.wait_for_timeout(300)
    files = {url.partition("/browser/")[2].partition("?")[0] for url in asked if "/browser/" in url}
    assert files == {"python.js", "panel.js", "panel.css", "exercises.js", "exercises.css"}


@pytest.mark.slow
def test_a_page_from_a_file_and_a_browser_that_lacks_something_say_so(opened, with_editors):
    page = opened(root=with_editors.as_uri() + "/")
    assert "make serve" in box(page, 1).locator(".tm-work-says").inner_text()
    for button in ("Run exercise 1", "Check exercise 1", "Download as a notebook"):
        assert page.get_by_role("button", name=button).is_disabled()
    for gone, words in {"WebAssembly": "WebAssembly", "Worker": "no workers", "caches": "service workers"}.items():
        page = opened("index.html")
        page.context.add_init_script(f"delete window.{gone}")
        page.goto(page.url.replace("index.html", PAGE))
        assert words in box(page, 4).locator(".tm-work-says").inner_text()
        assert page.get_by_role("button", name="Run exercise 4").is_disabled()


@pytest.mark.slow
def test_without_a_script_and_without_the_runtime_the_page_is_as_before(opened, site):
    page = opened(java_script_enabled=False)
    assert not page.locator(".tm-work, .tm-work-all").first.is_visible()
    with served(site) as root:
        before = opened(root=root, java_script_enabled=False)
        assert before.locator("article").inner_text() == page.locator("article").inner_text()
        before.wait_for_load_state("networkidle")  # a picture further down may still be on its way
    if not (site / "browser").is_dir():
        plain = BeautifulSoup((site / PAGE).read_text(encoding="utf-8"), "html.parser")
        assert len(plain.select(".tm-work-place:empty")) == len(SOLVED) + 1
        assert not plain.select(".tm-work, script[src*='browser/']")
