"""A site is refused if it asks another host for anything, leads nowhere, or shows an image without words."""

import pytest

from tourmaline.errors import SiteError
from tourmaline.pipeline.site_check import check_site

GOOD = """\
<!doctype html><html><head><link rel="stylesheet" href="style.css"><script src="script.js"></script>
<link rel="canonical" href="https://elsewhere.org/here"><style>p { color: red }</style></head>
<body><h1 id="top">Title</h1><a href="other.html#place">there</a> <a href="#top">up</a> <a href="sub/">below</a>
<a href="https://elsewhere.org/">elsewhere</a> <a href="mailto:us@elsewhere.org">write</a> <a href="a%20b.csv">data</a>
<img src="image.png" alt="Two dots" srcset="image.png 1x, image.png 2x"> <img src="data:image/png;base64,AA==" alt="">
</body></html>
"""


@pytest.fixture
def site(tmp_path):
    folder = tmp_path / "site"
    (folder / "sub").mkdir(parents=True)
    (folder / "index.html").write_text(GOOD)
    (folder / "other.html").write_text('<p id="place">A place, <a name="old">an old one</a></p>')
    (folder / "sub" / "index.html").write_text('<a href="../other.html#old">up</a>')
    (folder / "style.css").write_text("p { background: url(image.png) }")
    for name in ("script.js", "image.png", "a b.csv"):
        (folder / name).touch()
    (tmp_path / "outside.csv").touch()
    return folder


def test_a_site_that_keeps_to_itself_is_passed_with_its_number_of_pages(site):
    assert check_site(site) == 3


@pytest.mark.parametrize(
    ("added", "problem"),
    [
        ('<script src="https://cdn.org/x.js"></script>', "asks another host for https://cdn.org/x.js"),
        ('<script src="//cdn.org/x.js"></script>', "asks another host for //cdn.org/x.js"),
        ('<link rel="stylesheet" href="HTTP://cdn.org/x.css">', "asks another host for HTTP://cdn.org/x.css"),
        ('<link rel="preconnect" href="https://fonts.org">', "asks another host for https://fonts.org"),
        ('<img alt="x" src="https://cdn.org/x.png">', "asks another host for https://cdn.org/x.png"),
        (
            '<img alt="x" src="image.png" srcset="image.png 1x, https://cdn.org/2.png 2x">',
            "another host for https://cdn",
        ),
        ('<iframe src="https://video.org/x"></iframe>', "asks another host for https://video.org/x"),
        ('<form action="https://count.org/"></form>', "asks another host for https://count.org/"),
        ('<p style="background: url(https://cdn.org/x.png)">', "asks another host for https://cdn.org/x.png"),
        ("<style>p { background: url('//cdn.org/x.png') }</style>", "asks another host for //cdn.org/x.png"),
        ('<style>@import "https://cdn.org/x.css";</style>', "asks another host for https://cdn.org/x.css"),
        ('<a href="nowhere.html">x</a>', "the link nowhere.html leads nowhere"),
        ('<a href="../outside.csv">x</a>', "the link ../outside.csv leads nowhere"),
        ('<script src="gone.js"></script>', "the link gone.js leads nowhere"),
        ('<a href="other.html#gone">x</a>', "the link other.html#gone names no place on its page"),
        ('<a href="#gone">x</a>', "the link #gone names no place on its page"),
        ('<img src="image.png">', "the image image.png has no alternative text"),
    ],
)
def test_a_page_is_refused_that_holds(site, added, problem):
    (site / "index.html").write_text(GOOD + added)
    with pytest.raises(SiteError) as refused:
        check_site(site)
    message = str(refused.value)
    assert "index.html: " in message
    assert problem in message
    assert message.count("\n  ") == 2  # the problem, and the remedy


@pytest.mark.parametrize("rule", ["p { background: url(https://cdn.org/x.png) }", "@import '//cdn.org/x.css';"])
def test_a_stylesheet_is_refused_that_asks_another_host(site, rule):
    (site / "style.css").write_text(rule)
    with pytest.raises(SiteError, match=r"style\.css: asks another host for (https:)?//cdn\.org/x"):
        check_site(site)


def test_what_prose_and_code_say_about_addresses_is_no_request(site):
    (site / "sub" / "index.html").write_text("<pre>url(https://cdn.org/x.png) &lt;script src=https://cdn.org&gt;</pre>")
    assert check_site(site) == 3


def test_many_problems_are_counted_and_the_first_twenty_shown(site):
    (site / "index.html").write_text("".join(f'<a href="gone-{number}.html">x</a>' for number in range(25)))
    with pytest.raises(SiteError, match="and 5 more") as refused:
        check_site(site)
    assert str(refused.value).count("leads nowhere") == 20


def test_a_folder_without_a_page_is_no_site(tmp_path):
    with pytest.raises(SiteError, match="the site holds no pages"):
        check_site(tmp_path)
