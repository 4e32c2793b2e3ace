#!/usr/bin/env python3
"""Write tests/golden/pictures.h: small files in every format that is read, and the pixels that Pillow sees in them.

Every format of the list in src/data/formats.h gets the samples of add_common(); a format with variants has more.
Needs tools/requirements.txt: tools/golden_pictures.py > tests/golden/pictures.h
Files are turned as EXIF says (Pillow's exif_transpose) and laid over white; grey stays grey where the format has it.
"""
import io
import pathlib
import re
import struct
import sys

import numpy
import PIL
from PIL import Image, ImageOps

SOURCE = pathlib.Path(__file__).resolve().parent.parent
# How a format is written where Pillow's default would lose detail.
EXACTLY = {"JPEG": {"quality": 95, "subsampling": 0}, "WebP": {"lossless": True, "exact": True}}

HEIGHT, WIDTH = 4, 5
samples = (numpy.arange(HEIGHT * WIDTH * 4) * 37 % 256).astype(numpy.uint8).reshape(HEIGHT, WIDTH, 4)
colour, transparent = Image.fromarray(samples[:, :, :3]), Image.fromarray(samples)
grey = Image.fromarray(samples[:, :, 0])
grey_transparent = Image.merge("LA", [grey, Image.fromarray(samples[:, :, 3])])
palette, two = colour.quantize(7), grey.convert("1")
smooth = Image.fromarray((numpy.indices((16, 24)).sum(0)[:, :, None] * [4, 5, 6] % 256).astype(numpy.uint8))
cases = []


def mixed():
    """Pixels of all the kinds that a compression tells apart: a long run, small steps, larger ones, earlier colours
    again, noise; with alpha, which changes in the second half."""
    noise = numpy.random.default_rng(1).integers(0, 256, (12, 4))
    pixels = [(10, 20, 30, 255)] * 70
    pixels += [(10 + i, 20 - i, 30 + i % 2, 255) for i in range(10)]
    pixels += [(250 + 9 * i, 20 + 11 * i, 30 + 12 * i, 255) for i in range(12)]
    pixels += [tuple(value) for value in noise] + pixels[60:100:3] + [tuple(value) for value in noise[::-1]]
    pixels += [(1, 2, 3, 4)] * (144 - len(pixels))
    return numpy.array(pixels).astype(numpy.uint8).reshape(9, 16, 4)


def saved(image, kind, **options):
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def add(name, file, channels):
    image = ImageOps.exif_transpose(Image.open(io.BytesIO(file)))
    if image.mode in ("RGBA", "LA") or "transparency" in image.info:
        rgba = numpy.asarray(image.convert("RGBA")).astype(float)
        alpha = rgba[:, :, 3:] / 255
        pixels = numpy.floor(rgba[:, :, :3] * alpha + 255 * (1 - alpha) + 0.5).astype(numpy.uint8)
    else:
        pixels = numpy.asarray(image.convert("RGB"))
    cases.append((name, file, pixels[:, :, :channels]))


def bmp(width, height, bits, coding, palette, pixels, header=40):
    """A bitmap that Pillow reads but does not write."""
    size = 14 + header + len(palette)
    if header == 12:
        info = struct.pack("<IHHHH", 12, width, height, 1, bits)
    else:
        info = struct.pack("<IiiHHIIiiII", 40, width, height, 1, bits, coding, len(pixels), 0, 0,
                           len(palette) // 4, 0)
    return b"BM" + struct.pack("<IHHI", size + len(pixels), 0, 0, size) + info + palette + pixels


def add_common():
    """Samples of every format, as far as it has transparency."""
    rows = re.findall(r'(?:ALWAYS|OPTIONAL)\(\w+, "(\w+)", "(\.\w+)', (SOURCE / "src/data/formats.h").read_text())
    for name, ending in rows:
        kind = Image.registered_extensions()[ending]
        add(name + " mixed", saved(Image.fromarray(mixed()[:, :, :3]), kind, **EXACTLY.get(name, {})), 3)
        try:
            add(name + " mixed, transparent", saved(Image.fromarray(mixed()), kind, **EXACTLY.get(name, {})), 3)
        except OSError as error:
            print(f"{name}: {error}", file=sys.stderr)


def add_all():
    for name, image, channels in (("grey", grey, 1), ("colour", colour, 3), ("palette", palette, 3),
                                  ("transparent", transparent, 3), ("1 bit", two, 1)):
        add("PNG " + name, saved(image, "PNG"), channels)
        if name != "palette":
            add("TIFF " + name, saved(image, "TIFF"), channels)
        add("BMP " + name, saved(image, "BMP"), channels)
    add("TIFF grey, transparent", saved(grey_transparent, "TIFF"), 1)
    for coding in ("tiff_lzw", "tiff_adobe_deflate", "packbits"):
        add("TIFF " + coding, saved(colour, "TIFF", compression=coding), 3)
    add("TIFF group4", saved(two, "TIFF", compression="group4"), 1)
    add("WebP colour", saved(colour, "WEBP", lossless=True), 3)
    add("WebP transparent", saved(transparent, "WEBP", lossless=True, exact=True), 3)
    add("WebP of two frames", saved(colour, "WEBP", save_all=True, append_images=[transparent], lossless=True), 3)
    add("GIF interlaced", saved(palette, "GIF", interlace=1), 3)
    add("GIF in order", saved(palette, "GIF", interlace=0), 3)
    add("GIF transparent", saved(palette, "GIF", transparency=2), 3)
    add("GIF of two frames", saved(palette, "GIF", save_all=True, append_images=[two.convert("P")]), 3)
    noise = numpy.random.default_rng(1).integers(0, 256, (40, 24), dtype=numpy.uint8)
    add("GIF of long codes", saved(Image.fromarray(noise), "GIF"), 3)
    add("PGM", saved(grey, "PPM"), 1)
    add("PPM", saved(colour, "PPM"), 3)
    blue_red = bytes([255, 0, 0, 0, 0, 0, 255, 0, 9, 99, 199, 0])
    add("BMP RLE8", bmp(5, 2, 8, 1, blue_red, bytes([3, 1, 2, 2, 0, 0, 0, 5, 2, 1, 0, 1, 2, 0, 0, 0, 0, 1])), 3)
    add("BMP RLE8 with a jump", bmp(5, 2, 8, 1, blue_red, bytes([2, 1, 0, 2, 1, 1, 2, 2, 0, 1])), 3)
    add("BMP RLE4", bmp(4, 2, 4, 2, blue_red, bytes([4, 0x12, 0, 0, 0, 3, 0x21, 0x10, 1, 0x20, 0, 0, 0, 1])), 3)
    add("BMP 16 bits", bmp(2, 1, 16, 0, b"", struct.pack("<HH", 0x7C1F, 0x2ABC)), 3)
    add("BMP 32 bits", bmp(2, 1, 32, 0, b"", bytes([1, 2, 3, 0, 250, 20, 30, 0])), 3)
    add("BMP top down", bmp(1, -2, 24, 0, b"", bytes([1, 2, 3, 0, 4, 5, 6, 0])), 3)
    add("BMP of OS/2", bmp(3, 2, 1, 0, bytes([255, 0, 0, 9, 99, 199]), bytes([0xA0, 0, 0, 0, 0x40, 0, 0, 0]), 12), 3)
    for orientation in range(1, 9):
        exif = Image.Exif()
        exif[0x112] = orientation
        add("JPEG turned %d" % orientation, saved(smooth, "JPEG", exif=exif, quality=95, subsampling=0), 3)
        add("PNG turned %d" % orientation, saved(colour, "PNG", exif=exif), 3)
        add("WebP turned %d" % orientation, saved(colour, "WEBP", exif=exif, lossless=True), 3)
        add("TIFF turned %d" % orientation, saved(colour, "TIFF", tiffinfo={274: orientation}), 3)
    add_common()


def text(values):
    return ", ".join(str(value) for value in values)


def main():
    add_all()
    print("/* Written by tools/golden_pictures.py with Pillow %s. */" % PIL.__version__)
    print("/* clang-format off */")
    for i, (name, file, pixels) in enumerate(cases):
        print("static const uint8_t golden_file_%d[] = {%s};" % (i, text(file)))
        print("static const uint8_t golden_pixels_%d[] = {%s};" % (i, text(pixels.tobytes())))
    print("static const struct {\n    const char *name;\n    const uint8_t *file;\n    size_t size;")
    print("    int64_t shape[3]; /* H,W,C */\n    const uint8_t *pixels;\n} golden_pictures[] = {")
    for i, (name, file, pixels) in enumerate(cases):
        print('    {"%s", golden_file_%d, %d, {%s}, golden_pixels_%d},' % (name, i, len(file), text(pixels.shape), i))
    print("};")


main()
