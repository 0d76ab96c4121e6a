"""A detection model ready to use: a page to text polygons."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from ocr.detection.decode import Options, options_from
from ocr.detection.maps import Maps
from ocr.detection.multiscale import Found, search
from ocr.detection.regions import Region
from ocr.detection.sizing import SizePolicy
from ocr.engine.backends import name_of, network
from ocr.engine.inference_cache import CachedNetwork, InferenceCache
from ocr.engine.model_file import ModelFile
from ocr.engine.network import Network, Reserving
from ocr.engine.providers import ProviderChoice
from ocr.engine.providers import chosen as chosen_providers
from ocr.errors import BadConfiguration, ModelInvalid
from ocr.io.images import to_grey
from ocr.runtime import timing

#: A page that was shrunk this far before no text was found on it may hold some that is too small.
_UNSEEN = 0.5


@dataclass(frozen=True)
class Detection:
    """Text regions of one page.

    Attributes:
        regions: in pixels of the page, best score first.
        warnings: (code, message) pairs.
    """

    regions: tuple[Region, ...]
    warnings: tuple[tuple[str, str], ...] = ()


class Detector:
    """Finds text regions; made once, then only read, safe to share between threads."""

    def __init__(
        self,
        model: ModelFile,
        threads: int | None = None,
        backend: str | None = None,
        providers: ProviderChoice = None,
    ) -> None:
        """Load a detection model; threads, backend and providers as `ocr.engine.backends.network` takes them.

        Raises:
            ModelInvalid: the model or its metadata cannot be used.
        """
        self.model = model
        self.policy = SizePolicy.from_metadata(model.preprocess)
        try:
            self.options = options_from(model.postprocess)
        except BadConfiguration as error:
            raise ModelInvalid(f"postprocess of the detection model cannot be used: {error}") from error
        self._network: Network = network(model, threads, backend, providers)
        self.providers = chosen_providers(providers)

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickled as what it is made of; a cache does not come along."""
        return Detector, (self.model, self.threads, self.backend, self.providers)

    @property
    def threads(self) -> int:
        """Threads that one run of the network uses."""
        return self._network.threads

    @property
    def backend(self) -> str:
        """What runs the network, the name of a registered backend."""
        return name_of(self._network)

    def with_threads(self, threads: int) -> Detector:
        """The same detector, whose network uses another number of threads."""
        made = copy.copy(self)
        made._network = network(self.model, threads, self.backend, self.providers)
        return made

    def detect(
        self,
        image: npt.NDArray[np.uint8],
        options: Options | None = None,
        policy: SizePolicy | None = None,
    ) -> Detection:
        """Find the text regions of a page.

        Args:
            image: RGB (H, W, 3) or grey (H, W) uint8, upright.
            options: how the network's maps are decoded; the model's own where ``None``.
            policy: at which size the page is looked at; the model's own where ``None``.

        Raises:
            ModelOutputInvalid: the network answered with values that are not finite.
        """
        options = options or self.options
        if isinstance(self._network, Reserving):
            self._network.reserve(*self.policy.largest)
        found = search(to_grey(image), self.maps, policy or self.policy, options)
        return Detection(found.regions, tuple(_warnings(found, policy or self.policy, options)))

    def map_of(
        self,
        image: npt.NDArray[np.uint8],
        options: Options | None = None,
        policy: SizePolicy | None = None,
    ) -> npt.NDArray[np.float32]:
        """The map (H', W') float32 in [0, 1] of a page, of several the greatest, laid over all of it.

        Arguments as for `detect`.
        """
        page, maps = to_grey(image), Maps()
        search(page, self.maps, policy or self.policy, options or self.options, maps)
        return maps.over_page(page.shape[1], page.shape[0])

    def with_cache(self, memory: InferenceCache) -> Detector:
        """The same detector, which runs its network only on what the memory does not hold."""
        made = copy.copy(self)
        made._network = CachedNetwork(self._network, memory)
        return made

    def maps(self, page: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
        """Run the network on a page (H, W) grey uint8 of a size that it takes.

        Returns:
            (C, H / s, W / s) float32 in [0, 1] for a whole stride s, C maps as the kind of the model has them.
        """
        batch = np.ascontiguousarray(page[None, None])
        with timing.stage(timing.DETECTION):
            output = self._network.run(batch)
        self.check_answer(output.shape, batch.shape)
        maps: npt.NDArray[np.float32] = output[0]
        return maps

    def check_answer(self, output: tuple[int, ...], batch: tuple[int, ...]) -> None:
        """Hold the shape of the network's answer to a batch (N, 1, H, W) against what the kind of the model wants.

        Raises:
            ModelInvalid: it is another.
        """
        maps = self.options.maps
        fits = len(output) == 4 and output[:2] == (batch[0], maps) and 0 not in output
        if not fits or (batch[2] % output[2], batch[3] * output[2]) != (0, batch[2] * output[3]):
            raise ModelInvalid(
                f"the detection model answers {output} to {batch}; expected {(batch[0], maps, *batch[2:])} "
                f"or its last two sides divided by a whole number"
            )


def _warnings(found: Found, policy: SizePolicy, options: Options) -> Iterator[tuple[str, str]]:
    if found.left_out:
        yield (
            "regions_left_out",
            f"{found.left_out + options.max_candidates} text regions were found; "
            f"the best {options.max_candidates} were kept",
        )
    shrunk = found.scale < min(1.0, 0.99 * found.wanted) and found.text < policy.min_text_height
    if shrunk or (not found.regions and found.scale < _UNSEEN):
        seen = (
            f"its lines were {found.text:.0f} pixels high then" if found.regions else "no text was found then"
        )
        yield (
            "page_shrunk",
            f"the page is so large for its text that it was shrunk to {found.scale:.0%}; {seen}, and small text can "
            "be lost: give the part with the text alone",
        )
