"""What examines a network as a whole: reports, the explorer, the lab, the doctor."""

from __future__ import annotations

import os
import pathlib
from typing import TYPE_CHECKING, Any, Union, cast

from . import _arrays
from . import _declarations as c
from ._handle import Handle

if TYPE_CHECKING:
    from ._doctor import Finding
    from ._lab import Lab
    from .net import Net

__all__ = ["Examined"]

Path = Union[str, "os.PathLike[str]"]
LARGEST_IMAGES = 1 << 20 # that the explorer takes of a data set


class Examined(Handle):
    """The part of Net that examines it."""

    @property
    def _net(self) -> Net:
        return cast("Net", self)

    def report(
        self, data: Any, file: Path = "report.html", *, training: Any = None, run_directory: Path | None = None,
        quick: bool = False, threads: int = 0,
    ) -> pathlib.Path:
        """Write a page on how the network does: mistakes, calibration, where it looks, ... Returns the file's path.

        `data`: test images, (x, y) or Data, with the `training` images beside them; or a path, which holds both. With the
        `run_directory` of fit the page is about the model saved there, and has its curves, too. `quick` leaves out the
        doctor's checks that train networks.

        >>> import cnn, numpy
        >>> x, y = numpy.random.default_rng(1).random((8, 28, 28)), numpy.arange(8)
        >>> net = cnn.Net("basic")
        >>> net.initialise(seed=1)
        >>> net.report((x, y), "/tmp/report.html", quick=True)  # doctest: +SKIP
        PosixPath('/tmp/report.html')
        """
        from . import _pages

        options = ["--quick"] if quick else []
        options += ["--threads", str(_arrays.integer(threads, "threads", 0, c.CNN_MAX_THREADS))]
        return _pages.write("report", self._net, data, training, file, options, run_directory)

    def explore(
        self, file: Path = "explore.html", *, data: Any = None, training: Any = None, images: int = 500,
        training_images: int = 2000, float16: bool = False, force: bool = False,
    ) -> pathlib.Path:
        """Write a page in which every number of the network can be looked at, in any browser. Returns the file's path.

        `data`: test images to choose from, (x, y) or Data, and `training` images to train with there; or a path, which
        holds both. The first `images` and `training_images` of them are taken. `float16` halves the parameters' size;
        `force` writes more than 32 MB of them.

        >>> import cnn
        >>> cnn.Net("basic").explore("/tmp/explore.html")  # doctest: +SKIP
        PosixPath('/tmp/explore.html')
        """
        from . import _pages

        images = _arrays.integer(images, "images", 0, LARGEST_IMAGES)
        training_images = _arrays.integer(training_images, "training_images", 0, LARGEST_IMAGES)
        if training is None and not isinstance(data, (str, os.PathLike)):
            training_images = 0
        options = ["--test", str(images), "--train", str(training_images)]
        options += ["--float16"] * bool(float16) + ["--force"] * bool(force)
        return _pages.write("explore", self._net, data, training, file, options)

    def lab(self, training: Any, **options: Any) -> Lab:
        """Compare the network with a dense one, and look at its layers: cnn.lab(net, training, ...)."""
        from ._lab import lab

        return lab(self._net, training, **options)

    def doctor(self, training: Any = None, **options: Any) -> list[Finding]:
        """What is wrong with the network, its images or its training: cnn.doctor(net, training, ...)."""
        from ._doctor import doctor

        return doctor(self._net, training, **options)
