"""Stages in a row, from a configuration, with one way back through all of them."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from ocr import polygons
from ocr.errors import BadConfiguration
from ocr.io.letterbox import warp_to
from ocr.prepare.background import Background, background
from ocr.prepare.contrast import Contrast, contrast
from ocr.prepare.denoise import Denoise, denoise
from ocr.prepare.deskew import Deskew, deskew
from ocr.prepare.orientation import Orientation, orientation
from ocr.prepare.perspective import Perspective, perspective
from ocr.prepare.shadow import Shadow, shadow
from ocr.prepare.stage import Image, Matrix, Parameters, Result
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
    """A page on its way through stages, and the way back.

    Attributes:
        image: RGB (H, W, 3) uint8 as it is now.
        size: (width, height) of the page that came in, in pixels.
        matrix: (3, 3) float64 from its pixels to those of ``image``.
        figures: what each stage measured, as ``stage.figure``.
    """

    image: Image
    size: tuple[int, int]
    matrix: Matrix
    figures: Mapping[str, float]

    @classmethod
    def untouched(cls, page: Image) -> Prepared:
        """A page that nothing was done to yet."""
        return cls(page, (page.shape[1], page.shape[0]), np.eye(3), {})

    @property
    def moved(self) -> bool:
        """Whether points of ``image`` differ from points of the page that came in."""
        return not np.array_equal(self.matrix, np.eye(3))

    def then(self, name: str, result: Result) -> Prepared:
        """What it is after one more stage, which ran on ``image``."""
        matrix = self.matrix if result.matrix is None else result.matrix @ self.matrix
        figures = {**self.figures, **{f"{name}.{key}": value for key, value in result.figures.items()}}
        return Prepared(result.image, self.size, matrix, figures)

    def overlay(self, seen: npt.NDArray[np.float32], size: tuple[int, int]) -> npt.NDArray[np.float32]:
        """Values that cover ``image``, laid over the page that came in.

        Args:
            seen: (H', W') float32, stretched over the whole of ``image``.
            size: (width, height) of the result in pixels, which covers the whole page.

        Returns:
            (height, width) float32; 0 beside ``image``.
        """
        height, width = self.image.shape[:2]
        onto = np.diag([seen.shape[1] / width, seen.shape[0] / height, 1.0]) @ self.matrix
        return warp_to(seen, onto @ np.diag([self.size[0] / size[0], self.size[1] / size[1], 1.0]), size)

    def back(self, polygon: npt.ArrayLike) -> npt.NDArray[np.float32] | None:
        """A polygon of ``image`` in pixels of the page that came in, with the same first corner.

        Returns:
            (N, 2) float32 inside the page, a quad for a quad; ``None`` where it lies outside.
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
    """Stages that run one after the other; made once, then only read, safe to share between threads.

    Attributes:
        steps: in the order they run.
    """

    steps: tuple[Step, ...] = ()

    @classmethod
    def of(cls, *names: str) -> Pipeline:
        """Stages by name with their defaults.

        Raises:
            BadConfiguration: there is no such stage; the message names the nearest.
        """
        return cls(tuple(Step(name, _parameters(name, {})) for name in names))

    @classmethod
    def from_config(cls, config: Mapping[str, Any] | Sequence[Any]) -> Pipeline:
        """A pipeline from what a JSON or YAML file holds.

        Args:
            config: names of stages with their parameters, ``{"deskew": {"max_angle": 10}, "shadow": {}}``, in the
                order they run; or a list of names and such mappings.

        Raises:
            BadConfiguration: an unknown stage or parameter (the message names the nearest), or a bad value.
        """
        if isinstance(config, str) or not isinstance(config, (Mapping, Sequence)):
            raise BadConfiguration(
                f"the stages are given as {type(config).__name__}; expected a mapping of names to parameters, or a list"
            )
        steps: list[Step] = []
        for entry in [config] if isinstance(config, Mapping) else config:
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
        """Run all stages, one after the other.

        Args:
            page: RGB (H, W, 3) uint8; it is never written to.

        Yields:
            What the page is after each stage.
        """
        state = Prepared.untouched(page)
        for step in self.steps:
            state = state.then(step.name, STAGES[step.name].run(state.image, step.parameters))
            yield state

    def to_config(self) -> list[dict[str, dict[str, Any]]]:
        """What `from_config` makes the same pipeline of: a list of stages with all their parameters."""
        return [{step.name: step.parameters.to_dict()} for step in self.steps]


def _stage(name: Any) -> Stage:
    if not isinstance(name, str) or name not in STAGES:
        hint = did_you_mean(name, STAGES, "stages")
        raise BadConfiguration(f"there is no stage {shown(name)} to prepare a page; {hint}")
    return STAGES[name]


def _parameters(name: Any, given: Any) -> Parameters:
    return _stage(name).parameters.from_mapping(given)
