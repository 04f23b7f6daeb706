"""What digitisers write is read, mended with a note, or refused in one message; what is written passes the strict check."""

import io
import random

import openpyxl
import pytest

from tourmaline.data.digitised_points import as_drop_in, mend_curves
from tourmaline.data.digitiser_columns import read_curves
from tourmaline.data.digitiser_files import read_digitiser_file
from tourmaline.data.files import load
from tourmaline.data.risk_tables import read_risk_table
from tourmaline.errors import DataError, TourmalineError
from tourmaline.statistics.reconstruction import Curve

NAMES = {"control": "control", "experimental": "experimental", "rd": "control", "krd": "experimental"}
PLAIN = "arm,month,survival\ncontrol,0,1\ncontrol,5.5,0.9\nexperimental,0,1\nexperimental,5,0.95\n"


def workbook(rows):
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    written = io.BytesIO()
    book.save(written)
    return written.getvalue()


@pytest.fixture
def read(tmp_path):
    """The drop-in of a file, and the notes; a file of one arm is taken for both."""

    def run(content, alone="", name="points.csv"):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        file = read_digitiser_file(path)
        curves, decided = read_curves(file, NAMES, alone=alone)
        if alone:
            curves = dict.fromkeys(("control", "experimental"), curves[alone])
        mended, changed = mend_curves(curves, Curve.reading_error)
        text = as_drop_in(mended)
        (tmp_path / "digitised").mkdir(exist_ok=True)
        written = f"digitised/{random.Random(content).random()}.csv"
        (tmp_path / written).write_text(text, encoding="utf-8")
        load(written, tmp_path)  # the strict reading of the book
        return text, "\n".join([*file.notes, *decided, *changed])

    return run


@pytest.mark.parametrize(
    ("content", "note"),
    [
        (PLAIN, ""),
        (PLAIN.upper(), ""),
        ("\ufeff" + PLAIN, "UTF-8 with a byte order mark"),
        (PLAIN.encode("utf-16"), "UTF-16 with a byte order mark"),
        (PLAIN.encode("utf-16-be"), "UTF-16 without a byte order mark"),
        (PLAIN.replace("\n", "\r\n"), ""),
        (PLAIN.replace("\n", "\r"), ""),
        (PLAIN.replace(",", "\t"), "cells are separated by tabs"),
        (PLAIN.replace(",", ";").replace(".", ","), "commas are decimal marks ('5,5' is 5.5)"),
        (PLAIN.replace(",", ", "), ""),
        (PLAIN.replace(",", "   "), "cells are separated by blanks"),
        (PLAIN.replace("\n", ",,\n"), "separators at the ends of lines left out: rows 1, 2, 3, 4, 5"),
        (PLAIN.replace("arm,month,survival\n", ""), ""),
        (PLAIN.replace("month", "Time (months)").replace("survival", "S(t)"), ""),
        ("arm,survival,month\ncontrol,1,0\ncontrol,.9,5.5\nexperimental,1,0\nexperimental,.95,5\n", ""),
        (f"# read by hand\n\n{PLAIN}\n", "comments left out: row 1\nblank lines left out: row 2"),
        (PLAIN.replace("control", "Rd").replace("experimental", "KRd"), "'Rd' is the control arm"),
        (PLAIN.replace("control", '"Rd"').replace("experimental", '"KRd"'), "'KRd' is the experimental arm"),
        (PLAIN.replace(",1\n", ",100\n").replace("0.95", "95").replace("0.9", "90"), "read as percent, for it goes up to 100"),
        (PLAIN.replace(",1\n", ",100%\n").replace("0.95", "95%").replace("0.9", "90 %"), "in percent, as the file says"),
        (PLAIN.replace("5.5,0.9\n", "5.5,0.9\ncontrol,5.5,.9\n"), "control: repetitions left out: row 4"),
        ("arm,month,survival\ncontrol,5.5,0.9\ncontrol,0,1\nexperimental,5,0.95\nexperimental,0,1\n", "put in the order of time: row 3"),
        ("arm,month,survival\ncontrol,5.5,0.9\nexperimental,5,0.95\n", "added: the curve stays at 1 up to month 5.5"),
        (PLAIN.replace("control,0,1", "control,-0.1,1.004"), "months slightly before 0 set to 0: row 2"),
        (PLAIN.replace("control,0,1", "control,-0.0,1.0000"), ""),
        (PLAIN.replace("control,0,1", "control,0,0.996"), "survival at month 0 set to 1: row 2"),
        ("month,survival (control),KRd survival\n0,1,1\n5,,.95\n5.5,.9,\n", ""),
        ("Rd,,KRd,\nX,Y,X,Y\n0,1,0,1\n5.5,0.9,5,.95\n", "month and survival of control, month and survival of experimental"),
        ('"","time","surv","strata"\n"1",0,1,"Rd"\n"2",5.5,0.9,"Rd"\n"3",0,1,"KRd"\n"4",5,0.95,"KRd"\n', ""),
        (workbook([["Arm", "Month", "Survival"], ["control", 0, 1], ["control", 5.5, 0.9], [], ["experimental", 0, 1], ["experimental", 5, 0.95]]), "workbook, sheet 'Sheet'"),
    ],
)  # fmt: skip
def test_what_digitisers_write_becomes_the_same_drop_in(read, content, note):
    text, notes = read(content)
    assert text == PLAIN
    assert note in notes
    if not note and content == PLAIN:
        assert notes == ""


@pytest.mark.parametrize(
    ("content", "points"),
    [
        ("0 1\n.5 .99\n1e0 9.8E-01\n", "0,1 0.5,0.99 1,0.98"),
        ("0;1\n1e-05;1\n5;,9\n6;0,5\n", "0,1 0.00001,1 5,0.9 6,0.5"),
        ("0,1\n5.02,.9\n5.00,.8\n10,.8\n", "0,1 5.02,0.9 5.02,0.8 10,0.8"),  # a step, read a little to the left
        ("0,1\n5,.8\n6,.803\n7,.804\n8,.4\n", "0,1 5,0.8 6,0.8 7,0.8 8,0.4"),
        ("0,1\n5,.8\n5,1\n8,.4\n", "0,1 5,1 5,0.8 8,0.4"),  # of a month, the higher survival first
        ("x,y\n9,-0.004\n0,1.01\n", "0,1 9,0"),
        ("0,0 1,0\n5,5 0,9\n", "0,1 5.5,0.9"),
        ("0,1,\n5,0.5,\n6,.4\n", "0,1 5,0.5 6,0.4"),
        ("0|100\n5|50\n", "0,1 5,0.5"),
        (
            "k\tt\tS\n1\t0\t1\n2\t5\t.9\n3\t9\t.5\n",
            "0,1 5,0.9 9,0.5",
        ),  # the reference implementation of Guyot's algorithm
        ('"","V1","V2"\n"1",0,100\n"2",5,90.5\n', "0,1 5,0.905"),  # R's write.csv
        ("month,survival,lower,upper\n0,1,1,1\n5,.9,.8,.95\n", "0,1 5,0.9"),
    ],
)
def test_the_points_of_one_arm(read, content, points):
    text, _ = read(content, alone="control")
    rows = [line.partition(",")[2] for line in text.splitlines() if line.startswith("control,")]
    assert " ".join(rows) == points


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "there are no points in it"),
        ("hello\nworld\n", "there is no number in it"),
        (b"%PDF-1.7", "It is a PDF"),
        (b"\xd0\xcf\x11\xe0 old", "old spreadsheet"),
        (b"\x89PNG\r\n", "It is a picture"),
        (b"PK\x03\x04 cut off", "this workbook cannot be read"),
        (bytes(range(256)) * 3, "cannot be told|no number|are not numbers|words stand above|is not text"),
        ("0,0,1,0\n5,5,0,9\n", "'5,5,0,9' can be two numbers or four"),
        ("0;1,0\n5;0.5\n", "decimal commas .'1,0' in row 1. and decimal points .'0.5' in row 2."),
        ("0;1\n5;abc\n6;nan\n7;inf\n8;0x1\n9;1_0\n", r"(?s)row 2: 'abc' is not a survival.*row 3: 'nan'.*row 4: 'inf'.*'0x1'.*'1_0'"),
        ("0;9\n5;6\n", "survival goes up to 9: neither a fraction .up to 1. nor percent"),
        ("0;1.02\n5;.6\n", "survival goes up to 1.02: neither"),
        ("0;1%\n5;0.6%\n", "said to be in percent, but goes up to 1 only"),
        ("time (days),S\n0,1\n300,.5\n", "the column 'time .days.' is in days"),
        ("0,1\n1e999,.5\n", "row 2: 1e.999 is not a month of the curve"),
        ("-9,1\n10,.5\n", "row 1: -9 is not a month of the curve"),
        ("0,1\n10,-.5\n", "row 2: -0.5 is not a survival from 0 to 1"),
        ("0,0.98\n10,.5\n", "row 1: 0.98 at month 0, and a curve starts at 1"),
        ("0,1\n10,1\n", "the curve does not fall"),
        ("0,1\n", "1 point, and a curve needs 2"),
        ("".join(f"{month},{1 - month / 9000}\n" for month in range(5001)), "5001 points, and 5000 say all"),
        ("0,1\n5,.8\n6,.9\n7,.5\n8,.51\n9,.3\n", r"(?s)row 3: survival rises to 0.9 at month 6, after 0.8 at 5 \(row 2\).*row 5: survival rises to 0.51"),
        ("0,1\n5,.8\n6,.804\n7,.808\n", "row 4: survival rises to 0.808"),  # rises do not add up beyond the reading error
        ("0,0\n5,.1\n6,.3\n7,.5\n", "share with the event"),
        ("1,1,1\n2,.8,.9\n", "3 columns of numbers without headers: it cannot be told which is which"),
    ],
)  # fmt: skip
def test_what_cannot_be_decided_is_refused_in_one_message(read, content, message):
    with pytest.raises(DataError, match=message) as refused:
        read(content, alone="control")
    assert "points.csv" in str(refused.value)
    assert str(refused.value).strip().count("\n") >= 1  # with what to do


def test_arms_are_named_or_asked_for(read):
    with pytest.raises(
        DataError, match=r"names the arms 'placebo', 'experimental', and does not say which is which: unknown 'placebo'"
    ):
        read(PLAIN.replace("control", "placebo"))
    with pytest.raises(DataError, match="one curve in it, of an arm that nothing names"):
        read("0,1\n5,.8\n")
    with pytest.raises(DataError, match="no arm is named in row 3"):
        read(PLAIN.replace("control,5.5", ",5.5"))
    with pytest.raises(DataError, match="the experimental arm has no points"):
        read(PLAIN.partition("experimental")[0])


def test_a_number_of_many_digits_and_a_row_of_many_cells_are_refused_in_one_message(read):
    long = "123456789.123456789012345678901"
    with pytest.raises(DataError):
        read(PLAIN + f"control,{long},0.5\n")
    with pytest.raises(DataError, match="2000 columns are too many"):
        read("month,survival\n0,1\n" + "1," * 1999 + "1\n", alone="control")


def test_both_arms_are_refused_in_one_message(read):
    with pytest.raises(DataError, match=r"(?s)control, row 4: .*experimental, row 7: "):
        read(PLAIN.replace("0.9\n", "0.9\ncontrol,6,1\n") + "experimental,6,1\n")


@pytest.mark.parametrize(
    "content",
    [
        "arm,month,n\ncontrol,0,90\ncontrol,6,50\nexperimental,0,92\nexperimental,6,60\n",
        "month;KRd;Rd\n0;92;90\n6;60;50\n",
        "months\t0\t6\nRd\t90\t50\nKRd\t92\t60\n",
        "Months,0,6,12\nRd,90,50,\nKRd,92,60,\n",
    ],
)
def test_a_risk_table_is_read_in_its_usual_shapes(tmp_path, content):
    path = tmp_path / "risk.csv"
    path.write_text(content, encoding="utf-8")
    table, _ = read_risk_table(read_digitiser_file(path), NAMES)
    assert table == {"control": [(0.0, 90), (6.0, 50)], "experimental": [(0.0, 92), (6.0, 60)]}


def test_a_risk_table_of_one_arm_is_read_as_the_reference_implementation_has_it(tmp_path):
    path = tmp_path / "nrisk.txt"
    path.write_text("i\ttrisk\tlower\tupper\tnrisk\n1\t0\t1\t13\t90\n2\t6\t14\t20\t50\n", encoding="utf-8")
    table, notes = read_risk_table(read_digitiser_file(path), NAMES, alone="control")
    assert table == {"control": [(0.0, 90), (6.0, 50)]}
    assert "columns left out: 'i', 'lower', 'upper'" in notes


def test_a_risk_table_that_is_none_is_refused_in_one_message(tmp_path):
    path = tmp_path / "risk.csv"
    path.write_text("arm,month,n\ncontrol,0,90\ncontrol,6,50.5\ncontrol,x,3\ncontrol,0,91\n", encoding="utf-8")
    with pytest.raises(
        DataError, match=r"(?s)row 3: '50.5' is not a number of patients.*row 4: 'x' is not a month.*row 5: 91 of"
    ):
        read_risk_table(read_digitiser_file(path), NAMES)


def test_a_damaged_file_is_read_or_refused_and_nothing_else(tmp_path):
    rows = [line.split(",") for line in PLAIN.splitlines()]
    sources = [
        PLAIN.encode(),
        PLAIN.encode("utf-16"),
        PLAIN.replace(",", ";").replace(".", ",").encode(),
        workbook(rows),
    ]
    dice, refused = random.Random(7), 0
    for _ in range(400):
        content = bytearray(dice.choice(sources))
        for _ in range(dice.choice((1, 1, 3))):
            place = dice.randrange(len(content))
            change = dice.random()
            if change < 0.5:
                content[place : place + 1] = bytes([dice.choice(b",;.\t \n\"'%-+eE09xX#\x00\xff")])
            elif change < 0.8:
                del content[place : place + dice.randrange(1, 9)]
            else:
                del content[max(place, 1) :]
        path = tmp_path / "damaged"
        path.write_bytes(content)
        try:
            file = read_digitiser_file(path)
            curves, _ = read_curves(file, NAMES)
            mend_curves(curves, Curve.reading_error)
        except TourmalineError:
            refused += 1
    assert 100 < refused < 400
