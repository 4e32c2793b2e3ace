#!/usr/bin/env python3
"""The benchmark: every engine in turn, interleaved, on the same data, threads and batch. Called by bench.sh, which
installs and builds what this runs. Writes build/bench/results.json and, from a whole run, docs/benchmarks.md."""
import argparse
import json
import os
import pathlib
import sys

import check
import data
import imported
import machine
import measure
import peers
import programs
import report
import trained

SECTIONS = ["nets", "batches", "latency", "avx2", "photographs", "layers", "programs", "accuracy"]
ENGINES = [*peers.NETS, *peers.HALVES]
NETS = {"basic": "models/basic.txt"}
NETS["basic-trained"] = NETS["basic"]
NETS.update({name: "bench/nets/%s.txt" % name for name in ("lenet5", "vgg", "resnet")})


def _names(known):
    def parse(text):
        names = text.split(",")
        for name in names:
            if name not in known:
                raise argparse.ArgumentTypeError("unknown name %r; the known ones are %s" % (name, ", ".join(known)))
        return names

    return parse


def arguments():
    parser = argparse.ArgumentParser(prog="bench.sh", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="fewer and shorter rounds, and only the Basic CNN")
    parser.add_argument("--check", action="store_true", help="compare the engines' results instead of their speed")
    parser.add_argument("--strict", action="store_true", help="with --check: an absent engine is a failure")
    parser.add_argument("--errors", action="store_true",
                        help="print the rounding errors of convolutions, compared with double precision, instead")
    parser.add_argument("--nets", type=_names([*NETS, *imported.NETS]),
                        help="of %s; photographs are shown to %s (all)" % (", ".join(NETS), ", ".join(imported.NETS)))
    parser.add_argument("--only", type=_names(SECTIONS), help="of %s (all)" % ", ".join(SECTIONS))
    parser.add_argument("--engines", type=_names([engine.name for engine in ENGINES]),
                        help="of %s (all)" % ", ".join(engine.name for engine in ENGINES))
    parser.add_argument("--modes", type=_names(["train", "infer"]), help="of train, infer (both)")
    parser.add_argument("--batches", type=lambda text: [int(n) for n in text.split(",")],
                        help="numbers of images at once, of those of each section (all)")
    parser.add_argument("--rounds", type=int, help="how often each engine is measured (5)")
    parser.add_argument("--seconds", type=float, help="how long each measurement takes (1.5)")
    parser.add_argument("--threads", type=lambda text: [int(n) for n in text.split(",")],
                        help="numbers of threads, separated by commas (1 and all processors)")
    parser.add_argument("--photographs", type=pathlib.Path, default=pathlib.Path("/usr/share/datasets/fashion-mnist"),
                        help="folder of IDX files that the engines read (%(default)s)")
    parser.add_argument("--mnist", type=pathlib.Path, default=_mnist(),
                        help="folder of MNIST's IDX files for `accuracy` ($CNN_TEST_DATA/mnist)")
    parser.add_argument("--without-compile", action="store_true", help="leave torch.compile out: it starts slowly")
    wanted = parser.parse_args()
    complete(wanted)
    return wanted


def _mnist():
    folder = os.environ.get("CNN_TEST_DATA")
    return pathlib.Path(folder) / "mnist" if folder else None


def complete(wanted):
    processors = len(os.sched_getaffinity(0))
    part = wanted.nets or wanted.only or wanted.engines or wanted.modes or wanted.batches
    wanted.whole = not (wanted.quick or wanted.without_compile or part)
    names = wanted.nets or (["basic"] if wanted.quick else [*NETS, *imported.NETS])
    wanted.nets = [name for name in names if name in NETS]
    wanted.imported = [name for name in names if name in imported.NETS]
    wanted.only = wanted.only or (["nets", "latency", "layers"] if wanted.quick else SECTIONS)
    wanted.digits = set(wanted.only) != {"photographs"}  # whether anything runs on the images of --photographs
    wanted.rounds = wanted.rounds or (3 if wanted.quick else 5)
    wanted.seconds = wanted.seconds or (0.5 if wanted.quick else 1.5)
    wanted.threads = wanted.threads or sorted({1, min(2, processors)}, reverse=True)
    if max(wanted.threads) > processors:
        sys.exit("bench.sh: %d threads on %d processors would measure nothing" % (max(wanted.threads), processors))
    wanted.names = wanted.engines or [engine.name for engine in ENGINES]
    if wanted.quick or wanted.without_compile:
        wanted.names = [name for name in wanted.names if name != peers.COMPILED.name]
    wanted.engines = named(wanted, peers.NETS)


def named(wanted, engines):
    return [engine for engine in engines if engine.name in wanted.names]


def shapes(quick):
    lines = (peers.ROOT / "bench" / "layers.txt").read_text().splitlines()
    rows = [line.partition("#")[0].split() for line in lines]
    rows = [row for row in rows if row]
    return rows[::5] if quick else rows


def is_photographs(wanted, mode):
    return "photographs" in wanted.only and mode in (wanted.modes or [mode])


def inferred_names(wanted):
    """The folders of the imported networks that photographs are shown to."""
    return wanted.imported if is_photographs(wanted, "infer") else []


def trained_names(wanted):
    """The folders of the imported networks that are trained."""
    names = [name + imported.SUFFIX for name in wanted.imported if name in imported.TRAINED]
    return names if is_photographs(wanted, "train") else []


def possible_requests(wanted, threads):
    """What can be measured with this many threads: (section, net, mode, batch, engines)."""
    without_compile = [engine for engine in wanted.engines if engine is not peers.COMPILED]
    for net in wanted.nets:
        for mode in ("train", "infer"):
            yield "nets", net, mode, 128, wanted.engines
    for batch in (8, 32, 256):
        yield "batches", "basic", "train", batch, without_compile
    if threads == 1:
        for net in wanted.nets:
            yield "latency", net, "infer", 1, wanted.engines
    for net in inferred_names(wanted):
        for batch in imported.BATCHES:
            yield "photographs", net, "infer", batch, named(wanted, imported.ENGINES)
    for net in trained_names(wanted):
        for batch in imported.TRAINING_BATCHES:
            yield "photographs", net, "train", batch, named(wanted, imported.TRAINERS)


def is_wanted(wanted, section, mode, batch):
    return (section in wanted.only and mode in (wanted.modes or ["train", "infer"]) and
            batch in (wanted.batches or [batch]))


def net_requests(wanted, threads):
    for request in possible_requests(wanted, threads):
        section, _, mode, batch, _ = request
        if is_wanted(wanted, section, mode, batch):
            yield request


def measure_nets(wanted, results):
    for threads in wanted.threads:
        with peers.Team(threads) as team:
            for request in net_requests(wanted, threads):
                results.append(measure.net(wanted, team, *request))
                report.progress(results[-1])
    if "avx2" in wanted.only:
        with peers.Team(max(wanted.threads), "avx2") as team:
            for mode in ("train", "infer"):
                results.append(measure.net(wanted, team, "avx2", "basic", mode, 128, wanted.engines))
                report.progress(results[-1])


def measure_layers(wanted, results):
    for threads in wanted.threads:
        with peers.Team(threads) as team:
            for shape in shapes(wanted.quick):
                for direction in ("forward", "data", "weights"):
                    results.append(measure.layer(wanted, team, direction, shape))
                    report.progress_of_layer(results[-1])


def measure_all(wanted, results):
    measure_nets(wanted, results["nets"])
    imported.explain(results["nets"])
    if "layers" in wanted.only:
        measure_layers(wanted, results["layers"])
    if "programs" in wanted.only:
        results["programs"] += programs.memory_and_start(wanted)
    if "accuracy" in wanted.only:
        results["programs"] += programs.time_to_accuracy(wanted)


def prepare(wanted):
    """The data of all networks that are wanted; wanted.missing says why there are none of some."""
    peers.DATA.mkdir(parents=True, exist_ok=True)
    for net, text in NETS.items():
        if wanted.digits and (net in wanted.nets or net == "basic"):
            data.prepare(peers.ROOT / text, wanted.photographs, peers.DATA / net)
    if "basic-trained" in wanted.nets and wanted.digits:
        trained.prepare("basic-trained", max(wanted.threads))
    wanted.missing = imported.prepare(inferred_names(wanted) + trained_names(wanted), max(wanted.threads))


def check_all(wanted):
    """See check.Checker.verdict."""
    checker = check.Checker(wanted.engines, named(wanted, imported.ENGINES), named(wanted, imported.TRAINERS), wanted.strict)
    with peers.Team(max(wanted.threads)) as team:
        if wanted.digits:
            checker.nets(team, wanted.nets)
        checker.all_imported(team, inferred_names(wanted), wanted.missing)
        checker.photographs(team, trained_names(wanted), wanted.missing)
        if "layers" in wanted.only:
            checker.layers(team, shapes(wanted.quick))
    return checker.verdict()


def main():
    wanted = arguments()
    prepare(wanted)
    if wanted.check:
        sys.exit(not check_all(wanted))
    results = {"machine": machine.describe(), "rounds": wanted.rounds, "seconds": wanted.seconds, "nets": [],
               "layers": [], "programs": []}
    results["engines"] = measure.versions(named(wanted, ENGINES))
    report.heading(results)
    try:
        measure_all(wanted, results)
    finally:  # what was measured before an interruption is worth keeping
        results["machine"].update(machine.disturbance(results["machine"].pop("stolen_before")))
        (peers.BUILD / "results.json").write_text(json.dumps(results, indent=1) + "\n")
    page = report.page(results)
    print("\n" + page)
    if wanted.whole:
        (peers.ROOT / "docs" / "benchmarks.md").write_text(page)


if __name__ == "__main__":
    main()
