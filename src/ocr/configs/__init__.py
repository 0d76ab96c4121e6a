"""Hydra configuration groups; installed with the package."""
