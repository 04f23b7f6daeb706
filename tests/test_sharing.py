"""A page says what it is: a description, a card for links to it, its place in the index of figures, its place in the PDF."""

import os
import re
import shutil
from dataclasses import replace
from xml.etree import ElementTree

import pytest
from browser_visit import chromium
from bs4 import BeautifulSoup
from pdfminer.high_level import extract_text as pdf_text
from small_report import command, program

from tourmaline.identity import identity
from tourmaline.pipeline import published_address
from tourmaline.pipeline.printing import places_of_links
from tourmaline.pipeline.published_address import not_found, sitemap

pytestmark = pytest.mark.slow


def soup(path):
    return BeautifulSoup(path.read_text(encoding="utf-8"), "html.parser")


def properties(page):
    return {tag["property"]: tag["content"] for tag in page.find_all("meta", property=True)}


def test_a_page_describes_itself_and_without_an_address_of_the_book_names_none(built_small_report):
    site = built_small_report / "_build" / "html"
    page = soup(site / "index.html")
    answer = "The answer is 42.5%, its interval 95% confidence interval 40.0 to 45.0%, its word IRd."
    assert page.find("meta", attrs={"name": "description"})["content"] == answer
    assert properties(page) == {
        "og:type": "website",
        "og:site_name": "TOURMALINE-MM1: a living report",
        "og:title": "A small report",
        "og:description": answer,
    }
    assert not page.find("link", rel="canonical")
    assert not (site / "sitemap.xml").exists()


def test_with_its_address_set_a_page_has_a_card_and_the_site_a_sitemap(report):
    config = report / "_config.yml"
    config.write_text(config.read_text().replace("html:\n", 'html:\n  baseurl: "https://example.org/book"\n', 1))
    done = command(report, "build")
    assert done.returncode == 0, done.stderr
    site, base = report / "_build" / "html", "https://example.org/book/"
    index, page = properties(soup(site / "index.html")), properties(soup(site / "book" / "page.html"))
    assert index["og:url"] == f"{base}index.html"
    assert (site / index["og:image"].removeprefix(base)).read_bytes() == (
        report / "results" / "tiny" / "figures" / "dots.png"
    ).read_bytes()
    assert index["og:image:alt"] == "Axes without dots, titled IRd"
    assert page["og:type"] == "article"
    assert soup(site / "book" / "page.html").find("link", rel="canonical")["href"] == f"{base}book/page.html"
    assert page["og:image"] == f"{base}_static/card.png"
    assert (site / "_static" / "card.png").exists()
    locations = [
        element.text for element in ElementTree.parse(site / "sitemap.xml").iter() if element.tag.endswith("loc")
    ]
    pages = {path.relative_to(site).as_posix() for path in site.rglob("*.html")} - {"search.html", "404.html"}
    assert {location.removeprefix(base) for location in locations} == pages

    config.write_text(config.read_text().replace("https://example.org/book", "example.org"))
    done = command(report, "build")
    assert done.returncode == 1
    assert (
        "_config.yml, html: baseurl is 'example.org', which is not the address of a folder: it is not of the form"
        in done.stderr
    )


def test_the_page_for_an_address_where_nothing_is_works_at_any_depth_and_frozen_editions_are_listed(monkeypatch):
    base = "https://example.org/book/"
    monkeypatch.setattr(published_address, "identity", lambda: replace(identity(), title="A <report>"))
    page = BeautifulSoup(not_found(base), "html.parser")
    assert [link["href"] for link in page.find_all("a")] == [
        f"{base}{name}" for name in ("index.html", "search.html", "book/reference/editions.html")
    ]
    assert "A <report>" in page.title.text
    listed = sitemap(
        base, ["index.html", "editions/2026-01-02/index.html", "404.html", "editions/2026-01-02/manifest.json"]
    )
    assert [element.text for element in ElementTree.fromstring(listed).iter() if (element.text or "").strip()] == [
        f"{base}editions/2026-01-02/index.html",
        f"{base}index.html",
    ]


def test_the_index_lists_every_figure_and_table_with_number_words_and_page(built_small_report):
    page = soup(built_small_report / "_build" / "html" / "book" / "page.html")
    figures, tables = ([row.text.strip() for row in rows.find_all("li")] for rows in page.select("ul.tm-index"))
    assert figures == ["Figure 1 An empty figure of IRd. In A small report."]
    assert tables == ["Table 1 Labels, IRd first. In A small report."]
    assert [link["href"] for link in page.select("ul.tm-index a")] == [
        "../index.html#tiny-dots",
        "../index.html",
        "../index.html#tiny-labels",
        "../index.html",
    ]


ONE_DOCUMENT = "from tourmaline import paths; from tourmaline.pipeline.printing import one_document; print(one_document(paths.SITE, notebooks=True))"


def test_the_printed_book_is_one_document_whose_links_stay_inside_it(built_small_report):
    done = program(built_small_report, "-c", ONE_DOCUMENT)
    assert done.returncode == 0, done.stderr
    book = BeautifulSoup(done.stdout, "html.parser")
    places = [element["id"] for element in book.find_all(id=True)]
    assert len(places) == len(set(places))
    inside = [link["href"][1:] for link in book.find_all("a", href=True) if link["href"].startswith("#")]
    assert len(inside) > 10
    assert set(inside) <= set(places)
    assert not [link for link in book.find_all("a", href=True) if not re.match("#|https?:", link["href"])]
    assert [line.text for line in book.select(".tm-contents li")] == [
        heading.text for heading in book.select("article h1")
    ]
    site = built_small_report / "_build"
    for image in book.find_all("img"):
        assert (site / image["src"]).exists()
        assert "loading" not in image.attrs
    assert "IRd" in book.text


def test_the_book_is_printed_into_a_pdf_with_an_outline(report):
    chromium()
    sizes = []
    for options, pages in (((), 4), (("--notebooks",), 6)):  # cover, contents, two pages; two notebooks
        done = command(report, "pdf", *options)
        assert done.returncode == 0, done.stderr
        assert done.stdout == "The book is at _build/book.pdf\n"
        printed = (report / "_build" / "book.pdf").read_bytes()
        assert printed.startswith(b"%PDF-")
        sizes.append(len(re.findall(rb"/Type\s*/Page\b", printed)))
        assert sizes[-1] >= pages
    assert sizes[1] >= sizes[0] + 2
    begins = places_of_links(report / "_build" / "book.pdf")
    contents = pdf_text(report / "_build" / "book.pdf", page_numbers=[1])
    assert begins["book-page"] > begins["index"] == 3
    for place in ("index", "book-page"):  # the page on which each chapter begins stands in the contents
        assert re.search(rf"^{begins[place]}$", contents, re.MULTILINE)
        text = pdf_text(report / "_build" / "book.pdf", page_numbers=[begins[place] - 1])
        title = BeautifulSoup(
            (report / "_build" / "html" / f"{place.replace('-', '/')}.html").read_text(), "html.parser"
        ).h1
        assert text.strip().startswith(title.get_text().strip("#\n "))
    assert b"/Outlines" in printed
    assert [path.name for path in (report / "_build").glob("print-*")] == []


def test_without_chromium_the_command_says_what_is_missing(report):
    done = command(report, "pdf", PATH=os.defpath if not shutil.which("chromium", path=os.defpath) else "")
    assert done.returncode == 1
    assert done.stderr.strip().startswith("Error: there is no Chromium to print the book with")
    assert "apt-get install chromium" in done.stderr
    assert not (report / "_build" / "book.pdf").exists()
