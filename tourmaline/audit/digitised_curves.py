"""Do a reader's digitised curves belong to the reported numbers of their analyses?"""

from __future__ import annotations

from tourmaline import paths
from tourmaline.data.files import DIGITISED
from tourmaline.data.known import known_by
from tourmaline.errors import DataError
from tourmaline.statistics.reconstruction import TrialSummary
from tourmaline.statistics.reconstruction.digitised_curves.curve_check import check_curves


def check_digitised_curves() -> int:
    """Set every curve of data/digitised beside what is reported of its analysis; returns how many there are.

    Raises
    ------
    DataError
        For the first file that contradicts a reported number; names the likely cause.
    """
    files = sorted((paths.DATA / DIGITISED).glob("*.csv"))
    for path in files:
        try:
            check_curves(TrialSummary.from_printed(known_by("latest").printed_survival(path.stem)).at_level(4))
        except ValueError as error:
            raise DataError(
                str(error),
                where=f"data/{DIGITISED}{path.name}",
                remedy="Read the figure again: `tourmaline digitised` draws the curves beside the reported numbers. "
                "Or take the file away.",
            ) from None
    return len(files)
