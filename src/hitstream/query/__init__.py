"""The only read side: questions in, answers out, wherever the numbers come from."""

from hitstream.query.answers import BySecond, Cross, HeatMapAnswer, Row, SeriesAnswer, TopAnswer, Totals, Visitors
from hitstream.query.arrived import Arrived
from hitstream.query.directory import open_query
from hitstream.query.filters import Filter, parse_filter
from hitstream.query.health import Health
from hitstream.query.hits import Place
from hitstream.query.query import Query
from hitstream.query.readers import CellReader, HitReader
from hitstream.query.times import parse_time

__all__ = [
    "Arrived",
    "BySecond",
    "CellReader",
    "Cross",
    "Filter",
    "Health",
    "HeatMapAnswer",
    "HitReader",
    "Place",
    "Query",
    "Row",
    "SeriesAnswer",
    "TopAnswer",
    "Totals",
    "Visitors",
    "open_query",
    "parse_filter",
    "parse_time",
]
