#!/usr/bin/env python3
"""Write tests/golden/optimizers.h: weights after some updates, by each optimizer's published rule in double precision.

Needs numpy: tools/golden_optimizers.py | clang-format >tests/golden/optimizers.h

One dense layer of one output learns targets by the mean squared error, so that the gradient is a line of algebra; the
rules below are those of the papers, written without a look at src/train/optimizers.
"""
import numpy

UPDATES, BATCH, INPUTS = 12, 4, 6


class Sgd:
    """Polyak 1964; Nesterov's momentum as PyTorch has it (Sutskever et al. 2013)."""

    def __init__(self, learning_rate, momentum=0.0, nesterov=0, weight_decay=0.0):
        self.rate, self.momentum, self.nesterov, self.decay = learning_rate, momentum, nesterov, weight_decay
        self.velocity = 0.0

    def __call__(self, weights, gradient):
        gradient = gradient + self.decay * weights
        self.velocity = self.momentum * self.velocity + gradient
        direction = gradient + self.momentum * self.velocity if self.nesterov else self.velocity
        return weights - self.rate * direction


class Adam:
    """Kingma and Ba 2014, algorithm 1."""

    def __init__(self, learning_rate, beta1=0.9, beta2=0.999, epsilon=1e-8, weight_decay=0.0):
        self.rate, self.beta1, self.beta2, self.epsilon = learning_rate, beta1, beta2, epsilon
        self.decay = weight_decay
        self.mean = self.square = 0.0
        self.t = 0

    def direction(self, gradient):
        self.t += 1
        self.mean = self.beta1 * self.mean + (1 - self.beta1) * gradient
        self.square = self.beta2 * self.square + (1 - self.beta2) * gradient ** 2
        mean = self.mean / (1 - self.beta1 ** self.t)
        square = self.square / (1 - self.beta2 ** self.t)
        return mean / (numpy.sqrt(square) + self.epsilon)

    def __call__(self, weights, gradient):
        return weights - self.rate * self.direction(gradient + self.decay * weights)


class AdamW(Adam):
    """Loshchilov and Hutter 2017, algorithm 2, with the decay scaled by the learning rate."""

    def __call__(self, weights, gradient):
        return weights - self.rate * (self.direction(gradient) + self.decay * weights)


class Lion:
    """Chen et al. 2023, algorithm 2."""

    def __init__(self, learning_rate, beta1=0.9, beta2=0.99, weight_decay=0.0):
        self.rate, self.beta1, self.beta2, self.decay = learning_rate, beta1, beta2, weight_decay
        self.mean = 0.0

    def __call__(self, weights, gradient):
        update = numpy.sign(self.beta1 * self.mean + (1 - self.beta1) * gradient)
        self.mean = self.beta2 * self.mean + (1 - self.beta2) * gradient
        return weights - self.rate * (update + self.decay * weights)


class RmsProp:
    """Tieleman and Hinton 2012, with epsilon outside the root as PyTorch has it."""

    def __init__(self, learning_rate, beta2=0.99, epsilon=1e-8, weight_decay=0.0):
        self.rate, self.beta2, self.epsilon, self.decay = learning_rate, beta2, epsilon, weight_decay
        self.square = 0.0

    def __call__(self, weights, gradient):
        gradient = gradient + self.decay * weights
        self.square = self.beta2 * self.square + (1 - self.beta2) * gradient ** 2
        return weights - self.rate * gradient / (numpy.sqrt(self.square) + self.epsilon)


class Muon:
    """Jordan 2024: momentum, then five steps of Newton and Schulz on the matrix; numbers that are no matrix go by Sgd."""

    def __init__(self, learning_rate, momentum=0.95, weight_decay=0.0):
        self.rate, self.momentum, self.decay = learning_rate, momentum, weight_decay
        self.other = Sgd(learning_rate, momentum, 1, weight_decay)
        self.mean = 0.0

    def direction(self, gradient):
        self.mean = self.momentum * self.mean + (1 - self.momentum) * gradient
        matrix = numpy.atleast_2d((1 - self.momentum) * gradient + self.momentum * self.mean)
        x = matrix / (numpy.linalg.norm(matrix) + 1e-7)
        for _ in range(5):
            gram = x @ x.T
            x = 3.4445 * x + (-4.7750 * gram + 2.0315 * gram @ gram) @ x
        return x * max(1, x.shape[0] / x.shape[1]) ** 0.5

    def __call__(self, weights, gradient):
        if numpy.ndim(gradient) == 0:
            return self.other(weights, gradient)
        return (1 - self.rate * self.decay) * weights - self.rate * self.direction(gradient).reshape(weights.shape)


# One row a case: enumerator of cnn.h, the rule, its options by the names of cnn_update_options.
CASES = [
    ("CNN_OPTIMIZER_SGD", Sgd, dict(learning_rate=0.1, weight_decay=0.05)),
    ("CNN_OPTIMIZER_SGD", Sgd, dict(learning_rate=0.05, momentum=0.9, nesterov=1)),
    ("CNN_OPTIMIZER_ADAM", Adam, dict(learning_rate=0.01, weight_decay=0.05)),
    ("CNN_OPTIMIZER_ADAMW", AdamW, dict(learning_rate=0.01, beta1=0.8, weight_decay=0.1)),
    ("CNN_OPTIMIZER_LION", Lion, dict(learning_rate=0.01)),
    ("CNN_OPTIMIZER_LION", Lion, dict(learning_rate=0.003, beta1=0.8, beta2=0.95, weight_decay=0.5)),
    ("CNN_OPTIMIZER_RMSPROP", RmsProp, dict(learning_rate=0.01)),
    ("CNN_OPTIMIZER_RMSPROP", RmsProp, dict(learning_rate=0.02, beta2=0.9, epsilon=1e-3, weight_decay=0.1)),
    ("CNN_OPTIMIZER_MUON", Muon, dict(learning_rate=0.02)),
    ("CNN_OPTIMIZER_MUON", Muon, dict(learning_rate=0.01, momentum=0.8, weight_decay=0.5)),
]


def train(rule, options, initial, images, targets):
    """Weights behind the last update, the bias last; like the library, biases do not decay."""
    of_weights, of_bias = rule(**options), rule(**{**options, "weight_decay": 0.0})
    weights, bias = initial[:-1], initial[-1]
    for x, t in zip(images, targets):
        slope = 2 / BATCH * (x @ weights + bias - t)  # of the mean squared error by the outputs
        weights, bias = of_weights(weights, slope @ x), of_bias(bias, slope.sum())
    return [*weights, bias]


def numbers(values):
    return ", ".join("%.9g" % value for value in numpy.ravel(values))


def main():
    random = numpy.random.default_rng(1)
    images = numpy.float32(random.random((UPDATES, BATCH, INPUTS))).astype(float)
    initial, targets = (numpy.float32(random.normal(size=size)).astype(float) for size in (INPUTS + 1, (UPDATES, BATCH)))
    print("/* Written by tools/golden_optimizers.py. */")
    print("enum { UPDATES = %d, BATCH = %d, INPUTS = %d };" % (UPDATES, BATCH, INPUTS))
    print("static const float golden_images[UPDATES * BATCH * INPUTS] = {%s};" % numbers(images))
    print("static const float golden_targets[UPDATES * BATCH] = {%s};" % numbers(targets))
    print("static const float golden_initial[INPUTS + 1] = {%s}; /* weights, bias */" % numbers(initial))
    print("static const struct {\n    cnn_update_options update;\n    double trained[INPUTS + 1];\n} golden_updates[] = {")
    for enumerator, rule, options in CASES:
        fields = ", ".join(".%s = %g" % option for option in options.items())
        trained = train(rule, options, initial, images, targets)
        print("    {{.optimizer = %s, %s}, {%s}}," % (enumerator, fields, numbers(trained)))
    print("};")


main()
