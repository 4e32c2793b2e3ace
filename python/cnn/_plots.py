"""Pictures with matplotlib, where that is installed."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from . import errors

if TYPE_CHECKING:
    from ._arrays import Floats

__all__ = ["plot_maps"]


def plot_maps(values: Floats, title: str, axes: Any) -> Any:
    """Maps C,H,W side by side in one picture, each from its smallest value (black) to its largest (white)."""
    if values.ndim != 3:
        raise errors.ShapeError(f"{title} has no maps: its shape is {values.shape}")
    try:
        import matplotlib.pyplot as plt
    except ImportError:
        raise errors.UnsupportedError("pictures need matplotlib: pip install matplotlib") from None
    if axes is None:
        axes = plt.subplots()[1]
    axes.imshow(tiled(values), cmap="gray")
    axes.set_title(title)
    axes.set_axis_off()
    return axes


def tiled(values: Floats) -> Floats:
    """Maps C,H,W, each scaled to 0..1, in rows of about as many as there are rows, a line of NaN between them."""
    channels, height, width = values.shape
    columns = math.ceil(math.sqrt(channels))
    rows = math.ceil(channels / columns)
    picture = np.full((rows * (height + 1) - 1, columns * (width + 1) - 1), np.nan, np.float32)
    for i, one in enumerate(values):
        low, high = one.min(), one.max()
        row, column = i // columns * (height + 1), i % columns * (width + 1)
        picture[row:row + height, column:column + width] = (one - low) / (high - low if high > low else 1)
    return picture
