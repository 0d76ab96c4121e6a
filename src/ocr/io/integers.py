"""Unsigned integers in bytes."""

from __future__ import annotations


def u16(data: bytes, at: int, order: str = "big") -> int:
    """Unsigned 16-bit integer at an offset; IndexError past the end."""
    return integer(data, at, 2, order)


def u32(data: bytes, at: int, order: str = "big") -> int:
    """Unsigned 32-bit integer at an offset; IndexError past the end."""
    return integer(data, at, 4, order)


def integer(data: bytes, at: int, size: int, order: str) -> int:
    """Unsigned integer of ``size`` bytes at an offset; IndexError past the end."""
    if at < 0 or at + size > len(data):
        raise IndexError(f"offset {at} lies outside {len(data)} bytes")
    return int.from_bytes(data[at : at + size], "big" if order == "big" else "little")
