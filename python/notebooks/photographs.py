"""Your own photographs in ten minutes: a folder with a folder of pictures for each class becomes a model.

    python photographs.py FOLDER [EPOCHS]

Without a folder it draws small pictures of three kinds, so that it can be tried at once. Each "# %%" begins a cell.
"""

# %% The pictures: FOLDER/cat/*.jpg, FOLDER/dog/*.jpg, ... of any size.
import pathlib
import sys
import tempfile

import numpy as np

import cnn


def draw(folder, count=30):
    """Pictures of stripes that lie, stripes that stand, and none, as PGM files."""
    generator = np.random.default_rng(1)
    for kind in "lying", "standing", "plain":
        (folder / kind).mkdir(parents=True)
        for number in range(count):
            pixels = generator.integers(0, 80, (32, 32), np.uint8)
            stripes = slice(generator.integers(0, 4), None, 4)
            if kind != "plain":
                pixels[(stripes, slice(None)) if kind == "lying" else (slice(None), stripes)] += 120
            (folder / kind / f"{number:02}.pgm").write_bytes(b"P5 32 32 255\n" + pixels.tobytes())
    return folder


work = pathlib.Path(tempfile.mkdtemp())
folder = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else draw(work / "pictures")
epochs = int(sys.argv[2]) if len(sys.argv) > 2 else 8
data = cnn.Data(folder, shape=(3, 64, 64), skip_bad=True)
print(data, *data.notes, sep="\n")

# %% Is something wrong with them? Doubles, wrong labels, a class with too few pictures.
for finding in cnn.doctor(training=data, quick=True):
    print(finding)

# %% Train. A fifth is held out to see how it goes on; the best epoch is kept. The network takes the pictures' shape.
net = cnn.Net("basic-dropout")
history = net.fit(
    folder, epochs=epochs, batch_size=16, learning_rate=0.01, clip_norm=1, validation_split=0.2, augment=True, verbose=True,
    run_directory=work / "run",
)
print(f"best accuracy on the pictures held out: {100 * max(history['val_accuracy']):.0f} %")

# %% What does it say of single pictures? It reads the files itself, in the size that it takes.
pictures = sorted(folder.rglob("*.*"))[::40]
for picture, probabilities in zip(pictures, net.predict_proba(pictures)):
    best = probabilities.argmax()
    print(f"{picture.parent.name}/{picture.name}: {net.class_names[best]} ({100 * probabilities[best]:.0f} %)")

# %% Take it along: ONNX, with normalisation and class names, for this library and for others.
net.save(work / "photographs.onnx")
print(f"{work / 'photographs.onnx'} takes {net.input_shape}")
assert cnn.Net.load(work / "photographs.onnx").class_names == net.class_names
