#!/usr/bin/env python3
"""Write tests/golden/resize.h: images as Pillow converts and resizes them.

Needs tools/requirements.txt: tools/golden_resize.py > tests/golden/resize.h
The input is the pattern of tests/data/image_pattern.h: value i is (7 i i + 29 i + 3) mod 256.
"""
import numpy
import PIL
from PIL import Image

# Columns are resized before rows, as Pillow always did; lately it starts with the rows where that is less work, which
# rounds differently by one at times. No case here is of that kind.
CASES = [  # height, width, channels -> height, width, channels
    ((7, 5, 1), (3, 2, 1)),
    ((5, 7, 3), (4, 4, 3)),
    ((4, 3, 1), (9, 8, 1)),
    ((6, 6, 3), (6, 4, 3)),
    ((6, 6, 1), (5, 6, 1)),
    ((1, 1, 1), (3, 3, 1)),
    ((33, 9, 1), (5, 2, 1)),
    ((28, 28, 1), (8, 8, 1)),
    ((41, 37, 3), (2, 3, 3)),
    ((3, 4, 3), (3, 4, 1)),
    ((9, 8, 3), (4, 5, 1)),
    ((3, 3, 1), (2, 2, 3)),
]
MODES = {1: "L", 3: "RGB"}


def pattern(shape):
    i = numpy.arange(numpy.prod(shape), dtype=numpy.int64)
    return ((7 * i * i + 29 * i + 3) % 256).astype(numpy.uint8).reshape(shape)


def convert(before, after):
    pixels = pattern(before)
    image = Image.fromarray(pixels[:, :, 0] if before[2] == 1 else pixels)
    image = image.convert(MODES[after[2]]).resize((after[1], after[0]), Image.Resampling.BILINEAR)
    return numpy.asarray(image).reshape(-1)


def main():
    print("/* Written by tools/golden_resize.py with Pillow %s. */" % PIL.__version__)
    print("/* clang-format off */")
    print("static const struct {\n    int64_t before[3], after[3]; /* H,W,C */\n    uint8_t pixels[256];")
    print("} golden_resize[] = {")
    for before, after in CASES:
        values = ", ".join(str(value) for value in convert(before, after))
        print("    {{%d, %d, %d}, {%d, %d, %d},\n     {%s}}," % (*before, *after, values))
    print("};")


if __name__ == "__main__":
    main()
