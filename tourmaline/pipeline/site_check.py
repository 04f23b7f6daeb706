"""Check a built site: it asks no other host for anything, its links lead somewhere, its images say what they show."""

from __future__ import annotations

import functools
import json
import posixpath
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

from tourmaline.errors import SiteError
from tourmaline.pipeline.finishing.kept import MOST_PAGES, Kept

# Elements whose address the browser fetches by itself; a link in <a> is followed only by a reader.
FETCHED = {
    "script": ("src",),
    "img": ("src", "srcset"),
    "iframe": ("src",),
    "source": ("src", "srcset"),
    "video": ("src", "poster"),
    "audio": ("src",),
    "embed": ("src",),
    "object": ("data",),
    "input": ("src",),
    "form": ("action",),
}
FETCHED_LINKS = {
    "stylesheet",
    "icon",
    "shortcut",
    "preload",
    "prefetch",
    "preconnect",
    "dns-prefetch",
    "modulepreload",
    "manifest",
}
SRCSET_ADDRESS = re.compile(r"(\S*[^\s,])(?:\s[^,]*)?(?:,|$)")  # each with its width or density, between commas
MOST_LINKS = 1 << 15  # whose places a process that builds again remembers
REMOTE = re.compile(r"(https?:)?//", re.IGNORECASE)
CSS_REMOTE = re.compile(r"""(?:url\(\s*['"]?|@import\s+['"])((?:https?:)?//[^'")\s]+)""", re.IGNORECASE)


@dataclass(frozen=True)
class _Page:
    """What a page asks for and offers."""

    fetched: list[str]
    links: list[str]
    anchors: set[str]
    without_alternative: list[str]


@dataclass
class _Reader(HTMLParser):
    fetched: list[str] = field(default_factory=list)
    links: list[str] = field(default_factory=list)
    anchors: set[str] = field(default_factory=set)
    without_alternative: list[str] = field(default_factory=list)
    in_style: bool = False

    def __post_init__(self) -> None:
        super().__init__(convert_charrefs=True)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in attributes}
        if "id" in found:
            self.anchors.add(found["id"])
        if tag == "a" and "name" in found:
            self.anchors.add(found["name"])
        for name in FETCHED.get(tag, ()):
            value = found.get(name, "")
            self.fetched += SRCSET_ADDRESS.findall(value) if name == "srcset" else filter(None, [value])
        if tag == "link" and FETCHED_LINKS & set(found.get("rel", "").split()):
            self.fetched.append(found.get("href", ""))
        if tag == "a" and found.get("href"):
            self.links.append(found["href"])
        if tag == "img" and "alt" not in found:
            self.without_alternative.append(found.get("src", ""))
        self.fetched += CSS_REMOTE.findall(found.get("style", ""))
        self.in_style = tag == "style"

    def handle_data(self, data: str) -> None:
        if self.in_style:
            self.fetched += CSS_REMOTE.findall(data)

    def handle_endtag(self, tag: str) -> None:
        self.in_style = False


def _found_in(page: str) -> bytes:
    reader = _Reader()
    reader.feed(page)
    lists = (reader.fetched, reader.links, sorted(reader.anchors), reader.without_alternative)
    return json.dumps(lists).encode()


def _read(page: bytes, kept: Kept | None) -> _Page:
    return _as_page(kept.make("links", [page], lambda: _found_in(page.decode())) if kept else _found_in(page.decode()))


@functools.lru_cache(maxsize=MOST_PAGES)
def _as_page(found: bytes) -> _Page:
    fetched, links, anchors, without_alternative = json.loads(found)
    return _Page(fetched, links, set(anchors), without_alternative)


@functools.lru_cache(MOST_LINKS)  # every page of a folder repeats the links of the side bar
def _place_of(folder: str, address: str) -> tuple[str, str]:
    """The file and the place in it to which an address on a page in a folder leads; twice '' for another site."""
    parts = urlsplit(address)
    if parts.scheme or parts.netloc:
        return "", ""
    return posixpath.normpath(posixpath.join(folder, unquote(parts.path))), unquote(parts.fragment)


def check_files(files: Mapping[str, bytes], others: Iterable[str] = (), kept: Kept | None = None) -> int:
    """Check every page and stylesheet of a site.

    Parameters
    ----------
    files : mapping of str to bytes
        The site, by name.
    others : iterable of str
        Names of files that links may lead to and that are not checked.
    kept : Kept, optional
        What was read from the same pages in the build before; without it, every page is read.

    Returns
    -------
    int
        Number of pages.

    Raises
    ------
    SiteError
        Lists each request to another host, broken link or anchor, and image without alternative text.
    """
    pages = {name: _read(content, kept) for name, content in files.items() if name.endswith(".html")}
    if not pages:
        raise SiteError("the site holds no pages", remedy="Build the site first: make book.")
    names, problems = {*files, *others}, []
    folders = {"", "."} | {name[:place] for name in names for place, letter in enumerate(name) if letter == "/"}

    def wrong_with(folder: str, address: str) -> str:
        """What is wrong with an address on a page in a folder, '' if nothing is."""
        target, place = _place_of(folder, address)
        if not target:
            return ""
        if target in folders:
            target = posixpath.normpath(posixpath.join(target, "index.html"))
        if target not in names:
            return "leads nowhere"
        if place and target in pages and place not in pages[target].anchors:
            return "names no place on its page"
        return ""

    for name, page in sorted(pages.items()):
        problems += [f"{name}: asks another host for {address}" for address in page.fetched if REMOTE.match(address)]
        problems += [f"{name}: the image {address} has no alternative text" for address in page.without_alternative]
        local = [
            address for address in page.fetched if not address.startswith(("data:", "#")) and not REMOTE.match(address)
        ]
        folder, own = posixpath.split(name)
        for address in [*local, *page.links]:
            if wrong := wrong_with(folder, own + address if address.startswith(("#", "?")) else address):
                problems.append(f"{name}: the link {address} {wrong}")
    for name in sorted(name for name in files if name.endswith(".css")):
        problems += [f"{name}: asks another host for {address}" for address in CSS_REMOTE.findall(files[name].decode())]
    if problems:
        problems = list(dict.fromkeys(problems))
        more = f"\n  and {len(problems) - 20} more" if len(problems) > 20 else ""
        raise SiteError(
            "the built site must not be published:\n  " + "\n  ".join(problems[:20]) + more,
            remedy="The published site is as it was.",
        )
    return len(pages)


def check_site(folder: Path) -> int:
    """Check a site in a folder, as `check_files` does; frozen editions were checked before they were frozen.

    Returns
    -------
    int
        Number of pages.
    """
    found = {path.relative_to(folder).as_posix(): path for path in sorted(folder.rglob("*")) if path.is_file()}
    ours = {name: path for name, path in found.items() if not name.startswith("editions/")}
    read = {name: path.read_bytes() for name, path in ours.items() if path.suffix in (".html", ".css")}
    return check_files(read, found)
