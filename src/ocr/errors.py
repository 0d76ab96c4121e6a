"""The exception tree: every failure a caller can meet, each with a stable ``code`` and command-line exit status.

Foreign exceptions (OpenCV, PDFium, ONNX Runtime, the file system) are mapped to these where they enter, so that
one ``except OcrError`` covers the library. A message says what came, what was expected and what to do.
"""

from __future__ import annotations


class OcrError(Exception):
    """Base of all errors raised on purpose.

    Attributes:
        code: stable identifier, the same in Python, on the command line and over HTTP.
        exit_status: exit status of a command that ends with this error (0 to 255).
        http_status: status of an HTTP answer, or ``None`` where the error cannot reach one.
    """

    code: str = "internal_error"
    exit_status: int = 1
    http_status: int | None = 500


class InputError(OcrError):
    """The input was rejected; other inputs are not affected."""

    code = "input_rejected"
    exit_status = 3
    http_status: int | None = 422


class InputNotFound(InputError):
    """No file at the given path."""

    code = "input_not_found"
    http_status = None


class InputUnreadable(InputError):
    """The file exists but cannot be opened (permissions, a folder where a file was expected, an I/O fault)."""

    code = "input_unreadable"
    http_status = None


class ImageEmpty(InputError):
    """Zero bytes, or an array with a side of zero pixels."""

    code = "image_empty"


class UnsupportedMediaType(InputError):
    """The bytes are of no format that is read; the name of the file does not count."""

    code = "unsupported_media_type"
    http_status = 415


class ImageDecodeFailed(InputError):
    """A known format, but truncated or damaged."""

    code = "image_decode_failed"


class ImageTooLarge(InputError):
    """More pixels than the limit, known from the header before decoding."""

    code = "image_too_large"


class ImageBadAspect(InputError):
    """One side is so much longer than the other that this is no page."""

    code = "image_bad_aspect"


class ImageBadArray(InputError):
    """An array of the wrong type, shape or with values that are not finite."""

    code = "image_bad_array"


class PdfEncrypted(InputError):
    """The PDF needs a password, or another one than given."""

    code = "pdf_encrypted"


class TooManyPages(InputError):
    """More pages than the limit."""

    code = "too_many_pages"


class AnnotationInvalid(InputError):
    """An annotation file cannot be read as the format it claims."""

    code = "annotation_invalid"


class DocumentInvalid(InputError, ValueError):
    """A record with values that cannot be, or JSON that is no document."""

    code = "document_invalid"


class ModelOutputInvalid(OcrError):
    """A network answered with values that are not finite; they are never passed on."""

    code = "model_output_invalid"
    http_status = 503


class BodyTooLarge(OcrError):
    """A request body over the limit."""

    code = "body_too_large"
    exit_status = 3
    http_status = 413


class Overloaded(OcrError):
    """More requests than the queue holds; try again later."""

    code = "overloaded"
    exit_status = 75
    http_status = 503


class DeadlineExceeded(InputError):
    """The deadline of the call passed before the result was there."""

    code = "deadline"
    http_status = 504


class ModelInvalid(OcrError):
    """A model file with the wrong format, a wrong hash or missing metadata."""

    code = "model_invalid"
    exit_status = 5
    http_status = None


class OutputFailed(OcrError):
    """A result cannot be written (permissions, a full disk, a folder where a file was expected, or the other way)."""

    code = "output_failed"
    exit_status = 6
    http_status = 507


class BadConfiguration(OcrError):
    """An unknown or contradictory option; the message names the nearest right one."""

    code = "bad_configuration"
    exit_status = 2
    http_status = 422


class MissingExtra(BadConfiguration):
    """A command needs packages of an optional extra that are not installed; the message names the extra."""
