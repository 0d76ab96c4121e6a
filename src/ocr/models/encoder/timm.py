"""Any timm backbone as an encoder."""

from __future__ import annotations

from typing import Any

from torch import Tensor, nn


class TimmEncoder(nn.Module):
    """A timm model's feature maps at strides 4, 8, 16 and 32.

    Args:
        name: a name that ``timm.list_models()`` knows and that has feature maps at these strides.
        pretrained: whether timm fetches its published weights; this needs a network.

    Raises:
        ValueError: the backbone has no maps at all four strides.
    """

    def __init__(self, name: str, pretrained: bool = False) -> None:
        super().__init__()
        import timm

        probe: Any = timm.create_model(name, features_only=True, pretrained=False, in_chans=1)
        strides = list(probe.feature_info.reduction())
        missing = [stride for stride in (4, 8, 16, 32) if stride not in strides]
        if missing:
            raise ValueError(f"{name} has feature maps at strides {strides}; 4, 8, 16 and 32 are needed")
        levels = [strides.index(stride) for stride in (4, 8, 16, 32)]
        self.backbone = timm.create_model(
            name, features_only=True, pretrained=pretrained, in_chans=1, out_indices=levels
        )
        features: Any = self.backbone.feature_info
        self.channels = tuple(features.channels())
        # Some backbones (Swin, MambaOut and their kin) give maps of shape (N, H, W, C).
        self.channels_last = str(getattr(self.backbone, "output_fmt", "NCHW")).endswith("NHWC")

    def forward(self, x: Tensor) -> list[Tensor]:
        """(N, 1, H, W), H and W multiples of 32, to maps (N, C, H / s, W / s) for s = 4, 8, 16, 32."""
        maps: list[Tensor] = self.backbone(x)
        return [m.permute(0, 3, 1, 2) for m in maps] if self.channels_last else maps
