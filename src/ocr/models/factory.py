"""Networks by name, for notebooks and programs: what there is, and an untrained network of it.

    import ocr.models

    ocr.models.list_encoders()                                  # ('receipt', 'rep', 'timm')
    detector = ocr.models.create_detector("receipt", decoder="pan")
    detector = ocr.models.create_detector("timm", encoder_options={"name": "convnext_atto"})
    recognizer = ocr.models.create_recognizer("conv_ctc", charset="latin")

Names and defaults are those of `ocr train` (``encoder=receipt`` and so on).
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

from ocr.errors import BadConfiguration
from ocr.recognition.charset import Charset
from ocr.runtime.suggestions import did_you_mean

if TYPE_CHECKING:
    from torch import nn

    from ocr.models.detector import DetectionNetwork

T = TypeVar("T")
#: Options of a new network where its class keeps those of networks that were trained before them.
DEFAULTS: Mapping[str, Mapping[str, Any]] = {
    "receipt": {"deeper": (0, 0, 2, 2)},
    "timm": {"name": "resnet18"},
}


def list_encoders() -> tuple[str, ...]:
    """Names of the encoders, in alphabetical order; ``timm`` stands for any backbone of that library."""
    from ocr.models.encoder import ENCODERS

    return tuple(sorted(ENCODERS))


def list_decoders() -> tuple[str, ...]:
    """Names of the decoders, in alphabetical order."""
    from ocr.models.decoder import DECODERS

    return tuple(sorted(DECODERS))


def list_heads() -> tuple[str, ...]:
    """Names of the heads, in alphabetical order."""
    from ocr.models.head import HEADS

    return tuple(sorted(HEADS))


def list_recognizers() -> tuple[str, ...]:
    """Names of the recognisers, in alphabetical order."""
    from ocr.models.recognizer import RECOGNIZERS

    return tuple(sorted(RECOGNIZERS))


def create_detector(
    encoder: str = "receipt",
    decoder: str = "fpn",
    head: str = "db",
    *,
    encoder_options: Mapping[str, Any] | None = None,
    decoder_options: Mapping[str, Any] | None = None,
    head_options: Mapping[str, Any] | None = None,
) -> DetectionNetwork:
    """An untrained detector, in training mode.

    Args:
        encoder: one of `list_encoders`.
        decoder: one of `list_decoders`.
        head: one of `list_heads`.
        encoder_options: arguments of the encoder's class that differ from the defaults.
        decoder_options: of the decoder's.
        head_options: of the head's.

    Returns:
        A network that takes (N, 1, H, W) grey, uint8 or float with values 0 … 255, H and W multiples of 32. In
        evaluation mode it gives maps (N, C, H / s, W / s) in [0, 1].

    Raises:
        BadConfiguration: an unknown name or option (the message names the nearest), or a value that the part refuses.
    """
    from ocr.models.decoder import DECODERS
    from ocr.models.detector import DetectionNetwork
    from ocr.models.encoder import ENCODERS
    from ocr.models.head import HEADS

    make_encoder = _part("encoder", encoder, ENCODERS, encoder_options)
    make_decoder = _part("decoder", decoder, DECODERS, decoder_options)
    make_head = _part("head", head, HEADS, head_options)
    return _build(lambda: DetectionNetwork(make_encoder(), make_decoder, make_head))


def create_recognizer(
    name: str = "conv_ctc", *, charset: str = "latin", classes: int | None = None, **options: Any
) -> nn.Module:
    """An untrained recogniser, in training mode.

    Args:
        name: one of `list_recognizers`.
        charset: a shipped charset by name, or the path of a file of one character a line.
        classes: characters and one more, in place of those of a charset.
        options: arguments of the recogniser's class that differ from the defaults.

    Returns:
        A network that takes (N, 1, 32, W) grey, uint8 or float with values 0 … 255, W a multiple of 8, padded with 127;
        its ``decoding`` says how its logits become text.

    Raises:
        BadConfiguration: an unknown name, charset or option (the message names the nearest), or a value that the
            recogniser refuses.
    """
    from ocr.models.recognizer import RECOGNIZERS

    if name in RECOGNIZERS and "charset" in inspect.signature(RECOGNIZERS[name]).parameters:
        options = {"charset": charset, **options}
    make = _part("recognizer", name, RECOGNIZERS, options)
    count = Charset.load(charset).classes if classes is None else classes
    return _build(lambda: make(classes=count))


def _part(
    kind: str, name: str, known: Mapping[str, type[nn.Module]], options: Mapping[str, Any] | None
) -> Callable[..., nn.Module]:
    """The class of a name with its options.

    Raises:
        BadConfiguration: an unknown name or option.
    """
    if name not in known:
        raise BadConfiguration(
            f"there is no {kind} {name!r}; {did_you_mean(name, sorted(known), f'{kind}s')}"
        )
    # A decoder is built from the encoder's channels, a head from the decoder's outputs, a recogniser for its classes.
    supplied = {"decoder": "channels", "head": "inputs", "recognizer": "classes"}.get(kind)
    parameters = [one for one in inspect.signature(known[name]).parameters if one != supplied]
    for option in options or {}:
        if option not in parameters:
            raise BadConfiguration(
                f"the {kind} {name!r} has no option {option!r}; {did_you_mean(option, parameters)}"
            )
    return partial(known[name], **{**DEFAULTS.get(name, {}), **(options or {})})


def _build(make: Callable[[], T]) -> T:
    try:
        return make()
    except (TypeError, ValueError, RuntimeError) as error:
        raise BadConfiguration(f"the network cannot be built: {error}") from error
