#!/usr/bin/env python3
"""Write tests/golden/crop.h: images as torchvision's Resize(n) and CenterCrop((h, w)) prepare them.

Needs tools/requirements.txt: tools/golden_crop.py > tests/golden/crop.h
Resize is Pillow's, as torchvision calls it; its sizes and the crop's place follow torchvision's functional.py.
The input is the pattern of tests/data/image_pattern.h: value i is (7 i i + 29 i + 3) mod 256.
"""
import PIL
from PIL import Image, ImageOps

from golden_resize import pattern

CASES = [  # height, width, channels; side; height, width
    ((9, 6, 1), 4, (4, 4)),
    ((6, 9, 1), 4, (4, 4)),
    ((7, 12, 3), 5, (4, 3)),
    ((13, 5, 1), 5, (6, 4)),
    ((10, 10, 1), 8, (5, 5)),
    ((4, 6, 3), 3, (4, 4)),
    ((5, 3, 1), 3, (3, 6)),
    ((20, 11, 1), 11, (8, 8)),
]


def resize(image, side):
    short, long = sorted(image.size)
    longer = int(side * long / short)
    size = (side, longer) if image.width <= image.height else (longer, side)
    return image.resize(size, Image.Resampling.BILINEAR)


def centre_crop(image, height, width):
    pad_x, pad_y = max(width - image.width, 0), max(height - image.height, 0)
    image = ImageOps.expand(image, (pad_x // 2, pad_y // 2, (pad_x + 1) // 2, (pad_y + 1) // 2))
    top, left = int(round((image.height - height) / 2)), int(round((image.width - width) / 2))
    return image.crop((left, top, left + width, top + height))


def main():
    print("/* Written by tools/golden_crop.py with Pillow %s. */" % PIL.__version__)
    print("/* clang-format off */")
    print("static const struct {\n    int64_t before[3], side, height, width; /* before: H,W,C */\n"
          "    uint8_t pixels[64];")
    print("} golden_crop[] = {")
    for before, side, (height, width) in CASES:
        pixels = pattern(before)
        image = Image.fromarray(pixels[:, :, 0] if before[2] == 1 else pixels)
        values = ", ".join(str(value) for value in centre_crop(resize(image, side), height, width).tobytes())
        print("    {{%d, %d, %d}, %d, %d, %d,\n     {%s}}," % (*before, side, height, width, values))
    print("};")


main()
