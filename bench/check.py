"""Whether all engines do the same work: from the same weights, on the same images, they must reach the same losses,
weights and outputs, and single layers the same results."""
import math

import data
import imported
import model
import peers

STEPS, RATE, BATCH = 2, 0.01, 32
LARGEST_LOSS = 1e-5  # relative
LARGEST_DEEP_LOSS = 1e-3  # of networks with batch normalisation and dozens of layers
# Of the difference of two updates, over the update: of all parameters together, and of the tensor where it is most.
# What is left out or wrong shows as 0.1 and more; rounding alone reaches 1e-5, and 1e-2 in deep networks, where it
# decides for some ReLUs that stand near zero whether a gradient passes.
LARGEST_UPDATE, LARGEST_TENSOR = 5e-3, 3e-2
LARGEST_TOTAL = 1e-4  # of a sum of probabilities
LARGEST_SUM = 1e-3  # of a layer's result, relative to its norm


def _distance(a, b):
    return math.sqrt(math.fsum((x - y) ** 2 for x, y in zip(a, b)))


def _update_errors(net, initial, ours, theirs):
    """See LARGEST_UPDATE and LARGEST_TENSOR."""
    worst, first = 0, 0
    for shape in net.parameter_shapes():
        part = slice(first, first + model.elements(shape))
        worst = max(worst, _distance(ours[part], theirs[part]) / _distance(theirs[part], initial[part]))
        first = part.stop
    return _distance(ours, theirs) / _distance(theirs, initial), worst


def _largest_difference(a, b):
    if len(a) != len(b) or not all(map(math.isfinite, b)):
        return math.inf
    return max(abs(x - y) for x, y in zip(a, b))


class Checker:
    """`engines` of peers.NETS are compared, on photographs `importers` and, in training, `trainers`; where `strict`, one that is
    absent is a failure."""

    def __init__(self, engines, importers, trainers, strict=False):
        self.engines, self.importers, self.trainers, self.strict = engines, importers, trainers, strict
        self.failures = self.absences = self.comparisons = 0

    def line(self, what, who, measure, error, allowed):
        verdict = "ok" if error <= allowed else "DIFFERS"
        self.failures += verdict != "ok"
        self.comparisons += 1
        print("%-24s %-28s %-8s %9.1e  %s" % (what, who, measure, error, verdict), flush=True)

    def absent(self, what, who, reason):
        self.absences += 1
        print("%-24s %-28s absent: %s" % (what, who, reason), flush=True)

    def workers(self, team, what, engines, mode, *request):
        """(worker, what it answered) of every variant that can do this; says which cannot."""
        for engine in engines:
            for variant in engine.variants or [""]:
                try:
                    if mode in engine.modes:
                        worker = team.worker(engine, variant)
                        yield worker, worker.ask("prepare", *request)
                except peers.Absent as problem:
                    self.absent(what, ("%s %s" % (engine.name, variant)).strip(), problem)

    def photographs(self, team, names, missing):
        """Losses alone: the order of the parameters differs from engine to engine."""
        for name in names:
            if name in missing:
                self.absent(name, "", missing[name])
                continue
            reference = None
            for worker, _ in self.workers(team, name, self.trainers, "train", name, "train", imported.TRAINING_BATCHES[0]):
                losses = worker.ask("check", STEPS, RATE, peers.BUILD / "check.f32")["losses"]
                reference = reference or losses
                error = max(abs(a - b) / abs(a) for a, b in zip(reference, losses))
                self.line(name, _who(worker), "loss", error, max(LARGEST_DEEP_LOSS, worker.engine.rounding))

    def training(self, team, name):
        what = name + " training"
        net = model.read(peers.DATA / name / "model.txt")
        initial = data.read(peers.DATA / name / "weights.f32")
        reference, path = None, peers.BUILD / "check.f32"
        for worker, _ in self.workers(team, what, self.engines, "train", name, "train", BATCH):
            losses = worker.ask("check", STEPS, RATE, path)["losses"]
            result = (losses, data.read(path))
            if reference is None:
                reference = result
                print("%-24s %-28s losses   %s" % (what, _who(worker), losses))
                continue
            loss_error = max(abs(a - b) / abs(a) for a, b in zip(reference[0], losses))
            self.line(what, _who(worker), "loss", loss_error, LARGEST_LOSS)
            update, tensor = _update_errors(net, initial, result[1], reference[1])
            self.line(what, _who(worker), "update", update, LARGEST_UPDATE)
            self.line(what, _who(worker), "a tensor", tensor, LARGEST_TENSOR)

    def outputs(self, team, what, engines, name, batch):
        """(worker, outputs of the first batch) of every variant."""
        path = peers.BUILD / "check.f32"
        for worker, _ in self.workers(team, what, engines, "infer", name, "infer", batch):
            worker.ask("check", 1, RATE, path)
            yield worker, data.read(path)

    def inference(self, team, name):
        what, reference = name + " inference", None
        for worker, outputs in self.outputs(team, what, self.engines, name, BATCH):
            who, reference = _who(worker), reference or outputs
            self.line(what, who, "outputs", _largest_difference(reference, outputs), worker.engine.rounding)
            self.line(what, who, "sum", abs(sum(outputs) / BATCH - 1), LARGEST_TOTAL)

    def imported(self, team, name, batch):
        what, reference = "%s, batch %d" % (name, batch), None
        for worker, outputs in self.outputs(team, what, self.importers, name, batch):
            reference = reference or outputs
            error = _largest_difference(reference, outputs) / max(map(abs, reference))
            self.line(what, _who(worker), "outputs", error, worker.engine.rounding)

    def layer(self, team, direction, shape):
        what = "%s %s" % (direction, " ".join(shape))
        reference = None
        for worker, result in self.workers(team, what, peers.LAYERS, "layer", "layer", direction, *shape):
            reference = reference or result
            if result is not reference:
                error = max(abs(result[key] - reference[key]) for key in ("sum", "norm")) / reference["norm"]
                self.line(what, _who(worker), "result", error, LARGEST_SUM)

    def nets(self, team, names):
        for name in names:
            self.training(team, name)
            self.inference(team, name)

    def all_imported(self, team, names, missing):
        """`missing`: why there are none of some, by name."""
        for name in names:
            if name in missing:
                self.absent(name, "", missing[name])
                continue
            for batch in imported.BATCHES:
                self.imported(team, name, batch)

    def layers(self, team, shapes):
        for shape in shapes:
            for direction in ("forward", "data", "weights"):
                self.layer(team, direction, shape)

    def verdict(self):
        """True when something was compared and nothing differs or, where that counts, is absent."""
        print("%d comparisons, %d differences, %d absent" % (self.comparisons, self.failures, self.absences))
        return self.comparisons > 0 and self.failures == 0 and not (self.strict and self.absences)


def _who(worker):
    return ("%s %s" % (worker.engine.name, worker.variant)).strip()
