"""The county register: codes, years of validity, old names, boundaries, neighbours."""

from agriqa.areas.boundaries import area_km2, load_boundaries, load_neighbours, neighbour_table
from agriqa.areas.errors import AmbiguousAreaError, UnknownAreaError
from agriqa.areas.register import Register
from agriqa.areas.resolver import Match

__all__ = [
    "AmbiguousAreaError",
    "Match",
    "Register",
    "UnknownAreaError",
    "area_km2",
    "load_boundaries",
    "load_neighbours",
    "neighbour_table",
]
