import sys
import numpy as np
import cnn

with np.load(sys.argv[1]) as mnist:
    x, y, x_test, y_test = (mnist[name] for name in ("x_train", "y_train", "x_test", "y_test"))
net = cnn.Net("basic")
net.fit(x, y, epochs=2, batch_size=128, optimizer="adam", learning_rate=0.001, schedule="constant", verbose=False)
print(net.evaluate(x_test, y_test).accuracy)
net.save(sys.argv[2] + ".onnx")
