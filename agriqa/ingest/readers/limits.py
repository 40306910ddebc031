"""How much a file may hold. Beyond a limit a file is refused, never cut short."""

from __future__ import annotations

# Cells of all sheets of a file, counting the empty ones of the used range: about
# 100 bytes each while a file is read.
MAX_CELLS = 5_000_000
# Excel's own limit; no return needs as many.
MAX_COLUMNS = 16_384
# Characters in all cells together: one long text may stand in a million cells.
MAX_TEXT = 200_000_000
# Characters that Excel lets a cell have.
MAX_CELL_TEXT = 32_767
# Characters in one line of a CSV file.
MAX_LINE = 4_000_000
# Lines in one quoted cell of a CSV file: more is a quote that was never closed.
MAX_CELL_LINES = 100

# Bytes of a workbook and of a web page, which are read whole.
MAX_FILE = 200_000_000
MAX_PAGE = 30_000_000
# Tags of a web page: about 300 bytes each while it is read.
MAX_TAGS = 2_000_000
# Bytes of everything inside a workbook, or of one file in an archive, unpacked.
MAX_UNPACKED = 1_000_000_000
# Bytes of everything inside an archive, unpacked; its files are read one by one.
MAX_ARCHIVE = 10_000_000_000
# Unpacked to packed, looked at beyond RATIO_FROM bytes; sheets seldom reach 40.
MAX_RATIO = 200
RATIO_FROM = 10_000_000
# Files inside an archive or parts of a workbook.
MAX_MEMBERS = 10_000
