"""The explorer in a real browser, from its file and under its policy: by keyboard, by a shared address, in the dark, without scripts."""

from urllib.parse import parse_qs, quote

import pytest
from browser_visit import DESKTOP, PHONE, SLOWEST_MS, browser

from tourmaline import data

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("built_site")]

PAGE = "book/rerun/explorer.html"
MULTIVERSE = "#explorer-multiverse"


@pytest.fixture
def opened(site):
    """Open the explorer, with what stands after # in its address; it fails at the end if the page complained."""
    complaints = []
    with browser() as chromium:

        def open_page(choice="", **options):
            page = chromium.new_page(**{"viewport": DESKTOP, "reduced_motion": "reduce", **options})
            page.set_default_timeout(SLOWEST_MS)
            page.on("pageerror", lambda error: complaints.append(str(error)))
            page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
            page.on("request", lambda asked: None if asked.url.startswith("file://") else complaints.append(asked.url))
            page.goto((site / PAGE).as_uri() + choice)
            return page

        yield open_page
    assert not complaints


def chosen(page, sweep=MULTIVERSE):
    """The words of the choices."""
    return page.eval_on_selector_all(f"{sweep} select", "all => all.map(one => one.selectedOptions[0].textContent)")


def row_of(page, words, sweep=MULTIVERSE):
    """Result and figure of a combination in the table, which Python wrote and no script has touched."""
    rows = page.eval_on_selector_all(
        f"{sweep} tbody tr",
        "all => all.map(row => [...row.cells].map(cell => cell.querySelector('a')?.href ?? cell.textContent))",
    )
    (found,) = [row[-2:] for row in rows if row[:-2] == words]
    return found


def shown(page, sweep=MULTIVERSE):
    """What the page says, and the figure that it shows."""
    section = page.locator(sweep)
    figure = section.locator("figure img")
    figure.evaluate("image => image.decode()")  # raises if there is no such figure
    return section.locator("[role=status]").inner_text(), figure.evaluate("image => image.src")


def asked_trials(page):
    """The part of a command that names the trials: none where the first choice is what the data say to compare by default."""
    trials = data.trials()
    core = ",".join(trials["name"][trials["tier"] == "core"])
    code = page.locator(f"{MULTIVERSE} select[name=trials] option").first.get_attribute("data-code").replace(", ", ",")
    return "" if code == core else f" -p trials {code}"


def test_by_keyboard_alone_a_choice_changes_numbers_figure_command_and_address(opened):
    page = opened()
    model = page.locator(f"{MULTIVERSE} select[name=model]")
    before = shown(page)
    for _ in range(300):
        page.keyboard.press("Tab")
        if model.evaluate("select => select === document.activeElement"):
            break
    assert model.evaluate("select => select === document.activeElement")
    assert model.evaluate("select => getComputedStyle(select).outlineStyle") != "none"
    page.keyboard.press("ArrowDown")
    assert "random effects" in chosen(page)
    after = shown(page)
    assert after != before
    result, figure = row_of(page, chosen(page))
    assert after[0].endswith(f": {result}")
    assert after[1] == figure
    command = page.locator(f"{MULTIVERSE} .tm-explorer-command").inner_text().strip()
    assert command == f"tourmaline run cross_trial{asked_trials(page)} -p model random"
    assert parse_qs(page.evaluate("location.hash.slice(1)"))["model"] == ["random"]


def test_every_combination_of_the_table_is_shown_as_the_table_has_it(opened):
    page = opened()
    rows = page.eval_on_selector_all(
        f"{MULTIVERSE} tbody tr", "all => all.map(row => [...row.cells].slice(0, -2).map(cell => cell.textContent))"
    )
    assert len(rows) > 100
    for words in rows[:: len(rows) // 12]:
        page.eval_on_selector(
            f"{MULTIVERSE} form",
            """(form, words) => {
                const selects = [...form.querySelectorAll("select")];
                selects.forEach((select, place) => {
                    select.value = [...select.options].find(option => option.textContent === words[place]).value;
                });
                form.dispatchEvent(new Event("change"));
            }""",
            words,
        )
        says, figure = shown(page)
        result, linked = row_of(page, words)
        assert (says.partition("): ")[2], figure) == (result, linked)


def test_help_shows_words_and_no_codes(opened):
    said = opened().eval_on_selector_all(f"{MULTIVERSE} .tm-explorer-help", "all => all.map(one => one.textContent)")
    assert "Progression-free survival or overall survival" in said
    codes = set(opened().eval_on_selector_all(f"{MULTIVERSE} option", "all => all.map(one => one.dataset.code)"))
    assert not [text for text in said if any(f"({code})" in text for code in codes)]


def test_a_combination_that_the_multiverse_leaves_out_says_so(opened):
    page = opened("#explorer=multiverse&model=random&interval_method=hartung-knapp")
    result = page.locator(f"{MULTIVERSE} .tm-explorer-says").inner_text()
    values = page.locator(f"{MULTIVERSE} dl").inner_text()
    assert "degrees of freedom" in values
    assert "not in the multiverse" not in result + values
    assert result not in values.replace("\n", ": ")  # it is said once
    page = opened("#explorer=multiverse&model=random&interval_method=hartung-knapp&trials=ASPIRE, ELOQUENT-2")
    assert "not in the multiverse" in page.locator(f"{MULTIVERSE} .tm-explorer-says").inner_text()


def test_an_address_that_is_shared_shows_the_same_choice(opened):
    page = opened()
    page.locator(f"{MULTIVERSE} select[name=trials]").select_option(index=2)
    page.locator(f"{MULTIVERSE} select[name=confidence_level]").select_option(label="99%")
    link = page.locator(f"{MULTIVERSE} .tm-explorer-link").evaluate("link => link.href")
    assert link == page.url
    other = opened("#" + link.partition("#")[2])
    assert chosen(other) == chosen(page)
    assert shown(other) == shown(page)
    assert chosen(other, "#explorer-reconstruction") == chosen(page, "#explorer-reconstruction")


def test_what_an_address_says_besides_the_choices_is_ignored(opened):
    plain = opened()
    hostile = quote("<img src=x onerror=alert(1)>")
    page = opened(f"#explorer=multiverse&model={hostile}&unknown=1&endpoint=os")
    expected = ["overall survival" if word == "progression-free survival" else word for word in chosen(plain)]
    assert expected != chosen(plain)
    assert chosen(page) == expected
    assert "onerror" not in page.locator(MULTIVERSE).inner_html()


def test_a_combination_that_was_not_run_is_said_and_its_command_given(opened):
    page = opened("#explorer=multiverse&endpoint=os&as_of=2016-04-28")
    section = page.locator(MULTIVERSE)
    assert "not among those computed in advance" in section.locator("[role=status]").inner_text()
    assert not section.locator("figure").is_visible()
    assert section.locator(".tm-explorer-command").inner_text().strip() == (
        f"tourmaline run cross_trial{asked_trials(page)} -p endpoint os -p as_of 2016-04-28"
    )


def test_without_scripts_a_table_has_every_combination_with_a_link(opened):
    page = opened(java_script_enabled=False)
    section = page.locator(MULTIVERSE)
    assert not section.locator("form").is_visible()
    assert section.locator("figure img").is_visible()
    assert page.locator("article noscript p", has_text="The choices need JavaScript").is_visible()
    section.locator("summary").press("Enter")
    links = section.locator("tbody a")
    assert links.first.is_visible()
    assert links.count() == section.locator("tbody tr").count()
    links.last.press("Enter")
    page.wait_for_url("**/*.svg")
    assert page.locator("svg").first.is_visible()


@pytest.mark.parametrize("options", [{"color_scheme": "dark"}, {"viewport": PHONE}], ids=["in the dark", "on a phone"])
def test_it_can_be_read(opened, options):
    page = opened(**options)
    section = page.locator(MULTIVERSE)
    assert section.locator("figure img").evaluate("image => getComputedStyle(image).backgroundColor") == (
        "rgb(255, 255, 255)" if "color_scheme" in options else "rgba(0, 0, 0, 0)"
    )
    assert section.locator("select").first.is_visible()
    assert page.evaluate("document.scrollingElement.scrollWidth <= innerWidth")


@pytest.mark.parametrize("sweep", [MULTIVERSE, "#explorer-reconstruction"])
def test_on_a_phone_each_choice_shows_the_figure_that_was_drawn_for_its_width(opened, sweep):
    page = opened(viewport=PHONE)
    figure, choice = page.locator(f"{sweep} figure"), page.locator(f"{sweep} select").last
    sources = []
    for place in range(choice.locator("option").count()):
        choice.select_option(index=place)
        _, wide = shown(page, sweep)
        image = figure.locator("img").evaluate("image => [image.currentSrc, image.getBoundingClientRect().width]")
        assert image[0] == wide.replace(".svg", ".narrow.svg")
        assert image[1] > 300
        assert figure.evaluate("figure => figure.scrollWidth <= figure.clientWidth")
        sources.append(image[0])
    assert len(set(sources)) > 1
    page.set_viewport_size(DESKTOP)
    page.wait_for_function(
        "sweep => !document.querySelector(`${sweep} img`).currentSrc.includes('.narrow.')", arg=sweep
    )
