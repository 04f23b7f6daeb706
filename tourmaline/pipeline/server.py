"""Serve the built site to this machine alone."""

from __future__ import annotations

import functools
import http.server
import io
from collections.abc import Callable
from typing import BinaryIO

from tourmaline import paths
from tourmaline.errors import ParameterError, SiteError

HOST = "127.0.0.1"


class SiteHandler(http.server.SimpleHTTPRequestHandler):
    """Answers with the files of the site."""

    def send_head(self) -> io.BytesIO | BinaryIO | None:
        """Send the file always: what was built last may carry an earlier time than what the browser has."""
        del self.headers["If-Modified-Since"]
        return super().send_head()

    def log_message(self, format: str, *arguments: object) -> None:
        """Say nothing of each request."""


class SiteServer(http.server.ThreadingHTTPServer):
    """A server whose open connections do not keep it from ending."""

    daemon_threads = True


def serving(port: int, handler: Callable = SiteHandler) -> SiteServer:
    """The server of _build/html at 127.0.0.1; to be used as a context, and run by `serve_forever`.

    Raises
    ------
    ParameterError
        If the port is taken.
    """
    try:
        return SiteServer((HOST, port), functools.partial(handler, directory=str(paths.SITE)))
    except OSError as error:
        raise ParameterError(
            f"port {port} cannot be used: {error.strerror}", remedy="Choose another with --port, or --port 0."
        ) from None


def announce_server(server: SiteServer) -> None:
    """Say where the book is served."""
    print(f"The book is at http://{HOST}:{server.server_port}/  (Ctrl-C stops)", flush=True)


def serve_site(port: int) -> None:
    """Serve _build/html at 127.0.0.1 until stopped by Ctrl-C.

    Raises
    ------
    SiteError
        If there is no site.
    ParameterError
        If the port is taken.
    """
    if not (paths.SITE / "index.html").exists():
        raise SiteError("there is no site yet", remedy="Build it first: make book.")
    with serving(port) as server:
        announce_server(server)
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            print("stopped")
