"""The event file that the command writes: read by a decoder of its own, and by TensorBoard where it is installed."""

import csv
import glob
import struct
import unittest

from support import TestInFolder, cnn

try:
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
except ImportError:
    EventAccumulator = None


def crc32c(data):
    remainder = 0xFFFFFFFF
    for byte in data:
        remainder ^= byte
        for _ in range(8):
            remainder = remainder >> 1 ^ (0x82F63B78 if remainder & 1 else 0)
    return remainder ^ 0xFFFFFFFF


def masked(data):
    checksum = crc32c(data)
    return ((checksum >> 15 | checksum << 17) + 0xA282EAD8) & 0xFFFFFFFF


def records(path):
    """The records of a TFRecord file, their checksums verified."""
    with open(path, "rb") as file:
        data = file.read()
    while data:
        length, checksum = struct.unpack("<QI", data[:12])
        assert checksum == masked(data[:8])
        record, (checksum,) = data[12:12 + length], struct.unpack("<I", data[12 + length:16 + length])
        assert len(record) == length and checksum == masked(record)
        yield record
        data = data[16 + length:]


def varint(data, at):
    value = shift = 0
    while True:
        value |= (data[at] & 0x7F) << shift
        at, shift = at + 1, shift + 7
        if data[at - 1] < 0x80:
            return value, at


def fields(data):
    """(number, value) of each field of a protobuf message."""
    at = 0
    while at < len(data):
        key, at = varint(data, at)
        if key & 7 == 0:
            value, at = varint(data, at)
        elif key & 7 == 1:
            (value,), at = struct.unpack("<d", data[at:at + 8]), at + 8
        elif key & 7 == 5:
            (value,), at = struct.unpack("<f", data[at:at + 4]), at + 4
        else:
            length, at = varint(data, at)
            value, at = data[at:at + length], at + length
        yield key >> 3, value


def scalars(path):
    """{tag: [(step, value), ...]}, and the version that the file begins with."""
    found, version = {}, None
    for record in records(path):
        event = dict(fields(record))
        assert event[1] > 1.6e9  # seconds since 1970
        version = version or event.get(3)
        for _, value in fields(event.get(5, b"")):
            scalar = dict(fields(value))
            found.setdefault(scalar[1].decode(), []).append((event.get(2, 0), scalar[2]))
    return found, version


class Events(TestInFolder):
    EPOCHS = 3

    def setUp(self):
        super().setUp()
        cnn("train", "basic", "--data", "fashion-mnist", "-o", self.path("run"), "--epochs", self.EPOCHS, "--limit",
            300, "--validation", 0.2)
        self.files = glob.glob(self.path("run", "events.out.tfevents.*"))

    def test_they_have_the_history(self):
        self.assertEqual(len(self.files), 1)
        found, version = scalars(self.files[0])
        self.assertEqual(version, b"brain.Event:2")
        with open(self.path("run", "history.csv"), newline="") as file:
            history = list(csv.DictReader(file))
        self.assertEqual(len(history), self.EPOCHS)
        losses = [float(row["training_loss"]) for row in history]
        same = [tag for tag, values in found.items()
                if all(abs(a - b) < 1e-4 * abs(b) for a, b in zip([value for _, value in values], losses, strict=True))]
        self.assertTrue(same, f"no scalar of {sorted(found)} has the losses {losses}")
        for layer in ("conv_1", "conv_2", "fc_1", "fc_2"):
            self.assertTrue(all(value > 0 for kind in ("gradient", "update") for _, value in found[f"{kind}/{layer}"]))
        for tag, values in found.items():
            self.assertEqual(len(values), self.EPOCHS, tag)
            self.assertEqual(sorted(step for step, _ in values), [step for step, _ in values], tag)

    @unittest.skipUnless(EventAccumulator, "the package tensorboard is not installed")
    def test_tensorboard_reads_the_same(self):
        found, _ = scalars(self.files[0])
        accumulator = EventAccumulator(self.path("run"))
        accumulator.Reload()
        self.assertEqual(sorted(accumulator.Tags()["scalars"]), sorted(found))
        for tag, values in found.items():
            self.assertEqual([(event.step, event.value) for event in accumulator.Scalars(tag)], values)


if __name__ == "__main__":
    unittest.main()
