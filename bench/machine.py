"""The machine, as far as speed depends on it; nothing that names it."""
import datetime
import os
import pathlib
import platform
import re
import subprocess

FLAGS = ["avx2", "fma", "avx512f", "avx512_vnni", "avx512_bf16", "amx_tile", "amx_bf16"]


def flags():
    """Those of FLAGS that the processor has."""
    line = re.search(r"^flags\s*: (.*)$", pathlib.Path("/proc/cpuinfo").read_text(), re.M)
    have = line.group(1).split() if line else []
    return [flag for flag in FLAGS if flag in have]


def _cpu():
    name = re.search(r"^model name\s*: (.*)$", pathlib.Path("/proc/cpuinfo").read_text(), re.M)
    return name.group(1) if name else platform.machine()


def _caches():
    """["L1d 48K", "L2 2048K", ...] of the first processor."""
    caches = []
    for folder in sorted(pathlib.Path("/sys/devices/system/cpu/cpu0/cache").glob("index*")):
        level, kind, size = ((folder / name).read_text().strip() for name in ("level", "type", "size"))
        if kind != "Instruction":
            caches.append("L%s%s %s" % (level, "d" if kind == "Data" else "", size))
    return caches


def _compiler():
    try:
        return subprocess.run(["cc", "--version"], capture_output=True, text=True).stdout.splitlines()[0]
    except (OSError, IndexError):
        return "unknown"


def _memory_gib():
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30


def describe():
    return {
        "date": datetime.date.today().isoformat(),
        "cpu": _cpu(),
        "flags": flags(),
        "processors": len(os.sched_getaffinity(0)),
        "caches": _caches(),
        "memory_gib": round(_memory_gib(), 1),
        "compiler": _compiler(),
        "load_before": os.getloadavg()[0],
        "stolen_before": _stolen(),
    }


def _stolen():
    """Share of time that a hypervisor gave to others while this machine had work: (stolen, all) ticks since boot."""
    ticks = [int(word) for word in pathlib.Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:]]
    return ticks[7], sum(ticks[:8])


def disturbance(before):
    """Per cent of the processors' time that was stolen since describe()."""
    stolen, every = _stolen()
    passed = every - before[1]
    return {"stolen_percent": 100 * (stolen - before[0]) / passed if passed else 0.0}
