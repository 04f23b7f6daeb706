"""What the notebook itself shows of a published result, and the images of a figure."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matplotlib.figure import Figure


@dataclass(frozen=True)
class DisplayedResult:
    """What a published result shows in the notebook."""

    text: str
    markup: str = ""

    def __repr__(self) -> str:
        return self.text

    def _repr_html_(self) -> str | None:
        return self.markup or None


@dataclass(frozen=True)
class DisplayedFigure:
    """A published figure in the notebook."""

    png: bytes
    alt: str

    def __repr__(self) -> str:
        return f"Figure: {self.alt}"

    def _repr_png_(self) -> bytes:
        return self.png


METADATA = {"svg": {"Date": None}, "png": {"Software": None}}  # without what differs from run to run


def images_of(figure: Figure, kinds: Sequence[str], salt: str) -> dict[str, bytes]:
    """A figure as images, the same bytes each time; the salt keeps the ids of two figures on one page apart."""
    import matplotlib

    from tourmaline.results.image_compression import smaller_png, smaller_svg

    images = {}
    with matplotlib.rc_context({"svg.hashsalt": salt, "svg.fonttype": "path"}):
        for kind in kinds:
            buffer = io.BytesIO()
            figure.savefig(buffer, format=kind, metadata=METADATA[kind], bbox_inches="tight", dpi=150)
            content = buffer.getvalue()
            images[kind] = smaller_png(content) if kind == "png" else smaller_svg(content.decode()).encode()
    return images
