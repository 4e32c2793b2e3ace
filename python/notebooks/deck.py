"""The deck, step by step: from a small picture and a kernel to a network that is trained, in Python.

Each "# %%" begins a cell, as Jupyter, VS Code and Spyder show them. Run it as it is, or with a number of images: it takes
Fashion-MNIST, or what $CNN_DATA holds of that name.
"""

# %% Convolution: a kernel slides over the image, and each position gives the sum of the products.
import sys

import numpy as np

import cnn

image = np.array([[1, 0, 1, 0, 1], [1, 0, 0, 1, 1], [0, 1, 1, 0, 0], [1, 0, 0, 1, 0], [0, 0, 1, 1, 0]], np.float32)
kernel = np.array([[0, 1, 0], [1, 0, -1], [0, 1, 0]], np.float32)

net = cnn.Net("input 1x5x5\nconv 1 3x3 name convolution\nrelu\nmaxpool 2x2 stride 1\n")
net.parameters["convolution.weight"] = kernel[None, None]
seen = net.inspect(image)
feature_map = seen.output("convolution")[0, 0]
print(feature_map) # 3 x 3: an image of 5 has 5 - 3 + 1 positions along each axis
assert feature_map[0, 0] == 2

# %% The same sum by hand, and as the network accounts for it.
by_hand = (image[:3, :3] * kernel).sum()
account = seen.account("convolution", (0, 0, 0))
for term in account.terms:
    print(f"{term.value:4g} x {term.factor:2g} = {term.product:4g}")
print("together", account.result, "by hand", by_hand, "the network", account.engine)
assert account.engine == account.result == by_hand

# %% ReLU sets what is negative to zero; max pooling keeps the largest value of each window.
_, _, relu, pooling = seen.layers
print(seen.output(relu)[0, 0])
print(seen.output(pooling)[0, 0])
assert (seen.output(relu)[0, 0] == np.maximum(feature_map, 0)).all()
assert seen.output(pooling)[0, 0, 0, 0] == max(0, feature_map[:2, :2].max())

# %% Softmax makes probabilities of scores.
scores = cnn.Net("input 3x1x1\nflatten\nsoftmax\n")
print(scores.predict(np.array([2.0, 1.0, 0.1]).reshape(1, 3, 1, 1)).round(3)) # 0.659 0.242 0.099

# %% The Basic CNN: two convolutions, max pooling, two dense layers.
net = cnn.Net("basic")
print(net.summary())
assert [layer.parameters for layer in net.layers if layer.parameters] == [320, 18496, 1179776, 1290]

# %% Training: after each epoch the loss is lower.
limit = int(sys.argv[1]) if len(sys.argv) > 1 else 6000
history = net.fit("fashion-mnist", limit=limit, epochs=3, seed=1, verbose=True)
assert history["loss"][-1] < history["loss"][0]

# %% How good is it on images that it has not seen? Rows are what they are, columns what they were taken for.
test = cnn.Data("fashion-mnist", split="test", limit=1000)
found = net.evaluate(test)
print(f"{100 * found.accuracy:.1f} % of {found.images} images")
print(found.confusion)

# %% One image, its feature maps, and why it is taken for what it is.
first = test.images(0, 1)
print(net.predict_proba(first).round(3), "label", test.labels[0])
seen = net.inspect(first)
print("feature maps of the first convolution:", seen.output("conv_1").shape)
field = seen.receptive_field("conv_2", (0, 10, 10))
print("a value of the second one sees rows", field[0], "to", field[1], "and columns", field[2], "to", field[3])
assert field.mask.sum() == 25

# %% Kept, and opened again.
if __name__ == "__main__":
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        net.save(folder + "/basic.onnx")
        again = cnn.Net.load(folder + "/basic.onnx")
    assert (again.predict(first) == net.predict(first)).all()
