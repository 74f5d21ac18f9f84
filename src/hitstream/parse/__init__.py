"""Bytes to hits: log formats, the field program they compile to, and the parsers that run it."""

from hitstream.parse.detect import detect, refuse_if_all_bad
from hitstream.parse.formats import FORMATS, compile_format
from hitstream.parse.program import Program
from hitstream.parse.run import parse

__all__ = ["FORMATS", "Program", "compile_format", "detect", "parse", "refuse_if_all_bad"]
