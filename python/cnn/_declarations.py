"""The declarations of the library's headers for ctypes.

Written by tools/make_python_binding.py; do not edit.
"""

from __future__ import annotations

import ctypes
from ctypes import (
    CFUNCTYPE, POINTER, Structure, c_bool, c_char, c_char_p, c_double, c_float, c_int, c_int32, c_int64, c_size_t, c_uint8,
    c_uint32, c_uint64, c_void_p,
)
from typing import Any

CNN_VERSION = "0.1.0"
CNN_MAX_THREADS = 256
CNN_NETWORK_INPUT = -1
CNN_OK = 0
CNN_STOPPED = 1
CNN_ERROR_ARGUMENT = 2
CNN_ERROR_SHAPE = 3
CNN_ERROR_MEMORY = 4
CNN_ERROR_IO = 5
CNN_ERROR_FORMAT = 6
CNN_ERROR_UNSUPPORTED = 7
CNN_ERROR_DIVERGED = 8
CNN_PRECISION_FLOAT32 = 0
CNN_PRECISION_BF16 = 1
CNN_OUTPUT_VALUES = 0
CNN_OUTPUT_LOGITS = 1
CNN_OUTPUT_PROBABILITIES = 2
CNN_OUTPUT_LOG_PROBABILITIES = 3
CNN_OUTPUT_BINARY = 4
CNN_OUTPUT_SIGMOIDS = 5
CNN_PIXELS_UNKNOWN = 0
CNN_PIXELS_NORMALISED = 1
CNN_PIXELS_0_1 = 2
CNN_PIXELS_0_255 = 3
CNN_PIXELS_MINUS_1_1 = 4
CNN_PIXELS_16_235 = 5
CNN_SPLIT_TRAIN = 0
CNN_SPLIT_TEST = 1
CNN_SPLIT_VALIDATION = 2
CNN_SPLIT_ALL = 3
CNN_DATA_CLASSES = 0
CNN_DATA_MULTI_LABEL = 1
CNN_DATA_NUMBERS = 2
CNN_INIT_DEFAULT = 0
CNN_INIT_HE = 1
CNN_INIT_GLOROT = 2
CNN_INIT_ZEROS = 3
CNN_INIT_DIRAC = 4
CNN_INIT_WHITEN = 5
CNN_ACTIVATION_NONE = 0
CNN_ACTIVATION_SIGMOID = 1
CNN_ACTIVATION_TANH = 2
CNN_ACTIVATION_LEAKY_RELU = 3
CNN_ACTIVATION_ELU = 4
CNN_ACTIVATION_SELU = 5
CNN_ACTIVATION_HARD_SIGMOID = 6
CNN_ACTIVATION_HARD_SWISH = 7
CNN_ACTIVATION_CLIP = 8
CNN_ACTIVATION_SOFTPLUS = 9
CNN_ACTIVATION_SOFTSIGN = 10
CNN_ACTIVATION_THRESHOLDED_RELU = 11
CNN_ACTIVATION_SWISH = 12
CNN_ACTIVATION_ABS = 13
CNN_ACTIVATION_NEG = 14
CNN_ACTIVATION_EXP = 15
CNN_ACTIVATION_LOG = 16
CNN_ACTIVATION_SQRT = 17
CNN_ACTIVATION_GELU = 18
CNN_PAIR_NONE = 0
CNN_PAIR_MUL = 1
CNN_PAIR_SUB = 2
CNN_PAIR_DIV = 3
CNN_PAIR_MAX = 4
CNN_PAIR_MIN = 5
CNN_COORDINATES_HALF_PIXEL = 0
CNN_COORDINATES_PYTORCH_HALF_PIXEL = 1
CNN_COORDINATES_ALIGN_CORNERS = 2
CNN_COORDINATES_ASYMMETRIC = 3
CNN_ROUNDING_PREFER_FLOOR = 0
CNN_ROUNDING_PREFER_CEIL = 1
CNN_ROUNDING_FLOOR = 2
CNN_ROUNDING_CEIL = 3
CNN_INTERPOLATION_NEAREST = 0
CNN_INTERPOLATION_LINEAR = 1
CNN_PAD_CONSTANT = 0
CNN_PAD_REFLECT = 1
CNN_PAD_EDGE = 2
CNN_DEPTH_DCR = 0
CNN_DEPTH_CRD = 1
CNN_CHANNEL_POOL_MEAN = 0
CNN_CHANNEL_POOL_MAX = 1
CNN_CHANNEL_POOL_SUM = 2
CNN_OPTIMIZER_DEFAULT = 0
CNN_OPTIMIZER_SGD = 1
CNN_OPTIMIZER_ADAM = 2
CNN_OPTIMIZER_ADAMW = 3
CNN_OPTIMIZER_LION = 4
CNN_OPTIMIZER_RMSPROP = 5
CNN_OPTIMIZER_MUON = 6
CNN_SCHEDULE_DEFAULT = 0
CNN_SCHEDULE_CONSTANT = 1
CNN_SCHEDULE_STEP = 2
CNN_SCHEDULE_COSINE = 3
CNN_SCHEDULE_ONECYCLE = 4
CNN_SCHEDULE_POLYNOMIAL = 5
CNN_SCHEDULE_TRIANGULAR = 6
CNN_SCHEDULE_PLATEAU = 7
CNN_LOSS_DEFAULT = 0
CNN_LOSS_CROSS_ENTROPY = 1
CNN_LOSS_BINARY_CROSS_ENTROPY = 2
CNN_LOSS_MEAN_SQUARED = 3
CNN_LOSS_HUBER = 4
CNN_BEST_DEFAULT = 0
CNN_BEST_ACCURACY = 1
CNN_BEST_LOSS = 2
CNN_AUGMENT_FLIP = 0
CNN_AUGMENT_ALTFLIP = 1
CNN_AUGMENT_VFLIP = 2
CNN_AUGMENT_CROP = 3
CNN_AUGMENT_ROTATE = 4
CNN_AUGMENT_SHEAR = 5
CNN_AUGMENT_ZOOM = 6
CNN_AUGMENT_TRANSLATE = 7
CNN_AUGMENT_RESIZEDCROP = 8
CNN_AUGMENT_BRIGHTNESS = 9
CNN_AUGMENT_CONTRAST = 10
CNN_AUGMENT_SATURATION = 11
CNN_AUGMENT_HUE = 12
CNN_AUGMENT_ERASE = 13
CNN_AUGMENT_CUTOUT = 14
CNN_AUGMENT_MIXUP = 15
CNN_AUGMENT_CUTMIX = 16
CNN_AUGMENT_RANDAUGMENT = 17
CNN_AUGMENT_KINDS = 18
CNN_WARNING = 0
CNN_FAULT = 1
CNN_CALIBRATION_BINS = 15
CNN_MAX_VIEWS = 6
CNN_ACCOUNT_SUM = 0
CNN_ACCOUNT_LARGEST = 1
CNN_ACCOUNT_FUNCTION = 2
CNN_MAX_FIGURES = 8
CNN_LAB_LARGEST_SHIFT = 6
CNN_LAB_SIDE = 13
CNN_LAB_PATCHES = 8
CNN_LAB_MODEL = 0
CNN_LAB_CNN = 1
CNN_LAB_DENSE = 2
CNN_LAB_CNN_SHUFFLED = 3
CNN_LAB_DENSE_SHUFFLED = 4
CNN_LAB_ROLES = 5
CNN_TYPE_FLOAT32 = 1
CNN_TYPE_UINT8 = 2
CNN_TYPE_INT8 = 3
CNN_TYPE_UINT16 = 4
CNN_TYPE_INT16 = 5
CNN_TYPE_INT32 = 6
CNN_TYPE_INT64 = 7
CNN_TYPE_BOOL = 9
CNN_TYPE_FLOAT64 = 11
CNN_TYPE_UINT32 = 12
CNN_TYPE_UINT64 = 13
CNN_TENSOR_AXES = 8
CNN_ENGINE_DEFAULT = 0
CNN_ENGINE_NETWORK = 1
CNN_ENGINE_INTERPRETER = 2
CNN_ENGINE_ISLANDS = 3


class cnn_error(Structure):
    status: int
    message: bytes
    _fields_ = [
        ("status", c_int),
        ("message", c_char * 1024),
    ]


class cnn_input_options(Structure):
    channels: int
    height: int
    width: int
    _fields_ = [
        ("channels", c_int64),
        ("height", c_int64),
        ("width", c_int64),
    ]


class cnn_preprocessing(Structure):
    bgr: bool
    resize: int
    invert: bool
    centre: bool
    background: int
    _fields_ = [
        ("bgr", c_bool),
        ("resize", c_int64),
        ("invert", c_bool),
        ("centre", c_bool),
        ("background", c_uint32),
    ]


class cnn_pixel_options(Structure):
    scale: float
    mean: int | None
    deviation: int | None
    _fields_ = [
        ("scale", c_double),
        ("mean", c_void_p),
        ("deviation", c_void_p),
    ]


class cnn_input_size(Structure):
    name: bytes | None
    shape: ctypes.Array[c_int64]
    axes: int
    _fields_ = [
        ("name", c_char_p),
        ("shape", c_int64 * 8),
        ("axes", c_int),
    ]


class cnn_partial_weights(Structure):
    taken: int
    left: int
    unused: int
    taken_names: bytes
    left_names: bytes
    unused_names: bytes
    _fields_ = [
        ("taken", c_int64),
        ("left", c_int64),
        ("unused", c_int64),
        ("taken_names", c_char * 256),
        ("left_names", c_char * 256),
        ("unused_names", c_char * 256),
    ]


class cnn_image_options(Structure):
    channels: int
    height: int
    width: int
    resize: int
    bgr: bool
    invert: bool
    centre: bool
    background: int
    max_pixels: int
    _fields_ = [
        ("channels", c_int64),
        ("height", c_int64),
        ("width", c_int64),
        ("resize", c_int64),
        ("bgr", c_bool),
        ("invert", c_bool),
        ("centre", c_bool),
        ("background", c_uint32),
        ("max_pixels", c_int64),
    ]


class cnn_data_options(Structure):
    split: int
    image: cnn_image_options
    limit: int
    skip_bad: bool
    _fields_ = [
        ("split", c_int),
        ("image", cnn_image_options),
        ("limit", c_int64),
        ("skip_bad", c_bool),
    ]


class cnn_data_arrays(Structure):
    count: int
    channels: int
    height: int
    width: int
    bytes: int | None
    floats: int | None
    labels: int | None
    classes: int
    class_names: ctypes._Pointer[c_char_p]
    targets: int | None
    targets_per_image: int
    _fields_ = [
        ("count", c_int64),
        ("channels", c_int64),
        ("height", c_int64),
        ("width", c_int64),
        ("bytes", c_void_p),
        ("floats", c_void_p),
        ("labels", c_void_p),
        ("classes", c_int64),
        ("class_names", POINTER(c_char_p)),
        ("targets", c_void_p),
        ("targets_per_image", c_int64),
    ]


class cnn_picture(Structure):
    format: bytes | None
    channels: int
    height: int
    width: int
    _fields_ = [
        ("format", c_char_p),
        ("channels", c_int64),
        ("height", c_int64),
        ("width", c_int64),
    ]


class cnn_predictor_options(Structure):
    batch: int
    threads: int
    precision: int
    _fields_ = [
        ("batch", c_int64),
        ("threads", c_int),
        ("precision", c_int),
    ]


class cnn_evaluation(Structure):
    images: int
    correct: int
    accuracy: float
    loss: float
    classes: int
    confusion: int | None
    by_name: bool
    _fields_ = [
        ("images", c_int64),
        ("correct", c_int64),
        ("accuracy", c_double),
        ("loss", c_double),
        ("classes", c_int64),
        ("confusion", c_void_p),
        ("by_name", c_bool),
    ]


class cnn_layer_options(Structure):
    name: bytes | None
    input: int
    _fields_ = [
        ("name", c_char_p),
        ("input", c_int),
    ]


class cnn_conv2d_options(Structure):
    filters: int
    kernel: ctypes.Array[c_int64]
    stride: ctypes.Array[c_int64]
    padding: ctypes.Array[c_int64]
    same: bool
    dilation: ctypes.Array[c_int64]
    groups: int
    no_bias: bool
    init: int
    name: bytes | None
    input: int
    _fields_ = [
        ("filters", c_int64),
        ("kernel", c_int64 * 2),
        ("stride", c_int64 * 2),
        ("padding", c_int64 * 4),
        ("same", c_bool),
        ("dilation", c_int64 * 2),
        ("groups", c_int64),
        ("no_bias", c_bool),
        ("init", c_int),
        ("name", c_char_p),
        ("input", c_int),
    ]


class cnn_pool2d_options(Structure):
    kernel: ctypes.Array[c_int64]
    stride: ctypes.Array[c_int64]
    padding: ctypes.Array[c_int64]
    count_include_pad: bool
    dilation: ctypes.Array[c_int64]
    name: bytes | None
    input: int
    _fields_ = [
        ("kernel", c_int64 * 2),
        ("stride", c_int64 * 2),
        ("padding", c_int64 * 4),
        ("count_include_pad", c_bool),
        ("dilation", c_int64 * 2),
        ("name", c_char_p),
        ("input", c_int),
    ]


class cnn_dense_options(Structure):
    units: int
    no_bias: bool
    init: int
    name: bytes | None
    input: int
    _fields_ = [
        ("units", c_int64),
        ("no_bias", c_bool),
        ("init", c_int),
        ("name", c_char_p),
        ("input", c_int),
    ]


class cnn_dropout_options(Structure):
    rate: float
    name: bytes | None
    input: int
    _fields_ = [
        ("rate", c_double),
        ("name", c_char_p),
        ("input", c_int),
    ]


class cnn_batch_norm_options(Structure):
    epsilon: float
    momentum: float
    name: bytes | None
    input: int
    _fields_ = [
        ("epsilon", c_double),
        ("momentum", c_double),
        ("name", c_char_p),
        ("input", c_int),
    ]


class cnn_join_options(Structure):
    other: int
    others: int | None
    count: int
    name: bytes | None
    input: int
    _fields_ = [
        ("other", c_int),
        ("others", c_void_p),
        ("count", c_int),
        ("name", c_char_p),
        ("input", c_int),
    ]


class cnn_activation_options(Structure):
    kind: int
    alpha: float
    beta: float
    name: bytes | None
    input: int
    _fields_ = [
        ("kind", c_int),
        ("alpha", c_double),
        ("beta", c_double),
        ("name", c_char_p),
        ("input", c_int),
    ]


class cnn_conv_transpose2d_options(Structure):
    filters: int
    kernel: ctypes.Array[c_int64]
    stride: ctypes.Array[c_int64]
    padding: ctypes.Array[c_int64]
    output_padding: ctypes.Array[c_int64]
    dilation: ctypes.Array[c_int64]
    groups: int
    no_bias: bool
    init: int
    name: bytes | None
    input: int
    _fields_ = [
        ("filters", c_int64),
        ("kernel", c_int64 * 2),
        ("stride", c_int64 * 2),
        ("padding", c_int64 * 4),
        ("output_padding", c_int64 * 2),
        ("dilation", c_int64 * 2),
        ("groups", c_int64),
        ("no_bias", c_bool),
        ("init", c_int),
        ("name", c_char_p),
        ("input", c_int),
    ]


class cnn_pair_options(Structure):
    kind: int
    other: int
    name: bytes | None
    input: int
    _fields_ = [
        ("kind", c_int),
        ("other", c_int),
        ("name", c_char_p),
        ("input", c_int),
    ]


class cnn_prelu_options(Structure):
    shared: bool
    name: bytes | None
    input: int
    _fields_ = [
        ("shared", c_bool),
        ("name", c_char_p),
        ("input", c_int),
    ]


class cnn_resize2d_options(Structure):
    mode: int
    scale: ctypes.Array[c_double]
    size: ctypes.Array[c_int64]
    coordinates: int
    rounding: int
    name: bytes | None
    input: int
    _fields_ = [
        ("mode", c_int),
        ("scale", c_double * 2),
        ("size", c_int64 * 2),
        ("coordinates", c_int),
        ("rounding", c_int),
        ("name", c_char_p),
        ("input", c_int),
    ]


class cnn_pad2d_options(Structure):
    padding: ctypes.Array[c_int64]
    mode: int
    value: float
    channels: ctypes.Array[c_int64]
    name: bytes | None
    input: int
    _fields_ = [
        ("padding", c_int64 * 4),
        ("mode", c_int),
        ("value", c_double),
        ("channels", c_int64 * 2),
        ("name", c_char_p),
        ("input", c_int),
    ]


class cnn_slice_options(Structure):
    channels: ctypes.Array[c_int64]
    rows: ctypes.Array[c_int64]
    columns: ctypes.Array[c_int64]
    name: bytes | None
    input: int
    _fields_ = [
        ("channels", c_int64 * 3),
        ("rows", c_int64 * 3),
        ("columns", c_int64 * 3),
        ("name", c_char_p),
        ("input", c_int),
    ]


class cnn_channel_shuffle_options(Structure):
    groups: int
    name: bytes | None
    input: int
    _fields_ = [
        ("groups", c_int64),
        ("name", c_char_p),
        ("input", c_int),
    ]


class cnn_depth_to_space_options(Structure):
    block: int
    mode: int
    name: bytes | None
    input: int
    _fields_ = [
        ("block", c_int64),
        ("mode", c_int),
        ("name", c_char_p),
        ("input", c_int),
    ]


class cnn_unflatten_options(Structure):
    size: ctypes.Array[c_int64]
    name: bytes | None
    input: int
    _fields_ = [
        ("size", c_int64 * 2),
        ("name", c_char_p),
        ("input", c_int),
    ]


class cnn_group_norm_options(Structure):
    groups: int
    epsilon: float
    name: bytes | None
    input: int
    _fields_ = [
        ("groups", c_int64),
        ("epsilon", c_double),
        ("name", c_char_p),
        ("input", c_int),
    ]


class cnn_instance_norm_options(Structure):
    epsilon: float
    name: bytes | None
    input: int
    _fields_ = [
        ("epsilon", c_double),
        ("name", c_char_p),
        ("input", c_int),
    ]


class cnn_layer_norm_options(Structure):
    epsilon: float
    name: bytes | None
    input: int
    _fields_ = [
        ("epsilon", c_double),
        ("name", c_char_p),
        ("input", c_int),
    ]


class cnn_channel_pool_options(Structure):
    mode: int
    branches: int
    name: bytes | None
    input: int
    _fields_ = [
        ("mode", c_int),
        ("branches", c_int64),
        ("name", c_char_p),
        ("input", c_int),
    ]


class cnn_lrn_options(Structure):
    size: int
    alpha: float
    beta: float
    bias: float
    name: bytes | None
    input: int
    _fields_ = [
        ("size", c_int64),
        ("alpha", c_double),
        ("beta", c_double),
        ("bias", c_double),
        ("name", c_char_p),
        ("input", c_int),
    ]


class cnn_layer_info(Structure):
    name: bytes | None
    kind: bytes | None
    text: bytes | None
    inputs: int
    input: int | None
    rank: int
    output: ctypes.Array[c_int64]
    parameters: int
    statistics: int
    macs: int
    frozen: bool
    shares: int
    _fields_ = [
        ("name", c_char_p),
        ("kind", c_char_p),
        ("text", c_char_p),
        ("inputs", c_int),
        ("input", c_void_p),
        ("rank", c_int),
        ("output", c_int64 * 3),
        ("parameters", c_int64),
        ("statistics", c_int64),
        ("macs", c_int64),
        ("frozen", c_bool),
        ("shares", c_int),
    ]


class cnn_tensor_info(Structure):
    name: bytes | None
    rank: int
    shape: ctypes.Array[c_int64]
    elements: int
    _fields_ = [
        ("name", c_char_p),
        ("rank", c_int),
        ("shape", c_int64 * 4),
        ("elements", c_int64),
    ]


class cnn_layer_time(Structure):
    layers: bytes
    algorithm: bytes | None
    forward_flops: float
    backward_flops: float
    forward: float
    backward: float
    forward_bytes: float
    backward_bytes: float
    error: float
    stored: int
    _fields_ = [
        ("layers", c_char * 120),
        ("algorithm", c_char_p),
        ("forward_flops", c_double),
        ("backward_flops", c_double),
        ("forward", c_double),
        ("backward", c_double),
        ("forward_bytes", c_double),
        ("backward_bytes", c_double),
        ("error", c_double),
        ("stored", c_int),
    ]


class cnn_layer_times(Structure):
    count: int
    layers: ctypes._Pointer[cnn_layer_time]
    seconds: float
    peak: float
    threads: int
    bandwidth: float
    _fields_ = [
        ("count", c_int),
        ("layers", POINTER(cnn_layer_time)),
        ("seconds", c_double),
        ("peak", c_double),
        ("threads", c_int),
        ("bandwidth", c_double),
    ]


class cnn_layer_times_options(Structure):
    inference: bool
    batch: int
    threads: int
    seconds: float
    precision: int
    _fields_ = [
        ("inference", c_bool),
        ("batch", c_int64),
        ("threads", c_int),
        ("seconds", c_double),
        ("precision", c_int),
    ]


class cnn_parameter_factor(Structure):
    pattern: bytes | None
    factor: float
    _fields_ = [
        ("pattern", c_char_p),
        ("factor", c_double),
    ]


class cnn_update_options(Structure):
    optimizer: int
    learning_rate: float
    momentum: float
    nesterov: bool
    beta1: float
    beta2: float
    epsilon: float
    weight_decay: float
    clip_norm: float
    label_smoothing: float
    loss: int
    focal: float
    rate_factors: ctypes._Pointer[cnn_parameter_factor]
    decay_factors: ctypes._Pointer[cnn_parameter_factor]
    rate_factor_count: int
    decay_factor_count: int
    layer_decay: float
    precision: int
    _fields_ = [
        ("optimizer", c_int),
        ("learning_rate", c_double),
        ("momentum", c_double),
        ("nesterov", c_bool),
        ("beta1", c_double),
        ("beta2", c_double),
        ("epsilon", c_double),
        ("weight_decay", c_double),
        ("clip_norm", c_double),
        ("label_smoothing", c_double),
        ("loss", c_int),
        ("focal", c_double),
        ("rate_factors", POINTER(cnn_parameter_factor)),
        ("decay_factors", POINTER(cnn_parameter_factor)),
        ("rate_factor_count", c_int),
        ("decay_factor_count", c_int),
        ("layer_decay", c_double),
        ("precision", c_int),
    ]


class cnn_progress(Structure):
    epoch: int
    epochs: int
    iteration: int
    iterations: int
    epoch_ended: bool
    images_per_second: float
    seconds_left: float
    learning_rate: float
    loss: float
    accuracy: float
    validated: bool
    validation_loss: float
    validation_accuracy: float
    best: bool
    kept_epoch: int
    kept_loss: float
    kept_accuracy: float
    layers: int | None
    layer_count: int
    diverged: bool
    _fields_ = [
        ("epoch", c_int),
        ("epochs", c_int),
        ("iteration", c_int64),
        ("iterations", c_int64),
        ("epoch_ended", c_bool),
        ("images_per_second", c_double),
        ("seconds_left", c_double),
        ("learning_rate", c_double),
        ("loss", c_double),
        ("accuracy", c_double),
        ("validated", c_bool),
        ("validation_loss", c_double),
        ("validation_accuracy", c_double),
        ("best", c_bool),
        ("kept_epoch", c_int),
        ("kept_loss", c_double),
        ("kept_accuracy", c_double),
        ("layers", c_void_p),
        ("layer_count", c_int64),
        ("diverged", c_bool),
    ]

cnn_progress_function = CFUNCTYPE(c_bool, c_void_p, POINTER(cnn_progress))


class cnn_train_options(Structure):
    update: cnn_update_options
    epochs: int
    batch: int
    schedule: int
    warmup_epochs: float
    step_epochs: int
    step_factor: float
    test: float
    validation: float
    validation_data: int | None
    best: int
    patience: int
    seed: int
    threads: int
    keep_parameters: bool
    keep_normalisation: bool
    augment: bool
    run_directory: bytes | None
    resume: bool
    overwrite: bool
    progress: Any
    user: int | None
    augmentations: int | None
    augmentation_count: int
    ema: float
    lookahead: int
    swa_from: int
    power: float
    accumulate: int
    class_weights: int | None
    class_weight_count: int
    balance_classes: bool
    epoch_updates: int
    balance_sampling: bool
    folds: int
    fold: int
    freeze_epochs: int
    teacher: int | None
    teacher_weight: float
    temperature: float
    unfreeze_gradually: bool
    epoch_lengths: int | None
    epoch_length_count: int
    seconds: float
    _fields_ = [
        ("update", cnn_update_options),
        ("epochs", c_int),
        ("batch", c_int64),
        ("schedule", c_int),
        ("warmup_epochs", c_double),
        ("step_epochs", c_int),
        ("step_factor", c_double),
        ("test", c_double),
        ("validation", c_double),
        ("validation_data", c_void_p),
        ("best", c_int),
        ("patience", c_int),
        ("seed", c_uint64),
        ("threads", c_int),
        ("keep_parameters", c_bool),
        ("keep_normalisation", c_bool),
        ("augment", c_bool),
        ("run_directory", c_char_p),
        ("resume", c_bool),
        ("overwrite", c_bool),
        ("progress", cnn_progress_function),
        ("user", c_void_p),
        ("augmentations", c_void_p),
        ("augmentation_count", c_int),
        ("ema", c_double),
        ("lookahead", c_int),
        ("swa_from", c_int),
        ("power", c_double),
        ("accumulate", c_int),
        ("class_weights", c_void_p),
        ("class_weight_count", c_int64),
        ("balance_classes", c_bool),
        ("epoch_updates", c_int64),
        ("balance_sampling", c_bool),
        ("folds", c_int),
        ("fold", c_int),
        ("freeze_epochs", c_int),
        ("teacher", c_void_p),
        ("teacher_weight", c_double),
        ("temperature", c_double),
        ("unfreeze_gradually", c_bool),
        ("epoch_lengths", c_void_p),
        ("epoch_length_count", c_int),
        ("seconds", c_double),
    ]


class cnn_train_length(Structure):
    epochs: int
    epoch_updates: int
    seconds: float
    _fields_ = [
        ("epochs", c_int),
        ("epoch_updates", c_int64),
        ("seconds", c_double),
    ]


class cnn_rate_range(Structure):
    least: float
    most: float
    updates: int
    _fields_ = [
        ("least", c_double),
        ("most", c_double),
        ("updates", c_int),
    ]


class cnn_rate_point(Structure):
    rate: float
    loss: float
    smoothed: float
    _fields_ = [
        ("rate", c_double),
        ("loss", c_double),
        ("smoothed", c_double),
    ]


class cnn_rate_curve(Structure):
    points: ctypes._Pointer[cnn_rate_point]
    count: int
    suggestion: float
    _fields_ = [
        ("points", POINTER(cnn_rate_point)),
        ("count", c_int64),
        ("suggestion", c_double),
    ]


class cnn_train_images(Structure):
    training: int
    validation: int
    test: int
    others: int
    _fields_ = [
        ("training", c_int64),
        ("validation", c_int64),
        ("test", c_int64),
        ("others", c_int64),
    ]


class cnn_run_part(Structure):
    listed: bool
    others: int
    _fields_ = [
        ("listed", c_bool),
        ("others", c_int64),
    ]


class cnn_trainer_options(Structure):
    update: cnn_update_options
    batch: int
    threads: int
    seed: int
    _fields_ = [
        ("update", cnn_update_options),
        ("batch", c_int64),
        ("threads", c_int),
        ("seed", c_uint64),
    ]


class cnn_memory(Structure):
    parameters: int
    training: int
    inference: int
    _fields_ = [
        ("parameters", c_int64),
        ("training", c_int64),
        ("inference", c_int64),
    ]


class cnn_augmentation(Structure):
    kind: int
    amount: float
    _fields_ = [
        ("kind", c_int),
        ("amount", c_double),
    ]


class cnn_found_image(Structure):
    part: int
    index: int
    score: float
    text: bytes
    _fields_ = [
        ("part", c_int),
        ("index", c_int64),
        ("score", c_double),
        ("text", c_char * 256),
    ]


class cnn_finding(Structure):
    check: bytes | None
    severity: int
    what: bytes
    where: bytes
    evidence: bytes
    advice: bytes
    images: ctypes._Pointer[cnn_found_image]
    image_count: int
    image_capacity: int
    _fields_ = [
        ("check", c_char_p),
        ("severity", c_int),
        ("what", c_char * 160),
        ("where", c_char * 256),
        ("evidence", c_char * 512),
        ("advice", c_char * 512),
        ("images", POINTER(cnn_found_image)),
        ("image_count", c_int64),
        ("image_capacity", c_int64),
    ]


class cnn_diagnosis(Structure):
    findings: ctypes._Pointer[cnn_finding]
    count: int
    capacity: int
    _fields_ = [
        ("findings", POINTER(cnn_finding)),
        ("count", c_int64),
        ("capacity", c_int64),
    ]


class cnn_doctor_options(Structure):
    training: int | None
    validation: int | None
    test: int | None
    net: int | None
    trained: bool
    run_directory: bytes | None
    train: ctypes._Pointer[cnn_train_options]
    quick: bool
    seed: int
    threads: int
    _fields_ = [
        ("training", c_void_p),
        ("validation", c_void_p),
        ("test", c_void_p),
        ("net", c_void_p),
        ("trained", c_bool),
        ("run_directory", c_char_p),
        ("train", POINTER(cnn_train_options)),
        ("quick", c_bool),
        ("seed", c_uint64),
        ("threads", c_int),
    ]


class cnn_layer_update(Structure):
    layer: bytes | None
    weights: int
    gradient: float
    update: float
    _fields_ = [
        ("layer", c_char_p),
        ("weights", c_int64),
        ("gradient", c_double),
        ("update", c_double),
    ]


class cnn_run_epoch(Structure):
    seconds: float
    learning_rate: float
    loss: float
    accuracy: float
    validation_loss: float
    validation_accuracy: float
    updates: int
    _fields_ = [
        ("seconds", c_double),
        ("learning_rate", c_double),
        ("loss", c_double),
        ("accuracy", c_double),
        ("validation_loss", c_double),
        ("validation_accuracy", c_double),
        ("updates", c_int64),
    ]


class cnn_training_record(Structure):
    there: bool
    options: cnn_train_options
    images: int
    fingerprint: bytes
    augmentations: bytes
    epochs: ctypes._Pointer[cnn_run_epoch]
    epoch_count: int
    _fields_ = [
        ("there", c_bool),
        ("options", cnn_train_options),
        ("images", c_int64),
        ("fingerprint", c_char * 17),
        ("augmentations", c_char * 256),
        ("epochs", POINTER(cnn_run_epoch)),
        ("epoch_count", c_int64),
    ]


class cnn_answer(Structure):
    label: int
    predicted: int
    second: int
    probability: float
    second_probability: float
    _fields_ = [
        ("label", c_int32),
        ("predicted", c_int32),
        ("second", c_int32),
        ("probability", c_float),
        ("second_probability", c_float),
    ]


class cnn_calibration_bin(Structure):
    images: int
    confidence: float
    accuracy: float
    _fields_ = [
        ("images", c_int64),
        ("confidence", c_double),
        ("accuracy", c_double),
    ]


class cnn_calibration(Structure):
    bins: ctypes.Array[cnn_calibration_bin]
    confidence: float
    accuracy: float
    expected_error: float
    largest_error: float
    _fields_ = [
        ("bins", cnn_calibration_bin * 15),
        ("confidence", c_double),
        ("accuracy", c_double),
        ("expected_error", c_double),
        ("largest_error", c_double),
    ]


class cnn_view(Structure):
    mirror: bool
    down: int
    right: int
    weight: float
    _fields_ = [
        ("mirror", c_bool),
        ("down", c_int64),
        ("right", c_int64),
        ("weight", c_double),
    ]


class cnn_ensemble_options(Structure):
    batch: int
    threads: int
    views: ctypes._Pointer[cnn_view]
    view_count: int
    outputs: bool
    precision: int
    _fields_ = [
        ("batch", c_int64),
        ("threads", c_int),
        ("views", POINTER(cnn_view)),
        ("view_count", c_int),
        ("outputs", c_bool),
        ("precision", c_int),
    ]


class cnn_ensemble_answers(Structure):
    images: int
    classes: int
    probabilities: int | None
    labels: int | None
    by_name: bool
    loss: float
    targets: int | None
    _fields_ = [
        ("images", c_int64),
        ("classes", c_int64),
        ("probabilities", c_void_p),
        ("labels", c_void_p),
        ("by_name", c_bool),
        ("loss", c_double),
        ("targets", c_void_p),
    ]


class cnn_inspector_options(Structure):
    batch: int
    threads: int
    no_gradients: bool
    _fields_ = [
        ("batch", c_int64),
        ("threads", c_int),
        ("no_gradients", c_bool),
    ]


class cnn_term(Structure):
    input: int
    index: int
    weight: int
    value: float
    factor: float
    product: float
    _fields_ = [
        ("input", c_int),
        ("index", c_int64),
        ("weight", c_int64),
        ("value", c_double),
        ("factor", c_double),
        ("product", c_double),
    ]


class cnn_figure(Structure):
    name: bytes | None
    value: float
    _fields_ = [
        ("name", c_char_p),
        ("value", c_double),
    ]


class cnn_account(Structure):
    kind: int
    layer: bytes | None
    op: bytes | None
    formula: bytes | None
    image: int
    index: int
    terms: ctypes._Pointer[cnn_term]
    count: int
    weight_name: bytes | None
    bias_name: bytes | None
    bias_index: int
    bias: float
    figures: ctypes.Array[cnn_figure]
    figure_count: int
    winner: int
    result: float
    engine: float
    difference: float
    magnitude: float
    bound: float
    worst: float
    _fields_ = [
        ("kind", c_int),
        ("layer", c_char_p),
        ("op", c_char_p),
        ("formula", c_char_p),
        ("image", c_int64),
        ("index", c_int64),
        ("terms", POINTER(cnn_term)),
        ("count", c_int64),
        ("weight_name", c_char_p),
        ("bias_name", c_char_p),
        ("bias_index", c_int64),
        ("bias", c_double),
        ("figures", cnn_figure * 8),
        ("figure_count", c_int),
        ("winner", c_int64),
        ("result", c_double),
        ("engine", c_float),
        ("difference", c_double),
        ("magnitude", c_double),
        ("bound", c_double),
        ("worst", c_double),
    ]


class cnn_gradient_term(Structure):
    image: int
    index: int
    input: int
    upstream: float
    slope: float
    product: float
    _fields_ = [
        ("image", c_int64),
        ("index", c_int64),
        ("input", c_int64),
        ("upstream", c_double),
        ("slope", c_double),
        ("product", c_double),
    ]


class cnn_gradient_account(Structure):
    parameter: bytes | None
    layer: bytes | None
    index: int
    weight: float
    terms: ctypes._Pointer[cnn_gradient_term]
    count: int
    result: float
    engine: float
    difference: float
    magnitude: float
    bound: float
    worst: float
    _fields_ = [
        ("parameter", c_char_p),
        ("layer", c_char_p),
        ("index", c_int64),
        ("weight", c_double),
        ("terms", POINTER(cnn_gradient_term)),
        ("count", c_int64),
        ("result", c_double),
        ("engine", c_float),
        ("difference", c_double),
        ("magnitude", c_double),
        ("bound", c_double),
        ("worst", c_double),
    ]


class cnn_receptive_field(Structure):
    first_row: int
    end_row: int
    first_column: int
    end_column: int
    pixels: int
    rows: int
    columns: int
    row_jump: float
    column_jump: float
    top: int
    left: int
    _fields_ = [
        ("first_row", c_int64),
        ("end_row", c_int64),
        ("first_column", c_int64),
        ("end_column", c_int64),
        ("pixels", c_int64),
        ("rows", c_int64),
        ("columns", c_int64),
        ("row_jump", c_double),
        ("column_jump", c_double),
        ("top", c_int64),
        ("left", c_int64),
    ]


class cnn_patch(Structure):
    image: int
    index: int
    value: float
    _fields_ = [
        ("image", c_int64),
        ("index", c_int64),
        ("value", c_float),
    ]


class cnn_value_summary(Structure):
    count: int
    zeros: int
    not_finite: int
    smallest: float
    largest: float
    mean: float
    deviation: float
    _fields_ = [
        ("count", c_int64),
        ("zeros", c_int64),
        ("not_finite", c_int64),
        ("smallest", c_double),
        ("largest", c_double),
        ("mean", c_double),
        ("deviation", c_double),
    ]


class cnn_lab_progress(Structure):
    doing: bytes | None
    share: float
    _fields_ = [
        ("doing", c_char_p),
        ("share", c_double),
    ]


class cnn_lab_options(Structure):
    net: int | None
    trained: bool
    training: int | None
    validation: int | None
    test: int | None
    run_directory: bytes | None
    train: ctypes._Pointer[cnn_train_options]
    quick: bool
    seed: int
    threads: int
    progress: Any
    user: int | None
    _fields_ = [
        ("net", c_void_p),
        ("trained", c_bool),
        ("training", c_void_p),
        ("validation", c_void_p),
        ("test", c_void_p),
        ("run_directory", c_char_p),
        ("train", POINTER(cnn_train_options)),
        ("quick", c_bool),
        ("seed", c_uint64),
        ("threads", c_int),
        ("progress", CFUNCTYPE(c_bool, c_void_p, POINTER(cnn_lab_progress))),
        ("user", c_void_p),
    ]


class cnn_lab_network(Structure):
    there: bool
    trained_here: bool
    parameters: int
    correct: int
    accuracy: float
    shifted: ctypes.Array[Any]
    _fields_ = [
        ("there", c_bool),
        ("trained_here", c_bool),
        ("parameters", c_int64),
        ("correct", c_int64),
        ("accuracy", c_double),
        ("shifted", c_int64 * 13 * 13),
    ]


class cnn_lab_patch(Structure):
    image: int
    value: float
    row: int
    column: int
    first_row: int
    end_row: int
    first_column: int
    end_column: int
    _fields_ = [
        ("image", c_int64),
        ("value", c_float),
        ("row", c_int64),
        ("column", c_int64),
        ("first_row", c_int64),
        ("end_row", c_int64),
        ("first_column", c_int64),
        ("end_column", c_int64),
    ]


class cnn_lab_layer(Structure):
    name: int | None
    kind: int | None
    rank: int
    output: ctypes.Array[c_int64]
    parameters: int
    unshared_parameters: int
    dense_parameters: int
    connections: int
    value_connections: int
    inputs: int
    possible: int
    field: cnn_receptive_field
    change: ctypes.Array[c_double]
    equivariance_error: ctypes.Array[c_double]
    channels: int
    patches: ctypes._Pointer[cnn_lab_patch]
    _fields_ = [
        ("name", c_void_p),
        ("kind", c_void_p),
        ("rank", c_int),
        ("output", c_int64 * 3),
        ("parameters", c_int64),
        ("unshared_parameters", c_int64),
        ("dense_parameters", c_int64),
        ("connections", c_int64),
        ("value_connections", c_int64),
        ("inputs", c_int64),
        ("possible", c_int64),
        ("field", cnn_receptive_field),
        ("change", c_double * 6),
        ("equivariance_error", c_double * 6),
        ("channels", c_int64),
        ("patches", POINTER(cnn_lab_patch)),
    ]


class cnn_lab(Structure):
    train: cnn_train_options
    from_run: bool
    training_images: int
    test_images: int
    test_part: int
    shifted_images: int
    moved_images: int
    patch_images: int
    networks: ctypes.Array[cnn_lab_network]
    layers: ctypes._Pointer[cnn_lab_layer]
    layer_count: int
    _fields_ = [
        ("train", cnn_train_options),
        ("from_run", c_bool),
        ("training_images", c_int64),
        ("test_images", c_int64),
        ("test_part", c_int),
        ("shifted_images", c_int64),
        ("moved_images", c_int64),
        ("patch_images", c_int64),
        ("networks", cnn_lab_network * 5),
        ("layers", POINTER(cnn_lab_layer)),
        ("layer_count", c_int64),
    ]


class cnn_metrics_options(Structure):
    top: int
    resamples: int
    confidence: float
    seed: int
    _fields_ = [
        ("top", c_int64),
        ("resamples", c_int),
        ("confidence", c_double),
        ("seed", c_uint64),
    ]


class cnn_interval(Structure):
    value: float
    low: float
    high: float
    _fields_ = [
        ("value", c_double),
        ("low", c_double),
        ("high", c_double),
    ]


class cnn_class_metrics(Structure):
    images: int
    predicted: int
    precision: float
    recall: float
    f1: float
    roc_auc: float
    average_precision: float
    _fields_ = [
        ("images", c_int64),
        ("predicted", c_int64),
        ("precision", c_double),
        ("recall", c_double),
        ("f1", c_double),
        ("roc_auc", c_double),
        ("average_precision", c_double),
    ]


class cnn_metrics(Structure):
    images: int
    classes: int
    accuracy: cnn_interval
    balanced_accuracy: cnn_interval
    f1_macro: cnn_interval
    f1_weighted: float
    top: int
    top_accuracy: float
    roc_auc: float
    average_precision: float
    calibration_error: float
    of_class: ctypes._Pointer[cnn_class_metrics]
    _fields_ = [
        ("images", c_int64),
        ("classes", c_int64),
        ("accuracy", cnn_interval),
        ("balanced_accuracy", cnn_interval),
        ("f1_macro", cnn_interval),
        ("f1_weighted", c_double),
        ("top", c_int64),
        ("top_accuracy", c_double),
        ("roc_auc", c_double),
        ("average_precision", c_double),
        ("calibration_error", c_double),
        ("of_class", POINTER(cnn_class_metrics)),
    ]


class cnn_multi_label_metrics(Structure):
    images: int
    classes: int
    exact_match: float
    f1_micro: float
    f1_macro: float
    roc_auc: float
    average_precision: float
    of_class: ctypes._Pointer[cnn_class_metrics]
    _fields_ = [
        ("images", c_int64),
        ("classes", c_int64),
        ("exact_match", c_double),
        ("f1_micro", c_double),
        ("f1_macro", c_double),
        ("roc_auc", c_double),
        ("average_precision", c_double),
        ("of_class", POINTER(cnn_class_metrics)),
    ]


class cnn_number_metrics(Structure):
    mean_absolute_error: float
    root_mean_squared_error: float
    r2: float
    _fields_ = [
        ("mean_absolute_error", c_double),
        ("root_mean_squared_error", c_double),
        ("r2", c_double),
    ]


class cnn_tensor(Structure):
    name: bytes | None
    type: int
    rank: int
    shape: ctypes.Array[c_int64]
    data: int | None
    _fields_ = [
        ("name", c_char_p),
        ("type", c_int),
        ("rank", c_int),
        ("shape", c_int64 * 8),
        ("data", c_void_p),
    ]


class cnn_model_options(Structure):
    engine: int
    threads: int
    precision: int
    _fields_ = [
        ("engine", c_int),
        ("threads", c_int),
        ("precision", c_int),
    ]


class cnn_island_info(Structure):
    input: bytes | None
    layers: int
    nodes: int
    outputs: int
    _fields_ = [
        ("input", c_char_p),
        ("layers", c_int),
        ("nodes", c_int),
        ("outputs", c_int),
    ]


class cnn_operator_info(Structure):
    domain: bytes | None
    name: bytes | None
    nodes: int
    _fields_ = [
        ("domain", c_char_p),
        ("name", c_char_p),
        ("nodes", c_int64),
    ]


# The functions: their result, and what they take.
FUNCTIONS: dict[str, tuple[Any, list[Any]]] = {
    "cnn_status_name": (c_char_p, [c_int]),
    "cnn_version": (c_char_p, []),
    "cnn_cpu": (c_char_p, [POINTER(cnn_error)]),
    "cnn_thread_count": (c_int, [c_int]),
    "cnn_net_new": (c_void_p, [POINTER(cnn_input_options)]),
    "cnn_net_free": (None, [c_void_p]),
    "cnn_net_status": (c_int, [c_void_p]),
    "cnn_net_error": (c_char_p, [c_void_p]),
    "cnn_net_initialise": (c_int, [c_void_p, c_uint64]),
    "cnn_net_freeze": (c_int, [c_void_p, c_char_p, POINTER(cnn_error)]),
    "cnn_net_replace_head": (c_int, [c_void_p, c_int64, c_uint64, POINTER(cnn_error)]),
    "cnn_net_fit": (c_int, [c_void_p, POINTER(cnn_input_options), c_int64, POINTER(cnn_error)]),
    "cnn_net_input": (None, [c_void_p, c_void_p]),
    "cnn_net_outputs": (c_int64, [c_void_p]),
    "cnn_net_parameters": (c_int64, [c_void_p]),
    "cnn_net_statistics": (c_int64, [c_void_p]),
    "cnn_net_output_kind": (c_int, [c_void_p]),
    "cnn_net_classes": (c_int64, [c_void_p]),
    "cnn_net_probabilities": (c_int, [c_void_p, c_void_p, c_int64, c_void_p, POINTER(cnn_error)]),
    "cnn_net_set_normalisation": (c_int, [c_void_p, c_void_p, c_void_p, POINTER(cnn_error)]),
    "cnn_net_normalisation": (None, [c_void_p, c_void_p, c_void_p]),
    "cnn_net_set_preprocessing": (c_int, [c_void_p, POINTER(cnn_preprocessing), POINTER(cnn_error)]),
    "cnn_net_preprocessing": (None, [c_void_p, POINTER(cnn_preprocessing)]),
    "cnn_net_pixels": (c_int, [c_void_p]),
    "cnn_net_expect_pixels": (c_int, [c_void_p, POINTER(cnn_pixel_options), POINTER(cnn_error)]),
    "cnn_net_set_classes": (c_int, [c_void_p, POINTER(c_char_p), c_int64, POINTER(cnn_error)]),
    "cnn_net_class": (c_char_p, [c_void_p, c_int64]),
    "cnn_net_notes": (c_int, [c_void_p]),
    "cnn_net_note": (c_char_p, [c_void_p, c_int]),
    "cnn_net_open": (c_int, [POINTER(c_void_p), c_char_p, c_void_p, POINTER(cnn_error)]),
    "cnn_net_open_sized": (c_int, [POINTER(c_void_p), c_char_p, POINTER(cnn_input_size), c_void_p, POINTER(cnn_error)]),
    "cnn_net_parse": (c_int, [POINTER(c_void_p), c_char_p, c_char_p, POINTER(cnn_error)]),
    "cnn_net_save": (c_int, [c_void_p, c_char_p, POINTER(cnn_error)]),
    "cnn_net_load_weights": (c_int, [c_void_p, c_char_p, POINTER(cnn_error)]),
    "cnn_net_load_weights_partial": (c_int, [c_void_p, c_char_p, POINTER(cnn_partial_weights), POINTER(cnn_error)]),
    "cnn_net_text": (c_void_p, [c_void_p]),
    "cnn_free": (None, [c_void_p]),
    "cnn_builtin_models": (POINTER(c_char_p), []),
    "cnn_builtin_text": (c_char_p, [c_char_p]),
    "cnn_nearest_word": (c_char_p, [c_char_p, POINTER(c_char_p)]),
    "cnn_net_image_options": (cnn_image_options, [c_void_p]),
    "cnn_data_open": (c_int, [POINTER(c_void_p), c_char_p, POINTER(cnn_data_options), POINTER(cnn_error)]),
    "cnn_data_has": (c_int, [c_char_p, c_int, c_void_p, POINTER(cnn_error)]),
    "cnn_data_from_arrays": (c_int, [POINTER(c_void_p), POINTER(cnn_data_arrays), POINTER(cnn_error)]),
    "cnn_data_free": (None, [c_void_p]),
    "cnn_data_folder": (c_int, [POINTER(c_void_p), c_char_p, POINTER(cnn_error)]),
    "cnn_data_count": (c_int64, [c_void_p]),
    "cnn_data_shape": (None, [c_void_p, c_void_p]),
    "cnn_data_classes": (c_int64, [c_void_p]),
    "cnn_data_class": (c_char_p, [c_void_p, c_int64]),
    "cnn_data_label": (c_int32, [c_void_p, c_int64]),
    "cnn_data_kind_of": (c_int, [c_void_p]),
    "cnn_data_outputs": (c_int64, [c_void_p]),
    "cnn_data_targets": (c_void_p, [c_void_p, c_int64]),
    "cnn_data_name": (c_char_p, [c_void_p, c_int64]),
    "cnn_data_picture": (cnn_picture, [c_void_p, c_int64]),
    "cnn_data_skipped": (c_int64, [c_void_p]),
    "cnn_data_skipped_name": (c_char_p, [c_void_p, c_int64]),
    "cnn_data_skipped_reason": (c_char_p, [c_void_p, c_int64]),
    "cnn_data_ignored": (c_char_p, [c_void_p, c_int64, c_void_p]),
    "cnn_data_notes": (c_int64, [c_void_p]),
    "cnn_data_note": (c_char_p, [c_void_p, c_int64]),
    "cnn_data_origin": (c_char_p, [c_void_p]),
    "cnn_data_images": (c_int, [c_void_p, c_int64, c_int64, c_void_p, POINTER(cnn_error)]),
    "cnn_data_statistics": (None, [c_void_p, c_void_p, c_void_p]),
    "cnn_is_image_name": (c_bool, [c_char_p]),
    "cnn_image_read": (c_int, [c_char_p, POINTER(cnn_image_options), c_void_p, POINTER(cnn_error)]),
    "cnn_image_decode": (c_int, [c_void_p, c_size_t, c_char_p, POINTER(cnn_image_options), c_void_p, POINTER(cnn_error)]),
    "cnn_predictor_new": (c_int, [POINTER(c_void_p), c_void_p, POINTER(cnn_predictor_options), POINTER(cnn_error)]),
    "cnn_predictor_free": (None, [c_void_p]),
    "cnn_predictor_run": (c_int, [c_void_p, c_void_p, c_int64, c_void_p, POINTER(cnn_error)]),
    "cnn_match_classes": (c_int, [c_void_p, c_void_p, c_void_p, c_void_p, POINTER(cnn_error)]),
    "cnn_match_outputs": (c_bool, [c_void_p, c_void_p, c_void_p]),
    "cnn_evaluate": (c_int, [c_void_p, c_void_p, c_int, POINTER(cnn_evaluation), POINTER(cnn_error)]),
    "cnn_evaluation_free": (None, [POINTER(cnn_evaluation)]),
    "cnn_add_conv2d": (c_int, [c_void_p, POINTER(cnn_conv2d_options)]),
    "cnn_add_batch_norm": (c_int, [c_void_p, POINTER(cnn_batch_norm_options)]),
    "cnn_add_max_pool2d": (c_int, [c_void_p, POINTER(cnn_pool2d_options)]),
    "cnn_add_avg_pool2d": (c_int, [c_void_p, POINTER(cnn_pool2d_options)]),
    "cnn_add_global_avg_pool2d": (c_int, [c_void_p, POINTER(cnn_layer_options)]),
    "cnn_add_global_max_pool2d": (c_int, [c_void_p, POINTER(cnn_layer_options)]),
    "cnn_add_global_l2_pool2d": (c_int, [c_void_p, POINTER(cnn_layer_options)]),
    "cnn_add_channel_pool": (c_int, [c_void_p, POINTER(cnn_channel_pool_options)]),
    "cnn_add_dense": (c_int, [c_void_p, POINTER(cnn_dense_options)]),
    "cnn_add_dropout": (c_int, [c_void_p, POINTER(cnn_dropout_options)]),
    "cnn_add_drop_path": (c_int, [c_void_p, POINTER(cnn_dropout_options)]),
    "cnn_add_conv_transpose2d": (c_int, [c_void_p, POINTER(cnn_conv_transpose2d_options)]),
    "cnn_add_pair": (c_int, [c_void_p, POINTER(cnn_pair_options)]),
    "cnn_add_prelu": (c_int, [c_void_p, POINTER(cnn_prelu_options)]),
    "cnn_add_resize2d": (c_int, [c_void_p, POINTER(cnn_resize2d_options)]),
    "cnn_add_pad2d": (c_int, [c_void_p, POINTER(cnn_pad2d_options)]),
    "cnn_add_slice": (c_int, [c_void_p, POINTER(cnn_slice_options)]),
    "cnn_add_channel_shuffle": (c_int, [c_void_p, POINTER(cnn_channel_shuffle_options)]),
    "cnn_add_depth_to_space": (c_int, [c_void_p, POINTER(cnn_depth_to_space_options)]),
    "cnn_add_space_to_depth": (c_int, [c_void_p, POINTER(cnn_depth_to_space_options)]),
    "cnn_add_unflatten": (c_int, [c_void_p, POINTER(cnn_unflatten_options)]),
    "cnn_add_group_norm": (c_int, [c_void_p, POINTER(cnn_group_norm_options)]),
    "cnn_add_instance_norm": (c_int, [c_void_p, POINTER(cnn_instance_norm_options)]),
    "cnn_add_layer_norm": (c_int, [c_void_p, POINTER(cnn_layer_norm_options)]),
    "cnn_add_lrn": (c_int, [c_void_p, POINTER(cnn_lrn_options)]),
    "cnn_add_activation": (c_int, [c_void_p, POINTER(cnn_activation_options)]),
    "cnn_add_relu": (c_int, [c_void_p, POINTER(cnn_layer_options)]),
    "cnn_add_flatten": (c_int, [c_void_p, POINTER(cnn_layer_options)]),
    "cnn_add_softmax": (c_int, [c_void_p, POINTER(cnn_layer_options)]),
    "cnn_add_log_softmax": (c_int, [c_void_p, POINTER(cnn_layer_options)]),
    "cnn_add_add": (c_int, [c_void_p, POINTER(cnn_join_options)]),
    "cnn_add_concat": (c_int, [c_void_p, POINTER(cnn_join_options)]),
    "cnn_net_layers": (c_int, [c_void_p]),
    "cnn_net_layer": (c_int, [c_void_p, c_int, POINTER(cnn_layer_info), POINTER(cnn_error)]),
    "cnn_net_tensors": (c_int, [c_void_p]),
    "cnn_net_tensor": (c_int, [c_void_p, c_int, POINTER(cnn_tensor_info), POINTER(cnn_error)]),
    "cnn_net_get_parameter": (c_int, [c_void_p, c_char_p, c_void_p, c_int64, POINTER(cnn_error)]),
    "cnn_net_set_parameter": (c_int, [c_void_p, c_char_p, c_void_p, c_int64, POINTER(cnn_error)]),
    "cnn_net_check_finite": (c_int, [c_void_p, POINTER(cnn_error)]),
    "cnn_output_size": (c_int, [c_int64, c_int64, c_int64, c_int64, c_int64, c_int64, c_void_p, POINTER(cnn_error)]),
    "cnn_time_layers": (c_int, [c_void_p, POINTER(cnn_layer_times_options), POINTER(cnn_layer_times), POINTER(cnn_error)]),
    "cnn_layer_times_free": (None, [POINTER(cnn_layer_times)]),
    "cnn_train": (c_int, [c_void_p, c_void_p, POINTER(cnn_train_options), POINTER(cnn_error)]),
    "cnn_train_fit_time": (c_int, [c_void_p, c_void_p, POINTER(cnn_train_options), c_double, POINTER(cnn_train_length), POINTER(cnn_error)]),
    "cnn_train_find_rate": (c_int, [c_void_p, c_void_p, POINTER(cnn_train_options), POINTER(cnn_rate_range), POINTER(cnn_rate_curve), POINTER(cnn_error)]),
    "cnn_rate_curve_free": (None, [POINTER(cnn_rate_curve)]),
    "cnn_train_check": (c_int, [POINTER(cnn_train_options), POINTER(cnn_error)]),
    "cnn_train_rate": (c_int, [c_void_p, POINTER(cnn_train_options), c_void_p, c_void_p, POINTER(cnn_error)]),
    "cnn_train_count": (c_int, [c_void_p, POINTER(cnn_train_options), POINTER(cnn_train_images), POINTER(cnn_error)]),
    "cnn_data_open_run": (c_int, [POINTER(c_void_p), c_char_p, POINTER(cnn_data_options), c_char_p, POINTER(cnn_run_part), POINTER(cnn_error)]),
    "cnn_trainer_new": (c_int, [POINTER(c_void_p), c_void_p, POINTER(cnn_trainer_options), POINTER(cnn_error)]),
    "cnn_trainer_free": (None, [c_void_p]),
    "cnn_trainer_gradients": (c_int, [c_void_p, c_void_p, c_void_p, c_int64, c_void_p, c_void_p, POINTER(cnn_error)]),
    "cnn_trainer_target_gradients": (c_int, [c_void_p, c_void_p, c_void_p, c_int64, c_void_p, POINTER(cnn_error)]),
    "cnn_trainer_loss": (c_int, [c_void_p, c_void_p, c_void_p, c_int64, c_void_p, c_void_p, POINTER(cnn_error)]),
    "cnn_trainer_update": (c_int, [c_void_p, c_double, POINTER(cnn_error)]),
    "cnn_train_factor": (c_int, [POINTER(cnn_train_options), c_int64, c_int64, c_void_p, POINTER(cnn_error)]),
    "cnn_trainer_get_gradient": (c_int, [c_void_p, c_char_p, c_void_p, c_int64, POINTER(cnn_error)]),
    "cnn_trainer_store": (c_int, [c_void_p, c_void_p, POINTER(cnn_error)]),
    "cnn_net_memory": (c_int, [c_void_p, c_int64, POINTER(cnn_update_options), c_int, POINTER(cnn_memory), POINTER(cnn_error)]),
    "cnn_augmentations_parse": (c_int, [c_char_p, c_void_p, c_void_p, POINTER(cnn_error)]),
    "cnn_data_augmented": (c_int, [c_void_p, c_int64, POINTER(cnn_augmentation), c_int, c_uint64, c_int, c_void_p, POINTER(cnn_error)]),
    "cnn_doctor": (c_int, [POINTER(cnn_diagnosis), POINTER(cnn_doctor_options), POINTER(cnn_error)]),
    "cnn_diagnosis_free": (None, [POINTER(cnn_diagnosis)]),
    "cnn_watch_new": (c_int, [POINTER(c_void_p), c_void_p, c_void_p, c_int, POINTER(cnn_error)]),
    "cnn_watch_free": (None, [c_void_p]),
    "cnn_watch_epoch": (c_int, [c_void_p, POINTER(cnn_progress), POINTER(cnn_error)]),
    "cnn_watch_found": (POINTER(cnn_diagnosis), [c_void_p]),
    "cnn_training_record_read": (c_int, [POINTER(cnn_training_record), c_char_p, POINTER(cnn_error)]),
    "cnn_training_record_free": (None, [POINTER(cnn_training_record)]),
    "cnn_answers": (c_int, [c_void_p, c_void_p, c_int, POINTER(cnn_answer), c_int64, POINTER(cnn_error)]),
    "cnn_calibrate": (c_int, [POINTER(cnn_answer), c_int64, POINTER(cnn_calibration), POINTER(cnn_error)]),
    "cnn_views_parse": (c_int, [c_char_p, c_void_p, c_void_p, POINTER(cnn_error)]),
    "cnn_ensemble_new": (c_int, [POINTER(c_void_p), POINTER(c_void_p), c_int, POINTER(cnn_ensemble_options), POINTER(cnn_error)]),
    "cnn_ensemble_free": (None, [c_void_p]),
    "cnn_ensemble_run": (c_int, [c_void_p, c_void_p, c_int64, c_void_p, POINTER(cnn_error)]),
    "cnn_ensemble_answer": (c_int, [c_void_p, c_void_p, POINTER(cnn_ensemble_answers), POINTER(cnn_error)]),
    "cnn_ensemble_answers_free": (None, [POINTER(cnn_ensemble_answers)]),
    "cnn_ensemble_evaluate": (c_int, [POINTER(cnn_ensemble_answers), POINTER(cnn_evaluation), POINTER(cnn_error)]),
    "cnn_ensemble_list": (c_int, [POINTER(cnn_ensemble_answers), POINTER(cnn_answer), POINTER(cnn_error)]),
    "cnn_inspector_new": (c_int, [POINTER(c_void_p), c_void_p, POINTER(cnn_inspector_options), POINTER(cnn_error)]),
    "cnn_inspector_free": (None, [c_void_p]),
    "cnn_inspector_net": (c_void_p, [c_void_p]),
    "cnn_inspector_find": (c_int, [c_void_p, c_char_p, c_void_p, POINTER(cnn_error)]),
    "cnn_inspector_index": (c_int, [c_void_p, c_char_p, c_void_p, c_void_p, POINTER(cnn_error)]),
    "cnn_inspector_run": (c_int, [c_void_p, c_void_p, c_int64, POINTER(cnn_error)]),
    "cnn_inspector_output": (c_int, [c_void_p, c_char_p, c_void_p, c_int64, POINTER(cnn_error)]),
    "cnn_inspector_loss": (c_int, [c_void_p, c_void_p, c_void_p, POINTER(cnn_error)]),
    "cnn_inspector_backward": (c_int, [c_void_p, c_char_p, c_void_p, c_int64, POINTER(cnn_error)]),
    "cnn_inspector_gradient": (c_int, [c_void_p, c_char_p, c_void_p, c_int64, POINTER(cnn_error)]),
    "cnn_inspector_parameter_gradient": (c_int, [c_void_p, c_char_p, c_void_p, c_int64, POINTER(cnn_error)]),
    "cnn_inspector_grad_cam": (c_int, [c_void_p, c_char_p, c_void_p, c_void_p, c_int64, POINTER(cnn_error)]),
    "cnn_inspector_account": (c_int, [c_void_p, c_char_p, c_int64, c_int64, POINTER(cnn_account), POINTER(cnn_error)]),
    "cnn_account_free": (None, [POINTER(cnn_account)]),
    "cnn_inspector_gradient_account": (c_int, [c_void_p, c_char_p, c_int64, POINTER(cnn_gradient_account), POINTER(cnn_error)]),
    "cnn_gradient_account_free": (None, [POINTER(cnn_gradient_account)]),
    "cnn_inspector_check_gradient": (c_int, [c_void_p, c_char_p, c_int64, c_void_p, POINTER(cnn_error)]),
    "cnn_inspector_receptive_field": (c_int, [c_void_p, c_char_p, c_int64, POINTER(cnn_receptive_field), c_void_p, POINTER(cnn_error)]),
    "cnn_inspector_effective_field": (c_int, [c_void_p, c_char_p, c_int64, c_int64, c_void_p, POINTER(cnn_error)]),
    "cnn_inspector_top_patches": (c_int, [c_void_p, c_char_p, c_int64, c_int64, POINTER(cnn_patch), POINTER(cnn_error)]),
    "cnn_summarise": (c_int, [c_void_p, c_int64, POINTER(cnn_value_summary), POINTER(cnn_error)]),
    "cnn_lab_run": (c_int, [POINTER(cnn_lab), POINTER(cnn_lab_options), POINTER(cnn_error)]),
    "cnn_lab_free": (None, [POINTER(cnn_lab)]),
    "cnn_metrics_of": (c_int, [c_void_p, c_void_p, c_int64, c_int64, POINTER(cnn_metrics_options), POINTER(cnn_metrics), POINTER(cnn_error)]),
    "cnn_metrics_free": (None, [POINTER(cnn_metrics)]),
    "cnn_multi_label_metrics_of": (c_int, [c_void_p, c_void_p, c_int64, c_int64, POINTER(cnn_multi_label_metrics), POINTER(cnn_error)]),
    "cnn_multi_label_metrics_free": (None, [POINTER(cnn_multi_label_metrics)]),
    "cnn_number_metrics_of": (c_int, [c_void_p, c_void_p, c_int64, c_int64, POINTER(cnn_number_metrics), POINTER(cnn_number_metrics), POINTER(cnn_error)]),
    "cnn_type_name": (c_char_p, [c_int]),
    "cnn_type_size": (c_size_t, [c_int]),
    "cnn_tensor_read": (c_int, [POINTER(cnn_tensor), c_char_p, POINTER(cnn_error)]),
    "cnn_tensor_free": (None, [POINTER(cnn_tensor)]),
    "cnn_tensor_write": (c_int, [POINTER(cnn_tensor), c_char_p, POINTER(cnn_error)]),
    "cnn_model_open": (c_int, [POINTER(c_void_p), c_char_p, POINTER(cnn_model_options), POINTER(cnn_error)]),
    "cnn_model_free": (None, [c_void_p]),
    "cnn_model_engine": (c_int, [c_void_p]),
    "cnn_model_islands": (c_int, [c_void_p]),
    "cnn_model_island": (c_int, [c_void_p, c_int, POINTER(cnn_island_info), POINTER(cnn_error)]),
    "cnn_model_nodes": (c_int64, [c_void_p]),
    "cnn_model_operators": (c_int, [c_void_p]),
    "cnn_model_operator": (c_int, [c_void_p, c_int, POINTER(cnn_operator_info), POINTER(cnn_error)]),
    "cnn_model_inputs": (c_int, [c_void_p]),
    "cnn_model_outputs": (c_int, [c_void_p]),
    "cnn_model_input": (POINTER(cnn_tensor), [c_void_p, c_int]),
    "cnn_model_output": (POINTER(cnn_tensor), [c_void_p, c_int]),
    "cnn_model_run": (c_int, [c_void_p, POINTER(cnn_tensor), c_int, POINTER(cnn_error)]),
    "cnn_model_result": (POINTER(cnn_tensor), [c_void_p, c_int]),
}
