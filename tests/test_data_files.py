"""Whatever is wrong in data/ is one message that names file, row and column, and says what to do."""

import contextlib
import csv
import datetime
import re
import shutil
import subprocess

import pandas as pd
import pytest

from tourmaline import paths
from tourmaline.data import check as check_module
from tourmaline.data import load, package
from tourmaline.data.claims import claim
from tourmaline.data.evidence_checks import check_months
from tourmaline.data.files import numbered_records, records
from tourmaline.data.references import references
from tourmaline.data.schemas import FILES
from tourmaline.errors import DataError

TABLE = "tourmaline_mm1/table1.csv"
RESULTS = "evidence/results.csv"


def cell(line, column, text):
    """Write a text into one cell, named by the line of the file and its column."""

    def change(path):
        with path.open(encoding="utf-8", newline="") as file:
            rows = list(csv.reader(file))
        rows[line - 1][rows[0].index(column)] = text
        with path.open("w", encoding="utf-8", newline="") as file:
            csv.writer(file, lineterminator="\n").writerows(rows)

    return change


def words(old, new):
    """Replace the first `old` of the file."""

    def change(path):
        text = path.read_text(encoding="utf-8")
        assert old in text
        path.write_text(text.replace(old, new, 1), encoding="utf-8")

    return change


def both(first, second):
    return lambda path: (first(path), second(path))


def removed(path):
    path.unlink()


def emptied(path):
    path.write_text("", encoding="utf-8")


def resaved(separator, more=()):
    """Save the file as a spreadsheet may: with another separator, or with further cells in each row."""

    def change(path):
        with path.open(encoding="utf-8", newline="") as file:
            rows = [[*row, *more] for row in csv.reader(file)]
        with path.open("w", encoding="utf-8", newline="") as file:
            csv.writer(file, delimiter=separator, lineterminator="\n").writerows(rows)

    return change


def a_workbook(path):
    path.write_bytes(b"PK\x03\x04\xff\xfe")


def encoded(name):
    """Save the file in another encoding, with a letter in its row 15 that is not of ASCII."""

    def change(path):
        lines = path.read_text(encoding="utf-8").translate({ord(sign): "-" for sign in "—≥≤†‡§¶‖"}).splitlines()
        path.write_bytes("\n".join([*lines[:14], "é" + lines[14], *lines[15:]]).encode(name))

    return change


@pytest.fixture
def refusal(tmp_path):
    """Load a broken copy of one file and hand back the error."""

    def load_broken(name, change):
        directory = shutil.copytree(paths.DATA, tmp_path / "data")
        change(directory / name)
        with pytest.raises(DataError) as caught:
            load(name, directory)
        return caught.value

    return load_broken


@pytest.mark.parametrize("name", FILES)
def test_data_as_they_are_load_with_the_lines_of_the_file_as_index(name):
    frame = load(name)
    with (paths.DATA / name).open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))
    assert list(frame.columns) == rows[0]
    assert frame.index.tolist() == list(range(2, len(rows) + 1))
    assert [str(text).replace("<NA>", "") for text in frame.iloc[-1]] == rows[-1]


# Line 6 of Table 1 is 192 of 360 patients (53) above 65 years in the ixazomib group; line 7 is that of placebo.
@pytest.mark.parametrize(
    ("name", "change", "where", "what", "remedy"),
    [
        pytest.param(TABLE, cell(6, "count", text), "row 6, column count", f"{text!r} must be a whole number", "source")
        for text in ("many", "192.0", "-192", "1 92", "192\n", "٣", "9" * 25)
    ]
    + [
        pytest.param(RESULTS, cell(2, "value", text), "row 2, column value", f"{text!r} must be a reported number", "")
        for text in ("0,74", "about 20", "0.74 ", "−1", ">5")
    ]
    + [
        pytest.param(RESULTS, cell(2, "value", "0,74"), "row 2, column value", "; did you mean 0.74?", ""),
        pytest.param(TABLE, cell(6, "count", "1,192"), "row 6, column count", "or empty; did you mean 1192?", ""),
    ]
    + [
        pytest.param(
            TABLE,
            cell(6, "percent", text),
            "row 6, column percent",
            f"'{text}' contradicts 192 of 360, which is 53.33 percent",
            "Reread count, denominator and percentage",
        )
        for text in ("54", "52", "53.4", "<53", "NE")
    ]
    + [
        pytest.param(
            TABLE, cell(6, "count", "361"), "row 6, column count", "361 of 360 patients is impossible", "Correct"
        ),
        pytest.param(
            "tourmaline_mm1/table4.csv",  # no percentage is printed for a count of 0
            cell(17, "count", "400"),
            "row 17, column count",
            "400 of 361 patients is impossible",
            "Correct",
        ),
        pytest.param(TABLE, cell(6, "denominator", "0"), "row 6, column count", "192 of 0 patients is impossible", ""),
        pytest.param(TABLE, cell(6, "denominator", ""), "row 6, column denominator", "without its den", "Fill in both"),
        pytest.param(TABLE, cell(6, "count", ""), "row 6, column count", "or count", "Fill in both"),
        pytest.param(
            TABLE,
            cell(6, "arm", "ixazomob"),
            "row 6, column arm",
            "'ixazomob' must be one of ixazomib, placebo, overall, comparison",
            "Correct the cell from its source",
        ),
        pytest.param(RESULTS, cell(3, "arm", "placebo"), "row 3, column arm", "must be one of experimental", ""),
        pytest.param(RESULTS, cell(3, "standing", ""), "row 3, column standing", "'' must be one of accepted", ""),
        pytest.param(
            "evidence/trials.csv", cell(3, "name", ""), "row 3, column name", "'' must be given, it is empty", ""
        ),
        pytest.param(
            "evidence/trials.csv",
            cell(2, "registration", "NCT1"),
            "row 2, column registration",
            "'NCT1' must be NCT and 8 digits",
            "",
        ),
        pytest.param(
            "evidence/analyses.csv",
            cell(2, "data_cutoff", "30 October 2014"),
            "row 2, column data_cutoff",
            "must be a date such as 2014-10-30",
            "",
        ),
        pytest.param(
            "evidence/analyses.csv",
            cell(2, "data_cutoff", "2014-02-30"),
            "row 2, column data_cutoff",
            "'2014-02-30' must be a date such as 2014-10-30",
            "",
        ),
        pytest.param(
            "evidence/trials.csv",
            cell(3, "accrual_first", "2010-13"),
            "row 3, column accrual_first",
            "'2010-13' must be a date such as 2014-10-30, a month",
            "",
        ),
        pytest.param(
            TABLE,
            both(cell(9, "kind", "counts"), cell(6, "severity", "5")),
            "row 6, column severity",
            "'5' must be one of any, 3, 4",
            "1 more cells are wrong",
        ),
        pytest.param(
            TABLE,
            cell(7, "arm", "ixazomib"),
            "row 7, column row+arm+severity",
            "'age_over_65, ixazomib' stands already in row 6",
            "key of its own",
        ),
        pytest.param(
            TABLE, words("192,360,53", "192,360,,53"), "row 6", "17 cells under 16 columns", "quotation marks"
        ),
        pytest.param(TABLE, words("\nage_over", "\n\nage_over"), "row 6", "the line is empty", "Remove the line"),
        pytest.param(TABLE, resaved(";"), "", "its cells are separated by semicolons", "comma-separated"),
        pytest.param(TABLE, resaved("\t"), "", "its cells are separated by tabs", "comma-separated"),
        pytest.param(
            TABLE, resaved(",", [""]), "row 1", "an empty column stands after the last one", "Remove the commas"
        ),
        pytest.param(
            TABLE,
            words("\nage_over", ",,,\nage_over"),
            "row 5",
            "3 empty cells stand after the last",
            "Remove the commas",
        ),
        pytest.param(TABLE, a_workbook, "", "it is a workbook, not text", "Save it as UTF-8"),
        pytest.param(
            TABLE, words(">65 yr — no", '">65 yr" — no'), "", "it is not a CSV file: ',' expected", "quotation"
        ),
        pytest.param(
            TABLE, words(">65 yr — no", '">65 yr — no'), "", "it is not a CSV file: unexpected end", "quotation"
        ),
        pytest.param(TABLE, words("denominator,", ""), "", "the column 'denominator' is missing", "Columns: row, "),
        pytest.param(
            TABLE,
            words("denominator,", "denominater,"),
            "",
            "there is an unknown column 'denominater'",
            "Did you mean 'denominator'?",
        ),
        pytest.param(
            TABLE, words("row,group", "group,row"), "", "the columns stand in another order", "Columns: row, "
        ),
        pytest.param(
            TABLE,
            encoded("cp1252"),
            "row 15",
            "it is not UTF-8: after '' stands a byte that would be 'é' in",
            "Save it as",
        ),
        pytest.param(
            TABLE, encoded("utf-16"), "", 'it is UTF-16, which spreadsheets call "Unicode text"', "Save it as"
        ),
        pytest.param(TABLE, encoded("utf-16-le"), "", "it is UTF-16", "Save it as UTF-8"),
        pytest.param(TABLE, emptied, "", "the file is empty", "git checkout"),
        pytest.param(
            TABLE,
            words("denominator,", "denominator,colour,"),
            "",
            "unknown column 'colour'",
            "Take it away; notes stand in",
        ),
        pytest.param(TABLE, removed, "", "the file is missing", "git checkout"),
    ],
)
def test_bad_input_is_one_error_that_names_file_row_and_column(refusal, name, change, where, what, remedy):
    error = refusal(name, change)
    assert error.where == f"data/{name}" + (f", {where}" if where else "")
    assert what in error.what
    assert remedy in error.remedy
    assert str(error).startswith(f"{error.where}: {error.what}")


def test_a_file_that_is_not_of_the_data_names_the_nearest():
    with pytest.raises(DataError, match=r"(?s)no data file 'evidence/trial.csv'.*Did you mean 'evidence/trials.csv'\?"):
        load("evidence/trial.csv")


def test_a_part_that_a_cell_of_a_table_does_not_have_is_no_reported_number():
    assert claim("table1.age_median.ixazomib.value")[0] == "66"
    with pytest.raises(DataError, match=r"there is no claim 'table1\.age_median\.ixazomib\.count'"):
        claim("table1.age_median.ixazomib.count")


@pytest.mark.parametrize("name", FILES)
def test_records_are_those_of_pandas(name):
    frame = load(name)
    found, expected = records(frame), frame.to_dict("records")
    assert found == expected
    assert [list(map(type, row.values())) for row in found] == [list(map(type, row.values())) for row in expected]
    assert list(numbered_records(frame)) == list(zip(frame.index, expected))


def test_what_a_caller_does_to_a_frame_does_not_reach_the_next_caller():
    frame = load(TABLE)
    frame.loc[6, "count"] = 0
    assert load(TABLE).loc[6, "count"] == 192


@pytest.mark.parametrize("published", ["28 April 2016", "2016-04-31", "2016-13", "0000", "2016-4-28", "20160428"])
def test_a_source_published_on_no_date_is_refused(tmp_path, published):
    (tmp_path / "references.bib").write_text(f"@misc{{one, published = {{{published}}}}}", encoding="utf-8")
    with pytest.raises(DataError) as caught:
        references(tmp_path)
    assert str(caught.value) == (
        f"data/references.bib: one is published {published!r}, which is not a date\n"
        "  Write YYYY, YYYY-MM or YYYY-MM-DD, or leave the field out."
    )


@pytest.mark.parametrize(
    ("published", "day"),
    [
        ("2016-04-28", datetime.date(2016, 4, 28)),
        ("2016-02", datetime.date(2016, 2, 29)),
        ("2016", datetime.date(2016, 12, 31)),
        ("", None),
    ],
)
def test_a_source_is_known_from_the_last_day_that_its_date_allows(tmp_path, published, day):
    text = f"@misc{{one, title = {{{{A {{Trial}}}}}}, published = {{{published}}}}}"
    (tmp_path / "references.bib").write_text(text, encoding="utf-8")
    assert references(tmp_path)["one"].known_from == day
    assert references(tmp_path)["one"].title == "A Trial"


@pytest.mark.parametrize(
    "text",
    [
        "@misc{one, title = {A}",
        "@misc{one, title = {A}}, published = {2016}}",
        "@misc{one, title = }",
        "@misc{one,}\n@misc{one,}",
    ],
)
def test_bibtex_that_does_not_parse_is_refused(tmp_path, text):
    (tmp_path / "references.bib").write_text(text, encoding="utf-8")
    with pytest.raises(
        DataError,
        match=r"^data/references.bib: the references cannot be read: .*\n  (Look at that entry and the one|Give each)",
    ):
        references(tmp_path)


@pytest.mark.parametrize("doi", ["2031", "https://doi.org/10.1000/182", "10.1000"])
def test_a_doi_that_is_none_is_refused(tmp_path, doi):
    (tmp_path / "references.bib").write_text(f"@misc{{one, doi = {{{doi}}}}}", encoding="utf-8")
    with pytest.raises(DataError, match=rf"^data/references.bib: the DOI of one is '{doi}'\n  A DOI begins with 10\."):
        references(tmp_path)


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ("year = {twenty}", "the year of one is 'twenty'\n  Write four digits, such as 2016, or leave the field out."),
        ("year = {20016}", "the year of one is '20016'\n"),
        (
            "url = {not an address}",
            "the address of one is 'not an address'\n  Give the whole address, such as https://e",
        ),
        ("url = {www.example.org/a}", "the address of one is 'www.example.org/a'\n"),
        ("url = {ftp://example.org/a}", "the address of one is 'ftp://example.org/a'\n"),
    ],
)
def test_a_year_or_an_address_that_is_none_is_refused(tmp_path, fields, words):
    (tmp_path / "references.bib").write_text(f"@misc{{one, {fields}}}", encoding="utf-8")
    with pytest.raises(DataError) as caught:
        references(tmp_path)
    assert str(caught.value).startswith(f"data/references.bib: {words}")


def test_one_publication_is_one_source_and_its_supplement_may_be_another(tmp_path):
    entry = "@misc{{{}, doi = {{{}}}, note = {{{}}}}}\n"
    first = entry.format("one", "10.1000/ABC", "Read in: abstract")
    (tmp_path / "references.bib").write_text(first + entry.format("two", "10.1000/abc", "Read in: full text"))
    with pytest.raises(
        DataError, match=r"^data/references.bib: the DOI of two, 10.1000/abc, is that of one\n  Name one as"
    ):
        references(tmp_path)
    references.cache_clear()
    protocol = entry.format("two", "10.1000/abc", "Posted with the publication of the primary analysis")
    for text in (first + protocol, protocol + first):
        (tmp_path / "references.bib").write_text(text)
        assert set(references(tmp_path)) == {"one", "two"}
        references.cache_clear()


def test_references_that_are_missing_are_said_to_be(tmp_path):
    with pytest.raises(DataError, match=r"^data/references.bib: the file is missing\n  Restore it"):
        references(tmp_path)


def test_references_in_another_encoding_name_their_row(tmp_path):
    (tmp_path / "references.bib").write_bytes("@misc{one,\n  title = {Médecine}}".encode("cp1252"))
    with pytest.raises(
        DataError,
        match=r"(?s)^data/references.bib, row 2: it is not UTF-8: after '  title = \{M' stands a byte.*\n  Save it as UTF-8\.$",
    ):
        references(tmp_path)


@pytest.mark.parametrize("content", [b'{"name": ', b"\xff{}"])
def test_a_data_package_that_cannot_be_read_is_refused(tmp_path, monkeypatch, content):
    monkeypatch.setattr(package, "PACKAGE", tmp_path / "datapackage.json")
    package.PACKAGE.write_bytes(content)
    with pytest.raises(DataError, match=r"(?s)^data/datapackage.json: it cannot be read: .*git checkout"):
        package.check_package()


# --- the files against each other


def without_notes_to_table_3(path):
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    path.write_text("".join(line for line in lines if not line.startswith("table3,")), encoding="utf-8")


# Line 17 of the results is the paper's hazard ratio of progression-free survival; line 18 is 0.742 (0.587 to 0.939).
@pytest.mark.parametrize(
    ("name", "change", "where", "what", "remedy"),
    [
        (
            RESULTS,
            cell(17, "analysis", "tourmaline-mm1.pfs.prime"),
            f"{RESULTS}, row 17, column analysis",
            "'tourmaline-mm1.pfs.prime' does not stand in data/evidence/analyses.csv",
            "Did you mean 'tourmaline-mm1.pfs.primary'? Add it there, or correct it here.",
        ),
        (
            RESULTS,
            cell(17, "level", ""),
            f"{RESULTS}, row 17, column level",
            "an interval in use and its level must stand together",
            "Fill in both, or neither.",
        ),
        (
            RESULTS,
            both(cell(18, "lower", ""), cell(18, "upper", "")),
            f"{RESULTS}, row 18, column level",
            "an interval in use and its level must stand together",
            "Fill in both, or neither.",
        ),
        (
            RESULTS,
            cell(18, "level", "9.5"),
            f"{RESULTS}, row 18, column level",
            "9.5 is not a level of an interval",
            "Write it in percent, for example 95 or 97.6.",
        ),
        (
            RESULTS,
            both(cell(18, "value", "0"), cell(18, "lower", "0")),
            f"{RESULTS}, row 18, column value",
            "0.0 is not a hazard ratio",
            "A hazard ratio is above 0.",
        ),
        (
            RESULTS,
            cell(17, "upper", "0.7"),
            f"{RESULTS}, row 17, column value",
            "0.74 does not lie between 0.59 and 0.7",
            "Reread the interval.",
        ),
        (
            "tourmaline_mm1/footnotes.csv",
            without_notes_to_table_3,
            "tourmaline_mm1/table3.csv, row 2, column footnotes",
            "the mark '†' has no footnote",
            "Add the footnote to footnotes.csv, or correct the mark.",
        ),
    ],
)
def test_files_that_disagree_are_one_error(tmp_path, monkeypatch, name, change, where, what, remedy):
    directory = shutil.copytree(paths.DATA, tmp_path / "data")
    change(directory / name)
    monkeypatch.setattr(check_module, "load", lambda name: load(name, directory))
    with pytest.raises(DataError) as caught:
        check_module.check_all()
    assert (caught.value.where, caught.value.what, caught.value.remedy) == (f"data/{where}", what, remedy)


# --- the same through the command


def line_of(project, name, start):
    lines = (project / "data" / name).read_text(encoding="utf-8").splitlines()
    return next(number for number, line in enumerate(lines, start=1) if line.startswith(start))


@pytest.fixture
def check(project, tourmaline):
    """Run `tourmaline check` on a copy of the project of which one file of data/ is changed."""

    def run(name, change, *args):
        change(project / "data" / name)
        return tourmaline("check", *args)

    return run


@pytest.mark.seconds
def test_the_data_as_they_are_pass_the_check_with_the_readers_own_digitised_curves_beside_them(project, tourmaline):
    curves = project / "data" / "digitised" / "tourmaline-mm1.pfs.primary.csv"
    curves.parent.mkdir()
    example = (project / "data" / "README.md").read_text(encoding="utf-8")
    rows = re.findall(r"^ *((?:control|experimental),[0-9].+)$", example, re.MULTILINE)
    curves.write_text("arm,month,survival\n" + "\n".join(rows).replace("0.", ".") + "\n", encoding="utf-8")
    done = tourmaline("check")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("data           23 files, ")


ACCEPTED_RATIO = (
    "tourmaline-mm1.pfs.primary,comparison,hazard_ratio,,@results.pfs.hazard_ratio,"
    "@results.pfs.hazard_ratio.lower,@results.pfs.hazard_ratio.upper,95,,ratio,moreau2016,,yes,accepted,"
)
CONFLICT = "rejected,conflict mm1-n-latrobe: every other source reports the smaller total"


@pytest.mark.sampled(5)
@pytest.mark.parametrize(
    ("name", "change", "row", "column", "what", "remedy"),
    [
        pytest.param(
            RESULTS,
            words(ACCEPTED_RATIO, ACCEPTED_RATIO.replace("moreau2016", "moreau2015")),
            ACCEPTED_RATIO[:50],
            "source",
            "'moreau2015' does not stand in data/references.bib",
            "Did you mean 'moreau2016'? Add it there, or correct it here.",
            id="unknown source",
        ),
        pytest.param(
            "evidence/analyses.csv",
            words("aspire.pfs.primary,aspire,", "aspire.pfs.primary,aspir,"),
            "aspire.pfs.primary,",
            "trial",
            "'aspir' does not stand in data/evidence/trials.csv",
            "Did you mean 'aspire'?",
            id="unknown trial",
        ),
        pytest.param(
            RESULTS,
            words(ACCEPTED_RATIO, ACCEPTED_RATIO.replace("ratio.lower", "ratio.lowest")),
            ACCEPTED_RATIO[:50],
            "lower",
            "there is no claim 'results.pfs.hazard_ratio.lowest'",
            "Did you mean 'results.pfs.hazard_ratio.lower'?",
            id="unknown claim",
        ),
        pytest.param(
            RESULTS,
            words("0.742,0.587,0.939", "0.742,0.787,0.939"),
            "tourmaline-mm1.pfs.primary,comparison,hazard_ratio,,0.742",
            "value",
            "0.742 does not lie between 0.787 and 0.939",
            "Reread the interval.",
            id="interval without its value",
        ),
        pytest.param(
            RESULTS,
            words("yes,corroborating,stratified; more digits", "yes,accepted,stratified; more digits"),
            "tourmaline-mm1.pfs.primary,comparison,hazard_ratio,,0.742",
            "standing",
            "a second value of the same result is accepted",
            "Accept one value of a result",
            id="two accepted values",
        ),
        pytest.param(
            RESULTS,
            words(CONFLICT, "rejected,"),
            "tourmaline-mm1.pfs.primary,overall,n,,771",
            "note",
            "a value is rejected without a reason",
            "Say why, and name the conflict in conflicts.csv.",
            id="rejected without a reason",
        ),
        pytest.param(
            "tourmaline_mm1/table3.csv",
            words("no. (%),‡,ixazomib", "no. (%),‡‖,ixazomib"),
            "discontinuation_of_any_agent",
            "footnotes",
            "the mark '‖' has no footnote",
            "Add the footnote to footnotes.csv, or correct the mark.",
            id="mark without a footnote",
        ),
    ],
)
def test_files_that_disagree_are_refused_with_file_row_and_column(
    project, check, name, change, row, column, what, remedy
):
    done = check(name, change)
    place = f"data/{name}, row {line_of(project, name, row)}, column {column}"
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith(f"Error: {place}: {what}\n  {remedy}")
    assert "Traceback" not in done.stderr


def stray(path):
    path.with_name("notes.csv").write_text("a,b\n", encoding="utf-8")


@pytest.mark.parametrize(
    ("name", "change", "where", "what", "remedy"),
    [
        pytest.param(
            "evidence/trials.csv",
            stray,
            "evidence/notes.csv",
            "no schema describes this file",
            "Describe it in tourmaline/data/schemas.py, or move it.",
            id="stray csv",
        ),
        pytest.param(
            "evidence/analyses.csv",
            words("pfs,intention-to-treat,update,", "pfs,intention-to-treat,primary,"),
            "evidence/analyses.csv, column role",
            "'tourmaline-mm1.pfs.second' is a second primary analysis of its endpoint",
            "One is primary; the others are one of interim, final, update, sensitivity.",
            id="second primary analysis",
        ),
        pytest.param(
            "references.bib",
            words("published = {2016-04-28}", "published = {28 April 2016}"),
            "references.bib",
            "moreau2016 is published '28 April 2016', which is not a date",
            "Write YYYY, YYYY-MM or YYYY-MM-DD, or leave the field out.",
            id="date in words",
        ),
        pytest.param(
            "references.bib",
            words("journal = {N Engl J Med},", "journal = {N Engl J Med}"),
            "references.bib",
            "the references cannot be read: ",
            "Look at that entry and the one above it: each begins with @article{key, or @misc{key, and a key of its own; each field",
            id="broken BibTeX",
        ),
    ],
)
def test_what_has_no_row_is_refused_with_its_file(check, name, change, where, what, remedy):
    done = check(name, change)
    assert (done.returncode, done.stdout) == (1, "")
    message, _, advice = done.stderr.partition("\n  ")
    assert message.startswith(f"Error: data/{where}: {what}")
    assert advice.startswith(remedy)
    assert "Traceback" not in done.stderr


@pytest.mark.seconds
def test_a_data_package_that_does_not_match_is_refused_until_it_is_written_anew(project, check, tourmaline):
    package = project / "data" / "datapackage.json"
    before = package.read_bytes()
    done = check("datapackage.json", words('"description": "arm', '"description": "the arm'))
    assert done.returncode == 1
    assert done.stderr.startswith("Error: data/datapackage.json: it does not match the schemas\n")
    assert "Run `tourmaline check --write`" in done.stderr
    assert tourmaline("check", "--write").returncode == 0
    assert package.read_bytes() == before


@pytest.mark.seconds
def test_columns_in_the_readme_that_do_not_match_are_refused_until_they_are_written_anew(project, check, tourmaline):
    readme = project / "data" / "README.md"
    before = readme.read_bytes()
    done = check("README.md", words("| `tier` | core: ", "| `tier` | a core trial: "))
    assert done.returncode == 1
    assert done.stderr.startswith(
        "Error: data/README.md: the columns do not match the schemas\n  Run `tourmaline check --w"
    )
    assert tourmaline("check", "--write").returncode == 0
    assert readme.read_bytes() == before
    readme.write_bytes(before.replace(b"<!-- end of the columns -->", b""))
    assert "the marks of the columns are missing" in tourmaline("check", "--write").stderr


def test_the_readme_has_every_column_with_its_words():
    text = (paths.DATA / "README.md").read_text(encoding="utf-8")
    for name, file in FILES.items():
        assert f"`{name}`" in text
        for column, about in file.columns.items():
            assert f"| `{column}` | {about.description}" in text
            assert ", ".join(f"`{word}`" for word in about.allowed) in text


# --- cells that no table can have, and rows that disappear

POOLED = "evidence/pooled.csv"


def header_alone(path):
    path.write_text(path.read_text(encoding="utf-8").splitlines(keepends=True)[0], encoding="utf-8")


def without(start):
    def change(path):
        lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
        kept = [line for line in lines if not line.startswith(start)]
        assert len(kept) < len(lines)
        path.write_text("".join(kept), encoding="utf-8")

    return change


# Lines 3 and 4 of Table 1 are the median ages, 66 (38 to 91) and 66 (30 to 89); line 2 of the pooled results is 0.68 (0.62 to 0.74).
@pytest.mark.sampled(30)
@pytest.mark.parametrize(
    ("name", "change", "where", "what"),
    [
        (POOLED, cell(2, "value", "inf"), "row 2, column value", "'inf' must be a reported number"),
        (POOLED, cell(2, "value", "9" * 400), "row 2, column value", "is not a valid hazard ratio"),
        (POOLED, cell(2, "value", "NE"), "row 2, column value", "'NE' is not a valid hazard ratio"),
        (POOLED, cell(2, "value", ""), "row 2, column value", "'' is not a valid hazard ratio"),
        (POOLED, cell(2, "value", "0.71"), "row 2, column value", "0.71 is not in the middle of 0.62 to 0.74, which is 0.677"),
        (POOLED, cell(2, "upper", ""), "row 2, column upper", "an interval has one end alone"),
        (POOLED, cell(2, "level", ""), "row 2, column level", "an interval and its level must stand together"),
        (POOLED, cell(2, "i_squared", "101"), "row 2, column i_squared", "'101' is not a value of I-squared"),
        (POOLED, cell(2, "standing", "accept"), "row 2, column standing", "'accept' must be one of accepted"),
        (POOLED, header_alone, "", "there is no row below the header"),
        (RESULTS, header_alone, "", "there is no row below the header"),
        (TABLE, both(cell(3, "lower", "91"), cell(3, "upper", "38")), "row 3, column lower", "the range of 91 to 38 runs backwards"),
        (TABLE, cell(3, "upper", "21"), "row 3, column lower", "the range of 38 to 21 runs backwards"),
        (TABLE, cell(3, "value", "96"), "row 3, column value", "96 does not lie between 38 and 91"),
        (TABLE, cell(3, "upper", "191"), "row 3, column upper", "191 is more than the 120 years that can be"),
        (TABLE, cell(3, "unit", ""), "row 3, column unit", "a cell of the kind 'median_range' lacks its unit"),
        (TABLE, cell(4, "unit", "months"), "row 4, column unit", "the unit 'months' is 'years' in row 3"),
        (TABLE, cell(3, "count", "5"), "row 3, column denominator", "a count or a percentage stands without"),
        (TABLE, cell(6, "value", "5"), "row 6, column value", "a cell of the kind 'count' has no value, but 5 stands there"),
        (TABLE, both(cell(6, "denominator", "361"), cell(6, "count", "192")), "row 6, column denominator", "the denominator 361 is not the 360 patients"),
        (TABLE, cell(4, "label", "Median"), "row 4, column label", "'Median' is 'Median (range) — yr' in row 3"),
        (TABLE, cell(6, "arm", "comparison"), "row 6, column arm", "table1.csv has no column 'comparison'"),
        (TABLE, cell(6, "label", ">65 yr — no. (%) "), "row 6, column label", "begins or ends with a blank"),
        (TABLE, cell(6, "label", "\u00a0>65 yr — no. (%)"), "row 6, column label", "begins or ends with a blank"),
        (TABLE, cell(6, "label", ">65\x07 yr"), "row 6, column label", "holds a sign that is not text (U+0007)"),
        (TABLE, cell(6, "label", ">65\u200b yr"), "row 6, column label", "holds a sign that is not text (ZERO WIDTH SPACE)"),
        (TABLE, cell(6, "label", ">65\nyr"), "row 6, column label", "holds a sign that is not text (U+000A)"),
        (RESULTS, cell(18, "unit", ""), "row 18, column unit", "'' must be one of patients"),
        (RESULTS, cell(18, "unit", "percent"), "row 18, column unit", "hazard_ratio in percent"),
        (RESULTS, cell(18, "arm", "overall"), "row 18, column arm", "hazard_ratio of the arm 'overall' in ratio"),
        (RESULTS, cell(18, "value", "0.842"), "row 18, column value", "0.842 is not in the middle of 0.587 to 0.939"),
        (RESULTS, cell(17, "value", "@results.pfs.hazard_ratio.upper"), "row 17, column value", "is not in the middle"),
        (RESULTS, cell(2, "value", "@table3.note.randomised.n.placebo"), "row 2, column value", "is of placebo, this row of ixazomib"),
        (RESULTS, cell(2, "value", "@results.pfs.hazard_ratio"), "row 2, column value", "'0.74' patients"),
        (RESULTS, cell(2, "month", "5"), "row 2, column month", "n at month 5"),
        (RESULTS, cell(2, "sided", "two"), "row 2, column sided", "n has the sides 'two'"),
        (RESULTS, cell(18, "value", "٣"), "row 18, column value", "'٣' must be a reported number"),
        (RESULTS, cell(12, "note", "a  blank"), "row 12, column note", "holds two blanks in a row"),
        (POOLED, cell(2, "outcome", "os"), "row 2, column outcome", "the outcome of 'sun2017.pfs' is 'os'"),
        (POOLED, cell(4, "note", "conflict sun-2017-so: x"), "row 4, column note", "'sun-2017-so' does not stand in conflicts.csv"),
        (POOLED, cell(4, "note", "a slip"), "row 4, column note", "names no conflict"),
        ("evidence/analyses.csv", cell(2, "role", "subgroup"), "row 2, column role", "the role 'subgroup' and the population"),
        ("evidence/analyses.csv", words("aspire.pfs.primary.1-prior,aspire,pfs", "aspire.pfs.primary.1-prior,aspire,os"), "row ", "is an analysis of os of aspire"),
        ("evidence/analyses.csv", cell(2, "data_cutoff", "2014-05-01"), "row 2, column data_cutoff", "is before the last patient entered, 2014-05-27"),
        ("evidence/analyses.csv", cell(2, "data_cutoff", "2999-10-30"), "row 2, column data_cutoff", "the data cut-off, 2999-10-30, is after 20"),
        ("references.bib", words("@", "@misc{later, title = {A}, published = {2999}}\n\n@"), "", "later is published 2999, after 20"),
        ("evidence/analyses.csv", words("aspire,os,intention-to-treat,interim,", "aspire,os,intention-to-treat,final,"), "row ", "'aspire.os.final' is a second final analysis of its endpoint, after 'aspire.os.interim'"),
        ("evidence/analyses.csv", words("with the primary analysis of progression-free survival\",,", "with the primary analysis\",2017-04-29,"), "row ", "of this interim analysis, 2017-04-29, is after that of aspire.os.final, 2017-04-28"),
        ("evidence/analyses.csv", words(",2015-07-12,", ",2016-07-12,"), "evidence/results.csv", "was published on 2016-04-28, before the data cut-off"),
        ("evidence/trials.csv", cell(5, "name", "ASPIRE"), "row 5, column name", "'ASPIRE' stands already in row 3 of data/evidence/trials.csv, the trial 'aspire'"),
        ("evidence/trials.csv", cell(5, "name", "Aspire"), "row 5, column name", "'Aspire' stands already in row 3"),
        ("evidence/trials.csv", cell(5, "name", "POLLUX, extended"), "row 5, column name", "must hold no comma"),
        ("evidence/trials.csv", cell(5, "registration", "NCT01080391"), "row 5, column registration", "'NCT01080391' stands already in row 3"),
        ("evidence/trials.csv", cell(3, "added_drug", "ixazomib"), "row 3, column experimental", "and the added drug 'ixazomib'"),
        ("evidence/trials.csv", cell(2, "accrual_last", "2011-05-27"), "row 2, column accrual_last", "is before the first"),
        ("evidence/trials.csv", cell(3, "accrual_first", ""), "row 3, column accrual_first", "accrual has one end alone"),
        ("tourmaline_mm1/table_columns.csv", cell(3, "n", ""), "row 3, column n", "of the placebo column is missing"),
        ("tourmaline_mm1/table_columns.csv", cell(3, "heading", "Overall"), "row 3, column heading", "of the placebo column is 'Overall'"),
        ("tourmaline_mm1/table_columns.csv", cell(11, "n", "316"), "row 11, column n", "another column of the same arm"),
        ("tourmaline_mm1/derivations.csv", words(",same,", ",same,results.pfs.hazard_ratio "), "row ", "the rule 'same' of"),
        ("tourmaline_mm1/sections.csv", words("table2,", "table22,"), "column section", "the section 'table2' of 'table2.n.ixazomib' is missing"),
        ("evidence/designs.csv", cell(2, "source", ""), "row 2, column source", "do not fit"),
        ("evidence/designs.csv", cell(12, "note", ""), "row 12, column value", "has neither a value nor a note"),
        ("tourmaline_mm1/claims.csv", cell(4, "unit", "month"), "row 4, column unit", "'month' must be one of patients"),
        ("tourmaline_mm1/claims.csv", cell(2, "paragraph", ""), "row 2, column paragraph", "no paragraph is given"),
        ("tourmaline_mm1/claims.csv", cell(2, "paragraph", "99"), "row 2, column paragraph", "'abstract-methods' has no paragraph 99"),
        ("tourmaline_mm1/claims.csv", cell(4, "arm", ""), "row 4, column arm", "the arm of 'abstract.pfs.followup.overall' is ''"),
    ],
)  # fmt: skip
def test_what_no_table_can_have_is_refused(check, name, change, where, what):
    done = check(name, change)
    assert done.returncode == 1
    place = where if where.endswith("csv") else f"{name}, {where}" if where else name
    assert done.stderr.startswith(f"Error: data/{place}")
    assert what in done.stderr


def result(analysis, arm, quantity, **cells):
    """Change cells of the first row of results.csv that says this."""

    def change(path):
        with path.open(encoding="utf-8", newline="") as file:
            rows = list(csv.reader(file))
        row = next(row for row in rows if row[:3] == [analysis, arm, quantity] and row[13] == "accepted")
        for name, text in cells.items():
            row[rows[0].index(name)] = text
        with path.open("w", encoding="utf-8", newline="") as file:
            csv.writer(file, lineterminator="\n").writerows(rows)

    return change


# What another printed number of the same trial contradicts; the right ones stand in the data.
@pytest.mark.sampled(4)
@pytest.mark.parametrize(
    ("change", "what"),
    [
        (result("aspire.pfs.primary", "experimental", "n", value="369"), "are not"),
        (result("aspire.pfs.primary", "experimental", "events", value="270"), "are not 270 and 224 of the arms"),
        (result("aspire.os.final", "experimental", "events", value="446"), "are more than the 396 patients"),
        (result("pollux.pfs.primary", "control", "events", value="117"), "'41.0' percent contradicts 117 of 283"),
        (result("eloquent-2.pfs.primary", "control", "survival_rate", value="47"), "contradicts the median of 14.9 months"),
        (result("aspire.pfs.primary.1-prior", "comparison", "p_value", value="0.2"), "P 0.2 contradicts 0.71 (0.53 to 0.96)"),
        (result("aspire.pfs.primary.1-prior", "experimental", "events", value="19"), "but 19 and 88 are reported"),
        (result("aspire.os.final", "comparison", "hazard_ratio", level="80"), "P 0.0091 contradicts"),
    ],
)  # fmt: skip
def test_a_result_that_another_printed_number_contradicts_is_refused(check, change, what):
    done = check(RESULTS, change)
    assert done.returncode == 1
    assert done.stderr.startswith(f"Error: data/{RESULTS}, row ")
    assert what in done.stderr


SHARE = {"value": "0.65", "lower": "", "upper": "", "level": ""}


@pytest.mark.sampled(2)
@pytest.mark.parametrize(
    ("analysis", "quantity", "cells", "advice"),
    [
        ("aspire.os.interim", "survival_rate", SHARE, "Write 65, if 0.65 is a share."),
        ("aspire.response.primary", "overall_response", SHARE, "Write 65, if 0.65 is a share."),
        ("aspire.response.primary", "complete_response", SHARE | {"value": ".093"}, "Write 9.3, if .093 is a share."),
        (
            "aspire.response.primary",
            "complete_response",
            SHARE | {"value": "0.9", "note": "below 1 percent of all"},
            None,
        ),
    ],
)
def test_a_share_is_not_taken_for_a_percentage(check, analysis, quantity, cells, advice):
    done = check(RESULTS, result(analysis, "control", quantity, **cells))
    assert done.returncode == (advice is not None), done.stderr
    assert not advice or f"{quantity} of {cells['value']} percent\n  {advice}" in done.stderr


@pytest.mark.sampled(2)
@pytest.mark.parametrize(
    ("analysis", "arm", "quantity", "cells", "what"),
    [
        # ASPIRE: entry from July 2010; final overall survival cut off on 2017-04-28, which is 82 months later.
        ("aspire.os.final", "overall", "median_followup", {"value": "90"}, "90 months are longer than anybody was followed, from 2010-07 to 2017-04-28: 81.9"),
        # Of the others no cut-off is reported; the sources appeared on 2014-12-06 and in 2017.
        ("aspire.os.interim", "control", "median", {"value": "60"}, "60 months are longer than anybody was followed, from 2010-07 to 2014-12-06: 53.2"),
        ("aspire.os.final.1-prior", "control", "median", {"lower": "30", "upper": "95", "level": "95"}, "95 months are longer than"),
        ("aspire.os.interim", "control", "survival_rate", {"month": "60"}, "60 months are longer than anybody was followed, from 2010-07 to 2014-12-06: 53.2"),
    ],
)  # fmt: skip
def test_a_time_that_nobody_can_have_been_followed_is_refused(check, analysis, arm, quantity, cells, what):
    done = check(RESULTS, result(analysis, arm, quantity, **cells))
    assert done.returncode == 1
    assert done.stderr.startswith(f"Error: data/{RESULTS}, row ")
    assert what in done.stderr


def test_months_of_thirty_days_and_patients_that_are_no_longer_there_are_accepted():
    analyses, results, trials = (load(f"evidence/{name}.csv") for name in ("analyses", "results", "trials"))
    row = results[(results["analysis"] == "aspire.os.final") & (results["quantity"] == "median")].head(1)
    for months, refused in (("83.1", False), ("83.2", True)):  # 2493 days are 83.1 months of 30 days
        reported = {"value": {row.index[0]: months}}
        with pytest.raises(DataError) if refused else contextlib.nullcontext():
            check_months(analyses, row, trials, {}, reported)
    at_risk = row.assign(quantity="number_at_risk", unit="patients", month=pd.array([96], dtype="Int64"))
    for count, refused in (("0", False), ("3", True)):
        with pytest.raises(DataError) if refused else contextlib.nullcontext():
            check_months(analyses, at_risk, trials, {}, {"value": {row.index[0]: count}})


@pytest.mark.seconds
def test_a_spreadsheet_may_sort_the_analyses(check):
    def sort(path):
        header, *lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
        path.write_text("".join([header, *sorted(lines, reverse=True)]), encoding="utf-8")

    done = check("evidence/analyses.csv", sort)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.seconds
def test_a_second_final_analysis_says_which_it_replaces(check):
    done = check(
        "evidence/analyses.csv",
        both(
            words("aspire,os,intention-to-treat,interim,", "aspire,os,intention-to-treat,final,"),
            words("cut-off from ash2017aspire;", "replaces aspire.os.interim; cut-off from ash2017aspire;"),
        ),
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_exchanged_medians_are_refused(project, tourmaline):
    path = project / "data" / RESULTS
    result("aspire.pfs.primary.1-prior", "experimental", "median", value="9.6")(path)
    done = tourmaline("check")
    assert "are the arms exchanged?" in done.stderr


@pytest.mark.sampled(3)
@pytest.mark.parametrize(
    ("name", "change", "what"),
    [
        (RESULTS, without("aspire.os.final.1-prior,"), "the analysis 'aspire.os.final.1-prior' has no results"),
        (RESULTS, without("pollux.pfs.primary,experimental,median,"), "it has "),
        ("evidence/designs.csv", without("pollux,masking,"), " rows, and data/datapackage.json counts "),
        ("tourmaline_mm1/table4.csv", without("diarrhea,"), ""),
        (
            "evidence/conflicts.csv",
            without("mm1-pfs-hr-pdq,"),
            "the conflict 'mm1-pfs-hr-pdq' does not stand in conflicts.csv",
        ),
    ],
)
def test_rows_that_disappear_are_noticed(check, name, change, what):
    done = check(name, change)
    assert done.returncode == 1
    assert done.stderr.startswith("Error: data/")
    assert what in done.stderr


@pytest.mark.slow
def test_a_row_that_is_meant_is_counted_by_check_write(project, tourmaline):
    path = project / "data" / "evidence" / "conflicts.csv"
    path.write_text(path.read_text(encoding="utf-8") + "new,aspire,a,b,c,,,d\n", encoding="utf-8")
    done = tourmaline("check")
    assert " rows, and data/datapackage.json counts " in done.stderr
    assert tourmaline("check", "--write").returncode == 0
    assert tourmaline("check").returncode == 0


@pytest.mark.seconds
def test_a_number_of_the_paper_that_its_other_numbers_contradict_is_refused(check):
    done = check(TABLE, both(cell(6, "count", "193"), cell(6, "percent", "54")))
    assert done.returncode == 1
    assert done.stderr.startswith(
        f"Error: data/{TABLE}, row 8, column count: table1.age_over_65.overall.count is reported as"
    )
    assert "and is discrepant" in done.stderr


@pytest.mark.slow
def test_digits_that_a_spreadsheet_dropped_are_noticed_beside_the_last_commit(project, tourmaline):
    def git(*arguments):
        identity = ("-c", "user.name=Somebody", "-c", "user.email=somebody@example.org")
        subprocess.run(["git", *identity, *arguments], cwd=project, check=True, capture_output=True)

    git("init", "-q")
    git("add", "data")
    git("commit", "-q", "-m", "as reported")
    file = project / "data" / RESULTS
    before = file.read_text(encoding="utf-8")
    with file.open(encoding="utf-8", newline="") as lines:
        rows = list(csv.reader(lines))
    value = rows[0].index("value")
    line, text = next((n, row[value]) for n, row in enumerate(rows, start=1) if re.fullmatch(r"0\.[1-9]0", row[value]))
    cell(line, "value", text[:-1])(file)
    done = tourmaline("check")
    assert done.returncode == 1
    assert f"data/{RESULTS}, row {line}, column value: {text[:-1]!r} was {text!r} in the last commit" in done.stderr
    assert f"If the source itself says {text[:-1]!r}, commit the change first" in done.stderr
    git("commit", "-q", "-a", "-m", "saved by a spreadsheet")
    assert tourmaline("check").returncode == 0
    for commit in ("HEAD^1", "before"):
        git("tag", "-f", "before", "HEAD^1")
        done = tourmaline("check", "--against", commit)
        assert done.returncode == 1
        assert f"{text[:-1]!r} was {text!r} in commit " in done.stderr
        assert "the one who reviews the change accepts it in spite of this check" in done.stderr
    git("checkout", "-q", "-b", "other", "before")  # a branch that went on from there
    file.write_text(file.read_text(encoding="utf-8") + "\n", encoding="utf-8")
    git("commit", "-q", "-a", "-m", "elsewhere")
    git("checkout", "-q", "-")
    assert tourmaline("check", "--against", "other").returncode == 1
    assert tourmaline("check", "--against", "HEAD").returncode == 0
    done = tourmaline("check", "--against", "nowhere")
    assert (done.returncode, "git does not know the commit 'nowhere'" in done.stderr) == (2, True)
    git("checkout", "-q", "before", "--", "data")
    git("commit", "-q", "-a", "-m", "restored")
    file.write_text("\ufeff" + before.replace("\n", "\r\n"), encoding="utf-8", newline="")  # only saved otherwise
    assert tourmaline("check").returncode == 0
