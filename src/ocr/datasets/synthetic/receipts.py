"""Whole receipts, made on the fly: samples with pictures, exact polygons, transcripts and fields."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Literal, NamedTuple, overload

import numpy as np
import numpy.typing as npt

from ocr.datasets.sample import LineAnnotation, Sample
from ocr.datasets.synthetic.casing import upper_case
from ocr.datasets.synthetic.content import Purchase, make_purchase
from ocr.datasets.synthetic.fonts import FontSet, Split, load_fonts
from ocr.datasets.synthetic.geometry import View, photo_view, scan_view
from ocr.datasets.synthetic.layout import Plan, Row, lay_out, make_plan
from ocr.datasets.synthetic.locales import locale_named
from ocr.datasets.synthetic.page import Page, Printing, Region, make_printer, print_page
from ocr.datasets.synthetic.paper import colour_page, page_shade, scribble, wear_page
from ocr.datasets.synthetic.phrases import DEFAULT_CHARACTERS
from ocr.datasets.synthetic.scene import capture, compose, light, scanner_bed, scanner_marks, table
from ocr.datasets.synthetic.scripts import LATIN, script_named, script_of_locale
from ocr.datasets.synthetic.truth import truth_of
from ocr.datasets.synthetic.wear import Noise
from ocr.errors import BadConfiguration
from ocr.recognition.charset import Charset

Setting = Literal["scan", "photo"]
Image = npt.NDArray[np.uint8]


@dataclass(frozen=True)
class Fixed:
    """What is decided beforehand instead of being drawn; None leaves it to the seed.

    Attributes:
        setting: flat on a scanner, or photographed on a table.
        printing: thermal, laser or matrix.
        locale: a name as in ``"de_DE"``.
    """

    setting: Setting | None = None
    printing: Printing | None = None
    locale: str | None = None


@dataclass(frozen=True)
class Made:
    """A receipt with everything that made it.

    Attributes:
        image: (H, W, 3) uint8 RGB.
        lines: text regions with their polygons in the image.
        drops: a reason for each region that the polygon rules dropped.
        purchase: the content.
        fields: the receipt fields as printed.
        page: the flat page before wear.
        view: the way from page to image.
        printing, setting: how it was printed and captured.
    """

    image: Image
    lines: tuple[LineAnnotation, ...]
    drops: tuple[str, ...]
    purchase: Purchase
    fields: dict[str, str]
    page: Page
    view: View
    printing: Printing
    setting: Setting


class _Draft(NamedTuple):
    """A receipt before its picture is drawn; fields as of `Made`, ``upper`` where it is printed in capitals."""

    sample: Sample
    purchase: Purchase
    upper: bool
    page: Page
    view: View
    printing: Printing
    setting: Setting


class SyntheticReceipts(Sequence[Sample]):
    """`count` receipts; number `index` depends on the seed, the index, the fonts and the characters alone.

    Args:
        seed: any integer.
        count: length of the sequence, 0 or more.
        fonts: a font set, or a split of the ``[synth]`` packages' fonts.
        charset: characters that may be printed; others are left out of pictures and transcripts alike.
        folder: fonts of this folder instead of the packages'.
        system: whether to add the fonts of the operating system.
        fixed: decisions taken beforehand.

    Raises:
        MissingExtra: where Pillow or fonts are not installed.
        BadConfiguration: for a negative count or an unknown locale.
    """

    def __init__(
        self,
        seed: int,
        count: int,
        fonts: FontSet | Split = "all",
        charset: str = DEFAULT_CHARACTERS,
        *,
        folder: Path | None = None,
        system: bool = False,
        fixed: Fixed = Fixed(),
    ) -> None:
        if count < 0:
            raise BadConfiguration(f"The count of receipts is 0 or more; got {count}.")
        if fixed.locale is not None:
            try:
                locale_named(fixed.locale)
            except KeyError as error:
                raise BadConfiguration(str(error.args[0])) from error
        self.seed = seed
        self.fixed = fixed
        script = script_of_locale(fixed.locale)
        self._layout: Callable[[Purchase, Plan], list[Row]] = lay_out
        self._locale = None if fixed.locale is None else locale_named(fixed.locale)
        if script != LATIN:
            self._layout = script_named(script).layout() or lay_out
            if fonts == "validation" and self._locale:
                self._locale = script_named(script).with_held_out_words(self._locale)
            charset = charset + Charset.load(script_named(script).charset).characters
        self.fonts = fonts if isinstance(fonts, FontSet) else load_fonts(fonts, folder, system, script)
        self.characters = frozenset(charset)
        self._indices = range(count)
        self._noise = Noise()

    def __len__(self) -> int:
        return len(self._indices)

    @overload
    def __getitem__(self, index: int) -> Sample: ...
    @overload
    def __getitem__(self, index: slice) -> SyntheticReceipts: ...
    def __getitem__(self, index: int | slice) -> Sample | SyntheticReceipts:
        if isinstance(index, slice):
            part = object.__new__(SyntheticReceipts)
            part.__dict__.update(self.__dict__, _indices=self._indices[index])
            return part
        number = self._indices[index]
        made = self.make(number)
        name = f"synthetic-{self.seed}-{number:06d}"
        shown = " ".join(region.text for region in made.page.regions)
        truth = truth_of(made.purchase, shown)
        return Sample(None, made.lines, made.fields, name, made.image, made.drops, truth)

    def make(self, number: int) -> Made:
        """The receipt of this number with everything that made it."""
        draft, rng = self._draft(number)
        image = self._see(rng, draft.page, draft.view, draft.printing, draft.setting)
        fields = _printed_fields(draft.purchase, draft.page, draft.upper)
        return Made(
            image,
            draft.sample.lines,
            draft.sample.drops,
            draft.purchase,
            fields,
            draft.page,
            draft.view,
            draft.printing,
            draft.setting,
        )

    def annotation(self, number: int) -> Sample:
        """The sample of this number without its picture, which takes most of the time to make."""
        return self._draft(number)[0].sample

    def _draft(self, number: int) -> tuple[_Draft, Random]:
        """Everything but the picture of the receipt of this number, and the generator that draws the picture."""
        rng = Random(f"receipt:{self.seed}:{number}")
        purchase = make_purchase(rng, self._locale)
        plan = make_plan(rng)
        rows = self._layout(purchase, plan)
        text = "".join(cell.text for row in rows for cell in row.cells)
        wanted = "".join(sorted(set(text) & self.characters & self.fonts.characters))
        width = round(min(1100, max(360, 620 * 2 ** rng.gauss(0, 0.35))))
        width = min(width, max(360, round(30_000 / len(rows))))  # long receipts would fill the memory
        printer = make_printer(rng, self.fonts, wanted, width, self.fixed.printing)
        margin = round(width * rng.uniform(0.025, 0.12))
        page = print_page(rows, printer, width, margin, self.characters, rng)
        setting = self.fixed.setting or ("scan" if rng.random() < 0.55 else "photo")
        view = (scan_view if setting == "scan" else photo_view)(rng, page.ink.shape[1], page.ink.shape[0])
        sample = Sample(None, tuple(place(region, view) for region in page.regions)).validated(*view.size)
        return _Draft(sample, purchase, plan.upper, page, view, printer.printing, setting), rng

    def _see(self, rng: Random, page: Page, view: View, printing: Printing, setting: Setting) -> Image:
        flat, noise = setting == "scan", self._noise
        height, width = page.ink.shape
        worn = wear_page(page.ink, printing, rng, noise)
        shade = page_shade(height, width, rng, noise, flat)
        sheet = colour_page(worn, shade, printing, rng, flat)
        if rng.random() < 0.12:
            scribble(sheet, rng)
        seen, cover = view.picture(sheet)
        if flat:
            image = compose(seen, cover, scanner_bed(*view.size, rng), rng, flat)
            scanner_marks(image, rng, noise)
        else:
            image = compose(seen, cover, table(*view.size, rng, noise), rng, flat)
            image = light(image, rng, noise)
        return capture(image, rng, noise, flat)


def _printed_fields(purchase: Purchase, page: Page, upper: bool) -> dict[str, str]:
    """The fields in the letters that the page shows; those that it does not show whole are left out."""
    shown = " ".join(region.text for region in page.regions)
    fields = {}
    for name, value in purchase.fields().items():
        # The print of a subtotal cannot be told from that of a total of the same amount.
        if name == "subtotal" and purchase.subtotal == purchase.total:
            continue
        text = " ".join((upper_case(value) if upper else value).split())
        if name == "currency" or text in shown:
            fields[name] = text
        elif value in shown:  # amounts and dates are printed as they are
            fields[name] = value
    return fields


def place(region: Region, view: View) -> LineAnnotation:
    """The region in the picture: four corners where its edges stay straight, more where they bend."""
    x0, y0, x1, y1 = region.box
    count = 2 if not view.waves else 1 + min(8, max(1, round((x1 - x0) / 60)))
    x = np.linspace(x0, x1, count)
    top = np.column_stack([x, np.full(count, y0)])
    bottom = np.column_stack([x[::-1], np.full(count, y1)])
    outline = view.points(np.concatenate([top, bottom]).astype(np.float32))
    corners = outline[[0, count - 1, count, 2 * count - 1]]
    if count > 2 and _deviation(outline[:count]) < 0.75 and _deviation(outline[count:]) < 0.75:
        outline = corners
    return LineAnnotation(outline, region.text, region.row)


def place_words(region: Region, view: View) -> list[npt.NDArray[np.float32]]:
    """The quads of a region's words in the picture, (4, 2) float32: as wide as their ink, as high as the region."""
    _, y0, _, y1 = region.box
    return [view.points(np.array([[a, y0], [b, y0], [b, y1], [a, y1]], np.float32)) for a, b in region.words]


def _deviation(points: npt.NDArray[np.float32]) -> float:
    """Greatest distance in pixels of the points from the straight line between the first and the last."""
    along = points[-1] - points[0]
    length = float(np.hypot(*along)) or 1.0
    offset = points - points[0]
    return float(np.abs(offset[:, 0] * along[1] - offset[:, 1] * along[0]).max()) / length
