"""Smaller images of figures show what matplotlib drew: judged by fontTools' reader of paths and by the pixels."""

import io
import re
from xml.etree import ElementTree

import matplotlib.pyplot as plt
import numpy as np
import pytest
from fontTools.pens.recordingPen import RecordingPen
from fontTools.svgLib.path import parse_path
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageChops

from tourmaline.results.display import METADATA, images_of
from tourmaline.results.image_compression import shorter_path, smaller_png, smaller_svg

XLINK = "{http://www.w3.org/1999/xlink}href"
HALF = 0.005 + 1e-9  # of the last decimal that is kept


@pytest.fixture
def figure():
    figure, axes = plt.subplots(figsize=(6, 4))
    months = np.linspace(0, 20, 60)
    axes.fill_between(months, np.exp(-months / 15), np.exp(-months / 10), step="post", color="#005f96", alpha=0.2)
    axes.step(months, np.exp(-months / 12), color="#005f96")
    axes.plot(months, 1 - months / 40, "o", color="#b34700")
    axes.set_title("Bold words: 0.74 (0.59 to 0.94)", fontweight="bold")
    axes.set_xlabel("Months $\\tau^2$")
    yield figure
    plt.close(figure)


def matplotlibs(figure, kind):
    buffer = io.BytesIO()
    with plt.rc_context({"svg.hashsalt": "a", "svg.fonttype": "path"}):
        figure.savefig(buffer, format=kind, metadata=METADATA[kind], bbox_inches="tight", dpi=150)
    return buffer.getvalue()


def corners(path):
    """The points of each part of a path; those within a straight line along an axis are not corners."""
    pen = RecordingPen()
    parse_path(path, pen)
    parts = []
    for command, points in pen.value:
        if command == "moveTo":
            parts.append([])
        parts[-1] += [(command in ("qCurveTo", "curveTo"), *point) for point in points]
    return [without_points_on_a_line(part) for part in parts]


def without_points_on_a_line(points):
    kept = []
    for point in points:
        while len(kept) > 1 and between(*kept[-2:], point):
            kept.pop()
        kept.append(point)
    return kept


def between(first, middle, last):
    if middle[0] or last[0]:
        return False
    for along, across in ((1, 2), (2, 1)):
        flat = round(first[across], 2) == round(middle[across], 2) == round(last[across], 2)
        if flat and (middle[along] - first[along]) * (last[along] - middle[along]) >= 0:
            return True
    return False


def same(one, other):
    return [len(part) for part in one] == [len(part) for part in other] and all(
        a[0] == b[0] and abs(a[1] - b[1]) <= HALF and abs(a[2] - b[2]) <= HALF
        for part, others in zip(one, other)
        for a, b in zip(part, others)
    )


hundredths = st.integers(-90_000, 90_000).map(lambda number: f"{number / 100:.2f}")
points = st.tuples(hundredths, hundredths).map(" ".join)


@given(
    points,
    st.lists(st.tuples(st.sampled_from(["L", "L", "Q", "C"]), points, points, points), min_size=1),
    st.booleans(),
)
def test_a_shorter_path_goes_through_the_same_corners(start, steps, closed):
    needed = {"L": 1, "Q": 2, "C": 3}
    lines = [f"{command} {' '.join(ends[: needed[command]])}" for command, *ends in steps]
    path = "\n".join([f"M {start}", *lines, *["z"] * closed])
    assert same(corners(path), corners(shorter_path(path)))
    assert len(shorter_path(path)) <= len(path)


def test_rounding_does_not_add_up_along_a_path():
    steps = [(0.0034 * number, 0.0061 * number) for number in range(1, 2000)]
    path = "M 0 0 " + " ".join(f"L {x:.6f} {y:.6f}" for x, y in steps)
    end = corners(shorter_path(path))[0][-1]
    assert end[1:] == pytest.approx((0.0034 * 1999, 0.0061 * 1999), abs=HALF)


def test_a_step_along_an_axis_is_one_number_and_steps_back_are_kept():
    assert shorter_path("M 1 1 L 2 1 L 3 1 L 3 4 L 3 2 z") == "m1 1h2v3-2z"


def shapes(svg):
    """The corners of each path of an SVG, and where each letter or mark stands, in its order."""
    paths, places = [], []
    for element in ElementTree.fromstring(svg).iter():
        if element.tag.endswith("path") and element.get("d"):
            paths.append(corners(element.get("d")))
        if element.tag.endswith("use"):
            moved = re.match(r"translate\((\S+) (\S+)\)", element.get("transform", ""))
            moved = moved.groups() if moved else (element.get("x", 0), element.get("y", 0))
            places.append(tuple(map(float, moved)))
    return paths, places


def test_a_smaller_drawing_has_every_shape_in_its_place(figure):
    svg = matplotlibs(figure, "svg").decode()
    smaller = smaller_svg(svg)
    (paths, places), (small_paths, small_places) = shapes(svg), shapes(smaller)
    assert len(paths) == len(small_paths) > 40 and len(places) == len(small_places) > 100
    assert all(same(one, other) for one, other in zip(paths, small_paths))
    assert np.abs(np.array(places) - small_places).max() <= HALF
    assert len(smaller) < 0.65 * len(svg)


def test_every_letter_of_a_smaller_drawing_is_there_and_every_mark_has_its_colour(figure):
    root = ElementTree.fromstring(smaller_svg(matplotlibs(figure, "svg").decode()))
    parents = {child: parent for parent in root.iter() for child in parent}
    known = {element.get("id") for element in root.iter()}
    fills = []
    for element in root.iter():
        if element.tag.endswith("use"):
            assert element.get(XLINK).removeprefix("#") in known
            fills.append(element.get("style") or parents[element].get("style") or "")
    assert sum("fill: #b34700" in fill for fill in fills) == 60


def test_a_smaller_picture_looks_the_same_and_says_how_large_it_is(figure):
    png = matplotlibs(figure, "png")
    smaller = smaller_png(png)
    before, after = (Image.open(io.BytesIO(content)) for content in (png, smaller))
    furthest = ImageChops.difference(before.convert("RGB"), after.convert("RGB")).getextrema()
    assert max(high for _, high in furthest) <= 12
    assert after.size == before.size and after.info["dpi"] == pytest.approx(before.info["dpi"])
    assert len(smaller) < 0.5 * len(png)


def test_a_figure_gives_the_same_bytes_each_time(figure):
    assert images_of(figure, ["svg", "png"], "a") == images_of(figure, ["svg", "png"], "a")
