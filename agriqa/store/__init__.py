"""The system of record: SQL store, load ledger and frozen snapshots.

Only the snapshot is imported here: every report kernel opens one and none
needs the modules for SQL and loading, which take their time to import.
"""

from agriqa.store.snapshot import Snapshot, SnapshotError

__all__ = ["Snapshot", "SnapshotError"]
