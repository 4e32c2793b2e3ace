#!/usr/bin/env python3
"""Small convolutional networks of Keras, as ONNX in the ways that its users have: model.export, and tf2onnx with
channels last, channels first, and an old operator set.

usage: export_keras.py FOLDER

Writes NET_WAY.onnx, and for each net NET_x.npy (two images, N,H,W,C) and NET_y.npy (what Keras makes of them).
tests/python/keras_models holds what it wrote. Needs tools/requirements-keras.txt.
"""

import os
import sys

os.environ.update(TF_CPP_MIN_LOG_LEVEL="3", CUDA_VISIBLE_DEVICES="-1")

import keras
import numpy
import tensorflow
import tf2onnx
from keras import layers

WAYS = (("tf2onnx", {"opset": 15}), ("channels_first", {"opset": 15, "inputs_as_nchw": ["x"]}),
        ("opset9", {"opset": 9}))
# As after training: nothing is 0 or 1, where tf2onnx would leave it out.
DRAWN = {"bias_initializer": keras.initializers.RandomNormal(0, 0.3)}


def grey(head):
    return keras.Sequential([
        keras.Input((14, 11, 1)),
        layers.Conv2D(4, 3, activation="relu", **DRAWN), layers.MaxPooling2D(2),
        layers.Conv2D(6, 3, activation="relu", **DRAWN),
        head, layers.Dropout(0.5), layers.Dense(10, activation="softmax", **DRAWN)])


def colour():
    """0..255 in, batch normalisation, ReLU6, depthwise convolutions with the odd zero at the end, a residual."""
    pixels = keras.Input((12, 14, 3))
    x = layers.Rescaling(1 / 255)(pixels)
    for filters in 6, 8:
        x = layers.Conv2D(filters, 3, padding="same", use_bias=False)(x)
        x = layers.BatchNormalization(beta_initializer=DRAWN["bias_initializer"])(x)
        x = layers.ReLU(6.0)(x)
        x = layers.DepthwiseConv2D(3, padding="same", strides=2, **DRAWN)(x)
    x = layers.Add()([x, layers.Conv2D(8, 1, **DRAWN)(x)])
    return keras.Model(pixels, layers.Dense(5, **DRAWN)(layers.GlobalAveragePooling2D()(x)))


def export(folder, name, model, largest):
    shape = model.inputs[0].shape[1:]
    signature = [tensorflow.TensorSpec([None, *shape], tensorflow.float32, name="x")]
    images = numpy.random.default_rng(1).uniform(0, largest, (2, *shape)).astype(numpy.float32)
    outputs = model(images, training=False).numpy()
    infer = tensorflow.function(lambda x: model(x, training=False), input_signature=signature)
    numpy.save(f"{folder}/{name}_x.npy", images)
    numpy.save(f"{folder}/{name}_y.npy", outputs)
    model.export(f"{folder}/{name}_export.onnx", format="onnx", verbose=False)
    for way, options in WAYS:
        tf2onnx.convert.from_function(infer, input_signature=signature, output_path=f"{folder}/{name}_{way}.onnx",
                                      **options)


def main():
    folder = sys.argv[1]
    os.makedirs(folder, exist_ok=True)
    keras.utils.set_random_seed(1)
    export(folder, "flat", grey(layers.Flatten()), 1)
    export(folder, "pooled", grey(layers.GlobalAveragePooling2D()), 1)
    export(folder, "colour", colour(), 255)


if __name__ == "__main__":
    main()
