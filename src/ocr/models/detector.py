"""The detection network: encoder, decoder and head in a row, pixels in."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from torch import Tensor, nn


class DetectionNetwork(nn.Module):
    """Encoder, decoder and head, with the normalisation of the pixels inside.

    Args:
        encoder: a module with ``channels`` that gives maps at strides 4, 8, 16, 32.
        decoder: makes the decoder from the encoder's channels; the result has ``outputs``.
        head: makes the head from the decoder's outputs.
    """

    #: Height and width of the input are multiples of this.
    multiple = 32

    def __init__(
        self,
        encoder: nn.Module,
        decoder: Callable[..., nn.Module],
        head: Callable[..., nn.Module],
    ) -> None:
        super().__init__()
        self.encoder = encoder
        self.decoder = decoder(encoder.channels)
        self.head = head(self.decoder.outputs)

    @property
    def kind(self) -> str:
        """How the maps are decoded: the head's kind."""
        return str(self.head.kind)

    def forward(self, image: Tensor) -> Any:
        """Read pictures.

        Args:
            image: (N, 1, H, W) grey, uint8 or float with values 0 … 255; H and W multiples of 32.

        Returns:
            The head's output: what its loss takes while training, else maps (N, C, H / s, W / s) in [0, 1].
        """
        return self.head(self.decoder(self.encoder((image.float() - 127.5) / 63.75)))
