"""One prediction with ONNX Runtime, as a program: predict_ort.py MODEL.onnx IMAGE.f32. Prints the class."""
import os
import sys

import numpy
import onnxruntime

options = onnxruntime.SessionOptions()
options.intra_op_num_threads = int(os.environ["OMP_NUM_THREADS"])
session = onnxruntime.InferenceSession(sys.argv[1], options, providers=["CPUExecutionProvider"])
image = numpy.fromfile(sys.argv[2], numpy.float32).reshape(1, 1, 28, 28)
print(session.run(None, {session.get_inputs()[0].name: image})[0].argmax())
