"""Visit the pages of a built site in a real browser, and note what is wrong with each."""

import functools
import http.server
import os
import shutil
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import unquote, urlsplit

import axe_playwright_python
import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Error, Page, sync_playwright

from tourmaline import paths

AXE = (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text(encoding="utf-8")
WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
OF_COLOUR = ["color-contrast", "link-in-text-block"]  # what another theme can change
PROGRAMS = ("chromium", "chromium-browser", "google-chrome")
# Chromium looks for its makers' hosts when it starts; as root it has no sandbox.
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update", "--disable-sync"]  # fmt: skip
# One function writes every row of a table: the first stand for the rest, which would take axe minutes.
LOOKED_AT = {"exclude": [["table.tm-table tbody tr:nth-child(n+25)"]]}
DESKTOP, PHONE = {"width": 1280, "height": 900}, {"width": 390, "height": 844}
VISITORS = 2
SLOWEST_MS = 180_000  # of a page on a busy machine; the slowest takes seconds on a quiet one


def chromium() -> str:
    """The browser; without one the test is skipped, where CI demands it fails."""
    found = next(filter(None, map(shutil.which, PROGRAMS)), None)
    if found is None:
        stop = pytest.fail if os.environ.get("CI") else pytest.skip
        stop("there is no Chromium to look at the pages with: apt-get install chromium")
    return found


@contextmanager
def browser() -> Iterator[Browser]:
    """A headless Chromium."""
    program = chromium()
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=program, args=FLAGS)
        try:
            yield opened
        finally:
            opened.close()


def runtime() -> Path:
    """Python for browsers, as `make browser` fetched it; without it the test is skipped, where CI demands it fails."""
    kept = paths.BUILD / "runtime"
    if not kept.is_dir():
        stop = pytest.fail if os.environ.get("CI") else pytest.skip
        stop("Python for browsers is not here: make browser fetches it")
    return kept


def assert_accessible(page: Page) -> None:
    """An open page violates no rule of WCAG in either theme, and fits a phone."""
    page.evaluate(AXE)
    assert violations(page, "light", {"runOnly": WCAG}) == []
    page.evaluate("document.documentElement.dataset.theme = 'dark'")
    assert violations(page, "dark", {"runOnly": WCAG}) == []
    page.set_viewport_size(PHONE)
    assert page.evaluate(TOO_WIDE) == []


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *arguments: object) -> None:
        pass


@contextmanager
def served(site: Path) -> Iterator[str]:
    """The address of a site, served to this machine alone."""
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(_Quiet, directory=str(site))) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/"
        finally:
            server.shutdown()


class Visitor:
    """Opens pages of a site, by default the first, and notes what they complain of and which other hosts they ask.

    Starting a browser, and Python in it, takes most of what is tested: the tests of a file share both.

    Parameters
    ----------
    chromium : Browser
        The browser.
    root : str
        The address of the site.
    first : str
        The page that is opened where none is named.
    """

    def __init__(self, chromium: Browser, root: str, first: str) -> None:
        self._chromium, self._root, self._first = chromium, root, first
        self._prepared: BrowserContext | None = None
        self.complaints: list[str] = []

    def __call__(
        self, name: str = "", root: str = "", context: BrowserContext | None = None, complains: bool = False, **options
    ) -> Page:
        """Open a page; without a `context`, as somebody who was never here."""
        root = root or self._root
        if context is None:
            context = self._chromium.new_context(**{"viewport": DESKTOP, "reduced_motion": "reduce", **options})
            own = (root, "data:", "file:", "blob:")
            context.on("request", lambda asked: asked.url.startswith(own) or self.complaints.append(asked.url))
        page = context.new_page()
        page.set_default_timeout(90_000)
        if not complains:
            page.on("pageerror", lambda error: self.complaints.append(str(error)))
            page.on("console", self._note_error)
        page.goto(root + (name or self._first))
        return page

    def _note_error(self, said: ConsoleMessage) -> None:
        if said.type == "error":
            self.complaints.append(f"{said.text}: {said.location}")

    def again(self, prepare: Callable[[Page], None]) -> BrowserContext:
        """A context whose reader was here before, and did then what `prepare` does: Python need not be fetched again."""
        if self._prepared is None:
            page = self()
            prepare(page)
            self._prepared = page.context
            self._leave()
        return self._prepared

    def _leave(self) -> None:
        """Close the pages of that reader, who keeps no work."""
        for page in self._prepared.pages:
            with suppress(Error):  # a page that never loaded keeps nothing
                page.evaluate("localStorage.clear()")
            page.close()

    @contextmanager
    def watched(self) -> Iterator["Visitor"]:
        """For one test: it fails in the end if a page complained; nothing that it opened or kept is left."""
        self.complaints.clear()
        yield self
        for context in self._chromium.contexts:
            if context is self._prepared:
                self._leave()
            else:
                context.close()
        assert not self.complaints, self.complaints


@contextmanager
def visitor(site: Path, first: str) -> Iterator[Visitor]:
    """A visitor of a site, which is served to this machine alone."""
    with browser() as chromium, served(site) as root:
        yield Visitor(chromium, root, first)


@dataclass
class Visit:
    """What was found on one page."""

    name: str
    violations: list[str] = field(default_factory=list)  # theme, rule, element and what axe says
    errors: list[str] = field(default_factory=list)  # of scripts and of the policy
    requests: list[str] = field(default_factory=list)  # addresses outside the site, or that failed
    weight: dict[str, int] = field(default_factory=dict)  # bytes by file, before any interaction
    too_wide: list[str] = field(default_factory=list)  # elements that make a phone scroll sideways


def violations(page: Page, theme: str, rules: dict) -> list[str]:
    """What axe finds on an open page, into which its script was put."""
    found = page.evaluate(
        "([where, options]) => axe.run(where, options).then(results => results.violations)",
        [LOOKED_AT, {**rules, "resultTypes": ["violations"], "preload": False}],
    )
    return [
        f"{theme}, {violation['id']}: {' '.join(map(str, node['target']))}\n    {node['html'][:150]}\n    "
        + " ".join(node["failureSummary"].split())[:250]
        for violation in found
        for node in violation["nodes"]
    ]


TOO_WIDE = """\
() => document.scrollingElement.scrollWidth <= innerWidth ? [] : [
  `the page is ${document.scrollingElement.scrollWidth} wide, the screen ${innerWidth}`,
  ...[...document.querySelectorAll("body *")]
    .filter(e => e.getBoundingClientRect().right > innerWidth + 1 && !e.closest(".tm-table-scroll, figure, pre"))
    .slice(0, 5).map(e => e.outerHTML.slice(0, 120))]"""


def visit(page: Page, site: Path, name: str) -> Visit:
    """Open a page from its file, and look at it in both themes and on a phone."""
    found = Visit(name)

    def note_request(request) -> None:
        address = urlsplit(request.url)
        if address.scheme in ("data", "blob"):
            return
        path = Path(unquote(address.path))
        if address.scheme != "file" or not path.is_relative_to(site):
            found.requests.append(request.url)
        elif path.is_file():
            found.weight[path.relative_to(site).as_posix()] = path.stat().st_size

    listeners = {
        "request": note_request,
        "requestfailed": lambda request: found.requests.append(f"{request.url} ({request.failure})"),
        "console": lambda message: found.errors.append(message.text) if message.type == "error" else None,
        "pageerror": lambda error: found.errors.append(str(error)),
    }
    page.set_viewport_size(DESKTOP)
    page.goto("about:blank")  # what the page before still asked for is not asked for by this one
    for event, listener in listeners.items():
        page.on(event, listener)
    page.goto((site / name).as_uri(), wait_until="load")
    page.wait_for_timeout(50)
    for event, listener in listeners.items():
        page.remove_listener(event, listener)
    page.evaluate(AXE)
    found.violations += violations(page, "light", {"runOnly": WCAG})
    page.evaluate("document.documentElement.dataset.theme = 'dark'")
    found.violations += violations(page, "dark", {"runOnly": {"type": "rule", "values": OF_COLOUR}})
    page.set_viewport_size(PHONE)
    found.too_wide += page.evaluate(TOO_WIDE)
    return found


def visit_all(site: Path, names: list[str]) -> list[Visit]:
    """Visit pages, several at a time."""
    chromium()

    def some(part: list[str]) -> list[Visit]:
        with browser() as opened:
            # axe enters a page from outside; what the pages themselves do is still held to their policy.
            page = opened.new_page(reduced_motion="reduce", color_scheme="light")
            page.set_default_timeout(SLOWEST_MS)
            return [visit(page, site, name) for name in part]

    with ThreadPoolExecutor(VISITORS) as pool:
        parts = pool.map(some, [names[start::VISITORS] for start in range(VISITORS)])
    return sorted((found for part in parts for found in part), key=lambda found: found.name)
