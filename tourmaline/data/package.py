"""The Frictionless data package: data/datapackage.json, written from the schemas."""

from __future__ import annotations

import datetime
import json
import re
from typing import Any

from tourmaline import data, paths
from tourmaline.data.schemas import FILES, Column, DataFile
from tourmaline.errors import DataError

PACKAGE = paths.DATA / "datapackage.json"
# What the schemas do not say. The version and date are those of the data, raised by hand when a fact changes.
HEAD_KEYS = ("name", "title", "description", "version", "created", "licenses", "sources")
VERSION = re.compile(r"([1-9]\d{3})\.([1-9]|1[0-2])\.([1-9]\d*)", re.ASCII)  # year, month, number within the month


def version_order(version: str) -> tuple[int, ...]:
    """What a version of the data is ordered by: year, month and number within the month; empty for anything else.

    Examples
    --------
    >>> version_order("2026.11.2") < version_order("2026.11.10"), version_order("abc")
    (True, ())
    """
    found = VERSION.fullmatch(version)
    return tuple(map(int, found.groups())) if found else ()


def _field(name: str, column: Column) -> dict[str, Any]:
    constraints: dict[str, Any] = {}
    if column.required:
        constraints["required"] = True
    if column.allowed:
        constraints["enum"] = list(column.allowed)
    if column.pattern:
        constraints["pattern"] = column.pattern
    return {
        "name": name,
        "type": column.type,
        "description": column.description,
        **({"constraints": constraints} if constraints else {}),
    }


def _resource(file: DataFile) -> dict[str, Any]:
    by_name = {other.path: other for other in FILES.values()}
    schema: dict[str, Any] = {
        "fields": [_field(name, column) for name, column in file.columns.items()],
        "missingValues": [""],
        "primaryKey": list(file.key),
    }
    keys = [
        {"fields": [column], "reference": {"resource": by_name[target].name, "fields": [target_column]}}
        for column, (target, target_column) in file.references.items()
        if target in by_name
    ]
    if keys:
        schema["foreignKeys"] = keys
    return {
        "name": file.name,
        "path": file.path,
        "description": file.description,
        "format": "csv",
        "mediatype": "text/csv",
        "encoding": "utf-8",
        "rows": len(data.load(file.path)),
        "profile": "tabular-data-resource",
        "schema": schema,
    }


def read_package() -> dict[str, Any]:
    """The data package as it stands in the file."""
    try:
        package = json.loads(PACKAGE.read_text(encoding="utf-8"))
        if not isinstance(package, dict):
            raise ValueError("it does not describe a package")
        return package
    except (OSError, ValueError, RecursionError) as error:
        raise DataError(
            f"it cannot be read: {error}",
            where="data/datapackage.json",
            remedy="Restore it, for example with git checkout.",
        ) from None


def described() -> str:
    """The text that datapackage.json must have: its own head, and one resource for each schema, with the rows of its file."""
    package = read_package()
    if lost := [key for key in HEAD_KEYS if not package.get(key)]:
        raise DataError(
            f"{lost[0]!r} is missing",
            where="data/datapackage.json",
            remedy="Restore it, for example with git checkout.",
        )
    head = {key: package[key] for key in HEAD_KEYS}
    described = {"profile": "tabular-data-package", **head, "resources": [_resource(file) for file in FILES.values()]}
    return json.dumps(described, ensure_ascii=False, indent=2) + "\n"


def _counted() -> dict[str, int]:
    """The rows that the package counts in each file; without those of which it says nothing that can be read."""
    resources = read_package().get("resources")
    return {
        resource["path"]: resource["rows"]
        for resource in (resources if isinstance(resources, list) else [])
        if isinstance(resource, dict) and isinstance(resource.get("rows"), int) and resource.get("path") in list(FILES)
    }


def _check_version() -> None:
    """The data are of a day that exists, and their version is of its month."""
    package = read_package()
    version, created = str(package.get("version")), str(package.get("created"))
    try:
        day = datetime.date.fromisoformat(created[:10])
    except ValueError:
        raise DataError(
            f"{created!r} is not a date",
            where="data/datapackage.json, created",
            remedy="Write the day of the last change of the data, as in 2026-11-30T00:00:00Z.",
        ) from None
    if version_order(version)[:2] != (day.year, day.month):
        raise DataError(
            f"{version!r} is not a version of data of {day.isoformat()}",
            where="data/datapackage.json, version",
            remedy=f"Write year, month and a number within the month, as in {day.year}.{day.month}.1, and raise `created` with it.",
        )


def check_package() -> None:
    """Refuse a data package that does not match the schemas, a version of another form, and a file that has other rows than it counts.

    Raises
    ------
    DataError
    """
    for path, rows in _counted().items():
        if len(data.load(path)) != rows:
            raise DataError(
                f"it has {len(data.load(path))} rows, and data/datapackage.json counts {rows}",
                where=f"data/{path}",
                remedy="Restore what is missing. If the change is meant: `tourmaline check --write`, and commit both files.",
            )
    if described() != PACKAGE.read_text(encoding="utf-8"):
        raise DataError(
            "it does not match the schemas",
            where="data/datapackage.json",
            remedy="Run `tourmaline check --write` and commit the file.",
        )
    _check_version()
