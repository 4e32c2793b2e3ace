"""What a network consists of, as a table in text and in HTML."""

from __future__ import annotations

import html
from typing import NamedTuple

__all__ = ["Layer", "Summary"]


class Layer(NamedTuple):
    """One layer of a network."""

    name: str
    kind: str #: the word of the text format: "conv", "relu", "maxpool", ...
    text: str #: the line of the text format, without the name
    inputs: tuple[str, ...] #: layers whose outputs it reads; "input" is the network's own
    shape: tuple[int, ...] #: of the output of one image: C,H,W, or a length
    parameters: int
    statistics: int #: running mean and variance
    macs: int #: multiply-accumulate operations of one image, forward
    frozen: bool


HEAD = "layer", "what", "output", "parameters", "MACs"


def _size(shape: tuple[int, ...]) -> str:
    return "x".join(map(str, shape))


class Summary:
    """Prints as a table; a notebook shows it as one in HTML."""

    def __init__(self, title: str, shape: tuple[int, int, int], layers: list[Layer], parameters: int) -> None:
        self.title = title
        self.layers = layers
        self.parameters = parameters
        self._rows = [("input", "", _size(shape), "", "")]
        for layer in layers:
            self._rows.append(
                (layer.name, layer.text, _size(layer.shape), f"{layer.parameters:,}", f"{layer.macs:,}")
            )
        total = sum(layer.macs for layer in layers)
        self._rows.append(("together", "", "", f"{parameters:,}", f"{total:,}"))

    def __str__(self) -> str:
        widths = [max(len(row[i]) for row in [HEAD, *self._rows]) for i in range(len(HEAD))]
        lines = [self.title]
        for row in [HEAD, *self._rows]:
            cells = [cell.ljust(width) if i < 3 else cell.rjust(width) for i, (cell, width) in enumerate(zip(row, widths))]
            lines.append("  ".join(cells).rstrip())
        return "\n".join(lines)

    __repr__ = __str__

    def _repr_html_(self) -> str:
        rows = "".join(
            "<tr>" + "".join(f"<{tag}>{html.escape(cell)}</{tag}>" for cell in row) + "</tr>"
            for tag, row in [("th", HEAD), *(("td", row) for row in self._rows)]
        )
        return f"<table><caption>{html.escape(self.title)}</caption>{rows}</table>"
