"""A network that is not trained fits the images and classes that it is to be trained on, as the command does it."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from . import _arrays, errors
from .data import Data, Picture

if TYPE_CHECKING:
    from .net import Net

__all__ = ["to_images", "to_classes"]

LARGEST_SIDE = 64 # that a network gets of itself
SAMPLED = 256 # pictures that tell what the others are like


def to_images(net: Net, x: Any, layout: str) -> str:
    """Give the network the images' shape. Returns the layout that their axes have then."""
    if isinstance(x, Data):
        net.adapt(x.shape)
    elif isinstance(x, (str, os.PathLike)):
        _to_pictures(net, x)
    else:
        return _to_array(net, x, layout)
    return layout


def _to_array(net: Net, x: Any, layout: str) -> str:
    """Images that fit the network as it is are taken so; otherwise it takes the shape that they have."""
    try:
        _arrays.shape_in(x, net.input_shape, layout)
    except errors.ShapeError:
        net.adapt(_arrays.shape_in(x, None, layout))
    return layout


def _to_pictures(net: Net, source: Any) -> None:
    """Pictures of one size are taken as they are up to 64 x 64, others as squares of their shorter sides."""
    with Data(source, shape=(1, 1, 1), limit=SAMPLED, skip_bad=True) as sample:
        pictures = [sample.picture(i) for i in range(len(sample))]
    channels = 3 if any(picture.channels >= 3 for picture in pictures) else 1
    try:
        net.adapt((channels, *_size(pictures)))
    except errors.ShapeError: # a size that nobody asked for must not be what fails
        net.adapt((channels, *net.input_shape[1:]))


def _size(pictures: list[Picture]) -> tuple[int, int]:
    sizes = {(picture.height, picture.width) for picture in pictures}
    if len(sizes) == 1 and max(next(iter(sizes))) <= LARGEST_SIDE:
        return sizes.pop()
    sides = sorted(min(picture.height, picture.width) for picture in pictures)
    side = min(sides[len(sides) // 2], LARGEST_SIDE)
    side -= side % 8 if side >= 16 else 0 # even after three layers of stride 2
    return side, side


def to_classes(net: Net, data: Data) -> None:
    """An output for each class. Where classes are only numbers, outputs are added and never removed."""
    names = data.class_names
    named = names != [str(i) for i in range(len(names))]
    if len(names) > net.classes or (1 < len(names) < net.classes and named):
        net.adapt(classes=len(names))
