"""The server of a site that is being worked on: it tells each open tab when to load its page again, or what went wrong.

The script for this is added to a page when it is sent; the published files do not change.
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
    """What open tabs must know: which build of the site is the last, and what is wrong since."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._server = time.time_ns()  # a tab that an earlier server filled must load its page again
        self._builds, self._error = 0, ""

    def tell(self, error: str = "") -> None:
        """Report that the site was built again, or what is wrong."""
        with self._changed:
            self._builds, self._error = self._builds + (not error), error
            self._changed.notify_all()

    def now(self) -> dict[str, str]:
        """`state` identifies the last successful build; `error` is what has been wrong since then, '' if nothing is."""
        return {"state": f"{self._server}-{self._builds}", "error": self._error}

    def after(self, known: dict[str, str]) -> dict[str, str]:
        """The news once they differ from the known ones, or the same after a while."""
        with self._changed:
            self._changed.wait_for(lambda: self.now() != known, HEARTBEAT_SECONDS)
            return self.now()


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
            state = self._news.now()["state"]  # read before the page: a build that ends in between is news
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
        known: dict[str, str] = {}
        try:
            while True:
                news = self._news.after(known)
                line = b": still here" if news == known else f"data: {json.dumps(news)}".encode()
                self.wfile.write(line + b"\n\n")
                self.wfile.flush()
                known = news
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
