"""Serve the built site to this machine alone."""

from __future__ import annotations

import functools
import http.server

from tourmaline import paths
from tourmaline.errors import ParameterError, SiteError

HOST = "127.0.0.1"


class _Handler(http.server.SimpleHTTPRequestHandler):
    def log_message(self, format: str, *arguments: object) -> None:
        """Say nothing of each request."""


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
    handler = functools.partial(_Handler, directory=str(paths.SITE))
    try:
        server = http.server.ThreadingHTTPServer((HOST, port), handler)
    except OSError as error:
        raise ParameterError(
            f"port {port} cannot be used: {error.strerror}", remedy="Choose another with --port, or --port 0."
        ) from None
    with server:
        print(f"The book is at http://{HOST}:{server.server_port}/  (Ctrl-C stops)", flush=True)
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            print("stopped")
