"""Zip files whose bytes follow from what is in them, and that are made of others without packing anything again."""

from __future__ import annotations

import io
import struct
import zipfile
from collections.abc import Iterable, Mapping

# The format: PKWARE's APPNOTE.TXT 6.3.10, https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT, sections 4.3.12 and 4.3.16.
END = struct.Struct(
    "<4s4H2LH"
)  # of the end record: mark, four numbers of disks and files, size and place of the directory, comment
LENGTHS, PLACE, NAME = (
    28,
    42,
    46,
)  # in the record of a file in the directory: where lengths, the file's place and its name begin


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
    """A zip file with the files of others, as they are compressed there, one archive after the other.

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
