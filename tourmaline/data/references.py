"""The sources in data/references.bib, and when each could first be read."""

from __future__ import annotations

import calendar
import datetime
import re
from collections import Counter
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path

from pybtex.database import Entry
from pybtex.database.input.bibtex import Parser  # by name: pybtex would search all installed packages for it
from pybtex.exceptions import PybtexError

from tourmaline import paths
from tourmaline.data.encoding import decoded
from tourmaline.errors import DataError

YEAR = re.compile(r"[0-9]{4}")
ADDRESS = re.compile(r"https?://[^\s/]+\.[^\s/]+(/\S*)?")
PART_OF = re.compile(r"\b(the same|with the) publication\b", re.IGNORECASE)  # in the note of an entry that shares a DOI
DOI = re.compile(r"10\.[0-9]{4,9}/\S+", re.ASCII)
FIELDS = {  # that the report uses, of those that BibTeX knows
    "title": "its title",
    "author": "its authors as BibTeX writes them: Curie, M. and Curie, P. and others; empty for none",
    "journal": "the journal; empty for a page or a report",
    "year": "the year of the issue; empty if unknown",
    "doi": "its DOI, without https://doi.org/, such as 10.1000/182; empty for none",
    "url": "its address, if it has no DOI; empty for none",
    "published": "the day from which it counts: YYYY, YYYY-MM or YYYY-MM-DD, as far as it is known; without it, the source counts "
    "only for the latest edition",
    "note": "where it was read, if not in the publication itself",
}
PATH = "data/references.bib"
PUBLICATION_DATE = re.compile(r"(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?", re.ASCII)

FORM = (
    "Look at that entry and the one above it: each begins with @article{key, or @misc{key, and a key of its own; each field is "
    "name = {text} with a comma after it; each entry ends with }."
)


@dataclass(frozen=True)
class Source:
    """One entry of references.bib."""

    key: str
    title: str
    published: str  # YYYY, YYYY-MM or YYYY-MM-DD, as far as it is known; '' if undated
    doi: str
    url: str
    authored: str = ""  # the first author and the year, such as 'Moreau 2016'; '' without one of them

    @property
    def known_from(self) -> datetime.date | None:
        """The first day on which the source can be taken as known: the last day that its date allows; None if undated."""
        if not self.published:
            return None
        date = PUBLICATION_DATE.fullmatch(self.published)
        if date is None:
            raise ValueError(self.published)
        year, month, day = date.groups()
        last_month = int(month or 12)
        return datetime.date(int(year), last_month, int(day or calendar.monthrange(int(year), last_month)[1]))


def _authored(entry: Entry) -> str:
    authors, year = entry.persons.get("author", []), entry.fields.get("year", "")
    if not (authors and year):
        return ""
    name = " ".join([*authors[0].prelast_names, *authors[0].last_names])
    return f"{name} {year}".replace("{", "").replace("}", "")


@cache
def references(directory: Path | None = None) -> dict[str, Source]:
    """All sources by key; without a folder, those of data/.

    Raises
    ------
    DataError
        If the file does not parse, a `published` field is not a date, or it contradicts the year, a `year`, `doi` or `url` is
        none, or one publication has two entries.
    """
    try:
        content = ((directory or paths.DATA) / "references.bib").read_bytes()
    except OSError:
        remedy = "Restore it, for example with git checkout."
        raise DataError("the file is missing", where=PATH, remedy=remedy) from None
    return _checked(content)


@lru_cache(maxsize=10)  # of the file there are several contents where data are edited while a process runs
def _checked(content: bytes) -> dict[str, Source]:
    text = decoded(content, PATH)
    try:
        entries = Parser().parse_string(text)
    except (ValueError, PybtexError) as error:
        raise DataError(f"the references cannot be read: {error}", where=PATH, remedy=FORM) from None
    if text.count("{") != text.count("}"):  # BibTeX takes what stands after a closed entry for a comment
        raise DataError(
            "the references cannot be read: the braces do not match", where=PATH, remedy="Give each { its }."
        )
    found: dict[str, Source] = {}
    whole: dict[str, Source] = {}  # by DOI, without what was posted with another
    for key, entry in entries.entries.items():
        published = entry.fields.get("published", "")
        source = Source(
            key=key,
            title=entry.fields.get("title", "").replace("{", "").replace("}", ""),
            published=published,
            doi=entry.fields.get("doi", ""),
            url=entry.fields.get("url", ""),
            authored=_authored(entry),
        )
        try:
            source.known_from  # noqa: B018  a date that does not exist raises
        except ValueError:
            raise DataError(
                f"{key} is published {published!r}, which is not a date",
                where=PATH,
                remedy="Write YYYY, YYYY-MM or YYYY-MM-DD, or leave the field out.",
            ) from None
        year = entry.fields.get("year", "")
        if year and not YEAR.fullmatch(year):
            remedy = "Write four digits, such as 2016, or leave the field out."
            raise DataError(f"the year of {key} is {year!r}", where=PATH, remedy=remedy)
        if source.url and not ADDRESS.fullmatch(source.url):
            remedy = "Give the whole address, such as https://example.org/report, or leave the field out."
            raise DataError(f"the address of {key} is {source.url!r}", where=PATH, remedy=remedy)
        if published and year and abs(int(year) - int(published[:4])) > 1:
            raise DataError(
                f"{key} is of the year {year!r} and published {published!r}",
                where=PATH,
                remedy="Reread both; at most a year lies between the first day online and the reported issue.",
            )
        if source.doi and not DOI.fullmatch(source.doi):
            raise DataError(
                f"the DOI of {key} is {source.doi!r}",
                where=PATH,
                remedy="A DOI begins with 10. and holds a stroke, as 10.1000/182; leave out https://doi.org/.",
            )
        if source.doi and not PART_OF.search(entry.fields.get("note", "")):
            first = whole.setdefault(source.doi.casefold(), source)
            if first is not source:
                raise DataError(
                    f"the DOI of {key}, {source.doi}, is that of {first.key}",
                    where=PATH,
                    remedy=f"Name {first.key} as the source and remove {key}. Of a supplement, the note says that it was posted with the "
                    "publication.",
                )
        found[key] = source
    return found


@cache
def _names() -> dict[str, str]:
    """What readers call each source, by key: author and year if no other source has them, otherwise its title."""
    known = references()
    shared = Counter(source.authored for source in known.values())
    return {key: source.authored if shared[source.authored] == 1 else source.title for key, source in known.items()}


@cache
def _any_key() -> re.Pattern[str]:
    keys = sorted(map(re.escape, _names()), key=len, reverse=True)
    return re.compile(rf"(?<![\w-])(?:{'|'.join(keys)})(?![\w-])")


def with_names(text: str) -> str:
    """A text for readers: each key of a source in it gives way to author and year, or to its title where these do not name it alone.

    Examples
    --------
    >>> with_names("reported P value (moreau2016)"), with_names("sap_mm1")
    ('reported P value (Moreau 2016)', 'Statistical analysis plan of TOURMALINE-MM1 (C16010), 16 December 2014')
    """
    return _any_key().sub(lambda match: _names()[match.group()], text)
