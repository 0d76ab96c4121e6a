"""A pipeline of stages, from a configuration, with the inverse transform through all of them."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from ocr import polygons
from ocr.errors import BadConfiguration
from ocr.io.images import to_grey
from ocr.io.letterbox import warp_to
from ocr.io.page_image import in_colour
from ocr.prepare.background import Background, background
from ocr.prepare.contrast import Contrast, contrast
from ocr.prepare.denoise import Denoise, denoise
from ocr.prepare.deskew import Deskew, deskew
from ocr.prepare.orientation import Orientation, orientation
from ocr.prepare.pattern import Pattern, pattern
from ocr.prepare.perspective import Perspective, perspective
from ocr.prepare.shadow import Shadow, shadow
from ocr.prepare.show_through import ShowThrough, show_through
from ocr.prepare.stage import Image, Matrix, Parameters, Result
from ocr.runtime.lazy import cached_property
from ocr.runtime.options import shown
from ocr.runtime.suggestions import did_you_mean


class Stage(NamedTuple):
    """One entry of the table of stages.

    Attributes:
        parameters: type of its parameters.
        run: RGB (H, W, 3) uint8 page and parameters to the result.
    """

    parameters: type[Parameters]
    run: Callable[[Image, Any], Result]


#: Every stage by name, in the order that usually makes sense.
STAGES: Mapping[str, Stage] = MappingProxyType(
    {
        "perspective": Stage(Perspective, perspective),
        "background": Stage(Background, background),
        "orientation": Stage(Orientation, orientation),
        "deskew": Stage(Deskew, deskew),
        "shadow": Stage(Shadow, shadow),
        "show_through": Stage(ShowThrough, show_through),
        "pattern": Stage(Pattern, pattern),
        "denoise": Stage(Denoise, denoise),
        "contrast": Stage(Contrast, contrast),
    }
)


@dataclass(frozen=True)
class Step:
    """A stage with its parameters.

    Attributes:
        name: a name of `STAGES`.
        parameters: of the type that the stage takes.
    """

    name: str
    parameters: Parameters

    def __post_init__(self) -> None:
        if not isinstance(self.parameters, _stage(self.name).parameters):
            raise BadConfiguration(
                f"the stage {self.name} got {type(self.parameters).__name__}; "
                f"expected {_stage(self.name).parameters.__name__}"
            )


@dataclass(frozen=True, eq=False)
class Prepared:
    """A page after some stages, with the transform from the original page.

    Attributes:
        pixels: RGB (H, W, 3) or grey (H, W) uint8, the prepared page.
        size: (width, height) of the original page in pixels.
        matrix: (3, 3) float64 from pixels of the original page to those of ``pixels``.
        figures: measurements of the stages, by ``stage.figure``.
    """

    pixels: Image
    size: tuple[int, int]
    matrix: Matrix
    figures: Mapping[str, float]

    @classmethod
    def untouched(cls, page: Image) -> Prepared:
        """A page before any stage."""
        return cls(page, (page.shape[1], page.shape[0]), np.eye(3), {})

    @cached_property
    def image(self) -> Image:
        """The prepared page, RGB (H, W, 3) uint8."""
        return in_colour(self.pixels)

    @cached_property
    def grey(self) -> Image:
        """The prepared page, grey (H, W) uint8."""
        return to_grey(self.pixels)

    @property
    def moved(self) -> bool:
        """Whether coordinates of ``image`` differ from those of the original page."""
        return not np.array_equal(self.matrix, np.eye(3))

    def then(self, name: str, result: Result) -> Prepared:
        """The page after one more stage, whose input was ``image``."""
        matrix = self.matrix if result.matrix is None else result.matrix @ self.matrix
        figures = {**self.figures, **{f"{name}.{key}": value for key, value in result.figures.items()}}
        return Prepared(result.image, self.size, matrix, figures)

    def overlay(self, values: npt.NDArray[np.float32], size: tuple[int, int]) -> npt.NDArray[np.float32]:
        """A map over ``image``, warped to the original page.

        Args:
            values: (H', W') float32 over the whole of ``image``.
            size: (width, height) in pixels of the result, which covers the whole original page.

        Returns:
            (height, width) float32; 0 outside of ``image``.
        """
        height, width = self.pixels.shape[:2]
        onto = np.diag([values.shape[1] / width, values.shape[0] / height, 1.0]) @ self.matrix
        return warp_to(values, onto @ np.diag([self.size[0] / size[0], self.size[1] / size[1], 1.0]), size)

    def back(self, polygon: npt.ArrayLike) -> npt.NDArray[np.float32] | None:
        """A polygon of ``image`` in pixels of the original page, with the same first corner.

        Returns:
            (N, 2) float32 inside the page, a quad for a quad; ``None`` if it lies outside.
        """
        points = np.asarray(polygon, np.float32)
        if self.moved:
            points = polygons.transform(points, np.linalg.inv(self.matrix))
        checked = polygons.validate(points, *self.size).polygon
        if checked is None or len(points) != 4 or len(checked) == 4:
            return checked
        quad = polygons.min_area_quad(checked)
        first = int(np.linalg.norm(quad - points[0], axis=1).argmin())
        return np.ascontiguousarray(np.roll(quad, -first, axis=0))


@dataclass(frozen=True)
class Pipeline:
    """Stages that run one after another. Immutable, safe to share between threads.

    Attributes:
        steps: in the order they run.
    """

    steps: tuple[Step, ...] = ()

    @classmethod
    def of(cls, *names: str) -> Pipeline:
        """Stages by name with their defaults.

        Raises:
            BadConfiguration: there is no such stage; the message suggests the closest name.
        """
        return cls(tuple(Step(name, _parameters(name, {})) for name in names))

    @classmethod
    def from_config(cls, config: Mapping[str, Any] | Sequence[Any]) -> Pipeline:
        """A pipeline from the content of a JSON or YAML file.

        Args:
            config: names of stages with their parameters, ``{"deskew": {"max_angle": 10}, "shadow": {}}``, in the
                order they run; or a list of names and such mappings.

        Raises:
            BadConfiguration: an unknown stage or parameter (the message suggests the closest name), or a bad value.
        """
        if isinstance(config, str) or not isinstance(config, (Mapping, Sequence)):
            raise BadConfiguration(
                f"the stages are given as {type(config).__name__}; expected a mapping of names to parameters, or a list"
            )
        steps: list[Step] = []
        for entry in [config] if isinstance(config, Mapping) else config:
            if isinstance(entry, Collection) and not isinstance(entry, str | Mapping):
                # Its text is not shown: what a few aliases of YAML repeat would fill the memory.
                raise BadConfiguration(
                    f"a stage is given as {type(entry).__name__}; expected a name, or a mapping of names to parameters"
                )
            stages: Mapping[Any, Any] = entry if isinstance(entry, Mapping) else {str(entry): {}}
            for name, given in stages.items():
                steps.append(Step(name, _parameters(name, {} if given is None else given)))
        return cls(tuple(steps))

    def run(self, page: Image) -> Prepared:
        """Run all stages.

        Args:
            page: RGB (H, W, 3) uint8; it is never written to.
        """
        last = deque(self.states(page), maxlen=1)
        return last[0] if last else Prepared.untouched(page)

    def states(self, page: Image) -> Iterator[Prepared]:
        """Run the stages one after another.

        Args:
            page: RGB (H, W, 3) uint8; it is never written to.

        Yields:
            The page after each stage.
        """
        state = Prepared.untouched(page)
        for step in self.steps:
            state = state.then(step.name, STAGES[step.name].run(state.image, step.parameters))
            yield state

    def to_config(self) -> list[dict[str, dict[str, Any]]]:
        """The configuration of this pipeline, as `from_config` takes it: stages with all their parameters."""
        return [{step.name: step.parameters.to_dict()} for step in self.steps]


def _stage(name: Any) -> Stage:
    if not isinstance(name, str) or name not in STAGES:
        hint = did_you_mean(name, STAGES, "stages")
        raise BadConfiguration(f"there is no stage {shown(name)} to prepare a page; {hint}")
    return STAGES[name]


def _parameters(name: Any, given: Any) -> Parameters:
    return _stage(name).parameters.from_mapping(given)
