"""A figure's file is named by its notebook, whichever of Sphinx's processes ends first."""

import itertools
import pickle
import random

import pytest
from sphinx.util import FilenameUniqDict

from tourmaline.sphinx_ext.figure_names import FigureNames

READ = {  # by each process: its pages and their images
    ("book/one", "book/two"): [
        "results/one/figures/forest.svg",
        "results/both/figures/curves.svg",
        "results/both/figures/curves.narrow.svg",
        "book/static/a.png",
    ],
    ("book/three",): ["results/three/figures/forest.svg", "results/both/figures/curves.svg"],
    ("results/x/x",): ["_build/jupyter_execute/0123.png"],
}


def merged(kind, order):
    """Names after the processes' images have come together in this order."""
    names = kind()
    for pages in order:
        process = kind()
        for page, path in itertools.product(pages, READ[pages]):
            process.add_file(page, path)
        names.merge_other(set(pages), pickle.loads(pickle.dumps(process)))
    return {path: name for path, (_, name) in names.items()}


def test_names_do_not_depend_on_the_order_in_which_pages_were_read():
    orders = list(itertools.permutations(READ))
    assert all(merged(FigureNames, order) == merged(FigureNames, orders[0]) for order in orders)
    sphinx_own = [merged(FilenameUniqDict, order) for order in orders]
    assert any(names != sphinx_own[0] for names in sphinx_own)
    assert merged(FigureNames, orders[0]) == {
        "results/one/figures/forest.svg": "one-forest.svg",
        "results/three/figures/forest.svg": "three-forest.svg",
        "results/both/figures/curves.svg": "both-curves.svg",
        "results/both/figures/curves.narrow.svg": "both-curves.narrow.svg",
        "book/static/a.png": "a.png",
        "_build/jupyter_execute/0123.png": "0123.png",
    }


def test_a_page_that_is_read_anew_gives_its_figures_the_names_they_had():
    names = FigureNames()
    paths = [path for paths in READ.values() for path in paths if path.startswith("results/")]
    given = {path: names.add_file("book/one", path) for path in paths}
    names.purge_doc("book/one")
    assert not names
    random.Random(1).shuffle(paths)
    assert {path: names.add_file("book/one", path) for path in paths} == given


@pytest.mark.slow
def test_the_files_of_a_site_are_named_so(built_small_report):
    images = built_small_report / "_build" / "html" / "_images"
    published = (built_small_report / "results").glob("*/figures/*.svg")
    names = {f"{path.parents[1].name}-{path.name}" for path in published}
    assert names
    assert {path.name for path in images.glob("*.svg")} == names
