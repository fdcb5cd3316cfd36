"""Earnest: honest accounting for messaging."""

__version__ = "0.1.0"
