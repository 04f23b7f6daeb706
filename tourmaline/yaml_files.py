"""Read YAML: every file of the project that is YAML is read here.

PyYAML keeps the last of two values of one key without a word, and reads `yes` as true, `0100` as 64 and `1:30` as 90. What
it would lose or change is refused here, with the line and with what it would have made of it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from tourmaline import paths
from tourmaline.errors import ParameterError, TourmalineError, nearest
from tourmaline.plain_numbers import DECIMAL, WHOLE

MOST_ENTRIES = 1_000_000  # with aliases written out; a file of a few lines can stand for billions
MERGE, TAG = "tag:yaml.org,2002:merge", "tag:yaml.org,2002:"
PLAIN = {
    f"{TAG}bool": re.compile(r"(?i:true|false)"),
    f"{TAG}int": WHOLE,
    f"{TAG}float": re.compile(rf"{DECIMAL.pattern}|[-+]?\.(?i:inf)|\.(?i:nan)"),
}
FRONT_MATTER = re.compile(r"\A---[ \t]*\n(.*?)^(?:---|\.\.\.)[ \t]*$", re.DOTALL | re.MULTILINE)


class _Refused(Exception):
    def __init__(self, line: int, what: str, remedy: str) -> None:
        super().__init__(what)
        self.line, self.what, self.remedy = line, what, remedy


def _line(node: yaml.Node) -> int:
    return node.start_mark.line + 1


def _scalar(loader: Any, node: yaml.ScalarNode) -> Any:
    """What a single value is read as; refused if it is not what it looks like."""
    try:
        value = loader.construct_object(node)
    except (ValueError, KeyError, AttributeError, OverflowError):  # 2016-13-45, or `!!int many`
        kind = {"timestamp": "date"}.get(node.tag.removeprefix(TAG), node.tag.removeprefix(TAG))
        raise _Refused(
            _line(node), f"{node.value!r} is not of type {kind}", "Correct it, or put text in quotes."
        ) from None
    plain = PLAIN.get(node.tag)
    if plain and not plain.fullmatch(node.value):
        read = str(value).lower() if isinstance(value, bool) else value
        remedy = "Write true or false," if isinstance(value, bool) else "Write a plain decimal number,"
        raise _Refused(_line(node), f"{node.value!r} would be read as {read}", f"{remedy} or put text in quotes.")
    return value


def _check(loader: Any, node: yaml.Node, sizes: dict[int, int], open_: set[int]) -> int:
    """Number of entries in this node, with aliases written out."""
    if id(node) in open_:
        raise _Refused(_line(node), "what stands here contains itself", "Write it out without the alias (*).")
    if id(node) in sizes:
        return sizes[id(node)]
    open_.add(id(node))
    size = 1
    if isinstance(node, yaml.ScalarNode):
        if node.tag != MERGE:
            _scalar(loader, node)
    elif isinstance(node, yaml.SequenceNode):
        size += sum(_check(loader, part, sizes, open_) for part in node.value)
    else:
        lines: dict[Any, int] = {}
        for key, value in node.value:
            size += _check(loader, key, sizes, open_) + _check(loader, value, sizes, open_)
            if isinstance(key, yaml.ScalarNode):
                name = (MERGE,) if key.tag == MERGE else _scalar(loader, key)
                if name in lines:
                    raise _Refused(
                        _line(key),
                        f"the key {key.value!r} stands in line {lines[name]} and again in line {_line(key)}",
                        "Merge both as `<<: [*one, *other]`." if key.tag == MERGE else "Keep one of the two.",
                    )
                lines[name] = _line(key)
    if size > MOST_ENTRIES:
        raise _Refused(
            _line(node), f"its aliases stand for more than {MOST_ENTRIES:,} entries", "Use fewer of them (*name)."
        )
    open_.remove(id(node))
    sizes[id(node)] = size
    return size


def parse_yaml(
    text: str,
    where: str,
    *,
    error: type[TourmalineError] = ParameterError,
    texts_only: bool = False,
    first_line: int = 1,
) -> Any:
    """The content of a YAML text; None if there is none.

    Parameters
    ----------
    text : str
        The text; merge keys (`<<`) work.
    where : str
        What to call its file in a message.
    error : type
        Class of the error that is raised.
    texts_only : bool
        Take every single value as text, as it stands.
    first_line : int
        Line of the file on which the text begins.

    Raises
    ------
    TourmalineError
        Of the class `error`: if it is not YAML, if one key stands twice (names both lines), and for a value that YAML would
        read as another one than it looks like: `yes`, `0100`, `0x10`, `1:30`.

    Examples
    --------
    >>> parse_yaml("draws: 100", "mine.yaml")
    {'draws': 100}
    >>> parse_yaml("draws: 0100", "mine.yaml")
    Traceback (most recent call last):
    tourmaline.errors.ParameterError: mine.yaml, line 1: '0100' would be read as 64
      Write a plain decimal number, or put text in quotes.
    """
    text = "\n" * (first_line - 1) + text  # so that every line has the number that it has in its file
    try:
        loader = (yaml.BaseLoader if texts_only else yaml.SafeLoader)(text)
        node = loader.get_single_node()
        if node is None:
            return None
        _check(loader, node, {}, set())
        return loader.construct_document(node)
    except _Refused as refused:
        raise error(refused.what, where=f"{where}, line {refused.line}", remedy=refused.remedy) from None
    except yaml.YAMLError as wrong:
        mark = getattr(wrong, "problem_mark", None)
        line = f", line {mark.line + 1}" if mark else ""
        raise error(
            f"it is not YAML{line}: {getattr(wrong, 'problem', None) or wrong}",
            where=where,
            remedy="Mind colons and indents.",
        ) from None
    except RecursionError:
        raise error("its lists are nested too deeply", where=where, remedy="Mind brackets and indents.") from None


def load_yaml(path: Path, *, error: type[TourmalineError] = ParameterError, texts_only: bool = False) -> Any:
    """The content of a YAML file, with the errors and options of `parse_yaml`, and one if the file cannot be read."""
    where = paths.relative(path.resolve())
    return parse_yaml(_text(path, where, error), where, error=error, texts_only=texts_only)


def front_matter(path: Path, *, error: type[TourmalineError]) -> Any:
    """What a page says of itself between two lines of `---` at its top; None if there is nothing."""
    where = paths.relative(path)
    found = FRONT_MATTER.match(_text(path, where, error))
    return parse_yaml(found[1], where, error=error, first_line=2) if found else None


def _text(path: Path, where: str, error: type[TourmalineError]) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, ValueError) as wrong:  # a UnicodeDecodeError is a ValueError
        reason = getattr(wrong, "strerror", None) or "it is not text"
        raise error(f"it cannot be read: {reason}", where=where, remedy="Name a file that is saved as UTF-8.") from None


def read_scenario_file(path: Path, keys: Mapping[str, tuple[type, ...]], required: tuple[str, ...]) -> dict[str, Any]:
    """The content of a YAML file that describes a scenario or a sweep: only known keys, each of its type.

    Raises
    ------
    ParameterError
        If there is no such file, it is not YAML, or a key is unknown, missing, repeated or of another type.
    """
    where = paths.relative(path.resolve())
    content = load_yaml(path)
    if not isinstance(content, dict):
        raise ParameterError("it is not a list of keys and values", where=where, remedy=f"Give {', '.join(required)}.")
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
