"""What makes a training fail or a model useless: in images, labels, settings, the course of a training, parameters."""

from __future__ import annotations

import ctypes
from typing import TYPE_CHECKING, Any, NamedTuple

from . import _arrays, _fit
from . import _declarations as c
from ._library import call, library, path, text

if TYPE_CHECKING:
    import os

    from .data import Data
    from .net import Net

__all__ = ["Finding", "FoundImage", "doctor"]

SEVERITIES = "warning", "fault"
PARTS = "train", "test", "validation", "all"


class FoundImage(NamedTuple):
    """An image that a finding is about."""

    part: str #: "train", "test" or "validation"
    position: int #: within that, from 0; -1: a file that was left out, which the text names
    score: float
    text: str


class Finding(NamedTuple):
    """One thing that is wrong."""

    check: str #: "duplicates"
    severity: str #: "warning" or "fault"
    what: str
    where: str
    evidence: str
    advice: str
    images: list[FoundImage]

    def __str__(self) -> str:
        return f"{self.severity}: {self.what}, {self.where}: {self.evidence}. {self.advice}"


def doctor(
    net: Net | None = None,
    training: Data | None = None,
    *,
    validation: Data | None = None,
    test: Data | None = None,
    run_directory: str | os.PathLike[str] | None = None,
    quick: bool = False,
    seed: int = 1,
    threads: int = 0,
) -> list[Finding]:
    """Make all checks that what is given allows (docs/doctor.md). An empty list: all is well.

    >>> import cnn, numpy
    >>> images = numpy.random.default_rng(1).integers(0, 256, (40, 28, 28), numpy.uint8)
    >>> images[20:] = images[:20]
    >>> findings = cnn.doctor(training=cnn.Data.from_arrays(images, [0, 1] * 20), quick=True)
    >>> "duplicates" in {finding.check for finding in findings}
    True
    """
    options = c.cnn_doctor_options(
        quick=bool(quick), seed=_arrays.integer(seed, "seed", 0, 2**64 - 1),
        threads=_arrays.integer(threads, "threads", 0, c.CNN_MAX_THREADS), trained=net is not None and net.trained,
        run_directory=None if run_directory is None else path(run_directory),
    )
    objects: dict[str, Any] = {"net": net, "training": training, "validation": validation, "test": test}
    given = {name: one for name, one in objects.items() if one is not None}
    diagnosis = c.cnn_diagnosis()
    with _fit._all_shared(list(given.values())) as pointers:
        for name, pointer in zip(given, pointers):
            setattr(options, name, pointer)
        try:
            call(library.cnn_doctor, ctypes.byref(diagnosis), ctypes.byref(options))
            return [_finding(one) for one in diagnosis.findings[:diagnosis.count]]
        finally:
            library.cnn_diagnosis_free(ctypes.byref(diagnosis))


def _finding(found: c.cnn_finding) -> Finding:
    images = [
        FoundImage(PARTS[image.part], image.index, image.score, text(image.text))
        for image in found.images[:found.image_count]
    ]
    return Finding(
        text(found.check), SEVERITIES[found.severity], text(found.what), text(found.where), text(found.evidence),
        text(found.advice), images,
    )
