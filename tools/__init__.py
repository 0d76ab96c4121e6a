"""Checks of this repository that `make check` runs and no library makes."""
