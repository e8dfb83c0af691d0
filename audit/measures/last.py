"""The latest number of a field."""
from .edge import Edge

_edge = Edge("last", max)
INPUT, STATISTICS, ROUNDED, BLANK = _edge.INPUT, _edge.STATISTICS, _edge.ROUNDED, _edge.BLANK
add, merge, pack, unpack, read, words = _edge.add, _edge.merge, _edge.pack, _edge.unpack, _edge.read, _edge.words
