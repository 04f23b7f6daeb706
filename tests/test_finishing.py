"""A finished page is bound to its own host and carries only what it uses."""

import base64
import hashlib
import io
import re
from pathlib import Path

import pydata_sphinx_theme
import pytest
import sphinx_book_theme
from bs4 import BeautifulSoup
from fontTools.ttLib import TTFont

from tourmaline.errors import SiteError
from tourmaline.pipeline.finishing import MENDED, THEME_SCRIPT, finish_site
from tourmaline.pipeline.finishing import kept as kept_between_builds
from tourmaline.pipeline.finishing.icons import shrink_icons
from tourmaline.pipeline.finishing.kept import Kept
from tourmaline.pipeline.finishing.pages import THEME_CHOICE, finish_page
from tourmaline.pipeline.finishing.unused_css import drop_unused_css

PAGE = """\
<!DOCTYPE html>
<html lang="en" data-content_root="./" data-theme="auto">
  <head>
    <meta charset="utf-8" />
    <script data-cfasync="false">
    document.documentElement.dataset.mode = localStorage.getItem("mode") || "auto";
    </script>
    <!-- So that users can add custom icons -->
  <script defer src="_static/scripts/fontawesome.js?digest=1"></script>
    <link rel="preload" as="script" href="_static/scripts/bootstrap.js?digest=1" />
    <script>let hint = 'Click';</script>
    <script type="application/ld+json">{"@type": "Dataset"}</script>
    <script src="_static/searchtools.js"></script>
    <script src="searchindex.js"></script>
    <link rel="stylesheet" href="_static/theme.css" />
  </head>
  <body class="used"><main id="main-content" role="main"><a href="https://doi.org/1:8&lt;873&gt;3">DOI</a></main>
    <button aria-label="Mode" data-bs-title="Mode"  data-bs-placement="bottom" data-bs-toggle="tooltip">Mode</button>
    <script defer src="_static/scripts/bootstrap.js?digest=1"></script>
    <script defer src="_static/theme.js"></script></body>
</html>
"""


def policy(page):
    """The directives of a page's policy by their names."""
    meta = BeautifulSoup(page, "html.parser").find("meta", attrs={"http-equiv": "Content-Security-Policy"})
    return {words[0]: words[1:] for words in (part.split() for part in meta["content"].split(";"))}


def test_the_policy_allows_this_host_and_the_scripts_of_the_head_by_their_hashes():
    page = finish_page("index.html", PAGE, {})
    own = ["let hint = 'Click';", re.fullmatch(r"<script>(.*)</script>", THEME_CHOICE, re.DOTALL)[1]]
    hashes = {f"'sha256-{base64.b64encode(hashlib.sha256(code.encode()).digest()).decode()}'" for code in own}
    found = policy(page)
    assert found["default-src"] == ["'none'"]
    assert set(found["script-src"]) == {"'self'", *hashes}
    assert not re.search(r"https?:", str(found))
    assert page.index("Content-Security-Policy") < page.index("<script")


def test_a_script_in_the_body_is_refused_with_page_and_remedy():
    with pytest.raises(SiteError, match=r"the page holds a script: alert\(1\)") as refused:
        finish_page("book/page.html", PAGE.replace("</body>", "<script>alert(1)</script></body>"), {})
    assert "book/page.html" in str(refused.value)
    assert "Put it into a file in book/static" in str(refused.value)
    assert "ld+json" in finish_page(
        "x.html", PAGE.replace("</body>", '<script type="application/ld+json">1</script>'), {}
    )


def test_a_page_leaves_out_what_it_does_not_need_and_the_search_page_keeps_its_own():
    page = finish_page("index.html", PAGE, {})
    for gone in (
        "fontawesome",
        "bootstrap",
        "data-bs-",
        "searchtools",
        "searchindex",
        'role="main"',
        'data-theme="auto"',
        "8&lt;",
    ):
        assert gone in PAGE
        assert gone not in page
    assert 'href="https://doi.org/1:8%3C873%3E3"' in page
    assert '<button aria-label="Mode" title="Mode">' in page  # the browser shows it as a hint
    assert "searchindex.js" in finish_page("search.html", PAGE, {})


def test_a_figure_has_its_size_and_is_fetched_when_it_comes_near():
    figure = '<img alt="0.7 &lt; 1" src="../_images/forest.svg" /><img src="a.png" alt="x"></body>'
    page = finish_page("x.html", PAGE.replace("</body>", figure), {"forest.svg": ' width="576" height="288"'})
    assert '<img loading="lazy" width="576" height="288" alt="0.7 &lt; 1" src="../_images/forest.svg" />' in page
    assert '<img src="a.png" alt="x">' in page


def test_the_form_of_a_figure_for_phones_has_a_size_of_its_own():
    figure = '<source media="screen" srcset="_images/forest.narrow.svg"><img src="_images/forest.svg" alt="x" /></body>'
    sizes = {"forest.svg": ' width="576" height="288"', "forest.narrow.svg": ' width="297" height="400"'}
    page = finish_page("x.html", PAGE.replace("</body>", figure), sizes)
    assert '<source width="297" height="400" media="screen" srcset="_images/forest.narrow.svg">' in page
    assert '<img loading="lazy" width="576" height="288" src="_images/forest.svg"' in page


def test_finishing_a_site_twice_from_the_same_gives_the_same_bytes_without_scripts_and_maps_that_nobody_needs(tmp_path):
    sites = []
    for name in ("one", "two"):
        site = {
            "_static/scripts/fontawesome.js": b"never",
            "_static/scripts/fontawesome.js.LICENSE.txt": b"never",
            "_static/scripts/bootstrap.js": b"never",
            "_static/scripts/theme.js.map": b"{}",
            "_static/theme.css": b".used{color:red}.never{color:blue}",
            "index.html": PAGE.encode(),
        }
        finish_site(site, Kept(tmp_path / name, ""))
        sites.append(site)
    assert sites[0] == sites[1]
    assert sorted(sites[0]) == ["_static/theme.css", "index.html"]
    assert sites[0]["_static/theme.css"] == b".used{color:red}\n"


def test_of_the_icon_fonts_one_is_left_with_the_icons_that_are_named(tmp_path):
    theme = Path(pydata_sphinx_theme.__file__).parent / "theme" / "pydata_sphinx_theme" / "static"
    fonts = (theme / "vendor" / "fontawesome" / "webfonts").iterdir()
    site = {f"_static/{path.relative_to(theme).as_posix()}": path.read_bytes() for path in fonts}
    face = "@font-face{{font-family:{0};src:url(vendor/fontawesome/webfonts/{0}.woff2),url(vendor/fontawesome/webfonts/{0}.ttf)}}"
    style = face.format("fa-solid-900") + face.format("fa-brands-400") + '.fa-bars{--fa:"\uf0c9"}'
    site["_static/theme.css"] = style.encode()
    shrink_icons(site, Kept(tmp_path, ""))
    (left,) = (name for name in site if "/webfonts/" in name)
    assert left.endswith("/fa-solid-900.woff")
    assert len(site[left]) < 3_000
    assert set(TTFont(io.BytesIO(site[left])).getBestCmap()) == {0xF0C9}
    assert site["_static/theme.css"].decode() == (
        '@font-face{font-family:fa-solid-900;src:url(vendor/fontawesome/webfonts/fa-solid-900.woff) format("woff")}'
        '.fa-bars{--fa:"\uf0c9"}'
    )


@pytest.mark.parametrize(
    ("rules", "kept"),
    [
        (".used, .never { color: red }", ".used{color: red}"),
        (".used.never { color: red }", ""),
        ("p { color: red }", "p{color: red}"),
        (".single, .bare.other { color: red }", ".single,.bare.other{color: red}"),
        (".used:not(.never) > a:is(.never) { color: red }", ".used:not(.never) > a:is(.never){color: red}"),
        (".by-script:hover::after { content: '.never' }", '.by-script:hover::after{content: ".never"}'),
        ("@media print { .never { color: red } .used { top: 0 } }", "@media print {.used{top: 0}}"),
        ("@media print { .never { color: red } }", ""),
        ("@keyframes turn { from { top: 0 } to { top: 1px } }", "@keyframes turn { from { top: 0 } to { top: 1px } }"),
        ('@font-face { font-family: "A"; src: url(a.woff2) }', '@font-face { font-family: "A"; src: url(a.woff2) }'),
        ("/*! licence */ .never { top: 0 }", "/*! licence */"),
        ('@charset "UTF-8"; .used::before { content: "→" }', '@charset "UTF-8";\n.used::before{content: "→"}'),
        ('[class*="never"] { top: 0 }', '[class*="never"]{top: 0}'),
    ],
)
def test_a_stylesheet_keeps_what_a_page_or_script_can_match(tmp_path, rules, kept):
    site = {
        "style.css": rules.encode(),
        "script.js": b"element.classList.add('by-script')",
        "page.html": b"""<p class="other used"><p class='single other'><p class=bare id=x>""",
    }
    drop_unused_css(site, Kept(tmp_path, ""))
    assert site["style.css"].decode().strip() == kept


def test_what_is_mended_in_the_themes_script_is_there_and_gone_afterwards(tmp_path):
    theme = Path(sphinx_book_theme.__file__).parent / "theme" / "sphinx_book_theme" / "static"
    before = (theme / "scripts" / Path(THEME_SCRIPT).name).read_bytes()
    assert all(wrong.encode() in before for wrong in MENDED)
    site = {THEME_SCRIPT: before}
    finish_site(site, Kept(tmp_path, ""))
    assert not [wrong for wrong in MENDED if wrong.encode() in site[THEME_SCRIPT]]


def test_what_was_finished_is_not_made_again_but_for_another_version_or_after_damage(tmp_path, monkeypatch):
    kept = Kept(tmp_path, "1")
    assert kept.make("page", ["a", "bc"], lambda: b"made") == b"made"
    assert kept.make("page", ["a", "bc"], lambda: b"again") == b"made"
    assert kept.make("page", ["ab", "c"], lambda: b"other") == b"other"
    assert Kept(tmp_path, "2").make("page", ["a", "bc"], lambda: b"newer") == b"newer"
    assert len(list(tmp_path.iterdir())) == 3
    kept.drop_unused()
    damaged = [path for path in tmp_path.iterdir() if path.read_bytes().endswith(b"made")]
    damaged[0].write_bytes(damaged[0].read_bytes()[:-1])
    assert kept.make("page", ["a", "bc"], lambda: b"mended") == b"made"  # this process has it still; another has not
    monkeypatch.setattr(kept_between_builds, "_in_memory", {})
    assert kept.make("page", ["a", "bc"], lambda: b"mended") == b"mended"
    assert len(list(tmp_path.iterdir())) == 2
