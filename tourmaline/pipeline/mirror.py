"""Make a folder hold exactly what it is given, by writing only what it does not hold already."""

from __future__ import annotations

import contextlib
import os
import shutil
from pathlib import Path

from tourmaline.pipeline.freshness import content_of


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink()


class Mirror:
    """A folder that is brought up to date file by file; after `finish` it holds nothing else.

    Parameters
    ----------
    folder : Path
        The folder; whatever it holds is kept where it is right. Nobody else reads it meanwhile.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as place:
    ...     folder = Path(place)
    ...     _ = (folder / "old.txt").write_text("old")
    ...     mirror = Mirror(folder)
    ...     mirror.write("sub/new.txt", b"new")
    ...     mirror.finish()
    ...     sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*"))
    ['sub', 'sub/new.txt']
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._root = os.path.normpath(folder)
        self._files: set[str] = set()
        self._folders: set[str] = {self._root}
        self._made: set[str] = set()
        # Listed at once and not at the end: the pages are still being made then, and later everybody waits.
        self._before = list(os.walk(self._root, topdown=False))

    def _place(self, name: str) -> str:
        """The path of a file, with room for it."""
        path = os.path.normpath(os.path.join(self._root, name))  # noqa: PTH118  thousands: pathlib takes ten times as long
        self._files.add(path)
        folder = os.path.dirname(path)  # noqa: PTH120
        if folder not in self._made:
            if not os.path.isdir(folder):  # noqa: PTH112
                for above in (Path(folder), *Path(folder).parents):
                    if above.is_file():
                        above.unlink()
                Path(folder).mkdir(parents=True)
            self._made.add(folder)
            while folder not in self._folders:
                self._folders.add(folder)
                folder = os.path.dirname(folder)  # noqa: PTH120
        return path

    def write(self, name: str, content: bytes) -> None:
        """Have a file of this name hold this."""
        place = self._place(name)
        with contextlib.suppress(FileNotFoundError):
            about = os.lstat(place)
            if about.st_nlink == 1 and about.st_size == len(content) and content_of(place) == content:
                return
            _remove(Path(place))  # it may be a hard link to another file
        Path(place).write_bytes(content)

    def link(self, name: str, source: Path) -> None:
        """Have this name be a hard link to a file that never changes, or a copy of it where the file system has no links."""
        path = self._place(name)
        with contextlib.suppress(FileNotFoundError):
            if os.path.samefile(path, source):  # noqa: PTH121
                return
            _remove(Path(path))
        try:
            os.link(source, path)
        except OSError:  # another file system, or one without links
            shutil.copy2(source, path)

    def finish(self) -> None:
        """Remove what was there and was not asked for."""
        asked = self._files | self._folders
        for folder, folders, files in self._before:
            for remove, names in ((os.unlink, files), (os.rmdir, folders)):
                for path in {os.path.join(folder, name) for name in names} - asked:  # noqa: PTH118
                    # A file that was asked for may have taken the place of a folder above it.
                    with contextlib.suppress(FileNotFoundError, NotADirectoryError):
                        remove(path)
