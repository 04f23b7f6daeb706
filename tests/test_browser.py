"""Every page of the book in a real browser: accessible in both themes, light, asking no other host, whole without scripts.

`make check-pages` runs these with the site that `make book` built; without a site they are skipped, for they take minutes.
"""

import functools
import http.server
import threading

import pytest
from browser_visit import DESKTOP, PHONE, SLOWEST_MS, browser, visit_all

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("built_site")]

HEAVIEST = 620_000  # bytes of a page before any interaction, not compressed; the search index apart
FORMS = 30_000  # bytes that `make browser` adds to a page with a panel: its forms, their script and style
SEARCH_INDEX = "searchindex.js"
CHAPTER = "book/evidence/cross_trial.html"  # with figures, tables, formulas and a note in the margin
# Of a frozen edition: its pages were looked at when they were the latest, and cannot be mended; this says that they still open.
OF_AN_EDITION = ("index.html", CHAPTER, "book/reference/what_changed.html")


@pytest.fixture(scope="module")
def visits(site):
    every = sorted(path.relative_to(site).as_posix() for path in site.rglob("*.html"))
    return visit_all(
        site, [name for name in every if not name.startswith("editions/") or name.split("/", 2)[2] in OF_AN_EDITION]
    )


@pytest.fixture
def opened(site):
    """Open a page of the site: `opened("index.html", java_script_enabled=False)`."""
    with browser() as chromium:

        def open_page(name, **options):
            page = chromium.new_page(**{"viewport": DESKTOP, "reduced_motion": "reduce", **options})
            page.set_default_timeout(SLOWEST_MS)
            file, _, row = name.partition("#")
            page.goto(name if "://" in name else (site / file).as_uri() + (row and f"#{row}"))
            return page

        yield open_page


def listed(problems):
    """The problems for a message: which page, and what there."""
    return "\n" + "\n".join(f"{name}: {problem}" for name, problem in problems)


def test_no_page_violates_wcag_in_either_theme(visits):
    problems = [(found.name, violation) for found in visits for violation in found.violations]
    assert not problems, listed(problems)


def test_no_page_asks_for_anything_outside_of_the_site_or_for_what_is_not_there(visits):
    problems = [(found.name, f"asks for {address}") for found in visits for address in found.requests]
    assert not problems, listed(problems)


def test_no_page_breaks_its_policy_or_has_a_script_that_fails(visits):
    problems = [(found.name, error) for found in visits for error in found.errors]
    assert not problems, listed(problems)


def test_no_page_is_heavy(visits, site):
    heaviest = HEAVIEST + (FORMS if (site / "browser").is_dir() else 0)
    problems = []
    for found in visits:
        files = {name: size for name, size in found.weight.items() if name != SEARCH_INDEX}
        assert found.name in files
        if sum(files.values()) > heaviest:
            largest = sorted(files, key=files.__getitem__, reverse=True)[:5]
            parts = ", ".join(f"{name} {files[name]:,}" for name in largest)
            problems.append((found.name, f"{sum(files.values()):,} bytes; above all {parts}"))
    assert not problems, listed(problems)


def test_no_page_scrolls_sideways_on_a_phone(visits):
    problems = [(found.name, element) for found in visits for element in found.too_wide]
    assert not problems, listed(problems)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_on_a_phone_each_figure_fits_and_on_a_desk_and_on_paper_it_is_the_wide_one(opened, theme):
    page = opened(CHAPTER, viewport=PHONE, color_scheme=theme)
    forms = """() => [...document.querySelectorAll("article figure.tm-figure")].map(figure => {
        const image = figure.querySelector("img");
        image.loading = "eager";
        return image.decode().then(() => [image.currentSrc.endsWith(".narrow.svg"), figure.scrollWidth > figure.clientWidth,
            image.getBoundingClientRect().width > 300, getComputedStyle(image).filter !== "none"]);
    })"""
    on_phone = page.evaluate(f"() => Promise.all(({forms})())")
    assert on_phone == [[True, False, True, theme == "dark"]] * len(on_phone) != []
    wide = """() => [...document.querySelectorAll("figure.tm-figure img")].every(image => !image.currentSrc.includes(".narrow."))"""
    page.emulate_media(media="print")
    page.wait_for_function(wide)
    page.emulate_media(media="screen")
    page.wait_for_function(f"() => !({wide})()")
    page.set_viewport_size(DESKTOP)
    page.wait_for_function(wide)


def test_the_policy_refuses_another_host_and_a_script_written_into_the_page(opened):
    page = opened("index.html")
    broken = page.evaluate("""() => new Promise(resolve => {
        const broken = [];
        document.addEventListener("securitypolicyviolation", event => {
            broken.push(event.effectiveDirective);
            if (broken.length === 3) resolve(broken.sort());
        });
        document.body.append(Object.assign(new Image(), {src: "https://elsewhere.invalid/x.png"}));
        document.body.append(Object.assign(document.createElement("script"), {textContent: "window.ran = true"}));
        fetch("https://elsewhere.invalid/").catch(() => {});
    })""")
    assert broken == ["connect-src", "img-src", "script-src-elem"]
    assert page.evaluate("window.ran") is None


def test_a_page_is_whole_without_scripts(opened):
    page = opened(CHAPTER, java_script_enabled=False)
    assert page.locator("article h1").is_visible()
    assert page.locator("figure img:visible").count() == page.locator("article figure").count() >= 1
    assert page.locator("table.tm-table").first.is_visible()
    assert page.locator(".bd-sidebar-primary nav a").first.is_visible()
    assert page.locator(".prev-next-footer a").first.is_visible()
    assert not page.locator(".theme-switch-button").is_visible()  # it could do nothing
    page.goto(page.url.replace(CHAPTER, "search.html"))
    assert page.locator("noscript p").count()  # it says that the search needs scripts


def test_the_theme_follows_the_reader_and_can_be_chosen(opened):
    page = opened("index.html", color_scheme="dark")
    theme = "document.documentElement.dataset.theme"
    assert page.evaluate(theme) == "dark"
    button = page.locator(".theme-switch-button")
    chosen = []
    for _ in range(3):
        button.press("Enter")
        chosen.append(page.evaluate("document.documentElement.dataset.mode"))
    assert sorted(chosen) == ["auto", "dark", "light"]
    while page.evaluate("document.documentElement.dataset.mode") != "light":
        button.press("Enter")
    page.reload()
    assert page.evaluate(theme) == "light"


def test_the_keyboard_reaches_everything_and_shows_where_it_is(opened):
    page = opened(CHAPTER)
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to main content"
    page.keyboard.press("Enter")
    assert page.evaluate("location.hash") == "#main-content"
    page.goto(page.url.partition("#")[0])
    wanted = page.evaluate("""() => [...document.querySelectorAll("a[href], button, input, select, summary, [tabindex='0']")]
        .filter(e => e.checkVisibility({visibilityProperty: true}) && e.tabIndex >= 0).length""")
    reached, hidden = 0, []
    for _ in range(wanted + 5):
        page.keyboard.press("Tab")
        state = page.evaluate("""() => {
            const e = document.activeElement;
            if (e === document.body || e.dataset.reached) return null;
            e.dataset.reached = "yes";
            const style = getComputedStyle(e);
            const ring = style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 1.5;
            return {ring: ring || style.boxShadow !== "none", html: e.outerHTML.slice(0, 120)};
        }""")
        if state is None:
            break
        reached += 1
        if not state["ring"]:
            hidden.append(state["html"])
    assert reached >= wanted
    assert not hidden, "no ring shows the focus on\n" + "\n".join(hidden)


def test_on_a_phone_the_contents_open_and_close_by_keyboard(opened):
    page = opened(CHAPTER, viewport=PHONE)
    contents = page.locator("#pst-primary-sidebar")
    assert not contents.is_visible()
    page.locator(".primary-toggle").press("Enter")
    page.locator("#pst-primary-sidebar-modal[open] nav a").first.wait_for()
    page.keyboard.press("Escape")
    page.locator("#pst-primary-sidebar-modal[open]").wait_for(state="detached")
    assert page.evaluate("document.activeElement.classList.contains('primary-toggle')")


def test_on_a_phone_a_button_to_the_top_appears_when_a_reader_scrolls_up(opened):
    page = opened(CHAPTER, viewport=PHONE)
    button = page.locator("#pst-back-to-top")
    page.evaluate("scrollTo(0, 3000)")
    page.wait_for_function("scrollY > 2000")
    assert not button.is_visible()
    page.evaluate("scrollBy(0, -300)")
    button.wait_for()
    button.press("Enter")
    page.wait_for_function("scrollY === 0")


def test_an_old_link_to_a_row_of_the_audit_leads_to_the_row(opened):
    row = "claim-table2-overall_response-comparison-value"
    page = opened(f"book/reference/audit.html#{row}")
    page.wait_for_url(f"**/audit_ledger.html#{row}")
    assert page.locator(f"#{row}").is_visible()
    unknown = opened("book/reference/audit.html#claim-of-nothing")
    unknown.wait_for_url("**/audit_ledger.html#claim-of-nothing")
    unknown.wait_for_timeout(200)
    assert unknown.url.endswith("audit_ledger.html#claim-of-nothing")  # sent on once and no further


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *arguments):
        pass


def test_the_site_works_below_a_folder_of_a_web_server_with_its_search(site, opened):
    handler = functools.partial(_Quiet, directory=str(site.parent))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        messages = []
        try:
            root = f"http://127.0.0.1:{server.server_port}/{site.name}"
            for address in (root, site.as_uri()):
                page = opened(f"{address}/index.html")
                page.on("console", lambda message: messages.append(message))
                page.keyboard.press("Control+k")
                page.keyboard.type("heterogeneity")
                page.keyboard.press("Enter")
                page.locator("#search-results li a").first.wait_for()
                assert page.url.startswith(f"{address}/search.html?q=heterogeneity")
                assert not [message.text for message in messages if message.type == "error"]
                messages.clear()
        finally:
            server.shutdown()
