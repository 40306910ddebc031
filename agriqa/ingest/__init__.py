"""A file becomes rows: kept, quarantined with the reason, or skipped with the reason."""

from agriqa.ingest.errors import IngestError
from agriqa.ingest.file import read_file
from agriqa.ingest.large import LargeReading, is_large, read_large
from agriqa.ingest.mappings import Mappings
from agriqa.ingest.readers import find_files, other_files
from agriqa.ingest.reading import FileReading, Note, Reason, SheetReading, Skip

__all__ = [
    "FileReading",
    "IngestError",
    "LargeReading",
    "Mappings",
    "Note",
    "Reason",
    "SheetReading",
    "Skip",
    "find_files",
    "is_large",
    "other_files",
    "read_file",
    "read_large",
]
