"""Mend a page of the theme, and bind it to this host by a Content-Security-Policy.

By regular expressions: of 84 pages BeautifulSoup takes 17 seconds where these take 1; lxml is quick, but gives no page back
byte for byte, and its code would be as long.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Mapping

from tourmaline.errors import SiteError

SCRIPT = re.compile(r"<script(?P<attributes>[^>]*)>(?P<code>.*?)</script>", re.DOTALL)
DATA_SCRIPT = re.compile(r"""type=["']?application/(ld\+)?json\b""")  # no code: a browser does not run it
# It is fetched when a reader comes near it; its size keeps the page from jumping then.
FIGURE = re.compile(r'<(?P<tag>img|source) (?=[^>]*src(set)?="[^"]*_images/(?P<name>[^"/]+\.svg)")')
CHARSET = '<meta charset="utf-8" />'

# Set before anything is drawn, so that no reader sees the other theme flash by. The theme's own line leaves 'auto' until
# its script has run, and with it no colours; and it stops where a browser forbids storage to files.
THEME_CHOICE = """\
<script>
    (function (root) {
      let mode = null;
      try { mode = localStorage.getItem("mode"); } catch (error) { /* no storage: nothing was chosen */ }
      root.dataset.mode = mode || "auto";
      const dark = matchMedia("(prefers-color-scheme: dark)").matches;
      root.dataset.theme = mode === "light" || mode === "dark" ? mode : dark ? "dark" : "light";
    })(document.documentElement);
  </script>"""

NOT_STYLED = re.compile(r' class="reference internal"| class="toctree-l[23]"|\n')  # in the links of the side bar
# What the theme writes, what stands there instead, and why.
MENDED = [
    # Two thirds of a page's weight, for a dozen icons.
    (re.compile(r'\s*<!-- So that users can add custom icons -->\s*<script defer src="[^"]*fontawesome[^>]*></script>'), ""),
    # A quarter of a page's weight, for hints that a browser shows by itself, and for a button (book/static/back_to_top.js).
    (re.compile(r'\s*<(?:script defer src|link rel="preload" as="script" href)="[^"]*/bootstrap\.js[^>]*>(?:</script>)?'), ""),
    (re.compile(r' +data-bs-(?:placement="\w+"|toggle="tooltip")'), ""),
    (re.compile(r' data-bs-title='), " title="),
    (re.compile(r'<script data-cfasync="false">\s*document\.documentElement\.dataset\.mode.*?</script>', re.DOTALL), THEME_CHOICE),
    # Without scripts 'auto' has no colours.
    (re.compile(r'(<html [^>]*)data-theme="auto"'), r'\1data-theme="light"'),
    # Three times the same.
    (re.compile(r'<meta name="viewport" content="width=device-width, initial-scale=1"\s*/>'), ""),
    (re.compile(r'\s*<meta name="docsearch:[^>]*>'), ""),
    # The title and contents once more, shown in print only: a second top heading and links twice for a screen reader.
    (re.compile(r'<div id="jb-print-docs-body" class="onlyprint">.*?</nav>\s*</div>\s*</div>\s*</div>|<div id="jb-print-docs-body" class="onlyprint">.*?</div>\s*</div>\s*</div>', re.DOTALL), ""),
    (re.compile(r'(<main [^>]*?) role="main"'), r"\1"),
    # The home link stands in the side bar, outside of its navigation and so of every landmark.
    (re.compile(r'<div id="pst-primary-sidebar" '), '<div id="pst-primary-sidebar" role="complementary" aria-label="Book" '),
    (re.compile(r'\s+autocorrect="off"'), ""),
    # A deprecated role, and a list whose children are none of a list's.
    (re.compile(r' role="doc-biblioentry"'), ""),
    (re.compile(r'<div role="list" class="citation-list">'), '<div class="citation-list">'),
    # Some DOIs hold what an address must not.
    (re.compile(r'(?<=href=")https?://[^"]*'), lambda found: found[0].replace("&lt;", "%3C").replace("&gt;", "%3E")),
    # The button of a folded part of the side bar has no name.
    (re.compile(r'(<a class="[^"]*" href="[^"]*">([^<]*)</a><details[^>]*><summary)>(?=<span class="toctree-toggle")'), r'\1 aria-label="Pages under: \2">'),
    # What pandas writes for a table that a cell of a notebook shows: a style of its own, obsolete attributes, empty headings.
    (re.compile(r"<style scoped>.*?</style>\s*", re.DOTALL), ""),
    (re.compile(r'<table border="1" class="dataframe">'), '<table class="dataframe">'),
    (re.compile(r'(<t[hr][^>]*?) (?:valign|halign)="\w+"'), r"\1"),
    (re.compile(r"<th></th>"), "<td></td>"),
    # Every page repeats the links of the side bar, so what no style uses is left out.
    (re.compile(r'<nav class="bd-links.*?</nav>', re.DOTALL), lambda found: NOT_STYLED.sub("", found[0])),
    # It would set the focus into a dialogue that is closed.
    (re.compile(r"<script>\s*// Activate the search field on page load.*?</script>", re.DOTALL), ""),
]  # fmt: skip
# The search page has these by itself; any other page asks for them only to search while a reader types, which is off.
SEARCH_SCRIPTS = re.compile(r'\s*<script src="[^"]*(searchtools|language_data|searchindex)\.js[^"]*"></script>')


def _policy(head: str) -> str:
    """The policy of a page: everything from this site; of scripts written into it, those that its head has now."""
    hashes = [
        base64.b64encode(hashlib.sha256(found["code"].encode()).digest()).decode()
        for found in SCRIPT.finditer(head)
        if "src=" not in found["attributes"] and not DATA_SCRIPT.search(found["attributes"])
    ]
    scripts = " ".join(f"'sha256-{code}'" for code in dict.fromkeys(hashes))
    return "; ".join(
        [
            "default-src 'none'",
            f"script-src 'self' {scripts}".strip(),
            "style-src 'self' 'unsafe-inline'",  # a style can fetch nothing that the other lines do not allow
            "img-src 'self' data:",
            "font-src 'self'",
            "connect-src 'self'",
            "worker-src 'self'",
            "form-action 'self'",
            "base-uri 'none'",
        ]
    )


def finish_page(name: str, page: str, sizes: Mapping[str, str]) -> str:
    """A page as it is published.

    Parameters
    ----------
    name : str
        Its path below the site, for the message.
    page : str
        What Sphinx wrote.
    sizes : mapping of str to str
        Of each figure by its file's name: width and height as attributes of an image.

    Raises
    ------
    SiteError
        For a script written into the page's body: only the head, which is the theme's, may have one.
    """
    for pattern, instead in MENDED:
        page = pattern.sub(instead, page)
    lazy = {"img": ' loading="lazy"', "source": ""}
    page = FIGURE.sub(lambda found: f"<{found['tag']}{lazy[found['tag']]}{sizes[found['name']]} ", page)
    head, closing, body = page.partition("</head>")
    if not name.endswith("search.html"):
        head = SEARCH_SCRIPTS.sub("", head)
    for found in SCRIPT.finditer(body):
        if "src=" not in found["attributes"] and not DATA_SCRIPT.search(found["attributes"]):
            raise SiteError(
                f"the page holds a script: {' '.join(found['code'].split())[:80]}",
                where=name,
                remedy="Put it into a file in book/static, named in html_js_files of _config.yml.",
            )
    policy = f'<meta http-equiv="Content-Security-Policy" content="{_policy(head)}">'
    return head.replace(CHARSET, f"{CHARSET}\n    {policy}", 1) + closing + body
