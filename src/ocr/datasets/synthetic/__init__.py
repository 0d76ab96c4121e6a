"""Synthetic receipts and receipt lines: seeded, made on the fly, with exact transcripts and polygons.

`lines.SyntheticLines` makes line crops for a recogniser, `receipts.SyntheticReceipts` whole receipts with
polygons and fields. Both need the extra ``[synth]`` (Pillow and the font packages). What comes out depends on
the seed, the
index and the fonts alone: with the same versions of the packages the same seed gives the same bytes, whatever
the number of workers.
"""

from __future__ import annotations
