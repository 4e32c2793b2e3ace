"""The library itself, called from Python: predictions and gradients of any network, without the command."""

import ctypes
import os

import numpy


class Error(ctypes.Structure):
    _fields_ = [("status", ctypes.c_int), ("message", ctypes.c_char * 1024)]


class TensorInfo(ctypes.Structure):
    _fields_ = [("name", ctypes.c_char_p), ("rank", ctypes.c_int), ("shape", ctypes.c_int64 * 4),
                ("elements", ctypes.c_int64)]


class PredictorOptions(ctypes.Structure):
    _fields_ = [("batch", ctypes.c_int64), ("threads", ctypes.c_int)]


class UpdateOptions(ctypes.Structure):
    _fields_ = [("optimizer", ctypes.c_int), ("learning_rate", ctypes.c_double), ("momentum", ctypes.c_double),
                ("nesterov", ctypes.c_bool), ("beta1", ctypes.c_double), ("beta2", ctypes.c_double),
                ("epsilon", ctypes.c_double), ("weight_decay", ctypes.c_double), ("clip_norm", ctypes.c_double),
                ("label_smoothing", ctypes.c_double), ("loss", ctypes.c_int)]


class TrainerOptions(ctypes.Structure):
    _fields_ = [("update", UpdateOptions), ("batch", ctypes.c_int64), ("threads", ctypes.c_int),
                ("seed", ctypes.c_uint64)]


def pointer(array):
    return array.ctypes.data_as(ctypes.c_void_p)


class Network:
    """A model of a file. Raises ValueError with the library's message."""

    def __init__(self, path):
        self.library = ctypes.CDLL(os.path.join(os.environ["CNN_BUILD_DIR"], "libcnn.so"))
        self.library.cnn_net_outputs.restype = ctypes.c_int64
        self.error = Error()
        self.net = ctypes.c_void_p()
        self.call("cnn_net_open", ctypes.byref(self.net), str(path).encode(), None)

    def call(self, name, *arguments):
        if getattr(self.library, name)(*arguments, ctypes.byref(self.error)):
            raise ValueError(self.error.message.decode())

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.library.cnn_net_free(self.net)

    def tensors(self):
        """Shapes of the parameter tensors by name."""
        shapes = {}
        for number in range(self.library.cnn_net_tensors(self.net)):
            info = TensorInfo()
            self.call("cnn_net_tensor", self.net, number, ctypes.byref(info))
            shapes[info.name.decode()] = tuple(info.shape[:info.rank])
        return shapes

    def predict(self, images, threads=0):
        """images: N,C,H,W. Returns N rows of outputs."""
        images = numpy.ascontiguousarray(images, numpy.float32)
        outputs = numpy.empty((len(images), self.library.cnn_net_outputs(self.net)), numpy.float32)
        predictor = ctypes.c_void_p()
        self.call("cnn_predictor_new", ctypes.byref(predictor), self.net,
                  ctypes.byref(PredictorOptions(batch=len(images), threads=threads)))
        try:
            self.call("cnn_predictor_run", predictor, pointer(images), ctypes.c_int64(len(images)), pointer(outputs))
        finally:
            self.library.cnn_predictor_free(predictor)
        return outputs

    def gradients(self, images, labels):
        """The loss (cross-entropy) and its gradient by every parameter tensor."""
        images = numpy.ascontiguousarray(images, numpy.float32)
        labels = numpy.ascontiguousarray(labels, numpy.int32)
        trainer, loss = ctypes.c_void_p(), ctypes.c_double()
        self.call("cnn_trainer_new", ctypes.byref(trainer), self.net,
                  ctypes.byref(TrainerOptions(batch=len(images))))
        try:
            self.call("cnn_trainer_gradients", trainer, pointer(images), pointer(labels),
                      ctypes.c_int64(len(images)), ctypes.byref(loss), None)
            found = {}
            for name, shape in self.tensors().items():
                found[name] = numpy.empty(shape, numpy.float32)
                self.call("cnn_trainer_get_gradient", trainer, name.encode(), pointer(found[name]),
                          ctypes.c_int64(found[name].size))
        finally:
            self.library.cnn_trainer_free(trainer)
        return loss.value, found
