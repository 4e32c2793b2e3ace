"""The engines as running programs. bench/engine.h describes the protocol between them and run.py."""
import ctypes
import dataclasses
import json
import os
import pathlib
import signal
import subprocess

import machine

ROOT = pathlib.Path(__file__).resolve().parent.parent
BUILD = ROOT / "build" / "bench"
DATA = BUILD / "data"
PYTHON = ROOT / "build" / "bench-venv" / "bin" / "python"


PR_SET_PDEATHSIG = 1  # <sys/prctl.h>


class Absent(Exception):
    """An engine, or what was requested of it, is not available here."""


@dataclasses.dataclass
class Engine:
    name: str
    command: list
    variants: list  # the last word of the command; the fastest stands for the engine
    modes: tuple = ("train", "infer")
    limits_cpu: bool = True  # whether it can be kept to AVX2
    rounding: float = 1e-4  # of outputs: absolute of probabilities, else relative to the largest


def _script(name):
    return [str(PYTHON), str(ROOT / "bench" / name)]


OURS = Engine("cnn", [str(BUILD / "bench_engine_cnn")], [])
ONEDNN = Engine("oneDNN", [str(BUILD / "engine_onednn")], ["direct", "winograd", "tuned", "nhwc"])
EAGER = Engine("PyTorch eager", _script("engine_torch.py"), ["eager", "eager-nhwc"])
COMPILED = Engine("PyTorch compile", _script("engine_torch.py"), ["compile", "compile-nhwc"])
ORT = Engine("ONNX Runtime", _script("engine_ort.py"), ["run", "bound"], ("infer",), limits_cpu=False)
OPENVINO = Engine("OpenVINO", _script("engine_openvino.py"), ["latency", "throughput"], ("infer",), limits_cpu=False)
NCNN = Engine("ncnn", _script("engine_ncnn.py"), [], ("infer",), limits_cpu=False)
# Its tiles of Winograd's algorithm are larger than those of others: ResNet-50's outputs are off by 2.6e-3, U-Net's by 9e-4 (2e-6
# without the algorithm).
MNN = Engine("MNN", _script("engine_mnn.py"), [], ("infer",), limits_cpu=False, rounding=5e-3)
NETS = [OURS, ONEDNN, EAGER, COMPILED, ORT, OPENVINO, NCNN, MNN]
# Half the precision of all others, where the processor has instructions for it. Each is compared with ours in half precision.
OURS_BF16 = Engine("cnn bf16", OURS.command, ["bf16"], ("infer",), rounding=1e-1)
OPENVINO_BF16 = Engine("OpenVINO bf16", OPENVINO.command, ["bf16"], ("infer",), limits_cpu=False, rounding=1e-1)
EAGER_BF16 = Engine("PyTorch bf16", EAGER.command, ["bf16-nhwc"], ("train",), rounding=1e-1)
HAS_BF16 = bool({"avx512_bf16", "amx_bf16"} & set(machine.flags()))
HALVES = [OURS_BF16, OPENVINO_BF16, EAGER_BF16] if HAS_BF16 else []

OUR_LAYER = Engine("cnn", [str(BUILD / "bench_layer_cnn")], [], ("layer",))
ONEDNN_LAYER = Engine("oneDNN", ONEDNN.command, ["tuned", "nhwc"], ("layer",))
LAYERS = [OUR_LAYER, ONEDNN_LAYER]

# Environment that keeps all engines to an instruction set; "" leaves them what the processor has.
CPU = {
    "": {},
    "avx2": {
        "CNN_CPU": "avx2",
        "ONEDNN_MAX_CPU_ISA": "AVX2",
        "ATEN_CPU_CAPABILITY": "avx2",
        "MKL_ENABLE_INSTRUCTIONS": "AVX2",
    },
}


def settle(threads):
    """For a new process: as many processors as threads, and it ends when this process ends, however that happens."""
    os.sched_setaffinity(0, processors(threads))
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def processors(count):
    return set(sorted(os.sched_getaffinity(0))[:count])


def environment(threads, cpu=""):
    return {
        **os.environ,
        **CPU[cpu],
        "OMP_NUM_THREADS": str(threads),
        "TORCHINDUCTOR_CACHE_DIR": str(BUILD / "inductor"),
    }


class Worker:
    """An engine's program, pinned to as many processors as it has threads, and stopped while it is not its turn."""

    def __init__(self, engine, variant, threads, cpu=""):
        self.engine, self.variant = engine, variant
        command = engine.command + [str(DATA), str(threads)] + ([variant] if variant else [])
        self.errors = open(BUILD / ("%s %s.log" % (engine.name, variant)), "w")
        try:
            self.process = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=self.errors,
                text=True,
                env=environment(threads, cpu),
                preexec_fn=lambda: settle(threads),
            )
        except OSError as problem:
            self.errors.close()
            raise Absent("not installed or not built: %s" % problem.strerror)
        self._pause()

    def _pause(self):
        self.process.send_signal(signal.SIGSTOP)

    def ask(self, *words):
        """The reply to a command; Absent when the engine cannot do it."""
        self.process.send_signal(signal.SIGCONT)
        try:
            self.process.stdin.write(" ".join(str(word) for word in words) + "\n")
            self.process.stdin.flush()
            reply = self.process.stdout.readline()
        except BrokenPipeError:
            reply = ""
        if not reply:
            raise Absent("ended: %s" % self._last_words())
        self._pause()
        answer = json.loads(reply)
        if "error" in answer:
            raise Absent(answer["error"])
        return answer

    def _last_words(self):
        self.process.wait()
        lines = pathlib.Path(self.errors.name).read_text(errors="replace").splitlines()
        return lines[-1] if lines else "without a word, exit code %d" % self.process.returncode

    def end(self):
        self.process.send_signal(signal.SIGCONT)
        try:
            self.process.stdin.close()
        except BrokenPipeError:
            pass  # it ended before it read all
        self.process.wait()
        self.process.stdout.close()
        self.errors.close()


class Team:
    """Workers with the same threads and instruction set, started when they are first needed."""

    def __init__(self, threads, cpu=""):
        self.threads, self.cpu = threads, cpu
        self.workers = {}

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for worker in self.workers.values():
            if isinstance(worker, Worker):
                worker.end()

    def worker(self, engine, variant):
        """Raises Absent, each time, for one that does not start."""
        key = (engine.command[-1], variant)
        if key not in self.workers:
            try:
                self.workers[key] = Worker(engine, variant, self.threads, self.cpu)
                self.workers[key].about = self.workers[key].ask("about")
            except Absent as problem:
                self.workers[key] = problem
        if isinstance(self.workers[key], Absent):
            raise self.workers[key]
        return self.workers[key]

    def prepare(self, engines, mode, *request):
        """Workers of all variants that can do what is asked, by engine; and why others cannot."""
        ready, absent = {}, {}
        for engine in engines:
            for variant in engine.variants or [""]:
                try:
                    if mode not in engine.modes:
                        raise Absent("does not do this")
                    if self.cpu and not engine.limits_cpu:
                        raise Absent("cannot be kept to %s" % self.cpu)
                    worker = self.worker(engine, variant)
                    worker.ask("prepare", *request)
                    ready.setdefault(engine.name, []).append(worker)
                except Absent as problem:
                    absent[engine.name] = str(problem)
        return ready, {name: reason for name, reason in absent.items() if name not in ready}
