"""A figure's images at a fraction of matplotlib's size, looking the same: who reads a page on a phone fetches all of them.

Matplotlib writes every point of a path in full and in millionths, every letter with a transformation of its own, and a PNG in
16 million colours, of which a figure has a few hundred.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from functools import cache

DECIMALS = 2  # a hundredth of a point is a seven-thousandth of an inch
PATH = re.compile(r'(?<=\bd=")[^"]*(?=")')
PLACE = re.compile(r'(?<=\b[xy]=")-?\d+\.\d+(?=")|(?<=\btranslate\()-?[\d.]+ -?[\d.]+(?=\))')
LETTER = re.compile(r'(?<=<use xlink:href=")(#[^"]*") transform="translate\((\S+) (\S+)\)"')
FONT = re.compile(r'(?<=[#"])[A-Z][A-Za-z-]*[A-Za-z](?=-[0-9a-f]+")')  # in the names of letters: DejaVuSans-4d
HASHED = re.compile(r'(?<= id=")\w*?[0-9a-f]{10}(?=")')  # of clips, markers and the like
REFERENCE = re.compile(r'(?<= id=")\w+(?=")|(?<=[("]#)\w+(?=[)"])')
ALIKE = re.compile(r'<g(?P<group>[^>]*)>(?P<uses><use [^>]*? style="(?P<style>[^"]*)"/>(?:<use [^>]*? style="(?P=style)"/>)*)</g>')  # fmt: skip
BETWEEN_TAGS = re.compile(r"(?<=>)\s+(?=<)")
TOKEN = re.compile(r"[A-Za-z]|-?[\d.]+(?:e-?\d+)?")
POINTS = {"M": 1, "L": 1, "Q": 2, "C": 3, "z": 0}  # of each command that matplotlib writes


def _units(number: str) -> int:
    return round(float(number) * 10**DECIMALS)


@cache
def _written(units: int) -> str:
    """The shortest way to write a number that is given in units of the last decimal: -.5 for -50."""
    text = f"{units / 10**DECIMALS:.{DECIMALS}f}".rstrip("0").rstrip(".")
    return re.sub(r"^(-?)0(?=\.)", r"\1", text)


def _commands(path: str) -> Iterator[tuple[str, list[tuple[int, int]]]]:
    tokens = iter(TOKEN.findall(path))
    for command in tokens:
        yield command, [(_units(next(tokens)), _units(next(tokens))) for _ in range(POINTS[command])]


def _moves(path: str) -> list[tuple[str, list[int]]]:
    """The path by relative commands; what goes on in the same direction along an axis is one line."""
    moves: list[tuple[str, list[int]]] = []
    here = start = (0, 0)
    for command, points in _commands(path):
        steps = [coordinate - place for point in points for coordinate, place in zip(point, here)]
        here = points[-1] if points else start
        if command == "M":
            start = here
        elif command == "L" and 0 in steps:
            along = "v" if steps[0] == 0 else "h"
            step = steps[1] if along == "v" else steps[0]
            if moves[-1][0] == along and moves[-1][1][0] * step >= 0:
                moves[-1][1][0] += step
            else:
                moves.append((along, [step]))
            continue
        moves.append((command.lower(), steps))
    return moves


def shorter_path(path: str) -> str:
    """The same path by relative commands, to a hundredth of a point; rounding does not add up along it.

    Parameters
    ----------
    path : str
        By absolute M, L, Q, C and z.

    Examples
    --------
    >>> shorter_path("M 10 20 L 10.5 20 L 11.256 20 L 11.256 18 L 12 17 L 13 17.5 z")
    'm10 20h1.26v-2l.74-1 1 .5z'
    """
    text, before = "", ""
    for command, numbers in _moves(path):
        if command != before or command == "m":
            text += command
        for number in map(_written, numbers):
            text += number if text[-1].isalpha() or number.startswith("-") else f" {number}"
        before = command
    return text


def _numbered(svg: str) -> str:
    """The SVG with numbers in place of hashes, which turn with the last digit of a place before it is rounded."""
    names = {
        name: re.sub("[0-9a-f]{10}$", str(number), name) for number, name in enumerate(HASHED.findall(svg), start=1)
    }
    return REFERENCE.sub(lambda found: names.get(found[0], found[0]), svg)


def smaller_svg(svg: str) -> str:
    """An SVG of matplotlib's with shorter paths, places and names, styles said once, and no blanks between its tags."""
    svg = _numbered(svg)
    svg = PATH.sub(lambda found: shorter_path(found[0]), svg)
    svg = PLACE.sub(lambda found: " ".join(_written(_units(number)) for number in found[0].split()), svg)
    svg = BETWEEN_TAGS.sub("", svg)
    svg = LETTER.sub(lambda found: f'{found[1]} x="{found[2]}"' + (f' y="{found[3]}"' if found[3] != "0" else ""), svg)
    svg = FONT.sub(lambda found: "".join(letter for letter in found[0] if letter.isupper()), svg)
    return ALIKE.sub(_styled_once, svg)


def _styled_once(found: re.Match[str]) -> str:
    style = f' style="{found["style"]}"'
    return f"<g{found['group']}{style}>{found['uses'].replace(style, '')}</g>"


def smaller_png(png: bytes) -> bytes:
    """A PNG with a palette of 256 colours; no shade of it is off by more than an eye could tell."""
    from PIL import Image

    image = Image.open(io.BytesIO(png))
    dpi = image.info["dpi"]
    palette = image.convert("RGB").quantize(256, method=Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE)
    buffer = io.BytesIO()
    palette.save(buffer, format="png", dpi=dpi)
    return buffer.getvalue()
