#!/usr/bin/env python3
"""Write tests/golden/schedules.h: learning-rate factors of PyTorch's schedulers; the triangle is airbench's, by NumPy.

Needs tools/requirements-golden.txt: tools/golden_schedules.py > tests/golden/schedules.h
"""
import warnings

import numpy
import torch
from torch.optim import lr_scheduler as schedulers

warnings.simplefilter("ignore")  # schedulers are stepped here without a step of the optimizer


def triangle(optimizer, updates):
    """As airbench writes it: through (0, 0.2), (23 %, 1) and (100 %, 0.07)."""
    curve = numpy.interp(range(updates + 1), [0, int(0.23 * updates), updates], [0.2, 1, 0.07])
    return schedulers.LambdaLR(optimizer, lambda update: curve[update])


def main_schedule(kind, optimizer, updates, step, factor, power):
    if kind == "CNN_SCHEDULE_CONSTANT":
        return schedulers.ConstantLR(optimizer, factor=1)
    if kind == "CNN_SCHEDULE_STEP":
        return schedulers.StepLR(optimizer, step_size=step, gamma=factor)
    if kind == "CNN_SCHEDULE_COSINE":
        return schedulers.CosineAnnealingLR(optimizer, T_max=updates)
    if kind == "CNN_SCHEDULE_POLYNOMIAL":
        return schedulers.PolynomialLR(optimizer, total_iters=updates, power=power)
    if kind == "CNN_SCHEDULE_TRIANGULAR":
        return triangle(optimizer, updates)
    return schedulers.OneCycleLR(optimizer, max_lr=1.0, total_steps=updates, cycle_momentum=False)


def with_warmup(kind, optimizer, updates, warmup, step, factor, power=0):
    if warmup == 0:
        return main_schedule(kind, optimizer, updates, step, factor, power)
    rise = schedulers.LinearLR(optimizer, start_factor=1 / warmup, total_iters=warmup - 1)
    rest = main_schedule(kind, optimizer, updates - warmup, step, factor, power)
    return schedulers.SequentialLR(optimizer, [rise, rest], milestones=[warmup])


def factors(*case):
    kind, updates, *_ = case
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=1.0)
    schedule = with_warmup(kind, optimizer, *case[1:])
    for _ in range(updates):
        yield optimizer.param_groups[0]["lr"]
        schedule.step()


CASES = [  # kind, updates, warmup, step, factor, power
    ("CNN_SCHEDULE_CONSTANT", 5, 0, 0, 0),
    ("CNN_SCHEDULE_CONSTANT", 10, 4, 0, 0),
    ("CNN_SCHEDULE_STEP", 20, 0, 6, 0.1),
    ("CNN_SCHEDULE_STEP", 20, 5, 4, 0.5),
    ("CNN_SCHEDULE_COSINE", 17, 0, 0, 0),
    ("CNN_SCHEDULE_COSINE", 20, 3, 0, 0),
    ("CNN_SCHEDULE_ONECYCLE", 4, 0, 0, 0),
    ("CNN_SCHEDULE_ONECYCLE", 20, 0, 0, 0),
    ("CNN_SCHEDULE_ONECYCLE", 37, 0, 0, 0),
    ("CNN_SCHEDULE_POLYNOMIAL", 12, 0, 0, 0, 1),
    ("CNN_SCHEDULE_POLYNOMIAL", 18, 5, 0, 0, 2.5),
    ("CNN_SCHEDULE_TRIANGULAR", 30, 0, 0, 0),
    ("CNN_SCHEDULE_TRIANGULAR", 3, 0, 0, 0),
]

print("/* Written by tools/golden_schedules.py with PyTorch %s. */" % torch.__version__.split("+")[0])
print("static const struct {\n    cnn_curve curve;\n    double factors[40];\n} golden_schedules[] = {")
for case in CASES:
    values = ", ".join("%.12g" % value for value in factors(*case))
    print("    {{%s, %d, %d, %d, %g, %g, 0, 0}, {%s}}," % (*case, *([0] if len(case) == 5 else []), values))
print("};")


def plateau(patience, factor, losses):
    """The factor after each epoch."""
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=1.0)
    schedule = schedulers.ReduceLROnPlateau(optimizer, patience=patience, factor=factor)
    for loss in losses:
        schedule.step(loss)
        yield optimizer.param_groups[0]["lr"]


PLATEAUS = [  # epochs waited for, factor, losses
    (1, 0.1, [1, 0.9, 0.95, 0.92, 0.91, 0.8, 0.8, 0.8, 0.8, 0.8, 0.7]),
    (0, 0.5, [2, 1, 1, 0.99995, 0.9998, 0.9998]),
    (2, 0.3, [1, 2, 3, 4, 5, 6, 7, 8, 0.5, 0.6, 0.6, 0.6]),
]

print("static const struct {\n    int patience;\n    double factor;\n    int epochs;\n    double losses[12], factors[12];\n} golden_plateaus[] = {")
for patience, factor, losses in PLATEAUS:
    factors_of = ", ".join("%.12g" % value for value in plateau(patience, factor, losses))
    print("    {%d, %g, %d, {%s}, {%s}}," % (patience, factor, len(losses), ", ".join("%.12g" % loss for loss in losses), factors_of))
print("};")
