"""A detection model ready to use: a page to text polygons."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from ocr.detection.decode import Options, options_from
from ocr.detection.letters import with_upright_letters
from ocr.detection.maps import Maps
from ocr.detection.multiscale import SearchResult, search
from ocr.detection.overlaps import without_overlaps
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

#: Without any text, a page scaled below this factor may hold text that was too small to be detected.
_MAY_HIDE_TEXT = 0.5


@dataclass(frozen=True)
class Detection:
    """Text regions of one page.

    Attributes:
        regions: in pixels of the page, best score first.
        warnings: (code, message) pairs.
        unsure: what hardly is a region, such as single characters, likewise.
    """

    regions: tuple[Region, ...]
    warnings: tuple[tuple[str, str], ...] = ()
    unsure: tuple[Region, ...] = ()


class Detector:
    """Finds text regions. Immutable, safe to share between threads."""

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
        """Pickle the model and settings; the inference cache is not pickled."""
        return Detector, (self.model, self.threads, self.backend, self.providers)

    def __copy__(self) -> Detector:
        """One that shares what was loaded, which pickling would load anew."""
        other = object.__new__(type(self))
        other.__dict__.update(self.__dict__)
        return other

    @property
    def threads(self) -> int:
        """Threads that one run of the network uses."""
        return self._network.threads

    @property
    def backend(self) -> str:
        """Name of the registered backend that runs the network."""
        return name_of(self._network)

    def with_threads(self, threads: int) -> Detector:
        """The same detector, whose network uses another number of threads."""
        detector = copy.copy(self)
        detector._network = network(self.model, threads, self.backend, self.providers)
        return detector

    def detect(
        self,
        image: npt.NDArray[np.uint8],
        options: Options | None = None,
        policy: SizePolicy | None = None,
    ) -> Detection:
        """Find the text regions of a page.

        Args:
            image: RGB (H, W, 3) or grey (H, W) uint8, upright.
            options: how the network's maps are decoded; the model's own if ``None``.
            policy: at which scales the page is detected; the model's own if ``None``.

        Raises:
            ModelOutputInvalid: the network answered with values that are not finite.
        """
        options = options or self.options
        if isinstance(self._network, Reserving):
            self._network.reserve(*self.policy.largest)
        result = search(to_grey(image), self.maps, policy or self.policy, options)
        # How unsure ones stand is told by the others.
        upright = with_upright_letters((*result.regions, *result.unsure))
        regions = without_overlaps(upright[: len(result.regions)])
        warnings = tuple(_warnings(result, policy or self.policy, options))
        return Detection(regions, warnings, upright[len(result.regions) :])

    def map_of(
        self,
        image: npt.NDArray[np.uint8],
        options: Options | None = None,
        policy: SizePolicy | None = None,
    ) -> npt.NDArray[np.float32]:
        """The map (H', W') float32 in [0, 1] over the whole page; the maximum where the model has several maps.

        Arguments as for `detect`.
        """
        page, maps = to_grey(image), Maps()
        search(page, self.maps, policy or self.policy, options or self.options, maps)
        return maps.over_page(page.shape[1], page.shape[0])

    def with_cache(self, cache: InferenceCache) -> Detector:
        """The same detector, which runs its network only on inputs that the cache does not hold."""
        detector = copy.copy(self)
        detector._network = CachedNetwork(self._network, cache)
        return detector

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
        """Check the shape of the network's output for a batch (N, 1, H, W).

        Raises:
            ModelInvalid: it does not fit the kind of the model.
        """
        maps = self.options.maps
        fits = len(output) == 4 and output[:2] == (batch[0], maps) and 0 not in output
        if not fits or (batch[2] % output[2], batch[3] * output[2]) != (0, batch[2] * output[3]):
            raise ModelInvalid(
                f"the detection model answers {output} to {batch}; expected {(batch[0], maps, *batch[2:])} "
                f"or its last two sides divided by a whole number"
            )


def _warnings(result: SearchResult, policy: SizePolicy, options: Options) -> Iterator[tuple[str, str]]:
    if result.left_out:
        yield (
            "regions_left_out",
            f"{result.left_out + options.max_candidates} text regions were found; "
            f"the best {options.max_candidates} were kept",
        )
    shrunk = result.scale < min(1.0, 0.99 * result.wanted) and result.text < policy.min_text_height
    if shrunk or (not result.regions and result.scale < _MAY_HIDE_TEXT):
        detail = (
            f"at that scale its lines are {result.text:.0f} pixels high"
            if result.regions
            else "at that scale no text was found"
        )
        yield (
            "page_shrunk",
            f"the page was too large for its small text and was shrunk to {result.scale:.0%}; {detail}, and smaller "
            "text may be missing: crop the picture to the text",
        )
