import sys
import numpy as np
import keras

with np.load(sys.argv[1]) as mnist:
    x, y, x_test, y_test = (mnist[name] for name in ("x_train", "y_train", "x_test", "y_test"))
x, x_test = x[..., None].astype("float32") / 255, x_test[..., None].astype("float32") / 255
mean, deviation = x.mean(), x.std()
net = keras.Sequential([
    keras.Input((28, 28, 1)),
    keras.layers.Normalization(mean=mean, variance=deviation**2),
    keras.layers.Conv2D(32, 3, activation="relu"),
    keras.layers.Conv2D(64, 3, activation="relu"),
    keras.layers.MaxPooling2D(2),
    keras.layers.Flatten(),
    keras.layers.Dense(128, activation="relu"),
    keras.layers.Dense(10, activation="softmax"),
])
net.compile(keras.optimizers.Adam(0.001), loss="sparse_categorical_crossentropy", metrics=["accuracy"])
net.fit(x, y, epochs=2, batch_size=128, verbose=0)
print(net.evaluate(x_test, y_test, verbose=0)[1])
net.save(sys.argv[2] + ".keras")
