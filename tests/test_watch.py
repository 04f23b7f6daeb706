"""`tourmaline serve --watch`: an edit reaches the open page, an error leaves the last good one, and nothing is left behind."""

import contextlib
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest
from small_report import INTERRUPTIBLE, PAGE, TINY, command, contents, write_notebook

from tourmaline.pipeline.lock import locked

PATIENCE = 60


class Watcher:
    """`tourmaline serve --watch` of a project, and one open tab of it."""

    def __init__(self, project, *options):
        self.project = project
        words = [sys.executable, "-c", INTERRUPTIBLE, "serve", "--watch", "--port", "0", *options]
        environment = {**os.environ, "PYTHONPATH": str(project)}
        self.process = subprocess.Popen(
            words, cwd=project, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        self.address = re.search(r"http://127\.0\.0\.1:\d+/", self.process.stdout.readline())[0]
        self.tab = urllib.request.urlopen(f"{self.address}-/news", timeout=PATIENCE)

    def news(self):
        """The next thing that the tab is told, with the number of successful builds."""
        for line in self.tab:
            if line.startswith(b"data: "):
                news = json.loads(line.removeprefix(b"data: "))
                return news | {"builds": int(news["state"].partition("-")[2])}
        return None

    def until(self, builds):
        """The news once the site was built so often."""
        while (news := self.news())["builds"] < builds:
            pass
        return news

    def page(self, name):
        with urllib.request.urlopen(self.address + name, timeout=PATIENCE) as answer:
            return answer.read().decode()

    def end(self, how=signal.SIGINT):
        self.process.send_signal(how)
        self.process.wait(PATIENCE)
        return self.process.communicate()[1]


@pytest.fixture
def watch(report):
    watchers = []

    def start(*options):
        watchers.append(Watcher(report, *options))
        return watchers[-1]

    yield start
    for watcher in watchers:
        watcher.tab.close()
        with contextlib.suppress(ProcessLookupError):
            watcher.process.kill()
        watcher.process.communicate()


def processes_in(folder):
    """The processes that work in a folder."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if (process / "cwd").resolve() == folder and "State:\tZ" not in (process / "status").read_text():
                found.append((process / "cmdline").read_text().replace("\0", " "))
    return found


def none_left(folder):
    begun = time.monotonic()
    while (left := processes_in(folder)) and time.monotonic() - begun < PATIENCE / 2:
        time.sleep(0.1)
    assert left == []


@pytest.mark.slow
def test_what_is_saved_reaches_the_page_and_the_site_is_that_of_a_clean_build(report, watch, tmp_path):
    watcher = watch()
    assert watcher.until(1)["error"] == ""
    table = "```{list-table} The second table\n:header-rows: 1\n\n* - a\n  - b\n* - c\n  - d\n```\n"
    renamed = PAGE.replace("# Another page", "# A page of another name")  # which the navigation of every page shows
    (report / "book" / "page.md").write_text(renamed + "\nAn edited sentence.\n\n" + table)
    assert watcher.until(2)["error"] == ""
    assert "An edited sentence." in watcher.page("book/page.html")
    assert "A page of another name" in watcher.page("")
    # The first page has the first table, and was not read again.
    assert 'caption-number">Table 2 <' in watcher.page("book/page.html")
    write_notebook(report, "tiny", TINY[0], TINY[1].replace("42.5", "43.5"), *TINY[2:])
    assert watcher.until(3)["error"] == ""
    assert "43.5" in watcher.page("")
    code = report / "tourmaline" / "pipeline" / "stamping.py"  # code of the process that builds
    code.write_text(code.read_text().replace('<p class="tm-stamp">{words}', '<p class="tm-stamp">Stamped: {words}'))
    assert watcher.until(4)["error"] == ""
    assert "Stamped: The latest build." in watcher.page("book/page.html")
    watcher.end()
    site = report / "_build" / "html"
    assert not [path for path in site.rglob("*.html") if "/-/" in path.read_text()]
    clean = Path(shutil.copytree(report, tmp_path / "clean", ignore=shutil.ignore_patterns("_build")))
    shutil.rmtree(clean / "results")
    assert command(clean, "build").returncode == 0
    assert contents(site) == contents(clean / "_build" / "html")


@pytest.mark.slow
def test_an_error_is_said_on_the_page_and_in_the_terminal_and_the_last_good_page_stays(report, watch):
    watcher = watch()
    watcher.until(1)
    page, trials = report / "book" / "page.md", report / "data" / "evidence" / "trials.csv"
    whole = trials.read_bytes()
    trials.write_bytes(whole[: len(whole) // 2])  # half saved
    assert "data/evidence/trials.csv" in watcher.news()["error"]
    trials.write_bytes(whole)
    assert watcher.until(2)["error"] == ""
    results = report / "data" / "evidence" / "results.csv"  # wrong only beside another file
    right = results.read_text(encoding="utf-8")
    results.write_text(right.replace(",moreau2016,", ",moreau2061,", 1), encoding="utf-8")
    assert "'moreau2061' does not stand in data/references.bib" in watcher.news()["error"]
    results.write_text(right, encoding="utf-8")
    assert watcher.until(3)["error"] == ""
    page.write_text(PAGE + "\n{value}`tiny/none` is nowhere.\n")
    assert "book/page.md:" in watcher.news()["error"]
    assert "nowhere" not in watcher.page("book/page.html")
    page.unlink()
    assert "book/page" in watcher.news()["error"]
    write_notebook(report, "other", "raise ValueError('<b>no such arm</b>')")
    page.write_text(PAGE)
    while "no such arm" not in (news := watcher.news())["error"]:
        assert news["builds"] == 3
    assert "notebooks/other.ipynb, cell 5: ValueError: <b>no such arm</b>" in news["error"]
    watcher.process.send_signal(signal.SIGINT)
    out, _ = watcher.process.communicate(timeout=PATIENCE)
    assert "book/page.md: not built\nError: " in out
    assert out.endswith("stopped\n")


@pytest.mark.slow
def test_it_waits_for_another_build_and_a_file_is_sent_whatever_its_time(report, watch):
    with locked(report / "_build.lock", "a test"):
        watcher = watch()
        time.sleep(3)
        assert watcher.news()["builds"] == 0
    assert watcher.until(1)["error"] == ""
    later = {"If-Modified-Since": "Fri, 01 Jan 2100 00:00:00 GMT"}
    asked = urllib.request.Request(f"{watcher.address}_images/tiny-dots.svg", headers=later)
    with urllib.request.urlopen(asked, timeout=PATIENCE) as answer:
        assert answer.status == 200


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc").exists(), reason="looks for processes where Linux lists them")
@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGKILL])
@pytest.mark.parametrize("seconds", [0.0, 0.8, 2.0])
def test_stopped_at_any_moment_it_leaves_no_process_and_a_whole_site(report, watch, how, seconds):
    watcher = watch()
    watcher.until(1)
    (report / "book" / "page.md").write_text(PAGE + "\nAn edited sentence.\n")
    write_notebook(report, "tiny", TINY[0], TINY[1].replace("42.5", "43.5"), *TINY[2:])
    time.sleep(seconds)
    assert "Traceback" not in watcher.end(how)
    none_left(report)
    site = report / "_build" / "html"
    assert "The other notebook" in (site / "book" / "page.html").read_text()
    assert command(report, "build").returncode == 0
    assert "43.5" in (site / "index.html").read_text()


@pytest.mark.slow
def test_a_second_watcher_and_a_port_in_use_are_one_message(report, watch):
    watcher = watch()
    second = command(report, "serve", "--watch", "--port", "0")
    assert second.returncode == 1
    assert second.stderr.startswith("Error: _watch.lock: a watcher is at work here: process ")
    watcher.end()
    again = watch()
    port = again.address.rsplit(":", 1)[1].strip("/")
    again.process.send_signal(signal.SIGSTOP)
    (report / "_watch.lock").unlink()  # as if it watched another folder
    taken = command(report, "serve", "--watch", "--port", port)
    again.process.send_signal(signal.SIGCONT)
    assert taken.returncode == 2
    assert taken.stderr.startswith(f"Error: port {port} cannot be used: Address already in use\n  Choose another")
