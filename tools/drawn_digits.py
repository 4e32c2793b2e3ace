#!/usr/bin/env python3
"""Draw digits on the explorer's pad, as a hand would, and count those that the network reads rightly.

    CNN_BUILD_DIR=build/release tools/drawn_digits.py MODEL [--count 100] [--seed 1] [--sheet digits.pgm]

MODEL is a network for MNIST's digits. The page of `cnn explore` is opened in Chromium (tests/browser/browser.py), each
digit is drawn by pointer events, and the answer is read from the page. Each digit has several styles of writing; size,
place, proportions, slant, pen and the course of each stroke differ from drawing to drawing, by the seed. --sheet keeps
what the network was given: a row for each digit, 28 x 28 pixels for each drawing, as PGM.
"""

import argparse
import math
import os
import pathlib
import random
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "tests" / "browser"))
from browser import Browser  # noqa: E402

PAD = 280  # side of the pad in CSS pixels
STEP = 20  # CSS pixels between two samples of a stroke


def arc(x, y, width, height, start, end):
    """Points of an ellipse around x, y, from one angle to another in degrees; 0 is right, 90 is below."""
    count = max(6, int(abs(end - start) / 12))
    angles = [math.radians(start + (end - start) * k / count) for k in range(count + 1)]
    return [(x + width * math.cos(a), y + height * math.sin(a)) for a in angles]


# Ways to write each digit: strokes, each of points x, y in a box of 1 x 1.
STYLES = {
    0: [
        [arc(0.5, 0.5, 0.36, 0.5, -90, -450)],
        [arc(0.5, 0.5, 0.28, 0.5, -70, -420)],
        [arc(0.5, 0.5, 0.42, 0.46, -110, 250)],
    ],
    1: [
        [[(0.5, 0), (0.5, 1)]],
        [[(0.3, 0.22), (0.55, 0), (0.52, 1)]],
        [[(0.28, 0.25), (0.52, 0), (0.52, 1)], [(0.25, 1), (0.8, 1)]],
        [[(0.66, 0), (0.4, 1)]],
    ],
    2: [
        [arc(0.5, 0.27, 0.36, 0.27, -165, 40) + [(0.14, 1), (0.9, 1)]],
        [arc(0.48, 0.28, 0.34, 0.28, -150, 55) + [(0.3, 0.86)] + arc(0.24, 0.9, 0.12, 0.1, 0, -300) + [(0.6, 0.94), (0.92, 0.9)]],
        [arc(0.46, 0.3, 0.38, 0.3, -140, 30) + [(0.4, 0.8), (0.1, 1), (0.88, 0.96)]],
    ],
    3: [
        [arc(0.45, 0.26, 0.34, 0.26, -150, 80) + arc(0.45, 0.74, 0.38, 0.26, -80, 150)],
        [[(0.15, 0.02), (0.82, 0.02), (0.45, 0.4)] + arc(0.45, 0.7, 0.38, 0.3, -80, 150)],
        [arc(0.42, 0.25, 0.36, 0.25, -170, 85) + [(0.36, 0.48)] + arc(0.42, 0.75, 0.42, 0.25, -85, 165)],
    ],
    4: [
        [[(0.2, 0), (0.14, 0.58), (0.86, 0.56)], [(0.7, 0.05), (0.68, 1)]],
        [[(0.62, 0), (0.06, 0.66), (0.94, 0.66)], [(0.64, 0.02), (0.64, 1)]],
        [[(0.22, 0.02), (0.2, 0.5), (0.8, 0.48)], [(0.84, 0), (0.74, 0.5), (0.7, 1)]],
    ],
    5: [
        [[(0.84, 0.02), (0.24, 0.02), (0.2, 0.44)] + arc(0.44, 0.7, 0.38, 0.3, -120, 140)],
        [[(0.26, 0.03), (0.22, 0.44)] + arc(0.44, 0.69, 0.38, 0.31, -125, 145), [(0.26, 0.03), (0.86, 0)]],
        [[(0.8, 0), (0.32, 0.04), (0.24, 0.46)] + arc(0.42, 0.72, 0.42, 0.28, -110, 130)],
    ],
    6: [
        [[(0.7, 0), (0.4, 0.26)] + arc(0.5, 0.7, 0.34, 0.3, -165, -525)],
        [arc(0.74, 0.62, 0.58, 0.62, -105, -185) + arc(0.5, 0.72, 0.34, 0.28, -180, -520)],
        [[(0.42, 0), (0.22, 0.5)] + arc(0.5, 0.72, 0.3, 0.27, -190, -500)],
    ],
    7: [
        [[(0.12, 0.02), (0.86, 0.02), (0.4, 1)]],
        [[(0.12, 0.04), (0.88, 0), (0.46, 1)], [(0.32, 0.5), (0.84, 0.48)]],
        [[(0.14, 0.16), (0.16, 0.03), (0.86, 0.03)] + arc(1.1, 0.95, 0.6, 0.8, -130, -175)],
    ],
    8: [
        [arc(0.5, 0.25, 0.28, 0.25, -20, -270) + arc(0.5, 0.75, 0.34, 0.25, -90, 270) + arc(0.5, 0.25, 0.28, 0.25, 90, -20)],
        [arc(0.5, 0.26, 0.28, 0.26, 90, 450), arc(0.5, 0.75, 0.34, 0.25, -90, 270)],
        [arc(0.5, 0.24, 0.3, 0.24, -40, -260) + [(0.66, 0.6)] + arc(0.48, 0.78, 0.3, 0.22, -30, 210) + [(0.4, 0.5), (0.7, 0.12)]],
    ],
    9: [
        [arc(0.48, 0.28, 0.32, 0.28, -20, -380) + [(0.78, 0.4), (0.72, 1)]],
        [arc(0.46, 0.28, 0.34, 0.28, 0, -360) + arc(0.4, 0.5, 0.4, 0.5, -20, 110)],
        [arc(0.46, 0.26, 0.32, 0.26, 10, -350) + [(0.78, 0.3), (0.5, 1)]],
    ],
}


class Hand:
    """A way to hold the pen: what is different in each drawing."""

    def __init__(self, chance):
        self.chance = chance
        self.height = chance.uniform(120, 230)
        self.width = self.height * chance.uniform(0.55, 0.95)
        self.turn = math.radians(chance.uniform(-12, 12))
        self.slant = chance.uniform(-0.1, 0.3)
        self.waves = [(chance.uniform(1, 4), chance.uniform(0, 2 * math.pi), chance.uniform(0, 0.02)) for _ in range(4)]
        self.radius = chance.randint(6, 14)  # of the pen

    def bent(self, x, y):
        """A point of the box of 1 x 1, a little beside its place; neighbours are moved alike."""
        (a, p, d), (b, q, e), (c, r, f), (g, s, j) = self.waves
        return (x + d * math.sin(a * 3 * y + p) + e * math.sin(b * 2 * x + q),
                y + f * math.sin(c * 3 * x + r) + j * math.sin(g * 2 * y + s))

    def placed(self, x, y):
        """From the box to CSS pixels around 0, 0."""
        x, y = self.bent(x, y)
        x, y = (x - 0.5 - self.slant * (y - 0.5)) * self.width, (y - 0.5) * self.height
        return (x * math.cos(self.turn) - y * math.sin(self.turn), x * math.sin(self.turn) + y * math.cos(self.turn))

    def strokes(self, digit):
        """Strokes in pixels of the pad, anywhere on it but for its edge."""
        style = self.chance.choice(STYLES[digit])
        strokes = [[self.placed(*point) for point in sampled(stroke, STEP / self.height)] for stroke in style]
        moves = []
        for axis in (0, 1):
            places, margin = [point[axis] for stroke in strokes for point in stroke], self.radius + 2
            moves.append(self.chance.uniform(margin - min(places), PAD - margin - max(places)))
        return [[(x + moves[0], y + moves[1]) for x, y in stroke] for stroke in strokes]


def sampled(points, step):
    """The points with others between them, at most so far apart."""
    result = [points[0]]
    for (x, y), (to_x, to_y) in zip(points, points[1:]):
        count = max(1, math.ceil(math.hypot(to_x - x, to_y - y) / step))
        result += [(x + (to_x - x) * k / count, y + (to_y - y) * k / count) for k in range(1, count + 1)]
    return result


def drawings(count, seed):
    """So many digits, 0 to 9 in turn: digit, radius of the pen, strokes."""
    chance = random.Random(seed)
    for number in range(count):
        hand = Hand(chance)
        yield number % 10, hand.radius, hand.strokes(number % 10)


def mouse(page, kind, x, y):
    page.call("Input.dispatchMouseEvent", type="mouse" + kind, x=x, y=y, button="left", clickCount=1, buttons=int(kind != "Released"))


def draw(page, radius, strokes):
    """On the pad of the page's first chapter, which is cleared first."""
    page.evaluate("(() => { document.getElementById('clear').click();"
                  " const pen = document.querySelector('.pad-box input[type=range]');"
                  " pen.value = %d; pen.dispatchEvent(new Event('input')); })()" % radius)
    left, top = page.evaluate("(() => { const e = document.getElementById('pad'); e.scrollIntoView({block: 'center'});"
                              " const r = e.getBoundingClientRect(); return [r.x, r.y]; })()")
    for stroke in strokes:
        points = [(left + x, top + y) for x, y in stroke]
        mouse(page, "Moved", *points[0])
        mouse(page, "Pressed", *points[0])
        for point in points:
            mouse(page, "Moved", *point)
        mouse(page, "Released", *points[-1])


def answers(page, count, seed):
    """What the page reads: digit, answer, the image that the network was given."""
    for digit, radius, strokes in drawings(count, seed):
        draw(page, radius, strokes)
        answer, pixels = page.evaluate("[cnn.app.model.classes[cnn.app.model.prediction()], Array.from(cnn.app.state.picture.pixels)]")
        yield digit, answer, pixels


def write_sheet(path, images):
    """Of images 28 x 28 in 0..1, a column for each ten, as PGM."""
    columns = math.ceil(len(images) / 10)
    sheet = bytearray(280 * 28 * columns)
    for number, pixels in enumerate(images):
        for k, value in enumerate(pixels):
            row, column = number % 10 * 28 + k // 28, number // 10 * 28 + k % 28
            sheet[row * 28 * columns + column] = round(255 * value)
    pathlib.Path(path).write_bytes(b"P5 %d 280 255\n" % (28 * columns) + sheet)


def main():
    options = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    options.add_argument("model")
    options.add_argument("--count", type=int, default=100)
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--sheet", help="keep the images as PGM")
    options = options.parse_args()
    with tempfile.TemporaryDirectory() as folder, Browser() as browser:
        path = pathlib.Path(folder, "page.html")
        subprocess.run([os.path.join(os.environ["CNN_BUILD_DIR"], "cnn"), "explore", options.model, "-o", str(path)], check=True)
        page = browser.page()
        page.open(path.as_uri() + "#ch=1")
        page.wait_for("window.cnn && cnn.app && cnn.app.model.fast")
        found = list(answers(page, options.count, options.seed))
    for number, (digit, answer, _) in enumerate(found):
        if answer != str(digit):
            print("drawing %d: a %d was read as %s" % (number, digit, answer))
    print("%d of %d digits recognised" % (sum(answer == str(digit) for digit, answer, _ in found), len(found)))
    if options.sheet:
        write_sheet(options.sheet, [pixels for _, _, pixels in found])


if __name__ == "__main__":
    main()
