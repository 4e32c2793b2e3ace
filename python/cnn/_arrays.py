"""What callers hand in, as the arrays that the library takes; and the checks of it.

The library reads images N,C,H,W: bytes (0 black, 255 white) or float32 (0 black, 1 white). Whatever has `__array__` or
speaks DLPack is taken, without copying where it is such an array already.
"""

from __future__ import annotations

import ctypes
import math
import operator
from typing import TYPE_CHECKING, Any, NoReturn, Optional, Tuple

import numpy as np

from . import errors

if TYPE_CHECKING:
    import numpy.typing as npt

    Floats = npt.NDArray[np.float32]
    Bytes = npt.NDArray[np.uint8]
    Labels = npt.NDArray[np.int32]
    AnyArray = npt.NDArray[Any]

__all__ = ["as_array", "floats", "images", "labels_of", "address", "integer", "CHANNELS"]

Shape = Tuple[int, int, int] # C,H,W

CHANNELS = (1, 3) # that a picture has, where a layout is guessed
LAYOUTS = ("auto", "NCHW", "NHWC", "NHW")
_addressof, _from_buffer = ctypes.addressof, (ctypes.c_char * 0).from_buffer
PIXELS = "images are uint8 (0 black, 255 white) or float (0 black, 1 white)"


def address(array: Any) -> int:
    """Where the data begin. The array must live as long as the call that gets it."""
    try:
        return _addressof(_from_buffer(array)) # a fifth of the time of array.ctypes.data
    except (TypeError, ValueError): # read-only, or empty
        return int(array.ctypes.data)


def integer(value: Any, name: str, least: int, most: int = 2**31 - 1) -> int:
    """A whole number in a range that the library can hold."""
    if type(value) is int and least <= value <= most:
        return value
    try:
        number = operator.index(value)
    except TypeError:
        raise errors.ArgumentError(f"{name} must be a whole number, not {value!r}") from None
    if not least <= number <= most:
        raise errors.ArgumentError(f"{name} must be {least} to {most}, not {number}")
    return number


def as_array(value: Any, name: str = "x") -> AnyArray:
    """Any array as one of NumPy's, sharing its memory where that can be."""
    if isinstance(value, np.ndarray):
        array = value
    elif hasattr(value, "__dlpack__") and not hasattr(value, "__array__"):
        array = np.from_dlpack(value)
    else:
        try:
            array = np.asarray(value)
        except ValueError as error:
            raise errors.ShapeError(f"{name} is no array: {error}") from None
    if array.dtype == object:
        raise errors.ArgumentError(f"{name} is no array of numbers: NumPy makes objects of it. All its rows need one shape")
    return array


def finite(array: AnyArray, name: str) -> None:
    """Raise ArgumentError and name the place unless all values are finite."""
    # A sum of squares is finite only if all are, and takes a fraction of the time; it may be too large all the same.
    if not math.isfinite(np.vdot(array, array)) and not np.isfinite(array).all():
        place = tuple(int(i) for i in np.argwhere(~np.isfinite(array))[0])
        raise errors.ArgumentError(f"{name}[{', '.join(map(str, place))}] is {array[place]}, expected a finite number")


def floats(value: Any, name: str, shape: tuple[int, ...] | None = None) -> Floats:
    """An array of numbers as contiguous float32; of exactly `shape` if that is given."""
    array = as_array(value, name)
    if array.dtype.kind not in "fiub":
        raise errors.ArgumentError(f"{name} holds {array.dtype}, expected numbers")
    if shape is not None and array.shape != shape:
        raise errors.ShapeError(f"{name} has the shape {array.shape}, expected {shape}")
    return np.ascontiguousarray(array, np.float32)


# ---- Images ----------------------------------------------------------------------------------------------


def images(value: Any, shape: Shape | None, layout: str = "auto", name: str = "x") -> AnyArray:
    """Images as contiguous uint8 or float32 N,C,H,W. `shape` (C,H,W) is what they must have; None: any."""
    array = as_array(value, name)
    if array.size == 0:
        raise errors.ShapeError(f"{name} is empty: its shape is {array.shape}")
    array = _in_order(array, shape, layout, name)
    if shape is not None and array.shape[1:] != shape:
        _refuse(array.shape, shape, layout, name)
    if array.dtype == np.uint8:
        return np.ascontiguousarray(array)
    if array.dtype.kind not in "fb":
        raise errors.ArgumentError(f"{name} holds {array.dtype}: {PIXELS}. Say which with {name}.astype(...)")
    array = np.ascontiguousarray(array, np.float32)
    finite(array, name)
    return array


def shape_in(value: Any, shape: Shape | None, layout: str) -> Shape:
    """The shape C,H,W of images as images() would give them; `shape` is the one that is wanted."""
    array = as_array(value)
    if array.size == 0:
        raise errors.ShapeError(f"x is empty: its shape is {array.shape}")
    found = _in_order(array, shape, layout, "x").shape
    if shape is not None and found[1:] != shape:
        _refuse(array.shape, shape, layout, "x")
    return found[1], found[2], found[3]


def pixels(value: Any, shape: Shape, layout: str = "auto", name: str = "x") -> Floats:
    """Images as contiguous float32 N,C,H,W in 0..1."""
    if type(value) is np.ndarray and value.dtype == np.float32 and value.shape[1:] == shape and layout == "auto":
        if value.flags.c_contiguous and value.size: # as they are wanted: one image takes microseconds
            finite(value, name)
            return value
    array = images(value, shape, layout, name)
    if array.dtype == np.uint8:
        return np.divide(array, np.float32(255), dtype=np.float32)
    return array


def _in_order(array: AnyArray, shape: Shape | None, layout: str, name: str) -> AnyArray:
    """The same values as N,C,H,W."""
    if layout not in LAYOUTS:
        raise errors.ArgumentError(f"layout {layout!r}: expected one of {', '.join(LAYOUTS)}")
    if layout == "auto":
        return _guessed(array, shape, name)
    if array.ndim != len(layout):
        raise errors.ShapeError(f"{name} has the shape {array.shape}, but the layout {layout} has {len(layout)} axes")
    if layout == "NHW":
        return array[:, None]
    return array if layout == "NCHW" else array.transpose(0, 3, 1, 2)


def _guessed(array: AnyArray, shape: Shape | None, name: str) -> AnyArray:
    """By the shape that is wanted, or else by where 1 or 3 channels can be."""
    if shape is not None:
        return _fitted(array, shape, name)
    if array.ndim == 3:
        return array[:, None]
    if array.ndim == 4:
        first, last = array.shape[1] in CHANNELS, array.shape[3] in CHANNELS
        if first != last:
            return array if first else array.transpose(0, 3, 1, 2)
    raise errors.ShapeError(
        f"{name} has the shape {array.shape}, expected images N,C,H,W or N,H,W,C with 1 or 3 channels, or N,H,W. "
        "layout='NCHW', 'NHWC' or 'NHW' says what the axes are"
    )


def _fitted(array: AnyArray, shape: Shape, name: str) -> AnyArray:
    channels, height, width = shape
    if array.shape[-3:] == shape and array.ndim in (3, 4):
        return array.reshape(-1, *shape)
    if array.shape[-3:] == (height, width, channels) and array.ndim in (3, 4):
        return np.moveaxis(array, -1, -3).reshape(-1, *shape)
    if channels == 1 and array.shape[-2:] == (height, width) and array.ndim in (2, 3):
        return array.reshape(-1, *shape)
    _refuse(array.shape, shape, "auto", name)


def _refuse(given: tuple[int, ...], shape: Shape, layout: str, name: str) -> NoReturn:
    channels, height, width = shape
    ways = f"N,C,H,W = N,{channels},{height},{width} or N,H,W,C = N,{height},{width},{channels}"
    if channels == 1:
        ways += f" or N,H,W = N,{height},{width}"
    said = "" if layout == "auto" else f" (layout {layout})"
    raise errors.ShapeError(f"{name} has the shape {given}{said}, expected {ways}")


# ---- Labels ----------------------------------------------------------------------------------------------


def labels_of(
    value: Any, count: int, class_names: Optional[list[str]], name: str = "y"
) -> tuple[Labels, Optional[list[str]]]:
    """Labels as int32, and the names of the classes. Words become numbers by `class_names`, else in sorted order."""
    array = as_array(value, name)
    if array.ndim == 2 and array.shape[1] == 1:
        array = array[:, 0]
    if array.shape != (count,):
        raise errors.ShapeError(f"{name} has the shape {array.shape}, expected ({count},): a label for each image")
    if array.dtype.kind == "U":
        return _numbered(array, class_names, name)
    if array.dtype.kind not in "iub":
        raise errors.ArgumentError(f"{name} holds {array.dtype}: labels are whole numbers from 0, or words")
    low, high = int(array.min()), int(array.max())
    last = 2**31 - 2 if class_names is None else len(class_names) - 1
    if low < 0 or high > last:
        raise errors.ArgumentError(f"{name} holds the label {low if low < 0 else high}, expected 0 to {last}")
    return np.ascontiguousarray(array, np.int32), class_names


def _numbered(array: AnyArray, class_names: list[str] | None, name: str) -> tuple[Labels, list[str]]:
    words, numbers = np.unique(array, return_inverse=True)
    known = [str(word) for word in words] if class_names is None else list(class_names)
    for word in words:
        if str(word) not in known:
            raise errors.ArgumentError(f"{name} holds the class {str(word)!r}, which is none of {', '.join(known)}")
    places = np.array([known.index(str(word)) for word in words], np.int32)
    return np.ascontiguousarray(places[numbers.reshape(-1)], np.int32), known
