"""The Frictionless data package: data/datapackage.json, written from the schemas."""

from __future__ import annotations

import json
from typing import Any

from tourmaline import paths
from tourmaline.data.schemas import FILES, DataFile
from tourmaline.errors import DataError

PACKAGE = paths.DATA / "datapackage.json"
# What the schemas do not say. The version and date are those of the data, raised by hand when a fact changes.
HEAD_KEYS = ("name", "title", "description", "version", "created", "licenses", "sources")


def _field(name: str, column: Any) -> dict[str, Any]:
    about = column.metadata or {}
    constraints: dict[str, Any] = {}
    if about.get("required"):
        constraints["required"] = True
    if about.get("enum"):
        constraints["enum"] = list(about["enum"])
    if about.get("pattern"):
        constraints["pattern"] = about["pattern"]
    return {
        "name": name,
        "type": about.get("type", "string"),
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
        "profile": "tabular-data-resource",
        "schema": schema,
    }


def read_package() -> dict[str, Any]:
    """The data package as it stands in the file."""
    try:
        return json.loads(PACKAGE.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise DataError(
            f"it cannot be read: {error}",
            where="data/datapackage.json",
            remedy="Restore it, for example with git checkout.",
        ) from None


def described() -> str:
    """The text that datapackage.json must have: its own head, and one resource for each schema."""
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


def check_package() -> None:
    """Refuse a data package that does not match the schemas."""
    if described() != PACKAGE.read_text(encoding="utf-8"):
        raise DataError(
            "it does not match the schemas",
            where="data/datapackage.json",
            remedy="Run `tourmaline check --write` and commit the file.",
        )
