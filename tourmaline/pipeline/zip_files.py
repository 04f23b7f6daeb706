"""Zip files: the same content gives the same bytes, and several are joined without compressing anything again."""

from __future__ import annotations

import io
import struct
import zipfile
from collections.abc import Iterable, Mapping

# The format: PKWARE's APPNOTE.TXT 6.3.10, https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT, sections 4.3.12 and 4.3.16.
# The end record: a mark, two numbers of disks, two of files, size and place of the directory, length of the comment.
END = struct.Struct("<4s4H2LH")
# Where these begin in a file's record in the directory: the lengths of its name, extra field and comment; its place; its name.
LENGTHS, PLACE, NAME = 28, 42, 46


def zipped(files: Mapping[str, bytes], compressed: bool = True) -> bytes:
    """A zip file whose bytes follow from its content.

    An edition's are not compressed: its archive holds the same files beside them, and compresses both together to half the size.
    """
    method = zipfile.ZIP_DEFLATED if compressed else zipfile.ZIP_STORED
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", method) as archive:
        for name in sorted(files):
            about = zipfile.ZipInfo(name)  # of 1980, the same every time
            about.compress_type, about.external_attr, about.create_system = method, 0o644 << 16, 3
            archive.writestr(about, files[name])
    return packed.getvalue()


def joined(archives: Iterable[bytes]) -> bytes:
    """One zip file with the files of several, one archive after the other, as they are compressed there.

    Parameters
    ----------
    archives : iterable of bytes
        As `zipped` makes them: without a comment, below 4 GB and 65,536 files together.

    Examples
    --------
    >>> joined([zipped({"a/one": b"1"}), zipped({"b/two": b"2"})]) == zipped({"a/one": b"1", "b/two": b"2"})
    True
    """
    contents, directory, number, length = [], bytearray(), 0, 0
    for archive in archives:
        *_, files, size, start, _ = END.unpack(archive[-END.size :])
        records, at = bytearray(archive[start : start + size]), 0
        while at < size:
            (place,) = struct.unpack_from("<L", records, at + PLACE)
            struct.pack_into("<L", records, at + PLACE, place + length)
            at += NAME + sum(struct.unpack_from("<3H", records, at + LENGTHS))
        contents.append(archive[:start])
        directory += records
        number, length = number + files, length + start
    end = END.pack(b"PK\5\6", 0, 0, number, number, len(directory), length, 0)
    return b"".join([*contents, directory, end])
