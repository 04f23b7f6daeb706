"""The book as one PDF: the pages of the built site in one document, printed by Chromium. No TeX.

Chromium makes it twice: the first PDF shows on which page each chapter begins, and the contents of the second give that page.
"""

from __future__ import annotations

import html
import os
import shutil
import subprocess
import tempfile
from pathlib import Path
from urllib.parse import unquote, urlsplit

from bs4 import BeautifulSoup, Tag
from pdfminer.pdfdocument import PDFDocument
from pdfminer.pdfpage import PDFPage
from pdfminer.pdfparser import PDFParser
from pdfminer.pdftypes import resolve1

from tourmaline import paths
from tourmaline.errors import SiteError
from tourmaline.pipeline.contents_check import TOC, named_pages
from tourmaline.yaml_files import load_yaml

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
LONGEST_SECONDS = 900  # of printing; a book of fifty chapters takes half a minute
LAYOUT = Path(__file__).with_suffix(".css")
MOST_ROWS = 40  # of a table: the registers of the reference part are for searching, which paper cannot
ONLY_ON_SCREEN = ".headerlink, button, script, noscript, .tm-table-tools"

DOCUMENT = """\
<!DOCTYPE html>
<html lang="en" data-theme="light" data-mode="light" class="tm-print">
<head><meta charset="utf-8"><title>{title}</title>
{styles}
<style>
{layout}</style>
</head>
<body><main class="bd-main"><div class="bd-content"><div class="bd-article-container">
<header class="tm-cover"><p class="tm-cover-title">{title}</p>{edition}<p>{author}</p>
<p>Not medical advice: this report recomputes published results and does not show any patient's data.</p></header>
<nav class="tm-contents" aria-label="Contents"><p class="tm-contents-title">Contents</p>{contents}</nav>
{chapters}
</div></div></main></body></html>
"""


def _parts(notebooks: bool) -> list[tuple[str, list[str]]]:
    """The pages of the table of contents, part by part, each before those under it; the first part is the front page."""
    toc = load_yaml(paths.ROOT / TOC, error=SiteError)
    parts = [("", [toc["root"]])]
    for part in toc.get("parts", [{"caption": "", "chapters": toc.get("chapters", [])}]):
        pages = [page for page in named_pages(part["chapters"]) if notebooks or not page.startswith("results/")]
        parts.append((part["caption"], pages))
    return parts


def _anchor(page: str, fragment: str = "") -> str:
    """A place of a page in the one document: two pages may use one name."""
    return f"{page.replace('/', '-')}--{fragment}".rstrip("-")


def _chapter(site: Path, page: str, printed: set[str]) -> tuple[str, str]:
    """Title and markup of a page: its places renamed, its links led into the document, its images found from beside the site."""
    folder = (site / page).parent
    soup = BeautifulSoup((site / f"{page}.html").read_text(encoding="utf-8"), "html.parser")
    article = soup.select_one("article.bd-article")
    for element in article.select(ONLY_ON_SCREEN):
        element.decompose()
    title = article.h1.get_text().strip()
    for element in article.find_all(id=True):
        element["id"] = _anchor(page, element["id"])
    for link in article.find_all("a", href=True):
        _lead(link, site, folder, page, printed)
    for image in article.find_all("img", src=True):
        image["src"] = f"{site.name}/{(folder / image['src']).resolve().relative_to(site).as_posix()}"
        image.attrs.pop("loading", None)
    for element in article.select("details.tm-folded"):
        element.replace_with(*element.summary.contents)  # long lists; the site has them
    for element in article.find_all("details"):
        element["open"] = ""
    for table in article.find_all("table"):
        rows = table.select("tbody > tr")
        if len(rows) > MOST_ROWS:
            for row in rows[MOST_ROWS:]:
                row.decompose()
            note = soup.new_tag("p")
            note.string = f"The first {MOST_ROWS} of {len(rows)} rows; the site has them all."
            table.insert_after(note)
    article["id"] = _anchor(page)
    return title, str(article)


def _lead(link: Tag, site: Path, folder: Path, page: str, printed: set[str]) -> None:
    parts = urlsplit(link["href"])
    if parts.scheme or parts.netloc:
        return
    target = (folder / unquote(parts.path)).resolve() if parts.path else site / f"{page}.html"
    name = target.relative_to(site).with_suffix("").as_posix()
    if target.suffix == ".html" and name in printed:
        link["href"] = f"#{_anchor(name, unquote(parts.fragment))}"
    else:
        link.unwrap()  # a download: a printed book has none


def one_document(site: Path, notebooks: bool = False, begins: dict[str, int] | None = None) -> str:
    """The site's pages as one HTML document, to lie beside the site's folder.

    Parameters
    ----------
    site : Path
        The built site.
    notebooks : bool
        Whether the pages of the notebooks belong to it.
    begins : dict of str to int, optional
        The page of the PDF on which each chapter begins, by its anchor, for the contents.

    Raises
    ------
    SiteError
        If a page of the table of contents is not built.
    """
    site, parts, begins = site.resolve(), _parts(notebooks), begins or {}
    printed = {page for _, pages in parts for page in pages}
    if absent := [page for page in sorted(printed) if not (site / f"{page}.html").exists()]:
        raise SiteError(
            f"the page {absent[0]} is not built", where=str(site), remedy="Build the book first: make book."
        )
    front = BeautifulSoup((site / f"{parts[0][1][0]}.html").read_text(encoding="utf-8"), "html.parser")
    styles = "\n".join(
        f'<link rel="stylesheet" href="{site.name}/{html.escape(urlsplit(link["href"]).path)}">'
        for link in front.select('head link[rel="stylesheet"]')
    )
    contents, chapters = [], []
    for caption, pages in parts:
        lines = []
        for page in pages:
            title, markup = _chapter(site, page, printed)
            number = begins.get(_anchor(page), "")
            lines.append(
                f'<li><a href="#{_anchor(page)}"><span>{html.escape(title)}</span><span>{number}</span></a></li>'
            )
            chapters.append(markup)
        heading = f'<p class="tm-contents-part">{html.escape(caption)}</p>' if caption else ""
        contents.append(f"{heading}<ul>{''.join(lines)}</ul>" if lines else "")
    config = load_yaml(paths.ROOT / "_config.yml", error=SiteError)
    return DOCUMENT.format(
        title=html.escape(config["title"]),
        author=html.escape(config["author"]),
        styles=styles,
        layout=LAYOUT.read_text(encoding="utf-8"),
        edition=front.select_one(".tm-edition") or "",
        contents="".join(contents),
        chapters="\n".join(chapters),
    )


def places_of_links(pdf: Path) -> dict[str, int]:
    """The page (from 1) of each place in a PDF that a link leads to."""
    with pdf.open("rb") as file:
        document = PDFDocument(PDFParser(file))
        numbers = {page.pageid: number for number, page in enumerate(PDFPage.create_pages(document), start=1)}
        places = resolve1(document.catalog["Dests"])
        return {name: numbers[resolve1(place)[0].objid] for name, place in places.items()}


def _printed(browser: str, folder: Path, document: str) -> Path:
    (folder / "book.html").write_text(document, encoding="utf-8")
    command = [browser, "--headless", "--disable-gpu", "--disable-background-networking", "--no-first-run"]
    command += ["--no-sandbox"] if os.geteuid() == 0 else []  # Chromium has no sandbox for root
    command += [f"--user-data-dir={folder / 'profile'}", "--no-pdf-header-footer", "--generate-pdf-document-outline"]
    command += [f"--print-to-pdf={folder / 'book.pdf'}", (folder / "book.html").as_uri()]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=LONGEST_SECONDS, check=False)
    except subprocess.TimeoutExpired:
        raise SiteError(f"Chromium did not finish in {LONGEST_SECONDS} seconds", remedy="Try again.") from None
    if not (folder / "book.pdf").exists():
        last = (done.stderr.strip().splitlines() or ["it says nothing"])[-1]
        raise SiteError(f"Chromium printed nothing: {last}", remedy=f"Try it alone: {Path(browser).name} --version")
    return folder / "book.pdf"


def print_book(site: Path, target: Path, notebooks: bool = False) -> None:
    """Print the book into a PDF, with contents, an outline, links and page numbers.

    Parameters
    ----------
    site : Path
        The built site.
    target : Path
        The PDF; replaced whole.
    notebooks : bool
        Whether to add the pages of the notebooks.

    Raises
    ------
    SiteError
        If there is no Chromium, no site, or printing fails.
    """
    browser = next(filter(None, map(shutil.which, BROWSERS)), None)
    if browser is None:
        raise SiteError(
            "there is no Chromium to print the book with",
            remedy="Install it, on Debian with: apt-get install chromium. Google Chrome does too.",
        )
    document = one_document(site, notebooks)
    with tempfile.TemporaryDirectory(prefix="print-", dir=site.parent) as name:
        folder = Path(name)
        (folder / site.name).symlink_to(site.resolve(), target_is_directory=True)
        begins = places_of_links(_printed(browser, folder, document))
        _printed(browser, folder, one_document(site, notebooks, begins)).replace(target)
