"""The command: help for each word of it, JSON for programs, exit codes, and a server for this machine alone."""

import contextlib
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request

import pytest
from click.testing import CliRunner
from small_report import INTERRUPTIBLE, command, contents

from tourmaline import __version__, paths
from tourmaline.cli import main
from tourmaline.cli.output import Progress
from tourmaline.errors import SiteError
from tourmaline.pipeline.project_check import check_project


@pytest.mark.parametrize("name", ["", *sorted(main.commands)])
def test_every_command_says_what_it_does_and_what_each_option_means(name):
    shown = CliRunner().invoke(main, [*([name] if name else []), "--help"])
    assert shown.exit_code == 0
    assert shown.output.startswith(f"Usage: main {name}".strip())
    assert len(re.findall(r"^  \S.+\.$", shown.output, re.MULTILINE)) >= 1
    for option in (main.commands[name] if name else main).params:
        if option.param_type_name == "option":
            assert option.opts[-1] in shown.output
            assert option.help


def test_the_help_names_all_commands_and_exit_codes():
    shown = CliRunner().invoke(main, ["--help"]).output
    for name in ("build", "run", "list", "check", "serve", "clean"):
        assert re.search(rf"^  {name} +[A-Z]", shown, re.MULTILINE)
    assert "Exit codes: 0 fine, 1 the work failed, 2 wrong usage." in shown
    assert __version__ in CliRunner().invoke(main, ["--version"]).output


@pytest.mark.parametrize("arguments", [["biuld"], ["build", "--timeot", "3"], ["run"], ["serve", "--port", "70000"]])
def test_wrong_usage_exits_with_2(tourmaline, arguments):
    done = tourmaline(*arguments)
    assert done.returncode == 2
    assert "Error: " in done.stderr
    assert "Traceback" not in done.stderr


def test_a_log_gets_lines_of_progress_and_not_one_for_each_step(capsys):
    with Progress() as progress:
        progress("checking the data", 0, 1)
        for done in range(1000):
            progress(f"run {done}", done, 1000)
        progress("the site", 1, 2)
    assert capsys.readouterr().err.splitlines() == [
        "  0 of 1: checking the data",
        "  0 of 1000: run 0",
        "  1 of 2: the site",
    ]


def test_the_list_names_notebooks_parameters_and_results_for_people_and_for_programs(project, tourmaline):
    (project / "results" / "response" / "tables").mkdir(parents=True)
    (project / "results" / "response" / "tables" / "rates.csv").touch()
    (project / "results" / "response" / "values.json").write_text('{"rate": {}}')
    done = tourmaline("list", "--json")
    assert done.returncode == 0, done.stderr
    listing = json.loads(done.stdout)
    assert set(listing) == {path.stem for path in (project / "notebooks").glob("*.ipynb")}
    assert listing["cross_trial"]["parameters"]["model"] == {
        "default": "fixed",
        "allowed": "one of fixed, random",
        "unit": "",
        "help": "Model that pools the hazard ratios",
    }
    assert (listing["response"]["values"], listing["response"]["tables"]) == (["rate"], ["rates"])
    assert listing["cross_trial"]["values"] == listing["cross_trial"]["figures"] == []
    words = tourmaline("list").stdout
    assert "-p model fixed\n       Model that pools the hazard ratios. Allowed: one of fixed, random" in words
    assert "tables: rates" in words
    assert "figures: none yet (make book)" in words


@pytest.mark.seconds
def test_the_check_counts_what_it_checked_for_people_and_for_programs(project, tourmaline):
    done = tourmaline("check", "--json")
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert set(found) == {"data", "notebooks", "pages", "scenarios", "configuration", "courses", "audit"}
    assert found["notebooks"] == f"{len(list((project / 'notebooks').glob('*.ipynb')))} notebooks"
    assert re.fullmatch(r"\d+ files, \d+ rows", found["data"])
    done = tourmaline("check", "--site")
    assert done.returncode == 1
    assert "the site holds no pages" in done.stderr


@pytest.mark.sampled(3)
@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (
            "only_build_toc_files:",
            "only_build_toc_file:",
            "_config.yml: there is no key 'only_build_toc_file'\n  Keys:",
        ),
        ("  favicon:", "  favicn:", "_config.yml: there is no key 'favicn' under 'html'\n  Keys: favicon,"),
        (
            '  stderr_output: "error"',
            '  stderr_output: "eror"',
            "_config.yml, execute, stderr_output: 'eror' is not one of",
        ),
        ("execute:\n", "execute: never\nother:\n", "_config.yml, execute: 'never' is not of type 'object'"),
        ('title: "', 'title: {"a": "', "_config.yml: it is not YAML, line 3: "),
    ],
)
def test_a_mistake_in_the_configuration_is_refused(project, monkeypatch, old, new, message):
    monkeypatch.setattr(paths, "ROOT", project)
    config = project / "_config.yml"
    text = config.read_text()
    assert text.count(old) == 1
    config.write_text(text.replace(old, new))
    with pytest.raises(SiteError) as refused:
        check_project(write=False, site=False)
    assert str(refused.value).startswith(message)


@pytest.mark.seconds
def test_a_misspelt_key_of_the_configuration_is_one_message(project, tourmaline):
    config = project / "_config.yml"
    config.write_text(config.read_text().replace("only_build_toc_files:", "only_build_toc_file:"))
    done = tourmaline("check")
    assert done.returncode == 1
    assert done.stderr.startswith("Error: _config.yml: there is no key 'only_build_toc_file'\n  Keys: title, author,")
    assert "Traceback" not in done.stderr


def test_a_notebook_with_outputs_is_refused(project, tourmaline):
    path = project / "notebooks" / "response.ipynb"
    notebook = json.loads(path.read_text())
    notebook["cells"][3]["execution_count"] = 7
    path.write_text(json.dumps(notebook))
    done = tourmaline("check")
    assert done.returncode == 1
    assert done.stderr.startswith(
        "Error: notebooks/response.ipynb, cell 4: the cell holds outputs\n  Clear them: nbstripout"
    )


def test_a_notebook_that_starts_under_another_name_is_refused(project, tourmaline):
    shutil.copy(project / "notebooks" / "response.ipynb", project / "notebooks" / "stray.ipynb")
    done = tourmaline("check")
    assert done.returncode == 1
    assert re.match(
        r"Error: notebooks/stray\.ipynb, cell \d+: results\.start is called with 'response', and the notebook is 'stray'\n"
        r'  Write results\.start\("stray", globals\(\)\)',
        done.stderr,
    )


@pytest.mark.seconds
def test_an_error_shows_its_traceback_only_when_asked(project):
    assert "Traceback" not in command(project, "run", "nothing").stderr
    assert "Traceback" in command(project, "--debug", "run", "nothing").stderr


def test_clean_removes_what_is_generated_and_keeps_runs(project, tourmaline):
    before = contents(project)
    for folder in ("results/response", "_build/html", "runs/mine"):
        (project / folder).mkdir(parents=True)
        (project / folder / "file").touch()
    done = tourmaline("clean")
    assert done.returncode == 0
    assert done.stdout == "removed results/\nremoved _build/\n"
    assert contents(project) == {**before, "runs/mine/file": b"", "_build.lock": b""}
    assert tourmaline("clean").stdout == ""


def test_serve_without_a_site_says_how_to_build_it(tourmaline):
    done = tourmaline("serve", "--port", "0")
    assert done.returncode == 1
    assert done.stderr == "Error: there is no site yet\n  Build it first: make book.\n"


@pytest.fixture
def server(project):
    """`tourmaline serve` of a site of one page; its first line."""
    site = project / "_build" / "html"
    site.mkdir(parents=True)
    (site / "index.html").write_text("<h1>The site</h1>")
    (project / "_build" / "secret").touch()
    process = subprocess.Popen(
        [sys.executable, "-c", INTERRUPTIBLE, "serve", "--port", "0"],
        cwd=project,
        env={**os.environ, "PYTHONPATH": str(project)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
    )
    yield process, process.stdout.readline()
    process.kill()
    process.communicate()


def test_serve_shows_the_site_to_this_machine_alone_until_ctrl_c(tourmaline, server):
    process, line = server
    address, port = re.fullmatch(r"The book is at (http://127\.0\.0\.1:(\d+)/)  \(Ctrl-C stops\)\n", line).groups()
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with direct.open(address, timeout=10) as answer:
        assert answer.read() == b"<h1>The site</h1>"
    with pytest.raises(urllib.error.HTTPError) as refused, contextlib.closing(direct.open(f"{address}../secret")):
        pass
    assert refused.value.code == 404
    refused.value.close()
    with pytest.raises(OSError), socket.create_connection(("127.0.0.2", int(port)), timeout=5):
        pass  # a server on all interfaces would answer here

    done = tourmaline("serve", "--port", port)
    assert done.returncode == 2
    assert done.stderr.startswith(
        f"Error: port {port} cannot be used: Address already in use\n  Choose another with --port"
    )

    process.send_signal(signal.SIGINT)
    rest, errors = process.communicate(timeout=10)
    assert (process.returncode, rest, errors) == (0, "stopped\n", "")
