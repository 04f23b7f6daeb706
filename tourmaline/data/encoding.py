"""Read text that must be UTF-8, and say of other bytes what they seem to be."""

from __future__ import annotations

from tourmaline.errors import DataError

ZIP = b"PK"  # how a workbook (xlsx, ods) begins
UTF_16 = (b"\xff\xfe", b"\xfe\xff")


def _as_utf_8(where: str) -> str:
    return f"Save it as UTF-8{'; a spreadsheet calls that CSV UTF-8' * where.endswith('.csv')}."


def decoded(content: bytes, where: str) -> str:
    """The text of a file, without the byte order mark that spreadsheets write.

    Parameters
    ----------
    content : bytes
        The whole file.
    where : str
        The file, as the message names it.

    Raises
    ------
    DataError
        If it is empty, a workbook or not UTF-8; names the row of the first byte that is not.
    """
    if not content.strip():
        raise DataError("the file is empty", where=where, remedy="Restore it, for example with git checkout.")
    if content.startswith(ZIP):
        raise DataError("it is a workbook, not text", where=where, remedy=f"It must be text. {_as_utf_8(where)}")
    if content.startswith(UTF_16) or 3 * content.count(0) > len(content):
        raise DataError('it is UTF-16, which spreadsheets call "Unicode text"', where=where, remedy=_as_utf_8(where))
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        row = content.count(b"\n", 0, error.start) + 1
        start = content.rfind(b"\n", 0, error.start) + 1
        words = content[start : error.start][-20:].decode("utf-8", "replace")
        sign = content[error.start : error.start + 1].decode("cp1252", "replace")
        what = f"it is not UTF-8: after {words!r} stands a byte that would be {sign!r} in Windows-1252"
        raise DataError(what, where=f"{where}, row {row}", remedy=_as_utf_8(where)) from None
