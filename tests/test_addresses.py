"""The addresses of a published report: what people paste is taken or refused with the reason, by the check and by every page."""

import re

import pytest

from tourmaline import paths
from tourmaline.addresses import folder_address, repository_address

GITHUB = "https://github.com/owner/name"


@pytest.mark.parametrize(
    ("word", "address"),
    [
        ("", ""),
        *((GITHUB + ending, GITHUB) for ending in ("", "/", ".git", ".git/")),
        ("https://gitlab.com/group/inner/name", "https://gitlab.com/group/inner/name"),
        ("https://git.example.org:8443/owner/na.me", "https://git.example.org:8443/owner/na.me"),
    ],
)
def test_a_repository_is_named_without_what_is_copied_with_it(word, address):
    assert repository_address(word) == address


@pytest.mark.parametrize(
    ("word", "reason"),
    [
        ("https://github.com/owner", "after github.com it needs owner and name"),
        (f"{GITHUB}/tree/main", "and nothing else"),
        (f"{GITHUB}?tab=readme", "it is not of the form"),
        ("https://gitlab.com/group/name/-/tree/main", "and nothing else"),
        ("https://owner.github.io/name", "publishes pages, and holds no repository"),
        ("http://github.com/owner/name", "it begins with http, not https"),
        ("git@github.com:owner/name.git", "it is not of the form"),
        ("github.com/a/b", "it is not of the form"),
    ],
)
def test_what_is_not_the_address_of_a_repository_is_refused_with_the_reason(word, reason):
    with pytest.raises(ValueError, match=reason):
        repository_address(word)


@pytest.mark.parametrize(
    ("word", "address"),
    [
        ("", ""),
        ("https://owner.github.io/name", "https://owner.github.io/name/"),
        ("https://report.example.org", "https://report.example.org/"),
        ("https://example.org/report/v1.0/", "https://example.org/report/v1.0/"),
        ("http://localhost:8001/book", "http://localhost:8001/book/"),
    ],
)
def test_a_folder_ends_with_a_stroke(word, address):
    assert folder_address(word) == address


@pytest.mark.parametrize(
    ("word", "reason"),
    [
        (GITHUB, "github.com holds the repository"),
        ("https://www.github.com/owner/name/", "github.com holds the repository"),
        ("https://owner.github.io/name/index.html", "index.html is a file, not a folder"),
        ("https://owner/", "owner is not a whole name of a host"),
        ("http://example.org/book/", "it begins with http, not https"),
        ("ftp://x.org", "it is not of the form"),
        ("owner.github.io/name", "it is not of the form"),
    ],
)
def test_what_is_not_the_address_of_a_folder_is_refused_with_the_reason(word, reason):
    with pytest.raises(ValueError, match=reason):
        folder_address(word)


@pytest.mark.seconds
@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        (
            "  use_multitoc_numbering: false",
            f"  use_multitoc_numbering: false\n  baseurl: {GITHUB}",
            f"Error: _config.yml, html: baseurl is '{GITHUB}', which is not the address of a folder: github.com holds the "
            "repository, and its pages have another host\n  Give the whole address",
        ),
        (
            '    tourmaline_repository: ""',
            f"    tourmaline_repository: {GITHUB}/tree/main",
            f"Error: _config.yml: tourmaline_repository is '{GITHUB}/tree/main', which is not an address of a repository: after "
            "github.com it needs owner and name, and nothing else\n  Give https://host/owner/name",
        ),
    ],
)
def test_the_check_refuses_an_address_of_something_else(project, tourmaline, old, new, words):
    config = project / "_config.yml"
    config.write_text(config.read_text().replace(old, new, 1))
    done = tourmaline("check")
    assert done.returncode == 1
    assert done.stderr.startswith(words)


def test_the_addresses_that_the_page_on_publishing_gives_as_examples_are_accepted():
    page = (paths.ROOT / "book" / "rerun" / "publish.md").read_text(encoding="utf-8")
    (site,) = re.findall(r'baseurl: "(\S+)"', page)
    (repository,) = re.findall(r'tourmaline_repository: "(\S+)"', page)
    assert (folder_address(site), repository_address(repository)) == (site, repository)
    (own,) = re.findall(r"Set `baseurl` to `(\S+)`", page)
    assert folder_address(own) == own
