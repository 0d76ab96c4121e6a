"""The hint that follows an unknown name: the nearest right one, or all there are."""

from __future__ import annotations

from collections.abc import Iterable


def did_you_mean(
    name: object,
    known: Iterable[str],
    plural: str = "options",
    *,
    otherwise: str | None = None,
    cutoff: float = 0.6,
) -> str:
    """A clause for an error message: ``did you mean 'threads'?``, else ``options are limits, threads``.

    Args:
        name: what was given; anything that is no string has no nearest name.
        known: the right names, in the order in which they are listed where none is near.
        plural: what they are called, such as ``"backends"``.
        otherwise: what is said where none is near, in place of the list.
        cutoff: similarity in [0, 1] from which a name is near (`difflib.get_close_matches`).
    """
    # Imported here: it takes longer than everything else that a right name needs.
    from difflib import get_close_matches

    names = list(known)
    near = get_close_matches(name, names, 1, cutoff) if isinstance(name, str) else []
    if near:
        return f"did you mean {near[0]!r}?"
    return f"{plural} are {', '.join(names)}" if otherwise is None else otherwise
