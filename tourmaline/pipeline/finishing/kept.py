"""What finishing makes is kept between builds, by content: from the same input nothing is made a second time."""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Callable, Iterable
from pathlib import Path

MOST_PAGES = 256  # of which a process that builds again remembers what it made of them
# Of this process: the name of a piece's file and the piece, by its folder and all that it was made from.
_in_memory: dict[tuple[object, ...], tuple[str, bytes]] = {}


class Kept:
    """A folder of pieces of work, each under a hash of all that it was made from; and in memory, for a process that builds again.

    A piece that was damaged or cut off is made again: its own hash stands before it.

    Parameters
    ----------
    folder : Path
        Where they lie.
    version : str
        What else they depend on, for all alike: the code that makes them.
    """

    def __init__(self, folder: Path, version: str) -> None:
        self._folder, self._version = folder, version
        self._used: set[str] = set()

    def make(self, kind: str, inputs: Iterable[str | bytes], make: Callable[[], bytes]) -> bytes:
        """What `make` gives, or gave of the same inputs in a build before.

        Parameters
        ----------
        kind : str
            What kind of work it is.
        inputs : iterable of str or bytes
            All that the result follows from, besides the version.
        make : callable
            Does the work.

        Examples
        --------
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     kept = Kept(Path(folder), "1")
        ...     kept.make("upper", ["word"], lambda: b"WORD"), kept.make("upper", ["word"], lambda: b"not made again")
        (b'WORD', b'WORD')
        """
        made_of = (self._folder, self._version, kind, *inputs)
        if made_of not in _in_memory:
            _in_memory[made_of] = self._on_disk(made_of[1:], make)
        name, content = _in_memory[made_of]
        self._used.add(name)
        return content

    def _on_disk(self, made_of: Iterable[str | bytes], make: Callable[[], bytes]) -> tuple[str, bytes]:
        """A piece and the name of its file, which is written if it is not there."""
        key = hashlib.sha256()
        for part in made_of:
            content = part.encode() if isinstance(part, str) else part
            key.update(f"{len(content)} ".encode() + content)
        path = self._folder / key.hexdigest()
        with contextlib.suppress(FileNotFoundError):
            was, _, content = path.read_bytes().partition(b"\n")
            if hashlib.sha256(content).hexdigest().encode() == was:
                return path.name, content
        content = make()
        self._folder.mkdir(parents=True, exist_ok=True)
        path.write_bytes(hashlib.sha256(content).hexdigest().encode() + b"\n" + content)
        return path.name, content

    def drop_unused(self) -> None:
        """Remove what this build did not ask for."""
        for made_of, (name, _) in list(_in_memory.items()):
            if made_of[0] == self._folder and name not in self._used:
                del _in_memory[made_of]
        for path in self._folder.glob("*"):
            if path.name not in self._used:
                path.unlink()
