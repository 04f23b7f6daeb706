"""Have Jupyter Book make the pages, in a process that is started before it is needed: Sphinx takes two seconds to be ready."""

from __future__ import annotations

import contextlib
import re
import shutil
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

from tourmaline import paths
from tourmaline.errors import SiteError
from tourmaline.pipeline.staging import staging
from tourmaline.pipeline.watching import noted

PROGRAM = "tourmaline.pipeline.sphinx_build"
PROBLEM = re.compile(r"^(?P<place>\S.*?:(?:\d+:)?|) ?(?:WARNING|ERROR|CRITICAL|SEVERE): (?P<words>.*)$")
ANSI = re.compile(r"\x1b\[[0-9;]*m")


def _problems(log: str, variant: paths.Variant) -> list[str]:
    found = []
    for line in log.splitlines():
        if match := PROBLEM.match(line):
            place = match["place"].replace(f"{variant.source}/", "").rstrip(":")
            found.append(f"{place}: {match['words']}" if place else match["words"])
    return list(dict.fromkeys(found))


class PageBuilder:
    """One build of pages. Its process is started at once and told by `begin` to read them; `close` ends it in any case.

    Parameters
    ----------
    variant : Variant
        Whose pages.
    jobs : int
        How many processes may build them.
    """

    def __init__(self, variant: paths.Variant, jobs: int) -> None:
        self._variant, self._jobs = variant, jobs
        self._start()

    def _start(self) -> None:
        self._variant.state.mkdir(parents=True, exist_ok=True)
        self._open = contextlib.ExitStack()
        folder = Path(self._open.enter_context(staging(self._variant.state, ".pages-")))
        self.notes = folder / "read"
        """Names what the process reads."""
        self._logs = [folder / "out", folder / "err"]
        out, err = (self._open.enter_context(log.open("wb")) for log in self._logs)
        self._begun = self._logs[0].stat().st_mtime  # by the clock of the file system
        self._keeps = self._variant.site_work.exists()
        folders = (self._variant.source, self._variant.site_work)
        command = [sys.executable, "-m", PROGRAM, *map(str, folders), str(self._jobs), str(self.notes)]
        self._process = subprocess.Popen(command, cwd=paths.ROOT, stdin=subprocess.PIPE, stdout=out, stderr=err)

    def begin(self, sources: Iterable[Path], *, from_nothing: bool) -> None:
        """Have the pages made.

        Parameters
        ----------
        sources : iterable of Path
            The code and settings that the process has loaded; it is started again if one was written since.
        from_nothing : bool
            Whether Sphinx shall keep nothing of the last build.
        """
        with contextlib.suppress(FileNotFoundError):  # what it has read already, settings among it
            sources = {*sources, *noted(self.notes)}
        abouts = [path.stat() for path in sources if path.is_file()]
        from_nothing = from_nothing and self._keeps
        if from_nothing or any(max(about.st_mtime, about.st_ctime) >= self._begun for about in abouts):
            self.close()
            if from_nothing:
                shutil.rmtree(self._variant.site_work, ignore_errors=True)
            self._start()
        with contextlib.suppress(BrokenPipeError):  # it has ended, and `finish` says why
            self._process.stdin.write(b"begin\n")
            self._process.stdin.flush()

    def finish(self) -> None:
        """Wait for the pages.

        Raises
        ------
        SiteError
            With the warnings of the build; its whole log is kept.
        """
        if self._process.wait() == 0:
            return
        # A page that failed must not count as built the next time.
        shutil.rmtree(self._variant.site_work, ignore_errors=True)
        out, err = (ANSI.sub("", log.read_text(encoding="utf-8", errors="replace")) for log in self._logs)
        log = self._variant.state / "site.log"
        log.write_text(out + err, encoding="utf-8")
        shown = "\n  ".join(_problems(err + out, self._variant) or err.strip().splitlines()[-8:])
        raise SiteError(
            f"the pages do not build\n  {shown}",
            remedy=f"The whole log is in {paths.relative(log)}. The published site is as it was.",
        )

    def close(self) -> None:
        """End the process, if it still waits or works."""
        if self._process.poll() is None:
            self._process.kill()
            self._process.wait()
        with self._open, contextlib.suppress(BrokenPipeError):  # what it was told may still wait to be sent
            self._process.stdin.close()
