"""Attributes that are computed when they are first asked for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Generic, TypeVar, overload

T = TypeVar("T")
Self = TypeVar("Self", bound="cached_property[Any]")


class cached_property(Generic[T]):  # noqa: N801 (the name of the standard library's)
    """`functools.cached_property` as it is from Python 3.12 on, without a lock.

    Before 3.12 one lock of the class is held while a value is computed: threads wait for each other's pages, and a
    process that is forked in the meantime waits for ever. Two threads that ask at the same time may both compute.
    """

    def __init__(self, compute: Callable[[Any], T]) -> None:
        self.compute = compute
        self.__doc__ = compute.__doc__

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name

    @overload
    def __get__(self: Self, instance: None, owner: type | None = None) -> Self: ...
    @overload
    def __get__(self, instance: object, owner: type | None = None) -> T: ...
    def __get__(self, instance: object | None, owner: type | None = None) -> Any:
        """The value; the attribute's own entry answers from then on."""
        if instance is None:
            return self
        value = instance.__dict__[self.name] = self.compute(instance)
        return value
