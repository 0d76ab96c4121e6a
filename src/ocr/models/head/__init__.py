"""Heads: a decoder's map to what a loss compares and what is decoded to polygons.

Each has an attribute ``kind``, which names how its maps are decoded (`ocr.detection.decode`) and which loss and target
maps go with it; at inference its output is (N, C, H / s, W / s) in [0, 1].
"""

from torch import nn

from ocr.models.head.craft import CraftHead
from ocr.models.head.db import DbHead, DbOutput

__all__ = ["HEADS", "CraftHead", "DbHead", "DbOutput"]

#: Heads by the names of their configurations.
HEADS: dict[str, type[nn.Module]] = {"craft": CraftHead, "db": DbHead}
