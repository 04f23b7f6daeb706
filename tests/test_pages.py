"""The pages show what notebooks published, with number, words and provenance; and refuse what is missing or typed in."""

import json
import re
import shutil
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
from bs4 import BeautifulSoup
from conftest import ROOT
from small_report import INDEX, TINY, command, contents, program, write_notebook

from tourmaline.data.references import with_names
from tourmaline.pipeline.site_check import check_site
from tourmaline.pipeline.sweeps.store import Store
from tourmaline.results.formats import shown_interval, shown_value
from tourmaline.sphinx_ext.caveats import Caveats

pytestmark = pytest.mark.slow

JUPYTER_BOOK = Path(sys.executable).with_name("jupyter-book")
CURLED = str.maketrans("“”‘’", "\"\"''")  # the quotation marks that Sphinx sets in prose
NUMBER = re.compile(r"(Figure|Table) \d+ ?$")


def soup(path):
    return BeautifulSoup(path.read_text(encoding="utf-8"), "html.parser")


def straight(text):
    """Text without the typography of prose."""
    return text.translate(CURLED).replace("–>", "-->")


def pages(site):
    """Every page of the book by its path below the site."""
    return {path.relative_to(site).as_posix(): soup(path) for path in sorted(site.rglob("*.html"))}


@pytest.fixture(scope="module")
def book(site):
    return pages(site)


def directives(project, kind):
    """The figures or tables that pages name: (page, notebook, name)."""
    named = re.compile(rf"^[`:]{{3,}}{{result-{kind}}} (\S+)/(\S+)$", re.MULTILINE)
    sources = [project / "index.md", *sorted((project / "book").rglob("*.md"))]
    found = [
        (path.relative_to(project).with_suffix(".html").as_posix(), *names)
        for path in sources
        for names in named.findall(path.read_text(encoding="utf-8"))
    ]
    assert found
    return found


def plain_figures(project):
    """The figures that pages name for readers who run nothing: (page, notebook, name)."""
    named = re.compile(r"^`{3}{result-figure} (\S+)/(\S+)\n:plain:$", re.MULTILINE)
    return {
        (path.relative_to(project).with_suffix(".html").as_posix(), *names)
        for path in (project / "book").rglob("*.md")
        for names in named.findall(path.read_text(encoding="utf-8"))
    }


# --- the whole book


def test_every_figure_has_a_form_for_phones_and_the_same_words_for_both(built_project, site, book):
    for page, notebook, name in directives(built_project, "figure"):
        image = next(
            image for image in book[page].select("figure.tm-figure img") if f"/{notebook}-{name}.svg" in image["src"]
        )
        assert image["alt"]
        source = image.parent.find("source")
        assert image.parent.name == "picture" and source["srcset"] == image["src"].replace(".svg", ".narrow.svg")
        assert int(source["width"]) < 330 < int(image["width"])
        assert (site / page).parent.joinpath(source["srcset"]).is_file()


def test_every_page_of_the_table_of_contents_is_published_and_nothing_else(built_project, book):
    named = re.findall(r"file: (\S+)", (built_project / "_toc.yml").read_text())
    assert set(book) == {f"{name}.html" for name in [*named, "index"]} | {"search.html"}


def test_the_site_asks_no_other_host_and_its_links_lead_somewhere(site, book):
    assert check_site(site) == len(book)
    for name, page in book.items():
        for tag, attribute in (("script", "src"), ("link", "href"), ("img", "src")):
            for element in page.find_all(tag, **{attribute: True}):
                assert not element[attribute].startswith(("http:", "https:", "//")), (name, element)
        assert not re.search("thebe|binder|mathjax|googleapis|jsdelivr|unpkg", str(page.head), re.IGNORECASE), name


def test_no_page_asks_for_the_script_of_bootstrap_which_the_site_leaves_out(book):
    for name, page in book.items():
        assert not page.select("#pst-collapse-sidebar-button, [data-bs-toggle], script[src*=bootstrap]"), name


def test_every_figure_has_a_number_a_caption_and_the_alternative_text_of_its_notebook(built_project, book):
    for page, notebook, name in directives(built_project, "figure"):
        record = json.loads((built_project / "results" / notebook / "figures" / f"{name}.json").read_text())
        (image,) = [img for img in book[page].select("figure img") if img["alt"] == record["alt"]]
        caption = image.find_parent("figure").figcaption
        assert NUMBER.match(caption.select_one(".caption-number").text)
        assert record["caption"] in caption.select_one(".caption-text").text
        assert image["src"].endswith(".svg")


def test_every_image_of_the_site_says_what_it_shows(book):
    images = [(name, image) for name, page in book.items() for image in page.main.find_all("img")]
    assert len(images) >= 8
    for name, image in images:
        assert len(image["alt"]) > 40, (name, image)
        assert not image["alt"].endswith((".png", ".svg")), (name, image)


def test_every_table_has_a_number_a_caption_and_header_scopes(built_project, book):
    for page, notebook, name in directives(built_project, "table"):
        record = json.loads((built_project / "results" / notebook / "tables" / f"{name}.json").read_text())
        captions = [c for c in book[page].select("table.tm-table caption") if record["caption"] in c.text]
        assert captions, (page, name)
        table = captions[0].parent
        assert NUMBER.match(captions[0].select_one(".caption-number").text)
        assert {th.get("scope") for th in table.thead.find_all("th")} == {"col"}
        assert all(row.th and row.th.get("scope") in ("row", "colgroup") for row in table.tbody.find_all("tr"))
        assert not table.get("border")


def provenance(page, file):
    """The line under the result that offers this file, and the line's downloads by their words."""
    for line in page.select(".tm-provenance"):
        downloads = {link.text: link["href"] for link in line.select("a.download")}
        if Path(downloads.get(Path(file).suffix[1:].upper(), "")).name == file:
            return line, downloads
    raise AssertionError(f"no line offers {file}")


@pytest.mark.parametrize(("kind", "endings"), [("figure", ["svg", "png"]), ("table", ["csv"])])
def test_under_every_result_stand_origin_notebook_data_and_downloads_that_work(
    built_project, site, book, kind, endings
):
    for page, notebook, name in directives(built_project, kind):
        if (page, notebook, name) in plain_figures(built_project):
            continue
        results = built_project / "results" / notebook
        record = json.loads((results / f"{kind}s" / f"{name}.json").read_text())
        run = json.loads((results / "run.json").read_text())
        line, downloads = provenance(book[page], f"{name}.{endings[0]}")
        origin = f"{record['origin'].capitalize()} from {with_names(record['source'])}. Notebook {notebook}"
        assert straight(line.p.text).startswith(origin)
        assert f"/{notebook}.html#run-cell-{record['cell']}" in line.select_one("a:not(.download)")["href"]
        for parameter in run["parameters"]:
            assert f"{parameter} = " in line.text
        offered = {ending.upper(): results / f"{kind}s" / f"{name}.{ending}" for ending in endings}
        offered |= {
            f"{words} (CSV)": results / "files" / f"{file}.csv" for file, words in record.get("files", {}).items()
        }
        read = [data for data in run["data"] if (built_project / data).exists()]  # it also names what it looked for
        offered |= {data.removeprefix("data/"): built_project / data for data in read}
        assert downloads.keys() == offered.keys()
        for words, source in offered.items():
            assert (site / page).parent.joinpath(downloads[words]).read_bytes() == source.read_bytes()


def test_no_page_shows_the_key_of_a_source_but_the_list_of_what_changed(book):
    for page, content in book.items():
        if page.startswith("book/") and page != "book/reference/what_changed.html":
            shown = content.main.text + " ".join(link["title"] for link in content.main.select("a[title]"))
            assert with_names(shown) == shown, page


def test_a_page_of_plain_figures_has_neither_provenance_nor_commands(built_project, book):
    plain = {page for page, _, _ in plain_figures(built_project)}
    assert plain == {"book/for_patients.html"}
    for page in plain:
        main = book[page].main
        assert main.select("figure.tm-figure")
        assert not main.select(".tm-provenance, #change-and-run, .tm-run")
        assert "These are estimates, not records of real people." in straight(main.figure.text)
        assert "Reconstructed" not in main.text


def test_a_value_is_linked_to_its_cell_with_origin_and_source(built_project, book):
    values = json.loads((built_project / "results" / "cross_trial" / "values.json").read_text())
    record = values["pooled_hazard_ratio"]
    links = book["index.html"].select(f'a[href="results/cross_trial/cross_trial.html#run-cell-{record["cell"]}"]')
    assert {link.text for link in links} == {shown_value(record), shown_interval(record)}
    for link in links:
        assert "tm-recomputed" in link["class"]
        assert record["source"].startswith("reported hazard ratios of TOURMALINE-MM1")
        origin = "recomputed (computed from reported numbers)"
        assert link["title"] == f"{record['label']}: {origin}. Source: {record['source']}"
    cell = book["results/cross_trial/cross_trial.html"].find(id=f"run-cell-{record['cell']}")
    text = (cell if cell.text.strip() else cell.find_parent("div", class_="cell")).text
    assert "pooled_hazard_ratio" in text


def test_the_page_on_speed_shows_what_was_measured_and_on_what_machine(built_project, book):
    measured = json.loads((built_project / "benchmarks" / "results.json").read_text())
    table = book["book/reference/speed.html"].select_one("table.tm-table")
    assert measured["machine"] in table.caption.text
    shown = [[cell.text for cell in row.select("th, td")] for row in table.select("tbody tr")]
    assert shown == [[row[key] for key in ("what", "plain", "ours", "ratio", "aim", "day")] for row in measured["rows"]]
    assert shown


def test_two_clean_builds_in_two_folders_are_the_same_bytes(built_project, tmp_path):
    again = tmp_path / "a folder with a long name" / "elsewhere"
    shutil.copytree(built_project, again)
    shutil.rmtree(again / "results")
    for generated in (again / "_build").iterdir():
        if generated.name != "sweeps":
            shutil.rmtree(generated)
    for store in (again / "_build" / "sweeps").glob("*.sqlite"):  # some runs stand for all, which take minutes
        with Store(store) as opened:
            assert opened.forget("id % 16 = 1") >= 1
    done = command(again, "build", PYTHONHASHSEED="1", TZ="Pacific/Auckland", LANG="C", COLUMNS="40")
    assert done.returncode == 0, done.stderr
    for folder in ("results", "_build/html"):
        one, other = contents(built_project / folder), contents(again / folder)
        assert len(one) > 30
        assert one.keys() == other.keys()
        assert [name for name in one if one[name] != other[name]] == []
        assert not [name for name, content in one.items() if bytes(built_project) in content]


# --- what writes them

# Writes pages with so many processes beside it, once for each case; prints which are there, and what one that fails raised.
WRITES = """
import json, sys, tempfile
from pathlib import Path
from types import SimpleNamespace
from tourmaline.pipeline import sphinx_build


def write(processes, number, fails):
    with tempfile.TemporaryDirectory() as folder:
        def write_doc(page, tree):
            if tree == fails:
                raise ValueError("it cannot be written")
            (Path(folder) / page).touch()

        resolved = SimpleNamespace(get_and_resolve_doctree=lambda page, builder: int(page))
        pages = [str(one) for one in range(number)]
        builder = SimpleNamespace(
            app=SimpleNamespace(), env=resolved, write_doc_serialized=lambda *_: None, write_doc=write_doc, asked=pages
        )
        try:
            sphinx_build.write_pages(builder, ["another", *pages], processes)
        except Exception as error:
            return str(error)
        return sorted(int(path.name) for path in Path(folder).iterdir())


print(json.dumps([write(*case) for case in json.loads(sys.argv[1])]))
"""


def written(cases):
    """For each case (processes, pages, the page that fails) the pages that are written, or the error."""
    done = program(ROOT, "-c", WRITES, json.dumps(cases))
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_every_page_is_written_whatever_the_number_of_processes():
    cases = [(1, 1, -1), (1, 40, -1), (3, 7, -1), (7, 7, -1), (7, 60, -1), (15, 12, -1)]
    assert written(cases) == [list(range(number)) for _, number, _ in cases]


def test_a_page_that_cannot_be_written_is_an_error_in_whichever_process():
    said = written([(processes, 40, fails) for processes in (1, 3, 7) for fails in (0, 5, 20, 39)])
    assert [words for words in said if "it cannot be written" not in words] == []


# --- the small report


def test_plain_jupyter_book_builds_the_pages_after_a_build(report):
    done = program(report, str(JUPYTER_BOOK), "build", ".", "-W", "-n")
    assert done.returncode == 0, done.stderr
    assert "42.5%" in soup(report / "_build" / "html" / "index.html").main.text
    published = contents(report / "_build" / "html")
    done = command(report, "build")
    assert "site         ran" in done.stdout
    assert contents(report / "_build" / "html").keys() < published.keys()  # Sphinx's own notes are not published


def test_values_words_and_references_are_shown(built_small_report):
    site = built_small_report / "_build" / "html"
    index, page = soup(site / "index.html").main, soup(site / "book" / "page.html").main
    assert "The answer is 42.5%, its interval 95% confidence interval 40.0 to 45.0%, its word IRd." in index.text
    assert re.search(r"Edition: data \S+ of \d{4}-\d\d-\d\d, library \S+, outside version control\.", index.text)
    assert "Figure 1 and Table 1 stand elsewhere." in page.text
    assert "Reconstructed: these are not patients' data." in straight(index.figure.text)
    assert index.figure.find("img") and not index.find("picture")  # it has but one form


def test_a_block_is_shown_only_where_the_published_text_is_one_of_its_words(report):
    blocks = [
        "```{only-if} tiny/word IRd\nShown, for it is {value}`tiny/word`.\n```",
        "```{only-if} tiny/word KRd | IRd\nShown as well.\n```",
        "```{only-if} tiny/word KRd\nNot shown, and {value}`tiny/nothing` of it is asked for.\n```",
        "````{only-if} tiny/word KRd\n```{result-table} tiny/nothing\n```\n````",
    ]
    (report / "index.md").write_text(INDEX + "\n" + "\n\n".join(blocks) + "\n", encoding="utf-8")
    done = command(report, "build")
    assert done.returncode == 0, done.stderr
    text = soup(report / "_build" / "html" / "index.html").main.text
    assert "Shown, for it is IRd." in text
    assert "Shown as well." in text
    assert "Not shown" not in text

    blocks = [
        "```{only-if} tiny/wrd IRd\nA block.\n```",
        "```{only-if} tiny/answer 42.5\nA block.\n```",
        "```{only-if} tiny/word IRd\nThere are 45 of them.\n```",
        "```{only-if} tiny/word KRd\nAs {value}`tiny/word` of `x 7` in [that](a_8.md),\nthere are 46 of them.\n```",
    ]
    source = INDEX + "\n" + "\n\n".join(blocks) + "\n"
    (report / "index.md").write_text(source, encoding="utf-8")
    done = command(report, "build")
    assert done.returncode == 1
    for message in (
        "the notebook 'tiny' publishes no value 'wrd'. Did you mean 'word'?",
        "'tiny/answer' is not text, so no words can be compared. Publish it as text.",
        "the number '45' is typed into the prose.",
        # That block is shown in another variant.
        f"index.md:{1 + source[: source.index('there are 46')].count(chr(10))}: the number '46' is typed into the prose.",
    ):
        assert message in done.stderr


COMPARISON = (
    """\
run.value("caveat_masking", "one trial: open; another: blind", unit="text", origin="printed", source="designs.csv",
          label="Masking")""",
    """run.table("caveats", trials[["name"]], caption="All differences", origin="printed", source="designs.csv")""",
)


def test_caveats_lead_to_a_table_that_has_all_trials_of_the_page(tmp_path):
    for name, trials in (("cross_trial", ",A,B"), ("indirect", ",A,B,C"), ("own", ",A")):
        (tmp_path / name / "tables").mkdir(parents=True)
        (tmp_path / name / "tables" / "caveats.csv").write_text(f"{trials}\nmasking,1,2\n")
    (tmp_path / "own" / "tables" / "caveats.json").touch()
    page = SimpleNamespace(env=SimpleNamespace(note_dependency=lambda path: None))
    for name, said, table in (
        ("two", "A: x; B: y", "cross_trial"),
        ("three", "A: x; C: z", "indirect"),
        ("own", "C: z", "own"),
    ):
        (tmp_path / name).mkdir(exist_ok=True)
        (tmp_path / name / "values.json").write_text(json.dumps({"caveat_masking": said}))
        assert Caveats._table(page, tmp_path, name) == table


def test_a_figure_that_compares_trials_has_their_caveats_above_it_or_the_build_fails(report):
    write_notebook(report, "tiny", *TINY, *COMPARISON)
    figure = INDEX[INDEX.index("```{result-figure}") :]
    table = "\n```{result-table} tiny/caveats\n```\n"
    caveats = "```{caveats} tiny\n- This page adds one.\n```\n\n"
    for text, message in (
        (
            figure + table,
            "a figure of 'tiny' compares trials without their caveats. Put a `{caveats} tiny` block above it.",
        ),
        (figure + table + caveats, "index.md:3: a figure of 'tiny' compares trials without their caveats."),
        (caveats.replace("tiny", "other") + figure, "the notebook 'other' publishes no caveats. These do: tiny."),
        (caveats.replace("tiny", "tny") + figure, "the notebook 'tny' publishes no caveats. Did you mean 'tiny'?"),
    ):
        (report / "index.md").write_text(f"# A small report\n\n{text}", encoding="utf-8")
        done = command(report, "build")
        assert done.returncode == 1
        assert message in done.stderr
    (report / "index.md").write_text(f"# A small report\n\n{caveats}{figure}{table}", encoding="utf-8")
    done = command(report, "build")
    assert done.returncode == 0, done.stderr
    block = soup(report / "_build" / "html" / "index.html").main.select_one(".tm-caveats")
    assert [item.text for item in block.find_all("li")] == [
        "These are different trials: nobody was randomised between them.",
        "Masking: one trial: open; another: blind.",
        "This page adds one.",
    ]
    assert "How the designs differ: Table 2." in block.text
    elsewhere = report / "book" / "page.md"
    elsewhere.write_text(elsewhere.read_text() + f"\n{caveats}")
    done = command(report, "build")
    assert done.returncode == 0, done.stderr
    block, own = soup(report / "_build" / "html" / "book" / "page.html").main.select(".tm-caveats")
    assert [item.text for item in own.find_all("li")] == ["This page adds one."]
    line = "Before you compare. These are different trials: nobody was randomised between them. As far as the sources report it, they differ in masking."
    assert " ".join(block.text.split()) == f"{line} How the designs differ: Table 2."
    assert block.find("a", string="Table 2")["href"] == "../index.html#tiny-caveats"


def test_what_is_missing_or_typed_in_fails_the_build_with_page_and_line_and_the_site_stays(report):
    before = contents(report / "_build" / "html")
    wrong = [
        "The answer is {value}`tiny/anser`.",
        "The answer is {value}`tny/answer`.",
        "The answer is {value}`answer`.",
        "The interval is {interval}`tiny/word`.",
        "The answer is 42.5, we think.",
        "See [the 43 of them](book/page.md).",
        "| a | table |\n|---|---|\n| of | 44 |",
        "```{result-figure} tiny/dot\n```",
        "```{result-table} tiny/labells\n```",
        "```{result-figure} tny/dots\n```",
    ]
    text = INDEX + "".join(f"\n{line}\n" for line in wrong)
    lines = [1 + text[: text.index(line)].count("\n") for line in wrong]
    (report / "index.md").write_text(text, encoding="utf-8")
    done = command(report, "build")
    assert done.returncode == 1
    messages = [
        "the notebook 'tiny' publishes no value 'anser'. Did you mean 'answer'?",
        "no notebook 'tny' has published values. Did you mean 'tiny'? Run `make book`.",
        "no notebook 'answer' has published values",
        "the value 'tiny/word' has no interval. Publish it with lower, upper and level.",
        "the number '42.5' is typed into the prose. Let a notebook publish it and show it with {value}.",
        "the number '43' is typed into the prose.",
        "the number '44' is typed into the prose.",
        "the notebook 'tiny' publishes no figure 'dot'. Did you mean 'dots'?",
        "the notebook 'tiny' publishes no table 'labells'. Did you mean 'labels'?",
        "the notebook 'tny' publishes no figure 'dots'",
    ]
    for line, message in zip(lines, messages, strict=True):
        assert f"index.md:{line}: {message}" in done.stderr
    assert "Traceback" not in done.stderr
    assert "The published site is as it was." in done.stderr
    assert contents(report / "_build" / "html") == before

    # Nor does a page with a warning count as built the next time.
    (report / "index.md").write_text(f"{INDEX}\n```{{no-such-directive}}\n```\n", encoding="utf-8")
    for _ in range(2):
        done = command(report, "build")
        assert done.returncode == 1
        assert "index.md:13: Unknown directive type: 'no-such-directive'" in done.stderr
    (report / "index.md").write_text(INDEX, encoding="utf-8")
    assert command(report, "build").returncode == 0
    assert contents(report / "_build" / "html") == before


def test_a_value_without_a_unit_fails_also_in_plain_jupyter_book_without_w(report):
    path = report / "results" / "tiny" / "values.json"
    values = json.loads(path.read_text())
    del values["answer"]["unit"]
    path.write_text(json.dumps(values))
    done = program(report, str(JUPYTER_BOOK), "build", ".")
    assert done.returncode != 0
    assert (
        "index.md, line 3: the value 'tiny/answer' has no unit. Publish it with its unit." in done.stdout + done.stderr
    )


def test_a_misspelt_option_of_sphinx_fails_the_build(report):
    config = report / "_config.yml"
    config.write_text(config.read_text().replace("html_css_files:", "html_css_fils:"))
    done = command(report, "build")
    assert done.returncode == 1
    assert "unknown config value 'html_css_fils'" in done.stderr


def test_hostile_text_in_the_data_is_shown_as_text(report):
    hostile = """<script>alert(1)</script><img src=x onerror=alert(2)> "'--> {value}`tiny/answer` $x$"""
    trials = report / "data" / "evidence" / "trials.csv"
    quoted = '"' + hostile.replace('"', '""') + '"'
    trials.write_text(trials.read_text().replace(",IRd,", f",{quoted},", 1))
    done = command(report, "build")
    assert done.returncode == 0, done.stderr
    site = report / "_build" / "html"
    for path in sorted(site.rglob("*.html")):
        page = soup(path)
        assert "alert(" not in " ".join(script.text for script in page.find_all("script")), path
        assert not page.find_all(onerror=True), path
        assert not page.find_all("img", src="x"), path
    index = soup(site / "index.html")
    main = index.main
    assert straight(main.select_one("p a.tm-printed").text) == hostile  # a value
    assert f"Source: {hostile}" in main.select_one("p a.tm-printed")["title"]
    assert hostile in [cell.text for cell in main.select("td")]  # a cell
    assert main.select_one("table caption").text.endswith(f"Labels, {hostile} first")
    assert main.select_one(".tm-table-scroll")["aria-label"] == f"Labels, {hostile} first"
    assert f"An empty figure of {hostile}" in straight(main.select_one("figcaption").text)
    assert main.select_one("figure img")["alt"] == f"Axes without dots, titled {hostile}"
    assert straight(main.select_one(".tm-notes p").text) == f"The first is {hostile}."
    assert b"<script" not in (report / "results" / "tiny" / "figures" / "dots.svg").read_bytes()

    done = command(report, "run", "tiny", "--output", str(report / "mine"))
    assert done.returncode == 0, done.stderr
    page = soup(report / "mine" / "tiny.html")
    assert not page.find_all(onerror=True)
    assert not [script for script in page.find_all("script") if "alert(" in script.text]


FULL_DISK = """
from pathlib import Path
write = Path.write_bytes

def full(path, content):
    if "html.before" in str(path) and "theme" in str(path):
        raise OSError(28, "No space left on device")
    return write(path, content)

Path.write_bytes = full
from tourmaline.cli import main
main()
"""


def test_a_disk_that_fills_while_the_site_is_copied_leaves_the_published_one(report):
    before = contents(report / "_build" / "html")
    (report / "book" / "page.md").write_text("# Another page\n")
    done = program(report, "-c", FULL_DISK, "build")
    assert done.returncode == 1
    assert done.stderr.strip() == (
        "Error: No space left on device\n  Nothing is half done: what was finished is kept, the rest is as it was before."
    )
    assert contents(report / "_build" / "html") == before
    write_notebook(report, "tiny", *TINY)
    assert command(report, "build").returncode == 0
    assert b"The other notebook" not in contents(report / "_build" / "html")["book/page.html"]
