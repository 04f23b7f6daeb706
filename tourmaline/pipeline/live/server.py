"""The server of a site that is being worked on: it tells each open tab when to load its page again, or what went wrong.

What it needs for that is put into a page as it is sent. The published files are not touched.
"""

from __future__ import annotations

import functools
import json
import threading
import time
from pathlib import Path

from tourmaline.pipeline.server import SiteHandler, SiteServer, serving

SCRIPT = Path(__file__).with_name("reload.js")
SCRIPT_ADDRESS, NEWS_ADDRESS = "/-/reload.js", "/-/news"
TAG = '<script src="{address}" data-state="{state}" defer></script></head>'
NOT_YET = b"""<!doctype html><html lang="en"><head><meta charset="utf-8"><title>The book is being built</title></head>
<body><p>The book is being built. This page will show it.</p></body></html>"""
HEARTBEAT_SECONDS = 10  # to notice a tab that was closed


class News:
    """The state of the site, for any number of tabs that wait for it to change."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._number, self._error = 0, ""
        self._begun = time.time_ns()  # so that a tab of an earlier server loads its page again

    def state(self, number: int) -> str:
        """What tells one build of the site from any other."""
        return f"{self._begun}-{number}"

    def tell(self, error: str = "") -> None:
        """The site was built again, or could not be."""
        with self._changed:
            self._number, self._error = self._number + (not error), error
            self._changed.notify_all()

    def now(self) -> tuple[int, str]:
        """How often the site was built, and what is wrong since then; '' if nothing is."""
        with self._changed:
            return self._number, self._error

    def after(self, known: tuple[int, str]) -> tuple[int, str]:
        """The state once it is another than the known one, or unchanged after a while."""
        with self._changed:
            self._changed.wait_for(lambda: (self._number, self._error) != known, HEARTBEAT_SECONDS)
            return self._number, self._error


class _Handler(SiteHandler):
    def __init__(self, *arguments: object, news: News, **options: object) -> None:
        self._news = news
        super().__init__(*arguments, **options)

    def do_GET(self) -> None:
        if self.path == NEWS_ADDRESS:
            self._stream()
        elif self.path == SCRIPT_ADDRESS:
            self._send(SCRIPT.read_bytes(), "text/javascript")
        else:
            state = self._news.state(self._news.now()[0])  # before the page is read: what is built meanwhile is news
            page = self._page()
            if page is None and not (Path(self.directory) / "index.html").exists():
                page = NOT_YET
            if page is None:
                super().do_GET()
            else:
                tag = TAG.format(address=SCRIPT_ADDRESS, state=state).encode()
                self._send(page.replace(b"</head>", tag, 1), "text/html")

    def _page(self) -> bytes | None:
        """The page that is asked for; None for anything else."""
        path = Path(self.translate_path(self.path))
        if path.is_dir() and self.path.split("?")[0].endswith("/"):
            path /= "index.html"
        if path.suffix != ".html":
            return None
        try:
            return path.read_bytes()
        except OSError:
            return None

    def _send(self, content: bytes, kind: str) -> None:
        self.send_response(200)
        self.send_header("Content-Type", f"{kind}; charset=utf-8")
        self.send_header("Content-Length", str(len(content)))
        self.send_header("Cache-Control", "no-store")
        self.end_headers()
        self.wfile.write(content)

    def end_headers(self) -> None:
        """Have the browser ask again for what may have changed."""
        if not any(line.lower().startswith(b"cache-control") for line in getattr(self, "_headers_buffer", [])):
            self.send_header("Cache-Control", "no-cache")
        super().end_headers()

    def _stream(self) -> None:
        """Server-sent events: one at once, and one for each change, until the tab is closed."""
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.end_headers()
        known = None
        try:
            while True:
                state = self._news.now() if known is None else self._news.after(known)
                if state == known:
                    self.wfile.write(b": still here\n\n")
                else:
                    known = state
                    content = json.dumps({"state": self._news.state(state[0]), "builds": state[0], "error": state[1]})
                    self.wfile.write(f"data: {content}\n\n".encode())
                self.wfile.flush()
        except OSError:  # the tab is gone
            return


def live_server(port: int, news: News) -> SiteServer:
    """The server of the site, with news for its tabs; to be used as a context, and run by `serve_forever`.

    Raises
    ------
    ParameterError
        If the port is taken.
    """
    return serving(port, functools.partial(_Handler, news=news))
