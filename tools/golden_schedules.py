#!/usr/bin/env python3
"""Write tests/golden/schedules.h: learning-rate factors of PyTorch's schedulers.

Needs tools/requirements-golden.txt: tools/golden_schedules.py > tests/golden/schedules.h
"""
import warnings

import torch
from torch.optim import lr_scheduler as schedulers

warnings.simplefilter("ignore")  # schedulers are stepped here without a step of the optimizer


def main_schedule(kind, optimizer, updates, step, factor):
    if kind == "CNN_SCHEDULE_CONSTANT":
        return schedulers.ConstantLR(optimizer, factor=1)
    if kind == "CNN_SCHEDULE_STEP":
        return schedulers.StepLR(optimizer, step_size=step, gamma=factor)
    if kind == "CNN_SCHEDULE_COSINE":
        return schedulers.CosineAnnealingLR(optimizer, T_max=updates)
    return schedulers.OneCycleLR(optimizer, max_lr=1.0, total_steps=updates, cycle_momentum=False)


def with_warmup(kind, optimizer, updates, warmup, step, factor):
    if warmup == 0:
        return main_schedule(kind, optimizer, updates, step, factor)
    rise = schedulers.LinearLR(optimizer, start_factor=1 / warmup, total_iters=warmup - 1)
    rest = main_schedule(kind, optimizer, updates - warmup, step, factor)
    return schedulers.SequentialLR(optimizer, [rise, rest], milestones=[warmup])


def factors(*case):
    kind, updates, *_ = case
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=1.0)
    schedule = with_warmup(kind, optimizer, *case[1:])
    for _ in range(updates):
        yield optimizer.param_groups[0]["lr"]
        schedule.step()


CASES = [  # kind, updates, warmup, step, factor
    ("CNN_SCHEDULE_CONSTANT", 5, 0, 0, 0),
    ("CNN_SCHEDULE_CONSTANT", 10, 4, 0, 0),
    ("CNN_SCHEDULE_STEP", 20, 0, 6, 0.1),
    ("CNN_SCHEDULE_STEP", 20, 5, 4, 0.5),
    ("CNN_SCHEDULE_COSINE", 17, 0, 0, 0),
    ("CNN_SCHEDULE_COSINE", 20, 3, 0, 0),
    ("CNN_SCHEDULE_ONECYCLE", 4, 0, 0, 0),
    ("CNN_SCHEDULE_ONECYCLE", 20, 0, 0, 0),
    ("CNN_SCHEDULE_ONECYCLE", 37, 0, 0, 0),
]

print("/* Written by tools/golden_schedules.py with PyTorch %s. */" % torch.__version__.split("+")[0])
print("static const struct {\n    cnn_curve curve;\n    double factors[40];\n} golden_schedules[] = {")
for case in CASES:
    values = ", ".join("%.12g" % value for value in factors(*case))
    print("    {{%s, %d, %d, %d, %g}, {%s}}," % (*case, values))
print("};")
