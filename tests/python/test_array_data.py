"""Data in NumPy's .npz and .npy and in WebDataset's tar, as NumPy and tarfile write them."""

import io
import json
import os
import struct
import subprocess
import tarfile
import unittest
import zlib

import numpy

from support import TestInFolder, cnn

random = numpy.random.default_rng(1)


def png(pixels):
    """The bytes of a grey picture."""
    height, width = pixels.shape
    rows = b"".join(b"\0" + row.tobytes() for row in pixels)

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def info(path):
    return json.loads(cnn("data", "info", path, "--json")[0])


def skip_without_archives(test, path):
    """libarchive is optional."""
    run = subprocess.run([os.environ["CNN_COMMAND"], "data", "info", path], capture_output=True, text=True)
    if "libarchive was missing" in run.stderr:
        test.skipTest("this build has no libarchive")
    return path


class ArrayData(TestInFolder):
    def setUp(self):
        super().setUp()
        self.x = random.integers(0, 256, (12, 5, 6), numpy.uint8)
        self.y = numpy.arange(12) % 3

    def save(self, name, **arrays):
        numpy.savez_compressed(self.path(name), **arrays)
        return skip_without_archives(self, self.path(name))

    def agrees(self, split, x, y):
        self.assertEqual(split["images"], len(x))
        planes = x.reshape(len(x), -1) / 255
        self.assertAlmostEqual(split["mean"][0], planes.mean(), places=5)
        self.assertAlmostEqual(split["deviation"][0], planes.std(), places=5)
        self.assertEqual(split["class_counts"], numpy.bincount(y, minlength=3).tolist())

    def test_keras_npz(self):
        path = self.save("mnist.npz", x_train=self.x, y_train=self.y, x_test=self.x[:6], y_test=self.y[:6])
        found = info(path)
        self.agrees(found["train"], self.x, self.y)
        self.agrees(found["test"], self.x[:6], self.y[:6])
        self.assertEqual(found["classes"], ["0", "1", "2"])

    def test_medmnist_npz_has_a_validation_split_and_columns_of_labels(self):
        parts = {f"{split}_{what}": array for split in ("train", "val", "test")
                 for what, array in (("images", self.x[..., None]), ("labels", self.y[:, None].astype(numpy.uint8)))}
        found = info(self.save("med.npz", **parts))
        self.agrees(found["validation"], self.x, self.y)

    def test_kmnist_folder_of_npz_without_names_in_them(self):
        for split in ("train", "test"):
            self.save(f"kmnist-{split}-imgs.npz", arr_0=self.x)
            numpy.savez(self.path(f"kmnist-{split}-labels.npz"), arr_0=self.y.astype(numpy.uint8))
        self.agrees(info(self.folder)["test"], self.x, self.y)

    def test_an_npz_that_is_damaged(self):
        path = self.save("mnist.npz", x_train=self.x, y_train=self.y)
        with open(path, "r+b") as file:
            file.seek(60)
            file.write(b"\xff" * 40)
        self.assertIn("mnist.npz", cnn("data", "info", path, code=1)[1])

    def test_an_npz_whose_names_say_nothing(self):
        path = self.save("some.npz", a=self.x, b=self.y)
        self.assertIn("no array of images by its name; expected x_train", cnn("data", "info", path, code=1)[1])

    def test_training_on_an_npz(self):
        x = numpy.zeros((40, 8, 8), numpy.uint8)
        y = numpy.arange(40) % 2
        x[y == 1, :4] = 200
        x[y == 0, 4:] = 200
        path = self.save("halves.npz", x_train=x, y_train=y, x_test=x[:8], y_test=y[:8])
        model = self.write("m.txt", "input 1x8x8\nconv 4 3x3 relu\nflatten\ndense 2\n")
        cnn("train", model, "--data", path, "--epochs", 8, "--batch", 8, "-o", self.path("run"))
        out = cnn("test", self.path("run"), "--data", path, "--json")[0]
        self.assertEqual(json.loads(out)["accuracy"], 1)

    def test_layouts_and_types_of_npy_files(self):
        for x in (self.x, self.x[..., None], self.x[:, None], (self.x / 255).astype(numpy.float32), self.x / 255):
            numpy.save(self.path("x.npy"), x)
            numpy.save(self.path("y.npy"), self.y)
            self.agrees(info(self.folder)["train"], self.x, self.y)
        colour = random.integers(0, 256, (12, 4, 7, 3), numpy.uint8)
        for x in (colour, numpy.moveaxis(colour, 3, 1)):
            numpy.save(self.path("x.npy"), x)
            mean = info(self.folder)["train"]["mean"]
            self.assertTrue(numpy.allclose(mean, colour.mean((0, 1, 2)) / 255, atol=1e-5))

    def test_rows_of_labels_are_several_classes_or_numbers(self):
        numpy.save(self.path("x.npy"), self.x)
        numpy.save(self.path("y.npy"), (random.random((12, 4)) < 0.5).astype(numpy.uint8))
        self.assertIn("4 classes, of which an image may have several", cnn("data", "info", self.folder)[0])
        numpy.save(self.path("y.npy"), random.random((12, 2)))
        self.assertIn("2 numbers an image", cnn("data", "info", self.folder)[0])

    def test_arrays_that_do_not_fit(self):
        numpy.save(self.path("x.npy"), self.x)
        for y, message in (
            (self.y[:5], "need as many labels, not"),
            (self.y - 1, "a label of -1; expected 0 to"),
            (numpy.full(12, numpy.nan), "target 0 of image 0 (from 0) is nan"),
        ):
            numpy.save(self.path("y.npy"), y)
            self.assertIn(message, cnn("data", "info", self.folder, code=1)[1])
        numpy.save(self.path("y.npy"), self.y)
        for x, message in (
            (self.x[0], "expected uint8 or floats, N,H,W"),
            (self.x.astype(numpy.int32), "expected uint8 or floats, N,H,W"),
            (numpy.full((12, 2, 2), numpy.inf), "image 0 (from 0) has a value that is no number"),
        ):
            numpy.save(self.path("x.npy"), x)
            self.assertIn(message, cnn("data", "info", self.folder, code=1)[1])


class Shards(TestInFolder):
    def tar(self, name, files):
        with tarfile.open(self.path(name), "w:gz" if name.endswith("gz") else "w") as tar:
            for member, data in files:
                about = tarfile.TarInfo(member)
                about.size = len(data)
                tar.addfile(about, io.BytesIO(data))
        return skip_without_archives(self, self.path(name))

    def test_pictures_and_their_classes(self):
        x = random.integers(0, 256, (6, 4, 4), numpy.uint8)
        files = [pair for i in range(6) for pair in
                 ((f"a/{i:03}.png", png(x[i])), (f"a/{i:03}.cls", f"{i % 2}\n".encode()), (f"a/{i:03}.json", b"{}"))]
        for name in ("s.tar", "s.tar.gz"):
            found = info(self.tar(name, files))
            self.assertEqual(found["train"]["class_counts"], [3, 3])
            self.assertAlmostEqual(found["train"]["mean"][0], x.mean() / 255, places=5)

    def test_samples_that_are_not_whole(self):
        picture = png(numpy.zeros((2, 2), numpy.uint8))
        for files, message in (
            ([("a.png", picture), ("b.png", picture), ("b.cls", b"1")], "s.tar, sample 1: a has no .cls"),
            ([("a.cls", b"1")], "s.tar, sample 1: a has no picture"),
            ([("a.png", picture), ("a.jpg", picture), ("a.cls", b"1")], "a has two pictures: a.png and a.jpg"),
            ([("a.txt", b"1")], "no pictures with a .cls"),
            ([("a.png", b"junk"), ("a.cls", b"0"), ("b.png", picture), ("b.cls", b"1")], "s.tar, sample 1: "),
        ):
            self.tar("s.tar", files)
            self.assertIn(message, cnn("data", "preview", self.path("s.tar"), "--augment", "flip", "-o", self.path("p.png"), code=1)[1])


if __name__ == "__main__":
    unittest.main()
