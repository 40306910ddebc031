"""The system of record: SQL store, load ledger and frozen snapshots."""

from agriqa.store.engine import StoreError, open_engine, reading
from agriqa.store.freeze import freeze
from agriqa.store.load import LoadOutcome, load_files
from agriqa.store.snapshot import Snapshot, SnapshotError
from agriqa.store.tables import tables

__all__ = [
    "LoadOutcome",
    "Snapshot",
    "SnapshotError",
    "StoreError",
    "freeze",
    "load_files",
    "open_engine",
    "reading",
    "tables",
]
