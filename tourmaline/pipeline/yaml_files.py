"""Read a file of scenarios/: only known keys, each of its type."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from tourmaline import paths
from tourmaline.errors import ParameterError, nearest


def read_yaml(path: Path, keys: Mapping[str, tuple[type, ...]], required: tuple[str, ...]) -> dict[str, Any]:
    """The content of a YAML file that describes a scenario or a sweep: only known keys, each of its type.

    Raises
    ------
    ParameterError
        If there is no such file, it is no YAML, or a key is unknown, missing or of another type.
    """
    where = paths.relative(path.resolve())
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is no text"
        raise ParameterError(f"it cannot be read: {reason}", where=where, remedy="Name a file of scenarios/.") from None
    except yaml.YAMLError as error:
        line = f", line {error.problem_mark.line + 1}" if getattr(error, "problem_mark", None) else ""
        raise ParameterError(
            f"it is no YAML{line}: {getattr(error, 'problem', error)}", where=where, remedy="Mind colons and indents."
        ) from None
    if not isinstance(content, dict):
        raise ParameterError("it is no list of keys and values", where=where, remedy=f"Give {', '.join(required)}.")
    for key, value in content.items():
        if key not in keys:
            remedy = f"{nearest(str(key), keys)} Keys: {', '.join(keys)}.".strip()
            raise ParameterError(f"there is no key {key!r}", where=where, remedy=remedy)
        if not isinstance(value, keys[key]):
            names = " or ".join(
                {"str": "text", "dict": "names with values"}.get(t.__name__, t.__name__) for t in keys[key]
            )
            raise ParameterError(f"{key!r} is {value!r}", where=where, remedy=f"Give {names}.")
    for key in required:
        if not content.get(key):
            raise ParameterError(f"it has no {key!r}", where=where, remedy=f"Add {key}: ...")
    return content
