"""Multiscale structure of weights.  Nothing is here yet: in this release the package holds its place and its version only."""

__version__ = "0.1.0"
