"""What is printed while the benchmark runs, and docs/benchmarks.md."""
import math
import statistics

MODES = {"train": "training", "infer": "inference"}


def heading(results):
    described = results["machine"]
    print("%s, %d processors, load %.1f before" % (described["cpu"], described["processors"], described["load_before"]))
    for name, version in results["engines"].items():
        print("  %-16s %s" % (name, version))
    if described["load_before"] > 0.3:
        print("Something else is running: the figures below are not reliable.")


def progress(row):
    what = (row["net"], MODES[row["mode"]], row["batch"], row["threads"], row["cpu"])
    print("\n%s %s, batch %d, %d threads %s" % what)
    for name, figures in row["engines"].items():
        print("  %-16s %-13s %10.1f images/s  spread %4.1f %%  cnn/it %.2f" % (
            name, figures["variant"], figures["median"], 100 * figures["spread"], figures.get("ratio", math.nan)))
    for name, reason in row["absent"].items():
        print("  %-16s absent: %s" % (name, reason), flush=True)


def progress_of_layer(row):
    ratio = row["engines"].get("oneDNN", {}).get("ratio", math.nan)
    print("%-8s %-36s %d threads  cnn/oneDNN %.2f" % (
        row["direction"], " ".join(map(str, row["shape"])), row["threads"], ratio), flush=True)


# ---- The page -------------------------------------------------------------------------------------------------


def _table(head, rows):
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    return "\n".join(lines + ["| " + " | ".join(row) + " |" for row in rows]) + "\n"


def _number(value):
    """Three significant digits, or all before the decimal point."""
    if not value:
        return "0"
    digits = max(0, 2 - math.floor(math.log10(abs(value))))
    return "{:,.{}f}".format(value, digits)


# What an engine's images a second are in a unit of a table.
UNITS = {"images/s": lambda speed: speed, "ms an image": lambda speed: 1e3 / speed,
         "us an image": lambda speed: 1e6 / speed}


def _speed(figures, unit):
    if not figures or not figures["median"]:
        return "-"
    return "%s ± %.0f %%" % (_number(UNITS[unit](figures["median"])), 50 * figures["spread"])


def _ratio(figures):
    """The ratio of cnn's speed to another engine's: median of the rounds, and their range."""
    if not figures or "ratio" not in figures:
        return "-"
    return "**%.2f** (%.2f to %.2f)" % (figures["ratio"], figures["lowest"], figures["highest"])


def _of_section(results, section):
    return [row for row in results["nets"] if row["section"] == section]


def _nets_table(results, measured, as_latency=False):
    rows, unit = [], "us an image" if as_latency else "images/s"
    for row in measured:
        what = "`%s` %s, batch %d, %d thread%s" % (
            row["net"], MODES[row["mode"]], row["batch"], row["threads"], "s" if row["threads"] > 1 else "")
        for name in results["engines"]:
            figures = row["engines"].get(name)
            if not figures and row["absent"].get(name, "does not do this") == "does not do this":
                continue
            speed = _speed(figures, unit) if figures else "absent: %s" % row["absent"][name]
            variant = " (%s)" % figures["variant"] if figures and figures["variant"] else ""
            rows.append([what, name + variant, speed, _ratio(figures) if name != "cnn" else ""])
            what = ""
    return _table(["what", "engine", unit, "cnn is faster by a factor of"], rows) if rows else ""


def _threads_table(results):
    """Each engine with two threads against itself with one."""
    speeds = {}
    for row in results["nets"]:
        for name, figures in row["engines"].items():
            if row["section"] == "nets":
                speeds.setdefault((row["net"], row["mode"], name), {})[row["threads"]] = figures["median"]
    rows = []
    for (net, mode, name), by_threads in speeds.items():
        most = max(by_threads)
        if most > 1 and by_threads.get(1):
            gain = "%.2f" % (by_threads[most] / by_threads[1])
            rows.append(["`%s` %s" % (net, MODES[mode]), name, "%d" % most, gain])
    return _table(["what", "engine", "threads", "times its speed with one"], rows) if rows else ""


def _geometric_mean(values):
    return math.exp(statistics.fmean(map(math.log, values)))


PEERS_OF_PHOTOGRAPHS = ["OpenVINO", "ONNX Runtime", "ncnn", "MNN", "cnn bf16", "OpenVINO bf16"]
PHOTOGRAPHS = """Networks that PyTorch exports to ONNX (`tools/export_models.py`), with random weights, 1,000 classes and 224x224
pixels of noise. All engines load the same file, ncnn and MNN through the converters of their makers. In inference, milliseconds
an image of each engine and, in bold type, how many times faster cnn is; what is in bfloat16 is compared with cnn's in bfloat16.

"""


def _photographs_cell(row, engine):
    if engine in row["absent"]:
        return "absent: %s" % row["absent"][engine]
    figures = row["engines"].get(engine)
    speed = _speed(figures, "ms an image")
    return speed if engine == "cnn" or not figures else "%s, %s" % (speed, _ratio(figures))


def _photographs_means(rows, names):
    """One line for each batch and number of threads of several networks."""
    lines = []
    measured = [(row["batch"], row["threads"]) for row in rows]
    for key in dict.fromkeys(key for key in measured if measured.count(key) > 1):
        line = ["geometric mean of all", *map(str, key), ""]
        for name in names:
            ratios = [row["engines"].get(name, {}).get("ratio", 0) for row in rows
                      if (row["batch"], row["threads"]) == key]
            ratios = [ratio for ratio in ratios if ratio > 0]
            line.append("**%.2f** (of %d)" % (_geometric_mean(ratios), len(ratios)) if ratios else "-")
        lines.append(line)
    return lines


def _kind_of_layers(kind):
    longest = ", ".join("`%s` %.0f %%" % (name, 100 * share) for name, share in kind["longest"].items())
    peak = ", at %.0f %% of peak" % (100 * kind["share_of_peak"]) if kind["share_of_peak"] else ""
    return "%s %.0f %% (layers: %d%s; above all %s)" % (
        kind["algorithm"], 100 * kind["share"], kind["layers"], peak, longest)


def _costly_table(rows):
    """The networks in which cnn is slower."""
    lines = []
    for row in rows:
        kinds = [_kind_of_layers(kind) for kind in row.get("costly", [])] or [row.get("costly_absent")]
        if any(kinds):
            lines.append(["`%s`" % row["net"], str(row["batch"]), str(row["threads"]), "; ".join(kinds)])
    if not lines:
        return ""
    return "\nWhere cnn is slower, it spends its time in these layers (`cnn bench MODEL.onnx --layers`):\n\n" + _table(
        ["network", "batch", "threads", "share of the time"], lines)


def _photographs_row(row, names):
    head = ["`%s`" % row["net"], str(row["batch"]), str(row["threads"])]
    return head + [_photographs_cell(row, name) for name in ["cnn", *names]]


def _inference_table(rows):
    names = [name for name in PEERS_OF_PHOTOGRAPHS
             if any(name in row["engines"] or name in row["absent"] for row in rows)]
    lines = [_photographs_row(row, names) for row in rows] + _photographs_means(rows, names)
    return _table(["network", "batch", "threads", "cnn", *names], lines) + _costly_table(rows)


def _photographs_tables(results):
    """Inference, then training, of what there is."""
    rows = {mode: [row for row in _of_section(results, "photographs") if row["mode"] == mode] for mode in MODES}
    tables = [_inference_table(rows["infer"])] if rows["infer"] else []
    tables += [_nets_table(results, rows["train"])] if rows["train"] else []
    return PHOTOGRAPHS + "\n".join(tables) if tables else ""


def _layer_summary(results):
    rows = []
    for direction in ("forward", "data", "weights"):
        for threads in sorted({row["threads"] for row in results["layers"]}, reverse=True):
            ratios = [row["engines"]["oneDNN"]["ratio"] for row in results["layers"]
                      if row["direction"] == direction and row["threads"] == threads
                      and row["engines"].get("oneDNN", {}).get("ratio", 0) > 0]
            if ratios:
                rows.append([direction, str(threads), str(len(ratios)), "**%.2f**" % _geometric_mean(ratios),
                             "%.2f" % min(ratios), "%.2f" % max(ratios)])
    return _table(["direction", "threads", "shapes", "geometric mean", "lowest", "highest"], rows) if rows else ""


def _gflops(row, figures):
    """The multiplications and additions in the definition of a convolution, whatever the algorithm does."""
    _, channels, size, filters, kernel, stride, padding, groups = row["shape"]
    out = (size + 2 * padding - kernel) // stride + 1
    flop = 2 * filters * out * out * (channels // groups) * kernel * kernel
    return 1e-9 * flop * figures["median"]


def _layer_table(results):
    rows = []
    for row in results["layers"]:
        ours, theirs = row["engines"].get("cnn"), row["engines"].get("oneDNN")
        rows.append([
            " ".join(map(str, row["shape"])), row["direction"], str(row["threads"]),
            _number(_gflops(row, ours)) if ours else "-", _number(_gflops(row, theirs)) if theirs else "-",
            _ratio(theirs) if ours else "; ".join(row["absent"].values()),
        ])
    head = ["batch channels size filters kernel stride padding groups", "direction", "threads", "cnn GFLOP/s",
            "oneDNN GFLOP/s", "ratio"]
    return _table(head, rows) if rows else ""


def _programs_table(results):
    rows = []
    for row in results["programs"]:
        ours = row["engines"].get("cnn")
        for name, figures in row["engines"].items():
            share = "%.2f" % (ours["median"] / figures["median"]) if ours and name != "cnn" else ""
            rows.append([row["what"], name, "%s %s ± %.0f %%" % (
                _number(figures["median"]), row["unit"], 50 * figures["spread"]), share])
        rows += [[row["what"], name, "absent: %s" % reason, ""] for name, reason in row["absent"].items()]
    return _table(["what", "program", "median", "cnn's share of it"], rows) if rows else ""


def _machine(results):
    described = results["machine"]
    rows = [
        ["date", described["date"]],
        ["processor", "%s, %d used" % (described["cpu"], described["processors"])],
        ["relevant instruction sets", ", ".join(described["flags"])],
        ["caches of a core", ", ".join(described["caches"])],
        ["memory", "%g GiB" % described["memory_gib"]],
        ["compiler of cnn and of the oneDNN engine", described["compiler"]],
        ["load before; time stolen by the hypervisor", "%.1f; %.1f %%" % (
            described["load_before"], described["stolen_percent"])],
    ]
    rows += [[name, version] for name, version in results["engines"].items()]
    return _table(["", ""], rows)


OPENING = """# Benchmarks

This page is written by `./bench.sh`, which installs the other libraries, builds, measures and stores all figures in
`build/bench/results.json`. Compare ratios rather than absolute figures: the latter belong to this machine on this day.

Every engine computes the same thing: the networks of `models/` and `bench/nets/`, from the same initial weights, on
the same {images} photographs, in float32, in batches of the same size, with the same number of threads on the same number of
pinned processors. `./bench.sh --check` verifies it: the same losses, the same weights after two steps, the same outputs. A
training step consists of the forward pass, softmax cross-entropy, the backward pass and an update by SGD with momentum 0.9,
from images in N,C,H,W order to new weights. In each of {rounds} rounds, every engine runs for {seconds:g} s after a warm-up, starting
from the initial weights, in an order that rotates from round to round, while the others are stopped. Figures are medians,
± half the range of the rounds; ratios are medians of the ratios of the rounds, with their range. Of an engine with several
variants, only the fastest one on this machine is shown:

- **oneDNN**: a whole step assembled from its primitives, all created and allocated once, in huge pages: blocked
  layouts, ReLU fused into convolutions, and in the backward pass after the pooling; Winograd's algorithm (`winograd`), direct
  convolution (`direct`), the fastest implementation of each primitive (`tuned`), or the same channels-last (`nhwc`).
- **PyTorch**: eager and torch.compile, each contiguous and channels-last, fused SGD; weights frozen in inference.
- **ONNX Runtime**: all optimisations, inputs passed with each call (`run`) or bound beforehand (`bound`). It does not train.
- **OpenVINO**: in float32, with its hints for `latency` and for `throughput`. It does not train.
- **ncnn**, **MNN**: all in float32, networks converted from ONNX by `pnnx` and by MNN's converter. They do not train here. MNN's
  outputs are farther from ours (2.6e-3 of the largest of ResNet-50's, all others' at most 3.1e-5), since its tiles of Winograd's
  algorithm are larger.
- Where the processor has instructions for bfloat16, **cnn bf16** and **OpenVINO bf16** compute with half the precision, which
  OpenVINO does by itself there; **PyTorch bf16** trains with its automatic mixture of bfloat16 and float32.

Single convolutions run in the layout that each library prefers, with their weights laid out beforehand; each gradient is
computed by itself, that of the input (`data`) as for a layer whose weights are frozen.
GFLOP/s count the multiplications and additions in the definition of a convolution, whatever the algorithm does instead.
"""


def page(results):
    text = OPENING.format(images="4,096", rounds=results["rounds"], seconds=results["seconds"])
    sections = [
        ("Machine and versions", _machine(results)),
        ("Networks", _nets_table(results, _of_section(results, "nets"))),
        ("Other batches", _nets_table(results, _of_section(results, "batches"))),
        ("One image at a time", _nets_table(results, _of_section(results, "latency"), as_latency=True)),
        ("With AVX2 only", _nets_table(results, _of_section(results, "avx2"))),
        ("Photographs", _photographs_tables(results)),
        ("Speedup with a second thread", _threads_table(results)),
        ("Single convolutions against the best of oneDNN", _layer_summary(results)),
        ("Whole programs", _programs_table(results)),
        ("Single convolutions, one by one", _layer_table(results)),
    ]
    for title, table in sections:
        if table:
            text += "\n## %s\n\n%s" % (title, table)
    return text
