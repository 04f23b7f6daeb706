"""The panel 'Change and run' in a real browser: a notebook runs in it, from the book's own host, with the network cut off.

Python for browsers is what `make browser` fetched into _build/runtime; where it was not run, these tests are skipped with that reason, but
not in the project's own CI.
"""

import json
import re
import shutil
from pathlib import Path

import nbformat
import pytest
import small_report
from browser_visit import assert_accessible, runtime, served, visitor

from tourmaline import parameters
from tourmaline.errors import ParameterError

pytestmark = pytest.mark.slow

PAGE = "results/tiny/tiny.html"
FAILS = 'if model == "random":\n    raise ValueError("there is no such number")'
DONE = "The run is complete"
SWEPT = (
    """\
run.value("level", confidence_level, unit="fraction", origin="assumed", source="it", label=f"Level of {model}", decimals=2)""",
    """\
from matplotlib.figure import Figure

run.figure("dots", Figure(figsize=(2, 1)), caption="An empty figure", alt="Nothing", origin="assumed", source="it")""",
)
SWEPT_BY = """\
model: PoolingModel = "fixed"  # Model
confidence_level: ConfidenceLevel = 0.95  # Level
endpoint: Endpoint = "pfs"  # Endpoint
"""
SWEEP = """\
title: Choices
notebook: swept
parameters: {endpoint: os}
figures: [dots]
publish: [level]
grid: [{model: [fixed], confidence_level: [0.9, 0.95]}, {model: [random], confidence_level: [0.95]}]
"""
SCIPY = "browser/pyodide/scipy-1.14.1-cp312-cp312-pyodide_2024_0_wasm32.whl"


@pytest.fixture(scope="module")
def with_runtime(built_small_report, tmp_path_factory):
    """The small report with Python for browsers: for reading only."""
    kept = runtime()
    report = Path(shutil.copytree(built_small_report, tmp_path_factory.mktemp("browser") / "report"))
    path = report / "notebooks" / "other.ipynb"
    notebook = nbformat.read(path, as_version=4)
    notebook.cells[-1].source += f"\n{FAILS}"
    nbformat.write(notebook, path)
    small_report.write_notebook(report, "swept", *SWEPT, parameters=SWEPT_BY)
    (report / "scenarios" / "mine.yaml").write_text(SWEEP, encoding="utf-8")
    for name, more in (("_toc.yml", "  - file: results/swept/swept\n"), ("index.md", "\n```{explorer} mine\n```\n")):
        (report / name).write_text((report / name).read_text(encoding="utf-8") + more, encoding="utf-8")
    for words in (["build"], ["browser", str(kept)]):
        done = small_report.command(report, *words)
        assert done.returncode == 0, done.stderr
    return report / "_build" / "html"


@pytest.fixture(scope="module")
def browsing(with_runtime):
    """One browser for all tests of this file, and one server of the site."""
    with visitor(with_runtime, PAGE) as opens:
        yield opens


@pytest.fixture
def opened(browsing):
    """Open a page of the site in a browser that reaches nothing but it."""
    with browsing.watched() as open_page:
        yield open_page


@pytest.fixture
def again(opened):
    """A browser in which the panel was run once, and which keeps what that fetched and made."""

    def visit_first(page):
        assert made(page) == 0
        run(page)
        wait_until_made(page)

    return opened.again(visit_first)


def run(page, wait_for=DONE):
    """Open the panel, press its button, and wait until the panel says something."""
    panel = page.locator("details.tm-run").first
    if not panel.evaluate("panel => panel.open"):
        panel.locator("summary").first.click()
    panel.get_by_role("button", name="Run in this browser").click()
    panel.locator(".tm-run-says", has_text=wait_for).wait_for()
    return panel


def test_a_run_shows_its_results_beside_the_published_ones_and_asks_no_other_host(opened):
    page = opened()
    asked = []
    page.context.on("request", lambda request: asked.append(request.url))
    assert not page.locator(".tm-run-results").is_visible()
    panel = run(page)
    results = panel.locator(".tm-run-results")
    assert "computed in your browser, not part of this edition" in results.locator("h3").inner_text()
    assert "0 of 2 values, 0 of 1 tables and 0 of 1 figures differ" in results.inner_text()
    results.locator("summary", has_text="Values that are the same").click()
    row = [cell.inner_text() for cell in results.locator("tr", has_text="Answer of").locator("th, td").all()]
    assert row[1] == row[2] == "42.5% (95% confidence interval 40.0% to 45.0%)" or row[1] == row[2]
    assert row[3] == "the same"
    with page.expect_download() as loaded:
        results.get_by_role("link", name="Download the executed notebook").click()
    executed = json.loads(Path(loaded.value.path()).read_text(encoding="utf-8"))
    shown = [cell["outputs"][0]["data"]["text/plain"] for cell in executed["cells"] if cell.get("outputs")]
    assert any(text.startswith("Answer of") for text in shown)
    assert any(SCIPY in url for url in asked)


def test_parameters_reach_command_address_and_notebook(opened, again):
    page = opened(f"{PAGE}#run=tiny&model=random", context=again)
    panel = page.locator("details.tm-run").first
    assert panel.evaluate("panel => panel.open")
    assert panel.locator("select").input_value() == "random"
    assert panel.locator(".tm-run-command").inner_text().strip() == "tourmaline run tiny -p model random"
    assert panel.locator(".tm-run-link").get_attribute("href") == "#run=tiny&model=random"
    run(page)
    assert "Run with model = random." in panel.locator(".tm-run-results").inner_text()


def test_the_explorer_offers_to_compute_what_was_not_computed_in_advance(opened, again, tmp_path):
    page = opened("index.html", context=again)
    explorer = page.locator("section.tm-explorer")
    explorer.locator("select[name=model]").select_option(label="random effects")
    explorer.locator("select[name=confidence_level]").select_option(label="90%")
    assert "not among those computed in advance" in explorer.locator(".tm-explorer-says").inner_text()
    explorer.get_by_role("link", name="Run this choice in your browser").click()
    panel = page.locator("details.tm-run[data-notebook=swept]")
    given = {"model": "random", "confidence_level": "0.9", "endpoint": "os"}  # the sweep sets the endpoint
    for name, value in given.items():
        assert panel.locator(f"[data-parameter={name}] :is(select, input)").input_value() == value
    panel.get_by_role("button", name="Run in this browser").click()
    panel.locator(".tm-run-says", has_text=DONE).wait_for()
    with page.expect_download() as loaded:
        panel.get_by_role("link", name="Download the executed notebook").click()
    executed = Path(loaded.value.path()).read_text(encoding="utf-8")
    assert all(f"{name} = " in executed for name in given)
    row = panel.locator(".tm-run-results tr", has_text="Level of random")
    assert row.locator("td").nth(1).inner_text() == "0.90"


def made(page, does="found ? found.arrayBuffer().then((content) => content.byteLength) : 0"):
    """What the browser keeps of what Python made: its size, unless something else is asked."""
    return page.evaluate(f"""async () => {{
        const store = await caches.open("tourmaline /browser/");
        const key = (await store.keys()).find((one) => one.url.includes("/browser/made?version="));
        const found = key && (await store.match(key));
        return await ({does});
    }}""")


def wait_until_made(page):
    """Wait until the browser keeps bytecode: this comes after the results, and after what it keeps of Python's library."""
    for _ in range(100):
        if made(page) > 1_000_000:
            return
        page.wait_for_timeout(100)
    pytest.fail(f"only {made(page)} bytes are kept")


def test_what_python_made_is_kept_for_the_next_start_and_what_cannot_be_read_is_made_again(opened, again):
    other = opened(context=again)
    run(other)
    (worker,) = other.workers
    for code, place in (
        ("import sys; sys.modules['tourmaline.in_browser.running'].__spec__.cached", "/made/"),
        ("import tempfile; tempfile.__file__", "/lib/python312.zip/tempfile.pyc"),
    ):
        assert worker.evaluate("code => python.runPython(code)", code).startswith(place)
    for name in ("made", "made_library.zip"):  # damaged: by its sum it counts as nothing, and is made again
        made(other, f"store.put(key.url.replace('/made?', '/{name}?'), new Response('no bytecode'))")
    third = opened(context=again)
    run(third)
    wait_until_made(third)


def test_a_wrong_parameter_is_refused_with_the_words_of_the_command(opened, again, with_runtime):
    page = opened(context=again)
    page.locator("details.tm-run select").first.evaluate(
        "select => { select.add(new Option('bayes', 'bayes')); select.value = 'bayes' }"
    )
    panel = run(page, "is not allowed")
    with pytest.raises(ParameterError) as refused:
        parameters.validated(with_runtime.parents[1] / "notebooks" / "tiny.ipynb", {"model": "bayes"})
    assert panel.locator(".tm-run-says").inner_text().split() == str(refused.value).split()
    assert not panel.locator(".tm-run-results").is_visible()


def test_a_second_visit_needs_no_network(opened, with_runtime):
    with served(with_runtime) as root:
        first = opened(root=root)
        run(first)
        second = opened(root=root, context=first.context)
        second.wait_for_load_state("networkidle")  # what is asked when the server ends is an error of the page
    panel = run(second)  # the server has ended
    assert "0 of 2 values" in panel.locator(".tm-run-results").inner_text()


@pytest.mark.parametrize(
    ("damage", "says"),
    [
        (
            lambda path: path.write_bytes(path.read_bytes()[:-1] + b"?"),
            "is not the published file: its SHA-256 is another",
        ),
        (lambda path: path.write_bytes(path.read_bytes()[:1000]), "arrived with 1000 of 13477451 bytes"),
        (Path.unlink, "is missing on the server (404)"),
    ],
    ids=["one byte changed", "cut off", "missing"],
)
def test_a_damaged_file_is_named_and_the_page_stays(opened, with_runtime, tmp_path, damage, says):
    site = Path(shutil.copytree(with_runtime, tmp_path / "site"))
    damage(site / SCIPY)
    with served(site) as root:
        page = opened(root=root, complains=True)
        before = page.locator("article").inner_text()
        panel = run(page, "scipy")
        assert says in panel.locator(".tm-run-says").inner_text()
        assert not panel.locator(".tm-run-results").is_visible()
        assert panel.get_by_role("button", name="Run in this browser").is_enabled()
        assert before.splitlines()[:20] == page.locator("article").inner_text().splitlines()[:20]


def test_a_cell_that_raises_is_one_message_and_the_next_run_works(opened, again):
    page = opened("results/other/other.html#run=other&model=random", context=again)
    panel = run(page, "there is no such number")
    assert panel.locator(".tm-run-says").inner_text() == (
        "notebooks/other.ipynb, code cell 4: ValueError: there is no such number"
    )
    assert not panel.locator(".tm-run-results").is_visible()
    panel.locator("select").select_option("fixed")
    run(page)
    assert panel.locator(".tm-run-results").is_visible()


def test_what_runs_in_the_browser_reaches_no_other_host_and_no_page_of_this_one(opened, again):
    page = opened(context=again, complains=True)
    run(page)
    (worker,) = page.workers
    for address in ("https://elsewhere.invalid/", "../index.html"):
        answer = worker.evaluate("address => fetch(address).then((found) => found.status, () => 'refused')", address)
        assert answer in ("refused", 403)


def test_a_run_can_be_stopped_and_begun_again(opened, again):
    page = opened(context=again)
    panel = run(page, "Python")
    panel.get_by_role("button", name="Stop").click()
    assert "Stopped" in panel.locator(".tm-run-says").inner_text()
    run(page)


def test_a_page_from_a_file_says_what_it_needs(opened, with_runtime):
    page = opened(root=with_runtime.as_uri() + "/")
    page.locator("details.tm-run summary").first.click()
    assert "make serve" in page.locator(".tm-run-says").first.inner_text()
    assert page.get_by_role("button", name="Run in this browser").first.is_disabled()


@pytest.mark.parametrize("gone", ["WebAssembly", "Worker", "caches"])
def test_a_browser_that_lacks_something_is_told_so(opened, gone):
    page = opened("index.html")
    page.context.add_init_script(f"delete window.{gone}")
    page.goto(page.url.replace("index.html", PAGE))
    page.locator("details.tm-run summary").first.click()
    assert "Python" in (says := page.locator(".tm-run-says").first.inner_text()) or "service workers" in says
    assert page.get_by_role("button", name="Run in this browser").first.is_disabled()


def test_the_panel_is_accessible_by_keyboard_in_both_themes_and_on_a_phone(opened, again):
    page = opened(context=again)
    summary = page.locator("details.tm-run summary").first
    summary.focus()
    page.keyboard.press("Enter")
    reached = []
    while reached[-1:] != ["Run in this browser"]:
        page.keyboard.press("Tab")
        reached.append(page.evaluate("document.activeElement.id || document.activeElement.textContent"))
        assert len(reached) < 10, reached
    assert "run-tiny-model" in reached
    page.keyboard.press("Enter")
    page.locator(".tm-run-says", has_text=DONE).wait_for()
    page.evaluate("document.querySelectorAll('.tm-run-results details').forEach(one => (one.open = true))")
    assert_accessible(page)


def test_the_policy_of_a_page_stays_and_nothing_is_fetched_before_the_reader_asks(
    opened, with_runtime, built_small_report
):
    policy = re.compile('<meta http-equiv="Content-Security-Policy" content="([^"]*)">')
    for path in with_runtime.rglob("*.html"):
        before = built_small_report / "_build" / "html" / path.relative_to(with_runtime)
        if path.stem == "swept":  # the notebook that this file's fixture adds
            continue
        assert policy.findall(path.read_text(encoding="utf-8")) == policy.findall(before.read_text(encoding="utf-8"))
    page = opened()
    asked = []
    page.context.on("request", lambda request: asked.append(request.url))
    page.reload()
    page.locator("details.tm-run summary").first.click()
    page.wait_for_timeout(300)
    files = {url.partition("/browser/")[2].partition("?")[0] for url in asked if "/browser/" in url}
    assert files == {"python.js", "panel.js", "panel.css"}


def test_without_the_runtime_the_panel_is_the_command_alone(built_small_report):
    page = (built_small_report / "_build" / "html" / PAGE).read_text(encoding="utf-8")
    assert "tourmaline run tiny -p model random" in page
    assert "tm-run-form" not in page
    assert not (built_small_report / "_build" / "html" / "browser").exists()
