"""Seeded traffic in the likeness of the NASA access log of 1995, a million lines a second and more."""

from hitstream.sources.generate.traffic import HURRICANE_ERIN, Traffic

__all__ = ["HURRICANE_ERIN", "Traffic"]
