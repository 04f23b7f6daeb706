"""data/datapackage.json describes data/ in a form that other programs read."""

import csv
import json
import shutil

import pytest
from frictionless import Package

from tourmaline import paths
from tourmaline.data import package
from tourmaline.data.schemas import FILES
from tourmaline.errors import DataError

DESCRIBED = json.loads((paths.DATA / "datapackage.json").read_text(encoding="utf-8"))
RESOURCES = {resource["path"]: resource for resource in DESCRIBED["resources"]}


def validated(directory):
    # Without the date, of which test_the_whole_description_is_valid speaks.
    descriptor = {key: value for key, value in DESCRIBED.items() if key != "created"}
    return Package.from_descriptor(descriptor, basepath=str(directory)).validate()


def test_the_data_are_valid_for_frictionless():
    report = validated(paths.DATA)
    assert report.flatten(["name", "rowNumber", "fieldName", "message"]) == []
    assert report.valid
    assert len(report.tasks) == len(FILES)


def test_the_whole_description_is_valid():
    Package(str(paths.DATA / "datapackage.json"))


@pytest.mark.parametrize(
    ("name", "old", "new", "error"),
    [
        ("evidence/analyses.csv", "aspire.pfs.primary,aspire,", "aspire.pfs.primary,aspir,", "foreign-key"),
        ("evidence/analyses.csv", "aspire.pfs.primary,aspire,pfs", "aspire.os.final,aspire,pfs", "primary-key"),
        ("evidence/analyses.csv", "2014-10-30", "30 October 2014", "constraint-error"),
        ("evidence/trials.csv", "aspire,ASPIRE,", "aspire,,", "constraint-error"),
        ("tourmaline_mm1/table1.csv", ",192,360,", ",many,360,", "type-error"),
        ("tourmaline_mm1/table1.csv", ",ixazomib,,median_range", ",ixazomob,,median_range", "constraint-error"),
    ],
)
@pytest.mark.sampled(2)
def test_frictionless_refuses_what_the_schemas_refuse(tmp_path, name, old, new, error):
    directory = shutil.copytree(paths.DATA, tmp_path / "data")
    text = (directory / name).read_text(encoding="utf-8")
    assert old in text
    (directory / name).write_text(text.replace(old, new, 1), encoding="utf-8")
    assert error in {found for (found,) in validated(directory).flatten(["type"])}


@pytest.mark.parametrize("name", FILES)
def test_the_fields_of_a_resource_are_the_header_of_its_file(name):
    with (paths.DATA / name).open(encoding="utf-8", newline="") as file:
        header = next(csv.reader(file))
    schema = RESOURCES[name]["schema"]
    assert [field["name"] for field in schema["fields"]] == header
    assert all(field["description"] for field in schema["fields"])
    assert set(schema["primaryKey"]) <= set(header)


def test_every_file_is_a_resource_once_and_has_a_description():
    files = sorted(path.relative_to(paths.DATA).as_posix() for path in paths.DATA.rglob("*.csv"))
    assert sorted(RESOURCES) == [name for name in files if not name.startswith("digitised/")]
    assert len({resource["name"] for resource in RESOURCES.values()}) == len(RESOURCES)
    assert all(resource["description"] for resource in RESOURCES.values())


def test_the_package_has_a_name_a_title_a_licence_its_sources_and_an_edition():
    for key in ("name", "title", "description", "version", "created", "licenses", "sources"):
        assert DESCRIBED[key], key


@pytest.mark.parametrize(
    ("version", "created", "words"),
    [
        *(
            (version, "2026-11-30", f"version: {version!r} is not a version of data of 2026-11-30\n  Write year, month")
            for version in (
                "abc",
                "2026.11",
                "2026.13.1",
                "2026.11.0",
                "2026.011.1",
                "2026.11.1a",
                "2025.11.1",
                "2026.10.1",
            )
        ),
        ("2026.2.1", "2026-02-30", "created: '2026-02-30T00:00:00Z' is not a date\n"),
        ("", "2026-11-30", "'version' is missing"),
    ],
)
def test_a_version_of_the_data_is_year_month_and_number_of_their_day(tmp_path, monkeypatch, version, created, words):
    monkeypatch.setattr(package, "PACKAGE", tmp_path / "datapackage.json")
    about = {"version": version, "created": f"{created}T00:00:00Z"}
    package.PACKAGE.write_text(json.dumps(DESCRIBED | about, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    with pytest.raises(DataError) as refused:
        package.check_package()
    assert words in str(refused.value)
