"""A plugin for OCRmyPDF: ``ocrmypdf --plugin ocr.ocrmypdf input.pdf output.pdf`` (extra ``[ocrmypdf]``).

OCRmyPDF keeps the pages, makes PDF/A, turns and straightens; the text layer is read by this package in place of
Tesseract. It is loaded by OCRmyPDF alone: nothing else imports this module.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import ocr
from ocrmypdf import OcrEngine, OrientationConfidence, hookimpl

if TYPE_CHECKING:
    from ocr.document import Document

#: OCRmyPDF's own scale of confidences ends here.
_VERY_CONFIDENT = 15.0
#: Lines of text below which a page does not say which way up it stands.
_MIN_LINES = 3
#: The name by which OCRmyPDF looks for the font of a text layer.
_FONT = "/f-0-0"


class ReceiptOcrEngine(OcrEngine):
    """This reader as an engine of OCRmyPDF.

    OCRmyPDF reads several pages at once in processes of its own; each page is read with one thread.
    """

    @staticmethod
    def version() -> str:
        """The version of this package."""
        return ocr.__version__

    @staticmethod
    def creator_tag(options: Any) -> str:
        """What the PDF names as its creator."""
        return f"receipt-ocr {ocr.__version__}"

    def __str__(self) -> str:
        return f"receipt-ocr {ocr.__version__}"

    @staticmethod
    def languages(options: Any) -> set[str]:
        """The languages, in the codes of Tesseract, whose letters the recognition model has."""
        from ocr.ocrmypdf.languages import written_with

        recognition = ocr.shared_reader(threads=1).models[-1]
        return written_with(recognition.charset)

    @staticmethod
    def get_orientation(input_file: Path, options: Any) -> OrientationConfidence:
        """How far clockwise the text of the page is turned: 0, 90, 180 or 270 degrees; OCRmyPDF turns it back."""
        from ocr.ocrmypdf.direction import text_direction

        direction = text_direction(_read(input_file))
        if direction is None or direction.lines < _MIN_LINES:
            return OrientationConfidence(0, 0.0)
        return OrientationConfidence(direction.quarter_turn, _VERY_CONFIDENT * direction.agreement)

    @staticmethod
    def get_deskew(input_file: Path, options: Any) -> float:
        """How far the page is to be turned anticlockwise for its lines to run level, in degrees."""
        from ocr.ocrmypdf.direction import text_direction

        direction = text_direction(_read(input_file))
        return 0.0 if direction is None or direction.lines < _MIN_LINES else direction.skew

    @staticmethod
    def generate_hocr(input_file: Path, output_hocr: Path, output_text: Path, options: Any) -> None:
        """Read a page; write its words as hOCR and its text."""
        from ocr.io.files import write_whole
        from ocr.writers.hocr import to_hocr

        document = _read(input_file)
        write_whole(output_hocr, to_hocr(document))
        write_whole(output_text, document.text)

    @staticmethod
    def generate_pdf(input_file: Path, output_pdf: Path, output_text: Path, options: Any) -> None:
        """Read a page; write a PDF of its size with the text alone, and its text."""
        from PIL import Image

        from ocr.io.files import write_whole
        from ocr.writers.pdf import to_text_layer

        with Image.open(input_file) as image:
            dpi = float(image.info.get("dpi", (72, 72))[0]) or 72.0
        document = _read(input_file)
        write_whole(output_pdf, to_text_layer(document, dpi, _FONT))
        write_whole(output_text, document.text)


def _read(path: Path) -> Document:
    from ocrmypdf.exceptions import InputFileError

    try:
        return ocr.shared_reader(threads=1).read(path)
    except ocr.OcrError as error:
        raise InputFileError(f"{error.code}: {error}") from error


@hookimpl
def get_ocr_engine() -> ReceiptOcrEngine:
    """The engine, which takes the place of the built-in one."""
    return ReceiptOcrEngine()
